"""The action, the workflows and the security page: valid, true, and run if they can be run."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guard.ci.systems import SYSTEMS
from guard.commands.ci import command
from guard.reports.output import FORMATS
from tests.ci.host import Host, github
from tests.kit import GUARD, Ran, Repo, toml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs/ci"
TOOLS = Path(sys.executable).parent
WORKFLOWS = sorted(DOCS.glob("github-*.yml"))
ACTION = ROOT / "action.yml"
INDEX = (DOCS / "README.md").read_text("utf-8")
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
YAML: Any = import_module("yaml")  # it brings no types


def tool(name: str, *words: str | Path) -> None:
    """Run a validator; what it says is what the test says."""
    done = subprocess.run(
        [TOOLS / name, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "words"),
    [
        *((path, ("vendor.github-workflows",)) for path in WORKFLOWS),
        (ACTION, ("vendor.github-actions",)),
        (DOCS / "gitlab.yml", ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")),
        (
            DOCS / "azure.yml",
            (
                "vendor.azure-pipelines",
                "--data-transform",
                "azure-pipelines",
                "--regex-variant",
                "nonunicode",
            ),
        ),
        (DOCS / "bitbucket.yml", ("vendor.bitbucket-pipelines",)),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_each_file_follows_the_schema_of_its_system(file: Path, words: tuple[str, ...]) -> None:
    """Every YAML file is valid by its system's schema (check-jsonschema's own copies)."""
    tool("check-jsonschema", "--builtin-schema", *words, file)


@pytest.mark.parametrize("file", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_an_auditor_finds_nothing(file: Path) -> None:
    """zizmor finds no injection, needless permission, unpinned action or leaked credential."""
    tool("zizmor", "--offline", "--no-progress", "--persona", "pedantic", file)


def steps(file: Path) -> list[dict[str, Any]]:
    """The steps of a workflow or of an action."""
    document = YAML.safe_load(file.read_text("utf-8"))
    jobs = [document["runs"]] if "runs" in document else document["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("file", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_nothing_is_put_into_a_shell(file: Path) -> None:
    """No script has an expression in it: what others wrote comes through the environment."""
    for step in steps(file):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_the_head_is_never_checked_out_where_the_base_has_rights(file: Path) -> None:
    """No example checks out untrusted input; rights are least; the action has the inputs used."""
    document = YAML.safe_load(file.read_text("utf-8"))
    assert document["permissions"] == {}
    inputs = YAML.safe_load(ACTION.read_text("utf-8"))["inputs"]
    for step in steps(file):
        if step.get("uses", "").startswith("actions/checkout"):
            assert set(step["with"]) == {"fetch-depth", "persist-credentials"}
        if "worktree-guard" in step.get("uses", ""):
            assert set(step.get("with", {})) <= set(inputs)
    for job in document["jobs"].values():
        writes = {name for name, right in job["permissions"].items() if right == "write"}
        assert writes == ({"statuses"} if file.name == "github-base-moved.yml" else set())


EXAMPLES = sorted(path for path in DOCS.iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.name)
def test_every_command_is_one(file: Path) -> None:
    """Commands use options and formats that exist, and keep the working directory off the path."""
    text = re.sub(
        r"\\\n\s*|(?<=guard ci) --fetch\n\s*|\n\s+(?=--report)", " ", file.read_text("utf-8")
    )
    calls = [
        line
        for line in text.splitlines()
        if "guard ci" in line and not line.lstrip().startswith(("#", "//"))
    ]
    known = {option for parameter in command.params for option in parameter.opts}
    assert calls or "worktree-guard@" in text
    for call in calls:
        words = shlex.split(
            call.partition("guard ci")[2].partition("||")[0].replace('"$@"', "").replace("'", "")
        )
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, call
        assert {
            words[at + 1].partition("=")[0] for at, word in enumerate(words) if word == "--report"
        } <= set(FORMATS), call
        assert "-I -m guard ci" in call or file.name == "plain.sh"
    for installed in re.findall(r"worktree-guard@(\S+?)[\"'\s]", text):
        assert re.fullmatch(r"[0-9a-f]{40}", installed)


def test_every_example_is_listed() -> None:
    """The index names each example, each format and each system."""
    for path in EXAMPLES:
        assert f"]({path.name})" in INDEX
    for form in FORMATS:
        assert f"| `{form}` |" in INDEX
    for system in SYSTEMS:
        assert system.name.split()[0] in INDEX
    action = YAML.safe_load(ACTION.read_text("utf-8"))
    for name in (*action["inputs"], *action["outputs"]):
        assert f"`{name}`" in INDEX


def judge_step(
    host: Host, folder: Path, env: dict[str, str], runner: Repo, **inputs: str
) -> tuple[Ran, dict[str, str], str]:
    """Run the action's second step as a runner would, with this guard, not an installed one."""
    [_, step] = steps(ACTION)
    installed = folder / "installed/venv/bin"
    installed.mkdir(parents=True)
    (installed / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (installed / "python").chmod(0o755)
    given = {name: inputs.get(name.removeprefix("GUARD_").lower(), "") for name in step["env"]}
    files = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        Path(file).touch()
    more = {
        **env,
        **given,
        **files,
        "GUARD_FOLDER": str(folder / "installed"),
        "RUNNER_TEMP": str(folder),
    }
    ran = runner.run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], ok=(), env=more
    )
    outputs = dict(
        line.split("=", 1) for line in Path(files["GITHUB_OUTPUT"]).read_text().splitlines()
    )
    return ran, outputs, Path(files["GITHUB_STEP_SUMMARY"]).read_text()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "broken"])
