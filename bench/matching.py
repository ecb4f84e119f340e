"""Which of a thousand patterns decides a hundred thousand paths: guard, git and pathspec."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bench.layout import packages
from bench.measure import Command, Sample, Times, run, times, which
from bench.mixes import MIXES, patterns_of
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engine.py")
_OVER_PATHSPEC = 10
_OVER_GIT = 3
_WHOLE = "mixed"  # the mix for which pathspec, too, is asked about all paths
_TURNS = (
    "guard",
    "guard",
    "git",
    "guard",
    "pathspec",
    "guard",
    "guard",
)  # the short ones around the long ones
_CHECK_IGNORE = (
    "-c",
    "core.ignoreCase=false",
    "check-ignore",
    "--stdin",
    "-z",
    "-v",
    "-n",
    "--no-index",
)


class Question(NamedTuple):
    """A mix of patterns and some paths, in files for the engines, and how many of each."""

    mix: str
    patterns: str
    paths: str
    number: int
    asked: int


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure every mix; each gives a line for guard and one for each of the others."""
    paths = [path for package in packages(sizes.files) for path in package.paths]
    return [line for mix in MIXES for line in _measured(workshop, guard, sizes, mix, paths)]


def question(
    workshop: Workshop, mix: str, patterns: Sequence[str], paths: Sequence[str]
) -> Question:
    """Write patterns and paths to files."""
    folder = os.path.join(workshop.folder, "mixes")
    os.makedirs(folder, exist_ok=True)
    stem = os.path.join(folder, f"{mix}-{len(patterns)}-{len(paths)}")
    written = Question(mix, stem + ".patterns", stem + ".paths", len(patterns), len(paths))
    for file, words in ((written.patterns, patterns), (written.paths, paths)):
        with open(file, "w", encoding="utf-8") as opened:
            opened.writelines(word + "\0" for word in words)
    return written


def engine(workshop: Workshop, python: str, name: str, of: Question, scale: float = 1) -> Sample:
    """Let an engine answer; give the time of compiling plus `scale` times that of answering."""
    words = workshop.run(
        workshop.folder, python, "-I", _ENGINE, name, of.patterns, of.paths, _answers(of, name)
    ).split()
    compiling, answering, processor = (float(word) for word in words)
    return Sample(compiling + answering * scale, processor * scale)


def _measured(
    workshop: Workshop, guard: Installed, sizes: Sizes, mix: str, paths: Sequence[str]
) -> list[Line]:
    patterns = patterns_of(mix, paths, sizes.patterns)
    whole = question(workshop, mix, patterns, paths)
    part = (
        whole
        if mix == _WHOLE
        else question(workshop, mix, patterns, paths[:: max(1, len(paths) // sizes.sample)])
    )
    runs = {
        "guard": partial(engine, workshop, guard.python, "guard", whole),
        "git": partial(_check_ignore, workshop, whole),
        "pathspec": partial(
            engine, workshop, sys.executable, "pathspec", part, whole.asked / part.asked
        ),
    }
    taken: dict[str, list[Sample]] = {}
    for name in _TURNS * sizes.long_rounds:
        taken.setdefault(name, []).append(runs[name]())
    return _told({name: times(samples) for name, samples in taken.items()}, whole, part)


def _check_ignore(workshop: Workshop, of: Question) -> Sample:
    """Time `git check-ignore` as a process, in a repository with nothing but the patterns."""
    folder = workshop.made(f"scratch-{of.mix}-{of.number}", of, partial(_scratch, workshop, of))
    command = Command(
        [which(workshop.env, "git"), *_CHECK_IGNORE],
        folder,
        workshop.env,
        (0, 1),
        of.paths,
        _answers(of, "git"),
    )
    return run(command)


def _scratch(workshop: Workshop, of: Question, folder: str) -> None:
    workshop.git(folder, "init", "-q")
    with open(os.path.join(folder, ".git", "info", "exclude"), "w", encoding="utf-8") as file:
        file.writelines(pattern + "\n" for pattern in _words(of.patterns))


def _told(taken: Mapping[str, Times], whole: Question, part: Question) -> list[Line]:
    topic = f"{whole.number:,} patterns × {whole.asked:,} paths"
    truth = _by_git(whole)
    own, rows = taken["guard"], []
    ratios = [
        Ratio(
            taken["pathspec"].median / own.median, "× faster than pathspec", at_least=_OVER_PATHSPEC
        ),
        Ratio(taken["git"].median / own.median, "× faster than git", at_least=_OVER_GIT),
    ]
    matched = sum(answer >= 0 for answer in truth) / len(truth)
    wrong = sum(
        answer != true for answer, true in zip(_by_engine(whole, "guard"), truth, strict=True)
    )
    rows.append(
        Line(
            topic,
            f"{whole.mix}: guard",
            own,
            ratios,
            note=f"{matched:.0%} match; {wrong} answers other than git's",
            wrong=wrong,
        )
    )
    rows.append(Line(topic, f"{whole.mix}: `git check-ignore`", taken["git"]))
    rows.append(
        Line(
            topic,
            f"{whole.mix}: pathspec",
            taken["pathspec"],
            note=_pathspec_note(whole, part, truth),
        )
    )
    return rows


def _pathspec_note(whole: Question, part: Question, truth: Sequence[int]) -> str:
    by_git = dict(zip(_words(whole.paths), truth, strict=True))
    answers = zip(_words(part.paths), _by_engine(part, "pathspec"), strict=True)
    wrong = sum((answer >= 0) != (by_git[path] >= 0) for path, answer in answers)
    scaled = "" if part == whole else f"scaled from {part.asked:,} paths; "
    return f"{scaled}{wrong} verdicts other than git's"


def _answers(of: Question, name: str) -> str:
    return of.paths.removesuffix(".paths") + f".{name}"


def _by_engine(of: Question, name: str) -> list[int]:
    with open(_answers(of, name), encoding="ascii") as file:
        return [int(line) for line in file]


def _by_git(of: Question) -> list[int]:
    """The index of the pattern that decided each path, or -1 (git-check-ignore(1), `-v -z -n`)."""
    fields = _words(_answers(of, "git"))
    return [int(line) - 1 if line else -1 for line in fields[1::4]]


def _words(file: str) -> list[str]:
    with open(file, encoding="utf-8") as opened:
        return opened.read().split("\0")[:-1]
