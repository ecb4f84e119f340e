"""JSON without the standard library's `json`: the same values, the same texts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guard.agents.protocol import wire

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.fixture(params=["_json", "json"])
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The reader as it is, and as it is where there is no accelerator."""
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "_json", None)
        monkeypatch.delitem(sys.modules, "guard.agents.protocol.wire")
        yield __import__("guard.agents.protocol.wire", fromlist=["read"])
    else:
        yield wire


def is_refused(module: ModuleType, text: str) -> bool:
    """Whether a text is no JSON for the reader."""
    try:
        module.read(text)
    except ValueError:
        return True
    return False


@given(VALUES)
def test_what_is_written_is_json(value: object) -> None:
    """The text is the one that `json` writes, to the byte."""
    assert wire.write(value) == json.dumps(value)


@given(VALUES | st.floats(allow_nan=False), st.sampled_from(["", " ", "\r\n\t"]), st.text("x{ \n"))
def test_what_is_read_is_what_json_reads(value: object, before: str, after: str) -> None:
    """The value and its end are those that `json` finds, whatever follows."""
    text = json.dumps(value)
    if isinstance(value, int | float):
        after = " " + after
    assert wire.read(before + text + after) == (value, len(before + text))


@given(st.text('{}[]",:\\u0 1-.eEtrufalsn\t'))
@example("")
@example('{"a":')
@example('"abc')
@example("{,}")
@example("nul")
@example("[1,]")
def test_what_is_no_json_is_refused(text: str) -> None:
    """Exactly what `json` refuses is refused, by a ValueError."""
    try:
        expected = json.JSONDecoder(strict=False).raw_decode(text.lstrip(" \t\r\n"))[0]
    except ValueError:
        assert is_refused(wire, text)
    else:
        assert repr(wire.read(text)[0]) == repr(expected)


def test_both_ways_to_do_it(module: ModuleType) -> None:
    """With and without the accelerator, control characters pass and half a text does not."""
    assert module.read(' {"a": ["\n\t\x01", 1.5, NaN]} x')[0]["a"][0] == "\n\t\x01"
    assert module.write({"a": ["ä\n", 1, True, None]}) == '{"a": ["\\u00e4\\n", 1, true, null]}'
    for text in ("", '{"a', "[1,"):
        assert is_refused(module, text)
    with pytest.raises(RecursionError):
        module.read("[" * 200_000)
