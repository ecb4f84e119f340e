"""`guard completion`: the script for a shell, and the words that come from the repository."""

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
)

from guard.contracts.model import CONTRACTS
from guard.core.codes import CODES

_EPILOG = """\b
Examples:
  eval "$(guard completion bash)"    in ~/.bashrc
  eval "$(guard completion zsh)"     in ~/.zshrc, below compinit
  guard completion fish > ~/.config/fish/completions/guard.fish
"""
_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_PLAIN = re.compile(r"[\w.@+-]+")  # other names would need the shell's own quoting


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that makes SHELL complete guard's commands, options, contracts and rules."""
    completer = _SHELLS[shell](context.find_root().command, {}, "guard", "_GUARD_COMPLETE")
    # Not `completer.source()`: for bash it starts one to ask for its version, which may differ from
    # that of the shell that reads the script.
    click.echo(ShellComplete.source(completer), nl=False)
    return 0


def contract_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Complete the name of a contract from the files of this working tree, without asking git."""
    try:
        top = os.getcwd()
        while not os.path.isdir(os.path.join(top, CONTRACTS)) and top != os.path.dirname(top):
            top = os.path.dirname(top)
        files = sorted(os.listdir(os.path.join(top, CONTRACTS)))
    except OSError:
        return []
    names = (file.removesuffix(".toml") for file in files if file.endswith(".toml"))
    return [name for name in names if name.startswith(incomplete) and _PLAIN.fullmatch(name)]


def rule_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the code or the name of a rule; if none begins so, the shell completes files."""
    words = {**CODES, **{name: code for code, name in CODES.items()}}
    begun = incomplete.lower()
    found = [
        CompletionItem(word, help=other)
        for word, other in words.items()
        if begun and word.lower().startswith(begun)
    ]
    return found or [CompletionItem(incomplete, type="file")]
