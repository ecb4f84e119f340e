"""Which contracts on the base are done: the base has all the work of their branches.

Their files may stay on the base for a while; they take no paths from others meanwhile.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, Contract
from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import branch_in
from guard.git.ancestry import is_ancestor
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated
from guard.git.merge import merge_commits
from guard.git.plumbing import Git, TooMuch
from guard.rules.facts import Facts
from guard.rules.grants import Owners
from guard.rules.reach import owned_by
from guard.rules.taken import taking
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs, branches_ahead
from guard.verdict.trust import Trust

BACK = "Back from the trash."  # of a commit that brings a contract back whose session was finished
INTEGRATES = "Integrates"  # a line at the end of a commit's message, with the tip of a branch
_LOG = 1 << 20  # bytes of a branch's log that are read
_MADE = 50  # lines of it, the latest
# What git may take to compare patches: bytes, and seconds of a processor. A few trees may stand for
# very many paths; then merging tells.
PATCHES = (1 << 29, 20)
_MAKING = (b"commit", b"cherry-pick", b"am:", b"revert")  # what a log says of a new commit


def integrated(sources: Sources, facts: Facts) -> frozenset[str]:
    """Give the names of those contracts that take a changed path although their work is done.

    Raises GitError where git cannot compare.
    """
    owners = Owners(facts, taking(facts))
    return done(sources, [one for change in facts.changes for one, _ in owners.of(change.path)])


def done(sources: Sources, contracts: Iterable[Contract]) -> frozenset[str]:
    """Give the names of those contracts whose work is done.

    A branch that never had a commit of its own is not done, whatever has changed on the base.
    Branches that this clone does not have are not known. Raises GitError where git cannot compare.
    """
    concerned = {contract.name: contract for contract in contracts}
    if not concerned or sources.repository.shallow:
        return frozenset()
    branches = list(branch_refs(sources.repository.git))
    found = []
    for contract in concerned.values():
        claimed = [ref for ref, name in branches if claims(contract, name)]
        if is_integrated(sources, contract, claimed, owned_by(contract, sources.trust.policy)):
            found.append(contract.name)
    return frozenset(found)


def works_under(sources: Sources, contract: Contract, *, besides: str = "") -> list[str]:
    """List the branches that a contract claims and that have commits which the base lacks.

    A branch that this clone does not have is not known.
    """
    names = {name for _, name in branches_ahead(sources) if name != besides}
    return sorted(name for name in names if claims(contract, name))


def is_integrated(
    sources: Sources, contract: Contract, refs: Sequence[str], owns: Callable[[str], bool]
) -> bool:
    """Tell whether the base has all of the branches `refs`, and that is work of the contract.

    Each branch, here or on a remote, had a commit of its own, and a path that the contract owns
    has changed since the contract came. What is too much to compare is not integrated.
    """
    try:
        return _is_integrated(sources, contract, refs, owns)
    except TooMuch:
        return False


def _is_integrated(
    sources: Sources, contract: Contract, refs: Sequence[str], owns: Callable[[str], bool]
) -> bool:
    infos = sources.objects.infos(*(f"{ref}^{{commit}}" for ref in refs))
    tips = {ref: info.oid for ref, info in zip(refs, infos, strict=True) if info}
    merged = {tip: _is_merged(sources, tip) for tip in set(tips.values())}
    if not tips or not all(merged[tip] or _has_all(sources, contract, tip) for tip in merged):
        return False
    names = {_name(ref) for ref in tips}
    worked = {
        _name(ref)
        for ref, tip in tips.items()
        if _had_work(sources, ref, tip, is_merged=merged[tip])
    }
    if worked != names:
        return False
    git, before = sources.repository.git, _before(sources, contract)
    return any(
        owns(change.path)
        for tip in set(tips.values())
        for change in read_changes(diff_trees(git, before, tip))
    )


def had_work(sources: Sources, ref: str, tip: str) -> bool:
    """Tell whether a branch at `tip`, or a detached HEAD (`ref` ""), ever had a commit of its own.

    Commits that the base lacks are some. Else the branch's log tells, or the base took the branch
    by a merge, so that it is not on the base's own line of first parents.
    """
    return _had_work(sources, ref, tip, is_merged=_is_merged(sources, tip))


def _is_merged(sources: Sources, tip: str) -> bool:
    """Whether the base has a commit."""
    base = sources.trust.base.oid
    return is_ancestor(sources.repository.git, tip, base)


def _had_work(sources: Sources, ref: str, tip: str, *, is_merged: bool) -> bool:
    git, base = sources.repository.git, sources.trust.base.oid
    if not is_merged:
        return True
    if any(is_ancestor(git, made, tip, ok=(0, 1, 128)) for made in _made_on(sources, ref)):
        return True
    if tip == base:
        return False
    # git stops at what the tip has: at the tip itself, if it is on the line.
    line = git.run("rev-list", "--first-parent", "--parents", base, f"^{tip}").text.split("\n")
    return line[-2].split(" ")[1:2] != [tip]


def _made_on(sources: Sources, ref: str) -> Iterator[str]:
    """The commits that were made on a branch here, the latest first, by its log (git-reflog(1))."""
    log = os.path.join(sources.repository.common_dir, "logs", ref)
    lines = read_head(log, _LOG).split(b"\n") if ref else []
    for line in lines[:-_MADE:-1]:
        ids, _, message = line.partition(b"\t")
        if message.startswith(_MAKING):
            yield ids.split(b" ")[1].decode("ascii", "replace")


def _name(ref: str) -> str:
    """A branch's name without remote."""
    return branch_in(ref) or ref.split("/", 3)[-1]


