"""`guard demo`, as its reader runs it: the real program in a process of its own."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import GUARD, Ran, Repo, alone

WORKTREE = "shop/.claude/worktrees/shipping-address"  # the one that is left
VERDICTS = """\
  cart-discounts    kept · as expected
  order-export      broken: OWN001 web/checkout.ts, OWN002 payments/refund.ts · as expected
  shipping-address  broken: SHR001 types/address.ts · as expected
  together          conflict: cart-discounts, order-export in web/checkout.ts · as expected
  finished          cart-discounts, order-export · as expected
"""
FOLDERS = "api payments shipping types web guard.toml .guard/contracts/".split()
STORY = "init start check status conflicts integrate finish".split()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files, empty at the start."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def demo(where: Path, *words: str, env: dict[str, str] | None = None) -> Ran:
    """Run `guard demo` in a directory that is no repository."""
    return Repo(where).guard("demo", *words, env=env)


def typed(text: str) -> list[str]:
    """Give the commands that a text shows, in order."""
    return re.findall(r"^  \$ (.+)$", text, re.MULTILINE)


def test_it_tells_the_whole_story_and_removes_everything(temporary: Path, repo: Repo) -> None:
    """The sessions end as expected, the output fits on three screens, and nothing is left.

    Run by a hook of another repository, with git's variables, the demo changes nothing there.
    """
    hook = {
        "GIT_DIR": str(repo.path / ".git"),
        "GIT_INDEX_FILE": str(repo.path / ".git" / "index"),
        "GIT_WORK_TREE": str(repo.path),
    }
    before = {path: path.read_bytes() for path in repo.path.rglob("*") if path.is_file()}
    ran = demo(repo.path, env=hook)

    assert (ran.code, ran.err) == (0, "")
    assert {path: path.read_bytes() for path in repo.path.rglob("*") if path.is_file()} == before
    assert VERDICTS in ran.out
    assert ran.out.count("$ guard check\nguard: contract ") == 3
    commands = [line.split()[1] for line in typed(ran.out) if line.startswith("guard ")]
    assert [word for word in dict.fromkeys(commands) if word != "handoff"] == STORY
    assert commands.count("start") == 3
    assert "main has moved: 2 sessions" in ran.out
    assert "guard works here." in ran.out
    assert len(ran.out.splitlines()) <= 150
    assert "\x1b" not in ran.out
    assert list(temporary.iterdir()) == []


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory that a run with `--into` kept, which was empty, and what it printed."""
    top = tmp_path_factory.mktemp("kept") / "new dir"
    top.mkdir()
    ran = demo(top.parent, "--into", str(top), env=alone(top.parent))
    assert ran.code == 0, ran
    return top, ran.out


def test_what_is_kept_can_be_looked_at(kept: tuple[Path, str], tmp_path: Path) -> None:
    """Every command that the demo suggests for looking around works unchanged."""
    top, out = kept
    enter, *suggested, last = typed(out.partition("To look around:")[2])

    assert (enter, last) == (f"cd '{top}/{WORKTREE}'", f"rm -r '{top}'")
    for command in suggested:
        ran = Repo(tmp_path).run(
            "sh", "-c", f"{enter} && {command}", ok=(1,) if command.endswith("--all") else (0,)
        )
        assert ran.err == ""
    assert Repo(top / "shop").check("--all").report["format"] == "guard-reports-1"


def test_the_commands_shown_are_what_was_done(kept: tuple[Path, str], tmp_path: Path) -> None:
    """The shown commands, typed by hand, give the same branches, files, messages and edits."""
    top, out = kept
    lines = typed(out.partition("What guard must say")[0])
    assert lines[0] == f"cd '{top}/shop'"
    other = tmp_path / "other"
    by_hand = Repo.init(other / "shop")
    first = Repo(top / "shop").git("rev-list", "--max-parents=0", "main")
    by_hand.git("pull", "-q", str(top / "shop"), first)
    typist = f'guard() {{ {" ".join(GUARD)} "$@"; }}'
    script = "\n".join([typist, *lines]).replace(str(top), str(other))
    by_hand.run("sh", "-c", script)

    for name in ("shop", WORKTREE):
        shown, done = Repo(top / name), Repo(other / name)
        for question in (
            ["log", "--first-parent", "--format=%s"],
            ["ls-tree", "-r", "HEAD", *FOLDERS],
            ["status", "--porcelain=v1", "--branch", "-uall"],
            ["diff", "HEAD"],
        ):
            assert shown.git(*question) == done.git(*question)


