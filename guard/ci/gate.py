"""The gate: the event of a CI system, commits that the clone has, and the `Ask` for a verdict.

History is never guessed: if a shallow or partial clone cannot give the true merge base, the error
names the setting of that CI system.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.ci import github
from guard.ci import systems as detect
from guard.ci.event import Event, System
from guard.core.errors import GuardError, Incomplete, Unreachable, UsageError
from guard.core.names import ref_of
from guard.git.ancestry import has_commit, is_ancestor
from guard.git.fetching import fetch, fetch_files, fetch_if_there
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, has_ref, is_partial, open_repository
from guard.handoffs.values import Given
from guard.rules.report import Report
from guard.verdict.named_branches import NoContracts
from guard.verdict.reading import Ask
from guard.verdict.revs import branch_at, resolve
from guard.verdict.search import REMOTES, NoBase, Ref, Search
from guard.verdict.trust import read_trust
from guard.verdict.verdict import verdict

# Bytes of an event; GitHub's have at most 25 MB (docs.github.com, "Webhook events and payloads").
_LARGEST = 1 << 25
_GIVE_PULL_REQUEST = (
    "gh api repos/OWNER/REPO/pulls/NUMBER > pull.json; guard ci --pull-request pull.json"
)


class Chosen(NamedTuple):
    """What the user chose instead of what the CI system says.

    `pull_request` is a file with a pull request as GitHub's API gives it.
    """

    base: str = ""
    head: str = ""
    branch: str = ""
    author: str = ""
    contract: str = ""
    pull_request: str = ""
    fetch: bool = False


def judged(
    git: Git,
    env: Mapping[str, str],
    chosen: Chosen,
    before: Callable[[Git, Event, Ask], Ask] = lambda git, event, ask: ask,
) -> Report:
    """Judge the change that the CI system of `env` runs for; `before` may complete the question.

    Raises GuardError where there is no verdict; for a clone that lacks something it has the line
    that the system's settings need.
    """
    system, event = told_by(env, chosen)
    git = with_default(git, event)
    try:
        return verdict(git, before(git, event, ask_for(git, event, chosen)))
    except Incomplete as error:
        raise mended(git, error, system, fetched=chosen.fetch) from error


def told_by(env: Mapping[str, str], chosen: Chosen) -> tuple[System, Event]:
    """Give the CI system and its event, or the pull request that the user chose instead.

    Raises UsageError if the event or the pull request cannot be read.
    """
    system = detect.system(env)
    path = env.get("GITHUB_EVENT_PATH", "") if system is github.SYSTEM else ""
    event = system.read(defaultdict(str, env), _read_document(path) if path else {})
    if not chosen.pull_request:
        return system, event
    pull = github.pull_request(_read_document(chosen.pull_request))
    if not pull.branch or not pull.head_oid:
        message = f"{chosen.pull_request} is not a pull request as GitHub's API gives it"
        raise UsageError(message, hint=_GIVE_PULL_REQUEST)
    if event.kind == "queue":
        return system, event._replace(
            branch=pull.branch, author=pull.author, fork=pull.fork, body=pull.body
        )
    # The job runs for another event, so it has the rights of the base.
    return system, pull._replace(privileged=system is github.SYSTEM)


def ask_for(git: Git, event: Event, chosen: Chosen) -> Ask:
    """Give what to judge, in commits of the clone. Raises GuardError if that is unknown."""
    if event.elsewhere and not chosen.base:
        raise UsageError(
            f"this pipeline runs in the fork, and its {event.base} is not the branch that the "
            "change goes to",
            hint=f"{event.elsewhere}; guard ci --base FETCH_HEAD",
        )
    repository = open_repository(git)
    if chosen.fetch:
        _bring(repository, event, chosen)
        repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        ask = _Change(repository, objects, event, chosen).ask()
        _with_contracts(repository, objects, event, chosen, ask)
        if chosen.fetch and is_partial(repository):
            git = repository.git
            if ask.base:
                base = resolve(git, objects, ask.base, "--base")
            else:
                base = Search(repository, objects, "gate").default().oid
            fetch_files(repository, base, resolve(git, objects, ask.head or "HEAD", "--head"))
    return ask


def require_no_rights(event: Event) -> None:
    """Raise UsageError if the job could give the base's secrets and rights to code of the head."""
    if event.privileged:
        raise UsageError(
            "this job has the rights of the base, "
            "so the commands of a pull request are not run in it",
            hint="leave --rerun out here; a job of its own for `on: pull_request` has no such "
            "rights (docs/ci/README.md)",
        )


