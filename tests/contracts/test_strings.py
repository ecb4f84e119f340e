"""The short tests of strings never take one for fine that has something wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.contracts.complaints import STRINGS
from guard.contracts.strings import hold

# Words that some check refuses, beside plain ones.
PARTS = [
    "a",
    "B1",
    "-",
    "_",
    ".",
    "..",
    "/",
    "//",
    "*",
    "**",
    "?",
    "[a]",
    "[",
    "\\",
    "@{",
    "HEAD",
    "refs/",
    "refs/heads/",
    ".lock",
    ".git",
    ".toml",
    "{name}",
    "{",
    "!",
    "#",
    " ",
    "\n",
    "\x7f",
    "é",
    "\ufeff",
    "²",
    "9",
    "a" * 101,
    "ab/" * 1_400,
]
strings = st.lists(st.sampled_from(PARTS), max_size=5).map("".join)


@pytest.mark.parametrize("check", sorted(STRINGS))
@given(values=st.lists(strings, min_size=1, max_size=3))
def test_strings_hold_if_there_is_no_complaint(check: str, values: list[str]) -> None:
    """All strings at once, or one by one: the answer is the same."""
    by_one = [STRINGS[check](value) is None for value in values]
    if check == "pattern" and max(map(len, values)) > 1_000:  # those are looked at one by one
        return
    assert hold(check, values) == all(by_one)
