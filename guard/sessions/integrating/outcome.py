"""What became of each session, and of the base."""

from collections.abc import Mapping
from typing import NamedTuple

from guard.receipts.receipt import Receipt
from guard.rules.between import Place
from guard.rules.findings import Finding

WORDS = (
    "integrated",
    "ready",
    "broken",
    "at-work",
    "conflict",
    "failed",
    "altered",
    "not-generated",
    "rewritten",
    "unjudged",
    "other-base",
    "empty",
)
ENDS = ("moved", "branch", "kept-aside", "pushed", "overtaken", "nothing", "checked")


class Risk(NamedTuple):
    """A line of a session's handoff: a known risk, or follow-up work."""

    session: str
    text: str


class Outcome(NamedTuple):
    """What became of one session.

    `word` is one of `WORDS`. *integrated* and *ready* (if guard only looked) are good, *empty* has
    nothing that the base lacks; any other is left out, and `why` explains it. `together` are those
    it fails with, sessions or the base (none: the base fails without it), and `onto` is what it was
    merged onto. `places` are those of a conflict, with the other side first, `owners` has the
    contracts that own such a path, and `goals` the goal of each side. `findings` break its
    contract; those of a session that is in are warnings. `commit` is what it became. `receipts`
    are of the commands that ran on the merged tree; `failed` is the one that did not pass. `steps`
    are commands that lead on.
    """

    name: str
    branch: str
    head: str
    word: str
    worktree: str = ""
    why: str = ""
    together: tuple[str, ...] = ()
    onto: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    owners: Mapping[str, str] = {}
    goals: Mapping[str, str] = {}
    findings: tuple[Finding, ...] = ()
    commit: str = ""
    tree: str = ""
    receipts: tuple[Receipt, ...] = ()
    failed: Receipt | None = None
    notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    risks: tuple[Risk, ...] = ()
    follow_up: tuple[Risk, ...] = ()

    @property
    def is_in(self) -> bool:
        """Whether the result has it."""
        return self.word in ("integrated", "ready")

    @property
    def is_left_out(self) -> bool:
        """Whether it has something that the result lacks."""
        return not self.is_in and self.word != "empty"


class Integrated(NamedTuple):
    """What became of all, from the commit `old` of the base to the commit `new` ("": none).

    `end` is one of `ENDS`: the base *moved*; the result is on the `branch` that was asked for, or
    was *kept-aside* on a branch because the base could not move; it was *pushed* and the base here
    could not follow; somebody was faster (*overtaken*); there is *nothing*; or guard only looked
    (*checked*). `why` explains what did not happen. `before` says what became of an earlier run
    that was interrupted. `remote` is where the result was pushed to.
    """

    base: str
    old: str
    new: str
    outcomes: tuple[Outcome, ...]
    end: str = "nothing"
    branch: str = ""
    why: str = ""
    steps: tuple[str, ...] = ()
    remote: str = ""
    before: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all is integrated, 1 something was left out or did not move, 2 not all was judged."""
        if any(one.word == "unjudged" for one in self.outcomes):
            return 2
        stuck = self.end in ("kept-aside", "pushed", "overtaken")
        stuck = stuck or (self.end == "branch" and bool(self.why))  # it was not pushed
        return int(stuck or any(one.is_left_out for one in self.outcomes))
