"""The schemas that editors use say what the parser says."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from guard.contracts.draft import toml_string
from guard.contracts.key import Key
from guard.contracts.model import LONGEST_PATTERN, SHAPES
from guard.contracts.parse import parse_contract, parse_policy
from guard.contracts.schema import schema_of
from guard.core.codes import CODES, code_of
from guard.core.errors import ContractError
from guard.patterns import PatternError, PatternSet
from guard.rules import RULES
from tests.contracts.documents import (
    BAD,
    GOOD_CONTRACTS,
    GOOD_POLICIES,
    ONLY_THE_PARSER,
    Bad,
    as_json,
)

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
DOCS = Path(__file__).parents[2] / "docs" / "contracts.md"
GOOD = [("policy", text) for text in GOOD_POLICIES.values()] + [
    ("contract", text) for text in GOOD_CONTRACTS.values()
]


def accepts(kind: str, text: str) -> bool:
    """Tell whether the schema accepts a TOML document."""
    validator = VALIDATOR(schema_of(kind), format_checker=VALIDATOR.FORMAT_CHECKER)
    return bool(validator.is_valid(as_json(tomli.loads(text))))


def parses(kind: str, text: str) -> bool:
    """Tell whether the parser accepts it."""
    try:
        if kind == "policy":
            parse_policy(text.encode(), "guard.toml")
        else:
            parse_contract(text.encode(), "web.toml", "web")
    except ContractError:
        return False
    return True


@pytest.mark.parametrize("kind", SHAPES)
def test_schema_is_a_schema(kind: str) -> None:
    """Each schema is valid; its keys have titles, descriptions and, but for tables, examples."""
    schema = schema_of(kind)
    VALIDATOR.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    for key, inner in properties(schema):
        assert inner["title"] == key or key in (*CODES, *CODES.values())
        assert inner["description"]
        assert inner.get("type") in ("object", "array") or inner["examples"]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_accepts_what_the_parser_accepts(kind: str, text: str) -> None:
    """A document that the parser reads is valid."""
    assert parses(kind, text)
    assert accepts(kind, text)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_refuses_what_the_parser_refuses(bad: Bad) -> None:
    """A document that the parser refuses is invalid."""
    assert not parses(bad.kind, bad.text)
    assert not accepts(bad.kind, bad.text)


@pytest.mark.parametrize("bad", ONLY_THE_PARSER.values(), ids=ONLY_THE_PARSER)
def test_what_only_the_parser_knows(bad: Bad) -> None:
    """Some mistakes no schema can tell; this list of them is complete for the tables above."""
    assert not parses(bad.kind, bad.text)
    assert accepts(bad.kind, bad.text)


@pytest.mark.parametrize("kind", SHAPES)
def test_examples_are_valid(kind: str) -> None:
    """The example of each key is valid where the key stands."""
    schema = schema_of(kind)
    for key, inner in properties(schema):
        for example in inner.get("examples", ()):
            assert VALIDATOR(inner).is_valid(example), key


def test_documentation_shows_valid_files() -> None:
    """Every TOML block of the documentation is valid, and every key is documented."""
    text = DOCS.read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        kind = "contract" if "goal" in block else "policy"
        assert parses(kind, block)
        assert accepts(kind, block)
    for shape in SHAPES.values():
        for key in keys(shape):
            assert f"`{key}`" in text, key


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """List all keys of a schema with what it says of them."""
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += [(name, inner), *properties(inner)]
    for below in ("items", "additionalProperties"):
        if isinstance(schema.get(below), dict):
            found += properties(schema[below])
    return found


def keys(shape: Key, path: str = "") -> list[str]:
    """List the dotted names of all keys of a shape, NAME for a user's name, RULE for a rule."""
    found = []
    for name, key in shape.keys.items():
        found += [path + name] if key.kind not in ("table", "map") else []
        step = {"map": f"{name}.{'RULE' if key.check == 'rule' else 'NAME'}"}.get(key.kind, name)
        found += [f"{path}{step}"] if key.kind == "map" else []
        found += keys(key.item or key, f"{path}{step}.")
    return found


