"""What is trusted: policy and contracts at the tip of the base, read from git objects only."""

from __future__ import annotations

from guard.contracts.model import CONTRACTS, LARGEST_FILE, POLICY_FILE, Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.errors import ContractError, GitError, Incomplete, NotAdopted, UsageError
from guard.core.names import HEADS, branch_in, shell_quote
from guard.core.values import NamedTuple
from guard.git.repository import configured_branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.git.objects import Entry, Found, Objects
    from guard.git.plumbing import Git
    from guard.git.repository import Repository

REGULAR = ("100644", "100755")
_FOLDERS = (CONTRACTS.partition("/")[0], CONTRACTS)
_USUAL = ("main", "master")
_REMOTES = "refs/remotes/"
_ORIGIN = _REMOTES + "origin/"
# Where CI keeps a pull request (actions/checkout: `refs/remotes/pull/7/merge`).
_REQUESTS = ("refs/remotes/pull/", "refs/remotes/merge-requests/")
# gitrevisions(7), rules 2 to 6
_GUESSES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


class Ref(NamedTuple):
    """A ref and its commit: `name` is the branch without remote, `short` how people write it."""

    name: str = ""
    short: str = ""
    oid: str = ""


class Trust(NamedTuple):
    """The base, with the policy and contracts at its tip; without arguments, no base.

    `adopted`: it has a policy or a contract. `unreadable` contracts are (name, file, reason); they
    concern only the branches that they claim.
    """

    base: Ref = Ref()
    tree: str = ""
    adopted: bool = False
    policy: Policy = Policy()
    contracts: tuple[Contract, ...] = ()
    unreadable: tuple[tuple[str, str, str], ...] = ()

    @property
    def files(self) -> set[str]:
        """The paths of all contracts, readable or not."""
        readable = {contract.file for contract in self.contracts}
        return readable.union(file for _, file, _ in self.unreadable)


class Search:
    """Looks for the base.

    With `gate` a range is judged, as in CI: the remote's branch is the base, since the local one
    may be the head.
    """

    def __init__(self, repository: Repository, objects: Objects, *, gate: bool = False) -> None:
        self.repository = repository
        self.objects = objects
        self._gate = gate

    def ahead(self) -> None:
        """Let git look up the likely base, the branch of origin/HEAD, in advance."""
        name = self.repository.origin.removeprefix(_ORIGIN)
        if name:
            self.objects.ahead(*_spellings(HEADS + name, _ORIGIN + name))

    def default(self) -> Ref:
        """Find the base where the policy names none.

        It is the branch of origin/HEAD, or of a bare repository's HEAD, which its clones get as
        origin/HEAD (git-clone(1)), then init.defaultBranch, then main or master. Raises GitError,
        or NotAdopted if HEAD has neither policy nor contracts.
        """
        found = next((ref for name in self._candidates() if (ref := self._newest(name))), None)
        if found:
            return found
        hint = f"guard init, then commit {POLICY_FILE} on the branch that is to be the base"
        if not self._commit("HEAD"):
            raise NotAdopted("there is no commit here, so nothing to judge by", hint=hint)
        if not any(self._parsed(f"HEAD:{path}") for path in (POLICY_FILE, CONTRACTS)):
            raise NotAdopted(
                f"there is no {POLICY_FILE}, and no branch that could be the base "
                "(origin/HEAD, main or master)",
                hint=hint,
            )
        raise GitError(
            "no branch here can be the base: there is no origin/HEAD, main or master",
            hint="name it: guard check --base BRANCH; "
            "for good: git remote set-head origin BRANCH, or git config init.defaultBranch BRANCH",
        )

    def _candidates(self) -> Iterator[str]:
        """The configured branch costs a process."""
        repository = self.repository
        if repository.origin:
            yield repository.origin.removeprefix(_ORIGIN)
        if repository.head and not repository.top:  # inside a `.git`, HEAD is what is checked out
            bare = repository.git.run("rev-parse", "--is-bare-repository").out
            if bare == b"true\n":
                yield repository.head.removeprefix(HEADS)
        configured = configured_branch(repository.git)
        if configured:
            yield configured
        yield from _USUAL

    def named(self, name: str) -> Ref:
        """Find the base that a policy names. Raises GitError where it does not exist."""
        bare = name.removeprefix(HEADS).removeprefix(_REMOTES).removeprefix("origin/")
        found = self._newest(bare)
        if found:
            return found
        raise GitError(
            f"{POLICY_FILE} names the base {name!r}, and there is no such branch here",
            hint=f"git fetch origin {shell_quote(f'{bare}:{bare}')}",
        )

    def _newest(self, name: str) -> Ref | None:
        """Of the local and the remote branch the one that contains the other, else the local."""
        local, remote = self._tips(HEADS + name, _ORIGIN + name)
        if local and not (remote and local != remote and self._is_behind(local, remote)):
            return Ref(name, name, local)
        return Ref(name, f"origin/{name}", remote) if remote else None

    def _is_behind(self, local: str, remote: str) -> bool:
        if self._gate:
            return True
        from guard.git.compare import is_ancestor

        return is_ancestor(self.repository.git, local, remote)

    def _tips(self, *refs: str) -> list[str]:
        """The commit of each ref, "" where there is none.

        git takes a missing ref for a short name, such as that of a tag `refs/heads/main`
        (gitrevisions(7), `<refname>`). If there is one, `show-ref` is asked, which never guesses.
        """
        answers = iter(self.objects.infos(*_spellings(*refs)))
        tips: list[str] = []
        for ref in refs:
            info, guessed = next(answers), [next(answers) for _ in _GUESSES]
            tip = info.oid if info else ""
            tips.append(self._commit(ref) if tip and any(guessed) else tip)
        return tips

    def _commit(self, ref: str) -> str:
        shown = self.repository.git.run("show-ref", "--verify", "-q", "--", ref, ok=(0, 1, 128))
        return "" if shown.code else self._parsed("--end-of-options", ref + "^{commit}")

    def _parsed(self, *words: str) -> str:
        git = self.repository.git
        answer = git.run("rev-parse", "--verify", "-q", *words, ok=(0, 1, 128))
        return answer.out.decode().strip()


