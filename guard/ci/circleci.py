"""CircleCI. Source: circleci.com/docs/reference/variables. The base is the policy's or `--base`."""

from guard.ci.event import Env, Event, Payload, System, head_ref, oid


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. `CIRCLE_BRANCH` of a fork is `pull/NUMBER`, not the branch's name.

    `CIRCLE_USERNAME` is the user who started the pipeline; of a fork the author is named.
    """
    fork = env["CIRCLE_PR_NUMBER"]
    branch = "" if fork else env["CIRCLE_BRANCH"]
    return Event(
        kind="change" if fork or env["CIRCLE_PULL_REQUEST"] else "push",
        head_oid=oid(env["CIRCLE_SHA1"]),
        head_ref=f"refs/pull/{fork}/head" if fork else head_ref(branch),
        branch=branch,
        author=env["CIRCLE_PR_USERNAME" if fork else "CIRCLE_USERNAME"],
        fork=bool(fork),
    )


SYSTEM = System("CircleCI", "CIRCLECI", read, "under `- checkout:` write: method: full")