def _before(sources: Sources, contract: Contract) -> str:
    """The base before the contract came: a commit, or the empty tree.

    What the first commit of all brought beside a contract is nobody's work. A branch of contracts
    has no history in common with the base, so there the time counts. One that came back with its
    session has come when it came first.
    """
    git, trust = sources.repository.git, sources.trust
    but = ("--fixed-strings", "--invert-grep", f"--grep={BACK}")
    words = ("--first-parent", "-1", "--diff-filter=A", "--format=%ct %H %P", *but)
    found = git.run("log", *words, trust.granting.oid, "--", contract.file).text
    time, *commits = found.split() or [""]
    if trust.elsewhere.oid:
        latest = ("--first-parent", "-1", f"--before={time}")
        commits = git.run("rev-list", *latest, trust.base.oid).text.split()
    if not commits:
        return sources.repository.empty_tree
    return commits[1] if len(commits) > 1 else commits[0]


def _has_all(sources: Sources, contract: Contract, tip: str) -> bool:
    """Whether the base has a branch that is no part of it: by patch, or as merging adds nothing."""
    git, base = sources.repository.git, sources.trust.base.oid
    words = ("--cherry-pick", "--right-only", "--no-merges", "--max-count=1", f"{base}...{tip}")
    process = git.start("rev-list", *words)
    process.limit(*PATCHES)
    answer = process.answer()
    if answer.code == 0 and not answer.out:
        return True
    with isolated(sources.repository) as apart:
        try:
            merge = merge_commits(apart, base, tip)
        except GitError:
            return False
        if not merge.clean:
            return bool(named(git, base, [tip]))
        if merge.tree == sources.trust.tree:
            return True
        added = {
            one.path for one in read_changes(diff_trees(apart, sources.trust.tree, merge.tree))
        }
    return are_closed(git, sources.trust, contract.name, tip, added)


def named(git: Git, base: str, tips: Collection[str]) -> set[str]:
    """Give those of `tips` of which a commit of the base's own line says that it brings them.

    guard integrate writes so where the policy wants no merge commit, and neither history nor
    content tells once a conflict was resolved. The line is believed of a commit that changes one of
    the paths that the tip changes. Raises GitError.
    """
    if not tips:
        return set()
    # What all of them have does not name one: its id was not known yet.
    known = git.run("merge-base", "--octopus", *tips, ok=(0, 1)).text.split()
    form = f"--format=%H %(trailers:key={INTEGRATES},valueonly,separator=%x20)"
    words = ("log", "--first-parent", "--no-show-signature", "--fixed-strings", form)
    lines = git.run(*words, f"--grep={INTEGRATES}: ", base, *(f"^{oid}" for oid in known)).text
    found: set[str] = set()
    for commit, *brought in map(str.split, lines.split("\n")[:-1]):
        found.update(tip for tip in brought if tip in tips and _brings(git, commit, tip))
    return found


def _brings(git: Git, commit: str, tip: str) -> bool:
    """Whether a commit changes one of the paths that a branch changed before it."""
    ours = read_changes(diff_trees(git, f"{commit}^1", commit))
    fork = git.run("merge-base", f"{commit}^1", tip, ok=(0, 1)).text.strip()
    theirs = read_changes(diff_trees(git, fork, tip)) if fork else []
    return not {one.path for one in ours}.isdisjoint(one.path for one in theirs)


def files_of(trust: Trust, name: str) -> set[str]:
    """Give the files of a session that closing it takes away: the contract and the handoff."""
    return {f"{CONTRACTS}/{name}.toml", trust.policy.handoff_of(name)}


def are_closed(git: Git, trust: Trust, name: str, tip: str, paths: Collection[str]) -> bool:
    """Tell whether `paths`, those that merging `tip` brings, are only what closing took away.

    They are the contract `name` or its handoff, and the base had and removed them since the branch
    left it: somebody squashed or rebased the branch, and closed the session. So its commits still
    bring the two files, but no work. Raises GitError.
    """
    if not name or not paths or not files_of(trust, name).issuperset(paths):
        return False
    words = ("rev-list", "--first-parent", "--max-count=1", trust.base.oid, f"^{tip}")
    return all(git.run(*words, "--", path).out for path in paths)
