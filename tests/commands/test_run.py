"""`guard run`: a command is as it would be alone, and afterwards it is known that it ran."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.kit import BASE, GUARD, UNMEASURED, Ran, Repo, session, toml

# A command that tells which signals it gets, and ends on the second.
LISTENER = """
import os, signal, sys
got = []
def note(number, frame):
    got.append(number)
    print("got", signal.Signals(number).name, flush=True)
    if len(got) == int(sys.argv[1]):
        sys.exit(7)
for name in sys.argv[2:]:
    signal.signal(getattr(signal, name), note)
print("ready", flush=True)
while True:
    signal.pause()
"""
LOOK = (
    "import os, sys; print([os.isatty(number) for number in range(3)], "
    "os.get_terminal_size(1) if os.isatty(1) else None)"
)


def run(
    repo: Repo,
    *argv: str,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: bytes = b"",
) -> Ran:
    """Run a command through guard."""
    return repo.guard("run", "--", *argv, cwd=cwd, env=env, stdin=stdin)


def receipts(repo: Repo) -> list[dict[str, Any]]:
    """All receipts, the newest first."""
    found = repo.guard("run", "--list", "--format", "json").report["receipts"]
    assert isinstance(found, list)
    return found


def test_output_input_and_exit_status_are_the_commands(repo: Repo) -> None:
    """Input, streams and exit status of a command pass through unchanged."""
    ran = run(repo, "sh", "-c", "cat; echo out; echo err >&2; exit 42", stdin=b"in\xff\n")
    assert (ran.code, ran.out, ran.err) == (42, "in\udcff\nout\n", "err\n")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 0", 0),
        ("exit 255", 255),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("kill -SEGV $$", 139),
    ],
)
def test_every_way_to_end(repo: Repo, script: str, code: int) -> None:
    """An exit status comes through, and 128 + n after signal n; both are recorded."""
    assert run(repo, "sh", "-c", script).code == code
    assert receipts(repo)[0]["exit"] == code


def test_what_is_recorded(repo: Repo) -> None:
    """A receipt has words, place, branch, time, both trees and the end of the output."""
    session(repo, "web")
    run(repo, "sh", "-c", "echo one; printf two >&2", cwd=repo.path / "src")
    (one,) = receipts(repo)
    assert one["argv"] == ["sh", "-c", "echo one; printf two >&2"]
    assert (
        one["directory"],
        one["branch"],
        one["contract"],
        one["exit"],
        one["origin"],
        one["sound"],
    ) == (
        "src",
        "web",
        "web",
        0,
        "run",
        True,
    )
    assert one["before"] == one["after"] == repo.git("rev-parse", "HEAD^{tree}")
    assert (one["changed"], one["altered"]) == ([], 0)
    assert [(stream["name"], stream["size"], stream["tail"]) for stream in one["streams"]] == [
        ("output", 4, "one\n"),
        ("errors", 3, "two"),
    ]
    assert (
        one["streams"][0]["sha256"]
        == "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    )
    assert one["started"].endswith("Z")
    assert 0 <= one["duration"] < 60


def test_one_stream_stays_in_order(repo: Repo) -> None:
    """Output and errors in one place keep the order in which they were written."""
    script = "for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done"
    argv = [*GUARD, "run", "--", "sh", "-c", script]
    done = subprocess.run(
        argv, cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )
    assert done.stdout.decode().split() == [
        f"{word}{number}" for number in range(1, 6) for word in ("out", "err")
    ]
    assert [stream["name"] for stream in receipts(repo)[0]["streams"]] == ["output"]


def test_much_output_is_not_kept_in_memory(repo: Repo) -> None:
    """A hundred megabytes pass through; guard keeps the last few kilobytes and does not grow."""
    script = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], "
        "stdout=subprocess.DEVNULL).returncode; "
    )
    script += "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    megabytes = "import sys; [sys.stdout.write('x' * 999_999 + chr(10)) for _ in range(100)]"
    argv = [sys.executable, "-c", script, *GUARD, "run", "--", sys.executable, "-c", megabytes]
    code, peak = repo.run(*argv, env=UNMEASURED).out.split()
    assert (code, int(peak) < 100) == ("0", True)
    (stream, _) = receipts(repo)[0]["streams"]
    assert (stream["size"], len(stream["tail"])) == (100_000_000, 4096)


def test_a_reader_that_goes_away(repo: Repo) -> None:
    """A command whose reader has had enough ends as it would alone."""
    argv = [*GUARD, "run", "--", "sh", "-c", "yes; echo $? >&2"]
    with subprocess.Popen(
        argv, cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"y\ny\n"
        process.stdout.close()
        assert process.stderr.read() == b"141\n"
    assert receipts(repo)[0]["exit"] == 0


def test_closed_streams(repo: Repo) -> None:
    """A command runs also where nobody listens at all."""
    guard = " ".join(GUARD)
    assert (
        repo.run("sh", "-c", f"{guard} run -- sh -c 'echo hi; exit 3' >&- 2>&- <&-", ok=()).code
        == 3
    )
    assert receipts(repo)[0]["streams"][0]["tail"] == "hi\n"


def test_what_runs_on_in_the_background_holds_nobody_up(repo: Repo) -> None:
    """guard ends with the command, not with what the command left running."""
    begin = time.monotonic()
    ran = run(repo, "sh", "-c", "sleep 60 & echo now")
    assert (ran.code, ran.out) == (0, "now\n")
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize(
    ("argv", "code"),
    [(["no-such-command"], 127), (["./README.md"], 126), (["/"], 126), (["./nowhere/x"], 127)],
)
def test_what_cannot_be_started(repo: Repo, argv: list[str], code: int) -> None:
    """A command that cannot start ends as in a shell, with a hint and without a receipt."""
    ran = run(repo, *argv)
    assert (ran.code, ran.out) == (code, "")
    assert argv[0] in ran.err
    assert "hint: " in ran.err
    assert receipts(repo) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is no command to run"),
        (["--"], "there is no command to run"),
        (["--list", "make"], "--list takes no command"),
        (["--lst"], "no such option"),
        (["--format", "xml"], "is not one of"),
    ],
)
def test_words_that_do_not_fit(repo: Repo, words: list[str], said: str) -> None:
    """Without a command, or with one too many, it is a usage error with an example."""
    ran = repo.guard("run", *words)
    assert ran.code == 2
    assert said in ran.err
    assert "guard run" in ran.err


def test_options_of_the_command_are_the_commands(repo: Repo) -> None:
    """Behind the command's name guard looks for nothing, with or without the two dashes."""
    assert repo.guard("run", "echo", "--list", "--", "-x").out == "--list -- -x\n"
    assert repo.guard("run", "--", "printf", "%s", "--help").out == "--help"


