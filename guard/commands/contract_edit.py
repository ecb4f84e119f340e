"""`guard contract edit`: change a contract, and keep everything else in its file as it is."""

import os
from collections.abc import Sequence

import click

from guard.commands.contract_new import shared_notes
from guard.commands.contract_publish import publish_and_tell
from guard.commands.options import Completer, completed
from guard.contracts.consistency import contradictions
from guard.contracts.contract_keys import CONTRACT
from guard.contracts.edit import Edit, edited
from guard.contracts.model import Contract, Policy
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, UsageError
from guard.core.names import shell_quote, show
from guard.core.writing import put_text
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.reports.overlaps import refusal, told
from guard.rules.overlaps import Compared, widens
from guard.sessions.between.overlaps import claimed, stops
from guard.sessions.life.declaring import read_all
from guard.sessions.life.publishing import file_of, note_start
from guard.verdict.side_by_side import Both, branches

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


def _adds(option: str, what: str, words: Completer | None = None) -> click.Option:
    text = f"Add {what}. Repeatable."
    return click.Option(
        [f"--{option}"], multiple=True, metavar="VALUE", help=text, shell_complete=words
    )


@click.command(
    "edit",
    epilog=_EPILOG,
    short_help="Change a contract and keep its comments.",
    params=[
        _adds("owns", "a pattern that the session may change"),
        _adds("forbids", "a pattern that it must not change"),
        _adds("merges", "a shared group whose merge it owns", completed("group_names")),
        _adds("branch", "a pattern of branches that work under it"),
        _adds("actor", "a login of somebody who may work under it"),
        _adds("verify", "a command that the handoff must prove"),
    ],
)
@click.argument("name", shell_complete=completed("contract_names"))
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
    result would be an error, or if it may change what another contract owns and the policy forbids
    that (CON003); otherwise an overlap is a warning.
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
    top, both = repository.require_top(), read_all(repository)
    contract, there = _found(both, name)
    path = show(os.path.relpath(os.path.join(top, contract.file)))
    after = parse_contract(edited(contract, wanted).encode(), contract.file, name)
    _require_fit(both, repository, contract, after)
    compared = _proof(repository, both, contract, after)
    if stops(compared):
        again = f"guard contract edit {name} ..."
        click.echo("\n".join(refusal(compared, f"{path} is not written", again)))
        return 1
    _write(repository, both, contract if there else None, after)
    counting = both.base.contract(name)
    if counting and counting.text == after.text and not publishes:
        click.echo(f"{path} is what counts already")
        return 0
    click.echo(f"wrote {path}")
    added = after._replace(owns=tuple(wanted.add.get("owns", ())))
    notes = shared_notes(repository, both, added)
    if publishes:
        code = publish_and_tell(repository, [name])
        click.echo("\n".join(notes), nl=bool(notes))
        return code
    for line in (*(f"but {line}" for line in told(compared)), *notes):
        click.echo(line)
    click.echo(f"next: guard contract publish {name}   # it counts from then on")
    return 0


def _proof(repository: Repository, both: Both, before: Contract, after: Contract) -> Compared:
    """Compare what the edit adds to a contract with all others."""
    others = [one for one, _ in both.contracts() if one.name != after.name]
    names = [after.name] if widens(before, after) else []
    return claimed(repository, [after, *others], both.counting, both.base, names)


def _write(repository: Repository, both: Both, before: Contract | None, after: Contract) -> None:
    """Write the edited contract; `before` is what the working tree has."""
    counting = both.base.contract(after.name)
    if counting and (before is None or counting.text == before.text):
        note_start(repository, after.name, counting.text.encode())
    old = before.text if before else None
    again = f"again: guard contract edit {after.name} …"
    put_text(repository.top, after.file, old, after.text, again)


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
    if name in {one.name for one in both.brought}:
        message = f"the contract {name} is on its session's branch alone"
        raise UsageError(message, hint=f"guard contract publish {name}   # then again")
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
