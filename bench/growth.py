"""How the cost grows as the work doubles: at most about twofold."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

from bench.layout import packages
from bench.matching import engine, question
from bench.measure import Command, Sample, Times, run, turns
from bench.mixes import patterns_of
from bench.repositories import Recipe, Workshop
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.installed import Installed
    from bench.sizes import Sizes

_MIX = "mixed"
_TWICE = 2.5  # what doubling may cost: twice as much, and the noise of two measurements
_STEPS = (1, 2, 4, 8)


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure guard as patterns, paths and changes double."""
    series: dict[str, dict[str, Callable[[], Sample]]] = {
        f"`PatternSet`, {_MIX} patterns, {sizes.files:,} paths": _as_patterns(
            workshop, guard, sizes
        ),
        f"`PatternSet`, {sizes.patterns:,} {_MIX} patterns": _as_paths(workshop, guard, sizes),
        "`guard check --branch`, 200 patterns": _as_changes(workshop, guard, sizes),
        f"`guard check --branch`, {sizes.changed:,} changed paths": _as_grants(
            workshop, guard, sizes
        ),
    }
    taken = turns(
        {name: once for runs in series.values() for name, once in runs.items()},
        max(2, sizes.check_rounds // 3),
        1,
    )
    return [
        line
        for topic, runs in series.items()
        for line in _doubling(f"As the work doubles: {topic}", list(runs), taken)
    ]


def _as_patterns(
    workshop: Workshop, guard: Installed, sizes: Sizes
) -> dict[str, Callable[[], Sample]]:
    paths = [path for package in packages(sizes.files) for path in package.paths]
    numbers = [sizes.patterns * step // 4 for step in _STEPS]
    asked = [
        question(workshop, _MIX, patterns_of(_MIX, paths, number), paths) for number in numbers
    ]
    return {
        f"{of.number:,} patterns": partial(engine, workshop, guard.python, "guard", of)
        for of in asked
    }


def _as_paths(
    workshop: Workshop, guard: Installed, sizes: Sizes
) -> dict[str, Callable[[], Sample]]:
    paths = [path for package in packages(sizes.files) for path in package.paths]
    patterns = patterns_of(_MIX, paths, sizes.patterns)
    asked = [question(workshop, _MIX, patterns, paths[:: _STEPS[-1] // step]) for step in _STEPS]
    return {
        f"{of.asked:,} paths": partial(engine, workshop, guard.python, "guard", of) for of in asked
    }


def _as_changes(
    workshop: Workshop, guard: Installed, sizes: Sizes
) -> dict[str, Callable[[], Sample]]:
    recipes = [Recipe(sizes.files, changed=sizes.changed * step // 4) for step in _STEPS]
    return {
        f"{recipe.changed:,} changed paths": _check(
            workshop, guard, f"grow-{recipe.changed}", recipe
        )
        for recipe in recipes
    }


def _as_grants(
    workshop: Workshop, guard: Installed, sizes: Sizes
) -> dict[str, Callable[[], Sample]]:
    recipes = [Recipe(sizes.files, 200 * step, changed=sizes.changed) for step in _STEPS]
    return {
        f"{recipe.patterns:,} patterns in all": _check(
            workshop, guard, f"grow-of-{recipe.patterns}", recipe
        )
        for recipe in recipes
    }


def _check(workshop: Workshop, guard: Installed, name: str, recipe: Recipe) -> Callable[[], Sample]:
    place = workshop.place(name, recipe)
    return partial(run, Command([guard.guard, "check", "--branch"], place.folder, place.env))


def _doubling(topic: str, names: Sequence[str], taken: Mapping[str, Times]) -> list[Line]:
    found = [Line(topic, names[0], taken[names[0]])]
    for half, name in itertools.pairwise(names):
        found.append(
            Line(
                topic,
                name,
                taken[name],
                [Ratio(taken[name].median / taken[half].median, "× half as many", at_most=_TWICE)],
            )
        )
    return found
