"""Bitbucket Pipelines. Source: support.atlassian.com, "Variables and secrets" (default variables)."""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. `BITBUCKET_COMMIT` is the head, though the files are those of a merge; nobody is named who made the change."""
    commit, branch = oid(env.get("BITBUCKET_COMMIT", "")), env.get("BITBUCKET_BRANCH", "")
    head_ref = f"refs/heads/{branch}" if branch else ""
    if not env.get("BITBUCKET_PR_ID"):
        return Event("Bitbucket", head_oid=commit, head_ref=head_ref, branch=branch)
    return Event(
        system="Bitbucket",
        kind="change",
        base=env.get("BITBUCKET_PR_DESTINATION_BRANCH", ""),
        base_oid=oid(env.get("BITBUCKET_PR_DESTINATION_COMMIT", "")),
        head_oid=commit,
        head_ref=head_ref,
        branch=branch,
    )


SYSTEM = System("Bitbucket", "BITBUCKET_BUILD_NUMBER", read, "under `clone:` write: depth: full")
