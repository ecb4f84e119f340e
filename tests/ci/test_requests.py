"""Pull requests from forks, in conflict, empty, rewritten, to another base, queued; and pushes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.ci.host import POLICY, Host, Request, github, github_push, gitlab, judged, pull_payload
from tests.kit import GUARD, Repo, toml


def full(host: Host, request: Request) -> Repo:
    """A full checkout of the merge."""
    return host.pull_checkout(request, depth=0)


def target(host: Host, request: Request) -> Repo:
    """The base, checked out in full, with the head fetched, as `pull_request_target` allows."""
    runner = host.actions_checkout(request.base_oid, f"refs/remotes/origin/{request.base}", depth=0)
    runner.git(
        "fetch",
        "-q",
        "--no-tags",
        "origin",
        f"+refs/pull/{request.number}/head:refs/remotes/pull/{request.number}/head",
    )
    return runner


def test_a_fork(host: Host, tmp_path: Path) -> None:
    """A pull request from a fork is judged like any other, though no ref here has its branch."""
    host.on("feat/api", {"api/a.py": "1\n", "web/a.py": "1\n"})
    request = host.request("feat/api", author="mallory", fork=True)
    for runner, kind in (
        (full(host, request), "pull_request"),
        (target(Host.again(host, "second"), request), "pull_request_target"),
    ):
        ran = judged(runner, github(tmp_path, request, kind))
        assert ran.codes == {"web/a.py": ["OWN001"]}
        assert ran.report["branch"] == "feat/api"


@pytest.mark.parametrize("author", ["alice", "Alice", "team-bot"])
def test_the_actors_of_a_contract_may_use_it(host: Host, tmp_path: Path, author: str) -> None:
    """Who is named in `actors`, in whatever case, works under the contract."""
    host.on(
        "main",
        {".guard/contracts/api.toml": toml({"owns": ["api/"], "actors": ["alice", "team-bot"]})},
    )
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api", author=author)
    assert judged(full(host, request), github(tmp_path, request)).codes == {}


def test_nobody_else_may_use_it_whatever_the_branch_is_called(host: Host, tmp_path: Path) -> None:
    """A fork cannot use another's contract by its branch's name: it owns and merges nothing."""
    host.on(
        "main",
        {
            ".guard/contracts/web.toml": toml(
                {"owns": ["web/"], "merges": ["package-metadata"], "actors": ["alice"]}
            )
        },
    )
    host.on("web", {"web/a.py": "1\n", "package.json": "{1}\n"})
    request = host.request("web", author="mallory", fork=True)
    ran = judged(full(host, request), github(tmp_path, request))
    assert ran.codes == {"": ["CON001"], "package.json": ["SHR001"]}
    [finding] = [one for one in ran.report["findings"] if one["code"] == "CON001"]
    assert finding["message"] == "contract web is for alice; this change is made by mallory"
    assert (ran.report["contract"], finding["decided_by"]["line"]) == (None, 4)
    assert (
        judged(
            full(Host.again(host, "two"), request), github(tmp_path, request), "--contract", "web"
        ).codes
        == ran.codes
    )


def test_an_author_who_is_not_known_is_no_author(host: Host) -> None:
    """Without a vouched author a contract with actors gives no verdict; a range only reports it."""
    host.on("main", {".guard/contracts/api.toml": toml({"owns": ["api/"], "actors": ["alice"]})})
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = full(host, request)
    words = ("--base", "origin/main", "--head", request.head, "--branch", "feat/api")
    ran = judged(runner, {}, *words)
    assert (
        ran.code,
        "who made this change is not known here" in ran.err,
        "guard ci --author LOGIN" in ran.err,
    ) == (2, True, True)
    assert judged(runner, {}, *words, "--author", "alice").code == 0
    assert judged(runner, {}, *words, "--author", "bob").codes == {"": ["CON001"]}
    runner.git("switch", "-q", "-c", "feat/api", request.head)
    for scope, told in (
        (["--branch"], False),
        (["--base", "origin/main", "--head", "feat/api"], True),
    ):
        ran = runner.check(*scope)
        assert ran.code == 0
        assert (
            "CON001"
            in {
                one["rule"]
                for one in ran.report["not_checked"]
                if "actors were not compared" in one["why"]
            }
        ) == told


def test_on_gitlab_a_member_who_starts_a_forks_pipeline_does_not_vouch_for_it(host: Host) -> None:
    """GitLab names the user who started the pipeline: of a fork that is not the author."""
    host.on("main", {".guard/contracts/api.toml": toml({"owns": ["api/"], "actors": ["alice"]})})
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api", fork=True)
    runner = full(host, request)
    assert judged(runner, gitlab(request, "merged_result")).code == 2
    assert judged(runner, gitlab(request._replace(fork=False), "merged_result")).code == 0


def test_a_pull_request_that_conflicts(host: Host, tmp_path: Path) -> None:
    """A conflict, for which GitHub runs only `pull_request_target`, is reported, unchecked out."""
    host.on("feat/api", {"api/a.py": "mine\n"})
    host.on("main", {"api/a.py": "theirs\n"})
    request = host.request("feat/api", fork=True)
    assert request.merge == ""
    ran = judged(target(host, request), github(tmp_path, request, "pull_request_target"))
    assert (ran.code, ran.codes) == (1, {"api/a.py": ["MRG001"]})
    assert ran.report["findings"][0]["next"] == "git merge origin/main"


def test_an_empty_pull_request(host: Host, tmp_path: Path) -> None:
    """Without changes there is nothing to blame: an empty commit, a branch the base contains."""
    host.on("feat/api", {})
    request = host.request("feat/api")
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.report["verdict"], ran.report["checked"]["paths"]) == ("kept", 0)
    host.work.git("switch", "-q", "main")
    host.work.git("merge", "-q", "--no-ff", "--no-edit", "feat/api")
    host.push("main")
    merged = host.request("feat/api")
    runner = target(Host.again(host, "second"), merged)
    ran = judged(runner, github(tmp_path, merged, "pull_request_target"))
    assert ran.report["verdict"] == "kept"
    assert {"rule": "OWN001", "why": "origin/main has all of it already"} in ran.report[
        "not_checked"
    ]


def test_a_branch_that_was_rewritten_since_the_event(host: Host, tmp_path: Path) -> None:
    """The event's own head is judged, though the branch was pushed again and its ref has moved."""
    host.on("feat/api", {"docs/a.py": "1\n"})
    before = host.request("feat/api")
    host.work.git("reset", "-q", "--hard", "main")
    host.on("feat/api", {"api/a.py": "1\n"})
    host.request("feat/api")
    runner = host.actions_checkout(before.base_oid, "refs/remotes/origin/main")
    ran = judged(runner, github(tmp_path, before, "pull_request_target"), "--fetch")
    assert (ran.codes, ran.report["head"]) == ({"docs/a.py": ["OWN001"]}, before.head)


