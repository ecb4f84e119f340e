"""CircleCI. Source: circleci.com/docs/reference/variables. It names no base: the policy does, or `--base`."""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. `CIRCLE_BRANCH` of a fork is `pull/NUMBER`, which is not the branch's name; its author is named.

    `CIRCLE_USERNAME` is whoever started the pipeline.
    """
    number = env.get("CIRCLE_PR_NUMBER", "")
    branch = env.get("CIRCLE_BRANCH", "")
    return Event(
        system="CircleCI",
        kind="change" if number or env.get("CIRCLE_PULL_REQUEST") else "push",
        head_oid=oid(env.get("CIRCLE_SHA1", "")),
        head_ref=f"refs/pull/{number}/head" if number else f"refs/heads/{branch}" if branch else "",
        branch="" if number else branch,
        author=env.get("CIRCLE_PR_USERNAME", "") if number else env.get("CIRCLE_USERNAME", ""),
        fork=bool(number),
    )


SYSTEM = System("CircleCI", "CIRCLECI", read, "under `- checkout:` write: method: full")
