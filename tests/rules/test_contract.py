"""CON001, CON002 and CON005: is there a contract, and where does it stand?"""

from __future__ import annotations

import pytest

from guard.changes.starts_guard_edit import SettingsEdit
from guard.core.codes import Severity
from guard.rules import RULES
from guard.rules.findings import Decision
from guard.rules.judge import judge
from tests.rules.made import (
    ask,
    blamed,
    change,
    changed,
    contract,
    facts,
    named,
    policy,
    severity,
    why_not,
)

CONTRACT_EDITED = named("contract-edited")
NO_CONTRACT = named("no-contract")
SELF_DECLARED = named("self-declared")

OWN = ".guard/contracts/api.toml"
HANDOFF = ".guard/handoffs/api.md"


def test_a_contract_is_a_contract() -> None:
    """A branch with a contract, wherever it was read, is not without one."""
    for source in ("base", "branch", "working-tree"):
        assert ask(NO_CONTRACT, facts(contract(), source=source)) == []


def test_the_base_needs_no_contract() -> None:
    """On the base itself nobody asks for a contract, nor where it is, nor who edits it."""
    for rule in (NO_CONTRACT, SELF_DECLARED, CONTRACT_EDITED):
        assert (
            why_not(rule, facts(None, "guard.toml", on_base=True))
            == "the base itself is checked out"
        )


def test_no_contract() -> None:
    """A branch that no contract claims gets a command that declares one for what it changed."""
    (violation,) = ask(
        NO_CONTRACT, facts(None, "src/a", "src/b", "my docs/c", "guard.toml", branch="feat/locale")
    )
    assert violation.path == ""
    assert violation.message == "no contract claims branch feat/locale, neither on main nor here"
    assert (
        violation.next
        == "guard contract new locale --goal 'Work on locale.' --owns /src/a --owns /src/b "
        "--owns '/my docs/c'"
    )
    (violation,) = ask(NO_CONTRACT, facts(None, "guard.toml", branch="feat/locale"))
    assert violation.next == "guard contract new --help"
    web = (contract("web", owns=["/web/"]),)
    (violation,) = ask(NO_CONTRACT, facts(None, "web/a", "src/a", branch="x", others=web))
    assert violation.next == "guard contract new x --goal 'Work on x.' --owns /src/a"
    (violation,) = ask(NO_CONTRACT, facts(None, "web/a", branch="x", others=web))
    assert violation.next == "guard explain web/a"


def test_who_changed_nothing_hears_nothing() -> None:
    """A branch that only pulled or merged the base needs no contract, whoever is on it."""
    for more in ({}, {"branch": ""}, {"refused": contract(actors=["ada"])}):
        assert ask(NO_CONTRACT, facts(None, **more)) == []
        assert ask(NO_CONTRACT, facts(None, "src/a", **more)) != []


@pytest.mark.parametrize("missing", ["warning", "note"])
def test_without_a_contract_only_what_others_have_is_told(missing: str) -> None:
    """`missing` below `error` is silent about the branch, as bad as it says about others' paths."""
    set_here = policy(f'[contracts]\nmissing = "{missing}"\n[shared.s]\npaths = ["/s"]')
    web = contract("web", owns=["/web/"], owner="Bo")
    told = facts(None, "web/a", "src/a", "s", branch="fix", others=(web,), policy=set_here)
    report = judge(told, RULES)
    found = {(one.code, one.path, one.severity.word) for one in report.findings}
    assert found == {("OWN001", "web/a", missing), ("SHR001", "s", missing)}
    assert report.verdict == "kept"
    owned = next(one for one in report.findings if one.code == "OWN001")
    assert owned.message == "contract web (Bo) owns this path, and branch fix has no contract"
    standing = told._replace(contracts=(web._replace(standing=True),))
    assert [one.code for one in judge(standing, RULES).findings] == ["SHR001"]
    done = told._replace(integrated=frozenset(("web",)))
    assert [one.code for one in judge(done, RULES).findings] == ["SHR001"]


