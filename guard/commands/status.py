"""`guard status`: who works here, who needs somebody, who is ready, who must talk to whom."""

import click

from guard.commands.options import format_option, output_option, remote_option
from guard.commands.status_show import Wanted, run
from guard.sessions.scene import PATIENCE

_EPILOG = """\b
Examples:
  guard status                    a line for each session, those that need somebody first
  guard status --watch            the same, drawn anew when something changes
  guard status --format json | jq '.sessions[] | select(.state == "ready") | .next'
  guard status --html ~/all.html  a page with hunks, merge order and handoffs, for a browser
  guard status --remote origin    also branches that others have pushed (git fetch first)
  guard status --exit-code        for scripts

\b
Exit status: 0 whatever it shows. --exit-code: 1 a session is blocked or two conflict, 2 not all
could be judged.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--watch",
    is_flag=True,
    help="Stay, and show what changes; needs the extra: pip install 'worktree-guard[watch]'.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0.1, 3600),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Give a worktree up that does not answer for so long, as on a disk that is away.",
)
@click.option(
    "--exit-code", "judged", is_flag=True, help="Say with the exit status whether all is well."
)
@click.option(
    "--html",
    "target",
    metavar="FILE",
    type=click.Path(),
    help="Write all of it, and more, as a page to FILE; - is standard output.",
)
@remote_option("Also show the branches of this remote, as last fetched, that open contracts claim.")
@format_option("How to write it.", ("text", "json"))
@output_option("file")
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Show all sessions on one screen: who needs somebody, who is ready, who meets whom.

    A session is a worktree as it is now, untracked files included, or a branch that an open
    contract claims. Each has its state, the files that it changes in and out of its contract, with
    whom it conflicts, and the command that it needs next. Nothing is changed.
    """
    return run(Wanted(**context.params))
