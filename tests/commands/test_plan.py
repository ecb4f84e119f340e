"""`guard plan FILE` and `guard start --plan FILE`: several sessions at once."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.kit import Ran, Repo, team, toml

ROOT = Path(__file__).parents[2]
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
SCHEMA = json.loads((ROOT / "guard/reports/schemas/plan.json").read_text(encoding="utf-8"))

POLICY = """\
base = "main"
sessions = 4

[shared.routes]
paths = ["lib/routes.py"]

[shared.told]
paths = ["docs/told.py"]
level = "off"
"""
PLACE = ".claude/worktrees"


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with the contracts api and web, and folders that nobody owns yet."""
    return team(repo, policy=POLICY, folders="api web docs lib ui")


def plan(repo: Repo, text: str, *words: str) -> Ran:
    """Write a plan beside the repository, and run `guard plan` on it."""
    (repo.path.parent / "plan.toml").write_text(text)
    return repo.guard("plan", "../plan.toml", *words)


def table(name: str, **keys: object) -> str:
    """A contract of a plan."""
    return f"[{name}]\n{toml(keys)}\n".replace("[[", f"[[{name}.")


def found(ran: Ran) -> dict[str, Any]:
    """The answer as JSON."""
    values = json.loads(ran.out)
    assert isinstance(values, dict)
    VALIDATOR(SCHEMA).validate(values)
    return values


def test_nothing_stands_in_the_way(main: Repo) -> None:
    """Two that are apart; nothing is made."""
    before = main.git("for-each-ref"), main.git("status", "--porcelain")
    text = table("docs", owns=["/docs/"]) + table("lib", owns=["/lib/"], merges=["routes"])
    ran = plan(main, text)
    assert ran.code == 0, ran
    assert ran.out.splitlines()[1:] == [
        "nothing stands in the way",
        "next: guard start --plan ../plan.toml",
    ]
    assert found(plan(main, text, "--format", "json"))["verdict"] == "clear"
    assert (main.git("for-each-ref"), main.git("status", "--porcelain")) == before


def test_overlaps_are_proved_with_the_lines_of_the_plan(main: Repo) -> None:
    """Those of two planned ones, and with a contract that is open; standing ones take no paths."""
    text = table("docs", owns=["/docs/"]) + table("more", owns=["/docs/a.py", "/api/"])
    ran = plan(main, text + table("bot", owns=["*"], standing=True))
    assert ran.code == 1
    assert "docs owns /docs/ and more owns /docs/a.py (../plan.toml:7)" in ran.out
    assert "more owns /api/ and api owns api/ (.guard/contracts/api.toml:" in ran.out
    assert ran.out.count("overlap:") == 2
    pairs = found(plan(main, text, "--format", "json"))["overlaps"]
    assert [(one["a"], one["b"]) for one in pairs] == [("more", "api"), ("docs", "more")]


def test_too_complex_is_not_apart(main: Repo) -> None:
    """What cannot be compared is undecided, never fine."""
    one, two = "/" + "*a" * 900 + "?" * 300 + "b*", "/*" + "ba*" * 900 + "c?" * 50
    text = table("one", owns=[one]) + table("two", owns=[two])
    ran = plan(main, text)
    assert (ran.code, "one and two cannot be compared" in ran.out) == (2, True), ran
    main.commit({".guard/contracts/broken.toml": "goal = 1\n"}, "broken")
    ran = plan(main, table("docs", owns=["/docs/"]))
    assert (ran.code, "undecided: .guard/contracts/broken.toml" in ran.out) == (2, True), ran


def test_shared_groups_without_an_owner(main: Repo) -> None:
    """A group that planned paths touch needs one that merges it: planned or open."""
    text = table("lib", owns=["/lib/", "/docs/told.py"])
    main.commit({"lib/routes.py": "x\n", "docs/told.py": "x\n"}, "routes")
    ran = plan(main, text)
    assert ran.code == 1
    assert "nobody merges the shared group routes, and lib owns lib/routes.py of it" in ran.out
    assert "told" not in ran.out.replace("../plan", "")
    assert plan(main, text + table("ui", owns=["/ui/"], merges=["routes"])).code == 0
    main.contract("rest", merges=["routes"])
    assert plan(main, text).code == 0


def test_what_another_merges(main: Repo) -> None:
    """A pattern whose files are all of a group that another merges is told, a wider one is not."""
    main.commit({"lib/routes.py": "x\n", "lib/a.py": "x\n"}, "routes")
    ui = table("ui", owns=["/ui/"], merges=["routes"])
    assert plan(main, table("lib", owns=["/lib/"]) + ui).code == 0
    text = table("lib", owns=["/lib/rou*", "/lib/a.py"]) + ui
    ran = plan(main, text)
    said = "merged by another: lib owns /lib/rou*, which the shared group routes has, and ui its"
    assert (ran.code, said in ran.out) == (1, True), ran
    values = found(plan(main, text, "--format", "json"))
    assert values["merged_by_another"] == [
        {"contract": "lib", "pattern": "/lib/rou*", "group": "routes", "merger": "ui"}
    ]
    ran = main.guard("start", "--plan", "../plan.toml")
    assert (ran.code, "contract ui owns its merge" in ran.out) == (0, True), ran
    assert "no contract owns its merge" not in ran.out


