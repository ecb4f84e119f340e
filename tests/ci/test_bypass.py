"""Attempts to bypass the gate by what a branch, its name and its text can hold. None works."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ci.host import POLICY, Host, Request, github, judged
from tests.kit import Repo, toml

STRAY = {"web/a.py": ["OWN001"]}
EVERYTHING = toml({"owns": ["*"], "merges": ["package-metadata"], "branches": ["*", "*/*"]})


def checkouts(host: Host, request: Request, folder: Path) -> list[tuple[Repo, dict[str, str]]]:
    """The same pull request in two checkouts: its merge, and the base with the head beside it."""
    full = host.pull_checkout(request, name="full", depth=0)
    two = host.pull_checkout(request, name="two", depth=2)
    base = host.actions_checkout(request.base_oid, "refs/remotes/origin/main", name="base", depth=0)
    base.git("fetch", "-q", "origin", f"+refs/pull/{request.number}/head:refs/remotes/pull/head")
    (folder / "target").mkdir()
    return [
        (full, github(folder, request)),
        (two, github(folder, request)),
        (base, github(folder / "target", request, "pull_request_target")),
    ]


@pytest.mark.parametrize(
    ("files", "more"),
    [
        pytest.param(
            {".guard/contracts/api.toml": EVERYTHING},
            {".guard/contracts/api.toml": ["CON002", "OWN001"]},
            id="its own contract, widened",
        ),
        pytest.param(
            {".guard/contracts/mine.toml": EVERYTHING},
            {".guard/contracts/mine.toml": ["CON002", "OWN001"]},
            id="a contract of its own",
        ),
        pytest.param(
            {"guard.toml": "[rules]\nOWN001 = 'off'\n"},
            {"guard.toml": ["CON002", "OWN001"]},
            id="another policy",
        ),
        pytest.param(
            {".gitattributes": "* -diff merge=ours linguist-generated filter=x\n"},
            {".gitattributes": ["OWN001"]},
            id="attributes",
        ),
        pytest.param(
            {".gitmodules": '[submodule "web"]\n\tpath = web\n\tignore = all\n\turl = ./x\n'},
            {".gitmodules": ["OWN001"]},
            id="modules",
        ),
        pytest.param({".gitignore": "*\n"}, {".gitignore": ["OWN001"]}, id="ignored"),
        pytest.param(
            {"api/sitecustomize.py": "raise SystemExit(0)\n"},
            {},
            id="a module that Python would load",
        ),
        pytest.param(
            {"click.py": "raise SystemExit(0)\n", "api/x": ""},
            {"click.py": ["OWN001"]},
            id="a module that guard would load",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.guard]\n", "setup.cfg": ""},
            {"pyproject.toml": ["OWN001"], "setup.cfg": ["OWN001"]},
            id="settings",
        ),
        pytest.param(
            {"config": "", "HEAD": "ref: x\n", "objects/x": "", "refs/x": ""},
            None,
            id="a repository inside",
        ),
    ],
)
def test_nothing_in_the_tree_helps(
    host: Host, tmp_path: Path, files: dict[str, str | bytes], more: dict[str, list[str]] | None
) -> None:
    """Whatever files the branch brings, the stray path is told, and the files themselves are."""
    host.work.git("switch", "-q", "-c", "feat/api")
    host.work.write({"web/a.py": "x\n", **files}).git("add", "-Af")
    host.work.git("commit", "-qm", "x")
    host.push("feat/api")
    request = host.request("feat/api")
    expected = {**STRAY, **(more if more is not None else {path: ["OWN001"] for path in files})}
    for runner, env in checkouts(host, request, tmp_path):
        assert judged(runner, env).codes == expected


@pytest.mark.parametrize("kind", ["link", "file", "submodule"])
def test_nothing_takes_the_place_of_the_contracts_folder(
    host: Host, tmp_path: Path, kind: str
) -> None:
    """A file named `.guard`, which would end every verdict once it is merged, is reported."""
    host.work.git("rm", "-rq", ".guard")
    host.on("main", {"guard.toml": POLICY + "[contracts]\nmissing = 'off'\n"})
    host.work.git("switch", "-q", "-c", "any")
    if kind == "link":
        (host.work.path / ".guard").symlink_to("api")
    if kind == "file":
        host.work.write({".guard": "x"})
    host.work.git("add", "-A")
    if kind == "submodule":
        host.work.git(
            "update-index",
            "--add",
            "--cacheinfo",
            f"160000,{host.work.git('rev-parse', 'main')},.guard",
        )
    host.work.git("commit", "-qm", "x")
    host.push("any")
    request = host.request("any")
    for runner, env in checkouts(host, request, tmp_path):
        assert judged(runner, env).codes == {".guard": ["CON002"]}


def test_refs_that_rewrite_history_are_not_believed(host: Host, tmp_path: Path) -> None:
    """Replace refs and grafts in the clone change what git shows, and nothing of the verdict."""
    host.on("feat/api", {"web/a.py": "x\n"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=0)
    clean = runner.git(
        "commit-tree", "-p", request.base_oid, "-m", "x", f"{request.base_oid}^{{tree}}"
    )
    runner.git("replace", request.head, clean)
    (runner.path / ".git/info").mkdir(exist_ok=True)
    (runner.path / ".git/info/grafts").write_text(f"{request.head} {request.head}\n")
    assert judged(runner, github(tmp_path, request)).codes == STRAY


@pytest.mark.parametrize(
    "name",
    [
        "refs/tags/origin/main",
        "refs/heads/origin/main",
        "refs/tags/refs/remotes/origin/main",
        "refs/heads/main",
    ],
)
def test_a_ref_that_is_called_like_the_base_is_not_the_base(
    host: Host, tmp_path: Path, name: str
) -> None:
    """A tag or branch of the author's that git would take for the base does not become the base."""
    host.on("feat/api", {"web/a.py": "x\n", ".guard/contracts/api.toml": EVERYTHING})
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=0)
    runner.git("update-ref", name, request.head)
    expected = {**STRAY, ".guard/contracts/api.toml": ["CON002", "OWN001"]}
    assert judged(runner, github(tmp_path, request)).codes == expected


