"""The checkout of each CI system: the verdict is right, or the error says what to change where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci.host import Host, Request, github, github_push, gitlab, judged
from tests.kit import Repo, toml

KEPT: dict[str, list[str]] = {}
BROKEN = {"docs/a.py": ["OWN001"]}


def change(host: Host, *, kept: bool) -> Request:
    """A pull request of three commits against a base that went on since."""
    host.on("feat/api", {"api/a.py": "1\n"})
    host.on("feat/api", {"api/b.py": "2\n"} if kept else {"docs/a.py": "2\n"})
    host.on("feat/api", {"api/c.py": "3\n"})
    host.on("main", {"web/a.py": "meanwhile\n"})
    return host.request("feat/api")


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
@pytest.mark.parametrize(
    ("depth", "blobs"),
    [(0, ""), (2, ""), (5, ""), (0, "blob:none")],
    ids=["full", "depth 2", "depth 5", "blob:none"],
)
def test_github_checkouts_give_the_verdict(
    host: Host, tmp_path: Path, depth: int, blobs: str, *, kept: bool
) -> None:
    """A full checkout, one without blobs and a shallow one with the merge's parents judge alike."""
    request = change(host, kept=kept)
    runner = host.pull_checkout(request, depth=depth, blobs=blobs)
    ran = judged(runner, github(tmp_path, request))
    assert ran.codes == (KEPT if kept else BROKEN)
    report = ran.report
    assert (report["contract"], report["branch"], report["head"]) == (
        "api",
        "feat/api",
        request.head,
    )
    assert report["trusted"] == {
        "ref": "origin/main",
        "oid": request.base_oid,
        "contract_from": "base",
    }
    assert report["checked"]["paths"] == 3
    unasked = [one["rule"] for one in report["not_checked"] if "ends within" in one["why"]]
    assert unasked == (["MRG002", "MRG004"] if depth == 2 else [])


@pytest.mark.parametrize("kind", ["pull_request_target", "push"])
@pytest.mark.parametrize("conflict", [False, True], ids=["clean", "conflict"])
def test_blobs_that_a_merge_needs(host: Host, tmp_path: Path, kind: str, *, conflict: bool) -> None:
    """A merge that needs files which a blobless clone lacks gets no verdict until they come."""
    lines = [f"{number}\n" for number in range(20)]
    host.on("main", {"api/long.py": "".join(lines)})
    host.on("feat/api", {"api/long.py": "".join([*lines[:-1], "mine\n"])})
    host.on(
        "main",
        {
            "api/long.py": "".join(
                [*lines[:-1], "theirs\n"] if conflict else ["theirs\n", *lines[1:]]
            )
        },
    )
    request = host.request("feat/api")
    runner = host.actions_checkout(
        request.base_oid, "refs/remotes/origin/main", depth=0, blobs="blob:none"
    )
    env = (
        github(tmp_path, request, kind)
        if kind != "push"
        else github_push(tmp_path, "feat/api", request.head)
    )
    runner.git("fetch", "-q", "--no-tags", "origin", "+refs/pull/7/head:refs/remotes/pull/7/head")
    ran = judged(runner, env)
    assert (
        ran.code,
        "clone without a filter; or let guard fetch what is missing: guard ci --fetch" in ran.err,
    ) == (2, True)
    ran = judged(runner, env, "--fetch")
    assert ran.codes == ({"api/long.py": ["MRG001"]} if conflict else KEPT)
    for again in ((), ("--fetch",)):
        assert judged(runner, env, *again).codes == ran.codes


def test_a_branch_without_a_contract_in_two_commits(host: Host, tmp_path: Path) -> None:
    """Two commits show that a branch has no contract, but not which commit declared one first."""
    host.on("docs-fix", {"docs/a.py": "1\n"})
    host.on("docs-fix", {"docs/a.py": "2\n", "package.json": "{1}\n"})
    request = host.request("docs-fix")
    for depth in (2, 0):
        ran = judged(
            host.pull_checkout(request, f"runner{depth}", depth=depth), github(tmp_path, request)
        )
        assert ran.codes == {"": ["CON001"], "package.json": ["SHR001"]}
    host.on("docs-fix", {".guard/contracts/docs-fix.toml": toml({"owns": ["docs/"]})})
    request = host.request("docs-fix")
    ran = judged(host.pull_checkout(request, "two", depth=2), github(tmp_path, request))
    assert (ran.code, "first declared the contract" in ran.err, "fetch-depth: 0" in ran.err) == (
        2,
        True,
        True,
    )


def test_a_clone_without_trees_says_what_to_write(host: Host, tmp_path: Path) -> None:
    """A clone without trees gets no verdict, and a failed fetch is not proposed again."""
    request = change(host, kept=True)
    runner = host.pull_checkout(request, depth=0, blobs="tree:0")
    for words in ((), ("--fetch",)):
        ran = judged(runner, github(tmp_path, request), *words)
        assert (
            ran.code,
            "hint: clone without a filter" in ran.err,
            "guard ci --fetch" in ran.err,
        ) == (2, True, not words)


