"""The base's merge attributes count for every pair as they do where git itself merges there."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest

from guard.git.isolate import isolated, with_attributes
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.rules.between import Asked
from tests.kit import Repo
from tests.sessions.made import TEXT, Files, commit, compared, edited, plain

SIDES = 6
TOP = (
    b"[attr]gen -merge\n[attr]soft merge=union\n*.lock -merge\n*.bin binary\n*.log merge=union\n"
    b"*.own merge=custom\n*.gen gen\n*.soft soft\n"
)
NESTED = b"*.txt -merge\n*.lock !merge\n*.log merge=text\n"
ALL_UNION = b"* merge=union\n"
ENDS = "txt lock bin log own gen soft".split()
FOLDERS = ("", "d/", "d/sub/", "e/")
ATTRIBUTES = ".gitattributes"


def start(dice: random.Random) -> Files:
    """Attribute files, one below another, and a file for each ending."""
    found = {ATTRIBUTES: ("100644", TOP), f"d/{ATTRIBUTES}": ("100644", NESTED)}
    if dice.random() < 0.5:
        found[f"d/sub/{ATTRIBUTES}"] = ("100644", ALL_UNION)
    for number, end in enumerate(ENDS):
        text = b"".join(b"%d of %d\n" % (line, number) for line in range(14))
        found[f"{dice.choice(FOLDERS)}f{number}.{end}"] = ("100644", text)
    return found


def stirred(files: Files, dice: random.Random, by: bytes) -> Files:
    """Files edited, moved to a name that is merged otherwise, deleted, and other attributes."""
    files = dict(files)
    for _ in range(dice.randint(1, 3)):
        path = dice.choice(sorted(one for one in files if not one.endswith(ATTRIBUTES)))
        kind, content = dice.random(), files[path][1]
        if kind < 0.4:
            files[path] = ("100644", line_of(content, dice, by))
        elif kind < 0.85:
            del files[path]
            stem = path.rpartition("/")[2].partition(".")[0]
            new = line_of(content, dice, by) if dice.random() < 0.6 else content
            files[f"{dice.choice(FOLDERS)}{stem}.{dice.choice(ENDS)}"] = ("100644", new)
        elif kind < 0.92 and len(files) > 6:
            del files[path]
        else:
            where = dice.choice(["", "d/", "e/"]) + ATTRIBUTES
            files[where] = ("100644", dice.choice([TOP, NESTED, ALL_UNION, TOP + NESTED]))
    return files


def line_of(content: bytes, dice: random.Random, by: bytes) -> bytes:
    """The same with one line changed."""
    lines = content.split(b"\n")
    lines[dice.randrange(len(lines) - 1)] += by
    return b"\n".join(lines)


def verdict(repo: Repo, one: str, other: str) -> tuple[str, str]:
    """git's word in the base's checkout, whose attributes it obeys, and the tree."""
    ran = repo.run("git", "merge-tree", "--write-tree", one, other, ok=(0, 1))
    return ("clean" if ran.code == 0 else "conflict"), ran.out.partition("\n")[0]


@pytest.mark.parametrize("seed", range(8))
def test_every_pair_is_as_git_merges_it_in_the_bases_checkout(empty: Repo, seed: int) -> None:
    """Files moved to and from names with `-merge`, `binary`, `union`, a driver, a macro.

    A driver that nobody configured merges as text, which is what guard says of any.
    """
    dice = random.Random(seed)
    root_files = start(dice)
    root = commit(empty, root_files)
    base, base_files = root, root_files
    if dice.random() < 0.6:
        base_files = stirred(root_files, dice, b" base")
        base = commit(empty, base_files, root)
    heads = {}
    for number in range(SIDES):
        old, files = dice.choice([(root, root_files), (base, base_files)])
        heads[f"s{number}"] = commit(empty, stirred(files, dice, b" s%d" % number), old)
    empty.git("checkout", "-q", "--detach", base)
    picture = compared(empty, base, heads)
    state = {party.name: party.state for party in picture.parties}
    on_base = {}
    for name, head in heads.items():
        said, tree = verdict(empty, base, head)
        assert (state[name] == "blocked") == (said == "conflict"), name
        if state[name] == "working":
            on_base[name] = empty.git("commit-tree", "-m", "x", "-p", base, tree)
    found = {(pair.a, pair.b): pair.verdict for pair in picture.pairs}
    for one, other in combinations(on_base, 2):
        said, _ = verdict(empty, on_base[one], on_base[other])
        assert found.get((one, other), "clean") == said, (one, other)


def test_the_order_obeys_them(empty: Repo) -> None:
    """Two that add to a log go in both; of two that edit a lock file one waits."""
    root = commit(
        empty,
        {**plain(log=TEXT, lock=TEXT), ATTRIBUTES: ("100644", b"log merge=union\nlock -merge\n")},
    )
    same = {ATTRIBUTES: ("100644", b"log merge=union\nlock -merge\n")}
    heads = {
        "a": commit(empty, {**same, **plain(log=TEXT + b"a\n", lock=TEXT)}, root),
        "b": commit(empty, {**same, **plain(log=TEXT + b"b\n", lock=edited(1))}, root),
        "c": commit(empty, {**same, **plain(log=TEXT, lock=edited(38))}, root),
    }
    picture = compared(empty, root, heads)
    assert [(pair.a, pair.b) for pair in picture.pairs if pair.verdict == "conflict"] == [
        ("b", "c")
    ]
    order = compared(empty, root, heads, Asked(order=True)).order
    assert order is not None
    assert (len(order.names), len(order.left_out), order.together) == (2, 1, ())
    assert "a" in order.names


def test_kept_answers_are_those_of_the_same_attributes(empty: Repo) -> None:
    """Stacked sessions are merged without the base; its attributes decide all the same."""
    root = commit(empty, plain(log=TEXT))
    under = commit(empty, plain(log=TEXT, x=b"x\n"), root)
    heads = {
        "a": commit(empty, plain(log=TEXT + b"a\n", x=b"x\n"), under),
        "b": commit(empty, plain(log=TEXT + b"b\n", x=b"x\n"), under),
    }
    assert [pair.verdict for pair in compared(empty, root, heads).pairs] == ["conflict"]
    union = {**plain(log=TEXT), ATTRIBUTES: ("100644", b"log merge=union\n")}
    later = commit(empty, union, root)
    assert [pair.verdict for pair in compared(empty, later, heads).pairs] == ["clean"]
    assert [pair.verdict for pair in compared(empty, root, heads).pairs] == ["conflict"]


def test_an_attribute_file_is_written_nowhere_else(empty: Repo) -> None:
    """A tree that git did not make may have `..` for a folder, or a name that no disk takes."""
    long = f"{'x' * 300}/{ATTRIBUTES}"
    with isolated(open_repository(at(str(empty.path)))) as git:
        told = with_attributes(git, {f"../{ATTRIBUTES}": b"", long: b"", f"d/{ATTRIBUTES}": b"a b"})
        made = {path.relative_to(git.directory) for path in Path(git.directory).rglob(ATTRIBUTES)}
    assert made == {Path(told.directory).relative_to(git.directory) / "d" / ATTRIBUTES}