def test_more_than_the_policy_wants(main: Repo) -> None:
    """Sessions that are open count, too."""
    ran = plan(main, "".join(table(name, owns=[f"/{name}/"]) for name in ("docs", "lib", "ui")))
    assert (ran.code, ran.out.splitlines()[1]) == (
        1,
        "too many: 5 sessions would be at work (api, web are open); guard.toml wants at most 4",
    )


def test_files_that_change_together(main: Repo) -> None:
    """People's commits that are no sweep count; a shared file and one contract's own do not."""
    text = table("docs", owns=["/docs/"]) + table("ui", owns=["/ui/"])
    for number in range(3):  # and the commit that has made them
        main.commit({"docs/a.py": f"{number}\n", "ui/b.py": f"{number}\n"}, "both")
    main.commit({"docs/a.py": "bot\n", "ui/b.py": "bot\n"}, "bot", "--author=x[bot] <x@y>")
    sweep: dict[str, str | bytes] = {f"lib/{number}.py": "x\n" for number in range(20)}
    main.commit({**sweep, "docs/a.py": "sweep\n", "ui/b.py": "sweep\n"}, "sweep")
    main.commit({"docs/a.py": "alone\n"}, "alone")
    assert plan(main, text).code == 0
    main.commit({"docs/a.py": "5\n", "docs/b.py": "5\n", "ui/b.py": "5\n"}, "both")
    ran = plan(main, text)
    assert ran.code == 1
    assert "split: ui/b.py (ui) and docs/a.py (docs) change together: 5 of the last" in ran.out
    assert "of 5 that changed the first; give them to one session" in ran.out
    split = found(plan(main, text, "--format", "json"))["split"]
    assert [one["path"] for one in split[0]["files"]] == ["ui/b.py", "docs/a.py"]
    assert plan(main, table("all", owns=["/docs/", "/ui/"])).code == 0
    for number in range(6):
        main.commit({"ui/b.py": f"more {number}\n", "docs/c.py": f"{number}\n"}, "others")
        main.commit({"docs/a.py": f"more {number}\n"}, "others")
    split = found(plan(main, text, "--format", "json"))["split"]
    assert [[one["path"] for one in each["files"]] for each in split] == [["docs/c.py", "ui/b.py"]]


def test_mistakes_have_their_places(main: Repo) -> None:
    """File, line and key of each; the table of keys is that of contracts."""
    text = table("docs", owns=["/docs/", "/["]) + '[lib]\ngoal = 5\nown = ["x"]\n["a b"]\n'
    ran = plan(main, text)
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert "../plan.toml:3:21: docs.owns[1]: malformed pattern" in lines[0]
    assert any("../plan.toml:6:1: lib.goal: is an integer" in line for line in lines)
    assert any("lib.own: unknown key; expected owns" in line for line in lines)
    assert any('"a b" is not a valid name' in line for line in lines)
    assert "guard plan ../plan.toml" in lines[-1]
    for text, said in (
        ("", "has no contract"),
        ('goal = "x"\n', "goal: is a string; expected a table"),
        ("[a\n", "../plan.toml:1:3: not TOML"),
    ):
        ran = plan(main, text)
        assert (ran.code, said in ran.err) == (2, True), ran
    assert main.guard("plan", "nothing.toml").code == 2


def test_what_cannot_be_used(main: Repo) -> None:
    """Names that are taken, groups that are not there, and a group that two merge."""
    text = table("web", owns=["/web/"]) + table("API", owns=["/ui/"])
    ran = plan(main, text + table("lib", owns=["/lib/"], merges=["nothing"]))
    assert ran.code == 1
    assert "../plan.toml: web is there already, with other owns; choose another name" in ran.out
    assert "../plan.toml: API and api are one name on macOS and Windows" in ran.out
    assert "../plan.toml:12:11: lib.merges[0]: guard.toml has no shared group nothing" in ran.out
    main.guard("start", "second", "--from", "api")
    ran = plan(main, table("Second", owns=["/lib/"]))
    assert "../plan.toml: Second is a session of contract api; choose another" in ran.out
    ran = main.guard("contract", "new", "Second", "--goal", "x", "--owns", "/lib/")
    assert (ran.code, "second is a session under contract api already" in ran.err) == (2, True)
    assert main.git("status", "--porcelain") == ""
    text = table("ui", owns=["/ui/"], merges=["routes"])
    ran = plan(main, text + table("lib", owns=["/lib/"], merges=["routes"]))
    assert "../plan.toml:9:11: ui merges routes too; one session per group" in ran.out


