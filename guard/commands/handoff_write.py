"""`guard handoff write`: the handoff in one go, with the author's words as options."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import click

from guard.commands.handoff_draft import Drafted, drafted_now, summary
from guard.commands.options import contract_option
from guard.core.codes import CLOSING, NO_CONTRACT
from guard.core.errors import UsageError
from guard.core.names import shell_quote
from guard.core.writing import replace_file
from guard.git.plumbing import here
from guard.git.porcelain import commit_file
from guard.handoffs.filling import filled
from guard.handoffs.parse import parse_handoff
from guard.handoffs.sections import BEHAVIOR, COMMANDS, FOLLOW_UP, RISKS, Section, template
from guard.handoffs.values import LARGEST, Given, Left
from guard.receipts.words import typed
from guard.reports.text import body
from guard.rules.findings import Violation
from guard.rules.handoff import empty_section
from guard.sessions.closing.account import account, headline
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_facts

_OPTIONS = {
    "--behavior": (BEHAVIOR, "What is different now for whoever uses it."),
    "--risks": (RISKS, "What may break, and how one would notice."),
    "--follow-up": (FOLLOW_UP, "What is left to do, by whom."),
    "--commands": (COMMANDS, "About commands that guard did not run."),
}
_EPILOG = """\b
Examples:
  guard handoff write --behavior 'Discounts apply before tax.' \\
      --risks 'None: nothing else reads the cart.' \\
      --follow-up 'Translate the new label.' --commit
  guard handoff write --risks - < risks.md     one text from standard input

\b
A text stands for the whole of what you say in that section; give the option again for another
item. Sections without an option keep what they say. "None" needs a reason: 'None: only comments'.
Exit status: 0 it holds (and is committed), 1 it is written and does not hold, 2 nothing is written.
"""


def _texts(function: Callable[..., int]) -> Callable[..., int]:
    for option, (section, about) in reversed(_OPTIONS.items()):
        text = f"{section.title}: {about} - reads standard input. Repeatable."
        function = click.option(option, section.key, multiple=True, metavar="TEXT", help=text)(
            function
        )
    return function


@click.command("write", epilog=_EPILOG, short_help="Draft, fill in, check and commit, in one go.")
@_texts
@click.option(
    "--commit",
    "commits",
    is_flag=True,
    help="Write it of what is committed and, if it holds, commit it: the handoff and nothing else.",
)
@click.option("--base", metavar="REV", help="Compare with this base. Default: as guard.toml says.")
@contract_option("The handoff of this contract.")
def write(*, commits: bool, base: str | None, contract: str | None, **texts: Sequence[str]) -> int:
    """Write the handoff of this session in one go: draft it, fill it in, and check it.

    Files, commands and what guard sees as risks come from git and the receipts, as in
    `guard handoff draft`. Texts that say nothing are refused, and then nothing is written.
    """
    words = _read(texts)
    scope = "branch" if commits else "worktree"
    ask = Ask(scope, base=base or "", contract=contract or "", closing=True)
    draft = drafted_now(here(), ask)
    if not draft.about.paths:
        done = "is committed" if commits else "has changed"
        message = f"nothing {done} on this branch yet, so there is no handoff to write"
        raise UsageError(message, hint="git status   # what is not committed yet")
    named = (("--base", base), ("--contract", contract))
    way = ["guard handoff write", *(f"{name} {shell_quote(one)}" for name, one in named if one)]
    way += ["--commit"] if commits else []
    _require_said(draft, _alone(draft, words), words, way)
    text = filled(draft.new.text, words)
    _require_said(draft, _silent(draft, text), words, way)
    replace_file(draft.top, draft.file, text)
    click.echo("\n".join(summary(draft)))
    return _checked(draft, text, ask, commits=commits)


def _read(texts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Raises UsageError if more than one text is to come from standard input."""
    if sum(text == "-" for given in texts.values() for text in given) > 1:
        hint = "give the others as options: guard handoff write --help"
        raise UsageError("only one text can come from standard input", hint=hint)
    from_stdin = any("-" in given for given in texts.values())
    stdin = sys.stdin.buffer.read(LARGEST).decode("utf-8", "replace") if from_stdin else ""
    return {key: [stdin if text == "-" else text for text in given] for key, given in texts.items()}


def _alone(draft: Drafted, words: Mapping[str, Sequence[str]]) -> Iterator[Violation]:
    """The texts that say nothing by themselves, in the words of the check."""
    titles = {section.key: section.title for section, _ in _OPTIONS.values()}
    for key, given in words.items():
        for text in given:
            silent = _silent(draft, filled(template("x"), {key: [text]}))
            yield from (one for one in silent if one.message.startswith(titles[key]))


def _silent(draft: Drafted, text: str) -> list[Violation]:
    left = Left(draft.file, "working-tree", parse_handoff(text))
    return list(empty_section(draft.facts._replace(left=left)))


def _require_said(
    draft: Drafted, silent: Iterable[Violation], words: Mapping[str, object], way: Sequence[str]
) -> None:
    """Raise UsageError for sections that say nothing, with what to type: all of it again."""
    said = list(dict.fromkeys(one.message for one in silent))
    if not said:
        return
    wanted = draft.about.wanted
    options = []
    for option, (section, _) in _OPTIONS.items():
        runs = section == COMMANDS and wanted
        if any(one.startswith(section.title) for one in said) and not runs:
            options.append(f"{option} {_wanted(section, said)}")
    given = [
        f"{option} {_wanted(one, said)}"
        for option, (one, _) in _OPTIONS.items()
        if words.get(one.key)
    ]
    hint = " ".join([*way, *(dict.fromkeys((*given, *options)) or ["--help"])])
    if wanted and not options:
        hint = typed(wanted[0])
    elif any(one.startswith("--commands") for one in options):
        hint += "   # or run what shows that it works first: guard run -- COMMAND"
    raise UsageError("\n".join([*said, "so nothing is written"]), hint=hint)


def _wanted(section: Section, said: Iterable[str]) -> str:
    """What stands for the text of a section in a hint."""
    bare = any(one.startswith(section.title) and one.endswith("without a reason") for one in said)
    return "'None: WHY'" if bare else "TEXT"


def _checked(draft: Drafted, text: str, ask: Ask, *, commits: bool) -> int:
    """Print whether the handoff holds, and commit it if asked to; give the exit status."""
    if commits:
        ask = ask._replace(given=Given(text.encode("utf-8", "surrogateescape"), draft.file))
    report, facts = verdict_and_facts(here(), ask, only=(*CLOSING, NO_CONTRACT))
    first, *after = headline(account(facts, report))
    found = body(report, report.command("guard handoff check --format json"))
    if report.exit_code or not commits:
        not_committed = ["guard: so it is not committed"] if commits else []
        click.echo("\n".join(filter(None, [first, *after, found.rstrip("\n"), *not_committed])))
        return report.exit_code
    commit = commit_file(draft.top, draft.file, f"handoff: {report.contract}")
    done = f"committed {commit[:12]}" if commit else "it is committed already"
    click.echo("\n".join(filter(None, [first, found.rstrip("\n"), f"guard: {done}"])))
    return 0
