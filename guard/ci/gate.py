"""From what a CI system tells to what is judged: its event, then commits that are here, then an `Ask`.

The base is never older than what this clone knows of it, and history is never guessed: where a shallow or partial clone cannot give the
true merge base, there is an error with the line that belongs into the settings of that very CI system.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.ci import github
from guard.ci import systems as detect
from guard.ci.event import Event, System
from guard.core.errors import Incomplete, UsageError
from guard.git.fetching import fetch, fetch_files, fetch_if_there
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, is_partial, open_repository
from guard.handoffs.values import Given
from guard.verdict.reading import Ask
from guard.verdict.trust import Search, branch_at, resolve

_LARGEST = (
    1 << 25
)  # bytes of an event; GitHub's have at most 25 MB (docs.github.com, "Webhook events and payloads")


class Chosen(NamedTuple):
    """What a person chose over what the CI system says ("" where nothing). `pull_request` is a file as GitHub's API gives it."""

    base: str = ""
    head: str = ""
    branch: str = ""
    author: str = ""
    contract: str = ""
    pull_request: str = ""
    fetch: bool = False


class Merge(NamedTuple):
    """A merge commit that the CI system made, and its two parents."""

    oid: str
    base: str
    head: str


def told_by(env: Mapping[str, str], chosen: Chosen) -> tuple[System, Event]:
    """The CI system that we run in, and what it says about the change, or the pull request that a person chose instead.

    Raises UsageError where the event or the pull request cannot be read.
    """
    system = detect.system(env)
    path = env.get("GITHUB_EVENT_PATH", "") if system is github.SYSTEM else ""
    event = system.read(env, read_document(path) if path else {})
    if not chosen.pull_request:
        return system, event
    pull = github.pull_request(read_document(chosen.pull_request))
    if not pull.branch or not pull.head_oid:
        hint = "gh api repos/OWNER/REPO/pulls/NUMBER > pull.json; guard ci --pull-request pull.json"
        raise UsageError(
            f"{chosen.pull_request} is not a pull request as GitHub's API gives it", hint=hint
        )
    if event.kind != "queue":
        return system, pull._replace(
            privileged=system is github.SYSTEM
        )  # the job is that of some other event, which the base answers
    return system, event._replace(
        branch=pull.branch, author=pull.author, fork=pull.fork, body=pull.body
    )


def ask_for(git: Git, event: Event, chosen: Chosen) -> Ask:
    """What is to be judged, with commits that are in the clone. Raises GuardError where that cannot be known."""
    if event.elsewhere and not chosen.base:
        message = f"this pipeline runs in the fork, and its {event.base} is not the branch that the change goes to"
        raise UsageError(message, hint=f"{event.elsewhere}; guard ci --base FETCH_HEAD")
    repository = open_repository(git)
    if chosen.fetch:
        _bring(repository, event, chosen)
        repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        ask = _asked(repository, objects, event, chosen)
        if chosen.fetch and is_partial(repository):
            base = (
                resolve(repository.git, objects, ask.base, "--base")
                if ask.base
                else Search(repository, objects, gate=True).default().oid
            )
            fetch_files(
                repository, base, resolve(repository.git, objects, ask.head or "HEAD", "--head")
            )
    return ask


def require_no_rights(event: Event) -> None:
    """Raise UsageError where what the head brings must not be run: the job could give it the base's secrets and rights."""
    if event.privileged:
        hint = "leave --rerun out here; a job of its own for `on: pull_request` has no such rights (docs/ci/README.md)"
        raise UsageError(
            "this job has the rights of the base, so the commands of a pull request are not run in it",
            hint=hint,
        )


def with_default(git: Git, event: Event) -> Git:
    """The same git, which takes the branch that a push would be merged into for the default one (git-config(1), init.defaultBranch)."""
    return (
        git.moved([f"init.defaultBranch={event.base}"])
        if event.kind == "push" and event.base
        else git
    )


