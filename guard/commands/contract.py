"""`guard contract`: make, change, publish, list, show and validate contracts."""

import json
import os
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import click

from guard.commands.contract_edit import edit
from guard.commands.contract_new import new
from guard.commands.contract_overlaps import overlaps
from guard.commands.contract_publish import publish_command
from guard.commands.options import completed, format_option
from guard.contracts.branches import claims, patterns_of
from guard.contracts.consistency import (
    Misfit,
    contradictions,
    dead_patterns,
    without_effect,
)
from guard.contracts.display import as_lines, as_values
from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract
from guard.core.codes import OVERLAPPING, Severity
from guard.core.data import json_text
from guard.core.errors import ContractError, GitError, UsageError
from guard.core.names import counted, shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.reports.overlaps import lines_of
from guard.reports.plain import as_json
from guard.rules import RULES, severity_in
from guard.rules.overlaps import Compared
from guard.sessions.between.overlaps import compare
from guard.sessions.life.declaring import read_all
from guard.sessions.life.tidying import left_over
from guard.verdict.side_by_side import (
    Both,
    Standing,
    branches,
    in_working_tree,
    read_base,
    read_both,
    read_files,
    tracked,
)

_EXAMPLES = """\b
Examples:
  guard contract new web --goal "Make the pages faster." --owns web/
  guard contract edit web --owns /docs/web.md
  guard contract publish web
  guard contract check
"""
_LIST_EXAMPLE = """\b
Example:
  guard contract list
"""
_SHOW_EXAMPLES = """\b
Examples:
  guard contract show web
  guard contract show web --format json
"""
_CHECK_EXAMPLES = """\b
Examples:
  guard contract check
  guard contract check web
  guard contract check --base
  guard contract check --format json

\b
Exit status: 0 fine, 1 files contradict each other, 2 a file cannot be read.
Patterns that match nothing yet, and contracts that overlap, are warnings.
"""
_MOST_WARNINGS = 20
_TIDY = "guard tidy"
_KINDS = ("contradiction", "overlap", "without-effect")
_STANDS = {
    "same": "on {base} and in the working tree",
    "differs": "on {base}, and different in the working tree",
    "base": "on {base}, not in the working tree",
    "working-tree": "in the working tree only: it counts once it is on {base}",
    "branch": "on its session's branch alone: it counts once it is on {base}",
    "base-unreadable": "in the working tree; on {base}, where it would count, it cannot be read",
    "working-tree-unreadable": "on {base}; in the working tree it cannot be read",
}
_format = format_option("How to write the output.", ("text", "json"))


class Misfits(NamedTuple):
    """Contradictions between files, and what is worth a warning: overlaps and idle lines."""

    contradicting: Sequence[Misfit] = ()
    overlapping: Sequence[Misfit] = ()
    idle: Sequence[Misfit] = ()


class Checked(NamedTuple):
    """The files and what is wrong with them; `integrated` sessions can be closed."""

    standing: Standing
    misfits: Misfits
    integrated: Sequence[str] = ()

    @property
    def code(self) -> int:
        """The exit status."""
        if self.standing.wrong:
            return 2
        return 1 if self.misfits.contradicting else 0


@click.group("contract", epilog=_EXAMPLES)
def command() -> None:
    """Make, change and publish contracts: .guard/contracts/NAME.toml, one file per session."""


command.add_command(new)
command.add_command(overlaps)
command.add_command(edit)
command.add_command(publish_command)


@command.command("list", epilog=_LIST_EXAMPLE, short_help="List the contracts and where each is.")
@_format
def listing(form: str) -> int:
    """List the contracts: who, what for, where each is and which branches it claims."""
    repository = open_repository(here())
    both, existing = read_all(repository), branches(repository)
    wrong = both.wrong()
    if form == "json":
        contracts = [
            _values(both, contract, stands, existing) for contract, stands in both.contracts()
        ]
        unreadable = [
            {"file": show(file), "message": "\n".join(map(show, message.split("\n")))}
            for file, message in wrong
        ]
        _echo_json("guard-contracts-1", {"contracts": contracts, "unreadable": unreadable})
        return 2 if wrong else 0
    for contract, stands in both.contracts():
        owner = f" · {show(contract.owner)}" if contract.owner else ""
        claimed = show(", ".join(_claimed(contract, existing))) or "none exists"
        click.echo(f"{contract.name}{owner} · {_STANDS[stands].format(base=show(both.ref))}")
        click.echo(f"  {show(' '.join(contract.goal.split()))}")
        click.echo(f"  branches {show(', '.join(patterns_of(contract)))}: {claimed}")
    if not both.contracts():
        click.echo("no contract yet")
        click.echo("next: guard start NAME --owns PATTERN")
    if both.missing:
        click.echo(f"no base: {show(both.missing)}")
    for file, message in wrong:
        click.echo(f"{show(file)} cannot be read:")
        for line in message.split("\n"):
            click.echo(f"  {show(line)}")
    return 2 if wrong else 0


