"""Judges the refs that a push moves, as CI will judge them: pre-push, pre-receive, update.

Nothing that is pushed takes part in deciding: policy and contracts are those of the base before the
push.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.core.codes import CLOSING
from guard.core.errors import GitError, GuardError, NotAdopted
from guard.core.names import HEADS, branch_in, ref_of, shell_quote
from guard.git.ancestry import is_ancestor
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.refs import tips
from guard.git.repository import branch_of, open_repository
from guard.git.worktrees import way_to
from guard.githooks.correcting import (
    UNREADABLE,
    as_far_as_read,
    require_claims,
    require_readable,
    require_repair,
)
from guard.githooks.events import Update
from guard.handoffs.values import Given
from guard.rules.findings import Finding
from guard.rules.report import Report
from guard.verdict.history import History
from guard.verdict.nearest import further
from guard.verdict.reading import Ask
from guard.verdict.search import Ref, Search
from guard.verdict.trust import Trust, read_trust
from guard.verdict.verdict import verdict_and_history


class Judged(NamedTuple):
    """The result for one ref: a report with its history, an error, or why it is not judged.

    `along` names the base if the ref also brings commits that the base does not have yet: those of
    the local branch, or (`together`) those that the same push is to put there. `unfinished` are
    findings about the end of the session that stop nothing, since the ref moves no base.
    """

    ref: str
    report: Report | None = None
    history: History = History()
    error: GuardError | None = None
    why_not: str = ""
    along: str = ""
    together: bool = False
    unfinished: tuple[Finding, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 kept or nothing to judge, 1 broken, 2 could not judge."""
        if self.error:
            return 2
        return self.report.exit_code if self.report else 0


def judge_push(
    git: Git, updates: Sequence[Update], remote: str = "", *, served: bool = False
) -> list[Judged]:
    """Judge each ref that is created or updated, and refuse to delete the base.

    The push goes to `remote`, or arrives at this repository (`served`). Raises GitError if there is
    no base or no ref can be judged, NotAdopted if there is no commit to read a policy from.
    """
    arriving = [update for update in updates if not update.deletes]
    repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        search = Search(repository, objects, "server" if served else "push", head="")
        try:
            trust = read_trust(search)
        except UNREADABLE as error:
            trust = as_far_as_read(search, error)
            repaired = [_repaired(search, trust, update, error) for update in arriving]
            return [*repaired, *_deleted(search, updates, remote, trust)]
        except NotAdopted:
            if not arriving:
                return []
            raise
        bases = [trust.home]
        if trust.policy.bases:
            found = further(search, trust.home, trust.policy.bases)
            bases += sorted(found, key=lambda ref: ref.short != f"{remote}/{ref.name}")
        push = _Push(git, search, trust, tuple(arriving), tuple(bases))
        return [*_judged(push), *_deleted(search, updates, remote, trust)]


def while_work_goes_on(judged: Judged) -> Judged:
    """Put aside what ends a session: its handoff is asked for where the work lands."""
    report = judged.report
    if report is None:
        return judged
    closing = tuple(one for one in report.findings if one.code.startswith(CLOSING))
    others = tuple(one for one in report.findings if one not in closing)
    verdict = "broken" if any(one.breaks for one in others) else "kept"
    return judged._replace(
        report=report._replace(findings=others, verdict=verdict),
        unfinished=tuple(one for one in closing if one.waived_by is None),
    )


def _deleted(
    search: Search, updates: Sequence[Update], remote: str, trust: Trust | None = None
) -> Iterator[Judged]:
    """Without the branches that lead to the base, or have contracts, nobody could push any more."""
    for update in updates:
        at = "" if search.where == "server" else remote or "?"
        if update.deletes and trust and _is_granting(trust, update, at):
            message = f"{update.branch} has the contracts: without it no branch can be judged"
            hint = f"take `branch` out of [contracts] in guard.toml first, on {trust.home.name}"
            yield Judged(update.ref, error=GitError(message, hint=hint))
        elif update.deletes and search.leads(update.branch, at):
            message = f"{update.branch} is the base, or names it: without it no push can be judged"
            hint = "make another branch the base first: base in guard.toml, or the default branch"
            yield Judged(update.ref, error=GitError(message, hint=hint))


def _is_granting(trust: Trust, update: Update, remote: str) -> bool:
    """Whether an update is of the branch of contracts, at `remote` ("": here)."""
    granting = trust.elsewhere
    short = f"{remote}/{update.branch}" if remote and granting.short != granting.name else ""
    return bool(granting.name) and update.branch == granting.name and short in ("", granting.short)


