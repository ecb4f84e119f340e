"""Live notes: what a commit pays for thirty siblings that have uncommitted work elsewhere."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from bench.measure import Command, Sample, in_turns, turns, which
from bench.repositories import Place, Recipe, Workshop
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from bench.installed import Installed
    from bench.sizes import Sizes

_ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes.py")
_SIBLINGS = 30
_NOTED = 40  # paths in the note of each
_OVER_FLOOR = 2.0
_BOUND = 0.0005  # seconds


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure the hook with and without notes, and inside it the reading of thirty notes."""
    recipe = Recipe(sizes.small, staged=10, linked=True)
    places = {}
    for name in ("alone", "noted"):
        places[name] = workshop.place(f"siblings-{name}", recipe)
        noted = _NOTED if name == "noted" else 0
        add_siblings(workshop, places[name], _SIBLINGS, noted)
    commands = {
        "python": Command([guard.python, "-I", "-c", "pass"], workshop.folder, workshop.env)
    }
    for name, place in places.items():
        words = ("diff-index", "--cached", "--raw", "-z", "HEAD")
        commands[f"git {name}"] = Command(
            [which(place.env, "git"), *words], place.folder, place.env
        )
        commands[f"guard {name}"] = Command(
            [guard.guard, "hook", "pre-commit"], place.folder, place.env
        )
    taken = in_turns(commands, sizes.rounds, sizes.warm_ups)
    inside = turns(
        {"notes": partial(_reading, workshop, guard, places["noted"])},
        sizes.rounds,
        sizes.warm_ups,
    )["notes"]
    topic = f"`guard hook pre-commit` with {_SIBLINGS} siblings"
    found = []
    for name, what in (("alone", "without a note"), ("noted", f"{_NOTED} paths in each note")):
        own = taken[f"guard {name}"]
        floor = taken["python"].median + taken[f"git {name}"].median
        ratio = Ratio(own.median / floor, "× floor", at_most=_OVER_FLOOR)
        found.append(Line(topic, what, own, [ratio]))
    bounded = Ratio(inside.median / _BOUND, "× 0.5 ms", at_most=1)
    return [*found, Line(topic, "of which reading the notes, inside guard", inside, [bounded])]


def add_siblings(workshop: Workshop, place: Place, siblings: int, noted: int) -> None:
    """Add worktrees beside a place, unless they are there; `noted` is how many paths each notes."""
    shared = workshop.git(place.folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    for number in range(siblings):
        name = f"sibling-{number}"
        own = os.path.join(shared, "worktrees", name)
        if not os.path.isdir(own):
            folder = os.path.join(os.path.dirname(place.folder), name)
            words = ("worktree", "add", "-q", "--no-checkout", "--detach", folder)
            workshop.git(place.folder, *words)
        if noted:
            os.makedirs(os.path.join(own, "guard"), exist_ok=True)
            paths = (f"services/sibling-{number}/src/file-{at}.py" for at in range(noted))
            with open(os.path.join(own, "guard", "live"), "wb") as file:
                file.write(b"".join(b"\0%b\0" % path.encode() for path in paths))


def _reading(workshop: Workshop, guard: Installed, place: Place) -> Sample:
    words = workshop.run(place.folder, guard.python, "-I", _ENGINE).split()
    return Sample(float(words[0]), float(words[1]))
