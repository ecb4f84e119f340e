"""What is trusted: policy and contracts at the tip of the base, read from git objects only."""

from __future__ import annotations

from guard.contracts.branches import is_one_of
from guard.contracts.model import CONTRACTS, LARGEST_FILE, POLICY_FILE, Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.errors import ContractError, GitError, Incomplete, NotAdopted
from guard.core.names import shell_quote
from guard.core.values import NamedTuple
from guard.verdict.search import REMOTES, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guard.git.objects import Entry, Found, Objects
    from guard.verdict.search import Search

REGULAR = ("100644", "100755")
_FOLDERS = (CONTRACTS.partition("/")[0], CONTRACTS)


class Trust(NamedTuple):
    """The base, with the policy and contracts at its tip; without arguments, no base.

    A branch is compared with `base` and its `tree`. If that is one of the policy's `bases`,
    `source` is the base proper, where policy and contracts were read. If the policy names a branch
    of contracts, `elsewhere` is that branch, and they were read there. `adopted`: there is a policy
    or a contract. `unreadable` contracts are (name, file, reason); they concern only the branches
    that they claim.
    """

    base: Ref = Ref()
    tree: str = ""
    adopted: bool = False
    policy: Policy = Policy()
    contracts: tuple[Contract, ...] = ()
    unreadable: tuple[tuple[str, str, str], ...] = ()
    source: Ref = Ref()
    elsewhere: Ref = Ref()

    @property
    def home(self) -> Ref:
        """Where the policy was read."""
        return self.source if self.source.oid else self.base

    @property
    def base_names(self) -> tuple[str, str]:
        """The branches that are no session's: what is compared with, and the policy's own."""
        return self.base.name, self.home.name

    @property
    def granting(self) -> Ref:
        """Where contracts were read."""
        return self.elsewhere if self.elsewhere.oid else self.home

    @property
    def files(self) -> set[str]:
        """The paths of all contracts, readable or not."""
        readable = {contract.file for contract in self.contracts}
        return readable.union(file for _, file, _ in self.unreadable)


def read_trust(
    search: Search, given: str = "", called: Ref | None = None, *, lenient: bool = False
) -> Trust:
    """Read policy and contracts at the tip of the base.

    The base is `given` (a rev that a person typed, or the tip of the branch `called`),
    else what `guard.toml` on the default base names, else the default. Of that and the policy's
    `bases` a branch is compared with the one that it was built on. Raises GitError if there is
    none, ContractError if the policy cannot be read; if `lenient`, the default stands in for such a
    policy, no contract for those of a missing branch, and `unreadable` has the reason.
    """
    git, objects = search.repository.git, search.objects
    if not given:
        trust = _by_policy(search, lenient=lenient)
        return _against(objects, trust, search.compared(trust.base, trust.policy.bases))
    from guard.verdict.revs import resolve_branch  # a person or CI names it

    oid, branch = resolve_branch(git, objects, given, "--base")
    if called:
        return _requested(search, called._replace(oid=oid))
    return _read(search, Ref(branch or given, given, oid))


def _by_policy(search: Search, *, lenient: bool = False) -> Trust:
    trust = _read(search, search.default(), lenient=lenient)
    if not trust.adopted:
        return _confirmed(search, trust)
    name = trust.policy.base
    if not name or search.is_named(name, trust.base):
        return trust
    from guard.verdict.named_branches import named_base  # mostly the default is meant

    return _read(search, named_base(search, name), lenient=lenient)


def _confirmed(search: Search, trust: Trust) -> Trust:
    """The base that the commit checked out names, if the tip of that base names it, too.

    Where others choose what is checked out (a gate, a server) it does not count.
    """
    from guard.verdict.named_branches import (
        named_base,  # once it is adopted, a base confirms itself
    )

    objects = search.objects
    info = None if search.where in ("gate", "server") else objects.info("HEAD^{tree}")
    try:
        file = objects.tree(info.oid).get(POLICY_FILE) if info else None
        if not file:
            return trust
        blob = objects.read_all([file.oid], LARGEST_FILE)[0]
        name = _policy(blob, file, Ref(short="HEAD")).base
        if not name or search.is_named(name, trust.base):
            return trust
        found = _read(search, named_base(search, name))
    except (ContractError, GitError):
        return trust
    confirmed = found.policy.base and search.is_named(found.policy.base, found.base)
    return found if confirmed else trust


