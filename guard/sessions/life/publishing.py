"""Publishing contracts: to the base, or to the branch of contracts, where they count.

A contract that is published is a claim. git takes one push; whoever was slower fetches, looks again
whose the contract is now, builds the commit anew and pushes again.
"""

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from guard.contracts.consistency import contradictions
from guard.contracts.model import CONTRACTS, Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, GitError, UsageError
from guard.core.names import counted, shell_quote
from guard.core.writing import write_whole
from guard.git.ancestry import apart
from guard.git.landing import Branch, Refused, commit_with, land, pushes_to, tip_of
from guard.git.objects import Objects, object_id
from guard.git.repository import Repository, branch_of, has_ref
from guard.rules.overlaps import Compared, widens
from guard.sessions.between.overlaps import claimed, stops
from guard.sessions.life.declaring import declared
from guard.verdict.declared import read_plain
from guard.verdict.search import REMOTES, Ref, Search
from guard.verdict.side_by_side import Standing, branches
from guard.verdict.trust import Trust, contract_files, contracts_at, read_trust

_TRIES = 24
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 4.0  # seconds; the pause is random, up to twice the last limit

Files = dict[str, bytes | None]  # path → content, None to remove it


class Published(NamedTuple):
    """What counts now: contracts, the branch that has them and its tip.

    `news` are the names that the commit `tip` brought; the others were there already. `compared`
    has the overlaps of what they claim anew. If these may not be, `stopped` is true, and nothing
    was published.
    """

    branch: Branch
    tip: str
    contracts: tuple[Contract, ...]
    news: tuple[str, ...]
    compared: Compared
    stopped: bool = False


class Parted(GitError):
    """What is published would not count here: the base here has commits that the remote lacks."""


class _Stopped(Exception):
    """The policy does not let a claim pass."""


def publish(
    repository: Repository,
    names: Sequence[str],
    to: str = "",
    *,
    texts: Mapping[str, bytes] = {},
    note: str = "",
    trust: Trust | None = None,
    stops: Callable[[Compared], bool] = stops,
) -> Published:
    """Publish contracts to where they count, or to the branch `to`.

    Those of `texts` are as there, by name, others as in the working tree, else as on the branch of
    their session. Without `names`, it is
    all that count now, which makes a branch of contracts from those of the base. `note` is said in
    the commit. `trust` is what is trusted, if that was just read. `stops` tells of the overlaps
    whether they are too many to publish: by default, as the policy says.
    Raises GuardError if a contract cannot be read or contradicts others, if somebody else changed
    it, and if the branch cannot move; nothing is published then.
    """
    with closing(Objects(repository.git)) as objects:
        if trust is None:
            search = Search(repository, objects, branch=branch_of(repository))
            trust = read_trust(search, lenient=True)
        texts = {name: texts.get(name) or _text(repository, objects, trust, name) for name in names}
        if not names:
            texts = {contract.name: contract.text.encode() for contract in trust.contracts}
        own = tuple(parse_contract(text, file_of(name), name) for name, text in texts.items())
    claim = _Claim(repository, trust, texts, own)
    branch = target(repository, trust, to)
    proofs: list[Compared] = []

    def build(tip: str) -> Files:
        _require_counting(repository, trust, branch, tip)
        files, there = claim.missing(tip, branch)
        proofs.append(claim.proof(tip, branch, there, files))
        if stops(proofs[-1]):
            raise _Stopped
        return files

    try:
        tip, files = landed(repository, branch, build, trust.home.name, note)
    except _Stopped:
        return Published(branch, "", own, (), proofs[-1], stopped=True)
    claim.note()
    if files and branch.remote:
        _follow(repository, branch.name, tip)
    news = tuple(name for name in texts if file_of(name) in files)
    return Published(branch, tip, own, news, proofs[-1])


def _require_counting(repository: Repository, trust: Trust, branch: Branch, tip: str) -> None:
    """Raise Parted if what is published would not count here.

    That is so if the base here has commits that the remote's lacks: the two would part, and a
    session that starts at the one here would not see what the other has.
    """
    ours = tip_of(repository, Branch(branch.name)) if branch.remote else ""
    if not ours or branch.name != trust.home.name:
        return
    push = f"git push {shell_quote(branch.remote)} {shell_quote(branch.name)}"
    if not tip:
        raise Parted(f"{branch.short} is not there yet", hint=push)
    ahead, behind = apart(repository.git, ours, tip)
    if ahead:
        lacks = f"{branch.short} lacks {counted(ahead, 'commit')} of {branch.name} here"
        first = (
            f"git switch {shell_quote(branch.name)} && git merge {shell_quote(branch.short)} && "
        )
        raise Parted(
            f"{lacks}, so what counts there would not count here",
            hint=f"{first if behind else ''}{push}",
        )


