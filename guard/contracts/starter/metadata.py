"""The group `package-metadata`: what every build reads.

That is the manifests and lock files of the topmost project of each kind, not those of the packages
inside a workspace: these belong to the session that works on the package.
"""

from collections.abc import Iterator

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import Survey, anchored, anywhere, exactly, join


def package_metadata(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for marks, table in survey.catalogue["metadata"].items():
        for home in survey.main_homes(marks):
            yield from _beside(survey, home, table)
    yield from anywhere(survey, "project.pbxproj", "Xcode lists every file here")


def _beside(survey: Survey, home: str, table: dict[str, str]) -> Iterator[ProposedLine]:
    names = survey.inside.get(home, ())
    for why, patterns in table.items():
        yield from anchored(survey, home, patterns, why)
        for mark, lock in survey.catalogue["locks"].items():
            if mark in names and lock in patterns.split() and lock not in names:
                yield ProposedLine(exactly(join(home, lock)), why)
