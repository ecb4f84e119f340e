"""What a commit and an agent's edit wait for: `guard hook pre-commit` and `guard agent`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from bench.measure import Command, Times, in_turns, which
from bench.repositories import Place, Recipe, Workshop, owned_by_others
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.installed import Installed
    from bench.sizes import Sizes

TOPIC = "`guard hook pre-commit`, ten files staged"
AGENT = "`guard agent claude` before an edit"
_DIFF = ("diff-index", "--cached", "--raw", "-z", "HEAD")
_OVER_FLOOR = 2.5
_OF_PRE_COMMIT = 0.25
_OF_THE_HOOK = 1.0


class Asked(NamedTuple):
    """An agent's question: its name, the expected exit status, and the scene with the same work."""

    what: str
    status: int = 0
    like: str = "200"


_EVENTS = {
    "edit": Asked("one edit"),
    "new": Asked("one new file"),
    "refused": Asked("one edit that is refused", status=2, like="broken"),
    "shell": Asked("a shell command that is let through"),
}


class Scene(NamedTuple):
    """A repository to commit in, what it shows, and the exit status that it must give."""

    name: str
    what: str
    recipe: Recipe
    status: int = 0


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure the hook in small and large repositories beside Python, git and pre-commit."""
    scenes = _scenes(sizes)
    places = {scene.name: workshop.place(scene.name, scene.recipe) for scene in scenes}
    commands = {
        "python": Command([guard.python, "-I", "-c", "pass"], workshop.folder, workshop.env)
    }
    for scene in scenes:
        place = places[scene.name]
        commands["git " + scene.name] = Command(
            [which(place.env, "git"), *_DIFF], place.folder, place.env
        )
        commands["guard " + scene.name] = Command(
            [guard.guard, "hook", "pre-commit"], place.folder, place.env, [scene.status]
        )
        if scene.recipe.checkout:
            commands["pre-commit " + scene.name] = _pre_commit(workshop, place)
            commands |= {
                f"{kind} {scene.name}": _asked(workshop, guard, kind, scene, place)
                for kind in _EVENTS
            }
    taken = in_turns(commands, sizes.rounds, sizes.warm_ups)
    return [
        *_floors(taken, scenes),
        *(_line(taken, scene) for scene in scenes),
        *_agent_lines(taken, scenes),
    ]


def _scenes(sizes: Sizes) -> list[Scene]:
    found = []
    for size, files in (("small", sizes.small), ("large", sizes.files)):
        where = f"{files:,} files"
        plain = Recipe(files, staged=10)
        found += [
            Scene(f"{size}-200", f"{where}, 200 patterns", plain._replace(checkout=True)),
            Scene(f"{size}-1000", f"{where}, 1,000 patterns", plain._replace(patterns=1000)),
            Scene(
                f"{size}-30",
                f"{where}, 200 patterns, 30 contracts on the base",
                plain._replace(contracts=30),
            ),
            Scene(
                f"{size}-linked",
                f"{where}, 200 patterns, from a linked worktree",
                plain._replace(linked=True),
            ),
            Scene(
                f"{size}-broken",
                f"{where}, 200 patterns, one file outside the contract",
                plain._replace(foreign=1),
                status=1,
            ),
        ]
    return found


def _pre_commit(workshop: Workshop, place: Place) -> Command:
    """The hook that `pre-commit install` leaves, configured with one hook that does nothing."""
    workshop.run(place.folder, sys.executable, "-m", "pre_commit", "install")
    return Command(
        [os.path.join(place.folder, ".git", "hooks", "pre-commit")], place.folder, place.env
    )


def _asked(workshop: Workshop, guard: Installed, kind: str, scene: Scene, place: Place) -> Command:
    """What Claude Code starts before it uses a tool; `kind` is one of `_EVENTS`."""
    file = os.path.join(workshop.folder, f"{kind}-{scene.name}.json")
    with open(file, "w", encoding="utf-8") as payload:
        told = {
            "hook_event_name": "PreToolUse",
            "session_id": "s",
            "cwd": place.folder,
            **_tool(workshop, kind, scene.recipe, place),
        }
        json.dump(told, payload)
    return Command(
        [guard.guard, "agent", "claude"],
        place.folder,
        workshop.env,
        [_EVENTS[kind].status],
        stdin=file,
    )


def _tool(workshop: Workshop, kind: str, recipe: Recipe, place: Place) -> dict[str, object]:
    """A tool and its arguments: an edit, a new file, an edit outside the contract, or a command."""
    if kind == "shell":
        return {"tool_name": "Bash", "tool_input": {"command": "git status && npm test"}}
    if kind == "refused":
        return _edit(os.path.join(place.folder, owned_by_others(recipe)))
    edited = workshop.git(
        place.folder, "diff-index", "--cached", "--name-only", "--diff-filter=M", "HEAD"
    ).splitlines()[0]
    if kind == "new":
        folder, name = os.path.split(os.path.join(place.folder, edited))
        return {
            "tool_name": "Write",
            "tool_input": {"file_path": f"{folder}/one-more-{name}", "content": "a\n"},
        }
    return _edit(os.path.join(place.folder, edited))


def _edit(path: str) -> dict[str, object]:
    return {
        "tool_name": "Edit",
        "tool_input": {"file_path": path, "old_string": "a", "new_string": "b"},
    }


def _agent_lines(taken: Mapping[str, Times], scenes: list[Scene]) -> list[Line]:
    found = []
    for scene in (scene for scene in scenes if scene.recipe.checkout):
        for kind, asked in _EVENTS.items():
            own = taken[f"{kind} {scene.name}"]
            hook = taken[f"guard {scene.name.split('-')[0]}-{asked.like}"].median
            found.append(
                Line(
                    AGENT,
                    f"{asked.what}, {scene.what}",
                    own,
                    [Ratio(own.median / hook, "× the hook", at_most=_OF_THE_HOOK)],
                )
            )
    return found


def _floors(taken: Mapping[str, Times], scenes: list[Scene]) -> list[Line]:
    found = [Line(TOPIC, "floor: `python -I -c pass`", taken["python"])]
    for scene in scenes:
        if scene.recipe.checkout:
            where = f"{scene.recipe.files:,} files"
            found.append(
                Line(
                    TOPIC,
                    f"floor: `git diff-index --cached --raw -z HEAD`, {where}",
                    taken["git " + scene.name],
                )
            )
            found.append(
                Line(
                    TOPIC,
                    f"peer: pre-commit with one hook that does nothing, {where}",
                    taken["pre-commit " + scene.name],
                )
            )
    return found


def _line(taken: Mapping[str, Times], scene: Scene) -> Line:
    own = taken["guard " + scene.name]
    floor = taken["python"].median + taken["git " + scene.name].median
    other = next(
        times
        for name, times in taken.items()
        if name == f"pre-commit {scene.name.split('-')[0]}-200"
    )
    to_floor = Ratio(own.median / floor, "× floor", at_most=_OVER_FLOOR)
    return Line(
        TOPIC,
        scene.what,
        own,
        [to_floor, Ratio(own.median / other.median, "× pre-commit", at_most=_OF_PRE_COMMIT)],
    )
