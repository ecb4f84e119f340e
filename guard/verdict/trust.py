"""What is trusted: the tip of the base, and the policy and contracts that stand there. Read from objects, never from a checkout."""

from __future__ import annotations

from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.errors import (
    ContractError,
    GitError,
    GuardError,
    Incomplete,
    NotAdopted,
    UsageError,
)
from guard.core.names import shell_quote
from guard.core.values import NamedTuple
from guard.git.repository import configured_branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.git.objects import Entry, Found, Objects
    from guard.git.plumbing import Git
    from guard.git.repository import Repository

REGULAR = ("100644", "100755")
LARGEST = 1 << 20  # bytes of a policy or a contract
_FOLDERS = (CONTRACTS.partition("/")[0], CONTRACTS)
_USUAL = ("main", "master")
_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/origin/"
_REQUESTS = ("refs/remotes/pull/", "refs/remotes/merge-requests/")
_GUESSES = (
    "refs/{}",
    "refs/tags/{}",
    "refs/heads/{}",
    "refs/remotes/{}",
    "refs/remotes/{}/HEAD",
)  # gitrevisions(7), rules 2 to 6


class Ref(NamedTuple):
    """A ref and the commit at its tip. `name` is the branch's name without remote; `short` is how people write the ref."""

    name: str
    short: str
    oid: str


class Trust(NamedTuple):
    """The base and what stands at its tip.

    `adopted` tells whether a policy or any contract stands there at all. `unreadable` are the contracts that cannot be read, as (name,
    file, what is wrong); they concern the branches they claim, not everybody.
    """

    base: Ref
    tree: str
    adopted: bool
    policy: Policy
    contracts: tuple[Contract, ...]
    unreadable: tuple[tuple[str, str, str], ...]


class Search:
    """Looks for the base.

    `objects` answers about refs. `gate` tells that a range is judged, as in CI: there the remote's branch is the base, for a local one of
    its name may be the very head under judgement.
    """

    def __init__(self, repository: Repository, objects: Objects, *, gate: bool = False) -> None:
        self._gate = gate
        self._repository = repository
        self._objects = objects

    def ahead(self) -> None:
        """Let git start to look for the `default` base, where it is likely to be the branch of origin/HEAD."""
        name = self._repository.origin.removeprefix(_REMOTE)
        if name:
            self._objects.ahead(*_spellings(_LOCAL + name, _REMOTE + name))

    def default(self) -> Ref:
        """The base of a repository that does not name one. Raises GitError.

        It is the branch of origin/HEAD, or of a bare repository's own HEAD, which its clones get as origin/HEAD (git-clone(1)), then
        init.defaultBranch, then main or master.
        """
        found = next((ref for name in self._candidates() if (ref := self._newest(name))), None)
        if found:
            return found
        hint = f"guard init, then commit {POLICY_FILE} on the branch that is to be the base"
        if not self._commit("HEAD"):
            raise NotAdopted("there is no commit here, so nothing to judge by", hint=hint)
        if not any(self._commit_has(path) for path in (POLICY_FILE, CONTRACTS)):
            raise NotAdopted(
                f"there is no {POLICY_FILE}, and no branch that could be the base (origin/HEAD, main or master)",
                hint=hint,
            )
        hint = "name it: guard check --base BRANCH; for good: git remote set-head origin BRANCH, or git config init.defaultBranch BRANCH"
        raise GitError(
            "no branch here can be the base: there is no origin/HEAD, main or master", hint=hint
        )

    def _candidates(self) -> Iterator[str]:
        """The names to try. The configured one costs a process, so it is asked for when the remote's has failed."""
        if self._repository.origin:
            yield self._repository.origin.removeprefix(_REMOTE)
        served = self._served()
        if served:
            yield served
        configured = configured_branch(self._repository.git)
        if configured:
            yield configured
        yield from _USUAL

    def named(self, name: str) -> Ref:
        """The base that a policy names. Raises GitError where it does not exist."""
        bare = name.removeprefix(_LOCAL).removeprefix("refs/remotes/").removeprefix("origin/")
        found = self._newest(bare)
        if found:
            return found
        hint = f"git fetch origin {shell_quote(f'{bare}:{bare}')}"
        raise GitError(
            f"{POLICY_FILE} names the base {name!r}, and there is no such branch here", hint=hint
        )

    def _served(self) -> str:
        """The branch that HEAD of a bare repository stands for; "" elsewhere: inside a `.git`, HEAD is whatever is checked out."""
        repository = self._repository
        bare = (
            not repository.top
            and repository.git.run("rev-parse", "--is-bare-repository").out == b"true\n"
        )
        return repository.head.removeprefix(_LOCAL) if bare else ""

    def _newest(self, name: str) -> Ref | None:
        """Of the local branch and its counterpart on the remote, the one that contains the other; the local one if they went apart."""
        local, remote = self._tips(_LOCAL + name, _REMOTE + name)
        if not local and not remote:
            return None
        behind = (
            local
            and remote
            and local != remote
            and (self._gate or self._is_ancestor(local, remote))
        )
        return (
            Ref(name, f"origin/{name}", remote) if behind or not local else Ref(name, name, local)
        )

    def _tips(self, *refs: str) -> list[str]:
        """The commit at the tip of each ref, "" where there is none.

        Where there is no such ref git takes the name for a short one: anybody who may push a tag `refs/heads/main` would be the base of
        every clone without a local `main` (gitrevisions(7), `<refname>`). If such a name exists, `show-ref` is asked, which never guesses.
        """
        told = iter(self._objects.infos(*_spellings(*refs)))
        found = [(ref, next(told), [next(told) for _ in _GUESSES]) for ref in refs]
        return [
            self._commit(ref) if info and any(guessed) else info.oid if info else ""
            for ref, info, guessed in found
        ]

    def _commit(self, ref: str) -> str:
        git = self._repository.git
        if git.run("show-ref", "--verify", "-q", "--", ref, ok=(0, 1, 128)).code:
            return ""
        return (
            git.run(
                "rev-parse", "--verify", "-q", "--end-of-options", ref + "^{commit}", ok=(0, 1, 128)
            )
            .out.decode()
            .strip()
        )

    def _commit_has(self, path: str) -> bool:
        return (
            self._repository.git.run(
                "rev-parse", "--verify", "-q", f"HEAD:{path}", ok=(0, 1, 128)
            ).code
            == 0
        )

    def _is_ancestor(self, old: str, new: str) -> bool:
        return (
            self._repository.git.run("merge-base", "--is-ancestor", old, new, ok=(0, 1)).code == 0
        )


