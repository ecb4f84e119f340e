"""GitHub Actions, and Gitea and Forgejo, which set the same variables.

Sources: docs.github.com, "Variables reference" and "Events that trigger workflows"; payloads as in
octokit/webhooks, payload-examples.
"""

from guard.ci.event import Env, Event, Payload, System, head_ref, is_merge, oid, short, text
from guard.core.names import branch_in

_REQUESTS = (
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
)
# They run with the base's secrets, no matter who caused them.
_PRIVILEGED = ("pull_request_target", "workflow_run", "issue_comment")


def read(env: Env, payload: Payload) -> Event:
    """Read the variables and the event's payload (`GITHUB_EVENT_PATH`, a JSON object)."""
    name = env["GITHUB_EVENT_NAME"]
    if name in _REQUESTS:
        return _request(env, payload)
    if name == "merge_group":
        return _queue(payload)
    return _push(env, payload)


def pull_request(payload: Payload) -> Event:
    """Read a pull request of the API (`GET /repos/OWNER/REPO/pulls/NUMBER`) or of an event."""
    number = payload.get("number")
    known = type(number) is int and number > 0
    return Event(
        kind="change",
        base=short(text(payload, "base", "ref")),
        base_oid=oid(text(payload, "base", "sha")),
        head_oid=oid(text(payload, "head", "sha")),
        head_ref=f"refs/pull/{number}/head" if known else "",
        branch=short(text(payload, "head", "ref")),
        author=text(payload, "user", "login"),
        fork=text(payload, "head", "repo", "full_name")
        != text(payload, "base", "repo", "full_name"),
        body=text(payload, "body"),
    )


def _request(env: Env, payload: Payload) -> Event:
    """A pull request. `GITHUB_SHA` is GitHub's merge, or, for `pull_request_target`, the base.

    The payload may be empty (documented for merged requests and forks): then the variables name the
    branches, and the merge has the rest.
    """
    name = env["GITHUB_EVENT_NAME"]
    found = payload.get("pull_request")
    event = pull_request(found if isinstance(found, dict) else {})
    merged = name != "pull_request_target" and is_merge(env["GITHUB_REF"])
    return event._replace(
        base=event.base or env["GITHUB_BASE_REF"],
        branch=event.branch or env["GITHUB_HEAD_REF"],
        merge_oid=oid(env["GITHUB_SHA"]) if merged else "",
        privileged=name in _PRIVILEGED,
    )


def _queue(payload: Payload) -> Event:
    """A merge queue's trial; its base is what precedes it in the queue.

    Early events had no `base_sha`: then the branch itself is the base.
    """
    before = oid(text(payload, "merge_group", "base_sha"))
    return Event(
        kind="queue",
        base=short(text(payload, "merge_group", "base_ref")),
        base_oid=before,
        base_at=bool(before),
        head_oid=oid(text(payload, "merge_group", "head_sha")),
        head_ref=text(payload, "merge_group", "head_ref"),
    )


def _push(env: Env, payload: Payload) -> Event:
    """A push, and anything else that runs on a branch (a schedule, a button)."""
    ref = env["GITHUB_REF"]
    return Event(
        base=text(payload, "repository", "default_branch"),
        head_oid=oid(env["GITHUB_SHA"]),
        head_ref=head_ref(branch_in(ref)),
        branch=short(ref),
        author=text(payload, "sender", "login"),
        privileged=env["GITHUB_EVENT_NAME"] in _PRIVILEGED,
    )


SYSTEM = System(
    "GitHub", "GITHUB_ACTIONS", read, "under `with:` of actions/checkout write: fetch-depth: 0"
)
