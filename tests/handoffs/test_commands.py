"""Which commands a handoff claims, their results, and which texts mean the same one."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.handoffs.commands import commands, mentions_command
from guard.handoffs.values import Command
from guard.receipts.words import needs_shell, shell_line, typed, words, words_of
from tests.handoffs.made import commands as section


def claims(body: str) -> list[Command]:
    """What a section that begins on line 3 claims."""
    return commands(section(body).lines)


def sure(body: str) -> list[str]:
    """The texts that can be nothing but commands."""
    return [claim.text for claim in claims(body) if claim.sure]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "None: documents only.",
        "Ran the unit tests by hand.",
        "- [ ] `make test`",
        "- [ ] unit tests",
        "```python\nassert 1\n```",
        "### `make test`",
        "<!-- `make test` -->",
        "```\n# make test\n```",
        "| Command | Result |\n|---|---|",
        "Nothing ran; see `",
        "- `make test`: not run",
        "- `make test` (could not be run here)",
        "- `make test` — skipped, needs a database",
        "Did not run `make test`.",
        "I couldn't run `make test` here.",
        "Not run: `make test`, `make lint`",
        "Still to run: `make test`",
        "| Command | Result |\n|---|---|\n| `make test` | not run |",
    ],
)
def test_what_claims_no_command(body: str) -> None:
    """Prose, unticked boxes, comments, headings and other code claim nothing for sure."""
    assert sure(body) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("`make test`", [("make test", 3, "")]),
        ("- `make test`: 34 passed", [("make test", 3, "passed")]),
        ("- [x] `make test`", [("make test", 3, "")]),
        (
            "- `make lint` and `make types` passed",
            [("make lint", 3, "passed"), ("make types", 3, "passed")],
        ),
        (
            "- `make lint`, `make types` — uses `ruff`",
            [("make lint", 3, ""), ("make types", 3, "")],
        ),
        ("- `make test` (exit 1, 0.4 s)", [("make test", 3, "failed")]),
        ("- `make test` ❌", [("make test", 3, "failed")]),
        ("- ✅ `make test`", [("make test", 3, "passed")]),
        ("Ran `make test` twice.", [("make test", 3, "")]),
        ("- `$ make test`", [("make test", 3, "")]),
        ("- `guard run -- make test`", [("make test", 3, "")]),
        ("- `guard run pytest -q`", [("pytest -q", 3, "")]),
        ("- `make\ntest`", [("make test", 3, "")]),
        ("```sh\nmake lint\nmake test\n```", [("make lint", 4, ""), ("make test", 5, "")]),
        (
            "```console\n$ make test\n34 passed\n$ make lint\n```",
            [("make test", 4, "passed"), ("make lint", 6, "")],
        ),
        (
            "```\n$ make test\nx PASSED\ny FAILED\n1 failed, 1 passed\n$ make lint\nclean\n```",
            [("make test", 4, "failed"), ("make lint", 8, "passed")],
        ),
        ("```\nada@box:~/shop$ make test\nok\n```", [("make test", 4, "passed")]),
        ("```powershell\nPS C:\\shop> make test\n```", [("make test", 4, "")]),
        ("- `make test`\n  - 2 failed, known", [("make test", 3, "failed")]),
        (
            "- `make test`\n\n  34 passed\n- `make lint`",
            [("make test", 3, "passed"), ("make lint", 6, "")],
        ),
        ("- `make test`:\n  ```\n  34 passed in 2 s\n  ```", [("make test", 3, "passed")]),
        ("`make test`\n\n```text\n2 failed\n```", [("make test", 3, "failed")]),
        ("`make test`\n\n2 failed", [("make test", 3, "failed")]),
        ("`make test`\n\nLooked around.\n\n2 failed", [("make test", 3, "")]),
        (
            "Ran `make test` and:\n\n```sh\nmake lint\n```",
            [("make test", 3, ""), ("make lint", 6, "")],
        ),
        ("```\n(venv) $ guard run -- make \\\n    test\n```", [("make test", 4, "")]),
        ("    make test", [("make test", 3, "")]),
        (
            "| Command | Result |\n|---|---|\n| `make test` | ✅ |\n| `make lint` | exit 2 |",
            [("make test", 5, "passed"), ("make lint", 6, "failed")],
        ),
        ("| Result | Check |\n|---|---|\n| passed | `make test` |", [("make test", 5, "passed")]),
        ("| a | b |\n|---|---|\n| `make test` | `ok` |", [("make test", 5, "passed")]),
        (
            (
                "| Check | Command | Result | |\n|-|-|-|-|\n| a | `make test` | fail | 9 of "
                "10, 1 passed late |\n| b | `ruff` | pass | |"
            ),
            [("make test", 5, "failed"), ("ruff", 6, "passed")],
        ),
        (
            "| Command | Exit code |\n|-|-|\n| `a` | 0 |\n| `b` | 2 |\n| `c` | |",
            [("a", 5, "passed"), ("b", 6, "failed"), ("c", 7, "")],
        ),
        ("> `make test`", [("make test", 3, "")]),
        ("**Local:** `make test`", [("make test", 3, "")]),
    ],
)
def test_commands_are_found(body: str, told: list[tuple[str, int, str]]) -> None:
    """Code spans, blocks, boxes and tables claim commands, each with line and result."""
    assert [
        (claim.text, claim.number, claim.outcome) for claim in claims(body) if claim.sure
    ] == told


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", ""),
        (": 34 passed", "passed"),
        (": 34 passed, 0 failed", "passed"),
        (": no failures", "passed"),
        (": tests of failing requests pass", "passed"),
        (": ok", "passed"),
        (": all green", "passed"),
        (" exited with 0", "passed"),
        (": exit status 0, 2 warnings", "passed"),
        (": rc=0", "passed"),
        (": status 200", ""),
        (": 3 failed, 31 passed", "failed"),
        (": 1 error", "failed"),
        (" failed", "failed"),
        (" fails on Windows", "failed"),
        (" timed out", "failed"),
        (": FAIL", "failed"),
        (" (fail)", "failed"),
        (": tests that must fail, pass", "passed"),
        (": exit 2", "failed"),
        (": exit code: -9", "failed"),
        (": exit 0, then exit 1", "failed"),
        (": 32/34 passed", "failed"),
        (": 34 of 34 tests pass", "passed"),
        (": 32 of 34 tests pass", "failed"),
        (": does not pass", "failed"),
        (" isn't green yet", "failed"),
        (": passes except for two", "failed"),
        (": failures: 2", "failed"),
        (": tests=34 failures=0", "passed"),
        (": crashed", "failed"),
        (": make: *** Error 1", "failed"),
        (": error-free", ""),
        (": no issues", "passed"),
        (": 0 errors", "passed"),
        (": 3 errors fixed, passes", "passed"),
        (": 2 failed at first, passes now", "passed"),
        (": first run 2 failed, second run 34 passed", "passed"),
        (": now 2 failed, 32 passed", "failed"),
        (": 2 failed after the rebase, 32 passed", "failed"),
        (": the slow tests are skipped, ok", "passed"),
        (": 34 passed, 2 skipped", "passed"),
        (" :white_check_mark:", "passed"),
    ],
)
def test_what_came_of_it(text: str, outcome: str) -> None:
    """Exit statuses count more than numbers of tests, and those more than words."""
    assert claims(f"- `make test`{text}")[0].outcome == outcome


def test_a_plain_line_may_be_a_command() -> None:
    """Without code the words up to what came of it may be a command, and may be prose."""
    body = "- pytest -q: 34 passed\n- go test ./... - ok\n- cargo test (12 s)\n- Looked at it"
    assert [(claim.text, claim.outcome, claim.sure) for claim in claims(body)] == [
        ("pytest -q", "passed", False),
        ("go test ./...", "passed", False),
        ("cargo test", "", False),
        ("Looked at it", "", False),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Ran make test, which passed", True),
        ("make test", True),
        ("make test passed", True),
        ("(make test)", True),
        ("make  test.", True),
        ("first make test, then make test-fast", True),
        ("make test-fast", False),
        ("remake test", False),
        ("make tests", False),
        ("make test=1", False),
        ("./make test", False),
        ("make lint", False),
        ("- [ ] make test", False),
        ("Did not run make test", False),
        ("All fine, but I was unable to run make test here", False),
        ("make test was not run", False),
        ("make test was not run at first; then make test passed", True),
        ("I did not run make lint, but make test", True),
        ("make test --fast", False),
        ("`make test --fast`", False),
        ("make test -- passed", True),
        ("`make lint && make test`", True),
        ("`cd . ; make test | tail`  ", True),
        ("    $ make lint && make test  # both", True),
        ("`make lint && make test-fast`", False),
        ("`make` test", False),
    ],
)
def test_a_command_word_for_word(line: str, *, found: bool) -> None:
    """A line of prose reports a command if it has all of it, and nothing longer around it."""
    assert any(mentions_command(one, "make test") for one in section(line).lines) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pytest -q tests", "pytest  -q   tests"),
        ("pytest -k 'a and b[1]'", 'pytest -k "a and b[1]"'),
        ("make lint && make test", "make lint  &&  make test"),
        ("echo \\$HOME", "echo '$HOME'"),
    ],
)
def test_the_same_command(one: str, other: str) -> None:
    """Blanks and quotes make no other command."""
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pytest -q", "pytest"),
        ("echo a b", "echo 'a b'"),
        ("true && pytest", "true '&&' pytest"),
        ("echo $HOME", "echo '$HOME'"),
        ("X=1 make", "'X=1' make"),
        ("make", "Make"),
        ("ls *.py", "ls '*.py'"),
    ],
)
def test_another_command(one: str, other: str) -> None:
    """What a shell would do something else with is another command."""
    assert words(one) != words(other)


@pytest.mark.parametrize(
    "argv",
    [
        ["sh", "-c", "a  && b"],
        ["/bin/bash", "-c", "a && b"],
        ["bash", "-lc", "a && b"],
        ["zsh", "-ec", "a && b"],
    ],
)
def test_a_shell_that_is_handed_a_line(argv: list[str]) -> None:
    """`sh -c LINE` is LINE, whichever shell it is."""
    assert words_of(argv) == words("a && b")
    assert shell_line(argv) == argv[2]


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["sh"],
        ["sh", "-c"],
        ["sh", "x", "a"],
        ["python", "-c", "a"],
        ["sh", "-c", "a", "b"],
        ["true", "&&", "pytest"],
    ],
)
def test_no_shell_with_a_line(argv: list[str]) -> None:
    """Anything else is its own words: an operator among them is no operator."""
    assert shell_line(argv) == ""
    assert words_of(argv) == tuple(argv)


@given(st.lists(st.text("ab '\"\\$`*&;#~=-", min_size=1, max_size=5), min_size=1, max_size=4))
def test_words_are_the_shells(parts: list[str]) -> None:
    """Where no shell is needed, a shell splits the line into the very same words."""
    line = shlex.join(parts)
    if needs_shell(line):
        return
    done = subprocess.run(["sh", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert tuple(done.stdout.decode().split("\0")[:-1]) == words(line) == tuple(parts)


@given(st.text("a '\"\\$|", max_size=8))
def test_what_to_type_runs_that_very_command(line: str) -> None:
    """A shell takes from the proposed command the words by which its receipt is found."""
    if not line.strip():
        return
    whole = typed(line)
    done = subprocess.run(
        ["sh", "-c", f"guard() {{ shift 2; printf '%s\\0' \"$@\"; }}; {whole}"],
        capture_output=True,
        check=False,
    )
    if done.returncode == 0 and not done.stderr:
        assert words_of(done.stdout.decode().split("\0")[:-1]) == words(line)
