"""All sessions as JSON: `guard-status-1`; `schemas/status.json` describes it.

Paths are as in `guard-report-1`. Every session has a line of its own.
"""

from collections.abc import Sequence
from json import dumps

from guard.core.data import json_path, json_text
from guard.reports.json import finding_table
from guard.reports.plain import harmless, utc
from guard.rules.between import Stray
from guard.rules.board import Board, Judged, Met, Row
from guard.rules.sessions import back, bring


def render(board: Board) -> str:
    """Give the whole as a JSON text that ends with a newline."""
    limit = {
        "open": len(board.limit.names),
        "most": board.limit.most,
        "exceeded": board.limit.is_exceeded,
        "sessions": list(board.limit.names),
    }
    parts = {
        "format": dumps("guard-status-1"),
        "base": dumps({"ref": json_text(board.ref), "oid": board.oid}),
        "sessions": _lines([_session(row) for row in board.rows]),
        "checkouts": _lines([_session(row) for row in board.checkouts]),
        "stray": _lines([_stray(one) for one in board.strays]),
        "limit": dumps(limit),
        "unreadable": _lines(
            [{"file": json_text(file), "why": json_text(why)} for file, why in board.unreadable]
        ),
        "findings": _lines([finding_table(one) for one in board.findings]),
    }
    inner = ",\n".join(f" {dumps(key)}: {value}" for key, value in parts.items())
    return harmless(f"{{\n{inner}\n}}\n")


def _lines(values: Sequence[dict[str, object]]) -> str:
    listed = ",\n".join(f"  {dumps(value)}" for value in values)
    return f"[\n{listed}\n ]" if listed else "[]"


def _session(row: Row) -> dict[str, object]:
    party, judged = row.party, row.judged if row.judged and not row.judged.error else None
    is_read = not party.is_unknown and bool(party.tree)
    return {
        "name": json_text(party.name),
        "contract": _or_null(party.contract),
        "goal": _or_null(party.goal),
        "branch": _or_null(party.branch),
        "worktree": _or_null(party.worktree),
        "head": _or_null(party.head),
        "state": row.state,
        "why": _or_null(row.why),
        "ahead": party.ahead if party.ahead >= 0 else None,
        "behind": party.behind if party.behind >= 0 else None,
        "dirty": party.edited if is_read else None,
        "during": _or_null(party.during),
        "locked": party.locked,
        "remote": _or_null(party.remote),
        "holder": _or_null(party.holder),
        "files": judged and {"inside": judged.inside, "outside": judged.outside},
        "shared": [json_path(path) for path in judged.shared] if judged else None,
        "findings": _findings(judged),
        "handoff": (judged and judged.handoff) or None,
        "receipts": _receipts(judged),
        "conflicts": [_conflict(one) for one in row.conflicts],
        "overlaps": [_overlap(one) for one in row.overlaps],
        "base_conflicts": [json_path(place.conflict.path) for place in party.places],
        "last_activity": utc(party.active),
        "next": _or_null(row.next),
    }


def _findings(judged: Judged | None) -> list[dict[str, object]] | None:
    if judged is None:
        return None
    at_end = judged.closing if judged.handoff != "missing" else ()
    return [finding_table(one) for one in (*judged.findings, *at_end)]


def _receipts(judged: Judged | None) -> dict[str, int | None] | None:
    if judged is None or not judged.wanted:
        return None
    return {"proved": judged.proved if judged.proved >= 0 else None, "wanted": judged.wanted}


def _conflict(met: Met) -> dict[str, object]:
    return {
        "with": json_text(met.name),
        "verdict": "undecided" if met.undecided else "conflict",
        "why": _or_null(met.undecided),
        "paths": [json_path(path) for path in met.paths],
        "same_lines": met.close,
    }


def _overlap(met: Met) -> dict[str, object]:
    paths = [json_path(path) for path in met.paths]
    return {"with": json_text(met.name), "paths": paths, "same_lines": met.close}


def _stray(stray: Stray) -> dict[str, object]:
    return {
        "contract": json_text(stray.contract),
        "others": list(map(json_text, stray.others)),
        "worktree": _or_null(stray.place),
        "branch": _or_null(stray.on),
        "how": stray.how,
        "paths": [json_path(path) for path in stray.paths],
        "next": json_text(bring(stray)),
        "then": json_text(back(stray)),
    }


def _or_null(text: str) -> str | None:
    return json_text(text) or None
