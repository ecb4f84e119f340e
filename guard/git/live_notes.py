"""Live notes: the paths that a worktree's hooks know to be uncommitted, for its siblings. Hot.

A note is the file `guard/live` in the worktree's own git directory, so it goes when git removes the
worktree. It holds paths between NUL bytes and nothing else: it says where to look, and whoever
finds a path of its own in a sibling's note looks at the file itself
(`guard.sessions.between.live`). So what is out of date, cut short or made up claims nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from guard.git.repository import Repository

NOTE = "guard/live"
_LARGEST = 1 << 16  # bytes; a longer note is cut, and a full one is begun anew
# A link is not followed, and nobody waits for the other end of a pipe (open(2)).
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def exchange(repository: Repository, paths: Collection[str]) -> dict[str, list[str]]:
    """Give what `noted` gives of `paths`, and add these to the own note, for the siblings."""
    found = noted(repository, paths)
    note(repository.git_dir, paths)
    return found


def noted(repository: Repository, paths: Collection[str]) -> dict[str, list[str]]:
    """Give those of `paths` that siblings' notes list, each with the git directories of these."""
    wanted = {os.fsencode(path): path for path in paths}
    found: dict[str, list[str]] = {}
    for sibling in _siblings(repository):
        listed = _read(f"{sibling}/{NOTE}").split(b"\0")
        if not wanted.keys().isdisjoint(listed):
            for name in wanted.keys() & set(listed):
                found.setdefault(wanted[name], []).append(sibling)
    return found


def note(git_dir: str, paths: Collection[str], *, afresh: bool = False) -> None:
    """Add `paths` to the note of the worktree with this git directory; never fails.

    With `afresh` the note has these paths alone. Two hooks may add at once: each record is written
    by one call, at the end of the file.
    """
    file = f"{git_dir}/{NOTE}"
    before = _read(file)
    known = set(before.split(b"\0"))
    named = set(map(os.fsencode, paths))
    if known - {b""} == named if afresh else named <= known:
        return
    more = _record(named if afresh else named - known)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _FLAGS
    if afresh or len(before) + len(more) > _LARGEST:
        flags |= os.O_TRUNC
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        descriptor = os.open(file, flags, 0o666)
        try:
            os.write(descriptor, more)
        finally:
            os.close(descriptor)
    except OSError:  # a full disk, or a folder that is read-only: siblings hear nothing
        return


def _record(names: Collection[bytes]) -> bytes:
    """The paths as they are written, as many as there is room for."""
    room, kept = _LARGEST, []
    for name in sorted(names):
        room -= len(name) + 2
        if room < 0:
            break
        kept.append(b"\0%b\0" % name)
    return b"".join(kept)


def _siblings(repository: Repository) -> Iterator[str]:
    """The git directories of the other worktrees (gitrepository-layout(5), `worktrees`)."""
    shared, own = repository.common_dir, repository.git_dir
    if own != shared:
        yield shared
    try:
        names = os.listdir(f"{shared}/worktrees")
    except OSError:
        return
    for name in sorted(names):
        sibling = f"{shared}/worktrees/{name}"
        if sibling != own:
            yield sibling


def _read(file: str) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | _FLAGS)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _LARGEST)
    except OSError:  # a folder, or an empty pipe
        return b""
    finally:
        os.close(descriptor)
