"""Stories of a newcomer, one text file each in `scenarios/`.

A story opens with a few words about itself. `-- PATH --` starts a file that is on `main` when the
story begins. Below `-- script --`
every line is one of four:

    $ COMMAND       what is typed, in a shell, at the top of the repository (or where `cd` led)
    > COMMAND       the next line of the same command
    ! exit N        the exit status, where it is not 0
      TEXT          a line that is printed; `...` stands for any text; without such lines any
                    output will do
"""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kit import GUARD, Repo

STORIES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


class Step(NamedTuple):
    """One command, the exit status it must have, and what it must print ("": anything)."""

    command: str
    code: int
    wanted: str


def test_there_are_stories() -> None:
    """The folder of the stories is where the runner looks."""
    assert STORIES


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_goes_as_it_is_told(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the story ends and prints as the story says."""
    opening, _, script = story.read_text(encoding="utf-8").partition("\n-- script --\n")
    repo = Repo.init(tmp_path / "repo")
    repo.commit(files_of(opening), "start")
    monkeypatch.setenv("PATH", str(a_guard_to_type(tmp_path)), prepend=":")
    for step in steps_of(script):
        repo = play(step, repo)


def files_of(opening: str) -> dict[str, str | bytes]:
    """Give the files that the story begins with."""
    _, *parts = re.split(r"^-- (.+) --\n", opening + "\n", flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def steps_of(script: str) -> list[Step]:
    """Read the script. A line of no known kind fails the test."""
    steps: list[Step] = []
    for line in script.split("\n"):
        if line.startswith("$ "):
            steps.append(Step(line[2:], 0, ""))
        elif line.startswith("> "):
            steps[-1] = steps[-1]._replace(command=f"{steps[-1].command}\n{line[2:]}")
        elif line.startswith("! exit "):
            steps[-1] = steps[-1]._replace(code=int(line[7:]))
        elif line.startswith("  "):
            steps[-1] = steps[-1]._replace(wanted=f"{steps[-1].wanted}{line[2:]}\n")
        else:
            assert not line or line.startswith("#"), f"not a line of a story: {line!r}"
    return steps


def play(step: Step, repo: Repo) -> Repo:
    """Run one step and give where the next one starts."""
    if step.command.startswith("cd "):
        return Repo((repo.path / step.command[3:]).resolve(strict=True))
    ran = repo.run("sh", "-e", "-c", f"exec 2>&1\n{step.command}", ok=())
    assert ran.code == step.code, f"$ {step.command}\n{ran.out}"
    if step.wanted:
        checker, example = doctest.OutputChecker(), doctest.Example(step.command, step.wanted)
        same = checker.check_output(step.wanted, ran.out, doctest.ELLIPSIS)
        assert same, (
            f"$ {step.command}\n{checker.output_difference(example, ran.out, doctest.ELLIPSIS)}"
        )
    return repo


def a_guard_to_type(folder: Path) -> Path:
    """Give a folder that holds nothing but the program under test, called `guard`."""
    program = folder / "bin" / "guard"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(GUARD)} "$@"\n')
    program.chmod(0o755)
    return program.parent