def with_default(git: Git, event: Event) -> Git:
    """Make a push's base the default branch of the same git (git-config(1), init.defaultBranch)."""
    if event.kind == "push" and event.base:
        return git.moved([f"init.defaultBranch={event.base}"])
    return git


def mended(git: Git, error: Incomplete, system: System, *, fetched: bool) -> Incomplete:
    """Give an error about an incomplete clone the hint for this CI system.

    `fetched` tells that --fetch was given.
    """
    repository = open_repository(git)
    partial = is_partial(repository)
    whole = "clone without a filter" if partial and not repository.shallow else system.whole
    ways = [whole]
    if isinstance(error, NoBase):  # the event does not say what to fetch
        one_branch = system is detect.PLAIN
        ways = [error.hint] if one_branch else [whole, f"after the checkout run: {error.hint}"]
        return Incomplete(error.message, hint="; or ".join(ways))
    if fetched and isinstance(error, NoContracts):
        ways = [error.hint]
    elif fetched and not partial:
        ways = [
            "origin no longer has it: it was overwritten or deleted since; a newer push has a job"
        ]
    if not fetched:
        ways.append("let guard fetch what is missing: guard ci --fetch")
        if not partial and not repository.shallow:  # a whole clone lacks only other branches
            ways.reverse()
    return Incomplete(error.message, hint="; or ".join(ways))


def _read_document(path: str) -> Mapping[str, object]:
    hint = f"look at it: head -c 300 {path}"
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
        found = json.loads(data.decode("utf-8-sig")) if len(data) <= _LARGEST else None
        # Half of a surrogate pair is in no name that git knows, and cannot be written.
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except (OSError, ValueError, RecursionError) as error:
        message = f"{path} cannot be read as JSON: {type(error).__name__}"
        raise UsageError(message, hint=hint) from error
    if not isinstance(found, dict):
        message = f"{path} is not a JSON object, or has more than {_LARGEST:,} bytes"
        raise UsageError(message, hint=hint)
    return found


def _bring(repository: Repository, event: Event, chosen: Chosen) -> None:
    """Fetch the current base, and the head by its id, since its ref may have moved meanwhile."""
    wanted = [event.base_oid] if event.base_at else []
    if not chosen.head:
        wanted += [event.head_oid, event.merge_oid]
    git = repository.git
    lacking = [commit for commit in wanted if commit and not has_commit(git, commit)]
    bases = []
    if event.base and not event.base_at and not event.elsewhere:
        ref = _require_ref(repository, ref_of(event.base))
        bases = [f"+{ref}:refs/remotes/origin/{event.base}"]
    if event.base_at and not lacking and not repository.shallow:
        return
    if not lacking or not fetch_if_there(repository, [*bases, *lacking]):
        by_ref = lacking and event.head_ref
        heads = [_require_ref(repository, event.head_ref)] if by_ref else []
        _fetched(repository, [*bases, *heads])


def _with_contracts(
    repository: Repository, objects: Objects, event: Event, chosen: Chosen, ask: Ask
) -> None:
    """Fetch the branch of contracts that the policy names, and never take a fork's for it."""
    if not chosen.fetch and not event.elsewhere:
        return
    try:
        trust = read_trust(Search(repository, objects, "gate"), ask.base, ask.called)
        name = trust.policy.contracts_branch
    except NoContracts as error:
        name = error.name
    except GuardError:  # the verdict says it
        return
    if name and event.elsewhere:
        raise UsageError(
            f"this pipeline runs in the fork, and its {name} is not the branch of contracts",
            hint="start the pipeline in the project that the change goes to",
        )
    if name:
        ref = _require_ref(repository, ref_of(name))
        _fetched(repository, [f"+{ref}:{REMOTES}origin/{name}"])


def _fetched(repository: Repository, refspecs: Sequence[str]) -> None:
    """Fetch what the verdict stands on. Without it there is none: what is here may be old."""
    try:
        fetch(repository, refspecs)
    except Unreachable as error:
        hint = f"{error.hint}; or judge by what this clone has: leave --fetch out"
        raise Unreachable(error.message, hint=hint) from error


def _require_ref(repository: Repository, ref: str) -> str:
    if repository.git.run("check-ref-format", ref, ok=(0, 1)).code:
        hint = "name base and head: guard ci --base origin/main --head HEAD"
        raise UsageError(f"{ref!r} is not the name of a ref", hint=hint)
    return ref


class _MergeCommit(NamedTuple):
    """A merge commit that the CI system made."""

    oid: str
    base: str
    head: str


