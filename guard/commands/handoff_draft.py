"""`guard handoff draft`: the handoff written from what git and the receipts know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from guard.commands.completion import contract_names
from guard.core.errors import UsageError
from guard.core.files import replace_file
from guard.core.names import shell_quote, show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.handoffs.content import emptiness
from guard.handoffs.draft import Known, drafted
from guard.handoffs.parse import parse_handoff
from guard.handoffs.refresh import refreshed
from guard.handoffs.sections import SECTIONS
from guard.handoffs.values import Left
from guard.receipts.words import typed
from guard.rules.facts import Facts
from guard.sessions.closing.drafting import known
from guard.verdict.handoff import read_on_disk
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_facts

_MOST = 3  # commands that are still to be run, which are named

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
@click.option(
    "--contract",
    metavar="NAME",
    shell_complete=contract_names,
    help="The handoff of this contract.",
)
@click.option("--print", "only_print", is_flag=True, help="Print it, and write nothing.")
def draft(*, branch: bool, base: str | None, contract: str | None, only_print: bool) -> int:
    """Write the handoff of this session: files, commands, risks and follow-up work as far as they are known.

    What is different now for users is yours to say: it is drafted from the commits, and does not pass as it is. Drafting again refreshes
    what git knows, and keeps what you wrote.
    """
    git = here()
    repository = open_repository(git)
    repository.require_top()
    ask = Ask(
        "branch" if branch else "worktree", base=base or "", contract=contract or "", closing=True
    )
    report, facts = verdict_and_facts(git, ask)
    require_session(facts)
    objects = Objects(repository.git)
    try:
        about = known(repository, objects, facts, report)
    finally:
        objects.close()
    file = facts.policy.handoff_of(about.contract)
    old = read_on_disk(repository.top, file)
    text, moved = _text(about, old)
    if only_print:
        click.echo(text, nl=False)
        return 0
    same = old is not None and old.handoff is not None and old.handoff.text == text
    if not same:
        replace_file(repository.top, file, text)
    done = "wrote" if old is None else "is as it was:" if same else "wrote anew"
    click.echo("\n".join(_told(about, f"{done} {show(file)}", moved, _silent(text))))
    return 0


def require_session(facts: Facts) -> None:
    """Raise UsageError where no session ends here: then there is nothing to say of it, and no verdict to give."""
    if facts.on_base:
        raise UsageError(
            "the base itself is checked out, and no session ends there",
            hint="go to a session's worktree: git worktree list",
        )
    if facts.contract is None:
        branch = f"branch {facts.branch}" if facts.branch else "a detached HEAD"
        raise UsageError(
            f"no contract claims {branch}, so nothing says whose handoff this is",
            hint="name it: --contract NAME",
        )


def _text(about: Known, old: Left | None) -> tuple[str, tuple[str, ...]]:
    """The new text, and what of the author's is about something that is no longer so. Raises UsageError if it cannot be kept."""
    if old is None:
        return drafted(about), ()
    if old.handoff is None:
        raise UsageError(
            f"{old.file} {old.trouble}; it is left as it is",
            hint=f"look at it, or move it away: ls -ld {shell_quote(old.file)}",
        )
    return refreshed(about, old.handoff)


def _silent(text: str) -> list[str]:
    """The titles of the sections that say nothing yet."""
    handoff = parse_handoff(text)
    return [
        section.title
        for section in SECTIONS
        if (said := handoff.sections.get(section.key)) and emptiness(said)
    ]


def _told(about: Known, done: str, moved: Sequence[str], silent: Sequence[str]) -> Iterator[str]:
    """What was written, and what is the author's to do."""
    counts = [
        _plural(about.paths, "path"),
        _plural(len(about.commands), "command"),
        _plural(len(about.risks), "risk"),
    ]
    yield f"{done}: {', '.join(counts)}"
    if moved:
        yield f"  {_plural(len(moved), 'remark')} about what is no longer so stands in a comment now: {show(moved[0])}"
    for command in about.wanted[:_MOST]:
        yield f"next: {show(typed(command))}   # required, and not proved on these files"
    if silent:
        yield f"next: say in your words what belongs under {' and '.join(silent)}"
    yield "then: guard handoff check"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
