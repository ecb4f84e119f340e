"""`guard start`: a session's contract, branch and worktree in one step."""

import os
import subprocess
from collections.abc import Sequence

import click

from guard.commands.options import Completer, Decorator, Values, completed, given, require_sound
from guard.contracts.slugs import slug
from guard.core.errors import UsageError
from guard.core.names import counted, shell_quote, show
from guard.git.environment import without_place
from guard.git.plumbing import here
from guard.git.repository import Repository, branch_of, open_repository
from guard.reports.overlaps import lines_of
from guard.reports.planned import unmerged_lines
from guard.sessions.life.arriving import fetch_head
from guard.sessions.life.binding import bind, unbind
from guard.sessions.life.preparing import commands_left, drop_commands, note_ended, preparing
from guard.sessions.life.publishing import claimed_by
from guard.sessions.life.starting import start
from guard.sessions.life.wanted import Ahead, Started, Taken, Wanted, command_of

_EPILOG = """\b
Examples:
  guard start web --owns web/ -- claude   a session for an agent, which starts there
  guard start api --owns api/ --merges routes --verify "pytest -q api"
  guard start web                         the worktree of a session that is there already
  guard start web-2 --from web            a second worktree under the contract web
  guard start --plan plan.toml            every session of a plan (guard plan)
  guard start --pr 12 --owns src/         the branch of a pull request
  guard start --here web                  this worktree works under the contract web
"""

_SIGNALLED = 128  # more than the number of the signal that ended a program, as in a shell


def _list(name: str, metavar: str, text: str, words: Completer | None = None) -> Decorator:
    text = f"{text} Repeatable."
    return click.option(
        f"--{name}", multiple=True, metavar=metavar, help=text, shell_complete=words
    )


class _WithProgram(click.Command):
    """What is behind `--` is the program, also where there is no name before it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words before `--`; those behind it are no options and no name."""
        place = args.index("--") if "--" in args else len(args)
        program = args[place + 1 :]
        rest = super().parse_args(ctx, args[:place])
        ctx.params["program"] = (*ctx.params["program"], *program)
        return rest


@click.command(cls=_WithProgram, epilog=_EPILOG)
@click.argument("name", required=False, shell_complete=completed("session_names"))
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND]...")
@_list("owns", "PATTERN", "What the session may change.")
@_list("forbids", "PATTERN", "What it must not change, even within what it owns.")
@_list(
    "merges", "GROUP", "A shared group of guard.toml whose merge it owns.", completed("group_names")
)
@_list("verify", "COMMAND", "A command that the handoff must prove.")
@click.option("--goal", default="", metavar="TEXT", help="What it is to achieve. Default: NAME.")
@click.option("--owner", default="", metavar="TEXT", help="The person or agent who does it.")
@click.option(
    "--branch",
    default="",
    metavar="BRANCH",
    shell_complete=completed("branch_names"),
    help="Work on this branch, which exists.",
)
@click.option(
    "--from",
    "under",
    default="",
    metavar="CONTRACT",
    shell_complete=completed("contract_names"),
    help="Work under this contract, beside the session that has it.",
)
@click.option("--on-base", is_flag=True, help="Put the contract on the base, and push it.")
@click.option("--anyway", is_flag=True, help="Start although another session may own the same.")
@click.option(
    "--fetch/--no-fetch",
    "fetches",
    default=True,
    help="Whether to ask the remote for the newest base. Default: yes.",
)
@click.option("--no-run", is_flag=True, help="Do not run the commands of [start] in guard.toml.")
@click.option(
    "--plan",
    "plan_file",
    default="",
    type=click.Path(),
    metavar="FILE",
    help="Start all sessions of a plan, or none: a file or folder as for guard plan.",
)
@click.option(
    "--pr",
    "request",
    default="",
    metavar="NUMBER",
    help="Work on the branch of this pull request (or merge request), by its number or URL.",
)
@click.option("--trust", "trusts", is_flag=True, help="Prepare a fork's pull request like others.")
@click.option("--here", "in_place", is_flag=True, help="In the worktree that you are in.")
@click.option("--none", "nothing", is_flag=True, help="Take the binding of this worktree away.")
def command(
    name: str | None,
    program: tuple[str, ...],
    *,
    in_place: bool,
    nothing: bool,
    no_run: bool,
    plan_file: str,
    request: str,
    **options: str | tuple[str, ...] | bool,
) -> int:
    """Start the session NAME: its contract, its branch and its worktree, in one step.

    Whatever may stand in the way is told before anything is made: a name, branch or folder that is
    taken, and a session that may own the same paths. The same words again give the same worktree.
    COMMAND runs there, with GUARD_SESSION set to the session's name; without it, guard prints how
    to go there.

    With --here, the worktree that you are in works under the contract NAME, whatever is checked out
    in it: for a detached HEAD, or a branch that no contract claims.
    """
    repository = open_repository(here())
    how = Wanted(
        name or "",
        branch=str(options.pop("branch")),
        under=str(options.pop("under")),
        on_base=bool(options.pop("on_base")),
        anyway=bool(options.pop("anyway")),
        fetches=bool(options.pop("fetches")),
        trusts=bool(options.pop("trusts")),
    )
    values = given(options)
    if plan_file:
        others = (name, program, values, how.branch, how.under, in_place, nothing, request)
        return _planned(repository, plan_file, how, alone=not any(others), runs=not no_run)
    if nothing:
        return _unbound(repository, name)
    if request:
        how = _of_request(repository, how, request, in_place=in_place)
    else:
        _require_name(name, in_place=in_place)
    if in_place and not values:
        return _bound(repository, how)
    if in_place:
        how = _on_this_branch(repository, how)
    wanted = _worded(how, values)
    try:
        started = start(repository, wanted, _tell)
    except Taken as error:
        return _taken(repository, wanted, error, program)
    if not told_and_prepared(started, _again(wanted, program), runs=not no_run):
        return 1
    if program:
        return _run(started, program)
    folder = os.path.relpath(started.path)
    click.echo("next: guard brief" if folder == "." else f"next: cd {shell_quote(folder)}")
    return 0


