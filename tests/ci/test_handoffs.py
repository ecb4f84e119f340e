"""The end of a session at the gate: handoffs in the head or the request's text, and reruns."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.ci.host import POLICY, Host, Request, github, gitlab, judged, pull_payload
from tests.kit import Ran, Repo, toml

FILE = ".guard/handoffs/api.md"
ASKED = POLICY.replace("required = false", "required = true")
TEXT = """\
<!-- Thank you for the change. Say in each section what is so. -->

## Files

- [x] `api/a.py`
- [x] `api/new.py`

## Behaviour changed

Callers get two of them.

## Tests

`test -e api/new.py` passed

## Risks

None: nobody counts them.

## Next steps

None: it is complete.
"""
AFAR = {
    "rule": "RUN003",
    "why": "receipts are where the commands ran; guard ci --rerun runs them again",
}


@pytest.fixture
def host(host: Host) -> Host:
    """A host whose policy asks for handoffs, and whose contract `api` requires a command."""
    own = toml({"owns": ["api/"], "verify": ["test -e api/new.py"]})
    host.on("main", {"guard.toml": ASKED, ".guard/contracts/api.toml": own})
    return host


def change(
    host: Host, files: dict[str, str | bytes] | None = None, *, body: str | None = None
) -> Request:
    """A pull request of two files, with other files and a text, against a base that has moved."""
    host.on("feat/api", {"api/a.py": "1\n", "api/new.py": "2\n", **(files or {})})
    host.on("main", {"web/a.py": "meanwhile\n"})
    return host.request("feat/api", body=body)


def full(host: Host, request: Request) -> Repo:
    """A full checkout of the merge."""
    return host.pull_checkout(request, depth=0)


def told(ran: Ran) -> list[tuple[str, str, int]]:
    """Code, path and line of each finding."""
    return [(one["code"], one["path"], one["line"]) for one in ran.report["findings"]]


def why_not(ran: Ran, code: str) -> str:
    """Why a rule was not asked, or not wholly."""
    return "".join(one["why"] for one in ran.report["not_checked"] if one["rule"] == code)


# what must get through


def test_a_handoff_on_the_head(host: Host, tmp_path: Path) -> None:
    """The file on the head is judged; missing receipts are no fault of the branch, and reported."""
    ran = judged(full(host, request := change(host, {FILE: TEXT})), github(tmp_path, request))
    assert (ran.code, told(ran)) == (0, [])
    assert AFAR in ran.report["not_checked"]
    text = full(Host.again(host, "second"), request).guard("ci", env=github(tmp_path, request)).out
    assert text.endswith(f" · not asked: RUN003 ({AFAR['why']})\n")


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_handoff_in_the_pull_requests_text(host: Host, tmp_path: Path, ends: str) -> None:
    """Without a file, the pull request's text is the handoff; its list of files is not asked."""
    request = change(host, body=TEXT.replace("\n", ends))
    ran = judged(full(host, request), github(tmp_path, request))
    assert (ran.code, told(ran)) == (0, [])
    assert "does not say which change it describes" in why_not(ran, "HND004")


def test_a_merge_requests_description_on_gitlab(host: Host) -> None:
    """GitLab hands over the description as a variable; one that it cut counts for nothing."""
    request = change(host)
    env = {**gitlab(request, "merged_result"), "CI_MERGE_REQUEST_DESCRIPTION": TEXT}
    runner = full(host, request)
    assert told(judged(runner, env)) == []
    env["CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED"] = "true"
    assert told(judged(runner, env)) == [("HND001", FILE, 0)]


def test_the_file_goes_before_the_text(host: Host, tmp_path: Path) -> None:
    """A pull request's text beside a handoff on the head is prose, true or not."""
    request = change(host, {FILE: TEXT}, body=TEXT.replace("api/a.py", "web/a.py"))
    assert told(judged(full(host, request), github(tmp_path, request))) == []


