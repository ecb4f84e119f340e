"""`guard check` of a pull request that changed ten thousand paths of a hundred thousand."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from bench.measure import Command, Times, in_turns, peak_memory, which
from bench.repositories import SESSION, Place, Recipe, Workshop
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.installed import Installed
    from bench.sizes import Sizes

_KEPT, _MORE = 2.0, 3.0  # times the floor; more is asked with a handoff, generated code, findings
_MOST_MEMORY = 100_000_000
_NAIVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "naive.py")
_CONTRACT = ".guard/contracts/reshape.toml"


class Case(NamedTuple):
    """A branch to judge, the words of `guard check` for it, and the expected exit status.

    It is to take `at_most` so many times the floor.
    """

    what: str
    name: str
    recipe: Recipe
    words: tuple[str, ...] = ("--branch",)
    status: int = 0
    at_most: float = _KEPT


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure the check in many circumstances beside git's own comparison and a naive gate."""
    cases = _cases(sizes)
    places = {case.name: workshop.place(case.name, case.recipe) for case in cases}
    commands = {case.what: _guard(guard, places[case.name], case) for case in cases}
    taken = in_turns(
        {**floors(workshop, guard, places["branch"]), **commands},
        sizes.check_rounds,
        sizes.warm_ups,
    )
    topic = topic_of(sizes)
    floor = taken["click"].median + taken["git"].median
    return [
        Line(topic, "floor: `python -I -c 'import click'`", taken["click"]),
        Line(topic, "floor: `git diff-tree -r --raw -z BASE HEAD`", taken["git"]),
        Line(
            topic,
            "naive gate: Click, `git diff-tree`, pathspec",
            taken["naive"],
            [Ratio(taken["naive"].median / floor, "× floor")],
        ),
        *(_line(topic, case, taken, floor, peak_memory(commands[case.what])) for case in cases),
    ]


def topic_of(sizes: Sizes) -> str:
    """The heading over what is measured on such a branch."""
    return f"`guard check`, {sizes.changed:,} changed paths of {sizes.files:,}"


def _cases(sizes: Sizes) -> list[Case]:
    plain = Recipe(sizes.files, changed=sizes.changed)
    found = plain._replace(foreign=sizes.findings)
    findings = f"{sizes.findings:,} findings"
    both = f"{sizes.moved:,} of the files changed on the base, too"
    return [
        Case("`--branch`, 200 patterns, kept", "branch", plain),
        Case(
            "`--base main --head BRANCH`, kept",
            "branch",
            plain,
            ("--base", "main", "--head", SESSION),
        ),
        Case("1,000 patterns, kept", "branch-1000", plain._replace(patterns=1000)),
        Case("30 contracts on the base, kept", "branch-30", plain._replace(contracts=30)),
        Case("60 of the patterns match nothing, kept", "branch-dead", plain._replace(dead=60)),
        Case(
            "with a group of generated code, kept",
            "branch-generated",
            plain._replace(generated=True),
            at_most=_MORE,
        ),
        Case(
            "with generated code told by attributes, kept",
            "branch-attributes",
            plain._replace(generated=True, attributes=True),
            at_most=_MORE,
        ),
        Case(
            "with its handoff, kept",
            "branch-handoff",
            plain._replace(handoff=True),
            at_most=_MORE,
        ),
        Case(f"{findings}, as text", "branch-findings", found, status=1, at_most=_MORE),
        Case(
            f"{findings}, as JSON",
            "branch-findings",
            found,
            ("--branch", "--format", "json"),
            status=1,
            at_most=_MORE,
        ),
        Case(f"{both}, kept", "branch-moved", plain._replace(moved=sizes.moved), at_most=_MORE),
        Case(
            f"{both}, {findings}",
            "branch-moved-findings",
            found._replace(moved=sizes.moved),
            status=1,
            at_most=_MORE,
        ),
    ]


def _guard(guard: Installed, place: Place, case: Case) -> Command:
    return Command([guard.guard, "check", *case.words], place.folder, place.env, [case.status])


def floors(workshop: Workshop, guard: Installed, place: Place) -> dict[str, Command]:
    """What no tool of these parts can do without, and a tool of these parts."""
    git = [which(place.env, "git"), "diff-tree", "-r", "--raw", "-z", place.base, place.head]
    return {
        "click": Command([guard.python, "-I", "-c", "import click"], workshop.folder, workshop.env),
        "git": Command(git, place.folder, place.env),
        "naive": Command(
            [sys.executable, "-I", _NAIVE, place.base, place.head, _CONTRACT],
            place.folder,
            place.env,
        ),
    }


def _line(topic: str, case: Case, taken: Mapping[str, Times], floor: float, memory: int) -> Line:
    own = taken[case.what]
    ratios = [
        Ratio(own.median / floor, "× floor", at_most=case.at_most),
        Ratio(memory / _MOST_MEMORY, "× 100 MB", at_most=1),
    ]
    return Line(topic, case.what, own, ratios, memory)
