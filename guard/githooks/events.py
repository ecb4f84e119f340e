"""What git passes to its hooks (githooks(5)), as values: the refs that are about to move."""

from collections.abc import Mapping
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.names import branch_in, is_object_id


class Update(NamedTuple):
    """A ref that is about to move: its full name, and the object ids before and after it moves.

    An id is "" or zeros for no object. `source` is what the user typed for the ref
    (`refs/heads/topic`, `HEAD`, `HEAD~1`), "" if git does not pass it.
    """

    ref: str
    old: str
    new: str
    source: str = ""

    @property
    def deletes(self) -> bool:
        """Whether the ref is deleted."""
        return not self.new.strip("0")

    @property
    def branch(self) -> str:
        """The short name of the branch, "" for any other ref."""
        return branch_in(self.ref)


def parse_pushed(data: bytes) -> list[Update]:
    """Read pre-push's standard input.

    A line is `<local ref> SP <local object id> SP <remote ref> SP <remote object id> LF`. The first
    field is what the user typed and may contain spaces (`:/some words`), so lines are split from
    the end. Raises GitError for anything else.
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
    """Read the standard input of pre-receive and reference-transaction.

    A line is `<old object id> SP <new object id> SP <ref> LF`. The new value of a symbolic ref
    (`ref:refs/heads/main`, git 2.46 and newer) brings no commit; such lines are left out. Raises
    GitError for anything else.
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
    """Read the arguments of `update`: ref, old and new object id. Raises GitError for others."""
    line = " ".join(words)
    if len(words) != 3:
        raise _unreadable("update", line)
    return _checked("update", line, Update(*words))


def pushed_by_manager(env: Mapping[str, str]) -> list[Update]:
    """Read the one ref that pre-commit and prek pass of a push, in variables; none without them.

    They omit the object id if a branch is pushed with its root commit
    (pre_commit/commands/hook_impl.py, `_pre_push_ns`); then the local ref takes its place.
    """
    ref = env.get("PRE_COMMIT_REMOTE_BRANCH", "")
    source = env.get("PRE_COMMIT_LOCAL_BRANCH", "")
    new = env.get("PRE_COMMIT_TO_REF", "") or source
    return [Update(ref, "", new, source)] if ref and new else []


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape")
    return [line for line in text.split("\n") if line]


def _checked(hook: str, line: str, update: Update) -> Update:
    """Raise GitError for a truncated line."""
    if is_object_id(update.old or update.new) and is_object_id(update.new) and update.ref:
        return update
    raise _unreadable(hook, line)


def _unreadable(hook: str, line: str) -> GitError:
    return GitError(
        f"git's hook {hook} got a line that cannot be read: {line[:200]!r}",
        hint="see what git sends: git help hooks",
    )