def test_what_was_pushed_over_or_deleted_is_told_as_such(host: Host, tmp_path: Path) -> None:
    """A whole clone that lacks the commit is told to fetch; after that, what may have happened."""
    host.work.git("branch", "release", "main")
    host.push("release")
    host.on("feat/api", {"api/a.py": "1\n"})
    before = host.request("feat/api", base="release")
    runner = full(host, before)
    gone = before._replace(head="1" * 40)
    ran = judged(runner, github(tmp_path, gone))
    assert (ran.code, 0 < ran.err.find("guard ci --fetch") < ran.err.find("fetch-depth: 0")) == (
        2,
        True,
    )
    ran = judged(runner, github(tmp_path, gone), "--fetch")
    assert (ran.code, "it was overwritten or deleted since" in ran.err) == (2, True)
    host.work.git("push", "-q", "origin", ":release")
    ran = judged(runner, github(tmp_path, before), "--fetch")
    assert (ran.code, "git ls-remote origin" in ran.err) == (2, True)


def test_the_pipeline_of_a_fork_in_the_fork(host: Host) -> None:
    """GitLab runs a fork's pipeline in the fork, without the base: no verdict, but a way to it."""
    host.on("feat/api", {"docs/a.py": "1\n"})
    request = host.request("feat/api", fork=True)
    runner = host.empty("runner")
    runner.git(
        "fetch",
        "-q",
        "origin",
        "+refs/heads/*:refs/remotes/origin/*",
        "+refs/pull/7/head:refs/pipelines/7",
    )
    runner.git("checkout", "-q", request.head)
    runner.git(
        "update-ref",
        "refs/remotes/origin/main",
        runner.git("commit-tree", "-m", "x", f"{request.head}^{{tree}}"),
    )
    env = {
        **gitlab(request),
        "CI_PROJECT_ID": "2",
        "CI_MERGE_REQUEST_PROJECT_URL": host.origin.path.as_uri(),
    }
    assert "this pipeline runs in the fork" in judged(runner, env, "--fetch").err
    ran = judged(runner, env)
    assert (ran.code, "this pipeline runs in the fork" in ran.err) == (2, True)
    typed = (
        ran.err.partition("hint: ")[2]
        .strip()
        .replace("guard ci", f"{shlex.join(GUARD)} ci --format json")
    )
    ran = runner.run("sh", "-c", typed, env=env, ok=(1,))
    assert (ran.codes, ran.report["branch"]) == ({"docs/a.py": ["OWN001"]}, "feat/api")
    assert judged(runner, {**env, "CI_PROJECT_ID": "1"}).code != 1


