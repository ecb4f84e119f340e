"""`guard contract publish`: contracts count from now on."""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import click

from guard.commands.options import completed
from guard.core.errors import Unreachable, UsageError
from guard.core.names import shell_quote, show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import Repository, branch_of, open_repository
from guard.reports.overlaps import refusal, told
from guard.sessions.life.publishing import Parted, Published, file_of, publish

_EPILOG = """\b
Examples:
  guard contract publish web                     the contract of the working tree counts
  guard contract publish --to guard-contracts    make a branch of contracts from all on the base
"""


@click.command("publish", epilog=_EPILOG, short_help="Make a contract count.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completed("contract_names"))
@click.option(
    "--to",
    default="",
    metavar="BRANCH",
    help="Publish to this branch. Without NAME: all contracts that count now.",
)
def publish_command(names: tuple[str, ...], *, to: str) -> int:
    """Commit contracts of the working tree where they count, and push that.

    That is the base, or the branch of contracts that guard.toml names. The commit is made beside
    the checkout: index and working tree stay as they are, but where the base itself is checked out
    and lacks nothing else. If somebody else pushes meanwhile, guard
    fetches and tries again; a contract that somebody else published is never replaced. Whether a
    contract can take a path that another one owns is proved first, each time: a warning, or no
    publishing where the policy says so (CON003).
    """
    if not names and not to:
        raise UsageError("which contract?", hint="guard contract publish NAME")
    repository = open_repository(here())
    return publish_and_tell(repository, names, to)


def publish_and_tell(
    repository: Repository,
    names: Sequence[str],
    to: str = "",
    texts: Mapping[str, bytes] = MappingProxyType({}),
    note: str = "",
) -> int:
    """Publish contracts, or their `texts`, and print what counts now; give the exit status.

    That is 1, and nothing was published, if the policy does not let them overlap with others.
    `note` is said in the commit.
    """
    try:
        published = publish(repository, names, to, texts=texts, note=note)
    except (Unreachable, Parted) as error:
        again = f"guard contract publish {' '.join(names) or f'--to {shell_quote(to)}'}"
        hint = f"{error.hint}   # then again: {again}"
        raise type(error)(f"{error.message}; nothing was published", hint=hint) from error
    if published.stopped:
        edit = f"guard contract edit {' '.join(names) or 'NAME'} ..."
        lines = refusal(published.compared, "nothing is published", edit)
    else:
        lines = _lines(repository, published)
    for line in lines:
        click.echo(show(line))
    return 1 if published.stopped else 0


def _lines(repository: Repository, published: Published) -> list[str]:
    """What counts now, and what is still to do, a line each."""
    ref = f"{published.branch.short} {published.tip[:12]}"
    lines = []
    for contract in published.contracts:
        did = "published" if contract.name in published.news else "is there already:"
        lines.append(f"{did} {contract.name}: it counts, on {ref}")
        keys = [key for key in ("owns", "forbids", "merges") if getattr(contract, key)]
        lines += [f"  {key} {', '.join(getattr(contract, key))}" for key in keys]
    lines += [f"but {line}" for line in told(published.compared)]
    if published.news and published.branch.remote:
        remote = shell_quote(published.branch.remote)
        lines.append(f"other clones know it after: git fetch {remote}")
    return lines + _left(repository, published)


def _left(repository: Repository, published: Published) -> list[str]:
    """What is still to do with the file in the working tree, which guard leaves as it is."""
    if not repository.top:
        return []
    lines = []
    branch = published.branch
    is_on_it = bool(branch.remote) and branch_of(repository) == branch.name
    follow = f" && git merge --ff-only {shell_quote(branch.short)}" if is_on_it else ""
    for contract in published.contracts:
        file = file_of(contract.name)
        if not os.path.lexists(os.path.join(repository.top, file)):
            continue
        path = shell_quote(os.path.relpath(os.path.join(repository.top, file)))
        objects = Objects(repository.git)
        info = objects.read(f"HEAD:{file}")
        objects.close()
        if info is None:
            lines.append(f"next: rm {path}{follow}   # it is read from {branch.short}")
        elif info[1] != contract.text.encode():
            words = f"git commit -m {shell_quote(f'contract {contract.name}')} {path}"
            if is_on_it:
                words = f"git restore {path}{follow}"
            lines.append(f"next: {words}   # this branch has an older version")
    return lines