def test_outside_of_a_repository(tmp_path: Path) -> None:
    """Where nothing can be recorded nothing is run."""
    ran = Repo(tmp_path).guard("run", "--", "touch", "ran")
    assert ran.code == 2
    assert not (tmp_path / "ran").exists()


def test_where_guard_is_not_adopted(empty: Repo) -> None:
    """A repository without policy, and one without a commit, can record all the same."""
    assert run(empty, "true").code == 0
    empty.commit({"a": "a"})
    assert run(empty, "true").code == 0
    assert len(receipts(empty)) == 2


def test_a_clean_environment(repo: Repo) -> None:
    """Nothing that git tells a hook reaches the command; what a person set for themselves does."""
    hook = (
        subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, check=True)
        .stdout.decode()
        .split()
    )
    inside = {
        "GIT_DIR": str(repo.path / ".git"),
        "GIT_INDEX_FILE": ".git/index",
        "GIT_WORK_TREE": str(repo.path),
    }
    mine = {"GIT_AUTHOR_NAME": "Grace", "GIT_SSH_COMMAND": "ssh -x"}
    more = {
        "GIT_QUARANTINE_PATH": "x",
        "GIT_CONFIG_KEY_0": "a.b",
        "GIT_CONFIG_VALUE_0": "c",
        "GIT_PREFIX": "src/",
        "GIT_EXTERNAL_DIFF": "x",
    }
    wanted = dict.fromkeys(
        {"GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"}.intersection(hook), "x"
    )
    ran = run(
        repo,
        sys.executable,
        "-c",
        "import json, os; print(json.dumps(dict(os.environ)))",
        env={**wanted, **more, **inside, **mine},
    )
    seen = json.loads(ran.out)
    assert {**seen, **mine} == seen
    assert not seen.keys() & {*hook, *more}


