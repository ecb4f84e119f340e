"""Where a session starts: its contract, branch, worktree and folder before anything is made."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.draft import draft
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, GitError, UsageError
from guard.core.names import counted, fold, ref_of, shell_quote, show
from guard.git.ancestry import is_ancestor
from guard.git.objects import Objects
from guard.git.plumbing import Git, records
from guard.git.repository import Repository
from guard.git.worktrees import Worktree, require_answering, worktrees
from guard.sessions.life.arriving import Head, require_its_own
from guard.sessions.life.begun import branch_of, own_branch, require_begun_here, require_free
from guard.sessions.life.declaring import brought
from guard.sessions.life.declaring import declared as declared_on_branches
from guard.sessions.life.folder import require_place, root_of, worktree_at
from guard.sessions.life.parts import require_not_renamed
from guard.sessions.life.publishing import file_of
from guard.sessions.life.trash import is_half_made, put_aside
from guard.sessions.life.wanted import (
    Wanted,
    command_of,
    meant,
    require_adopted,
    require_groups,
    require_portable,
    same_words,
    second_named,
)
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import Trust, read_trust


class StartingPoint(NamedTuple):
    """What a session starts from.

    `is_known` tells that the contract was there before; `tip` is that of the branch, "" if it is
    not there; `there` is the worktree that has the branch; `path` is that one's folder, or the one
    to be made. `away` are worktrees beside that, if there is none of them.
    """

    contract: Contract
    is_known: bool
    branch: str
    tip: str
    there: Worktree | None
    path: str
    away: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether anything of the session is still to be made."""
        return not self.there or not self.is_known


