"""What is asked of a start, what comes of it, and why it may be refused."""

import shlex
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple

from guard.contracts.draft import Values, values_of
from guard.contracts.model import POLICY_FILE, Contract, Policy
from guard.contracts.slugs import is_device
from guard.core.errors import GuardError, UsageError
from guard.core.names import fold, shell_quote
from guard.git.repository import Repository
from guard.git.worktrees import worktrees
from guard.rules.overlaps import Compared
from guard.rules.planned import Unmerged
from guard.sessions.life.arriving import Head
from guard.sessions.names import called, names_noted, require_no_second
from guard.verdict.trust import Trust

_NONE: Values = MappingProxyType({})


class Wanted(NamedTuple):
    """What is to start: the session `name`, and the `values` of its contract if that is new.

    `text` is the file of that contract, if it is written already.
    `branch` is an existing branch to work on, "" for the session's own; `under` the contract of
    another session, under which this one works, too. `on_base` puts a new contract on the base,
    `anyway` starts although another contract may own the same paths. `fetches` asks the remote
    first. The branch is that of the pull request `head`, if there is one; `trusts` copies files and
    runs commands there although it is a fork's. `is_cut_off`: the remote cannot be reached now.
    """

    name: str
    values: Values = _NONE
    text: str = ""
    branch: str = ""
    under: str = ""
    on_base: bool = False
    anyway: bool = False
    fetches: bool = True
    head: Head | None = None
    trusts: bool = False
    is_cut_off: bool = False


class Ahead(NamedTuple):
    """What is told before anything is made.

    `untold` says why the remote was not asked. `compared` has what else may own the session's
    paths; `others` are the sessions beside it if those are too many, `limit` is how many the policy
    wants at most. `away` are the worktrees beside it, if none of them is there.
    """

    untold: str
    compared: Compared
    others: tuple[str, ...]
    limit: int
    away: tuple[str, ...] = ()


class Started(NamedTuple):
    """The session's name, worktree, branch and contract, and the `source` and commit it is from.

    `ref` is the base. `counts` is the ref where the contract counts, "" if it is on the session's
    branch alone. `is_new`: it was not there before. `run` are the commands that prepare the
    worktree. `apart` tells of a branch that was there before how many commits it has that the base
    lacks, and the other way round. `untrusted`: it is a fork's pull request, so nothing was copied,
    then or now. `resumed`: an earlier start had left something to do. `lacks` is the request's tip,
    if the branch does not have it. `unmerged` are shared groups with files that a new contract
    owns, and whose merge it does not.
    """

    name: str
    path: str
    branch: str
    contract: Contract
    ref: str
    source: str
    oid: str
    counts: str
    is_new: bool
    run: tuple[str, ...]
    apart: tuple[int, int] | None = None
    untrusted: bool = False
    resumed: bool = False
    lacks: str = ""
    unmerged: tuple[Unmerged, ...] = ()


class Taken(GuardError):
    """Another open contract may own the same paths; `stops` tells that the policy forbids it.

    `is_known`: the session's own contract is there already.
    """

    def __init__(self, compared: Compared, *, stops: bool, is_known: bool = False) -> None:
        super().__init__("another session's contract may own the same paths")
        self.compared = compared
        self.stops = stops
        self.is_known = is_known


def require_adopted(trust: Trust) -> None:
    """Raise UsageError if there is no policy to start a session by."""
    if not trust.adopted:
        hint = "guard init   # then commit guard.toml"
        raise UsageError(f"{trust.home.short} has no guard.toml yet", hint=hint)


def require_groups(policy: Policy, merges: Iterable[str]) -> None:
    """Raise UsageError for the name of a shared group that the policy does not have."""
    known = [group.name for group in policy.shared]
    for group in merges:
        if group not in known:
            hint = f"add [shared.{group}] to {POLICY_FILE}, or: guard init"
            for near in get_close_matches(group, known, 1) or known[:1]:
                hint = f"--merges {near}"
            raise UsageError(f"--merges: {POLICY_FILE} has no shared group {group}", hint=hint)


def require_portable(name: str) -> None:
    """Raise UsageError for a name whose contract nobody could check out on Windows."""
    if is_device(name):
        raise UsageError(f"no file may be called {name} on Windows", hint="choose another name")


def differing(found: Contract, values: Values) -> list[str]:
    """Give the keys of `values` that a contract has otherwise.

    The order within a list says nothing: no pattern takes back another (`!` is refused).
    """
    own = values_of(found)
    return [key for key, value in values.items() if _unordered(own.get(key)) != _unordered(value)]


def _unordered(value: object) -> object:
    return sorted(map(repr, value)) if isinstance(value, list) else value


def same_words(found: Contract, wanted: Wanted) -> None:
    """Raise UsageError if other words are wanted than the contract that is there has."""
    keys = " and ".join(differing(found, wanted.values))
    edit = f"guard contract edit {found.name}"
    if keys and wanted.under:
        raise UsageError(
            f"a second worktree has the contract {found.name} as it is, not with other {keys}",
            hint=f"{command_of(wanted._replace(values=_NONE))}   # to change it: {edit} --help",
        )
    if keys:
        raise UsageError(
            f"the contract {found.name} is there already, with other {keys}",
            hint=f"guard start {found.name}   # as it is; or another name, or: {edit} --help",
        )


def meant(repository: Repository, wanted: Wanted, known: Iterable[Contract]) -> str:
    """Give the command for a session or contract that is there under another spelling.

    That is in other letters' case, or by its branch, or for a contract by its session; "" if none
    of the `known` is like it.
    """
    said, known = wanted.under or wanted.name, tuple(known)
    folded = {fold(one.name): one.name for one in known}
    own, contract = called(repository, said, known)
    if wanted.under:
        there = folded.get(fold(said)) or contract
        return command_of(wanted._replace(under=there)) if there else ""
    there = folded.get(fold(said)) or own
    return command_of(wanted._replace(name=there)) if there else ""


def command_of(wanted: Wanted, program: Sequence[str] = ()) -> str:
    """Give the command that asks for what is wanted, as one would type it."""
    words = ["guard start", shell_quote(wanted.name)]
    if wanted.head:
        words += ["--pr", shell_quote(wanted.head.said or str(wanted.head.number))]
    elif wanted.branch:
        words += ["--branch", shell_quote(wanted.branch)]
    words += ["--from", shell_quote(wanted.under)] if wanted.under else []
    for key, value in wanted.values.items():
        if value != wanted.name:  # which is the goal by default
            said = value if isinstance(value, list) else [value]
            words += [word for one in said for word in (f"--{key}", shell_quote(str(one)))]
    flags = {
        "--on-base": wanted.on_base,
        "--anyway": wanted.anyway,
        "--no-fetch": not wanted.fetches,
        "--trust": wanted.trusts,
    }
    words += [flag for flag, is_given in flags.items() if is_given]
    return " ".join((*words, *(["--", shlex.join(program)] if program else [])))


def second_named(repository: Repository, wanted: Wanted) -> Wanted:
    """Give what is wanted with contract and branch, if it is a second worktree's name alone.

    Raises UsageError if it is that of a worktree under another contract than is wanted.
    """
    alone = not (wanted.under or wanted.values or wanted.branch)
    for path, (name, contract) in names_noted(repository.common_dir).items():
        if alone and name == wanted.name:
            one = next((one for one in worktrees(repository.git) if one.path == path), None)
            if one:
                return wanted._replace(under=contract, branch=one.branch)
    require_no_second(repository, wanted.name, but=wanted.under)
    return wanted
