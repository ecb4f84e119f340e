"""Which line of which file owns, forbids or shares a path."""

from __future__ import annotations

from guard.patterns.patternset import concerned
from guard.rules.findings import Decision
from guard.rules.survey import as_asked, compiled, is_self_declared, survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Contract, Policy, SharedGroup
    from guard.rules.facts import Facts

_FEW = 20  # paths


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
    blamed = (*seen.unowned, *seen.forbidden, *seen.listed)
    near = others(facts)
    if len(blamed) <= _FEW:  # most contracts are about other paths: they are not compiled
        spelled = [change.spelled for change in blamed]
        near = tuple(one for one in near if any(concerned(one.owns, spelled)))
    owners = Owners(facts, near)
    owning = {contract.name for change in blamed for contract, _ in owners.of(change.path)}
    return [one for one in others(facts) if blamed and (one.merges or one.name in owning)]


def astray(facts: Facts) -> bool:
    """Tell whether a commit may hold what an open contract on the base owns, not this session's.

    On the base any path may be such, elsewhere what the session may not change.
    """
    theirs = tuple(contract for contract in others(facts) if not contract.standing)
    if not theirs or not (facts.on_base or facts.contract):
        return False
    changes = facts.changes if facts.on_base else survey(facts).unowned
    owners = Owners(facts, theirs) if changes else None
    return owners is not None and any(True for one in changes for _ in owners.of(one.path))


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
