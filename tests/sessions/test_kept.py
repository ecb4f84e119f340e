"""What git answered is kept by object ids; a file that is spoilt changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.sessions.between import kept
from tests.kit import Repo
from tests.sessions.made import TEXT, commit, compared, edited, plain


def heads_of(repo: Repo) -> tuple[str, dict[str, str]]:
    """A base, a session that conflicts with it, and two that conflict with each other."""
    root = commit(repo, plain(a=TEXT, b=TEXT))
    base = commit(repo, plain(a=edited(3), b=TEXT), root)
    return base, {
        "one": commit(repo, plain(a=TEXT, b=edited(9)), root),
        "two": commit(repo, plain(a=TEXT, b=edited(9, by=b"?")), root),
        "old": commit(repo, plain(a=edited(3, by=b"?"), b=TEXT), root),
    }


def file_of(repo: Repo) -> Path:
    """Where the answers are kept."""
    return repo.path / ".git" / "guard" / "conflicts.json"


SPOILT = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"format": 1}',
    b"\xff\xfe",
    b'{"format": 99, "git": "?", "merges": {}, "changes": {}, "hunks": {}}',
]


@pytest.mark.parametrize("content", SPOILT)
def test_a_spoilt_file_is_ignored(empty: Repo, content: bytes) -> None:
    """Whatever is in the file, the answer is git's, and the file is whole again afterwards."""
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    good = json.loads(file_of(empty).read_bytes())
    file_of(empty).write_bytes(content)
    assert compared(empty, base, heads) == expected
    assert json.loads(file_of(empty).read_bytes()) == good


def test_spoilt_entries_are_asked_again(empty: Repo) -> None:
    """An entry of another shape is no answer."""
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    good = json.loads(file_of(empty).read_bytes())
    for value in (None, [], [1], ["x", True, [["a"]], []], {"a": 1}, "text"):
        spoilt = dict(good)
        for table in ("merges", "hunks", "changes", "patched"):
            spoilt[table] = dict.fromkeys(good[table], value if table != "changes" else [1])
        file_of(empty).write_text(json.dumps(spoilt))
        assert compared(empty, base, heads) == expected


def test_objects_of_an_earlier_run_are_made_again(empty: Repo) -> None:
    """A new session is compared with others whose merges are kept and whose objects are gone."""
    base, heads = heads_of(empty)
    compared(empty, base, {name: heads[name] for name in ("one", "old")})
    found = compared(empty, base, heads)
    file_of(empty).unlink()
    assert found == compared(empty, base, heads)


def test_only_the_latest_are_kept(empty: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file does not grow without end."""
    monkeypatch.setattr(kept, "MOST", dict.fromkeys(kept.MOST, 2))
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    tables = json.loads(file_of(empty).read_bytes())
    assert all(len(tables[name]) <= most for name, most in kept.MOST.items())
    assert compared(empty, base, heads) == expected


def test_a_folder_that_cannot_be_written_is_no_error(empty: Repo) -> None:
    """Where nothing can be kept, everything is asked again."""
    base, heads = heads_of(empty)
    empty.write({".git/guard": "a file, not a folder\n"})
    assert compared(empty, base, heads).verdict == "conflict"
