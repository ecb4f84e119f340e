"""A code host in a folder: a bare repository with pull requests, and each CI system's checkouts.

How they check out: actions/checkout, src/git-source-provider.ts and ref-helper.ts; GitLab Runner,
shells/abstract.go, and GitLab, app/presenters/ci/build_runner_presenter.rb; Azure's agent,
GitSourceProvider.cs; the Jenkins git and GitHub Branch Source plugins; Buildkite's agent,
internal/job/checkout.go; CircleCI's and Bitbucket's logs. Payloads have the shape of
octokit/webhooks, payload-examples.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from tests import kit
from tests.kit import Ran, Repo, team

POLICY = kit.POLICY + kit.METADATA
ZERO = "0" * 40


class Request(NamedTuple):
    """A pull request: branch, head, the base and its tip, and the merge of both ("": conflict)."""

    number: int
    branch: str
    head: str
    base: str
    base_oid: str
    merge: str
    author: str
    fork: bool
    body: str | None


class Host:
    """The host's bare repository, and one developer's clone of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.origin = Repo.init(path / "origin.git", "--bare")
        for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            self.origin.git("config", setting, "true")
        self.origin.git("config", "receive.denyDeleteCurrent", "ignore")
        self.work = Repo.init(path / "work")
        team(self.work, policy=POLICY)
        self.work.contract("web", owns=["web/"], merges=["package-metadata"])
        self.work.git("remote", "add", "origin", self.origin.path.as_uri())
        self.push("main")

    @classmethod
    def again(cls, host: Host, name: str) -> Host:
        """The same host, with room for further runners in a folder of its own."""
        other = cls.__new__(cls)
        other.path, other.origin, other.work = host.path / name, host.origin, host.work
        return other

    def push(self, branch: str) -> str:
        """Push a branch, whatever is there; give its tip."""
        self.work.git("push", "-q", "--force", "origin", f"{branch}:refs/heads/{branch}")
        return self.work.git("rev-parse", branch)

    def on(self, branch: str, files: dict[str, str | bytes], start: str = "main") -> str:
        """Commit files on a branch, which begins at `start` if it is new, and push it."""
        there = (
            self.work.run(
                "git", "rev-parse", "-q", "--verify", f"refs/heads/{branch}", ok=(0, 1)
            ).code
            == 0
        )
        self.work.git("switch", "-q", *([branch] if there else ["-c", branch, start]))
        self.work.commit(files)
        return self.push(branch)

    def request(
        self,
        branch: str,
        base: str = "main",
        number: int = 7,
        author: str = "alice",
        body: str | None = None,
        *,
        fork: bool = False,
    ) -> Request:
        """Open or read a pull request. The host has a fork's branch only at `refs/pull/N/head`."""
        head, base_oid = self.work.git("rev-parse", branch), self.work.git("rev-parse", base)
        self.work.git("push", "-q", "--force", "origin", f"{head}:refs/pull/{number}/head")
        if fork:
            self.work.git("push", "-q", "origin", "--delete", branch)
        merged = self.work.run("git", "merge-tree", "--write-tree", base_oid, head, ok=(0, 1))
        merge = ""
        if merged.code == 0:
            message = f"Merge {head} into {base_oid}"
            merge = self.work.git(
                "commit-tree", "-m", message, "-p", base_oid, "-p", head, merged.out.strip()
            )
            self.work.git(
                "push",
                "-q",
                "--force",
                "origin",
                f"{merge}:refs/pull/{number}/merge",
                f"{merge}:refs/pipelines/{number}",
            )
        return Request(number, branch, head, base, base_oid, merge, author, fork, body)

    def empty(self, name: str) -> Repo:
        """A runner's folder: an empty repository that knows its remote."""
        runner = Repo.init(self.path / name)
        runner.git("remote", "add", "origin", self.origin.path.as_uri())
        return runner

    def actions_checkout(
        self, sha: str, ref: str, name: str = "runner", depth: int = 1, blobs: str = ""
    ) -> Repo:
        """What actions/checkout does: `fetch-depth` (0: all branches), `filter`."""
        runner = self.empty(name)
        every = () if depth else ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        some = (f"--depth={depth}",) if depth else ()
        filtered = (f"--filter={blobs}",) if blobs else ()
        own = () if every and ref.startswith("refs/remotes/origin/") else (f"+{sha}:{ref}",)
        runner.git(
            "fetch",
            "-q",
            "--no-tags",
            "--prune",
            "--no-recurse-submodules",
            *filtered,
            *some,
            "origin",
            *every,
            *own,
        )
        runner.git("checkout", "-q", "--force", sha)
        return runner

    def pull_checkout(
        self, request: Request, name: str = "runner", depth: int = 1, blobs: str = ""
    ) -> Repo:
        """The checkout of a `pull_request` event: the merge that the host made."""
        return self.actions_checkout(
            request.merge, f"refs/remotes/pull/{request.number}/merge", name, depth, blobs
        )


