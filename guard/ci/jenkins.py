"""Jenkins, multibranch pipelines. Source: /env-vars.html of any Jenkins (Branch API plugin)."""

from guard.ci.event import Env, Event, Payload, System


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. The commit checked out is judged: the head, or Jenkins' merge of it.

    `BRANCH_NAME` of a change request is Jenkins' own (`PR-7`); `CHANGE_BRANCH` is the true name.
    """
    if not env["CHANGE_ID"]:
        return Event(branch=env["BRANCH_NAME"])
    return Event(
        kind="change",
        base=env["CHANGE_TARGET"],
        branch=env["CHANGE_BRANCH"],
        author=env["CHANGE_AUTHOR"],
        fork=bool(env["CHANGE_FORK"]),
    )


SYSTEM = System(
    "Jenkins",
    "JENKINS_URL",
    read,
    "under `extensions:` of checkout write: cloneOption(shallow: false, honorRefspec: false)",
)
