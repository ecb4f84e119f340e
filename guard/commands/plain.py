"""Reads plain words, and says the answer, without Click: loading it takes longer than many answers.

Words are plain if each is an option of a table, spelled as there, or the value of one. All others
(help, a mistake, an option cut short) are Click's. Hot.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# What reads a command's words with `plain`, and does with `run` what they say.
_COMMANDS = {
    "check": "guard.commands.check_judge",
    "status": "guard.commands.status_show",
}


def run(words: Sequence[str]) -> int | None:
    """Do what plain words say and give the exit status; None if they are Click's.

    Raises GuardError as the command does.
    """
    module = _COMMANDS.get(words[0]) if words else None
    if not module:
        return None
    command = __import__(module, fromlist=["plain"])
    wanted = command.plain(words[1:])
    if wanted is None:
        return None
    code: int = command.run(wanted)
    return code


def say(text: str) -> None:
    """Write to standard output as it is; nowhere if that was closed before guard was started."""
    if sys.stdout:
        print(text, end="", flush=True)


def read(
    words: Sequence[str], flags: Mapping[str, str], values: Mapping[str, str], many: str = ""
) -> dict[str, Any] | None:
    """Give the parameters that words name, as Click would; None if they are not plain.

    `flags` and `values` are the parameters by option; `many` is one that may stand several times.
    """
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        option, joined, value = word.partition("=")
        if word in flags:
            found[flags[word]] = True
            continue
        if option not in values:
            return None
        if not joined:
            value = next(rest, "-")
        if value.startswith("-"):
            return None
        name = values[option]
        found[name] = (*found.get(name, ()), value) if name == many else value
    return found
