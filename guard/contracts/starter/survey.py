"""The tracked files of a repository, sorted so that 200,000 paths can be asked about quickly."""

import bisect
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from guard.contracts.draft import exactly
from guard.contracts.starter.proposal import ProposedLine

# A repository with more projects of a kind has sessions of their own in each of them.
MOST_HOMES = 4
_DEEPEST_HOME = 2  # folders above a project that concerns everybody
# Folders that say nothing about the project itself: its tests, and examples or foreign code.
_TESTING = frozenset(
    "test tests spec specs __tests__ testing testdata test-data test_data fixtures __fixtures__ "
    "e2e integration-tests integration_tests".split()
)
_FOREIGN = frozenset(
    "example examples sample samples demo demos doc docs vendor third_party third-party thirdparty "
    "node_modules template templates bench benches benchmark benchmarks dummy playground "
    "playgrounds sandbox fuzz contrib support tools scripts hack packaging website site deps "
    "utils".split()
)
_TESTS = re.compile(
    r"test_.*\.py|.*_test\.(?:py|go|rb|dart|exs|cc|cpp)|.*[._-](?:test|spec|cy)\.[cm]?[jt]sx?"
    r"|.*_spec\.rb|.*Tests?\.(?:java|kt|php|cs|swift)"
)
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".rs")


class Survey:
    """Answers from a list of paths as git has them.

    A folder has no slash at its end; the top is "". `catalogue` is what `catalogue.toml` says.
    """

    def __init__(self, paths: Iterable[str], catalogue: Mapping[str, Any]) -> None:
        self.catalogue = catalogue
        self.paths = sorted(set(paths))
        self.inside: dict[str, list[str]] = {}  # folder → names of the files right in it
        self._folders_of: dict[str, list[str]] = {}  # name → folders
        self._endings: dict[str, list[str]] = {}  # text after the last dot → names
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            self.inside.setdefault(folder, []).append(name)
            self._folders_of.setdefault(name, []).append(folder)
        for name in self._folders_of:
            self._endings.setdefault(name.rpartition(".")[2], []).append(name)
        self.folders = {""}
        for folder in self.inside:
            self.folders.update((folder, *_above(folder)))

    def named(self, glob: str) -> list[str]:
        """The files of this name (`*` stands for anything) in any folder."""
        names = self._names(glob) if "*" in glob else [glob]
        return sorted(
            join(folder, name) for name in names for folder in self._folders_of.get(name, ())
        )

    def below(self, folder: str) -> Sequence[str]:
        """All files below a folder."""
        start = bisect.bisect_left(self.paths, folder + "/")
        return self.paths[start : bisect.bisect_left(self.paths, folder + "0")]  # "0" follows "/"

    def matching(self, home: str, pattern: str) -> Sequence[str]:
        """The files that a pattern below `home` matches.

        It is a folder (`src/types/`) or a name in one, where `*` stands for anything.
        """
        if pattern.endswith("/"):
            return self.below(join(home, pattern[:-1]))
        folder, _, glob = pattern.rpartition("/")
        folder = join(home, folder)
        return [
            join(folder, name)
            for name in self.inside.get(folder, ())
            if name == glob or ("*" in glob and _matches(glob, name))
        ]

    def homes(self, marks: str) -> list[str]:
        """The topmost folders of projects of a kind, neither aside nor deep.

        `marks` are the files of which each has one, as words: `go.mod *.sln`.
        """
        found = {
            home for mark in marks.split() for home in self._marked(mark) if not is_aside(home)
        }
        tops = (home for home in found if not any(above in found for above in _above(home)))
        return sorted(home for home in tops if not home or home.count("/") < _DEEPEST_HOME)

    def main_homes(self, marks: str) -> list[str]:
        """The same, or the top of the repository alone if there are too many."""
        homes = self.homes(marks)
        return few(homes) or [home for home in homes if not home]

    def children(self, folder: str) -> Iterator[str]:
        """The names of the folders right in `folder`."""
        start = f"{folder}/" if folder else ""
        for path in self.folders:
            name = path[len(start) :]
            if path.startswith(start) and name and "/" not in name:
                yield name

    def suites(self, folder: str) -> int:
        """How many suites lie below a folder: files with tests, but for Go folders with them."""
        paths = self.below(folder) if folder else self.paths
        files = [path for path in paths if is_test(path)]
        go = [path for path in files if path.endswith(".go")]
        return len(files) - len(go) + len(set(map(folder_of, go)))

    def _names(self, glob: str) -> list[str]:
        ending = glob.rpartition(".")[2]
        some = self._folders_of if "*" in ending else self._endings.get(ending, ())
        if glob.rfind("*") == 0:
            return [name for name in some if name.endswith(glob[1:])]
        return [name for name in some if _matches(glob, name)]

    def _marked(self, mark: str) -> Iterator[str]:
        tail, _, glob = mark.rpartition("/")
        for path in self.named(glob):
            folder = folder_of(path)
            if not tail:
                yield folder
            elif folder == tail or folder.endswith("/" + tail):
                yield folder[: -len(tail)].rstrip("/")


