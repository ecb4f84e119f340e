"""`guard agent install` and `uninstall`: guard's entries in the settings of a coding agent."""

import os
import shutil

import click

from guard.agents.programs import AGENTS, load_agent
from guard.agents.setup.cautions import cautions
from guard.agents.setup.files import (
    HOME,
    PERSONAL,
    SHARED,
    SettingsFile,
    entries_alone,
    find_file,
    text_with,
    text_without,
    wanted_hooks,
)
from guard.agents.setup.settings import switched_off
from guard.commands.agent_selftest import selftest
from guard.contracts.model import POLICY_FILE
from guard.core.errors import GuardError, UsageError
from guard.core.files import read_text
from guard.core.names import shell_quote, show
from guard.core.patch import patch
from guard.core.writing import put_text, remove_file
from guard.git.locate import top_of
from guard.git.plumbing import at
from guard.git.repository import is_ignored, open_repository
from guard.verdict.side_by_side import read_base

_AGENT = click.Choice(list(AGENTS))
_WORKTREE = ".claude/worktrees/name"
_LOCAL = "Use the settings of this person alone (.claude/settings.local.json)."
_USER = "Use the settings in your home directory: for you, in all repositories."
_EPILOG = """\b
Examples:
  guard agent install claude       add guard to .claude/settings.json
  guard agent selftest claude      run what is there, and judge the answers

\b
NAME is claude, codex, gemini, cursor, copilot or opencode. The agent itself
starts guard agent NAME, with its event on standard input; you do not type that.
"""
_INSTALL = """\b
Examples:
  guard agent install claude             add guard's entries to .claude/settings.json
  guard agent install codex --dry-run    show the change, write nothing
  guard agent install gemini --user      for you alone, wherever the agent is started
  guard agent install gemini --optional  for a team in which not everybody has guard
"""
_UNINSTALL = """\b
Examples:
  guard agent uninstall claude
  guard agent uninstall cursor --dry-run
"""


@click.group("agent", epilog=_EPILOG)
def command() -> None:
    """Have coding agents ask guard before they write, and learn at once what is not theirs.

    An agent with guard learns its contract when a session starts, is stopped before it writes
    outside of it, hears what a shell command has changed, and is asked for its handoff at the end.
    """


command.add_command(selftest)


@command.command("install", epilog=_INSTALL, short_help="Add guard to an agent's settings.")
@click.argument("name", type=_AGENT)
@click.option("--dry-run", is_flag=True, help="Show the change as a diff. Write nothing.")
@click.option(
    "--entries",
    is_flag=True,
    help="Print guard's entries alone, to add them by hand. Write nothing.",
)
@click.option("--local", is_flag=True, help=_LOCAL)
@click.option("--user", is_flag=True, help=_USER)
@click.option(
    "--optional",
    is_flag=True,
    help="Let the agent work where guard is not installed; it makes worktrees itself then.",
)
@click.option(
    "--no-worktrees", is_flag=True, help="Let the agent make worktrees itself (Claude Code)."
)
def install(
    name: str,
    *,
    dry_run: bool,
    entries: bool,
    local: bool,
    user: bool,
    optional: bool,
    no_worktrees: bool,
) -> int:
    """Add guard's entries to the settings of the agent NAME in this repository.

    Everything else in the file stays byte for byte, and running it again changes nothing. Settings
    that are not plain JSON are not touched.
    """
    hooks = wanted_hooks(load_agent(name), optional=optional, worktree_hooks=not no_worktrees)
    if entries:
        click.echo(entries_alone(name, hooks), nl=False)
        return 0
    whose = _whose(local=local, user=user)
    place = find_file(name, whose)
    shown = show(place.path)
    old = read_text(place.top, place.file)
    new = text_with(name, old, hooks, place.file)
    if dry_run:
        _echo(patch(place.file, old, new))
        return 0
    if new == old:
        click.echo(f"{shown} has guard's entries already")
    else:
        put_text(place.top, place.file, old, new, again=f"guard agent install {name}")
        click.echo(f"wrote {shown}: {AGENTS[name]} asks guard from now on")
    _tell_obstacles(name, place, new)
    if whose != HOME:
        _tell_commit(place, changed=new != old, personal=local)
    click.echo(f"next: guard agent selftest {name}")
    for note in (load_agent(name).then, *cautions(name)):
        click.echo(f"note: {note}")
    return 0


