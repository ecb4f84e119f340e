"""Why a write is refused: in full once where the reason is the worktree and not the path. Hot."""

from __future__ import annotations

from guard.agents.protocol.reasons import keys, refusal
from guard.core.codes import NO_CONTRACT
from guard.git.locate import git_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.agents.proposal import Foreseen

_AS_BEFORE = (
    "guard refused this, as before: nothing may be written here until this worktree has a contract."
)


def refused(foreseen: Foreseen, here: str, conversation: str) -> str:
    """Give the reason for the agent of a conversation whose worktree is at `here`.

    A worktree without a contract is told in full once in a conversation; a path that is refused by
    itself always is.
    """
    text = refusal(foreseen.findings, foreseen.base)
    if not here or not conversation or any(one.code != NO_CONTRACT for one in foreseen.findings):
        return text
    from guard.agents.notes import read_note, write_note  # most refusals are of a path

    own = git_dir(here)
    note, now = read_note(own, conversation), keys(foreseen.findings)
    if now <= note.refused:
        return _AS_BEFORE
    write_note(own, conversation, note._replace(refused=now))
    return text
