"""Contracts that a session has brought along: only its own branch has them as yet."""

from collections.abc import Iterable
from contextlib import closing

from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, Contract
from guard.core.names import HEADS
from guard.git.objects import Objects
from guard.git.refs import tips
from guard.git.repository import Repository
from guard.sessions.names import called
from guard.verdict.search import Search
from guard.verdict.side_by_side import Both, read_both
from guard.verdict.trust import Trust, contracts_at, read_trust


def declared(
    repository: Repository, objects: Objects, trust: Trust, prefix: str = HEADS
) -> dict[str, Contract]:
    """Give the contracts, by name, that only branches which work under them have.

    The branches are those whose refs start with `prefix`: by default the local ones. None where
    contracts are on a branch of their own.
    """
    if trust.elsewhere.oid:
        return {}
    refs = [ref for ref in tips(repository.git, prefix) if ref != prefix + trust.home.name]
    trees = objects.infos(*(f"{ref}:{CONTRACTS}" for ref in refs))
    found: dict[str, Contract] = {}
    for ref, tree in zip(refs, trees, strict=True):
        names = objects.tree(tree.oid) if tree and tree.kind == "tree" else {}
        if not {f"{CONTRACTS}/{name}" for name in names} - trust.files:
            continue
        commit = objects.info(f"{ref}^{{commit}}")
        own = brought(objects, trust, commit.oid, ref.removeprefix(prefix)) if commit else {}
        for name, contract in own.items():
            found.setdefault(name, contract)
    return found


def read_all(repository: Repository) -> Both:
    """Read the base and the working tree, and what only branches of sessions have here."""
    both = read_both(repository)
    if both.missing:
        return both
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
        found = declared(repository, objects, trust)
    return both._replace(brought=tuple(found[name] for name in sorted(found)))


def is_only_declared(repository: Repository, name: str) -> bool:
    """Tell whether a contract is on its session's branch alone.

    Raises GuardError where there is no base.
    """
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
        return name in declared(repository, objects, trust)


def session_called(repository: Repository, name: str) -> tuple[str, str]:
    """Give the own name and the contract of the session `name`.

    Both are "" if there is none. Raises GuardError where there is no base.
    """
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
        known = with_declared(repository, objects, trust).contracts
    return called(repository, name, known)


def brought(objects: Objects, trust: Trust, commit: str, branch: str) -> dict[str, Contract]:
    """Give the contracts, by name, that a commit has, the base has not, and claim `branch`."""
    if trust.elsewhere.oid:
        return {}
    return {
        one.name: one
        for one in contracts_at(objects, commit, branch)[0]
        if one.file not in trust.files and claims(one, branch)
    }


def with_declared(
    repository: Repository, objects: Objects, trust: Trust, prefixes: Iterable[str] = (HEADS,)
) -> Trust:
    """Give what is trusted, with the contracts that branches bring along behind the others.

    For telling whose work something is: nothing may be judged by them.
    """
    found: dict[str, Contract] = {}
    for prefix in prefixes:
        found = {**declared(repository, objects, trust, prefix), **found}
    return trust._replace(contracts=(*trust.contracts, *found.values()))
