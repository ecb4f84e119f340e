"""Explanations agree with the judge, and what they propose is enough."""

from __future__ import annotations

from typing import Any, cast

import pytest
import tomli

from guard.changes.generated import Generated
from guard.contracts.edit import Edit, edited
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract
from guard.core.codes import CODES
from guard.patterns import PatternSet
from guard.reports.explained import path_json, path_text, rule_json, rule_text
from guard.rules import RULES
from guard.rules.explanation import Explained, Match, Way, explain_path, probe, toml_string
from guard.rules.facts import Facts
from guard.rules.judge import judge
from guard.rules.rule import Rule
from guard.rules.widening import pattern_for
from tests.rules.made import changed, contract, facts, policy

POLICY = policy(
    """\
[shared.types]
why = "Everybody imports them."
paths = ["types.ts", "/shared/"]

[shared.made]
why = "Regenerate."
generated = true
"""
)
MADE = {"gen/a.go": Generated("header", "DO NOT EDIT")}
WEB = contract("web", owns=["/web/", "/src/web/"], owner="Bo")
COUNTS = "# it counts once it is on main"
STRANGE = [
    "a b",
    "é",
    "a\nb",
    "a\udcffb",
    'q"uote',
    "back\\slash",
    "[x]*?",
    "#x",
    "!x",
    "tail ",
    "\u202ebidi",
    "-x",
    "tab\t",
    "\x7f",
]


def about(
    own: Contract | None,
    *,
    source: str = "base",
    others: tuple[Contract, ...] = (WEB,),
    **more: object,
) -> Facts:
    """Facts with the policy above and the other session's contract."""
    return facts(own, source=source, others=others, **{"policy": POLICY, "generated": MADE, **more})


def applied(own: Contract, way: Way) -> Contract:
    """The contract after the edits."""
    lists: dict[str, list[str]] = {}
    removed: dict[str, list[str]] = {}
    for option, *values in way.options:
        key = values[0] if option == "--remove" else option.removeprefix("--")
        (removed if option == "--remove" else lists).setdefault(key, []).append(values[-1])
    text = edited(own, Edit(lists, removed, {}))
    text += "".join(f"\n{waiver}\n" for waiver in way.waivers)
    return parse_contract(text.encode(), own.file, own.name)


def holds(given: Facts, own: Contract, path: str) -> bool:
    """Whether a rule about paths reports a change of the path once the contract is on the base."""
    trusted = given.trusted._replace(contract_from="base")
    landed = given._replace(
        contract=own, trusted=trusted, changes=changed(probe(path)), edited_since=False
    )
    return not [
        one
        for one in judge(landed, RULES[:6]).findings
        if one.code != "SHR002" and not one.waived_by
    ]


@pytest.mark.parametrize(
    "path", ["src/a", "src/deep/a.py", "src/", "src/" + STRANGE[3], ".guard/handoffs/api.md"]
)
def test_allowed_paths(path: str) -> None:
    """A path that the session may change needs nothing."""
    explained = explain_path(
        about(contract(), own_files=frozenset((".guard/handoffs/api.md",))), path
    )
    assert (explained.allowed, explained.findings, explained.ways) == (True, (), ())


