"""Files that may start guard: which they are, and which edits of them matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guard.changes.starts_guard import SETTINGS, may_start_guard
from guard.changes.starts_guard_edit import touched
from guard.patterns import PatternSet
from tests.growth import require_proportion

PRE_COMMIT = """\
repos:
- repo: https://github.com/psf/black
  rev: 24.1.0
  hooks:
  - id: black
- repo: https://github.com/x/guard
  rev: v1.2.0
  hooks:
  - id: guard-commit
    stages: [pre-commit]
- repo: local
  hooks:
  - id: other
    entry: make lint
"""
WORKFLOW = """\
name: ci
on: [pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - name: agreement
        run: |
          pip install worktree-guard
          pip list
      - run: guard check --base origin/main --head HEAD
        if: github.event_name == 'pull_request'
      - run: pytest
"""
CLAUDE = """\
{
  "permissions": {
    "allow": [
      "Bash(guard check:*)",
      "Bash(npm test:*)"
    ]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Edit|Write",
        "hooks": [
          {
            "type": "command",
            "command": "guard agent claude",
            "timeout": 10
          },
          {
            "type": "command",
            "command": "lint",
            "timeout": 10
          }
        ]
      }
    ]
  }
}
"""
SHELL = "#!/bin/sh\nnpm test\nguard hook pre-commit\nnpm run build\n"
JENKINS = """\
pipeline {
  stages {
    stage('x') {
      steps {
        sh 'guard check'
        sh 'make'
      }
    }
  }
}
"""
RUN = "- run: guard check --base origin/main --head HEAD"
EVENT = "if: github.event_name == 'pull_request'"
LEFTHOOK = """\
pre-commit:
  commands:
    guard:
      run: guard hook pre-commit
    lint:
      run: make lint
"""


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".pre-commit-config.yaml",
            "prek.toml",
            ".lefthook-local.yml",
            "lefthook.toml",
            ".husky/pre-commit",
            ".githooks/pre-push",
        ),
        *(
            ".claude/settings.json",
            "apps/web/.claude/settings.local.json",
            ".codex/hooks.json",
            ".codex/config.toml",
        ),
        *(
            ".gemini/settings.json",
            ".cursor/hooks.json",
            ".github/hooks/guard.json",
            ".opencode/plugins/guard.ts",
        ),
        *(".github/workflows/ci.yaml", ".gitlab-ci.yml"),
        *(
            "Jenkinsfile",
            "azure-pipelines.yml",
            "bitbucket-pipelines.yml",
            ".circleci/config.yml",
            ".buildkite/pipeline.yml",
        ),
    ],
)
def test_files_that_may_start_guard(path: str) -> None:
    """Settings of hook managers, agents and CI systems are recognised by their path."""
    assert may_start_guard(path)
    assert PatternSet(SETTINGS).decide(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "src/a.py",
            "docs/Jenkinsfile",
            "a/.github/workflows/ci.yml",
            ".github/workflows/x/ci.yml",
            ".github/workflows/README.md",
        ),
        *(
            "xJenkinsfile",
            ".claude/settings.jsonc",
            "claude/settings.json",
            ".husky",
            "husky/pre-commit",
            "lefthook.yml.bak",
            "",
        ),
    ],
)
def test_other_files(path: str) -> None:
    """A file elsewhere or with another name starts nothing."""
    assert not may_start_guard(path)
    assert not path or not PatternSet(SETTINGS).decide(path)


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        pytest.param(PRE_COMMIT, "24.1.0", "25.0.0", id="another hook's revision"),
        pytest.param(
            PRE_COMMIT,
            "  - id: black\n",
            "  - id: black\n    args: [--fast]\n",
            id="another hook's arguments",
        ),
        pytest.param(PRE_COMMIT, "make lint", "make all", id="a local hook"),
        pytest.param(PRE_COMMIT, "repos:\n", "# guard comes last\nrepos:\n", id="a comment"),
        pytest.param(WORKFLOW, "fetch-depth: 0", "fetch-depth: 1", id="another step"),
        pytest.param(WORKFLOW, "run: pytest", "run: pytest -x", id="the step below"),
        pytest.param(WORKFLOW, "pip list", "pip freeze", id="a line beside the one in a script"),
        pytest.param(WORKFLOW, "ubuntu-latest", "ubuntu-22.04", id="the job"),
        pytest.param(
            CLAUDE,
            '"Bash(npm test:*)"',
            '"Bash(npm test:*)",\n      "Bash(ls)"',
            id="another permission",
        ),
        pytest.param(
            CLAUDE,
            '"Bash(guard check:*)",\n      "Bash(npm test:*)"',
            '"Bash(npm)",\n      "Bash(guard check:*)"',
            id="order",
        ),
        pytest.param(
            CLAUDE, '"command": "lint",', '"command": "lint --fix",', id="another hook in JSON"
        ),
        pytest.param(SHELL, "npm test", "npm ci", id="another command"),
        pytest.param(SHELL, "guard hook", "  guard hook", id="white space"),
        pytest.param(JENKINS, "sh 'make'", "sh 'make all'", id="another shell step"),
        pytest.param(LEFTHOOK, "make lint", "make all", id="another command of lefthook"),
        pytest.param(
            "# guard against x\na: 1\n", "# guard against x", "# y", id="a comment that says guard"
        ),
        pytest.param("safeguarded: 1\n", "1", "2", id="not the word"),
    ],
)
def test_edits_that_are_nobodys_business(before: str, old: str, new: str) -> None:
    """An edit beside what starts guard touches nothing."""
    assert old in before
    assert touched(before.encode(), before.replace(old, new, 1).encode()) == ""


GROUP = '{"matcher": "Edit", "hooks": [{"type": "command", "command": "guard agent claude"}]}'
STOP = '{"hooks": [{"command": "lint"}]}'
ONE_LINE = (
    f'{{"model": "a", "hooks": {{"PreToolUse": [{GROUP}], "Stop": [{STOP}]}}, '
    '"permissions": ["x"]}\n'
)
ON_ONE_LINE = (
    '{"pre-commit": {"commands": {"check": {"run": "guard hook pre-commit"}, '
    '"lint": {"run": "make lint"}}}}'
)


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        (ONE_LINE, '"model": "a"', '"model": "b"'),
        (ONE_LINE, '"lint"', '"lint --fix"'),
        (ONE_LINE, '["x"]', '["x", "y"]'),
        (ONE_LINE, '"Stop": [', '"SessionStart": [], "Stop": ['),
        (ON_ONE_LINE, "make lint", "make all"),
    ],
)
def test_other_parts_of_one_line(before: str, old: str, new: str) -> None:
    """In settings on one line, an edit outside guard's part touches nothing."""
    assert old in before
    assert touched(before.encode(), before.replace(old, new, 1).encode()) == ""


