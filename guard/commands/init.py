"""`guard init`: a policy that fits the repository, and later what it lacks."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

import click

from guard.contracts import starter
from guard.contracts.model import POLICY_FILE
from guard.contracts.parse import parse_policy
from guard.contracts.starter import (
    Commit,
    ProposedGroup,
    counted_in,
    extend_policy,
    missing_lines,
    propose,
    release_lines,
    write_policy,
)
from guard.core.data import read_table
from guard.core.errors import GitError, GuardError, UsageError
from guard.core.files import read_text
from guard.core.names import counted, shell_quote, show
from guard.core.patch import patch, with_lines
from guard.core.writing import put_text
from guard.git.ancestry import has_commit
from guard.git.compare import list_tree, read_listing
from guard.git.landing import pushes_to
from guard.git.objects import Objects
from guard.git.plumbing import here, records
from guard.git.porcelain import commit_file
from guard.git.recent import recent_commits
from guard.git.repository import Repository, branch_of, open_repository
from guard.sessions.inner_worktrees import missing_ignores
from guard.verdict.search import Search
from guard.verdict.side_by_side import branches

_IGNORE = ".gitignore"
_EPILOG = """\b
Examples:
  guard init                            write guard.toml, under which nobody is stopped yet
  guard init --commit                   and commit it, so that sessions can start
  guard init --strict                   with the strict values: every branch needs a contract
  guard init --dry-run                  show it, write nothing
  guard init --write-ignore             and have git ignore the worktrees of agents
  guard init --update                   show what is new, as a diff that git apply takes
  guard init --update --write           add it