def test_a_folder_of_contract_files(main: Repo) -> None:
    """Each mistake is told; what is started keeps the files as they are."""
    words = {"docs": '# mine\ngoal = "Docs."\nowns = ["/docs/"]\n', "ui": "goal = 1\n"}
    main.write({f".guard/contracts/{name}.toml": text for name, text in words.items()})
    ran = main.guard("plan", ".guard/contracts")
    assert (ran.code, ran.err.count("contracts/ui.toml:1:1")) == (2, 2), ran
    (main.path / ".guard/contracts/ui.toml").unlink()
    assert main.guard("plan", ".guard/contracts").code == 0
    ran = main.guard("start", "--plan", ".guard/contracts")
    assert ran.code == 0, ran
    assert main.git("show", "main:.guard/contracts/docs.toml").startswith("# mine\n")
    assert (main.path / PLACE / "docs/.git").exists()
    assert main.git("status", "--porcelain") == ""


def test_all_are_started(main: Repo) -> None:
    """Each as `guard start` would; the same words again give the same places."""
    waiver = {"rule": "shared-file", "paths": ["/x"], "why": "Agreed.", "until": "2090-01-01"}
    text = table("docs", owns=["/docs/"], verify=["true"], waive=[waiver])
    text += table("ui", owns=["/ui/"])
    plan(main, text)
    ran = main.guard("start", "--plan", "../plan.toml")
    assert ran.code == 0, ran
    assert f"next: cd {PLACE}/docs" in ran.out
    assert f"next: cd {PLACE}/ui" in ran.out
    contract = main.git("show", "main:.guard/contracts/docs.toml")
    assert 'rule = "SHR001"\npaths = ["/x"]\nwhy = "Agreed."\nuntil = 2090-01-01' in contract
    session = Repo(main.path / PLACE / "ui").write({"ui/a.py": "new\n", "docs/a.py": "new\n"})
    assert "OWN001" in session.check().codes["docs/a.py"]
    before = main.git("for-each-ref")
    ran = main.guard("start", "--plan", "../plan.toml")
    assert (ran.code, ran.out.count("is there already")) == (0, 2), ran
    assert main.git("for-each-ref") == before


@pytest.mark.parametrize("stands", ["overlap", "branch", "folder"])
def test_none_is_started_if_one_cannot_be(main: Repo, stands: str) -> None:
    """All are looked at before the first is made."""
    text = table("docs", owns=["/docs/"]) + table("ui", owns=["/ui/"])
    if stands == "overlap":
        text += table("late", owns=["/docs/a.py"])
    elif stands == "branch":
        main.branch("worktree-ui").commit({"ui/x.py": "x\n"}, "work")
        main.git("switch", "-q", "main")
    else:
        main.write({f"{PLACE}/ui/kept": "mine\n"})
    plan(main, text)
    before = main.git("for-each-ref"), main.git("worktree", "list")
    ran = main.guard("start", "--plan", "../plan.toml")
    assert ran.code == (1 if stands == "overlap" else 2), ran
    assert (main.git("for-each-ref"), main.git("worktree", "list")) == before


def test_an_overlap_may_be_wanted(main: Repo) -> None:
    """`--anyway` starts them, the contract's commit says so; the policy can forbid it."""
    text = table("docs", owns=["/docs/"]) + table("late", owns=["/docs/a.py"])
    plan(main, text)
    ran = main.guard("start", "--plan", "../plan.toml", "--anyway")
    assert ran.code == 0, ran
    assert "but overlap: docs owns /docs/ and late owns /docs/a.py" in ran.out
    assert "Started although it overlaps with docs." in main.git("log", "-1", "--format=%b")
    main.commit({"guard.toml": POLICY + '\n[rules]\noverlapping-contracts = "error"\n'}, "strict")
    plan(main, table("ui", owns=["/ui/"]) + table("lib", owns=["/ui/a.py"]))
    ran = main.guard("start", "--plan", "../plan.toml", "--anyway")
    assert (ran.code, "--anyway" in ran.out) == (1, False), ran


def test_a_failure_says_which_are_started(main: Repo, tmp_path: Path) -> None:
    """A later one that fails leaves the earlier; the same command goes on."""
    plan(main, table("docs", owns=["/docs/"]) + table("ui", owns=["/ui/"]))
    hook = main.path / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\ncase $PWD in */ui) exit 1;; esac\n")
    hook.chmod(0o755)
    ran = main.guard("start", "--plan", "../plan.toml")
    assert ran.code == 2, ran
    assert "ui is not started, nor what follows it in the plan" in ran.out
    assert "started before that: docs" in ran.out
    assert not (main.path / PLACE / "ui").exists()
    hook.unlink()
    ran = main.guard("start", "--plan", "../plan.toml")
    assert (ran.code, "docs is there already" in ran.out) == (0, True), ran
    assert "started ui" in ran.out


def test_a_plan_takes_no_other_words(main: Repo) -> None:
    """A name or patterns beside it would be for none of them."""
    plan(main, table("docs", owns=["/docs/"]))
    for words in (["web"], ["--owns", "x"], ["--here"], ["--branch", "x"]):
        ran = main.guard("start", "--plan", "../plan.toml", *words)
        assert (ran.code, "the plan says which sessions to start" in ran.err) == (2, True), ran
