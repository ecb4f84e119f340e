"""Finds what a policy names: the base, and the branch of contracts. Most name neither."""

from __future__ import annotations

from guard.contracts.model import POLICY_FILE
from guard.core.errors import GitError, Incomplete
from guard.core.names import HEADS, shell_quote
from guard.verdict.search import ORIGIN, REMOTES, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.verdict.search import Search


class NoBranch(GitError):
    """The policy names a base that does not exist here; `name` is its branch."""

    def __init__(self, name: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.name = name


class NoContracts(Incomplete):
    """The policy names a branch of contracts that does not exist here; `name` is its name."""

    def __init__(self, name: str, *, hint: str) -> None:
        message = f"{POLICY_FILE} names {name} as the branch of contracts, which is not here"
        super().__init__(message, hint=hint)
        self.name = name


def named_base(search: Search, name: str) -> Ref:
    """Find the base that a policy names, with or without its remote.

    A clone that does not know the remote, and a server, find it by the rest of the name. Raises
    NoBranch where it does not exist, GitError where two branches may be meant.
    """
    whole = name.removeprefix(REMOTES)
    bare, remote = search.parted(whole)
    places = [(bare, remote)]
    if not remote and not name.startswith(HEADS) and "/" in bare:
        places.append((bare.partition("/")[2], ""))
    found = [ref for branch, only in places if (ref := search.found(branch, only))]
    if len(found) == 1:
        search.way.append(found[0])
        search.vain += [branch for branch, _ in places if branch != found[0].name]
        return found[0]
    if found:
        raise GitError(
            f"{POLICY_FILE} names the base {name!r}, which may be the branch {found[0].name} "
            f"or {found[1].name} of a remote",
            hint=f"write the one that is meant: base = {HEADS + found[0].name!r} "
            f"or base = {found[1].name!r}",
        )
    hint = f"git fetch {remote or 'origin'} {shell_quote(f'{bare}:{bare}')}"
    if search.where == "server":
        hint = f"push that branch first: git push origin {shell_quote(bare)}"
    message = f"{POLICY_FILE} names the base {name!r}, and there is no such branch here"
    raise NoBranch(bare, message, hint=hint)


def contracts_branch(search: Search, name: str, base: Ref) -> Ref:
    """Find the branch of contracts that the policy on `base` names.

    It is that of the remote where the base was found; of a local base that of origin, then of
    any other remote. The local branch counts where no remote has it, in CI only where no remote
    has the base either. Raises NoContracts where there is none.
    """
    own = search.parted(base.short.removeprefix(REMOTES))[1]
    remotes = ["origin"] if search.where == "gate" else search.remotes()
    remotes = [own] if own else remotes
    places = [Ref(name, f"{remote}/{name}") for remote in remotes]
    if search.where != "gate" or not _is_remote(search, own, base):
        places.append(Ref(name, name))
    for ref, tip in zip(places, search.tips(*(ref.full for ref in places)), strict=True):
        if tip:
            return ref._replace(oid=tip)
    raise NoContracts(name, hint=_bring(search, name, own))


def _is_remote(search: Search, own: str, base: Ref) -> bool:
    return bool(own) or bool(search.tips(ORIGIN + base.name)[0])


def _bring(search: Search, name: str, remote: str) -> str:
    make = f"guard contract publish --to {shell_quote(name)}"
    if search.where == "server":
        return f"in a clone: {make}"
    remote = remote or "origin"
    words = shell_quote(f"+{HEADS}{name}:{REMOTES}{remote}/{name}")
    return f"git fetch {shell_quote(remote)} {words}   # if nobody has made it yet: {make}"
