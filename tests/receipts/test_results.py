"""What runners print, in their own words, with colours, line ends of Windows and progress bars."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guard.receipts.results import Result, Watch, passed_tests, said

OUTPUT = {
    "pytest -q": (
        "..\n2 passed in 4.77s\n",
        "2 passed",
    ),
    "pytest": (
        (
            "\x1b[31m=== \x1b[31m\x1b[1m1 failed\x1b[0m, \x1b[32m34 passed\x1b[0m, \x1b[33m2 "
            "skipped\x1b[0m, 1 xfailed, 3 warnings, 1 error\x1b[31m in "
            "0.12s\x1b[0m\x1b[31m ===\x1b[0m\r\n"
        ),
        "34 passed, 2 failed, 2 skipped",
    ),
    "pytest long": ("= 1 passed in 60.02s (0:01:00) =", "1 passed"),
    "none": ("no tests ran in 0.01s", "no tests ran"),
    "unittest": (
        ".....\n------\nRan 5 tests in 0.001s\n\nOK (skipped=1)\n",
        "4 passed, 1 skipped",
    ),
    "unittest f": (
        "Ran 5 tests in 0.001s\r\n\r\nFAILED (failures=1, errors=1, expected failures=1)\r\n",
        "3 passed, 2 failed",
    ),
    "jest": (
        (
            "Test Suites: 1 failed, 2 passed, 3 total\n"
            "Tests:       1 failed, 2 skipped, 3 todo, 30 passed, 36 "
            "total\n"
            "Snapshots:   4 passed, 4 total\n"
            "Time: 2 s"
        ),
        "30 passed, 1 failed, 5 skipped",
    ),
    "jest tty": (
        (
            "Tests:       1 passed, 1 total\n"
            "Time: 1s\n"
            "\x1b[1A\x1b[2K\x1b[1A\x1b[2KTests:       3 passed, 3 total\n"
            "Time: 2s\n"
        ),
        "3 passed",
    ),
    "vitest": (
        (
            " Test Files  1 failed | 20 passed (21)\n"
            "      Tests  1 failed | 3 passed | 2 skipped (6)\n"
            "   Start at 1"
        ),
        "3 passed, 1 failed, 2 skipped",
    ),
    "mocha": (
        "  12 passing (35ms)\n  2 pending\n  1 failing\n",
        "12 passed, 1 failed, 2 skipped",
    ),
    "go": (
        (
            "ok  \texample.com/a\t0.005s\n"
            "ok  \texample.com/b\t(cached)\n"
            "?   \texample.com/c\t[no test files]\n"
            "FAIL\texample.com/d\t0.01s\n"
            "FAIL\n"
        ),
        "2 packages passed, 1 failed",
    ),
    "go -v": (
        (
            "=== RUN   TestA\n"
            "--- PASS: TestA (0.00s)\n"
            "    --- PASS: TestA/sub (0.00s)\n"
            "--- SKIP: TestB (0.00s)\n"
            "PASS\n"
            "ok  \texample.com/a\t0.005s\n"
        ),
        "1 passed, 1 skipped",
    ),
    "cargo": (
        (
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; "
            "0 filtered out; finished in 0.01s\n"
            "\n"
            "test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 "
            "measured; 0 filtered out; finished in 0.20s\n"
        ),
        "7 passed, 1 failed, 3 skipped",
    ),
    "nextest": (
        "     Summary [   0.123s] 36 tests run: 34 passed (1 slow), 2 failed, 3 skipped",
        "34 passed, 2 failed, 3 skipped",
    ),
    "maven": (
        (
            "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, "
            "Time elapsed: 0.05 s -- in a.B\n"
            "[INFO] Results:\n"
            "[INFO] \n"
            "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0\n"
            "[INFO] \n"
            "[WARNING] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1\n"
            "[INFO] BUILD SUCCESS"
        ),
        "5 passed, 2 failed, 1 skipped",
    ),
    "maven colour": (
        (
            "[\x1b[1;34mINFO\x1b[m] \x1b[1;32mTests run: \x1b[0;1;32m3\x1b[m, Failures: "
            "0, Errors: 0, Skipped: 0\n"
        ),
        "3 passed",
    ),
    "gradle": (
        "5 tests completed, 1 failed, 1 skipped\n\nBUILD FAILED in 3s",
        "3 passed, 1 failed, 1 skipped",
    ),
    "gradle ok": (
        "> Task :test\n\nBUILD SUCCESSFUL in 3s\n3 actionable tasks",
        "BUILD SUCCESSFUL",
    ),
    "dotnet": (
        (
            "Passed!  - Failed:     0, Passed:    12, Skipped:     1, "
            "Total:    13, Duration: 52 ms - A.dll (net8.0)\r\n"
            "Failed!  - Failed:     2, Passed:     1, Skipped:     0, "
            "Total:     3, Duration: 5 ms - B.dll (net8.0)\r\n"
        ),
        "13 passed, 2 failed, 1 skipped",
    ),
    "dotnet new": (
        (
            "Test summary: total: 15, failed: 0, succeeded: 15, skipped: "
            "0, duration: 1.2s\n"
            "Build succeeded"
        ),
        "15 passed",
    ),
    "dotnet old": (
        (
            "Test Run Failed.\n"
            "Total tests: 3052\n"
            "     Passed: 3007\n"
            "     Failed: 2\n"
            "    Skipped: 43\n"
            " Total time: 36,5587 Seconds"
        ),
        "3,007 passed, 2 failed, 43 skipped",
    ),
    "phpunit": (
        "Time: 00:00.010, Memory: 4.00 MB\n\nOK (3 tests, 5 assertions)\n",
        "3 passed",
    ),
    "phpunit f": (
        (
            "FAILURES!\n"
            "Tests: 7, Assertions: 8, Errors: 1, Failures: 1, Warnings: "
            "2, Skipped: 1, Incomplete: 1.\n"
        ),
        "3 passed, 2 failed, 2 skipped",
    ),
    "pest": (
        "  Tests:    2 skipped, 3 passed (5 assertions)\n  Duration: 0.1s",
        "3 passed, 2 skipped",
    ),
    "rspec": (
        (
            "Finished in 0.00153 seconds (files took 0.1465 seconds to "
            "load)\n"
            "3 examples, 0 failures, 1 pending\n"
        ),
        "2 passed, 1 skipped",
    ),
    "minitest": (
        "5 runs, 8 assertions, 1 failures, 0 errors, 1 skips",
        "3 passed, 1 failed, 1 skipped",
    ),
    "node": (
        "# tests 5\n# suites 0\n# pass 4\n# fail 0\n# cancelled 0\n# skipped 1\n# todo 0\n",
        "4 passed, 1 skipped",
    ),
    "bar": ("\r 10%|#  | 1/10\r 100%|###| 10/10\r34 passed in 0.1s\r\n", "34 passed"),
    "prose": (
        "we passed 34 checks\nAll 34 tests passed\nok\n",
        "",
    ),
}


def read(data: bytes, size: int) -> str:
    """The result of output that comes in pieces of `size` bytes."""
    watch = Watch()
    for start in range(0, len(data), size):
        watch.feed(data[start : start + size])
    return said(watch.results(), watch.built())


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("name", OUTPUT)
def test_the_result_is_the_runners(name: str, size: int) -> None:
    """The numbers are those of the runner, however its output is cut into pieces."""
    text, result = OUTPUT[name]
    assert read(text.encode(), size) == result


def test_summaries_far_apart_are_added_up() -> None:
    """The result of a workspace is that of all its parts, not of the last that fits."""
    line = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n"
    noise = "   Compiling serde v1.0.0 (/home/ada/.cargo/registry/src/x)\n" * 50
    assert read((line + noise).encode() * 1_200, 1 << 16) == "3,600 passed, 1,200 skipped"


def test_a_line_without_end_takes_no_memory() -> None:
    """A progress bar of megabytes is no line that anybody keeps."""
    watch = Watch()
    for _ in range(200):
        watch.feed(b"\r 10% | passing" * 5_000)
    watch.feed(b"\n2 passed in 0.1s\n")
    assert said(watch.results()) == "2 passed"


def test_numbers_that_a_handoff_may_name() -> None:
    """The passed tests of each summary and of all are right to name, and all that ran."""
    results = (Result(3, 1, 0), Result(4, 0, 2), Result(9, 0, 0, "package"))
    assert passed_tests(results) == (7, frozenset({3, 4, 7, 10}))
    assert passed_tests(()) == (0, frozenset())


REAL = {
    "test_x.py": "import unittest\n\n\nclass T(unittest.TestCase):\n"
    "    def test_a(self):\n        pass\n\n    def test_b(self):\n        self.fail()\n\n"
    "    @unittest.skip('x')\n    def test_c(self):\n        pass\n"
}


@pytest.mark.parametrize(
    "words", [("unittest", "test_x"), ("pytest", "-p", "no:cacheprovider", "--color=yes")]
)
def test_real_runners(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The runners of this machine say of one suite what it holds."""
    for name, text in REAL.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    argv = [sys.executable, "-m", *words]
    env = {**os.environ, "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, check=False)
    assert read(ran.stdout + ran.stderr, 100) == "1 passed, 1 failed, 1 skipped"
