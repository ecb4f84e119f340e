"""The codes and names of all rules. They are public and frozen; either may be written."""

from __future__ import annotations

CLOSING = ("HND", "RUN")  # prefixes of the codes about the end of a session
NO_CONTRACT = "CON001"
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
    "SES001": "too-many-sessions",
}

_BY_NAME = {name: code for code, name in CODES.items()}


def code_of(word: str) -> str:
    """Give the code of a rule's name, or of a code in upper or lower case; "" for other words."""
    # Some letters outside ASCII become ASCII in upper case.
    code = word.upper() if word.isascii() else ""
    return _BY_NAME.get(word) or (code if code in CODES else "")
