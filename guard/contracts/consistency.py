"""Checks that policy and contracts fit together: what no single file shows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import CONTRACT, Contract, Policy
from guard.contracts.parse import unknown_groups
from guard.contracts.positions import Path, positions
from guard.core.names import show
from guard.patterns import PatternSet
from guard.patterns.pattern import with_plain_brackets


class Misfit(NamedTuple):
    """A problem: the files it concerns, and a line that begins with file, line and column."""

    files: tuple[str, ...]
    line: str


def contradictions(
    policy: Policy, contracts: Sequence[Contract], branches: Sequence[str]
) -> list[Misfit]:
    """Give what keeps contracts from being used together.

    A shared group that the policy does not have; a group that two contracts merge; a branch that
    two contracts claim. `branches` are the short names of the existing branches.
    """
    found = [
        Misfit((contract.file,), line)
        for contract in contracts
        for line in unknown_groups(contract, policy)
    ]
    return [*found, *_merged_twice(contracts), *_claimed_twice(contracts, branches)]


def dead_patterns(
    policy: Policy, contracts: Sequence[Contract], tracked: Sequence[str]
) -> list[Misfit]:
    """Give the patterns that match none of the `tracked` paths, but those of standing contracts."""
    found: list[Misfit] = []
    sources: list[Policy | Contract] = [policy, *(one for one in contracts if not one.standing)]
    for source in sources:
        for path, patterns in _patterns(source):
            for grant in PatternSet(patterns).unmatched(tracked):
                problem = f'"{show(grant.pattern)}" matches no tracked file'
                plain = with_plain_brackets(grant.pattern)
                if plain and not PatternSet([plain]).unmatched(tracked):
                    problem += f"; write '{show(plain)}' for brackets in a name"
                found.append(_misfit((source.file,), source.text, (*path, grant.index), problem))
    return found


def _patterns(source: Policy | Contract) -> Iterator[tuple[Path, Sequence[str]]]:
    if isinstance(source, Policy):
        for group in source.shared:
            yield ("shared", group.name, "paths"), group.paths
        return
    for name, key in CONTRACT.keys.items():
        if key.check == "pattern":
            yield (name,), getattr(source, name)
    for index, waiver in enumerate(source.waivers):
        yield ("waive", index, "paths"), waiver.paths


def _merged_twice(contracts: Sequence[Contract]) -> Iterator[Misfit]:
    first: dict[str, Contract] = {}
    for contract in (one for one in contracts if not one.standing):
        for index, group in enumerate(contract.merges):
            other = first.setdefault(group, contract)
            if other is not contract:
                files = (contract.file, other.file)
                problem = f"{show(other.file)} merges {group} too; one session per group"
                yield _misfit(files, contract.text, ("merges", index), problem)


def _claimed_twice(contracts: Sequence[Contract], branches: Sequence[str]) -> Iterator[Misfit]:
    disputed: dict[tuple[Contract, ...], list[str]] = {}
    for branch in branches:
        claiming = tuple(contract for contract in contracts if claims(contract, branch))
        if len(claiming) > 1:
            disputed.setdefault(claiming, []).append(branch)
    for (*others, last), names in disputed.items():
        more = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
        files = [other.file for other in others]
        claimants = " and ".join(map(show, files))
        problem = (
            f"the branch {show(names[0])}{more} is claimed by {claimants} too; "
            "narrow `branches` in all but one"
        )
        yield _misfit((last.file, *files), last.text, ("branches",), problem)


def _misfit(files: tuple[str, ...], text: str, path: Path, problem: str) -> Misfit:
    line, column = positions(text).get(path, (1, 1))
    return Misfit(files, f"{show(files[0])}:{line}:{column}: {problem}")
