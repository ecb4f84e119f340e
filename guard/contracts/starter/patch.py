"""A change of one file as a unified diff that `git apply` and patch(1) take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_NO_NEWLINE = "\\ No newline at end of file\n"


class Edit(NamedTuple):
    """A file at the top of the repository, its text and the text that it should have; `old` is None where there is no file."""

    file: str
    old: str | None
    new: str


def patch(edit: Edit) -> str:
    """Give the diff with three lines of context; "" if nothing changes. Line ends are kept as they are."""
    old = "/dev/null" if edit.old is None else f"a/{edit.file}"
    lines = difflib.unified_diff(_lines(edit.old or ""), _lines(edit.new), old, f"b/{edit.file}")
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def with_lines(file: str, old: str | None, lines: Sequence[str]) -> Edit:
    """Give the edit that adds whole lines at the end of a file."""
    text = old or ""
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = newline if lines and text and not text.endswith("\n") else ""
    return Edit(file, old, text + gap + "".join(line + newline for line in lines))


def _lines(text: str) -> list[str]:
    """Lines as git has them: nothing but LF ends one."""
    return list(_cut(text.split("\n")))


def _cut(parts: Iterable[str]) -> Iterator[str]:
    *whole, rest = parts
    yield from (line + "\n" for line in whole)
    if rest:
        yield rest