def anchored(survey: Survey, home: str, patterns: str, why: str) -> Iterator[ProposedLine]:
    """Yield a line for each of `patterns` (words, as for `matching`) with a match below `home`."""
    for pattern in patterns.split():
        files = survey.matching(home, pattern)
        if "*" in pattern and len(files) == 1:
            yield ProposedLine(exactly(files[0]), why, files)
        elif files:
            top = exactly(home) if home else ""
            yield ProposedLine(f"{top}/{pattern}", why, files)


def beside(survey: Survey, home: str, table: Mapping[str, str]) -> Iterator[ProposedLine]:
    """Yield the lines of a table of the catalogue (reason → patterns) with a match below `home`."""
    for why, patterns in table.items():
        yield from anchored(survey, home, patterns, why)


def folders(names: Iterable[str], survey: Survey, why: str) -> Iterator[ProposedLine]:
    """Yield a line for each of these folders."""
    for folder in names:
        yield ProposedLine(exactly(folder) + "/", why, survey.below(folder))


def anywhere(survey: Survey, patterns: str, why: str) -> Iterator[ProposedLine]:
    """Yield a line for each of `patterns` (words: names with `*`) with a match that is not aside.

    Its files are those in any folder.
    """
    for pattern in patterns.split():
        files = survey.named(pattern)
        if any(not is_aside(folder_of(path)) for path in files):
            yield ProposedLine(pattern, why, files)


def each(survey: Survey, patterns: str, why: str, parents: str = "") -> Iterator[ProposedLine]:
    """Yield a line for every file that matches one of `patterns` (words) and is not aside.

    With `parents` (words) its folder must have one of these names. If a pattern matches too many
    files, it yields nothing: each belongs to a part of the project.
    """
    for pattern in patterns.split():
        files = [path for path in survey.named(pattern) if not is_aside(folder_of(path))]
        if parents:
            files = [path for path in files if _parent(path) in parents.split()]
        if len(files) < MOST_HOMES:
            yield from (ProposedLine(exactly(path), why, [path]) for path in files)


def few(homes: list[str]) -> list[str]:
    """Give the folders, or none if there are too many to concern everybody."""
    return homes if len(homes) <= MOST_HOMES else []


def is_aside(folder: str) -> bool:
    """Whether a folder is beside the project: tests, examples, vendored code, or hidden."""
    return is_foreign(folder) or any(
        part in _TESTING or part.endswith(("-tests", "_tests")) for part in _parts(folder)
    )


def is_foreign(folder: str) -> bool:
    """Whether a folder holds examples, documentation or foreign code, or is hidden."""
    return any(part in _FOREIGN or part.startswith(".") for part in _parts(folder))


def is_for_tests(folder: str) -> bool:
    """Whether a folder is named after tests."""
    return folder.rpartition("/")[2] in _TESTING


def is_test(path: str) -> bool:
    """Whether a file holds tests, by the names and folders that test runners look for."""
    if _TESTS.fullmatch(path.rpartition("/")[2]):
        return True
    return path.endswith(_SCRIPTS) and _parent(path) in ("test", "tests", "__tests__")


def is_below(folder: str, other: str) -> bool:
    """Whether a folder lies in another one, at any depth."""
    return folder != other and (not other or folder.startswith(other + "/"))


def join(folder: str, name: str) -> str:
    """Put a name or path below a folder; either may be the top, ""."""
    return f"{folder}/{name}" if folder and name else folder or name


def folder_of(path: str) -> str:
    """Give the folder of a path."""
    return path.rpartition("/")[0]


def _parent(path: str) -> str:
    return folder_of(path).rpartition("/")[2]


def _parts(folder: str) -> list[str]:
    return f"{folder}/".partition("src/main/")[0].split("/")  # names below it are packages


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = folder_of(folder)
        yield folder


@functools.cache
def _regex(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")), re.DOTALL)


def _matches(glob: str, name: str) -> bool:
    return bool(_regex(glob).fullmatch(name))