@pytest.mark.parametrize(
    ("own", "path", "codes", "ways"),
    [
        (contract(), "lib/a", ["OWN001"], 1),
        (contract(), "lib/", ["OWN001"], 1),
        (contract(), "web/a", ["OWN001"], 1),
        (contract(forbids=["/src/no/"]), "src/no/a", ["OWN002"], 1),
        (contract(forbids=["/src/no/", "*.py", "/lib/"]), "src/no/a.py", ["OWN002"], 1),
        (contract(forbids=["/lib/"]), "lib/a", ["OWN002"], 1),
        (contract(forbids=["/lib/"]), "lib/", ["OWN002"], 1),
        (contract(), "src/types.ts", ["SHR001"], 2),
        (contract(), "shared/a", ["SHR001"], 2),
        (contract(), "shared/", ["SHR001"], 2),
        (contract(merges=["made"]), "shared/types.ts", ["SHR001"], 2),
        (contract(forbids=["/shared/"]), "shared/a", ["OWN002", "SHR001"], 2),
        (contract(), "gen/a.go", ["SHR001"], 2),
        (contract(merges=["types"], owns=["/x"]), "guard.toml", ["CON002", "OWN001"], 1),
        (contract(), ".guard/contracts/web.toml", ["CON002", "OWN001"], 1),
        (
            contract(
                waive=[{"rule": "SHR001", "paths": ["/src/"], "why": "x", "until": "2025-01-01"}]
            ),
            "src/types.ts",
            ["SHR001"],
            2,
        ),
    ],
)
def test_what_is_proposed_is_enough(own: Contract, path: str, codes: list[str], ways: int) -> None:
    """Each way, pasted into the contract, leaves no finding; before it there were some."""
    given = about(own)
    explained = explain_path(given, path)
    assert sorted({finding.code for finding in explained.findings}) == codes
    assert len(explained.ways) == ways
    assert not explained.allowed
    for way in explained.ways:
        assert holds(given, applied(own, way), path), way


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_can_be_pasted(name: str) -> None:
    """The proposed pattern of any path is valid TOML, printable, and matches it."""
    own = contract()
    for path in (f"lib/{name}", f"shared/{name}", f"{name}/x", f"lib/{name}/"):
        explained = explain_path(about(own), path)
        for way in explained.ways:
            assert all(one.replace("\n", "").isprintable() for one in way.waivers)
            assert holds(about(own), applied(own, way), path)


@pytest.mark.parametrize("name", [*STRANGE, "plain.py", "a/b"])
def test_the_pattern_of_a_path(name: str) -> None:
    """The pattern of a path matches it, nothing longer, and survives TOML."""
    pattern = tomli.loads(f"a = {toml_string(pattern_for(name))}")["a"]
    patterns = PatternSet([pattern])
    assert patterns.decide(name)
    assert not patterns.decide("x/" + name)
    assert not patterns.decide(name + "x")


def test_a_merge_that_has_an_owner_is_not_offered() -> None:
    """Where another contract owns the merge of the group, a waiver is the only way."""
    other = contract("release", owns=["/x"], merges=["types"])
    explained = explain_path(about(contract(), others=(other,)), "src/types.ts")
    (way,) = explained.ways
    assert (way.options, len(way.waivers)) == ((), 1)


def test_two_groups_are_one_edit() -> None:
    """A path that two groups list needs both merges."""
    twice = policy('[shared.locks]\npaths = ["*.lock"]\n[shared.builds]\npaths = ["/uv.lock"]\n')
    for own in (contract(), contract(merges=["other"])):
        explained = explain_path(about(own, policy=twice), "uv.lock")
        assert explained.ways[0] == Way((("--merges", "locks"), ("--merges", "builds")))
        assert holds(about(own, policy=twice), applied(own, explained.ways[0]), "uv.lock")


def test_what_a_group_lists_is_not_the_generated_groups() -> None:
    """A generated file that a group lists belongs to that group alone; nothing else is proposed."""
    given = about(
        contract(), generated={"src/types.ts": Generated("attribute", "linguist-generated")}
    )
    explained = explain_path(given, "src/types.ts")
    told = [(one.source, one.decides) for one in explained.matches]
    assert told == [("owns", True), ("shared group types", True), ("shared group made", False)]
    assert explained.ways[0] == Way((("--merges", "types"),))


def test_the_first_declaration_is_the_only_one() -> None:
    """A contract that the branch declared cannot be changed there; before any commit it can."""
    own = contract()
    declared = about(own, source="branch", own_files=frozenset((own.file,)))
    assert sorted(finding.code for finding in explain_path(declared, own.file).findings) == [
        "CON002",
        "OWN001",
    ]
    assert explain_path(
        about(own, source="working-tree", own_files=frozenset((own.file,))), own.file
    ).allowed


@pytest.mark.parametrize("source", ["branch", "working-tree"])
def test_a_self_declared_contract_waits_for_the_base(source: str) -> None:
    """What a self-declared contract lists already needs no edit, only to land."""
    waiver = {"rule": "SHR001", "paths": ["types.ts"], "why": "x"}
    explained = explain_path(
        about(contract(merges=["types"], waive=[waiver]), source=source), "src/types.ts"
    )
    assert list(explained.ways) == [Way(), Way()]
    text = "\n".join(path_text(explained))
    assert "  guard contract publish api   # it counts once it is on main" in text


