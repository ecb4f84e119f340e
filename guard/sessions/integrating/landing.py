"""Moves the base to what was verified, or brings a killed integration to its end, or back."""

import os
from typing import NamedTuple

from guard.core.errors import GitError, UsageError
from guard.core.names import counted, ref_of, shell_quote, show
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.isolate import remove
from guard.git.landing import Branch, Refused, land, take_back, tip_of
from guard.git.repository import Repository
from guard.git.worktrees import worktrees
from guard.sessions.closing.apart import end_leftovers, loosen
from guard.sessions.integrating import journal
from guard.sessions.integrating.journal import Note
from guard.sessions.life.alone import alone

_RESULT = "refs/guard/integrate/result"  # keeps what was verified until it has landed


class Landed(NamedTuple):
    """Where the result is: a word of `outcome.ENDS`, the branch, and what did not happen."""

    end: str
    branch: str = ""
    why: str = ""
    steps: tuple[str, ...] = ()


def keep_result(repository: Repository, note: Note) -> Note:
    """Keep the result of a trial, so that a killed run can go on from here. Raises GitError."""
    repository.git.run("update-ref", "-m", "guard: integrate", _RESULT, note.new)
    return journal.write(repository, note._replace(phase="landing"))


def settle(repository: Repository, note: Note) -> Landed:
    """Bring the result to where it belongs, from wherever a note in phase *landing* is.

    What a branch or a remote refuses ends it, too: what is verified is kept, and no later run
    stumbles over it. Raises GitError if it cannot even be kept.
    """
    with alone(repository.common_dir):
        landed = _on_branch(repository, note) if note.to else _on_base(repository, note)
        repository.git.run("update-ref", "-d", _RESULT)
        if landed.end == "overtaken":
            journal.forget(repository)
        else:
            to = landed.branch if landed.end in ("branch", "kept-aside") else ""
            journal.write(repository, note._replace(phase="landed", to=to))
    return landed


def _on_branch(repository: Repository, note: Note) -> Landed:
    branch = Branch(note.to)
    old = tip_of(repository, branch)
    try:
        if old != note.new and not land(repository, branch, note.new, old):
            why = f"{note.to} has moved meanwhile; nothing was changed"
            return Landed("overtaken", note.to, why)
    except GitError as error:
        return _aside(repository, note, error.message, error.hint)
    if not note.remote:
        return Landed("branch", note.to)
    push = f"git push {shell_quote(note.remote)} {shell_quote(note.to)}"
    try:
        pushed = _pushed(repository, note, note.to)
    except GitError as error:
        return Landed("branch", note.to, f"{note.to} was not pushed: {error.message}", (push,))
    if pushed:
        return Landed("branch", note.to)
    why = f"{note.remote} has another {note.to}, so it was not pushed"
    theirs = f"git log {shell_quote(note.base)}..{shell_quote(f'{note.remote}/{note.to}')}"
    return Landed("branch", note.to, why, (theirs, f"{push}:OTHER   # under another name"))


def _pushed(repository: Repository, note: Note, name: str) -> bool:
    """Push the result; tell whether the remote has it."""
    there = Branch(name, note.remote)
    tip = tip_of(repository, there)
    if tip == note.new:  # a run that was killed has pushed it
        return True
    if tip != (note.there if name == note.base else tip):
        return False
    return land(repository, there, note.new, tip)


def _on_base(repository: Repository, note: Note) -> Landed:
    """Let the base have the result: first the remote, if it is to, then the branch here."""
    if note.remote and (stopped := _stopped_at_remote(repository, note)):
        return stopped
    if commit_of(repository.git, ref_of(note.base)) == note.new:
        return Landed("moved")
    try:
        moved = land(repository, Branch(note.base), note.new, note.old)
    except GitError as error:
        if note.remote:
            follow = f"git merge --ff-only {shell_quote(f'{note.remote}/{note.base}')}"
            return Landed("pushed", why=error.message, steps=(error.hint, follow))
        return _aside(repository, note, error.message, error.hint)
    if moved:
        return Landed("moved")
    if note.remote:
        why = f"{note.base} here has commits of its own by now, so it did not follow"
        return Landed("pushed", why=why, steps=("git pull",))
    why = f"{note.base} has moved meanwhile; nothing was changed"
    return Landed("overtaken", why=why, steps=("guard integrate",))


def _stopped_at_remote(repository: Repository, note: Note) -> Landed | None:
    """Push the result to the base of the remote; None if it is there, else how it ends."""
    try:
        pushed = _pushed(repository, note, note.base)
    except Refused as error:
        why = f"{note.remote} does not take a push to {note.base}: {error.reason}"
        return _aside(repository, note, why, "guard integrate --branch NAME --push")
    except GitError as error:
        return _aside(repository, note, error.message, error.hint)
    if pushed:
        return None
    why = f"others pushed to {note.remote}/{note.base} meanwhile; nothing was changed"
    base, theirs = shell_quote(note.base), shell_quote(f"{note.remote}/{note.base}")
    follow = f"git switch {base} && git merge --ff-only {theirs}"
    fetch = f"git fetch {shell_quote(note.remote)}"
    return Landed("overtaken", why=why, steps=(f"{fetch} && {follow}", "guard integrate --push"))


