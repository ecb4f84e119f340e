"""What a push brings: every ref that it moves, each judged as the gate will judge it. For pre-push, pre-receive and update.

Nothing that is pushed takes part in deciding: policy and contracts are read from the base as it stands before the push.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.core.errors import ContractError, GitError, GuardError
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, branch_of, open_repository
from guard.githooks.events import BRANCHES, Update
from guard.handoffs.values import Given
from guard.rules.findings import Report
from guard.verdict.history import History
from guard.verdict.reading import Ask
from guard.verdict.trust import Search, Trust, read_trust
from guard.verdict.verdict import verdict_and_history


class Judged(NamedTuple):
    """What is to be said of one ref: a report with its history, or an error, or, in `why_not`, the reason why it is not judged.

    `along` names the base's branch here where the ref also brings commits of it that the remote's base has not.
    """

    ref: str
    report: Report | None = None
    history: History = History()
    error: GuardError | None = None
    why_not: str = ""
    along: str = ""

    @property
    def exit_code(self) -> int:
        """0 kept or nothing to judge, 1 broken, 2 could not judge."""
        if self.error:
            return 2
        return self.report.exit_code if self.report else 0


def judge_push(git: Git, updates: Sequence[Update]) -> list[Judged]:
    """Judge every ref that arrives, each on its own: what is deleted brings nothing.

    Raises GitError where there is no base or no ref can be judged, NotAdopted where there is no commit yet to judge by.
    """
    arriving = [update for update in updates if not update.deletes]
    if not arriving:
        return []
    repository = open_repository(git)
    objects = Objects(repository.git)
    try:
        return _judged(git, repository, objects, arriving)
    finally:
        objects.close()


def _judged(
    git: Git, repository: Repository, objects: Objects, arriving: Sequence[Update]
) -> list[Judged]:
    search = Search(repository, objects, gate=True)
    try:
        trust = read_trust(search)
    except ContractError as error:
        base = BRANCHES + search.default().name
        return [
            _mending(repository, objects, update, error)
            if update.ref == base
            else Judged(update.ref, error=error)
            for update in arriving
        ]
    commits = {update.new: _commit(objects, update.new) for update in arriving}
    new = _not_on_base(repository, trust, set(commits.values()) - {""})
    homeless = any(not update.branch and commits[update.new] in new for update in arriving)
    push = _Push(
        git, repository, objects, trust, _own_commits(repository, trust) if homeless else {}
    )
    done: dict[tuple[str, str], Judged] = {}
    landing = ""
    for update in sorted(arriving, key=lambda update: update.branch != trust.base.name):
        commit = commits[update.new]
        branch = push.branch(update, commit)
        if (commit, branch) not in done:
            done[commit, branch] = push.judged(
                update, commit, branch if commit in new else None, landing
            )
        if update.branch == trust.base.name and not done[commit, branch].exit_code:
            landing = commit
    return list(done.values())


def _commit(objects: Objects, oid: str) -> str:
    """The commit that an object id stands for, peeled if it is an annotated tag; "" for a tag of something else."""
    found = objects.info(oid + "^{commit}")
    return found.oid if found else ""


def _not_on_base(repository: Repository, trust: Trust, commits: set[str]) -> set[str]:
    """Those of `commits` that the base does not have yet: one walk, however many are asked about."""
    if not commits:
        return set()
    wanted = "".join(f"{oid}\n" for oid in (*sorted(commits), f"^{trust.base.oid}"))
    return commits.intersection(
        repository.git.run("rev-list", "--stdin", stdin=wanted.encode()).out.decode().split("\n")
    )


def _own_commits(repository: Repository, trust: Trust) -> dict[str, set[str]]:
    """By local branch, the commits that it has and the base has not. Not asked of a server, where no branch is anybody's."""
    if not repository.top:
        return {}
    git, base = repository.git, trust.base
    listed = git.run(
        "for-each-ref", "--format=%(refname)", "--no-merged", base.oid, BRANCHES
    ).out.decode("utf-8", "surrogateescape")
    names = [ref.removeprefix(BRANCHES) for ref in listed.split("\n")[:-1]]
    return {
        name: set(git.run("rev-list", BRANCHES + name, f"^{base.oid}").out.decode().split())
        for name in names
        if name != base.name
    }


