"""Which contracts overlap, as text for people and as values for JSON."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from guard.core.data import json_path, json_text
from guard.core.names import counted, show
from guard.reports.columns import age
from guard.reports.plain import utc
from guard.reports.text import painter
from guard.rules.findings import Decision
from guard.rules.overlaps import DISJOINT, OVERLAP, UNDECIDED, Compared, Comparison, Overlap, placed

Paint = Callable[[str], str]

_MOST = 10  # files of a pair that are named
_SHOWN = 20  # pairs that are described
_TOLD = 5  # pairs beside the answer of another command


def exit_code(compared: Compared) -> int:
    """0 no two overlap, 1 some do, 2 some could not be compared."""
    verdicts = {one.verdict for one in compared.pairs}
    if UNDECIDED in verdicts or compared.unreadable:
        return 2
    return 1 if OVERLAP in verdicts else 0


def as_values(compared: Compared) -> dict[str, object]:
    """Give all pairs as values for JSON: guard-overlaps-1."""
    return {
        "format": "guard-overlaps-1",
        "base": {"ref": json_text(compared.ref) or None, "oid": compared.oid or None},
        "pairs": [_pair(compared, one) for one in compared.pairs],
        "left_out": [
            {"contract": name, "why": why} for name, why in sorted(compared.left_out.items())
        ],
        "unreadable": [
            {"file": json_text(file), "message": json_text(message)}
            for file, message in compared.unreadable
        ],
        "pushed": [
            {
                "contract": party.contract,
                "branch": json_text(party.branch),
                "remote": json_text(party.remote),
                "holder": json_text(party.holder),
                "last_activity": utc(party.active),
            }
            for party in compared.pushed
        ],
    }


def as_text(compared: Compared, width: int, now: float, *, colour: bool = False) -> str:
    """Give the pairs that overlap or are undecided, those with most files first.

    What another clone has pushed is as old as it is at the time `now`.
    """
    paint = painter(colour=colour)
    comparison = Comparison(compared.policy)
    found = [one for one in compared.pairs if one.verdict != DISJOINT]
    found.sort(key=lambda one: (one.verdict != UNDECIDED, -len(_files(compared, one))))
    lines = [*_headline(compared, paint)]
    for one in found[:_SHOWN]:
        block = _block(comparison, one, _files(compared, one), width, paint)
        lines += ["", next(block), *_pushed(compared, one, now), *block]
    if len(found) > _SHOWN:
        more = counted(len(found) - _SHOWN, "more pair")
        lines += ["", f"and {more}; all of them: guard contract overlaps --format json"]
    for file, message in compared.unreadable:
        lines += ["", f"{show(file)} cannot be read, and was not compared:"]
        lines += [f"  {show(line)}" for line in message.split("\n")]
    if found or compared.unreadable:
        where = f" on {show(compared.ref)}" if compared.ref else ""
        lines += ["", f"{paint('next')}: guard contract overlaps   # after the change{where}"]
    return "\n".join(lines) + "\n"


def lines_of(compared: Compared) -> list[tuple[Overlap, str]]:
    """Give the pairs that are a finding, most files first, each with a line about it."""
    found = placed(compared)
    found.sort(key=lambda one: -len(_files(compared, one)))
    return _with_lines(compared, found)


def told(compared: Compared) -> list[str]:
    """Give a line about each pair that is not disjoint, the first few of many."""
    found = [one for one in compared.pairs if one.verdict != DISJOINT]
    found.sort(key=lambda one: -len(_files(compared, one)))
    lines = [line for _, line in _with_lines(compared, found[:_TOLD])]
    if len(found) > _TOLD:
        lines.append(f"overlaps with {len(found) - _TOLD:,} more: guard contract overlaps")
    return lines


def refusal(compared: Compared, undone: str, again: str) -> list[str]:
    """Give the lines for a claim that the policy does not let pass: what was not done and why."""
    return [
        f"{undone}: the policy wants contracts that do not overlap (CON003)",
        *(f"  {line}" for line in told(compared)),
        f"next: {again}   # with other patterns, or --forbids PATTERN",
    ]


def _with_lines(compared: Compared, found: Sequence[Overlap]) -> list[tuple[Overlap, str]]:
    comparison = Comparison(compared.policy)
    return [(one, _line(comparison, one, _files(compared, one))) for one in found]


def _line(comparison: Comparison, overlap: Overlap, files: Sequence[str]) -> str:
    a, b = overlap.a.name, overlap.b.name
    if overlap.verdict == UNDECIDED:
        pattern = overlap.grants[0].pattern
        return f"{a} and {b} cannot be compared: {show(pattern)} is too complex"
    seen, path = "which is not there yet", overlap.witness
    if files:
        path, seen = files[0], "a tracked file"
        if len(files) > 1:
            seen = f"and {counted(len(files) - 1, 'more tracked file')}"
        overlap = _at(comparison, overlap, path)
    one, other = overlap.grants
    place = f"{show(other.file)}:{other.line}"
    advice = comparison.advice(overlap, exists=bool(files))
    return show(
        f"{a} owns {one.pattern} and {b} owns {other.pattern} ({place}): "
        f"both may change {path}, {seen}; {advice}"
    )


def _pair(compared: Compared, overlap: Overlap) -> dict[str, object]:
    files = _files(compared, overlap)
    witness: dict[str, object] = {"witness": json_text(overlap.witness) or None}
    if witness["witness"] not in (None, overlap.witness):
        witness["witness_base64"] = json_path(overlap.witness)["path_base64"]
    return {
        "a": overlap.a.name,
        "b": overlap.b.name,
        "verdict": overlap.verdict,
        **witness,
        "grants": [
            {"file": json_text(file), "line": line, "pattern": json_text(pattern)}
            for file, line, pattern in overlap.grants
        ],
        "fix": _fix(compared, overlap, files),
        "tracked": len(files),
        "paths": [json_text(path) for path in files[:_MOST]],
    }


def _fix(compared: Compared, overlap: Overlap, files: list[str]) -> str | None:
    if overlap.verdict == DISJOINT:
        return None
    comparison = Comparison(compared.policy)
    placed_at = _at(comparison, overlap, files[0]) if files else overlap
    return json_text(comparison.advice(placed_at, exists=bool(files)))


def _files(compared: Compared, overlap: Overlap) -> list[str]:
    return list(compared.files.get((overlap.a.name, overlap.b.name), ()))


def _headline(compared: Compared, paint: Paint) -> Iterator[str]:
    names = {name for one in compared.pairs for name in (one.a.name, one.b.name)}
    where = f" · base {show(compared.ref)}" if compared.ref else ""
    verdicts = [one.verdict for one in compared.pairs]
    counts = [
        f"{paint(verdict)}: {counted(verdicts.count(verdict), 'pair')}"
        for verdict in (OVERLAP, UNDECIDED, DISJOINT)
        if verdict in verdicts
    ]
    if counts:
        yield f"{' · '.join(counts)}"
        yield f"{counted(len(names), 'open contract')}{where}"
    else:
        yield f"no two open contracts to compare{where}"
    for name, why in sorted(compared.left_out.items()):
        yield f"{name} is {why} and takes no paths"


def _block(
    comparison: Comparison, overlap: Overlap, files: list[str], width: int, paint: Paint
) -> Iterator[str]:
    if files:
        overlap = _at(comparison, overlap, files[0])
    title = f"{overlap.a.name} and {overlap.b.name}"
    if overlap.verdict == UNDECIDED:
        yield f"{paint('undecided')}: {title}: too complex to compare"
    else:
        seen = counted(len(files), "tracked file") if files else "no tracked file yet"
        yield f"{paint('overlap')}: {title}: {seen}"
    owners = (overlap.a.name, overlap.b.name) if len(overlap.grants) > 1 else ("",)
    for name, grant in zip(owners, overlap.grants, strict=False):
        yield from _grant(name, grant, width)
    if files:
        yield from _listed(files, width)
    elif overlap.witness:
        kind = "submodule" if overlap.witness.endswith("/") else "file"
        yield f"  both may change the {kind} {show(overlap.witness)}"
    advice = comparison.advice(overlap, exists=bool(files))
    first, *rest = _wrapped(f"fix: {show(advice)}", width)
    yield first.replace("fix", paint("fix"), 1)
    yield from rest


def _pushed(compared: Compared, overlap: Overlap, now: float) -> Iterator[str]:
    """Whose the contracts are that another clone has pushed, and how old their work is."""
    names = (overlap.a.name, overlap.b.name)
    for party in compared.pushed:
        if party.contract in names:
            since = age(now - party.active)
            ago = f", {since} ago" if since != "now" else ", just now"
            yield f"  {party.contract}: {show(party.whose)}{ago}"


def _at(comparison: Comparison, overlap: Overlap, path: str) -> Overlap:
    """The same overlap with the lines that grant this path."""
    grants = tuple(comparison.grant(one, path) for one in (overlap.a, overlap.b))
    return overlap._replace(grants=grants)


def _grant(name: str, grant: Decision, width: int) -> Iterator[str]:
    """The pattern and its place, on one line if there is room."""
    owner = f"{name}: " if name else ""
    pattern, place = f"  {owner}{show(grant.pattern)}", f"{show(grant.file)}:{grant.line}"
    if len(pattern) + len(place) + 2 <= width:
        yield f"{pattern}  {place}"
    else:
        yield pattern
        yield f"    {place}"


def _listed(files: list[str], width: int) -> Iterator[str]:
    names = [show(path) for path in files[:_MOST]]
    if len(files) > _MOST:
        names.append(f"and {len(files) - _MOST:,} more")
    line = " "
    for name in names:
        if line.strip() and len(line) + len(name) + 2 > width:
            yield line
            line = " "
        line += f" {name}" if name == names[-1] else f" {name},"
    yield line


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
