"""Judges the refs that a push moves, as CI will judge them: pre-push, pre-receive, update.

Nothing that is pushed takes part in deciding: policy and contracts are those of the base before the
push.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.core.errors import ContractError, GitError, GuardError
from guard.core.names import HEADS, branch_in, ref_of
from guard.git.compare import is_ancestor
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, branch_of, open_repository
from guard.githooks.events import Update
from guard.handoffs.values import Given
from guard.rules.findings import Report
from guard.verdict.history import History
from guard.verdict.reading import Ask
from guard.verdict.trust import Search, Trust, read_trust
from guard.verdict.verdict import verdict_and_history


class Judged(NamedTuple):
    """The result for one ref: a report with its history, an error, or why it is not judged.

    `along` names the local branch of the base if the ref also brings commits of it that the
    remote's base does not have.
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


def judge_push(git: Git, updates: Sequence[Update], *, sent: bool) -> list[Judged]:
    """Judge each ref that is created or updated; `sent` by this repository, else to it.

    Raises GitError if there is no base or no ref can be judged, NotAdopted if there is no commit to
    read a policy from.
    """
    arriving = [update for update in updates if not update.deletes]
    if not arriving:
        return []
    repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        search = Search(repository, objects, gate=True)
        try:
            trust = read_trust(search)
        except ContractError as error:
            base = ref_of(search.default().name)
            return [_unguarded(repository, objects, update, base, error) for update in arriving]
        return _judged(_Push(git, repository, objects, trust, sent), arriving)


def _judged(push: "_Push", arriving: Sequence[Update]) -> list[Judged]:
    base = push.trust.base.name
    commits = {update.new: _commit(push.objects, update.new) for update in arriving}
    new = _not_on_base(push.repository, push.trust, set(commits.values()) - {""})
    if any(not update.branch and commits[update.new] in new for update in arriving):
        push = push._replace(own=_own_commits(push.repository, push.trust))
    done: dict[tuple[str, str], Judged] = {}
    landing = ""
    for update in sorted(arriving, key=lambda update: update.branch != base):
        commit = commits[update.new]
        branch = push.branch(update, commit)
        if (commit, branch) not in done:
            asked = branch if commit in new else None
            done[commit, branch] = push.judged(update, commit, asked, landing)
        if update.branch == base and not done[commit, branch].exit_code:
            landing = commit
    return list(done.values())


def _commit(objects: Objects, oid: str) -> str:
    found = objects.info(oid + "^{commit}")
    return found.oid if found else ""


def _not_on_base(repository: Repository, trust: Trust, commits: set[str]) -> set[str]:
    """Those of `commits` that the base does not have."""
    if not commits:
        return set()
    wanted = "".join(f"{oid}\n" for oid in (*sorted(commits), f"^{trust.base.oid}"))
    listed = repository.git.run("rev-list", "--stdin", stdin=wanted.encode()).out
    return commits.intersection(listed.decode().split("\n"))


def _own_commits(repository: Repository, trust: Trust) -> dict[str, set[str]]:
    """The commits of each local branch that the base does not have; none on a server."""
    if not repository.top:
        return {}
    git, base = repository.git, trust.base
    listed = git.run("for-each-ref", "--format=%(refname)", "--no-merged", base.oid, HEADS).out
    refs = listed.decode("utf-8", "surrogateescape").split("\n")[:-1]
    return {
        branch_in(ref): set(git.run("rev-list", ref, f"^{base.oid}").out.decode().split())
        for ref in refs
        if ref != ref_of(base.name)
    }


class _Push(NamedTuple):
    """The repository before the push; `own` are the commits of its branches, if needed."""

    git: Git
    repository: Repository
    objects: Objects
    trust: Trust
    sent: bool
    own: Mapping[str, set[str]] = {}

    def branch(self, update: Update, commit: str) -> str:
        """The branch whose contract applies, as CI will see it; "" if none can be found.

        What goes to the base belongs to the session that pushes it. A ref that is no branch (a tag,
        `refs/for/main`) is judged as the branch that it was pushed from.
        """
        if update.branch and update.branch != self.trust.base.name:
            return update.branch
        source = self._pushed_from(update)
        if not update.branch:
            return source or self._only_holder(commit)
        claimed = any(claims(contract, source) for contract in self.trust.contracts)
        return source if claimed else update.branch

    def judged(self, update: Update, commit: str, branch: str | None, landing: str) -> Judged:
        """Judge a ref as `branch`; None means that the base has all its commits.

        `landing` is the commit that this push makes the base's tip: a branch that has merged it or
        was rebased on it is not responsible for its changes.
        """
        try:
            if update.branch and not commit:
                message = f"{update.ref} is to be {update.new}, which is no commit here"
                raise GitError(message, hint="git fsck")
            if update.branch == self.trust.base.name:
                known = {(file, wrong) for _, file, wrong in self.trust.unreadable}
                _require_readable(self.repository, self.objects, update, known)
            if branch is None:
                return Judged(update.ref)
            why_not = self._why_not(branch)
            if why_not:
                return Judged(update.ref, why_not=why_not)
            ask = Ask(
                "range",
                head=commit,
                branch=branch,
                arriving=True,
                landing=landing,
                lands=update.branch == self.trust.base.name,
                sent=self.sent,
                given=Given(afar=not self.repository.top),
            )
            report, history = verdict_and_history(self.git, ask)
            behind = report.verdict == "broken" and not landing and self._has_more(commit)
            along = self.trust.base.name if behind else ""
            return Judged(update.ref, report, history, along=along)
        except GuardError as error:
            return Judged(update.ref, error=error)

    def _has_more(self, commit: str) -> bool:
        """Whether `commit` has commits of the local base that the remote's lacks (an old fork)."""
        base, git = self.trust.base, self.repository.git
        local = self.objects.info(f"{ref_of(base.name)}^{{commit}}")
        if not local or local.oid == base.oid:
            return False
        shared = git.run("merge-base", local.oid, commit, ok=(0, 1)).out.decode().strip()
        return bool(shared) and not is_ancestor(git, shared, base.oid)

    def _why_not(self, branch: str) -> str:
        if not self.trust.adopted:
            return f"there is no guard.toml and no contract on {self.trust.base.short} yet"
        return "" if branch else "no branch, and no one branch here tells whose work it is"

    def _pushed_from(self, update: Update) -> str:
        if update.source == "HEAD":
            return branch_of(self.repository)
        return branch_in(update.source)

    def _only_holder(self, commit: str) -> str:
        """The only local branch besides the base that has `commit`; "" if there are others."""
        names = [name for name, commits in self.own.items() if commit in commits]
        return names[0] if len(names) == 1 else ""


def _require_readable(
    repository: Repository, objects: Objects, update: Update, known: set[tuple[str, str]]
) -> None:
    """Raise ContractError for an unreadable policy or contract that is not `known`."""
    after = read_trust(Search(repository, objects), update.new)
    new = [wrong for _, file, wrong in after.unreadable if (file, wrong) not in known]
    if new:
        message = f"{update.ref} would have contracts that cannot be read\n" + "\n".join(new)
        raise ContractError(message, hint="mend them first: guard contract check")


def _unguarded(
    repository: Repository, objects: Objects, update: Update, base: str, broken: ContractError
) -> Judged:
    """If the base's policy cannot be read, only what repairs the base gets through."""
    if update.ref != base:
        return Judged(update.ref, error=broken)
    try:
        _require_readable(repository, objects, update, set())
    except GuardError as error:
        return Judged(update.ref, error=error)
    reason = broken.message.partition("\n")[0]
    return Judged(update.ref, why_not=f"it mends what cannot be read: {reason}")
