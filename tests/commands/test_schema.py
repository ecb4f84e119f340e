"""`guard schema`: what it prints is a schema, of what guard reads and writes."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from guard.contracts.schema import schema_of
from tests.kit import Repo, session

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types


@pytest.mark.parametrize(
    "kind",
    (
        "policy contract report handoff contract-check overlaps conflicts plan sessions status "
        "integrate finish"
    ).split(),
)
def test_prints_a_schema(empty: Repo, kind: str) -> None:
    """Each kind prints one JSON Schema, draft 2020-12, and nothing else."""
    ran = empty.guard("schema", kind)
    assert (ran.code, ran.err) == (0, "")
    schema = json.loads(ran.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    VALIDATOR.check_schema(schema)


@pytest.mark.parametrize("kind", ["policy", "contract"])
def test_prints_what_the_parser_reads(empty: Repo, kind: str) -> None:
    """The schema of a file is the one that is tested against the parser."""
    assert empty.guard("schema", kind).report == schema_of(kind)


def test_report_is_valid(repo: Repo) -> None:
    """A report of `guard check` is valid by the schema of reports."""
    session(repo, "web").write({"docs/a.md": "b"})
    VALIDATOR(json.loads(repo.guard("schema", "report").out)).validate(repo.check().report)


@pytest.mark.parametrize("words", [[], ["polcy"], ["policy", "contract"]])
def test_unknown_kind(empty: Repo, words: list[str]) -> None:
    """Without a kind, with an unknown one or with two, it is a usage error with an example."""
    ran = empty.guard("schema", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "guard schema" in ran.err


def test_help(empty: Repo) -> None:
    """The help says what an editor needs."""
    ran = empty.guard("schema", "--help")
    assert ran.code == 0
    assert "guard schema contract > .guard/contract.schema.json" in ran.out
    assert "#:schema ../contract.schema.json" in ran.out
