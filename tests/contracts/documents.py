"""Policies and contracts for tests: good ones, mistakes, and what only the parser finds."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import NamedTuple

GOOD_POLICIES = {
    "empty": "",
    "comments only": "# nothing yet\n",
    "requires": "requires = '0.1'",
    "requires the very version": "requires = '0.1.0'",
    "base": "base = 'main'",
    "base on a remote": "base = 'origin/release/1.x'",
    "sessions": "sessions = 1",
    "most sessions": "sessions = 10_000",
    "hexadecimal sessions": "sessions = 0xa",
    "missing": "[contracts]\nmissing = 'off'",
    "missing as a note": "[contracts]\nmissing = 'note'",
    "self-declared": "[contracts]\nself_declared = 'error'",
    "empty tables": "[contracts]\n[handoff]\n[shared]\n[rules]",
    "inline tables": "contracts = {missing = 'warning'}\nhandoff = {required = false}",
    "handoff elsewhere": "[handoff]\nfile = 'docs/{name}/handoff-{name}.md'",
    "dots in a handoff's name": "[handoff]\nfile = '..{name}...md'",
    "group": (
        "[shared.package-metadata]\nwhy = 'x'\npaths = ['package.json', '*.lock', '/a/**/b.[ch]']"
    ),
    "group without why": "[shared.a]\npaths = ['x']",
    "generated group": "[shared.a]\ngenerated = true",
    "generated group without paths": "[shared.a]\ngenerated = true\npaths = []",
    "group with dots": "[shared.'a.b_c-1']\npaths = ['x']",
    "group with a level": "[shared.a]\npaths = ['x']\nlevel = 'warning'",
    "help": "[help]\ninstall = 'pipx install git+https://example.com/guard'",
    "start": (
        "[start]\nbranch = 'work/{name}'\nfolder = '../shop-{name}'\ninclude = 'symlink'\n"
        "run = ['npm ci', 'make setup']"
    ),
    "stale": "[status]\nstale = 1",
    "stale after many days": "[status]\nstale = 10_000",
    "integrate": (
        "[integrate]\nhow = 'squash'\nverify = ['make test', 'npm test']\nfiles = 'go'\n"
        "[shared.locks]\npaths = ['*.lock']\nregenerate = 'make lock'"
    ),
    "folder with blanks": "[start]\nfolder = '../my shop {name}'",
    "dotted group": "shared.a.paths = ['x']",
    "rule by name": "[rules]\nsame-file = 'warning'",
    "rule by code": "[rules]\nOVL001 = 'note'",
    "rule by code in lower case": "[rules]\novl001 = 'off'",
    "other rules beside contracts": (
        "[rules]\nno-contract = 'off'\n[contracts]\nself_declared = 'off'"
    ),
    "CRLF": "base = 'main'\r\n[contracts]\r\nmissing = 'off'\r\n",
    "longest pattern": f"[shared.a]\npaths = ['{'x' * 4096}']",
    "pattern that needs a look": (
        "[shared.a]\npaths = ['a\\ ', '[a-z]*', '\\!x', '\\#x', 'a/**', '**/a/', '*']"
    ),
    "many patterns": f"[shared.a]\npaths = {[f'a{n}' for n in range(10_000)]}",
}

GOOD_CONTRACTS = {
    "least": "goal = 'x'\nowns = ['a/']",
    "merges alone": "goal = 'x'\nmerges = ['routes']",
    "merges beside empty owns": "goal = 'x'\nowns = []\nmerges = ['routes']",
    "all": (
        "goal = 'Make it so.'\nowner = 'Ada'\n"
        "owns = ['a/', '/b']\nforbids = ['a/c']\nmerges = ['g.1']\n"
        "branches = ['feat/*', '**', 'x-[0-9]', 'a?b', 'release/[a b]']\n"
        "actors = ['alice', 'team-bot[bot]']\nverify = ['make test']\n"
        "[[waive]]\nrule = 'shared-file'\npaths = ['x']\nwhy = 'y'\nuntil = 2026-12-31\n"
        "[[waive]]\nrule = 'OWN001'\npaths = ['x', 'y']\nwhy = 'y'\n"
    ),
    "empty lists": "goal = 'x'\nowns = ['a']\nforbids = []\nmerges = []\nverify = []\nwaive = []",
    "goal over lines": 'goal = """\nfirst\n\tsecond"""\nowns = [\'a\']',
    "unicode": "goal = 'grün \U0001f600'\nowner = 'Åsa'\nowns = ['grün/']\nbranches = ['grün-*']",
    "inline waiver": (
        "goal = 'x'\nowns = ['a']\nwaive = [{rule = 'own001', paths = ['a'], why = 'y'}]"
    ),
    "same pattern in two lists": "goal = 'x'\nowns = ['a']\nforbids = ['a']",
    "escaped branch": "goal = 'x'\nowns = ['a']\nbranches = ['a\\-b']",
}


class Bad(NamedTuple):
    """A document of a kind with one mistake, and its message: `LINE:COLUMN: …`."""

    kind: str
    text: str
    told: str


def _read(heading: str) -> dict[str, Bad]:
    """Read the documents of `mistakes.txt` under headings of the form `=== policy…: name`."""
    text = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8")
    found = re.findall(r"^=== (\w+)(.*?): (.*)\n((?:.*\n)*?)--> (.*)\n", text, re.MULTILINE)
    return {
        f"{kind}: {name}": Bad(kind, document.removesuffix("\n"), told)
        for kind, rest, name, document, told in found
        if rest == heading
    }


def _large(key: str, value: object, told: str) -> Bad:
    return Bad("contract", f"goal = 'x'\n{key} = {value}", told)


BAD = {
    **_read(""),
    "long key": Bad(
        "policy",
        f"{'k' * 5000} = 1",
        f"1:1: {'k' * 60}…: unknown key; "
        "expected one of requires, base, bases, sessions, contracts, handoff, hooks, start, "
        "integrate, status, help, shared, rules",
    ),
    "huge sessions": Bad(
        "policy",
        f"sessions = 0x{'f' * 1_000}",
        "1:1: sessions: is too large; expected an integer from 1 to 10,000",
    ),
    "long goal": Bad(
        "contract",
        f"goal = '{'x' * 4097}'\nowns = ['a']",
        "1:1: goal: has 4,097 characters; expected at most 4,096",
    ),
    "pattern of a megabyte": _large(
        "owns", ["x" * 1_000_000], "2:9: owns[0]: has 1,000,000 bytes; expected at most 4,096"
    ),
    "too many patterns": _large(
        "owns",
        [f"a{n}" for n in range(10_001)],
        "2:1: owns: has 10,001 elements; expected at most 10,000",
    ),
}

# The schema knows neither patterns nor other keys' values nor bytes, and TOML's dates are strings.
_SIX_THOUSAND = [f"a{n}" for n in range(6_000)]
ONLY_THE_PARSER = {
    **_read(", only the parser"),
    "long pattern": _large(
        "owns", ["é" * 2049], "2:9: owns[0]: has 4,098 bytes; expected at most 4,096"
    ),
    "too many patterns together": Bad(
        "contract",
        f"goal = 'x'\nowns = {_SIX_THOUSAND}\nforbids = {_SIX_THOUSAND}",
        "1:1: more than 10,000 patterns in one file; expected patterns of directories",
    ),
}


def as_json(value: object) -> object:
    """Give a TOML value as editors see it for a JSON Schema: dates and times as strings."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value