class _Change(NamedTuple):
    repository: Repository
    objects: Objects
    event: Event
    chosen: Chosen

    def ask(self) -> Ask:
        merge = self._merge()
        if not self.chosen.head:
            return self.with_head(self._head(merge), merge)
        head = resolve(self.repository.git, self.objects, self.chosen.head, "--head")
        about = self._replace(event=_about(head, self.event, merge))
        return about.with_head(self.chosen.head, merge)

    def with_head(self, head: str, merge: _MergeCommit | None) -> Ask:
        chosen, event = self.chosen, self.event
        ask = Ask(
            "range",
            base=chosen.base,
            head=head,
            branch=chosen.branch or event.branch or self._queued(),
            contract=chosen.contract,
            author=chosen.author or event.author,
            given=Given(
                body=event.body.encode("utf-8", "surrogateescape") or None,
                afar=True,
                trial=event.kind == "queue",
            ),
        )
        if chosen.base or not event.base:
            return ask
        if event.kind == "push":
            self._candidates(None)  # only required: the policy may name another base
            return ask
        return self._with_base(ask, merge if merge and merge.head == head else None)

    def _has(self, commit: str) -> bool:
        return self.objects.info(f"{commit}^{{commit}}") is not None

    def _merge(self) -> _MergeCommit | None:
        """The system's merge, if it is here with its parents; the first was then the base."""
        event = self.event
        parents = self._parents(event.merge_oid) if event.merge_oid else []
        if len(parents) != 2 or event.head_oid not in ("", parents[1]):
            return None
        if not all(map(self._has, parents)):
            return None
        return _MergeCommit(event.merge_oid, *parents)

    def _parents(self, commit: str) -> list[str]:
        """The parents that a commit names, here or not."""
        read = self.objects.read(commit)
        if not read or read[0].kind != "commit":
            return []
        header = read[1].partition(b"\n\n")[0].decode("ascii", "replace")
        return [line[7:] for line in header.split("\n") if line.startswith("parent ")]

    def _head(self, merge: _MergeCommit | None) -> str:
        """The head; "" is the commit checked out."""
        event = self.event
        head = event.head_oid or (merge.head if merge else "")
        if head and self._has(head):
            return head
        if head or event.merge_oid:
            missing = head or f"a parent of {event.merge_oid}"
            raise Incomplete(f"the head of this change, {missing}, is not in this clone")
        return ""

    def _queued(self) -> str:
        """The branch that a merge queue tries."""
        if self.event.kind != "queue" or self.chosen.contract:
            return ""
        parents = self._parents(self.event.head_oid)
        if len(parents) == 2:
            name = branch_at(self.repository.git, parents[1], self.event.base)
            if name:
                return name
        raise UsageError(
            "a merge queue does not name the branch that it tests, so the contract is not known",
            hint=f"{_GIVE_PULL_REQUEST} (docs/ci/github-merge-queue.yml is the whole workflow)",
        )

    def _with_base(self, ask: Ask, merge: _MergeCommit | None) -> Ask:
        # In a shallow clone the system's merge replaces the missing history.
        base, shallow = self.event.base, self.repository.shallow
        ask = ask._replace(called=Ref(base, f"origin/{base}"))
        if merge and (self.event.base_at or shallow):
            return ask._replace(base=merge.base, merge=merge.oid if shallow else "")
        return ask._replace(base=_newest(self.repository.git, self._candidates(merge)))

    def _candidates(self, merge: _MergeCommit | None) -> list[str]:
        """The commits that may be the base: the remote's branch, the event's tip, what was merged.

        Raises Incomplete if there is none.
        """
        event, git = self.event, self.repository.git
        ref = f"refs/remotes/origin/{event.base}"
        names = [ref] if not event.base_at and has_ref(git, ref) else []
        names += [event.base_oid] if event.base_oid else []
        infos = [self.objects.info(f"{name}^{{commit}}") for name in names]
        found = [info.oid for info in infos if info]
        if merge:
            found.append(merge.base)
        if not found:
            base = event.base or event.base_oid
            raise Incomplete(f"the base of this change, {base}, is not in this clone")
        return list(dict.fromkeys(found))


def _about(head: str, event: Event, merge: _MergeCommit | None) -> Event:
    """The event; only its base if the user chose another head."""
    if head in (event.head_oid, event.merge_oid, merge.head if merge else ""):
        return event
    kind = "change" if event.kind == "queue" else event.kind
    return event._replace(branch="", author="", body="", merge_oid="", kind=kind)


def _newest(git: Git, commits: Sequence[str]) -> str:
    """The commit that contains all others; if the base was rewritten, the first, the remote's."""
    for commit in commits:
        if all(is_ancestor(git, other, commit, (0, 1, 128)) for other in commits):
            return commit
    return commits[0]
