"""Files that may start guard: which they are, and which edits of them matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.agents.programs import load_agent
from guard.changes.starts_guard import AGENTS, may_start_guard
from guard.changes.starts_guard_edit import touched
from guard.patterns import PatternSet
from tests import kit
from tests.growth import require_proportion
from tests.kit import Repo

# The same files as patterns.
SETTINGS = """
    /.pre-commit-config.yaml /.pre-commit-config.yml /prek.toml
    /lefthook.yml /lefthook.yaml /lefthook.toml /lefthook.json /lefthook.jsonc
    /.lefthook.yml /.lefthook.yaml /.lefthook.toml /.lefthook.json /.lefthook.jsonc
    /lefthook-local.yml /lefthook-local.yaml /lefthook-local.toml /lefthook-local.json
    /lefthook-local.jsonc /.lefthook-local.yml /.lefthook-local.yaml /.lefthook-local.toml
    /.lefthook-local.json /.lefthook-local.jsonc
    /.gitlab-ci.yml /Jenkinsfile /azure-pipelines.yml /azure-pipelines.yaml
    /bitbucket-pipelines.yml /.circleci/config.yml /.drone.yml /.travis.yml
    /.woodpecker.yml /.woodpecker.yaml /.woodpecker/*.yml /.woodpecker/*.yaml
    /.github/workflows/*.yml /.github/workflows/*.yaml
    /.gitea/workflows/*.yml /.gitea/workflows/*.yaml
    /.forgejo/workflows/*.yml /.forgejo/workflows/*.yaml
    /.buildkite/*.yml /.buildkite/*.yaml /.husky/* /.githooks/*
    **/.claude/settings.json **/.claude/settings.local.json
    **/.codex/hooks.json **/.codex/config.toml **/.gemini/settings.json **/.cursor/hooks.json
    **/.github/hooks/*.json **/.opencode/plugin/* **/.opencode/plugins/*
""".split()
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
RUN = "run: guard check --base origin/main --head HEAD"
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
    assert (
        touched(FILES.get(before, "x.yml"), before.encode(), before.replace(old, new, 1).encode())
        == ""
    )


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

GITLAB = """\
.rules: &rules
  - if: $CI
.base:
  image: python
.other:
  image: node
build:
  script: [make]
agreement:
  extends: .base
  rules: *rules
  script:
    - make agreement
    - guard ci
"""
CIRCLECI = """\
version: 2.1
jobs:
  build:
    docker: [{image: x}]
    steps: [checkout]
  agreement:
    docker: [{image: x}]
    steps:
      - checkout
      - run: guard ci
workflows:
  main:
    jobs:
        - build
        - agreement
"""
BITBUCKET = """\
definitions:
  steps:
    - step: &build
        script: [make]
    - step: &agreement
        script:
          - guard ci
pipelines:
  default:
    - step: *build
  pull-requests:
    '**':
    - step: *agreement
"""
AZURE = """\
trigger: [main]
jobs:
- job: build
  steps:
  - script: make
- job: gate
  steps:
  - script: guard ci
    condition: always()
"""
WOODPECKER = """\
steps:
  build:
    image: x
    commands: [make]
  agreement:
    image: x
    commands:
      - guard ci
"""
PREK = """\
[[repos]]
repo = "local"
[[repos.hooks]]
id = "lint"
[[repos.hooks]]
id = "agreement"
entry = "guard hook pre-commit"
"""
FILES = {
    GITLAB: ".gitlab-ci.yml",
    CIRCLECI: ".circleci/config.yml",
    BITBUCKET: "bitbucket-pipelines.yml",
    AZURE: "azure-pipelines.yml",
    WOODPECKER: ".woodpecker.yml",
    PREK: "prek.toml",
    PRE_COMMIT: ".pre-commit-config.yaml",
    WORKFLOW: ".github/workflows/ci.yml",
    CLAUDE: ".claude/settings.json",
    SHELL: ".husky/pre-commit",
    JENKINS: "Jenkinsfile",
    LEFTHOOK: "lefthook.yml",
    ONE_LINE: ".claude/settings.json",
    ON_ONE_LINE: "lefthook.json",
}


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
    assert (
        touched(FILES.get(before, "x.yml"), before.encode(), before.replace(old, new, 1).encode())
        == ""
    )


@pytest.mark.parametrize(
    ("before", "old", "new", "part"),
    [
        (ONE_LINE, "guard agent claude", "true", "command: guard agent claude"),
        (ONE_LINE, '"Edit"', '"Never"', "matcher: Edit"),
        (ONE_LINE, "PreToolUse", "PostToolUse", "command: guard agent claude"),
        (ONE_LINE, '"hooks"', '"others"', "command: guard agent claude"),
        (ONE_LINE, '"permissions"', '"hooks": {}, "permissions"', "command: guard agent claude"),
        (ONE_LINE, '"model": "a"', '"disableAllHooks": true', "disableAllHooks: true"),
        (ONE_LINE, "}\n", "\n", "command: guard agent claude"),
        (
            ON_ONE_LINE,
            'pre-commit"}',
            'pre-commit", "skip": true}',
            "skip: true",
        ),
    ],
)
def test_guards_part_of_one_line(before: str, old: str, new: str, part: str) -> None:
    """In settings on one line, too, all keys around guard are its part, and broken JSON is none."""
    assert old in before
    assert (
        touched(FILES.get(before, "x.yml"), before.encode(), before.replace(old, new, 1).encode())
        == part
    )


@pytest.mark.parametrize(
    "content", [PRE_COMMIT, WORKFLOW, CLAUDE, SHELL, JENKINS, LEFTHOOK, ONE_LINE, ON_ONE_LINE]
)
def test_to_start_guard_for_the_first_time_weakens_nothing(content: str) -> None:
    """A new file, or one that does not start guard, may begin to."""
    without = "".join(line for line in content.splitlines(keepends=True) if "guard" not in line)
    assert touched(FILES[content], None, content.encode()) == ""
    assert touched(FILES[content], without.encode(), content.encode()) == ""
    assert touched(FILES[content], content.encode(), content.encode()) == ""


@pytest.mark.parametrize(
    ("before", "old", "new", "line"),
    [
        pytest.param(
            PRE_COMMIT,
            "  - id: guard-commit\n    stages: [pre-commit]\n",
            "",
            "id: guard-commit",
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
            "id: guard-commit",
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
            "command: guard agent claude",
            id="the agent's hook",
        ),
        pytest.param(CLAUDE, '"timeout": 10', '"timeout": 0', "timeout: 10", id="its timeout"),
        pytest.param(
            CLAUDE,
            "{\n",
            '{\n  "disableAllHooks": true,\n',
            "disableAllHooks: true",
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
    assert (
        touched(FILES.get(before, "x.yml"), before.encode(), before.replace(old, new, 1).encode())
        == line
    )


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        (WORKFLOW, "  test:\n", "  test:\n    if: false\n"),
        (WORKFLOW, "  test:\n", "  test:\n    ? if\n    : false\n"),
        (WORKFLOW, "ubuntu-latest", "nobody-has-this"),
        (WORKFLOW, "    steps:", "    continue-on-error: true\n    steps:"),
        (WORKFLOW, "    steps:", "    needs: never\n    steps:"),
        (WORKFLOW, "    steps:", "    strategy:\n      matrix:\n        x: []\n    steps:"),
        (WORKFLOW, "on: [pull_request]", "on: workflow_dispatch"),
        (WORKFLOW, "on: [pull_request]", "on:\n  pull_request:\n    paths: [nothing]"),
        (WORKFLOW, "jobs:", "defaults:\n  run:\n    shell: 'true {0}'\njobs:"),
        (WORKFLOW, "jobs:", "env:\n  PATH: /nowhere\njobs:"),
        (WORKFLOW, "          pip install", "          exit 0\n          pip install"),
        (WORKFLOW, "          pip list\n", "          if false; then\n"),
        (PRE_COMMIT, "repos:\n", "exclude: .*\nrepos:\n"),
        (PRE_COMMIT, "repos:\n", "files: ^$\nrepos:\n"),
        (PRE_COMMIT, "repos:\n", "default_stages: [manual]\nrepos:\n"),
        (PRE_COMMIT, "repos:\n", "default_stages:\n- manual\nrepos:\n"),
        (PRE_COMMIT, "stages: [pre-commit]", "stages:\n    - manual"),
        (SHELL, "npm test\n", "npm test\nexit 0\n"),
        (SHELL, "npm test\n", "time exit 0\n"),
        (SHELL, "npm test\n", "npm test || exit 0\n"),
        (SHELL, "npm test\n", 'if [ -z "$CI" ]; then\n'),
        (SHELL, "npm test\n", "cat <<'EOF'\n"),
        (SHELL, "npm test\n", "echo '\n"),
        (SHELL, "npm test\n", "PATH=/nowhere\n"),
        (SHELL, "npm test\n", ". ./elsewhere\n"),
        (SHELL, "npm test\n", "npm test ||\n"),
        (SHELL, "npm test\n", "npm test \\\n"),
        (SHELL, "npm test\n", "ex\\\nit 0\n"),
        (SHELL, "npm test\n", "npm test  # and \\\nexit 0\n"),
        (SHELL, "npm test\n", "echo \\\\\nexit 0\n"),
        (SHELL, "npm test\n", "2>&1 >log exit 0\n"),
        (SHELL, "npm test\n", "`echo exit`\n"),
        (WORKFLOW, "      - run: guard", "      # \\\n      - if: false\n        run: guard"),
        (SHELL, "#!/bin/sh", "#!/bin/true"),
        (CLAUDE, "Edit|Write", "Nothing"),
        (CLAUDE, "PreToolUse", "PostToolUse"),
        (CLAUDE, '"matcher": "Edit|Write",\n', ""),
        (CLAUDE, '"lint",\n            "timeout": 10\n', '"lint",\n            "timeout": 10,\n'),
        (CLAUDE, "{\n", '{\n  "hooksConfig": {"enabled": false},\n'),
        (CLAUDE, "{\n", '{\n  "env": {"PATH": "/nowhere"},\n'),
        (CLAUDE, "{\n", '{\n  "env": {"GIT_CONFIG_COUNT": "1"},\n'),
        (LEFTHOOK, "pre-commit:\n", "pre-commit:\n  skip: true\n"),
        (LEFTHOOK, "pre-commit:\n", "pre-commit:\n  only:\n    - ref: nothing\n"),
        (LEFTHOOK, "pre-commit:\n", "lefthook: /bin/true\npre-commit:\n"),
        (LEFTHOOK, "pre-commit:\n", "post-commit:\n"),
        (LEFTHOOK, "pre-commit:\n", "---\nx: 1\n---\npre-commit:\n"),
        (LEFTHOOK, "pre-commit:\n", "x: 1\n...\npre-commit:\n"),
        (LEFTHOOK, "    lint:\n", "    guard: {run: x}\n    lint:\n"),
        (LEFTHOOK, "    guard:\n", "    more: '\n    guard:\n"),
        (WORKFLOW, "      - run: guard", "      #\f      - run: guard"),
        (SHELL, "npm test\n", "\\exit 0\n"),
        (SHELL, "npm test\n", "npm test; 'exit'\n"),
        (SHELL, "npm test\n", 'ex""it 0\n'),
        (SHELL, "npm test\n", "e\\xit 0\n"),
        (WORKFLOW, "name: ci\n", "---\n---\nname: ci\n"),
        (WORKFLOW, "name: ci\n", "---\n...\nname: ci\n"),
        (GITLAB, "build:\n", "agreement:\n  script: [make]\nbuild:\n"),
        (JENKINS, "steps {", "when { expression { false } }\n      steps {"),
        (JENKINS, "  stages {", "  agent none\n  stages {"),
        (JENKINS, "sh 'guard check'", "catchError {\n sh 'guard check'\n}"),
        (JENKINS, "sh 'guard check'", "return\n        sh 'guard check'"),
        (GITLAB, "  script:\n", "  when: never\n  script:\n"),
        (GITLAB, "  script:\n", "  rules:\n    - when: never\n  script:\n"),
        (GITLAB, "  script:\n", "  allow_failure: true\n  script:\n"),
        (GITLAB, "    - make agreement", "    - exit 0\n    - make agreement"),
        (GITLAB, "build:", "workflow:\n  rules:\n    - when: never\nbuild:"),
        (GITLAB, ".base:\n", ".base:\n  when: manual\n"),
        (GITLAB, "&rules\n", "&rules\n  - when: never\n"),
        (CIRCLECI, "        - agreement\n", ""),
        (CIRCLECI, "    jobs:", "    when: false\n    jobs:"),
        (CIRCLECI, "  agreement:\n", "  agreement:\n    parallelism: 0\n"),
        (BITBUCKET, "    '**':\n", "    never:\n"),
        (BITBUCKET, "pull-requests:", "custom:"),
        (BITBUCKET, "&agreement\n", "&agreement\n        trigger: manual\n"),
        (BITBUCKET, "    - step: *agreement\n", "    - step: *build\n"),
        (AZURE, "trigger:", "pr: none\ntrigger:"),
        (AZURE, "    condition: always()", "    condition: false"),
        (AZURE, "- job: gate\n", "- job: gate\n  condition: false\n"),
        (WOODPECKER, "steps:", "when:\n  branch: never\nsteps:"),
        (WOODPECKER, "  agreement:\n", "  agreement:\n    failure: ignore\n"),
        (PREK, "[[repos]]", 'exclude = ".*"\n[[repos]]'),
        (PREK, 'entry = "guard', 'always_run = false\nentry = "guard'),
    ],
)
def test_what_encloses_guard_is_its_part(before: str, old: str, new: str) -> None:
    """Whatever stands around what starts guard, up to the file's root, may switch it off."""
    assert old in before
    after = before.replace(old, new, 1)
    assert touched(FILES[before], before.encode(), after.encode()) != ""
    assert touched(FILES[before], after.encode(), before.encode()) != ""


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        (WORKFLOW, "      - run: pytest", "      - run: exit 0"),
        (WORKFLOW, "      - run: pytest", "      - run: |\n          if true; then\n          fi"),
        (WORKFLOW, "jobs:\n", "jobs:\n  other:\n    if: false\n    continue-on-error: true\n"),
        (WORKFLOW, "jobs:\n", "jobs:\n  deploy:\n    needs: [guard]\n    if: always()\n"),
        (WORKFLOW, "on: [pull_request]", "on: [pull_request]  # and no other event"),
        (PRE_COMMIT, "- repo: local\n", "- repo: meta\n  hooks: [{id: identity}]\n- repo: local\n"),
        (PRE_COMMIT, "    entry: make lint\n", "    exclude: .*\n    entry: make lint\n"),
        (SHELL, "npm run build\n", "npm run build\nnpm run more\n"),
        (SHELL, "npm test\n", "npm test -- --if-present --exit\n"),
        (SHELL, "npm test\n", "npm test \\\n  --more 2>&1 >log\n"),
        (SHELL, "npm test\n", "echo done\n"),
        (SHELL, "npm test\n", "git ls-files | grep -E \"x|y\" | xargs echo 'a; b'\n"),
        (WORKFLOW, "name: ci\n", "---\nname: ci\n"),
        (CLAUDE, "  ]\n      }", '  ]\n      }, {"matcher": "x", "hooks": []}'),
        (CLAUDE, '"allow"', '"deny": ["Read(x)"],\n    "allow"'),
        (CLAUDE, "{\n", '{\n  "env": {"FOO": "1"}, "model": "x",\n'),
        (CLAUDE, '"PreToolUse"', '"Stop": [{"hooks": []}], "PreToolUse"'),
        (LEFTHOOK, "pre-commit:\n", "pre-push:\n  skip: true\npre-commit:\n"),
        (LEFTHOOK, "      run: make lint", "      skip: true\n      run: make lint"),
        (LEFTHOOK, "    lint:\n", "    more: {run: x, skip: true}\n    lint:\n"),
        (JENKINS, "  stages {", "  stages {\n    stage('y') {\n      when { branch 'z' }\n    }"),
        (JENKINS, "sh 'make'", "dir('x') {\n sh 'make'\n}"),
        (GITLAB, "build:\n", "build:\n  when: never\n"),
        (GITLAB, "build:\n", "lint:\n  script: exit 0\nbuild:\n"),
        (GITLAB, ".other:\n", ".other:\n  when: never\n"),
        (CIRCLECI, "        - build\n", "        - lint\n"),
        (CIRCLECI, "  build:\n", "  build:\n    resource_class: small\n"),
        (CIRCLECI, "  main:\n", "  nightly:\n    triggers: []\n  main:\n"),
        (BITBUCKET, "&build\n", "&build\n        trigger: manual\n"),
        (BITBUCKET, "  default:\n", "  branches:\n    x: []\n  default:\n"),
        (AZURE, "- job: build\n", "- job: build\n  condition: false\n"),
        (AZURE, "- script: make\n", "- script: make all\n"),
        (WOODPECKER, "  build:\n", "  build:\n    failure: ignore\n"),
        (PREK, 'id = "lint"', 'id = "lint"\nexclude = ".*"'),
    ],
)
def test_what_stands_beside_guard_is_free(before: str, old: str, new: str) -> None:
    """Another job, hook, step, event or plain command may be changed, added and removed."""
    assert old in before
    after = before.replace(old, new, 1)
    assert touched(FILES[before], before.encode(), after.encode()) == ""
    assert touched(FILES[before], after.encode(), before.encode()) == ""


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("npm test\n", "guard hook pre-commit"),
        ("exit 0\n", "guard hook pre-commit"),
    ],
)
def test_the_last_command_of_a_script_has_its_exit_status(more: str, line: str) -> None:
    """In `.githooks` a command after guard's hides what guard says, unless the shell stops."""
    before, path = "#!/bin/sh\nguard hook pre-commit\n", ".githooks/pre-commit"
    assert touched(path, before.encode(), f"{before}{more}".encode()) == line
    for kept in (before.replace("/sh", "/sh -e"), before.replace("commit\n", "commit || exit 1\n")):
        assert touched(path, kept.encode(), f"{kept}npm test\n".encode()) == ""


def test_a_file_that_lefthook_lays_over_another() -> None:
    """`lefthook-local` may switch off what `lefthook` starts; commands of its own are free."""
    skip = b"pre-commit:\n  skip: true\n"
    assert touched("lefthook-local.yml", None, skip) == "skip: true"
    assert touched("lefthook-local.toml", None, b"[pre-commit]\nskip = true\n") == "skip: true"
    assert touched("lefthook-local.yml", None, b"pre-commit:\n  commands:\n    guard: {skip: 1}\n")
    for lint in (b"skip: true", b"run: make"):
        own = b"pre-commit:\n  commands:\n    lint:\n      " + lint + b"\n"
        assert touched("lefthook-local.yml", None, own) == ""


@pytest.mark.parametrize("end", ["\r", "\f", "\u2028", "\x85"])
def test_only_a_newline_ends_a_line(end: str) -> None:
    """A comment that holds another program's line end still hides guard."""
    for before in (SHELL, WORKFLOW):
        hidden = before.replace("guard ", f"#{end}guard ")
        assert touched(FILES[before], before.encode(), hidden.encode()) != ""


def test_the_plugin_of_opencode_is_a_program() -> None:
    """Every line of guard's own plugin counts; another plugin is free."""
    path = ".opencode/plugins/guard.js"
    plugin = b'const a = spawn("guard", ["agent", "opencode"])\nawait a\n'
    assert touched(path, plugin, plugin.replace(b"await a", b"pass()")) != ""
    other = b"// a type guard\nexport const a = 1\n"
    assert touched(path, other, other.replace(b"1", b"2")) == ""


@pytest.mark.parametrize(
    "content",
    [
        '{"disableAllHooks": true}',
        "disableAllHooks = true",
        "env:\n  SKIP: guard-commit",
        "hook.guard.enabled = false",
        "[features]\ncodex_hooks = false",
        '{"tools": {"enableHooks": false}}',
        '{"disableAllHooks":\n  true}',
        '{"disable\\u0041llHooks": true}',
        '{"enabledPlugins": {"worktree-guard@team":\n  false}}',
        "env:\n  SKIP:\n    guard-commit",
    ],
)
def test_switching_off_always_counts(content: str) -> None:
    """A line that switches hooks off counts even in a file that never started guard."""
    assert touched("x.yml", None, content.encode()) != ""
    assert touched("x.yml", b"x\n", content.encode()) != ""


def test_a_hook_that_cannot_be_executed_is_off(repo: Repo) -> None:
    """Taking the permission from a hook file switches it off, although its text stays."""
    hook = repo.path / ".githooks/pre-commit"
    repo.write({".githooks/pre-commit": SHELL, ".githooks/pre-push": "#!/bin/sh\nnpm test\n"})
    hook.chmod(0o755)
    (repo.path / ".githooks/pre-push").chmod(0o755)
    kit.session(repo, owns=["*"])
    for name in ("pre-commit", "pre-push"):
        (repo.path / ".githooks" / name).chmod(0o644)
    repo.git("add", "-A")
    assert repo.check("--staged").codes == {".githooks/pre-commit": ["CON002"]}


@pytest.mark.parametrize("agent", AGENTS)
def test_the_table_has_the_settings_of_every_agent(agent: str) -> None:
    """What `guard agent install` writes may start guard, wherever the agent starts."""
    for file in filter(None, (load_agent(agent).file, load_agent(agent).personal)):
        for path in (file, f"apps/web/{file}"):
            assert may_start_guard(path)
            assert PatternSet(SETTINGS).decide(path)


def test_switching_on_again_does_not() -> None:
    """A line that switches hooks off may be removed."""
    assert touched("x.json", b'{\n"disableAllHooks": true,\n"a": 1\n}', b'{\n"a": 1\n}') == ""


@pytest.mark.parametrize("content", [PRE_COMMIT, WORKFLOW, CLAUDE, SHELL, JENKINS, LEFTHOOK])
def test_a_deleted_file_starts_nothing_any_more(content: str) -> None:
    """Deleting a file that starts guard counts."""
    assert touched(FILES[content], content.encode(), None) != ""
    assert touched(".husky/pre-commit", b"npm test\n", None) == ""


def test_one_of_two_equal_lines() -> None:
    """Of two equal lines that start guard, each counts."""
    twice = b"a:\n  - guard check\nb:\n  - guard check\n"
    assert touched(".gitlab-ci.yml", twice, b"a:\n  - guard check\n") == "- guard check"


def test_any_bytes() -> None:
    """Binary content is compared like text."""
    assert touched(".husky/x", b"\xff guard \xfe\n", b"") == "\udcff guard \udcfe"
    assert touched(".husky/x", b"guard\r\nx\r\n", b"guard\nx\n") == ""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        *(("x.yml", line) for line in (b"- a: guard\n", b"k: |\n  guard\n", b"  guard: guard\n")),
        *(("x.yml", line) for line in (b"- &guard *guard\n", b"- ", b"-\n", b"a: ", b"SKIP ")),
        *(("x", line) for line in (b"guard\n", b"#\n", b"'guard", b"( ", b"set - ", b"guard-e")),
        *(("Jenkinsfile", line) for line in (b"guard {\n", b"/* guard", b"'\\'", b"'''")),
        *(("x.json", line) for line in (b'\\"', b'{"guard":', b",  ")),
    ],
)
def test_no_file_takes_long(path: str, line: bytes) -> None:
    """A file that mentions guard in every line is compared in linear time."""

    def compared(size: int) -> Callable[[], object]:
        content = line * (size // len(line))
        return lambda: touched(path, content, content[: len(content) // 2])

    require_proportion(compared, 40_000)


@given(st.lists(st.sampled_from([*"-:{}[]'\"#|&*\\/\n \t,$(", "guard", "jobs", "- ", ": "])))
def test_whatever_a_file_holds_is_no_bug(parts: list[str]) -> None:
    """Any text can be compared in any format, and with itself there is no difference."""
    content = "".join(parts).encode()
    for path in (*FILES.values(), ".githooks/x", ".opencode/plugins/x.js", "lefthook-local.yml"):
        touched(path, WORKFLOW.encode(), content)
        touched(path, content, WORKFLOW.encode())
        assert touched(path, content, content) == ""


def test_no_depth_takes_long() -> None:
    """So is a file in which every line is nested in the one before."""
    nested = b"\n".join(b" " * depth + b"k: guard" for depth in range(1_000))
    assert touched("x.yml", nested, nested[:-5]) == "k: guard"
