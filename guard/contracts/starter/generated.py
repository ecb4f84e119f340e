"""The group `generated`: what programs write.

`generated = true` covers these names anyway; listed, they show what the policy is about, and they
are decided without opening the file.
"""

from collections.abc import Iterator

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

_GENERATOR = "from a code generator"


def generated(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for writer, why in survey.catalogue["writers"].items():
        patterns = " ".join("*" + ending for ending in ENDINGS[writer].split())
        yield from anywhere(survey, patterns, why)
    for why, names in survey.catalogue["generated"].items():
        yield from anywhere(survey, names, why)
    for mark, patterns in survey.catalogue["snapshots"].items():
        for home in few(survey.homes(mark)):
            why = "the database as it is; every migration rewrites it"
            yield from anchored(survey, home, patterns, why)
    for name in survey.catalogue["folders"]["generated"].split():
        yield from _named(survey, name)


def _named(survey: Survey, name: str) -> Iterator[ProposedLine]:
    found = [folder for folder in sorted(survey.folders) if folder.rpartition("/")[2] == name]
    found = [folder for folder in found if not is_aside(folder)]
    tops = [folder for folder in found if not any(is_below(folder, other) for other in found)]
    if len(tops) > MOST_HOMES:
        files = [path for path in survey.paths if f"/{name}/" in f"/{path}"]
        yield ProposedLine(f"{name}/", _GENERATOR, files)
        return
    for folder in tops:
        # A generated Go file says so at its top (`go help generate`): the folder says nothing.
        if not all(path.endswith(".go") for path in survey.below(folder)):
            yield from folders([folder], survey, _GENERATOR)