def _planned(repository: Repository, file: str, how: Wanted, *, alone: bool, runs: bool) -> int:
    from guard.commands.start_plan import start_all

    if not alone:
        hint = f"guard start --plan {shell_quote(file)}"
        raise UsageError("the plan says which sessions to start", hint=hint)
    return start_all(repository, file, how, runs=runs)


def told_and_prepared(started: Started, again: str, *, runs: bool) -> bool:
    """Say what was started, and run what is left of the policy's commands there.

    Tells whether these passed; `again` is the command that goes on with them.
    """
    for line in _lines(started):
        click.echo(line)
    if not started.run:
        return True
    with preparing(started.path):
        if not runs:
            drop_commands(started.path)
        return _prepared(started, again)


def _unbound(repository: Repository, name: str | None) -> int:
    if name:
        raise UsageError("give one contract, or --none", hint="guard contract list")
    before = unbind(repository)
    click.echo(f"this worktree is no longer bound to {show(before)}" if before else "not bound")
    return 0


def _require_name(name: str | None, *, in_place: bool) -> None:
    if not name and in_place:
        raise UsageError("give one contract, or --none", hint="guard contract list")
    if not name:
        raise UsageError("say what to start", hint="guard start NAME --owns PATTERN")


def _of_request(repository: Repository, how: Wanted, said: str, *, in_place: bool) -> Wanted:
    """The branch of a pull request; the session is named after it unless it has a name."""
    if how.branch or how.under or in_place:
        raise UsageError("a pull request says which branch it is", hint="guard start --pr NUMBER")
    head = fetch_head(repository, said)
    name = how.name or slug(head.branch) or f"pr-{head.number}"
    return how._replace(name=name, branch=head.branch, head=head._replace(said=said))


def _on_this_branch(repository: Repository, how: Wanted) -> Wanted:
    branch = how.branch or branch_of(repository)
    if not branch:
        raise UsageError(
            "no branch is checked out here, so no new contract can go with it",
            hint=f"git switch -c {shell_quote(slug(how.name) or 'NAME')}   # then again",
        )
    return how._replace(branch=branch)


def _bound(repository: Repository, how: Wanted) -> int:
    own = slug(how.name) if how.under else ""
    contract, name = bind(repository, how.under or how.name, own)
    goal = contract.goal.strip().partition("\n")[0][:100]
    click.echo(f"this worktree works under contract {show(contract.name)}: {show(goal)}")
    if name != contract.name:
        click.echo(f"  it is the session {show(name)}, as another worktree is there already")
    click.echo("next: guard brief")
    return 0


def _worded(wanted: Wanted, values: Values) -> Wanted:
    """Words that are no name become one, for a new contract; they are its goal, too."""
    if not values and not wanted.under:
        return wanted
    name = slug(wanted.name) or wanted.name
    if name != wanted.name:
        click.echo(f"the session's name is {name}")
    if wanted.under:
        return wanted._replace(name=name, values=values)
    values = {"goal": wanted.name, **values}
    require_sound("start", name, values)
    return wanted._replace(name=name, values=values)


