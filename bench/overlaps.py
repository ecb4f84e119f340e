"""`guard contract overlaps`: fifty contracts of fifty patterns, every two compared."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bench.measure import Command, Sample, in_turns, turns
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_ALL, _ONE = 0.5, 0.05  # seconds, for all pairs and for one of long patterns
_MEETS = """
import sys, time
from guard.patterns import PatternSet
one, other = (PatternSet([pattern]) for pattern in sys.argv[1:])
busy, start = time.process_time(), time.perf_counter()
one.meets(other)
print(time.perf_counter() - start, time.process_time() - busy)
"""
_OVER_FLOOR = 8  # the floor is some 60 ms: starting, and reading the contracts
_WORDS = "api web core ui auth cart docs model view store route test util job mail".split()


class Mix(NamedTuple):
    """What the contracts of a repository own, and the expected exit status."""

    name: str
    what: str
    at_any_depth: bool  # half of the patterns
    forbids: int
    status: int


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure three repositories beside the listing of their contracts."""
    count = max(4, sizes.patterns // 20)
    mixes = [
        Mix("apart", "all disjoint", at_any_depth=False, forbids=0, status=0),
        Mix(
            "forbids", "all disjoint, five `forbids` each", at_any_depth=False, forbids=5, status=0
        ),
        Mix(
            "mixed",
            "half of the patterns at any depth, all overlap",
            at_any_depth=True,
            forbids=0,
            status=1,
        ),
    ]
    commands = {}
    for mix in mixes:
        folder = _repository(workshop, mix, count)
        for name, words, status in (("list", ["list"], 0), ("all", ["overlaps"], mix.status)):
            argv = [guard.guard, "contract", *words]
            commands[f"{mix.name} {name}"] = Command(argv, folder, workshop.env, [status])
    taken = in_turns(commands, sizes.check_rounds, sizes.warm_ups)
    topic = f"`guard contract overlaps`, {count} contracts × {count} patterns"
    found = []
    for mix in mixes:
        floor, own = taken[f"{mix.name} list"], taken[f"{mix.name} all"]
        ratios = [
            Ratio(own.median / floor.median, "× floor", at_most=_OVER_FLOOR),
            Ratio(own.median / _ALL, "× 0.5 s", at_most=1),
        ]
        found += [
            Line(topic, f"floor: `guard contract list`, {mix.what}", floor),
            Line(topic, f"`guard contract overlaps`, {mix.what}", own, ratios),
        ]
    names = [f"{name}, two patterns of 24 segments" for name in ("all `**`", "`**` and names")]
    pairs = turns(
        {name: partial(_pair, workshop, guard, name) for name in names},
        sizes.check_rounds,
        sizes.warm_ups,
    )
    for name in names:
        ratio = Ratio(pairs[name].median / _ONE, "× 50 ms", at_most=1)
        found.append(Line(topic, f"`PatternSet.meets`, {name}", pairs[name], [ratio]))
    return found


def _pair(workshop: Workshop, guard: Installed, name: str) -> Sample:
    """Two patterns that force a search to look at many ways to share the segments."""
    if name.startswith("all"):
        one = "/" + "/".join(["**"] * 23) + "/a"
        other = "/" + "/".join(["**"] * 23) + "/b"
    else:
        one = "/" + "/".join(["**", "a"] * 12)
        other = "/" + "/".join(["**", "b"] * 11) + "/**/b"
    words = workshop.run(workshop.folder, guard.python, "-I", "-c", _MEETS, one, other).split()
    return Sample(float(words[0]), float(words[1]))


def _repository(workshop: Workshop, mix: Mix, count: int) -> str:
    def build(folder: str) -> None:
        os.makedirs(os.path.join(folder, ".guard", "contracts"))
        _write(folder, "guard.toml", 'base = "main"\n')
        for number in range(count):
            owns = [_pattern(number, place, mix) for place in range(count)]
            forbids = [_pattern(number + 1, place, mix) for place in range(mix.forbids)]
            text = f'goal = "Measure."\nowns = {list(dict.fromkeys(owns))}\nforbids = {forbids}\n'
            _write(folder, f".guard/contracts/c{number}.toml", text)
        workshop.git(folder, "init", "-q", "-b", "main")
        workshop.git(folder, "add", "-A")
        workshop.git(folder, "commit", "-q", "-m", "contracts")

    return workshop.made(f"overlaps-{mix.name}-{count}", (mix, count, _WORDS), build)


def _pattern(number: int, place: int, mix: Mix) -> str:
    """The pattern at a place of a contract; every contract has folders of its own."""
    words = len(_WORDS)
    one, two = _WORDS[place % words], _WORDS[(place * 7 + number) % words]
    if mix.at_any_depth and place % 2:
        names = (
            f"{one}{number}/",
            f"*.{one}{number}",
            f"{one}-{number}-*.ts",
            f"**/{one}{number}/*.py",
        )
        return names[place // 2 % 4]
    top = f"/services/s{number:02}/{one}{place}"
    return (f"{top}/{two}/", f"{top}/**/{two}_*.py", f"{top}-*/{two}.ts", f"{top}/{two}.md")[
        place % 4
    ]


def _write(folder: str, path: str, text: str) -> None:
    with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
        file.write(text)
