"""`guard agent selftest`: tries the hooks in an agent's settings."""

import shutil

import click

from guard.agents.programs import AGENTS
from guard.agents.setup.cautions import cautions
from guard.agents.setup.selftest import settings_in_use, trials
from guard.core.names import show

_EPILOG = """\b
Examples:
  guard agent selftest claude
  guard agent selftest opencode

\b
Exit status: 0 every answer was right, 1 one was not or guard is not in the settings,
2 it could not be tried.
"""


@click.command(
    "selftest",
    epilog=_EPILOG,
    short_help="Run what an agent's settings hold, and judge the answers.",
)
@click.argument("name", type=click.Choice(list(AGENTS)))
def selftest(name: str) -> int:
    """Prove that the agent NAME is stopped where it should be.

    The command lines in its settings are run in a temporary repository, on what the agent would
    send them, and the answers are read as the agent reads them. No other repository is touched.
    """
    found = settings_in_use(name)
    install = f"next: guard agent install {name}"
    if not found:
        click.echo(f"guard is not in the settings of {AGENTS[name]}\n{install}")
        return 1
    files = ", ".join(show(one.file) for one in found)
    program = show(shutil.which("guard") or "not on PATH")
    click.echo(f"{AGENTS[name]}, {files}; guard is {program}")
    failed = False
    for trial in trials(name, found):
        took = " " * 9 if trial.milliseconds is None else f"{trial.milliseconds:6.0f} ms"
        click.echo(f"{'FAIL' if trial.failed else 'ok  '} {took}  {trial.what}")
        for line in trial.details:
            click.echo(f"      {line}")
        failed = failed or trial.failed
    for caution in cautions(name):
        click.echo(f"warn            {caution}")
    if any(one.stale for one in found):
        click.echo(f"note: this version of guard would install other entries\n{install}")
    return 1 if failed else 0
