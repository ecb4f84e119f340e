"""How commits are related: merge bases, ancestors, the merge commits between two of them."""

from __future__ import annotations

from guard.core.errors import GitError, Incomplete
from guard.git.plumbing import require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.git.plumbing import Git, Process
    from guard.git.repository import Repository


def merge_bases(
    repository: Repository, base: str, heads: Sequence[str], *, related: bool = True
) -> list[str]:
    """The best common ancestors of the base and the heads, as object ids (git-merge-base(1)).

    Raises GitError if there is none although they have to be `related`, and Incomplete if the
    clone is shallow and the answer, unless it is one of the commits, could be wrong.
    """
    bases = common_ancestors(repository, base, heads)
    if bases in ([base], list(heads)):
        return bases
    if repository.shallow:
        raise Incomplete(
            "this clone is shallow: the merge base with the base cannot be known",
            hint="git fetch --unshallow",
        )
    if not bases and related:
        raise GitError(
            f"the branch and the base ({base[:12]}) have no common history",
            hint=f"put it on the base: git rebase --root --onto {base[:12]}; "
            "or name another base with --base",
        )
    return bases


def common_ancestors(
    repository: Repository, base: str, heads: Sequence[str], asked: Process | None = None
) -> list[str]:
    """What git-merge-base(1) answers, as object ids; it may be wrong in a shallow clone.

    `asked` is from `ask_ancestors`.
    """
    answer = (asked or ask_ancestors(repository, base, heads)).answer()
    ok = (0, 1, 128) if repository.shallow else (0, 1)
    return require(answer, ("merge-base",), ok).out.decode().split()


def ask_ancestors(repository: Repository, base: str, heads: Sequence[str]) -> Process:
    """Start asking for `common_ancestors`."""
    return repository.git.start("merge-base", "--all", base, *heads)


def ask_merges(git: Git, base: str, head: str) -> Process:
    """Start listing the merge commits between two commits with their parents, a line each."""
    return git.start("rev-list", "--merges", "--parents", head, f"^{base}")


def is_ancestor(git: Git, ancestor: str, commit: str, ok: Sequence[int] = (0, 1)) -> bool:
    """Tell whether one commit is reachable from another, or is the same (git-merge-base(1)).

    With 128 in `ok` the answer is no if a commit is missing on the way.
    """
    if ancestor == commit:
        return True
    return git.run("merge-base", "--is-ancestor", ancestor, commit, ok=ok).code == 0


def has_commit(git: Git, name: str = "HEAD") -> bool:
    """Tell whether a name or object id is a commit here; HEAD is not before the first one."""
    return commit_of(git, name) != ""


def commit_of(git: Git, ref: str) -> str:
    """Give the id of the commit that a ref leads to; "" if there is none."""
    answer = git.run("rev-parse", "--verify", "-q", f"{ref}^{{commit}}", ok=(0, 1, 128))
    return answer.out.decode().strip()


def apart(git: Git, one: str, other: str) -> tuple[int, int]:
    """Count the commits that `one` has and `other` lacks, and the other way round."""
    words = ("rev-list", "--count", "--left-right", f"{one}...{other}")
    left, right = git.run(*words, "--").text.split()
    return int(left), int(right)
