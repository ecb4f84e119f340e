"""The group `types`: the shapes that every part of a program agrees on, where they are shared.

Types of one feature are its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.routes import python_servers
from guard.contracts.starter.survey import (
    Survey,
    anchored,
    anywhere,
    exactly,
    few,
    folders,
    is_aside,
    join,
)

_SCHEMAS = {
    "*.proto": "Protobuf: both sides of a call are made from it",
    "openapi.yaml openapi.yml openapi.json swagger.yaml swagger.yml swagger.json": (
        "the API's description"
    ),
    "schema.graphql schema.gql *.graphqls": "the GraphQL schema",
    "*.prisma": "Prisma's model: client and migrations are made from it",
    "*.thrift *.avsc *.avdl *.fbs *.capnp *.smithy": "a schema that code is made from",
}
_TYPESCRIPT = (
    "types/ @types/ typings/ src/types/ src/@types/ src/typings/ src/interfaces/ app/types/ "
    "lib/types/ src/lib/types/ types.ts types.d.ts src/types.ts src/types.d.ts src/type.d.ts "
    "app/types.ts lib/types.ts src/lib/types.ts shared/types.ts src/shared/types.ts global.d.ts "
    "globals.d.ts env.d.ts src/global.d.ts src/globals.d.ts src/env.d.ts src/app.d.ts"
)
_TABLES = (
    "db/schema.ts src/db/schema.ts lib/db/schema.ts src/lib/db/schema.ts src/server/db/schema.ts "
    "drizzle/schema.ts packages/db/src/schema.ts"
)
_PLACES = {
    "package.json deno.json": (_TYPESCRIPT, "types of the whole project"),
    "go.mod go.work": (
        "types/ pkg/types/ internal/types/ api/types/ pkg/api/types/ types.go pkg/api/types.go",
        "types of all packages",
    ),
    "Cargo.toml": ("types/ src/types.rs src/types/", "types of the whole crate"),
    "pyproject.toml setup.py": ("typings/ stubs/", "stubs for everything"),
    "Gemfile *.gemspec": ("sig/ sorbet/rbi/shims/", "signatures of everything"),
}
_MADE = frozenset("gen generated dist build out".split())  # folders of generated files
_SHARED = frozenset(("shared", "common"))
_COLLECTIONS = ("packages", "libs", "crates", "modules", "src")


def types(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for names, why in _SCHEMAS.items():
        for line in anywhere(survey, names, why):
            if any(_MADE.isdisjoint(path.split("/")) for path in line.files):
                yield line
    for marks, (patterns, why) in _PLACES.items():
        for home in few(survey.homes(marks)):
            yield from anchored(survey, home, patterns, why)
    for home in survey.homes("package.json"):
        yield from anchored(survey, home, _TABLES, "tables of the whole project")
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
