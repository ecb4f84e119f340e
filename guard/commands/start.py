"""`guard start`: binds this worktree to a contract."""

import click

from guard.commands.completion import contract_names
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.sessions.binding import bind, unbind

_EPILOG = """\b
Examples:
  guard start --here web      this worktree works under the contract web
  guard start --here --none   take that back
"""


@click.command(epilog=_EPILOG)
@click.argument("name", required=False, shell_complete=contract_names)
@click.option("--here", "in_place", is_flag=True, help="Bind the worktree that you are in.")
@click.option("--none", "nothing", is_flag=True, help="Take the binding of this worktree away.")
def command(name: str | None, *, in_place: bool, nothing: bool) -> None:
    """Bind this worktree to the contract NAME, whatever is checked out in it.

    For a worktree with a detached HEAD, or whose branch no contract claims: from now on, guard's
    checks, hooks and agents here judge by NAME. A branch that a contract claims stays that
    contract's. A push and CI judge by the branch that is pushed, as before.
    """
    if not in_place:
        word = shell_quote(name) if name else "NAME"
        raise UsageError("say where NAME starts", hint=f"guard start --here {word}")
    if nothing == bool(name):
        raise UsageError("give one contract, or --none", hint="guard contract list")
    repository = open_repository(here())
    if name is None:
        before = unbind(repository)
        click.echo(f"this worktree is no longer bound to {show(before)}" if before else "not bound")
        return
    contract = bind(repository, name)
    goal = contract.goal.strip().partition("\n")[0][:100]
    click.echo(f"this worktree works under contract {show(contract.name)}: {show(goal)}")
    click.echo("next: guard brief")