def test_a_test_suite_that_makes_repositories_in_a_hook(repo: Repo, tmp_path: Path) -> None:
    """In a hook, a command that makes a repository leaves the real one alone (githooks(5))."""
    other = repo.worktree("other")
    suite = (
        f"mkdir {tmp_path}/s && cd {tmp_path}/s && git init -q . && git config user.name x && "
        "git commit -q --allow-empty -m x"
    )
    hook = repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {' '.join(GUARD)} run -- sh -c '{suite}'\n")
    hook.chmod(0o755)
    other.write({"x": "x"}).git("add", "x")
    other.git("commit", "-q", "-m", "work")
    assert other.git("log", "-1", "--format=%s") == "work"
    assert repo.git("config", "--get", "user.name", ok=(1,)) == ""
    assert (tmp_path / "s/.git").is_dir()


@pytest.mark.parametrize(
    ("script", "changed", "altered", "said"),
    [
        ("true", [], 0, ""),
        ("echo >> ignored.o", [], 0, ""),
        ("echo x >> src/a.py", [["M", "src/a.py"]], 1, "src/a.py changed\n  so it proves nothing"),
        ("rm src/a.py", [["D", "src/a.py"]], 1, "src/a.py deleted"),
        (
            "echo > report.xml",
            [["A", "report.xml"]],
            0,
            "report.xml added\n  its new files count as changes",
        ),
        ("chmod +x src/a.py", [["M", "src/a.py"]], 1, "src/a.py changed"),
        ("echo > \"$(printf 'e\\033[31m')\"", [["A", "e\x1b[31m"]], 0, "e\\e[31m added"),
        ("git commit -q --allow-empty -m x", [], 0, ""),
    ],
)
def test_a_command_that_changes_what_it_runs_on(
    repo: Repo, script: str, changed: list[list[str]], altered: int, said: str
) -> None:
    """A change of the working tree is recorded and reported; ignored files do not count."""
    repo.commit({".gitignore": "*.o\n"})
    ran = run(repo, "sh", "-c", script)
    assert ran.code == 0
    assert said in ran.err
    assert bool(ran.err) == bool(said)
    one = receipts(repo)[0]
    assert (one["changed"], one["altered"]) == (changed, altered)
    assert (one["before"] == one["after"]) == (not changed)


def test_uncommitted_work_is_part_of_the_tree(repo: Repo) -> None:
    """A run before the commit is on the commit's tree; the index stays as it was."""
    repo.write({"src/a.py": "new\n", "src/b.py": "b\n"}).git("add", "src/b.py")
    before = repo.git("status", "--porcelain")
    run(repo, "true")
    assert repo.git("status", "--porcelain") == before
    repo.commit()
    assert receipts(repo)[0]["before"] == repo.git("rev-parse", "HEAD^{tree}")


def test_the_handoff_is_not_part_of_the_tree(repo: Repo) -> None:
    """Writing the handoff does not make another tree; writing another session's does."""
    session(repo, "web")
    for file in ("", ".guard/handoffs/web.md", ".guard/handoffs/api.md"):
        repo.write({file: "x"} if file else {})
        run(repo, "true")
    third, second, first = receipts(repo)
    assert first["before"] == second["before"] != third["before"]


