"""Every pair of sessions has the verdict that git gives when it merges all of them."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from guard.changes.conflict import Conflict
from guard.git.many_merges import merge_all
from guard.git.merge import Merge, MergeError
from guard.git.plumbing import Git
from guard.rules.between import Pair
from tests.kit import Repo
from tests.sessions.made import TEXT, Files, base_files, commit, compared, edited, plain, stirred

SIDES = 8


def verdict(repo: Repo, one: str, other: str) -> tuple[str, str]:
    """git's own word on a merge, asked for this pair alone, and the tree."""
    words = ("-c", "merge.directoryRenames=conflict", "merge-tree", "--write-tree")
    ran = repo.run("git", *words, "--allow-unrelated-histories", one, other, ok=())
    known = {0: "clean", 1: "conflict"}
    return known.get(ran.code, "undecided"), ran.out.partition("\n")[0]


def share_commits(repo: Repo, base: str, one: str, other: str) -> bool:
    """Whether two heads have a commit in common that the base lacks."""
    both = [set(repo.git("rev-list", head, f"^{base}").split()) for head in (one, other)]
    return not both[0].isdisjoint(both[1])


def random_heads(repo: Repo, dice: random.Random) -> tuple[str, list[str]]:
    """A base that has moved on, and heads: old, new and stacked on each other."""
    root_files = base_files()
    root = commit(repo, root_files)
    tip, tip_files = root, root_files
    if dice.random() < 0.7:
        tip_files = stirred(root_files, dice, 3)
        tip = commit(repo, tip_files, root)
    made: list[tuple[str, Files]] = []
    for _ in range(SIDES):
        start, files = dice.choice([(root, root_files), (tip, tip_files)])
        if made and dice.random() < 0.4:
            start, files = dice.choice(made)
        files = stirred(files, dice)
        head = commit(repo, files, start)
        if dice.random() < 0.3:
            files = stirred(files, dice, 2)
            head = commit(repo, files, head)
        made.append((head, files))
    return tip, [head for head, _ in made]


@pytest.mark.parametrize("seed", range(10))
def test_every_pair_is_as_git_merges_it(empty: Repo, seed: int) -> None:
    """Renames, moved folders, files in the way of folders: no conflict is missed, none made up.

    Sessions are merged on the base, each as the merge with the base leaves it; stacked ones as they
    are. A session that conflicts with the base is reported as that, like git says.
    """
    base, heads = random_heads(empty, random.Random(seed))
    names = [f"s{number}" for number in range(len(heads))]
    picture = compared(empty, base, dict(zip(names, heads, strict=True)))
    state = {party.name: party.state for party in picture.parties}
    on_base: dict[str, str] = {}
    for name, head in zip(names, heads, strict=True):
        said, tree = verdict(empty, base, head)
        if said == "clean":
            on_base[name] = empty.git("commit-tree", "-m", "x", "-p", base, tree)
            assert state[name] in ("working", "integrated")
        else:
            assert state[name] in ("blocked", "integrated") if said == "conflict" else "error"
    found = {(pair.a, pair.b): pair.verdict for pair in picture.pairs}
    wrong = []
    for (one, mine), (other, theirs) in combinations(zip(names, heads, strict=True), 2):
        if not {one, other} <= on_base.keys() or "integrated" in (state[one], state[other]):
            continue
        pair = (on_base[one], on_base[other])
        if share_commits(empty, base, mine, theirs):
            pair = (mine, theirs)
        expected = verdict(empty, *pair)[0]
        if found.get((one, other), "clean") != expected:
            wrong.append((one, other, expected))
    assert wrong == []
    assert "~" not in str(picture), "a name that git makes up for what it moves aside"


