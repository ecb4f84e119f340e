"""CON003 and the proof behind it, beside the rules that judge single paths."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from guard.contracts.model import Contract, Policy
from guard.patterns import PatternError, PatternSet
from guard.rules import RULES
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.judge import judge
from guard.rules.overlaps import Comparison, files_in
from tests.rules.made import ask, contract, facts, named, policy, why_not

CON003 = "overlapping-contracts"
SHR002 = "shared-twice"
GROUPS = """\
[shared.meta]
paths = ["package.json", "b"]
[shared.routes]
paths = ["/app/routes/", "a/b"]
"""


def asked(name: str, about: Facts) -> list[Violation]:
    """What a rule finds, if it is asked."""
    rule = named(name)
    return [] if why_not(rule, about) or not rule.about(about) else ask(rule, about)


def overlap(a: Contract, b: Contract, rules: Policy | None = None) -> str:
    """The witness of two contracts, or the verdict if there is none."""
    found = Comparison(rules or policy()).between(a, b)
    return found.witness or found.verdict


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"owns": ["/src/"]}, {"owns": ["/docs/"]}, "disjoint"),
        ({"owns": ["/src/"]}, {"owns": ["/src/a.py"]}, "src/a.py"),
        ({"owns": ["/src/"], "forbids": ["/src/b/"]}, {"owns": ["/src/b/"]}, "disjoint"),
        ({"owns": ["/src/"]}, {"owns": ["/src/"], "forbids": ["*"]}, "disjoint"),
        ({"owns": ["/src/"]}, {"owns": ["*.py"], "forbids": ["[!a]*"]}, "disjoint"),
        ({"owns": ["/src/"]}, {"owns": ["*.py"], "forbids": [".*", "a*.py"]}, "src/b.py"),
        ({"owns": ["docs/"]}, {"owns": ["api/"]}, "api/docs/a"),
        ({"owns": ["/lib/"], "forbids": ["/lib/*"]}, {"owns": ["/lib/"]}, "lib/"),
        # neither merges the group
        ({"owns": ["package.json"]}, {"owns": ["/package.json"]}, "disjoint"),
        ({"owns": ["*"]}, {"owns": ["/package.json"], "merges": ["meta"]}, "disjoint"),
        ({"owns": ["*"]}, {"owns": ["/package.*"], "merges": ["meta"]}, "package."),
        ({"owns": ["/x/package.json"]}, {"owns": ["/x"], "merges": ["meta"]}, "disjoint"),
        ({"merges": ["meta"]}, {"merges": ["meta"]}, "b"),
        ({"merges": ["meta"]}, {"merges": ["routes"]}, "disjoint"),
        ({"merges": ["meta", "routes"]}, {"merges": ["routes", "meta"]}, "b"),
        ({"merges": ["meta"], "forbids": ["b"]}, {"merges": ["meta"]}, "package.json"),
        ({"owns": ["/app/"]}, {"owns": ["*"], "merges": ["routes"]}, "app/a"),
        ({"owns": ["/app/routes/"]}, {"owns": ["*"], "merges": ["routes"]}, "disjoint"),
    ],
)
def test_pairs_by_hand(one: dict[str, object], other: dict[str, object], expected: str) -> None:
    """`owns`, `forbids`, `merges` and shared groups count, on either side."""
    ours = contract("api", **{"owns": [], **one})
    theirs = contract("web", **{"owns": [], **other})
    for a, b in ((ours, theirs), (theirs, ours)):
        found = overlap(a, b, policy(GROUPS))
        assert len(found) == len(expected), found
        assert (found == "disjoint") == (expected == "disjoint"), found


def test_a_group_that_only_warns_keeps_nobody_out() -> None:
    """Where SHR001 does not break a contract, two may change a shared file."""
    a, b = contract("api", owns=["/package.json"]), contract("web", owns=["package.json"])
    assert overlap(a, b, policy(GROUPS)) == "disjoint"
    for word in ("warning", "note", "off"):
        rules = policy(GROUPS + f'[rules]\nshared-file = "{word}"\n')
        assert overlap(a, b, rules) == "package.json"


def test_two_that_merge_generated_code() -> None:
    """Any path may be declared generated, so two that merge such a group overlap."""
    rules = policy(GROUPS + "[shared.generated]\ngenerated = true\n")
    a, b = (contract(name, owns=[], merges=["generated"]) for name in ("api", "web"))
    assert overlap(a, b, rules) == "a"
    assert overlap(a, contract("web", owns=["/x/"]), rules) == "disjoint"
    assert overlap(a, contract("web", owns=[], merges=["meta"]), rules) == "disjoint"


def permitted(own: Contract, rules: Policy, path: str) -> bool:
    """What the rules about single paths say of a change."""
    judged = facts(own, path, policy=rules)
    report = judge(judged, [rule for rule in RULES if rule.of_one_path])
    return report.verdict == "kept"


@pytest.mark.parametrize("seed", range(4))
def test_random_contracts_beside_the_rules(seed: int) -> None:
    """A pair overlaps exactly if there is a path whose change keeps both contracts."""
    random = Random(seed)
    paths = [
        "/".join(names)
        for depth in (1, 2, 3)
        for names in product(("a", "b", "ab", "c", "cc"), repeat=depth)
    ]

    def patterns(least: int, most: int) -> list[str]:
        found: list[str] = []
        while len(found) < least or (len(found) < most and random.random() < 0.6):
            pieces = [random.choice(["a", "b", "?", "*", "[ab]*", "a?", "**", "c", "?b"])]
            pieces += random.choices(["a", "b", "*", "?*", "**", "c*"], k=random.randint(0, 2))
            pattern = random.choice(["", "/"]) + "/".join(pieces) + random.choice(["", "/"])
            try:
                PatternSet([pattern])
            except PatternError:
                continue
            found += [pattern] if pattern not in found else []
        return found

    for _ in range(25):
        rules = policy(f"[shared.one]\npaths = {patterns(1, 2)}\n[shared.two]\npaths = ['c']\n")
        a, b = (
            contract(
                name,
                owns=patterns(1, 3),
                forbids=patterns(0, 2),
                merges=random.sample(["one", "two"], k=random.randint(0, 2)),
            )
            for name in ("api", "web")
        )
        found = Comparison(rules).between(a, b)
        common = [path for path in paths if permitted(a, rules, path) and permitted(b, rules, path)]
        if common:
            assert found.verdict == "overlap", (a, b, rules, common)
            assert len(found.witness) <= min(map(len, common))
        if found.witness and not found.witness.endswith("/"):
            assert permitted(a, rules, found.witness), (a, b, rules, found)
            assert permitted(b, rules, found.witness), (a, b, rules, found)
        listed = files_in(rules, [found], paths)
        assert listed.get(("api", "web"), []) == common


def test_the_lines_that_grant() -> None:
    """Each grant is the line of its contract, of `owns` or of `merges`."""
    a = contract("api", owns=["/x/", "/app/"], merges=["routes"])
    b = contract("web", owns=["/y/"], merges=["meta", "routes"])
    found = Comparison(policy(GROUPS)).between(a, b)
    lines = [(grant.file, grant.pattern) for grant in found.grants]
    assert lines == [(a.file, "/app/"), (b.file, "routes")]
    for grant, source in zip(found.grants, (a, b), strict=True):
        assert grant.pattern in source.text.split("\n")[grant.line - 1]


@pytest.mark.parametrize(
    ("one", "other", "exists", "expected"),
    [
        ("docs/", "/api/", False, 'write "/docs/" for "docs/" in api'),
        ("/api/", "docs/", False, 'write "/docs/" for "docs/" in web'),
        (
            "docs/",
            "tests/",
            False,
            'write "/docs/" for "docs/" in api and write "/tests/" for "tests/" in web',
        ),
        ("docs/", "/api/", True, 'add "/api/" to forbids in api, or "docs/" in web'),
        ("/src/", "/src/a/", True, 'add "/src/a/" to forbids in api'),
        ("/src/a/", "/src/", True, 'add "/src/a/" to forbids in web'),
        ("/src/", "/src/", True, 'leave "/src/" to one of the two'),
        ("/src/*.py", "/src/a*", True, 'add "/src/a*" to forbids in api, or "/src/*.py" in web'),
    ],
)
def test_the_advice_parts_the_two(one: str, other: str, *, exists: bool, expected: str) -> None:
    """The smallest change that parts the two patterns is named."""
    comparison = Comparison(policy())
    found = comparison.between(contract("api", owns=[one]), contract("web", owns=[other]))
    assert comparison.advice(found, exists=exists) == expected


def test_leave_alone() -> None:
    """No finding about disjoint, standing and integrated contracts, nor without a contract."""
    api = contract("api", owns=["/src/"])
    web = contract("web", owns=["/src/web/"])
    assert asked(CON003, facts(api, others=[contract("web", owns=["/docs/"])])) == []
    assert asked(CON003, facts(api, others=[web._replace(standing=True)])) == []
    assert asked(CON003, facts(api._replace(standing=True), others=[web])) == []
    assert asked(CON003, facts(api, others=[web], integrated=frozenset(["web"]))) == []
    assert asked(CON003, facts(None, others=[api, web])) == []
    assert asked(CON003, facts(api, others=[web], scope="staged")) == []


def test_a_pair_that_meets_by_place() -> None:
    """The finding is at the line of the session's own contract and names the other's."""
    api, web = contract("api", owns=["/src/"]), contract("web", owns=["/src/web/"], owner="Bo")
    (found,) = asked(CON003, facts(web, others=[api]))
    assert (found.path, found.line) == (web.file, 2)
    assert "contract api, .guard/contracts/api.toml:2" in found.message
    assert found.message.endswith("both may change src/web/a")
    assert found.next == "guard contract overlaps"
    assert len(asked(CON003, facts(None, others=[api, web], on_base=True))) == 1


def test_plain_names_wait_for_a_change() -> None:
    """`docs/` and `api/` are told once a file changed that both own."""
    api, web = contract("api", owns=["api/"]), contract("web", owns=["docs/"])
    assert asked(CON003, facts(web, "docs/a.md", others=[api])) == []
    (found,) = asked(CON003, facts(web, "api/docs/a.md", "api/docs/b.md", others=[api]))
    assert "both may change api/docs/a.md and 1 more, changed here" in found.message


def test_one_finding_for_a_group_that_two_merge() -> None:
    """SHR002 says it already."""
    api, web = (contract(name, owns=[], merges=["meta"]) for name in ("api", "web"))
    assert asked(CON003, facts(web, others=[api], policy=policy(GROUPS))) == []
    assert len(asked(SHR002, facts(web, others=[api], policy=policy(GROUPS)))) == 1


def test_what_cannot_be_compared_is_told() -> None:
    """A pattern that is too complex is a finding, never silence."""
    hard = "/" + "*a" * 900 + "?" * 300 + "b*"
    api = contract("api", owns=[hard])
    web = contract("web", owns=["/*" + "ba*" * 900 + "c?" * 50])
    (found,) = asked(CON003, facts(web, others=[api]))
    assert "too complex to compare" in found.message
