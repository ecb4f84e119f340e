"""`guard contract edit`: change a contract, and keep everything else in its file as it is."""

import os
from collections.abc import Sequence

import click

from guard.commands.completion import contract_names
from guard.commands.contract_publish import published_lines
from guard.contracts.consistency import contradictions
from guard.contracts.edit import Edit, edited
from guard.contracts.model import CONTRACT, Contract, Policy
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, UsageError
from guard.core.names import shell_quote, show
from guard.core.writing import put_text
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.sessions.publishing import file_of, note_start, publish
from guard.verdict.side_by_side import Both, branches, read_both

_EPILOG = """\b
Examples:
  guard contract edit web --owns /docs/web.md
  guard contract edit web --merges package-metadata --publish
  guard contract edit web --remove owns src/old/ --owns src/new/
"""
# Options that add to a list: option → key.
_LISTS = {
    "owns": "owns",
    "forbids": "forbids",
    "merges": "merges",
    "branch": "branches",
    "actor": "actors",
    "verify": "verify",
}


def _adds(option: str, what: str) -> click.Option:
    text = f"Add {what}. Repeatable."
    return click.Option([f"--{option}"], multiple=True, metavar="VALUE", help=text)


@click.command(
    "edit",
    epilog=_EPILOG,
    short_help="Change a contract and keep its comments.",
    params=[
        _adds("owns", "a pattern that the session may change"),
        _adds("forbids", "a pattern that it must not change"),
        _adds("merges", "a shared group whose merge it owns"),
        _adds("branch", "a pattern of branches that work under it"),
        _adds("actor", "a login of somebody who may work under it"),
        _adds("verify", "a command that the handoff must prove"),
    ],
)
@click.argument("name", shell_complete=contract_names)
@click.option(
    "--remove",
    nargs=2,
    multiple=True,
    metavar="KEY VALUE",
    help="Take a value out of a list: --remove owns src/old/. Repeatable.",
)
@click.option("--goal", metavar="TEXT", help="What the session is to achieve.")
@click.option("--owner", metavar="TEXT", help="The person or agent who does it.")
@click.option("--standing/--no-standing", default=None, help="For bots, releases, maintenance.")
@click.option("--publish", "publishes", is_flag=True, help="Publish it, too, so that it counts.")
def edit(
    name: str,
    *,
    remove: tuple[tuple[str, str], ...],
    goal: str | None,
    owner: str | None,
    standing: bool | None,
    publishes: bool,
    **lists: tuple[str, ...],
) -> int:
    """Change the contract NAME in the working tree.

    Without a file there, it starts from the contract that counts. Options for lists add; what an
    edit does not touch stays as it is, comments and line ends included. Nothing is written if the
    result would be an error.
    """
    texts = {"goal": goal, "owner": owner, "standing": standing}
    wanted = Edit(
        {_LISTS[option]: values for option, values in lists.items() if values},
        _removed(remove),
        {key: value for key, value in texts.items() if value is not None},
    )
    if not any(wanted):
        raise UsageError("nothing to change", hint="guard contract edit --help")
    repository = open_repository(here())
    file, counts = _write(repository, name, wanted)
    path = show(os.path.relpath(os.path.join(repository.top, file)))
    if publishes:
        click.echo(f"wrote {path}")
        for line in published_lines(repository, publish(repository, [name])):
            click.echo(show(line))
    elif counts:
        click.echo(f"{path} is what counts already")
    else:
        click.echo(f"wrote {path}")
        click.echo(f"next: guard contract publish {name}   # it counts from then on")
    return 0


def _write(repository: Repository, name: str, wanted: Edit) -> tuple[str, bool]:
    """Write the edited contract; give its path, and whether just that counts already."""
    top, both = repository.require_top(), read_both(repository)
    contract, there = _found(both, name)
    text = edited(contract, wanted)
    _require_fit(both, repository, contract, parse_contract(text.encode(), contract.file, name))
    counting = both.base.contract(name)
    if counting and (not there or counting.text == contract.text):
        note_start(repository, name, counting.text.encode())
    old = contract.text if there else None
    put_text(top, contract.file, old, text, f"again: guard contract edit {name} …")
    return contract.file, counting is not None and counting.text == text


def _removed(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    lists = [key for key, kind in CONTRACT.keys.items() if kind.kind == "list"]
    removed: dict[str, list[str]] = {}
    for key, value in pairs:
        known = _LISTS.get(key, key)
        if known not in lists:
            raise UsageError(
                f"--remove {show(key)}: not a list of a contract",
                hint=f"--remove KEY VALUE, with one of {', '.join(lists)}",
            )
        removed.setdefault(known, []).append(value)
    return removed


def _found(both: Both, name: str) -> tuple[Contract, bool]:
    """The contract to edit, and whether it is in the working tree."""
    for standing in (both.tree, both.base):
        for file, message in standing.wrong:
            if file == file_of(name):
                raise ContractError(message, hint=f"guard contract check {shell_quote(name)}")
        found = standing.contract(name)
        if found:
            return found, standing is both.tree
    raise UsageError(f"there is no contract {show(name)}", hint="guard contract list")


def _require_fit(both: Both, repository: Repository, before: Contract, after: Contract) -> None:
    """Raise ContractError for a contradiction that the edit brings."""
    policy = both.base.policy or both.tree.policy or Policy()
    others = [one for one in both.base.contracts if one.name != after.name]
    existing = branches(repository)
    known = len(contradictions(policy, [*others, before], existing))
    found = contradictions(policy, [*others, after], existing)
    if len(found) > known:
        lines = [one.line for one in found if after.file in one.files]
        raise ContractError("\n".join(lines), hint="nothing was written; see: guard contract list")
