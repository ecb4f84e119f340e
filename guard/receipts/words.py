"""The words of a command line, by which two texts are known to name the same command. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from guard.core.names import shell_quote

_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh"))
# What a shell takes for more than a word outside quotes (POSIX.1-2024, XCU 2.2), a comment and an assignment aside.
_SPECIAL = frozenset("|&;<>()$`*?[]#~{}!\n")


def words(command: str) -> tuple[str, ...]:
    """Give the words of a command line, or, where a shell would do more than split it, `sh`, `-c` and the line, blanks evened out."""
    plain = command.strip()
    return (
        ("sh", "-c", " ".join(plain.split())) if needs_shell(plain) else tuple(shlex.split(plain))
    )


def words_of(argv: Sequence[str]) -> tuple[str, ...]:
    """Give the words of a command that was started with `argv`; `sh -c LINE` is what LINE is."""
    line = shell_line(argv)
    return words(line) if line else tuple(argv)


def shell_line(argv: Sequence[str]) -> str:
    """Give the line that `argv` hands to a shell (`sh -c LINE`, with any usual shell); "" where it starts something else."""
    is_shell = (
        len(argv) == 3
        and argv[0].rpartition("/")[2] in _SHELLS
        and re.fullmatch(r"-[a-z]*c", argv[1])
    )
    return argv[2] if is_shell else ""


def needs_shell(command: str) -> bool:
    """Whether a shell does more with a line than split it: it has operators, expansions, an assignment, or a quote that is not closed."""
    quote, escaped = "", False
    for char in command:
        if escaped:
            escaped = False
            if quote and char in "$`\n":  # a shell takes the backslash away here, `shlex` does not
                return True
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
            if quote == '"' and char in "$`":
                return True
        elif char in "'\"":
            quote = char
        elif char in _SPECIAL:
            return True
    return bool(quote or escaped) or re.match(r"[A-Za-z_]\w*=", command) is not None


def typed(command: str) -> str:
    """Give what to type to run a command line through guard, so that the receipt is one of this very line."""
    plain = command.strip()
    return (
        f"guard run -- sh -c {shell_quote(plain)}"
        if needs_shell(plain)
        else f"guard run -- {plain}"
    )
