"""`guard contract new`: a contract written from options."""

import os
from collections.abc import Sequence

import click

from guard.commands.contract_publish import publish_and_tell
from guard.commands.options import completed, given, require_sound
from guard.contracts.branches import claims
from guard.contracts.consistency import contradictions
from guard.contracts.draft import draft
from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract, Policy
from guard.contracts.new_branches import branch_under
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, UsageError
from guard.core.names import fold, shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import Repository, branch_of, is_ignored, open_repository
from guard.reports.overlaps import refusal, told
from guard.reports.planned import unmerged_lines
from guard.rules.planned import unmerged
from guard.sessions.between.overlaps import claimed, stops
from guard.sessions.life.declaring import read_all
from guard.sessions.life.wanted import require_groups, require_portable
from guard.sessions.names import require_no_second
from guard.verdict.side_by_side import Both, Standing, branches, tracked, write_contract

_EPILOG = """\b
Examples:
  guard contract new web --goal "Make the pages faster." --owns web/ --owns '/docs/web-*.md'
  guard contract new deps --goal "Update dependencies." --merges package-metadata --owner Ada
"""


@click.command("new", epilog=_EPILOG)
@click.argument("name")
@click.option("--goal", required=True, metavar="TEXT", help="What the session is to achieve.")
@click.option("--owner", default="", metavar="TEXT", help="The person or agent who does it.")
@click.option(
    "--owns", multiple=True, metavar="PATTERN", help="What the session may change. Repeatable."
)
@click.option(
    "--forbids",
    multiple=True,
    metavar="PATTERN",
    help="What it must not change, even within what it owns. Repeatable.",
)
@click.option(
    "--merges",
    multiple=True,
    metavar="GROUP",
    shell_complete=completed("group_names"),
    help="A shared group of guard.toml whose merge it owns. Repeatable.",
)
@click.option(
    "--branch",
    "branches",
    multiple=True,
    metavar="PATTERN",
    help="Branches that work under it. Default: NAME, worktree-NAME and */NAME. Repeatable.",
)
@click.option(
    "--verify",
    multiple=True,
    metavar="COMMAND",
    help="A command that the handoff must prove. Repeatable.",
)
@click.option(
    "--actor",
    "actors",
    multiple=True,
    metavar="LOGIN",
    help="Who may work under it, as the CI system names them. Repeatable.",
)
@click.option("--standing", is_flag=True, help="For bots, releases and maintenance.")
@click.option("--publish", "publishes", is_flag=True, help="Publish it, too, so that it counts.")
def new(name: str, *, publishes: bool, **options: str | tuple[str, ...] | bool) -> int:
    """Write the contract NAME into the working tree, or publish it without a file there.

    An existing file is never overwritten.
    Patterns are those of .gitignore, from the top of the repository, one per option: quote them, or
    the shell expands them.
    """
    values = given(options)
    require_sound("contract new", name, values)
    require_portable(name)
    repository = open_repository(here())
    top = repository.require_top()
    both = read_all(repository)
    if f"{CONTRACTS}/{name}.toml" in both.base.files:
        raise UsageError(
            f"the contract {name} is on {both.ref} already", hint=f"guard contract show {name}"
        )
    if name in {one.name for one in both.brought} and both.tree.contract(name) is None:
        raise UsageError(
            f"the contract {name} is on its session's branch already",
            hint=f"guard contract show {name}",
        )
    merges = options["merges"]
    _require_groups(merges if isinstance(merges, tuple) else (), both.tree)
    text = draft(values)
    contract = parse_contract(text.encode(), f"{CONTRACTS}/{name}.toml", name)
    _require_one_name(contract.file, both)
    require_no_second(repository, name)
    there = [known for known, _ in both.contracts()]
    compared = claimed(repository, [contract, *there], both.counting, both.base, [name])
    if stops(compared):
        undone = f"{contract.file} is not written"
        click.echo("\n".join(refusal(compared, undone, "guard contract new ...")))
        return 1
    misfits = [f"but {line}" for line in _misfits(repository, both, contract)]
    notes = shared_notes(repository, both, contract)
    if publishes and not os.path.lexists(os.path.join(top, contract.file)):
        click.echo("\n".join(misfits), nl=bool(misfits))
        code = publish_and_tell(repository, [name], texts={name: text.encode()})
        if code:
            return code
        click.echo("\n".join(notes), nl=bool(notes))
    else:
        file = shell_quote(os.path.relpath(os.path.join(top, write_contract(top, name, text))))
        overlaps = [f"but {line}" for line in told(compared)]
        next_step = _next(repository, both, contract, file)
        click.echo("\n".join([f"wrote {file}", *overlaps, *misfits, *notes, next_step]))
    if not contract.standing and not claims(contract, branch_of(repository)):
        step = f"guard start {name}"
        if not branch_under(contract, name):
            step = f"git worktree add -b BRANCH ../{name}"
        click.echo(f"then: {step}   # the session's own worktree and branch")
    return 0


def shared_notes(repository: Repository, both: Both, contract: Contract) -> list[str]:
    """Give a note for each shared group with files that a contract owns and cannot edit."""
    others = [one for one, _ in both.contracts() if one.name != contract.name]
    found = unmerged(both.policy, contract, others, lambda: tracked(repository, both.counting))
    end = "" if both.missing else " --publish"
    return [*unmerged_lines(found, contract.name, f"guard contract edit {contract.name}", end)]


def _misfits(repository: Repository, both: Both, contract: Contract) -> list[str]:
    contracts = (*both.tree.contracts, contract)
    found = contradictions(both.tree.policy or Policy(), contracts, branches(repository))
    return [misfit.line for misfit in found if contract.file in misfit.files]


def _next(repository: Repository, both: Both, contract: Contract, file: str) -> str:
    """The command from which on the contract counts."""
    if not both.missing:
        step = f"guard contract publish {contract.name}"
        return f"next: {step}   # it counts once it is on {show(both.ref)}"
    add = "git add"
    if is_ignored(repository, contract.file):
        click.echo("but an ignore rule covers it, so it needs --force, once")
        add = "git add --force"
    commit = f"{add} {file} && git commit -m 'contract {contract.name}' {file}"
    return f"next: {commit}   # on the base: from there it is trusted"


def _require_one_name(file: str, both: Both) -> None:
    for known in (*both.tree.files, *both.base.files):
        if known != file and fold(known) == fold(file):
            raise UsageError(
                f"{known} is there, and {file} is the same name on macOS and Windows",
                hint="choose another name for the contract",
            )


def _require_groups(groups: Sequence[str], tree: Standing) -> None:
    if not groups:
        return
    if tree.policy is None:
        message = next(message for file, message in tree.wrong if file == POLICY_FILE)
        raise ContractError(message, hint="guard contract check")
    require_groups(tree.policy, groups)
