"""The command line's frame: words, exit statuses, streams, help and completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from guard import __version__
from guard.commands.cli import COMMANDS
from guard.reports.output import FORMATS
from tests.kit import GUARD, Ran, Repo

NAMES = [name for commands in COMMANDS.values() for name in commands]


def guard(*words: str | bytes, env: dict[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run guard outside of any repository."""
    return Repo(cwd or Path.cwd()).guard(*words, env=env)


def program(text: str, *words: str) -> Ran:
    """Run a Python program that ends by starting guard's way in with `words`."""
    ending = "\nfrom guard.__main__ import main\nsys.exit(main())\n"
    return Repo(Path.cwd()).run(
        sys.executable,
        "-I",
        "-c",
        f"import sys\nsys.argv[0] = 'guard'\n{text}{ending}",
        *words,
        ok=(),
    )


def test_version() -> None:
    """`--version` names the program and its version, and nothing was judged."""
    assert guard("--version") == Ran(0, f"guard, version {__version__}\n", "")


def test_help_lists_every_command_and_loads_none() -> None:
    """`guard --help` lists all commands by use and imports not one of them."""
    ran = Repo(Path.cwd()).run(GUARD[0], "-X", "importtime", *GUARD[1:], "--help")
    assert re.findall(r"^  (\w+)  ", ran.out, re.MULTILINE) == NAMES
    assert not re.search(r"guard\.commands\.(?!(?:cli|plain)\b)", ran.err)
    assert "Examples:\n    guard init" in ran.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_shows_an_example(name: str) -> None:
    """Each command's help says what can be typed, and `guard help NAME` is the same."""
    ran = guard(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert re.search(rf"Examples?:\n.*\bguard {name}\b", ran.out, re.DOTALL), ran.out
    assert guard("help", name).out == ran.out


def test_every_module_of_a_command_is_listed() -> None:
    """A command that exists can be found in the help; a part of one is named after it."""
    stems = {file.stem for file in (Path(__file__).parents[2] / "guard/commands").glob("*.py")} - {
        "__init__",
        "cli",
        "options",
        "plain",
    }
    assert {stem.partition("_")[0] for stem in stems} == set(NAMES) <= stems


def test_no_words_are_no_verdict() -> None:
    """`guard` alone shows the help on standard error, and does not look like a kept contract."""
    ran = guard()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == guard("--help").out


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["chek"], "there is no command 'chek'", "did you mean: guard check"),
        (["Explain"], "there is no command 'Explain'", "did you mean: guard explain"),
        (
            ["xyzzy"],
            "there is no command 'xyzzy'",
            "guard --help lists them; for example: guard check",
        ),
        (
            ["x\x1b[2J\n"],
            "there is no command 'x\\x1b[2J\\n'",
            "guard --help lists them; for example: guard check",
        ),
        (["--chek"], "no such option '--chek'", "hint: its options: guard --help"),
        (
            ["check", "--stagd"],
            "no such option '--stagd'",
            "did you mean --staged? its options: guard check --help",
        ),
        (
            ["grant", "web", "--own", "docs/"],  # as like --why as that is like --own
            "no such option '--own'",
            "hint: its options: guard grant --help",
        ),
        (
            ["contract", "edit", "--onws", "docs/"],
            "no such option '--onws'",
            "did you mean --owns? its options: guard contract edit --help",
        ),
        (
            ["check", "--format", "xml"],
            "invalid value for '--format': 'xml' is not one of 'text', 'json'",
            "for example: guard check",
        ),
        (["check", "src"], "got unexpected extra argument (src)", "for example: guard check"),
        (["check", "--base"], "option '--base' requires an argument", "for example: guard check"),
        (
            ["completion"],
            "missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish",
            "for example: guard completion fish > ",
        ),
        (
            ["contract", "lst"],
            "no such command 'lst'",
            "did you mean list? for example: guard contract ",
        ),
        (["hook", "pre-comit"], "guard has no hook 'pre-comit'", "guard hook pre-commit"),
    ],
)
def test_a_mistyped_word_is_told_with_the_nearest(
    words: list[str], message: str, hint: str
) -> None:
    """Words that do not fit end with status 2, one line that says so and one that can be typed."""
    ran = guard(*words)
    assert (ran.code, ran.out) == (2, "")
    first, *others = ran.err.splitlines()
    assert first.startswith(f"guard: {message}")
    assert others == [f"  hint: {others[0].partition('hint: ')[2]}"]
    assert hint in others[0]


