"""Merges of many pairs in one process: each is what git makes of the pair alone."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from guard.changes.conflict import Conflict
from guard.core.errors import GitError
from guard.git.merge import MergeError, fold, merge_commits, merge_pairs
from guard.git.plumbing import Git, at
from tests.kit import Repo

Files = dict[str, tuple[str, bytes]]  # path → mode, and content; of a submodule the object id

LINES = [b"%d\n" % number for number in range(40)]
TEXT = b"".join(LINES)
ONE, TWO, THREE = (letter * 40 for letter in (b"1", b"2", b"3"))


def edited(*numbers: int, by: bytes = b"!") -> bytes:
    """The text with some of its lines changed."""
    return b"".join(by + line if number in numbers else line for number, line in enumerate(LINES))


def plain(**files: bytes) -> Files:
    """Regular files; `__` in a name stands for a slash."""
    return {name.replace("__", "/"): ("100644", content) for name, content in files.items()}


def commit(repo: Repo, files: Files, *parents: str) -> str:
    """Commit exactly these files, without a working tree; give the object id."""
    repo.git("read-tree", "--empty")
    for path, (mode, content) in files.items():
        oid = content.decode() if mode == "160000" else ""
        oid = oid or repo.git("hash-object", "-w", "--stdin", stdin=content)
        repo.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    before = [word for parent in parents for word in ("-p", parent)]
    return repo.git("commit-tree", "-m", "x", *before, repo.git("write-tree"))


def git_of(repo: Repo) -> Git:
    """guard's git in a repository of the test."""
    return at(str(repo.path)).moved(["user.name=x", "user.email=x@example.com"])


CASES: dict[str, tuple[Files, Files, Files, Sequence[Conflict]]] = {
    "clean": (
        plain(a=TEXT),
        plain(a=edited(2)),
        plain(a=edited(30)),
        [],
    ),
    "content": (
        plain(a=TEXT),
        plain(a=edited(2)),
        plain(a=edited(2, by=b"?")),
        [Conflict("a", "content")],
    ),
    "content of a renamed file": (
        plain(a=TEXT),
        plain(b=edited(2)),
        plain(a=edited(2, by=b"?")),
        [Conflict("b", "content")],
    ),
    "add/add": (
        plain(),
        plain(a=edited(2)),
        plain(a=edited(2, by=b"?")),
        [Conflict("a", "add/add")],
    ),
    "modify/delete": (
        plain(a=TEXT, b=b"b"),
        plain(b=b"b"),
        plain(a=edited(2), b=b"b"),
        [Conflict("a", "modify/delete", changed_by=2)],
    ),
    "binary": (
        plain(a=b"\0a"),
        plain(a=b"\0b"),
        plain(a=b"\0c"),
        [Conflict("a", "binary")],
    ),
    "file/directory": (
        plain(b=b"b"),
        plain(a=b"file", b=b"b"),
        plain(a__x=b"inside", b=b"b"),
        [Conflict("a", "file/directory")],
    ),
    "rename/delete": (
        plain(a=TEXT, b=b"b"),
        plain(c=TEXT, b=b"b"),
        plain(b=b"b"),
        [Conflict("a", "rename/delete", ("c",))],
    ),
    "rename/rename": (
        plain(a=TEXT),
        plain(b=TEXT),
        plain(c=TEXT),
        [Conflict("a", "rename/rename", ("b", "c"))],
    ),
    "file location": (
        plain(old__a=TEXT, old__b=edited(1), old__c=edited(2)),
        plain(new__a=TEXT, new__b=edited(1), new__c=edited(2)),
        plain(old__a=TEXT, old__b=edited(1), old__c=edited(2), old__d=b"new\n"),
        [Conflict("old/d", "file location", ("new/d",))],
    ),
    "type": (
        plain(a=TEXT),
        {"a": ("120000", b"elsewhere")},
        plain(a=edited(2)),
        [Conflict("a", "type")],
    ),
    "submodule": (
        {"s": ("160000", ONE)},
        {"s": ("160000", TWO)},
        {"s": ("160000", THREE)},
        [Conflict("s", "submodule")],
    ),
    "two submodules and a file": (
        {"s": ("160000", ONE), "t": ("160000", ONE), **plain(a=TEXT)},
        {"s": ("160000", TWO), "t": ("160000", TWO), **plain(a=edited(2))},
        {"s": ("160000", THREE), "t": ("160000", THREE), **plain(a=edited(2, by=b"?"))},
        [Conflict("a", "content"), Conflict("s", "submodule"), Conflict("t", "submodule")],
    ),
    "an odd name": (
        {"x\ny \t~": ("100644", TEXT)},
        {"x\ny \t~": ("100644", edited(2))},
        {"x\ny \t~": ("100644", edited(2, by=b"?"))},
        [Conflict("x\ny \t~", "content")],
    ),
}


@pytest.fixture
def pairs(empty: Repo) -> list[tuple[str, str]]:
    """The two sides of every case."""
    found = []
    for base, ours, theirs, _ in CASES.values():
        root = commit(empty, base)
        found.append((commit(empty, ours, root), commit(empty, theirs, root)))
    return found


