"""Receipts: what is written is read again, and what was touched is told."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.contracts.model import Policy
from guard.contracts.name_patterns import names_one
from guard.receipts.receipt import Receipt, Stream, masked, masked_text, proof
from guard.receipts.sealed import command_key, decoded, encoded, line_key

KEY = b"k" * 32
TREE, OTHER = "1" * 40, "2" * 40
CHANGE = "3" * 40


def receipt(**more: object) -> Receipt:
    """A receipt of `make test` that passed on `TREE`."""
    made = Receipt(
        argv=("make", "test"),
        directory="",
        branch="feat/api",
        contract="api",
        exit=0,
        started="2026-01-02T03:04:05.000000Z",
        duration=1.5,
        before=TREE,
        after=TREE,
        changed=(),
        altered=0,
        streams=(Stream("output", 3, "a" * 64, "ok\n"),),
        command=command_key(("make", "test"), KEY),
    )
    return made._replace(**cast("dict[str, Any]", more))


@given(
    st.lists(st.text(max_size=5), min_size=1, max_size=3),
    st.text(max_size=5),
    st.integers(0, 255),
    st.floats(0, 1e6),
)
def test_what_is_written_is_read_again(
    argv: list[str], tail: str, code: int, duration: float
) -> None:
    """A receipt comes back as it was, its words, bytes that are not UTF-8 and all."""
    streams = (Stream("output", len(tail), "b" * 64, tail + "\udcff"),)
    made = receipt(
        argv=tuple(argv),
        exit=code,
        duration=duration,
        streams=streams,
        changed=(("M", "a\udcff"),),
        id="x",
    )
    assert decoded(encoded(made, KEY).encode(), KEY, "x") == made


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("exit", 1),
        ("before", OTHER),
        ("argv", ["make", "lint"]),
        ("command", "0" * 40),
        ("started", "2030-01-01T00:00:00.000000Z"),
        ("altered", 1),
        ("directory", "web"),
        ("seal", "0" * 40),
        ("more", 1),
    ],
)
def test_an_edit_breaks_the_seal(key: str, value: object) -> None:
    """Whatever was changed by hand, the receipt is not sound any more."""
    fields = json.loads(encoded(receipt(), KEY))
    read = decoded(json.dumps({**fields, key: value}).encode(), KEY, "x")
    assert read is not None
    assert not read.sound


def test_another_repositorys_receipt_is_not_sound() -> None:
    """A receipt that was sealed with another key proves nothing here."""
    read = decoded(encoded(receipt(), b"z" * 32).encode(), KEY, "x")
    assert read is not None
    assert not read.sound


WRONG: list[tuple[str, object]] = [
    ("format", "guard-receipt-2"),
    ("argv", "make"),
    ("argv", [1]),
    ("exit", True),
    ("exit", "0"),
    ("duration", None),
    ("changed", [["a"]]),
    ("changed", [1]),
    ("streams", [1]),
    ("streams", [{}]),
    ("before", None),
    ("altered", 1.5),
]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b'"a"',
        b"[" * 100_000,
        b"\xff",
        *(
            json.dumps({**json.loads(encoded(receipt(), KEY)), key: value}).encode()
            for key, value in WRONG
        ),
    ],
)
def test_what_is_no_receipt(data: bytes) -> None:
    """A file of another shape is no receipt, and no error."""
    assert decoded(data, KEY, "x") is None


def test_a_command_is_found_under_its_line() -> None:
    """A command has the digest of its line in the contract; another key changes it."""
    assert (
        command_key(["make", "test"], KEY)
        == line_key("make  test", KEY)
        == command_key(["sh", "-c", "make test"], KEY)
    )
    assert (
        command_key(["true", "&&", "make"], KEY)
        != line_key("true && make", KEY)
        == command_key(["sh", "-c", "true && make"], KEY)
    )
    assert line_key("make test", b"z") != line_key("make test", KEY)


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["make", "test"], ["make", "test"]),
        (["pytest", "-k", "token"], ["pytest", "-k", "token"]),
        (["curl", "--token", "abc", "x"], ["curl", "--token", "***", "x"]),
        (["curl", "--token", "--verbose"], ["curl", "--token", "--verbose"]),
        (["curl", "--api-key=abc"], ["curl", "--api-key=***"]),
        (["env", "DB_PASSWORD=a=b", "make"], ["env", "DB_PASSWORD=***", "make"]),
        (["git", "clone", "https://ada:pw@host/x"], ["git", "clone", "https://ada:***@host/x"]),
        (["git", "clone", "https://ada@host/x"], ["git", "clone", "https://ada@host/x"]),
        (
            ["sh", "-c", "TOKEN=abc make --secret s3 all"],
            ["sh", "-c", "TOKEN=*** make --secret *** all"],
        ),
        (["x", "--token", ""], ["x", "--token", "***"]),
        (["x", "token="], ["x", "token="]),
    ],
)
def test_secrets_are_masked(argv: list[str], shown: list[str]) -> None:
    """By default tokens, passwords and secrets are masked, also passwords in URLs."""
    assert masked(argv, lambda name: names_one(Policy().masks, name, any_case=True))[0] == tuple(
        shown
    )


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("postgres://app:hunter2@db/shop up", "postgres://app:***@db/shop up"),
        ("GET https://ada@host/x", "GET https://ada@host/x"),
        ("Authorization: Bearer abc.def\r\nok", "Authorization: ***\r\nok"),
        ('{"authorization": "Basic eDp5"}', '{"authorization": ***'),
        ("password: hunter2", "password: ***"),
        ("DB_PASSWORD=hunter2 make", "DB_PASSWORD=*** make"),
        ('{"api_key": "k1", "user": "ada"}', '{"api_key": "***", "user": "ada"}'),
        ("curl --api-key=k1 -v", "curl --api-key=*** -v"),
        ("secret => k1", "secret => ***"),
        ("it printed abc123 twice: abc123", "it printed *** twice: ***"),
        ("34 passed in 0.1s; time: 3 s", "34 passed in 0.1s; time: 3 s"),
        ("tests/test_password.py:3: ok", "tests/test_password.py:3: ok"),
        ("12:30:01 tokens", "12:30:01 tokens"),
    ],
)
def test_secrets_in_output_are_masked(output: str, shown: str) -> None:
    """Output hides what a command line hides: by its name, in a URL, and wherever it stands."""

    def is_secret(name: str) -> bool:
        return names_one(Policy().masks, name, any_case=True)

    assert masked_text(output, ["abc123"], is_secret) == shown


@pytest.mark.parametrize(
    ("patterns", "name", "fits"),
    [
        (["--token"], "token", True),
        (["*token*"], "--MY-TOKEN-2", True),
        (["t?ken"], "token", True),
        (["token"], "tokens", False),
        (["a*b*c"], "axxcxxb", False),
        ([], "token", False),
        (["*"], "a/b", True),
    ],
)
def test_names_by_pattern(patterns: list[str], name: str, *, fits: bool) -> None:
    """`*` and `?` stand for other letters; dashes in front and case do not count."""
    assert names_one(patterns, name, any_case=True) == fits


def later(**more: object) -> Receipt:
    """The same command a second later."""
    return receipt(started="2026-01-02T03:04:06.000000Z", **more)


@pytest.mark.parametrize(
    ("receipts", "kind"),
    [
        ([], "none"),
        ([receipt()], "verified"),
        ([receipt(exit=1), later()], "verified"),
        ([later(), receipt(exit=1)], "verified"),
        ([receipt(), later(exit=1)], "failed"),
        ([receipt(), later(before=OTHER, exit=1)], "verified"),
        ([receipt(before=OTHER)], "elsewhere"),
        ([receipt(before="")], "elsewhere"),
        ([receipt(sound=False)], "edited"),
        ([receipt(exit=1), later(sound=False)], "failed"),
        ([receipt(directory="web")], "below"),
        ([receipt(directory="web"), later(directory="web", exit=1), receipt()], "verified"),
        ([receipt(altered=1, changed=(("M", "a"),), after=OTHER)], "altered"),
        ([receipt(), later(altered=1, after=OTHER)], "verified"),
        ([receipt(changed=(("A", "report.xml"),), after=OTHER)], "verified"),
        ([receipt(after="")], "altered"),
        ([receipt(exit=124, altered=1)], "failed"),
        ([receipt(before=OTHER, change=CHANGE)], "earlier"),
        ([receipt(before=OTHER, change=OTHER)], "elsewhere"),
        (
            [receipt(before=OTHER, change=CHANGE), later(before=OTHER, change=CHANGE, exit=1)],
            "elsewhere",
        ),
        ([receipt(before=OTHER, change=CHANGE, altered=1)], "elsewhere"),
        ([receipt(before=OTHER, change=CHANGE, directory="web")], "elsewhere"),
        ([receipt(before=OTHER, change=CHANGE), later(exit=1)], "failed"),
        ([receipt(exit=1), later(before=OTHER, change=CHANGE)], "failed"),
        ([receipt(before=OTHER, change=CHANGE, sound=False)], "edited"),
    ],
)
def test_what_receipts_prove(receipts: list[Receipt], kind: str) -> None:
    """Only a sound, passed run at the top that left the files alone proves a command.

    It ran on this tree or, if none did, on the same change.
    """
    assert proof(receipts, TREE, CHANGE).kind == kind


def test_no_tree_is_nobodys_tree() -> None:
    """Where the tree under judgement is not known, a receipt without a tree proves nothing."""
    assert proof([receipt(before="")], "", "").kind == "elsewhere"


def test_the_line_to_show() -> None:
    """A receipt shows its command as it is typed, the line of a shell as that line."""
    assert receipt(argv=("pytest", "-k", "a b")).line == "pytest -k 'a b'"
    assert receipt(argv=("sh", "-c", "a && b")).line == "a && b"
