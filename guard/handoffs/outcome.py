"""What a report says came of a command, in the words and numbers that people and test runners use."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOT_RUN = "not run"

_STATUS = re.compile(
    r"\b(?:exit(?:ed)?(?:\s+(?:status|code|with))*|rc)\s*[:=]?\s*(-?\d{1,3})\b", re.IGNORECASE
)
_DENIAL = (
    r"(?:(?:i|we|was|were|has|have|is|are|could|did|can|been|yet|still|to|be)\s)*(?:"
    r"(?:not|never|cannot|unable\sto|(?:could|did|was|is|has|have|ca)n['’]t)(?:\s(?:yet|be|been|able|to))*\s(?:run|ran|executed?|tried)|"
    r"skipped|deferred|todo|(?:to\sbe|still\sto|will|to)\srun)"
)
_NOT_RUN = re.compile(rf"\W*{_DENIAL}\b", re.IGNORECASE)
_NOT_RUN_IS = re.compile(rf"\b{_DENIAL}\W*$", re.IGNORECASE)
_NEAR = 60  # characters before a command that may deny that it ran
_COUNTED = re.compile(
    r"\b[1-9]\d*\s+(?:fail(?:ed|ing|ures?)|errors?)\b(?!\s?[:=]|\s+(?:fixed|resolved|gone))|\b(?:fail(?:ed|ures)|errors)\s?[:=]\s?[1-9]|[❌✗✘✖🔴]|:x:",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"\b(\d+)\s?(?:/|of|out of)\s?(\d+)\s+(?:\w+\s+)?pass", re.IGNORECASE
)  # `32/34 passed`, `32 of 34 tests pass`
_NOT_PASSED = re.compile(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?:yet\s+)?(?:pass\w*|ok|green|clean|succe\w+)\b|\bunsuccess|\bpass\w*\s+(?:except|apart|but\s+for)\b|"
    r"\bnon-?zero\b",
    re.IGNORECASE,
)
# Behind a failure: `2 failed at first, passes now`.
_AGAIN = re.compile(
    r"\b(?:now|then|finally|second\srun|re-?run|retr(?:y|ied))\b.*\b(?:pass\w*|ok|green|clean)\b|\b(?:pass\w*|ok|green|clean)\snow\b",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:0|no|zero|without|never|nothing|none)\s+(?:\w+\s+)?(?:fail\w*|errors?|problems?|issues?|warnings?)|"
    r"\b(?:fail(?:ed|ures)|errors)\s?[:=]\s?0\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\bfail(?:s|ed|ing|ures?)?\b|\btim(?:ed|es)\s?out\b|\btimeout\b|\b(?:crash(?:ed|es)|killed|broken|breaks|aborted|red|ko)\b|"
    r"\berrors?\b(?![- ](?:free|handl\w+|messages?|paths?|cases?|codes?|pages?|states?|types?))",
    re.IGNORECASE,
)
_FAIL = re.compile(
    r"(?:^|[\s:(–—-])fail(?:ure)?[\s).!]*$", re.IGNORECASE
)  # as a word of its own at the end, where it is the result
_PASSED = re.compile(
    r"\b(?:pass(?:es|ed|ing)?|ok|green|clean|succe(?:ss|ssful|ssfully|eds|eded))\b|[✅✓✔☑🟢]|:(?:white|heavy)_check_mark:",
    re.IGNORECASE,
)


def outcome(text: str) -> str:
    """Give what a text says came of a command: `passed`, `failed`, `NOT_RUN`, or "" where it does not say.

    Exit statuses say more than counts, counts more than words.
    """
    statuses = [int(found) for found in _STATUS.findall(text)]
    if statuses:
        return "failed" if any(statuses) else "passed"
    if _NOT_RUN.match(text):
        return NOT_RUN
    failures = [found.end() for found in _COUNTED.finditer(text)]
    if (
        failures
        or _FAIL.search(text)
        or any(int(some) < int(every) for some, every in _SOME.findall(text))
    ):
        return "passed" if failures and _AGAIN.search(text, failures[-1]) else "failed"
    if _NOT_PASSED.search(text):
        return "failed"
    if _PASSED.search(text) or _NO_FAILURE.search(text):
        return "passed"
    return "failed" if _FAILED.search(text) else ""


def denies(before: str, after: str) -> bool:
    """Tell whether the words before a command or behind it say that it did not run."""
    return _NOT_RUN.match(after) is not None or _NOT_RUN_IS.search(before[-_NEAR:]) is not None


def last_outcome(texts: Iterable[str]) -> str:
    """Give what the last of some lines that says anything says came of a command, as test runners end with it."""
    return next(
        (told for text in reversed([*texts]) if (told := outcome(text)) in ("passed", "failed")), ""
    )
