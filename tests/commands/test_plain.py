"""Plain words are read without Click, and as Click reads them."""

import random
from types import ModuleType

import pytest

from guard.commands import check, check_judge, status, status_show
from guard.commands.plain import run

BOTH = pytest.mark.parametrize(
    ("module", "clicks"), [(check_judge, check), (status_show, status)], ids=["check", "status"]
)
CLICKS_ALONE = {"--patience", "--remote"}  # a number, and an option that says what it needs


@BOTH
def test_the_tables_have_every_option(module: ModuleType, clicks: ModuleType) -> None:
    """Each option of a command is in one of its tables, and under the name it has there."""
    params = [one for one in clicks.command.params if not CLICKS_ALONE & {*one.opts}]
    assert {word: one.name for one in params for word in one.opts} == module.FLAGS | module.VALUES
    assert set(module.Wanted._fields) == {one.name for one in clicks.command.params}
    flags = {word for one in params if one.is_flag for word in one.opts}
    assert flags == module.FLAGS.keys()


@BOTH
def test_plain_words_are_read_as_click_does(module: ModuleType, clicks: ModuleType) -> None:
    """Of 20,000 lines of words, those taken for plain mean to Click what they mean here."""
    values = [f"{option}={value}" for option in module.VALUES for value in ("", "x", "json", "-x")]
    odd = "x main json text sarif=out - -- -x -qq -qx --bra --help --staged=1 -q=1 --none".split()
    words = [*module.FLAGS, *module.VALUES, *values, *odd, "", "x y", "ä", "\udcff", "--base=a=b"]
    choose = random.Random(7)
    taken = 0
    for _ in range(20_000):
        line = choose.choices(words, k=choose.randrange(6))
        wanted = module.plain(line)
        if wanted is not None:
            taken += 1
            with clicks.command.make_context("guard", list(line)) as context:
                assert module.Wanted(**context.params) == wanted, line
    assert taken > 1_000


@pytest.mark.parametrize("words", [[], ["--base", "x", "--head=y"], ["-q", "--format=json"]])
def test_what_is_typed_every_day_is_plain(words: list[str]) -> None:
    """Everyday words do not load Click."""
    assert check_judge.plain(words) is not None


@pytest.mark.parametrize("words", [["--help"], ["--format", "none"], ["--base"], ["x"], ["--bra"]])
def test_help_and_mistakes_are_clicks(words: list[str]) -> None:
    """Help, mistakes and shortened options are not plain, nor is another command."""
    for name in ("check", "status"):
        assert run([name, *words]) is None
    assert run(["explain"]) is run([]) is None
