"""Whether two lists of patterns meet: every answer beside all paths, and beside git."""

from __future__ import annotations

import time
from itertools import product
from random import Random
from typing import NamedTuple

import pytest

from guard.patterns import PatternError, PatternSet
from guard.patterns.gitname import is_name
from guard.patterns.meeting import Language, Meeting, Undecided, meeting
from guard.patterns.shortest import Names
from tests.kit import Repo
from tests.patterns.oracle import Case, deciders, differs_before_2_52, is_before_2_52

LONGEST = 5
LETTERS = "ab."
OTHER = "c"  # stands for every other character
PIECES = ["a", "b", "a", "b", ".", "*", "?", "**", "[ab]", "[!a]", "[^.]", "\\a", "[a-b]"]
BETWEEN = Random(7)


class Question(NamedTuple):
    """Two lists of patterns, and one that must not match."""

    one: list[str]
    other: list[str]
    apart: list[str]

    @property
    def answer(self) -> Meeting:
        """What guard says."""
        names = Names()
        return meeting(Language(self.one, names), Language(self.other, names), self.apart, names)

    def holds(self, path: str) -> bool:
        """Whether both match a path and the third does not, path by path."""
        sets = [PatternSet(patterns) for patterns in self]
        one, other, apart = (each.decide(path) for each in sets)
        return bool(one and other and not apart)


def all_paths(longest: int) -> list[str]:
    """Every path over a few letters, the shortest first."""
    paths = []
    for length in range(1, longest + 1):
        for letters in product(LETTERS + OTHER + "/", repeat=length):
            path = "".join(letters)
            if not {"", ".", ".."} & set(path.split("/")):
                paths.append(path)
    return paths


PATHS = all_paths(LONGEST)


def questions(seed: int, number: int, apart: int = 3) -> list[Question]:
    """Random lists of patterns over the same letters."""
    random = Random(seed)

    def pattern() -> str:
        while True:
            parts = [
                "**"
                if random.random() < 0.15
                else "".join(random.choice(PIECES) for _ in range(random.randint(1, 2)))
                for _ in range(random.randint(1, 3))
            ]
            text = random.choice(["", "", "/"]) + "/".join(parts) + random.choice(["", "", "/"])
            try:
                PatternSet([text])
            except PatternError:
                continue
            return text

    def some(least: int, most: int) -> list[str]:
        return [pattern() for _ in range(random.randint(least, most))]

    return [Question(some(1, 2), some(1, 2), some(0, apart)) for _ in range(number)]


@pytest.mark.parametrize("seed", range(8))
def test_every_answer_is_that_of_all_paths(seed: int) -> None:
    """A file is found if and only if there is one, it is a shortest one, and it is true."""
    for question in questions(seed, 60):
        sets = [PatternSet(patterns) for patterns in question]
        first = next(
            (
                path
                for path in PATHS
                if sets[0].decide(path) and sets[1].decide(path) and not sets[2].decide(path)
            ),
            "",
        )
        found = question.answer
        assert not found.file or question.holds(found.file), (question, found)
        assert not found.folder or question.holds(found.folder), (question, found)
        assert not (found.file and found.folder)
        if first:
            assert found.file, (question, found, first)
            assert len(found.file) <= len(first), (question, found, first)
        if found.file and len(found.file) <= LONGEST and set(found.file) <= set("abc./"):
            assert len(found.file) == len(first), (question, found, first)


@pytest.mark.parametrize("seed", range(100, 103))
def test_folders_are_those_of_all_paths(seed: int) -> None:
    """Where no file is left, the shortest folder that both own is found: it can be a submodule."""
    folders = [path + "/" for path in PATHS if len(path) < 4]
    for question in questions(seed, 60):
        found = question.answer
        if not found.file:
            first = next((path for path in folders if question.holds(path)), "")
            assert len(found.folder) <= len(first) or not first, (question, found, first)
            assert found.folder or not first, (question, found, first)


def test_names_are_the_shortest() -> None:
    """One name that a glob matches, and neither some names nor other globs."""
    random, letters = Random(3), "ab]c"
    names = ["".join(some) for length in (1, 2, 3) for some in product(letters, repeat=length)]

    def glob(least: int) -> str:
        pieces = ["a", "b", "[ab]", "[]a]", "?", "*"]
        return "".join(random.choices(pieces, k=random.randint(least, 4)))

    for _ in range(1000):
        apart = [*random.sample(letters, k=2), glob(1), glob(2)]
        question = Question([f"/{glob(2)}"], ["/*"], apart)
        one, without = PatternSet(question.one), PatternSet(apart)
        first = next((name for name in names if one.decide(name) and not without.decide(name)), "")
        found = question.answer.file
        if first:
            assert len(found) == len(first), (question, found, first)


@pytest.mark.parametrize(
    ("one", "other", "witness"),
    [
        (["src/*.py"], ["src/a*"], "src/a.py"),
        (["src/**/test_*.py"], ["src/api/**"], "src/api/test_.py"),
        (["src/"], ["/src/api/a.py"], "src/api/a.py"),
        (["/src/"], ["/docs/"], None),
        (["*.py"], ["/docs/"], "docs/.py"),
        (["[a-f]x"], ["[f-z]?"], "fx"),
        (["[!a]"], ["[!b]"], "c"),
        (["[[:upper:]]*"], ["[[:lower:]]*"], "A/a"),
        (["/[[:upper:]]*.c"], ["/[[:lower:]]*.c"], None),
        ([r"\*"], ["[*]"], "*"),
        (["/é*"], ["/*é"], "é"),
        (["/a/**/b"], ["/a/b"], "a/b"),
        (["/a/**"], ["/a"], "a/a"),
        (["/a/**/b/**/c"], ["/*/c"], "a/b/c/c"),
        (["x/"], ["x"], "x/a"),
        (["*"], [".git"], None),
        (["*"], [".GIT/"], None),
        (["/git~1"], ["*"], None),
        (["/.git*"], ["/.git?"], ".gita"),
        (["/.git/config"], ["*"], None),
        (["*/config"], ["/.git*/*"], ".gita/config"),
    ],
)
def test_pairs_by_hand(one: list[str], other: list[str], witness: str | None) -> None:
    """Shortest witnesses, readable ones first; the question has two sides."""
    found = PatternSet(one).meets(PatternSet(other))
    back = PatternSet(other).meets(PatternSet(one))
    assert (found and len(found), bool(back)) == (witness and len(witness), bool(witness))
    if witness and found:
        assert PatternSet(one).decide(found)
        assert PatternSet(other).decide(found)
        assert found == witness or "/" in witness or len(witness) == 1


