"""The group `types`: the shapes that every part of a program agrees on, where they are shared.

Types of one feature are its own.
"""

from collections.abc import Iterator

from guard.contracts.draft import exactly
from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.routes import python_servers
from guard.contracts.starter.survey import (
    Survey,
    anchored,
    anywhere,
    beside,
    few,
    folders,
    is_aside,
    join,
)

_MADE = frozenset("gen generated dist build out".split())  # folders of generated files
_SHARED = frozenset(("shared", "common"))
_COLLECTIONS = ("packages", "libs", "crates", "modules", "src")


def types(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for why, names in survey.catalogue["schemas"].items():
        for line in anywhere(survey, names, why):
            if any(_MADE.isdisjoint(path.split("/")) for path in line.files):
                yield line
    for marks, table in survey.catalogue["types"].items():
        for home in few(survey.homes(marks)):
            yield from beside(survey, home, table)
    for home in survey.homes("package.json"):
        yield from beside(survey, home, survey.catalogue["tables"])
    yield from folders(_packages(survey), survey, "types that other packages share")
    yield from _python(survey)
    for folder in python_servers(survey):
        models = "models.py schemas.py models/ schemas/"
        yield from anchored(survey, folder, models, "tables and messages of every route")
    yield from _headers(survey)


def _packages(survey: Survey) -> Iterator[str]:
    """Packages of a workspace for types or contracts alone, and folders of shared types."""
    packages = [
        join(collection, name)
        for collection in _COLLECTIONS
        for name in survey.children(collection)
        if _is_for_types(collection, name)
    ]
    typed = [folder for folder in survey.folders if folder.endswith(("/types", "/@types"))]
    shared = [folder for folder in typed if not _SHARED.isdisjoint(folder.split("/"))]
    for folder in sorted(packages) + sorted(few(shared)):
        if not is_aside(folder):
            yield folder


def _is_for_types(collection: str, name: str) -> bool:
    name = name.lower()
    if name in ("types", "contracts", "schemas"):
        return collection != "src"
    return name.count("-") < 2 and name.endswith(("-types", "_types", "-contracts", ".contracts"))


def _python(survey: Survey) -> Iterator[ProposedLine]:
    names = "types.py _types.py typing.py _typing.py types/ _types/"
    for home in few(survey.homes("pyproject.toml setup.py setup.cfg requirements.txt manage.py")):
        bases = (home, join(home, "src"))
        tops = [join(base, name) for base in bases for name in survey.children(base)]
        packages = [top for top in tops if "__init__.py" in survey.inside.get(top, ())]
        packages = [package for package in packages if not is_aside(package)]
        for package in sorted(few(packages)):
            yield from anchored(survey, package, names, "types of the whole package")


def _headers(survey: Survey) -> Iterator[ProposedLine]:
    """Public headers, if there are sources too: a library of headers has its features there."""
    for home in survey.homes("CMakeLists.txt meson.build configure.ac Makefile"):
        files = survey.matching(home, "include/")
        headers = [path for path in files if path.endswith((".h", ".hh", ".hpp", ".hxx"))]
        below = survey.below(home) or survey.paths
        sources = [path for path in below if path.endswith((".c", ".cc", ".cpp", ".cxx"))]
        if headers and len(sources) > len(headers):
            top = exactly(home) if home else ""
            yield ProposedLine(f"{top}/include/", "public headers", files)
