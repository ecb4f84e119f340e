"""What the commits of a session say that they do."""

import re

from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.rules.facts import Facts

_MOST_COMMITS = 50  # whose subjects are taken
# Subjects that say nothing: git-commit(1), `--fixup` and `--squash`, and what people write.
_UNFINISHED = re.compile(
    r"(?:fixup|squash|amend)!|\W*(?:wip|work in progress|temp|tmp|checkpoint|save)\W*$|\W*wip\b",
    re.IGNORECASE,
)


def subjects_of(
    repository: Repository, objects: Objects, facts: Facts, handoff: str
) -> tuple[str, ...]:
    """Give the subjects of the commits of a session, the oldest first.

    Merges do not count, nor do commits that only change the handoff or are to be melted in.
    """
    if not facts.head:
        return ()
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")
    limits = ("--reverse", "--no-merges", f"--max-count={_MOST_COMMITS}")
    commits = (facts.head, f"^{facts.trusted.oid}")
    paths = (":(top)", f":(top,exclude,literal){handoff}")
    listed = git.run("rev-list", *limits, *commits, "--", *paths).out.decode().split()
    contents = (found.content for found in objects.read_all(listed) if found and found.content)
    subjects = filter(None, map(_subject, contents))
    return tuple(subject for subject in subjects if not _UNFINISHED.match(subject))


def _subject(commit: bytes) -> str:
    """The first paragraph on one line (git-log(1), `%s`)."""
    header, _, message = commit.partition(b"\n\n")
    encoding = "utf-8"
    for line in header.split(b"\n"):
        if line.startswith(b"encoding "):
            encoding = line[9:].decode("ascii", "replace")
            break
    try:
        text = message.decode(encoding, "replace")
    except LookupError:
        text = message.decode("utf-8", "replace")
    return " ".join(text.strip().split("\n\n")[0].split())
