"""`pre-commit run --all-files` in a job, with the real program: it judges as the gate does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.ci.host import POLICY, Host, Request, github, github_push, gitlab
from tests.kit import Ran, Repo

BIN = Path(sys.executable).parent
SETTINGS = """\
repos:
  - repo: local
    hooks:
      - id: guard
        name: guard
        entry: guard hook pre-commit
        language: system
        always_run: true
        pass_filenames: false
"""


@pytest.fixture(autouse=True)
def in_a_job(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base has pre-commit's settings; pre-commit and guard are on PATH."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    monkeypatch.delenv("CI", raising=False)
    host.on("main", {".pre-commit-config.yaml": SETTINGS})


def change(host: Host, *, kept: bool) -> Request:
    """A pull request against a base that went on since."""
    host.on("feat/api", {"api/b.py": "2\n"} if kept else {"docs/a.py": "2\n"})
    host.on("main", {"web/a.py": "meanwhile\n"})
    return host.request("feat/api", body="## Files changed\n\nall\n")


def all_files(runner: Repo, env: dict[str, str], *words: str) -> Ran:
    """Run what workflows run."""
    return runner.run("pre-commit", "run", "--all-files", "--verbose", *words, ok=(), env=env)


def said(ran: Ran, code: int) -> bool:
    """Whether guard ended with this status, which pre-commit prints (1 and 2 are both 1 to it)."""
    return f"exit code: {code}" in ran.out if code else "Passed" in ran.out


@pytest.mark.parametrize("depth", [0, 2])
def test_it_says_what_the_gate_says(host: Host, tmp_path: Path, depth: int) -> None:
    """On a checkout with the merge's parents, every finding of the gate is in the output."""
    request = change(host, kept=False)
    runner, env = host.pull_checkout(request, depth=depth), github(tmp_path, request)
    gate = runner.guard("ci", env=env)
    ran = all_files(runner, env)
    assert (gate.code, ran.code) == (1, 1)
    assert said(ran, 1)
    found = [line for line in gate.out.splitlines() if "OWN001" in line or "HND" in line]
    assert found
    for line in found:
        assert line.strip() in ran.out


def test_the_report_is_for_somebody_who_did_not_start_guard(host: Host, tmp_path: Path) -> None:
    """It ends with `[help] install` of the policy, and each command of guard's says it needs it."""
    host.on("main", {"guard.toml": POLICY + "[help]\ninstall = 'pipx install worktree-guard'\n"})
    request = change(host, kept=False)
    ran = all_files(host.pull_checkout(request, depth=2), github(tmp_path, request))
    assert said(ran, 1)
    assert "guard made this report; where to get it" in ran.out
    assert "next: pipx install worktree-guard\n" in ran.out
    steps = [line for line in ran.out.splitlines() if "next: guard " in line]
    assert steps
    assert all("needs guard" in line for line in steps)


def test_a_checkout_of_depth_one_gets_no_verdict(host: Host, tmp_path: Path) -> None:
    """The usual checkout has no base to compare with: status 2, with the line for the workflow."""
    for kept in (True, False):
        request = change(host, kept=kept)
        runner = host.pull_checkout(request, f"runner-{kept}")
        ran = all_files(runner, github(tmp_path, request))
        assert said(ran, 2), ran
        assert "under `with:` of actions/checkout write: fetch-depth: 0" in ran.out


@pytest.mark.parametrize("policy", ["guard.toml", ""])
@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"GITHUB_ACTIONS": "true"}, "under `with:` of actions/checkout write: fetch-depth: 0"),
        ({"CIRCLECI": "true"}, "under `- checkout:` write: method: full"),
        ({"TF_BUILD": "True"}, "under `- checkout: self` write: fetchDepth: 0"),
        ({"CI": "true"}, "hint: git fetch origin '+refs/heads/*:refs/remotes/origin/*'"),
    ],
)
def test_where_nothing_names_the_base(
    host: Host, env: dict[str, str], line: str, policy: str
) -> None:
    """Without an event and a base: status 2 with the line, whatever the head has."""
    change(host, kept=True)
    if not policy:
        host.work.git("rm", "-rq", "guard.toml", ".guard")
        host.on("feat/api", {"api/c.py": "3\n"})
    tip = host.work.git("rev-parse", "feat/api")
    runner = host.actions_checkout(tip, "refs/remotes/pull/7/merge")
    ran = runner.guard("hook", "pre-commit", env={**env, "PRE_COMMIT": "1"})
    assert (ran.code, line in ran.err) == (2, True), ran
    runner.git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    runner.git("remote", "set-head", "origin", "--auto")
    if runner.git("rev-parse", "--is-shallow-repository") == "true":
        runner.git("fetch", "-q", "--unshallow", "origin")
    ran = runner.guard("hook", "pre-commit", env={**env, "PRE_COMMIT": "1"})
    assert ran.code != 2, ran


def test_gitlab(host: Host) -> None:
    """A merged-results pipeline is judged by GitLab's own variables."""
    request = change(host, kept=False)
    runner = host.actions_checkout(request.merge, "refs/pipelines/7", depth=2)
    ran = all_files(runner, gitlab(request, "merged_result"))
    assert said(ran, 1)
    assert "docs/a.py: OWN001" in ran.out


def test_a_system_that_only_says_ci(host: Host) -> None:
    """Where only `CI` is set, the commit checked out is compared with the base of the clone."""
    change(host, kept=False)
    runner = Repo(host.path / "plain")
    host.work.git("clone", "-q", host.origin.path.as_uri(), str(runner.path))
    runner.git("switch", "-q", "feat/api")
    ran = all_files(runner, {"CI": "true"})
    assert said(ran, 1)
    assert "docs/a.py: OWN001" in ran.out


def test_without_a_change_it_passes(host: Host, tmp_path: Path) -> None:
    """After the merge, on the base itself, nothing is left to judge."""
    tip = host.work.git("rev-parse", "main")
    runner = host.actions_checkout(tip, "refs/remotes/origin/main")
    assert said(all_files(runner, github_push(tmp_path, "main", tip)), 0)


def test_the_push_hook_by_hand(host: Host, tmp_path: Path) -> None:
    """The hook for pushes, started by hand in a job, judges the same change."""
    request = change(host, kept=False)
    runner = host.pull_checkout(request, depth=2)
    settings = SETTINGS.replace("hook pre-commit", "hook pre-push")
    runner.write({".pre-commit-config.yaml": settings}).git("add", "-A")
    ran = all_files(runner, github(tmp_path, request))
    assert "docs/a.py: OWN001" in ran.out


def test_nobody_in_ci_means_the_index(host: Host) -> None:
    """On a developer's machine the hook judges what the next commit holds, as before."""
    host.work.git("switch", "-q", "-c", "feat/web")
    assert said(all_files(host.work, {}), 0)
    host.work.write({"docs/a.py": "stray\n"}).git("add", "-A")
    assert said(all_files(host.work, {"CI": "false"}), 1)