def test_another_base(host: Host, tmp_path: Path) -> None:
    """The policy of the target branch judges a pull request, whatever base that policy names."""
    host.on("release", {".guard/contracts/api.toml": toml({"owns": ["docs/"]})})
    host.on("feat/api", {"docs/a.py": "1\n"}, start="release")
    request = host.request("feat/api", base="release")
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.code, ran.report["trusted"]["ref"], ran.report["trusted"]["oid"]) == (
        0,
        "origin/release",
        request.base_oid,
    )


def test_a_run_repeated_after_the_base_moved(host: Host, tmp_path: Path) -> None:
    """The newest base that the clone knows is trusted, not the one that the event remembers."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    moved = host.on(
        "main", {".guard/contracts/api.toml": toml({"owns": ["api/"], "forbids": ["api/a.py"]})}
    )
    runner = full(host, request)
    ran = judged(runner, github(tmp_path, request))
    assert (ran.codes, ran.report["trusted"]["oid"]) == ({"api/a.py": ["OWN002"]}, moved)
    shallow = host.pull_checkout(request, name="shallow", depth=2)
    assert judged(shallow, github(tmp_path, request)).report["trusted"]["oid"] == request.base_oid
    assert judged(shallow, github(tmp_path, request), "--fetch").report["trusted"]["oid"] == moved


def test_an_old_ref_on_a_runner_that_is_used_again(host: Host, tmp_path: Path) -> None:
    """If the clone's remote branch is older than the event's base, the event's counts."""
    old = host.work.git("rev-parse", "main")
    newer = host.on(
        "main", {".guard/contracts/api.toml": toml({"owns": ["api/"], "forbids": ["api/a.py"]})}
    )
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner = full(host, request)
    runner.git("update-ref", "refs/remotes/origin/main", old)
    ran = judged(runner, github(tmp_path, request))
    assert (ran.codes, ran.report["trusted"]["oid"]) == ({"api/a.py": ["OWN002"]}, newer)


def test_a_base_that_was_rewritten(host: Host, tmp_path: Path) -> None:
    """Of two bases of which none contains the other, what the remote has now is trusted."""
    host.on("feat/api", {"api/a.py": "1\n"})
    host.on("main", {"docs/a.py": "gone soon\n"})
    request = host.request("feat/api")
    host.work.git("switch", "-q", "main")
    host.work.git("reset", "-q", "--hard", "HEAD~1")
    rewritten = host.on("main", {"docs/b.py": "instead\n"})
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.code, ran.report["trusted"]["oid"]) == (0, rewritten)