@command.command("show", epilog=_SHOW_EXAMPLES, short_help="Show all of one contract.")
@click.argument("name", shell_complete=completed("contract_names"))
@_format
def showing(name: str, form: str) -> int:
    """Show all of one contract, and where it is.

    Of two versions it shows the base's, which is the one that counts.
    """
    repository = open_repository(here())
    both, existing = read_all(repository), branches(repository)
    found = [(contract, stands) for contract, stands in both.contracts() if contract.name == name]
    if not found:
        raise _unknown(name, both)
    contract, stands = found[0]
    if form == "json":
        _echo_json("guard-contract-1", _values(both, contract, stands, existing))
        return 0
    click.echo(f"{contract.name}  {contract.file}  {_STANDS[stands].format(base=show(both.ref))}")
    click.echo("\n".join(as_lines(contract, _claimed(contract, existing))))
    if stands == "differs":
        click.echo(f"next: git diff {shell_quote(both.ref)} -- {contract.file}")
    if stands == "branch":
        click.echo(f"next: guard contract publish {name}")
    return 0


@command.command("check", epilog=_CHECK_EXAMPLES, short_help="Show every mistake of every file.")
@click.argument(
    "what", nargs=-1, metavar="[NAME|FILE]...", shell_complete=completed("contract_names")
)
@click.option(
    "--base", "trusted", is_flag=True, help="Check the files on the base, not the working tree's."
)
@_format
def check(what: tuple[str, ...], *, trusted: bool, form: str) -> int:
    """Validate guard.toml and the contracts, without a branch.

    It shows every mistake of every file, and whether the files fit together. Without NAME or FILE
    it checks all of them in the working tree, and names sessions that can be closed.
    """
    checked = _checked(what, trusted=trusted)
    if form == "json":
        click.echo(as_json(_checked_values(checked)), nl=False)
    else:
        _report(checked)
    return checked.code


def _checked(what: Sequence[str], *, trusted: bool) -> Checked:
    """Raises UsageError if there is nothing to check, or not what is named."""
    repository = open_repository(here()) if trusted else _open(what)
    if repository is None:
        return Checked(read_files(os.getcwd(), what), Misfits())
    standing = read_base(repository) if trusted else in_working_tree(repository)
    if not what and not standing.files:
        where = f"on {show(standing.ref)}" if standing.ref else "in the working tree"
        raise UsageError(
            f"there is neither {POLICY_FILE} nor a contract {where}", hint="guard init"
        )
    misfits = _misfits(repository, standing, trusted=trusted)
    if not what:
        return Checked(standing, misfits, left_over(repository))
    wanted = {_file(word, repository.top): word for word in what}
    apart = [file for file in wanted if file not in standing.files]
    for file in apart:
        if trusted or not _is_file(wanted[file]):
            raise _unknown(wanted[file], Both(standing, Standing(), ""))
    wrong = [wrong for wrong in standing.wrong if wrong.file in wanted]
    wrong += read_files(repository.top, apart).wrong
    return Checked(
        standing._replace(files=tuple(wanted), wrong=tuple(wrong)),
        Misfits(*([one for one in kind if wanted.keys() & one.files] for kind in misfits)),
    )


def _open(what: Sequence[str]) -> Repository | None:
    """None outside of a repository if all words are files, which need none."""
    try:
        return open_repository(here())
    except GitError:
        if what and all(map(_is_file, what)):
            return None
        raise


def _is_file(word: str) -> bool:
    return "/" in word or word.endswith(".toml")


def _file(word: str, top: str) -> str:
    """The path of a contract or a file: below `top` if it is there, else absolute."""
    if not _is_file(word):
        return f"{CONTRACTS}/{word}.toml"
    folder, name = os.path.split(os.path.abspath(word))
    path = os.path.join(os.path.realpath(folder), name)
    return path.removeprefix(os.path.realpath(top) + "/") if top else word


