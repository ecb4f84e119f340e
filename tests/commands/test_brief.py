"""`guard brief`: what a session starts from, for people and agents alike."""

from __future__ import annotations

import os

from tests.kit import Repo


def test_the_brief_of_this_worktree(repo: Repo) -> None:
    """In a session's worktree it is about the session's contract, wherever in it one stands."""
    repo.contract("feature", owns=["src/"], goal="Make it fast.")
    session = repo.worktree("feature")
    ran = session.guard("brief", cwd=session.path / "src")
    assert (ran.code, ran.err) == (0, "")
    assert '  goal          "Make it fast."\n' in ran.out
    assert "  branch        feature\n" in ran.out


def test_the_brief_of_a_contract(repo: Repo) -> None:
    """From anywhere, a contract's brief can be had by its name."""
    repo.contract("feature", owns=["src/"])
    assert (
        "  branches      feature, worktree-feature, */feature\n"
        in repo.guard("brief", "feature").out
    )


def test_who_works_next_to_it(repo: Repo) -> None:
    """A sibling's worktree is named, and a contract that only its own branch has."""
    repo.contract("feature", owns=["src/"]).contract("api", owns=["api/"])
    session, api = repo.worktree("feature"), repo.worktree("far/api", "api")
    repo.contract("quiet", owns=["quiet/"])
    own = repo.worktree("own")
    own.commit({".guard/contracts/own.toml": 'goal = "Mine."\nowns = ["own/"]\n'}, "contract")
    lines = session.guard("brief").out.splitlines()
    where = [lines.index(line) for line in lines if line.startswith(("Sessions next", "Other con"))]
    assert lines[where[0] + 1 : where[1] - 1] == [
        f'  api           api/, "Test.", in {os.path.relpath(api.path, session.path)}',
        f'  own           own/, "Mine.", in {os.path.relpath(own.path, session.path)}',
    ]
    assert lines[where[1] + 1].startswith("  quiet         quiet/")
    assert not any(line.startswith("  feature  ") for line in lines)


def test_the_brief_of_the_base(repo: Repo) -> None:
    """Where the base is checked out, the brief says so and lists whose contracts there are."""
    repo.contract("feature", owns=["src/"])
    ran = repo.guard("brief")
    assert "This worktree has main checked out, the base" in ran.out
    assert "  feature       src/" in ran.out


def test_where_there_is_no_brief(repo: Repo, empty: Repo) -> None:
    """A contract that is not there, and a repository without guard, are errors with a hint."""
    ran = repo.guard("brief", "none")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no contract 'none'" in ran.err
    repo.git("rm", "-q", "guard.toml")
    repo.git("commit", "-qm", "gone")
    assert "hint: guard init" in repo.guard("brief").err