def test_a_base_whose_old_history_is_incomplete(host: Host, tmp_path: Path) -> None:
    """A base that cannot be compared, for a commit of it is missing, does not contain another."""
    host.on("feat/api", {"api/a.py": "1\n"})
    missing = host.on("main", {"docs/a.py": "gone soon\n"})
    host.on("main", {"docs/a.py": "gone soon, too\n"})
    request = host.request("feat/api")
    host.work.git("switch", "-q", "main")
    host.work.git("reset", "-q", "--hard", "HEAD~2")
    rewritten = host.on("main", {"docs/b.py": "instead\n"})
    runner = full(host, request)
    objects = runner.path / ".git/objects"
    for pack in objects.glob("pack/*.pack"):
        moved = pack.rename(tmp_path / pack.name)
        runner.run("git", "unpack-objects", "-q", stdin=moved.read_bytes())
    (objects / missing[:2] / missing[2:]).unlink()
    ran = judged(runner, github(tmp_path, request))
    assert (ran.code, ran.report["trusted"]["oid"]) == (0, rewritten)


def test_an_event_without_a_payload(host: Host, tmp_path: Path) -> None:
    """If GitHub leaves the payload empty, the merge's parents and the variables replace it."""
    host.on("feat/api", {"api/a.py": "1\n", "web/a.py": "1\n"})
    request = host.request("feat/api", fork=True)
    for depth in (2, 0):
        runner = host.pull_checkout(request, name=f"depth-{depth}", depth=depth)
        ran = judged(runner, github(tmp_path, request, payload={}))
        assert (ran.codes, ran.report["head"]) == ({"web/a.py": ["OWN001"]}, request.head)


def queue(host: Host, request: Request, *, squash: bool) -> tuple[Repo, dict[str, Any]]:
    """A merge queue's trial of a pull request, behind another one that is in the queue already."""
    ahead = host.work.git(
        "commit-tree",
        "-p",
        request.base_oid,
        "-m",
        "the one before",
        f"{request.base_oid}^{{tree}}",
    )
    tree = host.work.git("merge-tree", "--write-tree", ahead, request.head)
    parents = ["-p", ahead] if squash else ["-p", ahead, "-p", request.head]
    trial = host.work.git("commit-tree", *parents, "-m", f"A change (#{request.number})", tree)
    ref = f"refs/heads/gh-readonly-queue/main/pr-{request.number}-{request.base_oid}"
    host.work.git("push", "-q", "origin", f"{trial}:{ref}")
    runner = host.actions_checkout(
        trial, "refs/remotes/" + ref.removeprefix("refs/heads/"), depth=0
    )
    group = {"head_sha": trial, "head_ref": ref, "base_sha": ahead, "base_ref": "refs/heads/main"}
    return runner, {"action": "checks_requested", "merge_group": group}


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
@pytest.mark.parametrize("squash", [True, False], ids=["squash", "merge"])
def test_a_merge_queue(host: Host, tmp_path: Path, *, squash: bool, kept: bool) -> None:
    """A trial is judged against its predecessor in the queue, by the pull request's contract."""
    host.on("feat/api", {"api/a.py" if kept else "web/a.py": "1\n"})
    request = host.request("feat/api")
    runner, payload = queue(host, request, squash=squash)
    env = github(tmp_path, request, "merge_group", payload)
    ran = judged(runner, env)
    if squash:
        assert ran.code == 2
        assert "guard ci --pull-request pull.json" in ran.err
    else:
        assert (ran.code, ran.report["branch"]) == (0 if kept else 1, "feat/api")
    (tmp_path / "pull.json").write_text(json.dumps(pull_payload(request)))
    for more in ((), ("--fetch",)):
        ran = judged(runner, env, "--pull-request", str(tmp_path / "pull.json"), *more)
        assert ran.codes == ({} if kept else {"web/a.py": ["OWN001"]})
    assert (ran.report["contract"], ran.report["trusted"]["oid"]) == (
        "api",
        payload["merge_group"]["base_sha"],
    )