def _spellings(*refs: str) -> list[str]:
    return [
        name
        for ref in refs
        for name in (ref + "^{commit}", *(guess.format(ref) for guess in _GUESSES))
    ]


def resolve(git: Git, objects: Objects, rev: str, what: str) -> str:
    """Give the id of the commit that a person's `rev` names (git-rev-parse(1)).

    Raises UsageError, which names the option `what`, if there is none or `rev` is ambiguous.
    """
    return resolve_branch(git, objects, rev, what)[0]


def resolve_branch(git: Git, objects: Objects, rev: str, what: str) -> tuple[str, str]:
    """Give the commit of `rev` as `resolve` does, and the branch that it names, without remote.

    The branch is "" for a rev like `HEAD~2`. git answers three questions at a time.
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
    if full.startswith(_REMOTES):
        return commit.oid, full.removeprefix(_REMOTES).partition("/")[2]
    return commit.oid, branch_in(full)


def _several(git: Git, rev: str, what: str) -> UsageError | None:
    """The error to raise if a short name, also with a suffix like `~2`, is that of several refs.

    git prefers a tag to a branch, and a local branch `origin/main` to the remote's: their authors
    would choose what is trusted (gitrevisions(7), `<refname>`).
    """
    name = rev
    for mark in ("~", "^", ":", "@{"):
        name = name.partition(mark)[0]
    if name.endswith("HEAD") and "/" not in name:  # the file of that name comes first
        return None
    tag, remote = f"refs/tags/{name}", f"{_ORIGIN}{name}"
    places = {name, remote, *(guess.format(name) for guess in _GUESSES)}
    full = [place for place in places if place.startswith("refs/")]
    refs = places.intersection(_refs(git, *full))
    if tag not in refs:
        refs.discard(remote)
    if name in refs or (len(refs) < 2 and not (refs and name.startswith("refs/"))):
        return None
    found = sorted(refs)
    meant = next((ref for ref in reversed(found) if ref != tag), tag)
    return UsageError(
        f"{what} {rev!r} is the name of {' and of '.join(found)}",
        hint=f"write the one you mean in full: {what} {meant}",
    )


def branch_at(git: Git, head: str, besides: str) -> str:
    """Give the only branch with the tip `head` besides the base; "" if there is not just one."""
    names = {
        name
        for ref, name in branch_refs(git, "--points-at", head)
        if name != besides and not ref.startswith(_REQUESTS)
    }
    return names.pop() if len(names) == 1 else ""


def branch_refs(git: Git, *options: str) -> Iterator[tuple[str, str]]:
    """Yield ref and name, without remote, of all branches; options as in git-for-each-ref(1)."""
    for ref in _refs(git, *options, HEADS, _REMOTES):
        if ref.startswith(HEADS):
            yield ref, branch_in(ref)
        elif ref.count("/") > 2 and not ref.endswith("/HEAD"):
            yield ref, ref.split("/", 3)[3]


def _refs(git: Git, *words: str) -> list[str]:
    listed = git.run("for-each-ref", "--format=%(refname)", *words).out
    return listed.decode("utf-8", "surrogateescape").split("\n")[:-1]


def read_trust(
    search: Search, given: str = "", called: str = "", *, lenient: bool = False
) -> Trust:
    """Read policy and contracts at the tip of the base.

    The base is `given` (a rev that a person typed, or the tip of the remote's branch `called`),
    else what `guard.toml` on the default base names, else the default. Raises GitError if there is
    none, ContractError if the policy cannot be read; if `lenient`, the default stands in for such a
    policy and `unreadable` has the reason.
    """
    git, objects = search.repository.git, search.objects
    if given:
        oid, branch = resolve_branch(git, objects, given, "--base")
        if called:
            return _read(objects, Ref(called, f"origin/{called}", oid))
        return _read(objects, Ref(branch or given, given, oid))
    trust = _read(objects, search.default(), lenient=lenient)
    name = trust.policy.base
    if not name or name.removeprefix(HEADS).removeprefix("origin/") == trust.base.name:
        return trust
    return _read(objects, search.named(name), lenient=lenient)


def _read(objects: Objects, base: Ref, *, lenient: bool = False) -> Trust:
    names = [base.oid + "^{tree}", *(f"{base.oid}:{folder}" for folder in _FOLDERS)]
    root = objects.read_ahead(names)[0]
    if not root:
        raise Incomplete(
            f"the tree of {base.short} ({base.oid}) is missing here",
            hint=f"git fetch origin {base.short}",
        )
    file = objects.tree(root).get(POLICY_FILE)
    files = list(contract_files(objects, root))
    entries = [*([file] if file else []), *(entry for _, _, entry in files)]
    read = objects.read_all([entry.oid for entry in entries], LARGEST_FILE)
    blobs = dict(zip(entries, read, strict=True))
    contracts: list[Contract] = []
    unreadable: list[tuple[str, str, str]] = []
    for name, path, entry in files:
        try:
            text = _content(blobs[entry], path, entry, base.short)
            contracts.append(parse_contract(text, path, name))
        except ContractError as error:
            unreadable.append((name, path, error.message))
    policy = Policy()
    try:
        _require_folders(objects, root, base)
        if file:
            policy = _policy(blobs[file], file, base)
    except ContractError as error:
        if not lenient:
            raise
        unreadable.insert(0, ("", POLICY_FILE, error.message))
    return Trust(base, root, bool(entries), policy, tuple(contracts), tuple(unreadable))


def _require_folders(objects: Objects, root: str, base: Ref) -> None:
    for path in _FOLDERS:
        entry = objects.look_up(root, path)
        if entry and entry.mode != "40000":
            raise ContractError(
                f"{path} on {base.short} is not a folder (mode {entry.mode})",
                hint=f"replace it by a folder on {base.short}",
            )


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
            hint=f"replace it by a file on {where}",
        )
    if blob is None:
        raise Incomplete(
            f"{file} on {where} is not in this partial clone (blob {entry.oid})",
            hint=f"git cat-file -p {entry.oid} fetches it",
        )
    if blob.content is None:
        raise ContractError(
            f"{file} on {where} has {blob.info.size:,} bytes; at most {LARGEST_FILE:,} are read",
            hint="split it, or use patterns of directories",
        )
    return blob.content
