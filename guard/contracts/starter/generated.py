"""The group `generated`: what programs write.

`generated = true` covers these names anyway; listed, they show what the policy is about, and they
are decided without opening the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.changes.generated import ENDINGS
from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    CATALOGUE,
    MOST_HOMES,
    Survey,
    anchored,
    anywhere,
    few,
    folders,
    is_aside,
    is_below,
)

_GENERATOR = "from a code generator"


def generated(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for writer, why in CATALOGUE["writers"].items():
        patterns = " ".join("*" + ending for ending in ENDINGS[writer].split())
        yield from anywhere(survey, patterns, why)
    for why, names in CATALOGUE["generated"].items():
        yield from anywhere(survey, names, why)
    for mark, patterns in CATALOGUE["snapshots"].items():
        for home in few(survey.homes(mark)):
            why = "the database as it is; every migration rewrites it"
            yield from anchored(survey, home, patterns, why)
    for name in CATALOGUE["folders"]["generated"].split():
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
