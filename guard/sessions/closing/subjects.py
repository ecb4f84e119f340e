"""What the commits of a session say that they do."""

import re
from typing import NamedTuple

from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.rules.facts import Facts

_MOST_COMMITS = 50  # whose subjects are taken
# Subjects that say nothing: git-commit(1), `--fixup` and `--squash`, and what people write.
_UNFINISHED = re.compile(
    r"(?:fixup|squash|amend)!|\W*(?:wip|work in progress|temp|tmp|checkpoint|save)\W*$|\W*wip\b",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """The message of a commit: the first paragraph on one line, and the rest (git-log(1))."""

    subject: str
    body: str = ""


def subjects_of(
    repository: Repository, objects: Objects, facts: Facts, handoff: str
) -> tuple[str, ...]:
    """Give the subjects of the last commits of a session, as `messages_of`."""
    said = messages_of(repository, objects, facts, handoff, most=_MOST_COMMITS)
    return tuple(one.subject for one in said)


def messages_of(
    repository: Repository, objects: Objects, facts: Facts, handoff: str, most: int = -1
) -> tuple[Said, ...]:
    """Give the messages of the commits of a session, or the last of them, the oldest first.

    Merges do not count, nor do commits that only change the contract or the handoff, or are to be
    melted in.
    """
    if not facts.head:
        return ()
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")
    limits = ("--reverse", "--no-merges", f"--max-count={most}")
    commits = (facts.head, f"^{facts.trusted.oid}")
    files = [handoff, *([facts.contract.file] if facts.contract else [])]
    paths = (":(top)", *(f":(top,exclude,literal){file}" for file in files))
    listed = git.run("rev-list", *limits, *commits, "--", *paths).out.decode().split()
    contents = (found.content for found in objects.read_all(listed) if found and found.content)
    said = map(_said, contents)
    return tuple(one for one in said if one.subject and not _UNFINISHED.match(one.subject))


def _said(commit: bytes) -> Said:
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
    subject, _, body = text.strip().partition("\n\n")
    return Said(" ".join(subject.split()), body.strip("\n"))
