"""Names of branches and objects (gitglossary(7): ref, object name)."""

from __future__ import annotations

HEADS = "refs/heads/"
_HEX = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)  # SHA-1 and SHA-256, in hexadecimal digits


def ref_of(branch: str) -> str:
    """Give the full ref of a branch."""
    return HEADS + branch


def branch_in(ref: str) -> str:
    """Give the short name of the branch that a full ref names; "" if it names something else."""
    return ref[len(HEADS) :] if ref.startswith(HEADS) else ""


def is_object_id(text: str) -> bool:
    """Tell whether a text is a whole object id in lower case."""
    return len(text) in _LENGTHS and _HEX.issuperset(text)
