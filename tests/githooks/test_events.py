"""What git tells its hooks is read to the letter, and what git never sends is refused."""

from __future__ import annotations

import pytest

from guard.core.errors import GitError
from guard.githooks.events import (
    Update,
    parse_pushed,
    parse_received,
    parse_update,
    pushed_by_manager,
)

ONE, TWO, ZERO = "1" * 40, "2" * 40, "0" * 40
LONG, LONG_ZERO = "a" * 64, "0" * 64


@pytest.mark.parametrize(
    ("line", "update"),
    [
        pytest.param(
            f"refs/heads/a {ONE} refs/heads/b {TWO}",
            Update("refs/heads/b", TWO, ONE, "refs/heads/a"),
            id="update",
        ),
        pytest.param(
            f"refs/heads/a {ONE} refs/heads/a {ZERO}",
            Update("refs/heads/a", ZERO, ONE, "refs/heads/a"),
            id="new",
        ),
        pytest.param(
            f"(delete) {ZERO} refs/heads/a {ONE}",
            Update("refs/heads/a", ONE, ZERO, "(delete)"),
            id="delete",
        ),
        pytest.param(
            f"HEAD~1 {ONE} refs/heads/a {ZERO}",
            Update("refs/heads/a", ZERO, ONE, "HEAD~1"),
            id="a rev",
        ),
        pytest.param(
            f":/two words {ONE} refs/heads/a {ZERO}",
            Update("refs/heads/a", ZERO, ONE, ":/two words"),
            id="words",
        ),
        pytest.param(
            f"refs/heads/a {LONG} refs/heads/a {LONG_ZERO}",
            Update("refs/heads/a", LONG_ZERO, LONG, "refs/heads/a"),
            id="sha256",
        ),
        pytest.param(
            f"(delete) {LONG_ZERO} refs/heads/a {LONG}",
            Update("refs/heads/a", LONG, LONG_ZERO, "(delete)"),
            id="sha256 delete",
        ),
    ],
)
def test_a_pushed_ref(line: str, update: Update) -> None:
    """Each form of a line of pre-push's input is one ref with what was typed for it."""
    assert parse_pushed(f"{line}\n".encode()) == [update]
    assert update.deletes == line.startswith("(delete)")


def test_nothing_pushed() -> None:
    """An up-to-date push sends no line at all."""
    assert parse_pushed(b"") == []
    assert parse_received("pre-receive", b"") == []


@pytest.mark.parametrize(
    "line",
    [
        "x",
        f"refs/heads/a {ONE}",
        f"refs/heads/a {ONE} refs/heads/a 123",
        f"a {ONE[:-1]}g refs/heads/a {ZERO}",
        f"a {ONE}  {ZERO}",
    ],
)
def test_a_truncated_line_of_a_push(line: str) -> None:
    """A line that was cut is an error, never a push of nothing."""
    with pytest.raises(GitError, match="pre-push"):
        parse_pushed(f"refs/heads/a {ONE} refs/heads/a {ZERO}\n{line}\n".encode())


def test_received_refs() -> None:
    """Old, new and ref, in the server's order; bytes that are not UTF-8 survive."""
    data = f"{ZERO} {ONE} refs/heads/".encode() + b"\xff\n" + f"{ONE} {ZERO} refs/tags/t\n".encode()
    first, second = parse_received("pre-receive", data)
    assert (first.ref, first.branch, first.deletes) == ("refs/heads/\udcff", "\udcff", False)
    assert (second.branch, second.deletes) == ("", True)


def test_symbolic_refs_bring_no_commit() -> None:
    """What newer git tells of a symbolic ref in a transaction is no object id, and no mistake."""
    data = f"{ZERO} ref:refs/heads/main HEAD\nref:refs/heads/main {ONE} refs/heads/x\n".encode()
    assert parse_received("reference-transaction", data) == [Update("refs/heads/x", "", ONE)]


@pytest.mark.parametrize(
    "line",
    ["x", ONE, f"{ONE} {TWO}", f"{ONE} {TWO[:-1]} refs/heads/a", f"{ONE[:-1]} {TWO} refs/heads/a"],
)
def test_a_truncated_line_of_a_server(line: str) -> None:
    """The same on a server."""
    with pytest.raises(GitError, match="pre-receive"):
        parse_received("pre-receive", line.encode())


def test_the_words_of_update() -> None:
    """The hook update gets its ref as arguments, and exactly three of them."""
    assert parse_update(["refs/heads/a", ONE, TWO]) == Update("refs/heads/a", ONE, TWO)
    for words in (
        [],
        ["refs/heads/a", ONE],
        ["refs/heads/a", ONE, TWO, "x"],
        ["refs/heads/a", "1", "2"],
    ):
        with pytest.raises(GitError, match="update"):
            parse_update(words)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, []),
        ({"PRE_COMMIT_REMOTE_BRANCH": "refs/heads/a"}, []),
        (
            {
                "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/a",
                "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/b",
                "PRE_COMMIT_TO_REF": ONE,
            },
            [Update("refs/heads/a", "", ONE, "refs/heads/b")],
        ),
        (
            {"PRE_COMMIT_REMOTE_BRANCH": "refs/heads/a", "PRE_COMMIT_LOCAL_BRANCH": "HEAD"},
            [Update("refs/heads/a", "", "HEAD", "HEAD")],
        ),
    ],
)
def test_what_pre_commit_tells(env: dict[str, str], expected: list[Update]) -> None:
    """pre-commit's variables tell of one ref, and of a root commit's push without an object id."""
    assert pushed_by_manager(env) == expected
