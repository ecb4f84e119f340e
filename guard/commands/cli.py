"""The command line: a lazy Click group. `guard --help` loads no command, other words load one."""

import os
from collections.abc import Iterator
from importlib import import_module

import click

from guard import __version__
from guard.core.errors import UsageError

# What `guard --help` lists. The module of a command is guard/commands/NAME.py; its Click object is
# called `command`.
COMMANDS = {
    "Every day": {
        "check": "Judge this worktree, a branch or all worktrees against their contracts.",
        "run": "Run a command and keep the proof that it ran, and on which tree.",
        "handoff": "Draft, check and show what a session leaves behind.",
        "status": "Show all sessions: who needs somebody, who is ready, who meets whom.",
        "conflicts": "Say which sessions would conflict, with the base and with each other.",
        "explain": "Say which pattern of which file decides about a path, or what a rule asks.",
    },
    "Sessions and contracts": {
        "init": "Write a guard.toml that fits this repository.",
        "plan": "Say what several sessions would meet, before any of them starts.",
        "start": "Start a session: its contract, branch and worktree in one step.",
        "contract": "Make, change, publish, list and validate contracts.",
        "sessions": "List the sessions: name, state, branch and worktree.",
        "integrate": "Bring sessions that are done onto the base, each tried on top of the others.",
        "finish": "Remove a session that is done; nothing is lost.",
        "tidy": "Remove contracts and handoffs of sessions that are integrated.",
        "request": "Ask for paths that this session may not change.",
        "grant": "Give a session what it has asked for, or deny it.",
        "brief": "Print what a session starts from: its contract, and what belongs to others.",
    },
    "Hooks": {
        "install": "Have git start guard before commits, merges and pushes, in every worktree.",
        "uninstall": "Remove guard's hooks, and restore those that were there before.",
        "doctor": "See whether git starts guard where it should.",
        "agent": "Have coding agents ask guard before they write.",
        "hook": "What git's hooks start; you do not type it.",
    },
    "In CI": {
        "ci": "Judge a pull request by the contracts on its base, in any CI system.",
    },
    "Other": {
        "demo": "See guard at work in a throw-away repository.",
        "schema": "Print the JSON Schema of what people write, and of what guard prints as JSON.",
        "completion": "Print the completion script for bash, zsh or fish.",
    },
}
_SUMMARIES = {name: text for commands in COMMANDS.values() for name, text in commands.items()}
_EPILOG = """\b
Examples:
  guard init                  write the policy of this repository
  guard check                 judge this worktree, committed or not
  guard check --staged        judge what the next commit holds
  guard explain src/app.py    say who may change a path, and why

\b
Exit status: 0 kept, 1 broken, 2 could not judge, 3 a bug in guard, 130 interrupted.
"""
_ALIKE = 0.6  # how much of an option must be as typed to be meant, from 0 to 1
COMPLETE = "_GUARD_COMPLETE"  # set by a shell that asks for completions (Click's protocol)


def run(words: list[str]) -> int:
    """Run the command that `words` name and give its exit status.

    Raises UsageError for words that do not fit together, and whatever the command raises. Click's
    own `main` would turn an interrupt, a broken pipe and its own errors into exit status 1, which
    here means a broken contract.
    """
    instruction = os.environ.get(COMPLETE)
    if instruction:
        from guard.commands.completion import answer

        return 0 if answer(group, instruction) else 2
    if words[:1] == ["help"]:  # `guard help check` is `guard check --help`, as with git
        words = [*words[1:], "--help"]
    try:
        with group.make_context("guard", words) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.NoArgsIsHelpError as error:
        # no words are no verdict: the help goes to standard error
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        raise _usage(error, words) from None
    return code if isinstance(code, int) else 0


class Commands(click.Group):
    """Knows its commands by name and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of this name.

        Click's mark for lines that it must not wrap is a backspace; a raw docstring (PEP 257) has a
        backslash and a b instead.
        """
        if cmd_name not in _SUMMARIES:
            return None
        module = import_module(f"guard.commands.{cmd_name}")
        command: click.Command = module.command
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        for described in (command, *inner):
            described.help = (described.help or "").replace("\\b\n", "\b\n")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names. Raises UsageError with the nearest name."""
        name = args[0]
        if name in _SUMMARIES or ctx.resilient_parsing or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches  # takes 5 ms to load, and most names are right

        near = get_close_matches(name, _SUMMARIES, n=1, cutoff=0.5)
        hint = "guard --help lists them; for example: guard check"
        if near:
            hint = f"did you mean: guard {near[0]}"
        raise UsageError(f"there is no command {name!r}", hint=hint)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their summaries, by use, without importing them."""
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()), col_max=14)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> "list[click.shell_completion.CompletionItem]":
        """Complete the names of commands without importing them, and the group's own options."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=text)
            for name, text in _SUMMARIES.items()
            if name.startswith(incomplete)
        ]


@click.group(
    cls=Commands,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="guard")
def group() -> None:
    """Keep parallel work on one git repository from colliding.

    Each session has a contract: the paths it owns and the paths it must not touch. guard tells
    whether a change keeps it.
    """


def _usage(error: click.ClickException, words: list[str]) -> UsageError:
    near = getattr(error, "possibilities", None)
    message = " ".join((error.message if near else error.format_message()).split())
    if isinstance(error, click.NoSuchOption):
        near = [one for one in near or () if _is_like(one, error.option_name)]
    hints = [f"did you mean {near[0]}?"] if near else []
    command, path = _meant(error, words)
    if isinstance(error, click.NoSuchOption):
        hints += [f"its options: {path} --help"]
    else:
        hints += [f"for example: {line}" for line in _examples(command)][:1]
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint=" ".join(hints))


def _is_like(option: str, typed: str) -> bool:
    """Whether more than the dashes is alike, which is all that Click asks for."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, option.strip("-"), typed.strip("-")).ratio() >= _ALIKE


def _meant(error: click.ClickException, words: list[str]) -> tuple[click.Command, str]:
    """The command that an error is about and its name; Click's parser does not always say it."""
    context = getattr(error, "ctx", None)
    if isinstance(context, click.Context):
        return context.command, context.command_path
    command = group.get_command(click.Context(group), words[0])
    return (command, f"guard {words[0]}") if command else (group, "guard")


def _examples(command: click.Command) -> Iterator[str]:
    """The lines below the word Example in its help that call guard."""
    _, _, below = f"{command.help}\n{command.epilog}".partition("Example")
    for line in below.split("\n"):
        if line.strip().startswith("guard "):
            yield line.strip().split("  ")[0]
