"""Revs that a person or CI names, and lists of branches."""

from __future__ import annotations

from guard.core.errors import UsageError
from guard.core.names import HEADS, branch_in, is_object_id, shell_quote
from guard.git.refs import tips
from guard.verdict.search import GUESSES, REMOTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.git.objects import Objects
    from guard.git.plumbing import Git, Process
    from guard.verdict.opening import Sources

# Where CI keeps a pull request (actions/checkout: `refs/remotes/pull/7/merge`).
_REQUESTS = ("pull", "pull-requests", "merge-requests")


def resolve(git: Git, objects: Objects, rev: str, what: str) -> str:
    """Give the id of the commit that a person's `rev` names (git-rev-parse(1)).

    Raises UsageError, which names the option `what`, if there is none or `rev` is ambiguous.
    """
    return resolve_branch(git, objects, rev, what)[0]


def resolve_branch(git: Git, objects: Objects, rev: str, what: str) -> tuple[str, str]:
    """Give the commit of `rev` as `resolve` does, and the branch that it names, without remote.

    The branch is "" for a rev like `HEAD~2`. git answers three questions at a time. A whole object
    id is never the name of a ref for git (gitrevisions(7)).
    """
    if is_object_id(rev):
        found = objects.info(rev + "^{commit}")
        if found:
            return found.oid, ""
    symbol = git.start(
        "rev-parse", "--verify", "-q", "--symbolic-full-name", "--end-of-options", rev
    )
    # The full name of a ref that there is comes before all other places (gitrevisions(7)).
    is_full = rev.startswith("refs/") and _said(symbol) == rev
    several = None if is_full else _several(git, rev, what)
    commit = None if "\n" in rev else objects.info(rev + "^{commit}")
    full = _said(symbol)
    if several:
        raise several
    if commit is None:
        hint = f"git fetch origin {shell_quote(rev)}   # or see: git branch --all"
        remote = f"{REMOTES}origin/{rev}"
        if set(rev) & set(":^~{") or rev.startswith("-"):  # more than a branch's name
            hint = "git branch --all"
        elif remote in tips(git, remote):  # fetching it would not help
            hint = f"write {what} {shell_quote('origin/' + rev)}"
        raise UsageError(f"{what} {rev!r} names no commit here", hint=hint)
    if full.startswith(REMOTES):
        return commit.oid, full.removeprefix(REMOTES).partition("/")[2]
    return commit.oid, branch_in(full)


def _said(symbol: Process) -> str:
    return symbol.answer().out.decode("utf-8", "surrogateescape").strip()


def _several(git: Git, rev: str, what: str) -> UsageError | None:
    """The error to raise if a short name, also with a suffix like `~2`, is that of several refs.

    git prefers a tag to a branch, and a local branch `origin/main` to the remote's: their authors
    would choose what is trusted (gitrevisions(7), `<refname>`).
    """
    name = rev
    for mark in ("~", "^", ":", "@{"):
        name = name.partition(mark)[0]
    if name.endswith("HEAD") and "/" not in name:  # the file of that name comes first
        return None
    tag, remote = f"refs/tags/{name}", f"{REMOTES}origin/{name}"
    places = {name, remote, *(guess.format(name) for guess in GUESSES)}
    full = [place for place in places if place.startswith("refs/")]
    refs = places.intersection(tips(git, *full))
    if tag not in refs:
        refs.discard(remote)
    if name in refs or (len(refs) < 2 and not (refs and name.startswith("refs/"))):
        return None
    found = sorted(refs)
    meant = next((ref for ref in reversed(found) if ref != tag), tag)
    return UsageError(
        f"{what} {rev!r} is the name of {' and of '.join(found)}",
        hint=f"write the one you mean in full: {what} {meant}",
    )


def require_remote(git: Git, remote: str) -> None:
    """Raise UsageError if there is no remote of this name."""
    if remote not in git.run("remote").text.split("\n"):
        raise UsageError(f"there is no remote {remote!r}", hint="git remote")


def branch_at(git: Git, head: str, besides: str) -> str:
    """Give the only branch with the tip `head` besides the base; "" if there is not just one."""
    names = {name for _, name in branch_refs(git, "--points-at", head) if name != besides}
    return names.pop() if len(names) == 1 else ""


def branches_ahead(sources: Sources) -> tuple[tuple[str, str], ...]:
    """Give ref and name of the branches with commits that the base lacks, as `branch_refs`."""
    if sources.ahead is not None:
        return sources.ahead
    git, base = sources.repository.git, sources.trust.base.oid
    return tuple(branch_refs(git, "--no-merged", base))


def branch_refs(git: Git, *options: str) -> Iterator[tuple[str, str]]:
    """Yield ref and name, without remote, of all branches; options as in git-for-each-ref(1)."""
    for ref in tips(git, *options, HEADS, REMOTES):
        if ref.startswith(HEADS):
            yield ref, branch_in(ref)
        elif ref.count("/") > 2 and not ref.endswith("/HEAD") and not _is_request(ref):
            yield ref, ref.split("/", 3)[3]


def _is_request(ref: str) -> bool:
    """Whether a ref holds a pull request: `refs/remotes/pull/7/merge`, with or without a remote."""
    first, second, *third = ref.split("/")[2:5]
    there = (first, second) if first in _REQUESTS else (second, *third)
    return there[0] in _REQUESTS and there[-1].isdecimal()
