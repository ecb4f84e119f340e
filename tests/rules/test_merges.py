"""MRG002: merges that do more than merge."""

from __future__ import annotations

import pytest

from guard.core.codes import Severity
from guard.rules.merges import MergeEdit
from tests.rules.made import ask, contract, facts, named, severity, why_not

EVIL_MERGE = named("evil-merge")

COMMIT = "0123456789abcdef" * 2 + "01234567"


def test_a_plain_merge_passes() -> None:
    """Merges that do what git makes of their parents are not reported."""
    assert ask(EVIL_MERGE, facts(contract(), "src/a")) == []


@pytest.mark.parametrize(
    ("scope", "why"),
    [("staged", "scope is staged"), ("branch", ""), ("worktree", ""), ("range", "")],
)
def test_when_it_is_asked(scope: str, why: str) -> None:
    """Before a commit the branch's merges are not looked at; in any other scope they are."""
    assert why_not(EVIL_MERGE, facts(contract(), scope=scope)) == why


def test_the_base_has_no_session() -> None:
    """Nobody is asked about the base's own merges."""
    assert why_not(EVIL_MERGE, facts(None, on_base=True)) == "the base itself is checked out"


@pytest.mark.parametrize(
    ("kind", "path", "since", "bad"),
    [
        ("added", "src/a", "still", Severity.WARNING),
        ("added", "src/a", "mended", Severity.WARNING),
        ("added", "lib/a", "mended", Severity.WARNING),
        ("dropped", "src/a", "mended", Severity.WARNING),
        ("added", "lib/a", "still", Severity.ERROR),
        ("added", "src/no/a", "still", Severity.ERROR),
        ("dropped", "src/a", "still", Severity.ERROR),
        ("dropped", "lib/a", "still", Severity.ERROR),
    ],
)
def test_how_bad(kind: str, path: str, since: str, bad: Severity) -> None:
    """Dropped work is an error, so is new content outside the contract; corrected is a warning."""
    edit = MergeEdit(COMMIT, path, kind, still=since == "still")
    assert severity(EVIL_MERGE, facts(contract(forbids=["/src/no/"]), merge_edits=(edit,))) == bad


def test_the_own_handoff_may_be_written_in_a_merge() -> None:
    """What the session may always write is not outside of its contract."""
    handoff = ".guard/handoffs/api.md"
    about = facts(
        contract(),
        own_files=frozenset((handoff,)),
        merge_edits=(MergeEdit(COMMIT, handoff, "added", still=True),),
    )
    assert severity(EVIL_MERGE, about) == Severity.WARNING


def test_without_a_contract_new_content_is_a_warning() -> None:
    """Without a contract, content that a merge added is a warning, dropped work an error."""
    assert (
        severity(
            EVIL_MERGE, facts(None, merge_edits=(MergeEdit(COMMIT, "a", "added", still=True),))
        )
        == Severity.WARNING
    )
    assert (
        severity(
            EVIL_MERGE, facts(None, merge_edits=(MergeEdit(COMMIT, "a", "dropped", still=True),))
        )
        == Severity.ERROR
    )


def test_the_merge_is_named() -> None:
    """The finding names the merge commit, and how to look at what it did."""
    edits = (
        MergeEdit(COMMIT, "src/a b", "dropped", still=True),
        MergeEdit(COMMIT, "src/c", "added", still=False),
    )
    dropped, added = ask(EVIL_MERGE, facts(contract(), merge_edits=edits))
    assert dropped.message == "merge 0123456789ab dropped what one side had changed here"
    assert dropped.next == f"git show --remerge-diff {COMMIT} -- ':(top,literal)src/a b'"
    assert added.message.startswith(
        "merge 0123456789ab has content here that neither parent has, nor the merge of both"
    )
    assert added.message.endswith("; later commits changed it again")


@pytest.mark.parametrize(("kind", "bad"), [("file", Severity.WARNING), ("side", Severity.NOTE)])
def test_how_bad_a_dropped_side_is(kind: str, bad: Severity) -> None:
    """One side's whole file is a warning, one side of a conflict a note; neither is evil."""
    edit = MergeEdit(COMMIT, "src/a", kind, still=True, lines=("one", "two"))
    about = facts(contract(), merge_edits=(edit,))
    assert severity(named("side-dropped"), about) == bad
    assert ask(EVIL_MERGE, about) == []
    assert "without 2 lines of the other side, such as `one`" in str(
        ask(named("side-dropped"), about)
    )