def test_the_action_tells_what_guard_says(host: Host, tmp_path: Path, *, kept: bool) -> None:
    """The action ends as guard does, and writes outputs, annotations and the summary."""
    host.on("feat/api", {"api/a.py": "1\n"} if kept else {"web/::a##[b].py": "1\n"})
    request = host.request("feat/api")
    env = github(tmp_path, request)
    ran, outputs, summary = judge_step(
        host,
        tmp_path,
        env,
        host.pull_checkout(request, depth=0),
        annotations="true",
        summary="true",
    )
    assert ran.code == (0 if kept else 1)
    assert (outputs["verdict"], outputs["exit_code"], outputs["errors"]) == (
        ("kept", "0", "0") if kept else ("broken", "1", "1")
    )
    assert (outputs["base"], outputs["head"]) == (request.base_oid, request.head)
    for form in ("json", "sarif", "junit", "markdown"):
        assert Path(outputs[form]).is_file()
    assert ("\n::error file=" in ran.out) == (not kept)
    assert summary.startswith("<!-- guard: report -->\n### guard: contract `api` ")


def test_the_action_passes_its_inputs_on(host: Host, tmp_path: Path) -> None:
    """Inputs become options, whatever stands in them, and nothing in them is run."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    nasty = "x$(touch ran)`touch ran`; touch ran #'\""
    ran, outputs, summary = judge_step(
        host,
        tmp_path,
        github(tmp_path, request),
        host.pull_checkout(request, depth=0),
        branch=nasty,
    )
    assert (ran.code, outputs["verdict"], summary) == (1, "broken", "")
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize("again", ["true", "false"])
def test_the_action_runs_commands_when_asked(host: Host, tmp_path: Path, again: str) -> None:
    """The contract's commands are run on the head only if the job says so."""
    host.on(
        "main",
        {".guard/contracts/api.toml": toml({"owns": ["api/"], "verify": ["test -e api/new.py"]})},
    )
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    ran, outputs, _ = judge_step(
        host, tmp_path, github(tmp_path, request), host.pull_checkout(request, depth=0), rerun=again
    )
    assert ("guard: runs again: test -e api/new.py" in ran.err) == (again == "true")
    assert outputs["verdict"] == ("broken" if again == "true" else "kept")


def test_without_a_verdict_the_action_fails_and_says_so(host: Host, tmp_path: Path) -> None:
    """One commit is too few: exit status 2, verdict `error`, the hint in log and annotation."""
    host.on("feat/api", {"api/a.py": "1\n"})
    request = host.request("feat/api")
    ran, outputs, _ = judge_step(
        host, tmp_path, github(tmp_path, request), host.pull_checkout(request), annotations="true"
    )
    assert (ran.code, outputs["verdict"]) == (2, "error")
    assert "::error title=guard::guard could not judge" in ran.out
    assert "fetch-depth: 0" in ran.err


def test_the_plain_script_runs(host: Host) -> None:
    """The script for other systems judges what its variables name and passes on the exit status."""
    host.on("feat/api", {"web/a.py": "1\n"})
    runner = Repo(host.path / "runner")
    host.origin.git("clone", "-q", host.origin.path.as_uri(), str(runner.path))
    folder = host.path / "bin"
    folder.mkdir()
    (folder / "guard").write_text(f'#!/bin/sh\nexec {shlex.join(GUARD)} "$@"\n')
    (folder / "guard").chmod(0o755)
    env = {
        "BASE": "origin/main",
        "HEAD": "origin/feat/api",
        "BRANCH": "feat/api",
        "PATH": f"{folder}:{os.environ['PATH']}",
    }
    ran = runner.run("sh", str(DOCS / "plain.sh"), ok=(1,), env=env)
    assert "web/a.py: OWN001" in ran.out
    assert (runner.path / "guard.json").is_file()


def named_in(suite: str) -> set[str]:
    """The names of the tests in a file below tests/."""
    tree = ast.parse((ROOT / "tests" / suite).read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_security_page_names_tests_that_exist() -> None:
    """Each claim of the page names an existing test, and each bypass attempt is on the page."""
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 15
    for suite, test in named:
        assert not test or test in named_in(suite), f"{suite}::{test}"
    assert named_in("ci/test_bypass.py") <= {test for _, test in named}
    rows = [
        line
        for line in PAGE.partition("## Someone")[2].partition("\n## ")[0].splitlines()
        if line.startswith("| ")
    ][1:]
    assert all(re.search(r"`[\w/]+\.py", row) for row in rows[1:])
