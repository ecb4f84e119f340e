"""The errors that end a command with exit status 2, since no verdict was reached."""

from __future__ import annotations


class GuardError(Exception):
    """guard could not judge. `hint` is what to type or change next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GuardError):
    """The words of the command line do not fit together."""


class GitError(GuardError):
    """git is missing or too old, or gave no reliable answer."""


class Unreachable(GitError):
    """A remote is away, does not let this user in, or lacks a branch; nothing was changed there."""


class Incomplete(GitError):
    """A shallow or partial clone lacks commits or objects that the verdict depends on."""


class ContractError(GuardError):
    """A policy or a contract is unreadable; `message` lists every mistake, one a line."""


class NotAdopted(GuardError):
    """The base has neither a policy nor a contract, or there is no commit at all."""

    @property
    def reason(self) -> str:
        """Why a hook lets everything pass, as the beginning of a sentence."""
        return f"{self.message} yet"


def text_of(error: GuardError) -> str:
    """Give `guard: MESSAGE`, further lines of the message indented, and `  hint: …`.

    Ends with a newline and is safe for any terminal.
    """
    from guard.core.names import show  # most shell commands are let through

    first, *others = error.message.split("\n")
    lines = [f"guard: {show(first)}"]
    lines += [f"  {show(line.strip())}" for line in others if line.strip()]
    if error.hint:
        lines.append(f"  hint: {show(error.hint)}")
    return "\n".join(lines) + "\n"
