"""Reading the answer of `git merge-tree`. `test_merge_pairs.py` reads what git really writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.changes.conflict import Conflict
from guard.git.merge import Merge, parse_merge

TREE = "4" * 40
OID = "5" * 40


def answer(stages: list[tuple[str, str]], messages: list[tuple[str, list[str]]]) -> bytes:
    """What git writes: conflicted files as (stages, path), and messages as (type, paths)."""
    lines = [f"100644 {OID} {stage}\t{path}\0" for listed, path in stages for stage in listed]
    records = [
        f"{len(paths)}\0" + "".join(f"{path}\0" for path in paths) + f"{kind}\0some prose\n\0"
        for kind, paths in messages
    ]
    return (f"{TREE}\0" + "".join(lines) + "\0" + "".join(records)).encode(
        "utf-8", "surrogateescape"
    )


def test_a_clean_merge_has_no_conflicts() -> None:
    """What git merged by itself is no conflict."""
    assert parse_merge(answer([], [("Auto-merging", ["a"])]), clean=True) == Merge(
        TREE, clean=True, conflicts=()
    )


@pytest.mark.parametrize(
    ("stages", "messages", "expected"),
    [
        (
            [("123", "a")],
            [("Auto-merging", ["a"]), ("CONFLICT (contents)", ["a"])],
            Conflict("a", "content"),
        ),
        ([("23", "a")], [("CONFLICT (contents)", ["a"])], Conflict("a", "add/add")),
        (
            [("12", "a")],
            [("CONFLICT (modify/delete)", ["a"])],
            Conflict("a", "modify/delete", changed_by=1),
        ),
        (
            [("13", "a")],
            [("CONFLICT (modify/delete)", ["a"])],
            Conflict("a", "modify/delete", changed_by=2),
        ),
        (
            [("123", "a")],
            [("CONFLICT (binary)", ["a"]), ("CONFLICT (contents)", ["a"])],
            Conflict("a", "binary"),
        ),
        (
            [("12", f"d~{OID}")],
            [
                ("CONFLICT (modify/delete)", [f"d~{OID}"]),
                ("CONFLICT (file/directory)", [f"d~{OID}", "d"]),
                ("CONFLICT (modify/delete)", [f"d~{OID}"]),
            ],
            Conflict("d", "file/directory"),
        ),
        (
            [("2", f"d~{OID}_0"), ("3", f"d~{TREE}")],
            [("CONFLICT (distinct modes)", ["d", f"d~{OID}_0", f"d~{TREE}"])],
            Conflict("d", "type"),
        ),
        ([("23", f"d~{OID}")], [], Conflict("d", "add/add")),
        (
            [("2", "b~1"), ("3", "c~")],
            [("CONFLICT (rename/rename)", ["a", "b~1", "c~"])],
            Conflict("a", "rename/rename", ("b~1", "c~")),
        ),
        (
            [("1", "a"), ("2", "b"), ("3", "c")],
            [("CONFLICT (rename/rename)", ["a", "b", "c"])],
            Conflict("a", "rename/rename", ("b", "c")),
        ),
        (
            [("12", "b")],
            [("CONFLICT (rename/delete)", ["b", "a"])],
            Conflict("a", "rename/delete", ("b",)),
        ),
        (
            [("3", "new/c")],
            [("CONFLICT (directory rename suggested)", ["new/c", "old/c"])],
            Conflict("old/c", "file location", ("new/c",)),
        ),
        (
            [],
            [("CONFLICT(directory rename unclear split)", ["old"])],
            Conflict("old", "directory rename split"),
        ),
        (
            [("123", "s")],
            [("CONFLICT (submodule not initialized)", ["s"])],
            Conflict("s", "submodule"),
        ),
        (
            [("123", "a")],
            [("CONFLICT (of a kind yet unknown)", ["a"])],
            Conflict("a", "of a kind yet unknown"),
        ),
        ([("123", "a")], [], Conflict("a", "content")),
        ([], [], Conflict("", "unknown")),
        (
            [("23", "bad\udcff\nname")],
            [("CONFLICT (contents)", ["bad\udcff\nname"])],
            Conflict("bad\udcff\nname", "add/add"),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Conflict) else "",
)
def test_conflicts_are_read(
    stages: list[tuple[str, str]], messages: list[tuple[str, list[str]]], expected: Conflict
) -> None:
    """Each conflict is reported once, with its kind, at a path that exists on a side."""
    assert parse_merge(answer(stages, messages), clean=False).conflicts == (expected,)


@given(st.binary(max_size=60).map(lambda raw: b"\0".join(raw.split(b"x"))))
def test_an_answer_of_another_shape_is_no_merge(raw: bytes) -> None:
    """Bytes that git would not write are refused or read as a conflict, never as a clean merge."""
    try:
        merge = parse_merge(raw, clean=False)
    except ValueError:
        return
    assert merge.conflicts