def pull_payload(request: Request) -> dict[str, Any]:
    """The pull request as the API gives it, and as it stands in an event."""
    head_repository = f"{request.author}/shop" if request.fork else "octo/shop"
    return {
        "number": request.number,
        "state": "open",
        "title": "A change",
        "body": request.body,
        "user": {"login": request.author, "id": 1, "type": "User"},
        "head": {
            "label": f"x:{request.branch}",
            "ref": request.branch,
            "sha": request.head,
            "repo": {"full_name": head_repository},
        },
        "base": {
            "label": "octo:main",
            "ref": request.base,
            "sha": request.base_oid,
            "repo": {"full_name": "octo/shop"},
        },
        "merge_commit_sha": request.merge or None,
        "mergeable": None,
    }


def github(
    folder: Path,
    request: Request,
    event: str = "pull_request",
    payload: dict[str, Any] | None = None,
) -> dict[str, str]:
    """The variables and the event file of a GitHub job for a pull request."""
    body = (
        payload
        if payload is not None
        else {
            "action": "synchronize",
            "number": request.number,
            "pull_request": pull_payload(request),
        }
    )
    file = folder / "event.json"
    file.write_text(
        json.dumps(
            {
                **body,
                "repository": {"full_name": "octo/shop", "default_branch": "main"},
                "sender": {"login": "mallory"},
            }
        )
    )
    merged = event == "pull_request"
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_SHA": request.merge if merged else request.base_oid,
        "GITHUB_REF": f"refs/pull/{request.number}/merge"
        if merged
        else f"refs/heads/{request.base}",
        "GITHUB_BASE_REF": request.base,
        "GITHUB_HEAD_REF": request.branch,
    }


def github_push(folder: Path, branch: str, sha: str) -> dict[str, str]:
    """The variables of a GitHub job for a push."""
    file = folder / "event.json"
    payload = {
        "ref": f"refs/heads/{branch}",
        "before": ZERO,
        "after": sha,
        "repository": {"default_branch": "main"},
    }
    file.write_text(
        json.dumps({**payload, "sender": {"login": "alice"}, "pusher": {"name": "alice"}})
    )
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(file)}
    return {**env, "GITHUB_SHA": sha, "GITHUB_REF": f"refs/heads/{branch}"}


def gitlab(request: Request, kind: str = "detached") -> dict[str, str]:
    """A GitLab job's variables for a merge request: `detached`, `merged_result`, `merge_train`."""
    merged = kind != "detached"
    return {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": str(request.number),
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.base,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.branch,
        "CI_MERGE_REQUEST_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2" if request.fork else "1",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": request.base_oid if merged else "",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": request.head if merged else "",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": request.base_oid,
        "CI_COMMIT_SHA": request.merge if merged else request.head,
        "CI_COMMIT_BEFORE_SHA": ZERO,
        "GITLAB_USER_LOGIN": request.author,
        "CI_DEFAULT_BRANCH": "main",
    }


def judged(runner: Repo, env: dict[str, str], *words: str) -> Ran:
    """Run `guard ci --format json` in a job; any exit status but a bug in guard."""
    ran = runner.guard("ci", "--format", "json", *words, env=env)
    assert ran.code in (0, 1, 2), ran
    return ran
