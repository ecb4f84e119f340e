"""Which commands a handoff claims, their results, and which texts mean the same one."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.handoffs.commands import commands
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
        "- `make test`: not run",
        "- `make test` was not run, no make here",
        "- `make test` (could not be run here)",
        "- `make test` — skipped, needs a database",
        "- `make test`: übersprungen",
        "- `make test`：未実行",
        "Not run: `make test`, `make lint`",
        "Still to run: `make test`",
        "| Command | Result |\n|---|---|\n| `make test` | not run |",
        "```\nmake test  # not run\n```",
        "- `make test`\n  - skipped",
    ],
)
def test_what_reports_no_command(body: str) -> None:
    """Prose, unticked boxes, comments, headings and what was not run report nothing."""
    assert sure(body) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("`make test`", [("make test", 3, "")]),
        ("- `make test`: 34 passed", [("make test", 3, "passed")]),
        ("- [x] `make test`", [("make test", 3, "passed")]),
        (
            "- `make lint` and `make types` passed",
            [("make lint", 3, "passed"), ("make types", 3, "passed")],
        ),
        (
            "- `make lint`, `make types` — uses `ruff`",
            [("make lint", 3, ""), ("make types", 3, "")],
        ),
        (
            "- `make lint` ✅, `make test` ❌ 2 failed",
            [("make lint", 3, "passed"), ("make test", 3, "failed")],
        ),
        ("- `make test` — failed\n\nAll green.", [("make test", 3, "failed")]),
        (
            "```sh\nmake lint\nmake test\n```\n\n✅ 34 passed",
            [
                ("make lint", 4, "passed"),
                ("make test", 5, "passed"),
            ],
        ),
        ("```bash\nmake test   # 34 passed\n```", [("make test", 4, "passed")]),
        ("```\nmake test\n34 passed in 2 s\n```", [("make test", 4, "passed")]),
        ("- Unit tests: `make test` (34 passed)", [("make test", 3, "passed")]),
        (
            "| Was | Befehl | Ergebnis |\n|-|-|-|\n| a | `make test` | bestanden |",
            [
                ("make test", 5, "passed"),
            ],
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
    ("text", "outcome", "count"),
    [
        (": 34 passed", "passed", 34),
        (": 34 passed, 0 failed", "passed", 34),
        (": all 1,204 tests passed", "passed", 1204),
        (" passed, 34 tests", "passed", 34),
        (": ok (34 tests)", "passed", 34),
        (": 34/34 ✅", "passed", 34),
        (" ✅ 34/34", "passed", 34),
        (": ✅ (34 of 34)", "passed", 34),
        (": passed 34/34 in 2 s", "passed", 34),
        (" ✅ 34 tests", "passed", 34),
        (" ✅ 12/12/2026", "passed", 0),
        (" ✅ 1/3 done", "passed", 0),
        (" passed, 2 warnings", "passed", 0),
        (": ok (2 skipped)", "passed", 0),
        (": all 5 suites passed", "passed", 0),
        (" passed, 3 files, 34 tests", "passed", 34),
        (": no failures", "passed", 0),
        (" exited with 0", "passed", 0),
        (": exit status 0, 2 warnings", "passed", 0),
        (": rc=0", "passed", 0),
        (" → ✅", "passed", 0),
        (" :white_check_mark:", "passed", 0),
        (" ⚠️ passed with 2 warnings", "passed", 0),
        (" passed locally", "passed", 0),
        (": bestanden", "passed", 0),
        (" : réussi", "passed", 0),
        (": pasó", "passed", 0),
        (": passou", "passed", 0),
        (": 成功しました", "passed", 0),
        (": 通过", "passed", 0),
        (" pasó (34 pruebas)", "passed", 34),
        (": 34 testes passaram", "passed", 34),
        ("：34件成功", "passed", 34),
        ("：34 个测试全部通过", "passed", 34),
        (": 3 failed, 31 passed", "failed", 31),
        (": 1 error", "failed", 0),
        (" failed", "failed", 0),
        (" (fail)", "failed", 0),
        (": exit code: -9", "failed", 0),
        (": 32/34 passed", "failed", 32),
        (": 32 of 34 tests pass", "failed", 32),
        (" ❌ flaky", "failed", 0),
        (": fehlgeschlagen", "failed", 0),
        (": 失敗", "failed", 0),
    ],
)
def test_what_came_of_it(text: str, outcome: str, count: int) -> None:
    """A word of the list, a mark, a number of tests or an exit status directly behind it counts."""
    (claim,) = claims(f"- `make test`{text}")
    assert (claim.outcome, claim.tests) == (outcome, count)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " should pass",
        " is expected to pass",
        ": pending review, all passed",
        ": failed at first, passes now",
        ": 2 failed at first, passes now",
        ": tests that must fail, pass",
        ": does not pass",
        ": status 200",
        ": error-free",
        ": works",
        " ⏳",
        " needs Docker, so CI ran it: passed",
    ],
)
def test_prose_states_nothing(text: str) -> None:
    """What is neither on the list nor directly behind the command is not an outcome."""
    assert [claim.outcome for claim in claims(f"- `make test`{text}")] in ([""], [])


def test_a_plain_line_may_be_a_command() -> None:
    """Without code the words up to what came of it may be a command, and may be prose."""
    body = "- pytest -q: 34 passed\n- go test ./... - ok\n- cargo test (12 s)\n- Looked at it\n"
    body += "- npm test passed (58 tests)\n- make test -- 3 failed, 31 passed"
    assert [(claim.text, claim.outcome, claim.sure) for claim in claims(body)] == [
        ("pytest -q", "passed", False),
        ("go test ./...", "passed", False),
        ("cargo test", "", False),
        ("Looked at it", "", False),
        ("npm test", "passed", False),
        ("make test", "failed", False),
    ]
    (row,) = claims("| Command | Exit | Notes |\n|-|-|-|\n| `make test` | 0 | 34 passed |")
    assert (row.outcome, row.tests) == ("passed", 34)


def test_commands_in_turn() -> None:
    """The parts of a line are reported with it, and passed if all of it did."""
    told = [(claim.text, claim.outcome) for claim in claims("- `make lint && make test` passed")]
    assert told == [
        ("make lint && make test", "passed"),
        ("make lint", "passed"),
        ("make test", "passed"),
    ]
    assert [claim.outcome for claim in claims("- `a; b`: exit 1")] == ["failed", "", ""]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("- make lint, make test: 34 passed", {"make lint": "passed", "make test": "passed"}),
        ("make lint and make test", {"make lint": "", "make test": ""}),
        ("- make lint ✅, and make test ❌", {"make lint": "passed", "make test": "failed"}),
        ("- make lint (3 s), make test failed", {"make lint": "", "make test": "failed"}),
        ("- `make lint`, `make test` failed", {"make lint": "", "make test": "failed"}),
        ("- make lint, which says failed", {"make lint": ""}),
        ("- make lint passed, make test not run", {"make lint": "passed"}),
        ("- not run, make test", {}),
        ("- [ ] make lint, make test", {}),
    ],
)
def test_several_commands_without_code(body: str, told: dict[str, str]) -> None:
    """Commas and `and` join bare commands as they join code; a failure is nobody else's."""
    found = {claim.text: claim.outcome for claim in claims(body)}
    wanted = ("make lint", "make test")
    assert {text: found[text] for text in wanted if text in found} == told


def test_a_line_of_very_many_commas() -> None:
    """Of a line without code only the first commands count."""
    assert len(claims("- " + "make a, " * 4_000)) < 20


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
