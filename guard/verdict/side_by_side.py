"""Policy and contracts on the base and in the working tree, side by side, mistakes included."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from guard.changes.change import GITLINK
from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.errors import ContractError, GitError, NotAdopted, UsageError
from guard.core.writing import write_new
from guard.git.compare import list_tree, read_listing
from guard.git.objects import Objects
from guard.git.plumbing import records
from guard.git.repository import Repository
from guard.verdict.declared import contracts_on_disk, read_plain
from guard.verdict.revs import branch_refs
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust


class Wrong(NamedTuple):
    """A file that cannot be read, and every mistake in it, a line each."""

    file: str
    message: str


class Standing(NamedTuple):
    """The policy (None if unreadable) and the contracts in one place.

    `ref` and `oid` are those of the base, or of the branch of contracts, `home` and `tree` those of
    the base, "" elsewhere; `wrong` has the unreadable ones of `files`.
    """

    ref: str = ""
    oid: str = ""
    tree: str = ""
    policy: Policy | None = Policy()
    contracts: tuple[Contract, ...] = ()
    files: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    home: str = ""

    def contract(self, name: str) -> Contract | None:
        """Find the readable contract of this name."""
        return next((contract for contract in self.contracts if contract.name == name), None)

    def cannot_read(self, file: str) -> bool:
        """Tell whether a file is here that cannot be read."""
        return any(wrong.file == file for wrong in self.wrong)


class Both(NamedTuple):
    """The base and the working tree; `missing` says why there is no base, "" if there is one.

    `brought` are contracts that only a session's branch has, where they were read.
    """

    base: Standing
    tree: Standing
    missing: str
    brought: tuple[Contract, ...] = ()

    @property
    def ref(self) -> str:
        """Where contracts count, as people write it."""
        return self.base.ref or "the base"

    @property
    def counting(self) -> Standing:
        """The place that counts: the base, or the working tree where there is no base."""
        return self.base if self.base.oid else self.tree

    @property
    def policy(self) -> Policy:
        """The policy that counts; the default stands in for an unreadable one."""
        return self.counting.policy or Policy()

    def contracts(self) -> list[tuple[Contract, str]]:
        """List the readable contracts by name, of two versions the base's, and where each is.

        That is `same` or `differs` for both places, `base` or `working-tree` for one, and
        `base-unreadable` or `working-tree-unreadable` if the other place's cannot be read; `branch`
        for what was brought.
        """
        found = {contract.name: (contract, "branch") for contract in self.brought}
        for contract in self.tree.contracts:
            unreadable = self.base.cannot_read(contract.file)
            found[contract.name] = contract, "base-unreadable" if unreadable else "working-tree"
        for contract in self.base.contracts:
            other, where = self.tree.contract(contract.name), "base"
            if other:
                where = "same" if contract.text == other.text else "differs"
            elif self.tree.cannot_read(contract.file):
                where = "working-tree-unreadable"
            found[contract.name] = contract, where
        return [found[name] for name in sorted(found)]

    def wrong(self) -> list[Wrong]:
        """List what cannot be read in either place, the same mistake in both once."""
        return list(dict.fromkeys((*self.base.wrong, *self.tree.wrong)))


def read_both(repository: Repository) -> Both:
    """Read the base and the working tree; either may be missing, and is empty then."""
    tree = in_working_tree(repository) if repository.top else Standing()
    try:
        return Both(read_base(repository), tree, "")
    except (GitError, NotAdopted) as error:
        return Both(Standing(), tree, error.message)


def read_base(repository: Repository) -> Standing:
    """Read the base. Raises GitError where there is none, NotAdopted where there is no commit."""
    objects = Objects(repository.git)
    try:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
        has_policy = POLICY_FILE in objects.tree(trust.tree)
    finally:
        objects.close()
    wrong = tuple(Wrong(file, message) for _, file, message in trust.unreadable)
    unreadable = [file for file, _ in wrong if file != POLICY_FILE]
    policy_is_wrong = len(unreadable) < len(wrong)
    return Standing(
        trust.granting.short,
        trust.granting.oid,
        trust.tree,
        None if policy_is_wrong else trust.policy,
        trust.contracts,
        (
            *([POLICY_FILE] if has_policy or policy_is_wrong else []),
            *sorted([*(contract.file for contract in trust.contracts), *unreadable]),
        ),
        wrong,
        trust.base.short,
    )


def standing_of(trust: Trust) -> Standing:
    """Give what is trusted as a place to compare contracts in."""
    return Standing(
        trust.granting.short,
        trust.granting.oid,
        trust.tree,
        trust.policy,
        trust.contracts,
        home=trust.home.short,
    )


def in_working_tree(repository: Repository) -> Standing:
    """Read the working tree, committed or not. Raises UsageError where there is none."""
    top = repository.require_top()
    files = contracts_on_disk(top)
    if os.path.lexists(os.path.join(top, POLICY_FILE)):
        files.insert(0, POLICY_FILE)
    return read_files(top, files)


def read_files(top: str, files: Sequence[str]) -> Standing:
    """Read policies and contracts by their paths below `top` (or absolute ones)."""
    policy: Policy | None = Policy()
    contracts: list[Contract] = []
    wrong: list[Wrong] = []
    for file in files:
        name = os.path.basename(file).removesuffix(".toml")
        try:
            if _is_policy(file):
                policy = None
                policy = parse_policy(read_plain(os.path.join(top, file)), file)
            else:
                contracts.append(parse_contract(read_plain(os.path.join(top, file)), file, name))
        except ContractError as error:
            wrong.append(Wrong(file, error.message))
    return Standing(
        policy=policy, contracts=tuple(contracts), files=tuple(files), wrong=tuple(wrong)
    )


def _is_policy(file: str) -> bool:
    """A contract may be called guard, too."""
    folder, name = os.path.split(file)
    return name == POLICY_FILE and not folder.endswith(CONTRACTS)


def write_contract(top: str, name: str, text: str) -> str:
    """Write a new contract below `top`, whole or not at all, and give its path there.

    Raises UsageError if the file exists or cannot be written.
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
    """List the paths that the base tracks, or the index if the working tree is meant.

    A submodule has a slash at its end, as patterns see it.
    """
    if standing.tree:
        lines = records(read_listing(list_tree(repository.git, standing.tree)))
    else:
        lines = records(repository.git.run("ls-files", "-s", "-z").out)
    listed = (line.partition("\t") for line in lines)
    return [path + "/" if state.startswith(GITLINK) else path for state, _, path in listed]


def branches(repository: Repository) -> list[str]:
    """List the short names of all branches, local and of remotes, each once."""
    return sorted({name for _, name in branch_refs(repository.git)})