@pytest.mark.parametrize(
    ("before", "old", "new", "part"),
    [
        (ONE_LINE, "guard agent claude", "true", f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, '"command"', '"remark"', f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, '"Edit"', '"Never"', f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, "PreToolUse", "PostToolUse", f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, '"hooks"', '"others"', f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, '"permissions"', '"hooks": {}, "permissions"', f'"hooks"."PreToolUse": {GROUP}'),
        (ONE_LINE, '"model": "a"', '"disableAllHooks": true', '"disableAllHooks": true'),
        (ONE_LINE, "}\n", "\n", ONE_LINE.strip()),
        (
            ON_ONE_LINE,
            'pre-commit"}',
            'pre-commit", "skip": true}',
            '"pre-commit"."commands"."check": {"run": "guard hook pre-commit"}',
        ),
    ],
)
def test_guards_part_of_one_line(before: str, old: str, new: str, part: str) -> None:
    """guard's part comes with the names that lead to it; broken JSON gives the whole line."""
    assert old in before
    assert touched(before.encode(), before.replace(old, new, 1).encode()) == part


@pytest.mark.parametrize(
    "content", [PRE_COMMIT, WORKFLOW, CLAUDE, SHELL, JENKINS, LEFTHOOK, ONE_LINE, ON_ONE_LINE]
)
def test_to_start_guard_for_the_first_time_weakens_nothing(content: str) -> None:
    """A new file, or one that does not start guard, may begin to."""
    without = "".join(line for line in content.splitlines(keepends=True) if "guard" not in line)
    assert touched(None, content.encode()) == ""
    assert touched(without.encode(), content.encode()) == ""
    assert touched(content.encode(), content.encode()) == ""


