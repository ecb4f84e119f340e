"""10, 100 and 1,000 sessions at once: what each question of guard costs beside git itself.

The sessions are made, or they are the pull requests of a clone that has `refs/pull` (`heads`).
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from bench.between import history, name_of
from bench.live import add_siblings
from bench.measure import Command, Sample, Times, in_turns, run, turns, which
from bench.repositories import Recipe
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.installed import Installed
    from bench.repositories import Workshop
    from bench.sizes import Sizes

_ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.py")
_WORKTREES = 100  # at most: a worktree is a checkout
_NOTED = 40  # paths in the live note of each
_PATTERNS = 50  # at most, in the contract of a pull request
_MEETS = (0, 1)  # exit statuses: nobody meets, somebody does


def lines(workshop: Workshop, guard: Installed, sizes: Sizes, heads: str = "") -> list[Line]:
    """Measure each number of sessions. Raises CalledProcessError, WrongEnding."""
    found = []
    for count in sizes.fleets:
        if heads:
            folder = _borrowed(workshop, os.path.abspath(heads), count)
            whose = f"{count:,} pull requests of {os.path.basename(os.path.dirname(heads))}"
        else:
            files = min(sizes.files, 5_000)
            build = partial(_made, workshop, files, count)
            folder = workshop.made(f"scale-{count}-{files}", (files, count), build)
            whose = f"{count:,} sessions, {files:,} files"
        rounds = sizes.long_rounds if count <= _WORKTREES else 1
        found += _committed(workshop, guard, folder, whose, rounds)
        if count <= _WORKTREES and not heads:
            found += _worktrees(workshop, guard, sizes, count)
    return found


def _committed(
    workshop: Workshop, guard: Installed, folder: str, topic: str, rounds: int
) -> list[Line]:
    """What is asked of commits and contracts alone, in a bare repository."""
    program = guard.guard
    env = {**workshop.env, "COLUMNS": "200"}
    asked = ("ci", "--base", "origin/main", "--head", name_of(0), "--branch", name_of(0))
    conflicts = Command([program, "conflicts", "--committed"], folder, env, _MEETS)
    siblings = Command([program, *asked, "--siblings"], folder, env, _MEETS)
    listed = Command([program, "contract", "list"], folder, env)
    overlaps = Command([program, "contract", "overlaps"], folder, env, _MEETS)
    alone = Command([program, *asked], folder, env, _MEETS)

    def first(command: Command) -> Sample:
        kept = os.path.join(folder, "guard", "answers")
        if os.path.exists(kept):
            os.unlink(kept)
        return run(command)

    def by_git() -> Sample:
        words = workshop.run(folder, guard.python, "-I", _ENGINE, "stdin").split()
        return Sample(float(words[0]), float(words[1]))

    taken = {"git": turns({"git": by_git}, rounds, 0)["git"]}
    # The first look keeps what the next one reads, so these do not take turns.
    taken |= turns({"first": partial(first, conflicts)}, rounds, 0)
    taken |= in_turns({"again": conflicts}, rounds, 0)
    taken |= turns({"alone": partial(run, alone), "new": partial(first, siblings)}, rounds, 0)
    taken |= in_turns({"list": listed, "overlaps": overlaps}, rounds, 0)
    git, listing = taken["git"], taken["list"]
    return [
        Line(topic, "git merge-tree --stdin, all pairs (of 2,000, scaled)", git),
        _beside(topic, "`guard conflicts --committed`, first", taken["first"], git, "git"),
        _beside(topic, "… again", taken["again"], git, "git"),
        Line(topic, "`guard ci` of one", taken["alone"]),
        _beside(topic, "`guard ci --siblings`, new clone", taken["new"], taken["alone"], "alone"),
        Line(topic, "`guard contract list`", listing),
        _beside(topic, "`guard contract overlaps`", taken["overlaps"], listing, "list"),
    ]


def _beside(topic: str, what: str, own: Times, floor: Times, name: str) -> Line:
    """A line with its share of processor time: it says more on a busy machine."""
    ratio = Ratio(own.processor / floor.processor, f"× processor time of {name}")
    return Line(topic, what, own, [ratio])


def _worktrees(workshop: Workshop, guard: Installed, sizes: Sizes, count: int) -> list[Line]:
    """What a commit waits for, and a list of who works here."""
    recipe = Recipe(sizes.small, staged=10, linked=True)
    place = workshop.place(f"fleet-{count}", recipe)
    add_siblings(workshop, place, count, _NOTED)
    git, folder = which(place.env, "git"), place.folder
    commands = {
        "python": Command([guard.python, "-I", "-c", "pass"], workshop.folder, workshop.env),
        "diff": Command([git, "diff-index", "--cached", "--raw", "-z", "HEAD"], folder, place.env),
        "hook": Command([guard.guard, "hook", "pre-commit"], folder, place.env),
        "list": Command([git, "worktree", "list"], folder, workshop.env),
        "sessions": Command([guard.guard, "sessions"], folder, workshop.env),
    }
    taken = in_turns(commands, sizes.check_rounds, sizes.warm_ups)
    topic = f"{count:,} worktrees, {sizes.small:,} files"
    python, noted = taken["python"].processor, f"{_NOTED} uncommitted paths in each"
    floor = taken["diff"]._replace(processor=python + taken["diff"].processor)
    listing = taken["list"]._replace(processor=python + taken["list"].processor)
    return [
        _beside(topic, f"`guard hook pre-commit`, {noted}", taken["hook"], floor, "Python and git"),
        Line(topic, "git worktree list", taken["list"]),
        _beside(topic, "`guard sessions`", taken["sessions"], listing, "Python and git"),
    ]


def _made(workshop: Workshop, files: int, count: int, folder: str) -> None:
    """Sessions that were made: each with a contract for its own files, and pushed to origin."""
    workshop.git(folder, "init", "-q", "--bare", "-b", "main")
    stream = history(files, count, _contract)
    workshop.git(folder, "fast-import", "--quiet", stdin=b"".join(stream))
    _publish(workshop, folder, [f"refs/heads/{name_of(at)}" for at in range(count)])


def _borrowed(workshop: Workshop, clone: str, count: int) -> str:
    """The newest pull requests that the base lacks, in a repository that borrows their objects."""
    name = os.path.basename(os.path.dirname(clone))
    tip = workshop.git(clone, "rev-parse", "HEAD")
    return workshop.made(
        f"scale-{name}-{count}", (clone, tip, count), partial(_borrow, workshop, clone, count)
    )


def _borrow(workshop: Workshop, clone: str, count: int, folder: str) -> None:
    workshop.git(folder, "init", "-q", "--bare", "-b", "main")
    with open(os.path.join(folder, "objects/info/alternates"), "w", encoding="utf-8") as file:
        file.write(os.path.join(clone, "objects") + "\n")
    base = workshop.git(clone, "rev-parse", "HEAD")
    agreed: dict[str, bytes] = {}
    refs: list[str] = []
    for head, paths in _open_heads(workshop, folder, clone, base):
        agreed |= _contract(len(refs), paths)
        refs.append(f"create refs/heads/{name_of(len(refs))} {head}\n")
        if len(refs) == count:
            break
    workshop.git(folder, "update-ref", "--stdin", stdin="".join(refs).encode())
    stream = f"commit refs/heads/main\ncommitter x <x@example.com> {int(time.time())} +0000\n"
    stream += f"data 1\nx\nfrom {base}\n"
    files = "".join(
        f"M 100644 inline {path}\ndata {len(data)}\n{data.decode()}\n"
        for path, data in agreed.items()
    )
    workshop.git(folder, "fast-import", "--quiet", stdin=(stream + files).encode())
    _publish(workshop, folder, [f"refs/heads/{name_of(at)}" for at in range(len(refs))])


def _open_heads(
    workshop: Workshop, folder: str, clone: str, base: str
) -> Iterator[tuple[str, list[str]]]:
    """Yield heads and their changed paths, those first for which the host keeps a trial merge."""
    listed = workshop.git(clone, "for-each-ref", "--format=%(refname) %(objectname)", "refs/pull")
    oids = dict(line.split() for line in listed.splitlines())
    names = [name for name in oids if name.endswith("/head")]
    names.sort(key=lambda name: (name[:-4] + "merge" in oids, int(name.split("/")[2])))
    for name in reversed(names):
        try:
            changed = workshop.git(folder, "diff", "--name-only", "-z", f"{base}...{oids[name]}")
        except (subprocess.CalledProcessError, UnicodeDecodeError):  # unrelated, or not here
            continue
        paths = changed.split("\0")[:-1]
        if paths:
            yield oids[name], paths[:_PATTERNS]


def _contract(number: int, paths: Iterable[str]) -> dict[str, bytes]:
    owns = json.dumps(["/" + _literal(path) for path in paths])
    text = f'goal = "Measure."\nowns = {owns}\nbranches = ["{name_of(number)}"]\n'
    return {
        "guard.toml": b'base = "main"\n[handoff]\nrequired = false\n',
        f".guard/contracts/{name_of(number)}.toml": text.encode(),
    }


def _literal(path: str) -> str:
    return "".join("\\" + char if char in "*?[\\ " else char for char in path)


def _publish(workshop: Workshop, folder: str, refs: list[str]) -> None:
    """Let origin have these branches and main, as if they had been pushed and fetched."""
    main = workshop.git(folder, "rev-parse", "main")
    heads = dict(zip(refs, workshop.git(folder, "rev-parse", *refs).split(), strict=True))
    there = {**heads, "refs/heads/main": main}
    updates = (
        f"create refs/remotes/origin/{ref[len('refs/heads/') :]} {oid}\n"
        for ref, oid in there.items()
    )
    workshop.git(folder, "update-ref", "--stdin", stdin="".join(updates).encode())
    workshop.git(folder, "remote", "add", "origin", "https://example.invalid/made.git")