class _Push(NamedTuple):
    """The repository as it is before the push, open for questions; `own` are the commits of its branches, if anybody needs to know."""

    git: Git
    repository: Repository
    objects: Objects
    trust: Trust
    own: Mapping[str, set[str]]

    def branch(self, update: Update, commit: str) -> str:
        """The branch whose contract applies: the one that the gate will see; what lands on the base belongs to the session that pushes it.

        A ref that is no branch (a tag, `refs/for/main`) is judged as the work of the branch that it was pushed from; "" where none tells.
        """
        if update.branch and update.branch != self.trust.base.name:
            return update.branch
        source = self._pushed_from(update)
        if not update.branch:
            return source or self._only_holder(commit)
        return (
            source
            if any(claims(contract, source) for contract in self.trust.contracts)
            else update.branch
        )

    def judged(self, update: Update, commit: str, branch: str | None, landing: str) -> Judged:
        """Judge one ref as `branch`, None where it has no commit that the base has not.

        `landing` is what the base itself gets by this push: a branch that has merged it, or was rebased on it, has not made it.
        """
        try:
            if update.branch and not commit:
                raise GitError(
                    f"{update.ref} is to be {update.new}, which is no commit here", hint="git fsck"
                )
            if update.branch == self.trust.base.name:
                known = {(file, wrong) for _, file, wrong in self.trust.unreadable}
                _require_readable(self.repository, self.objects, update, known)
            why_not = "" if branch is None else self._why_not(branch)
            if why_not or branch is None:
                return Judged(update.ref, why_not=why_not)
            ask = Ask(
                "range",
                head=commit,
                branch=branch,
                arriving=True,
                landing=landing,
                given=Given(afar=not self.repository.top),
            )
            report, history = verdict_and_history(self.git, ask)
            along = (
                self.trust.base.name
                if report.verdict == "broken" and not landing and self._has_more(commit)
                else ""
            )
            return Judged(update.ref, report, history, along=along)
        except GuardError as error:
            return Judged(update.ref, error=error)

    def _has_more(self, commit: str) -> bool:
        """Whether `commit` has commits of the base's branch here that the remote's base has not, as in a fork that is behind."""
        base, git = self.trust.base, self.repository.git
        local = self.objects.info(f"{BRANCHES}{base.name}^{{commit}}")
        if not local or local.oid == base.oid:
            return False
        shared = git.run("merge-base", local.oid, commit, ok=(0, 1)).out.decode().strip()
        return (
            bool(shared)
            and git.run("merge-base", "--is-ancestor", shared, base.oid, ok=(0, 1)).code == 1
        )

    def _why_not(self, branch: str) -> str:
        if not self.trust.adopted:
            return f"there is no guard.toml and no contract on {self.trust.base.short} yet"
        return "" if branch else "no branch, and no one branch here tells whose work it is"

    def _pushed_from(self, update: Update) -> str:
        """The branch that was named on the command line, by its name or as HEAD."""
        if update.source == "HEAD":
            return branch_of(self.repository)
        return update.source.removeprefix(BRANCHES) if update.source.startswith(BRANCHES) else ""

    def _only_holder(self, commit: str) -> str:
        """The one local branch besides the base that has `commit`, "" where there is none or several."""
        names = [name for name, commits in self.own.items() if commit in commits]
        return names[0] if len(names) == 1 else ""


def _require_readable(
    repository: Repository, objects: Objects, update: Update, known: set[tuple[str, str]]
) -> None:
    """Raise ContractError where the base would have a policy that nobody can read, or a contract besides those `known` to be so."""
    after = read_trust(Search(repository, objects), update.new)
    told = [wrong for _, file, wrong in after.unreadable if (file, wrong) not in known]
    if told:
        message = f"{update.ref} would have contracts that cannot be read\n" + "\n".join(told)
        raise ContractError(message, hint="mend them first: guard contract check")


def _mending(
    repository: Repository, objects: Objects, update: Update, broken: ContractError
) -> Judged:
    """Where the base's policy cannot be read nothing can be judged, but what mends it must get through."""
    try:
        _require_readable(repository, objects, update, set())
    except GuardError as error:
        return Judged(update.ref, error=error)
    return Judged(
        update.ref, why_not=f"it mends what cannot be read: {broken.message.partition(chr(10))[0]}"
    )
