"""The next command to type: it loses no work, and is right in any directory of the worktree.

Hot: an agent's refused edit asks here. What a session would have to be granted is in `widening`.
"""

from __future__ import annotations

from guard.core.codes import code_of
from guard.core.names import ALPHANUMERICS, shell_quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.rules.facts import Facts

_LITERAL = ALPHANUMERICS | frozenset("@%+=,./-_")


def explain(path: str) -> str:
    """Give the command that shows which line decides about `path` and what would allow it."""
    as_path = "--path " if code_of(path) else ""
    return f"guard explain {as_path}{shell_quote(path)}"


def called_back(facts: Facts) -> str:
    """Give the command that gives a branch back the name under which it has a contract, or ""."""
    if not facts.was:
        return ""
    return f"git branch -m {shell_quote(facts.branch)} {shell_quote(facts.was)}"


def leave_out(facts: Facts, path: str) -> str:
    """Give the command that takes `path` out of the next commit and leaves its content as it is.

    If there is none, give the command that explains the path: in a merge it would drop the other
    side's work, and the index of `git commit -a` is gone before anybody can type.
    """
    if facts.scope == "staged" and not facts.no_unstage:
        return f"git restore --staged -- {pathspec(path)}"
    return explain(path)


def leave_out_or_widen(facts: Facts, path: str) -> str:
    """Give the command that takes `path` out of the next commit, or that lets the session have it.

    Nobody is told how to have what is another's, and an agent nothing of that kind.
    """
    out = leave_out(facts, path)
    if facts.by_agent:
        return out
    from guard.rules.widening import widen  # most changes are the session's own

    wider = widen(facts, path)
    if out == explain(path):
        return wider or out
    return f"{out}   # or let the session have it: {wider}" if wider else out


def pathspec(path: str) -> str:
    """Give `path` as a shell word that git takes for this path alone, from any directory.

    `:/` counts from the top (gitglossary(7), "pathspec"). git takes what follows for more magic
    unless it is a letter, a digit or a dot; other paths, and those with a character of a glob, are
    marked as literal.
    """
    plain = (path[:1].isalnum() or path[:1] == ".") and _LITERAL.issuperset(path)
    return shell_quote(f":/{path}" if plain else f":(top,literal){path}")
