"""The measured repositories: made by recipe, kept in the work folder, remade if a recipe changes.

`git fast-import` makes the history, so that a hundred thousand files need no checkout. Policy and
contracts are on `main`, and `origin/main` is where `main` is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from bench.layout import Package, content, packages
from bench.mixes import elsewhere, grants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SESSION = "reshape-1"  # the branch under judgement; `reshape.toml` claims it
_DATE = "1767323045 +0000"
_SOURCES = ("layout.py", "mixes.py", "repositories.py")
_PRE_COMMIT = """\
repos:
  - repo: local
    hooks:
      - id: nothing
        name: nothing
        language: system
        entry: 'true'
        always_run: true
        pass_filenames: false
"""
_KINDS = "MMMDMMMMAM"
_RECORD = '#!/bin/sh\nenv -0 >"$0.env"\nexit 1\n'


class Recipe(NamedTuple):
    """What a repository holds.

    Numbers: `files` on the base; `patterns` of policy and contract together, of which `dead` match
    nothing; `contracts` on the base, with this session's; paths that the session `changed` in a
    commit and has `staged`, how many of each it does not own (`foreign`), and how many of those
    that it edited the base edited since, in another line (`moved`). Switches: the shared group of
    generated code has `generated = true`; `attributes` mark some files as generated; there is a
    `handoff`; the files are on disk (`checkout`); a `linked` worktree is asked.
    """

    files: int
    patterns: int = 200
    dead: int = 2
    contracts: int = 1
    changed: int = 3
    staged: int = 0
    foreign: int = 0
    moved: int = 0
    generated: bool = False
    attributes: bool = False
    handoff: bool = False
    checkout: bool = False
    linked: bool = False


class Place(NamedTuple):
    """A ready worktree: folder, environment for commands, the session's tip and merge base."""

    folder: str
    env: Mapping[str, str]
    base: str
    head: str


class Workshop:
    """Makes repositories below a folder, once."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.env = _sealed(folder)
        os.makedirs(os.path.join(folder, "home"), exist_ok=True)
        self._edition = _edition()

    def git(self, folder: str, *words: str, stdin: bytes = b"", status: int = 0) -> str:
        """Run git in `folder`; give its output. Raises CalledProcessError on another status."""
        return self.run(folder, "git", *words, stdin=stdin, status=status)

    def run(self, folder: str, *argv: str, stdin: bytes = b"", status: int = 0) -> str:
        """Run a program in `folder`, sealed off from the user's configuration; give its output."""
        done = subprocess.run(
            argv, cwd=folder, env=self.env, input=stdin, capture_output=True, check=False
        )
        if done.returncode != status:
            raise subprocess.CalledProcessError(
                done.returncode, argv, done.stdout, done.stderr.decode(errors="replace")
            )
        return done.stdout.decode().strip()

    def made(self, name: str, recipe: object, build: Callable[[str], None]) -> str:
        """Give the folder `name`; `build` makes it unless an earlier run did by the same recipe."""
        folder = os.path.join(self.folder, name)
        stamp, wanted = folder + ".made", f"{recipe!r} {self._edition}"
        if os.path.isdir(folder) and _text(stamp) == wanted:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        build(folder)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(wanted)
        return folder

    def place(self, name: str, recipe: Recipe) -> Place:
        """Give the worktree that `recipe` describes."""
        home = self.made(
            f"{name}-{recipe.files}", recipe, lambda folder: self._build(folder, recipe)
        )
        folder = os.path.join(home, "linked" if recipe.linked else "main")
        env = _recorded(os.path.join(home, "env")) if recipe.staged else self.env
        return Place(
            folder,
            env,
            self.git(folder, "merge-base", "main", SESSION),
            self.git(folder, "rev-parse", SESSION),
        )

    def _build(self, home: str, recipe: Recipe) -> None:
        source = self.made(
            f"files-{recipe.files}",
            recipe.files,
            lambda folder: self._import_files(folder, recipe.files),
        )
        main = os.path.join(home, "main")
        self.git(home, "clone", "-q", "--local", "--no-checkout", source, main)
        self.git(main, "fast-import", "--quiet", "--force", stdin=b"".join(_history(recipe)))
        self.git(main, "update-ref", "refs/remotes/origin/main", "refs/heads/main")
        folder = self._linked(home, main) if recipe.linked else main
        self._check_out(folder, on_disk=recipe.checkout)
        self._stage(folder, recipe)
        if recipe.staged:
            self._record(folder, os.path.join(home, "env"))

    def _import_files(self, folder: str, files: int) -> None:
        self.git(folder, "init", "-q", "--bare", "-b", "main")
        paths = (path for package in packages(files) for path in package.paths)
        self.git(
            folder,
            "fast-import",
            "--quiet",
            "--depth=0",
            stdin=b"".join(_commit("main", "", ((path, content(path)) for path in paths))),
        )

    def _linked(self, home: str, main: str) -> str:
        self.git(main, "read-tree", "main")
        self.git(
            main, "worktree", "add", "-q", "--no-checkout", os.path.join(home, "linked"), SESSION
        )
        return os.path.join(home, "linked")

    def _check_out(self, folder: str, *, on_disk: bool) -> None:
        if on_disk:
            self.git(folder, "checkout", "-q", SESSION)
            return
        self.git(folder, "symbolic-ref", "HEAD", f"refs/heads/{SESSION}")
        self.git(folder, "read-tree", "HEAD")

    def _stage(self, folder: str, recipe: Recipe) -> None:
        for path, data in _changes(recipe, recipe.staged, edition=2):
            if data is None:
                self.git(folder, "rm", "-q", *([] if recipe.checkout else ["--cached"]), "--", path)
                continue
            blob = self.git(folder, "hash-object", "-w", "--stdin", stdin=data)
            self.git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
            if recipe.checkout:
                self.git(folder, "checkout-index", "--force", "--", path)

    def _record(self, folder: str, file: str) -> None:
        """Let git itself start a hook, and keep the environment that it gives."""
        hook = os.path.join(
            self.git(folder, "rev-parse", "--path-format=absolute", "--git-path", "hooks"),
            "pre-commit",
        )
        os.makedirs(os.path.dirname(hook), exist_ok=True)
        with open(hook, "w", encoding="utf-8") as script:
            script.write(_RECORD)
        os.chmod(hook, 0o700)
        self.git(folder, "commit", "-m", "not to be", status=1)
        os.replace(hook + ".env", file)
        os.remove(hook)


