"""Codes and names of rules are public: once released they never change."""

from __future__ import annotations

import re

import pytest

from guard.core.codes import CODES, code_of


def test_codes_and_names_are_well_formed() -> None:
    """A code is three capitals and three digits; a name is unique, lower-case words with dashes."""
    assert all(re.fullmatch(r"[A-Z]{3}\d{3}", code) for code in CODES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in CODES.values())
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize(
    "word", ["", "OWN1", "own", "Outside-Contract", "outside_contract", "\u017fhr001", "OWN001 "]
)
def test_no_rule(word: str) -> None:
    """A word that is neither a code nor a name is no rule."""
    assert code_of(word) == ""


@pytest.mark.parametrize(
    ("word", "code"),
    [("OWN001", "OWN001"), ("own001", "OWN001"), ("Own001", "OWN001"), ("shared-file", "SHR001")],
)
def test_code_of(word: str, code: str) -> None:
    """A code in any case and a name stand for the rule."""
    assert code_of(word) == code


def test_every_code_and_name() -> None:
    """Every code and every name is found."""
    assert all(code_of(code) == code_of(name) == code for code, name in CODES.items())
