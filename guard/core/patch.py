"""A change of one file as a unified diff that `git apply` and patch(1) take."""

import difflib
from collections.abc import Sequence


def patch(file: str, old: str | None, new: str) -> str:
    """Give the diff of a file with three lines of context; "" if nothing changes.

    `file` is its path in the repository; `old` is None if there is no file. Line ends are kept.
    """
    before = "/dev/null" if old is None else f"a/{file}"
    diff = difflib.unified_diff(_lines(old or ""), _lines(new), before, f"b/{file}")
    end = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + end for line in diff)


def with_lines(text: str, lines: Sequence[str]) -> str:
    """Give `text` with whole lines added at its end."""
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = newline if lines and text and not text.endswith("\n") else ""
    return text + gap + "".join(line + newline for line in lines)


def _lines(text: str) -> list[str]:
    """Split as git does: nothing but LF ends a line."""
    *whole, rest = text.split("\n")
    return [line + "\n" for line in whole] + ([rest] if rest else [])
