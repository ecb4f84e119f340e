"""Files that are whole or not there, and when there is colour."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from guard.core.errors import UsageError
from guard.reports.output import wants_colour, write_file
from tests.kit import Repo


def test_a_file_is_written_as_utf8(tmp_path: Path) -> None:
    """The text is written as UTF-8, a lone surrogate as an escape; no other file is left."""
    write_file(str(tmp_path / "report.txt"), "länder \udcff\n")
    assert (tmp_path / "report.txt").read_bytes() == "länder \\udcff\n".encode()
    assert os.listdir(tmp_path) == ["report.txt"]


def test_an_old_report_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    """An open old file stays whole while the new one is written, and its mode is kept."""
    file = tmp_path / "report.txt"
    file.write_text("old")
    file.chmod(0o600)
    with file.open() as reader:
        write_file(str(file), "new")
        assert reader.read() == "old"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)


def test_a_file_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    """Where there is no room for the whole report, the old one stays and nothing else is left."""
    (tmp_path / "report.txt").write_text("old")
    program = """
import resource
from guard.reports.output import write_file
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
try:
    write_file("report.txt", "new" * 1000)
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
"""
    ran = Repo(tmp_path).run(sys.executable, "-c", program, ok=(1,))
    assert ran.err.endswith(
        "guard.core.errors.UsageError: cannot write report.txt: File too large\n"
    )
    assert (os.listdir(tmp_path), (tmp_path / "report.txt").read_text()) == (["report.txt"], "old")


def test_a_symlink_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A link that the branch under judgement planted does not lead guard to write elsewhere."""
    target, link = tmp_path / "target", tmp_path / "report.txt"
    target.write_text("precious")
    link.symlink_to(target)
    write_file(str(link), "report")
    assert (target.read_text(), link.read_text(), link.is_symlink()) == (
        "precious",
        "report",
        False,
    )


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    """A named pipe is not replaced by a file: somebody reads from it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_file(str(pipe), "report")
    reader.join(10)
    assert (read, stat.S_ISFIFO(pipe.stat().st_mode)) == (["report"], True)


def test_a_device_is_written_to_as_it_is() -> None:
    """`/dev/null` stays what it is."""
    write_file("/dev/null", "report")
    assert stat.S_ISCHR(os.lstat("/dev/null").st_mode)


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("", "--output '' is not a file", "name a file: --output report.json"),
        (".", "--output '.' is not a file", "name a file: --output report.json"),
        (
            "missing/report",
            "cannot write missing/report: No such file or directory",
            "mkdir -p missing",
        ),
        (
            "file/report",
            "cannot write file/report: Not a directory",
            "choose another file, or redirect standard output",
        ),
        (
            "x" * 300,
            f"cannot write {'x' * 300}: File name too long",
            "choose another file, or redirect standard output",
        ),
    ],
)
def test_what_cannot_be_written_is_an_error(
    path: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that cannot take the report is named, with what to do, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("precious")
    with pytest.raises(UsageError) as caught:
        write_file(path, "report")
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert (os.listdir(tmp_path), (tmp_path / "file").read_text()) == (["file"], "precious")


@pytest.mark.parametrize(
    ("env", "terminal", "colour"),
    [
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"CLICOLOR": "1"}, False, False),
        ({"FORCE_COLOR": ""}, False, False),
        ({}, True, True),
        ({"NO_COLOR": ""}, True, True),
        ({"CLICOLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "3", "CLICOLOR": "0", "TERM": "dumb"}, False, True),
        ({"CLICOLOR_FORCE": "1"}, False, True),
    ],
)
def test_colour_is_asked_for(env: dict[str, str], *, terminal: bool, colour: bool) -> None:
    """The variables that people set decide, then whether a terminal is there."""
    assert wants_colour(env, terminal=terminal) is colour
