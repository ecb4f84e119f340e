"""The architecture is a table: what may import what, who may touch the world, and how long things may get.

A module that is not in the table fails. When a new one is needed, its line here is where its place is decided.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "guard"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# Module or folder of `guard` → what else of guard it may import. The leaves may be imported by all.
LEAVES = {"values", "errors", "names", "codes"}
WAISTS = {"findings", "facts"}
NOUNS = {"patterns", "contracts", "changes", "handoffs", "rules", "renderers", "integrations"}
MAP: dict[str, set[str]] = {
    "__init__": set(),
    **{leaf: set() for leaf in LEAVES},
    "findings": set(),  # the waist, out
    "facts": {"findings", "changes", "contracts", "handoffs"},  # the waist, in: the nouns' values
    # the nouns, which are pure
    "patterns": set(),
    "contracts": {"patterns", "findings"},
    "changes": set(),
    "handoffs": set(),
    "rules": {"facts", "findings", "patterns", "contracts", "changes", "handoffs"},
    "renderers": {"", "findings"},
    "integrations": {"", "findings"},  # the version, which a shim tells
    "judge": {"facts", "findings", "patterns", "contracts", "rules"},
    "explanation": {"facts", "findings", "changes", "patterns", "contracts", "rules", "judge"},
    # reading: from git to facts
    "plumbing": set(),
    "repository": {"plumbing"},
    "objects": {"plumbing"},
    "isolate": {"plumbing", "repository"},
    "trust": {"plumbing", "repository", "objects", "contracts"},
    "reading": {"writing", "plumbing", "repository", "objects", "isolate", "trust", *WAISTS, "changes", "contracts", "handoffs"},
    "gather": {"plumbing", "repository", "objects", "isolate", "trust", "reading", *WAISTS, "changes", "contracts", "handoffs"},
    # writing
    "writing": set(),
    "rewrite": {"writing"},
    "porcelain": set(),
    # verdicts and their way out
    "verdict": {"plumbing", "reading", "gather", "history", "judge", "rules", *WAISTS},
    "history": {"gather", "reading", "judge", "rules", "changes", *WAISTS},
    "output": {"findings", "renderers", "rules"},
    # what surrounds a verdict
    "worktrees": {"plumbing", "repository", "objects", "trust", "reading", "contracts", "facts"},
    "closing": {
        "plumbing", "repository", "objects", "isolate", "reading", "gather", "worktrees", *WAISTS, "changes", "contracts", "handoffs",
        "rules",
    },
    "githooks": {
        "", "plumbing", "repository", "objects", "trust", "gather", "verdict", "history", "porcelain", "findings", "patterns", "contracts",
        "handoffs", "integrations",
    },
    "agents": {
        "plumbing", "repository", "objects", "reading", "gather", "judge", "verdict", "porcelain", *WAISTS, "changes", "contracts", "rules",
        "integrations",
    },
    "gate": {"plumbing", "repository", "objects", "isolate", "trust", "reading", "gather", "handoffs", "integrations"},
    # the ways in
    "endings": {"", "plumbing"},
    "commands": {
        "", "plumbing", "repository", "objects", "isolate", "trust", "reading", "gather", "explanation", "verdict", "history", "output",
        "worktrees", "closing", "githooks", "agents", "gate", "porcelain", "rewrite", "writing", "endings", *WAISTS, *NOUNS,
    },
    "cli": {"", "commands"},
    "__main__": {"cli", "commands", "endings", "integrations"},
}  # fmt: skip

# What a noun may use of the world: nothing. Of the standard library and others, only this.
PURE = set(
    "__future__ _json binascii bisect collections datetime difflib enum functools hashlib heapq itertools json operator re shlex tomli "
    "unicodedata".split()
) | {"markdown_it"}  # which reads handoffs
PURE_BESIDES = {"judge", "explanation", "closing/account", "closing/tally", "closing/worries"}
PURE_MODULES = NOUNS | LEAVES | WAISTS | PURE_BESIDES
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
LOADER = "rules/rule.py"  # loads a question of guard's own when it is asked

SPAWNERS = {
    "plumbing",
    "commands/agent_selftest",  # runs what an agent would run
    "closing/running",  # runs what a person asks for, and what the trusted contract requires
    "commands/demo",  # runs the real program on the repositories it made
    "__main__",  # starts itself over, in the same process
}
SPAWNING = re.compile(r"\b(subprocess|_posixsubprocess|multiprocessing|os\.(posix_spawnp?|fork|forkpty|system|popen|exec\w+|spawn\w+))\b")
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|# (type: ignore|noqa)|pragma: no cover")
CLICKS_OWN = {"get_command"}  # a method that Click calls by this name
SPEAKERS = {"commands", "cli", "__main__"}
SPEAKING = {"print", "exit", "quit", "input", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write"}


class Import(NamedTuple):
    """One imported module, and where."""

    name: str
    line: int


@cache
def tree(module: str) -> ast.Module:
    """Parse a module of the package."""
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def place(module: str) -> str:
    """Give the line of the map that a module stands on: its folder, or its own name."""
    return module.partition("/")[0].removesuffix(".py")


def top(name: str) -> str:
    """Give the first part of a dotted name."""
    return name.partition(".")[0]


def imports(module: str) -> list[Import]:
    """List what a module imports, at the top or lazily, for use or for annotations."""
    found = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"guard/{module}:{node.lineno}: a relative import"
            source = node.module or ""
            package = (ROOT / source.replace(".", "/")).is_dir()
            found += [Import(f"{source}.{alias.name}" if package else source, node.lineno) for alias in node.names]
    return found


def calls(module: str) -> list[tuple[str, int]]:
    """List what a module calls by name, with lines."""
    return [(ast.unparse(node.func), node.lineno) for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]


def is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether a statement is the block that never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def test_every_module_has_its_place() -> None:
    """A module that the map does not name, or a name without a module, is a mistake."""
    assert {place(module) for module in MODULES} == set(MAP)


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_map(module: str) -> None:
    """A module imports of guard only what its line of the map allows."""
    own = place(module)
    for name, line in imports(module):
        if top(name) != "guard":
            continue
        other = [*name.split("."), ""][1]
        other = other if other in MAP else ""  # `from guard import __version__`
        assert other in {own} | LEAVES | MAP[own], f"guard/{module}:{line}: {own} may not import {name}"


@pytest.mark.parametrize("module", [module for module in MODULES if {place(module), module.removesuffix(".py")} & PURE_MODULES])
def test_nouns_do_not_touch_the_world(module: str) -> None:
    """The nouns, the waists, the judge and the explanation read nothing, write nothing and start nothing."""
    blocks = [range(node.lineno, (node.end_lineno or 0) + 1) for node in ast.walk(tree(module)) if is_for_type_checkers(node)]
    for name, line in imports(module):
        allowed = top(name) in PURE | {"guard"} or any(line in block for block in blocks)
        assert allowed, f"guard/{module}:{line}: imports {name}"
    for name, line in calls(module):
        assert name not in IMPURE_CALLS or (module, name) == (LOADER, "__import__"), f"guard/{module}:{line}: calls {name}"


@pytest.mark.parametrize("module", [module for module in MODULES if module.removesuffix(".py") not in SPAWNERS])
def test_one_door_to_git(module: str) -> None:
    """Only `plumbing.py` starts a process to read, and only `porcelain.py` lets GitPython start one."""
    for name, line in imports(module):
        assert not SPAWNING.match(name), f"guard/{module}:{line}: imports {name}"
        assert module == "porcelain.py" or top(name) != "git", f"guard/{module}:{line}: imports {name}"
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute) and (module, ast.unparse(node)) != ("__main__.py", "os.execv"):  # guard itself, in UTF-8 mode
            assert not SPAWNING.match(ast.unparse(node)), f"guard/{module}:{node.lineno}: uses {ast.unparse(node)}"


@pytest.mark.parametrize("module", [module for module in MODULES if place(module) not in SPEAKERS])
def test_only_commands_speak(module: str) -> None:
    """Only the commands and the two ways in import Click, print or exit."""
    for name, line in imports(module):
        assert top(name) != "click", f"guard/{module}:{line}: imports {name}"
    for name, line in calls(module):
        assert name not in SPEAKING, f"guard/{module}:{line}: calls {name}"
    for node in ast.walk(tree(module)):
        assert not (isinstance(node, ast.Name) and node.id == "SystemExit"), f"guard/{module}:{node.lineno}: exits"


@pytest.mark.parametrize("module", MODULES)
def test_things_stay_short(module: str) -> None:
    """No module has more than 300 lines and no function more than 60."""
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= 300
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 60, f"guard/{module}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_left_for_later(module: str) -> None:
    """No note to self, no silenced checker, no vague name."""
    text = (PACKAGE / module).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        assert not LATER.search(line), f"guard/{module}:{number}: {line}"
    assert not re.search(r"(?i)(util|manager|handler|helper|misc|common)", Path(module).stem), module
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef):
            assert not node.name.startswith("get_") or node.name in CLICKS_OWN, f"guard/{module}:{node.lineno}: {node.name}"


@pytest.mark.parametrize("module", [module for module in MODULES if place(module) not in {"cli", "__main__"}])
def test_bugs_are_not_swallowed(module: str) -> None:
    """Only the way in catches every exception; whoever else does, to tidy up, raises it again, and a bug exits with status 3."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")):
            assert ast.unparse(node.body[-1]) == "raise", f"guard/{module}:{node.lineno}: every exception ends here"
