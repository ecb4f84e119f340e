"""The text of a new contract says what was asked for, and how the rest is written."""

from __future__ import annotations

import re

import tomli
from hypothesis import given
from hypothesis import strategies as st

from guard.contracts.contract_keys import CONTRACT
from guard.contracts.draft import draft, toml_string
from guard.contracts.parse import parse_contract


def test_draft_says_what_was_asked_for() -> None:
    """Each value arrives; what was not given is not there."""
    text = draft({"goal": "Make it so.", "owns": ["a/", "b\\*"], "branches": ["x"], "forbids": []})
    assert tomli.loads(text) == {"goal": "Make it so.", "owns": ["a/", "b\\*"], "branches": ["x"]}


def test_comments_are_valid_when_they_are_uncommented() -> None:
    """A draft explains every key; with its examples uncommented it is a contract."""
    text = draft({"goal": "x", "owns": ["a"]})
    assert all(key.doc in text for key in CONTRACT.keys.values())
    whole = re.sub(r"(?m)^# (?=\w+ = |\[\[)", "", text)
    assert set(tomli.loads(whole)) == set(CONTRACT.keys)
    assert parse_contract(whole.encode(), "web.toml", "web").waivers


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_toml_string(text: str) -> None:
    """Whatever the text, TOML reads it back as it was."""
    assert tomli.loads(f"a = {toml_string(text)}") == {"a": text}
