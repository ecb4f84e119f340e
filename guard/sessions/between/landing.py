"""Each session merged with the base: what it would change there, or where git would stop."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.names import ref_of
from guard.git.ancestry import merge_bases
from guard.git.limits import too_many
from guard.git.merge import Merge, MergeError, own_path
from guard.rules.between import Party, Place
from guard.sessions.between.answers import Answers, Commits
from guard.sessions.between.candidates import Touched, touched
from guard.sessions.between.history import History
from guard.sessions.between.patches import patches_there
from guard.verdict.integrated import are_closed, had_work, named
from guard.verdict.nearest import release_of, releases
from guard.verdict.opening import Sources
from guard.verdict.prediction import with_drivers
from guard.verdict.search import Ref, Search


class Landed(NamedTuple):
    """A party as it is on the base: what it changes there, and a commit of that.

    `contested` are the paths on which git would stop; in `tree` they are as git leaves them, so
    that their lines count as the party's own. `fork` is the commit of the base that the party was
    built on, "" if there are several. `made` is the merge of the base (its first side) with the
    party as it is, if git made one, and `makers` say how.
    """

    party: Party
    commit: str
    tree: str
    touched: Touched
    contested: frozenset[str] = frozenset()
    fork: str = ""
    made: Merge | None = None
    makers: tuple[Commits, ...] = ()


class _Merged(NamedTuple):
    """A party with its merge; `made` is None where nothing is to be merged."""

    party: Party
    tree: str
    fork: str = ""
    made: Merge | None = None
    makers: tuple[Commits, ...] = ()


def land(
    sources: Sources, answers: Answers, history: History, parties: Sequence[Party]
) -> tuple[list[Landed], list[Party]]:
    """Merge each party with the base; `history` has their heads in the same order.

    Also gives the parties that cannot be compared, with the reason.
    """
    merged, failed = _with_the_base(sources, answers, history, parties)
    base_tree = sources.trust.tree
    changes = answers.changes({(base_tree, each.tree): each.makers for each in merged})
    too_large = [each.party for each in merged if (base_tree, each.tree) not in changes]
    failed += [party._replace(state="error", why=too_many().message) for party in too_large]
    merged = [each for each in merged if (base_tree, each.tree) in changes]
    made_up = [_made_up(sources, each) for each in merged]
    own = [
        touched([one for one in changes[base_tree, each.tree] if one.path not in names])
        for each, names in zip(merged, made_up, strict=True)
    ]
    stopped = (one.path for each in merged if each.made for one in each.made.conflicts)
    driven = answers.drivers(set(stopped))
    landed = [
        _landed(sources, answers, each, side, driven, names)
        for each, side, names in zip(merged, own, made_up, strict=True)
    ]
    landed = _with_releases(sources, history, landed)
    return _with_states(sources, answers, history, landed), failed


def _made_up(sources: Sources, each: _Merged) -> dict[str, str]:
    """The names that git made up for files which it moved aside, with the files' own paths.

    They remain unmerged, and neither side has them: a person's file may be called so, too.
    """
    trees = (sources.trust.tree, each.party.tree)
    unmerged = each.made.conflicted if each.made else ()
    return {
        path: own_path(path)
        for path in unmerged
        if own_path(path) != path and not any(sources.objects.look_up(tree, path) for tree in trees)
    }


def _with_the_base(
    sources: Sources, answers: Answers, history: History, parties: Sequence[Party]
) -> tuple[list[_Merged], list[Party]]:
    """git merges a party only if it has something of its own and lacks something of the base."""
    base = sources.trust.base.oid
    asked: dict[int, tuple[Commits, str]] = {}
    for number, party in enumerate(parties):
        has_own = party.dirty or party.head in history.holders
        if has_own and base not in history.roots[number]:
            asked[number] = _to_merge(sources, answers, history, number, party)
    merges = answers.merges(commits for commits, _ in asked.values())
    merged, failed = [], []
    for number, party in enumerate(parties):
        if number not in asked:
            is_behind = not party.dirty and party.head not in history.holders
            merged.append(_Merged(party, sources.trust.tree if is_behind else party.tree, base))
            continue
        commits, fork = asked[number]
        made = merges[commits]
        if isinstance(made, MergeError):
            why = f"git cannot merge it into the base: {made.said}"
            failed.append(party._replace(state="error", why=why))
        else:
            merged.append(_Merged(party, made.tree, fork, made, (commits,)))
    return merged, failed


def _to_merge(
    sources: Sources, answers: Answers, history: History, number: int, party: Party
) -> tuple[Commits, str]:
    """What git is to merge, and the merge base if there is one alone.

    Commits of guard's own on that merge base spare git the search for it, which in a long history
    takes ten times as long as the merge. Raises Incomplete in a shallow clone.
    """
    repository, trust, roots = sources.repository, sources.trust, history.roots[number]
    if repository.shallow:
        merge_bases(repository, trust.base.oid, [party.head])
    if len(roots) != 1:
        return (trust.base.oid, party.commit), ""
    (fork,) = roots
    return (answers.commit(trust.tree, fork), answers.commit(party.tree, fork)), fork


def _trees(sources: Sources, commits: Iterable[str]) -> list[str]:
    infos = sources.objects.infos(*(f"{oid}^{{tree}}" for oid in commits))
    return [info.oid if info else "" for info in infos]


def _landed(
    sources: Sources,
    answers: Answers,
    each: _Merged,
    own: Touched,
    driven: Mapping[str, str],
    made_up: Mapping[str, str],
) -> Landed:
    conflicts = with_drivers(each.made.conflicts if each.made else (), driven)
    places = tuple(Place(conflict) for conflict in conflicts)
    contested = {path for one in conflicts for path in one.paths}
    if each.made:
        contested.update(made_up.get(path, path) for path in each.made.conflicted)
    changed = len(contested.union(own.files))
    state = "blocked" if places else "working"
    party = each.party._replace(changed=changed, state=state, places=places)
    maker = each.makers[0] if each.makers else None
    commit = answers.commit(each.tree, sources.trust.base.oid, maker=maker)
    return Landed(
        party, commit, each.tree, own, frozenset(contested), each.fork, each.made, each.makers
    )


def _with_releases(sources: Sources, history: History, landed: Sequence[Landed]) -> list[Landed]:
    """The same with the release that each was built on, looked for where it says something."""
    bases = sources.trust.policy.bases
    telling = {
        number
        for number, each in enumerate(landed)
        if each.party.places or (bases and each.party.changed)
    }
    if not telling:
        return list(landed)
    search = Search(sources.repository, sources.objects, head="")
    lines = releases(search, sources.trust.base, bases)
    near = _near(sources, history, lines) if lines else set()
    found = list(landed)
    for number in telling:
        if landed[number].party.head not in near:
            continue
        party = _with_release(sources, lines, landed[number].party)
        found[number] = landed[number]._replace(party=party)
    return found


def _near(sources: Sources, history: History, lines: Sequence[Ref]) -> set[str]:
    """The heads that may have been built on a release: others share nothing with one alone."""
    tips = {ref.oid for ref in lines}
    words = ("rev-list", *tips, f"^{sources.trust.base.oid}")
    bits = 0
    for commit in sources.repository.git.run(*words).text.split():
        bits |= history.holders.get(commit, 0)
    return {
        head
        for number, head in enumerate(history.heads)
        if bits >> number & 1 or tips & history.roots[number]
    }


def _with_release(sources: Sources, lines: Sequence[Ref], party: Party) -> Party:
    """The party with the release that it was built on; if policy has that, it is for no merge."""
    trust = sources.trust
    try:
        release = release_of(sources.repository.git, trust.base, lines, party.branch, party.head)
    except GitError:
        return party
    if release.name and not release.tied and trust.policy.bases:
        return party._replace(state="working", places=(), release=release)
    return party._replace(release=release)


def _with_states(
    sources: Sources, answers: Answers, history: History, landed: Sequence[Landed]
) -> list[Landed]:
    """The same with the state of those whose work the base has."""
    stopped = {
        number
        for number, each in enumerate(landed)
        if each.party.state == "blocked" and not each.party.dirty
    }
    patched = patches_there(
        sources,
        answers,
        history,
        {landed[number].party.head: landed[number].fork for number in stopped},
    )
    heads = {landed[number].party.head for number in stopped}
    known = patched | named(sources.repository.git, sources.trust.base.oid, heads - patched)
    found = []
    for number, each in enumerate(landed):
        party = each.party
        there = (number in stopped and party.head in known) or _is_closed(sources, each)
        if there or (not party.changed and _had_work(sources, party)):
            party = party._replace(state="integrated", places=(), changed=0)
        found.append(each._replace(party=party))
    return found


def _is_closed(sources: Sources, each: Landed) -> bool:
    """Whether a party only brings its contract and handoff still, and the base closed it."""
    party, trust = each.party, sources.trust
    if party.dirty or not each.made or each.contested:
        return False
    git = sources.repository.git
    return are_closed(git, trust, party.contract, party.head, each.touched.files)


def _had_work(sources: Sources, party: Party) -> bool:
    """Whether a party that adds nothing to the base ever did."""
    ref = ref_of(party.branch) if party.branch else ""
    return party.dirty or had_work(sources, ref, party.head)
