"""What stands where: policy and contracts at the tip of the base and in the working tree, side by side, mistakes and all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.errors import ContractError, GitError, NotAdopted, UsageError
from guard.core.files import write_new
from guard.git.objects import Objects
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.verdict.declared import read_plain
from guard.verdict.trust import Ref, Search, contract_files, read_contract, read_trust


class Wrong(NamedTuple):
    """A file that cannot be read, and every mistake in it, a line each."""

    file: str
    message: str


class Standing(NamedTuple):
    """What stands in one place. `ref`, `oid` and `tree` are those of the base, "" elsewhere; `policy` is None where it cannot be read.

    `files` lists what was looked at, in order; `wrong` those of them that cannot be read.
    """

    ref: str = ""
    oid: str = ""
    tree: str = ""
    policy: Policy | None = Policy()
    contracts: tuple[Contract, ...] = ()
    files: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()

    def contract(self, name: str) -> Contract | None:
        """The contract of this name, if it stands here and can be read."""
        return next((contract for contract in self.contracts if contract.name == name), None)

    def cannot_read(self, file: str) -> bool:
        """Whether a file stands here that cannot be read."""
        return any(wrong.file == file for wrong in self.wrong)


class Both(NamedTuple):
    """What stands on the base and in the working tree; `missing` says why there is no base to read, "" where there is one."""

    base: Standing
    tree: Standing
    missing: str

    @property
    def ref(self) -> str:
        """The base as people write it."""
        return self.base.ref or "the base"

    def contracts(self) -> list[tuple[Contract, str]]:
        """Every contract that can be read, by name, each with where it stands; of two versions the base's, which is the one that counts.

        It stands `same` in both places, `differs` between them, in the `base` or the `working-tree` alone, and is `base-unreadable` or
        `working-tree-unreadable` where it cannot be read in the other place.
        """
        found = {
            contract.name: (contract, self._in_tree(contract)) for contract in self.tree.contracts
        }
        found |= {
            contract.name: (contract, self._on_base(contract)) for contract in self.base.contracts
        }
        return [found[name] for name in sorted(found)]

    def _in_tree(self, contract: Contract) -> str:
        return "base-unreadable" if self.base.cannot_read(contract.file) else "working-tree"

    def _on_base(self, contract: Contract) -> str:
        other = self.tree.contract(contract.name)
        if other:
            return "same" if contract.text == other.text else "differs"
        return "working-tree-unreadable" if self.tree.cannot_read(contract.file) else "base"

    def wrong(self) -> list[Wrong]:
        """What cannot be read, in either place; what is wrong in both alike is there once."""
        return list(dict.fromkeys((*self.base.wrong, *self.tree.wrong)))


def read_both(repository: Repository) -> Both:
    """Read the base and the working tree. Where there is no base or no working tree, nothing stands there."""
    tree = in_working_tree(repository) if repository.top else Standing()
    try:
        return Both(read_base(repository), tree, "")
    except (GitError, NotAdopted) as error:
        return Both(Standing(), tree, error.message)


def read_base(repository: Repository) -> Standing:
    """Read what stands on the base. Raises GitError where there is none, NotAdopted where there is no commit."""
    objects = Objects(repository.git)
    try:
        return _on_base(repository, objects)
    finally:
        objects.close()


def in_working_tree(repository: Repository) -> Standing:
    """Read what stands in the working tree, committed or not. Raises UsageError where there is none."""
    top = repository.require_top()
    names = [file.removesuffix(".toml") for file in _contracts_in(top)]
    present = os.path.lexists(os.path.join(top, POLICY_FILE))
    return read_files(
        top, [*([POLICY_FILE] if present else []), *(f"{CONTRACTS}/{name}.toml" for name in names)]
    )


def read_files(top: str, files: Sequence[str]) -> Standing:
    """Read policies and contracts by their paths below `top` (or absolute ones): what is called guard.toml is a policy."""
    policy: Policy | None = Policy()
    contracts: list[Contract] = []
    wrong: list[Wrong] = []
    for file in files:
        name = os.path.basename(file).removesuffix(".toml")
        try:
            if _is_policy(file):
                policy = None
                policy = parse_policy(read_plain(os.path.join(top, file)), file)
                continue
            contracts.append(parse_contract(read_plain(os.path.join(top, file)), file, name))
        except ContractError as error:
            wrong.append(Wrong(file, error.message))
    return Standing(
        policy=policy, contracts=tuple(contracts), files=tuple(files), wrong=tuple(wrong)
    )


def write_contract(top: str, name: str, text: str) -> str:
    """Write a new contract below `top`, whole or not at all, and give its path there. An existing file is never touched.

    Raises UsageError where there is one already or a folder on the way is something else, a symbolic link for instance.
    """
    file = f"{CONTRACTS}/{name}.toml"
    try:
        write_new(top, file, text)
    except FileExistsError as error:
        raise UsageError(
            f"{file} exists already", hint=f"edit it, or look at it: guard contract show {name}"
        ) from error
    return file


def tracked(repository: Repository, standing: Standing) -> list[str]:
    """The paths that are tracked there: on the base, or in the index of the working tree."""
    if standing.tree:
        return records(
            repository.git.run(
                "ls-tree", "-r", "-z", "--name-only", "--full-tree", standing.tree
            ).out
        )
    return records(repository.git.run("ls-files", "-z").out)


def branches(repository: Repository) -> list[str]:
    """The short names of all branches, local and of remotes, each once."""
    listed = repository.git.run(
        "for-each-ref", "--format=%(refname)%00", "refs/heads", "refs/remotes"
    ).out
    refs = [ref.lstrip("\n") for ref in records(listed)]
    local = [ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")]
    remote = [
        ref.split("/", 3)[3]
        for ref in refs
        if ref.startswith("refs/remotes/") and ref.count("/") > 2
    ]
    return sorted({*local, *(name for name in remote if name != "HEAD")})


def _on_base(repository: Repository, objects: Objects) -> Standing:
    try:
        trust = read_trust(repository, objects, Search(repository, objects), "")
    except ContractError as error:  # the policy cannot be read; its contracts may have mistakes too
        return _beside_a_broken_policy(repository, objects, error)
    wrong = tuple(Wrong(file, message) for _, file, message in trust.unreadable)
    policy = [POLICY_FILE] if POLICY_FILE in objects.tree(trust.tree) else []
    files = (
        *policy,
        *sorted([*(contract.file for contract in trust.contracts), *(file for file, _ in wrong)]),
    )
    return Standing(
        trust.base.short, trust.base.oid, trust.tree, trust.policy, trust.contracts, files, wrong
    )


def _is_policy(file: str) -> bool:
    """A contract may be called guard too."""
    return os.path.basename(file) == POLICY_FILE and not os.path.dirname(file).endswith(CONTRACTS)


def _beside_a_broken_policy(
    repository: Repository, objects: Objects, error: ContractError
) -> Standing:
    """The contracts on the base whose policy cannot be read: the default one, or the one that the policy there names."""
    search = Search(repository, objects)
    base = search.default()
    name = _base_named_at(objects, base)
    base = search.named(name) if name else base
    files = list(contract_files(objects, _tree(objects, base)))
    contracts: list[Contract] = []
    wrong = [Wrong(POLICY_FILE, error.message)]
    for label, file, entry in files:
        try:
            contracts.append(read_contract(objects, label, file, entry, base.short))
        except ContractError as broken:
            wrong.append(Wrong(file, broken.message))
    return Standing(
        base.short,
        base.oid,
        _tree(objects, base),
        None,
        tuple(contracts),
        (POLICY_FILE, *(file for _, file, _ in files)),
        tuple(wrong),
    )


def _base_named_at(objects: Objects, base: Ref) -> str:
    """The base that a policy names; "" where there is none or it cannot be read."""
    entry = objects.look_up(_tree(objects, base), POLICY_FILE)
    read = objects.read(entry.oid) if entry else None
    try:
        return parse_policy(read[1], POLICY_FILE).base if read else ""
    except ContractError:
        return ""


def _tree(objects: Objects, base: Ref) -> str:
    found = objects.info(base.oid + "^{tree}")
    if found is None:
        raise GitError(
            f"the tree of {base.short} ({base.oid}) is missing here",
            hint=f"git fetch origin {base.short}",
        )
    return found.oid


def _contracts_in(top: str) -> list[str]:
    """The names of the contract files. git stores a link to a folder as a link, so what is behind one is nobody's contract."""
    for folder in (".guard", CONTRACTS):
        if os.path.islink(os.path.join(top, folder)):
            raise ContractError(
                f"{folder} is a symbolic link", hint=f"replace the link {folder} by a folder"
            )
    try:
        return sorted(
            name for name in os.listdir(os.path.join(top, CONTRACTS)) if name.endswith(".toml")
        )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError(
            f"{CONTRACTS} cannot be read: {error.strerror}", hint=f"ls -ld {CONTRACTS}"
        ) from error
