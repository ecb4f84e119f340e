"""Azure Pipelines. Source: learn.microsoft.com, "Use predefined variables"."""

from guard.ci.event import Env, Event, Payload, System, head_ref, is_merge, oid, short
from guard.core.names import branch_in

_OWN = "TfsGit"  # `Build.Repository.Provider` of Azure Repos


def read(env: Env, payload: Payload) -> Event:
    """Read the variables. A pull request is built from Azure's merge, `refs/pull/NUMBER/merge`.

    `Build.RequestedFor` is a name that its bearer chooses, so the author is
    `Build.RequestedForEmail`, but only in Azure's own repositories: elsewhere it may come from a
    commit, whose author anybody can make up.
    """
    is_own = env.get("BUILD_REPOSITORY_PROVIDER", _OWN) == _OWN
    author = env["BUILD_REQUESTEDFOREMAIL"] if is_own else ""
    commit, ref = oid(env["BUILD_SOURCEVERSION"]), env["BUILD_SOURCEBRANCH"]
    if not env["SYSTEM_PULLREQUEST_TARGETBRANCH"]:
        own = head_ref(branch_in(ref))
        return Event(head_oid=commit, head_ref=own, branch=short(ref), author=author)
    branch = short(env["SYSTEM_PULLREQUEST_SOURCEBRANCH"])
    fork = env["SYSTEM_PULLREQUEST_ISFORK"].lower() == "true"
    return Event(
        kind="change",
        base=short(env["SYSTEM_PULLREQUEST_TARGETBRANCH"]),
        head_oid=oid(env["SYSTEM_PULLREQUEST_SOURCECOMMITID"]),
        head_ref="" if fork else head_ref(branch),
        merge_oid=commit if is_merge(ref) else "",
        branch=branch,
        author=author,
        fork=fork,
    )


SYSTEM = System("Azure", "TF_BUILD", read, "under `- checkout: self` write: fetchDepth: 0")
