"""Writes that are let through: asked of the real program, in real repositories."""

from __future__ import annotations

import pytest

from tests.agents.asking import POLICY, edit, is_allowed, tool, write
from tests.kit import Repo


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "src/new.py",
        "src/deep/er/b.py",
        "new/x",
        "./src/../src/b.py",
        "src//c.py",
        "src/ä ö.py",
        "src/-x",
    ],
)
def test_what_the_contract_owns_may_be_written(session: Repo, path: str) -> None:
    """Old and new files, however the path is spelled, relative or absolute."""
    assert is_allowed(write(session, path))
    assert is_allowed(tool(session, "Write", file_path=path, content="x"))


def test_the_handoff_is_the_sessions_own(session: Repo) -> None:
    """The file that the policy names for the handoff may be written."""
    assert is_allowed(write(session, ".guard/handoffs/feature.md"))


def test_what_git_ignores_is_nobodys_business(session: Repo) -> None:
    """Files that git ignores and does not track may be written anywhere."""
    assert is_allowed(write(session, "docs/run.log"))
    assert is_allowed(write(session, "build/deep/out.txt"))
    session.git("-C", str(session.path), "config", "core.excludesFile", "/nowhere")
    assert is_allowed(write(session, "other/x.log"))


def test_what_is_ignored_and_tracked_is_judged(session: Repo, main: Repo) -> None:
    """An ignore pattern does not take a file out of the repository."""
    main.write({"docs/kept.log": "x\n"}).git("add", "-f", "docs/kept.log")
    main.git("commit", "-qm", "a log")
    assert write(session, "docs/kept.log").verb == "deny"


def test_taking_back_is_allowed(session: Repo) -> None:
    """A write may restore the base's content or delete a file that the base lacks."""
    session.write({"docs/a.md": "changed\n", "docs/stray.md": "x\n"})
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="a\n")
    )
    assert is_allowed(edit(session, "docs/a.md", "changed", "a"))
    assert is_allowed(tool(session, "Delete", path=str(session.path / "docs/stray.md")))
    assert edit(session, "docs/a.md", "changed", "b").verb == "deny"
    assert tool(session, "Delete", path=str(session.path / "docs/a.md")).verb == "deny"


def test_what_the_base_has_by_now_is_allowed(session: Repo, main: Repo) -> None:
    """Content that the base has by now may be written."""
    main.commit({"docs/a.md": "newer\n"})
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="newer\n")
    )
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="a\n")
    )


def test_the_base_belongs_to_no_session(main: Repo) -> None:
    """Where the base is checked out, all but git's own files may be written."""
    for path in (
        "docs/a.md",
        "guard.toml",
        ".guard/contracts/feature.toml",
        ".claude/settings.json",
    ):
        assert is_allowed(write(main, path))
    assert write(main, "src/types.py").verb == "tell"  # SES002, a warning
    assert write(main, ".git/config").verb == "deny"


def test_a_waiver_lets_through(main: Repo) -> None:
    """What a contract on the base waives is not refused."""
    waive = [
        {"rule": "outside-contract", "paths": ["docs/a.md"], "why": "Once.", "until": "2999-01-01"}
    ]
    main.contract("waived", owns=["src/"], waive=waive)
    session = main.worktree("waived")
    assert is_allowed(write(session, "docs/a.md"))
    assert write(session, "docs/b.md").verb == "deny"


def test_a_warning_does_not_stop(main: Repo) -> None:
    """A rule that the policy makes a warning, or switches off, stops no write."""
    main.commit({"guard.toml": POLICY + '[rules]\nOWN001 = "warning"\nforbidden-path = "off"\n'})
    session = main.worktree("feature")
    assert is_allowed(write(session, "docs/a.md"))
    assert is_allowed(write(session, "src/secret/key.py"))


def test_who_owns_the_merge_may_write_the_shared_file(main: Repo) -> None:
    """A shared file is for the contract that merges its group."""
    assert is_allowed(write(main.worktree("other"), "src/types.py"))
