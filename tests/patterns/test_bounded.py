"""Work, in steps and not milliseconds, and memory are bounded for all patterns and paths."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from itertools import product
from threading import Thread
from types import FrameType

import pytest

from guard.patterns import Grant, PatternError, PatternSet

LETTERS = "bcdefghijklmnopqrstuvwxyz0123456789"
STEPS_A_BYTE = 60  # lines of Python for one byte more of pattern and path, with plenty of room

# Each makes a pattern of about `size` bytes, at most 4,096.
HOSTILE: dict[str, Callable[[int], str]] = {
    "a star a byte": lambda size: "*a" * (size // 2),
    "a star a byte that fails at the end": lambda size: "*a" * (size // 2 - 1) + "*b",
    "stars and question marks": lambda size: "*?" * (size // 2),
    "stars alone": lambda size: "*" * size,
    "a chain of **/b": lambda size: "**/b/" * (size // 5 - 1) + "**/c",
    "a chain of **/*/": lambda size: "**/*/" * (size // 5 - 1) + "x",
    "a chain of **/*a*/": lambda size: "**/*a*/" * (size // 7 - 1) + "x",
    "one ** before many names": lambda size: "**/" + "b/" * (size // 2 - 3) + "x",
    "one ** before many globs": lambda size: "**/" + "[!c]*/" * (size // 6 - 1) + "x",
    "many directories": lambda size: "*/" * (size // 2 - 1) + "x",
    "escaped slashes": lambda size: "a/" + "**\\/" * (size // 4 - 1) + "b",
    "brackets": lambda size: "[a-z]" * (size // 5),
    "one long bracket": lambda size: "[" + "a-z" * (size // 3 - 1) + "]",
    "classes that do not begin": lambda size: "[" + "[:a" * (size // 3 - 1) + "]",
    "a bracket that does not end": lambda size: "*[" + "[:bogus" * (size // 7 - 1),
    "brackets that do not end": lambda size: "a" + "[" * (size - 1),
    "dashes": lambda size: "[" + "-" * (size - 2) + "]",
    "backslashes": lambda size: "\\a" * (size // 2),
    "slashes": lambda size: "a" + "/" * (size - 1),
    "spaces": lambda size: "a" + " " * (size - 1),
    "globs that all differ": lambda size: (
        "**/"
        + "/".join([f"[a{x}{y}]*" for x, y in product(LETTERS, repeat=2)][: size // 7 - 1])
        + "/x"
    ),
}
PATHS: dict[str, Callable[[int], str]] = {
    "one name": lambda size: "a" * size,
    "one name of two letters": lambda size: "ab" * (size // 2),
    "directories": lambda size: "b/" * (size // 2 - 1) + "c",
    "directories that all differ": lambda size: "/".join(
        [f"a{x}{y}" for x, y in product(LETTERS, repeat=2)][: size // 4]
    ),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("pattern", HOSTILE)
def test_work_grows_with_the_length_and_no_faster(pattern: str, path: str) -> None:
    """Twice the pattern and path take twice the steps, compilation included, and few a byte."""
    sizes = (500, 1000)
    once, twice = (steps(HOSTILE[pattern](size), PATHS[path](size)) for size in sizes)
    assert twice <= 2.5 * once + 500
    assert twice <= STEPS_A_BYTE * 2 * sizes[1]


def test_work_for_a_path_does_not_grow_with_the_number_of_patterns() -> None:
    """After similar names, a path takes as many steps with a thousand patterns as with ten."""
    few, many = (
        PatternSet([f"/src/*/*_{number}.py" for number in range(count)]) for count in (10, 1000)
    )
    assert few.decide("src/x/a_9.py") == many.decide("src/x/a_9.py") == Grant("/src/*/*_9.py", 9)
    assert counted(lambda: few.decide("src/x/a_9.py")) == counted(
        lambda: many.decide("src/x/a_9.py")
    )


@pytest.mark.parametrize("name", ["0123456789", "012345678901", "a"])
def test_many_globs_that_match_one_name_are_all_found(name: str) -> None:
    """The answer is the same whether few or many globs match a name."""
    patterns = [
        *("*" * stars + "?" * (stars % 12) + "*" for stars in range(200)),
        "literal/*",
        "*[!0-9]*",
    ]
    together = PatternSet(patterns)
    for asked in (name, f"{name}/{name}x"):
        expected = tuple(
            Grant(pattern, index)
            for index, pattern in enumerate(patterns)
            if PatternSet([pattern]).decide(asked)
        )
        assert together.matching(asked) == expected


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        pytest.param(
            ["/a/**/b", "x.py"],
            [f"{number}/{'long' * 900}/x.py" for number in range(4000)],
            id="many directories",
        ),
        pytest.param(
            ["*1" + "?" * 100],
            [f"{number**99:b}"[:200] for number in range(2, 400)],
            id="many rows",
        ),
        pytest.param(
            [f"{n}/a{n}/b{n}/c" for n in range(8000)],
            [f"{n}/a{n}/x" for n in range(5000, 8000)],
            id="many masks",
        ),
    ],
)
def test_what_is_kept_has_a_bound(patterns: list[str], paths: list[str]) -> None:
    """A set remembers at most some tens of megabytes, and answers as a new one would."""
    tracemalloc.start()
    try:
        asked = PatternSet(patterns)
        compiled, _ = tracemalloc.get_traced_memory()
        answers = [asked.decide(path) for path in paths]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept - compiled < 40 << 20
    anew = PatternSet(patterns)
    assert answers[::97] == [anew.decide(path) for path in paths[::97]]


def steps(pattern: str, path: str) -> int:
    """The lines of Python for one pattern and one path, or up to the error."""

    def ask() -> None:
        try:
            PatternSet([pattern]).decide(path)
        except PatternError:
            return

    return counted(ask)


def counted(ask: Callable[[], object]) -> int:
    """How many lines of Python `ask` runs, in a thread where nothing else is traced."""
    lines = Lines()

    def traced() -> None:
        sys.settrace(lines)
        ask()
        sys.settrace(None)

    thread = Thread(target=traced)
    thread.start()
    thread.join()
    return lines.count


class Lines:
    """A trace function that counts its calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> Lines:
        """Count one line, and trace the called function, too."""
        self.count += 1
        return self
