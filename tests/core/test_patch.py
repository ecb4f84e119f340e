"""A change of a file as a patch that git applies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guard.core.patch import patch, with_lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, "a/\nb/\n"),
        ("", "a/\nb/\n"),
        ("x\n", "x\na/\nb/\n"),
        ("x", "x\na/\nb/\n"),
        ("x\r\n", "x\r\na/\r\nb/\r\n"),
        ("\x0c\u2028\udcff", "\x0c\u2028\udcff\na/\nb/\n"),
    ],
)
def test_lines_at_the_end(old: str | None, new: str, tmp_path: Path) -> None:
    """Whole lines go to the end of a file, new or old, and the patch says so byte by byte."""
    assert with_lines(old or "", ["a/", "b/"]) == new
    if old is not None:
        (tmp_path / "a.txt").write_bytes(old.encode("utf-8", "surrogateescape"))
    diff = patch("a.txt", old, new).encode("utf-8", "surrogateescape")
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], input=diff, cwd=tmp_path, check=True
    )
    assert (tmp_path / "a.txt").read_bytes() == new.encode("utf-8", "surrogateescape")
    assert patch("a.txt", old, with_lines(old or "", [])) == ""
