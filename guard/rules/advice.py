"""The next thing to type: one command that never loses work, right from any directory of the worktree."""

from __future__ import annotations

from guard.core.codes import code_of
from guard.core.names import shell_quote
from guard.patterns import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.rules.facts import Facts

_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=,./-_")


def explain(path: str) -> str:
    """Give the command that tells which line decided about `path` and what would allow it."""
    as_path = "--path " if code_of(path) else ""
    return f"guard explain {as_path}{shell_quote(path)}"


def leave_out(facts: Facts, path: str) -> str:
    """Give the command that takes `path` out of the next commit, its content left as it is; where there is none, the one that explains.

    In a merge it would drop the other side's work, and the index of `git commit -a` is gone when somebody types it.
    """
    return (
        f"git restore --staged -- {pathspec(path)}"
        if facts.scope == "staged" and not facts.no_unstage
        else explain(path)
    )


def pathspec(path: str) -> str:
    """Give `path` as a shell word that git takes for this path alone, from any directory (gitglossary(7), "pathspec").

    `:/` counts from the top, and what follows it is taken for more magic unless it is a letter, a digit or a dot; a path with any other
    first character, or with one that could be part of a glob, is marked as literal.
    """
    plain = (path[:1].isalnum() or path[:1] == ".") and _LITERAL.issuperset(path)
    return shell_quote(f":/{path}" if plain else f":(top,literal){path}")


def pattern_for(path: str) -> str:
    """Give the pattern of this path alone, or of all below a folder (a slash at its end), as a contract can hold it.

    `?`, which takes any byte, stands for a newline, which no pattern has, and for each byte that TOML has no way to write (TOML 1.0,
    "String": Unicode scalar values).
    """
    pieces = "".join(
        "\n" if "\ud800" <= char <= "\udfff" else char for char in path.rstrip("/")
    ).split("\n")
    return (
        "/"
        + "?".join(escape(piece).removeprefix("/") for piece in pieces)
        + ("/" if path.endswith("/") else "")
    )
