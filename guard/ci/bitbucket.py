"""Bitbucket Pipelines. Source: support.atlassian.com, "Variables and secrets"."""

from guard.ci.event import Env, Event, Payload, System, head_ref, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. `BITBUCKET_COMMIT` is the head, though a merge is checked out.

    No variable names the author of the change.
    """
    branch = env["BITBUCKET_BRANCH"]
    event = Event(head_oid=oid(env["BITBUCKET_COMMIT"]), head_ref=head_ref(branch), branch=branch)
    if not env["BITBUCKET_PR_ID"]:
        return event
    return event._replace(
        kind="change",
        base=env["BITBUCKET_PR_DESTINATION_BRANCH"],
        base_oid=oid(env["BITBUCKET_PR_DESTINATION_COMMIT"]),
    )


SYSTEM = System("Bitbucket", "BITBUCKET_BUILD_NUMBER", read, "under `clone:` write: depth: full")