class Start(NamedTuple):
    """A start that somebody wants, with what is trusted.

    `declared` are the contracts that only branches have, by name.
    """

    repository: Repository
    objects: Objects
    trust: Trust
    declared: Mapping[str, Contract]
    wanted: Wanted

    @property
    def sources(self) -> Sources:
        """Where facts come from."""
        return Sources(self.repository, self.objects, self.trust)

    @property
    def git(self) -> Git:
        """The repository's git."""
        return self.repository.git

    @property
    def here(self) -> str:
        """The worktree that guard was started in, or the git directory outside of all."""
        return self.repository.top or self.repository.common_dir

    @property
    def known(self) -> tuple[Contract, ...]:
        """All contracts, those that count first."""
        return (*self.trust.contracts, *self.declared.values())

    @property
    def own_path(self) -> str:
        """The folder that the policy gives a session of this name."""
        folder = self.trust.policy.start_folder.replace("{name}", self.wanted.name)
        return os.path.normpath(os.path.join(root_of(self.here), folder))

    def point(self) -> StartingPoint:
        """Look up what the session starts from. Raises GuardError if it cannot start so."""
        wanted = self.wanted
        known = self._known()
        contract = known or self._drafted()
        places = worktrees(self.git)
        branch = branch_of(self.sources, wanted, contract, places if known else ())
        there = next((one for one in places if one.branch == branch), None)
        if there and is_half_made(self.repository, there):
            put_aside(self.repository, there)
            places.remove(there)
            there = None
        if there and there.missing:
            raise GitError(
                f"{show(branch)} is checked out in {show(there.path)}, which is not there",
                hint=f"{there.forget}   # if it is gone for good",
            )
        if not there:
            require_answering(places)
        path = os.path.realpath(there.path) if there else self._path(places)
        tip = self._tip(branch)
        if known is None:
            self._require_own(branch, tip)
        if tip and wanted.head:
            require_its_own(self.repository, wanted.head, tip)
        if not tip and not self.wanted.head:
            require_free(self.sources, contract, branch, self.wanted, is_known=known is not None)
        away = () if there else _away(places, os.path.dirname(path))
        return StartingPoint(contract, known is not None, branch, tip, there, path, away)

    def _known(self) -> Contract | None:
        """The contract that is there already, if it is the one that is asked for."""
        wanted = self.wanted
        name = wanted.under or wanted.name
        for unreadable, file, why in self.trust.unreadable:
            if unreadable == name:
                raise ContractError(why, hint=f"guard contract check {shell_quote(file)}")
        on_base = {contract.name: contract for contract in self.trust.contracts}
        if wanted.under not in ("", wanted.name) and wanted.name in {*on_base, *self.declared}:
            message = f"{wanted.name} is a contract of its own"
            raise UsageError(message, hint="choose another name for the second worktree")
        found = on_base.get(name) or self.declared.get(name) or self._claiming()
        if found is None and wanted.head and not wanted.values:
            raise UsageError(
                f"no contract claims {show(wanted.branch)}; say what it may change",
                hint=f"guard start --pr {shell_quote(wanted.head.said)} --owns PATTERN   "
                f"# it changes {self._changed(wanted.head)}",
            )
        if found is None and (wanted.under or not wanted.values):
            require_begun_here(self.sources, wanted._replace(name=name))
            require_not_renamed(self.sources, worktrees(self.git), name)
            there = meant(self.repository, wanted, self.known)
            new = f"guard start {shell_quote(name)} --owns PATTERN"
            raise UsageError(f"there is no contract {name}", hint=there or new)
        if found:
            same_words(found, wanted)
        return found

    def _claiming(self) -> Contract | None:
        """The only contract that claims the branch of a pull request."""
        known = self.known if self.wanted.head else ()
        found = [contract for contract in known if claims(contract, self.wanted.branch)]
        return found[0] if len(found) == 1 else None

    def _changed(self, head: Head) -> str:
        bases = self.git.run("merge-base", self.trust.home.oid, head.oid, ok=(0, 1)).text.split()
        words = ("diff-tree", "-r", "-z", "--name-only", "--no-renames")
        paths = records(self.git.run(*words, *bases[:1], head.oid).out) if bases else []
        more = f" and {counted(len(paths) - 1, 'more file')}" if len(paths) > 1 else ""
        return f"{show(paths[0])}{more}" if paths else "nothing"

    def _drafted(self) -> Contract:
        wanted = self.wanted
        require_portable(wanted.name)
        for other in (one.name for one in self.known):
            if fold(other) == fold(wanted.name):
                raise UsageError(
                    f"{wanted.name} and the contract {other} are one name on macOS and Windows",
                    hint="choose another name",
                )
        values = {**wanted.values}
        file = file_of(wanted.name)
        text = wanted.text or draft(values)
        contract = parse_contract(text.encode(), file, wanted.name)
        require_groups(self.trust.policy, contract.merges)
        branch = wanted.branch or own_branch(self.trust, wanted.name)
        if not wanted.text and (wanted.head or not claims(contract, branch)):
            values["branches"] = [branch]
            contract = parse_contract(draft(values).encode(), file, wanted.name)
        return contract

    def _require_own(self, branch: str, tip: str) -> None:
        """A new session does not go on with a branch that has work already, unless it is named."""
        if tip and not self.wanted.branch and not is_ancestor(self.git, tip, self.trust.home.oid):
            raise UsageError(
                f"the branch {branch} is there already and has commits of its own",
                hint=f"{command_of(self.wanted._replace(branch=branch))}   # to go on with it",
            )

    def _path(self, places: Sequence[Worktree]) -> str:
        root, path = root_of(self.here), self.own_path
        known = worktree_at(path, places)
        require_place(os.path.commonpath([root, path]), path, known)
        if known:
            require_not_renamed(self.sources, [known], self.wanted.under or self.wanted.name)
            other = known.branch or "no branch"
            raise UsageError(
                f"{show(path)} is a worktree already, of {show(other)}",
                hint="choose another name, or look: git worktree list",
            )
        return path

    def _tip(self, branch: str) -> str:
        info = self.objects.info(ref_of(branch) + "^{commit}")
        return info.oid if info else ""


def _away(places: Sequence[Worktree], folder: str) -> tuple[str, ...]:
    """The worktrees in a folder if none of them is there: it may lie on another volume."""
    beside = [one for one in places if os.path.dirname(one.path) == folder]
    return tuple(one.path for one in beside) if all(one.missing for one in beside) else ()


@contextmanager
def opened(repository: Repository, wanted: Wanted) -> Iterator[Start]:
    """Open a start for the block. Raises GuardError where there is nothing to judge by."""
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        require_adopted(trust)
        declared = declared_on_branches(repository, objects, trust)
        if wanted.head:
            own = brought(objects, trust, wanted.head.oid, wanted.head.branch)
            declared = {**own, **declared}
        yield Start(repository, objects, trust, declared, second_named(repository, wanted))