"""


class _Change(NamedTuple):
    """A file at the top of the repository with both texts; `old` is None if there is no file."""

    file: str
    old: str | None
    new: str


class _Scan(NamedTuple):
    """What `guard init` looked at; `unread` says why it could not count in the history, or ""."""

    repository: Repository
    top: str
    paths: Sequence[str]
    groups: tuple[ProposedGroup, ...]
    unread: str
    ignore: _Change


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
    help="Add the lines to .gitignore that keep agents' worktrees out of `git add -A`.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Write the strict values, which otherwise stand beside each line as a comment.",
)
@click.option(
    "--commit", "commits", is_flag=True, help="Commit what is written; on the base alone."
)
def command(
    *, dry_run: bool, update: bool, write: bool, write_ignore: bool, strict: bool, commits: bool
) -> int:
    """Write a guard.toml that fits this repository.

    It looks at the names of the tracked files and proposes shared groups, such as types, package
    metadata, lock files and routes. It counts how many of the last 500 commits each group would
    have told; more than one in seven by people, and the group is to warn, not to stop. Nobody is
    stopped for working as before, unless it is --strict. An existing guard.toml is never
    overwritten, and nothing is ever removed from it.
    """
    if dry_run and (update or write or write_ignore or commits):
        raise UsageError(
            "--dry-run goes with no other option",
            hint="guard init --update shows what is new and writes nothing either",
        )
    if strict and update:
        raise UsageError(
            "--strict is for a first guard.toml",
            hint="guard init --strict --dry-run shows one, to compare with yours",
        )
    if commits and update:
        hint = "guard init --update --write, then commit it"
        raise UsageError("--commit is for a first guard.toml", hint=hint)
    if write and not update:
        raise UsageError(
            "--write adds what --update found",
            hint="guard init --update --write; a first guard.toml: guard init",
        )
    scan = _scan(write_ignore=write_ignore)
    if update:
        return _update(scan, write=write, write_ignore=write_ignore)
    base = _base(scan.repository)
    lines = release_lines(branches(scan.repository), base)
    text = write_policy(scan.groups, base, lines, strict=strict)
    policy = _Change(POLICY_FILE, None, text)
    if dry_run:
        return _show(scan, policy)
    _require_absent(scan)
    if commits:
        _require_base(scan.repository)
    _write(scan, policy)
    _tell_written(scan, strict=strict)
    written = [_IGNORE] if _writes_ignore(scan, write=write_ignore) else []
    if commits:
        _commit(scan, [POLICY_FILE, *written])
    else:
        _tell_commit(scan, [POLICY_FILE, *written])
    if not written:
        _tell_ignore(scan)
    click.echo("next: guard start NAME --owns PATTERN")
    return 0


def _scan(*, write_ignore: bool) -> _Scan:
    repository = open_repository(here())
    top = repository.require_top()
    paths = records(repository.git.run("ls-files", "-z", "--deduplicate").out)
    if not paths and has_commit(repository.git):  # as after `git clone --no-checkout`
        paths = records(read_listing(list_tree(repository.git, "HEAD", "--name-only")))
    lines = missing_ignores(repository, top, paths)
    ignore = _Change(_IGNORE, "", "")
    # git follows no `.gitignore` that is a link (gitignore(5)): to write one is an error.
    if lines and (write_ignore or not os.path.islink(os.path.join(top, _IGNORE))):
        old = read_text(top, _IGNORE)
        ignore = _Change(_IGNORE, old, with_lines(old or "", lines))
    commits, unread = _commits(repository)
    groups = counted_in(propose(paths, catalogue()), commits)
    return _Scan(repository, top, paths, groups, unread, ignore)


def _commits(repository: Repository) -> tuple[list[Commit], str]:
    """The last commits; none, and the reason, if they cannot be read (a partial clone)."""
    if not has_commit(repository.git):
        return [], "there is no commit yet"
    try:
        found = [Commit(author, paths) for author, paths in recent_commits(repository.git)]
    except GitError as error:
        return [], error.message.partition("\n")[0]
    return found, "" if found else "there is one commit, or the clone is shallow"


def catalogue() -> dict[str, Any]:
    """Read what the starter policy knows of well-known files and folders."""
    return read_table(starter.__file__, "catalogue.toml")


def _base(repository: Repository) -> str:
    """The base that guard would use without a policy, "" if there is none yet."""
    try:
        with closing(Objects(repository.git)) as objects:
            name = Search(repository, objects, head="").default().name
    except GuardError:
        return ""
    return "" if any("\ud800" <= char <= "\udfff" for char in name) else name


def _require_absent(scan: _Scan) -> None:
    path = os.path.join(scan.top, POLICY_FILE)
    if os.path.islink(path):
        raise UsageError(
            f"{POLICY_FILE} is a symbolic link; guard reads a regular file only",
            hint=f"git rm {POLICY_FILE} && guard init",
        )
    if os.path.lexists(path):
        raise UsageError(
            f"{POLICY_FILE} exists and is not overwritten",
            hint="guard init --update shows what is new",
        )
    if POLICY_FILE in scan.paths:
        raise UsageError(
            f"{POLICY_FILE} is tracked, but it is not in the working tree",
            hint=f"git restore {POLICY_FILE}",
        )


def _require_base(repository: Repository) -> None:
    """Raise UsageError if the base is not checked out: a policy elsewhere is not trusted."""
    base, branch = _base(repository), branch_of(repository)
    if base and base != branch:
        raise UsageError(
            f"guard.toml is trusted on {base}, and {branch or 'no branch'} is checked out",
            hint=f"git switch {shell_quote(base)} && guard init --commit",
        )


def _commit(scan: _Scan, files: list[str]) -> None:
    for file in files:
        commit_file(scan.top, file, f"guard: {'policy' if file == POLICY_FILE else file}")
    base = _base(scan.repository) or branch_of(scan.repository)
    click.echo(f"committed {' and '.join(files)} on {show(base)}: from there it is trusted")
    remote = pushes_to(scan.repository, base)
    if remote:
        push = f"git push {shell_quote(remote)} {shell_quote(base)}"
        click.echo(f"next: {push}   # other clones and CI read it there")


def _show(scan: _Scan, policy: _Change) -> int:
    click.echo(policy.new, nl=False)
    if os.path.lexists(os.path.join(scan.top, POLICY_FILE)):
        click.echo(f"{POLICY_FILE} exists; what is new for it: guard init --update", err=True)
    return 0


def _update(scan: _Scan, *, write: bool, write_ignore: bool) -> int:
    """Only the patch goes to standard output: `git apply` can read it."""
    old = read_text(scan.top, POLICY_FILE)
    if old is None:
        raise UsageError(f"there is no {POLICY_FILE} to update", hint="guard init")
    policy = parse_policy(old.encode("utf-8", "surrogateescape"), POLICY_FILE)
    missing = missing_lines(policy, scan.groups)
    change = _Change(POLICY_FILE, old, extend_policy(policy, missing))
    if not missing:
        files = counted(len(scan.paths), "tracked file")
        click.echo(f"{POLICY_FILE} has everything that guard proposes for {files}", err=True)
    elif write:
        _write(scan, change)
        click.echo(f"added to {POLICY_FILE}: {_size(missing)}", err=True)
    _echo_patch(change)
    written = [_IGNORE] if _writes_ignore(scan, write=write_ignore, err=True) else []
    if missing and not write:
        click.echo(f"{POLICY_FILE} lacks {_size(missing)}", err=True)
        click.echo("next: guard init --update --write", err=True)
    changed = [POLICY_FILE] * bool(missing and write) + written
    if changed:
        _tell_commit(scan, changed, err=True)
    if not written:
        _echo_patch(scan.ignore)
        _tell_ignore(scan, err=True)
    return 0


def _write(scan: _Scan, change: _Change) -> None:
    put_text(scan.top, *change, again="guard init --update shows what is new")


def _writes_ignore(scan: _Scan, *, write: bool, err: bool = False) -> bool:
    if not write or scan.ignore.old == scan.ignore.new:
        return False
    _write(scan, scan.ignore)
    click.echo(f"added to {_IGNORE}: the lines for worktrees inside the repository", err=err)
    return True


def _tell_ignore(scan: _Scan, *, err: bool = False) -> None:
    if scan.ignore.old != scan.ignore.new:
        why = f"{_IGNORE} lacks agents' worktrees, which `git add -A` would add"
        click.echo(f"next: guard init --update --write-ignore   # {why}", err=err)


def _tell_written(scan: _Scan, *, strict: bool) -> None:
    shared = {path for group in scan.groups for line in group.lines for path in line.files}
    click.echo(
        f"wrote {POLICY_FILE}: {_size(scan.groups)} for {len(shared):,} of {len(scan.paths):,} "
        "tracked files"
    )
    here = [group for group in scan.groups if group.lines or group.generated]
    told = here[0].told if here else None
    if told:
        number = counted(told.of_people + told.of_bots, "commit")
        click.echo(f"how many of the last {number} a group would have told:")
        people, bots = f"people: {told.of_people:,}", f"bots: {told.of_bots:,}"
        click.echo(f"  {'group':16} {'files':>6} {people:>13} {bots:>10}  level")
    else:
        click.echo(f"how often a group would have spoken is not known: {scan.unread}")
        click.echo(f"  {'group':16} {'files':>6}  level")
    for group in here:
        click.echo(_row(group, strict=strict))
    absent = [group.name for group in scan.groups if group not in here]
    if absent:
        click.echo(f"not here: {', '.join(absent)}")


def _row(group: ProposedGroup, *, strict: bool) -> str:
    files = {path for line in group.lines for path in line.files}
    told = f" {group.told.people:>13,} {group.told.bots:>10,}" if group.told else ""
    level = "error" if strict else group.level or "error"
    return f"  {group.name:16} {len(files):>6,}{told}  {level}"


def _tell_commit(scan: _Scan, files: list[str], *, err: bool = False) -> None:
    names = " ".join(shell_quote(os.path.relpath(os.path.join(scan.top, file))) for file in files)
    base = _base(scan.repository)
    where = f"on {show(base)}" if base else "on the branch that is to be the base"
    commit = f"git add {names} && git commit -m 'guard: policy' {names}"
    click.echo(f"next: {commit}   # {where}: from there it is trusted", err=err)


def _size(groups: Sequence[ProposedGroup]) -> str:
    patterns = [len(group.lines) for group in groups if group.lines]
    return f"{counted(sum(patterns), 'pattern')} in {counted(len(patterns), 'shared group')}"


def _echo_patch(change: _Change) -> None:
    text = patch(*change)  # may hold bytes that are not UTF-8
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False)