# Both sides change no common path, and git stops nevertheless.
APART: dict[str, tuple[Files, Files, Files, str]] = {
    "a file where the other has a folder": (
        plain(x=TEXT),
        plain(x=TEXT, foo=b"1\n"),
        plain(x=TEXT, foo__bar=b"2\n"),
        "file/directory",
    ),
    "a file in a folder that the other moved": (
        plain(old__a=TEXT, old__b=edited(1), x=TEXT),
        plain(new__a=TEXT, new__b=edited(1), x=TEXT),
        plain(old__a=TEXT, old__b=edited(1), old__c=b"c\n", x=TEXT),
        "file location",
    ),
    "a file in a folder that the other split": (
        plain(old__a=TEXT, old__b=edited(1), old__c=edited(2), old__d=edited(3)),
        plain(n1__a=TEXT, n1__b=edited(1), n2__c=edited(2), n2__d=edited(3)),
        plain(old__a=TEXT, old__b=edited(1), old__c=edited(2), old__d=edited(3), old__e=b"e\n"),
        "directory rename split",
    ),
    "a file moved into a folder that the other moved": (
        plain(old__a=TEXT, old__b=edited(1), oth__f=edited(2)),
        plain(new__a=TEXT, new__b=edited(1), oth__f=edited(2)),
        plain(old__a=TEXT, old__b=edited(1), old__f=edited(2)),
        "file location",
    ),
    "a folder hoisted to the top": (
        plain(lib__sub__a=TEXT, lib__sub__b=edited(1), lib__x=edited(4)),
        plain(a=TEXT, b=edited(1), lib__x=edited(4)),
        plain(lib__sub__a=TEXT, lib__sub__b=edited(1), lib__sub__c=b"c\n", lib__x=edited(4)),
        "file location",
    ),
}


@pytest.mark.parametrize("case", APART)
def test_sides_without_a_common_path_can_conflict(empty: Repo, case: str) -> None:
    """What moved or replaced a folder meets what was added to it; the kind is git's."""
    base, ours, theirs, kind = APART[case]
    root = commit(empty, base)
    heads = {"one": commit(empty, ours, root), "two": commit(empty, theirs, root)}
    (pair,) = compared(empty, root, heads).pairs
    assert (pair.verdict, [place.conflict.kind for place in pair.places]) == ("conflict", [kind])
    assert pair.same_files == ()


def test_a_file_that_was_edited_in_the_way_of_a_folder(empty: Repo) -> None:
    """The path is one that people have, also where git has moved the file aside."""
    text = plain(a=TEXT, b=TEXT)
    root = commit(empty, text)
    base = commit(empty, {**text, **plain(b=edited(2))}, root)
    heads = {
        "one": commit(empty, {**text, **plain(a=edited(1))}, base),
        "two": commit(empty, plain(a__in=b"x", b=TEXT), base),
        "old": commit(empty, plain(a=TEXT, b__in=b"x"), root),
        "too": commit(empty, plain(a=TEXT, b__in=b"x", c=b"c"), root),
    }
    picture = compared(empty, base, heads)
    found = {(pair.a, pair.b): pair.places for pair in picture.pairs}
    assert [place.conflict for place in found["one", "two"]] == [Conflict("a", "file/directory")]
    assert {party.name: party.changed for party in picture.parties if party.places} == {
        "old": 2,
        "too": 3,
    }
    assert "~" not in str(picture)


def test_a_file_that_one_moved_and_both_edited(empty: Repo) -> None:
    """Both names are told, each with the lines of its side, and nobody is told that git merges."""
    root = commit(empty, plain(old=TEXT, x=TEXT))
    heads = {
        "one": commit(empty, plain(new=edited(9), x=TEXT), root),
        "two": commit(empty, plain(old=edited(7, 9, by=b"?"), x=edited(1)), root),
    }
    for order in (heads, dict(zip(("two", "one"), heads.values(), strict=True))):
        (pair,) = compared(empty, root, order).pairs
        assert [place.conflict for place in pair.places] == [Conflict("new", "content", ("old",))]
        assert (pair.same_files, pair.merged) == (("old",), ())