def test_rules_that_are_off_ask_for_nothing() -> None:
    """Where nobody asks who owns a path, no pattern is proposed for it."""
    off = policy('[rules]\noutside-contract = "off"\n')
    explained = explain_path(about(contract(forbids=["/lib/"]), policy=off), "lib/a")
    assert explained.ways[0] == Way((("--remove", "forbids", "/lib/"),))
    assert explain_path(about(contract(), policy=off), "lib/a").allowed


def test_waived_findings_allow() -> None:
    """A waiver on the base allows what it waives."""
    own = contract(waive=[{"rule": "SHR001", "paths": ["types.ts"], "why": "agreed"}])
    explained = explain_path(about(own), "src/types.ts")
    assert explained.allowed
    assert len(explained.findings) == 1
    assert explained.ways == ()
    assert "(waived: agreed)" in "\n".join(path_text(explained))


def test_every_line_that_matches() -> None:
    """Every matching line is listed in order; of each list the one that decides is marked."""
    own = contract(owns=["/src/", "types.ts", "/lib/"], forbids=["/src/no/"], merges=["types"])
    told = [
        (one.source, one.pattern, one.decides)
        for one in explain_path(about(own), "src/web/types.ts").matches
    ]
    assert told == [
        ("owns", "/src/", True),
        ("owns", "types.ts", False),
        ("merges", "types", True),
        ("shared group types", "types.ts", False),
        ("owns of contract web (Bo)", "/src/web/", True),
    ]
    shy = contract("shy", owns=["/src/"], forbids=["types.ts"])
    assert all(
        one.file != shy.file
        for one in explain_path(about(own, others=(shy,)), "src/web/types.ts").matches
    )
    forbidden = explain_path(about(own), "src/no/types.ts").matches
    assert [one.source for one in forbidden if one.decides] == ["forbids"]
    made = explain_path(about(contract()), "gen/a.go").matches
    assert made == (
        Match("shared group made", "generated: header DO NOT EDIT", "guard.toml", 7, decides=True),
    )


def test_the_line_that_decides_is_the_matchers() -> None:
    """What is marked is what `decide` says."""
    own = contract(owns=["*.ts", "/src/", "/src/web/"])
    matches = explain_path(about(own), "src/web/a.ts").matches
    (marked,) = (one.pattern for one in matches if one.decides and one.source == "owns")
    decided = PatternSet(own.owns).decide("src/web/a.ts")
    assert decided is not None
    assert marked == decided.pattern


def test_without_a_contract() -> None:
    """Without a contract the next step declares one; on the base nothing is asked."""
    nobody = explain_path(about(None), "src/a")
    assert [finding.code for finding in nobody.findings] == ["CON001"]
    assert "  next: guard contract new api --goal 'Work on api.' --owns /src/a" in list(
        path_text(nobody)
    )
    base = explain_path(about(None, on_base=True, branch="main"), "src/a")
    assert base.allowed
    assert (
        "  not asked: OWN001, OWN002, SHR001, CON001, CON002: the base itself is checked out"
        in list(path_text(base))
    )
    assert "no contract · on a detached HEAD" in "\n".join(
        path_text(explain_path(about(None, branch=""), "a"))
    )


def text_of(own: Contract, path: str, **more: object) -> list[str]:
    """The lines about a path."""
    return list(path_text(explain_path(about(own)._replace(**cast("dict[str, Any]", more)), path)))


