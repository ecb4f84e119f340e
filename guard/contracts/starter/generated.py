"""The group `generated`: what programs write.

The names are told one by one although `generated = true` knows them: whoever reads the policy sees what it is about, and they are
decided without a look into the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.contracts.starter.survey import MOST_HOMES, Survey, anchored, anywhere, exactly, is_aside
from guard.contracts.starter.values import Line

_NAMES = {
    "*.pb.go *.pb.gw.go *.pb.cc *.pb.h *_pb2.py *_pb2.pyi *_pb2_grpc.py *_pb2_grpc.pyi *_pb.js *_pb.ts *_pb.d.ts *_pb.rb *.pb.swift "
    "*.grpc.swift *.pb.dart *.pbenum.dart *.pbjson.dart *.pbgrpc.dart": "from Protobuf",
    "*.g.dart *.freezed.dart *.gr.dart *.mocks.dart": "from Dart annotations",
    "*.g.cs *.Designer.cs *.designer.cs *.Designer.vb": "from .NET designers and generators",
    "*ModelSnapshot.cs": "Entity Framework's snapshot of the model; every migration rewrites it",
    "*.feature.cs": "from Gherkin features",
    "*.generated.ts *.generated.tsx *.generated.js *.generated.go *.generated.cs *.generated.swift": "from a code generator",
    "*.gen.ts *.gen.tsx *.gen.go": "from a code generator",
    "zz_generated.*.go": "from Kubernetes' generators",
    "*.graphql.swift": "from GraphQL operations",
    "worker-configuration.d.ts payload-types.ts database.types.ts": "types from a tool",
}
_FOLDERS = ("generated", "__generated__", "generated-sources", "_generated", "autogen")
# The mark of a framework → what it rewrites whenever the database changes.
_SNAPSHOTS = {
    "config/application.rb": (
        "db/schema.rb db/*_schema.rb db/structure.sql",
        "the database as it is; every migration rewrites it",
    ),
    "drizzle.config.*": (
        "drizzle/meta/ migrations/meta/ src/db/migrations/meta/",
        "the database as it is; every migration rewrites it",
    ),
}


def generated(survey: Survey) -> Iterator[Line]:
    """Yield the lines of the group."""
    for names, why in _NAMES.items():
        yield from anywhere(survey, names, why)
    for mark, (patterns, why) in _SNAPSHOTS.items():
        homes = survey.homes(mark)
        for home in homes if len(homes) <= MOST_HOMES else ():
            yield from anchored(survey, home, patterns, why)
    yield from _folders(survey)


def _folders(survey: Survey) -> Iterator[Line]:
    for name in _FOLDERS:
        found = sorted(
            folder
            for folder in survey.folders
            if folder.rpartition("/")[2] == name and not is_aside(folder)
        )
        tops = [
            folder for folder in found if not any(folder.startswith(other + "/") for other in found)
        ]
        if len(tops) > MOST_HOMES:
            yield Line(
                f"{name}/",
                "from a code generator",
                [path for path in survey.paths if f"/{name}/" in f"/{path}"],
            )
        else:
            telling = (
                (folder, files) for folder in tops if not _is_go(files := survey.below(folder))
            )
            yield from (
                Line(exactly(folder) + "/", "from a code generator", files)
                for folder, files in telling
            )


def _is_go(files: Sequence[str]) -> bool:
    """In Go every generated file says so on top (`go help generate`), so a folder of this name that holds nothing else tells nothing."""
    return all(path.endswith(".go") for path in files)