def _taken(repository: Repository, wanted: Wanted, error: Taken, program: Sequence[str]) -> int:
    click.echo(f"{wanted.name} is not started: another session may own the same paths")
    for pair, line in lines_of(error.compared):
        click.echo(f"  {line}")
        other = pair.b if pair.a.name == wanted.name else pair.a
        if since := claimed_by(repository, error.compared.ref, other):
            click.echo(f"    {show(other.name)} was published by {show(since)}")
    edit = f"guard contract edit {wanted.under or wanted.name} --forbids PATTERN"
    way = f"first: {edit}" if error.is_known else "with other patterns or --forbids PATTERN"
    if error.stops:
        click.echo(f"next: guard contract list   # whose the paths are; then {way}")
    else:
        click.echo(f"next: {command_of(wanted._replace(anyway=True), program)}   # or {way}")
    return 1


def _tell(ahead: Ahead) -> None:
    """Say what may speak against the session, while nothing is made yet."""
    if ahead.untold:
        click.echo(f"but {show(ahead.untold)}; it goes by what this clone has")
    for _, line in lines_of(ahead.compared):
        click.echo(f"but {line}")
    if ahead.away:
        first, *others = ahead.away
        more = f", nor at {counted(len(others), 'more worktree')} beside it" if others else ""
        click.echo(f"but nothing is at {show(first)}{more}: is a volume not mounted?")
    if len(ahead.others) >= ahead.limit:
        beside = counted(len(ahead.others), "session")
        click.echo(
            f"but {beside} {'is' if len(ahead.others) == 1 else 'are'} open beside it "
            f"({show(', '.join(ahead.others))}), and guard.toml wants at most {ahead.limit}"
        )


def _lines(started: Started) -> list[str]:
    contract, lines = started.contract, []
    if started.apart:
        ahead, behind = started.apart
        lines.append(
            f"started {show(contract.name)} on branch {show(started.branch)}, which was there, at "
            f"{started.oid[:12]}: {counted(ahead, 'commit')} ahead of {show(started.ref)}, "
            f"{behind} behind"
        )
    elif started.is_new:
        source = f"{show(started.source)} {started.oid[:12]}"
        under = "" if started.name == contract.name else f" under contract {show(contract.name)}"
        where = f"on branch {show(started.branch)}{under}, from {source}"
        lines.append(f"started {show(started.name)} {where}")
    else:
        lines.append(f"{show(started.name)} is there already, on branch {show(started.branch)}")
        lines += (
            ["  an earlier start left something to do: this one goes on"] if started.resumed else []
        )
    if started.untrusted:
        lines.append("  it is a fork's pull request: nothing was copied or run (--trust does both)")
    if started.lacks:
        lines.append(
            f"but the branch lacks {started.lacks[:12]} of the pull request: git merge "
            f"{started.lacks[:12]}"
        )
    keys = [key for key in ("owns", "forbids", "merges") if getattr(contract, key)]
    lines += [f"  {key} {show(', '.join(getattr(contract, key)))}" for key in keys]
    if started.counts:
        lines.append(f"  the contract counts, on {show(started.counts)}")
    else:
        lines.append(
            f"  the contract is on the branch alone: it keeps nobody else out until it is on "
            f"{show(started.ref)} (guard contract publish {contract.name})"
        )
    edit = f"guard contract edit {contract.name}"
    if not started.counts:  # so the contract is in the session's worktree alone
        edit = f"cd {shell_quote(os.path.relpath(started.path))} && {edit}"
    return [*lines, *unmerged_lines(started.unmerged, contract.name, edit, " --publish")]


def _prepared(started: Started, again: str) -> bool:
    """Whether those of the policy's commands that have not ended well yet passed now."""
    left = commands_left(started.path, started.run)
    for number, line in enumerate(left, 1):
        click.echo(f"$ {show(line)}")
        if _run(started, ("/bin/sh", "-c", line)):
            behind = counted(len(left) - number, "command")
            more = f", then the {behind} behind it" if number < len(left) else ""
            click.echo("the session is started, but that command failed")
            click.echo(f"next: {again}   # runs it again{more}")
            return False
        note_ended(started.path, line)
    drop_commands(started.path)
    return True


def _again(wanted: Wanted, program: Sequence[str]) -> str:
    """The command that goes on with a session which is there."""
    how = Wanted(wanted.name, branch=wanted.branch, under=wanted.under, head=wanted.head)
    return command_of(how._replace(trusts=wanted.trusts), program)


def _run(started: Started, program: Sequence[str]) -> int:
    env = {**without_place(os.environ), "GUARD_SESSION": started.name}
    try:
        code = subprocess.run(program, cwd=started.path, env=env, check=False).returncode
    except OSError as error:
        raise UsageError(
            f"{program[0]} cannot be started: {error.strerror}",
            hint=f"cd {shell_quote(os.path.relpath(started.path))}   # the session is started",
        ) from error
    return code if code >= 0 else _SIGNALLED - code
