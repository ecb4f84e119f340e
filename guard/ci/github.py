"""GitHub Actions, and Gitea and Forgejo, which set the same variables.

Sources: docs.github.com, "Variables reference" and "Events that trigger workflows"; payloads as in octokit/webhooks, payload-examples.
"""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, number, oid, short, text

_REQUESTS = (
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
)
_PRIVILEGED = (
    "pull_request_target",
    "workflow_run",
    "issue_comment",
)  # run with the base's secrets, whoever caused them


def read(env: Env, payload: Payload) -> Event:
    """Read the variables and the event's payload (`GITHUB_EVENT_PATH`, a JSON object)."""
    name = env.get("GITHUB_EVENT_NAME", "")
    if name in _REQUESTS:
        return _request(env, payload, name)
    if name == "merge_group":
        return _queue(payload)
    return _push(env, payload)


def pull_request(payload: Payload) -> Event:
    """Read a pull request as the API gives it (`GET /repos/OWNER/REPO/pulls/NUMBER`), which is also what stands in an event."""
    head, base = (
        text(payload, "head", "repo", "full_name"),
        text(payload, "base", "repo", "full_name"),
    )
    known = number(payload, "number")
    return Event(
        system="GitHub",
        kind="change",
        base=short(text(payload, "base", "ref")),
        base_oid=oid(text(payload, "base", "sha")),
        head_oid=oid(text(payload, "head", "sha")),
        head_ref=f"refs/pull/{known}/head" if known else "",
        branch=short(text(payload, "head", "ref")),
        author=text(payload, "user", "login"),
        fork=head != base,
        body=text(payload, "body"),
    )


def _request(env: Env, payload: Payload, name: str) -> Event:
    """A pull request. `GITHUB_SHA` is the merge that GitHub made of it, but for `pull_request_target`, where it is a commit of the base.

    The payload may be empty (documented for merged requests and forks): the variables tell the branches, and the merge's parents the rest.
    """
    found = payload.get("pull_request")
    event = pull_request(found if isinstance(found, dict) else {})
    merge = (
        oid(env.get("GITHUB_SHA", ""))
        if name != "pull_request_target" and _is_merge(env.get("GITHUB_REF", ""))
        else ""
    )
    return event._replace(
        base=event.base or env.get("GITHUB_BASE_REF", ""),
        branch=event.branch or env.get("GITHUB_HEAD_REF", ""),
        merge_oid=merge,
        privileged=name in _PRIVILEGED,
    )


def _is_merge(ref: str) -> bool:
    return ref.startswith("refs/pull/") and ref.endswith("/merge")


def _queue(payload: Payload) -> Event:
    """A merge queue's trial: what stands before it in the queue is its base, and its branch is one of the queue's own.

    Early events had no `base_sha`; for those the branch itself is the base.
    """
    before = oid(text(payload, "merge_group", "base_sha"))
    return Event(
        system="GitHub",
        kind="queue",
        base=short(text(payload, "merge_group", "base_ref")),
        base_oid=before,
        base_at=bool(before),
        head_oid=oid(text(payload, "merge_group", "head_sha")),
        head_ref=text(payload, "merge_group", "head_ref"),
    )


def _push(env: Env, payload: Payload) -> Event:
    """A push, and everything else that runs on a branch (a schedule, a button)."""
    ref = env.get("GITHUB_REF", "")
    return Event(
        system="GitHub",
        base=text(payload, "repository", "default_branch"),
        head_oid=oid(env.get("GITHUB_SHA", "")),
        head_ref=ref if ref.startswith("refs/heads/") else "",
        branch=short(ref),
        author=text(payload, "sender", "login"),
        privileged=env.get("GITHUB_EVENT_NAME") in _PRIVILEGED,
    )


SYSTEM = System(
    "GitHub", "GITHUB_ACTIONS", read, "under `with:` of actions/checkout write: fetch-depth: 0"
)
