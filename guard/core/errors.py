"""No verdict was reached: the errors that end a command with exit status 2, each with the next thing to type."""

from __future__ import annotations


class GuardError(Exception):
    """guard could not judge.

    `message` says what is wrong in one line or several; `hint` is what to type or change next, without a prefix.
    Never used for a finding.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GuardError):
    """The command was called with words that do not fit together."""


class GitError(GuardError):
    """git is missing, too old, or gave no answer that can be relied on."""


class Incomplete(GitError):
    """A clone, shallow or partial, lacks commits or objects without which the verdict could be wrong."""


class ContractError(GuardError):
    """A policy or a contract cannot be read; `message` holds every mistake of the file, a line each."""


class NotAdopted(GuardError):
    """Neither a policy nor a contract stands on the base, or there is no commit at all: nothing to judge by."""
