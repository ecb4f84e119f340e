"""What a status shows: every session with its state and its next step.

Values alone, and the two questions about them: which state is it, and what is to be done?
`guard.sessions` finds what they are about, `guard.reports` tells it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from guard.core.names import shell_quote, show
from guard.rules.between import RESOLVING, Pair, Party, Picture, Stray
from guard.rules.findings import Failure, Finding
from guard.rules.overlaps import Compared

# In the order of who needs somebody first. A session that is still being read has none, "".
STATES = (
    "error",
    "blocked",
    "missing",
    "unstable",
    "waiting",
    "ready",
    "stale",
    "integrated",
    "no-contract",
    "working",
    "not-started",
    "standing",
)
CALM = ("working", "standing", "not-started", "no-contract")  # they need nobody now
HANDOFFS = ("missing", "unfinished", "stale", "holds")
# What a session at work does next, by its handoff, once all is committed.
_AT_WORK = {
    "missing": "handoff draft",
    "unfinished": "handoff check",
    "stale": "handoff check",
    "holds": "handoff check",
}


class Judged(NamedTuple):
    """What the rules say about a session as it is.

    `inside` and `outside` count the changed paths that its contract permits and does not; `shared`
    are those of shared groups. `findings` are not waived, the worst first; `closing` are those
    about its end, asked once all is committed and there is more than its contract. `handoff` is one
    of `HANDOFFS`, "" where none is asked for, or where that is unknown. Of the commands `wanted`,
    so many are `proved` (-1: unknown). `error`: it could not be judged, and why.
    """

    inside: int = 0
    outside: int = 0
    shared: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    closing: tuple[Finding, ...] = ()
    is_closed: bool = False
    handoff: str = ""
    proved: int = -1
    wanted: int = 0
    error: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether its contract is broken, its end aside."""
        return any(finding.breaks for finding in self.findings)

    @property
    def is_ready(self) -> bool:
        """Whether its contract is kept and its end holds."""
        ends = self.is_closed and not any(finding.breaks for finding in self.closing)
        return ends and not self.is_broken and not self.error


class Met(NamedTuple):
    """Another session, by name, and the paths in which the two meet.

    `close`: they changed the same lines of one. `undecided`: whether they conflict is not known,
    and why.
    """

    name: str
    paths: tuple[str, ...]
    close: bool = False
    undecided: str = ""


class Row(NamedTuple):
    """A session: who it is, its state and why, what was found about it, and a command.

    What is not known yet, or cannot be known, is None.
    """

    party: Party
    state: str = ""
    why: str = ""
    judged: Judged | None = None
    conflicts: tuple[Met, ...] = ()
    overlaps: tuple[Met, ...] = ()
    next: str = ""

    @property
    def name(self) -> str:
        """The session's name, unique on the board."""
        return self.party.name

    @property
    def needs_somebody(self) -> bool:
        """Whether its state does not let it go on, or git waits for the end of an operation."""
        return self.state not in CALM or bool(self.party.during)

    @property
    def is_due(self) -> bool:
        """Whether its command is for now, and not merely a look at work that goes on."""
        if self.state != "working" or self.party.during:
            return self.needs_somebody or self.state == "not-started"
        is_done = self.party.ahead > 0 and not self.party.dirty
        return is_done and bool(self.judged and self.judged.handoff)

    @property
    def step(self) -> str:
        """Its command as sessions share it: without the way to a worktree, BRANCH for a branch."""
        if self.party.worktree:
            return self.next.removeprefix(_way(self.party.worktree))
        rest = self.next.removesuffix(shell_quote(self.party.branch))
        return self.next if rest == self.next else f"{rest}BRANCH"

    @property
    def urgency(self) -> tuple[int, int, int, str]:
        """What rows are sorted by: who needs somebody first; then the latest, then by name."""
        place = STATES.index(self.state) if self.state else len(STATES)
        if self.party.during and self.state in CALM:
            place = STATES.index("waiting")
        meets = bool(self.conflicts) and self.state != "integrated"
        return place, not meets, -self.party.active, self.name


class Limit(NamedTuple):
    """The open sessions, by name, and how many the policy wants at most."""

    names: tuple[str, ...] = ()
    most: int = 0

    @property
    def is_exceeded(self) -> bool:
        """Whether there are more."""
        return len(self.names) > self.most