@pytest.mark.parametrize("kind", ["pull_request", "pull_request_target", "push"])
def test_depth_one_says_what_to_write(host: Host, tmp_path: Path, kind: str) -> None:
    """The default checkout has one commit: there is no verdict, but the line for the workflow."""
    request = change(host, kept=True)
    if kind == "push":
        runner = host.actions_checkout(request.head, "refs/remotes/origin/feat/api")
        env = github_push(tmp_path, "feat/api", request.head)
    else:
        runner = host.pull_checkout(request)
        env = github(tmp_path, request, kind)
    ran = judged(runner, env)
    assert (ran.code, ran.report["verdict"]) == (2, "error")
    hint = "under `with:` of actions/checkout write: fetch-depth: 0; "
    assert hint + "or let guard fetch what is missing: guard ci --fetch" in ran.err


@pytest.mark.parametrize("kind", ["pull_request", "pull_request_target", "push"])
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
def test_fetch_brings_what_is_missing(host: Host, tmp_path: Path, kind: str, *, kept: bool) -> None:
    """From one commit `--fetch` gets to the verdict of a full checkout; it checks nothing out."""
    request = change(host, kept=kept)
    if kind == "push":
        runner = host.actions_checkout(request.head, "refs/remotes/origin/feat/api")
        env = github_push(tmp_path, "feat/api", request.head)
    elif kind == "pull_request":
        runner, env = host.pull_checkout(request), github(tmp_path, request)
    else:
        runner = host.actions_checkout(request.base_oid, "refs/remotes/origin/main")
        env = github(tmp_path, request, kind)
    before = (runner.git("rev-parse", "HEAD"), runner.git("status", "--porcelain"))
    ran = judged(runner, env, "--fetch")
    assert ran.codes == (KEPT if kept else BROKEN)
    assert ran.report["not_checked"] == [
        one for one in ran.report["not_checked"] if "ends within" not in one["why"]
    ]
    assert (runner.git("rev-parse", "HEAD"), runner.git("status", "--porcelain")) == before


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6, 8])
def test_a_wrong_merge_base_is_never_believed(host: Host, tmp_path: Path, depth: int) -> None:
    """After an early cross-merge most shallow clones give a wrong merge base: guard uses none."""
    work = host.work
    host.on("feat/api", {"api/a.py": "early\n"})
    host.on("main", {"docs/b.py": "base\n"})
    work.git("merge", "-q", "--no-edit", "feat/api")
    host.push("main")
    for number in range(4):
        host.on("main", {"docs/c.py": f"{number}\n"})
        host.on("feat/api", {"api/b.py": f"{number}\n"})
    request = host.request("feat/api")
    runner = host.empty("runner")
    runner.git(
        "fetch",
        "-q",
        f"--depth={depth}",
        "origin",
        f"+{request.head}:refs/x",
        "+refs/heads/main:refs/remotes/origin/main",
    )
    runner.git("checkout", "-q", request.head)
    ran = judged(
        runner, {}, "--base", "origin/main", "--head", request.head, "--branch", "feat/api"
    )
    if ran.code != 2:
        assert (ran.codes, ran.report["checked"]["paths"]) == (KEPT, 1)
    elif depth < 8:
        assert "git fetch --unshallow origin" in ran.err


@pytest.mark.parametrize(
    ("kind", "depth", "verdict"),
    [
        ("merged_result", 20, "kept"),
        ("merged_result", 2, "kept"),
        ("merge_train", 20, "kept"),
        ("merged_result", 1, "error"),
        ("detached", 20, "error"),
        ("detached", 0, "kept"),
        ("merged_result", 0, "kept"),
    ],
)
def test_gitlab_pipelines(host: Host, kind: str, depth: int, verdict: str) -> None:
    """Merged-results pipelines need two commits; detached ones need the target, and say so."""
    request = change(host, kept=True)
    if kind == "detached":
        host.work.git("push", "-q", "--force", "origin", f"{request.head}:refs/pipelines/7")
    runner = host.empty("runner")
    specs = [
        "+refs/pipelines/7:refs/pipelines/7",
        *([] if depth else ["+refs/heads/*:refs/remotes/origin/*"]),
    ]
    runner.git("fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", *specs)
    env = gitlab(request, kind)
    runner.git("checkout", "-q", "-f", env["CI_COMMIT_SHA"])
    ran = judged(runner, env)
    assert ran.report["verdict"] == verdict, ran
    if verdict == "error":
        assert 'under `variables:` of the job write: GIT_DEPTH: "0"' in ran.err
        ran = judged(runner, env, "--fetch")
    assert (ran.report["verdict"], ran.report["branch"], ran.report["contract"]) == (
        "kept",
        "feat/api",
        "api",
    )
    assert (ran.report["checked"]["paths"], ran.report["trusted"]["oid"]) == (3, request.base_oid)


