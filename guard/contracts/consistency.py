"""Checks that policy and contracts fit together: what no single file shows."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from guard import __version__
from guard.contracts.branches import claims
from guard.contracts.checks import Mistake
from guard.contracts.contract_keys import CONTRACT
from guard.contracts.mistakes import mistake_lines
from guard.contracts.model import POLICY, Contract, Policy
from guard.contracts.positions import Path, positions
from guard.core.codes import CODES, code_of
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


def without_effect(policy: Policy, asked: Collection[str]) -> list[Misfit]:
    """Give the lines of the policy that set what this version of guard does not act on.

    `asked` are the codes of the rules that it asks; the policy may name rules that are to come.
    """
    readers: dict[Path, str] = {
        (name,): key.read_by for name, key in POLICY.keys.items() if key.read_by
    }
    found = []
    for path in positions(policy.text):
        is_rule = len(path) == 2 and path[0] == "rules"
        code = code_of(str(path[1])) if is_rule else readers.get(path, "")
        if code and code not in asked:
            found.append(_misfit((policy.file,), policy.text, path, _idle(path, code)))
    return found


def _idle(path: Path, code: str) -> str:
    key = ".".join(map(str, path))
    return (
        f"{key} has no effect: guard {__version__} does not ask {code} {CODES[code]} yet; "
        "leave the line for a newer guard, or take it out"
    )


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
                who = other.name if other.within else show(other.file)
                problem = f"{who} merges {group} too; one session per group"
                yield _misfit(files, contract.text, (*contract.within, "merges", index), problem)


def _claimed_twice(contracts: Sequence[Contract], branches: Sequence[str]) -> Iterator[Misfit]:
    disputed: dict[tuple[Contract, ...], list[str]] = {}
    for branch in branches:
        claiming = tuple(contract for contract in contracts if claims(contract, branch))
        if len(claiming) > 1:
            disputed.setdefault(claiming, []).append(branch)
    for (*others, last), names in disputed.items():
        more = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
        files = [other.file for other in others]
        claimants = " and ".join(one.name if one.within else show(one.file) for one in others)
        problem = (
            f"the branch {show(names[0])}{more} is claimed by {claimants} too; "
            "narrow `branches` in all but one"
        )
        yield _misfit((last.file, *files), last.text, (*last.within, "branches"), problem)


def _misfit(files: tuple[str, ...], text: str, path: Path, problem: str) -> Misfit:
    line, column = positions(text).get(path, (1, 1))
    return Misfit(files, f"{show(files[0])}:{line}:{column}: {problem}")


def unknown_groups(contract: Contract, policy: Policy) -> tuple[str, ...]:
    """Give a line for each group under `merges` that the policy does not have, with its place."""
    known = tuple(group.name for group in policy.shared)
    unknown = [(index, name) for index, name in enumerate(contract.merges) if name not in known]
    if not unknown:
        return ()
    expected = "" if known else "a group under [shared] there"
    problem = f"{show(policy.file)} has no shared group "
    mistakes = [
        Mistake((*contract.within, "merges", index), problem + name, expected, -1, name, known)
        for index, name in unknown
    ]
    return tuple(mistake_lines("contract", mistakes, contract.text, contract.file))
