"""One pattern engine in a process of its own: `python -I engine.py ENGINE PATTERNS PATHS ANSWERS`.

PATTERNS and PATHS are files of NUL-terminated words. The program prints the seconds of compiling,
the seconds of answering, and the processor seconds of both, without the interpreter's start,
imports and reading. ANSWERS receives a line per path: the index of the pattern that decided, or -1;
an engine that does not tell the index gives 0.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

Decide = Callable[[str], int]


def main() -> None:
    """Time one engine."""
    engine, patterns, paths, answers = (
        sys.argv[1],
        _words(sys.argv[2]),
        _words(sys.argv[3]),
        sys.argv[4],
    )
    make = ENGINES[engine]()
    busy, start = time.process_time(), time.perf_counter()
    decide = make(patterns)
    compiled = time.perf_counter()
    decided = [decide(path) for path in paths]
    end, busy = time.perf_counter(), time.process_time() - busy
    with open(answers, "w", encoding="ascii") as file:
        file.writelines(f"{index}\n" for index in decided)
    sys.stdout.write(f"{compiled - start} {end - compiled} {busy}\n")


def _words(file: str) -> list[str]:
    with open(file, "rb") as opened:
        return opened.read().decode("utf-8", "surrogateescape").split("\0")[:-1]


def _guard() -> Callable[[Sequence[str]], Decide]:
    from guard.patterns import PatternSet

    def make(patterns: Sequence[str]) -> Decide:
        ask = PatternSet(patterns).decide
        return lambda path: grant.index if (grant := ask(path)) else -1

    return make


def _pathspec() -> Callable[[Sequence[str]], Decide]:
    """`GitIgnoreSpec`, which pathspec recommends for .gitignore; it only says whether."""
    from pathspec import GitIgnoreSpec

    def make(patterns: Sequence[str]) -> Decide:
        matches = GitIgnoreSpec.from_lines(patterns).match_file
        return lambda path: 0 if matches(path) else -1

    return make


ENGINES = {"guard": _guard, "pathspec": _pathspec}

if __name__ == "__main__":
    main()
