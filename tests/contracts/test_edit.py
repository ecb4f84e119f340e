"""Edits of a contract: what is asked for, and not one byte more."""

from __future__ import annotations

import difflib

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.contracts.draft import draft
from guard.contracts.edit import Edit, edited
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, UsageError

BUSY = """\
# Ask Ada before you widen this.
goal   =   "Make pages faster."   # for 2.0

owns = [
    # the pages
    "web/",  # all of them
    '/docs/web-*.md',
    "café/",
]  # end of owns
forbids = ["*.lock"]
verify = [ "make test" ]

# agreed on Monday
[[waive]]
rule = "shared-file"
paths = [
  "package.json",
]
why = "one dependency"
until = 2026-12-31 # the last day
"""


def contract(text: str) -> Contract:
    """The contract as guard reads it."""
    return parse_contract(text.encode(), ".guard/contracts/web.toml", "web")


def edit(text: str, **how: object) -> str:
    """The text after an edit: `owns="+x -y"`, or a whole value for a text or a flag."""
    add: dict[str, list[str]] = {}
    remove: dict[str, list[str]] = {}
    put: dict[str, str | bool] = {}
    for key, said in how.items():
        if key in ("goal", "owner", "standing"):
            assert isinstance(said, str | bool)
            put[key] = said
            continue
        for word in str(said).split():
            (add if word[0] == "+" else remove).setdefault(key, []).append(word[1:])
    return edited(contract(text), Edit(add, remove, put))


def changed(old: str, new: str) -> list[str]:
    """The lines that differ, with their ends."""
    both = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line for line in both if line[0] in "+-"]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("how", "lines"),
    [
        ({"owns": "+new/"}, ['+     "new/",\n']),
        ({"owns": "+a[1].md"}, ['+     "a[1].md",\n']),
        ({"owns": "-café/"}, ['-     "café/",\n']),
        ({"owns": "-/docs/web-*.md"}, ["-     '/docs/web-*.md',\n"]),
        ({"forbids": "+x"}, ['- forbids = ["*.lock"]\n', '+ forbids = ["*.lock", "x"]\n']),
        ({"merges": "+deps"}, ['+ merges = ["deps"]\n']),
        ({"merges": "+deps +routes"}, ['+ merges = ["deps", "routes"]\n']),
        ({"forbids": "-*.lock"}, ['- forbids = ["*.lock"]\n']),
        ({"standing": True}, ["+ standing = true\n"]),
        ({"owner": 'Ada "A"'}, ['+ owner = "Ada \\"A\\""\n']),
        (
            {"goal": "Other."},
            [
                '- goal   =   "Make pages faster."   # for 2.0\n',
                '+ goal   =   "Other."   # for 2.0\n',
            ],
        ),
        ({"owns": "+web/"}, []),
    ],
    ids=str,
)
def test_only_those_lines_change(how: dict[str, object], lines: list[str], end: str) -> None:
    """Comments, blank lines, order, quotes and line ends of all others stay, byte by byte."""
    old = BUSY.replace("\n", end)
    assert changed(old, edit(old, **how)) == [line.replace("\n", end) for line in lines]


def test_a_removed_value_takes_its_own_comment_along() -> None:
    """What was said about a line goes with the line, what stands above the list stays."""
    new = edit(BUSY, owns="-web/")
    assert "all of them" not in new
    assert "# the pages" in new


def test_a_new_contract_gets_the_key_where_its_example_is() -> None:
    """In a drafted file the commented example becomes the key."""
    text = draft({"goal": "g", "owns": ["web/"]})
    new = edit(text, merges="+deps", branches="+feat/*")
    assert changed(text, new) == [
        '- # merges = ["routes"]\n',
        '+ merges = ["deps"]\n',
        '- # branches = ["feat/locale-*"]\n',
        '+ branches = ["feat/*"]\n',
    ]


def test_a_file_without_a_last_line_end() -> None:
    """The last line is ended first."""
    assert (
        edit('goal = "g"\nowns = ["a"]', merges="+m")
        == 'goal = "g"\nowns = ["a"]\nmerges = ["m"]\n'
    )


@pytest.mark.parametrize(
    ("how", "kind", "told"),
    [
        ({"owns": "-nope"}, UsageError, "nope is not in owns of contract web"),
        ({"owns": "+[x"}, ContractError, "a bracket has no end"),
        ({"owns": "+!x"}, ContractError, ".guard/contracts/web.toml:9:"),
        ({"merges": "+a/b"}, ContractError, "merges"),
        ({"owns": "-web/ -/docs/web-*.md -café/"}, ContractError, "owns: is missing"),
        ({"goal": ""}, ContractError, "goal"),
    ],
)
def test_what_would_be_an_error_is_refused(
    how: dict[str, object], kind: type[Exception], told: str
) -> None:
    """A pattern, a name or a whole contract that guard would not accept."""
    with pytest.raises(kind) as caught:
        edit(BUSY, **how)
    assert told in str(caught.value)


WORDS = st.lists(st.sampled_from([f"d{number}/" for number in range(9)]), unique=True, max_size=6)


@settings(max_examples=60)
@given(start=WORDS.filter(bool), add=WORDS, data=st.data(), style=st.integers(0, 3))
def test_any_list_in_any_style(
    start: list[str], add: list[str], data: st.DataObject, style: int
) -> None:
    """However a list is laid out, tomli reads what a Python list would hold."""
    gone = data.draw(st.lists(st.sampled_from(start), unique=True, max_size=len(start) - 1))
    quoted = [f'"{word}"' for word in start]
    laid_out = [
        f"[{', '.join(quoted)}]",
        "[\n" + "".join(f"  {word}, # {word}\n" for word in quoted) + "]",
        "[ " + " ,\n ".join(quoted) + "\n\n] # end",
        "[\n# first\n" + ",\n".join(quoted) + "\n# last\n]",
    ][style]
    text = f'# head\ngoal = "g"\nowns = {laid_out}\n# tail\nforbids = ["x"] # x\n'
    new = edited(contract(text), Edit({"owns": add}, {"owns": gone}, {}))
    left = [word for word in start if word not in gone]
    expected = [*left, *(word for word in add if word not in left)]
    assert tomli.loads(new) == {"goal": "g", "owns": expected, "forbids": ["x"]}
    assert new.startswith('# head\ngoal = "g"\nowns = [')
    assert new.endswith('\n# tail\nforbids = ["x"] # x\n')