@pytest.mark.parametrize("missing", ["error", "warning", "note", "off"])
def test_an_agent_is_refused_what_others_own_on_any_branch(missing: str) -> None:
    """To leave its contract helps no agent, whatever `missing` says; the base is free."""
    set_here = policy(f'[contracts]\nmissing = "{missing}"\n[shared.s]\npaths = ["/s"]')
    web = contract("web", owns=["/web/"])
    told = facts(None, "web/a", "src/a", "s", by_agent=True, others=(web,), policy=set_here)
    broken = {one.path for one in judge(told, RULES).findings if one.breaks}
    assert broken - {""} == {"web/a", "s"}
    assert judge(told._replace(on_base=True), RULES).findings == ()


@pytest.mark.parametrize(
    ("branch", "name", "more"),
    [
        ("x", "x", ""),
        ("a/b.c", "b.c", ""),
        ("v1.2", "v1.2", ""),
        ("a/b/x", "x", " --branch a/b/x"),
        ("a/-x", "x", " --branch a/-x"),
        ("a/ü", "session", " --branch 'a/ü'"),
        ("a/$(id)", "id", " --branch 'a/$(id)'"),
        ("a/x.lock", "x-lock", " --branch a/x.lock"),
        ("a/.x..y", "x-y", " --branch a/.x..y"),
        ("a/taken", "taken-2", " --branch a/taken"),
        ("release/1", "release-1", " --branch release/1"),
        ("a/\udcff", "session", " --branch 'a/?'"),
    ],
)
def test_the_name_that_is_proposed(branch: str, name: str, more: str) -> None:
    """Of any branch's name, the contract's name is valid and the contract claims the branch."""
    (violation,) = ask(
        NO_CONTRACT,
        facts(
            None,
            "src/a",
            branch=branch,
            others=(contract("taken", owns=["/web/"], branches=["x"]),),
        ),
    )
    assert (
        violation.next == f"guard contract new {name} --goal 'Work on {name}.' --owns /src/a{more}"
    )


def test_a_detached_head() -> None:
    """Without a branch a worktree is bound to a contract, and commits are judged by a name."""
    one, two = (contract("web"),), (contract("web"), contract("api"))
    (violation,) = ask(NO_CONTRACT, facts(None, "a", branch="", others=one))
    assert violation.next == "guard start --here web"
    (violation,) = ask(NO_CONTRACT, facts(None, "a", branch="", others=two))
    assert violation.next.startswith("guard start --here NAME ")
    (violation,) = ask(NO_CONTRACT, facts(None, "a", branch="", others=one, scope="range"))
    assert "--contract NAME" in violation.message
    assert violation.next == "guard check --contract web"
    (violation,) = ask(NO_CONTRACT, facts(None, "a", branch="", others=two, scope="range"))
    assert violation.next == "guard contract list"


def test_the_policy_decides_how_bad_it_is() -> None:
    """`missing` and `SELF_DECLARED` under `[contracts]` set the weight."""
    assert severity(NO_CONTRACT, facts(None, "src/a")) == Severity.ERROR
    lenient = policy('[contracts]\nmissing = "warning"')
    assert judge(facts(None, "src/a", policy=lenient), (NO_CONTRACT,)).findings == ()
    theirs = facts(None, "src/a", policy=lenient, refused=contract(actors=["ada"]))
    assert severity(NO_CONTRACT, theirs) == Severity.WARNING
    assert (
        why_not(NO_CONTRACT, facts(None, policy=policy('[contracts]\nmissing = "off"')))
        == "off in guard.toml"
    )
    assert severity(SELF_DECLARED, facts(contract(), source="branch")) == Severity.WARNING
    strict = policy('[contracts]\nself_declared = "error"')
    assert (
        severity(SELF_DECLARED, facts(contract(), source="branch", policy=strict)) == Severity.ERROR
    )