def _requested(search: Search, target: Ref) -> Trust:
    """What goes to one of `bases` is compared with it, by what the base proper says.

    So is what goes to a branch without policy and contracts: stacked work is older than adoption.
    """
    trust: Trust | None
    try:
        trust = _by_policy(search)
    except (GitError, NotAdopted):  # the clone may have nothing but the target
        trust = None
    if trust and trust.base.name != target.name and is_one_of(trust.policy.bases, target.name):
        return _against(search.objects, trust, target)
    own = _read(search, target)
    if trust and trust.adopted and not own.adopted:  # as before the base adopted guard
        return _against(search.objects, trust, target)
    base = own.policy.base
    elsewhere = base and not search.is_named(base, target)
    if not trust and elsewhere and is_one_of(own.policy.bases, target.name):
        raise GitError(
            f"{target.name} is compared with by the policy of {base}, which is not in this clone",
            hint=f"fetch all branches, or: git fetch origin {shell_quote(base)}:"
            f"{shell_quote(REMOTES + 'origin/' + base)}",
        )
    return own


def _against(objects: Objects, trust: Trust, base: Ref) -> Trust:
    if base == trust.base:
        return trust
    return trust._replace(base=base, source=trust.base, tree=_tree(objects, base))


def _tree(objects: Objects, base: Ref, *more: str) -> str:
    """The id of the base's tree; it is read at once with `more`."""
    root = objects.read_ahead([base.oid + "^{tree}", *more])[0]
    if not root:
        raise Incomplete(
            f"the tree of {base.short} ({base.oid}) is missing here",
            hint="git fetch --refetch --no-filter",
        )
    return root


def not_adopted(base: Ref) -> NotAdopted:
    """Give the error that the base has neither policy nor contracts."""
    return NotAdopted(
        f"there is no {POLICY_FILE} and no contract on {base.short}: nothing to judge by",
        hint=f"guard init   # then commit {POLICY_FILE} on {base.name}; if another branch is the "
        "base: git remote set-head origin BRANCH",
    )


def _read(search: Search, base: Ref, *, lenient: bool = False) -> Trust:
    objects = search.objects
    root = _tree(objects, base, *(f"{base.oid}:{one}" for one in (*_FOLDERS, *search.folders)))
    file = objects.tree(root).get(POLICY_FILE)
    granted, blobs = _granted(objects, root, file)
    policy, wrong = Policy(), POLICY_FILE
    where, tree, place = base, root, Ref()
    unreadable: list[tuple[str, str, str]] = []
    try:
        if file:
            policy = _policy(blobs[file], file, base)
        if policy.contracts_branch:
            wrong = CONTRACTS
            from guard.verdict.named_branches import contracts_branch  # mostly it is the base

            where = place = contracts_branch(search, policy.contracts_branch, base)
            tree = _tree(objects, place, *(f"{place.oid}:{folder}" for folder in _FOLDERS))
            granted, blobs = _granted(objects, tree)
        for wrong in _FOLDERS:
            _require_folder(objects, tree, wrong, where)
    except (ContractError, Incomplete) as error:
        from guard.verdict.named_branches import NoContracts

        if not lenient or not isinstance(error, ContractError | NoContracts):
            raise
        unreadable.append(("", wrong, error.message))
        granted = granted if wrong != CONTRACTS else []
    contracts, broken = parsed(granted, blobs, where.short)
    adopted = bool(file or granted)
    unreadable += broken
    trust = Trust(base, root, adopted, policy, tuple(contracts), tuple(unreadable))
    return trust._replace(elsewhere=place)


