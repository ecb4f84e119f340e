"""The architecture is a table: which room may import which, and which modules touch the world."""

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

# Room → the rooms that it may import, besides `core`. A row names only rooms below it, so there is
# no circle.
MAP: dict[str, str] = {
    "__main__": "commands agents githooks reports",
    "commands": "agents githooks ci sessions reports verdict rules handoffs receipts contracts git "
    "patterns changes",
    "agents": "sessions verdict rules contracts git changes",
    "githooks": "ci sessions reports verdict rules handoffs receipts contracts git patterns "
    "changes",
    "ci": "sessions verdict rules handoffs git",
    "sessions": "verdict rules handoffs receipts contracts git changes",
    "reports": "rules git",
    "verdict": "rules handoffs receipts contracts git changes",
    "rules": "handoffs receipts contracts patterns changes",
    "handoffs": "receipts",
    "receipts": "git",
    "contracts": "patterns changes",
    "git": "changes",
    "patterns": "",
    "changes": "",
    "core": "",
    "__init__": "",
}
RECEIPT_VALUES = {
    "guard.receipts.receipt",
    "guard.receipts.results",
    "guard.receipts.words",
}  # all that rules and handoffs may know of them

# What a pure module may use of the standard library and others: nothing that touches the world.
PURE = set(
    "__future__ _json binascii bisect collections datetime difflib enum functools hashlib heapq "
    "itertools json math operator re shlex tomli tomlkit "
    "typing unicodedata".split()
) | {"markdown_it"}  # which reads handoffs
PURE_ROOMS = {
    "patterns",
    "contracts",
    "changes",
    "handoffs",
    "rules",
    "agents/protocol",
    "agents/shell",
    "agents/programs",
}
PURE_MODULES = {
    *(f"core/{name}" for name in "errors values names codes patch".split()),
    *(f"receipts/{name}" for name in ("receipt", "results", "words")),
    *(f"sessions/closing/{name}" for name in ("account", "tally", "worries")),
    *(f"githooks/{name}" for name in ("checkup", "events")),
    *(
        f"ci/{name}"
        for name in "azure bitbucket buildkite circleci event github gitlab jenkins systems".split()
    ),
    *(
        f"reports/{name}"
        for name in (
            "checkstyle explained github gitlab html json junit located markdown matrix outputs "
            "page_between plain rdjson sarif text"
        ).split()
    ),
    *(f"agents/setup/{name}" for name in ("imitation", "jsontext", "settings")),
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
LOADERS = {
    "rules/rule.py",  # loads a question of guard's own when it is asked
    "agents/programs/__init__.py",  # loads the file of the agent that calls
    "githooks/__init__.py",  # loads the file of the hook that git starts
}

SPAWNERS = {
    "git/plumbing",
    "agents/setup/selftest",  # runs what an agent would run
    "receipts/running",  # runs what a person asks for, and what the trusted contract requires
    "commands/start",  # runs what a person typed, and the set-up commands of the trusted policy
    "commands/status_terminal",  # gives the terminal back where guard is killed; runs no program
    "commands/demo",  # runs the real program on the repositories it made
    "__main__",  # starts itself over, in the same process
}
SPAWNING = re.compile(
    r"\b(subprocess|_posixsubprocess|multiprocessing|os\.(posix_spawnp?|fork|forkpty|system|popen|exec\w+|spawn\w+))\b"
)
LATER = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|# (type: ignore|noqa)|pragma: no cover"
)
# methods that Click calls by these names
CLICKS_OWN = {"get_command", "get_completion_args", "get_completions"}
SPEAKERS = {"commands", "githooks", "__main__", "agents/__init__"}
SPEAKING = {
    "print",
    "exit",
    "quit",
    "input",
    "sys.exit",
    "os._exit",
    "sys.stdout.write",
    "sys.stderr.write",
}


class Import(NamedTuple):
    """One imported module, and where."""

    name: str
    line: int


@cache
def tree(module: str) -> ast.Module:
    """Parse a module of the package."""
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def place(module: str) -> str:
    """Give the room of a module: the row of the map that it is in."""
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
            found += [
                Import(f"{source}.{alias.name}" if package else source, node.lineno)
                for alias in node.names
            ]
    return found


def calls(module: str) -> list[tuple[str, int]]:
    """List what a module calls by name, with lines."""
    return [
        (ast.unparse(node.func), node.lineno)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
    ]


def is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether a statement is the block that never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def is_pure(module: str) -> bool:
    """Whether a module may not touch the world."""
    name = module.removesuffix(".py")
    return name in PURE_MODULES or any(name.startswith(f"{room}/") for room in PURE_ROOMS)