def test_the_text() -> None:
    """Whose path it is, what matches, what a change would bring and what would allow it."""
    assert text_of(contract(forbids=["/web/"]), "web/a") == [
        "web/a",
        "  contract api (on main) · on feat/api",
        "",
        "The lines that match it, in the order in which they count:",
        "  decides  forbids                    /web/  .guard/contracts/api.toml:3",
        "  decides  owns of contract web (Bo)  /web/  .guard/contracts/web.toml:2",
        "",
        "A change here breaks the contract; guard check would say:",
        "  error: OWN002 forbidden-path: contract api forbids this path by /web/",
        "",
        "The smallest change that allows it:",
        f"  guard contract edit api --remove forbids /web/ --owns /web/a --publish   {COUNTS}",
        "  Agree with contract web (Bo) first: two sessions would own it.",
    ]
    assert "  Better still: make the change on main itself, on its own." in text_of(
        contract(), "guard.toml"
    )
    assert any(
        line.startswith("  This file may start guard: ")
        for line in text_of(contract(), ".husky/pre-commit")
    )
    assert "No line of any contract and no shared group matches it." in text_of(
        contract(), "nobody"
    )
    assert "A change here keeps the contract." in text_of(contract(), "src/a")
    noted = policy('[rules]\nOWN001 = "note"\n')
    assert "A change here keeps the contract; guard check would say:" in text_of(
        contract(), "x", policy=noted
    )


@pytest.mark.parametrize("name", STRANGE)
def test_names_are_shown_and_not_obeyed(name: str) -> None:
    """No name moves the cursor or forges a line; JSON is valid Unicode with the bytes beside it."""
    explained = explain_path(about(contract()), f"lib/{name}")
    assert all(line.isprintable() for line in path_text(explained))
    told = path_json(explained)
    str(told).encode()
    assert ("path_base64" in told) == ("\udcff" in name)


def test_json() -> None:
    """JSON says what the text says."""
    told = path_json(explain_path(about(contract()), "src/types.ts"))
    assert (told["kind"], told["path"], told["allowed"], told["contract"]) == (
        "path",
        "src/types.ts",
        False,
        "api",
    )
    assert told["matches"] == [
        {
            "source": "owns",
            "pattern": "/src/",
            "file": ".guard/contracts/api.toml",
            "line": 2,
            "decides": True,
        },
        {
            "source": "shared group types",
            "pattern": "types.ts",
            "file": "guard.toml",
            "line": 3,
            "decides": True,
        },
    ]
    assert told["ways"] != []
    assert told["findings"] != []
    assert told["not_checked"] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_can_be_explained(rule: Rule) -> None:
    """A rule is explained by its docstring, its severity and how to change that."""
    lines = list(rule_text(rule.code, about(None), ""))
    assert lines[0] == f"{rule.code} {rule.name}"
    assert lines[2] == rule.text.partition("\n")[0]
    assert f"Severity: {rule.severity.word}, the default." in lines
    assert not any(line.startswith(" ") for line in lines[3 : lines.index("") + 3])
    assert f'  {rule.name} = "warning"  # error, warning, note or off' in lines


def test_severities_come_with_their_line() -> None:
    """A severity set by the policy comes with its line, by code or by name."""
    set_here = policy(
        '[contracts]\nmissing = "off"\n[rules]\nSHR001 = "note"\n'
        'dead-pattern = "error"\nown001 = "warning"\n'
    )
    told = {
        code: "\n".join(rule_text(code, about(None, policy=set_here), ""))
        for code in ("CON001", "SHR001", "CON004", "OWN001")
    }
    assert "Severity: off, by guard.toml:2 (default error)." in told["CON001"]
    assert "Severity: note, by guard.toml:4 (default error)." in told["SHR001"]
    assert "Severity: error, by guard.toml:5 (default warning)." in told["CON004"]
    assert "Severity: warning, by guard.toml:6 (default error)." in told["OWN001"]
    assert rule_json("SHR001", about(None, policy=set_here))["severity"] == "note"


def test_rules_outside_of_a_repository() -> None:
    """Without a policy the default is shown, and why no more is known."""
    why = "this is not a git repository"
    assert any(f"not known here ({why})" in line for line in rule_text("OWN001", None, why))
    assert rule_json("OWN001", None)["severity"] is None


def test_codes_that_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code of a later version is explained as such."""
    monkeypatch.setitem(CODES, "XYZ001", "a-later-rule")
    assert "This version of guard does not ask it. A policy may set its severity already." in list(
        rule_text("XYZ001", None, "")
    )
    assert rule_json("XYZ001", None)["asked"] is False


def test_an_explanation_is_a_value() -> None:
    """Explanations compare by content."""
    assert isinstance(explain_path(about(contract()), "a"), Explained)
    assert explain_path(about(contract()), "a") == explain_path(about(contract()), "a")
