"""`guard finish`: a session that is done goes, and nothing of anybody's work is lost."""

import json
import os
from collections.abc import Iterator, Sequence

import click

from guard.commands.options import completed, format_option
from guard.core.data import json_text
from guard.core.errors import GitError, UsageError
from guard.core.names import counted, shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.sessions.life import trash
from guard.sessions.life.finishing import finish, no_session, undo
from guard.sessions.life.outcomes import Finished, Outcome
from guard.verdict.verdict import facts_without_changes

_EPILOG = """\b
Examples:
  guard finish web             worktree, branch and contract go, if the base has all of web
  guard finish --all           every session that is done
  guard finish --stale         those in which nothing has happened for two weeks
  guard finish web --archive   what would be lost is kept as a commit
  guard finish web --abandon   the same for a session that is given up
  guard finish --undo          what the last of these removed comes back
"""
_UNDO = "guard finish --undo"
_SHOWN = 3  # paths of a list


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completed("session_names"))
@click.option("--all", "everything", is_flag=True, help="Every session.")
@click.option(
    "--stale",
    is_flag=True,
    help="Those without a commit or an edit for the days of [status] stale in guard.toml.",
)
@click.option("--archive", is_flag=True, help="Keep what would be lost as a commit, and go on.")
@click.option("--abandon", is_flag=True, help="Give the session up: archive its work, close it.")
@click.option("--undo", "back", is_flag=True, help="Bring back NAME, or what was finished last.")
@click.option("--empty-trash", "empties", is_flag=True, help="Delete for good what was finished.")
@format_option("How to print what became of each session.", ("text", "json"))
def command(
    names: tuple[str, ...],
    *,
    everything: bool,
    stale: bool,
    archive: bool,
    abandon: bool,
    form: str,
    **trashed: bool,
) -> int:
    """Remove the worktree, the branch and the contract of sessions that are done.

    A session is done if the base has all of its work. One whose worktree has something that is
    nowhere else stays, and guard says what that is and how to keep it. What goes is in the trash:
    --undo brings it back, and only --empty-trash deletes it. Without NAME, it is the session of the
    worktree that you are in.
    """
    repository = open_repository(here())
    if sum((archive, abandon, *trashed.values())) > 1:
        raise UsageError("give one of these options", hint="guard finish --help")
    if form == "json" and any(trashed.values()):
        raise UsageError("--format json is for what is finished", hint="guard finish --help")
    if trashed["empties"]:
        return _emptied(repository)
    if trashed["back"]:
        return _undone(repository, names)
    if sum((bool(names), everything, stale)) > 1:
        raise UsageError("give names, --all or --stale", hint="guard finish --all")
    if (abandon and (everything or stale)) or (archive and everything):
        word = "--abandon" if abandon else "--archive"
        raise UsageError("name the sessions to give up", hint=f"guard finish NAME {word}")
    place = ("", "") if names or everything or stale else _own(repository)
    how = {"stale": stale, "archive": archive, "abandon": abandon}
    finished = finish(repository, names, at_place=place, **how)
    if form == "json":
        click.echo(json.dumps(_values(finished), indent=2))
    else:
        nothing = "no session is stale" if stale else "no session has a branch here"
        nothing = (
            f"{show(', '.join(names))}: no worktree and no branch is here" if names else nothing
        )
        for line in _lines(finished, nothing, steps=not everything):
            click.echo(line)
    return 1 if any(one.is_kept for one in finished.outcomes) and not everything else 0


def _own(repository: Repository) -> tuple[str, str]:
    """The contract and the worktree of the session that guard runs in."""
    facts = facts_without_changes(repository.git)
    if facts.contract is None and repository.git_dir != repository.common_dir:
        raise no_session(repository, repository.top)
    if facts.contract is None or facts.on_base:
        raise UsageError("this worktree is no session's; name one", hint="guard finish NAME")
    return facts.contract.name, repository.top


def _emptied(repository: Repository) -> int:
    count, stay = trash.empty(repository)
    if count or not stay:
        click.echo(f"deleted {counted(count, 'worktree')} for good" if count else "it is empty")
    for entry in stay:
        click.echo(f"kept {show(entry.name)}: worktree {shell_quote(entry.path)}")
        click.echo("  because its folder was away, and git has work of it that nobody has seen")
        back, forget = trash.look_at_unseen(repository, entry)
        click.echo(f"  next: {back}\n  or: {forget}")
    return 1 if stay else 0


