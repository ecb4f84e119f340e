"""A worktree without a contract: an agent is told why its writes are refused once in full."""

from collections.abc import Sequence

from guard.agents.notes import read_note, write_note
from guard.agents.protocol.reasons import keys
from guard.git.locate import git_dir
from guard.rules.findings import Finding

_AS_BEFORE = (
    "guard refused this, as before: nothing may be written here until this worktree has a contract."
)


def once(text: str, findings: Sequence[Finding], top: str, conversation: str) -> str:
    """Give `text`, or a line if the conversation at `top` was refused for these findings before."""
    own = git_dir(top)
    note, now = read_note(own, conversation), keys(findings)
    if now <= note.refused:
        return _AS_BEFORE
    write_note(own, conversation, note._replace(refused=now))
    return text
