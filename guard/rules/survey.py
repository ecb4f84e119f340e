"""What the changed paths are to the contract and the policy: all of them at once, for all rules."""

from __future__ import annotations

from guard.changes.change import ABSENT, GITLINK
from guard.patterns.patternset import PatternSet, concerned
from guard.rules.facts import Survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guard.changes.change import Change
    from guard.rules.facts import Facts

# With more patterns per path than this, those that cannot match are dropped before compiling.
_FEW = 5


def survey(facts: Facts) -> Survey:
    """Sort the changes by all patterns that concern them, in one pass and once for all rules."""
    asked = (
        facts.changes,
        facts.contract,
        facts.policy,
        facts.own_files,
        facts.conflicts,
        facts.integrated,
        facts.generated,
    )
    return facts.memo.once("survey", asked, lambda: _surveyed(facts))


def is_self_declared(facts: Facts) -> bool:
    """Tell whether the session wrote its contract itself: it is not on the base."""
    return facts.contract is not None and facts.trusted.contract_from != "base"


def compiled(facts: Facts, patterns: tuple[str, ...]) -> PatternSet:
    """Compile a list of patterns, once for all rules."""
    known = facts.memo.compiled.get(patterns)
    if known is None:
        known = facts.memo.compiled[patterns] = PatternSet(patterns)
    return known


def as_asked(facts: Facts, path: str, *, grants: bool = False) -> str:
    """Give a changed path as patterns are to see it.

    A submodule is a directory (dir.c, `resolve_dtype`), so it gets a slash. Where the other side is
    a file, a pattern that `grants` has to match that as well.
    """
    links = gitlinks(facts)
    return path + "/" if path in links and (links[path] or not grants) else path


def gitlinks(facts: Facts) -> Mapping[str, bool]:
    """Give the changed paths where a submodule is, before or after.

    The value tells that nothing else is there.
    """
    asked = (facts.changes, facts.conflicts)
    return facts.memo.once("gitlinks", asked, lambda: _gitlinks(facts))


def match(facts: Facts) -> tuple[PatternSet, int, int, list[tuple[Change, int]]]:
    """Match the changes with all patterns that concern them, once; what else is known may change.

    Gives the patterns, the bits of those that the contract owns and forbids, and each change with
    the bits of the patterns that match it. The session's own files are left out.
    """
    asked = (facts.changes, facts.contract, facts.policy, facts.own_files)
    return facts.memo.once("match", asked, lambda: _matched(facts))


def _matched(facts: Facts) -> tuple[PatternSet, int, int, list[tuple[Change, int]]]:
    contract = facts.contract
    owns, forbids = (contract.owns, contract.forbids) if contract else ((), ())
    shared = tuple(pattern for group in facts.policy.shared for pattern in group.paths)
    if len(facts.changes) * _FEW < len(owns) + len(forbids) + len(shared):
        owns, forbids, shared = (_concerned(facts, each) for each in (owns, forbids, shared))
    own = (1 << len(owns)) - 1
    forbidden = (1 << len(owns) + len(forbids)) - 1 - own
    patterns = compiled(facts, owns + forbids + shared)
    changes = [change for change in facts.changes if change.path not in facts.own_files]
    bits = patterns.all_bits([change.path for change in changes])
    return patterns, own, forbidden, list(zip(changes, bits, strict=True))


def _surveyed(facts: Facts) -> Survey:
    patterns, own, forbidden, marked = match(facts)
    links = gitlinks(facts)
    if links:
        marked = [
            (change, found | _as_folder(patterns, change, own, links)) for change, found in marked
        ]
    unowned = tuple(change for change, found in marked if not found & own)
    if is_self_declared(facts):
        from guard.rules.taken import Takers  # few contracts are

        takers, known = Takers(facts), set(unowned)
        unowned = tuple(one for one in facts.changes if one in known or takers.of(one.path))
    return Survey(
        unowned,
        tuple(change for change, found in marked if found & forbidden),
        tuple(change for change, found in marked if found > own | forbidden),
    )


def _as_folder(patterns: PatternSet, change: Change, own: int, links: Mapping[str, bool]) -> int:
    """The bits of a submodule as a folder; a file beside it is not owned by these."""
    if change.path not in links:
        return 0
    found = patterns.bits(change.path + "/")
    return found if links[change.path] else found & ~own


def _gitlinks(facts: Facts) -> dict[str, bool]:
    found = {
        change.path: {change.old_mode, change.new_mode} <= {ABSENT, GITLINK}
        for change in facts.changes
        if GITLINK in (change.old_mode, change.new_mode)
    }
    found.update((conflict.path, True) for conflict in facts.conflicts if conflict.gitlink)
    return found


def _concerned(facts: Facts, patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(concerned(patterns, (change.spelled for change in facts.changes)))
