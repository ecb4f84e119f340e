"""`guard tidy`: sessions that are integrated leave the base, contract and handoff."""

from collections.abc import Iterator

import click

from guard.commands.options import completed
from guard.core.names import counted, shell_quote, show
from guard.git.landing import pushes_to
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree, places_at_hand
from guard.sessions.life.tidying import Closing, Plan, plan, tidy
from guard.sessions.worktrees import working_under

_EPILOG = """\b
Examples:
  guard tidy --dry-run    what would go, and why the rest stays
  guard tidy              remove it, in one commit on the base
  guard tidy web          close this session alone
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completed("contract_names"))
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def command(names: tuple[str, ...], *, dry_run: bool) -> int:
    """Remove contracts and handoffs of integrated sessions from the base, in one commit.

    A session is integrated if the base has all of its branches and some work of it, or if its
    branches are gone and the base has its handoff. The local base moves as git merge --ff-only
    moves it: a checkout with changes in the way stays as it is, and nothing moves.
    """
    repository = open_repository(here())
    planned = plan(repository, names)
    left = list(_worktrees(repository, planned))
    for one in planned.sessions:
        click.echo("\n".join(_lines(one, dry_run=dry_run)))
    if not planned.files:
        click.echo("nothing to tidy")
        return 0
    base = planned.trust.base.name
    if dry_run:
        files = counted(len(planned.files), "file")
        click.echo(f"nothing was changed: {files} would go")
        click.echo(f"next: guard tidy   # one commit on {show(base)}")
        for name, worktree in left:
            click.echo(f"or: guard finish {name}   # its worktree goes, too: {show(worktree.path)}")
        return 0
    commit = tidy(repository, planned)
    click.echo(f"closed {', '.join(map(show, planned.closed))}")
    remote = pushes_to(repository, base)
    if commit:
        click.echo(f"{show(base)} is {commit[:12]} now")
    if commit and remote:
        click.echo(f"next: git push {shell_quote(remote)} {shell_quote(base)}")
    for name, worktree in left:
        click.echo(
            f"next: git worktree remove {shell_quote(worktree.path)}   # {name}'s, which is left"
        )
    return 0


def _worktrees(repository: Repository, planned: Plan) -> Iterator[tuple[str, Worktree]]:
    """The worktrees that the closed sessions leave here, each with its session's contract."""
    for one in places_at_hand(repository)[1:]:  # the main one is first
        under = None if one.missing else working_under(planned.trust, one.branch, one.path)
        if under and under.name in planned.closed:
            yield under.name, one


def _lines(one: Closing, *, dry_run: bool) -> list[str]:
    if not one.files:
        return [f"open: {show(one.name)}: {show(one.why)}"]
    verb = "would remove" if dry_run else "remove"
    return [f"{verb} {show(one.name)}: {show(one.why)}", *(f"  {show(file)}" for file in one.files)]
