"""The tracked files of a repository, sorted so that questions about names and folders are cheap: 200,000 paths are nothing special."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from guard.contracts.starter.values import Line
from guard.patterns import escape

MOST_HOMES = 4  # a repository with more projects of one kind has sessions of their own in them
DEEPEST_HOME = 2  # folders above a project that concerns everybody
# Folders that tell nothing about the project itself: how it is tested, and what shows its use or comes from elsewhere.
_TESTING = frozenset(
    "test tests spec specs __tests__ testing testdata test-data test_data fixtures __fixtures__ e2e integration-tests "
    "integration_tests".split()
)
_FOREIGN = frozenset(
    "example examples sample samples demo demos doc docs vendor third_party third-party thirdparty node_modules template templates "
    "bench benches benchmark benchmarks dummy playground playgrounds sandbox fuzz contrib support tools scripts hack packaging "
    "website site deps utils".split()
)
_TESTS = re.compile(
    r"test_.*\.py|.*_test\.(?:py|go|rb|dart|exs|cc|cpp)|.*[._-](?:test|spec|cy)\.[cm]?[jt]sx?|.*_spec\.rb|.*Tests?\.(?:java|kt|php|cs|swift)"
)
_UNWRITABLE = re.compile("[\n\ud800-\udfff]")
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".rs")


class Survey:
    """Answers from a list of paths as git has them. A folder is written without a slash at its end; the top is ""."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(set(paths))
        self.inside: dict[str, list[str]] = {}  # folder → names of the files right in it
        self._places: dict[str, list[str]] = {}  # name → folders
        self._endings: dict[str, list[str]] = {}  # what follows the last dot → names
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            self.inside.setdefault(folder, []).append(name)
            self._places.setdefault(name, []).append(folder)
        for name in self._places:
            self._endings.setdefault(name.rpartition(".")[2], []).append(name)
        self.folders = frozenset(_all_folders(self.inside))

    def named(self, glob: str) -> list[str]:
        """The files of this name (`*` stands for anything), wherever they are."""
        names = [glob] if "*" not in glob else self._names(glob)
        return sorted(join(folder, name) for name in names for folder in self._places.get(name, ()))

    def below(self, folder: str) -> Sequence[str]:
        """All files below a folder."""
        start = bisect.bisect_left(self.paths, folder + "/")
        return self.paths[start : bisect.bisect_left(self.paths, folder + "0")]  # "0" follows "/"

    def matching(self, home: str, pattern: str) -> Sequence[str]:
        """The files that a pattern below `home` matches: a folder (`src/types/`) or a name in one, where `*` stands for anything."""
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
        """The topmost folders, not aside and not deep, that hold a file by which projects of a kind are known (words: `go.mod *.sln`)."""
        found = {
            home for mark in marks.split() for home in self._marked(mark) if not is_aside(home)
        }
        tops = (home for home in found if not any(above in found for above in _above(home)))
        return sorted(home for home in tops if not home or home.count("/") < DEEPEST_HOME)

    def children(self, folder: str) -> Iterator[str]:
        """The names of the folders right in `folder`."""
        start = f"{folder}/" if folder else ""
        return (
            path[len(start) :]
            for path in self.folders
            if path and path.startswith(start) and "/" not in path[len(start) :]
        )

    def suites(self, folder: str) -> int:
        """How many suites lie below a folder: files with tests, or for Go, where a package is one, folders with such files."""
        files = (
            [path for path in self.below(folder) if is_test(path)]
            if folder
            else [path for path in self.paths if is_test(path)]
        )
        go = {path.rpartition("/")[0] for path in files if path.endswith(".go")}
        return len(go) + sum(not path.endswith(".go") for path in files)

    def _names(self, glob: str) -> list[str]:
        ending = glob.rpartition(".")[2]
        some = self._places if "*" in ending else self._endings.get(ending, ())
        if glob.rfind("*") == 0:
            return [name for name in some if name.endswith(glob[1:])]
        return [name for name in some if _matches(glob, name)]

    def _marked(self, mark: str) -> Iterator[str]:
        tail, _, glob = mark.rpartition("/")
        for path in self.named(glob):
            folder = path.rpartition("/")[0]
            if not tail:
                yield folder
            elif folder == tail or folder.endswith("/" + tail):
                yield folder[: -len(tail)].rstrip("/")


