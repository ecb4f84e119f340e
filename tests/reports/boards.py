"""A board with everything that a page may show, and any texts in the places of names."""

from __future__ import annotations

from collections.abc import Callable

from guard.changes.conflict import Conflict
from guard.core.codes import Severity
from guard.rules.between import (
    LeftOut,
    Lines,
    Order,
    Pair,
    Party,
    Picture,
    Place,
    Stray,
    Together,
    Twin,
)
from guard.rules.board import STATES, Board, Detail, Judged, Limit, Row, by_session, meetings
from guard.rules.findings import Decision, Failure, Finding
from guard.rules.overlaps import OVERLAP, UNDECIDED, Compared, Overlap
from tests.rules.made import contract, policy

NOW = 1_767_366_000  # 2026-01-02 15:00 UTC
OID = "1" * 40
PATHS = 12  # texts that are used up
NAMES = len(STATES)


def detail(name: Callable[[int], str], path: Callable[[int], str]) -> Detail:
    """Make it; `name(0)` to `name(NAMES - 1)` differ, and so do paths."""
    names = [name(number) for number in range(NAMES)]
    paths = [path(number) for number in range(PATHS)]
    found = _picture(names, paths)
    rows = tuple(_row(number, state, found, paths) for number, state in enumerate(STATES))
    stray = Stray(names[1], paths[0], paths[1], "uncommitted", (paths[2],), "HEAD", paths[3], "b")
    board = Board(
        paths[4],
        OID,
        rows,
        NOW,
        Limit(tuple(names[:4]), 3),
        found,
        (stray,),
        ((paths[5], paths[6]),),
    )
    handoff = "\n".join(["# Handoff", *paths, "::error::x"])
    return Detail(board, _compared(paths), {names[1]: handoff})


def without_contracts(made: Detail, why: str) -> Detail:
    """The same where contracts could not be compared."""
    return made._replace(compared=Failure(why, ""))


def _row(number: int, state: str, found: Picture, paths: list[str]) -> Row:
    party = found.parties[number]
    judged = Judged(
        inside=3,
        outside=1,
        shared=(paths[0], paths[1]),
        findings=(_finding(paths),),
        closing=(_finding(paths),),
        is_closed=True,
        handoff="holds",
        wanted=2,
    )
    conflicts, overlaps = meetings(party.name, by_session(found.pairs).get(party.name, ()))
    return Row(party, state, paths[2], judged, conflicts, overlaps, f"cd {paths[3]} && true")


def _picture(names: list[str], paths: list[str]) -> Picture:
    one, other, third, fourth, *_ = names
    lines = (Lines((3, 9), (4, 3)),)
    old, new, same = (one.replace("\n", " ") for one in paths[:3])
    patch = f"--- a\n+++ b\n@@ -1 +1 @@\n-{old}\n+{new}\n \t{same}\n"
    places = (
        Place(Conflict(paths[0], "content"), lines, (patch, patch)),
        Place(Conflict(paths[1], "modify/delete", (paths[2],), 2, paths[3])),
        Place(Conflict(paths[4], paths[5])),
    )
    pairs = (
        Pair(one, other, "conflict", places=places, twins=(Twin(paths[6], paths[7]),)),
        Pair(one, third, "undecided", paths[8]),
        Pair(other, third, same_files=(paths[9], paths[10]), same_lines=(paths[9],)),
        Pair(third, fourth, same_files=(paths[11],)),
    )
    order = Order(
        (other, third),
        (LeftOut(one, (other,)), LeftOut(fourth, ())),
        (Together((one, other, third), (Conflict(paths[0], "content"),)),),
    )
    parties = tuple(
        Party(
            each,
            paths[0],
            paths[1],
            each,
            paths[2],
            OID,
            during=paths[3],
            places=places[:1] if number == 3 else (),
            ahead=2,
            behind=1,
            active=NOW - 60,
            locked=True,
            edited=1,
        )
        for number, each in enumerate(names)
    )
    findings = (_finding(paths),)
    return Picture(paths[4], OID, parties, pairs, order=order, findings=findings)


def _finding(paths: list[str]) -> Finding:
    decided = Decision(paths[0], 3, paths[1])
    return Finding(
        "OWN001",
        "outside-contract",
        Severity.ERROR,
        paths[2],
        1,
        paths[3],
        paths[4],
        decided,
        None,
    )


def _compared(paths: list[str]) -> Compared:
    api, web = contract("api", owns=["/src/a/"]), contract("web", owns=["/src/"])
    docs = contract("docs", owns=["/docs/"])
    grants = (Decision(paths[0], 1, paths[1]), Decision(paths[2], 2, paths[3]))
    pairs = (
        Overlap(api, web, OVERLAP, "src/a/a", grants),
        Overlap(api, docs, UNDECIDED, "", grants[:1]),
    )
    files = {("api", "web"): ["src/a/x.py", paths[0]]}
    unreadable = ((paths[4], paths[5]),)
    return Compared(policy(), "main", OID, pairs, files, {}, unreadable)