def test_secrets_are_not_recorded(repo: Repo) -> None:
    """Masked values are neither in a receipt's words nor in its output."""
    repo.commit({"guard.toml": BASE + "[handoff]\nmask = ['--pin']\n"})
    run(repo, "echo", "--pin", "12345", "--token", "abcdef", "12345")
    one = receipts(repo)[0]
    assert one["argv"] == ["echo", "--pin", "***", "--token", "abcdef", "12345"]
    assert one["streams"][0]["tail"] == "--pin *** --token abcdef ***\n"


def test_the_list(repo: Repo) -> None:
    """The list has a line for each command, the latest first, with its tree."""
    assert (
        repo.guard("run", "--list").out == "nothing was recorded yet\nnext: guard run -- COMMAND\n"
    )
    run(repo, "sh", "-c", "exit 3")
    repo.write({"src/a.py": "new\n"})
    run(repo, "echo", "a b", "\x1b[31m", cwd=repo.path / "src")
    run(repo, "sh", "-c", "echo >> src/a.py")
    repo.write({"src/a.py": "new\n"})
    first, second, third = repo.guard("run", "--list").out.splitlines()
    assert "exit 0" in first
    assert first.endswith("changed it      echo >> src/a.py")
    assert second.endswith("this tree       echo 'a b' '\\e[31m' (in src)")
    assert "exit 3" in third
    assert " tree " in third
    store = repo.path / ".git/guard/receipts"
    newest = max(store.glob("*.json"))
    newest.write_text(newest.read_text().replace('"exit": 0', '"exit": 1'))
    assert "  edited  " in repo.guard("run", "--list").out


def test_the_list_in_a_bare_repository(repo: Repo) -> None:
    """Where there is no working tree there may still be receipts."""
    run(repo, "true")
    bare = Repo(repo.path / ".git")
    bare.git("config", "core.bare", "true")
    assert bare.guard("run", "--list", "--format", "json").report["tree"] is None
    assert bare.guard("run", "--", "true").code == 2


def listen(repo: Repo, count: int, *names: str) -> subprocess.Popen[bytes]:
    """Start a command that ends after so many signals; it is ready when this returns."""
    argv = [*GUARD, "run", "--", sys.executable, "-c", LISTENER, str(count), *names]
    process = subprocess.Popen(argv, cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize(
    "name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"]
)
def test_signals_are_passed_on(repo: Repo, name: str) -> None:
    """What is sent to guard reaches the command, once, and the command decides how it ends."""
    with listen(repo, 2, name) as process:
        assert process.stdout is not None
        for _ in range(2):
            process.send_signal(getattr(signal, name))
            assert process.stdout.readline() == f"got {name}\n".encode()
        assert process.stdout.read() == b""
    assert process.returncode == 7
    assert receipts(repo)[0]["exit"] == 7


def test_a_signal_that_ends_the_command(repo: Repo) -> None:
    """A command that a signal ends is recorded, and guard ends with 128 + n."""
    with listen(repo, 1, "SIGUSR1") as process:
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 143
    assert receipts(repo)[0]["exit"] == 143


def test_without_a_sender(repo: Repo) -> None:
    """Where the system does not tell who sent a signal (macOS), it is passed on all the same."""
    start = (
        "import signal, sys; del signal.sigwaitinfo; from guard.__main__ import main; "
        "sys.exit(main())"
    )
    argv = [
        sys.executable,
        "-I",
        "-c",
        start,
        "run",
        "--",
        sys.executable,
        "-c",
        LISTENER,
        "1",
        "SIGTERM",
    ]
    with subprocess.Popen(argv, cwd=repo.path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b"got SIGTERM\n"
    assert process.returncode == 7


class Terminal:
    """A terminal with guard in it, as a person sits before one."""

    def __init__(self, repo: Repo, *argv: str) -> None:
        self.pid, self.ends = pty.fork()
        if not self.pid:
            os.chdir(repo.path)
            os.execvp(GUARD[0], [*GUARD, "run", "--", *argv])
        self.seen = b""

    def until(self, text: bytes) -> bytes:
        """Read until a text appears; give all that was seen."""
        deadline = time.monotonic() + 30
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self.ends], [], [], 1)[0]:
                try:
                    self.seen += os.read(self.ends, 4096)
                except OSError:  # the other side is closed
                    break
        assert text in self.seen, self.seen
        return self.seen

    def end(self) -> int:
        """Wait for the end; give the exit status."""
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.ends)
        return os.waitstatus_to_exitcode(status)


