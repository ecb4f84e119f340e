"""What a commit does not wait for: names of modules, the same on every machine."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS
from tests import kit
from tests.kit import UNMEASURED, Ran, Repo

PACKAGE = Path(__file__).parents[1] / "guard"

# Milliseconds: what the import added to an interpreter that had loaded `re` and a TOML reader, on
# the machine where this was decided.
NEVER = {
    "git": "45 ms, and it runs `git version` twice; only `porcelain.py` needs it",
    "unidiff": "8 ms; for hunks that people look at",
    "rich": "24 ms; for tables that people look at",
    "markdown_it": "30 ms; for handoffs",
    "pathspec": "17 ms; guard matches by itself",
    "jsonschema": "a tool of the tests",
    "dataclasses": "7 ms of `inspect` and `ast`; values are named tuples",
    "subprocess": "4 ms; `os.posix_spawn` starts git",
    "pathlib": "5 ms; `os.path` serves",
    "argparse": "3 ms; Click parses, and the hook looks at `sys.argv`",
    "logging": "9 ms; reports and errors say it all",
    "tempfile": "8 ms of `random`, `hashlib` and `shutil`; a folder in TMPDIR does without",
    "shutil": "6 ms",
    "importlib.metadata": "30 ms; the version stands in the package",
    "importlib.resources": "17 ms",
    "urllib.parse": "the first step to `urllib.request`",
    "urllib.request": "30 ms of `http`, `ssl` and `email`; guard never asks a network",
    "asyncio": "38 ms",
    "concurrent.futures": "13 ms; only `--all` judges several worktrees at once",
    "multiprocessing": "as `concurrent.futures`",
    "socket": "guard never asks a network",
    "html": "for formats that nobody asked for here",
    "xml": "25 ms; for formats that nobody asked for here",
}
NEVER_IN_A_KEPT_HOOK = {
    "re": "2 ms of compiling what compiles; plain files and paths do without",
    "enum": "1 ms; severities and needs are numbers",
    "functools": "1 ms",
    "collections": "1 ms",
    "datetime": "1 ms; days are text",
    "tomli": "2 ms; a plain file is read without it",
    "importlib": "0.4 ms",
}
NEVER_IN_A_HOOK = {
    "click": "13 ms; a hook has no options to parse",
    "typing": "4 ms; annotations are not evaluated",
    "inspect": "6 ms; Click brings it to the other commands",
    "ast": "comes with `inspect`",
    "json": "2 ms; a hook prints text",
    "contextlib": "`try` and `finally` serve",
    "threading": "2 ms; one `select` reads from two processes",
    "uuid": "Click brings it to the other commands",
}
NEVER_IN_A_CHECK = {
    **NEVER,
    "click": "35 ms; words that need no help are read without it",
    "inspect": "Click brings it to the other commands",
}
MOST_GUARD_MODULES_IN_A_HOOK = 58
# The modules that run on every commit, every agent's edit and every shell command. They keep the
# idioms of speed: imports for types in a TYPE_CHECKING block, imports inside functions, guard's own
# NamedTuple. Every other module does without them.
HOT = {
    f"{room}/{name}.py".lstrip("/")
    for room, names in {
        "": "__main__",
        "agents": "__init__ harmless hook may_run may_write proposal",
        "agents/programs": "__init__ claude codex copilot cursor gemini opencode",
        "agents/protocol": "event payload reasons wire",
        "agents/shell": "commands deeds git_call touches wrappers",
        "commands": "check_judge plain",
        "changes": "change nesting starts_guard starts_guard_edit",
        "contracts": "branches checks contract_keys key model parse plain positions strings",
        "githooks": "__init__ pre_commit",
        "core": "codes errors files names values",
        "git": "ancestry compare conversations limits live_notes locate objects plumbing refs "
        "repository",
        "handoffs": "values",
        "patterns": "pattern patternset vocabulary",
        "reports": "for_others text",
        "rules": "__init__ advice collisions contract facts findings grants judge moves ownership "
        "report rule shared survey taken widening",
        "verdict": "declared doubt effect handoff named_branches nearest needs neighbours opening "
        "reading revs search session stacked trust verdict",
    }.items()
    for name in names.split()
}
LOADED_LATER = {  # cold modules that import something inside a function all the same
    "agents/conversation.py": "threads, for work that lies astray",
    "agents/turn.py": "what makes Claude Code's worktrees, for two events",
    "changes/fingerprint.py": "hashlib, for handoffs alone",
    "git/filters.py": "hashlib, for Git LFS alone",
    "commands/cli.py": "what completes words in a shell, and guesses at a name that is wrong",
    "commands/start.py": "plans, for --plan alone",
}
RARELY_NEEDED = {  # hot modules that only a refusal or an edit of settings loads
    "changes/nesting.py": {"json", "re"},
    "changes/starts_guard_edit.py": {"re", "collections"},
    "rules/contract.py": {"re"},
}
# What the installed `guard` does.
START = "import sys; from guard.__main__ import main; sys.exit(main())"


@pytest.fixture(params=["kept", "broken"])
def session(repo: Repo, request: pytest.FixtureRequest) -> Repo:
    """A session with a contract and a staged change, inside or outside of what it owns."""
    kit.session(repo)
    repo.write({"src/a.py" if request.param == "kept" else "docs/a.md": "changed\n"})
    repo.git("add", "-A")
    return repo


@pytest.mark.parametrize(
    ("words", "unwelcome"),
    [
        (["hook", "pre-commit"], {**NEVER, **NEVER_IN_A_HOOK}),
        (["hook", "pre-merge-commit"], {**NEVER, **NEVER_IN_A_HOOK}),
        (["check", "--staged"], NEVER_IN_A_CHECK),
        (["check"], NEVER_IN_A_CHECK),
    ],
    ids=["hook pre-commit", "hook pre-merge-commit", "check --staged", "check"],
)
def test_a_verdict_imports_nothing_heavy(
    session: Repo, words: list[str], unwelcome: dict[str, str]
) -> None:
    """Whether the contract is kept or broken, the modules that make a start slow stay out of it."""
    ran = start(session, *words)
    assert ran.code == ("docs/a.md: OWN001" in ran.out + ran.err), ran
    loaded = modules(ran)
    assert "guard" in loaded
    assert {name: unwelcome[name] for name in loaded & set(unwelcome)} == {}


def test_only_a_handoff_loads_what_reads_markdown(repo: Repo) -> None:
    """A status judges every session, most of which have none yet."""
    kit.session(repo)
    repo.commit({"src/a.py": "changed\n"})
    for words in (["status"], ["check", "--branch"]):
        loaded = modules(start(repo, *words))
        assert "guard.rules.judge" in loaded
        assert "markdown_it" not in loaded


def test_a_commit_that_keeps_its_contract_loads_next_to_nothing(repo: Repo) -> None:
    """With nothing to report, not even the usual parts of the standard library are loaded."""
    kit.session(repo)
    repo.write({"src/a.py": "changed\n", "src/new.py": "new\n"})
    repo.git("add", "-A")
    ran = start(repo, "hook", "pre-commit")
    assert (ran.code, ran.out) == (0, "")
    assert {
        name: NEVER_IN_A_KEPT_HOOK[name] for name in modules(ran) & set(NEVER_IN_A_KEPT_HOOK)
    } == {}


@pytest.mark.parametrize(
    "words",
    [
        ["pre-push", "origin", "url"],
        ["pre-receive"],
        ["prepare-commit-msg", ".git/COMMIT_EDITMSG"],
        ["post-checkout", "0" * 40, "", "1"],
    ],
)
def test_the_other_hooks_import_nothing_heavy(session: Repo, words: list[str]) -> None:
    """A push loads no more than a commit, but for `typing` and what compares whole branches."""
    session.git("commit", "-qm", "x")
    head = session.git("rev-parse", "HEAD")
    before, after = (
        (["refs/heads/feature"], ["0" * 40])
        if words[0] == "pre-push"
        else (["0" * 40], ["refs/heads/feature"])
    )
    line = " ".join(
        (*before, head, *(["refs/heads/feature"] if words[0] == "pre-push" else []), *after)
    )
    ran = start(session, "hook", *words, stdin=f"{line}\n".encode())
    unwelcome = {**NEVER, **NEVER_IN_A_HOOK}
    del unwelcome["contextlib"], unwelcome["typing"]  # these hooks do not run on every commit
    assert {name: unwelcome[name] for name in modules(ran) & set(unwelcome)} == {}


def test_a_hook_loads_few_modules_of_guard(session: Repo) -> None:
    """A hook loads the parts that judge, and no command, renderer or noun besides."""
    parts = {
        name
        for name in modules(start(session, "hook", "pre-commit"))
        if name.split(".")[0] == "guard"
    }
    assert len(parts) <= MOST_GUARD_MODULES_IN_A_HOOK, sorted(parts)
    assert not {name for name in parts if name.startswith("guard.commands")}
    assert not parts & {
        "guard.commands.cli",
        "guard.git.porcelain",
        "guard.rules.explanation",
        "guard.reports.json",
        "guard.contracts.schema",
    }


WRITE = {"hook_event_name": "PreToolUse", "tool_name": "Write"}
NEVER_BEFORE_A_TOOL = {
    "guard.agents.protocol.patch": "for patches",
    "guard.agents.setup.settings": "for whoever sets an agent up",
    "guard.agents.conversation": "for the start",
    "guard.agents.turn": "for the end",
    "guard.agents.notes": "for the end of a batch",
    "guard.verdict.verdict": "for what is on the disk",
    "guard.git.snapshot": "for what is on the disk",
}
NEVER_FOR_A_WRITE = {
    "guard.agents.may_run": "for shell commands",
    "guard.agents.shell.commands": "for shell commands",
    "guard.agents.shell.deeds": "for shell commands",
}
NEVER_FOR_A_COMMAND = {
    "guard.agents.may_write": "for commands that do something",
    "guard.git.plumbing": "no git is started",
}
NEVER_FOR_A_HARMLESS_COMMAND = {
    "guard.agents.may_run": "for commands that write files or call git or guard",
    "guard.git.locate": "for paths",
    "guard.core.names": "for messages",
    "itertools": "0.2 ms",
}


@pytest.mark.parametrize("path", ["src/a.py", "src/new.py", "docs/a.md"])
@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_an_answer_to_an_agent_imports_nothing_heavy(repo: Repo, agent: str, path: str) -> None:
    """An agent waits for the answer before every edit, so it loads no more than a hook of git's."""
    kit.session(repo)
    payload = {
        **WRITE,
        "cwd": str(repo.path),
        "tool_input": {"file_path": path, "content": "changed\n"},
    }
    ran = start(repo, "agent", agent, stdin=json.dumps(payload).encode(), ok=(0, 2))
    refused = path == "docs/a.md"
    assert ("docs/a.md: OWN001" in ran.out) == refused
    unwelcome = {
        **NEVER,
        **NEVER_IN_A_HOOK,
        **NEVER_BEFORE_A_TOOL,
        **NEVER_FOR_A_WRITE,
        **NEVER_IN_A_KEPT_HOOK,
    }
    assert {name: unwelcome[name] for name in modules(ran) & set(unwelcome)} == {}
    assert "guard.agents.proposal" in modules(ran)


