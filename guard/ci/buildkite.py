"""Buildkite. Source: buildkite.com/docs/pipelines/configure/environment-variables."""

from guard.ci.event import Env, Event, Payload, System, head_ref, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. A build's author is the commit's, whom anybody can make up: it is unused.

    `BUILDKITE_BRANCH` of a fork is `OWNER:BRANCH`. A build of a merge queue has its own base.
    """
    commit, branch = oid(env["BUILDKITE_COMMIT"]), env["BUILDKITE_BRANCH"]
    queued = env["BUILDKITE_MERGE_QUEUE_BASE_BRANCH"]
    if queued:
        before = oid(env["BUILDKITE_MERGE_QUEUE_BASE_COMMIT"])
        return Event("queue", queued, before, base_at=bool(before), head_oid=commit)
    number = env["BUILDKITE_PULL_REQUEST"]
    if number in ("", "false"):
        base, ref = env["BUILDKITE_PIPELINE_DEFAULT_BRANCH"], head_ref(branch)
        return Event(base=base, head_oid=commit, head_ref=ref, branch=branch)
    fork = ":" in branch
    return Event(
        kind="change",
        base=env["BUILDKITE_PULL_REQUEST_BASE_BRANCH"],
        head_oid=commit,
        head_ref=f"refs/pull/{number}/head",
        branch=branch.partition(":")[2] if fork else branch,
        fork=fork,
    )


SYSTEM = System(
    "Buildkite",
    "BUILDKITE",
    read,
    "in the pipeline's environment take --depth out of BUILDKITE_GIT_CLONE_FLAGS and _FETCH_FLAGS",
)