def test_a_terminal_stays_one(repo: Repo) -> None:
    """In a terminal a command gets one of the same size, and its output is unchanged."""
    import termios

    terminal = Terminal(repo, sys.executable, "-c", f"{LOOK}; input(); print('a\\tb')")
    termios.tcsetwinsize(terminal.ends, (33, 77))
    terminal.until(b"[True, True, True]")
    os.write(terminal.ends, b"\n")
    assert b"a\tb\r\n" in terminal.until(b"b\r\n")
    assert terminal.end() == 0
    assert receipts(repo)[0]["streams"][0]["tail"].endswith("a\tb\n")


def test_only_what_is_a_terminal(repo: Repo) -> None:
    """In a pipe a command sees a pipe, as it would alone."""
    assert run(repo, sys.executable, "-c", LOOK).out == "[False, False, False] None\n"


def test_ctrl_c_reaches_the_command_once(repo: Repo) -> None:
    """The terminal itself sends signals of keys to the command; guard sends no second one."""
    terminal = Terminal(repo, sys.executable, "-c", LISTENER, "2", "SIGINT", "SIGUSR1")
    terminal.until(b"ready")
    os.write(terminal.ends, b"\x03")
    terminal.until(b"got SIGINT")
    os.kill(terminal.pid, signal.SIGUSR1)
    assert terminal.until(b"got SIGUSR1").count(b"got SIGINT") == 1
    assert terminal.end() == 7


def test_a_window_that_changes_its_size(repo: Repo) -> None:
    """When the terminal is resized, the command gets a signal and the new size."""
    import termios

    look = "import os, signal, sys; print('ready', flush=True); signal.sigwait([signal.SIGWINCH]); "
    look = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH]); " + look
    look += "signal.sigtimedwait([signal.SIGWINCH], 1); print(os.get_terminal_size(1).columns)"
    terminal = Terminal(repo, sys.executable, "-c", look)
    terminal.until(b"ready")
    termios.tcsetwinsize(terminal.ends, (20, 123))
    terminal.until(b"123")
    assert terminal.end() == 0


def test_help(repo: Repo) -> None:
    """The help says what a receipt is and how guard ends."""
    ran = repo.guard("run", "--help")
    assert ran.code == 0
    assert "127 if there is no such command" in ran.out


def test_a_contract_that_cannot_be_read_stops_it(repo: Repo) -> None:
    """Two contracts for one branch are an error before anything runs."""
    repo.contract("one", owns=["src/"], branches=["web"]).contract(
        "two", owns=["docs/"], branches=["web"]
    ).branch("web")
    ran = repo.guard("run", "--", "touch", "ran")
    assert ran.code == 2
    assert "both claim" in ran.err
    assert not (repo.path / "ran").exists()


def test_a_tree_that_cannot_be_read_afterwards(repo: Repo) -> None:
    """Once a command ran, its exit status counts; a missing receipt is reported."""
    ran = run(repo, "sh", "-c", "echo nonsense > .git/index; exit 5")
    assert ran.code == 5
    assert "no receipt was kept" in ran.err


def test_the_receipts_of_a_declared_contract(repo: Repo) -> None:
    """A contract that is only in the working tree names the session, too."""
    repo.branch("web").write({".guard/contracts/web.toml": toml({"owns": ["src/"]})})
    run(repo, "true")
    assert receipts(repo)[0]["contract"] == "web"
