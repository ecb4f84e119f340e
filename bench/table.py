"""What was measured, as values, as a Markdown table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.measure import Times

_MEGABYTE = 1_000_000


class Ratio(NamedTuple):
    """How a time compares: `value` times something, and its bound, if any (else 0)."""

    value: float
    of: str
    at_most: float = 0
    at_least: float = 0

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return (not self.at_most or self.value <= self.at_most) and self.value >= self.at_least

    @property
    def text(self) -> str:
        """The ratio for a reader, its bound in brackets."""
        bound = f" ({self.bound})" if self.bound else ""
        return f"{_short(self.value)} {self.of}{bound}{'' if self.holds else ' **over**'}"

    @property
    def bound(self) -> str:
        """The bound for a reader, or ""."""
        return (
            f"≤ {self.at_most:g}"
            if self.at_most
            else f"≥ {self.at_least:g}"
            if self.at_least
            else ""
        )


class Line(NamedTuple):
    """One thing that was measured.

    `memory` is in bytes, 0 if it was not measured; `note` is for the reader; `wrong` counts wrong
    answers.
    """

    topic: str
    what: str
    times: Times
    ratios: Sequence[Ratio] = ()
    memory: int = 0
    note: str = ""
    wrong: int = 0


def summary(lines: Sequence[Line]) -> str:
    """One row per bound: the best and the worst value that must keep it, and which was worst."""
    rows = [["what", "bound", "measured", "worst case"], [":--", ":--", ":--", ":--"]]
    for topic, of in dict.fromkeys(
        (line.topic, ratio.of)
        for line in lines
        for ratio in line.ratios
        if ratio.at_most or ratio.at_least
    ):
        ratios = [
            (ratio, line)
            for line in lines
            for ratio in line.ratios
            if (line.topic, ratio.of) == (topic, of)
        ]
        # A peer keeps no bound.
        found = [(ratio, line.what) for ratio, line in ratios if ratio.at_most or ratio.at_least]
        found.sort(key=lambda pair: pair[0].value, reverse=bool(found[0][0].at_least))
        (best, _), (worst, where) = found[0], found[-1]
        verdict = "" if worst.holds else " **over**"
        rows.append(
            [
                topic,
                worst.bound,
                f"{_short(best.value)} … {_short(worst.value)} {of}{verdict}",
                where,
            ]
        )
    return _rows(rows)


def markdown(lines: Sequence[Line]) -> str:
    """A table for each topic, in the order of first mention."""
    topics = dict.fromkeys(line.topic for line in lines)
    return (
        "\n\n".join(
            f"**{topic}**\n\n{_table([line for line in lines if line.topic == topic])}"
            for topic in topics
        )
        + "\n"
    )


def plain(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The same for programs: seconds and bytes."""
    return [
        {
            **line._asdict(),
            "times": line.times._asdict(),
            "ratios": [{**ratio._asdict(), "holds": ratio.holds} for ratio in line.ratios],
        }
        for line in lines
    ]


def _table(lines: Sequence[Line]) -> str:
    memory, notes = any(line.memory for line in lines), any(line.note for line in lines)
    head = [
        "what",
        "median",
        "quartiles",
        "processors",
        "n",
        "compared",
        *["peak memory"] * memory,
        *["note"] * notes,
    ]
    rows = [head, [":--", "--:", "--:", "--:", "--:", ":--", *["--:"] * memory, *[":--"] * notes]]
    for line in lines:
        taken = line.times
        row = [
            line.what,
            _time(taken.median),
            f"{_time(taken.low)} … {_time(taken.high)}",
            _time(taken.processor),
            str(taken.rounds),
        ]
        row.append(", ".join(ratio.text for ratio in line.ratios))
        row += [f"{line.memory / _MEGABYTE:.0f} MB" if line.memory else ""] * memory + [
            line.note
        ] * notes
        rows.append(row)
    return _rows(rows)


def _rows(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _time(seconds: float) -> str:
    return (
        f"{seconds:.2f} s"
        if seconds >= 1
        else f"{seconds * 1000:.1f} ms"
        if seconds < 0.1
        else f"{seconds * 1000:.0f} ms"
    )


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