_WORDS = st.text("ab é.-\U0001f600", min_size=1, max_size=8).filter(str.strip)
_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,6}", fullmatch=True)
_STRINGS = {
    "text": _WORDS | st.just("two\nlines\tand a tab"),
    "line": _WORDS,
    "name": _NAMES,
    "rule": st.sampled_from([*CODES, *CODES.values(), *(code.lower() for code in CODES)]),
    "version": st.from_regex(r"\A0(\.[01](\.0)?)?\Z"),
    "branch name": _NAMES | _NAMES.map(lambda name: f"feat/{name}"),
    "branch pattern": _NAMES.map(lambda name: f"*/{name}-**"),
    "name pattern": st.from_regex(r"[A-Za-z0-9._*?-]{1,100}", fullmatch=True),
    "session's branch": _NAMES.map(lambda name: f"{name}/{{name}}"),
    "session's folder": _NAMES.map(lambda name: f"../{name}-{{name}}"),
    "handoff": _NAMES.map(lambda name: f"{name}/{{name}}.md"),
    "pattern": st.sampled_from(["a", "/a/", "**/b", "*.c", "[d-e]", "f\\*", "g h", "é/"]),
}


def values(key: Key) -> st.SearchStrategy[Any]:
    """Draw what may stand behind a key, by its shape alone."""
    if key.kind == "table":
        return st.fixed_dictionaries(
            {name: values(inner) for name, inner in key.keys.items() if inner.required},
            optional={
                name: values(inner) for name, inner in key.keys.items() if not inner.required
            },
        ).filter(lambda table: not key.any_of or any(table.get(name) for name in key.any_of))
    if key.kind == "map":
        assert key.item
        names = _STRINGS[key.check]
        pairs = st.lists(
            st.tuples(names, values(key.item)),
            max_size=3,
            unique_by=lambda pair: code_of(pair[0]) or pair[0],
        )
        return pairs.map(dict)
    if key.kind == "tables":
        assert key.item
        return st.lists(values(key.item), max_size=2)
    simple: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "text": lambda: _STRINGS[key.check],
        "flag": st.booleans,
        "count": lambda: st.integers(key.least, key.most),
        "word": lambda: st.sampled_from(key.words),
        "day": lambda: st.dates(datetime.date(1000, 1, 1)),
        "list": lambda: st.lists(_STRINGS[key.check], min_size=key.least, max_size=4, unique=True),
    }
    return simple[key.kind]()


def toml(value: object) -> str:
    """Write a value as TOML, tables inline."""
    if isinstance(value, dict):
        items = (f"{toml_string(key)} = {toml(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return toml_string(value) if isinstance(value, str) else str(value).lower()


@given(st.data(), st.sampled_from(sorted(SHAPES)))
def test_any_document_of_the_shape(data: st.DataObject, kind: str) -> None:
    """Any document that follows the table of keys is accepted by the parser and the schema."""
    document = data.draw(values(SHAPES[kind]))
    given_twice = document.get("contracts") and document.get("rules")
    if given_twice:
        del document["rules"]  # the two may speak of the same rule
    text = "".join(f"{key} = {toml(value)}\n" for key, value in document.items())
    assert accepts(kind, text)
    assert parses(kind, text)


_TEXTS = [*(text for _, text in GOOD), *(bad.text for bad in BAD.values())]
_LINES = sorted({line for text in _TEXTS if len(text) < 200 for line in text.split("\n")})


@given(
    st.lists(st.sampled_from(_LINES), max_size=8, unique=True).map("\n".join),
    st.sampled_from(sorted(SHAPES)),
)
def test_never_refuses_what_the_parser_accepts(text: str, kind: str) -> None:
    """The schema accepts any mixture of lines that the parser accepts."""
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    assert accepts(kind, text) or not parses(kind, text)


def test_defaults_are_the_rules_own() -> None:
    """The defaults for a missing and a self-declared contract are the severities of those rules."""
    keys_of_contracts = SHAPES["policy"].keys["contracts"].keys
    severities = {rule.name: rule.severity.word for rule in RULES}
    assert keys_of_contracts["missing"].default == severities["no-contract"]
    assert keys_of_contracts["self_declared"].default == severities["self-declared"]


def test_limit_of_a_pattern_is_the_patterns_own() -> None:
    """A pattern as long as the formats allow can be used, a longer one cannot."""
    assert PatternSet(["x" * LONGEST_PATTERN]).decide("x" * LONGEST_PATTERN)
    with pytest.raises(PatternError):
        PatternSet(["x" * (LONGEST_PATTERN + 1)])
