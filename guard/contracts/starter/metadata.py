"""The groups `package-metadata`, `lock-files` and `workspace`: manifests, and what they lead to.

What every build reads is the manifests of the topmost project of each kind, and beside them stand
the lock files. Manifests of the parts of a workspace belong to the sessions that work there, but
whoever adds a dependency to all of them changes them all.
"""

from collections.abc import Iterator

from guard.contracts.draft import exactly
from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    Survey,
    anchored,
    anywhere,
    folder_of,
    is_aside,
    join,
)


def package_metadata(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    yield from _beside(survey, "metadata")
    yield from anywhere(survey, "project.pbxproj", "Xcode lists every file here")


def lock_files(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group, also for lock files that their tool has not written yet."""
    yield from _beside(survey, "lock-files")


def workspace(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    members = survey.catalogue["members"]
    for name in members["names"].split():
        parents: dict[str, list[str]] = {}
        for path in survey.named(name) if name in survey.inside.get("", ()) else ():
            if "/" in path and not is_aside(folder_of(path)):
                parents.setdefault(folder_of(folder_of(path)), []).append(path)
        for parent, files in sorted(parents.items()):
            if len(files) > 1:
                top = exactly(parent) if parent else ""
                yield ProposedLine(f"{top}/*/{name}", "of each part of the workspace", files)
    if any(survey.matching("", mark) for mark in members["solution"].split()):
        for name in members["projects"].split():
            if len(survey.named(name)) > 1:
                yield from anywhere(survey, name, "of each project of the solution")


def _beside(survey: Survey, group: str) -> Iterator[ProposedLine]:
    for marks, table in survey.catalogue[group].items():
        for home in survey.main_homes(marks):
            names = survey.inside.get(home, ())
            for why, patterns in table.items():
                yield from anchored(survey, home, patterns, why)
                for mark, lock in survey.catalogue["locks"].items():
                    if mark in names and lock in patterns.split() and lock not in names:
                        yield ProposedLine(exactly(join(home, lock)), why)
