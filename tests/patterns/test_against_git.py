"""Thousands of generated patterns and paths: git confirms the verdict and the pattern."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.patterns import Grant, PatternError, PatternSet
from tests.kit import Repo
from tests.patterns.oracle import Case, deciders, differs_before_2_52, is_before_2_52

# The pieces of the patterns of one kind, and the characters of the names.
KINDS: dict[str, tuple[list[str], Sequence[str]]] = {
    "plain": ("a b ab * ? / ** /**/ **/ /** a* *b *.c .c *** a/b /a".split(), "aabbc."),
    "brackets": (
        [
            *r"ab-]![^:/\*?c.",
            *r"[ [! [^ ] [a-c] [[:alpha:]] [:digit:] [[:space:] [a/] []-a] [!a]".split(),
            *r"[[:upper:]x] [\]] [--a] [a-] [\a-\c]".split(),
            *r"[c-a] [[:x:]] [[:] [[::]] [[:graph:][:punct:]] ** /**/ **\/ \/".split(),
        ],
        r"ab-]![^:\*?cA1 _",
    ),
    "escapes and spaces": (
        [
            *r"a b \ \a \* \\ \/ / * ? # \# \! ** **\/ \[".split(),
            " ",
            "  ",
            "\\ ",
            "a ",
            "\t",
            "\r",
        ],
        "ab\\ *?#!\t\r[",
    ),
    "many directories": (
        r"a b * ** / a/ **/ /** ? \/ **\/ *** a** **b [a] [a/b] *a*".split(),
        "aab",
    ),
    "bytes": (
        [
            *"é ð e ? * [é] [!é] [à-ÿ] \udcff \udc80 [\udc80-\udcff] / **/ 日 [^a]".split(),
            *("\udcc3", "\x01", "[[:cntrl:]]"),
        ],
        "éðeà\udcff\udc80日a\x01\x7f\n",
    ),
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A directory for the repository of all examples; the test makes it, in its environment."""
    return Repo(tmp_path_factory.mktemp("patterns"))


@st.composite
def cases(draw: st.DrawFn, kind: str) -> Case:
    """A few patterns of one kind, and paths, some random and some made from the patterns."""
    pieces, letters = KINDS[kind]
    pattern = (
        st.lists(st.sampled_from(pieces), min_size=1, max_size=7)
        .map("".join)
        .filter(lambda text: text[0] != "!")
    )
    patterns = draw(st.lists(pattern, min_size=1, max_size=5))
    name = st.lists(st.sampled_from(letters), min_size=1, max_size=3).map("".join)
    at_random = st.lists(name, min_size=1, max_size=4).map("/".join)
    filler = draw(st.sampled_from(["", letters[0], f"{letters[0]}/{letters[1]}"]))
    made = st.sampled_from(patterns).map(
        lambda text: text.replace("*", filler).replace("?", letters[0]).replace("\\", "")
    )
    paths = draw(st.lists(st.one_of(at_random, made).map(as_path), min_size=6, max_size=6))
    return Case(patterns, paths)


def as_path(text: str) -> str:
    """The path of a file that is nearest to `text`."""
    return "/".join(name for name in text.split("/") if name not in ("", ".", "..", ".git")) or "a"


@pytest.mark.parametrize("kind", KINDS)
def test_git_gives_the_same_verdict_and_names_the_same_pattern(scratch: Repo, kind: str) -> None:
    """`decide` names the pattern that git names; an older git may match more where it differs."""
    Repo.init(scratch.path)
    older = is_before_2_52(scratch)

    @settings(max_examples=30)
    @given(st.lists(cases(kind), min_size=5, max_size=10))
    def agree(asked: list[Case]) -> None:
        for case, answers in zip(asked, deciders(scratch, asked), strict=True):
            ours = decided(case)
            if older and any(differs_before_2_52(pattern) for pattern in case.patterns):
                pairs = zip(ours, answers, strict=True)
                assert all(us is None or them is not None for us, them in pairs), case
            else:
                assert ours == answers, case

    agree()


@pytest.mark.parametrize("kind", ["plain", "brackets", "many directories"])
def test_git_gives_the_same_verdict_on_a_directory(
    tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    """`decide` names git's pattern for a directory, which has a slash at its end."""
    scratch = Repo.init(tmp_path_factory.mktemp("directories"))
    older = is_before_2_52(scratch)

    @settings(max_examples=20)
    @given(st.lists(cases(kind), min_size=5, max_size=5))
    def agree(asked: list[Case]) -> None:
        for number, case in enumerate(asked):
            for path in case.paths:
                (scratch.path / str(number) / path).mkdir(parents=True, exist_ok=True)
        for case, answers in zip(asked, deciders(scratch, asked), strict=True):
            if not older or not any(map(differs_before_2_52, case.patterns)):
                folders = Case(case.patterns, [path + "/" for path in case.paths])
                assert decided(folders) == answers, case

    agree()


@given(cases("plain"), cases("many directories"))
def test_a_set_agrees_with_its_patterns_one_by_one(case: Case, more: Case) -> None:
    """A set matches, and leaves unmatched, the patterns that do so alone; it decides by a match."""
    patterns = [pattern for pattern in (*case.patterns, *more.patterns) if is_well_formed(pattern)]
    paths = [*case.paths, *more.paths, *(path + "/" for path in case.paths)]
    alone = [[path for path in paths if PatternSet([pattern]).decide(path)] for pattern in patterns]
    together = PatternSet(patterns)
    for path in paths:
        expected = tuple(
            Grant(pattern, index) for index, pattern in enumerate(patterns) if path in alone[index]
        )
        assert together.matching(path) == expected
        assert together.decide(path) in (expected or (None,))
    assert together.unmatched(paths) == tuple(
        Grant(pattern, index) for index, pattern in enumerate(patterns) if not alone[index]
    )


@given(st.text(), st.text())
def test_any_text_compiles_or_is_a_pattern_error(pattern: str, path: str) -> None:
    """Any pattern and path give an answer, or a `PatternError` that points into the pattern."""
    compiled = compiled_or_error(pattern)
    if isinstance(compiled, PatternError):
        assert 0 <= compiled.position <= len(pattern)
    else:
        assert compiled.decide(path) in (None, Grant(pattern, 0))


def decided(case: Case) -> list[int | None]:
    """The deciding index for each path; malformed patterns are skipped, as git does."""
    indices = [index for index, pattern in enumerate(case.patterns) if is_well_formed(pattern)]
    patterns = PatternSet([case.patterns[index] for index in indices])
    grants = [patterns.decide(path) for path in case.paths]
    return [None if grant is None else indices[grant.index] for grant in grants]


def is_well_formed(pattern: str) -> bool:
    """Whether the pattern compiles."""
    return isinstance(compiled_or_error(pattern), PatternSet)


def compiled_or_error(pattern: str) -> PatternSet | PatternError:
    """The pattern alone as a set, or what is wrong with it."""
    try:
        return PatternSet([pattern])
    except PatternError as error:
        return error