def test_open_pull_requests_are_judged_again_when_the_base_moves(
    host: Host, tmp_path: Path
) -> None:
    """In a job for the base, `--pull-request` judges a pull request of GitHub's API."""
    host.on("feat/api", {"api/a.py": "mine\n"})
    request = host.request("feat/api")
    moved = host.on("main", {"api/a.py": "theirs\n"})
    runner = host.actions_checkout(moved, "refs/remotes/origin/main", depth=0)
    (tmp_path / "pull.json").write_text(json.dumps(pull_payload(request)))
    words = ("--pull-request", str(tmp_path / "pull.json"), "--fetch")
    ran = judged(runner, github_push(tmp_path, "main", moved), *words)
    assert (ran.codes, ran.report["trusted"]["oid"]) == ({"api/a.py": ["MRG001"]}, moved)


def test_a_push_to_the_base(host: Host, tmp_path: Path) -> None:
    """The base belongs to no session: what needs one is not asked, and the report says so."""
    moved = host.on("main", {"docs/a.py": "1\n"})
    runner = host.actions_checkout(moved, "refs/remotes/origin/main")
    ran = judged(runner, github_push(tmp_path, "main", moved))
    assert ran.report["verdict"] == "kept"
    assert {"rule": "OWN001", "why": "the base itself is checked out"} in ran.report["not_checked"]


@pytest.mark.parametrize("base", ["main", "develop"])
def test_a_push_to_a_branch(host: Host, tmp_path: Path, base: str) -> None:
    """A branch without a pull request is judged against the policy's base or the default one."""
    if base == "develop":
        host.on("develop", {".guard/contracts/api.toml": toml({"owns": ["docs/"]})})
        host.on("main", {"guard.toml": POLICY.replace("main", "develop")})
    head = host.on("feat/api", {"api/a.py": "1\n"}, start=base)
    runner = host.actions_checkout(head, "refs/remotes/origin/feat/api", depth=0)
    ran = judged(runner, github_push(tmp_path, "feat/api", head))
    assert ran.report["trusted"]["ref"] == f"origin/{base}"
    assert ran.codes == ({} if base == "main" else {"api/a.py": ["OWN001"]})


def test_a_default_branch_of_any_name(host: Host, tmp_path: Path) -> None:
    """A default branch that is neither main nor master is found by what the CI system says."""
    host.on("trunk", {"guard.toml": POLICY.replace('base = "main"\n', "")})
    head = host.on("feat/api", {"web/a.py": "1\n"}, start="trunk")
    host.work.git("push", "-q", "origin", "--delete", "main")
    runner = host.actions_checkout(head, "refs/remotes/origin/feat/api", depth=0)
    env = github_push(tmp_path, "feat/api", head)
    event = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text())
    event["repository"]["default_branch"] = "trunk"
    Path(env["GITHUB_EVENT_PATH"]).write_text(json.dumps(event))
    assert judged(runner, env).codes == {"web/a.py": ["OWN001"]}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "\xff\xfe", '{"a": ' * 100_000],
    ids=["empty", "cut", "list", "null", "bytes", "deep"],
)
def test_an_event_that_cannot_be_read_is_an_error(host: Host, tmp_path: Path, text: str) -> None:
    """A payload that is cut short or not JSON gives no verdict."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    runner, env = full(host, request), github(tmp_path, request)
    Path(env["GITHUB_EVENT_PATH"]).write_bytes(text.encode("latin-1"))
    ran = judged(runner, env)
    assert (ran.code, "event.json" in ran.err) == (2, True)
    ran = judged(runner, {}, "--pull-request", env["GITHUB_EVENT_PATH"])
    assert (ran.code, "event.json" in ran.err) == (2, True)


def test_a_file_that_is_no_pull_request_is_an_error(host: Host, tmp_path: Path) -> None:
    """`--pull-request` takes what GitHub's API gives, and says how to get it."""
    host.on("feat/api", {"api/a.py": "1\n"})
    (tmp_path / "other.json").write_text('{"message": "Not Found", "status": "404"}')
    ran = judged(host.work, {}, "--pull-request", str(tmp_path / "other.json"))
    assert (
        ran.code,
        "is not a pull request as GitHub's API gives it" in ran.err,
        "gh api repos/" in ran.err,
    ) == (2, True, True)


