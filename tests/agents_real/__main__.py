"""`make agents`: installs the agents, runs the table in each, prints agent × version × scenario.

AGENTS is a list of AGENT or AGENT@VERSION; AGENTS_ARGS are options: --cache, --keep, --only.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

from tests.agents_real import launch
from tests.agents_real.programs import PROGRAMS
from tests.agents_real.scenarios import CONVERSATIONS, ROWS, Row, why_not
from tests.agents_real.stage import Stage, stage

_AT_ONCE = 3  # the slow ones wait more than they work
HOLDS, KNOWN, FAILS, NONE = "yes", "no¹", "FAILS", "–"


def main(words: list[str]) -> int:
    """Run the agents named in `words`, all of them by default; 1 if something fails."""
    parser = argparse.ArgumentParser(prog="make agents")
    parser.add_argument("--cache", type=Path, default=launch.CACHE)
    parser.add_argument("--keep", type=Path, help="keep what each conversation left there")
    parser.add_argument("--only", action="append", choices=list(CONVERSATIONS))
    parser.add_argument("agents", nargs="*", default=list(PROGRAMS))
    asked = parser.parse_args(words)
    chosen = dict(map(_version, asked.agents))
    unknown = sorted(set(chosen) - set(PROGRAMS))
    if unknown:
        parser.error(f"no such agent: {', '.join(unknown)}; there are {', '.join(PROGRAMS)}")
    if not launch.is_sealed():
        reason = launch.missing()
        if reason:
            _say(f"skipped: {reason}")
            return 0
        for name, version in chosen.items():
            wrong = launch.install(name, version, asked.cache)
            if wrong:
                _say(f"skipped: {wrong}")
                return 0
        launch.seal(words)
    scratch = asked.keep or Path(tempfile.mkdtemp(prefix="guard-agents-"))
    return _report(chosen, asked.cache, scratch.resolve(), asked.only or list(CONVERSATIONS))


def _version(word: str) -> tuple[str, str]:
    name, _, version = word.partition("@")
    return name, version or (PROGRAMS[name].version if name in PROGRAMS else "")


def _report(chosen: dict[str, str], cache: Path, scratch: Path, names: Sequence[str]) -> int:
    jobs = [(agent, name) for name in names for agent in chosen if _has_tools(agent, name)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        done = pool.map(
            lambda job: _run(job[0], job[1], chosen[job[0]], cache, scratch),
            jobs,
        )
        cells = {key: cell for found in done for key, cell in found}
    rows = [row for row in ROWS if row.conversation in names]
    versions = {name: launch.installed_version(name, chosen[name], cache) for name in chosen}
    _say("".join(f"{line}\n" for line in _table(rows, versions, cells)))
    return 1 if FAILS in cells.values() else 0


def _has_tools(agent: str, name: str) -> bool:
    return set(CONVERSATIONS[name].needs) <= set(PROGRAMS[agent].calls)


def _run(
    agent: str, name: str, version: str, cache: Path, scratch: Path
) -> list[tuple[tuple[str, str], str]]:
    one = CONVERSATIONS[name]
    made = stage(scratch / f"{agent}-{name.replace(', --', '-')}", agent, one.guard, *one.install)
    if one.prepare:
        one.prepare(made)
    top = made.main.path if one.on_base else made.session.path
    ran = launch.run(
        agent,
        launch.program_of(agent, version, cache),
        top / one.folder,
        one.script(PROGRAMS[agent].calls, made),
        home=made.home,
        tools=made.tools,
        limit=one.limit,
    )
    (made.home / "requests").write_text("\n".join(f"[{at}]\n{text}" for at, text in ran.requests))
    _say(f"{agent} {name}: {len(ran.requests)} requests, {ran.seconds:.0f} s", to=sys.stderr)
    rows = [row for row in ROWS if row.conversation == name]
    return [((row.what, agent), _cell(agent, row, ran, made)) for row in rows]


def _cell(agent: str, row: Row, ran: launch.Ran, made: Stage) -> str:
    if row.holds(ran, made):
        return HOLDS
    return KNOWN if why_not(agent, row) else FAILS


def _table(
    rows: Sequence[Row], versions: dict[str, str], cells: dict[tuple[str, str], str]
) -> Iterator[str]:
    yield f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    yield "| | " + " | ".join(f"{name} {version}" for name, version in versions.items()) + " |"
    yield "|---|" + "---|" * len(versions)
    for row in rows:
        told = [cells.get((row.what, name), NONE) for name in versions]
        yield f"| {row.what} | " + " | ".join(told) + " |"
    for row in rows:
        for name in versions:
            if cells.get((row.what, name)) == KNOWN:
                yield f"¹ {name}: {row.what}: {why_not(name, row)}"


def _say(text: str, to: TextIO = sys.stdout) -> None:
    to.write(f"{text}\n")
    to.flush()


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main(sys.argv[1:]))
