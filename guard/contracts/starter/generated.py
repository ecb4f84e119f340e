"""The group `generated`: what programs write.

`generated = true` covers these names anyway; listed, they show what the policy is about, and they
are decided without opening the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.changes.generated import ENDINGS
from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    MOST_HOMES,
    Survey,
    anchored,
    anywhere,
    few,
    folders,
    is_aside,
    is_below,
)

_NET = "from .NET designers and generators"
_GENERATOR = "from a code generator"
_WRITERS = {
    "protoc": "from Protobuf",
    "gRPC": "from Protobuf",
    "source_gen": "from Dart annotations",
    "a source generator": _NET,
    "Visual Studio": _NET,
    "SpecFlow": "from Gherkin features",
    "a code generator": _GENERATOR,
}
_NAMES = {
    "*.Designer.cs *.Designer.vb": _NET,
    "*ModelSnapshot.cs": "Entity Framework's snapshot of the model; every migration rewrites it",
    "*.generated.ts *.generated.tsx *.generated.js *.generated.go *.generated.cs": _GENERATOR,
    "*.generated.swift": _GENERATOR,
    "zz_generated.*.go": "from Kubernetes' generators",
    "*.graphql.swift": "from GraphQL operations",
    "worker-configuration.d.ts payload-types.ts database.types.ts": "types from a tool",
}
_FOLDERS = ("generated", "__generated__", "generated-sources", "_generated", "autogen")
# The mark of a framework → what it rewrites whenever the database changes.
_SNAPSHOTS = {
    "config/application.rb": "db/schema.rb db/*_schema.rb db/structure.sql",
    "drizzle.config.*": "drizzle/meta/ migrations/meta/ src/db/migrations/meta/",
}


def generated(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for writer, why in _WRITERS.items():
        patterns = " ".join("*" + ending for ending in ENDINGS[writer].split())
        yield from anywhere(survey, patterns, why)
    for names, why in _NAMES.items():
        yield from anywhere(survey, names, why)
    for mark, patterns in _SNAPSHOTS.items():
        for home in few(survey.homes(mark)):
            why = "the database as it is; every migration rewrites it"
            yield from anchored(survey, home, patterns, why)
    for name in _FOLDERS:
        yield from _named(survey, name)


def _named(survey: Survey, name: str) -> Iterator[ProposedLine]:
    found = [folder for folder in sorted(survey.folders) if folder.rpartition("/")[2] == name]
    found = [folder for folder in found if not is_aside(folder)]
    tops = [folder for folder in found if not any(is_below(folder, other) for other in found)]
    if len(tops) > MOST_HOMES:
        files = [path for path in survey.paths if f"/{name}/" in f"/{path}"]
        yield ProposedLine(f"{name}/", _GENERATOR, files)
        return
    tops = [folder for folder in tops if not _is_go(survey.below(folder))]
    yield from folders(tops, survey, _GENERATOR)


def _is_go(files: Sequence[str]) -> bool:
    """A generated Go file says so at its top (`go help generate`), so the folder says nothing."""
    return all(path.endswith(".go") for path in files)