def _misfits(repository: Repository, standing: Standing, *, trusted: bool) -> Misfits:
    """What does not fit together; nothing while the policy cannot be read."""
    policy, contracts = standing.policy, standing.contracts
    if policy is None:
        return Misfits()
    wrong = contradictions(policy, contracts, branches(repository))
    idle = without_effect(policy, {rule.code for rule in RULES})
    idle += dead_patterns(policy, contracts, tracked(repository, standing))
    severity = severity_in(policy, OVERLAPPING)
    if severity == Severity.OFF:
        return Misfits(wrong, [], idle)
    base = standing if trusted else read_both(repository).base
    overlapping = _overlapping(compare(repository, contracts, standing, base))
    if severity == Severity.ERROR:
        return Misfits([*wrong, *overlapping], [], idle)
    return Misfits(wrong, overlapping, idle)


def _overlapping(compared: Compared) -> list[Misfit]:
    """Each pair that overlaps, or cannot be compared, at the line of its first pattern."""
    found = []
    for overlap, line in lines_of(compared):
        file, number, _ = overlap.grants[0]
        files = (overlap.a.file, overlap.b.file)
        found.append(Misfit(files, f"{show(file)}:{number}: {line}"))
    return found


def _report(checked: Checked) -> None:
    standing, misfits, integrated = checked
    wrong = dict(standing.wrong)
    for file in standing.files:
        for line in wrong.get(file, f"{file}: can be read").split("\n"):
            click.echo(show(line))
    for misfit in misfits.contradicting:
        click.echo(misfit.line)
    for warnings, noun, rest in (
        (misfits.overlapping, "more pair", "that overlap: guard contract overlaps"),
        (misfits.idle, "more line", "without effect: guard contract check --format json"),
    ):
        for misfit in warnings[:_MOST_WARNINGS]:
            click.echo(f"{misfit.line} (warning)")
        if len(warnings) > _MOST_WARNINGS:
            click.echo(f"and {counted(len(warnings) - _MOST_WARNINGS, noun)} {rest}")
    summary = ", ".join(
        (
            counted(len(standing.files), "file"),
            f"{len(wrong):,} unreadable",
            counted(len(misfits.contradicting), "contradiction"),
            counted(len(misfits.overlapping) + len(misfits.idle), "warning"),
        )
    )
    click.echo(f"{summary} · on {show(standing.ref)}" if standing.ref else summary)
    if integrated:
        click.echo(f"integrated, and still on the base: {show(', '.join(integrated))}")
        click.echo(f"next: {_TIDY}   # removes their contracts and handoffs")


def _checked_values(checked: Checked) -> dict[str, object]:
    """Give all that was found as values for JSON, in the shape of `guard schema contract-check`."""
    standing, misfits, integrated = checked
    wrong = dict(standing.wrong)
    return {
        "format": "guard-contract-check-1",
        "verdict": ("fine", "contradictory", "unreadable")[checked.code],
        "on": {"ref": json_text(standing.ref), "oid": standing.oid} if standing.ref else None,
        "files": [
            {
                "file": json_text(file),
                "message": json_text(wrong[file]) if file in wrong else None,
            }
            for file in standing.files
        ],
        "findings": [
            {
                "kind": kind,
                "severity": "error" if kind == "contradiction" else "warning",
                "files": [json_text(file) for file in misfit.files],
                "message": json_text(misfit.line),
            }
            for kind, found in zip(_KINDS, misfits, strict=True)
            for misfit in found
        ],
        "integrated": [json_text(name) for name in integrated],
        "next": _TIDY if integrated else None,
    }


def _claimed(contract: Contract, existing: Sequence[str]) -> list[str]:
    return [branch for branch in existing if claims(contract, branch)]


def _values(
    both: Both, contract: Contract, stands: str, existing: Sequence[str]
) -> dict[str, object]:
    return {
        **as_values(contract),
        "stands": stands,
        "base": {"ref": both.base.ref, "oid": both.base.oid},
        "claims": [show(branch) for branch in _claimed(contract, existing)],
    }


def _echo_json(form: str, values: dict[str, object]) -> None:
    click.echo(json.dumps({"format": form, **values}, indent=2))


def _unknown(word: str, both: Both) -> ContractError | UsageError:
    name = os.path.basename(word).removesuffix(".toml")
    for file, message in both.wrong():
        if file == f"{CONTRACTS}/{name}.toml":
            return ContractError(message, hint=f"guard contract check {shell_quote(name)}")
    near = get_close_matches(name, [contract.name for contract, _ in both.contracts()], 1)
    hint = f"guard contract show {near[0]}   # if you meant that" if near else "guard contract list"
    return UsageError(f"there is no contract {name}", hint=hint)
