"""What is between sessions as JSON: `guard-conflicts-1`; `schemas/conflicts.json` describes it.

Paths are as in `guard-report-1`. Every pair is listed, a line each.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from json import dumps

from guard.core.data import json_path, json_text
from guard.reports.conflicts import merging
from guard.reports.json import document, finding_table, one_a_line, or_null
from guard.reports.plain import utc
from guard.rules.between import Order, Pair, Party, Picture, Place


def render(picture: Picture) -> str:
    """Give the whole as a JSON text that ends with a newline."""
    parts = {
        "format": dumps("guard-conflicts-1"),
        "verdict": dumps(picture.verdict),
        "base": dumps({"ref": json_text(picture.ref), "oid": picture.oid}),
        "committed": dumps(picture.committed),
        "sessions": one_a_line(_session(picture, party) for party in picture.parties),
        "pairs": one_a_line(map(pair_table, _all(picture))),
        "order": dumps(_order(picture.order)),
        "findings": one_a_line(finding_table(one) for one in picture.findings),
    }
    return document(parts)


def _all(picture: Picture) -> Iterator[Pair]:
    known = {(pair.a, pair.b): pair for pair in picture.pairs}
    for one, other in combinations(picture.parties, 2):
        yield known.get((one.name, other.name), Pair(one.name, other.name))


def _session(picture: Picture, party: Party) -> dict[str, object]:
    return {
        "name": json_text(party.name),
        "branch": or_null(party.branch),
        "worktree": or_null(party.worktree),
        "contract": or_null(party.contract),
        "goal": or_null(party.goal),
        "head": or_null(party.head),
        "base": or_null(party.base),
        "ahead": party.ahead if party.ahead >= 0 else None,
        "behind": party.behind if party.behind >= 0 else None,
        "active": utc(party.active),
        "tree": or_null(party.tree),
        "dirty": party.dirty,
        "during": or_null(party.during),
        "detached": bool(party.worktree) and not party.branch,
        "locked": party.locked,
        "missing": party.missing,
        "nested": party.nested,
        "remote": or_null(party.remote),
        "holder": or_null(party.holder),
        "state": party.state,
        "why": or_null(party.why),
        "changed": party.changed,
        "paths": as_values(party.places),
        "next": json_text(merging(picture, party)) if party.state == "blocked" else None,
    }


def pair_table(pair: Pair) -> dict[str, object]:
    """Give a pair as a table for JSON, in which its paths have the lines of both sides."""
    return {
        "a": json_text(pair.a),
        "b": json_text(pair.b),
        "verdict": pair.verdict,
        "why": or_null(pair.why),
        "paths": as_values(pair.places),
        "same_files": [json_path(path) for path in pair.same_files],
        "same_lines": [json_path(path) for path in pair.same_lines],
        "one_name": [{"a": json_path(twin.a), "b": json_path(twin.b)} for twin in pair.twins],
    }


def as_values(places: Sequence[Place]) -> list[dict[str, object]]:
    """Give the places of a conflict as values for JSON."""
    return [_place(place) for place in places]


def _place(place: Place) -> dict[str, object]:
    conflict = place.conflict
    hunks = None
    if any(place.patches):
        hunks = dict(zip("ab", map(json_text, place.patches), strict=True))
    return {
        **json_path(conflict.path),
        "kind": conflict.kind,
        "others": [json_path(path) for path in conflict.others],
        "changed_by": ("", "a", "b")[conflict.changed_by] or None,
        "driver": or_null(conflict.driver),
        "with_base": place.with_base,
        "lines": [{"a": list(lines.a), "b": list(lines.b)} for lines in place.lines],
        "hunks": hunks,
    }


def _order(order: Order | None) -> dict[str, object] | None:
    if order is None:
        return None
    return {
        "names": [*map(json_text, order.names)],
        "exact": order.exact,
        "left_out": [
            {"name": json_text(one.name), "because": [*map(json_text, one.because)]}
            for one in order.left_out
        ],
        "together": [
            {
                "names": [*map(json_text, one.names)],
                "paths": [
                    {**json_path(conflict.path), "kind": conflict.kind}
                    for conflict in one.conflicts
                ],
            }
            for one in order.together
        ],
        "merges": order.merges,
    }
