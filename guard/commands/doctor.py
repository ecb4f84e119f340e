"""`guard doctor`: whether git starts guard where it should, in every worktree."""

import json
import shutil
from collections.abc import Sequence

import click

from guard import __version__
from guard.agents.programs import AGENTS
from guard.agents.setup.cautions import below_the_top
from guard.commands.options import format_option
from guard.contracts.consistency import without_effect
from guard.core.errors import GuardError, NotAdopted
from guard.core.names import counted, show
from guard.git.ancestry import has_commit
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.checkup import Guard, Problem, examine, ways_of
from guard.githooks.installing import absent_wanted, judged_by
from guard.githooks.places import HookPlaces, read_places
from guard.githooks.program import does_start
from guard.githooks.shims import HOOKS
from guard.rules import RULES
from guard.verdict.search import Ref
from guard.verdict.trust import Trust

_EPILOG = """\b
Examples:
  guard doctor                  what is wrong, and what to type
  guard doctor --format json    the same for programs

\b
Exit status: 0 all is well, 1 something is wrong, 2 guard could not find out.
"""


@click.command(epilog=_EPILOG)
@format_option("How to print the answer.", ("text", "json"))
def command(*, form: str) -> int:
    """Check that the hooks that start guard exist and run, in all worktrees of this repository.

    It finds hooks that are missing, switched off, shadowed by core.hooksPath, replaced by another
    program, not executable, older than this guard or without a guard to start, and worktrees that
    lie inside another worktree that does not ignore them, and a base that the hooks cannot judge
    by. It also notes coding agents that would not ask guard. It changes nothing.
    """
    repository = open_repository(here())
    places = read_places(repository)
    on_path = shutil.which("guard") is not None
    problems = examine(places, Guard(absent_wanted(repository), does_start, on_path=on_path))
    trust = Trust()
    try:
        trust = judged_by(repository)
    except GuardError as error:
        if has_commit(repository.git) or not isinstance(error, NotAdopted):  # else there is no work
            message = f"no hook can judge: {error.message}".replace("\n", "; ")
            problems.append(Problem("no-base", "", "", message, error.hint))
    write = _json if form == "json" else _text
    notes = _without_effect(trust) + (_unasked_agents() if repository.top else [])
    click.echo(write(places, problems, trust.home, notes))
    return 1 if problems else 0


def _without_effect(trust: Trust) -> list[str]:
    """The lines of the policy that this guard does not act on; they do no harm."""
    return [misfit.line for misfit in without_effect(trust.policy, {rule.code for rule in RULES})]


def _unasked_agents() -> list[str]:
    """What is not wrong here, but keeps a coding agent from asking guard."""
    return [note for agent in AGENTS for note in below_the_top(agent)]


def _text(places: HookPlaces, problems: Sequence[Problem], base: Ref, notes: Sequence[str]) -> str:
    count = counted(len(problems), "problem") if problems else "all is well"
    worktrees = counted(len(places.places), "worktree")
    versions = f"git {places.version}, guard {__version__}"
    lines = [f"guard: {count} · hooks in {worktrees} · {versions}"]
    if base.oid:
        lines[0] += f" · base {show(base.short)} {base.oid[:12]}"
    for problem in problems:
        about = problem.hook.replace(" ", ", ")
        if problem.worktree:
            about = f"{about} in {show(problem.worktree)}" if about else show(problem.worktree)
        about = f"{about}: " if about else ""
        lines += [f"{problem.what}: {about}{show(problem.message)}", f"  next: {problem.next}"]
    lines += [f"note: {show(note)}" for note in notes]
    return "\n".join(lines)


def _json(places: HookPlaces, problems: Sequence[Problem], base: Ref, notes: Sequence[str]) -> str:
    answer = {
        "format": "guard-doctor-1",
        "well": not problems,
        "guard": __version__,
        "git": places.version,
        "base": {"ref": show(base.short), "oid": base.oid} if base.oid else None,
        "worktrees": [
            {
                "path": show(place.path),
                "hooks": {hook: ways for hook in HOOKS if (ways := ways_of(places, place, hook))},
            }
            for place in places.places
        ],
        "troubles": [
            {
                "what": problem.what,
                "hooks": problem.hook.split(),
                "worktree": show(problem.worktree) or None,
                "message": problem.message,
                "next": problem.next,
            }
            for problem in problems
        ],
        "notes": [show(note) for note in notes],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)
