"""GitLab CI/CD: pipelines of branches, merge requests, merged results and merge trains.

Source: docs.gitlab.com, "Predefined CI/CD variables reference".
"""

from guard.ci.event import Env, Event, Payload, System, head_ref, oid

_MERGED = ("merged_result", "merge_train")
_FETCH = 'git fetch "$CI_MERGE_REQUEST_PROJECT_URL" "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"'


def read(env: Env, payload: Payload) -> Event:
    """Read the variables.

    In a merged-results pipeline `CI_COMMIT_SHA` is GitLab's merge, and the head is
    `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA`; otherwise `CI_COMMIT_SHA` is the head.
    `CI_MERGE_REQUEST_DIFF_BASE_SHA` was seen to be stale. The pipeline of a fork's merge request
    runs in the fork's project, with the fork as `origin`, unless a member of the other project
    starts it, who is then the user.
    """
    number = env["CI_MERGE_REQUEST_IID"]
    if not number:
        branch = env["CI_COMMIT_BRANCH"]
        return Event(
            base=env["CI_DEFAULT_BRANCH"],
            head_oid=oid(env["CI_COMMIT_SHA"]),
            head_ref=head_ref(branch),
            branch=branch,
            author=env["GITLAB_USER_LOGIN"],
        )
    source = oid(env["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"])
    merged = env["CI_MERGE_REQUEST_EVENT_TYPE"] in _MERGED or bool(source)
    commit = oid(env["CI_COMMIT_SHA"])
    # GitLab cuts a description at 2,700 characters.
    cut = env["CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED"] == "true"
    target = env["CI_MERGE_REQUEST_PROJECT_ID"]
    fork = env["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"] != target
    return Event(
        kind="change",
        base=env["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"],
        base_oid=oid(env["CI_MERGE_REQUEST_TARGET_BRANCH_SHA"]),
        base_at=merged,
        head_oid=source if merged else commit,
        head_ref=f"refs/merge-requests/{number}/head",
        merge_oid=commit if merged else "",
        branch=env["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"],
        author="" if fork else env["GITLAB_USER_LOGIN"],
        fork=fork,
        body="" if cut else env["CI_MERGE_REQUEST_DESCRIPTION"],
        elsewhere="" if env.get("CI_PROJECT_ID", target) == target else _FETCH,
    )


SYSTEM = System("GitLab", "GITLAB_CI", read, 'under `variables:` of the job write: GIT_DEPTH: "0"')
