"""OVL: do two sessions change the same files, or the same lines?"""

from collections.abc import Iterator

from guard.core.codes import Severity
from guard.core.names import counted
from guard.rules.between import Beside, Lines, Live, Pair, Place
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
_NEXT = "guard conflicts --diff   # what both sides did"
_MOST = 3  # places in a message


def same_file(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same file?

    Two sessions in one file have to be put together by somebody, and what git merges may still not
    work together. `guard check` compares the worktree as it is now with every other session as it
    is now, uncommitted work included. Where both changed the same lines, OVL002 says so instead.
    Before a commit, and before a coding agent's edit, guard says which sibling has uncommitted
    changes in the file at this moment. The hooks of each worktree leave a note of such paths; the
    sibling's file itself is looked at before anything is said, and work that no hook has seen is
    not known. An agent hears it once in a conversation for each file.

    What to do: agree on who changes the file. `guard conflicts --diff` shows what both sides did.
    """
    for pair, other in _pairs(facts):
        near, stopped = {*pair.same_lines}, set[str]()
        for place in pair.places:
            (near if place.is_near else stopped).update(place.conflict.paths)
        stops = (place.conflict.path for place in pair.places)
        for path in dict.fromkeys((*pair.same_files, *stops)):
            if path not in near | _carried(facts, other):
                end = ", and git cannot merge the two" if path in stopped else ""
                yield Violation(path, f"{other} changes this file, too{end}", _next(facts))
    both = facts.policy.severities.get("OVL002") == Severity.OFF
    for live in _live(facts):
        if both or not live.lines:
            yield Violation(live.path, f"{_who(facts, live)} this file {_where(live)}", _NEXT)


def same_hunk(facts: Facts) -> Iterator[Violation]:
    """Do two sessions change the same lines?

    One of the two will meet a conflict, or git merges the two edits and nobody has looked at the
    result. `guard check` compares the worktree as it is now with every other session as it is now,
    uncommitted work included; git's own merge says where it would stop.

    What to do: talk to that session now, before either goes on. `guard conflicts --diff` shows what
    both sides did, and `guard conflicts --order` who integrates first.
    """
    for pair, other in _pairs(facts):
        carried = _carried(facts, other)
        for place in pair.places:
            path = _here(facts, place)
            if place.is_near and path not in carried:
                said = "; ".join(
                    f"{pair.a} {_range(one.a)}, {pair.b} {_range(one.b)}"
                    for one in place.lines[:_MOST]
                )
                message = f"{other} changes the same lines, and git would stop: {said}"
                yield Violation(path, message, _next(facts))
        for path in (one for one in pair.same_lines if one not in carried):
            message = f"{other} changes the same lines; git merges the two"
            yield Violation(path, message, _next(facts))
    for live in _live(facts):
        if live.lines:
            message = f"{_who(facts, live)} the same lines {_where(live)}: {_lines(live.lines)}"
            yield Violation(live.path, message, _NEXT)


def _here(facts: Facts, place: Place) -> str:
    """Where the file is here: the other side may have moved it."""
    changed = {change.path for change in facts.changes}
    paths = place.conflict.paths
    return next((path for path in paths if path in changed), place.conflict.path)


def _next(facts: Facts) -> str:
    """A range is compared with the branches of the remote, as CI has them."""
    return _NEXT.replace("--diff", "--remote origin --diff") if facts.scope == "range" else _NEXT


def _pairs(facts: Facts) -> Iterator[tuple[Pair, str]]:
    """The pairs of this session, each with the name of the other."""
    beside = facts.beside or Beside()
    for pair in beside.pairs or ():
        yield pair, pair.b if pair.a in beside.mine else pair.a


def _live(facts: Facts) -> Iterator[Live]:
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
    said = [f"{_range(one.b)} there, {_range(one.a)} here" for one in lines[:_MOST]]
    more = len(lines) - _MOST
    return "; ".join([*said, f"and {counted(more, 'more place')}"] if more > 0 else said)


def _carried(facts: Facts, other: str) -> set[str]:
    """The paths that this branch carries from the other session's: stacked work is no meeting."""
    return {path for one in facts.carried if one.contract == other for path in one.paths}


def _range(lines: tuple[int, int]) -> str:
    first, last = lines
    if last < first:
        return f"after line {last}" if last else "at the top"
    return f"line {first}" if first == last else f"lines {first}-{last}"
