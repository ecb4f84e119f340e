"""git's first answers, asked for before all else: git works while Python imports the rest."""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.git.objects import Objects
from guard.git.repository import open_repository, questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.git.plumbing import Git, Process
    from guard.git.repository import Repository
    from guard.git.snapshot import Asked
    from guard.verdict.trust import Trust

# Each takes about as long to load as git to answer.
_MEANWHILE = ("guard.contracts.parse", "guard.rules", "guard.verdict.reading")


class Sources(NamedTuple):
    """Where facts come from.

    `bases` are the merge bases that the changes are compared with; `merge` is the commit that a CI
    system made of base and head. git is still listing `moved`, what the base changed since the only
    merge base (whole folders too), and `merges`, the merge commits of the branch. `apart`: no
    folder that grew on the branch has two names that differ by case or Unicode form alone.
    `ahead` has ref and name of the branches with commits that the base lacks, where many changes
    are judged; else None, and git is asked (`revs.branches_ahead`).
    """

    repository: Repository
    objects: Objects
    trust: Trust
    bases: tuple[str, ...] = ()
    merge: str = ""
    moved: Process | None = None
    merges: Process | None = None
    apart: bool = False
    ahead: tuple[tuple[str, str], ...] | None = None


def with_bases(sources: Sources, heads: Sequence[str], *, related: bool = True) -> Sources:
    """Add the merge bases of the base and the heads. Raises as `ancestry.merge_bases`."""
    from guard.git.ancestry import merge_bases  # a commit is compared with its parent

    base = sources.trust.base.oid
    bases = merge_bases(sources.repository, base, heads, related=related)
    return sources._replace(bases=tuple(bases))


def ask_since(sources: Sources, head: str) -> Sources:
    """Start asking what came after the merge bases: changes on the base, merges on the branch."""
    from guard.git.ancestry import ask_merges
    from guard.git.compare import diff_trees

    git, bases, base = sources.repository.git, sources.bases, sources.trust.base.oid
    moved = None
    if len(bases) == 1 and bases != (base,):
        moved = diff_trees(git, bases[0], base)
    return sources._replace(moved=moved, merges=ask_merges(git, base, head))


def load_rest(needs: int, sources: Sources, head: str) -> Iterator[str]:
    """Load what the bits `needs` (`rules.facts.Need`) take for the branch with the tip `head`.

    git compares meanwhile. A handoff is read only by who has a place for one. Yields the name of
    each module that is loaded.
    """
    from guard.rules.facts import Need  # nobody waits for it before git has been asked

    for module, need in (
        ("guard.verdict.since", ~Need.NOTHING),
        ("guard.rules.dead", Need.TRACKED),
        ("guard.verdict.prediction", Need.CONFLICTS),
        ("guard.verdict.handoff", Need.HANDOFF),
    ):
        if needs & need:
            __import__(module)
            yield module
    if needs & Need.HANDOFF:
        objects, file = sources.objects, sources.trust.policy.handoff_of("\0")
        folder = file.partition("\0")[0].rpartition("/")[0]
        if not folder or objects.look_up(objects.tree_of(head), folder):
            for module in ("guard.rules.handoff", "guard.handoffs.parse"):
                __import__(module)
                yield module


class Opening:
    """The repository, its objects and, if asked, what is `staged`.

    git is not asked for a repository that is `known`, whose `git` it is then, nor for the base
    whose `trust` is. The modules `meanwhile` are loaded while git compares.
    """

    def __init__(
        self,
        git: Git,
        *,
        staged: bool,
        known: Repository | None = None,
        trust: Trust | None = None,
        meanwhile: Sequence[str] = (),
    ) -> None:
        self.trust = trust
        self.meanwhile = meanwhile
        self.staged: Process | None = None
        self.asked: Asked | None = None
        self._place: Process | None = None
        self._git = git
        self._objects: Objects | None = None
        self._repository = known
        if staged:
            from guard.git.compare import diff_index  # an agent's write has nothing to compare

            self.staged = diff_index(git, "HEAD")
        elif not known:
            self._place = questions(git)

    def load(self) -> None:
        """Load what judges, and start one git process after the other meanwhile.

        With two cores only one of them runs beside Python; a second costs a commit 1 ms.
        """
        for module in _MEANWHILE:
            __import__(module)
            if self._place is None:
                self._place = questions(self._git)
            else:
                self._objects = self.objects

    @property
    def objects(self) -> Objects:
        """The open `cat-file`, started on demand."""
        if self._objects is None:
            self._objects = Objects(self._git)
        return self._objects

    def repository(self) -> Repository:
        """Give the repository. Raises GitError where there is none or git does not trust it."""
        if self._repository is None:
            self._repository = open_repository(self._git, self._place)
        return self._repository

    def ask_working_tree(self) -> None:
        """Let git look into the working tree, if there is one, before its answer is needed."""
        repository = self.repository()
        if self.asked is None and repository.top:
            from guard.git.filters import ask_filters  # not for a commit

            names = ask_filters(repository.git)
            from guard.git.snapshot import ask_early  # while git answers

            self.asked = ask_early(repository, names)

    def close(self) -> None:
        """Let the processes end."""
        if self.asked:
            self.asked.end()
        if self._objects:
            self._objects.close()
