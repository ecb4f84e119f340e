"""`guard init`: a policy that fits the repository, and later what it lacks. Writes nothing that was not asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

import click

from guard.contracts.model import POLICY_FILE
from guard.contracts.parse import parse_policy
from guard.contracts.starter import Proposal, extend_policy, missing_lines, propose, write_policy
from guard.contracts.starter.patch import Edit, patch, with_lines
from guard.contracts.starter.survey import exactly
from guard.core.errors import GuardError, UsageError
from guard.core.files import put_text, read_text
from guard.core.names import shell_quote, show
from guard.git.objects import Objects
from guard.git.plumbing import here, records, worktrees
from guard.git.repository import Repository, open_repository
from guard.verdict.trust import Search

_IGNORE = ".gitignore"
_PROBE = "guard-init"  # a name in a folder, to ask whether what lies there is ignored
_EPILOG = """\b
Examples:
  guard init                            write guard.toml
  guard init --dry-run                  show it, write nothing
  guard init --write-ignore             and have git ignore the worktrees of agents
  guard init --update                   show what is new, as a diff that git apply takes
  guard init --update --write           add it
"""


class Plan(NamedTuple):
    """What was found here: the top of the working tree, its tracked files, the groups that fit, and what `.gitignore` should say."""

    repository: Repository
    top: str
    paths: Sequence[str]
    proposals: tuple[Proposal, ...]
    ignore: Edit


@click.command(epilog=_EPILOG)
@click.option(
    "--dry-run", is_flag=True, help="Print the guard.toml that would be written. Write nothing."
)
@click.option(
    "--update",
    is_flag=True,
    help="Print what an existing guard.toml lacks, as a diff. Comments and order stay.",
)
@click.option("--write", is_flag=True, help="With --update: add it to guard.toml.")
@click.option(
    "--write-ignore",
    is_flag=True,
    help="Add the lines to .gitignore that are otherwise only shown.",
)
def command(*, dry_run: bool, update: bool, write: bool, write_ignore: bool) -> int:
    """Write a guard.toml that fits this repository.

    It looks at the names of the tracked files and proposes shared groups: types, generated sources, package metadata, fixtures and
    routes. An existing guard.toml is never overwritten, and nothing is ever taken out of it.
    """
    _require_fitting(dry_run=dry_run, update=update, write=write, write_ignore=write_ignore)
    plan = _plan(write_ignore=write_ignore)
    if update:
        return _update(plan, write=write, write_ignore=write_ignore)
    edit = Edit(POLICY_FILE, None, write_policy(plan.proposals, _base(plan.repository)))
    if dry_run:
        return _show(plan, edit)
    _require_absent(plan)
    _write(plan, edit)
    _tell_written(plan)
    written = _settle_ignore(plan, write=write_ignore)
    _tell_next(plan, [POLICY_FILE, *written])
    return 0


def _require_fitting(*, dry_run: bool, update: bool, write: bool, write_ignore: bool) -> None:
    if dry_run and (update or write or write_ignore):
        raise UsageError(
            "--dry-run goes with no other option",
            hint="guard init --update shows what is new and writes nothing either",
        )
    if write and not update:
        raise UsageError(
            "--write adds what --update found",
            hint="guard init --update --write; a first guard.toml: guard init",
        )


def _plan(*, write_ignore: bool) -> Plan:
    repository = open_repository(here())
    top = repository.require_top()
    paths = records(repository.git.run("ls-files", "-z", "--deduplicate").out)
    return Plan(
        repository, top, paths, propose(paths), _ignore(repository, top, paths, write=write_ignore)
    )


def _base(repository: Repository) -> str:
    """The branch that the base would be if the policy did not say so, "" if there is none yet."""
    try:
        with closing(Objects(repository.git)) as objects:
            name = Search(repository, objects).default().name
    except GuardError:
        return ""
    return "" if any("\ud800" <= char <= "\udfff" for char in name) else name


def _require_absent(plan: Plan) -> None:
    path = os.path.join(plan.top, POLICY_FILE)
    if os.path.islink(path):
        raise UsageError(
            f"{POLICY_FILE} is a symbolic link; guard reads a regular file only",
            hint=f"git rm {POLICY_FILE}, then guard init",
        )
    if os.path.lexists(path):
        raise UsageError(
            f"{POLICY_FILE} exists and is not overwritten",
            hint="guard init --update shows what is new",
        )
    if POLICY_FILE in plan.paths:
        raise UsageError(
            f"{POLICY_FILE} is tracked, but it is not in the working tree",
            hint=f"git restore {POLICY_FILE}",
        )


def _show(plan: Plan, edit: Edit) -> int:
    click.echo(edit.new, nl=False)
    if os.path.lexists(os.path.join(plan.top, POLICY_FILE)):
        click.echo(f"{POLICY_FILE} exists; what is new for it: guard init --update", err=True)
    _settle_ignore(plan, write=False, err=True)
    return 0


def _update(plan: Plan, *, write: bool, write_ignore: bool) -> int:
    """Standard output is the patch and nothing else, so that it can be piped into `git apply`; words go to standard error."""
    old = read_text(plan.top, POLICY_FILE)
    if old is None:
        raise UsageError(f"there is no {POLICY_FILE} to update", hint="guard init")
    policy = parse_policy(old.encode("utf-8", "surrogateescape"), POLICY_FILE)
    missing = missing_lines(policy, plan.proposals)
    edit = Edit(POLICY_FILE, old, extend_policy(policy, missing))
    if not missing:
        click.echo(
            f"{POLICY_FILE} has everything that guard would propose for {len(plan.paths):,} tracked files",
            err=True,
        )
    elif write:
        _write(plan, edit)
        click.echo(f"added to {POLICY_FILE}: {_counted(missing)}", err=True)
    _echo(patch(edit))
    written = _settle_ignore(plan, write=write_ignore, bare=True)
    if missing and not write:
        click.echo(
            f"{POLICY_FILE} lacks {_counted(missing)}\nnext: guard init --update --write", err=True
        )
    changed = [POLICY_FILE] * bool(missing and write) + written
    if changed:
        _tell_commit(plan, changed, err=True)
    return 0


def _write(plan: Plan, edit: Edit) -> None:
    put_text(plan.top, edit.file, edit.old, edit.new, again="guard init --update shows what is new")


def _settle_ignore(plan: Plan, *, write: bool, err: bool = False, bare: bool = False) -> list[str]:
    """Show or write what `.gitignore` lacks; give the files that were written. `bare` prints nothing but the patch to standard output."""
    text = patch(plan.ignore)
    if not text:
        return []
    if write:
        _write(plan, plan.ignore)
        click.echo(
            f"added to {_IGNORE}: what keeps worktrees inside the repository out of it",
            err=err or bare,
        )
        return [_IGNORE]
    click.echo(
        f"git does not ignore worktrees inside this repository, and `git add -A` would take them in; {_IGNORE} lacks:",
        err=err or bare,
    )
    _echo(text, err=err)
    click.echo(f"next: guard init {'' if err else '--update '}--write-ignore", err=err or bare)
    return []


def _tell_written(plan: Plan) -> None:
    shared = {path for proposal in plan.proposals for line in proposal.lines for path in line.files}
    click.echo(
        f"wrote {POLICY_FILE}: {_counted(plan.proposals)} for {len(shared):,} of {len(plan.paths):,} tracked files"
    )
    for proposal in plan.proposals:
        files = {path for line in proposal.lines for path in line.files}
        found = f"{len(proposal.lines):3} {_plural(len(proposal.lines), 'pattern'):8} {len(files):6,} {_plural(len(files), 'file')}"
        none = (
            "told by name or header when it changes"
            if proposal.generated
            else "nothing here looks like it"
        )
        click.echo(f"  {proposal.name:16} {found if proposal.lines else f'  - {none}'}")


def _tell_next(plan: Plan, files: list[str]) -> None:
    _tell_commit(plan, files)
    click.echo('next: guard contract new NAME --goal "What it is for." --owns PATTERN')


def _tell_commit(plan: Plan, files: list[str], *, err: bool = False) -> None:
    names = " ".join(shell_quote(os.path.relpath(os.path.join(plan.top, file))) for file in files)
    base = _base(plan.repository)
    where = f"on {show(base)}" if base else "on the branch that is to be the base"
    click.echo(
        f"next: git add {names} && git commit -m 'guard: policy' {names}   # {where}: from there it is trusted",
        err=err,
    )


def _counted(proposals: Sequence[Proposal]) -> str:
    groups = [proposal for proposal in proposals if proposal.lines]
    patterns = sum(len(proposal.lines) for proposal in groups)
    return f"{patterns} {_plural(patterns, 'pattern')} in {len(groups)} shared {_plural(len(groups), 'group')}"


def _plural(number: int, word: str) -> str:
    return word if number == 1 else word + "s"


def _ignore(repository: Repository, top: str, paths: Sequence[str], *, write: bool) -> Edit:
    """What `.gitignore` should say about worktrees inside the repository: agents put them there, and git would track them.

    git does not follow a `.gitignore` that is a link (gitignore(5)), so nothing is proposed for one, and to `write` it is an error.
    """
    wanted = {
        line: f"./{folder}/{_PROBE}" for line, folder in _inner_worktrees(repository, top, paths)
    }
    asked = "".join(f"{path}\0" for path in wanted.values()).encode("utf-8", "surrogateescape")
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    # 0: some are ignored, 1: none is, 128: a link is on the way, and then no pattern helps (git-check-ignore(1))
    answer = git.run("check-ignore", "-z", "--stdin", "--no-index", stdin=asked, ok=(0, 1, 128))
    ignored = set(records(answer.out))
    lines = (
        [line for line, path in wanted.items() if path not in ignored] if answer.code < 128 else []
    )
    if not lines or (os.path.islink(os.path.join(top, _IGNORE)) and not write):
        return Edit(_IGNORE, "", "")
    return with_lines(_IGNORE, read_text(top, _IGNORE), lines)


def _inner_worktrees(
    repository: Repository, top: str, paths: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield lines for `.gitignore`, each with the folder that it is about."""
    yield ".claude/worktrees/", ".claude/worktrees"
    if os.path.isdir(os.path.join(top, ".gemini")) or any(
        path == "GEMINI.md" or path.startswith(".gemini/") for path in paths
    ):
        yield ".gemini/worktrees/", ".gemini/worktrees"
    main, *linked = (worktree.path for worktree in worktrees(repository.git))
    for path in linked:
        inside = os.path.relpath(path, main)
        if not inside.startswith("..") and not inside.startswith((".claude/", ".gemini/")):
            folder = os.path.dirname(inside) or inside
            yield exactly(folder) + "/", folder


def _echo(text: str, *, err: bool = False) -> None:
    """Print a patch byte by byte: it may hold what is not UTF-8."""
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False, err=err)
