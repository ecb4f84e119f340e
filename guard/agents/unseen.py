"""Commits that no hook of guard's has seen: made with other hooks, or past them all.

Where git runs guard's pre-commit hook, its shell leaves a file in the worktree's git directory
(githooks/hook.sh). A commit in HEAD's log that came without it was made past the hook. What makes
commits notes each one in HEAD's log, so one that is on the branch, on no other, and in no log was
made by plumbing (git-commit-tree(1)) or by another program.
"""

import os
from typing import NamedTuple

from guard.core.files import read_head
from guard.core.names import HEADS
from guard.git.locate import common_dir, git_dir, line_in
from guard.git.plumbing import at

_TAIL = 1 << 16  # bytes of a log: hundreds of entries
_HOOK = b"# guard's hook pre-commit, "
_MOST = 20  # commits that are told
# What moves a branch to a commit that is there already, in git's words.
_MOVES = ("", "reset", "checkout", "branch")
_BEGINS_OR_ENDS = ("(start)", "(finish)")  # a rebase


class Trace(NamedTuple):
    """Where the branch was last, and when the hook last judged (nanoseconds; 0: never)."""

    tip: str
    judged: int


class _Entry(NamedTuple):
    commit: str
    what: str
    subject: str

    @property
    def makes(self) -> bool:
        """Whether the command made the commit, by what it says of itself."""
        moves = self.what in _MOVES or self.what.endswith(_BEGINS_OR_ENDS)
        return not moves and not self.subject.startswith("Fast-forward")


def trace_of(top: str) -> Trace:
    """Look at the worktree at `top`."""
    own = git_dir(top)
    # The branch may be moved from elsewhere, which is not in the log of this HEAD.
    entries = _of_branch(top) or _of_head(top)
    try:
        judged = os.stat(os.path.join(own, "guard", "judged")).st_mtime_ns
    except OSError:
        judged = 0
    return Trace(entries[-1].commit if entries else "", judged)


def unseen_since(top: str, before: Trace) -> list[tuple[str, str]]:
    """Give the commits, each with its subject, that were made past the hook since `before`.

    None if the hook is not installed. If it has judged since, that may have been any commit of
    git's, but none that is in no log.
    """
    now = trace_of(top)
    if not before.tip or now.tip == before.tip or not _is_installed(common_dir(top)):
        return []
    entries = _of_head(top)
    known = [at for at, entry in enumerate(entries) if entry.commit == before.tip]
    new = entries[known[-1] + 1 :] if known and now.judged == before.judged else []
    past = [
        (entry.commit, entry.subject)
        for entry in new
        if entry.what == "commit" or entry.what.startswith("commit (amend)")
    ]
    return [*past, *_unlogged(top, before.tip, entries)] if known else []


def _unlogged(top: str, tip: str, entries: list[_Entry]) -> list[tuple[str, str]]:
    """The commits that the branch has since `tip`, that no other has, and that nothing made."""
    made = {entry.commit for entry in (*entries, *_of_branch(top)) if entry.makes}
    words = ["rev-list", "--no-commit-header", "--format=%H %s", "HEAD", "--not", tip]
    head = line_in(os.path.join(git_dir(top), "HEAD"))
    own = [f"--exclude={head.removeprefix('ref: ')}"] if head.startswith("ref: ") else []
    listed = at(top).run(*words, *own, "--glob=refs/*", ok=(0, 128)).text.splitlines()
    found = [line.partition(" ")[::2] for line in listed]
    return [(commit, subject) for commit, subject in found if commit not in made][:_MOST]


def _of_head(top: str) -> list[_Entry]:
    return _entries(os.path.join(git_dir(top), "logs", "HEAD"))


def _of_branch(top: str) -> list[_Entry]:
    ref = line_in(os.path.join(git_dir(top), "HEAD")).removeprefix("ref: ")
    return _entries(os.path.join(common_dir(top), "logs", ref)) if ref.startswith(HEADS) else []


def _entries(log: str) -> list[_Entry]:
    """New commit, kind of action and subject of each entry (git-reflog(1)), oldest first."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines[1:] if size > _TAIL else lines:
        ids, _, message = line.partition("\t")
        what, _, subject = message.partition(": ")
        words = ids.split(" ")
        if len(words) > 2:
            found.append(_Entry(words[1], what, subject))
    return found


def _is_installed(shared: str) -> bool:
    places = ("hooks/pre-commit", "guard/hooks/pre-commit")
    return any(_HOOK in read_head(os.path.join(shared, place), 1 << 10) for place in places)
