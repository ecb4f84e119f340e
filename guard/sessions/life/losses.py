"""What removing a worktree would lose: whatever exists there and nowhere else.

Whoever removes a worktree asks `losses` first. What git ignores is precious, too, unless a tool
makes it anew: it lies in a folder of `REBUILDABLE` or in one with a CACHEDIR.TAG, or its name ends
in one of `MADE`; or the main worktree has the same file.
"""

import filecmp
import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from guard.changes.change import GITLINK
from guard.core.files import open_file, read_head
from guard.core.mounts import mounts_below
from guard.core.names import shell_quote, show
from guard.git.ancestry import commit_of
from guard.git.locate import common_dir, holds
from guard.git.objects import object_id
from guard.git.plumbing import Git, at, records
from guard.git.refs import tips
from guard.git.repository import Repository, branch_of, open_repository
from guard.git.snapshot import mode_on_disk
from guard.git.worktrees import OPERATIONS

REBUILDABLE = frozenset(
    "node_modules .venv venv __pycache__ .tox .nox .eggs .pytest_cache .mypy_cache .ruff_cache "
    ".hypothesis .cache build dist target coverage htmlcov .gradle .next .nuxt .turbo "
    ".parcel-cache .svelte-kit .terraform".split()
)
MADE = (".pyc", ".pyo", ".o", ".obj", ".class", ".tsbuildinfo", ".DS_Store")
# bford.info/cachedir
_TAG, _SIGNATURE = "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55"
_SHOWN = 3
TRASH = "refs/guard/trash"
MODIFIED, UNTRACKED, IGNORED = "modified", "untracked", "ignored, and nowhere else"
IN_PROGRESS = "in progress"
HIDDEN = "modified, which git was told not to look at"
INSIDE = "a repository or worktree inside"
UNREACHED = "on no branch"
STASHED = "a stash of its branch"
BUSY = "a process at work inside"
MOUNTED = "mounted from elsewhere"
# What shows a loss that `git status` does not show; the names are quoted for the shell.
_LOOKS = {
    HIDDEN: "git -C {top} cat-file blob :{name} | diff - {top}/{name}; ls -l {top}/{name}",
    INSIDE: "git -C {top}/{name} status --ignored",
    UNREACHED: "git -C {top} log -p -1 {name}",
    STASHED: "git -C {top} stash show -p {name}",
    BUSY: "ps -ww -f -p {number}",
    MOUNTED: "df {top}/{name}",
}


class Loss(NamedTuple):
    """Something that would be gone: what it is, and its path, ref or process."""

    kind: str
    name: str


