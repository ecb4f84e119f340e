"""Contracts that are not on the base: declared by the branch's commits or in the working tree."""

from __future__ import annotations

import os

from guard.contracts.branches import claims, named_for, the_one
from guard.contracts.model import CONTRACTS, LARGEST_FILE
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, Incomplete, UsageError
from guard.core.files import NotAFile, open_file
from guard.verdict.trust import contract_files, read_contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guard.contracts.model import Contract
    from guard.git.objects import Objects
    from guard.git.repository import Repository
    from guard.verdict.opening import Sources
    from guard.verdict.session import Session


def first_declared(sources: Sources, session: Session, name: str) -> Session | None:
    """Find the first commit of the branch that declares its contract; None if there is none.

    In a shallow clone the commit may be missing, unless the base has all contracts of the tip.

    A commit at the edge seems to add all that it has.
    """
    repository, objects, trust = sources.repository, sources.objects, sources.trust
    options = ("--topo-order", "--reverse", "--full-history", session.head, f"^{trust.base.oid}")
    commits = repository.git.run("rev-list", *options, "--", CONTRACTS).out.decode().split()
    known = trust.files
    if commits and repository.shallow:
        if _files_at(objects, session.head) <= known:
            return None
        raise Incomplete(
            "this clone is shallow: the commit that first declared the contract may be missing",
            hint="git fetch --unshallow",
        )
    declared: list[Session] = []
    for oid in commits:
        claiming: list[Contract] = []
        blobs: dict[str, str] = {}
        before = known.union(*(_files_at(objects, parent) for parent in _parents(objects, oid)))
        for label, file, entry in contract_files(objects, objects.tree_of(oid)):
            if file not in before:
                blobs[file] = entry.oid
                where = (objects, label, file, entry, oid[:12])
                claiming += _claiming(session, name, label, read_contract, *where)
        first = the_one(claiming, session.branch, f"added in {oid[:12]}")
        if first:
            blob = blobs[first.file]
            found = session._replace(contract=first, source="branch", declared_in=oid, blob=blob)
            declared.append(found)
    return _oldest(repository, declared)


def _oldest(repository: Repository, declared: list[Session]) -> Session | None:
    """The declaration that all others build on; in which order a merge has its parents is chance.

    Raises ContractError if there is none, unless they all say the same.
    """
    if len({(one.blob, one.contract.file if one.contract else "") for one in declared}) < 2:
        return declared[0] if declared else None
    from guard.git.ancestry import is_ancestor  # few branches declare two

    first = declared[0]
    for other in declared[1:]:
        if not is_ancestor(repository.git, first.declared_in, other.declared_in):
            commits = f"{first.declared_in[:12]} and {other.declared_in[:12]}"
            raise ContractError(
                f"{commits} each declare a contract for {first.branch or first.name}, side by side",
                hint=f"put one of them on {first.trust.granting.short} first; "
                "or leave one out: git rebase",
            )
    return first


def in_working_tree(sources: Sources, session: Session, name: str) -> Contract | None:
    """Find the contract in the working tree that claims the branch; None if there is none.

    A contract at the tip that the branch did not declare was another's, or the base's once.
    """
    top, known = sources.repository.top, session.trust.files
    if session.head:
        known |= _files_at(sources.objects, session.head)
    found: list[Contract] = []
    for file in contracts_on_disk(top):
        if file not in known:
            label = os.path.basename(file).removesuffix(".toml")
            found += _claiming(session, name, label, _read_from_disk, top, file, label)
    return the_one(found, session.branch, "working tree")


def contracts_on_disk(top: str) -> list[str]:
    """List the contract files below `top`, as paths from there.

    Raises ContractError for a file or a link on the way (git stores nothing behind it), UsageError
    where the folder cannot be read.
    """
    for folder in (".guard", CONTRACTS):
        path = os.path.join(top, folder)
        if os.path.islink(path):
            raise ContractError(
                f"{folder} is a symbolic link", hint=f"replace the link {folder} with a folder"
            )
        if os.path.isfile(path):
            raise ContractError(f"{folder} is not a folder", hint=f"replace {folder} with a folder")
    try:
        names = os.listdir(os.path.join(top, CONTRACTS))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError(
            f"{CONTRACTS} cannot be read: {error.strerror}", hint=f"ls -ld {CONTRACTS}"
        ) from error
    return [f"{CONTRACTS}/{name}" for name in sorted(names) if name.endswith(".toml")]


def read_plain(path: str) -> bytes:
    """Read a policy or contract on disk. Raises ContractError for no regular or a large file."""
    try:
        with open_file(path) as file:
            data = file.read(LARGEST_FILE + 1)
    except NotAFile as error:
        raise ContractError(f"{path} {error.strerror}", hint="replace it with a file") from error
    except OSError as error:
        raise ContractError(
            f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}"
        ) from error
    if len(data) > LARGEST_FILE:
        raise ContractError(
            f"{path} has more than {LARGEST_FILE:,} bytes",
            hint="split it, or use patterns of directories",
        )
    return data


def _read_from_disk(top: str, file: str, label: str) -> Contract:
    return parse_contract(read_plain(os.path.join(top, file)), file, label)


def _claiming(
    session: Session, name: str, label: str, read: Callable[..., Contract], *where: object
) -> list[Contract]:
    """The contract, in a list, if it claims the branch or has the wanted name."""
    if name not in ("", label):
        return []
    try:
        contract = read(*where)
    except ContractError:
        if name or named_for(label, session.branch):
            raise
        return []
    return [contract] if name or claims(contract, session.branch) else []


def _parents(objects: Objects, commit: str) -> list[str]:
    read = objects.read(commit)
    header = read[1].partition(b"\n\n")[0] if read else b""
    lines = header.decode("utf-8", "replace").split("\n")
    return [line[7:] for line in lines if line.startswith("parent ")]


def _files_at(objects: Objects, commit: str) -> set[str]:
    return {file for _, file, _ in contract_files(objects, objects.tree_of(commit))}
