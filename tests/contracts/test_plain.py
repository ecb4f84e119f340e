"""The reader of plain TOML gives what tomli gives, or nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import tomli
from hypothesis import example, given
from hypothesis import strategies as st

from guard.commands.init import catalogue
from guard.contracts.draft import draft
from guard.contracts.plain import read_plain
from guard.contracts.starter import propose, write_policy
from tests.contracts.documents import BAD, GOOD_CONTRACTS, GOOD_POLICIES, ONLY_THE_PARSER
from tests.growth import require_proportion

ROOT = Path(__file__).parents[2]
PLAIN = """\
# What the session does; "anything" may stand here, 'even this' \\.
goal = "Make it so."   # and here
owner = "Åsa"
owns = [
    "/src/web/",  # why
    "*.md", "docs/",

    # between
    "a#b"
    , "c]",
]
forbids = ['a\\*b', "it's"]
verify = ["x\\n"]
"""
LINES = [
    *(Path(__file__).parent / "lines.txt").read_text(encoding="utf-8").split("\n"),
    "a = 1\r",
    "\u00a0",
    'a = "\x7f"',
]


def same(text: str) -> bool:
    """Compare the reader with tomli, which must accept plain text; tell whether it was plain."""
    found = read_plain(text)
    if found is None:
        return False
    theirs = tomli.loads(text)
    assert found == theirs
    assert repr(found) == repr(theirs)  # the order of keys, and True is not 1
    return True


@pytest.mark.parametrize("name", ["guard.toml", ".guard/contracts/house.toml"])
def test_our_own_files_are_plain(name: str) -> None:
    """What this repository uses is read without the library."""
    assert same((ROOT / name).read_text(encoding="utf-8"))


def test_what_guard_writes_is_plain() -> None:
    """Files that `guard init` and `guard contract new` write are read without the library."""
    paths = [
        "package.json",
        "src/types/a.ts",
        "go.sum",
        "api/a.proto",
        "tests/fixtures/a.json",
        "tests/unit/a.py",
        "tests/e2e/a.py",
        "src/routes/a.ts",
    ]
    assert same(write_policy(propose(paths, catalogue()), "main"))
    assert same(
        draft({"goal": "x", "owner": "Åsa", "owns": ["/src/", "*.md"], "merges": ["types"]})
    )


def test_a_contract_as_people_write_it() -> None:
    """Comments, both quotes and a comma on its own line are plain; an escape is not."""
    assert same(PLAIN.partition("verify")[0])
    assert not same(PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        *GOOD_POLICIES.values(),
        *GOOD_CONTRACTS.values(),
        *(bad.text for bad in (BAD | ONLY_THE_PARSER).values()),
    ],
)
def test_documents(text: str) -> None:
    """Each document, with any line ends and quotes, is read as tomli reads it, or not at all."""
    for variant in (text, text.replace("\n", "\r\n"), text.replace("'", '"')):
        same(variant)


@given(st.lists(st.sampled_from(LINES)).map("\n".join))
@example('a = [\n"x"\n"y"\n]')
@example('a = [\n"x",\n,\n]')
@example("[t]\n[t]")
@example("[t.u]\n[t]")
@example("t = 1\n[t.u]")
@example("w = []\n[[w]]")
@example("[[w]]\n[w.x]\n[[w]]\n[w.x]\na = 1")
@example("[a.b.c.d.e]")
@example("[a.b.c.d]\ne = 1")
@example('a = "x\\"')
def test_lines_in_any_order(text: str) -> None:
    """Whatever lines follow one another, right or wrong, the answer is tomli's or none."""
    same(text)


def test_every_edit_of_a_plain_file() -> None:
    """One character put in, taken out or changed anywhere: the answer is tomli's or none."""
    made = random.Random(5)
    for base in (PLAIN.partition("verify")[0], (ROOT / "guard.toml").read_text(encoding="utf-8")):
        for _ in range(4000):
            at = made.randrange(len(base))
            new = made.choice(["", *"\"'\\[]=#,.\n\r\t {}x0-_\0\x7f\u00a0\u2028é"])
            same(base[:at] + new + base[at + made.randint(0, 1) :])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            lambda size: "a = [" + '"x", ' * (size // 5) + "]", id="a line of very many strings"
        ),
        pytest.param(
            lambda size: "a = [\n" + '"x", "y",\n' * (size // 10) + "]", id="very many lines of two"
        ),
        pytest.param(lambda size: "a = " + "[" * size, id="deep array"),
        pytest.param(lambda size: "[" + "a." * (size // 2) + "a]", id="deep header"),
        pytest.param(lambda size: "[[w]]\n" * (size // 6), id="very many tables"),
        pytest.param(
            lambda size: "".join(f"k{number} = 1\n" for number in range(size // 11)),
            id="very many keys",
        ),
        pytest.param(lambda size: "[t.a]\n[t.b]\n" + "#" * size, id="a long comment"),
        pytest.param(lambda size: "a = [\n" + "\n" * size, id="no end"),
    ],
)
def test_no_text_takes_long(text: Callable[[int], str]) -> None:
    """A megabyte of anything is read, or left to the library, in linear time."""
    require_proportion(lambda size: partial(read_plain, text(size)), 900_000)
