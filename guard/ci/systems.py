"""Where we run: the table of CI systems, and the one whose mark is in the environment."""

from __future__ import annotations

from guard.ci import azure, bitbucket, buildkite, circleci, github, gitlab, jenkins
from guard.ci.event import Env, Event, Payload, System

SYSTEMS = (
    github.SYSTEM,
    gitlab.SYSTEM,
    azure.SYSTEM,
    bitbucket.SYSTEM,
    circleci.SYSTEM,
    buildkite.SYSTEM,
    jenkins.SYSTEM,  # the last: its mark is also set on agents that Jenkins lends to others
)
PLAIN = System("", "", lambda env, payload: Event(), "git fetch --unshallow origin")


def system(env: Env) -> System:
    """The CI system whose variables are set, or PLAIN, which knows nothing."""
    return next((one for one in SYSTEMS if env.get(one.mark)), PLAIN)


def event(env: Env, payload: Payload) -> Event:
    """What the CI system says about the change; everything empty in a plain shell. `payload` is GitHub's event, {} elsewhere."""
    return system(env).read(env, payload)