@pytest.mark.parametrize(
    "branch",
    [
        "main",
        "web",
        "x/web",
        "origin/main",
        "HEAD",
        "refs/heads/web",
        "api;id",
        "`id`",
        "$(id)",
        "a|b&c",
    ],
)
def test_a_name_buys_no_more_than_its_contract(host: Host, tmp_path: Path, branch: str) -> None:
    """Whatever a branch is called, it gets the contract that claims the name, or none."""
    host.work.git("update-ref", "refs/heads/tmp", "main")
    host.on("tmp", {"api/a.py": "x\n", "web/a.py": "x\n", "package.json": "x\n"})
    request = host.request("tmp", fork=True)._replace(branch=branch)
    runner = host.pull_checkout(request, depth=0)
    ran = judged(runner, github(tmp_path, request))
    claimed = branch in ("web", "x/web", "refs/heads/web")
    expected = {"api/a.py": ["OWN001"]} if claimed else {"": ["CON001"], "package.json": ["SHR001"]}
    assert ran.codes == expected
    assert not (runner.path / "id").exists()


def test_a_long_list_is_not_cut(host: Host, tmp_path: Path) -> None:
    """One stray path among thousands is found, wherever it is, and counted in every report."""
    files: dict[str, str | bytes] = {
        f"api/{number // 100}/{number}": "x" for number in range(4_000)
    }
    host.on("feat/api", {**files, "zzz/last": "x"})
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=2)
    ran = judged(runner, github(tmp_path, request))
    assert (ran.codes, ran.report["checked"]["paths"]) == ({"zzz/last": ["OWN001"]}, 4_001)


def test_nothing_of_the_head_is_run_or_checked_out(host: Host, tmp_path: Path) -> None:
    """Programs named by the clone's configuration and the tree never start, even by `--fetch`."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    host.on("feat/api", {"web/a.py": "x\n", ".gitattributes": "* filter=t diff=t merge=t\n"})
    request = host.request("feat/api")
    runner = host.actions_checkout(request.base_oid, "refs/remotes/origin/main")
    for key in (
        "core.fsmonitor",
        "filter.t.clean",
        "filter.t.smudge",
        "diff.t.textconv",
        "diff.external",
        "merge.t.driver",
        "gpg.program",
    ):
        runner.git("config", key, str(trap))
    runner.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for hook in (
        "reference-transaction",
        "post-checkout",
        "post-merge",
        "pre-auto-gc",
        "post-index-change",
    ):
        (tmp_path / "hooks" / hook).symlink_to(trap)
    files = sorted(path for path in os.listdir(runner.path))
    ran = judged(runner, github(tmp_path, request, "pull_request_target"), "--fetch")
    assert ran.codes == {"web/a.py": ["OWN001"], ".gitattributes": ["OWN001"]}
    assert not (tmp_path / "sprung").exists()
    assert sorted(path for path in os.listdir(runner.path)) == files


def test_a_report_is_not_written_through_a_link_of_the_branch(host: Host, tmp_path: Path) -> None:
    """A link in place of a report is replaced, one in place of its folder refused."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    host.work.git("switch", "-q", "-c", "feat/api")
    (host.work.path / "api/out").symlink_to(outside)
    (host.work.path / "api/guard.sarif").symlink_to(outside / "precious")
    host.work.commit({})
    host.push("feat/api")
    request = host.request("feat/api")
    runner = host.pull_checkout(request, depth=2)
    ran = judged(
        runner,
        github(tmp_path, request),
        "--report",
        "sarif=api/guard.sarif",
        "--report",
        "json=api/out/guard.json",
    )
    assert (ran.code, "leads through the symbolic link api/out" in ran.err) == (2, True)
    assert (os.listdir(outside), (outside / "precious").read_text()) == (["precious"], "precious")
    assert not (runner.path / "api/guard.sarif").is_symlink()
    assert (runner.path / "api/guard.sarif").read_text().startswith("{")


HOSTILE = [
    b"::error file=x::y",
    b"x##[add-mask]y",
    b"##vso[task.complete result=Succeeded]",
    b"a\n::set-output name=verdict::kept",
    b"\x1b[2J",
    b"\xff",
]


def test_names_are_no_commands_in_the_log(host: Host, tmp_path: Path) -> None:
    """Paths that a runner would obey reach neither the log nor the outputs as commands."""
    for name in HOSTILE:
        folder = os.fsencode(host.work.path) + b"/odd"
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name.replace(b"/", b"")), "wb"):
            pass
    host.on("feat/api", {})
    request = host.request("feat/api")
    runner, env = host.pull_checkout(request, depth=0), github(tmp_path, request)
    for form in ("text", "json", "markdown", "outputs", "github"):
        out = runner.guard("ci", "--format", form, env=env).out
        lines = out.splitlines()
        assert "##" not in out.replace("### guard", "")
        assert not any(line.lstrip().startswith("::") for line in lines) or form == "github"
        assert not {"\x1b", "\r"} & set(out)
        assert form != "outputs" or lines[0] == "verdict=broken"