@command.command(
    "uninstall", epilog=_UNINSTALL, short_help="Take guard out of an agent's settings."
)
@click.argument("name", type=_AGENT)
@click.option("--dry-run", is_flag=True, help="Show the change as a diff. Write nothing.")
@click.option("--local", is_flag=True, help=_LOCAL)
@click.option("--user", is_flag=True, help=_USER)
def uninstall(name: str, *, dry_run: bool, local: bool, user: bool) -> int:
    """Take guard's entries out of the settings of the agent NAME, and nothing else.

    A file that holds nothing else is removed.
    """
    place = find_file(name, _whose(local=local, user=user))
    shown, again = show(place.path), f"guard agent uninstall {name}"
    old = read_text(place.top, place.file)
    new = text_without(name, old, place.file) if old is not None else None
    if old is None or new == old:
        click.echo(f"{shown} has no entries of guard")
    elif dry_run:
        _echo(patch(place.file, old, new or ""))
    elif new is None:
        remove_file(place.top, place.file, old, again=again)
        click.echo(f"removed {shown}: it held nothing but guard's entries")
    else:
        put_text(place.top, place.file, old, new, again=again)
        click.echo(f"took guard's entries out of {shown}")
    return 0


def _whose(*, local: bool, user: bool) -> str:
    if local and user:
        raise UsageError("--local and --user name two files", hint="use one of them")
    return HOME if user else PERSONAL if local else SHARED


def _tell_obstacles(name: str, place: SettingsFile, text: str) -> None:
    if shutil.which("guard") is None:
        click.echo(
            "note: there is no guard on PATH, where the agent will look for it; "
            "install it with pipx or uv tool"
        )
    agent = load_agent(name)
    off = "" if agent.is_program else switched_off(text, place.file)
    if off:
        click.echo(f"note: {off} in {show(place.path)} switches all hooks off")
    makes_worktrees = any(f'"{event}"' in text for event in agent.worktree_hooks)
    if not top_of(place.top):  # in the home directory
        return
    if makes_worktrees and not is_ignored(open_repository(at(place.top)), _WORKTREE):
        has_policy = os.path.lexists(os.path.join(place.top, POLICY_FILE))
        click.echo(
            "note: git does not ignore .claude/worktrees/, and `git add -A` would add them: "
            f"guard init {'--update ' if has_policy else ''}--write-ignore"
        )


def _tell_commit(place: SettingsFile, *, changed: bool, personal: bool) -> None:
    ignored = is_ignored(open_repository(at(place.top)), place.file)
    if personal and not ignored:
        click.echo(
            f"note: git does not ignore {place.file}; a line in .gitignore keeps it out of commits"
        )
    if changed and not personal and not ignored:
        path = os.path.join(place.top, place.file)
        git, file = "git", shell_quote(path)
        if place.elsewhere:
            git = f"git -C {shell_quote(place.top)}"
        else:
            file = shell_quote(os.path.relpath(path))
        click.echo(
            f"next: {git} add {file} && {git} commit -m 'agents: ask guard' {file}"
            f"   # {_base(place)}: every worktree gets it from there"
        )


def _base(place: SettingsFile) -> str:
    try:
        return f"on {show(read_base(open_repository(at(place.top))).home)}"
    except GuardError:
        return "on the base"


def _echo(text: str) -> None:
    """Print a diff byte by byte: it may hold text that is not UTF-8."""
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False)
