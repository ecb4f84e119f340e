"""The last step of reading a change set: a second look, before anybody is blamed."""

from __future__ import annotations

from guard.core.values import NamedTuple
from guard.git.ancestry import ask_ancestors
from guard.rules.grants import others
from guard.rules.survey import is_self_declared
from guard.verdict.effect import idle_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.git.plumbing import Process
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources
    from guard.verdict.reading import Ask, Gathered


def doubt(gathered: Gathered) -> Doubt:
    """Begin a second look, because there is something to blame.

    What is staged was not compared with a merge base yet: git looks for one.
    """
    ask, sources, facts = gathered
    repository, base, head = sources.repository, facts.trusted.oid, facts.head
    asked, parents = None, [head] if head else []
    if ask.scope in ("staged", "worktree"):
        parents += repository.merging() or (repository.announced() if ask.merging else [])
    if ask.scope == "staged" and head not in ("", base) and not repository.shallow:
        asked = ask_ancestors(repository, base, parents)
    return Doubt(ask, sources, asked, tuple(parents))


class Doubt(NamedTuple):
    """A second look that has begun; `asked` is the running search for merge bases.

    `parents` are those of the commit that is judged; none before the first one.
    """

    ask: Ask
    sources: Sources
    asked: Process | None
    parents: tuple[str, ...]

    def settled(self, facts: Facts) -> Facts:
        """Take out the changes that leave the base as it is, and contracts whose work is done.

        A branch that has no contract may have been renamed.

        Without any, gives `facts` itself.
        """
        sources = self.sources
        idle = idle_paths(sources, facts, self.asked, () if self.ask.lands else self.parents)
        if facts.contracts and (not facts.contract or is_self_declared(facts)):
            from guard.verdict.integrated import integrated

            done = integrated(sources, facts)
            facts = facts._replace(integrated=facts.integrated | done) if done else facts
        if facts.branch and not (facts.contract or facts.on_base or self.ask.scope == "range"):
            from guard.verdict.renamed import claimed_as

            was, _ = claimed_as(sources, facts.branch, facts.head)
            facts = facts._replace(was=was) if was else facts
        return _without(facts, idle) if idle else facts

    def without_carried(self, facts: Facts) -> Facts:
        """Take out what another open session's branch has just so; else give `facts` itself.

        Only where the work is made: a session whose branch is merged first takes it along.
        """
        ask = self.ask
        if ask.scope == "range" and (ask.lands or ask.served or not ask.arriving):
            return facts
        if not facts.head or not others(facts):
            return facts
        from guard.verdict.stacked import carried

        found = carried(self.sources, facts, self.parents)
        paths = {path for one in found for path in one.paths}
        return _without(facts, paths)._replace(carried=found) if found else facts


def _without(facts: Facts, paths: set[str]) -> Facts:
    return facts._replace(
        changes=tuple(one for one in facts.changes if one.path not in paths),
        settings=tuple(one for one in facts.settings if one.path not in paths),
        merge_edits=tuple(one for one in facts.merge_edits if one.path not in paths),
        idle=facts.idle | paths,
    )
