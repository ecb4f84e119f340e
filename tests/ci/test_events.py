"""What each CI system says, as values: variables and payloads in, an event out."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.ci import github
from guard.ci import systems as detect
from guard.ci.event import Event

A, B, C = "a" * 40, "b" * 40, "c" * 40
GITLAB = {
    "GITLAB_CI": "true",
    "CI_MERGE_REQUEST_IID": "3",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feat/x",
    "CI_MERGE_REQUEST_PROJECT_ID": "1",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1",
    "CI_COMMIT_SHA": A,
    "GITLAB_USER_LOGIN": "alice",
    "CI_DEFAULT_BRANCH": "main",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_SOURCEVERSION": A,
    "BUILD_REQUESTEDFOREMAIL": "alice@example.com",
}
AZURE_PULL = {
    **AZURE,
    "BUILD_SOURCEBRANCH": "refs/pull/5/merge",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feat/x",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": B,
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
}
JENKINS = {
    "JENKINS_URL": "https://ci/",
    "BRANCH_NAME": "PR-7",
    "CHANGE_ID": "7",
    "CHANGE_TARGET": "main",
    "CHANGE_BRANCH": "feat/x",
}
CIRCLE = {"CIRCLECI": "true", "CIRCLE_SHA1": A, "CIRCLE_USERNAME": "alice"}
KITE = {
    "BUILDKITE": "true",
    "BUILDKITE_COMMIT": A,
    "BUILDKITE_BUILD_AUTHOR": "Linus Torvalds",
    "BUILDKITE_BUILD_CREATOR": "Linus Torvalds",
}
BUCKET = {
    "BITBUCKET_BUILD_NUMBER": "1",
    "BITBUCKET_COMMIT": A,
    "BITBUCKET_BRANCH": "feat/x",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{1}",
}
HUB = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": A}


def pull(**more: object) -> dict[str, object]:
    """A pull request of an event."""
    head = {"ref": "feat/x", "sha": B, "repo": {"full_name": "octo/shop"}}
    base = {"ref": "main", "sha": C, "repo": {"full_name": "octo/shop"}}
    return {
        "number": 7,
        "head": head,
        "base": base,
        "user": {"login": "alice"},
        "body": "text",
        **more,
    }


PULL = Event(
    "change",
    base="main",
    base_oid=C,
    head_oid=B,
    head_ref="refs/pull/7/head",
    merge_oid=A,
    branch="feat/x",
    author="alice",
    body="text",
)


@pytest.mark.parametrize(
    ("env", "payload", "system", "expected"),
    [
        pytest.param({}, {}, "", Event(), id="a plain shell"),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge"},
            {"pull_request": pull()},
            "GitHub",
            PULL,
            id="pull_request",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": "refs/heads/main"},
            {"pull_request": pull()},
            "GitHub",
            PULL._replace(merge_oid="", privileged=True),
            id="pull_request_target",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/7/merge"},
            {"pull_request": pull(body=None, head={"ref": "feat/x", "sha": B, "repo": None})},
            "GitHub",
            PULL._replace(body="", fork=True),
            id="a fork that is gone",
        ),
        pytest.param(
            {
                **HUB,
                "GITHUB_EVENT_NAME": "pull_request_review_comment",
                "GITHUB_REF": "refs/pull/7/merge",
            },
            {"pull_request": pull(), "sender": {"login": "somebody else"}},
            "GitHub",
            PULL,
            id="a comment on a pull request; who comments did not make it",
        ),
        pytest.param(
            {
                **HUB,
                "GITHUB_EVENT_NAME": "pull_request",
                "GITHUB_REF": "refs/pull/7/merge",
                "GITHUB_BASE_REF": "main",
                "GITHUB_HEAD_REF": "feat/x",
            },
            {},
            "GitHub",
            Event("change", base="main", merge_oid=A, branch="feat/x"),
            id="an empty payload",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "merge_group"},
            {
                "merge_group": {
                    "head_sha": A,
                    "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-c",
                    "base_sha": C,
                    "base_ref": "refs/heads/main",
                }
            },
            "GitHub",
            Event(
                "queue",
                base="main",
                base_oid=C,
                base_at=True,
                head_oid=A,
                head_ref="refs/heads/gh-readonly-queue/main/pr-7-c",
            ),
            id="merge_group",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "merge_group"},
            {
                "merge_group": {
                    "head_sha": A,
                    "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-c",
                    "base_ref": "refs/heads/main",
                }
            },
            "GitHub",
            Event(
                "queue",
                base="main",
                head_oid=A,
                head_ref="refs/heads/gh-readonly-queue/main/pr-7-c",
            ),
            id="merge_group as it was at first",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/feat/x"},
            {
                "repository": {"default_branch": "main"},
                "sender": {"login": "bob"},
                "before": "0" * 40,
            },
            "GitHub",
            Event(
                base="main",
                head_oid=A,
                head_ref="refs/heads/feat/x",
                branch="feat/x",
                author="bob",
            ),
            id="push",
        ),
        pytest.param(
            {**HUB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/feat/x"},
            {},
            "GitHub",
            Event(head_oid=A),
            id="a tag is no branch",
        ),
        pytest.param(
            {
                **GITLAB,
                "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
                "CI_MERGE_REQUEST_DESCRIPTION": "text",
            },
            {},
            "GitLab",
            Event(
                "change",
                base="main",
                head_oid=A,
                head_ref="refs/merge-requests/3/head",
                branch="feat/x",
                author="alice",
                body="text",
            ),
            id="GitLab",
        ),
        pytest.param(
            {
                **GITLAB,
                "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": B,
                "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": C,
            },
            {},
            "GitLab",
            Event(
                "change",
                base="main",
                base_oid=C,
                base_at=True,
                head_oid=B,
                head_ref="refs/merge-requests/3/head",
                merge_oid=A,
                branch="feat/x",
                author="alice",
            ),
            id="GitLab, merged results",
        ),
        pytest.param(
            {
                **GITLAB,
                "CI_MERGE_REQUEST_DESCRIPTION": "te",
                "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true",
            },
            {},
            "GitLab",
            Event(
                "change",
                base="main",
                head_oid=A,
                head_ref="refs/merge-requests/3/head",
                branch="feat/x",
                author="alice",
            ),
            id="GitLab, a description that is cut",
        ),
        pytest.param(
            {**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"},
            {},
            "GitLab",
            Event(
                "change",
                base="main",
                head_oid=A,
                head_ref="refs/merge-requests/3/head",
                branch="feat/x",
                fork=True,
            ),
            id="GitLab, a fork",
        ),
        pytest.param(
            {**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2", "CI_PROJECT_ID": "2"},
            {},
            "GitLab",
            Event(
                "change",
                base="main",
                head_oid=A,
                head_ref="refs/merge-requests/3/head",
                branch="feat/x",
                fork=True,
                elsewhere='git fetch "$CI_MERGE_REQUEST_PROJECT_URL"'
                ' "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"',
            ),
            id="GitLab, a fork's pipeline in the fork",
        ),
        pytest.param(
            {
                "GITLAB_CI": "true",
                "CI_COMMIT_SHA": A,
                "CI_COMMIT_BRANCH": "feat/x",
                "CI_DEFAULT_BRANCH": "main",
                "GITLAB_USER_LOGIN": "alice",
            },
            {},
            "GitLab",
            Event(
                base="main",
                head_oid=A,
                head_ref="refs/heads/feat/x",
                branch="feat/x",
                author="alice",
            ),
            id="GitLab, a branch",
        ),
        pytest.param(
            AZURE_PULL,
            {},
            "Azure",
            Event(
                "change",
                base="main",
                head_oid=B,
                head_ref="refs/heads/feat/x",
                merge_oid=A,
                branch="feat/x",
                author="alice@example.com",
            ),
            id="Azure",
        ),
        pytest.param(
            {
                **AZURE_PULL,
                "SYSTEM_PULLREQUEST_ISFORK": "True",
                "SYSTEM_PULLREQUEST_SOURCEBRANCH": "feat/x",
            },
            {},
            "Azure",
            Event(
                "change",
                base="main",
                head_oid=B,
                merge_oid=A,
                branch="feat/x",
                author="alice@example.com",
                fork=True,
            ),
            id="Azure, a fork on GitHub",
        ),
        pytest.param(
            {
                **AZURE,
                "BUILD_SOURCEBRANCH": "refs/heads/feat/x",
                "BUILD_REPOSITORY_PROVIDER": "GitHub",
            },
            {},
            "Azure",
            Event(head_oid=A, head_ref="refs/heads/feat/x", branch="feat/x"),
            id="Azure for a repository on GitHub, where it vouches for nobody",
        ),
        pytest.param(
            {
                **AZURE,
                "BUILD_SOURCEBRANCH": "refs/heads/feat/x",
                "BUILD_REPOSITORY_PROVIDER": "TfsGit",
            },
            {},
            "Azure",
            Event(
                head_oid=A,
                head_ref="refs/heads/feat/x",
                branch="feat/x",
                author="alice@example.com",
            ),
            id="Azure, a branch",
        ),
        pytest.param(
            {
                **BUCKET,
                "BITBUCKET_PR_ID": "4",
                "BITBUCKET_PR_DESTINATION_BRANCH": "main",
                "BITBUCKET_PR_DESTINATION_COMMIT": C,
            },
            {},
            "Bitbucket",
            Event(
                "change",
                base="main",
                base_oid=C,
                head_oid=A,
                head_ref="refs/heads/feat/x",
                branch="feat/x",
            ),
            id="Bitbucket",
        ),
        pytest.param(
            BUCKET,
            {},
            "Bitbucket",
            Event(head_oid=A, head_ref="refs/heads/feat/x", branch="feat/x"),
            id="Bitbucket, a branch",
        ),
        pytest.param(
            {**JENKINS, "CHANGE_AUTHOR": "alice", "CHANGE_FORK": "alice/shop"},
            {},
            "Jenkins",
            Event("change", base="main", branch="feat/x", author="alice", fork=True),
            id="Jenkins",
        ),
        pytest.param(
            {"JENKINS_URL": "x", "BRANCH_NAME": "feat/x"},
            {},
            "Jenkins",
            Event(branch="feat/x"),
            id="Jenkins, a branch",
        ),
        pytest.param(
            {
                **CIRCLE,
                "CIRCLE_BRANCH": "feat/x",
                "CIRCLE_PULL_REQUEST": "https://github.com/o/s/pull/7",
            },
            {},
            "CircleCI",
            Event(
                "change",
                head_oid=A,
                head_ref="refs/heads/feat/x",
                branch="feat/x",
                author="alice",
            ),
            id="CircleCI",
        ),
        pytest.param(
            {
                **CIRCLE,
                "CIRCLE_BRANCH": "pull/7",
                "CIRCLE_PR_NUMBER": "7",
                "CIRCLE_PR_USERNAME": "mallory",
            },
            {},
            "CircleCI",
            Event(
                "change",
                head_oid=A,
                head_ref="refs/pull/7/head",
                author="mallory",
                fork=True,
            ),
            id="CircleCI, a fork",
        ),
        pytest.param(
            {
                **KITE,
                "BUILDKITE_BRANCH": "mallory:feat/x",
                "BUILDKITE_PULL_REQUEST": "7",
                "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
            },
            {},
            "Buildkite",
            Event(
                "change",
                base="main",
                head_oid=A,
                head_ref="refs/pull/7/head",
                branch="feat/x",
                fork=True,
            ),
            id="Buildkite, a fork",
        ),
        pytest.param(
            {
                **KITE,
                "BUILDKITE_BRANCH": "feat/x",
                "BUILDKITE_PULL_REQUEST": "false",
                "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
            },
            {},
            "Buildkite",
            Event(base="main", head_oid=A, head_ref="refs/heads/feat/x", branch="feat/x"),
            id="Buildkite, a branch; a commit's author is nobody's word",
        ),
        pytest.param(
            {
                **KITE,
                "BUILDKITE_MERGE_QUEUE_BASE_BRANCH": "main",
                "BUILDKITE_MERGE_QUEUE_BASE_COMMIT": C,
            },
            {},
            "Buildkite",
            Event("queue", base="main", base_oid=C, base_at=True, head_oid=A),
            id="Buildkite, a queue",
        ),
    ],
)
def test_what_a_system_says(
    env: dict[str, str], payload: dict[str, Any], system: str, expected: Event
) -> None:
    """Each system's variables and payload give the one event that they describe."""
    found = detect.system(env)
    assert (found.name, found.read(defaultdict(str, env), payload)) == (system, expected)


def test_every_system_is_known_by_its_own_mark() -> None:
    """Marks and names are unique, and each says the line of its settings that clones everything."""
    assert (
        len({system.mark for system in detect.SYSTEMS})
        == len({system.name for system in detect.SYSTEMS})
        == len(detect.SYSTEMS)
    )
    for system in detect.SYSTEMS:
        assert detect.system({system.mark: "true"}) is system
        assert system.whole


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["head", "base", "ref", "sha", "repo", "user"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["pull_request", "merge_group", "repository", "sender", "number"]),
        documents,
    )
)
def test_a_payload_of_any_shape_is_no_bug(payload: dict[str, Any]) -> None:
    """Whatever a payload holds, what comes out is text, and an object id is one or nothing."""
    for name in ("pull_request", "merge_group", "push", "schedule", ""):
        env = {**HUB, "GITHUB_EVENT_NAME": name, "GITHUB_REF": "refs/pull/1/merge"}
        event = detect.system(env).read(defaultdict(str, env), payload)
        assert all(isinstance(value, str | bool) for value in event)
        assert {len(oid) for oid in (event.base_oid, event.head_oid, event.merge_oid)} <= {
            0,
            40,
            64,
        }
    assert isinstance(github.pull_request(payload), Event)
