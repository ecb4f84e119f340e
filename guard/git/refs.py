"""Which refs there are, and what they point to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.git.plumbing import Git


def tips(git: Git, *words: str) -> dict[str, str]:
    """Give the object id of each ref by its full name, in git's order.

    `words` are patterns, such as `refs/heads/`, and options of git-for-each-ref(1).
    """
    answer = git.run("for-each-ref", "--format=%(objectname) %(refname)", *words)
    lines = (line.partition(" ") for line in answer.text.split("\n")[:-1])
    return {ref: oid for oid, _, ref in lines}
