"""What git answered is kept by object ids; a file that is spoilt changes nothing."""

from __future__ import annotations

from collections import Counter
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
    return repo.path / ".git" / "guard" / kept.FILE


def answers_of(repo: Repo) -> list[list[str]]:
    """The kept answers: table, what was asked, answer."""
    return [line.split("\t") for line in file_of(repo).read_text().splitlines()[1:]]


SPOILT = [b"", b"\n", b"{", b"\xff\xfe", b"99\t?\n", b"changes\ta b\t[]\n"]
BROKEN_OFF = [b"merges", b"merges\ta", b"else\ta\t1", b"merges\ta\t1\t2"]


@pytest.mark.parametrize("content", SPOILT)
def test_a_spoilt_file_is_ignored(empty: Repo, content: bytes) -> None:
    """Whatever is in the file, the answer is git's, and the file is whole again afterwards."""
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    good = answers_of(empty)
    file_of(empty).write_bytes(content)
    assert compared(empty, base, heads) == expected
    assert answers_of(empty) == good


@pytest.mark.parametrize("line", BROKEN_OFF)
def test_a_spoilt_line_ends_what_is_read(empty: Repo, line: bytes) -> None:
    """A line that is no answer is none, and neither is what follows it."""
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    head, _, rest = file_of(empty).read_bytes().partition(b"\n")
    file_of(empty).write_bytes(b"\n".join((head, line, rest)))
    assert compared(empty, base, heads) == expected


def test_spoilt_entries_are_asked_again(empty: Repo) -> None:
    """An entry of another shape is no answer."""
    base, heads = heads_of(empty)
    expected = compared(empty, base, heads)
    good = answers_of(empty)
    head = file_of(empty).read_text().partition("\n")[0]
    tables = {table for table, *_ in good}
    assert tables >= {"merges", "hunks", "changes"}
    for value in ("", "{", "null", "[]", "[1]", '["x",true,[["a"]],[]]', '{"a":1}', "text", "1 7"):
        lines = [f"{table}\t{key}\t{value}\n" for table, key, _ in good]
        file_of(empty).write_text("".join([f"{head}\n", *lines]))
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
    held = Counter(table for table, *_ in answers_of(empty))
    assert all(held[name] <= most for name, most in kept.MOST.items())
    assert compared(empty, base, heads) == expected


def test_a_folder_that_cannot_be_written_is_no_error(empty: Repo) -> None:
    """Where nothing can be kept, everything is asked again."""
    base, heads = heads_of(empty)
    empty.write({".git/guard": "a file, not a folder\n"})
    assert compared(empty, base, heads).verdict == "conflict"
