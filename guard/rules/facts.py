"""Everything that a rule may look at. `guard.verdict` fills it in; rules read nothing else."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from guard.changes.change import Change
    from guard.changes.conflict import Conflict
    from guard.changes.generated import Generated
    from guard.changes.starts_guard_edit import SettingsEdit
    from guard.contracts.model import Contract, Policy
    from guard.contracts.releases import Release
    from guard.handoffs.values import Left
    from guard.patterns import PatternSet
    from guard.receipts.receipt import Receipt
    from guard.rules.between import Beside, Live
    from guard.rules.findings import Carried
    from guard.rules.merges import MergeEdit
    from guard.rules.report import Trusted

    Value = TypeVar("Value")


class Need:
    """What a rule needs beyond policy, contracts and changed paths. Bits; combine them with `|`."""

    NOTHING = 0
    GENERATED = 1  # which changed paths are generated code
    SETTINGS = 2  # both versions of changed files that may start guard
    ENTRIES = 4  # the names beside every added path
    TRACKED = 8  # every path on the base
    MERGES = 16  # what the branch's merge commits did beyond merging
    CONFLICTS = 32  # where merging the branch into the base would stop
    HANDOFF = 64  # the session's handoff, the change that it describes, and receipts
    ALL_GENERATED = 128  # GENERATED even if no shared group is about generated code
    OPEN = 256  # which contracts that overlap are done
    BESIDE = 512  # what lies around: other sessions and what they do
    LISTED = 1024  # TRACKED where hints are to be complete, and many paths may be new


class Waived(NamedTuple):
    """The codes of the rules asked so far, and the waivers (by number, from 0) that took effect."""

    asked: frozenset[str] = frozenset()
    used: frozenset[int] = frozenset()


class Survey(NamedTuple):
    """The changes that `owns` does not cover, that `forbids` covers, that a shared group lists.

    The session's own files are in none of them.
    """

    unowned: tuple[Change, ...] = ()
    forbidden: tuple[Change, ...] = ()
    listed: tuple[Change, ...] = ()


class Memo:
    """What is worked out once for one reading."""

    def __init__(self) -> None:
        self.compiled: dict[tuple[str, ...], PatternSet] = {}
        self._latest: dict[str, tuple[tuple[object, ...], Any]] = {}

    def once(self, name: str, asked: tuple[object, ...], work: Callable[[], Value]) -> Value:
        """Give what `work` gives, without doing it again for the very same values `asked`."""
        latest = self._latest.get(name)
        if latest and all(one is other for one, other in zip(asked, latest[0], strict=True)):
            known: Value = latest[1]
            return known
        found = work()
        self._latest[name] = (asked, found)
        return found


class Facts(NamedTuple):
    """One change set and all that is known about it.

    `branch` is the short name or "" (detached HEAD). `on_base`: the base itself is checked out,
    where no contract applies. For a self-declared contract `declared_in` is the commit that first
    added it ("" before any commit); `edited_since`: the branch changed it later. `own_files` are
    the paths that the session may write besides what it owns: its first declaration and its
    handoff. `tracked` is empty in scope `staged`. The other fields below `no_unstage` are filled
    only if a rule has the `Need`.
    """

    scope: str
    branch: str
    on_base: bool
    base: str
    head: str
    trusted: Trusted
    policy: Policy
    contract: Contract | None
    contracts: tuple[Contract, ...]  # all on the base that can be read
    # (file, problem) of contracts on the base that cannot be read and are not this branch's
    unreadable: tuple[tuple[str, str], ...]
    declared_in: str
    edited_since: bool
    own_files: frozenset[str]
    changes: tuple[Change, ...]
    today: str  # the local date: 2026-12-31 (ISO 8601)
    memo: Memo
    worktree: str = ""
    # a merge, or the temporary index of `git commit -a`: `git restore --staged` would lose work
    # there, or have no effect
    no_unstage: bool = False
    generated: Mapping[str, Generated] = {}
    settings: tuple[SettingsEdit, ...] = ()
    # directory ("" is the top) → the names in it once the branch is merged
    entries: Mapping[str, frozenset[str]] = {}
    tracked: bytes = b""  # NUL-terminated paths on the base, sorted bytewise
    # the same for its submodules, with a slash at the end; only if a pattern of folders needs them
    submodules: bytes = b""
    merge_edits: tuple[MergeEdit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    # with conflicts: the release branch that the branch was built on, though `bases` names none
    release: Release | None = None
    integrated: frozenset[str] = frozenset()  # names of contracts whose work the base has, if asked
    was: str = ""  # what the branch was called when a contract claimed it, if it was renamed
    refused: Contract | None = None  # it claims the branch, but its `actors` exclude the author
    by_agent: bool = False  # a coding agent is about to write: what is no contract's is asked, too
    arriving: bool = False  # the head is about to be pushed, not merged
    author: str = ""  # who made the change, according to the CI system; "" if it does not say
    cut: bool = False  # the clone ends within the branch: some of its commits are unknown
    idle: frozenset[str] = frozenset()  # paths left out of `changes`: they leave the base as it is
    carried: tuple[Carried, ...] = ()  # of these paths, those that another session's branch has so
    closing: bool = False  # judge the session's end, too: `left` None then means no handoff
    left: Left | None = None
    lying: bool = False  # the working tree has a handoff that was never committed
    inherited: bool = False  # the handoff is the one that the base had when the branch began
    tree: str = ""  # the judged tree without the handoff, if `closing`
    # path → mode and object id at the head, or in the working tree; of all that changed, if
    # `closing`, also of what a second look takes out of `changes`
    states: Mapping[str, tuple[str, str]] = {}
    # by command line: the commands that the contract verifies, and those that the handoff claims
    receipts: Mapping[str, tuple[Receipt, ...]] = {}
    rerun: bool = False  # the receipts are of commands that guard itself ran again
    beside: Beside | None = None  # None: nobody looked around
    afar: bool = False  # the commands ran on another machine, which has their receipts
    live: tuple[Live, ...] = ()  # siblings' uncommitted work in the same files, if looked for
    waived: Waived = Waived()  # filled by the judge for rules that are `last`
