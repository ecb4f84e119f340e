"""The pictures in the documents are what guard shows today."""

from __future__ import annotations

import re
from pathlib import Path

from tests import pictures

ROOT = Path(__file__).parents[1]


def test_the_terminal_is_as_committed(tmp_path: Path) -> None:
    """The script draws the same picture again, from a demo that it builds anew."""
    drawn = pictures.terminal(pictures.build(tmp_path))
    assert drawn == (pictures.FOLDER / "status.svg").read_text("utf-8"), "make pictures"


def test_pictures_are_small_and_are_shown() -> None:
    """Each is in a document, with words for those who do not see it, and below 150 KB."""
    texts = [path.read_text("utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))]
    told = re.findall(r"!\[([^\]]{20,})\]\((?:docs/)?pictures/([^)]+)\)", "\n".join(texts))
    files = sorted(pictures.FOLDER.iterdir())
    assert {name for _, name in told} == {file.name for file in files}
    assert all(file.stat().st_size < 150_000 for file in files)