def test_no_pattern_meets_nothing() -> None:
    """An empty set matches no path."""
    assert PatternSet([]).meets(PatternSet(["*"])) is None
    assert PatternSet(["*"]).meets(PatternSet([])) is None


def test_git_sees_each_witness_in_both(empty: Repo) -> None:
    """Each witness is ignored by a .gitignore of either side, and by none of the third."""
    asked = [question for question in questions(55, 150) if question.answer.file]
    if is_before_2_52(empty):
        asked = [
            question
            for question in asked
            if not any(map(differs_before_2_52, [one for patterns in question for one in patterns]))
        ]
    assert len(asked) > 30
    cases = [Case(patterns, [question.answer.file]) for question in asked for patterns in question]
    decided = [index for (index,) in deciders(empty, cases)]
    for place, question in enumerate(asked):
        one, other, apart = decided[3 * place : 3 * place + 3]
        assert one is not None, question
        assert other is not None, question
        assert apart is None, question


NAMES = [
    ".", "..", "...", ".git", ".GIT", ".gIt", ".git ", ".git.", ".git. .", ".git:x", ".git::",
    ".gi", ".gitx", ".git x", ".git.x", "git~1", "GIT~1", "git~1 ", "git~1.x", "git~12", "git~2",
    "a.git", "a\\.git", "a\\git~1", "a\\..", "\\.git", ".git\\x", "a\\.gitx", "\\", "a\\", ".\\",
    "..\\", "\\.", "\\..git", ".\\.git", "-", "~", " ", "é", "a:", ":", '"', "*", "?", "\n",
    "\x7f", ".g", "g", "gi", "git", "git~", "..git", ".git~1", "git~1:x", "a\\.git:x", "a\\.git.",
    "a\\.git. x", "\\\\.git", "\\a\\.git", "a\\\\.git", "a\\.g\\.git", "\\git~1",
]  # fmt: skip


def test_names_are_those_that_git_takes(empty: Repo) -> None:
    """guard takes a name for possible exactly if git's index does."""
    oid = empty.git("hash-object", "-w", "--stdin")
    for name in NAMES:
        for path in (name, f"x/{name}", f"{name}/x"):
            line = f"100644 {oid}\t{path}\0".encode()
            ran = empty.run("git", "update-index", "-z", "--index-info", stdin=line, ok=(0, 128))
            listed = empty.git("ls-files", "-z").split("\0")
            assert is_name(name.encode()) == (ran.code == 0 and path in listed), (path, ran)
            empty.git("read-tree", "--empty")


def test_names_next_to_refused_ones() -> None:
    """Where the shortest text is a name that git refuses, the shortest other one is found."""
    for patterns in product(
        [".g*", "[.g]*", "?git*", "git~?", "*1", "?[gi]*t", "??", "."], repeat=2
    ):
        ours, theirs = PatternSet(["/" + patterns[0]]) if patterns[0] != "." else None, patterns[1]
        if ours is None or theirs == ".":
            continue
        found = ours.meets(PatternSet(["/" + theirs]))
        assert found is None or is_name(found.split("/")[0].encode()), (patterns, found)


SEGMENTS = 24
HOSTILE = {
    "literal": ("**/" + "/**/".join("ab" * 12), "**/" + "/**/".join("ba" * 12)),
    "wild": ("/**/".join(["a*b*"] * SEGMENTS), "/**/".join(["*b*a"] * SEGMENTS)),
    "apart": ("/**/".join("a" * SEGMENTS) + "/x.c", "/**/".join("a" * SEGMENTS) + "/y.c"),
    "in all": ("/".join(["**", "*a*"] * SEGMENTS), "/".join(["**", "*b*"] * SEGMENTS)),
    "stars": ("*a" * 300 + "b", "*a" * 300 + "c"),
    "marks": ("*a" + "?" * 60, "*b" + "?" * 60),
    "deep": ("**/" * 1000 + "a", "**/" * 1000 + "b"),
    "long": ("x" * 4000, "x*"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pairs_are_decided(name: str) -> None:
    """Hundreds of wildcards are compared in a moment, and the witness is true."""
    one, other = (PatternSet([pattern]) for pattern in HOSTILE[name])
    begin = time.process_time()
    found = one.meets(other)
    assert time.process_time() - begin < 1  # 50 ms where nothing else runs
    assert found
    assert one.decide(found)
    assert other.decide(found)


def test_what_takes_too_long_is_undecided() -> None:
    """A proof that exceeds the budget names its pattern and is no answer."""
    hard = "/" + "*a" * 900 + "?" * 300 + "b*"
    with pytest.raises(Undecided, match="too complex") as caught:
        PatternSet([hard, "/x"]).meets(PatternSet(["/*" + "ba*" * 900 + "c?" * 50, "/y"]))
    assert "a*" in caught.value.pattern
    assert caught.value.hint