def _sealed(home: str) -> dict[str, str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PRE_COMMIT", "PYTHON"))
    }
    person = {
        f"GIT_{role}_{what}": f"ada@{role}.example"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    places = {"HOME": "home", "XDG_CONFIG_HOME": "home/config", "PRE_COMMIT_HOME": "pre-commit"}
    away = {name: os.path.join(home, folder) for name, folder in places.items()}
    return {**env, **person, **away, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _edition() -> str:
    """What repositories are made by: these sources. Another edition makes them anew."""
    here = os.path.dirname(__file__)
    return hashlib.sha256(
        b"".join(_bytes(os.path.join(here, source)) for source in _SOURCES)
    ).hexdigest()


def _bytes(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()


def _text(file: str) -> str:
    return _bytes(file).decode() if os.path.exists(file) else ""


def _recorded(file: str) -> dict[str, str]:
    entries = _bytes(file).decode("utf-8", "surrogateescape").split("\0")[:-1]
    return dict(entry.partition("=")[::2] for entry in entries)


def _history(recipe: Recipe) -> Iterator[bytes]:
    """Policy and contracts on the base, the session's commit, then one more commit on the base."""
    yield from _commit("main", "refs/heads/main^0", _agreement(recipe).items())
    left = [(".guard/handoffs/reshape.md", _handoff(recipe))] if recipe.handoff else []
    yield from _commit(SESSION, ":1", [*_changes(recipe, recipe.changed, edition=1), *left])
    edited = [path for path, data in _changes(recipe, recipe.changed, edition=1) if data]
    both = [path for path in edited if "/new-" not in path]
    theirs = [(path, content(path) + b"More.\n") for path in _spread(both, recipe.moved)]
    yield from _commit("main", ":1", [("NEWS.md", b"The base moved on.\n"), *theirs])


def _commit(branch: str, start: str, files: Iterable[tuple[str, bytes | None]]) -> Iterator[bytes]:
    """One commit for git-fast-import(1); the first on `main` has mark 1. None deletes a file."""
    mark = "mark :1\n" if branch == "main" and not start.startswith(":") else ""
    committer = f"committer Ada <ada@example.com> {_DATE}"
    yield f"commit refs/heads/{branch}\n{mark}{committer}\ndata 4\nwork\n".encode()
    if start:
        yield f"from {start}\n".encode()
    for path, data in files:
        name = path.encode()
        yield (
            b"D %s\n" % name
            if data is None
            else b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data)
        )
    yield b"\n"


def _own(recipe: Recipe) -> tuple[list[Package], list[Package]]:
    """The packages that the session owns, enough for all it changes, and the others."""
    everything = packages(recipe.files)
    number = 1
    while (
        len(_sources(everything[:number])) < 2 * max(recipe.changed, recipe.staged) + 4
        and number < len(everything) - 1
    ):
        number += 1
    number = max(number, len(everything) // 20)
    return everything[:number], everything[number:]


def owned_by_others(recipe: Recipe) -> str:
    """A file on the base that the session does not own, and that is of no shared group."""
    return _sources(_own(recipe)[1])[0]


def _sources(some: Sequence[Package]) -> list[str]:
    """The files of packages that are in no shared group: all but `layout._META`."""
    return [path for package in some for path in package.paths[7:]]


def _changes(recipe: Recipe, number: int, edition: int) -> Iterator[tuple[str, bytes | None]]:
    """The session's changes: of ten paths one is deleted (None), one added, eight edited.

    The last ones are `foreign`.
    """
    own, others = _own(recipe)
    paths = [
        *_spread(_sources(own)[edition::2], number - recipe.foreign),
        *_spread(_sources(others)[edition::2], recipe.foreign),
    ]
    for turn, path in enumerate(paths):
        folder, name = path.rsplit("/", 1)
        kind = _KINDS[turn % len(_KINDS)]
        yield (
            (f"{folder}/new-{name}" if kind == "A" else path),
            (None if kind == "D" else content(path, edition)),
        )


def _spread(options: Sequence[str], number: int) -> list[str]:
    """`number` of the options, evenly spaced."""
    if number > len(options):
        raise ValueError(f"{number} of {len(options)} paths: make the repository larger")
    return [options[place * len(options) // number] for place in range(number)]


def _agreement(recipe: Recipe) -> dict[str, bytes]:
    """`guard.toml`, the contracts, and what else stands at the top of the base."""
    own, others = _own(recipe)
    shared, forbidden = recipe.patterns * 3 // 10, recipe.patterns // 10
    owns = grants(own, recipe.patterns - shared - forbidden - recipe.dead) + elsewhere(recipe.dead)
    files = {
        "guard.toml": _policy(others, shared, generated=recipe.generated),
        ".guard/contracts/reshape.toml": _contract(
            "reshape-*", owns, grants(others[:10], forbidden)
        ),
        ".pre-commit-config.yaml": _PRE_COMMIT,
    }
    if recipe.attributes:
        files[".gitattributes"] = (
            "* text=auto\n*.pb.go linguist-generated\n/apps/**/en.json linguist-generated\n"
        )
    for number in range(1, recipe.contracts):
        theirs = grants([others[number % len(others)]], 30)
        files[f".guard/contracts/session-{number:02}.toml"] = _contract(
            f"session-{number:02}", theirs, []
        )
    return {path: text.encode() for path, text in files.items()}


def _handoff(recipe: Recipe) -> bytes:
    """A handoff: a line per package, and a sentence under the other titles."""
    rest = ("Behavior changed", "Commands run", "Known risks", "Follow-up work")
    folders = [f"- `{package.folder}/`: reshaped" for package in _own(recipe)[0]]
    others = [
        line for title in rest for line in (f"\n## {title}\n", "None: this is a measurement.")
    ]
    return "\n".join(["## Files changed\n", *folders, *others, ""]).encode()


def _policy(others: Sequence[Package], number: int, *, generated: bool) -> str:
    """The five usual groups with `number` patterns in all, some in packages of other sessions."""
    usual = {
        "types": ["/types/", "*.d.ts.map"],
        "generated": ["**/*.pb.go", "**/gen/**"],
        "package-metadata": ["package.json", "*.lock", "go.mod", "go.sum", "pyproject.toml"],
        "fixtures": ["**/fixtures/**", "conftest.py"],
        "routes": ["**/middleware.ts", "/routes/"],
    }
    places = iter(grants(others[-10:], number))
    while sum(map(len, usual.values())) < number:
        for paths in usual.values():
            paths.append(next(places))
    groups = (
        _group(name, paths, generated=generated and name == "generated")
        for name, paths in usual.items()
    )
    return 'base = "main"\n[handoff]\nrequired = false\n' + "".join(groups)


def _group(name: str, paths: Sequence[str], *, generated: bool) -> str:
    switch = "generated = true" if generated else ""
    why = 'why = "Two edits always collide."'
    return f"\n[shared.{name}]\n{why}\npaths = {_array(paths)}\n{switch}\n"


def _contract(branch: str, owns: Sequence[str], forbids: Sequence[str]) -> str:
    goal = 'goal = "Reshape what is ours."\nowner = "Ada"'
    patterns = f"owns = {_array(owns)}\nforbids = {_array(forbids)}"
    return f'{goal}\n{patterns}\nbranches = ["{branch}"]\n'


def _array(words: Sequence[str]) -> str:
    """An array of TOML with a line for each word; strings of JSON are strings of TOML."""
    return "[\n" + "".join(f"    {json.dumps(word)},\n" for word in words) + "]"