def test_in_a_merge_queue(host: Host, tmp_path: Path) -> None:
    """A trial also holds the work of others: the handoff's files are not compared there."""
    request = change(host, {FILE: TEXT})
    host.work.git("switch", "-q", "--detach", "main")
    host.work.commit({"docs/a.py": "first in the queue\n"})
    before = host.work.git("rev-parse", "HEAD")
    host.work.git("merge", "-q", "--squash", request.head)
    host.work.git("commit", "-q", "-m", "trial")
    ref = "refs/heads/gh-readonly-queue/main/pr-7"
    trial = host.work.git("rev-parse", "HEAD")
    host.work.git("push", "-q", "origin", f"HEAD:{ref}", f"{before}:refs/heads/before")
    runner = host.actions_checkout(trial, ref, depth=0)
    runner.git("fetch", "-q", "origin", before)
    group = {"base_ref": "refs/heads/main", "base_sha": before, "head_ref": ref, "head_sha": trial}
    (tmp_path / "pull.json").write_text(json.dumps(pull_payload(request)))
    env = github(tmp_path, request, "merge_group", {"merge_group": group})
    ran = judged(runner, env, "--pull-request", str(tmp_path / "pull.json"))
    assert (ran.code, told(ran), ran.report["head"]) == (0, [], trial)
    assert "merge queue" in why_not(ran, "HND004")
    ran = judged(runner, env, "--pull-request", str(tmp_path / "pull.json"), "--rerun")
    assert (ran.code, why_not(ran, "RUN003")) == (0, "")


def test_a_shallow_clone(host: Host, tmp_path: Path) -> None:
    """Two commits do not show when the handoff was written; a mark in it needs no history."""
    host.on("feat/api", {"api/a.py": "0\n", FILE: TEXT})
    request = change(host)
    runner = host.pull_checkout(request, depth=2)
    ran = judged(runner, github(tmp_path, request))
    assert (told(ran), "the clone ends within the branch" in why_not(ran, "HND004")) == ([], True)
    assert [
        code
        for code, _, _ in told(
            judged(full(Host.again(host, "two"), request), github(tmp_path, request))
        )
    ] == ["HND004"]
    marked = f"<!-- guard: handoff 1 contract=api change={'1' * 40} -->\n{TEXT}"
    request = change(host, {FILE: marked})
    ran = judged(host.pull_checkout(request, "three", depth=2), github(tmp_path, request))
    assert [code for code, _, _ in told(ran)] == ["HND004"]


def test_a_clone_without_blobs(host: Host, tmp_path: Path) -> None:
    """A partial clone without the handoff's content gets no verdict but a hint; `--fetch` helps."""
    request = change(host, {FILE: TEXT})
    runner = host.actions_checkout(
        request.base_oid, "refs/remotes/origin/main", depth=0, blobs="blob:none"
    )
    runner.git("fetch", "-q", "--no-tags", "origin", "+refs/pull/7/head:refs/remotes/pull/7/head")
    env = github(tmp_path, request, "pull_request_target")
    ran = judged(runner, env)
    assert (
        ran.code,
        f"{FILE} is not in this partial clone" in ran.err,
        "guard ci --fetch" in ran.err,
    ) == (2, True, True)
    assert told(judged(runner, env, "--fetch")) == []


# what must be stopped


@pytest.mark.parametrize(
    "body", [None, "", "Two more of them.\n", "## Tests\n\nlocally\n", "\0" * 300_000]
)
def test_no_handoff(host: Host, tmp_path: Path, body: str | None) -> None:
    """A text that is no handoff gives one finding, not one for each section that it lacks."""
    request = change(host, body=body)
    assert told(judged(full(host, request), github(tmp_path, request))) == [("HND001", FILE, 0)]


def test_a_false_text(host: Host, tmp_path: Path) -> None:
    """Findings in a pull request's text have a line and no path."""
    request = change(
        host,
        body=TEXT.replace("api/new.py`\n", "api/old.py`\n")
        .replace("passed", "failed")
        .replace("None: it is complete.", "TODO"),
    )
    ran = judged(full(host, request), github(tmp_path, request))
    assert told(ran) == [
        ("HND005", "", 3),
        ("HND005", "", 6),
        ("RUN002", "", 14),
        ("HND003", "", 22),
    ]
    text = full(Host.again(host, "second"), request).guard("ci", env=github(tmp_path, request)).out
    assert "error: line 6: HND005 files-mismatch: Files changed lists api/old.py" in text


