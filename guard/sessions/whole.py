"""The second half of a status: sessions compared with each other, judged and looked at for strays.

It is loaded while git looks into the worktrees.
"""

from collections.abc import Sequence

from guard.git.plumbing import Git
from guard.rules.between import Asked, Party
from guard.rules.board import Board
from guard.sessions.between.comparing import compare_parties, findings
from guard.sessions.between.strays import find_strays
from guard.sessions.judging import judge_parties
from guard.sessions.patience import untold
from guard.sessions.scene import Scene
from guard.verdict.opening import Sources


def whole_board(
    scene: Scene, sources: Sources, git: Git, parties: Sequence[Party], asked: Asked
) -> Board:
    """Compare and judge parties whose commits the isolated `git` has, and give the whole board."""
    repository, trust = scene.repository, scene.trust
    picture = compare_parties(repository, git, trust, parties, asked, untold)
    able = picture.parties if trust.adopted else ()
    judged = judge_parties(repository, git, trust, able)
    rows = scene.rows(picture.parties, judged, picture)
    limit = scene.limit(rows)
    strays = find_strays(sources, git, parties)
    found = tuple(findings(trust, limit.names if limit.is_exceeded else (), strays))
    return scene.board(rows)._replace(
        limit=limit, picture=picture._replace(findings=found), strays=tuple(strays)
    )
