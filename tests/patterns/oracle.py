"""What git itself says about patterns and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tests.kit import Repo

_CHECK = (
    "git -c core.ignoreCase=false -c core.excludesFile=/dev/null "
    "check-ignore --no-index -z -v -n --stdin".split()
)
_CONTEXT_LOST = re.compile(r"/?[^*?\[\\]*[^*?\[\\/]\*{2,}\\?/.", re.DOTALL)


class Case(NamedTuple):
    """A list of patterns, and the paths of files to ask about."""

    patterns: Sequence[str]
    paths: Sequence[str]


def deciders(repo: Repo, cases: Sequence[Case]) -> list[list[int | None]]:
    """Give the index of git's deciding pattern, or None, for each path of each case.

    One process answers for all. The `.gitignore` of a case is in a directory of its own, where it
    works as one at the top would. `./` before a path keeps it from being a pathspec (`:!x`). git
    strips one carriage return from the end of a line, so one is added.
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
    """Give the same for one case with its patterns in `.git/info/exclude`."""
    lines = "".join(f"{pattern}\n" for pattern in ("# no byte order mark", *case.patterns))
    repo.write({".git/info/exclude": _bytes(lines)})
    answers = _deciding_lines(repo, _bytes("".join(f"./{path}\0" for path in case.paths)))
    return [line - 2 if line else None for line in answers]


def differs_before_2_52(pattern: str) -> bool:
    """Tell whether git before 2.52 matches more: literal text, `**`, a slash and more (`lit**/x`).

    It cut the literal text off before matching, so the `**` seemed to be alone between slashes,
    where it crosses directories; `lit**/x` also matched `litx` and `lit/a/b/x`. Commit 1940a02dc1
    ("match_pathname(): give fnmatch one char of prefix context") fixed that. All that git matches
    now, it matched before, too.
    """
    return _CONTEXT_LOST.match(pattern) is not None


def is_before_2_52(repo: Repo) -> bool:
    """Tell whether the installed git is older than 2.52."""
    major, minor = re.findall(r"\d+", repo.git("version"))[:2]
    return (int(major), int(minor)) < (2, 52)


def _deciding_lines(repo: Repo, asked: bytes) -> Iterator[int]:
    """Give the line of the pattern that decides for each path, 0 for none."""
    fields = repo.run(*_CHECK, stdin=asked, ok=(0, 1)).out.split("\0")
    assert len(fields) == 4 * asked.count(b"\0") + 1, fields
    return (int(line or 0) for line in fields[1::4])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
