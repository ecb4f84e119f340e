"""GitLab CI/CD: merge request pipelines, for merged results and merge trains, too, and pipelines of a branch.

Source: docs.gitlab.com, "Predefined CI/CD variables reference".
"""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, oid

_MERGED = ("merged_result", "merge_train")
_FETCH = 'git fetch "$CI_MERGE_REQUEST_PROJECT_URL" "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"'


def read(env: Env, payload: Payload) -> Event:
    """Read the variables.

    In a merged-results pipeline `CI_COMMIT_SHA` is the merge that GitLab made, and `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA` the head; otherwise
    `CI_COMMIT_SHA` is the head. `CI_MERGE_REQUEST_DIFF_BASE_SHA` was seen to be stale and is not used. The pipeline of a fork's merge
    request runs in the fork's own project, unless a member of the other project starts it: there `origin` is the fork.
    """
    if not env.get("CI_MERGE_REQUEST_IID"):
        return _push(env)
    source = oid(env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""))
    merged = env.get("CI_MERGE_REQUEST_EVENT_TYPE") in _MERGED or bool(source)
    commit = oid(env.get("CI_COMMIT_SHA", ""))
    whole = (
        env.get("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED") != "true"
    )  # beyond 2,700 characters: then it says too little
    target = env.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    fork = env.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "") != target
    return Event(
        system="GitLab",
        kind="change",
        base=env.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        base_oid=oid(env.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")),
        base_at=merged,
        head_oid=source or ("" if merged else commit),
        head_ref=f"refs/merge-requests/{env['CI_MERGE_REQUEST_IID']}/head",
        merge_oid=commit if merged else "",
        branch=env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", ""),
        author=""
        if fork
        else env.get(
            "GITLAB_USER_LOGIN", ""
        ),  # who started the pipeline: for a fork that is a member of this project
        fork=fork,
        body=env.get("CI_MERGE_REQUEST_DESCRIPTION", "") if whole else "",
        elsewhere="" if env.get("CI_PROJECT_ID", target) == target else _FETCH,
    )


def _push(env: Env) -> Event:
    branch = env.get("CI_COMMIT_BRANCH", "")
    return Event(
        system="GitLab",
        base=env.get("CI_DEFAULT_BRANCH", ""),
        head_oid=oid(env.get("CI_COMMIT_SHA", "")),
        head_ref=f"refs/heads/{branch}" if branch else "",
        branch=branch,
        author=env.get("GITLAB_USER_LOGIN", ""),
    )


SYSTEM = System("GitLab", "GITLAB_CI", read, 'under `variables:` of the job write: GIT_DEPTH: "0"')