def azure(host: Host, request: Request) -> tuple[Repo, dict[str, str]]:
    runner = host.actions_checkout(
        request.merge, f"refs/remotes/pull/{request.number}/merge", depth=2
    )
    return runner, {
        "TF_BUILD": "True",
        "BUILD_REASON": "PullRequest",
        "BUILD_SOURCEBRANCH": f"refs/pull/{request.number}/merge",
        "BUILD_SOURCEVERSION": request.merge,
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH": f"refs/heads/{request.branch}",
        "SYSTEM_PULLREQUEST_SOURCECOMMITID": request.head,
        "SYSTEM_PULLREQUEST_PULLREQUESTID": str(request.number),
        "SYSTEM_PULLREQUEST_ISFORK": "False",
        "BUILD_REQUESTEDFOREMAIL": request.author,
    }


def bitbucket(host: Host, request: Request) -> tuple[Repo, dict[str, str]]:
    runner = Repo(host.path / "runner")
    host.origin.git(
        "clone",
        "-q",
        "--no-single-branch",
        "--branch",
        request.branch,
        host.origin.path.as_uri(),
        str(runner.path),
    )
    runner.git("merge", "-q", "--no-edit", "origin/main")
    return runner, {
        "BITBUCKET_BUILD_NUMBER": "1",
        "BITBUCKET_COMMIT": request.head,
        "BITBUCKET_BRANCH": request.branch,
        "BITBUCKET_PR_ID": str(request.number),
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_PR_DESTINATION_COMMIT": request.base_oid,
    }


def jenkins(host: Host, request: Request) -> tuple[Repo, dict[str, str]]:
    runner = host.empty("runner")
    specs = (
        f"+refs/pull/{request.number}/head:refs/remotes/origin/PR-{request.number}",
        "+refs/heads/main:refs/remotes/origin/main",
    )
    runner.git("fetch", "-q", "--no-tags", "origin", *specs)
    runner.git("checkout", "-q", "-f", "origin/main")
    runner.git("merge", "-q", "--no-edit", request.head)
    return runner, {
        "JENKINS_URL": "https://ci.example.com/",
        "BRANCH_NAME": f"PR-{request.number}",
        "CHANGE_ID": str(request.number),
        "CHANGE_TARGET": "main",
        "CHANGE_BRANCH": request.branch,
        "CHANGE_AUTHOR": request.author,
    }


def circleci(host: Host, request: Request) -> tuple[Repo, dict[str, str]]:
    runner = Repo(host.path / "runner")
    host.origin.git("clone", "-q", host.origin.path.as_uri(), str(runner.path))
    runner.git("checkout", "-q", "-B", request.branch, request.head)
    url = f"https://github.com/octo/shop/pull/{request.number}"
    return runner, {
        "CIRCLECI": "true",
        "CIRCLE_BRANCH": request.branch,
        "CIRCLE_SHA1": request.head,
        "CIRCLE_PULL_REQUEST": url,
    }


def buildkite(host: Host, request: Request) -> tuple[Repo, dict[str, str]]:
    runner = Repo(host.path / "runner")
    host.origin.git("clone", "-q", host.origin.path.as_uri(), str(runner.path))
    runner.git("fetch", "-q", "origin", f"refs/pull/{request.number}/head")
    runner.git("checkout", "-q", "-f", request.head)
    return runner, {
        "BUILDKITE": "true",
        "BUILDKITE_COMMIT": request.head,
        "BUILDKITE_BRANCH": request.branch,
        "BUILDKITE_PULL_REQUEST": str(request.number),
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
    }


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
@pytest.mark.parametrize(
    "system", [azure, bitbucket, jenkins, circleci, buildkite], ids=lambda system: system.__name__
)
def test_other_systems(host: Host, system: object, *, kept: bool) -> None:
    """Each system's checkout and variables give the verdict, with the true branch and base."""
    request = change(host, kept=kept)
    assert callable(system)
    runner, env = system(host, request)
    ran = judged(runner, env)
    assert ran.codes == (KEPT if kept else BROKEN)
    assert (ran.report["contract"], ran.report["branch"], ran.report["trusted"]["oid"]) == (
        "api",
        "feat/api",
        request.base_oid,
    )


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
def test_a_plain_shell(host: Host, *, kept: bool) -> None:
    """Without a CI system the checked-out branch is judged; `--base` and `--head` override it."""
    request = change(host, kept=kept)
    runner = Repo(host.path / "runner")
    host.origin.git("clone", "-q", host.origin.path.as_uri(), str(runner.path))
    runner.git("switch", "-q", "feat/api")
    for words in (
        (),
        ("--base", "origin/main", "--head", "origin/feat/api"),
        ("--base", "origin/main", "--head", "HEAD"),
    ):
        ran = judged(runner, {}, *words)
        assert (ran.codes, ran.report["trusted"]["oid"]) == (
            KEPT if kept else BROKEN,
            request.base_oid,
        )
