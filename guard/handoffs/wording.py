"""The short words of a report, from `words.toml`: what came of a command, which file is unchanged.

A word counts only where the form has a place for it. Everything else is prose, and prose is never
interpreted.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from guard.core.data import read_table

_TABLE = read_table(__file__, "words.toml")
PASSED, FAILED, NOT_RUN = "passed", "failed", "not_run"


class Outcome(NamedTuple):
    """What came of a command: `passed`, `failed`, `not_run`, or "" if the text does not state it.

    `tests` is the number of tests that passed, 0 if the text does not say. `end` is where the words
    that state it end.
    """

    kind: str = ""
    tests: int = 0
    end: int = 0


def folded(text: str) -> str:
    """Give a text in lower case, without accents, with single blanks for signs; `*` stays."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w*]|_", " ", kept).split())


_UNCHANGED = frozenset(map(folded, _TABLE["unchanged"]))


def says_unchanged(text: str) -> bool:
    """Tell whether a whole text says that a file did not change.

    A heading may say whose: `Files reviewed, not changed`.
    """
    plain = re.sub(r"^(?:other )?(?:files?|paths?) ", "", folded(text))
    return plain in _UNCHANGED or plain.removesuffix(" files") in _UNCHANGED


def _any_of(words: list[str]) -> str:
    """An expression for any of the words, the longest first; letters of an alphabet end a word."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(
        re.escape(word) + (r"\b(?!-\w)" if word[-1].isalpha() and ord(word[-1]) < 0x3000 else "")
        for word in longest
    )


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compile when first asked: that takes longer than loading this module."""
    return re.compile(expression, re.IGNORECASE)


_WORDS = {kind: _any_of(_TABLE[kind]) for kind in (NOT_RUN, FAILED, PASSED)}
_WORD = "|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS.items())
_MARKS = {
    mark: kind
    for kind, name in ((PASSED, "passed_marks"), (FAILED, "failed_marks"), ("", "other_marks"))
    for mark in _TABLE[name]
}
_SIGNS = _compiled(r"(?:[\s;,.!=>→⇒|(\[*_#~\ufe0f\uff1a\uff0c\u3002\uff08–—-]|:(?!\w+:))*")
_MARK = _compiled("|".join(map(re.escape, _MARKS)))
_SUBJECT = _compiled(
    r"(?:(?:all|the|tests?|checks?|results?|status|outcome|output|build|alle|tous|todos)\b[\s:]*)+"
)
_STATUS = _compiled(r"(?:exit(?:ed)?(?:\s+(?:status|code|with))*|rc)\s*[:=]?\s*(-?\d{1,3})\b")
_NO_TESTS = "files?|suites?|assertions?|warnings?|skipped"
_NOUN = (
    rf"(?:tests?|checks?|specs?|examples?|total|{_NO_TESTS}|"
    r"pruebas?|testes?|essais?|(?:件の?|个|個)?(?:テスト|测试|測試)(?:全部)?|件)"
)
_COUNT = (
    rf"(?:and\s+)?(?P<some>\d[\d,]*)(?:\s?(?:/|of)\s?(?P<all>\d[\d,]*))?\s*(?:{_NOUN}\s*)?"
    rf"(?:(?P<good>{_WORDS[PASSED]}|{'|'.join(_TABLE['passed_marks'])})"
    rf"|(?P<bad>(?:{_WORDS[FAILED]})(?!\s?[=:]))|{_NOUN}\b)"
)
_EVEN = re.compile(r"(\d[\d,]*)\s?(?:/|of)\s?\1(?![\w/.:-]\w|\w)")  # `120/120`, and no date
_PROSE = re.compile(r"[ \t]+(?!in\b|and\b)[^\W\d]")  # a word behind a failure explains it away


def outcome(text: str, *, printed: bool = False) -> Outcome:
    """Give what a text states at its very beginning.

    That is an exit status, numbers of tests, a word of the list or a mark; the text that follows
    does not count. `printed` tells that a program wrote the line: there a failure is one whatever
    follows, while a person's `failed at first` states nothing.
    """
    at, end, kind = past(_SIGNS, text, 0), 0, ""
    while mark := _MARK.match(text, at):
        kind, end = kind or _MARKS[mark[0]], mark.end()
        at = past(_SIGNS, text, end)
    start = past(_SUBJECT, text, at)
    stated = _stated(text, start, printed=printed)
    if stated.kind or not kind:
        return stated
    counted = _behind(text, start) if kind == PASSED else Outcome()
    return Outcome(kind, counted.tests, max(end, counted.end))


def past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Give where a match at `at` ends; `at` without one."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _stated(text: str, at: int, *, printed: bool) -> Outcome:
    status = _STATUS.match(text, at)
    if status:
        return Outcome(FAILED if int(status[1]) else PASSED, 0, status.end())
    word = _compiled(_WORD).match(text, at)
    if not word:
        counted = _counted(text, at, printed=printed)
        return counted if counted.kind else Outcome()
    kind, end = word.lastgroup or "", word.end()
    if kind == FAILED and not printed and _PROSE.match(text, end):
        return Outcome()
    counted = _behind(text, end, printed=printed) if kind == PASSED else Outcome()
    return Outcome(counted.kind or kind, counted.tests, max(end, counted.end))


def _behind(text: str, at: int, *, printed: bool = False) -> Outcome:
    """The numbers behind `passed` or ✅, where `120/120` needs no word of its own."""
    counted = _counted(text, at, printed=printed)
    even = _EVEN.match(text, past(_SIGNS, text, at))
    if counted.end or not even:
        return counted
    return Outcome("", int(even[1].replace(",", "")), even.end())


def _counted(text: str, at: int, *, printed: bool) -> Outcome:
    """`34 passed`, `34 tests, 0 failures`, `32 of 34 passed`: one number of tests after another."""
    kind, passed, end = "", 0, 0
    while found := _compiled(_COUNT).match(text, past(_SIGNS, text, at)):
        at = end = found.end()
        is_tests = not _compiled(_NO_TESTS).search(found[0])
        some, every = (int((found[name] or "0").replace(",", "")) for name in ("some", "all"))
        if found["bad"]:
            if some and not printed and _PROSE.match(text, at):
                return Outcome()
            kind = FAILED if some else kind or PASSED
        elif found["good"]:
            kind = FAILED if some < every else kind or PASSED
            passed = some if is_tests else passed
        elif is_tests:
            passed = passed or some
    return Outcome(kind, passed, end)
