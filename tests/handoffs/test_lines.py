"""Markdown as lines: markdown-it's reading, each line with its true place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.handoffs.lines import read_lines
from guard.handoffs.values import Line

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "md043_required_headings.json"


def lines(text: str) -> list[tuple[int, str, str]]:
    """Number, kind and text of each line."""
    return [(line.number, line.kind, line.text) for line in read_lines(text).lines]


@pytest.mark.parametrize("text", ["", "\n\n", "<!-- nothing -->", "---", "[a]: x", "\ufeff"])
def test_what_a_reader_does_not_see(text: str) -> None:
    """A document without a word has no line with one."""
    assert [line for line in read_lines(text).lines if line.text.strip("\ufeff")] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# A\n", [(1, "heading", "A")]),
        ("A\n===\n\nB\n---\n", [(1, "heading", "A"), (4, "heading", "B")]),
        ("a\nb\n\nc", [(1, "paragraph", "a"), (2, "paragraph", "b"), (4, "paragraph", "c")]),
        (
            "- a\n  b\n\n  c\n- d",
            [(1, "item", "a"), (2, "more", "b"), (4, "more", "c"), (5, "item", "d")],
        ),
        ("1. a\n   - b", [(1, "item", "a"), (2, "item", "b")]),
        ("> a\n> # b", [(1, "paragraph", "a"), (2, "heading", "b")]),
        (
            "```sh\na\n\nb\n```\nc",
            [(2, "code", "a"), (3, "code", ""), (4, "code", "b"), (6, "paragraph", "c")],
        ),
        ("a\n\n    code", [(1, "paragraph", "a"), (3, "code", "code")]),
        (
            "|h|i|\n|-|-|\n|a|b|",
            [(1, "cell", "h"), (1, "cell", "i"), (3, "cell", "a"), (3, "cell", "b")],
        ),
        ("```\na\n```\n|h|\n|-|\n|b|", [(2, "code", "a"), (4, "cell", "h"), (6, "cell", "b")]),
        ("<div>\na <b>b</b>\n</div>\n\nc", [(2, "html", "a b"), (5, "paragraph", "c")]),
        (
            "<details><summary>Risks</summary>\n\nx\n\n</details>",
            [(1, "heading", "Risks"), (3, "paragraph", "x")],
        ),
        ("<h2>A</h2>", [(1, "heading", "A")]),
        ("a <!-- b -->c\n<!-- d\ne -->\nf", [(1, "paragraph", "a c"), (4, "paragraph", "f")]),
        ("a\r\nb\r\n\r\n- c\r\n", [(1, "paragraph", "a"), (2, "paragraph", "b"), (4, "item", "c")]),
        ("`a\nb` c\nd", [(1, "paragraph", "a b"), (2, "paragraph", "c"), (3, "paragraph", "d")]),
        (
            "a <!-- x\ny --> b\n`c`",
            [(1, "paragraph", "a"), (2, "paragraph", "b"), (3, "paragraph", "c")],
        ),
        ("a<br>b", [(1, "paragraph", "a"), (1, "paragraph", "b")]),
        ("a  \nb\\\nc", [(1, "paragraph", "a"), (2, "paragraph", "b"), (3, "paragraph", "c")]),
        ("\\*a\\* &amp; b", [(1, "paragraph", "*a* & b")]),
        ("a/__b__.py __c__.d **e** *f*", [(1, "paragraph", "a/__b__.py __c__.d e f")]),
        ("a/*.py, b/*.ts *c/d*", [(1, "paragraph", "a/*.py, b/*.ts c/d")]),
        ("- [x] a\n- [ ] b", [(1, "item", "a"), (2, "item", "b")]),
    ],
)
def test_each_line_has_its_place(text: str, told: list[tuple[int, str, str]]) -> None:
    """A line's number is where an editor shows it, whatever stands around it."""
    assert lines(text) == told


def test_marks_of_a_line() -> None:
    """Code, links and bold text are told from plain text, boxes from what they stand before."""
    (line,) = read_lines("- [X] **b** `c` [d `e`](f.md) g").lines
    assert line.box == "x"
    assert [(piece.kind, piece.text, piece.strong, piece.target) for piece in line.pieces] == [
        ("text", "b", True, ""),
        ("text", " ", False, ""),
        ("code", "c", False, ""),
        ("text", " ", False, ""),
        ("link", "d e", False, "f.md"),
        ("text", " g", False, ""),
    ]


