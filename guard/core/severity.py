"""The severities of findings."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class Severity(int):
    """How bad a finding is; only an error breaks a contract. `enum` would cost a commit 3 ms."""

    OFF: ClassVar[Severity]
    NOTE: ClassVar[Severity]
    WARNING: ClassVar[Severity]
    ERROR: ClassVar[Severity]

    @property
    def word(self) -> str:
        """The name that policies and reports use: `off`, `note`, `warning` or `error`."""
        return _WORDS[self]

    def __repr__(self) -> str:
        return f"Severity.{self.word.upper()}"


_WORDS = ("off", "note", "warning", "error")
SEVERITIES = tuple(map(Severity, range(len(_WORDS))))
Severity.OFF, Severity.NOTE, Severity.WARNING, Severity.ERROR = SEVERITIES


def severity_of(word: str) -> Severity:
    """Give the severity that a policy calls `word`."""
    return SEVERITIES[_WORDS.index(word)]