def test_every_kind_of_conflict_is_known(empty: Repo, pairs: list[tuple[str, str]]) -> None:
    """In one process or in one each, a merge keeps its kinds of conflict and the paths."""
    git = git_of(empty)
    merges = merge_pairs(git, pairs)
    assert merges == [merge_commits(git, *pair) for pair in pairs]
    for merge, (name, case) in zip(merges, CASES.items(), strict=True):
        assert list(merge.conflicts) == case[3], name
        assert merge.clean == (not case[3]), name
    assert merges == merge_pairs(git, pairs * 3)[: len(pairs)]


def test_paths_and_trees_are_gits(empty: Repo, pairs: list[tuple[str, str]]) -> None:
    """The tree and the conflicted paths are those that git gives when asked for nothing else."""
    for pair, merge in zip(pairs, merge_pairs(git_of(empty), pairs), strict=True):
        words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *pair)
        tree, *paths = empty.git(*words, ok=(0, 1)).split("\0")
        assert merge.tree == tree
        assert merge.conflicted == {path for path in paths if path}


@pytest.mark.parametrize("seed", range(4))
def test_random_merges_are_the_same_in_one_process(empty: Repo, seed: int) -> None:
    """Of random sides every pair is read as it is alone, whatever stands before and behind it."""
    dice = random.Random(seed)
    base: Files = {
        **plain(a=TEXT, b=edited(5), d__a=edited(6), d__b=edited(7), e__f__a=edited(8), z=b"\0z"),
        "s": ("160000", ONE),
    }
    root = commit(empty, base)
    sides = [commit(empty, stirred(base, dice), root) for _ in range(6)]
    sides.append(commit(empty, plain(a=b"unrelated\n")))
    pairs = [(ours, theirs) for ours in sides for theirs in sides]
    git = git_of(empty)
    merges = merge_pairs(git, pairs)
    assert merges == [merge_commits(git, *pair) for pair in pairs]
    assert {merge.clean for merge in merges} == {True, False}
    assert all(merge.clean == (not merge.conflicts) for merge in merges)


def stirred(base: Files, dice: random.Random) -> Files:
    """Some files edited, deleted, moved, of another type, or with another file in their way."""
    files = dict(base)
    for _ in range(dice.randint(1, 4)):
        path = dice.choice(sorted(files))
        mode, content = files.pop(path)
        fresh = dice.choice(["a", "b/x", "d", "d/new", "e/f", "new/a", "q"])
        choice = dice.randrange(5)
        if choice == 0 and mode != "160000":
            files[path] = (mode, content.replace(b"2", dice.choice([b"x", b"y"])))
        elif choice == 1 and mode == "160000":
            files[path] = (mode, dice.choice([TWO, THREE]))
        elif choice == 2:
            files[fresh] = (mode, content)
        elif choice == 3:
            files[path] = ("120000", b"elsewhere")
        else:
            files[fresh] = ("100644", b"%d\n" % dice.randrange(3))
    found: Files = {}
    for path, entry in files.items():
        around = any(
            path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in found
        )
        if not around:
            found[path] = entry
    return found


@pytest.mark.parametrize("answer", ["exit 129", "exit 134", "exit 0", "echo 2; exit 0"])
def test_where_many_cannot_be_asked_each_pair_is(
    empty: Repo,
    pairs: list[tuple[str, str]],
    answer: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A git without `--stdin`, one that crashes, and one that says too little change nothing."""
    expected = merge_pairs(git_of(empty), pairs)
    script = f'case "$*" in *--stdin*) {answer};; esac\nexec {shutil.which("git")} "$@"\n'
    (tmp_path / "git").write_text(f"#!/bin/sh\n{script}")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert merge_pairs(git_of(empty), pairs) == expected


def test_a_merge_that_git_does_not_make_is_an_error(empty: Repo) -> None:
    """An unknown commit is no conflict, though git's exit status is the same."""
    head, unknown = commit(empty, plain(a=TEXT)), "5" * 40
    git = git_of(empty)
    with pytest.raises(MergeError, match=r"git cannot merge .* and 555555555555 again: "):
        merge_commits(git, head, unknown)
    with pytest.raises(GitError, match="git cannot merge "):
        merge_pairs(git, [(head, head), (head, unknown)])


def test_an_octopus_keeps_the_conflicts_of_each_step(empty: Repo) -> None:
    """Commits that are merged one after the other are clean if each of them is."""
    root = commit(empty, plain(a=TEXT, b=TEXT))
    one = commit(empty, plain(a=edited(2), b=TEXT), root)
    two = commit(empty, plain(a=edited(2, by=b"?"), b=TEXT), root)
    three = commit(empty, plain(a=TEXT, b=edited(30)), root)
    git = git_of(empty)
    stopped, clean = fold(git, [one, two, three]), fold(git, [one, three])
    assert not stopped.clean
    assert stopped.conflicted == {"a"}
    assert stopped.conflicts == (Conflict("a", "content"),)
    assert (clean.clean, clean.conflicts, clean.conflicted) == (True, (), frozenset())
    assert empty.git("show", f"{clean.tree}:a") + "\n" == edited(2).decode()
