"""The codes and names of all rules, which are public and frozen, and severities of findings."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

CLOSING = ("HND", "RUN")  # prefixes of the codes about the end of a session
NO_CONTRACT = "CON001"
OVERLAPPING = "CON003"
SELF_DECLARED = "CON005"
CODES = {
    "OWN001": "outside-contract",
    "OWN002": "forbidden-path",
    "SHR001": "shared-file",
    "SHR002": "shared-twice",
    "CON001": "no-contract",
    "CON002": "contract-edited",
    "CON003": "overlapping-contracts",
    "CON004": "dead-pattern",
    "CON005": "self-declared",
    "CON006": "expired-waiver",
    "HND001": "missing-handoff",
    "HND002": "missing-section",
    "HND003": "empty-section",
    "HND004": "stale-handoff",
    "HND005": "files-mismatch",
    "RUN001": "command-missing",
    "RUN002": "command-failed",
    "RUN003": "command-unproved",
    "OVL001": "same-file",
    "OVL002": "same-hunk",
    "MRG001": "predicted-conflict",
    "MRG002": "evil-merge",
    "MRG003": "name-collision",
    "MRG004": "side-dropped",
    "SES001": "too-many-sessions",
    "SES002": "stray-work",
}

_BY_NAME = {name: code for code, name in CODES.items()}


def code_of(word: str) -> str:
    """Give the code of a rule's name, or of a code in upper or lower case; "" for other words."""
    # Some letters outside ASCII become ASCII in upper case.
    code = word.upper() if word.isascii() else ""
    return _BY_NAME.get(word) or (code if code in CODES else "")


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
