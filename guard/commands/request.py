"""`guard request`: a session asks for paths that its contract does not give it."""

import click

from guard.commands.explain import gather
from guard.core.errors import UsageError
from guard.core.names import show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.rules.explanation import explain_path
from guard.sessions.life.requests import ask, news, read_request
from guard.sessions.names import own_name

_EPILOG = """\b
Examples:
  guard request src/types/order.ts --why "the new field has to be in the type"
  guard request                     what was asked for, and what was answered
"""


@click.command(epilog=_EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--why", default="", metavar="TEXT", help="What the paths are needed for.")
def command(paths: tuple[str, ...], *, why: str) -> int:
    """Ask for PATHs that this session may not change, or say what became of that.

    Whoever leads the sessions answers with `guard grant`. An agent hears the answer at its next
    hook. Nothing is granted by asking.
    """
    repository = open_repository(here())
    facts, located = gather(paths or ("guard.toml",), "")
    if facts.contract is None:
        raise UsageError("this worktree is no session's, so it cannot ask", hint="guard brief")
    name, common = own_name(repository.top, facts.contract.name), repository.common_dir
    if not paths:
        click.echo(news(common, name) or _state(common, name))
        return 0
    if not why.strip():
        raise UsageError("say what the paths are needed for", hint="guard request PATH --why TEXT")
    wanted = []
    for path, mode in located.values():
        if explain_path(facts, path, mode).allowed:
            click.echo(f"{show(path)} is this session's already")
        else:
            wanted.append(path)
    if not wanted:
        return 0
    request = ask(common, name, wanted, why)
    click.echo(f"{show(name)} asks for {show(', '.join(request.paths))}: {show(request.why)}")
    click.echo(f"next: guard grant {name}   # whoever leads the sessions, or with --deny")
    return 0


def _state(common_dir: str, name: str) -> str:
    request = read_request(common_dir, name)
    if request is None:
        return f"{name} has asked for nothing"
    return f"{name} asks for {show(', '.join(request.paths))}, and nobody has answered yet"
