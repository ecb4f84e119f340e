"""OVL001 and OVL002: does a sibling work in the same file, or in the same lines, right now?"""

from collections.abc import Iterator

from guard.core.codes import Severity
from guard.core.names import counted
from guard.rules.between import Lines, Live
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.rule import Instead

INSTEAD = Instead(
    before="Leave that file to the other session until it has committed, do another part of the "
    "task first, and tell the user which file both sessions need.",
    after="Whoever is merged second gets the conflict. Keep your change there small, and tell the "
    "user which file both sessions are changing, so that they can agree who goes first.",
)
_HOW = {"changed": "is changing", "added": "is adding", "deleted": "has deleted"}
_PLACES = 3
_NEXT = "guard conflicts --diff   # what both sides did"


def same_file(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same file?

    Two sessions that edit one file meet when the second one is merged. Before a commit, and before
    a coding agent's edit, guard says which sibling has uncommitted changes in the file at this
    moment, and where. The hooks of each worktree leave a note of the paths that they know to be
    uncommitted; before anything is said, the sibling's file itself is looked at, so a file that was
    committed, restored or removed with its worktree is not reported. Work that no hook has seen is
    not known. An agent hears it once in a conversation for each file. `guard conflicts` compares
    all sessions, with what is committed.

    What to do: agree on who changes the file, or let the other session commit first and merge it.
    """
    both = facts.policy.severities.get("OVL002") == Severity.OFF
    for one in _of_changes(facts):
        if both or not one.lines:
            yield Violation(one.path, f"{_who(facts, one)} this file {_where(one)}", _NEXT)


def same_hunk(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same lines?

    As OVL001, where both started from the same content and changed the same lines or such as border
    on each other: git's merge will stop there, unless both made the same edit. Two that add the
    same file with different content are reported, too.

    What to do: talk to the other session before you go on; `guard conflicts --diff` shows both
    sides. The one that is merged second has to combine them.
    """
    for one in _of_changes(facts):
        if one.lines:
            message = f"{_who(facts, one)} the same lines {_where(one)}: {_lines(one.lines)}"
            yield Violation(one.path, message, _NEXT)


def _of_changes(facts: Facts) -> Iterator[Live]:
    changed = {change.path for change in facts.changes}
    return (one for one in facts.live if one.path in changed)


def _who(facts: Facts, one: Live) -> str:
    """The contract tells whose work it is, unless both work under the same."""
    name = f"branch {one.branch}" if one.branch else "another worktree"
    if one.contract and not (facts.contract and facts.contract.name == one.contract):
        name = f"session {one.contract}"
    return f"{name} {_HOW[one.how]}"


def _where(one: Live) -> str:
    return f"in {one.worktree}, not committed yet"


def _lines(lines: tuple[Lines, ...]) -> str:
    said = [f"{_range(one.b)} there, {_range(one.a)} here" for one in lines[:_PLACES]]
    more = len(lines) - _PLACES
    return "; ".join([*said, f"and {counted(more, 'more place')}"] if more > 0 else said)


def _range(lines: tuple[int, int]) -> str:
    first, last = lines
    if last < first:
        return f"deleted after line {last}"
    return f"line {first}" if first == last else f"lines {first}-{last}"
