"""The JSON for programs: its format is frozen, and a schema in the package describes it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.reports.json import render, render_all
from guard.rules.report import Report
from tests.reports.sample import ERROR, EVERYTHING, KEPT, NASTY
from tests.reports.schema import SCHEMA, VALIDATOR, valid
from tests.reports.strategies import reports


def test_the_schema_is_one() -> None:
    """The schema itself is valid, and everything in it is described or a reference."""
    VALIDATOR.check_schema(SCHEMA)
    for name, definition in SCHEMA["$defs"].items():
        assert "description" in definition, name
        for key, value in definition.get("properties", {}).items():
            assert "description" in value or "$ref" in value, f"{name}.{key}"


@pytest.mark.parametrize(
    ("name", "report"), [("kept", KEPT), ("everything", EVERYTHING), ("error", ERROR)]
)
def test_json_is_frozen(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    """Not a byte of the shape changes without a golden that says so."""
    golden(f"json-{name}.json", render(report))


def test_json_of_several_worktrees_is_frozen(golden: Callable[[str, str], None]) -> None:
    """Several reports stand in one list, and each names its worktree."""
    golden("json-all.json", render_all([EVERYTHING, ERROR, KEPT]))


def test_no_reports_are_still_reports() -> None:
    """An empty list is valid, too."""
    assert valid(render_all([]))["reports"] == []


def test_a_path_that_is_not_utf8_can_be_read_back() -> None:
    """A path that is not UTF-8 is shown with escapes, and its bytes are beside it."""
    shown = {finding["path"]: finding for finding in json.loads(render(EVERYTHING))["findings"]}
    nasty = shown[NASTY.replace("\udcff", "\\xff")]
    assert base64.b64decode(nasty["path_base64"]) == NASTY.encode("utf-8", "surrogateescape")
    assert "path_base64" not in shown["Übersicht.md"]


@pytest.mark.parametrize(
    "broken",
    [
        {"verdict": "error"},
        {"verdict": "fine"},
        {"extra": 1},
        {"head": "abc"},
        {"contract": ""},
        {"error": {"message": "x", "hint": ""}},
        {"findings": [{"code": "OWN001"}]},
        {"not_checked": [{"rule": "own1", "why": ""}]},
        {"checked": {"paths": -1, "rules": []}},
    ],
)
def test_the_schema_refuses_what_guard_does_not_write(broken: dict[str, Any]) -> None:
    """The schema is strict enough to notice a report that is wrong."""
    report = valid(render(KEPT))
    assert not VALIDATOR.is_valid({**report, **broken})


@given(reports())
def test_every_report_is_valid_ascii_and_true(report: Report) -> None:
    """The JSON of any report follows the schema, is ASCII, and holds the same values."""
    text = render(report)
    assert text.isascii()
    read = valid(text)
    json.dumps(read, ensure_ascii=False).encode()
    assert [_path(finding) for finding in read["findings"]] == [
        finding.path.encode("utf-8", "surrogateescape") for finding in report.findings
    ]
    assert (read["contract"] or "", read["error"] or {}) == (_seen(report.contract), _error(report))
    assert [finding["message"] for finding in read["findings"]] == [
        _seen(finding.message) for finding in report.findings
    ]


@given(st.lists(reports(), max_size=3))
def test_every_list_of_reports_is_valid(several: list[Report]) -> None:
    """Reports side by side follow the schema, too, and keep their order."""
    read = valid(render_all(several))
    assert [report["worktree"] or "" for report in read["reports"]] == [
        _seen(report.worktree) for report in several
    ]


def _path(finding: dict[str, str]) -> bytes:
    return (
        base64.b64decode(finding["path_base64"])
        if "path_base64" in finding
        else finding["path"].encode()
    )


def _seen(text: str) -> str:
    """How a text is written: stray bytes and other lone surrogates as different escapes."""
    return "".join(_seen_char(char) for char in text)


def _seen_char(char: str) -> str:
    if not "\ud800" <= char <= "\udfff":
        return char
    return f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else f"\\u{ord(char):04x}"


def _error(report: Report) -> dict[str, str]:
    return (
        {"message": _seen(report.error.message), "hint": _seen(report.error.hint)}
        if report.error
        else {}
    )