def test_work_that_is_there_is_never_overwritten(temporary: Path) -> None:
    """A directory with files, a file and an empty name are refused; nothing is written."""
    (temporary / "mine").mkdir()
    (temporary / "mine" / "thesis.txt").write_text("years\n")
    for word, message in (
        ("mine", "mine is not empty, and nothing is ever overwritten"),
        ("mine/thesis.txt", "mine/thesis.txt cannot be used: Not a directory"),
        ("", "--into has an empty value"),
    ):
        ran = demo(temporary, "--into", word)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"guard: {message}\n  hint: name a directory that is empty")
    assert [path.name for path in temporary.rglob("*")] == ["mine", "thesis.txt"]


def test_a_guard_that_says_something_else_is_noticed(temporary: Path, tmp_path: Path) -> None:
    """If git fails under a session, the demo shows both outcomes and exits with status 1."""
    broken = tmp_path / "bin" / "git"
    broken.parent.mkdir()
    broken.write_text(
        '#!/bin/sh\ncase "$PWD" in */order-export) exit 9;; esac\nPATH=${PATH#*:} exec git "$@"\n'
    )
    broken.chmod(0o755)
    ran = demo(temporary, env={"PATH": f"{broken.parent}:{os.environ['PATH']}"})

    assert ran.code == 1
    assert "  cart-discounts    kept · as expected\n" in ran.out
    assert "OWN002 payments/refund.ts · but it said: broken: OWN001 web/checkout.ts\n" in ran.out
    assert "guard does not work here as it should" in ran.out
    assert list(temporary.iterdir()) == []


def demo_after(setting: str, where: Path) -> Ran:
    """Run `guard demo` in a Python where something else is set."""
    program = (
        f"import sys, tempfile; {setting}\nfrom guard.__main__ import run\nsys.exit(run(['demo']))"
    )
    return Repo(where).run(GUARD[0], "-c", program, ok=())


def test_a_program_that_does_not_run_is_noticed(temporary: Path) -> None:
    """Where guard itself cannot be started as a process, the demo says so instead of a verdict."""
    ran = demo_after("sys.executable = '/bin/false'", temporary)

    assert ran.code == 1
    assert ran.out.count("but it said: nothing\n") == 5


def test_no_room_for_temporary_files_is_an_error_with_a_way_out(temporary: Path) -> None:
    """Where no temporary directory can be used, the hint names the option that needs none."""
    ran = demo_after("tempfile.tempdir = '/nonexistent'", temporary)

    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err == "guard: cannot make a temporary directory: No such file or directory\n"
        "  hint: guard demo --into DIR\n"
    )


def test_interrupting_leaves_nothing_behind(temporary: Path) -> None:
    """Ctrl-C while it works ends it with status 130, and everything is removed."""
    running = subprocess.Popen(
        [*GUARD, "demo"],
        cwd=temporary,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stdout
    for line in running.stdout:
        if b"$ guard start" in line:
            break
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, told = running.communicate(timeout=60)

    assert (running.returncode, told.splitlines()[-1]) == (130, b"guard: interrupted")
    assert list(temporary.iterdir()) == []


def test_a_terminal_has_colours(temporary: Path) -> None:
    """On a terminal the output has colours, those of the verdicts too.

    With `--keep` the one directory left behind is the one that is named.
    """
    shown = b"".join(on_a_terminal(["demo", "--keep"], temporary, {"TERM": "xterm"})).decode()
    [top] = temporary.iterdir()

    assert [path.name for path in top.iterdir()] == ["shop"]
    assert f"cd {top}/{WORKTREE}" in shown
    assert "contract " in shown
    assert "\x1b[1m1. Ada" in shown
    assert "\x1b[1;31mbroken\x1b[0m" in shown


def on_a_terminal(words: list[str], where: Path, env: dict[str, str]) -> Iterator[bytes]:
    """Run guard on a terminal of its own and give what that shows."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*GUARD, *words],
        cwd=where,
        env={**os.environ, **env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            yield os.read(ours, 65536)
        except OSError:  # Linux says so when nobody has the other end any more (tty_ioctl(4), EIO)
            break
    os.close(ours)
    assert running.wait(timeout=60) == 0
