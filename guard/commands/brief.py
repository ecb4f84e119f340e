"""`guard brief`: what a session starts from, in the same words as for an agent."""

import click

from guard.agents.conversation import brief_of
from guard.commands.options import completed
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.sessions.life.declaring import session_called

_EPILOG = """\b
Examples:
  guard brief          of the session in this worktree
  guard brief web      of the session web
"""


@click.command(epilog=_EPILOG)
@click.argument("name", default="", shell_complete=completed("session_names"))
def command(name: str) -> None:
    """Print what a session starts from.

    That is what it may change, what is shared, which paths belong to others, and what the handoff
    must say, by the policy and the contracts on the base. An agent that asks guard gets the same
    text when it starts.
    """
    repository = open_repository(here())
    contract = name and session_called(repository, name)[1]
    click.echo(brief_of(repository.require_top(), contract or name), nl=False)
