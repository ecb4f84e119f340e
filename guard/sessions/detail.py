"""What a page shows beyond the board: hunks, the order of merging, overlaps and handoffs."""

from collections.abc import Iterable
from contextlib import closing

from guard.core.errors import GuardError
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository, open_repository
from guard.rules.between import Asked, Party
from guard.rules.board import Detail
from guard.rules.findings import Failure
from guard.rules.overlaps import Compared
from guard.sessions.between.overlaps import compare_contracts
from guard.sessions.scene import PATIENCE
from guard.sessions.status import look
from guard.verdict.search import Search
from guard.verdict.trust import read_trust

_LONGEST = 64 * 1024  # bytes of a handoff


def look_closely(git: Git, patience: float = PATIENCE) -> Detail:
    """Look at all sessions of the repository in which `git` runs, and at what lies behind it.

    `patience` is that of `look`.
    Raises GuardError where there is no base, or its policy cannot be read.
    """
    board = look(git, patience=patience, asked=Asked(patches=True, order=True))
    repository = open_repository(git)
    parties = [row.party for row in board.rows]
    return Detail(board, _compared(repository), _handoffs(repository, parties))


def _compared(repository: Repository) -> Compared | Failure:
    try:
        return compare_contracts(repository)
    except GuardError as error:
        return Failure(error.message, error.hint or "")


def _handoffs(repository: Repository, parties: Iterable[Party]) -> dict[str, str]:
    """The handoffs that branches have, and the base has not just so; none that is too long."""
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        handed = [party for party in parties if party.contract and party.head]
        files = [trust.policy.handoff_of(party.contract) for party in handed]
        theirs = [f"{party.head}:{file}" for party, file in zip(handed, files, strict=True)]
        old = objects.infos(*(f"{trust.base.oid}:{file}" for file in files)) if files else []
        found = objects.read_all(theirs, _LONGEST) if files else []
    return {
        party.name: one.content.decode("utf-8", "surrogateescape")
        for party, before, one in zip(handed, old, found, strict=True)
        if one and one.info.kind == "blob" and one.content and one.info != before
    }