def _undone(repository: Repository, names: Sequence[str]) -> int:
    if len(names) > 1:
        hint = "guard finish --undo NAME, or without it all of the last finish"
        raise UsageError("one at a time comes back", hint=hint)
    back, lacks = undo(repository, *names)
    for entry in back:
        place = f" in {show(entry.path)}" if entry.whole else ""
        branch = show(entry.branch or "(detached)")
        click.echo(f"{show(entry.name)} is back{place}, branch {branch}")
    for name in dict.fromkeys(entry.name for entry in back):
        if any(one.name == name and _is_free(repository, one) for one in trash.entries(repository)):
            click.echo(f"next: guard finish --undo {name}   # more of it is in the trash")
    if lacks:
        click.echo(f"but its contract could not be published: {show(lacks.message)}")
        places = {one.under: one for one in reversed(back) if one.contract}
        steps = [lacks.hint, *map(_publishing, places.values())]
        for number, step in enumerate(filter(None, steps)):
            click.echo(f"{'then' if number else 'next'}: {step}")
    return 0


def _is_free(repository: Repository, entry: trash.Entry) -> bool:
    """Whether an entry could come back now."""
    try:
        trash.require_free(repository, entry)
    except GitError:
        return False
    return True


def _publishing(entry: trash.Entry) -> str:
    into = f"cd {shell_quote(entry.path)} && " if entry.whole else ""
    return f"{into}guard contract publish {entry.under}"


def _lines(finished: Finished, nothing: str, *, steps: bool) -> Iterator[str]:
    if not (finished.outcomes or finished.closed or finished.left or finished.strangers):
        yield f"{nothing}: nothing to finish"
    for one in finished.outcomes:
        yield from _about(one, steps=steps)
    if finished.closed:
        yield f"closed {'contract' if len(finished.closed) == 1 else 'contracts'} " + show(
            ", ".join(finished.closed)
        )
    for path in finished.strangers:
        yield f"of no session: {shell_quote(path)}; look: guard finish {shell_quote(path)}"
    if finished.left:
        yield f"the contract stays for now: {show(finished.left)}"
    about = {
        finished.push: "other clones know it then",
        _UNDO: "if that was a mistake",
    }
    for number, step in enumerate(_next(finished)):
        yield f"{'or' if number else 'next'}: {step}   # {about[step]}"
    if f"{os.sep}guard{os.sep}trash{os.sep}" in os.getcwd():
        yield "you are in a folder that is in the trash now: cd .."


def _about(one: Outcome, *, steps: bool) -> Iterator[str]:
    yield f"{one.outcome} {show(one.name)}: {_what(one)}"
    if one.why:
        yield f"  because {show(one.why)}"
    if one.ignored:
        more = f" and {len(one.ignored) - _SHOWN} more" if len(one.ignored) > _SHOWN else ""
        along = show(", ".join(one.ignored[:_SHOWN])) + more
        yield f"  what git ignores went along into the trash: {along}"
    if one.archive:
        yield f"  its work: git log -p {show(one.archive)}"
    for number, step in enumerate(one.steps if steps else ()):
        yield f"  {'or' if number else 'next'}: {step}"


def _what(one: Outcome) -> str:
    parts = [f"branch {show(one.branch)}"] if one.branch else []
    parts += [f"worktree {shell_quote(one.path)}"] if one.path else []
    return ", ".join(parts)


def _next(finished: Finished) -> list[str]:
    back = [_UNDO] if any(one.trash for one in finished.outcomes) else []
    return [finished.push, *back] if finished.push else back


def _values(finished: Finished) -> dict[str, object]:
    return {
        "format": "guard-finish-1",
        "sessions": [
            {
                "name": one.name,
                "outcome": one.outcome,
                "branch": json_text(one.branch) or None,
                "worktree": json_text(one.path) or None,
                "why": json_text(one.why) or None,
                "next": list(one.steps),
                "archive": json_text(one.archive) or None,
                "ignored": [json_text(path) for path in one.ignored],
            }
            for one in finished.outcomes
        ],
        "closed": list(finished.closed),
        "left": json_text(finished.left) or None,
        "strangers": [json_text(path) for path in finished.strangers],
        "next": _next(finished),
    }