def _judged(push: "_Push") -> list[Judged]:
    base, arriving = push.trust.home.name, push.arriving
    commits = {update.new: _commit(push.search.objects, update.new) for update in arriving}
    new = _not_on_base(push, set(commits.values()) - {""})
    unnamed = [commits[update.new] for update in arriving if _is_unnamed(update, push.named)]
    push = push._replace(holders=_holders(push, new.intersection(unnamed)))
    done: dict[tuple[str, str, Ref | None], Judged] = {}
    for update in sorted(arriving, key=lambda update: update.branch != base):
        commit = commits[update.new]
        try:
            branch = push.branch(update, commit)
        except GitError as error:
            done[update.ref, "", None] = Judged(update.ref, error=error)
            continue
        key = commit, branch, push.onto(update)
        if key not in done:
            done[key] = push.judged(update, commit, branch if commit in new else None)
    return list(done.values())


def _commit(objects: Objects, oid: str) -> str:
    found = objects.info(oid + "^{commit}")
    return found.oid if found else ""


def _not_on_base(push: "_Push", commits: set[str]) -> set[str]:
    """Those of `commits` that neither the base nor another of the policy's bases has."""
    if not commits:
        return set()
    wanted = [*sorted(commits), *(f"^{oid}" for oid in push.tips)]
    return commits.intersection(_listed(push.search.repository.git, wanted))


def _listed(git: Git, wanted: Sequence[str], *options: str) -> list[str]:
    stdin = "".join(f"{oid}\n" for oid in wanted).encode()
    return git.run("rev-list", *options, "--stdin", stdin=stdin).out.decode().split("\n")[:-1]


def _is_unnamed(update: Update, bases: Collection[str]) -> bool:
    """Whether only the commit can tell which branch is pushed: to no branch, or to a base."""
    return update.branch in ("", *bases) and not branch_in(update.source)


def _holders(push: "_Push", commits: Collection[str]) -> dict[str, list[str]]:
    """The local branches that have each of `commits`, which the base lacks.

    On a server, where whoever pushes names the branches, only one that ends with the commit counts.
    """
    if not commits:
        return {}
    git = push.search.repository.git
    ending: dict[str, list[str]] = {}
    for ref, oid in tips(git, HEADS).items():
        ending.setdefault(oid, []).append(branch_in(ref))
    if push.search.where == "server":
        return {commit: ending.get(commit, []) for commit in commits}
    children: dict[str, list[str]] = {}
    wanted = [*ending, *commits, *(f"^{oid}" for oid in push.tips)]
    for line in _listed(git, wanted, "--parents"):
        child, *parents = line.split()
        for parent in parents:
            children.setdefault(parent, []).append(child)
    return {commit: sorted(_above(commit, children, ending)) for commit in commits}


def _above(
    commit: str, children: Mapping[str, list[str]], tips: Mapping[str, list[str]]
) -> Iterator[str]:
    seen, waiting = {commit}, [commit]
    while waiting:
        oid = waiting.pop()
        yield from tips.get(oid, ())
        later = [child for child in children.get(oid, ()) if child not in seen]
        seen.update(later)
        waiting += later


