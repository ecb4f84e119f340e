"""`guard ci --siblings`: where a pull request meets the other open branches of origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ci.host import Host, github
from tests.kit import Ran, Repo

_BOTH = "api/a.py"


def told(ran: Ran) -> list[tuple[str, str]]:
    """The codes and paths of the findings about others."""
    (report,) = ran.report["reports"]
    return sorted((one["code"], one["path"]) for one in report["findings"])


def conflicts(between: dict[str, Any]) -> set[tuple[str, str]]:
    """The pairs that git cannot merge."""
    pairs = between["pairs"]
    return {(one["a"], one["b"]) for one in pairs if one["verdict"] == "conflict"}


def ask(runner: Repo, env: dict[str, str], *words: str) -> Ran:
    """Run the gate, siblings included."""
    ran = runner.guard("ci", "--format", "json", "--siblings", *words, env=env)
    assert ran.code in (0, 1, 2), ran
    return ran


@pytest.fixture
def busy(host: Host) -> Host:
    """Three open branches: two change the same lines, one brings a contract that overlaps."""
    host.work.git("switch", "-q", "-c", "new", "main")
    host.work.contract("new", owns=["/api/n.py"])
    host.on("new", {"api/n.py": "1\n"})
    host.on("web", {_BOTH: "other\n" * 20, "web/b.py": "1\n"})
    host.on("api", {_BOTH: "own\n" * 20})
    host.on("nobody", {_BOTH: "unknown\n" * 20})  # no contract claims it: no session
    return host


def test_who_meets_whom(busy: Host, tmp_path: Path) -> None:
    """The verdict stays the branch's; warnings, pairs and the order tell the rest.

    The oracle of the order is git: merged in that order, nothing stops.
    """
    request = busy.request("api")
    runner = busy.pull_checkout(request, depth=0)
    env = github(tmp_path, request)
    ran = ask(runner, env)
    assert ran.code == 0
    assert told(ran) == [("CON003", ".guard/contracts/api.toml"), ("OVL002", _BOTH)]
    between = ran.report["between"]
    assert [one["name"] for one in between["sessions"]] == ["api", "new", "web"]
    assert conflicts(between) == {("api", "web")}
    assert between["order"]["names"] == ["api", "new"]
    trial = Repo(tmp_path / "trial")
    busy.work.git("worktree", "add", "-q", "--detach", str(trial.path), "main")
    for name in between["order"]["names"]:
        trial.git("merge", "-q", "--no-edit", name)
    assert trial.run("git", "merge", "-q", "--no-edit", "web", ok=(1,)).code == 1
    text = runner.guard("ci", "--siblings", env=env).out
    assert "next: guard conflicts --remote origin --diff" in text
    assert "left out: web rebases once api is in" in text
    assert text.startswith("guard: contract api kept · 2 warnings · ")
    notes = runner.guard("ci", "--siblings", "--format", "github", env=env).out
    assert f"::warning file={_BOTH},line=1,title=OVL002 same-hunk::web changes" in notes
    alone = json.loads(runner.guard("ci", "--format", "json", env=env).out)
    assert not alone["findings"]


def test_a_shallow_clone_is_completed_and_gone_branches_do_not_count(
    busy: Host, tmp_path: Path
) -> None:
    """`--fetch` brings all branches; what the host no longer has is no sibling, and stays here."""
    request = busy.request("api")
    runner = busy.pull_checkout(request, depth=2)
    env = github(tmp_path, request)
    ran = ask(runner, env)
    assert ran.code == 2
    assert "shallow" in ran.report["between"]["error"]["message"]
    assert "--fetch" in ran.report["between"]["error"]["hint"]
    assert told(ran) == []
    assert ("OVL002", _BOTH) in told(ask(runner, env, "--fetch"))
    busy.origin.git("branch", "-q", "-D", "web")
    assert ("OVL002", _BOTH) not in told(ask(runner, env, "--fetch"))
    assert runner.git("rev-parse", "refs/remotes/origin/web")


def test_origin_is_away_when_siblings_are_asked_for(busy: Host, tmp_path: Path) -> None:
    """The verdict stands, and every format but those without a place for it says what is missing.

    Where the base itself cannot be fetched, there is no verdict: the one here may be old.
    """
    request = busy.request("api")
    runner = busy.pull_checkout(request, depth=0)
    env = github(tmp_path, request)
    once = tmp_path / "once"
    pack = f'f() {{ mkdir {once} 2>/dev/null && git-upload-pack "$@"; }}; f'
    runner.git("config", "remote.origin.uploadpack", pack)  # answers the gate, and then no more
    why = "could not judge what is between the sessions: origin could not be reached"
    told_as = {
        "json": '"message": "origin could not be reached',
        "text": f"guard: {why}",
        "github": f"::warning title=guard::{why}",
        "markdown": "note: could not judge what is between the sessions",
    }
    for form, words in told_as.items():
        once.rmdir() if once.exists() else None
        ran = runner.guard("ci", "--siblings", "--fetch", "--format", form, env=env)
        assert (ran.code, words in ran.out) == (0, True), ran
        assert form == "text" or ran.err.startswith(f"guard: {why}")
    ran = runner.guard("ci", "--siblings", "--fetch", env=env)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("guard: origin could not be reached: ")
    assert ran.err.endswith("leave --fetch out\n")


def test_a_forks_branch_meets_the_branch_of_its_name(busy: Host, tmp_path: Path) -> None:
    """A fork's `web` is not the `web` of origin: both are compared."""
    busy.work.git("switch", "-q", "-c", "theirs", "main")
    head = busy.on("theirs", {_BOTH: "fork\n" * 20})
    request = busy.request("theirs")._replace(branch="web", fork=True, author="mallory")
    runner = busy.pull_checkout(request, depth=0)
    ran = ask(runner, github(tmp_path, request))
    names = [one["name"] for one in ran.report["between"]["sessions"]]
    assert names == ["web (this change)", "api", "new", "web"]
    assert conflicts(ran.report["between"]) == {
        ("web (this change)", "api"),
        ("web (this change)", "web"),
        ("api", "web"),
    }
    assert ran.report["reports"][0]["head"] == head


def test_only_what_goes_to_the_same_base(busy: Host, tmp_path: Path) -> None:
    """A request into a branch of the policy's `bases` meets those that were built on it alone."""
    work = busy.work
    work.git("switch", "-q", "main")
    policy = (work.path / "guard.toml").read_text()
    busy.on("main", {"guard.toml": f'bases = ["release/*"]\n{policy}'})
    busy.on("release/1", {"docs/r.md": "1\n"})
    work.git("branch", "-q", "-D", "api")
    busy.on("api", {_BOTH: "fix\n" * 20}, start="release/1")
    request = busy.request("api", base="release/1")
    runner = busy.pull_checkout(request, depth=0)
    ran = ask(runner, github(tmp_path, request))
    assert [one["name"] for one in ran.report["between"]["sessions"]] == ["api"]
    assert told(ran)[-1:] != [("OVL002", _BOTH)]
