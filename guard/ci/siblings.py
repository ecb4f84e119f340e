"""Where a change meets the work of other open requests: the branches of origin under contracts."""

from guard.ci.event import Event
from guard.core.errors import GuardError, Incomplete, Unreachable
from guard.git.fetching import fetch_branches
from guard.git.plumbing import Git
from guard.git.repository import is_partial
from guard.rules.between import Beside, Picture
from guard.rules.facts import Facts
from guard.rules.findings import Failure
from guard.sessions.between.beside import beside_on_remote
from guard.verdict.opening import Sources
from guard.verdict.reading import Ask

_REMOTE = "origin"
_WHOLE = "fetch all of it: guard ci --siblings --fetch, or clone with all branches and history"


class Siblings:
    """Asks about them for a verdict, once; `found` is what there is, or why it is not known.

    `is_wrong` tells that they cannot be known in this job, whenever it runs: it is to be set up
    otherwise. A remote that is away is said, and the verdict stands without them.
    """

    def __init__(self, *, fetches: bool) -> None:
        self.found: Picture | Failure | None = None
        self.is_wrong = False
        self._fetches = fetches
        self._event = Event()

    def asked(self, git: Git, event: Event, ask: Ask) -> Ask:
        """Let the verdict ask about siblings, too."""
        self._event = event
        return ask._replace(beside=self._look)

    def _look(self, sources: Sources, facts: Facts) -> Beside | None:
        try:
            beside, self.found = self._compared(sources, facts)
        except GuardError as error:
            hint = _WHOLE if isinstance(error, Incomplete) else error.hint
            self.found = Failure(error.message, hint)
            self.is_wrong = not isinstance(error, Unreachable)
            return None
        return beside

    def _compared(self, sources: Sources, facts: Facts) -> tuple[Beside, Picture]:
        if is_partial(sources.repository):
            raise Incomplete("this is a partial clone: files of other branches are not here")
        there = fetch_branches(sources.repository) if self._fetches else None

        def counts(branch: str) -> bool:
            own = branch == facts.branch and not self._event.fork
            return not own and (there is None or branch in there)

        return beside_on_remote(sources, facts, _REMOTE, counts)
