"""`guard status` of fifty worktrees, half of them dirty, beside `git status` in all of them."""

from __future__ import annotations

import os
import pty
import select
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from bench.layout import packages
from bench.measure import Command, Sample, run, turns, which
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_WORKTREES = 50
_EDITED = 5  # files with uncommitted changes, in every other worktree
_NAMES = 0.15  # seconds until the names are there
_FIRST, _LATER = 2.0, 1.4
_RACY = 0.4  # where git reads the files again each time


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Measure the names, the first whole look and the next one; git runs on all cores at once."""
    files, count = min(sizes.files, 5_000), _WORKTREES if sizes.files > 1_000 else 4
    folder = workshop.made(
        f"worktrees-{count}-{files}", (files, count), partial(_build, workshop, files, count)
    )
    main = os.path.join(folder, "main")
    status = Command([guard.guard, "status"], main, workshop.env)

    def look(*, first: bool) -> Sample:
        if first:
            shutil.rmtree(os.path.join(main, ".git/guard"), ignore_errors=True)
        return run(status)

    runs = {
        "git": partial(_git_everywhere, workshop, folder, count),
        "first": partial(look, first=True),
        "names": partial(_until_names, status),
    }
    taken = turns(runs, sizes.long_rounds, sizes.warm_ups and 1)
    run(status)
    runs = {"git": runs["git"], "later": partial(look, first=False)}
    again = turns(runs, sizes.long_rounds, sizes.warm_ups and 1)
    doubted = _of_doubted_indexes(workshop, status, folder, count, sizes)
    first, later, names = taken["first"], again["later"], taken["names"]
    what = f"`guard status`, {count} worktrees of {files:,} files, half of them dirty"
    over = Ratio(first.median / taken["git"].median, "× git status everywhere", at_most=_FIRST)
    after = Ratio(later.median / again["git"].median, "× git status, later", at_most=_LATER)
    return [
        Line("status", f"{what}: names", names, [Ratio(names.median / _NAMES, "× 150 ms", 1)]),
        Line("status", f"{what}: the first look", first, [over]),
        Line("status", f"{what}: again", later, [after]),
        Line("status", "git status in all of them, on all cores", again["git"]),
        *doubted,
    ]


def _of_doubted_indexes(
    workshop: Workshop, status: Command, folder: str, count: int, sizes: Sizes
) -> list[Line]:
    """As after `git worktree add`: git reads each file again that is as old as its index."""
    indexes = [os.path.join(status.folder, f".git/worktrees/w{one}/index") for one in range(count)]
    times = [os.stat(index).st_mtime_ns for index in indexes]
    for index in indexes:
        os.utime(index, (1, 1))
    run(status)
    runs = {
        "git": partial(_git_everywhere, workshop, folder, count),
        "later": partial(run, status),
    }
    taken = turns(runs, sizes.long_rounds, sizes.warm_ups and 1)
    for index, time_ns in zip(indexes, times, strict=True):
        os.utime(index, ns=(time_ns, time_ns))
    over = Ratio(taken["later"].median / taken["git"].median, "× git status, racy", _RACY)
    return [
        Line("status", "the same, indexes as old as their files: again", taken["later"], [over]),
        Line("status", "git status in all of them then, on all cores", taken["git"]),
    ]


def _git_everywhere(workshop: Workshop, folder: str, count: int) -> Sample:
    words = [which(workshop.env, "git"), "--no-optional-locks", "status", "--porcelain"]
    start, busy = time.perf_counter(), os.times()

    def one(number: int) -> None:
        place = os.path.join(folder, f"w{number}")
        actions = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        argv = [words[0], "-C", place, *words[1:]]
        os.waitpid(os.posix_spawn(argv[0], argv, workshop.env, file_actions=actions), 0)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(count)))
    now = os.times()
    return Sample(time.perf_counter() - start, sum(now[2:4]) - sum(busy[2:4]))


def _until_names(command: Command) -> Sample:
    """The time until a terminal shows the names; then the look goes on to its end."""
    os.chdir(command.folder)
    reader, terminal = pty.openpty()
    start, shown = time.perf_counter(), 0.0
    actions = [(os.POSIX_SPAWN_DUP2, terminal, 1), (os.POSIX_SPAWN_CLOSE, reader)]
    env = {**command.env, "TERM": "xterm"}
    pid = os.posix_spawn(command.argv[0], list(command.argv), env, file_actions=actions)
    os.close(terminal)
    said = b""
    while select.select([reader], [], [], 60)[0]:
        try:
            said += os.read(reader, 1 << 16)
        except OSError:  # the other end is closed (Linux: EIO)
            break
        if not shown and b"reading" in said:
            shown = time.perf_counter() - start
    os.close(reader)
    _, _, usage = os.wait4(pid, 0)
    return Sample(shown, usage.ru_utime + usage.ru_stime)


def _build(workshop: Workshop, files: int, count: int, folder: str) -> None:
    main = os.path.join(folder, "main")
    os.makedirs(main)
    workshop.git(main, "init", "-q", "-b", "main")
    paths = sorted(path for package in packages(files) for path in package.paths)
    workshop.git(main, "fast-import", "--quiet", stdin=b"".join(_history(paths, count)))
    workshop.git(main, "reset", "-q", "--hard")
    part = len(paths) // count
    for number in range(count):
        place = os.path.join(folder, f"w{number}")
        workshop.git(main, "worktree", "add", "-q", place, f"session-{number}")
        own = paths[number * part : (number + 1) * part][: _EDITED * (number % 2)]
        for path in own:
            with open(os.path.join(place, path), "a", encoding="utf-8") as file:
                file.write("more\n")
        if number % 2:
            with open(os.path.join(place, own[0] + ".new"), "w", encoding="utf-8") as file:
                file.write("new\n")
    time.sleep(1.1)  # entries as old as the index are read again (racy-git)
    for number in range(count):
        place = os.path.join(folder, f"w{number}")
        workshop.git(place, "update-index", "-q", "--refresh")


def _history(paths: list[str], count: int) -> Iterator[bytes]:
    """The base with a contract for each session, and a branch of each with changes of its own."""
    part = len(paths) // count
    own = [paths[number * part : (number + 1) * part] for number in range(count)]
    yield b"commit refs/heads/main\nmark :1\n" + _WHO
    yield _file("guard.toml", b'base = "main"\nsessions = 1000\n')
    for path in paths:
        yield _file(path, _content(path))
    for number, those in enumerate(own):
        listed = ", ".join(f'"/{path}"' for path in those[:100])
        text = f'goal = "Session {number}."\nowns = [{listed}, "*.new"]\n'
        yield _file(f".guard/contracts/session-{number}.toml", text.encode())
    for number, those in enumerate(own):
        yield f"commit refs/heads/session-{number}\n".encode() + _WHO + b"from :1\n"
        for path in those[-_EDITED:]:
            yield _file(path, _content(path) + b"changed\n")


_WHO = b"committer x <x@example.com> 1767323045 +0000\ndata 1\nx\n"


def _content(path: str) -> bytes:
    return b"".join(b"%s line %d\n" % (path.encode(), number) for number in range(60))


def _file(path: str, data: bytes) -> bytes:
    return f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
