"""Azure Pipelines. Source: learn.microsoft.com, "Use predefined variables" (build and system variables)."""

from __future__ import annotations

from guard.ci.event import Env, Event, Payload, System, oid, short

_OWN = "TfsGit"  # `Build.Repository.Provider` of Azure Repos


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. A pull request is built from the merge that Azure made of it, `refs/pull/NUMBER/merge`.

    `Build.RequestedFor` is a name that its bearer chooses, so the author is `Build.RequestedForEmail`. Azure vouches for it only where the
    repository is its own: elsewhere it may be what a commit says, whose author anybody can make up.
    """
    author = (
        env.get("BUILD_REQUESTEDFOREMAIL", "")
        if env.get("BUILD_REPOSITORY_PROVIDER", _OWN) == _OWN
        else ""
    )
    commit, ref = oid(env.get("BUILD_SOURCEVERSION", "")), env.get("BUILD_SOURCEBRANCH", "")
    if not env.get("SYSTEM_PULLREQUEST_TARGETBRANCH"):
        head_ref = ref if ref.startswith("refs/heads/") else ""
        return Event("Azure", head_oid=commit, head_ref=head_ref, branch=short(ref), author=author)
    branch, fork = (
        short(env.get("SYSTEM_PULLREQUEST_SOURCEBRANCH", "")),
        env.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true",
    )
    return Event(
        system="Azure",
        kind="change",
        base=short(env["SYSTEM_PULLREQUEST_TARGETBRANCH"]),
        head_oid=oid(env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID", "")),
        head_ref=f"refs/heads/{branch}" if branch and not fork else "",
        merge_oid=commit if ref.startswith("refs/pull/") and ref.endswith("/merge") else "",
        branch=branch,
        author=author,
        fork=fork,
    )


SYSTEM = System("Azure", "TF_BUILD", read, "under `- checkout: self` write: fetchDepth: 0")
