"""Closing sessions that are integrated: their contracts and handoffs leave the base.

A session is integrated if the base has all of its branches and something that the contract owns
changed with them; or if no branch is left and the base has the handoff, which came after the
contract. What this clone does not know of is not seen.
"""

from collections.abc import Collection, Iterator
from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import LARGEST_FILE, Contract
from guard.core.errors import GitError, GuardError, UsageError
from guard.core.names import HEADS, ref_of, shell_quote
from guard.git.ancestry import is_ancestor
from guard.git.landing import Branch, commit_with, land, tip_of
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.handoffs.marks import is_mark
from guard.rules.reach import owned_by
from guard.sessions.life import unclosed
from guard.sessions.life.publishing import landed, target
from guard.verdict.integrated import is_integrated
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs
from guard.verdict.search import Ref, Search
from guard.verdict.trust import Trust, contracts_at, read_trust

_FOLDER = "40000"  # the mode of a folder in a tree


class Closing(NamedTuple):
    """A session, why it stays or goes, and the files that go; none if it stays."""

    name: str
    why: str
    files: tuple[str, ...] = ()


class Plan(NamedTuple):
    """What is to be done at the base's tip `tip`; `elsewhere` closes contracts on their branch."""

    trust: Trust
    tip: str
    sessions: tuple[Closing, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that leave the base."""
        return tuple(file for one in self.sessions for file in one.files)

    @property
    def closed(self) -> tuple[str, ...]:
        """The names of the sessions that are closed."""
        return tuple(one.name for one in self.sessions if one.files)


def plan(repository: Repository, names: Collection[str] = ()) -> Plan:
    """Look which sessions are integrated; with `names`, these alone.

    Raises GuardError if there is no local base, if it is behind, and if one of `names` is not
    integrated.
    """
    with closing(Objects(repository.git)) as objects:
        trust = at_local_base(repository, objects)
        sources = Sources(repository, objects, trust)
        look = _Look(sources)
        sessions = (*look.contracts(), *look.left_behind())
    found = {one.name for one in sessions}
    for name in names:
        if name not in found:
            raise UsageError(f"there is no session {name} to close", hint="guard contract list")
        open_ = [one for one in sessions if one.name == name and not one.files]
        if open_:
            raise UsageError(
                f"{name} is not integrated: {open_[0].why}", hint="guard tidy --dry-run"
            )
    wanted = [one for one in sessions if not names or one.name in names]
    return Plan(trust, trust.base.oid, tuple(wanted))


def left_over(repository: Repository) -> tuple[str, ...]:
    """Give the names of the sessions that `tidy` would close; none where it cannot look."""
    try:
        return plan(repository).closed
    except GuardError:
        return ()


def tidy(
    repository: Repository, planned: Plan, why: str = "The base has all of their work."
) -> str:
    """Remove the files of a plan in one commit on the base; give its id, "" for no file there.

    `why` is the body of the commit's message.

    Ref, index and files of a checkout move together, or nothing does. Raises GitError.
    """
    trust, base = planned.trust, Branch(planned.trust.base.name)
    elsewhere = bool(trust.elsewhere.oid)
    contracts = {one.file for one in trust.contracts if elsewhere}
    files = [file for file in planned.files if file not in contracts]
    commit = ""
    if files:
        message = f"close {', '.join(planned.closed)}\n\n{why}\n"
        commit = commit_with(repository, planned.tip, dict.fromkeys(files), message)
        if not land(repository, base, commit, planned.tip):
            raise GitError(
                f"{base.name} has moved meanwhile; nothing was changed", hint="guard tidy"
            )
    away = {file: None for file in planned.files if file in contracts}
    if away:
        texts = {one.file: one.text for one in trust.contracts}
        place = target(repository, trust)
        landed(repository, place, lambda tip: _still(repository, tip, away, texts), base.name)
    for name in planned.closed:
        unclosed.forget(repository, name)
    return commit


def _still(
    repository: Repository, tip: str, away: Collection[str], texts: dict[str, str]
) -> dict[str, bytes | None]:
    """The contracts that are still what was judged; one that was published anew stays."""
    with closing(Objects(repository.git)) as objects:
        there = {one.file: one.text for one in contracts_at(objects, tip, tip)[0]}
    return {file: None for file in away if there.get(file) == texts[file]}


def at_local_base(repository: Repository, objects: Objects) -> Trust:
    """Read the policy and the contracts at the tip of the local base, which is to move.

    Raises GitError if there is none, or if it is behind the one that is trusted.
    """
    trust = read_trust(Search(repository, objects, head=""))
    home = trust.home
    is_here = home.full == ref_of(home.name)
    tip = home.oid if is_here else tip_of(repository, Branch(home.name))
    fetch = f"git fetch origin {shell_quote(f'{home.name}:{home.name}')}"
    if not tip:
        raise GitError(f"there is no local branch {home.name} to tidy", hint=fetch)
    if not is_ancestor(repository.git, home.oid, tip):
        raise GitError(
            f"{home.name} is behind {home.short}",
            hint=f"git switch {shell_quote(home.name)} && git merge --ff-only "
            f"{shell_quote(home.short)}",
        )
    local = Ref(home.name, home.name, tip)
    trust = trust._replace(base=local, tree=objects.tree_of(tip), source=Ref())
    if trust.elsewhere.oid:
        return trust
    return trust._replace(contracts=tuple(contracts_at(objects, tip, home.name)[0]))


class _Look(NamedTuple):
    """The base, of which only the folders of contracts and handoffs are read."""

    sources: Sources

    def _has(self, path: str) -> bool:
        """Whether the base has a file of this path."""
        entry = self.sources.objects.look_up(self.sources.trust.tree, path)
        return entry is not None and entry.mode != _FOLDER

    def contracts(self) -> Iterator[Closing]:
        """Say of each open contract, but standing ones, whether it is integrated."""
        trust = self.sources.trust
        branches = list(branch_refs(self.sources.repository.git))
        for contract in trust.contracts:
            if contract.standing:
                continue
            claimed = [pair for pair in branches if claims(contract, pair[1])]
            claimed = [pair for pair in claimed if pair[1] != trust.base.name]
            done, why = self._done(contract, claimed)
            handoff = trust.policy.handoff_of(contract.name)
            files = [contract.file, *([handoff] if self._has(handoff) else [])]
            yield Closing(contract.name, why, tuple(files) if done else ())

    def _done(self, contract: Contract, claimed: list[tuple[str, str]]) -> tuple[bool, str]:
        base = self.sources.trust.base.name
        handoff = self.sources.trust.policy.handoff_of(contract.name)
        is_here = any(ref.startswith(HEADS) for ref, _ in claimed)
        if not is_here and unclosed.is_noted(self.sources.repository, contract):
            return True, "it was finished, but for its contract"
        if not claimed:
            if self._has(handoff) and self._came_after(handoff, contract):
                return True, f"its branch is gone, and {base} has its handoff"
            return False, "no branch works under it yet, or none that this clone knows"
        refs = [ref for ref, _ in claimed]
        names = ", ".join(dict.fromkeys(name for _, name in claimed))
        is_work = owned_by(contract, self.sources.trust.policy)
        if is_integrated(self.sources, contract, refs, is_work):
            return True, f"{base} has all of {names}"
        return False, f"{names}: work goes on, or has not begun"

    def _came_after(self, handoff: str, contract: Contract) -> bool:
        """Whether the handoff was last written after the contract was last changed."""
        git, trust = self.sources.repository.git, self.sources.trust
        words = ("log", "-1", "--format=%ct %H")
        written = git.run(*words, trust.base.oid, "--", handoff).text.split()
        changed = git.run(*words, trust.granting.oid, "--", contract.file).text.split()
        if not written or not changed:
            return False
        if trust.elsewhere.oid:
            return int(written[0]) >= int(changed[0])
        return written[1] != changed[1] and is_ancestor(git, changed[1], written[1])

    def left_behind(self) -> Iterator[Closing]:
        """Find handoffs of contracts that are closed already."""
        trust = self.sources.trust
        open_ = {contract.name for contract in trust.contracts}
        open_ |= {name for name, _, _ in trust.unreadable}
        for name in sorted(self._named()):
            path = trust.policy.handoff_of(name)
            if name not in open_ and self._has(path) and self._is_handoff(path, name):
                yield Closing(name, "its contract is closed", (path,))

    def _named(self) -> Iterator[str]:
        """The names that a handoff may have, by what is in the folder where handoffs differ."""
        before, _, after = self.sources.trust.policy.handoff_file.partition("{name}")
        folder, _, start = before.rpartition("/")
        end, objects, tree = after.partition("/")[0], self.sources.objects, self.sources.trust.tree
        entry = objects.look_up(tree, folder) if folder else None
        if folder and (entry is None or entry.mode != _FOLDER):
            return
        for name in objects.tree(entry.oid if entry else tree):
            if len(name) > len(start + end) and name.startswith(start) and name.endswith(end):
                yield name[len(start) : len(name) - len(end)]

    def _is_handoff(self, path: str, name: str) -> bool:
        """Whether it bears guard's mark, or a contract of that name was there once."""
        found = self.sources.objects.read_all(
            [f"{self.sources.trust.base.oid}:{path}"], LARGEST_FILE
        )
        content = found[0].content if found[0] else None
        lines = (content or b"").decode("utf-8", "replace").splitlines()
        if any(is_mark(line) and f" contract={name} " in line for line in lines):
            return True
        tips = {self.sources.trust.base.oid, self.sources.trust.granting.oid}
        words = ("log", "-1", "--format=%H", *sorted(tips), "--", f".guard/contracts/{name}.toml")
        return bool(self.sources.repository.git.run(*words).out)