class _Push(NamedTuple):
    """The repository before the push.

    Commits of `bases` are nobody's work. `holders` are the branches that have a commit, if needed.
    """

    git: Git
    search: Search
    trust: Trust
    arriving: tuple[Update, ...]
    bases: tuple[Ref, ...]
    holders: Mapping[str, list[str]] = {}

    @property
    def tips(self) -> list[str]:
        """The tips of all bases."""
        return [ref.oid for ref in self.bases]

    @property
    def named(self) -> set[str]:
        """The names of all bases."""
        return {ref.name for ref in self.bases}

    def branch(self, update: Update, commit: str) -> str:
        """The branch whose contract applies, as CI will see it; "" if none can be found.

        What goes to a base belongs to the session that pushes it, however that was spelled. A ref
        that is no branch (a tag, `refs/for/main`) is judged as the branch that it was pushed from.
        Raises GitError if several sessions may push to the base.
        """
        if update.branch and update.branch not in self.named:
            return update.branch
        base = update.branch or self.trust.home.name
        served = self.search.where == "server"
        holders = self.holders.get(commit, []) if update.branch or not served else []
        source = branch_in(update.source)
        if update.source == "HEAD":
            source = branch_of(self.search.repository)
        if not update.branch:
            others = [name for name in holders if name != base]
            return source or (others[0] if len(others) == 1 else "")
        if source or base in holders:
            return source if self._is_claimed(source) else base
        here = branch_of(self.search.repository)
        sessions = [name for name in holders if self._is_claimed(name)]
        if here in sessions or len(sessions) == 1:
            return here if here in sessions else sessions[0]
        if not sessions or served:
            return base
        raise GitError(
            f"{', '.join(sessions)} have {commit[:12]}: whose work is to go to {base}?",
            hint=f"push it by its name: git push origin {shell_quote(f'{sessions[0]}:{base}')}",
        )

    def _is_claimed(self, branch: str) -> bool:
        return any(claims(contract, branch) for contract in self.trust.contracts)

    def judged(self, update: Update, commit: str, branch: str | None) -> Judged:
        """Judge a ref as `branch`; None means that the base has all its commits."""
        served = self.search.where == "server"
        try:
            if update.branch and update.branch == self.trust.elsewhere.name:
                require_claims(self.search, self.trust, update)
                return Judged(update.ref)  # whoever may push there may grant
            self._require_sound(update, commit)
            if branch is None:
                return Judged(update.ref)
            why_not = self._why_not(branch)
            if why_not:
                return Judged(update.ref, why_not=why_not)
            onto = self.onto(update)
            ask = Ask(
                "range",
                base=onto.oid if onto else "",
                called=onto,
                head=commit,
                branch=branch,
                arriving=True,
                lands=update.branch in self.named,
                served=served,
                given=Given(afar=served),
            )
            return self._told(
                update, commit, Judged(update.ref, *verdict_and_history(self.git, ask))
            )
        except GuardError as error:
            return Judged(update.ref, error=error)

    def onto(self, update: Update) -> Ref | None:
        """The one of the policy's bases that an update moves; None for the base and all others."""
        return next((ref for ref in self.bases[1:] if ref.name == update.branch), None)

    def _told(self, update: Update, commit: str, judged: Judged) -> Judged:
        base = self.trust.home.name
        if update.branch not in self.named:
            judged = while_work_goes_on(judged)
        if judged.report and judged.exit_code and self.search.where != "server":
            way = way_to(self.search.repository, judged.report.branch)
            judged = judged._replace(report=judged.report.seen_from(way))
        if not judged.exit_code or update.branch == base:
            return judged
        together = self._has_more(commit, self._landing())
        if together or self._has_more(commit, ref_of(base)):
            return judged._replace(along=base, together=together)
        return judged

    def _require_sound(self, update: Update, commit: str) -> None:
        """Raise GuardError for what would leave the next push without a base to judge by."""
        if update.branch and not commit:
            message = f"{update.ref} is to be {update.new}, which is not a commit here"
            raise GitError(message, hint="git fsck")
        if self.search.leads(update.branch):
            known = {(file, wrong) for _, file, wrong in self.trust.unreadable}
            require_readable(self.search, update, known)
        if self.search.where == "server" and update.branch in self.search.vain:
            base = self.trust.home.name
            raise GitError(
                f"{update.branch} would become the base in place of {base}",
                hint=f"on the server: git symbolic-ref HEAD {shell_quote(ref_of(base))}; "
                f"in guard.toml on {base}: base = {base!r}",
            )

    def _landing(self) -> str:
        """What this push is to make of the base, "" if it does not move it."""
        base = self.trust.home.name
        return next((update.new for update in self.arriving if update.branch == base), "")

    def _has_more(self, commit: str, landing: str) -> bool:
        """Whether `commit` has commits of `landing` that the base lacks (an old fork)."""
        base, git = self.trust.home, self.search.repository.git
        local = self.search.objects.info(f"{landing}^{{commit}}") if landing else None
        if not local or local.oid == base.oid:
            return False
        shared = git.run("merge-base", local.oid, commit, ok=(0, 1)).out.decode().strip()
        return bool(shared) and not is_ancestor(git, shared, base.oid)

    def _why_not(self, branch: str) -> str:
        if not self.trust.adopted:
            return f"there is no guard.toml and no contract on {self.trust.home.short} yet"
        return "" if branch else "not a branch, and no single branch here tells whose work it is"


def _repaired(search: Search, trust: Trust, update: Update, broken: GuardError) -> Judged:
    try:
        require_repair(search, trust, update, broken)
    except GuardError as error:
        return Judged(update.ref, error=error)
    reason = broken.message.partition("\n")[0]
    return Judged(update.ref, why_not=f"it repairs what cannot be read: {reason}")
