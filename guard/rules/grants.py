"""Which line of which file owns a path, forbids it or shares it. What the rules about paths ask; `guard explain` shows the same answers."""

from __future__ import annotations

from guard.contracts.positions import line_of
from guard.rules.findings import Decision
from guard.rules.paths import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Contract, SharedGroup
    from guard.rules.facts import Facts


def owning(contract: Contract, path: str) -> Decision | None:
    """Give the line of `owns` that has `path`, whatever `forbids` says."""
    return _deciding(contract, "owns", contract.owns, path)


def forbidding(contract: Contract, path: str) -> Decision | None:
    """Give the line of `forbids` that has `path`."""
    return _deciding(contract, "forbids", contract.forbids, path)


def merging(facts: Facts, path: str) -> Decision | None:
    """Give the line of `merges` that grants `path`: it names a shared group that has the path, in a contract that stands on the base.

    The `merges` of a contract that is only on the branch grants nothing: a change must not widen its own permission.
    """
    if not facts.contract or not facts.contract.merges:
        return None
    return next(
        (merge for group, _ in sharing(facts, path) if (merge := merge_grant(facts, group.name))),
        None,
    )


def merge_grant(facts: Facts, group: str) -> Decision | None:
    """Give the line of the session's contract, on the base, that makes the merge of `group` its own."""
    if (
        not facts.contract
        or facts.trusted.contract_from != "base"
        or group not in facts.contract.merges
    ):
        return None
    return merge_line(facts.contract, group)


def merge_line(contract: Contract, group: str) -> Decision:
    """Give the line where `contract` lists `group` in its `merges`."""
    return Decision(
        contract.file, line_of(contract.text, "merges", contract.merges.index(group)), group
    )


def sharing(facts: Facts, path: str) -> Iterator[tuple[SharedGroup, Decision]]:
    """Yield every shared group that has `path`, with the line of the policy that puts it there.

    What a group lists is that group's; only a path that none lists is looked for among the generated ones. A lock file belongs to the
    session that merges the package metadata, although it is generated, too.
    """
    listed = [
        (group, line) for group in facts.policy.shared if (line := _listing(facts, group, path))
    ]
    yield from listed or _recognised(facts, path)


def permitted(facts: Facts, path: str) -> bool:
    """Tell whether the session may change `path`: a file of its own, or owned and not forbidden. Whether it is shared is not asked."""
    contract = facts.contract
    if path in facts.own_files:
        return True
    return (
        contract is not None
        and not forbidding(contract, path)
        and bool(owning(contract, path) or merging(facts, path))
    )


def others(facts: Facts) -> tuple[Contract, ...]:
    """Give the contracts on the base that are not this session's."""
    own = facts.contract.name if facts.contract else ""
    return tuple(contract for contract in facts.contracts if contract.name != own)


class Owners:
    """Knows which of several contracts own a path: all their patterns are asked at once."""

    def __init__(self, contracts: tuple[Contract, ...]) -> None:
        self._whose = [contract for contract in contracts for _ in contract.owns]
        self._patterns = compiled(
            tuple(pattern for contract in contracts for pattern in contract.owns)
        )

    def of(self, path: str) -> Iterator[tuple[Contract, Decision]]:
        """Yield each contract that owns `path` and does not forbid it, with the line that says so."""
        named = {
            contract.name: contract
            for contract in (self._whose[grant.index] for grant in self._patterns.matching(path))
        }
        for contract in named.values():
            decision = owning(contract, path)
            if decision and not forbidding(contract, path):
                yield contract, decision


def _deciding(
    contract: Contract, key: str, patterns: tuple[str, ...], path: str
) -> Decision | None:
    grant = compiled(patterns).decide(path) if patterns else None
    return (
        Decision(contract.file, line_of(contract.text, key, grant.index), grant.pattern)
        if grant
        else None
    )


def _listing(facts: Facts, group: SharedGroup, path: str) -> Decision | None:
    policy = facts.policy
    grant = compiled(group.paths).decide(path) if group.paths else None
    return (
        Decision(
            policy.file,
            line_of(policy.text, "shared", group.name, "paths", grant.index),
            grant.pattern,
        )
        if grant
        else None
    )


def _recognised(facts: Facts, path: str) -> Iterator[tuple[SharedGroup, Decision]]:
    policy = facts.policy
    for group in policy.shared:
        if group.generated and path in facts.generated:
            yield (
                group,
                Decision(
                    policy.file,
                    line_of(policy.text, "shared", group.name, "generated"),
                    "generated = true",
                ),
            )