def mended(git: Git, error: Incomplete, system: System, *, fetched: bool) -> Incomplete:
    """An error about what the clone lacks, with what to write into the settings of this very CI system; `fetched`: --fetch was given."""
    repository = open_repository(git)
    partial = is_partial(repository)
    whole = "clone without a filter" if partial and not repository.shallow else system.whole
    if fetched:
        gone = (
            "origin does not give it: it was pushed over or deleted since; the newer push has a job"
        )
        return Incomplete(error.message, hint=whole if partial else gone)
    ways = (whole, "let guard fetch what is missing: guard ci --fetch")
    lacking = partial or repository.shallow  # a whole clone lacks only other branches
    return Incomplete(error.message, hint="; or ".join(ways if lacking else reversed(ways)))


def read_document(path: str) -> Mapping[str, object]:
    """Read a JSON object from a file (UTF-8). Raises UsageError for anything else, and for more than 32 MiB."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
        found = json.loads(data.decode("utf-8-sig")) if len(data) <= _LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} cannot be read as JSON: {type(error).__name__}",
            hint=f"look at it: head -c 300 {path}",
        ) from error
    if not isinstance(found, dict):
        raise UsageError(
            f"{path} is no JSON object, or has more than {_LARGEST:,} bytes",
            hint=f"look at it: head -c 300 {path}",
        )
    return found


def _bring(repository: Repository, event: Event, chosen: Chosen) -> None:
    """Fetch the base as it is now, and the head as the event names it; the ref that the remote keeps for it may have moved since."""
    wanted = (
        event.base_oid if event.base_at else "",
        "" if chosen.head else event.head_oid,
        "" if chosen.head else event.merge_oid,
    )
    lacking = [commit for commit in wanted if commit and not _is_here(repository, commit)]
    moving = event.base and not event.base_at and not event.elsewhere
    bases = (
        [
            f"+{_require_ref(repository, 'refs/heads/' + event.base)}:refs/remotes/origin/{event.base}"
        ]
        if moving
        else []
    )
    if event.base_at and not lacking and not repository.shallow:
        return
    if not lacking or not fetch_if_there(repository, [*bases, *lacking]):
        fetch(
            repository,
            [
                *bases,
                *([_require_ref(repository, event.head_ref)] if lacking and event.head_ref else []),
            ],
        )


def _require_ref(repository: Repository, ref: str) -> str:
    if repository.git.run("check-ref-format", ref, ok=(0, 1)).code:
        raise UsageError(
            f"{ref!r} is no name of a ref",
            hint="name base and head: guard ci --base origin/main --head HEAD",
        )
    return ref


def _is_here(repository: Repository, oid: str) -> bool:
    return repository.git.run("cat-file", "-e", f"{oid}^{{commit}}", ok=(0, 1, 128)).code == 0


def _asked(repository: Repository, objects: Objects, event: Event, chosen: Chosen) -> Ask:
    merge = _merge(objects, event)
    if chosen.head:
        head, event = (
            chosen.head,
            _about(resolve(repository.git, objects, chosen.head, "--head"), event, merge),
        )
    else:
        head = _head(objects, event, merge)
    branch = chosen.branch or event.branch or _queued(repository, objects, event, chosen)
    given = Given(
        body=event.body.encode("utf-8", "surrogateescape") or None,
        afar=True,
        trial=event.kind == "queue",
    )
    ask = Ask(
        "range",
        head=head,
        branch=branch,
        contract=chosen.contract,
        author=chosen.author or event.author,
        given=given,
    )
    if chosen.base:
        return ask._replace(base=chosen.base)
    if not event.base:
        return ask
    if (
        event.kind == "push"
    ):  # where the policy names another base than the default branch, that one is meant
        _candidates(repository, objects, event, None)
        return ask
    return _with_base(
        repository, objects, event, merge if merge and merge.head == head else None, ask
    )


def _about(head: str, event: Event, merge: Merge | None) -> Event:
    """The event, if a head that a person chose is the event's own; else only what it says about the base."""
    if head in (event.head_oid, event.merge_oid, merge.head if merge else ""):
        return event
    return event._replace(
        branch="",
        author="",
        body="",
        merge_oid="",
        kind="change" if event.kind == "queue" else event.kind,
    )