def test_the_notes_of_siblings_load_one_small_module(repo: Repo) -> None:
    """A commit and an edit read the notes; only a path that is in one of them loads more."""
    here = kit.linked_session(repo)
    sibling = repo.path / ".git/worktrees" / repo.worktree("other").path.name
    (sibling / "guard").mkdir()
    (sibling / "guard/live").write_bytes(b"\0src/other.py\0")
    here.write({"src/a.py": "changed\n"})
    here.git("add", "-A")
    edit = {"file_path": "src/a.py", "content": "x\n"}
    for ran in (start(here, "hook", "pre-commit"), asked(here, "Write", **edit)):
        loaded = modules(ran)
        assert "guard.git.live_notes" in loaded
        assert loaded.isdisjoint(
            {"guard.sessions.between.live", "guard.agents.live", "guard.rules.meetings"}
        )
        assert loaded.isdisjoint(NEVER_IN_A_KEPT_HOOK)
    (sibling / "guard/live").write_bytes(b"\0src/a.py\0")
    assert "guard.sessions.between.live" in modules(start(here, "hook", "pre-commit"))


@pytest.mark.parametrize(
    ("command", "further"),
    [
        ("git status && make test 2>&1 | tail", NEVER_FOR_A_HARMLESS_COMMAND),
        ("ls", {**NEVER_FOR_A_HARMLESS_COMMAND, "guard.agents.shell.git_call": "for git"}),
        ("sed -i s/a/b/ src/a.py && rm -rf build", {}),
    ],
)
def test_most_shell_commands_start_nothing(
    repo: Repo, command: str, further: dict[str, str]
) -> None:
    """A command that concerns neither hooks nor contracts passes without git and rules."""
    kit.session(repo)
    payload = {
        **WRITE,
        "tool_name": "Bash",
        "cwd": str(repo.path),
        "tool_input": {"command": command},
    }
    ran = start(repo, "agent", "claude", stdin=json.dumps(payload).encode())
    assert ran.out == "{}\n"
    unwelcome = {
        **NEVER,
        **NEVER_IN_A_HOOK,
        **NEVER_IN_A_KEPT_HOOK,
        **NEVER_BEFORE_A_TOOL,
        **NEVER_FOR_A_COMMAND,
        **further,
    }
    assert {name: unwelcome[name] for name in modules(ran) & set(unwelcome)} == {}


