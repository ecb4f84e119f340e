"""A first `guard.toml` for a repository: shared groups that fit its tracked files, and their text.

Modules say what belongs to which group (`metadata`, `generated`, `shapes`, `fixtures`, `routes`,
`upkeep`). `survey` answers their questions about the files, `told` counts how often a group would
have spoken, `proposal` writes a policy and `extend` adds to an existing one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from guard.contracts.releases import release_lines
from guard.contracts.starter.extend import extend_policy, missing_lines
from guard.contracts.starter.fixtures import fixtures
from guard.contracts.starter.generated import generated
from guard.contracts.starter.metadata import lock_files, package_metadata, workspace
from guard.contracts.starter.proposal import (
    ProposedGroup,
    ProposedLine,
    Told,
    write_policy,
)
from guard.contracts.starter.routes import routes
from guard.contracts.starter.shapes import types
from guard.contracts.starter.survey import Survey
from guard.contracts.starter.told import Commit, counted_in
from guard.contracts.starter.upkeep import changelog, ci

__all__ = [
    "Commit",
    "ProposedGroup",
    "ProposedLine",
    "Told",
    "counted_in",
    "extend_policy",
    "missing_lines",
    "propose",
    "release_lines",
    "write_policy",
]

# The first group that finds a file keeps it: a lock file is one before it is generated code.
_GROUPS: dict[str, tuple[str, Callable[[Survey], Iterator[ProposedLine]]]] = {
    "package-metadata": ("Every build reads these; two edits always collide.", package_metadata),
    "lock-files": ("A package manager writes these: make them anew after the merge.", lock_files),
    "workspace": ("Who adds a dependency to all parts changes all of these.", workspace),
    "generated": ("Regenerate after the merge instead of merging what a program wrote.", generated),
    "types": ("Every part of the program is written against these.", types),
    "fixtures": (
        "Several suites start from these; a change for one is a change for all.",
        fixtures,
    ),
    "routes": ("Every feature passes through these.", routes),
    "changelog": ("Every change adds a line at the same place.", changelog),
    "ci": ("These run for every change; who edits them edits them for all.", ci),
}
_ORDER = (
    "types",
    "generated",
    "package-metadata",
    "lock-files",
    "workspace",
    "fixtures",
    "routes",
    "changelog",
    "ci",
)
# Many files are no reason for doubt there.
_ANY_NUMBER = frozenset(("package-metadata", "lock-files", "workspace", "generated", "changelog"))


def propose(paths: Iterable[str], catalogue: Mapping[str, Any]) -> tuple[ProposedGroup, ...]:
    """Give the shared groups with the lines that fit these tracked files, in any order.

    A line that matches a large part of the repository is left out: it would stop half of all work,
    so it cannot be right. `catalogue` is what `catalogue.toml` says; this room reads no file.
    """
    survey = Survey(paths, catalogue)
    tracked = len(survey.paths)
    found: dict[str, ProposedGroup] = {}
    taken: set[str] = set()  # files and patterns of earlier lines
    for name, (why, lines) in _GROUPS.items():
        most = tracked
        if name not in _ANY_NUMBER:
            most = max(2, tracked // 10, min(10, tracked // 4))
        new = tuple(_new(lines(survey), taken, most))
        found[name] = ProposedGroup(name, why, new, generated=name == "generated")
    return tuple(found[name] for name in _ORDER)


def _new(lines: Iterable[ProposedLine], taken: set[str], most: int) -> Iterator[ProposedLine]:
    for line in lines:
        known = taken.issuperset(line.files) if line.files else line.pattern in taken
        if known or line.pattern in taken or len(line.files) > most:
            continue
        taken.update(line.files, (line.pattern,))
        yield line
