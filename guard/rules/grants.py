"""Which line of which file owns, forbids or shares a path."""

from __future__ import annotations

from guard.changes.change import ABSENT, GITLINK
from guard.patterns import PatternSet
from guard.rules.facts import Survey
from guard.rules.findings import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guard.contracts.model import Contract, Policy, SharedGroup
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


def owning(facts: Facts, contract: Contract, path: str) -> Decision | None:
    """Give the line of the contract's `owns` that covers `path`, whatever `forbids` says."""
    return _deciding(facts, contract, contract.owns, path, "owns")


def forbidding(facts: Facts, contract: Contract, path: str) -> Decision | None:
    """Give the line of the contract's `forbids` that covers `path`."""
    return _deciding(facts, contract, contract.forbids, path, "forbids")


def merging(facts: Facts, path: str) -> Decision | None:
    """Give the line of `merges` that grants `path`: it names a shared group that has the path.

    Only a contract on the base grants anything: a change must not widen its own permission.
    """
    if not facts.contract or not facts.contract.merges:
        return None
    grants = (merge_grant(facts, group.name) for group, _ in sharing(facts, path))
    return next(filter(None, grants), None)


def merge_grant(facts: Facts, group: str) -> Decision | None:
    """Give the line of the session's contract, on the base, that makes it the merge owner."""
    contract = facts.contract
    if not contract or facts.trusted.contract_from != "base" or group not in contract.merges:
        return None
    return merge_line(contract, group)


def merge_line(contract: Contract, group: str) -> Decision:
    """Give the line where `contract` lists `group` in its `merges`."""
    line = _line_of(contract.text, "merges", contract.merges.index(group))
    return Decision(contract.file, line, group)


def sharing(facts: Facts, path: str) -> Iterator[tuple[SharedGroup, Decision]]:
    """Yield every shared group that has `path`, with the line of the policy that says so.

    Only paths that no group lists are looked for among the generated ones: a lock file, although
    generated, belongs to the session that merges the package metadata.
    """
    policy = facts.policy
    is_listed = False
    for group in policy.shared:
        decision = _deciding(facts, policy, group.paths, path, "shared", group.name, "paths")
        if decision:
            is_listed = True
            yield group, decision
    if is_listed or path not in facts.generated:
        return
    for group in policy.shared:
        if group.generated:
            line = _line_of(policy.text, "shared", group.name, "generated")
            yield group, Decision(policy.file, line, "generated = true")


def permitted(facts: Facts, path: str) -> bool:
    """Tell whether the session may change `path`: its own file, or owned and not forbidden.

    Whether the path is shared is not considered.
    """
    contract = facts.contract
    if path in facts.own_files:
        return True
    if not contract or forbidding(facts, contract, path):
        return False
    if is_self_declared(facts):
        from guard.rules.taken import Takers  # few contracts are

        if Takers(facts).of(path):
            return False
    return bool(owning(facts, contract, path) or merging(facts, path))


def others(facts: Facts) -> tuple[Contract, ...]:
    """Give the contracts on the base that are not this session's."""
    own = facts.contract.name if facts.contract else ""
    return tuple(contract for contract in facts.contracts if contract.name != own)


def granting(facts: Facts) -> list[Contract]:
    """Give the other contracts that may permit what this session may not change."""
    seen = survey(facts)
    blamed = [change.path for change in (*seen.unowned, *seen.forbidden, *seen.listed)]
    owners = Owners(facts, others(facts))
    owning = {contract.name for path in blamed for contract, _ in owners.of(path)}
    return [one for one in others(facts) if blamed and (one.merges or one.name in owning)]


def named(contract: Contract) -> str:
    """Give a contract's name and, in brackets, its owner."""
    return f"{contract.name} ({contract.owner})" if contract.owner else contract.name


class Owners:
    """Finds which of several contracts own a path, matching all their patterns at once."""

    def __init__(self, facts: Facts, contracts: tuple[Contract, ...]) -> None:
        self._facts = facts
        self._whose = [contract for contract in contracts for _ in contract.owns]
        patterns = tuple(pattern for contract in contracts for pattern in contract.owns)
        self._patterns = compiled(facts, patterns)

    def of(self, path: str) -> Iterator[tuple[Contract, Decision]]:
        """Yield each contract that owns `path` and does not forbid it, with the line."""
        asked = as_asked(self._facts, path, grants=True)
        matching = (self._whose[grant.index] for grant in self._patterns.matching(asked))
        for contract in {contract.name: contract for contract in matching}.values():
            line = owning(self._facts, contract, path)
            if line and not forbidding(self._facts, contract, path):
                yield contract, line


def _line_of(text: str, *key: str | int) -> int:
    from guard.contracts.positions import line_of  # a kept commit asks for no line

    return line_of(text, *key)


def _deciding(
    facts: Facts, source: Contract | Policy, patterns: tuple[str, ...], path: str, *key: str
) -> Decision | None:
    """The pattern that decides, and its line in the array `key`."""
    if not patterns:
        return None
    grant = compiled(facts, patterns).decide(as_asked(facts, path, grants=key == ("owns",)))
    if not grant:
        return None
    return Decision(source.file, _line_of(source.text, *key, grant.index), grant.pattern)


def _surveyed(facts: Facts) -> Survey:
    contract = facts.contract
    owns, forbids = (contract.owns, contract.forbids) if contract else ((), ())
    shared = tuple(pattern for group in facts.policy.shared for pattern in group.paths)
    if len(facts.changes) * _FEW < len(owns) + len(forbids) + len(shared):
        owns, forbids, shared = (_concerned(facts, each) for each in (owns, forbids, shared))
    unshared = len(owns) + len(forbids)
    own = (1 << len(owns)) - 1
    forbidden = (1 << unshared) - 1 - own
    bits = compiled(facts, owns + forbids + shared).bits
    marked = [
        (change, bits(change.path))
        for change in facts.changes
        if change.path not in facts.own_files
    ]
    links = gitlinks(facts)
    for place, (change, found) in enumerate(marked) if links else ():
        if change.path in links:
            ours = 0 if links[change.path] else own
            marked[place] = change, found | bits(change.path + "/") & ~ours
    unowned = tuple(change for change, found in marked if not found & own)
    if is_self_declared(facts):
        from guard.rules.taken import Takers  # few contracts are

        takers, known = Takers(facts), set(unowned)
        unowned = tuple(one for one in facts.changes if one in known or takers.of(one.path))
    return Survey(
        unowned,
        tuple(change for change, found in marked if found & forbidden),
        tuple(change for change, found in marked if found >> unshared),
    )


def _gitlinks(facts: Facts) -> dict[str, bool]:
    found = {
        change.path: {change.old_mode, change.new_mode} <= {ABSENT, GITLINK}
        for change in facts.changes
        if GITLINK in (change.old_mode, change.new_mode)
    }
    found.update((conflict.path, True) for conflict in facts.conflicts if conflict.gitlink)
    return found


def _concerned(facts: Facts, patterns: tuple[str, ...]) -> tuple[str, ...]:
    from guard.patterns.literals import concerned  # few patterns are compiled as they are

    return tuple(concerned(patterns, (change.spelled for change in facts.changes)))
