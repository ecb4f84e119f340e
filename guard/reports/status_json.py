"""All sessions as JSON: `guard-status-1`; `schemas/status.json` describes it.

Paths are as in `guard-report-1`. Every session has a line of its own.
"""

from json import dumps

from guard.core.data import json_path, json_text
from guard.reports.conflicts_json import pair_table
from guard.reports.json import document, finding_table, one_a_line, or_null
from guard.reports.plain import utc
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
        "sessions": one_a_line([_session(row) for row in board.rows]),
        "checkouts": one_a_line([_session(row) for row in board.checkouts]),
        "pairs": one_a_line(map(pair_table, board.pairs)),
        "stray": one_a_line([_stray(one) for one in board.strays]),
        "limit": dumps(limit),
        "unreadable": one_a_line(
            [{"file": json_text(file), "why": json_text(why)} for file, why in board.unreadable]
        ),
        "findings": one_a_line([finding_table(one) for one in board.findings]),
    }
    return document(parts)


def _session(row: Row) -> dict[str, object]:
    party, judged = row.party, row.judged if row.judged and not row.judged.error else None
    is_read = not party.is_unknown and bool(party.tree)
    return {
        "name": json_text(party.name),
        "contract": or_null(party.contract),
        "goal": or_null(party.goal),
        "branch": or_null(party.branch),
        "worktree": or_null(party.worktree),
        "head": or_null(party.head),
        "state": row.state,
        "why": or_null(row.why),
        "ahead": party.ahead if party.ahead >= 0 else None,
        "behind": party.behind if party.behind >= 0 else None,
        "dirty": party.edited if is_read else None,
        "during": or_null(party.during),
        "locked": party.locked,
        "remote": or_null(party.remote),
        "holder": or_null(party.holder),
        "files": judged and {"inside": judged.inside, "outside": judged.outside},
        "shared": [json_path(path) for path in judged.shared] if judged else None,
        "findings": _findings(judged),
        "handoff": (judged and judged.handoff) or None,
        "receipts": _receipts(judged),
        "conflicts": [_conflict(one) for one in row.conflicts],
        "overlaps": [_overlap(one) for one in row.overlaps],
        "base_conflicts": [json_path(place.conflict.path) for place in party.places],
        "last_activity": utc(party.active),
        "next": or_null(row.next),
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
        "why": or_null(met.undecided),
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
        "worktree": or_null(stray.place),
        "branch": or_null(stray.on),
        "how": stray.how,
        "paths": [json_path(path) for path in stray.paths],
        "next": json_text(bring(stray)),
        "then": json_text(back(stray)),
    }
