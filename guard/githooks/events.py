"""What git tells its hooks, as plain values (githooks(5)): the refs that a push or a transaction moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guard.core.errors import GitError

BRANCHES = "refs/heads/"
_HEX = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)  # of an object id: SHA-1, SHA-256


class Update(NamedTuple):
    """One ref that is about to move: its full name, the object ids before and after, "" or zeros where there is none.

    `source` is what the person who pushes typed for it (`refs/heads/topic`, `HEAD`, `HEAD~1`), "" where git does not tell.
    """

    ref: str
    old: str
    new: str
    source: str = ""

    @property
    def deletes(self) -> bool:
        """Whether the ref goes away."""
        return not self.new.strip("0")

    @property
    def branch(self) -> str:
        """The short name of the branch that the ref is, "" for a tag and everything else."""
        return self.ref.removeprefix(BRANCHES) if self.ref.startswith(BRANCHES) else ""


def parse_pushed(data: bytes) -> list[Update]:
    """Read pre-push's standard input: `<local ref> SP <local object id> SP <remote ref> SP <remote object id> LF`.

    The first word is what was typed and may hold spaces (`:/some words`), so a line is split from its end. Raises GitError for
    anything else.
    """
    updates = []
    for line in _lines(data):
        words = line.rsplit(" ", 3)
        if len(words) != 4:
            raise _unreadable("pre-push", line)
        source, new, ref, old = words
        updates.append(_checked("pre-push", line, Update(ref, old, new, source)))
    return updates


def parse_received(hook: str, data: bytes) -> list[Update]:
    """Read the standard input of pre-receive and reference-transaction: `<old object id> SP <new object id> SP <ref> LF`.

    A symbolic ref's value (`ref:refs/heads/main`, git 2.46 and newer) is no object id; such a line is left out, for no commit arrives by
    it. Raises GitError for anything else.
    """
    updates = []
    for line in _lines(data):
        words = line.split(" ", 2)
        if len(words) != 3:
            raise _unreadable(hook, line)
        old, new, ref = words
        if not new.startswith("ref:"):
            old = "" if old.startswith("ref:") else old
            updates.append(_checked(hook, line, Update(ref, old, new)))
    return updates


def parse_update(words: list[str]) -> Update:
    """Read the arguments of `update`: ref, old and new object id. Raises GitError for anything else."""
    if len(words) != 3:
        raise _unreadable("update", " ".join(words))
    ref, old, new = words
    return _checked("update", " ".join(words), Update(ref, old, new))


def pushed_by_manager(env: Mapping[str, str]) -> list[Update]:
    """What pre-commit and prek tell of a push, in variables instead of standard input: one ref, however many are pushed.

    They leave out the object id where a branch is pushed with its root commit (pre_commit/commands/hook_impl.py, `_pre_push_ns`); then the
    local ref itself stands for it, and is to be resolved. Nothing is given where they tell of no ref.
    """
    ref = env.get("PRE_COMMIT_REMOTE_BRANCH", "")
    source = env.get("PRE_COMMIT_LOCAL_BRANCH", "")
    new = env.get("PRE_COMMIT_TO_REF", "") or source
    return [Update(ref, "", new, source)] if ref and new else []


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape")
    return [line for line in text.split("\n") if line]


def _checked(hook: str, line: str, update: Update) -> Update:
    """Raise GitError unless the ids are ids and the ref has a name: a line that was cut must not be taken for a whole one."""
    known = all(
        len(oid) in _LENGTHS and set(oid) <= _HEX for oid in (update.old or update.new, update.new)
    )
    if known and update.ref:
        return update
    raise _unreadable(hook, line)


def _unreadable(hook: str, line: str) -> GitError:
    return GitError(
        f"git's hook {hook} got a line that cannot be read: {line[:200]!r}",
        hint="git help hooks tells what git sends",
    )
