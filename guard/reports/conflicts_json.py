"""What is between sessions as JSON: `guard-conflicts-1`; `schemas/conflicts.json` describes it.

Paths are as in `guard-report-1`. Every pair is listed, a line each.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from json import dumps

from guard.core.data import json_path, json_text
from guard.reports.conflicts import merging
from guard.reports.json import finding_table
from guard.reports.plain import harmless, utc
from guard.rules.between import Order, Pair, Party, Picture, Place


def render(picture: Picture) -> str:
    """Give the whole as a JSON text that ends with a newline."""
    parts = {
        "format": dumps("guard-conflicts-1"),
        "verdict": dumps(picture.verdict),
        "base": dumps({"ref": json_text(picture.ref), "oid": picture.oid}),
        "committed": dumps(picture.committed),
        "sessions": _lines(_session(picture, party) for party in picture.parties),
        "pairs": _lines(_pair(pair) for pair in _all(picture)),
        "order": dumps(_order(picture.order)),
        "findings": _lines(finding_table(one) for one in picture.findings),
    }
    inner = ",\n".join(f" {dumps(key)}: {value}" for key, value in parts.items())
    return harmless(f"{{\n{inner}\n}}\n")


def _lines(values: Iterator[dict[str, object]]) -> str:
    listed = ",\n".join(f"  {dumps(value)}" for value in values)
    return f"[\n{listed}\n ]" if listed else "[]"


def _all(picture: Picture) -> Iterator[Pair]:
    known = {(pair.a, pair.b): pair for pair in picture.pairs}
    for one, other in combinations(picture.parties, 2):
        yield known.get((one.name, other.name), Pair(one.name, other.name))


def _session(picture: Picture, party: Party) -> dict[str, object]:
    return {
        "name": json_text(party.name),
        "branch": _or_null(party.branch),
        "worktree": _or_null(party.worktree),
        "contract": _or_null(party.contract),
        "goal": _or_null(party.goal),
        "head": _or_null(party.head),
        "base": _or_null(party.base),
        "ahead": party.ahead if party.ahead >= 0 else None,
        "behind": party.behind if party.behind >= 0 else None,
        "active": utc(party.active),
        "tree": _or_null(party.tree),
        "dirty": party.dirty,
        "during": _or_null(party.during),
        "detached": bool(party.worktree) and not party.branch,
        "locked": party.locked,
        "missing": party.missing,
        "nested": party.nested,
        "remote": _or_null(party.remote),
        "holder": _or_null(party.holder),
        "state": party.state,
        "why": _or_null(party.why),
        "changed": party.changed,
        "paths": as_values(party.places),
        "next": json_text(merging(picture, party)) if party.state == "blocked" else None,
    }


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "a": json_text(pair.a),
        "b": json_text(pair.b),
        "verdict": pair.verdict,
        "why": _or_null(pair.why),
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
        "driver": _or_null(conflict.driver),
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


def _or_null(text: str) -> str | None:
    return json_text(text) or None
