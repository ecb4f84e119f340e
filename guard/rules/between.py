"""What is between the sessions of a repository: who takes part, and what each pair does.

Values alone: `guard.sessions` finds them, `guard.reports` tells them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from guard.changes.conflict import Conflict
from guard.contracts.model import Contract
from guard.contracts.releases import Release
from guard.core.codes import Severity
from guard.core.names import shell_quote
from guard.rules.findings import Finding

STATES = ("working", "integrated", "blocked", "unstable", "error")
VERDICTS = ("clean", "conflict", "undecided")
RESOLVING = "resolution"  # what is in progress in a worktree of guard integrate --resolve


class Party(NamedTuple):
    """A session as it is compared: its work and the commit that stands for it.

    `name` is unique among the parties. `head` is the tip; `commit` is what was compared, a commit
    of the working tree if that is `dirty`, and `tree` is its tree. `state` is one of `STATES`:
    *integrated* if the base has all of it, *blocked* if it conflicts with the base (`places` says
    where), *unstable* if it was written to while it was read, *error* if it could not be read;
    `why` explains the last two, or says what was not compared. `during` names a merge or rebase in
    progress, or is `RESOLVING`. `changed` counts the paths that it would change on the base.

    It left the base at the commit `base` ("": at several, or unknown), is `ahead` of it and
    `behind` it by so many commits (-1: unknown), and was `active` last at that time (seconds; 0:
    unknown): the last commit, or the last write to what is uncommitted. Its worktree may be
    `locked` or `missing`, or lie in another one (`nested`). A branch of a `remote` is not here; its
    `holder` is the owner of its contract, or who made its last commit.
    `edited` counts the paths with uncommitted changes. `waiting`: the last that an agent there told
    guard is that its turn ended. `silent`: it could not be read because it did not answer, so that
    nobody should go there now. `release` is the release branch that it was built on, looked for if
    policy has `bases` or it would conflict with the base. `resolved_in` is the worktree in which
    its conflict with the base is being resolved.
    """

    name: str
    branch: str
    worktree: str
    contract: str
    goal: str
    head: str
    commit: str = ""
    tree: str = ""
    dirty: bool = False
    during: str = ""
    state: str = "working"
    why: str = ""
    places: tuple["Place", ...] = ()
    changed: int = 0
    base: str = ""
    ahead: int = -1
    behind: int = -1
    active: int = 0
    locked: bool = False
    missing: bool = False
    nested: bool = False
    remote: str = ""
    holder: str = ""
    edited: int = 0
    release: Release = Release()
    waiting: bool = False
    silent: bool = False
    resolved_in: str = ""

    @property
    def whose(self) -> str:
        """On which remote it is, and who holds it; "" for what is here."""
        return f"on {self.remote}, {self.holder}'s" if self.remote else ""

    @property
    def resolution(self) -> str:
        """The command that brings the resolution of its conflict to an end; "" for none."""
        place = self.worktree if self.during == RESOLVING else self.resolved_in
        return f"cd {shell_quote(place)} && guard integrate --continue" if place else ""

    @property
    def takes_part(self) -> bool:
        """Whether there is work of its own to compare: a resolution is a session's once more."""
        has_work = self.state in ("working", "blocked") and self.changed > 0
        return has_work and self.during != RESOLVING

    @property
    def is_unknown(self) -> bool:
        """Whether guard could not read it."""
        return self.state in ("unstable", "error")


class Lines(NamedTuple):
    """Lines of both sides that meet, each as first and last.

    A side that deleted its lines has a `last` before its `first`.
    """

    a: tuple[int, int]
    b: tuple[int, int]


class Place(NamedTuple):
    """A path on which git would stop; `patches` are both sides' changes there as unified diffs.

    Side a of a conflict with the base is the base. `with_base`: one of two sessions conflicts with
    the base on this path, too.
    """

    conflict: Conflict
    lines: tuple[Lines, ...] = ()
    patches: tuple[str, str] = ("", "")
    with_base: bool = False

    @property
    def is_near(self) -> bool:
        """Whether both changed the same lines: none deleted, moved or added the whole file."""
        return self.conflict.kind == "content" and bool(self.lines)


class Live(NamedTuple):
    """Uncommitted work of a sibling in a path that this session changes, too, as it is right now.

    `contract` and `branch` may be "", `worktree` is where it works. `how` is `changed`, `added` or
    `deleted`. `lines` are those that both changed in what both started from, side a this session's;
    none if they changed others, or if they cannot be compared.
    """

    path: str
    contract: str
    branch: str
    worktree: str
    how: str
    lines: tuple[Lines, ...] = ()


class Twin(NamedTuple):
    """Two new paths, one of each side, that are one on a file system without case or forms."""

    a: str
    b: str


