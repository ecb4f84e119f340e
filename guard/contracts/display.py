"""A contract as it is shown: values for JSON, lines for people."""

from collections.abc import Iterator, Sequence

from guard.contracts.branches import patterns_of
from guard.contracts.contract_keys import CONTRACT
from guard.contracts.model import Contract
from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.core.names import show

_TEXTS = [name for name, key in CONTRACT.keys.items() if key.kind == "text"]
_LISTS = [name for name, key in CONTRACT.keys.items() if key.kind == "list" and name != "branches"]


def as_values(contract: Contract) -> dict[str, object]:
    """Give all that a contract says, ready for JSON; elements of lists have their lines."""
    lists = {
        name: [
            {"value": item, "line": line_of(contract.text, name, index)}
            for index, item in enumerate(getattr(contract, name))
        ]
        for name in _LISTS
    }
    waivers = [
        {
            **waiver._asdict(),
            "until": waiver.until or None,
            "line": line_of(contract.text, "waive", index),
        }
        for index, waiver in enumerate(contract.waivers)
    ]
    return {
        "name": contract.name,
        "file": contract.file,
        **{name: getattr(contract, name) for name in _TEXTS},
        **lists,
        "branches": patterns_of(contract),
        "branches_by_default": not contract.branches,
        "standing": contract.standing,
        "waive": waivers,
    }


def as_lines(contract: Contract, claimed: Sequence[str]) -> list[str]:
    """Give the lines that show a contract; `claimed` are the existing branches that it claims."""
    branches = ", ".join(patterns_of(contract))
    if not contract.branches:
        branches += " (by default)"
    rows = [
        ("goal", " ".join(contract.goal.split())),
        ("owner", contract.owner or "nobody is named"),
        *(row for name in _LISTS for row in _rows(contract, name)),
        ("branches", branches),
        ("claims", ", ".join(claimed) or "no branch that exists"),
        *(
            [("standing", "no handoff, no part in rules about parallel sessions")]
            * contract.standing
        ),
    ]
    for index, waiver in enumerate(contract.waivers):
        until = f"until {waiver.until}" if waiver.until else "without end"
        waived = f"{CODES[waiver.rule]} for {', '.join(waiver.paths)} {until}"
        line = line_of(contract.text, "waive", index)
        rows.append(("waives", f"{waived}: {' '.join(waiver.why.split())}  (line {line})"))
    lines = []
    above = ""
    for key, value in rows:
        lines.append(f"{'' if key == above else key:10}{show(value)}")
        above = key
    return lines


def _rows(contract: Contract, name: str) -> Iterator[tuple[str, str]]:
    items = getattr(contract, name)
    width = min(40, max(map(len, items), default=0))
    for index, item in enumerate(items):
        yield name, f"{item:{width}}  (line {line_of(contract.text, name, index)})"
