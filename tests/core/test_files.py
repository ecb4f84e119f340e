"""Files are written whole or not at all, and only over what was read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.core.errors import UsageError
from guard.core.files import read_text
from guard.core.writing import put_text, remove_file, write_whole


def test_bytes_and_line_ends_are_kept(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 and line ends of any kind are kept."""
    raw = b"\xef\xbb\xbfa\r\nb\rc\n\xff\xfe"
    (tmp_path / "a").write_bytes(raw)
    text = read_text(str(tmp_path), "a")
    assert text is not None
    put_text(str(tmp_path), "a", text, text + "end", "again")
    assert (tmp_path / "a").read_bytes() == raw + b"end"
    assert os.listdir(tmp_path) == ["a"]


def test_a_new_file_and_its_folders(tmp_path: Path) -> None:
    """Missing folders are made and the mode is the usual one; removal removes empty folders."""
    assert read_text(str(tmp_path), "x/y/a") is None
    put_text(str(tmp_path), "x/y/a", None, "text", "again")
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "x/y/a").stat().st_mode & 0o777 == 0o666 & ~umask
    remove_file(str(tmp_path), "x/y/a", "text", "again")
    assert os.listdir(tmp_path) == []


def test_the_mode_stays(tmp_path: Path) -> None:
    """A file that only its owner may read stays so."""
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").chmod(0o640)
    put_text(str(tmp_path), "a", "1", "2", "again")
    assert ((tmp_path / "a").read_text(), (tmp_path / "a").stat().st_mode & 0o777) == ("2", 0o640)


def test_folders_with_other_files_stay(tmp_path: Path) -> None:
    """Only empty folders are removed with the file."""
    put_text(str(tmp_path), "x/y/a", None, "text", "again")
    (tmp_path / "x/b").write_text("b")
    remove_file(str(tmp_path), "x/y/a", "text", "again")
    assert os.listdir(tmp_path / "x") == ["b"]


@pytest.mark.parametrize(
    "change",
    [
        lambda top: put_text(top, "a", "old", "new", "guard again"),
        lambda top: remove_file(top, "a", "old", "guard again"),
        lambda top: put_text(top, "a", None, "new", "guard again"),
    ],
    ids=["changed", "removed", "made"],
)
def test_what_changed_meanwhile_is_left_alone(
    tmp_path: Path, change: Callable[[str], None]
) -> None:
    """A file that has changed since it was read stays, and nothing is left beside it."""
    (tmp_path / "a").write_text("newer")
    with pytest.raises(UsageError, match="meanwhile") as caught:
        change(str(tmp_path))
    assert caught.value.hint == "guard again"
    assert ((tmp_path / "a").read_text(), os.listdir(tmp_path)) == ("newer", ["a"])


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    """A link in any part of the path is an error."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a").write_text("a")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "file").symlink_to("real/a")
    for file, message in (
        ("folder/a", "folder is a symbolic link"),
        ("file", "not a regular file"),
        ("real", "not a regular file"),
    ):
        with pytest.raises(UsageError, match=message):
            read_text(str(tmp_path), file)
        with pytest.raises(UsageError):
            put_text(str(tmp_path), file, "a", "b", "again")
    assert (tmp_path / "real/a").read_text() == "a"


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    """A file in a folder's place, and a name that is too long, are errors with the file's name."""
    (tmp_path / "a").write_text("a")
    with pytest.raises(UsageError, match="cannot read a/b: Not a directory"):
        read_text(str(tmp_path), "a/b")
    with pytest.raises(UsageError, match=r"cannot write x/y{300}: File name too long"):
        put_text(str(tmp_path), "x/" + "y" * 300, None, "text", "again")
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_that_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the system's reason."""

    def refuse(path: str) -> None:
        raise PermissionError(1, "Operation not permitted", path)

    (tmp_path / "a").write_text("a")
    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(UsageError, match="cannot remove a: Operation not permitted"):
        remove_file(str(tmp_path), "a", "a", "again")


def test_a_file_is_finished_before_it_takes_its_place(tmp_path: Path) -> None:
    """Permissions that a caller sets are there from the moment at which the file can be seen."""
    (tmp_path / "a").write_text("old")
    seen: list[tuple[str, str]] = []

    def finish(path: str) -> None:
        seen.append((Path(path).read_text(), (tmp_path / "a").read_text()))
        Path(path).chmod(0o755)

    write_whole(str(tmp_path / "a"), b"new", mode=0o600, finish=finish)
    assert seen == [("new", "old")]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755


def test_a_file_that_cannot_be_finished_changes_nothing(tmp_path: Path) -> None:
    """The old file stays and nothing else is left."""
    (tmp_path / "a").write_text("old")

    def refuse(path: str) -> None:
        raise PermissionError(1, "Operation not permitted", path)

    with pytest.raises(PermissionError):
        write_whole(str(tmp_path / "a"), b"new", finish=refuse)
    assert ((tmp_path / "a").read_text(), os.listdir(tmp_path)) == ("old", ["a"])
