"""The words of a command line, by which two texts name the same command. Pure."""

import re
import shlex
from collections.abc import Sequence

from guard.core.names import shell_quote

_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh"))
# What means more than itself outside quotes (POSIX.1-2024, XCU 2.2), assignments aside.
_SPECIAL = frozenset("|&;<>()$`*?[]#~{}!\n")


def words(command: str) -> tuple[str, ...]:
    """Give the words of a command line; `sh`, `-c` and the line if it needs a shell."""
    plain = command.strip()
    if needs_shell(plain):
        return ("sh", "-c", " ".join(plain.split()))
    return tuple(shlex.split(plain))


def words_of(argv: Sequence[str]) -> tuple[str, ...]:
    """Give the words of the command `argv`; those of LINE for `sh -c LINE`."""
    line = shell_line(argv)
    return words(line) if line else tuple(argv)


def shell_line(argv: Sequence[str]) -> str:
    """Give LINE if `argv` is `sh -c LINE`, with any usual shell; "" otherwise."""
    if len(argv) != 3 or argv[0].rpartition("/")[2] not in _SHELLS:
        return ""
    return argv[2] if re.fullmatch(r"-[a-z]*c", argv[1]) else ""


def needs_shell(command: str) -> bool:
    """Tell whether a shell does more with a line than split it into words.

    It does for operators, expansions, an assignment and a quote that is not closed.
    """
    quote, escaped = "", False
    for char in command:
        if escaped:
            escaped = False
            # Here a shell removes the backslash, and `shlex` does not.
            if quote and char in "$`\n":
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
    """Give what to type so that `guard run` records a receipt of this command line."""
    plain = command.strip()
    if needs_shell(plain):
        return f"guard run -- sh -c {shell_quote(plain)}"
    return f"guard run -- {plain}"