def test_a_bug_is_not_a_verdict() -> None:
    """An unforeseen exception ends with status 3 and a report to paste, safe for any terminal."""
    ran = program(
        "import guard.commands.cli\ndef bug(words): raise KeyError('a\\x1b[2J\\udcff\\nb')\n"
        "guard.commands.cli.run = bug",
        "check",
        "a\x1bb\udcff",
    )
    assert (ran.code, ran.out) == (3, "")
    first, second, _, versions, called, *rest = ran.err.splitlines()
    assert first == "guard: this is a bug in guard, not in your work; no verdict was reached"
    assert second.startswith("  hint: report it")
    assert re.fullmatch(r"guard \S+ · Python 3\S+ · git version \S+.* · \w+ .*", versions)
    assert called == r"'guard' 'check' 'a\x1bb\udcff'"
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-1].startswith("KeyError: ")
    assert "\x1b" not in ran.err


def test_a_bug_without_git_is_still_told(tmp_path: Path) -> None:
    """The report of a bug does not need anything that may be what is broken."""
    ran = program(
        f"import os, guard.commands.cli\nos.environ['PATH'] = {str(tmp_path)!r}\n"
        f"def bug(words): 1 / 0\nguard.commands.cli.run = bug"
    )
    assert ran.code == 3
    assert "git: none that runs" in ran.err
    assert "ZeroDivisionError" in ran.err


def test_a_bug_in_a_hook_is_not_a_verdict() -> None:
    """The way without Click ends in the same place."""
    ran = program(
        "import guard.githooks as hook\ndef bug(words): raise RuntimeError(words)\nhook.main = bug",
        "hook",
        "pre-commit",
        "x",
    )
    assert ran.code == 3
    assert "RuntimeError: ['pre-commit', 'x']" in ran.err


def test_an_error_has_every_line_of_its_message() -> None:
    """A message of several lines is printed whole and safe for any terminal, the hint last."""
    raised = r"def run(words): raise GuardError('two\n  a\x1b\n\nb', hint='do\nit')"
    ran = program(
        f"import guard.commands.cli\nfrom guard.core.errors import GuardError\n{raised}\n"
        f"guard.commands.cli.run = run"
    )
    assert ran == Ran(2, "", "guard: two\n  a\\e\n  b\n  hint: do\\nit\n")


@pytest.mark.parametrize(
    ("way", "stop", "word"),
    [
        ("guard.commands.cli.run", "KeyboardInterrupt", "doctor"),
        ("guard.commands.cli.group.invoke", "KeyboardInterrupt", "doctor"),
        (
            "guard.commands.cli.group.invoke",
            "click.Abort",
            "doctor",
        ),  # what Click makes of ^C and of the end of input at a question
        ("guard.commands.check_judge.run", "KeyboardInterrupt", "check"),
        ("guard.githooks.main", "KeyboardInterrupt", "hook"),
    ],
)
def test_an_interrupt_is_not_a_verdict(way: str, stop: str, word: str) -> None:
    """^C ends with status 130 and without a traceback, wherever it comes."""
    ran = program(
        "import click, guard.commands.cli, guard.commands.check_judge, guard.githooks\n"
        f"def stop(words): raise {stop}\n{way} = stop",
        word,
    )
    assert ran == Ran(130, "", "guard: interrupted\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["--help"], ["completion", "bash"]])
def test_a_reader_that_went_away_is_no_bug(words: list[str], unbuffered: str) -> None:
    """A closed pipe ends with the status that a shell shows for SIGPIPE, and says nothing."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "guard", *words]
    done = subprocess.run(
        command,
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_broken_pipe_of_our_own_is_a_bug() -> None:
    """Only a reader of our output that went away is nobody's mistake."""
    assert (
        program(
            "import guard.commands.cli\ndef bug(words): raise BrokenPipeError(32, 'pipe')\n"
            "guard.commands.cli.run = bug"
        ).code
        == 3
    )


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"
)
def test_a_full_disk_is_an_error() -> None:
    """Output that cannot be written is no verdict."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*GUARD, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        (
            b"guard: cannot write: No space left on device\n"
            b"  hint: make room, and run the command again\n"
        ),
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_bug(closed: str) -> None:
    """Where nobody listens the exit status still tells the truth."""
    script = (
        f'"$0" -I -m guard --version {closed}; echo $?; "$0" -I -m guard chek {closed}; echo $?'
    )
    ran = Repo(Path.cwd()).run("sh", "-c", script, sys.executable)
    assert [line for line in ran.out.splitlines() if line.isdigit()] == ["0", "2"]


@pytest.mark.parametrize("env", [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict"},
])  # fmt: skip
def test_no_locale_ends_the_program(env: dict[str, str]) -> None:
    """What a terminal cannot show is escaped, whatever its encoding."""
    ran = Repo(Path.cwd()).run(
        sys.executable, "-P", "-m", "guard", b"l\xc3\xa4nder\xff\xe2\x80\xae", ok=(2,), env=env
    )
    assert ran.err.startswith("guard: there is no command 'l")
    assert "\u202e" not in ran.err


def test_the_directory_cannot_provide_modules(tmp_path: Path) -> None:
    """`python -m guard` does not run a repository's own `click.py` or standard modules."""
    repo, unmeasured = (
        Repo(tmp_path),
        {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""},
    )  # coverage loads modules at any time
    before = repo.run(
        sys.executable, "-I", "-c", "import runpy, sys; print(*sys.modules)", env=unmeasured
    ).out.split()
    for name in {"click", "tomli", "git", *sys.stdlib_module_names} - {
        name.partition(".")[0] for name in before
    }:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name} ran')\n")
    assert (tmp_path / "__future__.py").exists()
    ran = repo.run(sys.executable, "-m", "guard", "chek", ok=(), env=unmeasured)
    assert (ran.code, ran.err) == (
        2,
        "guard: there is no command 'chek'\n  hint: did you mean: guard check\n",
    )


