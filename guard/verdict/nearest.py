"""Of several branches that may be the base, the one that a branch was built on.

That is the one with the nearest merge base. Of equal ones the base proper comes before the policy's
`bases`, and a tip before those that it contains; if that leaves two, guard does not choose.
"""

from __future__ import annotations

from guard.contracts.branches import is_one_of
from guard.contracts.releases import RELEASES, Release
from guard.core.errors import GitError
from guard.core.names import HEADS, shell_quote
from guard.git.refs import tips
from guard.verdict.search import REMOTES, Ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.git.plumbing import Git
    from guard.verdict.search import Search


def built_on(search: Search, base: Ref, patterns: Sequence[str]) -> Ref:
    """Of the base and the branches that match `patterns`, give the one that `search.head` left."""
    git = search.repository.git
    found = [base, *further(search, base, patterns)]
    closest = _holding(git, found, search.head) or [base]
    return base if base in closest else nearest(git, closest, search.head)


def releases(search: Search, base: Ref, bases: Sequence[str]) -> list[Ref]:
    """List the release lines: the branches that the policy's `bases` match, or by usual names."""
    return list(further(search, base, bases or RELEASES))


def release_of(git: Git, base: Ref, lines: Sequence[Ref], branch: str, head: str) -> Release:
    """Give the one of the release `lines` that the commit `head` left, or may have left.

    Of one that has nothing besides the commit at which the branch left the base, nobody can tell.
    Raises GitError as `nearest` does.
    """
    others = [ref for ref in lines if ref.name != branch]
    closest = _holding(git, [base, *others], head) if others else []
    if not closest:
        return Release()
    if base in closest:
        fork = git.run("merge-base", base.oid, head, ok=(0, 1, 128)).text.strip()
        tied = next((ref for ref in closest if ref.oid == fork and ref != base), None)
        return Release(tied.name, tied=True) if tied else Release()
    return Release(nearest(git, closest, head).name)


def nearest(git: Git, found: Sequence[Ref], head: str) -> Ref:
    """Give the one that the commit `head` ("": none) left last; of equal ones the newest.

    Raises GitError where none of those contains the others.
    """
    tips: dict[str, Ref] = {}
    for ref in found:
        tips.setdefault(ref.oid, ref)
    if len(tips) > 1:
        newest = git.run("merge-base", "--independent", *tips, ok=(0, 1, 128)).out.decode().split()
        tips = {oid: ref for oid, ref in tips.items() if oid in newest} or tips
    left = list(tips.values())
    if len(left) > 1 and head:
        left = _holding(git, left, head) or left[:1]
    if len(left) == 1 or not head:
        return left[0]
    one, other = left[:2]
    raise GitError(
        f"{one.short} and {other.short} have both moved on since this branch left them, "
        "and neither has all of the other",
        hint=f"bring them together: git switch {shell_quote(one.name)} && "
        f"git merge {shell_quote(other.short)}; or name one: guard check --base {other.short}",
    )


def _holding(git: Git, found: Sequence[Ref], head: str) -> list[Ref]:
    """Those that have the nearest of all merge bases with `head`; none if there is none."""
    ends = dict.fromkeys(ref.oid for ref in found)
    # With several tips git looks for the merge base with a merge of them all (git-merge-base(1)).
    shared = git.run("merge-base", "--all", head, *ends, ok=(0, 1, 128)).out.decode().split()
    if len(shared) > 1:  # head has merged one of them: the fewest commits of its own decide
        own = {oid: git.run("rev-list", "--count", head, f"^{oid}").text for oid in shared}
        shared = [min(shared, key=lambda oid: int(own[oid]))]
    if not shared:
        return []
    refs = {ref.full for ref in found}
    having = tips(git, f"--contains={shared[0]}", *sorted(refs))
    return [ref for ref in found if ref.full in having]


def further(search: Search, base: Ref, patterns: Sequence[str]) -> Iterator[Ref]:
    """Give the branches that match, except the one that is judged and other refs of the base.

    Where there are remotes, a branch that none of them has is judged like any other.
    """
    local: list[Ref] = []
    remote: list[Ref] = []
    fetched = False  # whether anything of a remote is here
    for full, oid in tips(search.repository.git, HEADS, REMOTES).items():
        ref = search.spelled(full)
        fetched = fetched or bool(ref and full.startswith(REMOTES))
        if ref and ref.name != base.name and is_one_of(patterns, ref.name):
            (local if full.startswith(HEADS) else remote).append(ref._replace(oid=oid))
    known = {ref.name for ref in remote}
    if search.where in ("push", "gate") and remote:
        local = []
    yield from (ref for ref in local if ref.name in known or not fetched)
    yield from remote
