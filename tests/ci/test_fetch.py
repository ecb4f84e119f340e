"""`--fetch`: what it asks the remote for, how it fails, and what it leaves alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ci.host import Host, github, gitlab, judged
from tests.kit import Repo


def refs(repo: Repo) -> dict[str, str]:
    """Every ref of a repository and where it stands."""
    return dict(line.split(" ")[::-1] for line in repo.git("show-ref").splitlines())


def test_it_updates_the_base_and_nothing_else(host: Host, tmp_path: Path) -> None:
    """Only the remote's base moves in the clone; no other ref, tag, FETCH_HEAD or file changes."""
    host.on("feat/api", {"api/a.py": "1\n"})
    host.on("elsewhere", {"docs/a.py": "1\n"})
    host.work.git("tag", "v1")
    host.work.git("push", "-q", "origin", "v1")
    request = host.request("feat/api")
    runner = host.actions_checkout(request.base_oid, "refs/remotes/origin/main")
    (runner.path / ".git/FETCH_HEAD").unlink()
    moved = host.on("main", {"web/a.py": "1\n"})
    before = refs(runner)
    assert judged(runner, github(tmp_path, request, "pull_request_target"), "--fetch").code == 0
    assert refs(runner) == {**before, "refs/remotes/origin/main": moved}
    assert not (runner.path / ".git/FETCH_HEAD").exists()
    assert runner.git("status", "--porcelain") == ""


def test_a_whole_clone_that_is_current_asks_for_the_base_alone(host: Host, tmp_path: Path) -> None:
    """Where everything is here already, `--fetch` changes nothing."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=0)
    before = refs(runner)
    assert judged(runner, github(tmp_path, request), "--fetch").code == 0
    assert refs(runner) == before


def test_a_remote_that_gives_no_single_commits(host: Host, tmp_path: Path) -> None:
    """If the remote refuses object ids, the pull request's ref is fetched, unless it has moved."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = host.actions_checkout(request.base_oid, "refs/remotes/origin/main")
    for setting in (
        "uploadpack.allowAnySHA1InWant",
        "uploadpack.allowReachableSHA1InWant",
        "uploadpack.allowTipSHA1InWant",
    ):
        host.origin.git("config", setting, "false")
    env = github(tmp_path, request, "pull_request_target")
    runner.git("config", "protocol.version", "0")  # version 2 lets a client ask for any object
    assert judged(runner, env, "--fetch").code == 0
    host.work.git("reset", "-q", "--hard", "main")
    host.on("feat/api", {"api/b.py": "1\n"})
    host.request("feat/api")
    other = host.actions_checkout(request.base_oid, "refs/remotes/origin/main", name="other")
    other.git("config", "protocol.version", "0")
    ran = judged(other, env, "--fetch")
    assert (
        ran.code,
        f"the head of this change, {request.head}, is not in this clone" in ran.err,
    ) == (2, True)


@pytest.mark.parametrize("remote", ["gone", "none"])
def test_a_remote_that_does_not_answer_is_an_error(host: Host, tmp_path: Path, remote: str) -> None:
    """A fetch that fails gives no verdict, and what git said."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request)
    if remote == "gone":
        runner.git("remote", "set-url", "origin", "file:///nonexistent/repository")
    else:
        runner.git("remote", "remove", "origin")
    ran = judged(runner, github(tmp_path, request), "--fetch")
    assert (ran.code, "guard: origin could not be reached: " in ran.err) == (2, True)


def test_a_base_that_is_no_name_is_an_error(host: Host) -> None:
    """What the environment calls a branch, and git would not, is not handed to git."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request)
    for name in ("--upload-pack=touch ran", "a:b", "a b", "*", "a..b"):
        ran = judged(runner, gitlab(request._replace(base=name)), "--fetch")
        assert (ran.code, "is not the name of a ref" in ran.err) == (2, True)
    assert not (runner.path / "ran").exists()


def test_a_private_remote_is_reached_as_its_user_reaches_it(host: Host, tmp_path: Path) -> None:
    """ssh runs by the command that user or repository configured, else it asks no questions."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request)
    runner.git("remote", "set-url", "origin", "ssh://git@host.invalid/repository.git")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("ssh", "mine"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/said\nexit 1\n')
        (folder / name).chmod(0o755)
    env = {**github(tmp_path, request), "PATH": f"{folder}:{os.environ['PATH']}"}
    assert judged(runner, env, "--fetch").code == 2
    assert judged(runner, {**env, "GIT_SSH_COMMAND": "mine -x"}, "--fetch").code == 2
    runner.git("config", "core.sshCommand", "mine -y")
    assert judged(runner, env, "--fetch").code == 2
    said = (tmp_path / "said").read_text().splitlines()
    assert any(line.startswith("ssh -o BatchMode=yes ") for line in said)
    assert any(line.startswith("mine -x ") for line in said)
    assert any(line.startswith("mine -y ") for line in said)