def _spellings(*refs: str) -> list[str]:
    """Each ref's commit, and all that git might take for the ref."""
    return [
        name
        for ref in refs
        for name in (ref + "^{commit}", *(guess.format(ref) for guess in _GUESSES))
    ]


def resolve(git: Git, objects: Objects, rev: str, what: str) -> str:
    """The commit that a person's `rev` names, as an object id (git-rev-parse(1)). Raises UsageError where it is none, or one of several."""
    return resolve_branch(git, objects, rev, what)[0]


def resolve_branch(git: Git, objects: Objects, rev: str, what: str) -> tuple[str, str]:
    """The commit that a person's `rev` names, and the branch that it is the name of, without remote; "" where it is none (`HEAD~2`).

    Raises UsageError as `resolve` does. git is asked three things side by side.
    """
    symbol = git.start(
        "rev-parse", "--verify", "-q", "--symbolic-full-name", "--end-of-options", rev
    )
    several = _several(git, rev, what)
    commit = None if "\n" in rev else objects.info(rev + "^{commit}")
    full = symbol.answer().out.decode("utf-8", "surrogateescape").strip()
    if several:
        raise several
    if commit is None:
        raise UsageError(
            f"{what} {rev!r} names no commit here",
            hint=f"git fetch origin {shell_quote(rev)}, or see: git branch --all",
        )
    if full.startswith("refs/remotes/"):
        return commit.oid, full.removeprefix("refs/remotes/").partition("/")[2]
    return commit.oid, full.removeprefix(_LOCAL) if full.startswith(_LOCAL) else ""


def _several(git: Git, rev: str, what: str) -> UsageError | None:
    """Give the error to raise where a short name, with or without `~2` and the like behind it, is that of several refs.

    git takes the tag before the branch, and a local branch `origin/main` before the remote's: whoever may push one of them would choose
    what is trusted or judged (gitrevisions(7), `<refname>`). A tag that is called like a branch of the remote counts as one of several.
    """
    name = rev
    for mark in ("~", "^", ":", "@{"):
        name = name.partition(mark)[0]
    if name.endswith("HEAD") and "/" not in name:  # the file of that name comes first
        return None
    tag, remote = f"refs/tags/{name}", f"{_REMOTE}{name}"
    places = {name, remote, *(guess.format(name) for guess in _GUESSES)}
    listed = git.run(
        "for-each-ref",
        "--format=%(refname)",
        *(place for place in places if place.startswith("refs/")),
    ).out
    refs = places.intersection(listed.decode("utf-8", "surrogateescape").split("\n"))
    if tag not in refs:
        refs.discard(remote)
    if name in refs or (len(refs) < 2 and not (refs and name.startswith("refs/"))):
        return None
    told = sorted(refs)
    return UsageError(
        f"{what} {rev!r} is the name of {' and of '.join(told)}",
        hint=f"write the one you mean in full: {what} {next((ref for ref in reversed(told) if ref != tag), tag)}",
    )


