"""Everything that a rule may look at. `gather` fills it; rules read it and nothing else."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guard.changes.change import Change
    from guard.changes.conflict import Conflict
    from guard.contracts.model import Contract, Policy
    from guard.handoffs.values import Left
    from guard.receipts.receipt import Receipt
    from guard.rules.findings import Trusted


class Need:
    """What a rule wants gathered beyond policy, contracts and changed paths, which are always there. Bits, to be put together with `|`."""

    NOTHING = 0
    GENERATED = 1  # which changed paths are generated code
    SETTINGS = 2  # both versions of changed files that may start guard
    ENTRIES = 4  # the names beside every added path
    TRACKED = 8  # every path on the base
    MERGES = 16  # what the branch's merge commits did beyond merging
    CONFLICTS = 32  # where merging the branch into the base would stop
    HANDOFF = 64  # the session's handoff, the tree that it speaks of, and receipts


class Generated(NamedTuple):
    """Why a path counts as generated: `attribute`, `name` or `header`, and the words that showed it."""

    by: str
    evidence: str


class SettingsEdit(NamedTuple):
    """A changed file that may start guard, before and after; None where it does not exist."""

    path: str
    before: bytes | None
    after: bytes | None


class MergeEdit(NamedTuple):
    """A path where a merge commit differs from what merging its parents gives.

    `commit` is the merge's object id; `kind` is `dropped` (it kept one parent's version and lost the other side's change) or `added`
    (its content is in neither parent nor in the merge of both); `still` tells that the head has the merge's version to this day.
    """

    commit: str
    path: str
    kind: str
    still: bool


class Waived(NamedTuple):
    """What is known once the other rules were asked: their codes, and which of the contract's waivers (by number, from 0) took effect."""

    asked: frozenset[str] = frozenset()
    used: frozenset[int] = frozenset()


class Facts(NamedTuple):
    """One change set and all that is known about it.

    `branch` is the short name or "" (detached HEAD); `on_base` tells that the base itself is checked out, where no contract applies;
    `trusted.contract_from` is `base`, `branch`, `working-tree` or "". For a self-declared contract `declared_in` is the commit that first
    added it ("" before any commit) and `edited_since` tells that the branch changed it later. `own_files` are the paths that the session
    may write besides what it owns: its own first declaration and its own handoff. `tracked` is empty in scope `staged`; what is below
    `worktree` besides it is filled only on demand (`Need`).
    """

    scope: str
    branch: str
    on_base: bool
    base: str
    head: str
    trusted: Trusted
    policy: Policy
    contract: Contract | None
    contracts: tuple[Contract, ...]  # all that stand on the base and can be read
    unreadable: tuple[
        tuple[str, str], ...
    ]  # (file, what is wrong) of contracts on the base that cannot be read and are not this branch's
    declared_in: str
    edited_since: bool
    own_files: frozenset[str]
    changes: tuple[Change, ...]
    today: str  # the day where the people are: 2026-12-31 (ISO 8601)
    worktree: str = ""
    no_unstage: bool = False  # a merge, or the temporary index of `git commit -a`: `git restore --staged` does harm, or nothing
    generated: Mapping[str, Generated] = {}
    settings: tuple[SettingsEdit, ...] = ()
    entries: Mapping[
        str, frozenset[str]
    ] = {}  # directory ("" is the top) → names there once the branch is merged
    tracked: bytes = b""  # NUL-terminated paths on the base, sorted bytewise
    merge_edits: tuple[MergeEdit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refused: Contract | None = (
        None  # the contract that claims the branch and is for others than the author
    )
    arriving: bool = False  # the head is about to be pushed, not merged
    author: str = ""  # who made the change, as the CI system says; "" where nobody said
    cut: bool = False  # the clone ends within the branch, so that not all of its commits are known
    idle: frozenset[str] = (
        frozenset()
    )  # paths that changed and leave the base as it is, once `changes` is without them
    closing: bool = False  # whether the session's end is judged, too: then `left` None means that there is no handoff
    left: Left | None = None
    lying: bool = False  # whether a handoff lies in the working tree and was never committed
    tree: str = ""  # the tree under judgement without the handoff, where `closing`
    receipts: Mapping[
        str, tuple[Receipt, ...]
    ] = {}  # by command line: of those that the contract verifies, and those that are claimed
    rerun: bool = False  # whether the receipts are of commands that guard itself ran again
    afar: bool = False  # whether the commands ran elsewhere, where their receipts are
    waived: Waived = Waived()  # filled by the judge for the rules that are asked last
