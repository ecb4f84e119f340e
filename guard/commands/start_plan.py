"""`guard start --plan`: every session of a plan, or none."""

import os
from collections.abc import Sequence
from typing import Any

import click

from guard.commands.start import told_and_prepared
from guard.contracts.draft import values_of
from guard.contracts.model import Contract
from guard.core.errors import GuardError
from guard.core.names import shell_quote, show
from guard.git.repository import Repository
from guard.reports.planned import stopping, telling
from guard.rules.overlaps import placed
from guard.sessions.between.overlaps import stops
from guard.sessions.life.alone import alone
from guard.sessions.life.arriving import fetch_base
from guard.sessions.life.planning import examine, read_plan
from guard.sessions.life.starting import require_startable, start
from guard.sessions.life.wanted import Started, Wanted


def start_all(repository: Repository, path: str, how: Wanted, *, runs: bool) -> int:
    """Start every session of a plan; nothing is made before all of them have been looked at."""
    planned = read_plan(path)
    with alone(repository.common_dir):
        untold = fetch_base(repository, [one.name for one in planned]) if how.fetches else ""
    if untold:
        click.echo(f"but {show(untold)}; they start from what this clone has")
    plan = examine(repository, planned)
    is_stopped = bool(plan.misfits) or stops(plan.compared)
    if is_stopped or (placed(plan.compared) and not how.anyway):
        click.echo("nothing was started:")
        for line in stopping(plan):
            click.echo(f"  {line}")
        anyway = "" if is_stopped else "; or start them with --anyway"
        click.echo(f"next: guard plan {shell_quote(path)}   # after the change{anyway}")
        return 1
    for line in [*stopping(plan), *telling(plan)]:
        click.echo(f"but {line}")
    wanted = [how._replace(**each, fetches=False) for each in map(_as_planned, planned)]
    require_startable(repository, wanted)
    done: list[str] = []
    failed = False
    for each in wanted:
        try:
            started = start(repository, each)
        except GuardError:
            told = f"started before that: {', '.join(done)}" if done else "none is started"
            click.echo(f"{each.name} is not started, nor what follows it in the plan; {told}")
            raise
        done.append(each.name)
        started = _with_mergers(started, planned)
        again = f"guard start {shell_quote(each.name)}"
        failed |= not told_and_prepared(started, again, runs=runs)
        click.echo(f"next: cd {shell_quote(os.path.relpath(started.path))}")
    return int(failed)


def _with_mergers(started: Started, planned: Sequence[Contract]) -> Started:
    """What was started, with the mergers of shared groups that start after it."""
    later = {group: one.name for one in planned for group in one.merges}
    unmerged = (
        one._replace(merger=one.merger or later.get(one.group.name, "")) for one in started.unmerged
    )
    return started._replace(unmerged=tuple(unmerged))


def _as_planned(contract: Contract) -> dict[str, Any]:
    """What to start for a contract of a plan; a file of its own stays as it was written."""
    text = "" if contract.within else contract.text
    return {"name": contract.name, "values": values_of(contract), "text": text}