class Pair(NamedTuple):
    """Two parties, by name, and git's verdict on merging them: one of `VERDICTS`.

    `same_files` are paths that both changed. In `same_lines` both changed the same lines, and git
    merges them nevertheless. `why` explains *undecided*.
    """

    a: str
    b: str
    verdict: str = "clean"
    why: str = ""
    places: tuple[Place, ...] = ()
    same_files: tuple[str, ...] = ()
    same_lines: tuple[str, ...] = ()
    twins: tuple[Twin, ...] = ()

    @property
    def merged(self) -> tuple[str, ...]:
        """The paths that both changed and that no conflict is about."""
        stopped = {path for place in self.places for path in place.conflict.paths}
        return tuple(path for path in self.same_files if path not in stopped)


class Stray(NamedTuple):
    """Work of an open session, by its contract's name, that lies where it does not belong.

    `place` is the worktree where it lies, with the branch `on` ("" if detached); `place` is "" if
    nobody has the base checked out. `paths` differ from `since` there, `added` are those of them
    that it lacks. `how` is *uncommitted*, *staged* (in a commit that is about to be made),
    *written* (by an agent, soon) or *committed*: then the `commits`, oldest first, are on the local
    base and not on `ref`; they are `alone` if that has nothing else. `alone` also tells that
    nothing else is staged.

    `others` are the names of further sessions that own the paths, too.

    `home` is the session's worktree; it is `busy` if it has uncommitted changes in one of the paths
    itself. If it is to be made first, `makes` has the words of git's for it; `branch` is the
    session's, "" if it works with a detached HEAD.
    """

    contract: str
    place: str
    on: str
    how: str
    paths: tuple[str, ...]
    since: str
    home: str
    branch: str
    makes: tuple[str, ...] = ()
    owner: str = ""
    added: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    ref: str = ""
    alone: bool = False
    busy: bool = False
    others: tuple[str, ...] = ()


class Beside(NamedTuple):
    """What guard saw around a change set: who else works here, and what they do.

    `sessions` are the names of the open ones; without a need to count them it is empty. `pairs` are
    those of this session, which is `mine` there; None where sessions were not compared. `unknown`
    are those that could not be read. `contracts` are those that other branches bring along.
    """

    sessions: tuple[str, ...] = ()
    strays: tuple[Stray, ...] = ()
    pairs: tuple[Pair, ...] | None = None
    unknown: tuple[str, ...] = ()
    mine: frozenset[str] = frozenset()
    contracts: tuple[Contract, ...] = ()


class Together(NamedTuple):
    """Parties that merge cleanly two by two, and not all of them together."""

    names: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


class LeftOut(NamedTuple):
    """A party that is not in the order, and the parties in it that it conflicts with."""

    name: str
    because: tuple[str, ...]


class Order(NamedTuple):
    """The largest set of parties that merges cleanly, in an order that was tried.

    `exact`: no larger set of which no two conflict merges cleanly. `together` are the conflicts
    that no pair shows.
    """

    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    together: tuple[Together, ...] = ()
    exact: bool = True
    merges: int = 0

    @property
    def size(self) -> str:
        """How large the set is, in words; "" if it has everybody."""
        if not self.left_out:
            return ""
        exact = "the largest set of which no two conflict"
        return f" ({exact if self.exact else 'a larger one may exist'})"


class Asked(NamedTuple):
    """What `guard conflicts` is asked for; `base` is a rev that a person typed.

    `remote` names one whose branches of open contracts are compared, too.
    """

    committed: bool = False
    patches: bool = False
    order: bool = False
    base: str = ""
    remote: str = ""


class Picture(NamedTuple):
    """Everything between the sessions; `pairs` has those about which there is something to say.

    `severities` are the policy's, of the rules about what git merges nevertheless. `findings` are
    about all sessions together: stray work, and too many of them. `checkouts` are the names of
    parties that are no sessions, but the base's checkouts with what is not committed there.
    """

    ref: str
    oid: str
    parties: tuple[Party, ...]
    pairs: tuple[Pair, ...]
    committed: bool = False
    order: Order | None = None
    severities: Mapping[str, Severity] = {}
    findings: tuple[Finding, ...] = ()
    checkouts: tuple[str, ...] = ()

    @property
    def is_raised(self) -> bool:
        """Whether something was found that the policy makes an error."""
        weights = self.severities
        same = any(pair.same_files for pair in self.pairs) and weights["OVL001"] == Severity.ERROR
        met = any(
            pair.same_lines or any(place.is_near for place in pair.places) for pair in self.pairs
        )
        near = met and weights["OVL002"] == Severity.ERROR
        return same or near or any(finding.breaks for finding in self.findings)

    @property
    def verdict(self) -> str:
        """*undecided* if anything is, else *conflict* if there is one; one of `VERDICTS`."""
        if any(party.is_unknown for party in self.parties) or any(
            pair.verdict == "undecided" for pair in self.pairs
        ):
            return "undecided"
        stops = any(party.state == "blocked" for party in self.parties)
        meets = any(pair.verdict == "conflict" or pair.twins for pair in self.pairs)
        return "conflict" if stops or meets else "clean"
