"""Jenkins, multibranch pipelines. Source: the Branch API plugin's variables, listed by any Jenkins at /env-vars.html."""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. What is checked out is judged: the head, or the merge of it that Jenkins made.

    `BRANCH_NAME` of a change request is one of Jenkins' own (`PR-7`); `CHANGE_BRANCH` is the true one.
    """
    if not env.get("CHANGE_ID"):
        return Event("Jenkins", branch=env.get("BRANCH_NAME", ""))
    return Event(
        system="Jenkins",
        kind="change",
        base=env.get("CHANGE_TARGET", ""),
        branch=env.get("CHANGE_BRANCH", ""),
        author=env.get("CHANGE_AUTHOR", ""),
        fork=bool(env.get("CHANGE_FORK")),
    )


SYSTEM = System(
    "Jenkins",
    "JENKINS_URL",
    read,
    "under `extensions:` of checkout write: cloneOption(shallow: false, honorRefspec: false)",
)
