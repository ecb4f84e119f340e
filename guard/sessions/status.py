"""Everything that a status shows, found in steps: names first, then sessions, then the rest."""

from collections.abc import Callable
from contextlib import closing
from importlib import import_module

from guard.git.filters import without_filters
from guard.git.isolate import isolated
from guard.git.objects import Objects
from guard.git.plumbing import Git, at, here, records
from guard.git.repository import open_repository
from guard.rules.between import Asked, Party
from guard.rules.board import Board
from guard.sessions.between.parties import Looking, find_parties
from guard.sessions.between.remembered import remembered
from guard.sessions.life.declaring import with_declared
from guard.sessions.scene import PATIENCE, Scene, set_scene
from guard.verdict.opening import Sources
from guard.verdict.search import REMOTES

_MOST_LINES = 20_000  # of a patch
_NOTHING_MORE = Asked()
_REST = "guard.sessions.whole"

Seen = Callable[[Board], None]  # hears of a board that is not whole yet


def look(
    git: Git, seen: Seen | None = None, patience: float = PATIENCE, asked: Asked = _NOTHING_MORE
) -> Board:
    """Look at all sessions of the repository in which `git` runs, and give the whole board.

    `seen` hears of it as it fills: first the names, at the end everything. A worktree that does not
    answer for `patience` seconds is given up: it cannot be read. `asked` may ask for hunks, for
    an order of merging and for a remote's branches. Raises GuardError where there is no base, or
    its policy cannot be read.
    """
    repository = open_repository(git)
    with closing(Objects(repository.git)) as objects:
        scene = set_scene(repository, objects)
        if seen:
            seen(scene.board(scene.named()))
        return whole(scene, objects, seen, patience, asked)


def whole(
    scene: Scene,
    objects: Objects,
    seen: Seen | None,
    patience: float,
    asked: Asked = _NOTHING_MORE,
) -> Board:
    """Look at all sessions of a scene; as `look`, of which it is the rest."""
    repository, trust, every = scene.repository, scene.trust, scene.contracts
    sources = Sources(repository, objects, trust)
    wide = trust._replace(contracts=every)
    if asked.remote:
        wide = with_declared(repository, objects, wide, [f"{REMOTES}{asked.remote}/"])
    with isolated(repository) as apart:
        looking = Looking(
            repository, apart, wide, committed=False, told=_load_rest, remote=asked.remote
        )
        memory = remembered(repository, apart)
        parties = find_parties(looking._replace(patience=patience, memory=memory))
        parties = scene.dated(parties)
        if seen:
            seen(scene.board(scene.rows(parties, {}, None)))
        board: Board = import_module(_REST).whole_board(scene, sources, apart, parties, asked)
        if memory:
            memory.save()
    return board


def _load_rest(_what: str, done: int, _total: int) -> None:
    """Load what compares as soon as git is at work in several worktrees."""
    if done == 1:
        import_module(_REST)


def difference(party: Party, base: str) -> tuple[str, ...]:
    """Give the lines of a patch of what a session has changed since it left the base.

    What is not tracked is named at its end. Raises GitError if git cannot compare.
    """
    words = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--merge-base", base)
    if not party.worktree or party.missing:
        git = here()
        return _lines(git.run(*words, party.head).text)
    git = at(party.worktree)
    git = git.moved(**without_filters(git))
    others = records(git.run("ls-files", "-z", "-o", "--exclude-standard").out)
    found = _lines(git.run(*words).text)
    return (*found, *(f"not tracked: {path}" for path in others))[:_MOST_LINES]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")[:-1])[:_MOST_LINES]