class Board(NamedTuple):
    """All that a status shows. `picture` has the pairs; None while sessions are being read.

    `strays` are work in the wrong place, and `unreadable` contracts on the base as (file, why).
    `now` is the time of the look. `checkouts` are worktrees of the base with uncommitted changes:
    they are compared like sessions, and are none.
    """

    ref: str
    oid: str
    rows: tuple[Row, ...]
    now: float
    limit: Limit = Limit()
    picture: Picture | None = None
    strays: tuple[Stray, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    checkouts: tuple[Row, ...] = ()

    @property
    def compared(self) -> tuple[Row, ...]:
        """All that take part in pairs."""
        return (*self.rows, *self.checkouts)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs that conflict, or of which that is not known."""
        found = self.picture.pairs if self.picture else ()
        return tuple(pair for pair in found if pair.verdict != "clean" or pair.twins)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found about all sessions together: too many, and stray work."""
        return self.picture.findings if self.picture else ()

    @property
    def exit_code(self) -> int:
        """0 all is well, 1 a session is blocked or two conflict, 2 not all could be judged."""
        states = {row.state for row in self.compared}
        unknown = any(pair.verdict == "undecided" for pair in self.pairs)
        if not self.picture or unknown or self.unreadable or states & {"error", "unstable", ""}:
            return 2
        raised = any(finding.breaks for finding in self.findings)
        return int("blocked" in states or bool(self.pairs) or raised)


class Detail(NamedTuple):
    """What a page shows: the board, with hunks and an order of merging, and what lies behind it.

    `compared` are the contracts, or why they could not be compared; `handoffs` the texts of the
    committed handoffs, by the session's name.
    """

    board: Board
    compared: Compared | Failure
    handoffs: Mapping[str, str] = {}


def state_of(party: Party, judged: Judged | None, *, standing: bool, stale: bool) -> str:
    """Give the state of a session that has been compared and judged: the first that holds."""
    if party.is_unknown:
        return party.state
    if judged and judged.error:
        return "error"
    if party.state == "blocked" or (judged and judged.is_broken):
        return "blocked"
    if party.missing:
        return "missing"
    if party.state == "integrated":
        return "integrated"
    if standing:
        return "standing"
    if judged and judged.is_ready and party.changed and not party.release.name:
        return "ready"
    if stale:
        return "stale"
    if not party.contract:
        return "no-contract"
    return "waiting" if party.waiting else "working"


def why_of(party: Party, judged: Judged | None, base: str) -> str:
    """Say in one line why a session is in an error or blocked, or where it is if not here."""
    if party.is_unknown and not party.missing:
        return party.why
    if judged and judged.error and not party.missing:
        return judged.error
    if party.during == RESOLVING:
        return "a conflict is being resolved here"
    said = ["its folder is missing"] if party.missing else []
    if party.during and not party.missing:
        said.append(f"a {party.during} is in progress")
    if party.whose:
        said.append(party.whose)
    if party.resolved_in:
        where = show(party.resolved_in)
        said.append(f"its conflict with {show(base)} is being resolved in {where}")
    elif party.places:
        paths = [place.conflict.path for place in party.places]
        said.append(f"conflicts with {show(base)} in {_first(paths)}")
    broken = [finding for finding in judged.findings if finding.breaks] if judged else []
    if broken:
        one = broken[0]
        where = f"{show(one.path)}: " if one.path else ""
        more = f" (+{len(broken) - 1})" if len(broken) > 1 else ""
        said.append(f"{where}{one.code} {one.name}{more}")
    return "; ".join(said) or party.why


def next_step(row: Row, board_ref: str, forget: str, *, adopted: bool = True) -> str:
    """Give the one command that a session needs now; "" if it needs none.

    `board_ref` is the base as people write it, `forget` the command for a worktree whose folder is
    gone. Where guard is not `adopted` nothing can be judged, so git's word has to do.
    """
    party = row.party
    if party.remote:
        branch, there = shell_quote(party.branch), shell_quote(f"{party.remote}/{party.branch}")
        taken = f"git branch {branch} {there} && guard integrate {shell_quote(party.name)}"
        return taken if row.state == "ready" else ""
    if party.missing:
        return f"{forget}   # if it is gone for good"
    if party.silent:
        return "guard status"  # whoever went there would wait, too
    at = _way(party.worktree)
    if party.resolution:
        return party.resolution
    if party.during and row.state != "error":
        return f"{at}git status"
    if row.state in ("working", "waiting") and at and row.judged and not party.dirty:
        return f"{at}guard {_AT_WORK.get(row.judged.handoff, 'brief')}"
    check = f"{at}guard check" if adopted else f"{at}git status"
    if not at:
        check = f"guard check --base {shell_quote(board_ref)} --head {shell_quote(party.branch)}"
    if row.state in ("stale", "integrated") and not party.contract:
        return check
    name = shell_quote(party.name)
    steps = {
        "unstable": "guard status",
        "blocked": party.release.step(board_ref, at) if party.places and at else check,
        "ready": f"guard integrate {name}" if party.branch else f"{at}guard handoff check",
        "stale": f"guard finish {name}",
        "integrated": f"guard finish {name}",
        "not-started": f"guard start {shell_quote(party.contract)}",
    }
    return steps.get(row.state, check)


def _way(worktree: str) -> str:
    return f"cd {shell_quote(worktree)} && " if worktree else ""


def _first(paths: Sequence[str]) -> str:
    more = len(paths) - 1
    return f"{show(paths[0])} (+{more})" if more else show(paths[0])


def by_session(pairs: Collection[Pair]) -> Mapping[str, Sequence[Pair]]:
    """Give the pairs of each session, by its name: there are many more pairs than sessions."""
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.a, []).append(pair)
        found.setdefault(pair.b, []).append(pair)
    return found


def meetings(name: str, pairs: Collection[Pair]) -> tuple[tuple[Met, ...], tuple[Met, ...]]:
    """Give with whom a session conflicts, and with whom it changes the same files.

    All `pairs` are its own.
    """
    conflicts, overlaps = [], []
    for pair in pairs:
        other = pair.b if pair.a == name else pair.a
        stopped = tuple(dict.fromkeys(place.conflict.path for place in pair.places))
        twins = tuple(twin.a if pair.a == name else twin.b for twin in pair.twins)
        close = any(place.is_near for place in pair.places)
        if pair.verdict == "undecided":
            conflicts.append(Met(other, stopped, undecided=pair.why))
        elif pair.verdict == "conflict" or twins:
            conflicts.append(Met(other, (*stopped, *twins), close))
        if pair.merged:
            close = not {*pair.merged}.isdisjoint(pair.same_lines)
            overlaps.append(Met(other, pair.merged, close))
    return tuple(conflicts), tuple(overlaps)
