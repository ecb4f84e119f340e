"""The gate reads contracts from the branch that the policy names, as origin has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci.host import Host, github, judged
from tests.verdict.test_contracts_branch import BRANCH, POLICY, grant


@pytest.fixture(name="host")
def host_with_a_branch_of_contracts(host: Host) -> Host:
    """The host of the gate's tests, whose policy names the branch of contracts."""
    host.on("main", {"guard.toml": POLICY})
    grant(host.work, web={"owns": ["web/"]}, api={"owns": ["api/"], "merges": ["package-metadata"]})
    host.push(BRANCH)
    return host


@pytest.mark.parametrize("depth", [0, 2])
def test_the_gate_reads_them_with_fetch(host: Host, tmp_path: Path, depth: int) -> None:
    """A shallow checkout lacks the branch: no verdict, and `--fetch` brings it."""
    host.on("feat/api", {"api/a.py": "2\n", "docs/a.py": "2\n", "package.json": "{2}\n"})
    request = host.request("feat/api")
    runner, env = host.pull_checkout(request, depth=depth), github(tmp_path, request)
    if depth:
        ran = judged(runner, env)
        assert ran.code == 2
        assert "fetch-depth: 0" in ran.report["error"]["hint"]
    ran = judged(runner, env, *(["--fetch"] if depth else []))
    assert ran.codes == {"docs/a.py": ["OWN001"]}
    assert ran.report["contracts"]["ref"] == f"origin/{BRANCH}"


def test_a_local_branch_of_the_name_is_not_the_remotes(host: Host, tmp_path: Path) -> None:
    """Some systems check the head out as a branch of its name; that grants nothing."""
    host.on("feat/api", {"docs/a.py": "2\n"})
    request = host.request("feat/api")
    runner, env = host.pull_checkout(request, depth=0), github(tmp_path, request)
    grant(runner, api={"owns": ["*"]})
    assert judged(runner, env).codes == {"docs/a.py": ["OWN001"]}
    runner.git("update-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    assert judged(runner, env).code == 2


@pytest.mark.parametrize("base", ["origin/main", "refs/remotes/origin/main", "FETCH_HEAD"])
def test_a_forks_branch_of_the_name_grants_nothing(host: Host, tmp_path: Path, base: str) -> None:
    """However the base is spelled, a further remote's branch is never the branch of contracts."""
    host.on("feat/api", {"docs/a.py": "2\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=0)
    runner.git("fetch", "-q", "origin", "main")
    runner.git("remote", "add", "fork", str(tmp_path))
    everything = grant(runner, "x", api={"owns": ["*"]})
    runner.git("update-ref", f"refs/remotes/fork/{BRANCH}", everything)
    words = ("--base", base, "--head", request.head, "--branch", "feat/api")
    assert judged(runner, {}, *words).codes == {"docs/a.py": ["OWN001"]}
    runner.git("update-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    assert judged(runner, {}, *words).code == 2
