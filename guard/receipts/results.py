"""What test runners print of their result, read from a command's output as it comes. Pure.

Each runner has a line of numbers (`_SUMMARIES`, compiled when output is read: most commands that
know receipts run nothing). Several in one output, of crates, modules or packages, are added up.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from guard.core.names import counted

_MOST = 1_000  # summaries that are kept apart; further ones are added to the last
_LONGEST = 1 << 14  # bytes of a line that are looked at
# What a line of numbers has in it, whatever its colours: most output ends at the words, which are
# found faster than a pattern.
_WORDS_OF_RUNNERS = (
    b"pass fail pending flaky skip tests completed examples runs, run: Ran ran Passed Failed "
    b"Skipped OK FAILED PASS FAIL SKIP ok BUILD summary"
).split()
_LIKELY = re.compile(
    rb"\d+ (?:pass|fail|pending|flaky|skip|tests? completed|examples?,|runs,)|no tests ran|"
    rb"(?:pass|fail|skipped) \d|Tests run: |Test summary: |Tests: +\d|tests passed, |Ran \d|"
    rb"(?:Passed|Failed|Skipped)(?:: \d|!)|OK|FAILED|--- (?:PASS|FAIL|SKIP)|^ok\s|^FAIL\s|BUILD "
)
# ECMA-48: control sequences, and operating system commands (hyperlinks, titles).
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_UP = re.compile(r"\x1b\[(\d*)[AF]")  # the cursor goes up, and what stands there is written anew


class Result(NamedTuple):
    """The numbers of a summary. `unit` is `test`, or `package` where a runner counts only these."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    unit: str = "test"


# The words of lists like `1 failed, 34 passed`, and what they count.
_WORDS = {
    **dict.fromkeys("passed pass passing flaky".split(), "p"),
    **dict.fromkeys("failed fail failing error errors".split(), "f1"),
    **dict.fromkeys("skipped skip ignored pending todo".split(), "s1"),
}
_LISTED = r"(\d+) (?:subtests )?([a-z]+)"
# The lines of runners. `(?P<list>…)` is a list of numbers with words; otherwise `<p>` is the number
# of tests that passed, `<f1>` and `<f2>` failed, `<s1>` and `<s2>` were skipped, and `<n>` ran.
_SUMMARIES = (
    # pytest: `= 1 failed, 34 passed, 2 warnings in 0.12s =`
    rf"=*\s*(?P<list>(?:{_LISTED}(?:, )?)+) in [\d.:]+s?\b.*",
    r"=*\s*no tests ran in [\d.]+s.*",
    # jest, Pest: `Tests:  1 failed, 3 passed, 4 total`; vitest: `Tests  3 passed | 1 skipped (4)`
    rf"\s*Tests:?\s+(?P<list>(?:{_LISTED}(?:, | \| )?)+)(?: \(.*\))?",
    # mocha `12 passing (35ms)`, `1 failing`; Playwright `3 passed (2.1s)`; Bun `3 pass`
    r"\s*(?P<list>\d+ (?:pass(?:ing|ed)?|fail(?:ing|ed)?|pending|flaky|skip(?:ped)?))(?: \(.*\))?",
    # cargo: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`
    r"test result: \w+\. (?P<list>\d+ passed; \d+ failed; \d+ ignored).*",
    # cargo-nextest: `Summary [   0.123s] 36 tests run: 34 passed, 2 skipped`
    rf"\s*Summary \[[^\]]*\] [\d/]+ tests? run: (?P<list>(?:(?:{_LISTED}(?:, | \(.*?\))*)+)).*",
    # Maven Surefire; the line of a class has its time, and the total of a module has not
    r"(?:\[\w+\] )?Tests run: <n>, Failures: <f1>, Errors: <f2>(?:, Skipped: <s1>|, Flakes: \d+)*",
    # Gradle, where a test failed
    r"<n> tests? completed(?:, <f1> failed)?(?:, <s1> skipped)?",
    # dotnet: a line for each assembly, one for all, or one number a line below `Total tests: 15`
    r"\s*(?:Passed|Failed|Skipped)!\s+- Failed:\s+<f1>, Passed:\s+<p>, Skipped:\s+<s1>, .*",
    r"\s*Test summary: total: \d+[,;] failed: <f1>[,;] succeeded: <p>[,;] skipped: <s1>.*",
    r"\s*(?:Passed: <p>|Failed: <f1>|Skipped: <s1>)",
    # PHPUnit
    r"OK \(<n> tests?, \d+ assertions?\)",
    (
        r"Tests: <n>, Assertions: \d+"
        r"(?:, (?:Errors: <f1>|Failures: <f2>|Skipped: <s1>|Incomplete: <s2>|[\w ]+: \d+))*\."
    ),
    # RSpec, minitest
    r"<n> examples?, <f1> failures?(?:, <s1> pending)?(?:, \d+ errors? occurred .*)?",
    r"<n> runs, \d+ assertions, <f1> failures, <f2> errors, <s1> skips",
    # Node's own runner; CTest
    "(?:#|\N{INFORMATION SOURCE}) (?:pass <p>|fail <f1>|skipped <s1>)",
    r"\d+% tests passed, <f1> tests? failed out of <n>",
    # go test: `--- PASS: TestX (0.00s)` with -v, and a line for each package
    r"--- (?:(?P<p>PASS)|(?P<f1>FAIL)|(?P<s1>SKIP)): \S+ \([\d.]+s\)",
    r"(?:(?P<p>ok)|(?P<f1>FAIL))\s+(?P<package>[\w.~/-]+)\s+(?:[\d.]+s|\(cached\)|\[[\w ]+\]).*",
)
# unittest has two lines: `Ran 5 tests in 0.001s`, and `FAILED (failures=1, skipped=2)` or `OK`.
_RAN = re.compile(r"Ran (\d+) tests? in [\d.]+s")
_ENDED = re.compile(r"(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?")
_EQUALS = re.compile(r"(failures|errors|skipped|unexpected successes)=(\d+)")
_BUILT = re.compile(r"(BUILD (?:SUCCESSFUL|SUCCESS|FAILED|FAILURE))\b.*")