def _merge(objects: Objects, event: Event) -> Merge | None:
    """The merge that the CI system made, if it is here and one of the head with something; its first parent is the base as it was then."""
    parents = _parents(objects, event.merge_oid) if event.merge_oid else []
    if len(parents) != 2 or event.head_oid not in ("", parents[1]):
        return None
    return (
        Merge(event.merge_oid, *parents)
        if all(objects.info(f"{parent}^{{commit}}") for parent in parents)
        else None
    )


def _parents(objects: Objects, commit: str) -> list[str]:
    """The parents that a commit names, whether they are here or not (gitformat: commit objects); none where it is not here."""
    read = objects.read(commit)
    header = (
        read[1].partition(b"\n\n")[0].decode("ascii", "replace").split("\n")
        if read and read[0].kind == "commit"
        else []
    )
    return [line[7:] for line in header if line.startswith("parent ")]


def _head(objects: Objects, event: Event, merge: Merge | None) -> str:
    """The head, "" for whatever is checked out. Raises Incomplete where the event names one that is not here."""
    head = event.head_oid or (merge.head if merge else "")
    if head and objects.info(f"{head}^{{commit}}"):
        return head
    if head or event.merge_oid:
        raise Incomplete(
            f"the head of this change, {head or 'a parent of ' + event.merge_oid}, is not in this clone"
        )
    return ""


def _queued(repository: Repository, objects: Objects, event: Event, chosen: Chosen) -> str:
    """The branch that a merge queue tries, where its head is a merge of one that the clone has. Raises UsageError where nobody can tell."""
    if event.kind != "queue" or chosen.contract:
        return ""
    parents = _parents(objects, event.head_oid)
    name = branch_at(repository.git, parents[1], event.base) if len(parents) == 2 else ""
    if name:
        return name
    hint = "gh api repos/OWNER/REPO/pulls/NUMBER > pull.json; guard ci --pull-request pull.json (docs/ci/github-merge-queue.yml has it all)"
    raise UsageError(
        "a merge queue does not say whose branch it tries, so the contract is not known", hint=hint
    )


def _with_base(
    repository: Repository, objects: Objects, event: Event, merge: Merge | None, ask: Ask
) -> Ask:
    """Add the base. A merge that the CI system made stands for history that a shallow clone has not."""
    if merge and (event.base_at or repository.shallow):
        return ask._replace(
            base=merge.base, called=event.base, merge=merge.oid if repository.shallow else ""
        )
    known = _candidates(repository, objects, event, merge)
    return ask._replace(base=_newest(repository, known), called=event.base)


def _candidates(
    repository: Repository, objects: Objects, event: Event, merge: Merge | None
) -> list[str]:
    """What this clone knows of the base: the remote's branch, the event's tip, what was merged. Raises Incomplete where that is nothing."""
    ref = f"refs/remotes/origin/{event.base}"
    there = repository.git.run("show-ref", "--verify", "-q", "--", ref, ok=(0, 1, 128)).code == 0
    names = [] if event.base_at or not there else [ref]
    names += [event.base_oid] if event.base_oid else []
    found = [info.oid for name in names if (info := objects.info(f"{name}^{{commit}}"))] + (
        [merge.base] if merge else []
    )
    if not found:
        raise Incomplete(
            f"the base of this change, {event.base or event.base_oid}, is not in this clone"
        )
    return list(dict.fromkeys(found))


def _newest(repository: Repository, commits: Sequence[str]) -> str:
    """The one that contains all others; where the base was rewritten, the first: what the remote has now."""
    contained = ("merge-base", "--is-ancestor")
    return next(
        (
            one
            for one in commits
            if all(
                repository.git.run(*contained, other, one, ok=(0, 1, 128)).code == 0
                for other in commits
            )
        ),
        commits[0],
    )
