"""`guard completion`: the script for a shell, and the words that come from the repository."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from os.path import splitext

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from guard.commands.cli import COMPLETE
from guard.contracts.model import CONTRACTS, LARGEST_FILE, POLICY_FILE
from guard.contracts.parse import parse_policy
from guard.core.codes import CODES
from guard.core.errors import GuardError
from guard.core.files import read_head
from guard.core.names import HEADS, branch_in
from guard.git.locate import common_dir, linked
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.refs import tips
from guard.git.repository import open_repository
from guard.sessions.names import names_noted, names_thrown
from guard.verdict.search import Search
from guard.verdict.trust import read_trust

_EPILOG = """\b
Examples:
  eval "$(guard completion bash)"    in ~/.bashrc
  eval "$(guard completion zsh)"     in ~/.zshrc, below compinit
  guard completion fish > ~/.config/fish/completions/guard.fish
"""
_PLAIN = re.compile(r"[\w.+-]+")  # what the name of a contract may be
# In bash, by the quote around it: the characters that mean something, and how they are written.
_SPECIAL = {
    "": (r"[^\w.@%+=:,/-]", r"\\\g<0>"),
    '"': (r'["$`\\]', r"\\\g<0>"),
    "'": ("'", r"'\\''"),
}


class _WithOption(ShellComplete):
    """A value that is typed as `--option=value` is one word of the shell, with the option."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give what is offered for a word."""
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        return found


class _Zsh(_WithOption, ZshComplete):
    pass


class _Fish(_WithOption, FishComplete):
    # A name may have a comma, too.
    source_template = FishComplete.source_template.replace('split ","', 'split -m 1 ","')


class _Bash(_WithOption, BashComplete):
    """bash replaces only the end of a word, behind an `@` or a `=`, and quotes nothing.

    So the script passes on the line up to the cursor, and what bash is about to replace.
    """

    source_template = BashComplete.source_template.replace(
        'COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD',
        'COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_END="$2"',
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the words of the line, and the one that is completed."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        is_begun = bool(words) and (bool(os.environ["COMP_END"]) or not line[-1:].isspace())
        begun = words.pop() if is_begun else ""
        return words, begun

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give what is offered for the end of a word."""
        end = "".join(split_arg_string(_open_quote() + os.environ["COMP_END"]))
        found = super().get_completions(args, incomplete)
        for item in found:
            if item.type == "plain":
                item.value = item.value[len(incomplete) - len(end) :]
        return found

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Give the line for the shell."""
        special, escaped = _SPECIAL[_open_quote()]
        value = re.sub(special, escaped, item.value).replace("\\", "\\\\")  # `read` takes one away
        return f"{item.type},{value}"


def _open_quote() -> str:
    """The quote that the end of the line is in, "" for none."""
    before = os.environ["COMP_LINE"].removesuffix(os.environ["COMP_END"])[-1:]
    return before if before in _SPECIAL else ""


_SHELLS = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that makes SHELL complete guard's commands, options, contracts and rules."""
    completer = _SHELLS[shell](context.find_root().command, {}, "guard", COMPLETE)
    # Not `completer.source()`: for bash it starts one to ask for its version, which may differ from
    # that of the shell that reads the script.
    click.echo(ShellComplete.source(completer), nl=False)
    return 0


def answer(group: click.Command, instruction: str) -> bool:
    """Answer a shell that asks for words; tell whether it could be understood."""
    shell, _, asked = instruction.partition("_")
    if shell not in _SHELLS or asked != "complete":
        return False
    click.echo(_SHELLS[shell](group, {}, "guard", COMPLETE).complete())
    return True


def contract_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Complete the name of a contract: of a file in a worktree here, or of one that counts."""
    names: set[str] = set()
    for top in _tops():
        with suppress(OSError):
            names.update(os.listdir(os.path.join(top, CONTRACTS)))
    stems = sorted(_counting().union(stem for stem, end in map(splitext, names) if end == ".toml"))
    return [name for name in stems if name.startswith(incomplete) and _PLAIN.fullmatch(name)]


def _counting() -> set[str]:
    """The contracts on the base, or on the branch of contracts: no worktree may have that."""
    try:
        repository = open_repository(here())
        with closing(Objects(repository.git)) as objects:
            trust = read_trust(Search(repository, objects, head=""), lenient=True)
    except GuardError:
        return set()
    return {contract.name for contract in trust.contracts}


def session_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a session: of a contract, or of a second worktree under one.

    Behind `--undo`, it is what the trash has.
    """
    tops = list(_tops())
    if context.params.get("back"):
        thrown = names_thrown(common_dir(tops[-1])) if tops else set()
        return sorted(
            filter(_PLAIN.fullmatch, (one for one in thrown if one.startswith(incomplete)))
        )
    noted = names_noted(common_dir(tops[-1])) if tops else {}
    own = {name for name, _ in noted.values() if name.startswith(incomplete)}
    return sorted({*contract_names(context, parameter, incomplete), *filter(_PLAIN.fullmatch, own)})


def group_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a shared group, from the first guard.toml that can be read here."""
    for top in _tops():
        with suppress(OSError, GuardError):
            file = os.path.join(top, POLICY_FILE)
            policy = parse_policy(read_head(file, LARGEST_FILE), file)
            names = [group.name for group in policy.shared]
            if names:
                return [name for name in names if name.startswith(incomplete)]
    return []


def _tops() -> Iterator[str]:
    """The folders from here up to the repository, and its worktrees."""
    try:
        top = os.getcwd()
    except OSError:
        return
    while True:
        yield top
        if os.path.lexists(os.path.join(top, ".git")) or top == os.path.dirname(top):
            break
        top = os.path.dirname(top)
    shared = common_dir(top)
    if os.path.basename(shared) == ".git":
        yield os.path.dirname(shared)
    yield from (folder for _, folder in linked(shared))


def branch_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a branch that is here."""
    try:
        names = list(map(branch_in, tips(here(), HEADS)))
    except GuardError:
        return []
    return [name for name in names if name.startswith(incomplete)]


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
