"""The group `types`: the shapes that every part of a program agrees on. Only those at a shared place: types of one feature are its own."""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.starter.routes import python_servers
from guard.contracts.starter.survey import (
    MOST_HOMES,
    Survey,
    anchored,
    anywhere,
    exactly,
    is_aside,
    join,
)
from guard.contracts.starter.values import Line

_SCHEMAS = {
    "*.proto": "Protobuf: both sides of a call are made from it",
    "openapi.yaml openapi.yml openapi.json swagger.yaml swagger.yml swagger.json": "the API's description",
    "schema.graphql schema.gql *.graphqls": "the GraphQL schema",
    "*.prisma": "Prisma's model: client and migrations are made from it",
    "*.thrift *.avsc *.avdl *.fbs *.capnp *.smithy": "a schema that code is made from",
}
_TYPESCRIPT = (
    "types/ @types/ typings/ src/types/ src/@types/ src/typings/ src/interfaces/ app/types/ lib/types/ src/lib/types/ "
    "types.ts types.d.ts src/types.ts src/types.d.ts src/type.d.ts app/types.ts lib/types.ts src/lib/types.ts "
    "shared/types.ts src/shared/types.ts global.d.ts globals.d.ts env.d.ts src/global.d.ts src/globals.d.ts src/env.d.ts src/app.d.ts"
)
_PYTHON = "types.py _types.py typing.py _typing.py types/ _types/"
_TABLES = (
    "db/schema.ts src/db/schema.ts lib/db/schema.ts src/lib/db/schema.ts src/server/db/schema.ts drizzle/schema.ts "
    "packages/db/src/schema.ts"
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
_MADE = frozenset(
    ("gen", "generated", "dist", "build", "out")
)  # where a program puts what it makes
_SHARED = frozenset(("shared", "common"))
_COLLECTIONS = ("packages", "libs", "crates", "modules", "src")


def types(survey: Survey) -> Iterator[Line]:
    """Yield the lines of the group."""
    for names, why in _SCHEMAS.items():
        yield from (
            line for line in anywhere(survey, names, why) if not all(map(_is_made, line.files))
        )
    for marks, (patterns, why) in _PLACES.items():
        homes = survey.homes(marks)
        for home in homes if len(homes) <= MOST_HOMES else ():
            yield from anchored(survey, home, patterns, why)
    for home in survey.homes("package.json"):
        yield from anchored(survey, home, _TABLES, "tables of the whole project")
    yield from _packages(survey)
    yield from _python(survey)
    for folder in python_servers(survey):
        yield from anchored(
            survey,
            folder,
            "models.py schemas.py models/ schemas/",
            "tables and messages of every route",
        )
    yield from _headers(survey)


def _is_made(path: str) -> bool:
    return not _MADE.isdisjoint(path.split("/"))


def _packages(survey: Survey) -> Iterator[Line]:
    """Packages of a workspace that hold nothing but types or contracts between services, and folders of types in what is shared."""
    packages = [
        join(collection, name)
        for collection in _COLLECTIONS
        for name in survey.children(collection)
        if _is_for_types(collection, name)
    ]
    folders = [
        folder
        for folder in survey.folders
        if folder.endswith(("/types", "/@types")) and not _SHARED.isdisjoint(folder.split("/"))
    ]
    for folder in sorted(packages) + sorted(folders if len(folders) <= MOST_HOMES else []):
        if not is_aside(folder):
            yield Line(
                exactly(folder) + "/", "types that other packages share", survey.below(folder)
            )


def _is_for_types(collection: str, name: str) -> bool:
    name = name.lower()
    if name in ("types", "contracts", "schemas"):
        return collection != "src"
    return name.count("-") < 2 and name.endswith(("-types", "_types", "-contracts", ".contracts"))


def _python(survey: Survey) -> Iterator[Line]:
    homes = survey.homes("pyproject.toml setup.py setup.cfg requirements.txt manage.py")
    if len(homes) > MOST_HOMES:
        return
    for home in homes:
        tops = [
            join(base, name) for base in (home, join(home, "src")) for name in survey.children(base)
        ]
        packages = [
            folder
            for folder in tops
            if "__init__.py" in survey.inside.get(folder, ()) and not is_aside(folder)
        ]
        for package in sorted(packages) if len(packages) <= MOST_HOMES else ():
            yield from anchored(survey, package, _PYTHON, "types of the whole package")


def _headers(survey: Survey) -> Iterator[Line]:
    """Public headers, where there are sources that include them; a library of headers alone has its features there."""
    for home in survey.homes("CMakeLists.txt meson.build configure.ac Makefile"):
        files = survey.matching(home, "include/")
        headers = [path for path in files if path.endswith((".h", ".hh", ".hpp", ".hxx"))]
        sources = [
            path
            for path in survey.below(home) or survey.paths
            if path.endswith((".c", ".cc", ".cpp", ".cxx"))
        ]
        if headers and len(sources) > len(headers):
            yield Line(
                f"{exactly(home)}/include/" if home else "/include/", "public headers", files
            )
