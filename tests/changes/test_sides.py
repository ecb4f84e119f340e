"""What a merge left out of a file with conflicts, against files that git itself marked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guard.changes.sides import has_one, lost

BASE = "one 1\ntwo 2\nthree 3\nfour 4\nfive 5\nsix 6\n"


def marked(folder: Path, ours: str, base: str, theirs: str) -> bytes:
    """What git makes of three files, with its marks (git-merge-file(1))."""
    for name, text in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_text(text)
    command = ["git", "merge-file", "-p", "--diff3", "ours", "base", "theirs"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout


@pytest.mark.parametrize(
    ("result", "gone"),
    [
        ("ours", ("their end",)),
        ("theirs", ("our end", "our end too")),
        (BASE + "our end\ntheir end\n", ()),
        (BASE + "neither\n", ()),
        (BASE, ()),
    ],
)
def test_both_sides_added_at_one_place(tmp_path: Path, result: str, gone: tuple[str, ...]) -> None:
    """A side is lost if the other one is there, and not if both or neither are."""
    sides = {"ours": BASE + "our end\nour end too\n", "theirs": BASE + "their end\n"}
    text = marked(tmp_path, sides["ours"], BASE, sides["theirs"])
    assert b"<<<<<<<" in text
    found = lost(
        text, sides.get(result, result).encode(), [side.encode() for side in sides.values()]
    )
    assert (found.lines if found else ()) == gone
    assert not (found and found.whole)


def test_a_whole_file_of_one_side(tmp_path: Path) -> None:
    """Only lines that did not conflict are named, and only weighty ones."""
    ours, theirs = BASE + "our end\n", "their top\n}\n" + BASE + "their end\n"
    text = marked(tmp_path, ours, BASE, theirs)
    found = lost(text, ours.encode(), [ours.encode(), theirs.encode()])
    assert found
    assert (found.lines, found.whole) == (("their top",), True)
    assert has_one(b"x\n   their   top\n", found.lines)
    assert not has_one(b"their\ntop\n", found.lines)


def test_a_side_that_changed_white_space_alone(tmp_path: Path) -> None:
    """Its whole file lacks what the other side added, although it has no line of its own."""
    ours, theirs = BASE.replace("\n", "  \n"), BASE + "their end\n"
    text = marked(tmp_path, ours, BASE, theirs)
    sides = [ours.encode(), theirs.encode()]
    found = lost(text, ours.encode(), sides)
    assert found
    assert found.lines == ("their end",)
    assert lost(text, theirs.encode(), sides) is None


@pytest.mark.parametrize("heading", ["=======", "=========", "<<<<<<< x", ">>>>>>> x"])
def test_text_that_looks_like_a_mark(tmp_path: Path, heading: str) -> None:
    """Headings and old marks in the text invent no loss."""
    ours, theirs = f"{heading}\n{BASE}our end\n", f"{BASE}their end\n{heading}\n"
    text = marked(tmp_path, ours, BASE, theirs)
    both = f"{heading}\n{BASE}our end\ntheir end\n{heading}\n"
    assert lost(text, both.encode(), [ours.encode(), theirs.encode()]) is None