def told(top: str, lost: Sequence[Loss]) -> str:
    """Say what would be lost, and which command shows it."""
    named = ", ".join(f"{show(one.name)} ({one.kind})" for one in lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    first = lost[0]
    look = _LOOKS.get(first.kind, "git -C {top} status --ignored --untracked-files=all").format(
        top=shell_quote(top), name=shell_quote(first.name), number=first.name.rpartition(" ")[2]
    )
    return f"it has {named}{more}; look: {look}"


def losses(top: str) -> list[Loss]:
    """List what only the linked worktree at `top` has, whatever the configuration hides.

    Commits that only a reflog has do not count. Raises GitError, OSError if that cannot be told.
    """
    repository = open_repository(at(top))
    real = os.path.realpath(top)
    return [
        *(Loss(MOUNTED, os.path.relpath(place, real)) for place in mounts_below(real)),
        *(Loss(MODIFIED, path) for path in _modified(repository.git)),
        *(Loss(HIDDEN, one) for one in _hidden(repository)),
        *(Loss(UNTRACKED, path) for path in _others(repository)),
        *(Loss(IGNORED, path) for path in _ignored(repository)),
        *(Loss(INSIDE, path) for path in _repositories(top)),
        *(Loss(UNREACHED, commit) for commit in _commits(repository)),
        *(Loss(STASHED, stash) for stash in _stashes(repository)),
        *(
            Loss(IN_PROGRESS, what)
            for name, what in OPERATIONS.items()
            if os.path.lexists(os.path.join(repository.git_dir, name))
        ),
        *(Loss(BUSY, process) for process in _processes(repository.top)),
    ]


def ignored_in(top: str) -> tuple[str, ...]:
    """Give what git ignores in a worktree; a folder of which all is ignored as its name and `/`."""
    words = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    return tuple(records(at(top).run(*words).out))


def _modified(git: Git) -> Iterator[str]:
    words = (
        "--porcelain",
        "-z",
        "--untracked-files=no",
        "--no-renames",
        "--ignore-submodules=none",
    )
    return (record[3:] for record in records(git.run("status", *words).out))


def _hidden(repository: Repository) -> Iterator[str]:
    """Files that differ behind `assume-unchanged` and `skip-worktree` (git-update-index(1))."""
    for record in records(repository.git.run("ls-files", "-v", "-s", "-z").out):
        entry, _, path = record.partition("\t")
        tag, mode, oid, _ = entry.split(" ")
        file = os.path.join(repository.top, path)
        if tag == "H" or not os.path.lexists(file) or mode == GITLINK:
            continue
        if tag.islower() or tag == "S":
            content = _content(file)
            is_same = content is not None and mode == mode_on_disk(file)
            if not is_same or object_id("blob", content or b"", repository.object_format) != oid:
                yield path


def _content(file: str) -> bytes | None:
    if os.path.islink(file):
        return os.fsencode(os.readlink(file))
    try:
        with open_file(file) as opened:
            return opened.read()
    except OSError:
        return None


def exact(git: Git, top: str) -> Git:
    """Give a git that tells names apart by case where the file system of `top` does.

    With `core.ignoreCase`, a file whose name differs from a tracked one in case alone is no file.
    """
    is_one = os.path.lexists(os.path.join(top, ".GIT"))
    return git if is_one else git.moved(["core.ignoreCase=false"])


def _others(repository: Repository, *words: str) -> list[str]:
    """Untracked files, or with `--ignored` the ignored ones; no repositories."""
    git = exact(repository.git, repository.top)
    listed = git.run("ls-files", "-z", "--others", "--exclude-standard", *words).out
    return [path for path in records(listed) if not path.endswith("/")]


def _ignored(repository: Repository) -> Iterator[str]:
    top, shared = repository.top, repository.common_dir
    main = os.path.dirname(shared) if os.path.basename(shared) == ".git" else ""

    @cache
    def is_tagged(folder: str) -> bool:
        return read_head(os.path.join(top, folder, _TAG), len(_SIGNATURE)) == _SIGNATURE

    for path in _others(repository, "--ignored"):
        *folders, _ = path.split("/")
        above = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
        if path.endswith(MADE) or REBUILDABLE.intersection(folders) or any(map(is_tagged, above)):
            continue
        if not main or not _is_same(os.path.join(main, path), os.path.join(top, path), top):
            yield path


def _is_same(one: str, other: str, top: str) -> bool:
    """Whether `other`, in the worktree `top`, has nothing that `one` lacks.

    A link to that has nothing of its own; if `one` itself lies in that worktree, by a linked folder
    or one that is mounted, it goes with it.
    """
    where = os.path.join(os.path.realpath(os.path.dirname(one)), os.path.basename(one))
    if any(holds(os.path.realpath(top), place) for place in (where, os.path.realpath(one))):
        return False
    if os.path.islink(other) and os.path.realpath(one) == os.path.realpath(other):
        return True
    if os.path.islink(one) or os.path.islink(other):
        return os.path.islink(one) and os.path.islink(other) and _content(one) == _content(other)
    try:
        if os.path.samefile(one, other) and os.lstat(other).st_nlink == 1:
            return False
        return os.path.isfile(one) and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _repositories(top: str) -> Iterator[str]:
    left = [top]
    while left:
        folder = left.pop()
        with os.scandir(folder) as listed:
            entries = {entry.name: entry for entry in listed}
        if ".git" in entries and folder != top:
            yield os.path.relpath(folder, top)
            continue
        inner = (one for one in entries.values() if one.is_dir(follow_symlinks=False))
        left += [one.path for one in inner if one.name != ".git"]


def _commits(repository: Repository) -> Iterator[str]:
    """Commits of a detached HEAD, and of refs that go with the worktree, that no other ref has.

    What only the trash has is deleted with it.
    """
    own = [*tips(repository.git, "refs/worktree").values()]
    if not branch_of(repository):
        own.insert(0, commit_of(repository.git, "HEAD"))
    main = at(common_dir(repository.top))
    for commit in dict.fromkeys(filter(None, own)):
        if all(ref.startswith(TRASH) for ref in tips(main, f"--contains={commit}")):
            yield commit[:12]


def _stashes(repository: Repository) -> Iterator[str]:
    branch, git = branch_of(repository), repository.git
    if not branch or not commit_of(git, "refs/stash"):
        return
    listed = records(git.run("log", "-g", "-z", "--format=%gs", "refs/stash", "--").out)
    for number, subject in enumerate(listed):
        if subject.startswith((f"WIP on {branch}: ", f"On {branch}: ")):
            yield f"stash@{{{number}}}"


def _processes(top: str) -> Iterator[str]:
    """Processes that work inside; none without /proc (proc(5)).

    Those that asked do not count, nor those that read what this one prints, as a pager does.
    """
    asking = set(_ancestors(os.getpid()))
    inside = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        place = _link(f"/proc/{name}/cwd") if name.isdigit() else ""
        is_inside = place == top or place.startswith(f"{top}/")
        if is_inside and int(name) not in asking:
            inside.append(name)
    pipes = {one for one in (_link("/proc/self/fd/1"), _link("/proc/self/fd/2")) if "pipe:" in one}
    for _ in inside:  # a pipeline may be long
        readers = [name for name in inside if _link(f"/proc/{name}/fd/0") in pipes]
        pipes.update(_link(f"/proc/{name}/fd/1") for name in readers)
    for name in inside:
        if _link(f"/proc/{name}/fd/0") not in pipes:
            command = read_head(f"/proc/{name}/comm", 64).decode("utf-8", "replace").strip()
            yield f"{command} {name}"


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:  # the process ended, or is another user's
        return ""


def _ancestors(process: int) -> Iterator[int]:
    while process > 0:
        yield process
        # pid (comm) state ppid; comm may hold anything
        said = read_head(f"/proc/{process}/stat", 4096).rpartition(b")")[2].split()
        process = int(said[1]) if len(said) > 1 else 0