@pytest.mark.parametrize(
    ("text", "outer"),
    [
        ("# a", True),
        ("- a", True),
        ("> # a", False),
        ("- - a", False),
        ("> - a", False),
        ("a", True),
        ("|a|\n|-|", True),
    ],
)
def test_what_stands_at_the_top(text: str, *, outer: bool) -> None:
    """Quotes and lists in lists are not the document's own top."""
    assert [line.outer for line in read_lines(text).lines] == [outer]


def test_a_cell_knows_its_column() -> None:
    """The titles of a table's columns stay with its cells, also in the next table."""
    first, second = "|File|What|\n|-|-|\n|a|b|\n|c|", "|x|\n|-|\n|y|"
    told = [
        (line.text, line.title)
        for line in read_lines(f"{first}\n\n{second}").lines
        if line.title != "header"
    ]
    assert told == [("a", "File"), ("b", "What"), ("c", "File"), ("y", "x")]


def test_a_very_long_paragraph_is_plain_text() -> None:
    """A huge paragraph is plain text, and the rest of the document is read."""
    read = read_lines("`a` " * 20_000 + "\nb\n\n# c")
    assert [(line.number, line.kind) for line in read.lines] == [
        (1, "paragraph"),
        (2, "paragraph"),
        (4, "heading"),
    ]
    assert {piece.kind for piece in read.lines[0].pieces} == {"text"}


@given(
    st.lists(
        st.sampled_from(
            [
                "# a",
                "- b",
                "> c",
                "`d",
                "e`",
                "",
                "```",
                "<!-- f",
                "-->",
                "|g|",
                "|-|",
                "**h**",
                "    i",
                "<b>",
            ]
        ),
        max_size=12,
    )
)
def test_lines_never_run_backwards_nor_out_of_the_text(parts: list[str]) -> None:
    """Whatever the document, numbers rise within it and stay inside."""
    numbers = [line.number for line in read_lines("\n".join(parts)).lines]
    assert numbers == sorted(numbers)
    assert all(1 <= number <= len(parts) for number in numbers)


def cases() -> list[dict[str, Any]]:
    """Another project's cases about headings, none where they are not at hand."""
    loaded = json.loads(CASES.read_text("utf-8"))["cases"] if CASES.exists() else []
    assert isinstance(loaded, list)
    return loaded


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_headings_are_where_another_reader_finds_them(case: dict[str, Any]) -> None:
    """With our lines, MD043 reports the lines that its own project's tests expect."""
    found = [line for line in read_lines(case["markdown"]).lines if line.kind == "heading"]
    assert complaints(found, case) == case["expected_error_lines"]


def complaints(found: list[Line], case: dict[str, Any]) -> list[int]:
    """The rule MD043 of markdownlint, with our lines (its doc/md043.md)."""
    have = [
        ("#" * line.level + " " + re.sub(r"\s*\{MD\d+\}", "", line.text).strip(), line.number)
        for line in found
    ]
    last = len(case["markdown"].split("\n"))
    return [] if fits([text for text, _ in have], case) else [first_wrong(have, case, last)]


def fits(have: list[str], case: dict[str, Any]) -> bool:
    """Whether headings are as required, in full."""
    return bool(re.fullmatch(pattern(case["headings"], case), joined(have, case)))


def first_wrong(have: list[tuple[str, int]], case: dict[str, Any], last: int) -> int:
    """The line of the first wrong heading, or the last line if one is missing at the end."""
    for count in range(1, len(have) + 1):
        begun = joined([text for text, _ in have[:count]], case)
        ways = (
            pattern(case["headings"][:needed], case) for needed in range(len(case["headings"]) + 1)
        )
        if not any(re.fullmatch(way, begun) for way in ways):
            return have[count - 1][1]
    return last


def joined(have: list[str], case: dict[str, Any]) -> str:
    """Headings as one text, a line each."""
    text = "".join(f"{heading}\n" for heading in have)
    return text if case["match_case"] else text.lower()


def pattern(headings: list[str], case: dict[str, Any]) -> str:
    """The required headings as an expression over such a text."""
    wild = {"*": r"(?:.*\n)*", "+": r"(?:.*\n)+", "?": r".*\n"}
    plain = (heading if case["match_case"] else heading.lower() for heading in headings)
    return "".join(wild.get(heading) or re.escape(heading) + r"\n" for heading in plain)
