"""A contract as it is shown: values for JSON, lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.contracts.branches import patterns_of
from guard.contracts.model import Contract, Waiver
from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.core.names import show

_LISTS = ("owns", "forbids", "merges", "actors", "verify")


def as_values(contract: Contract) -> dict[str, object]:
    """Give everything a contract says as plain values, ready for JSON; each element of a list with the line it stands on."""
    lists = {key: _with_lines(contract, key) for key in _LISTS}
    return {
        "name": contract.name,
        "file": contract.file,
        "goal": contract.goal,
        "owner": contract.owner,
        **lists,
        "branches": list(patterns_of(contract)),
        "branches_by_default": not contract.branches,
        "waive": [
            _waiver_values(contract, index, waiver) for index, waiver in enumerate(contract.waivers)
        ],
    }


def portrait(contract: Contract, claimed: Sequence[str]) -> list[str]:
    """Give the lines that show a contract whole: keys on the left, values with their line on the right. `claimed` are its branches."""
    branches = ", ".join(patterns_of(contract)) + ("" if contract.branches else " (by default)")
    rows = [
        ("goal", " ".join(contract.goal.split())),
        ("owner", contract.owner or "nobody is named"),
    ]
    for key in _LISTS:
        rows += _rows(key, contract)
    rows += [("branches", branches), ("claims", ", ".join(claimed) or "no branch that exists")]
    rows += [
        ("waives", _waiver_line(contract, index, waiver))
        for index, waiver in enumerate(contract.waivers)
    ]
    return [f"{key:10}{show(value)}" for key, value in _once(rows)]


def _rows(key: str, contract: Contract) -> Iterator[tuple[str, str]]:
    items = getattr(contract, key)
    width = min(40, max((len(item) for item in items), default=0))
    for index, item in enumerate(items):
        yield key, f"{item:{width}}  (line {line_of(contract.text, key, index)})"


def _once(rows: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Leave out a key that stands on the row above."""
    before = ""
    for key, value in rows:
        yield ("" if key == before else key), value
        before = key


def _with_lines(contract: Contract, key: str) -> list[dict[str, object]]:
    return [
        {"value": item, "line": line_of(contract.text, key, index)}
        for index, item in enumerate(getattr(contract, key))
    ]


def _waiver_values(contract: Contract, index: int, waiver: Waiver) -> dict[str, object]:
    return {
        "rule": waiver.rule,
        "paths": list(waiver.paths),
        "why": waiver.why,
        "until": waiver.until or None,
        "line": line_of(contract.text, "waive", index),
    }


def _waiver_line(contract: Contract, index: int, waiver: Waiver) -> str:
    until = f"until {waiver.until}" if waiver.until else "without end"
    line = line_of(contract.text, "waive", index)
    return f"{CODES[waiver.rule]} for {', '.join(waiver.paths)} {until}: {' '.join(waiver.why.split())}  (line {line})"
