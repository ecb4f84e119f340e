"""`guard handoff draft`: the handoff written from what git and the receipts know."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import click

from guard.commands.options import contract_option
from guard.core.errors import UsageError
from guard.core.names import counted, shell_quote, show
from guard.core.writing import replace_file
from guard.git.objects import Objects
from guard.git.plumbing import Git, here
from guard.git.repository import open_repository
from guard.handoffs.content import silence
from guard.handoffs.draft import Known, drafted
from guard.handoffs.parse import parse_handoff
from guard.handoffs.refresh import Refreshed, by_author, refreshed
from guard.handoffs.sections import FILES, SECTIONS
from guard.handoffs.values import Left
from guard.receipts.words import typed
from guard.rules.facts import Facts
from guard.rules.listed import listed
from guard.sessions.closing.drafting import known
from guard.verdict.handoff import is_as_committed, read_on_disk
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_facts

_MOST = 3  # commands that are named as still to run

_EPILOG = """\b
Examples:
  guard handoff draft              write it, or write it again around what you said
  guard handoff draft --branch     of what is committed, and nothing else
  guard handoff draft --print      look at it first
"""


@click.command(
    "draft", epilog=_EPILOG, short_help="Write the handoff from what git and the receipts know."
)
@click.option(
    "--branch", is_flag=True, help="Of what is committed; without it, of the files as they are."
)
@click.option("--base", metavar="REV", help="Compare with this base. Default: as guard.toml says.")
@contract_option("The handoff of this contract.")
@click.option("--print", "only_print", is_flag=True, help="Print it, and write nothing.")
def draft(*, branch: bool, base: str | None, contract: str | None, only_print: bool) -> int:
    """Write the handoff of this session: files, commands, risks and follow-up work.

    The changed behavior is drafted from the commits and does not pass before you say it in your
    words. Drafting again refreshes what git knows and keeps what you wrote.
    """
    scope = "branch" if branch else "worktree"
    ask = Ask(scope, base=base or "", contract=contract or "", closing=True)
    made = drafted_now(here(), ask)
    if only_print:
        click.echo(made.new.text, nl=False)
        return 0
    if made.done != "unchanged:":
        replace_file(made.top, made.file, made.new.text)
    click.echo("\n".join([*summary(made), *_steps(made, contract or "")]))
    return 0


class Drafted(NamedTuple):
    """A draft that is not written yet: its place, what it was made from, and its text.

    `done` says in a word what writing it does.
    """

    top: str
    file: str
    facts: Facts
    about: Known
    new: Refreshed
    done: str


def drafted_now(git: Git, ask: Ask) -> Drafted:
    """Draft the handoff of a session, around what its author wrote.

    Raises UsageError if no session ends here or the old text cannot be kept, GuardError as a
    verdict would.
    """
    repository = open_repository(git)
    repository.require_top()
    report, facts = verdict_and_facts(git, ask, drafting=True)
    require_session(facts)
    objects = Objects(repository.git)
    try:
        about = known(repository, objects, facts, report)
        file = facts.policy.handoff_of(about.contract)
        old = read_on_disk(repository.top, file)
        # A handoff from before the branch is about other work; git has it.
        if old and facts.inherited and is_as_committed(objects, facts.head, old):
            old = None
    finally:
        objects.close()
    new = _written(facts, about, old)
    is_same = old is not None and old.handoff is not None and old.handoff.text == new.text
    done = "unchanged:" if is_same else "rewrote" if old else "wrote"
    return Drafted(repository.top, file, facts, about, new, done)


def require_session(facts: Facts) -> None:
    """Raise UsageError if no session ends here, so that there can be no handoff."""
    if facts.on_base:
        raise UsageError(
            "the base itself is checked out, and it has no handoff",
            hint="go to a session's worktree: git worktree list",
        )
    if facts.contract is None:
        branch = f"branch {facts.branch}" if facts.branch else "a detached HEAD"
        raise UsageError(
            f"no contract claims {branch}, so nothing says whose handoff this is",
            hint="name it with --contract NAME; to see the names: guard contract list",
        )


def _written(facts: Facts, about: Known, old: Left | None) -> Refreshed:
    """Raises UsageError if the old text cannot be kept."""
    if old is None:
        return Refreshed(drafted(about), ())
    if old.handoff is None:
        raise UsageError(
            f"{old.file} {old.trouble}; it is left as it is",
            hint=f"look at it, or move it away: ls -ld {shell_quote(old.file)}",
        )
    said = by_author(old.handoff, FILES)
    lines = listed(facts, said).lines if said else {}
    return refreshed(about, old.handoff, {path for path, line in lines.items() if line})


def summary(made: Drafted) -> Iterator[str]:
    """Yield what was written, and what of the old text no longer holds."""
    about, moved = made.about, made.new.moved
    paths = counted(about.paths, "path")
    commands = counted(len(about.commands), "command")
    risks = counted(len(about.risks), "risk") + " seen"  # the author may know of others
    yield f"{made.done} {show(made.file)}: {paths}, {commands}, {risks}"
    if moved:
        remarks = counted(len(moved), "remark")
        where = "about what is no longer so moved into a comment"
        yield f"  {remarks} {where}: {show(moved[0])}"


def _steps(made: Drafted, contract: str) -> Iterator[str]:
    for command in made.about.wanted[:_MOST]:
        yield f"next: {show(typed(command))}   # required, and not proved on these files"
    silent = _silent(made.new.text)
    if silent:
        yield f"next: say in your words what belongs under {' and '.join(silent)}"
    named = f" --contract {shell_quote(contract)}" if contract else ""
    yield f"then: guard handoff check{named}"


def _silent(text: str) -> Sequence[str]:
    handoff = parse_handoff(text)
    said = ((section, handoff.sections.get(section.key)) for section in SECTIONS)
    return [section.title for section, one in said if one and silence(handoff, one)]