def _granted(
    objects: Objects, root: str, *more: Entry | None
) -> tuple[list[tuple[str, str, Entry]], dict[Entry, Found | None]]:
    """The contracts in a tree and their blobs, read at once with `more`."""
    files = list(contract_files(objects, root))
    entries = [*filter(None, more), *(entry for _, _, entry in files)]
    read = objects.read_all([entry.oid for entry in entries], LARGEST_FILE)
    return files, dict(zip(entries, read, strict=True))


def parsed(
    files: Sequence[tuple[str, str, Entry]], blobs: Mapping[Entry, Found | None], where: str
) -> tuple[list[Contract], list[tuple[str, str, str]]]:
    """Parse contracts; give those that can be read, and (name, file, reason) of the others."""
    contracts: list[Contract] = []
    unreadable: list[tuple[str, str, str]] = []
    for name, path, entry in files:
        try:
            text = _content(blobs[entry], path, entry, where)
            contracts.append(parse_contract(text, path, name))
        except ContractError as error:
            unreadable.append((name, path, error.message))
    return contracts, unreadable


def contracts_at(
    objects: Objects, commit: str, where: str
) -> tuple[list[Contract], list[tuple[str, str, str]]]:
    """Read the contracts that a commit has, as `parsed` gives them.

    What takes the place of their folder has no name.
    """
    tree = objects.tree_of(commit)
    contracts, unreadable = parsed(*_granted(objects, tree), where)
    no_folders = ((path, _no_folder(objects, tree, path, where)) for path in _FOLDERS)
    return contracts, [*(("", path, wrong) for path, wrong in no_folders if wrong), *unreadable]


def _require_folder(objects: Objects, root: str, path: str, base: Ref) -> None:
    wrong = _no_folder(objects, root, path, base.short)
    if wrong:
        raise ContractError(wrong, hint=f"replace it with a folder on {base.short}")


def _no_folder(objects: Objects, root: str, path: str, where: str) -> str:
    entry = objects.look_up(root, path)
    if entry is None or entry.mode == "40000":
        return ""
    return f"{path} on {where} is not a folder (mode {entry.mode})"


def contract_files(objects: Objects, root: str) -> Iterator[tuple[str, str, Entry]]:
    """Yield the contracts in the tree `root` as (name, path, entry); other files are none."""
    folder = objects.look_up(root, CONTRACTS)
    if folder is None or folder.mode != "40000":
        return
    for file, entry in objects.tree(folder.oid).items():
        if file.endswith(".toml"):
            yield file.removesuffix(".toml"), f"{CONTRACTS}/{file}", entry


def read_contract(objects: Objects, name: str, file: str, entry: Entry, where: str) -> Contract:
    """Read a contract from its blob. Raises ContractError for what is no readable contract."""
    blob = objects.read_all([entry.oid], LARGEST_FILE)[0]
    return parse_contract(_content(blob, file, entry, where), file, name)


def _policy(blob: Found | None, entry: Entry, base: Ref) -> Policy:
    try:
        return parse_policy(_content(blob, POLICY_FILE, entry, base.short), POLICY_FILE)
    except ContractError as error:
        raise ContractError(
            f"the policy on {base.short} cannot be read\n{error.message}", hint=error.hint
        ) from error


def _content(blob: Found | None, file: str, entry: Entry, where: str) -> bytes:
    if entry.mode not in REGULAR:
        raise ContractError(
            f"{file} on {where} is not a regular file (mode {entry.mode})",
            hint=f"replace it with a file on {where}",
        )
    if blob is None:
        raise Incomplete(
            f"{file} on {where} cannot be read here (blob {entry.oid})",
            hint=f"git cat-file -p {entry.oid}   # fetches it in a partial clone, or says why",
        )
    if blob.content is None:
        raise ContractError(
            f"{file} on {where} has {blob.info.size:,} bytes; at most {LARGEST_FILE:,} are read",
            hint="split it, or use patterns of directories",
        )
    return blob.content
