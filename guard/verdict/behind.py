"""Commits of the base that the base does not have here: merged or pulled from elsewhere."""

from collections.abc import Iterator

from guard.core.names import shell_quote, show
from guard.git.ancestry import ask_merges, is_ancestor
from guard.git.plumbing import require
from guard.rules.facts import Facts
from guard.verdict.opening import Sources
from guard.verdict.revs import branch_refs

_MOST = 5  # merges that are looked at
_OK = (0, 1, 128)


def notes(sources: Sources, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Tell, as a message and a command, why the base here may be behind; mostly nothing."""
    base = sources.trust.base
    found = next(_foreign(sources, facts), "")
    if not found:
        return ()
    remote = base.short.removesuffix(base.name).rstrip("/") or sources.repository.remotes()[0]
    message = (
        f"{found}, which {show(base.short)} does not have here; if they are "
        f"{show(base.name)}'s, {show(base.short)} is behind"
    )
    return ((message, f"git fetch {shell_quote(remote)}"),)


def _foreign(sources: Sources, facts: Facts) -> Iterator[str]:
    """Commits that `git pull URL` fetched, and merged ones that no other branch here has."""
    git, base = sources.repository.git, sources.trust.base
    for line in sources.repository.private("FETCH_HEAD").split("\n"):
        oid, _, said = line.partition("\t")
        if f"branch '{base.name}' of " in said and _is_new(sources, facts, oid):
            yield f"this branch has commits of {show(said.rpartition(' of ')[2])}"
    merges = sources.merges or ask_merges(git, base.oid, facts.head)
    for line in require(merges.answer(), ("rev-list",)).text.splitlines()[:_MOST]:
        commit, _, *others = line.split()
        for other in others:
            names = {name for _, name in branch_refs(git, f"--contains={other}")}
            if not names - {facts.branch} and _is_new(sources, facts, other):
                yield f"the merge {commit[:12]} brings commits"


def _is_new(sources: Sources, facts: Facts, oid: str) -> bool:
    git, base = sources.repository.git, sources.trust.base.oid
    return is_ancestor(git, oid, facts.head, _OK) and not is_ancestor(git, oid, base, _OK)