def test_options_beat_the_event(host: Host, tmp_path: Path) -> None:
    """`--base`, `--head`, `--branch` and `--author` override the CI system."""
    host.on("feat/api", {"api/a.py": "1\n"})
    other = host.on("feat/web", {"web/a.py": "1\n"})
    request = host.request("feat/api")
    runner, env = full(host, request), github(tmp_path, request)
    assert judged(runner, env, "--head", other).report["branch"] == "feat/web"
    assert judged(runner, env, "--head", request.head).report["branch"] == "feat/api"
    assert judged(runner, env, "--base", "origin/main").report["verdict"] == "kept"
    assert judged(runner, env, "--branch", "feat/web").codes == {"api/a.py": ["OWN001"]}
    for option in ("--base", "--head", "--branch", "--author", "--contract", "--pull-request"):
        ran = judged(runner, env, f"{option}=")
        assert (ran.code, f"{option} has an empty value" in ran.err) == (2, True)


def test_a_repository_that_is_not_guarded(host: Host, tmp_path: Path) -> None:
    """Without a policy on the base there is no verdict; the branch's own policy does not count."""
    host.work.git("switch", "-q", "main")
    host.work.git("rm", "-rq", "guard.toml", ".guard")
    host.on("main", {})
    host.on("feat/api", {"guard.toml": "", "api/a.py": "1\n"})
    request = host.request("feat/api")
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.code, "nothing to judge by" in ran.err) == (2, True)


def test_a_pull_request_into_a_release(host: Host, tmp_path: Path) -> None:
    """It is compared with that branch, by the contract of the base; the release's grants nothing.

    Where the clone lacks the base, there is no verdict.
    """
    host.work.policy(POLICY.replace('base = "main"', 'base = "main"\nbases = ["*.x"]'))
    host.push("main")
    wide = {".guard/contracts/api.toml": toml({"owns": ["*"]}), "web/a.py": "3.0\n"}
    host.on("3.0.x", dict(wide))
    host.work.git("switch", "-q", "main")
    host.on("main", {"docs/a.py": "4.0\n"})
    host.on("api", {"api/a.py": "x\n"}, "3.0.x")
    request = host.request("api", base="3.0.x")
    ran = judged(full(host, request), github(tmp_path, request))
    assert ran.code == 0, ran
    assert ran.report["trusted"]["ref"] == "origin/main"
    assert ran.report["against"] == {"ref": "origin/3.0.x", "oid": request.base_oid}
    host.on("api", {"web/b.py": "x\n"})
    request = host.request("api", base="3.0.x")
    second, third = Host.again(host, "second"), Host.again(host, "third")
    assert judged(full(second, request), github(tmp_path, request)).codes == {
        "web/b.py": ["OWN001"]
    }
    runner = full(third, request)
    runner.git("update-ref", "-d", "refs/remotes/origin/main")
    ran = judged(runner, github(tmp_path, request))
    assert (ran.code, "policy of main, which is not in this clone" in ran.err) == (2, True), ran


def test_a_pull_request_into_a_branch_that_is_older_than_the_policy(
    host: Host, tmp_path: Path
) -> None:
    """Work that is stacked on such a branch is compared with it, by the policy of the base."""
    before = host.work.git("rev-list", "--max-parents=0", "main")
    host.work.git("switch", "-q", "-c", "older", before)
    host.work.git("rm", "-rq", "--ignore-unmatch", "guard.toml", ".guard")
    host.on("older", {"api/old.py": "1\n"})
    host.on("api", {"api/a.py": "x\n"}, "older")
    request = host.request("api", base="older")
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.code, ran.report["trusted"]["ref"]) == (0, "origin/main"), ran
    assert ran.report["against"] == {"ref": "origin/older", "oid": request.base_oid}
    host.on("api", {"web/b.py": "x\n"})
    request = host.request("api", base="older")
    second = Host.again(host, "second")
    assert judged(full(second, request), github(tmp_path, request)).codes == {
        "web/b.py": ["OWN001"]
    }
