"""A session's commits as one commit, or each again, where the policy wants no merge commits.

The history that git merges by stays one of merges, in guard's own commits: else a session that is
stacked on another would conflict with it, once that one's commits are others.
"""

from guard.core.names import show
from guard.git.isolate import commit_object, store_object
from guard.git.landing import commit_of_tree
from guard.git.merge import merge_commits
from guard.git.plumbing import Git
from guard.git.repository import Repository


def authors(git: Git, since: str, head: str) -> tuple[dict[str, str], str]:
    """Give the author of all commits since another, as variables of git.

    Also gives a line for each co-author that they name; if they have several authors, for each of
    those instead (git-interpret-trailers(1)).
    """
    named = "%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x00)"
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
    others = dict.fromkeys(person.strip() for one in fields for person in one[2:] if person.strip())
    author = {}
    if len(people) == 1:
        author = {"GIT_AUTHOR_NAME": fields[0][0], "GIT_AUTHOR_EMAIL": fields[0][1]}
        others.pop(people[0], None)
        people = []
    told = dict.fromkeys([*people, *others])
    return author, "".join(f"Co-authored-by: {show(person)}\n" for person in told)


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