def test_the_text_of_another_head(host: Host, tmp_path: Path) -> None:
    """With a head that is not the event's, the event's text is about something else."""
    request = change(host, body=TEXT)
    other = host.on("feat/api", {"api/b.py": "3\n"})
    runner = full(host, request)
    words = ("--head", other, "--branch", "feat/api")
    assert told(judged(runner, github(tmp_path, request), *words)) == [("HND001", FILE, 0)]


# running it again


@pytest.mark.parametrize("passes", [True, False])
def test_commands_are_run_again(host: Host, tmp_path: Path, *, passes: bool) -> None:
    """`--rerun` judges by the contract's commands on the head, and reports each on stderr."""
    files = (
        {FILE: TEXT}
        if passes
        else {FILE: TEXT.replace("- [x] `api/new.py`\n", ""), "api/a.py": "9\n"}
    )
    host.on("feat/api", {"api/a.py": "1\n"})
    if passes:
        host.on("feat/api", {"api/new.py": "2\n"})
    request_head = host.on("feat/api", dict(files))
    request = host.request("feat/api")
    assert request.head == request_head
    ran = judged(full(host, request), github(tmp_path, request), "--rerun")
    assert [code for code, _, _ in told(ran)] == ([] if passes else ["RUN002"])
    assert (why_not(ran, "RUN003"), "guard: runs again: test -e api/new.py" in ran.err) == (
        "",
        True,
    )


def test_only_the_bases_contract_is_run(host: Host, tmp_path: Path) -> None:
    """What the branch writes into its contract, and what its report claims, is not run."""
    ran_here = tmp_path / "ran"
    own = toml({"owns": ["api/", ".guard/"], "verify": [f"touch {ran_here}"]})
    request = change(
        host,
        {
            ".guard/contracts/api.toml": own,
            FILE: TEXT.replace("`test", f"`touch {ran_here}` and `test"),
        },
    )
    ran = judged(full(host, request), github(tmp_path, request), "--rerun")
    assert ("CON002" in str(told(ran)), ran_here.exists()) == (True, False)


def test_not_with_the_rights_of_the_base(host: Host, tmp_path: Path) -> None:
    """If the job could give its secrets to what it runs, nothing is run and there is no verdict."""
    request = change(host, {FILE: TEXT})
    runner = host.actions_checkout(request.base_oid, "refs/remotes/origin/main", depth=0)
    runner.git("fetch", "-q", "--no-tags", "origin", "+refs/pull/7/head:refs/remotes/pull/7/head")
    (tmp_path / "pull.json").write_text(json.dumps(pull_payload(request)))
    for env, words in (
        (github(tmp_path, request, "pull_request_target"), ()),
        (github(tmp_path, request, "schedule"), ("--pull-request", str(tmp_path / "pull.json"))),
        (
            github(tmp_path, request, "workflow_run"),
            ("--head", request.head, "--branch", "feat/api"),
        ),
        (
            github(tmp_path, request, "issue_comment"),
            ("--head", request.head, "--branch", "feat/api"),
        ),
    ):
        assert judged(runner, env, *words).code == 0
        ran = judged(runner, env, *words, "--rerun")
        assert (
            ran.code,
            "this job has the rights of the base" in ran.err,
            "runs again" in ran.err,
        ) == (2, True, False)


def test_a_job_sees_little_of_its_environment(host: Host, tmp_path: Path) -> None:
    """The commands do not see the job's token, and cannot write what the runner reads."""
    own = toml(
        {"owns": ["api/"], "verify": ['env > /dev/stderr; test -z "$GITHUB_TOKEN$GITHUB_OUTPUT"']}
    )
    host.on("main", {".guard/contracts/api.toml": own})
    claimed = TEXT.replace(
        "`test -e api/new.py`", '`` env > /dev/stderr; test -z "$GITHUB_TOKEN$GITHUB_OUTPUT" ``'
    )
    request = change(host, {FILE: claimed})
    env = {**github(tmp_path, request), "GITHUB_TOKEN": "s3cret", "GITHUB_OUTPUT": os.devnull}
    ran = judged(full(host, request), env, "--rerun")
    assert (ran.code, told(ran)) == (0, [])