def test_every_module_has_its_room() -> None:
    """Every module is in a room, every room has modules, and nothing is loose at the root."""
    assert {place(module) for module in MODULES} == set(MAP)
    assert {path.name for path in PACKAGE.iterdir() if path.is_file()} == {
        "__init__.py",
        "__main__.py",
        "py.typed",
    }


def test_the_map_has_no_circle() -> None:
    """Every room imports only rooms that stand below it in the map."""
    rows = list(MAP)
    for room, others in MAP.items():
        assert all(rows.index(other) > rows.index(room) for other in others.split()), room


def test_pure_modules_exist() -> None:
    """Every name in the list of pure modules and rooms is one."""
    names = {module.removesuffix(".py") for module in MODULES}
    assert names >= PURE_MODULES
    assert all(any(name.startswith(f"{room}/") for name in names) for room in PURE_ROOMS)


@pytest.mark.parametrize("module", [module for module in MODULES if module.endswith("__init__.py")])
def test_every_room_says_what_lives_there(module: str) -> None:
    """The `__init__` of each room has a docstring of a sentence or more."""
    assert (ast.get_docstring(tree(module)) or "").endswith((".", ">>>", "True"))


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_map(module: str) -> None:
    """A module imports of guard only what the row of its room allows."""
    own = place(module)
    for name, line in imports(module):
        if top(name) != "guard":
            continue
        room = [*name.split("."), ""][1]
        room = room if room in MAP else "__init__"  # `from guard import __version__`
        allowed = {own, "core", "__init__", *MAP[own].split()}
        assert room in allowed, f"guard/{module}:{line}: {own} may not import {name}"
        if room == "receipts" and own in ("rules", "handoffs"):
            assert name in RECEIPT_VALUES, (
                f"guard/{module}:{line}: {own} may import only the values of receipts"
            )


@pytest.mark.parametrize("module", [module for module in MODULES if is_pure(module)])
def test_pure_modules_do_not_touch_the_world(module: str) -> None:
    """A pure module reads nothing, writes nothing and starts nothing."""
    blocks = [
        range(node.lineno, (node.end_lineno or 0) + 1)
        for node in ast.walk(tree(module))
        if is_for_type_checkers(node)
    ]
    for name, line in imports(module):
        allowed = top(name) in PURE | {"guard"} or any(line in block for block in blocks)
        assert allowed, f"guard/{module}:{line}: imports {name}"
    for name, line in calls(module):
        loads = name == "__import__" and module in LOADERS
        assert name not in IMPURE_CALLS or loads, f"guard/{module}:{line}: calls {name}"


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module.removesuffix(".py") not in SPAWNERS]
)
def test_one_door_to_git(module: str) -> None:
    """Only git/plumbing.py starts a process to read; only git/porcelain.py uses GitPython."""
    for name, line in imports(module):
        assert not SPAWNING.match(name), f"guard/{module}:{line}: imports {name}"
        assert module == "git/porcelain.py" or top(name) != "git", (
            f"guard/{module}:{line}: imports {name}"
        )
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute) and (module, ast.unparse(node)) != (
            "__main__.py",
            "os.execv",
        ):  # guard itself, in UTF-8 mode
            assert not SPAWNING.match(ast.unparse(node)), (
                f"guard/{module}:{node.lineno}: uses {ast.unparse(node)}"
            )


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if not {place(module), module.removesuffix(".py")} & SPEAKERS],
)
def test_only_commands_speak(module: str) -> None:
    """Only the commands and the three ways in import Click, print or exit."""
    for name, line in imports(module):
        assert top(name) != "click", f"guard/{module}:{line}: imports {name}"
    for name, line in calls(module):
        assert name not in SPEAKING, f"guard/{module}:{line}: calls {name}"
    for node in ast.walk(tree(module)):
        assert not (isinstance(node, ast.Name) and node.id == "SystemExit"), (
            f"guard/{module}:{node.lineno}: exits"
        )


@pytest.mark.parametrize("module", MODULES)
def test_things_stay_short(module: str) -> None:
    """No module has more than 400 lines and no function more than 60."""
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= 400
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
    assert not re.search(r"(?i)(util|manager|handler|helper|misc|common)", Path(module).stem), (
        module
    )
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef):
            assert not node.name.startswith("get_") or node.name in CLICKS_OWN, (
                f"guard/{module}:{node.lineno}: {node.name}"
            )


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module not in {"commands/cli.py", "__main__.py"}]
)
def test_bugs_are_not_swallowed(module: str) -> None:
    """Only the way in catches every exception; elsewhere it is raised again."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            assert ast.unparse(node.body[-1]) == "raise", (
                f"guard/{module}:{node.lineno}: every exception ends here"
            )