def claimed_by(repository: Repository, ref: str, contract: Contract) -> str:
    """Say who published a contract to a remote's branch and when, as git does: `Ada, 3 days ago`.

    "" if `ref` is of no remote or does not have it: whoever works here alone knows.
    """
    git, full = repository.git, REMOTES + ref
    if not has_ref(git, full):
        return ""
    words = ("log", "-1", "--no-show-signature", "--diff-filter=A", "--format=%an, %cr")
    return git.run(*words, full, "--", contract.file).text.strip()


def _follow(repository: Repository, name: str, tip: str) -> None:
    """Move the local branch along if it lacks nothing but the commit that was pushed.

    A checkout with changes in the way stays as it is, and so does the branch.
    """
    words = ("rev-parse", "--verify", "-q", f"{tip}^")
    before = repository.git.run(*words, ok=(0, 1, 128)).text.strip()
    local = Branch(name)
    if before and tip_of(repository, local) == before:
        with suppress(GitError):
            land(repository, local, tip, before)


def landed(
    repository: Repository,
    branch: Branch,
    build: Callable[[str], Files],
    base: str,
    note: str = "",
) -> tuple[str, Files]:
    """Commit to `branch` what `build` gives for its tip, as often as somebody else is faster.

    `note` is the body of the commit's message.

    Gives the new tip and the files, or the tip as it is if there are none. Raises GitError if it
    cannot land.
    """
    for attempt in range(_TRIES):
        if attempt:
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
            time.sleep(random.SystemRandom().uniform(0, pause))
        tip = tip_of(repository, branch)
        files = build(tip)
        if not files and tip:
            return tip, files
        commit = commit_with(repository, tip, files, message_of(files, note))
        try:
            if land(repository, branch, commit, tip):
                return commit, files
        except Refused as error:
            raise _refused(error, branch, commit, files, base) from error
    raise GitError(
        f"others pushed to {branch.short} {_TRIES} times meanwhile; nothing was changed there",
        hint="run the same command again",
    )


def file_of(name: str) -> str:
    """Give the path of a contract."""
    return f"{CONTRACTS}/{name}.toml"


def target(repository: Repository, trust: Trust, to: str = "") -> Branch:
    """Give the branch where contracts count, or `to`, at its remote if it has one."""
    home = trust.home
    name = to or trust.policy.contracts_branch
    granting = trust.elsewhere if name == trust.elsewhere.name else Ref(name)
    place = granting if name else home
    remote = place.short.removesuffix(place.name).rstrip("/")
    if not remote:
        remote = home.short.removesuffix(home.name).rstrip("/") if name else ""
    return Branch(place.name, remote or pushes_to(repository, home.name))


def started_from(repository: Repository, name: str) -> str:
    """Where this worktree keeps the version of a contract that an edit started from."""
    return os.path.join(repository.git_dir, "guard", "contracts", name)


def note_start(repository: Repository, name: str, text: bytes) -> None:
    """Keep the version that an edit starts from: publishing replaces that one and no other."""
    path = started_from(repository, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, object_id("blob", text, repository.object_format).encode())


def _text(repository: Repository, objects: Objects, trust: Trust, name: str) -> bytes:
    """The contract in the working tree, else as HEAD has it, else as its session's branch does."""
    file = file_of(name)
    if repository.top and os.path.lexists(os.path.join(repository.top, file)):
        return read_plain(os.path.join(repository.top, file))
    found = objects.read(f"HEAD:{file}")
    brought = None if found else declared(repository, objects, trust).get(name)
    if brought:
        return brought.text.encode()
    if not found:
        raise UsageError(
            f"there is no contract {name} in the working tree, in HEAD or on a session's branch",
            hint=f"guard contract edit {shell_quote(name)} --owns PATTERN, or: guard contract list",
        )
    return found[1]