@pytest.mark.parametrize(
    ("before", "old", "new", "line"),
    [
        pytest.param(
            PRE_COMMIT,
            "  - id: guard-commit\n    stages: [pre-commit]\n",
            "",
            "- id: guard-commit",
            id="the hook is gone",
        ),
        pytest.param(PRE_COMMIT, "v1.2.0", "v0.1.0", "rev: v1.2.0", id="its revision"),
        pytest.param(
            PRE_COMMIT, "[pre-commit]", "[manual]", "stages: [pre-commit]", id="its stages"
        ),
        pytest.param(
            PRE_COMMIT,
            "  - id: guard-commit",
            "  #- id: guard-commit",
            "- id: guard-commit",
            id="commented out",
        ),
        pytest.param(
            PRE_COMMIT,
            "- id: guard-commit\n",
            "- id: guard-commit\n    exclude: .\n",
            "exclude: .",
            id="a key more",
        ),
        pytest.param(
            PRE_COMMIT,
            "repos:",
            "ci:\n  skip: [guard-commit]\nrepos:",
            "skip: [guard-commit]",
            id="skipped by pre-commit.ci",
        ),
        pytest.param(
            WORKFLOW,
            "run: guard check --base origin/main --head HEAD",
            "run: true",
            RUN,
            id="the step runs nothing",
        ),
        pytest.param(
            WORKFLOW, "if: github.event_name == 'pull_request'", "if: false", EVENT, id="never"
        ),
        pytest.param(
            WORKFLOW,
            "        if: ",
            "        continue-on-error: true\n        if: ",
            "continue-on-error: true",
            id="go on",
        ),
        pytest.param(
            WORKFLOW, "guard check --base", "guard check || true --base", RUN, id="or true"
        ),
        pytest.param(
            WORKFLOW,
            "pip install worktree-guard",
            "true",
            "pip install worktree-guard",
            id="in a script",
        ),
        pytest.param(
            WORKFLOW,
            "name: agreement\n",
            "name: agreement\n        if: false\n",
            "if: false",
            id="beside a script",
        ),
        pytest.param(
            CLAUDE,
            '"guard agent claude",',
            '"true",',
            '"command": "guard agent claude"',
            id="the agent's hook",
        ),
        pytest.param(CLAUDE, '"timeout": 10', '"timeout": 0', '"timeout": 10', id="its timeout"),
        pytest.param(
            CLAUDE,
            "{\n",
            '{\n  "disableAllHooks": true,\n',
            '"disableAllHooks": true',
            id="all hooks off",
        ),
        pytest.param(
            SHELL, "guard hook pre-commit\n", "", "guard hook pre-commit", id="a shell script"
        ),
        pytest.param(JENKINS, "sh 'guard check'", "sh 'true'", "sh 'guard check'", id="Jenkins"),
        pytest.param(
            LEFTHOOK,
            "    lint:",
            "      skip: true\n    lint:",
            "skip: true",
            id="skipped by lefthook",
        ),
        pytest.param(
            SHELL,
            "npm test\n",
            "SKIP=guard-commit npm test\n",
            "SKIP=guard-commit npm test",
            id="SKIP",
        ),
    ],
)
def test_edits_that_matter(before: str, old: str, new: str, line: str) -> None:
    """An edit that removes guard, changes its start or switches it off gives that line."""
    assert old in before
    assert touched(before.encode(), before.replace(old, new, 1).encode()) == line


@pytest.mark.parametrize(
    "content",
    [
        '{"disableAllHooks": true}',
        "disableAllHooks = true",
        "env:\n  SKIP: guard-commit",
        "hook.guard.enabled = false",
    ],
)
def test_switching_off_always_counts(content: str) -> None:
    """A line that switches hooks off counts even in a file that never started guard."""
    assert touched(None, content.encode()) != ""
    assert touched(b"x\n", content.encode()) != ""


def test_switching_on_again_does_not() -> None:
    """A line that switches hooks off may be removed."""
    assert touched(b'{\n"disableAllHooks": true,\n"a": 1\n}', b'{\n"a": 1\n}') == ""


@pytest.mark.parametrize("content", [PRE_COMMIT, WORKFLOW, CLAUDE, SHELL, JENKINS, LEFTHOOK])
def test_a_deleted_file_starts_nothing_any_more(content: str) -> None:
    """Deleting a file that starts guard counts."""
    assert touched(content.encode(), None) != ""
    assert touched(b"npm test\n", None) == ""


def test_one_of_two_equal_lines() -> None:
    """Of two equal lines that start guard, each counts."""
    twice = b"a:\n  - guard check\nb:\n  - guard check\n"
    assert touched(twice, twice.replace(b"b:\n  - guard check\n", b"")) == "- guard check"


def test_any_bytes() -> None:
    """Binary content is compared like text."""
    assert touched(b"\xff guard \xfe\n", b"") == "\udcff guard \udcfe"
    assert touched(b"guard\r\nx\r\n", b"guard\nx\n") == ""


@pytest.mark.parametrize(
    "line", [b"guard\n", b"- a: guard\n", b"k: |\n  guard\n", b"  guard: guard\n", b"#\n", b"\n"]
)
def test_no_file_takes_long(line: bytes) -> None:
    """A file that mentions guard in every line is compared in linear time."""

    def compared(size: int) -> Callable[[], object]:
        content = line * (size // len(line))
        return lambda: touched(content, content[: len(content) // 2])

    require_proportion(compared, 300_000)


def test_no_depth_takes_long() -> None:
    """So is a file in which every line is nested in the one before."""
    nested = b"\n".join(b" " * depth + b"k: guard" for depth in range(1_000))
    assert touched(nested, nested[:-5]) == "k: guard"