class Watch:
    """Looks for summaries in output that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._row = 0
        self._found: list[tuple[int, Result]] = []
        self._ran = -1
        self._built = ""

    def feed(self, data: bytes) -> None:
        """Look at more output."""
        whole, end, rest = (self._rest + data).rpartition(b"\n")
        self._rest = rest[-_LONGEST:]
        if not _may_matter(whole):
            self._row += whole.count(b"\n") + len(end)
            return
        for line in whole.split(b"\n") if end else ():
            self._look(line)

    def results(self) -> tuple[Result, ...]:
        """The summaries so far, in the order of the output."""
        self._end()
        found = [result for _, result in self._found]
        # With -v, go counts the tests of a package as well.
        tests = [result for result in found if result.unit == "test"]
        kept = tests or found
        return (*kept[: _MOST - 1], *([added(kept[_MOST - 1 :])] if len(kept) >= _MOST else []))

    def built(self) -> str:
        """What a build tool says of the whole, "" if none does."""
        self._end()
        return self._built

    def _end(self) -> None:
        if self._rest:
            self._look(self._rest)
            self._rest = b""

    def _look(self, line: bytes) -> None:
        if b"\x1b" in line and (ups := _UP.findall(line.decode("utf-8", "replace"))):
            self._row -= sum(int(up or 1) for up in ups)
            while self._found and self._found[-1][0] >= self._row:
                self._found.pop()
        self._row += 1
        if len(line) > _LONGEST or not _may_matter(line) or not _LIKELY.search(line):
            return
        # A progress bar goes back to the start of its line.
        text = _ESCAPE.sub("", line.decode("utf-8", "replace")).rstrip("\r").rpartition("\r")[2]
        built = _BUILT.fullmatch(text.strip().removeprefix("[INFO] ").removeprefix("[ERROR] "))
        if built:
            self._built = built[1]
        for result in self._read(text.rstrip()):
            self._found.append((self._row - 1, result))

    def _read(self, text: str) -> Iterator[Result]:
        ran = _RAN.fullmatch(text)
        if ran:
            self._ran = int(ran[1])
            return
        ended = _ENDED.fullmatch(text) if self._ran >= 0 else None
        if ended:
            yield _of_unittest(self._ran, ended[1] or "")
            self._ran = -1
            return
        result = _summary(text)
        if result:
            yield result


def _may_matter(output: bytes) -> bool:
    return b"\x1b" in output or any(word in output for word in _WORDS_OF_RUNNERS)


def said(results: Iterable[Result], built: str = "") -> str:
    """Give all results as people write them: `34 passed, 1 failed, 2 skipped`.

    Without any, what a build tool said (`built`).
    """
    results = tuple(results)
    if not results:
        return built
    total = added(results)
    if total.unit == "package":
        failed = f", {total.failed:,} failed" if total.failed else ""
        return f"{counted(total.passed, 'package')} passed{failed}"
    parts = [(total.passed, "passed"), (total.failed, "failed"), (total.skipped, "skipped")]
    return ", ".join(f"{number:,} {word}" for number, word in parts if number) or "no tests ran"


def passed_tests(results: Iterable[Result]) -> tuple[int, frozenset[int]]:
    """Give how many tests passed in all, and every number that is right to call passed.

    That is the number of each summary, of all together, and of all that ran. No numbers if no
    runner of tests is known.
    """
    found = [one for one in results if one.unit == "test"]
    if not found:
        return 0, frozenset()
    total = added(found)
    ran = total.passed + total.failed + total.skipped
    return total.passed, frozenset({total.passed, ran, *(one.passed for one in found)})


def added(results: Iterable[Result]) -> Result:
    """Add up results of one unit."""
    results = tuple(results)
    return Result(
        sum(one.passed for one in results),
        sum(one.failed for one in results),
        sum(one.skipped for one in results),
        results[0].unit if results else "test",
    )


def _summary(text: str) -> Result | None:
    """The numbers of a line that is a runner's summary."""
    for line in _compiled():
        if found := line.fullmatch(text):
            return _result(found.groupdict(""))
    return None


@cache
def _compiled() -> list[re.Pattern[str]]:
    return [re.compile(re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>\\d+)", one)) for one in _SUMMARIES]


def _result(groups: dict[str, str]) -> Result | None:
    numbers: Counter[str] = Counter()
    for number, word in re.findall(_LISTED, groups.get("list", "")):
        if word in _WORDS:
            numbers[_WORDS[word]] += int(number)
    if "list" in groups and not numbers:
        return None
    for name in ("n", "p", "f1", "f2", "s1", "s2"):
        text = groups.get(name, "")
        numbers[name] += int(text) if text.isdecimal() else len(text) > 0
    failed, skipped = numbers["f1"] + numbers["f2"], numbers["s1"] + numbers["s2"]
    passed = max(0, numbers["n"] - failed - skipped) if "n" in groups else numbers["p"]
    return Result(passed, failed, skipped, "package" if "package" in groups else "test")


def _of_unittest(ran: int, text: str) -> Result:
    numbers = {name: int(number) for name, number in _EQUALS.findall(text)}
    failed = sum(numbers.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    skipped = numbers.get("skipped", 0)
    return Result(max(0, ran - failed - skipped), failed, skipped)