def branch_at(git: Git, head: str, besides: str) -> str:
    """The branch whose tip is `head`, if there is just one `besides` the base (a detached checkout, as CI makes it).

    Where actions/checkout and its like keep a pull request (`refs/remotes/pull/7/merge`) is no branch of a remote.
    """
    listed = git.run(
        "for-each-ref", "--format=%(refname)", "--points-at", head, "refs/heads", "refs/remotes"
    ).out
    refs = listed.decode("utf-8", "surrogateescape").split("\n")[:-1]
    heads = {ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")}
    tracked = [
        ref
        for ref in refs
        if ref.startswith("refs/remotes/")
        and not ref.startswith(_REQUESTS)
        and not ref.endswith("/HEAD")
    ]
    remote = {ref.split("/", 3)[3] for ref in tracked if ref.count("/") > 2}
    names = (heads | remote) - {besides}
    return names.pop() if len(names) == 1 else ""


def read_trust(
    repository: Repository, objects: Objects, search: Search, given: str, called: str = ""
) -> Trust:
    """Read policy and contracts at the tip of the base.

    The base is `given` (a rev that a person typed, or the tip of the remote's branch `called` so), else the one that `guard.toml` on the
    default base names, else the default. Raises GitError where it does not exist and ContractError where the policy cannot be read.
    """
    if called:
        return _read(
            objects,
            Ref(called, f"origin/{called}", resolve(repository.git, objects, given, "--base")),
        )
    if given:
        oid, branch = resolve_branch(repository.git, objects, given, "--base")
        return _read(objects, Ref(branch or given, given, oid))
    trust = _read(objects, search.default())
    name = trust.policy.base
    if not name or name.removeprefix(_LOCAL).removeprefix("origin/") == trust.base.name:
        return trust
    return _read(objects, search.named(name))


def _read(objects: Objects, base: Ref) -> Trust:
    root, *_ = objects.read_ahead(
        [base.oid + "^{tree}", *(f"{base.oid}:{folder}" for folder in _FOLDERS)]
    )
    if not root:
        raise Incomplete(
            f"the tree of {base.short} ({base.oid}) is missing here",
            hint=f"git fetch origin {base.short}",
        )
    _require_folders(objects, root, base)
    policy = objects.tree(root).get(POLICY_FILE)
    files = list(contract_files(objects, root))
    entries = [*([policy] if policy else []), *(entry for _, _, entry in files)]
    blobs = dict(
        zip(entries, objects.read_all([entry.oid for entry in entries], LARGEST), strict=True)
    )
    contracts: list[Contract] = []
    unreadable: list[tuple[str, str, str]] = []
    for name, file, entry in files:
        try:
            contracts.append(
                parse_contract(_content(blobs[entry], file, entry, base.short), file, name)
            )
        except ContractError as error:
            unreadable.append((name, file, error.message))
    told = _policy(blobs[policy], policy, base) if policy else Policy()
    return Trust(base, root, bool(entries), told, tuple(contracts), tuple(unreadable))


def _require_folders(objects: Objects, root: str, base: Ref) -> None:
    """Raise ContractError where something else stands in place of the folder of the contracts: they cannot be read through a link."""
    for path in _FOLDERS:
        entry = objects.look_up(root, path)
        if entry and entry.mode != "40000":
            raise ContractError(
                f"{path} on {base.short} is not a folder (mode {entry.mode})",
                hint=f"replace it by a folder on {base.short}",
            )


def contract_files(objects: Objects, root: str) -> Iterator[tuple[str, str, Entry]]:
    """The contracts below the tree `root` as (name, path, entry). Other files in the folder are nobody's contract."""
    folder = objects.look_up(root, CONTRACTS)
    if folder is None or folder.mode != "40000":
        return
    for file, entry in objects.tree(folder.oid).items():
        if file.endswith(".toml"):
            yield file.removesuffix(".toml"), f"{CONTRACTS}/{file}", entry


def read_contract(objects: Objects, name: str, file: str, entry: Entry, where: str) -> Contract:
    """Read one contract from its blob. Raises ContractError for anything that is not a readable contract in a regular file."""
    return parse_contract(
        _content(objects.read_all([entry.oid], LARGEST)[0], file, entry, where), file, name
    )


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
            hint=f"replace it by a file on {where}",
        )
    if blob is None:
        raise _missing(file, entry, where)
    if blob.content is None:
        raise ContractError(
            f"{file} on {where} has {blob.info.size:,} bytes; at most {LARGEST:,} are read",
            hint="split it, or use patterns of directories",
        )
    return blob.content


def _missing(file: str, entry: Entry, where: str) -> GuardError:
    return Incomplete(
        f"{file} on {where} is not in this partial clone (blob {entry.oid})",
        hint=f"git cat-file -p {entry.oid} fetches it",
    )
