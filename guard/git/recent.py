"""The latest commits: who made them, and which paths they changed."""

from guard.git.plumbing import Git

MOST = 500


def recent_commits(git: Git, tip: str = "HEAD") -> list[tuple[str, list[str]]]:
    """Give author and changed paths of the last commits up to `tip`, the newest first.

    Merges are left out, since what they bring is told by the merged commits; so are commits without
    a parent, among them those where a shallow clone ends: all their files look new. Both sides of
    a rename are changed paths. Raises GitError if there is no commit, or one cannot be read.
    """
    words = ("-z", f"-{MOST}", "--min-parents=1", "--max-parents=1", "--no-renames", "--name-only")
    # A header is never empty, and stands behind two NULs (git-log(1), "PRETTY FORMATS", -z).
    answer = git.run("log", *words, "--no-show-signature", "--format=%x00%x00%an <%ae>", tip)
    text = answer.out.decode("utf-8", "surrogateescape")
    commits = (part.strip("\0").split("\0") for part in text.split("\0\0") if part.strip("\0"))
    return [
        (author, [first.removeprefix("\n") for first in paths[:1]] + paths[1:])
        for author, *paths in commits
    ]
