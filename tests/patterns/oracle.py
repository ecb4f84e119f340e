"""What git itself says about patterns and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tests.kit import Repo

_CHECK = "git -c core.ignoreCase=false -c core.excludesFile=/dev/null check-ignore --no-index -z -v -n --stdin".split()
_CONTEXT_LOST = re.compile(r"/?[^*?\[\\]*[^*?\[\\/]\*{2,}\\?/.", re.DOTALL)


class Case(NamedTuple):
    """A list of patterns, and the paths of files to ask about."""

    patterns: Sequence[str]
    paths: Sequence[str]


def deciders(repo: Repo, cases: Sequence[Case]) -> list[list[int | None]]:
    """Give, for each path of each case, the index of the pattern that git says decides, or None; one process for all.

    Each case has a directory of its own, whose `.gitignore` says there what one at the top would say for the whole repository. `./` before
    a path keeps it from being read as a pathspec (`:!x`). git takes one carriage return from the end of a line, so one is added.
    """
    asked = bytearray()
    for number, case in enumerate(cases):
        lines = [
            f"{pattern}\r\n" if pattern.endswith("\r") else f"{pattern}\n"
            for pattern in case.patterns
        ]
        repo.write({f"{number}/.gitignore": b"# no byte order mark\n" + _bytes("".join(lines))})
        for path in case.paths:
            asked += _bytes(f"./{number}/{path}\0")
    answers = _deciding_lines(repo, bytes(asked))
    return [
        [line - 2 if line else None for line in islice(answers, len(case.paths))] for case in cases
    ]


def decider_at_the_top(repo: Repo, case: Case) -> list[int | None]:
    """Give the same for one case whose patterns stand in `.git/info/exclude`, which holds for the whole repository."""
    repo.write(
        {
            ".git/info/exclude": _bytes(
                "".join(f"{pattern}\n" for pattern in ("# no byte order mark", *case.patterns))
            )
        }
    )
    answers = _deciding_lines(repo, _bytes("".join(f"./{path}\0" for path in case.paths)))
    return [line - 2 if line else None for line in answers]


def differs_before_2_52(pattern: str) -> bool:
    """Tell whether git before 2.52 is known to read the pattern differently: literal text, then `**`, then a slash and more (`lit**/x`).

    It cut the literal text off before matching, so that the `**` seemed to stand at the start, alone between slashes, where it crosses
    directories; and the rest could match where nothing is left, so `lit**/x` also matched `litx` and `lit/a/b/x`. Commit 1940a02dc1
    ("match_pathname(): give fnmatch one char of prefix context") ended that. What git matches since, it matched before as well.
    """
    return _CONTEXT_LOST.match(pattern) is not None


def is_before_2_52(repo: Repo) -> bool:
    """Tell whether the installed git is older than 2.52."""
    major, minor = re.findall(r"\d+", repo.git("version"))[:2]
    return (int(major), int(minor)) < (2, 52)


def _deciding_lines(repo: Repo, asked: bytes) -> Iterator[int]:
    """Give the line of the pattern that decides for each path, 0 where none does."""
    fields = repo.run(*_CHECK, stdin=asked, ok=(0, 1)).out.split("\0")
    assert len(fields) == 4 * asked.count(b"\0") + 1, fields
    return (int(line or 0) for line in fields[1::4])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