def _aside(repository: Repository, note: Note, why: str, step: str) -> Landed:
    """Leave the result on a branch of its own, which a later merge takes."""
    name = f"integrated-{note.base.replace('/', '-')}-{note.new[:8]}"
    branch = Branch(name)
    if tip_of(repository, branch) != note.new:
        land(repository, branch, note.new, "")
    merge = f"git merge --ff-only {name}   # on {shell_quote(note.base)}"
    return Landed("kept-aside", name, why, (step, merge))


def recover(repository: Repository) -> tuple[str, ...]:
    """Bring an integration that was killed to its end, or clean up; say which.

    Raises GitError if it can do neither now.
    """
    note = journal.read(repository)
    if note is None or note.phase == "landed":
        return ()
    clear(note.folder)
    if note.phase == "trying":
        repository.git.run("update-ref", "-d", _RESULT)
        journal.forget(repository)
        what = f"the integration of {note.when} was interrupted before anything moved"
        return (f"{what}; cleaned up",)
    if note.phase == "undoing":
        _go_back(repository, note)
        return (f"the --undo of {note.when} was interrupted; it is complete now",)
    landed = settle(repository, note)
    names = ", ".join(note.names)
    what = f"the integration of {note.when} ({show(names)}) was interrupted"
    if landed.end == "overtaken":
        return (f"{what}, and {show(note.base)} has moved since; its result was dropped",)
    where = note.base if landed.end in ("moved", "pushed") else landed.branch
    return (f"{what} when all was verified; continued: {show(where)} is at {note.new[:12]}",)


def clear(folder: str) -> None:
    """Remove a temporary folder of guard's, and end what runs in it."""
    if not os.path.basename(folder).startswith("guard-") or not os.path.isdir(folder):
        return
    for name in os.listdir(folder):
        end_leftovers(os.path.join(folder, name))
    loosen(folder)
    remove(folder)


def undo(repository: Repository) -> Note:
    """Take the last integration back; give its note.

    Raises UsageError if there is none, or if it was pushed or something was built on it; GitError
    if a checkout cannot follow. Nothing is changed then.
    """
    note = journal.read(repository)
    if note is None:
        raise UsageError("there is no integration to take back", hint="git log --merges")
    with alone(repository.common_dir):
        _require_alone(repository, note)
        _go_back(repository, journal.write(repository, note._replace(phase="undoing")))
    return note


def _go_back(repository: Repository, note: Note) -> None:
    if note.to:
        git = repository.git
        if commit_of(git, ref_of(note.to)) == note.new:
            git.run("update-ref", "-d", ref_of(note.to), note.new)
    elif not take_back(repository, note.base, note.new, note.old) and (
        commit_of(repository.git, ref_of(note.base)) != note.old
    ):
        journal.write(repository, note._replace(phase="landed"))
        raise GitError(f"{note.base} has moved meanwhile; nothing was changed", hint="git log")
    journal.forget(repository)


def _require_alone(repository: Repository, note: Note) -> None:
    """Raise UsageError if anything but the branch itself has the result."""
    git, own = repository.git, ref_of(note.to or note.base)
    tip = commit_of(git, own)
    name = note.to or note.base
    if tip != note.new:
        if tip and is_ancestor(git, note.new, tip, ok=(0, 1, 128)):
            count = int(git.run("rev-list", "--count", f"{note.new}..{tip}").text)
            message = f"{name} has {counted(count, 'commit')} since, so it stays"
            hint = (
                f"git revert COMMIT   # a merge with -m 1; which: git log {note.old[:12]}..{name}"
            )
            raise UsageError(message, hint=hint)
        raise UsageError(f"{name} is no longer at {note.new[:12]}", hint=f"git log {name}")
    words = ("for-each-ref", "--format=%(refname:short)", "--contains", note.new)
    found = git.run(*words, "refs/heads", "refs/remotes").text.split("\n")[:-1]
    heads = [one for one in worktrees(git) if not one.branch and one.head]
    found += [one.path for one in heads if is_ancestor(git, note.new, one.head)]
    others = [each for each in found if each != name]
    if others:
        raise UsageError(
            f"{show(others[0])} has it, too: it was pushed, or work was begun on it",
            hint=f"git revert COMMIT   # a merge with -m 1; which: git log {note.old[:12]}..{name}",
        )
    if note.to and any(one.branch == note.to for one in worktrees(git)):
        raise UsageError(f"{note.to} is checked out", hint="git worktree list")
