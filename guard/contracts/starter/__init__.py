"""A first `guard.toml` for a repository: shared groups that fit its tracked files, as text, and what an existing one lacks.

One module a group says what belongs to it (`metadata.py`, `generated.py`, `shapes.py`, `fixtures.py`, `routes.py`); `survey.py` answers
their questions about the files, `text.py` writes a policy and `extend.py` adds to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from guard.contracts.starter.extend import extend_policy, missing_lines
from guard.contracts.starter.fixtures import fixtures
from guard.contracts.starter.generated import generated
from guard.contracts.starter.metadata import package_metadata
from guard.contracts.starter.routes import routes
from guard.contracts.starter.shapes import types
from guard.contracts.starter.survey import Survey
from guard.contracts.starter.text import write_policy
from guard.contracts.starter.values import Line, Proposal

__all__ = ["Line", "Proposal", "extend_policy", "missing_lines", "propose", "write_policy"]

# Who finds a file first keeps it: a lock file is package metadata before it is anything else.
_GROUPS: dict[str, tuple[str, Callable[[Survey], Iterator[Line]]]] = {
    "package-metadata": ("Every build reads these; two edits always meet.", package_metadata),
    "generated": ("Regenerate after the merge instead of merging what a program wrote.", generated),
    "types": ("Every part of the program is written against these.", types),
    "fixtures": (
        "Several suites start from these; a change for one is a change for all.",
        fixtures,
    ),
    "routes": ("Every feature passes through these.", routes),
}
_ORDER = ("types", "generated", "package-metadata", "fixtures", "routes")
_QUIET = frozenset(("package-metadata", "generated"))  # many files here are no reason for doubt


def propose(paths: Iterable[str]) -> tuple[Proposal, ...]:
    """Give the five shared groups, each with the lines that fit a repository with these tracked files (as git has them; any order).

    A line that shares a large part of the repository is left out: it would stop half of all work, and so it cannot be right.
    """
    survey = Survey(paths)
    found: dict[str, Proposal] = {}
    taken: set[str] = set()
    for name, (why, lines) in _GROUPS.items():
        bound = len(survey.paths) if name in _QUIET else _bound(len(survey.paths))
        found[name] = Proposal(
            name, why, tuple(_new(lines(survey), taken, bound)), generated=name == "generated"
        )
    return tuple(found[name] for name in _ORDER)


def _bound(tracked: int) -> int:
    return max(2, tracked // 10, min(10, tracked // 4))


def _new(lines: Iterable[Line], taken: set[str], bound: int) -> Iterator[Line]:
    """The lines that can be written and that say something which those before did not; `taken` are the files and patterns of those."""
    for line in lines:
        known = taken.issuperset(line.files) if line.files else line.pattern in taken
        if known or line.pattern in taken or len(line.files) > bound:
            continue
        taken.update(line.files, (line.pattern,))
        yield line
