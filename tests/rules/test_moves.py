"""What moved without an edit."""

from __future__ import annotations

import pytest

from guard.rules.moves import moves
from tests.rules.made import ZERO, change

ONE, TWO = "1" * 40, "2" * 40


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("D", "a", ONE), ("A", "b", TWO)],
        [("D", "a", ONE), ("A", "b", ONE), ("A", "c", ONE)],
        [("D", "a", ONE), ("D", "b", ONE), ("A", "c", ONE)],
        [("D", "a", ONE), ("M", "b", ONE)],
        [("D", "a", ZERO), ("A", "b", ZERO)],
        [("A", "a", ONE)],
    ],
)
def test_doubtful_pairs_are_not_told(changes: list[tuple[str, str, str]]) -> None:
    """Other content, more than one candidate, an object id that is not known: no move."""
    assert moves([change(*one) for one in changes]) == {}


def test_a_pair() -> None:
    """One deleted and one added file with the same content are a move."""
    changes = [change("D", "a/b", ONE), change("A", "c", ONE), change("D", "x", TWO)]
    assert moves(changes) == {"a/b": " (moved to c)", "c": " (moved from a/b)"}
