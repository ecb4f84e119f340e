"""`requires` in guard.toml: a guard that is too old judges nothing, and says so."""

from __future__ import annotations

import pytest

from tests.kit import Repo

NEWER = 'requires = "99.1"\na_key_of_that_version = {}\n'
SAYS = "guard.toml requires guard 99.1 or newer, and this is 0.1.0"


@pytest.fixture
def newer(team: Repo) -> Repo:
    """The policy on the base requires another version; a session has committed and staged."""
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": NEWER})
    team.branch("api").commit({"web/a.py": "trespass\n"})
    team.write({"web/b.py": "trespass\n"})
    team.git("add", "-A")
    return team


@pytest.mark.parametrize("words", [["--staged"], [], ["--branch"], ["--base", "main"]])
def test_a_check_ends_with_status_2(newer: Repo, words: list[str]) -> None:
    """No scope is judged, and the hint is what to type."""
    ran = newer.guard("check", *words)
    assert ran.code == 2
    assert SAYS in ran.err
    assert "hint: python -m pip install --upgrade worktree-guard" in ran.err


def test_a_commit_passes_with_a_line(newer: Repo) -> None:
    """The hook lets the commit through and says why it is not judged."""
    ran = newer.guard("hook", "pre-commit")
    assert ran.err == (
        f"guard: {SAYS} (python -m pip install --upgrade worktree-guard); "
        "this commit is not judged\n"
    )


def test_a_push_passes_with_a_line(newer: Repo) -> None:
    """So does a push."""
    new, zero = newer.git("rev-parse", "api"), "0" * 40
    line = f"refs/heads/api {new} refs/heads/api {zero}\n"
    ran = newer.guard("hook", "pre-push", "origin", "url", stdin=line.encode())
    assert SAYS in ran.err
    assert "this push is not judged" in ran.err


def test_a_policy_that_is_checked_by_hand(newer: Repo) -> None:
    """`guard contract check` names the version instead of the unknown keys."""
    ran = newer.guard("contract", "check", "guard.toml")
    assert ran.code in (1, 2)
    assert SAYS in ran.out + ran.err
    assert "a_key_of_that_version" not in ran.out + ran.err