def test_only_pairs_that_can_meet_are_merged(empty: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty sessions in one file, far apart but for two: git is asked about one pair."""
    asked: list[object] = []

    def counted(git: Git, pairs: list[tuple[str, str]]) -> list[Merge | MergeError]:
        asked.extend(pairs)
        return merge_all(git, pairs)

    monkeypatch.setattr("guard.sessions.between.answers.merge_all", counted)
    root = commit(empty, plain(a=b"".join(b"%d\n" % number for number in range(200))))
    heads = {}
    for number in range(20):
        lines = [b"%d\n" % line for line in range(200)]
        lines[number * 10 if number else 11] = b"mine %d\n" % number
        heads[f"s{number:02}"] = commit(empty, plain(a=b"".join(lines)), root)
    picture = compared(empty, root, heads)
    assert [pair[:3] for pair in picture.pairs if pair.verdict != "clean"] == [
        ("s00", "s01", "conflict")
    ]
    assert len(asked) == 1
    assert len([pair for pair in picture.pairs if pair.same_files == ("a",)]) == 190
    asked.clear()
    assert compared(empty, root, heads) == picture
    assert asked == []


def test_a_mode_or_a_name_is_no_content(empty: Repo) -> None:
    """A file that git merges as a whole (`-merge`) conflicts where both sides gave it content."""
    before = {**plain(w=TEXT), ".gitattributes": ("100644", b"w* -merge\nz -merge\n")}
    base = commit(empty, before)
    rest = {path: entry for path, entry in before.items() if path != "w"}
    heads = {
        "edit": commit(empty, {**before, **plain(w=edited(5))}, base),
        "mode": commit(empty, {**before, "w": ("100755", TEXT)}, base),
        "move": commit(empty, {**rest, **plain(z=TEXT)}, base),
        "other": commit(empty, {**before, **plain(w=edited(30))}, base),
    }
    empty.git("checkout", "-q", base)  # git reads attributes there
    pairs = {(pair.a, pair.b): pair.verdict for pair in compared(empty, base, heads).pairs}
    for one, other in combinations(sorted(heads), 2):
        said = verdict(empty, heads[one], heads[other])[0]
        assert pairs.get((one, other), "clean") == said, (one, other)
    assert pairs["edit", "other"] == "conflict"
    base = heads["move"]
    empty.git("checkout", "-q", base)
    states = {party.name: party.state for party in compared(empty, base, heads).parties}
    for name, head in heads.items():
        is_blocked = verdict(empty, base, head)[0] == "conflict"
        assert (states[name] == "blocked") == is_blocked, name


def test_names_that_are_one_elsewhere(empty: Repo) -> None:
    """New names of two sessions that differ by case collide; git itself merges them."""
    root = commit(empty, plain(x=TEXT))
    heads = {
        "one": commit(empty, plain(x=TEXT, Read__me=b"1\n"), root),
        "two": commit(empty, plain(x=TEXT, read__you=b"2\n"), root),
        "six": commit(empty, plain(x=TEXT, Read__him=b"3\n"), root),
    }
    found = compared(empty, root, heads)
    assert {(pair.a, pair.b, pair.verdict, pair.twins) for pair in found.pairs} == {
        ("one", "two", "clean", (("Read", "read"),)),
        ("six", "two", "clean", (("Read", "read"),)),
    }
    assert found.verdict == "conflict"


def test_the_same_edit_is_no_conflict(empty: Repo) -> None:
    """Two sessions made the same change: the same lines, and git merges them."""
    root = commit(empty, plain(a=TEXT, b=TEXT))
    heads = {
        "one": commit(empty, plain(a=edited(5), b=edited(1)), root),
        "two": commit(empty, plain(a=edited(5), b=edited(30)), root),
    }
    assert compared(empty, root, heads).pairs == (
        Pair("one", "two", same_files=("a", "b"), same_lines=("a",)),
    )


def test_one_that_conflicts_with_the_base_is_still_compared(empty: Repo) -> None:
    """Its conflict with the base is its own; what it does to another session is the pair's."""
    root = commit(empty, plain(a=TEXT, b=TEXT, c=TEXT))
    base = commit(empty, plain(a=edited(3, by=b"base "), b=TEXT, c=TEXT), root)
    heads = {
        "old": commit(empty, plain(a=edited(3), b=edited(7), c=TEXT), root),
        "new": commit(empty, plain(a=edited(3, by=b"base "), b=edited(7, by=b"?"), c=TEXT), base),
        "far": commit(empty, plain(a=edited(3, by=b"base "), b=TEXT, c=edited(1)), base),
        "too": commit(empty, plain(a=edited(3, by=b"third "), b=TEXT, c=TEXT), base),
    }
    picture = compared(empty, base, heads)
    places = {party.name: [one.conflict.path for one in party.places] for party in picture.parties}
    assert places == {"old": ["a"], "new": [], "far": [], "too": []}
    found = {
        (pair.a, pair.b): [(place.conflict.path, place.with_base) for place in pair.places]
        for pair in picture.pairs
        if pair.verdict == "conflict"
    }
    assert found == {("new", "old"): [("b", False)], ("old", "too"): [("a", True)]}


@pytest.mark.parametrize("on_base", [TEXT, edited(5, by=b"base ")])
def test_a_name_like_one_that_git_makes_up_is_compared(empty: Repo, on_base: bytes) -> None:
    """A session that conflicts with the base is compared in a file of such a name, too."""
    odd = "c~" + 40 * "b"
    root = commit(empty, plain(a=TEXT, **{odd: TEXT}))
    base = commit(empty, plain(a=edited(3), **{odd: on_base}), root)
    one = commit(empty, plain(a=edited(3, by=b"?"), **{odd: edited(5)}), root)
    other = commit(empty, plain(a=TEXT, **{odd: edited(5, by=b"?")}), root)
    (pair,) = compared(empty, base, {"one": one, "other": other}).pairs
    assert (pair.verdict, pair.same_files) == ("conflict", (odd,))
    later = commit(empty, plain(a=edited(3), **{odd: edited(5, by=b"later ")}), base)
    (pair,) = compared(empty, base, {"one": one, "later": later}).pairs
    assert (pair.verdict, pair.same_files) == ("conflict", (odd,))


@pytest.mark.parametrize("how", ["squash", "squash, and the file went on", "rebase", "merge"])
def test_integrated(empty: Repo, how: str) -> None:
    """A branch that the base has is neither a conflict nor part of any pair."""
    root = commit(empty, plain(a=TEXT, b=TEXT))
    first = commit(empty, plain(a=edited(3), b=TEXT), root)
    head = commit(empty, plain(a=edited(3), b=edited(9)), first)
    if how == "rebase":
        moved = commit(empty, plain(a=TEXT, b=TEXT, c=b"c\n"), root)
        one = commit(empty, plain(a=edited(3), b=TEXT, c=b"c\n"), moved)
        base = commit(empty, plain(a=edited(3), b=edited(9), c=b"c\n"), one)
        base = commit(empty, plain(a=edited(3, by=b"?"), b=edited(9), c=b"c\n"), base)
    elif how == "merge":
        base = commit(empty, plain(a=edited(3), b=edited(9)), root, head)
    else:
        base = commit(empty, plain(a=edited(3), b=edited(9)), root)
        if "on" in how:
            base = commit(empty, plain(a=edited(3, by=b"?"), b=edited(9)), base)
    other = commit(empty, plain(a=edited(3, by=b"mine "), b=TEXT), root)
    picture = compared(empty, base, {"done": head, "other": other, "young": base})
    state = {party.name: party.state for party in picture.parties}
    assert state == {"done": "integrated", "other": "blocked", "young": "working"}
    assert picture.pairs == ()


def test_a_stacked_branch_does_not_conflict_with_what_it_is_built_on(empty: Repo) -> None:
    """Commits in common are one work, even where both went on; squashed they would conflict."""
    root = commit(empty, plain(a=TEXT))
    below = commit(empty, plain(a=edited(3)), root)
    first = commit(empty, plain(a=edited(3, 4)), below)
    second = commit(empty, plain(a=edited(3, 30)), below)
    rival = commit(empty, plain(a=edited(3, 30, by=b"?")), below)
    heads = {"below": below, "first": first, "second": second, "rival": rival}
    found = compared(empty, root, heads).pairs
    conflicts = {(pair.a, pair.b) for pair in found if pair.verdict == "conflict"}
    assert conflicts == {("first", "rival"), ("rival", "second")}
    assert all("below" not in (pair.a, pair.b) for pair in found)