@pytest.mark.parametrize(
    "path",
    [
        "src/guard.toml",
        "guard.toml.md",
        ".guardian/x",
        ".guard2",
        "src/.guard/x",
        ".github/workflows/ci.yml",
    ],
)
def test_other_files_are_not_guards(path: str) -> None:
    """Names that only look like guard's own are ordinary files."""
    assert blamed(CONTRACT_EDITED, facts(contract(), path)) == []


@pytest.mark.parametrize("source", ["branch", "working-tree"])
def test_the_own_declaration_and_handoff_pass(source: str) -> None:
    """A session may declare itself once, and write its handoff."""
    about = facts(
        contract(),
        source=source,
        own_files=frozenset((OWN, HANDOFF)),
        changes=changed(OWN, HANDOFF, status="A"),
    )
    assert blamed(CONTRACT_EDITED, about) == []


@pytest.mark.parametrize("status", ["A", "D", "M", "T"])
@pytest.mark.parametrize(
    "path",
    [
        "guard.toml",
        ".guard/contracts/web.toml",
        OWN,
        ".guard/handoffs/web.md",
        ".guard/x",
        ".guard",
    ],
)
def test_guards_own_files_are_reported(path: str, status: str) -> None:
    """A branch may not add, change or delete policy, contracts and other files under .guard/."""
    owns_it = contract(owns=["/.guard/", "/guard.toml"])
    about = facts(owns_it, own_files=frozenset((HANDOFF,)), changes=(change(status, path),))
    assert blamed(CONTRACT_EDITED, about) == [path]


def test_a_declaration_edited_later() -> None:
    """The first declaration counts; a later edit is reported once, even if the file is gone."""
    for paths in ((OWN,), ()):
        about = facts(
            contract(), *paths, source="branch", edited_since=True, own_files=frozenset((HANDOFF,))
        )
        (violation,) = ask(CONTRACT_EDITED, about)
        assert violation.path == OWN
        assert (
            violation.message
            == "the contract was declared in dddddddddddd and edited since; the first "
            "declaration counts"
        )
        assert violation.decided_by == Decision(OWN, 0, "")


def test_settings_that_start_guard() -> None:
    """An edit of another hook passes; one that removes guard is reported, with the line."""
    before = b"- repo: a\n  rev: v1\n- repo: guard\n  rev: v2\n"
    other = SettingsEdit(".pre-commit-config.yaml", before, before.replace(b"v1", b"v3"))
    assert ask(CONTRACT_EDITED, facts(contract(), settings=(other,))) == []
    (violation,) = ask(
        CONTRACT_EDITED,
        facts(contract(), settings=(SettingsEdit("x.yml", before, b"- repo: a\n  rev: v1\n"),)),
    )
    assert violation.path == "x.yml"
    assert violation.message.endswith(": repo: guard")


def test_a_contract_on_the_base_is_not_self_declared() -> None:
    """Only what is read from the branch or the working tree was declared there."""
    assert ask(SELF_DECLARED, facts(contract())) == []
    assert why_not(SELF_DECLARED, facts(None)) == "no contract"


def test_self_declared() -> None:
    """The finding tells where the contract was read, and what of it does not count."""
    (branch,) = ask(SELF_DECLARED, facts(contract(), source="branch"))
    assert (
        branch.message
        == "contract api is declared in dddddddddddd, on this branch, and is not on main yet"
    )
    own = contract(merges=["routes"], waive=[{"rule": "OWN001", "paths": ["x"], "why": "y"}])
    (tree,) = ask(SELF_DECLARED, facts(own, source="working-tree"))
    assert tree.message == (
        "contract api is declared in the working tree, not committed, and is not on main yet; "
        "its merges and waivers have no effect until then"
    )
    assert (tree.path, tree.next) == (OWN, "guard contract publish api")
