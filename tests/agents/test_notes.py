"""What guard remembers of a session: whole or not at all, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

from guard.agents.notes import Note, read_note, write_note


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A note comes back as it was, whatever is in it."""
    note = Note("feature", frozenset({"OWN001 a b", "", "\udcff ä\n"}), "0" * 40, 2)
    assert write_note(str(tmp_path), "s", note)
    assert read_note(str(tmp_path), "s")._replace(told=frozenset()) == note._replace(
        told=frozenset()
    )
    assert {"OWN001 a b", ""} < read_note(str(tmp_path), "s").told


def test_a_session_without_notes_has_an_empty_one(tmp_path: Path) -> None:
    """No note, and a note of another session, is an empty one."""
    write_note(str(tmp_path), "other", Note(head="x"))
    assert read_note(str(tmp_path), "s") == Note()
    assert read_note(str(tmp_path / "nowhere"), "s") == Note()


def test_a_broken_note_is_as_none(tmp_path: Path) -> None:
    """Whatever stands in a note's place is no error."""
    write_note(str(tmp_path), "s", Note(head="x"))
    for text in ("", "{", "[]", '{"told": 7, "head": "", "asked": 0}', '{"told": []}', "\0"):
        (tmp_path / "guard/sessions/s.json").write_text(text)
        assert read_note(str(tmp_path), "s") == Note()


def test_names_of_sessions_stay_in_their_folder(tmp_path: Path) -> None:
    """A session's id is part of no path."""
    for session in ("../../x", "/etc/x", "a\0b", "", "x" * 500):
        assert write_note(str(tmp_path / "git"), session, Note(head=session[:5]))
        assert read_note(str(tmp_path / "git"), session).head == session[:5]
    assert os.listdir(tmp_path) == ["git"]
    assert len(os.listdir(tmp_path / "git/guard/sessions")) == 5


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that cannot be made leaves nothing behind."""
    (tmp_path / "guard").write_text("in the way")
    assert not write_note(str(tmp_path), "s", Note())
    assert os.listdir(tmp_path) == ["guard"]


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    """A worktree's notes do not grow without end."""
    for number in range(30):
        write_note(str(tmp_path), f"s{number}", Note(asked=number))
        os.utime(tmp_path / f"guard/sessions/s{number}.json", (number, number))
    write_note(str(tmp_path), "last", Note(asked=99))
    assert sorted(os.listdir(tmp_path / "guard/sessions")) == sorted(
        ["last.json", *(f"s{number}.json" for number in range(11, 30))]
    )
