"""Conflicts that are resolved in a worktree of their own: taken, judged, given up."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.core.errors import UsageError
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.sessions.integrating.integrate import Wanted
from guard.sessions.integrating.landing import undo
from guard.sessions.integrating.outcome import Integrated
from guard.sessions.integrating.resolving import abort, go_on, resolve
from tests.kit import POLICY, Repo
from tests.sessions.test_integrate import place, run, three, words, work

__all__ = ["place"]  # a fixture
TEXT = "docs a\n" * 20


def line(by: str, number: int = 4) -> str:
    """The file with a line that somebody has changed."""
    changed = TEXT.split("\n")
    changed[number] = f"{by} says more words"
    return "\n".join(changed)


def conflict(repo: Repo) -> Repo:
    """The base and the session docs have changed the same line."""
    three(repo, "[rules]\nside-dropped = 'warning'\n")
    work(repo, "docs", {"docs/a.py": line("docs"), "docs/new.py": "docs\n"})
    repo.commit({"docs/a.py": line("main")})
    return repo


def go(repo: Repo, where: Repo) -> Integrated:
    """Continue from within a worktree."""
    wanted = Wanted()
    return go_on(open_repository(at(str(where.path))), "", wanted, lambda *_: None, print)


def opened(repo: Repo) -> Repo:
    """The worktree for the conflict of docs."""
    return Repo(Path(resolve(open_repository(at(str(repo.path))), "docs", print).place.path))


def test_a_resolution_lands(repo: Repo) -> None:
    """The merge commit has it, with the message of the handoff; nothing is left of the worktree."""
    conflict(repo)
    result = run(repo)
    assert words(result) == {"api": "integrated", "web": "integrated", "docs": "conflict"}
    docs = result.outcomes[-1]
    assert (docs.together, docs.owners) == (("main",), {"docs/a.py": "docs"})
    head = repo.head()
    there = opened(repo)
    assert opened(repo).path == there.path  # the same words again
    assert repo.git("status", "--porcelain") == ""
    rows = {one["name"]: one for one in repo.guard("status", "--format", "json").report["sessions"]}
    step = f"cd {there.path} && guard integrate --continue"
    assert (rows["docs"]["next"], rows[there.path.name]["next"]) == (step, step)
    assert rows["docs"]["why"] == f"its conflict with main is being resolved in {there.path}"
    assert rows["docs"]["conflicts"] == []  # it is not another one's work
    assert f"next: {step}" in repo.guard("conflicts").out
    assert there.git("status", "--porcelain", "docs/a.py") == "UU docs/a.py"
    with pytest.raises(UsageError, match="not resolved yet"):
        go(repo, there)
    there.git("add", "docs/a.py")
    with pytest.raises(UsageError, match="markers are left"):
        go(repo, there)
    both = line("docs").replace("docs says", "main says more words\ndocs says")
    there.write({"docs/a.py": both, "extra.txt": "x\n"}).git("add", "docs/a.py")
    with pytest.raises(UsageError, match=r"not staged in .*: extra.txt"):
        go(repo, there)
    (there.path / "extra.txt").unlink()
    assert repo.head() == head
    result = go(repo, there)
    assert (words(result)["docs"], result.end) == ("integrated", "moved")
    assert repo.git("show", "main:docs/a.py") + "\n" == both
    assert repo.git("log", "-1", "--format=%s %p").startswith("docs: Write the manual ")
    assert repo.git("rev-parse", "main^1", "main^2").split() == [
        head,
        repo.git("rev-parse", "docs"),
    ]
    assert repo.git("worktree", "list").count("\n") == 0
    assert repo.git("status", "--porcelain") == ""
    undo(open_repository(at(str(repo.path))))
    assert repo.head() == head


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_without_a_merge_commit_it_is_integrated_all_the_same(repo: Repo, how: str) -> None:
    """Every command knows by what the commit says; what somebody else claims counts for nothing."""
    conflict(repo)
    tip = repo.git("rev-parse", "docs")
    repo.commit({"api/a.py": "api\n", "guard.toml": f'{POLICY}[integrate]\nhow = "{how}"\n'})
    repo.commit({"api/b.py": "api\n"}, f"api\n\nIntegrates: {tip}")
    assert words(run(repo, "docs")) == {"docs": "conflict"}
    there = opened(repo)
    there.write({"docs/a.py": line("both")}).git("add", "-A")
    assert words(go(repo, there)) == {"docs": "integrated"}
    assert repo.git("log", "-1", "--format=%P%n%(trailers)").split("\n")[1] == f"Integrates: {tip}"
    repo.commit({"docs/a.py": line("later")})
    assert words(run(repo, "docs")) == {"docs": "empty"}
    rows = repo.guard("status", "--format", "json").report["sessions"]
    assert {one["name"]: one["state"] for one in rows}["docs"] == "integrated"
    assert "removed docs" in repo.guard("finish", "docs").out


def test_it_is_judged(repo: Repo) -> None:
    """What the contract does not own is refused; a side that was dropped is told."""
    conflict(repo)
    there = opened(repo)
    there.write({"docs/a.py": line("docs"), "web/a.py": "mine\n"}).git("add", "-A")
    result = go(repo, there)
    assert (words(result), result.end) == ({"docs": "broken"}, "nothing")
    codes = {each.code for each in result.outcomes[0].findings}
    assert "OWN001" in codes
    there.git("checkout", "HEAD", "--", "web/a.py")
    result = go(repo, there)
    assert result.end == "moved"
    assert any("MRG004 side-dropped" in note for note in result.outcomes[0].notes)


def test_others_may_be_faster(repo: Repo) -> None:
    """A resolution is merged onto a base that moved on; a session that did is not taken."""
    conflict(repo)
    there = opened(repo)
    there.write({"docs/a.py": line("both")}).git("add", "-A")
    repo.commit({"README.md": "more\n"})
    result = go(repo, there)
    assert (words(result), result.end) == ({"docs": "integrated"}, "moved")
    assert repo.git("show", "main:README.md", "main:docs/a.py") == f"more\n{line('both')}".rstrip()
    repo.contract("web", owns=["/README.md"])
    work(repo, "web", {"README.md": "x\n"})
    repo.commit({"README.md": "other\n"})
    place = resolve(open_repository(at(str(repo.path))), "web", print).place
    work(repo, "web", {"README.md": "y\n"})
    with pytest.raises(UsageError, match="web has moved on"):
        go(repo, Repo(Path(place.path)))


def test_the_base_may_conflict_with_the_resolution(repo: Repo) -> None:
    """What was resolved is kept, and the base is merged into it, by the step that is told."""
    conflict(repo)
    there = opened(repo)
    there.write({"docs/a.py": line("both")}).git("add", "-A")
    tip = repo.commit({"docs/a.py": line("again")})
    (docs,) = go(repo, there).outcomes
    (step,) = docs.steps
    assert docs.word == "conflict"
    commands = step.partition("   #")[0]
    assert commands.endswith("git commit --no-edit && git merge main")
    there.git("commit", "-q", "--no-edit")
    there.git("merge", "-q", "main", ok=(0, 1))
    there.write({"docs/a.py": line("all")}).git("add", "-A")
    result = go(repo, there)
    assert (words(result), result.end) == ({"docs": "integrated"}, "moved")
    assert repo.git("show", "main:docs/a.py") == line("all").rstrip()
    for part in ("docs", tip):
        repo.git("merge-base", "--is-ancestor", part, "main")


def test_giving_up(repo: Repo) -> None:
    """Nothing is left but what --undo brings back; without a conflict nothing is opened."""
    conflict(repo)
    before = repo.git("for-each-ref"), repo.git("status", "--porcelain")
    there = opened(repo).write({"docs/a.py": "half\n"})
    place, step = abort(open_repository(at(str(repo.path))), "docs")
    assert (place.name, there.path.exists()) == ("docs", False)
    assert repo.git("worktree", "list").count("\n") == 0
    refs = "\n".join(one for one in repo.git("for-each-ref").split("\n") if "trash" not in one)
    assert (refs, repo.git("status", "--porcelain")) == before
    assert repo.guard(*step.split()[1:]).code == 0
    assert (there.path / "docs/a.py").read_text() == "half\n"
    with pytest.raises(UsageError, match="api merges cleanly"):
        resolve(open_repository(at(str(repo.path))), "api", print)


def test_what_was_recorded_is_used(repo: Repo) -> None:
    """Where rerere is on, git solves the same conflict by itself the next time."""
    conflict(repo).git("config", "rerere.enabled", "true")
    there = opened(repo)
    there.write({"docs/a.py": line("both")}).git("add", "-A")
    assert go(repo, there).end == "moved"
    undo(open_repository(at(str(repo.path))))
    again = resolve(open_repository(at(str(repo.path))), "docs", print)
    assert again.solved == ("docs/a.py",)
    assert (Path(again.place.path) / "docs/a.py").read_text() == line("both")


def test_a_conflict_that_is_resolved_is_not_predicted_any_more(repo: Repo) -> None:
    """Where the policy only warns of conflicts, what is in is not told that it would not merge."""
    conflict(repo)
    repo.commit({"guard.toml": f"{POLICY}[rules]\npredicted-conflict = 'warning'\n"})
    there = opened(repo)
    there.write({"docs/a.py": line("both"), "web/a.py": "mine\n"}).git("add", "-A")
    (docs,) = go(repo, there).outcomes
    assert (docs.word, {each.code for each in docs.findings}) == ("broken", {"MRG002", "OWN001"})
    (step,) = docs.steps
    assert step.endswith("guard integrate --continue")
    there.git("checkout", "HEAD", "--", "web/a.py")
    (docs,) = go(repo, there).outcomes
    assert (docs.word, docs.findings, docs.notes) == ("integrated", (), ())
