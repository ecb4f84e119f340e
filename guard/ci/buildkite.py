"""Buildkite. Source: buildkite.com/docs/pipelines/configure/environment-variables."""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. The author of a build is the commit's, whom anybody can make up, so nobody is named.

    `BUILDKITE_BRANCH` of a fork is `OWNER:BRANCH`. A build of a merge queue has a base of its own.
    """
    commit, branch = oid(env.get("BUILDKITE_COMMIT", "")), env.get("BUILDKITE_BRANCH", "")
    queued = env.get("BUILDKITE_MERGE_QUEUE_BASE_BRANCH", "")
    if queued:
        base_oid = oid(env.get("BUILDKITE_MERGE_QUEUE_BASE_COMMIT", ""))
        return Event(
            "Buildkite",
            "queue",
            base=queued,
            base_oid=base_oid,
            base_at=bool(base_oid),
            head_oid=commit,
        )
    number = env.get("BUILDKITE_PULL_REQUEST", "")
    if number in ("", "false"):
        base = env.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "")
        return Event(
            "Buildkite",
            base=base,
            head_oid=commit,
            head_ref=f"refs/heads/{branch}" if branch else "",
            branch=branch,
        )
    owner, colon, name = branch.partition(":")
    return Event(
        system="Buildkite",
        kind="change",
        base=env.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH", ""),
        head_oid=commit,
        head_ref=f"refs/pull/{number}/head",
        branch=name if colon else owner,
        fork=bool(colon),
    )


SYSTEM = System(
    "Buildkite",
    "BUILDKITE",
    read,
    "in the pipeline's environment take --depth out of BUILDKITE_GIT_CLONE_FLAGS and _FETCH_FLAGS",
)
