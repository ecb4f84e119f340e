"""Whether work is split well: what several contracts would meet if sessions began under them now.

Values and counts alone: `guard.sessions.life.planning` finds what they are made from.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from guard.changes.generated import generated_name
from guard.contracts.model import Contract, Policy, SharedGroup
from guard.contracts.starter.told import Commit
from guard.core.codes import Severity
from guard.patterns import PatternSet
from guard.patterns.meeting import Undecided
from guard.rules.overlaps import UNDECIDED, Compared, placed
from guard.rules.reach import open_contracts, owned_by

SWEEPING = 20  # paths of a commit; with more it says nothing about what belongs together
_NAMES_A_FILE = re.compile(r"/?[^*?\[\\]*/[^*?\[\\]*[^*?\[\\/]").fullmatch
OFTEN = 5  # commits that change two files which belong together


class Unowned(NamedTuple):
    """A shared group that no contract merges, and the files of it that planned ones own."""

    group: SharedGroup
    files: Mapping[str, Sequence[str]]  # by the contract's name


class Unmerged(NamedTuple):
    """A shared group with files that a contract owns, whose merge it does not; `merger` has it."""

    group: SharedGroup
    files: Sequence[str]
    merger: str = ""


class Barred(NamedTuple):
    """A pattern of a contract whose files are all of a shared group that `merger` merges."""

    name: str
    pattern: str
    group: SharedGroup
    merger: str


class Split(NamedTuple):
    """A file that mostly changes together with one of another contract.

    `both` commits changed the two, of `changed` that changed `path` at all.
    """

    a: str
    path: str
    b: str
    other: str
    both: int
    changed: int


class Plan(NamedTuple):
    """What was found about the contracts `names`.

    `barred` are patterns with which their contracts can change nothing.
    `compared` has each with the others and with all that are open. `misfits` are lines about what
    keeps them from being used. `sessions` would be at work, the `open` ones included. Of `commits`
    the history was read; `unread` says why it could not be.
    """

    names: tuple[str, ...]
    compared: Compared
    misfits: tuple[str, ...]
    unowned: tuple[Unowned, ...]
    barred: tuple[Barred, ...]
    split: tuple[Split, ...]
    sessions: int
    open: tuple[str, ...]
    commits: int
    unread: str = ""

    @property
    def limit(self) -> int:
        """How many sessions the policy wants at most."""
        return self.compared.policy.sessions

    @property
    def verdict(self) -> str:
        """`clear`, `found` or `undecided`."""
        overlaps = placed(self.compared)
        doubtful = any(one.verdict == UNDECIDED for one in overlaps)
        if doubtful or self.unread or self.compared.unreadable:
            return "undecided"
        found = overlaps or self.misfits or self.unowned or self.barred or self.split
        return "found" if found or self.sessions > self.limit else "clear"


def unowned(
    policy: Policy, planned: Sequence[Contract], others: Iterable[Contract], tracked: Sequence[str]
) -> list[Unowned]:
    """Give the shared groups with files that planned contracts own, and whose merge nobody has.

    Groups whose findings are off are left out. Generated code is known by its name alone.
    """
    merged = {group for one in (*planned, *others) for group in one.merges}
    found = []
    for group in policy.shared:
        if group.name in merged or _is_off(policy, group):
            continue
        has = PatternSet(group.paths).decide
        paths = [
            path for path in tracked if has(path) or (group.generated and generated_name(path))
        ]
        owned = {one.name: [*filter(owned_by(one, policy), paths)] for one in planned}
        files = {name: inside for name, inside in owned.items() if inside}
        if files:
            found.append(Unowned(group, files))
    return found


def unmerged(
    policy: Policy, contract: Contract, others: Sequence[Contract], tracked: Callable[[], list[str]]
) -> list[Unmerged]:
    """Give the shared groups with files that a contract owns and, without their merge, cannot edit.

    Files are those that `tracked` lists, which is not called where no group can have one that the
    contract owns, and those that it names and that are still to be written. Groups whose findings
    are off and code that is generated elsewhere are left out.
    """
    near = [
        group
        for group in policy.shared
        if group.name not in contract.merges
        and not _is_off(policy, group)
        and _may_meet(contract.owns, group.paths)
    ]
    if not near:
        return []
    named = (one.removeprefix("/") for one in contract.owns if _NAMES_A_FILE(one))
    owned = list(filter(owned_by(contract, policy), dict.fromkeys((*tracked(), *named))))
    mergers = {group: one.name for one in others if not one.standing for group in one.merges}
    found = []
    for group in near:
        files = list(filter(PatternSet(group.paths).decide, owned))
        if files:
            found.append(Unmerged(group, files, mergers.get(group.name, "")))
    return found


def barred(
    policy: Policy, planned: Sequence[Contract], others: Iterable[Contract], tracked: list[str]
) -> list[Barred]:
    """Give the patterns of planned contracts whose files are all shared, and merged by another."""
    known, found = (*planned, *others), []
    for contract in planned:
        rest = [one for one in known if one.name != contract.name]
        for one in unmerged(policy, contract, rest, lambda: tracked):
            shared = {*one.files}
            for pattern in contract.owns if one.merger else ():
                inside = {*filter(PatternSet([pattern]).decide, (*tracked, *shared))}
                if inside and inside <= shared:
                    found.append(Barred(contract.name, pattern, one.group, one.merger))
    return found


def _may_meet(owns: Sequence[str], paths: Sequence[str]) -> bool:
    try:
        return PatternSet(owns).meets(PatternSet(paths)) is not None
    except Undecided:
        return True


def _is_off(policy: Policy, group: SharedGroup) -> bool:
    return min(policy.severities.get("SHR001", Severity.ERROR), group.at_most) == Severity.OFF


def split(
    policy: Policy,
    planned: Iterable[Contract],
    tracked: Iterable[str],
    commits: Iterable[Commit],
) -> list[Split]:
    """Give the files of two contracts that belong together, the most frequent first.

    At least five commits changed both, and these are at least half of those that changed one of the
    two. Commits of bots, sweeping commits, shared files and files of several contracts do not
    count.
    """
    owner = _owner(policy, open_contracts(planned), tracked)
    changed, both = Counter[str](), Counter[tuple[str, str]]()
    for commit in commits:
        if commit.by_bot or len(commit.paths) > SWEEPING:
            continue
        owned = sorted(path for path in commit.paths if path in owner)
        changed.update(owned)
        both.update(pair for pair in combinations(owned, 2) if owner[pair[0]] != owner[pair[1]])
    found = []
    for pair, count in both.items():
        path, other = sorted(pair, key=lambda one: (changed[one], one))
        if count >= OFTEN and 2 * count >= changed[path]:
            found.append(Split(owner[path], path, owner[other], other, count, changed[path]))
    return sorted(found, key=lambda one: (-one.both, one.path, one.other))


def _owner(policy: Policy, planned: Sequence[Contract], tracked: Iterable[str]) -> dict[str, str]:
    """Path → the one contract that owns it, for files that are not shared."""
    shared = PatternSet([pattern for group in policy.shared for pattern in group.paths]).decide
    asked: list[tuple[str, Callable[[str], bool]]] = [
        (one.name, owned_by(one, policy)) for one in planned
    ]
    found = {}
    for path in tracked:
        names = [name for name, owns in asked if owns(path)]
        if len(names) == 1 and not shared(path):
            found[path] = names[0]
    return found
