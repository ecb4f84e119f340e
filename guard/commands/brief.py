"""`guard brief`: what a session starts from, in the same words as for an agent."""

import click

from guard.agents.conversation import brief_of
from guard.commands.completion import contract_names
from guard.git.plumbing import here
from guard.git.repository import open_repository

_EPILOG = """\b
Examples:
  guard brief          of the session in this worktree
  guard brief web      of the contract web
"""


@click.command(epilog=_EPILOG)
@click.argument("contract", default="", shell_complete=contract_names)
def command(contract: str) -> None:
    """Print what a session starts from.

    That is what it may change, what is shared, which paths belong to others, and what the handoff
    must say, by the policy and the contracts on the base. An agent that asks guard gets the same
    text when it starts.
    """
    click.echo(brief_of(open_repository(here()).require_top(), contract), nl=False)