def test_a_directory_that_is_gone_is_no_bug(tmp_path: Path) -> None:
    """Where the current directory was deleted, guard says what is wrong as it would anywhere."""
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = [
        "sh",
        "-c",
        'cd "$1"; rmdir "$1"; "$0" -m guard --version && exec "$0" -m guard check',
        sys.executable,
        str(gone),
    ]
    ran = Repo(tmp_path).run(*shell, ok=())
    assert (ran.code, ran.out) == (2, f"guard, version {__version__}\n")


def test_the_console_script_is_the_same_program() -> None:
    """What pip installs as `guard` starts in the same place."""
    script = Path(sys.executable).with_name("guard")
    assert script.exists(), "install the package: pip install -e '.[dev]'"
    assert Repo(Path.cwd()).run(str(script), "--version").out == f"guard, version {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    """The script names the program, its protocol and the shell."""
    ran = guard("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_GUARD_COMPLETE={shell}_complete" in ran.out


@pytest.mark.parametrize(("line", "offered"), [
    ("guard ", set(NAMES)),
    ("guard ch", {"check"}),
    ("guard --ver", {"--version"}),
    ("guard check --st", {"--staged"}),
    ("guard check --format ", set(FORMATS)),
    ("guard check --contract ", {"api", "handbook-locale"}),
    ("guard check --contract h", {"handbook-locale"}),
    ("guard completion ", {"bash", "zsh", "fish"}),
    ("guard explain own0", {"OWN001", "OWN002"}),
    ("guard explain dead", {"dead-pattern"}),
    ("guard explain src/", {"src/"}),  # of the type `file`: the shell takes over
    ("guard hook ", set()),
    ("guard nonsense ", set(NAMES)),
])  # fmt: skip
def test_words_are_completed(line: str, offered: set[str], tmp_path: Path) -> None:
    """Every shell completes commands, options, values and contracts, and nothing is judged."""
    for name in ("api", "handbook-locale", "$(touch pwned)", "a b"):
        Repo(tmp_path).write({f".guard/contracts/{name}.toml": ""})
    below = tmp_path / "deep/er"
    below.mkdir(parents=True)
    env = {
        "COMP_LINE": line,
        "COMP_END": line.rpartition(" ")[2],
        "_GUARD_COMPLETE": "bash_complete",
    }
    ran = guard(env=env, cwd=below)
    assert (ran.code, ran.err) == (0, "")
    assert {word.partition(",")[2] for word in ran.out.splitlines() if word} == offered


def test_an_option_with_its_value(repo: Repo) -> None:
    """`--branch=` and the value are one word of zsh and fish; the shell quotes it."""
    repo.commit({"src/a.py": ""}, "start")
    repo.git("branch", "fix/#12,it's")
    for shell, word in (("zsh", "2"), ("fish", "--branch=fi")):
        env = {
            "COMP_WORDS": "guard start --branch=fi",
            "COMP_CWORD": word,
            "_GUARD_COMPLETE": f"{shell}_complete",
        }
        assert "--branch=fix/#12,it's" in repo.guard(env=env).out


def test_contracts_that_no_worktree_has(repo: Repo) -> None:
    """Those on a branch of contracts are offered, too."""
    repo.commit({"guard.toml": 'base = "main"\n[contracts]\nbranch = "contracts"\n'}, "policy")
    assert repo.guard("contract", "publish", "--to", "contracts").code == 0
    assert repo.guard("start", "web", "--owns", "/web/").code == 0
    env = {"COMP_LINE": "guard finish ", "COMP_END": "", "_GUARD_COMPLETE": "bash_complete"}
    assert repo.guard(env=env).out == "plain,web\n"


def test_completion_needs_no_contracts(tmp_path: Path) -> None:
    """Where there is no contract, no name is offered, and nothing fails."""
    env = {
        "COMP_WORDS": "guard check --contract ",
        "COMP_CWORD": "3",
        "_GUARD_COMPLETE": "zsh_complete",
    }
    assert guard(env=env, cwd=tmp_path) == Ran(0, "\n", "")


def test_an_unknown_shell_asks_in_vain() -> None:
    """A completion protocol that nobody speaks is an error, not a verdict."""
    assert guard(env={"_GUARD_COMPLETE": "cmd_source"}).code == 2
