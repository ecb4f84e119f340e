"""`guard check` reads plain words without Click, and reads them as Click does."""

import random

import pytest

from guard.commands.check import command
from guard.commands.check_judge import FLAGS, VALUES, Wanted, plain

WORDS = [
    *FLAGS,
    *VALUES,
    *(f"{option}={value}" for option in VALUES for value in ("", "x", "json", "-x", "a=b")),
    *("x", "main", "json", "text", "sarif=out", "", "-", "--", "-x", "-qq", "--bra", "--help"),
    *("--staged=1", "-q=1", "--no-such", "x y", "ä", "\udcff"),
]


def test_the_table_has_every_option() -> None:
    """Each option of the command is in one of the two tables, and under the name it has there."""
    named = {one: param.name for param in command.params for one in param.opts}
    assert named == FLAGS | VALUES
    assert set(Wanted._fields) == set(named.values())
    flags = {one for param in command.params if getattr(param, "is_flag", 0) for one in param.opts}
    assert flags == FLAGS.keys()


def test_plain_words_are_read_as_click_does() -> None:
    """Of 20,000 lines of words, those taken for plain mean to Click what they mean here."""
    choose = random.Random(7)
    taken = 0
    for _ in range(20_000):
        words = choose.choices(WORDS, k=choose.randrange(6))
        wanted = plain(words)
        if wanted:
            taken += 1
            with command.make_context("check", list(words)) as context:
                assert Wanted(**context.params) == wanted, words
    assert taken > 1_000


@pytest.mark.parametrize("words", [[], ["--base", "x", "--head=y"], ["-q", "--format=json"]])
def test_what_is_typed_every_day_is_plain(words: list[str]) -> None:
    """Everyday words do not load Click."""
    assert plain(words)


@pytest.mark.parametrize("words", [["--help"], ["--format", "none"], ["--base"], ["x"], ["--bra"]])
def test_help_and_mistakes_are_clicks(words: list[str]) -> None:
    """Help, mistakes and shortened options are not plain."""
    assert plain(words) is None
