"""`guard grant`: the answer to what a session has asked for."""

import os
from collections.abc import Iterator, Sequence

import click

from guard.commands.contract_publish import publish_and_tell
from guard.commands.explain import gather
from guard.commands.options import completed
from guard.contracts.edit import Edit, edited
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import UsageError
from guard.core.names import shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.reports.overlaps import lines_of
from guard.rules.explanation import explain_path
from guard.rules.facts import Facts
from guard.rules.overlaps import Compared, placed
from guard.sessions.between.overlaps import claimed
from guard.sessions.life.declaring import is_only_declared, session_called
from guard.sessions.life.publishing import note_start
from guard.sessions.life.requests import Request, answer, open_requests, read_request
from guard.verdict.side_by_side import read_base

_EPILOG = """\b
Examples:
  guard grant                           who asks for what
  guard grant web                       web gets what it has asked for
  guard grant web src/types/order.ts    web gets this, whether it has asked or not
  guard grant web --deny --why "ask api to add the field"
"""
_KEYS = {"--owns": "owns", "--merges": "merges"}


@click.command(epilog=_EPILOG)
@click.argument("name", required=False, shell_complete=completed("session_names"))
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--deny", is_flag=True, help="The session does not get them.")
@click.option("--why", default="", metavar="TEXT", help="What the session is told with the answer.")
@click.option("--anyway", is_flag=True, help="Although another session may own the same paths.")
def command(name: str | None, paths: tuple[str, ...], *, deny: bool, why: str, anyway: bool) -> int:
    """Give the session NAME the paths that it has asked for, or deny them.

    Its contract gets the smallest change that allows them, and is published to where contracts
    count; every session under that contract may change them then. If another session may own the
    same paths, nothing is changed.
    """
    repository = open_repository(here())
    common = repository.common_dir
    if not name:
        for line in _asked(common):
            click.echo(line)
        return 0
    typed, (name, under) = name, session_called(repository, name)
    if not under:
        raise UsageError(f"there is no session {show(typed)}", hint="guard sessions")
    request = read_request(common, name)
    wanted = paths or (request.paths if request else ())
    if not wanted:
        hint = f"guard grant {shell_quote(name)} PATH   # or, to see who asks: guard grant"
        raise UsageError(f"{name} has asked for nothing", hint=hint)
    _require_paths(paths, name)
    if deny:
        left = answer(common, name, "denied", wanted, why)
        click.echo(f"denied {show(', '.join(wanted))}; {show(name)} hears of it at its next hook")
        _tell_open(left)
        return 0
    return _granted(repository, (name, under), wanted, why, anyway=anyway)


def _granted(
    repository: Repository, who: tuple[str, str], wanted: Sequence[str], why: str, *, anyway: bool
) -> int:
    """Widen the contract of a session, both called as in `who`, by what is wanted."""
    name, under = who
    unpublished = UsageError(
        f"the contract {under} is on its session's branch alone; a grant changes what counts",
        hint=f"guard contract publish {under}   # then: guard grant {shell_quote(name)}",
    )
    if is_only_declared(repository, under):
        raise unpublished
    facts, located = gather(wanted, under)
    if facts.contract is None or facts.trusted.contract_from != "base":
        raise unpublished
    contract, places = facts.contract, list(located.values())
    after = _widened(facts, contract, places)
    if after.text == contract.text:
        click.echo(f"{show(name)} may change that already")
    else:
        compared = _compared(repository, after)
        if placed(compared) and not anyway:
            return _refused(name, compared)
        note_start(repository, under, contract.text.encode())
        texts, note = {under: after.text.encode()}, _note(under, compared)
        if name != under:
            click.echo(f"{show(name)} works under {under}: all sessions of that contract get it")
        code = publish_and_tell(repository, [under], texts=texts, note=note)
        if code:
            return code
    _tell_open(answer(repository.common_dir, name, "granted", [path for path, _ in places], why))
    return 0


def _require_paths(paths: Sequence[str], name: str) -> None:
    """Raise UsageError for a pattern: a path with such letters has to be there."""
    for path in paths:
        if not {"*", "?", "["}.isdisjoint(path) and not os.path.lexists(path):
            raise UsageError(
                f"{show(path)} is a pattern, and guard grant takes paths",
                hint=f"guard contract edit {name} --owns {shell_quote(path)}   "
                f"# then guard contract publish {name}; or a folder: guard grant {name} docs/",
            )


def _tell_open(request: Request) -> None:
    if request.paths:
        click.echo(f"not answered yet: {show(', '.join(request.paths))}")
        click.echo(f"next: guard grant {request.name}   # or: guard grant {request.name} --deny")


def _note(name: str, compared: Compared) -> str:
    """What the commit says of a grant that somebody insisted on."""
    names = {one for pair in placed(compared) for one in (pair.a.name, pair.b.name)} - {name}
    return f"Granted although it overlaps with {', '.join(sorted(names))}." if names else ""


def _asked(common_dir: str) -> Iterator[str]:
    requests = open_requests(common_dir)
    if not requests:
        yield "no session asks for anything"
    for one in requests:
        yield f"{show(one.name)} asks for {show(', '.join(one.paths))}: {show(one.why)}"
        yield f"  next: guard grant {one.name}   # or: guard grant {one.name} --deny --why TEXT"


def _widened(facts: Facts, contract: Contract, places: Sequence[tuple[str, str]]) -> Contract:
    """The contract with the smallest change that allows all of the paths."""
    add: dict[str, list[str]] = {}
    remove: dict[str, list[str]] = {}
    for path, mode in places:
        explained = explain_path(facts, path, mode)
        if explained.allowed:
            continue
        way = next((one for one in explained.ways if one.options and not one.waivers), None)
        if way is None:
            raise UsageError(
                f"no change of a list in the contract allows {show(path)}",
                hint=f"guard explain --contract {contract.name} {show(path)}",
            )
        for option, *values in way.options:
            if option == "--remove":
                remove.setdefault(values[0], []).append(values[1])
            else:
                add.setdefault(_KEYS[option], []).append(values[0])
    text = edited(contract, Edit(add, remove, {})) if add or remove else contract.text
    return parse_contract(text.encode(), contract.file, contract.name)


def _compared(repository: Repository, after: Contract) -> Compared:
    base = read_base(repository)
    others = [one for one in base.contracts if one.name != after.name]
    return claimed(repository, [after, *others], base, base, [after.name])


def _refused(name: str, compared: Compared) -> int:
    click.echo("nothing is granted: another session may own the same paths")
    for _, line in lines_of(compared):
        click.echo(f"  {line}")
    click.echo(f"next: guard grant {name} --deny --why TEXT   # or --anyway")
    return 1