def anchored(survey: Survey, home: str, patterns: str, why: str) -> Iterator[Line]:
    """Yield a line for each of `patterns` (words, as for `Survey.matching`) that matches something below `home`."""
    for pattern in patterns.split():
        files = survey.matching(home, pattern)
        if files:
            single = "*" in pattern and len(files) == 1
            yield Line(
                exactly(files[0])
                if single
                else f"{exactly(home)}/{pattern}"
                if home
                else f"/{pattern}",
                why,
                files,
            )


def anywhere(survey: Survey, patterns: str, why: str) -> Iterator[Line]:
    """Yield a line for each of `patterns` (words: names with `*`) that a file has which is not aside; its files are those at any depth."""
    for pattern in patterns.split():
        files = survey.named(pattern)
        if any(not is_aside(path.rpartition("/")[0]) for path in files):
            yield Line(pattern, why, files)


def each(survey: Survey, patterns: str, why: str, folders: str = "") -> Iterator[Line]:
    """Yield a line for every single file that has one of `patterns` (words), is not aside and lies in one of `folders` (words: names).

    Yields nothing where there are too many of them: then each belongs to a part of the project.
    """
    for pattern in patterns.split():
        files = [path for path in survey.named(pattern) if not is_aside(path.rpartition("/")[0])]
        if folders:
            files = [
                path
                for path in files
                if path.rpartition("/")[0].rpartition("/")[2] in folders.split()
            ]
        if len(files) < MOST_HOMES:
            yield from (Line(exactly(path), why, [path]) for path in files)


def is_aside(folder: str) -> bool:
    """Whether a folder is beside the project: tests, examples, vendored code, or hidden."""
    return is_foreign(folder) or any(
        part in _TESTING or part.endswith(("-tests", "_tests")) for part in _parts(folder)
    )


def is_foreign(folder: str) -> bool:
    """Whether a folder shows how the project is used, or holds what others wrote, or is hidden."""
    return any(part in _FOREIGN or part.startswith(".") for part in _parts(folder))


def is_for_tests(folder: str) -> bool:
    """Whether a folder is named after tests."""
    return folder.rpartition("/")[2] in _TESTING


def is_test(path: str) -> bool:
    """Whether a file holds tests, by the names and folders where test runners look for them."""
    folder, _, name = path.rpartition("/")
    return bool(_TESTS.fullmatch(name)) or (
        name.endswith(_SCRIPTS) and folder.rpartition("/")[2] in ("test", "tests", "__tests__")
    )


def is_below(folder: str, other: str) -> bool:
    """Whether a folder lies in another one, at any depth."""
    return folder != other and (not other or folder.startswith(other + "/"))


def exactly(path: str) -> str:
    """Give the pattern of one path or folder, from the top.

    What TOML or a pattern cannot hold, a newline and bytes that are not UTF-8, is written as `?`, which stands for any one byte.
    """
    return "/" + "?".join(escape(part)[1:] for part in _UNWRITABLE.split(path))


def join(folder: str, name: str) -> str:
    """Put a name, or a path, below a folder. Either may be the top, ""."""
    return f"{folder}/{name}" if folder and name else folder or name


def _parts(folder: str) -> list[str]:
    return f"{folder}/".partition("src/main/")[0].split(
        "/"
    )  # below it, names are those of packages


def _all_folders(given: Iterable[str]) -> set[str]:
    found = {""}
    for folder in given:
        above = folder
        while above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


@functools.cache
def _regex(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")), re.DOTALL)


def _matches(glob: str, name: str) -> bool:
    return bool(_regex(glob).fullmatch(name))
