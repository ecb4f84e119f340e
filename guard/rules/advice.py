"""The next command to type: it loses no work, and is right in any directory of the worktree."""

from __future__ import annotations

from guard.core.codes import code_of
from guard.core.names import ALPHANUMERICS, shell_quote
from guard.patterns import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.rules.facts import Facts

_LITERAL = ALPHANUMERICS | frozenset("@%+=,./-_")


def explain(path: str) -> str:
    """Give the command that shows which line decides about `path` and what would allow it."""
    as_path = "--path " if code_of(path) else ""
    return f"guard explain {as_path}{shell_quote(path)}"


def leave_out(facts: Facts, path: str) -> str:
    """Give the command that takes `path` out of the next commit and leaves its content as it is.

    If there is none, give the command that explains the path: in a merge it would drop the other
    side's work, and the index of `git commit -a` is gone before anybody can type.
    """
    if facts.scope == "staged" and not facts.no_unstage:
        return f"git restore --staged -- {pathspec(path)}"
    return explain(path)


def pathspec(path: str) -> str:
    """Give `path` as a shell word that git takes for this path alone, from any directory.

    `:/` counts from the top (gitglossary(7), "pathspec"). git takes what follows for more magic
    unless it is a letter, a digit or a dot; other paths, and those with a character of a glob, are
    marked as literal.
    """
    plain = (path[:1].isalnum() or path[:1] == ".") and _LITERAL.issuperset(path)
    return shell_quote(f":/{path}" if plain else f":(top,literal){path}")


def pattern_for(path: str) -> str:
    """Give a contract's pattern for this path alone, or for all in a folder (a slash at its end).

    A contract cannot hold a newline, nor bytes that are no Unicode scalar values (TOML 1.0,
    "String"); `?`, which matches any byte, stands for each of them.
    """
    writable = "".join("\n" if "\ud800" <= char <= "\udfff" else char for char in path.rstrip("/"))
    pieces = (escape(piece).removeprefix("/") for piece in writable.split("\n"))
    return "/" + "?".join(pieces) + ("/" if path.endswith("/") else "")