class _Claim(NamedTuple):
    """What is to count: contracts by name, their texts and what they were judged by."""

    repository: Repository
    trust: Trust
    texts: Mapping[str, bytes]
    own: tuple[Contract, ...]

    def missing(self, tip: str, branch: Branch) -> tuple[Files, tuple[Contract, ...]]:
        """Give the files that `tip` has not just so, and the contracts that it has.

        Raises GuardError if it must not get these files.
        """
        with closing(Objects(self.repository.git)) as objects:
            there: dict[str, str] = {}
            contracts: tuple[Contract, ...] = ()
            if tip:
                tree = objects.tree_of(tip)
                there = {name: entry.oid for name, _, entry in contract_files(objects, tree)}
                contracts = tuple(contracts_at(objects, tip, branch.short)[0])
            known = {name: self._known(objects, name) for name in self.texts}
        changed: Files = {}
        for name, text in self.texts.items():
            oid = there.get(name, "")
            if oid == self._id(text):
                continue
            if oid and oid not in known[name]:
                raise _changed_there(name, branch)
            changed[file_of(name)] = text
        self._require_fit(contracts, changed)
        return changed, contracts

    def proof(
        self, tip: str, branch: Branch, there: tuple[Contract, ...], changed: Files
    ) -> Compared:
        """Compare what is claimed anew with the contracts that `tip` has."""
        policy, base = self.trust.policy, self.trust.base
        known = {one.name: one for one in (*self.trust.contracts, *there)}
        own = [one for one in self.own if one.file in changed]
        widened = [one.name for one in own if widens(known.get(one.name), one)]
        names = {one.name for one in own}
        after = [*own, *(one for one in there if one.name not in names)]
        where = Standing(branch.short, tip, self.trust.tree, policy, there, home=base.short)
        return claimed(self.repository, after, where, where, widened)

    def _require_fit(self, contracts: Sequence[Contract], changed: Mapping[str, object]) -> None:
        own = [one for one in self.own if one.file in changed]
        names = {one.name for one in own}
        after = [*(one for one in contracts if one.name not in names), *own]
        misfits = contradictions(self.trust.policy, after, branches(self.repository))
        wrong = [one.line for one in misfits if not changed.keys().isdisjoint(one.files)]
        if wrong:
            raise ContractError("\n".join(wrong), hint="guard contract list")

    def _known(self, objects: Objects, name: str) -> set[str]:
        """The versions that this worktree has seen: HEAD's, and what an edit started from."""
        info = objects.info(f"HEAD:{file_of(name)}")
        try:
            with open(started_from(self.repository, name), encoding="ascii") as file:
                noted = file.read(100)
        except (OSError, ValueError):
            noted = ""
        return {noted, info.oid if info else ""} - {""}

    def _id(self, text: bytes) -> str:
        return object_id("blob", text, self.repository.object_format)

    def note(self) -> None:
        """Keep what was published: a later edit starts from there."""
        for name, text in self.texts.items():
            note_start(self.repository, name, text)


def message_of(files: Files, note: str = "") -> str:
    """Give the message of a commit that writes or removes these contracts."""
    names = ", ".join(os.path.basename(file).removesuffix(".toml") for file in files)
    word = "contract" if len(files) == 1 else "contracts"
    closes = bool(files) and None in files.values()
    subject = f"{'close ' if closes else ''}{word} {names}".rstrip() + "\n"
    return f"{subject}\n{note}\n" if note else subject


def _changed_there(name: str, branch: Branch) -> UsageError:
    file, ref = file_of(name), shell_quote(branch.short)
    return UsageError(
        f"the contract {name} on {branch.short} is not the one that this change started from: "
        "somebody else published it; nothing was published",
        hint=f"see theirs: git show {ref}:{file}; to build on it: "
        f"mv {file} {file}.mine && guard contract edit {name} --owns PATTERN",
    )


def _refused(error: Refused, branch: Branch, commit: str, files: Files, base: str) -> GitError:
    message = f"{branch.remote} does not take a push to {branch.name}: {error.reason}"
    if branch.name != base:
        hint = f"whoever protects {branch.name} can let you push there"
        return GitError(message, hint=hint)
    first = os.path.basename(next(iter(files), "")).removesuffix(".toml")
    name = f"contract/{first}" if first else "contracts"
    return GitError(
        f"{message}; nothing was published",
        hint=f"git push {shell_quote(branch.remote)} {commit}:refs/heads/{name}   "
        f"# then a pull request into {branch.name}; or, for good, contracts on a branch of their "
        "own: branch under [contracts] in guard.toml",
    )