def start(repo: Repo, *words: str, stdin: bytes = b"", ok: tuple[int, ...] = (0, 1)) -> Ran:
    """Run guard with the list of its imports on standard error, less what every Python imports."""
    argv = [sys.executable, "-I", "-X", "importtime", "-c"]
    bare_start = modules(repo.run(*argv, "pass", env=UNMEASURED))
    ran = repo.run(*argv, START, *words, ok=ok, env=UNMEASURED, stdin=stdin)
    return ran._replace(
        err="\n".join(line for line in ran.err.splitlines() if name_of(line) not in bare_start)
    )


def modules(ran: Ran) -> set[str]:
    """Read the names from `-X importtime`: `import time: self [us] | cumulative | name`."""
    return {name_of(line) for line in ran.err.splitlines() if line.startswith("import time:")}


def name_of(line: str) -> str:
    """Give the module on one line of `-X importtime`."""
    return line.rpartition("|")[2].strip()


def ceremony(module: str) -> list[str]:
    """The idioms of speed in a module.

    Annotations that are not evaluated are one: only imports for type checkers need them.
    """
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    found = [
        "TYPE_CHECKING"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            found.append("annotations that are not evaluated")
        if isinstance(node, ast.ImportFrom) and node.module == "guard.core.values":
            found.append("guard's own NamedTuple")
        if isinstance(node, ast.FunctionDef) and module not in LOADED_LATER:
            found += [
                "an import inside a function"
                for one in ast.walk(node)
                if isinstance(one, ast.Import | ast.ImportFrom)
            ]
    return found


@pytest.mark.parametrize(
    "module", sorted({path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")} - HOT)
)
def test_a_cold_module_reads_plainly(module: str) -> None:
    """Only hot modules pay for speed with their looks."""
    assert ceremony(module) == []


@pytest.mark.parametrize("module", sorted(HOT))
def test_a_hot_module_imports_nothing_heavy(module: str) -> None:
    """At its top a hot module imports nothing that a kept commit must not load."""
    found = set()
    for node in ast.parse((PACKAGE / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    heavy = {*NEVER, *NEVER_IN_A_HOOK, *NEVER_IN_A_KEPT_HOOK}
    assert found & heavy <= RARELY_NEEDED.get(module, set())


def test_hot_modules_exist() -> None:
    """Every name in the two lists of modules is one."""
    assert all((PACKAGE / module).is_file() for module in HOT | set(LOADED_LATER))


def test_what_a_commit_and_an_edit_load_is_hot(repo: Repo) -> None:
    """A commit, an edit and a shell command load hot modules only, whether they pass or not."""
    kit.session(repo)
    repo.write({"src/a.py": "changed\n", "src/new.py": "new\n"})
    repo.git("add", "-A")
    loaded = modules(start(repo, "hook", "pre-commit"))
    for path in ("src/a.py", "src/other.py", "docs/a.md"):
        loaded |= modules(asked(repo, "Write", file_path=path, content="x\n"))
    for command in (
        "make test",
        "git commit -m x",
        "git commit --no-verify",
        "rm src/a.py",
        "echo x > src/b",
    ):
        loaded |= modules(asked(repo, "Bash", command=command))
    repo.write({"docs/a.md": "changed\n"})
    repo.git("add", "-A")
    loaded |= modules(start(repo, "hook", "pre-commit"))
    files = {
        name.removeprefix("guard.").replace(".", "/")
        for name in loaded
        if name.startswith("guard.")
    }
    assert {f"{file}.py" for file in files if not (PACKAGE / file).is_dir()} <= HOT


def asked(repo: Repo, tool: str, **arguments: str) -> Ran:
    """Ask as Claude Code does before it uses a tool."""
    payload = {
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "cwd": str(repo.path),
        "tool_input": arguments,
    }
    return start(repo, "agent", "claude", stdin=json.dumps(payload).encode(), ok=(0, 2))
