"""A session's commits as one commit, or each again, where the policy wants no merge commits.

The history that git merges by stays one of merges, in guard's own commits: else a session that is
stacked on another would conflict with it, once that one's commits are others.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from guard.core.names import show
from guard.git.isolate import commit_object, store_object
from guard.git.landing import commit_of_tree
from guard.git.merge import merge_commits
from guard.git.plumbing import Git
from guard.git.repository import Repository
from guard.sessions.closing.subjects import Said
from guard.verdict.integrated import INTEGRATES

_CO_AUTHOR = "Co-authored-by"
_FOLD = re.compile(r"\n[ \t]+")  # how a long trailer goes on


class Ends(NamedTuple):
    """How the message of one commit for several ends (git-interpret-trailers(1)).

    `author` of all of them are variables of git. `trailers` are their lines, each once, but for
    guard's own; then who else wrote them. `known` are those lines as the commits have them.
    """

    author: dict[str, str]
    trailers: str
    known: frozenset[str]


def ends_of(git: Git, since: str, head: str) -> Ends:
    """Give how the message of one commit for all since another ends."""
    named = "%(trailers:only,unfold,separator=%x00)"
    words = (
        "log",
        "--reverse",
        "--no-merges",
        "--no-show-signature",
        f"--format=%an%x00%ae%x00{named}",
    )
    lines = git.run(*words, head, f"^{since}").text.split("\n")
    fields = [line.split("\0") for line in lines if "\0" in line]
    people = list(dict.fromkeys(f"{one[0]} <{one[1]}>" for one in fields))
    known = dict.fromkeys(text.strip() for one in fields for text in one[2:] if text.strip())
    others, kept = dict[str, None](), dict[str, None]()
    for line in known:
        key, _, said = line.partition(":")
        if key.lower() == _CO_AUTHOR.lower():
            others[said.strip()] = None
        elif key != INTEGRATES:  # a claim about that commit alone
            kept[line] = None
    author = {}
    if len(people) == 1:
        author = {"GIT_AUTHOR_NAME": fields[0][0], "GIT_AUTHOR_EMAIL": fields[0][1]}
        others.pop(people[0], None)
        people = []
    told = [*kept, *(f"{_CO_AUTHOR}: {person}" for person in dict.fromkeys([*people, *others]))]
    return Ends(author, "".join(f"{show(line)}\n" for line in told), frozenset(known))


def without_trailers(said: Said, known: Collection[str]) -> Said:
    """Give a message without those lines of its last paragraph that are `known` trailers."""
    above, gap, last = said.body.rpartition("\n\n")
    lines = _FOLD.sub(" ", last).split("\n")
    others = [line for line in lines if line.strip() not in known]
    if len(others) == len(lines):
        return said
    return said._replace(body=f"{above}{gap}{chr(10).join(others)}".strip("\n"))


def rebased(repository: Repository, git: Git, onto: str, since: str, head: str) -> tuple[str, str]:
    """Make the commits between `since` and `head` again on `onto`, with their authors and messages.

    `repository` puts new objects into the store of the isolated `git`. Gives the last commit, or
    "" and why that is not possible.
    """
    words = ("rev-list", "--reverse", "--topo-order", "--no-merges", head, f"^{since}")
    current = onto
    for commit in git.run(*words).text.split():
        tree = _picked(repository, git, current, commit)
        if not tree:
            return "", f"its commit {commit[:12]} does not apply by itself"
        if tree == _tree(git, current):
            continue
        form = "--format=%an%x00%ae%x00%aI%x00%B"
        name, email, date, text = git.run("log", "-1", form, commit).text.split("\0", 3)
        author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
        text = text.rstrip("\n") + "\n"
        current = commit_of_tree(repository, tree, [current], text, author)
    return current, ""


def parents_of(git: Git, commit: str) -> list[str]:
    """Give the parents of a commit."""
    return git.run("rev-list", "--parents", "-1", commit).text.split()[1:]


def _tree(git: Git, commit: str) -> str:
    return git.run("rev-parse", "--verify", f"{commit}^{{tree}}").text.strip()


def _picked(repository: Repository, git: Git, current: str, commit: str) -> str:
    """The tree of a commit's change on `current`; "" if git would stop (git-cherry-pick(1))."""
    parents = parents_of(git, commit)
    old = _tree(git, parents[0]) if parents else repository.empty_tree

    def made(tree: str, *above: str) -> str:
        content = commit_object(tree, *above)
        return store_object(git, "commit", content, repository.object_format)

    root = made(old)
    merge = merge_commits(git, made(_tree(git, current), root), made(_tree(git, commit), root))
    return merge.tree if merge.clean else ""
