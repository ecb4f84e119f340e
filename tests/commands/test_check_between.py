"""`guard check` and `guard check --all` on what lies between the sessions."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from tests.kit import POLICY, Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
NUMBERS = "".join(f"{number}\n" for number in range(1, 31))


def edited(*numbers: int, by: str) -> str:
    """The numbers with some lines changed."""
    lines = NUMBERS.splitlines()
    return "".join(f"{by if int(line) in numbers else line}\n" for line in lines)


@pytest.fixture(name="shop")
def shop_of_two(repo: Repo) -> Repo:
    """Two sessions that both own `docs/`."""
    team(repo)
    repo.commit({"docs/n.md": NUMBERS, "docs/m.md": NUMBERS})
    for name in ("api", "web"):
        repo.contract(name, owns=[f"/{name}/", "/docs/"])
    repo.policy(POLICY + '[rules]\nCON003 = "off"\n')
    for name in ("api", "web"):
        repo.worktree(name)
    return repo


def at(repo: Repo, name: str) -> Repo:
    """The worktree of a session."""
    return Repo(repo.path.parent / name)


def told(repo: Repo) -> list[tuple[str, str, str]]:
    """Code, path and message of what a check finds."""
    return [
        (one["code"], one["path"], one["message"])
        for one in repo.check().report["findings"]
        if one["severity"] == "warning"
    ]


def valid(repo: Repo, ran: Ran) -> dict[str, Any]:
    """The JSON of all worktrees, after both published schemas have accepted it."""
    VALIDATOR(json.loads(repo.guard("schema", "report").out)).validate(ran.report)
    between = ran.report.get("between")
    if between and "error" not in between:
        VALIDATOR(json.loads(repo.guard("schema", "conflicts").out)).validate(between)
    return ran.report


def test_the_same_lines(shop: Repo) -> None:
    """Both hear of it, uncommitted as it is, with the lines of each; nobody is broken by it."""
    at(shop, "api").write({"docs/n.md": edited(10, by="api")})
    at(shop, "web").write({"docs/n.md": edited(10, by="web")})
    message = "{} changes the same lines, and git would stop: api line 10, web line 10"
    assert told(at(shop, "api")) == [("OVL002", "docs/n.md", message.format("web"))]
    assert told(at(shop, "web")) == [("OVL002", "docs/n.md", message.format("api"))]
    assert told(shop) == []
    assert at(shop, "api").check().code == 0


def test_a_file_that_one_moved(shop: Repo) -> None:
    """Each hears of it under the name that it has there."""
    web = at(shop, "web")
    at(shop, "api").write({"docs/n.md": edited(10, by="api")})
    web.git("mv", "docs/n.md", "docs/new.md")
    web.write({"docs/new.md": edited(10, by="web")})
    message = "{} changes the same lines, and git would stop: api line 10, web line 10"
    assert told(at(shop, "api")) == [("OVL002", "docs/n.md", message.format("web"))]
    assert told(web) == [("OVL002", "docs/new.md", message.format("api"))]
    assert "git merges them" not in shop.guard("conflicts").out


def test_the_same_edit(shop: Repo) -> None:
    """The same lines to the same text: git merges them, and both hear of it."""
    for name in ("api", "web"):
        at(shop, name).write({"docs/n.md": edited(10, by="same")})
    (found,) = told(at(shop, "api"))
    assert found == ("OVL002", "docs/n.md", "web changes the same lines; git merges the two")


def test_the_same_file(shop: Repo) -> None:
    """Far apart in one file, and one deleted what the other changed."""
    at(shop, "api").write({"docs/n.md": edited(2, by="api"), "docs/m.md": edited(3, by="api")})
    at(shop, "web").write({"docs/n.md": edited(28, by="web")})
    at(shop, "web").git("rm", "-q", "docs/m.md")
    assert told(at(shop, "web")) == [
        ("OVL001", "docs/m.md", "api changes this file, too, and git cannot merge the two"),
        ("OVL001", "docs/n.md", "api changes this file, too"),
    ]


def test_who_does_not_meet(shop: Repo) -> None:
    """Other files, an integrated session, a change that the base has, and a lone session."""
    at(shop, "api").write({"docs/n.md": edited(10, by="api")})
    at(shop, "web").write({"docs/m.md": edited(10, by="web")})
    assert told(at(shop, "api")) == []
    at(shop, "web").commit({"docs/n.md": edited(10, by="web")})
    shop.git("merge", "-q", "--no-ff", "--no-edit", "web")
    assert told(at(shop, "api")) == []
    for name in ("api", "web"):
        shop.git("worktree", "remove", "--force", str(at(shop, name).path))
    shop.git("branch", "-D", "web", "api")
    shop.branch("api")
    report = shop.check().report
    assert {"OVL001", "OVL002", "SES001", "SES002"} <= set(report["checked"]["rules"])
    assert report["findings"] == []


def test_a_branch_without_a_worktree_counts(shop: Repo) -> None:
    """What is only committed somewhere is compared, too."""
    at(shop, "web").commit({"docs/n.md": edited(10, by="web")})
    shop.git("worktree", "remove", str(at(shop, "web").path))
    at(shop, "api").write({"docs/n.md": edited(10, by="api")})
    ((code, _, message),) = told(at(shop, "api"))
    assert (code, message.partition(" ")[0]) == ("OVL002", "web")


@pytest.mark.parametrize("by", ["same", "own"])
@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("off", 0)])
def test_the_policy_decides(shop: Repo, severity: str, code: int, by: str) -> None:
    """An error breaks it, here and for all, whether git merges the two or not; off says nothing."""
    shop.policy(f'{POLICY}[rules]\nCON003 = "off"\nsame-hunk = "{severity}"\n')
    for name in ("api", "web"):
        at(shop, name).write({"docs/n.md": edited(10, by=name if by == "own" else by)})
    assert at(shop, "api").check().code == code
    assert shop.check("--all").code == code


def test_other_scopes_do_not_ask(shop: Repo) -> None:
    """What is committed or staged is judged alone: no verdict depends on an unsaved file."""
    at(shop, "api").commit({"docs/n.md": edited(10, by="api")})
    at(shop, "web").write({"docs/n.md": edited(10, by="web")})
    for words in (["--branch"], ["--staged"], ["--base", "main", "--head", "HEAD"]):
        report = at(shop, "api").check(*words).report
        assert not [one for one in report["findings"] if one["code"][:3] in ("OVL", "SES")]
        reasons = {one["rule"]: one["why"] for one in report["not_checked"]}
        staged, else_ = "scope is staged", "asked of worktrees, and of all sessions together"
        assert reasons["OVL001"] == (staged if report["scope"] == "staged" else else_)


def test_all_says_what_is_between(shop: Repo) -> None:
    """The pairs and what lies astray come once, below the verdicts; conflicts alone break none."""
    at(shop, "api").write({"docs/n.md": edited(10, by="api")})
    at(shop, "web").write({"docs/n.md": edited(10, by="web")})
    shop.write({"api/a.py": "astray\n"})
    ran = shop.guard("check", "--all")
    assert (ran.code, ran.err) == (0, "")
    between = ran.out.split("\n\nguard: ")[-1]
    assert between.startswith("1 pair conflicts · ")
    assert "docs/n.md: the same lines: api line 10, web line 10" in between
    assert ran.out.count("SES002 stray-work") == 1
    report = valid(shop, shop.check("--all"))
    verdicts = {(pair["a"], pair["b"]): pair["verdict"] for pair in report["between"]["pairs"]}
    assert verdicts == {
        ("api", "main"): "clean",
        ("api", "web"): "conflict",
        ("main", "web"): "clean",
    }
    assert [one["code"] for one in report["between"]["findings"]] == ["SES002"]
    assert not any(one["findings"] for one in report["reports"])
    assert shop.guard("check", "--all", "--quiet").out == ""


@pytest.mark.parametrize(
    ("rule", "said"),
    [("", 0), ('SES002 = "error"\n', 1), ('OVL001 = "error"\n', 1)],
)
def test_all_in_the_formats_of_other_programs(shop: Repo, rule: str, said: int) -> None:
    """Findings and conflicts between sessions are in every format, which agrees with the status."""
    shop.policy(POLICY + '[rules]\nCON003 = "off"\n' + rule)
    for name, line in (("api", 10), ("web", 20)):
        at(shop, name).git("merge", "-q", "main")
        at(shop, name).write({"docs/n.md": edited(line, by=name)})
    shop.write({"api/a.py": "astray\n"})
    ran = shop.guard("check", "--all", "--format", "sarif")
    (run,) = json.loads(ran.out)["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["SES002"]
    assert (ran.code, run["invocations"][0]["exitCode"]) == (said, said)
    outputs = shop.guard("check", "--all", "--format", "outputs").out
    assert f"exit_code={said}\n" in outputs
    for form in ("github", "gitlab", "junit", "markdown", "rdjson", "checkstyle"):
        assert "stray-work" in shop.guard("check", "--all", "--format", form).out, form
    at(shop, "web").write({"docs/n.md": edited(10, by="web")})
    (run,) = json.loads(shop.guard("check", "--all", "--format", "sarif").out)["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("between the sessions: 1 pair conflicts")


def test_all_by_scope(shop: Repo) -> None:
    """With --branch the tips are compared, with --staged nothing is."""
    for name in ("api", "web"):
        at(shop, name).write({"docs/n.md": edited(10, by=name)})
    report = valid(shop, shop.check("--all", "--branch"))
    assert (report["between"]["verdict"], report["between"]["committed"]) == ("clean", True)
    assert "between" not in valid(shop, shop.check("--all", "--staged"))
    assert valid(shop, shop.check("--all", "--base", "main"))["between"]["verdict"] == "conflict"


def test_all_cannot_judge(shop: Repo) -> None:
    """What is not known between the sessions is status 2, said in every form."""
    at(shop, "web").path.rename(shop.path.parent / "away")
    shop.git("worktree", "lock", str(at(shop, "web").path))
    assert valid(shop, shop.check("--all"))["between"]["verdict"] == "undecided"
    for words in (["--quiet"], ["--format", "sarif"]):
        ran = shop.guard("check", "--all", *words)
        assert (ran.code, "not all could be judged" in ran.err) == (2, True)
