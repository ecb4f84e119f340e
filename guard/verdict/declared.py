"""A contract that is not on the base: as the first commit of the branch that added it has it, or as it lies in the working tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from guard.contracts.branches import claims, named_for, the_one
from guard.contracts.model import CONTRACTS, Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, Incomplete
from guard.core.files import NotAFile, open_file
from guard.git.objects import Entry, Objects
from guard.git.repository import Repository
from guard.verdict.trust import LARGEST, Trust, contract_files, read_contract


class Declared(NamedTuple):
    """A contract that a branch declared: as it was in the commit that first added it, and that commit's and the file's object ids."""

    contract: Contract
    commit: str
    blob: str


def first_declared(
    repository: Repository, objects: Objects, trust: Trust, branch: str, name: str, head: str
) -> Declared | None:
    """The first commit of the branch that added a contract for it decides; what later commits make of the file does not count.

    In a shallow clone that commit may be missing, and every commit at the edge seems to add all that it has: there is no contract of the
    branch's own where the tip has none that the base lacks, and otherwise Incomplete is raised.
    """
    commits = repository.git.run(
        "rev-list",
        "--topo-order",
        "--reverse",
        "--full-history",
        head,
        f"^{trust.base.oid}",
        "--",
        CONTRACTS,
    ).out.split()
    known = {contract.file for contract in trust.contracts} | {
        file for _, file, _ in trust.unreadable
    }
    if commits and repository.shallow:
        if all(file in known for _, file, _ in contract_files(objects, tree_of(objects, head))):
            return None
        raise Incomplete(
            "this clone is shallow: the commit that first declared the contract may be missing",
            hint="git fetch --unshallow",
        )
    for commit in commits:
        oid = commit.decode()
        added = {
            file: (label, entry) for label, file, entry in _added(objects, oid) if file not in known
        }
        claiming = [
            contract
            for file, (label, entry) in added.items()
            if (
                contract := _claiming(
                    partial(read_contract, objects, label, file, entry, oid[:12]),
                    label,
                    branch,
                    name,
                )
            )
        ]
        first = the_one(claiming, branch, f"added in {oid[:12]}")
        if first:
            return Declared(first, oid, added[first.file][1].oid)
    return None


def lying_around(
    repository: Repository, objects: Objects, trust: Trust, branch: str, name: str, head: str
) -> Contract | None:
    """A contract that no commit has yet.

    One that the tip has, and that no commit of the branch first declared for it, is not the session's to edit: the base took it away, or
    it was another branch's.
    """
    known = {contract.name for contract in trust.contracts} | {
        label for label, _, _ in trust.unreadable
    }
    known |= (
        {label for label, _, _ in contract_files(objects, tree_of(objects, head))}
        if head
        else set()
    )
    folder = os.path.join(repository.top, CONTRACTS)
    found: list[Contract] = []
    for label in _labels(repository.top, folder):
        contract = (
            None
            if label in known
            else _claiming(partial(_read_file, folder, label), label, branch, name)
        )
        if contract:
            found.append(contract)
    return the_one(found, branch, "working tree")


def read_plain(path: str) -> bytes:
    """Read a regular file of the working tree, never through a link. Raises ContractError for anything else or a file that is too large."""
    try:
        with open_file(path) as file:
            data = file.read(LARGEST + 1)
    except NotAFile as error:
        raise ContractError(f"{path} {error.strerror}", hint="replace it by a file") from error
    except OSError as error:
        raise ContractError(
            f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}"
        ) from error
    if len(data) > LARGEST:
        raise ContractError(
            f"{path} has more than {LARGEST:,} bytes",
            hint="split it, or use patterns of directories",
        )
    return data


def _claiming(read: Callable[[], Contract], label: str, branch: str, name: str) -> Contract | None:
    """The contract if it is the one looked for. One that cannot be read matters only where its file name claims the branch."""
    if name not in ("", label):
        return None
    try:
        contract = read()
    except ContractError:
        if name or named_for(label, branch):
            raise
        return None
    return contract if name or claims(contract, branch) else None


def _added(objects: Objects, commit: str) -> Iterator[tuple[str, str, Entry]]:
    """The contracts that a commit has and none of its parents has."""
    read = objects.read(commit)
    header = read[1].partition(b"\n\n")[0].decode("utf-8", "replace").split("\n") if read else []
    parents = [line[7:] for line in header if line.startswith("parent ")]
    before = {
        file
        for parent in parents
        for _, file, _ in contract_files(objects, tree_of(objects, parent))
    }
    return (
        found
        for found in contract_files(objects, tree_of(objects, commit))
        if found[1] not in before
    )


def tree_of(objects: Objects, commit: str) -> str:
    """Give the id of a commit's tree. Raises GitError where either is missing."""
    info = objects.info(commit + "^{tree}")
    if info is None:
        raise Incomplete(
            f"commit {commit} or its tree is missing here",
            hint="git fetch --unshallow, or git fsck",
        )
    return info.oid


def _read_file(folder: str, label: str) -> Contract:
    return parse_contract(
        read_plain(os.path.join(folder, label + ".toml")), f"{CONTRACTS}/{label}.toml", label
    )


def _labels(top: str, folder: str) -> list[str]:
    if os.path.islink(os.path.join(top, ".guard")) or os.path.islink(folder):
        raise ContractError(
            f"{CONTRACTS} is reached through a symbolic link", hint="replace the link by a folder"
        )
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
