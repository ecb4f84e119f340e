"""Who takes part in a comparison: worktrees as they are now, and branches of open contracts."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from time import sleep
from typing import NamedTuple

from guard.core.errors import GitError, GuardError
from guard.core.names import HEADS, branch_in, ref_of
from guard.git.compare import diff_trees, read_changes
from guard.git.conversations import WAITING
from guard.git.disks import ANSWERS, Disks
from guard.git.filters import filters_among
from guard.git.glance import UNSEEN, glance, time_of
from guard.git.isolate import commit_object, store_object
from guard.git.locate import folder_of, git_dir, line_in
from guard.git.plumbing import Git, at, records
from guard.git.repository import Repository, branch_of, open_repository
from guard.git.trees import snapshot
from guard.git.worktrees import Worktree, as_before_rebase, places_unseen
from guard.rules.between import RESOLVING, Party
from guard.sessions.between.remembered import Remembered
from guard.sessions.names import names_noted, told_apart
from guard.sessions.patience import PATIENCE, Told, side_by_side
from guard.sessions.worktrees import RESOLUTION, claiming, working_under
from guard.verdict.revs import require_remote
from guard.verdict.search import REMOTES
from guard.verdict.trust import Trust

_PAUSE = 0.03  # seconds before a worktree that is just written to is looked at again
_TRIES = 3  # snapshots of a worktree that is written to meanwhile
# git's files for what is in progress (git-status(1)), and what people call it.
_Head = tuple[str, str, int, str]  # of a branch: object id, ref, time and author
_DURING = {
    RESOLUTION: RESOLVING,
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisection",
}


class Looking(NamedTuple):
    """Where snapshots go: the isolated git, whose store takes their objects, and the base.

    `remote` names one whose branches take part, too. A worktree that does not answer for `patience`
    seconds is given up, and one whose disk does not for `disk` seconds. With a `memory`, objects of
    snapshots are kept there instead.
    """

    repository: Repository
    git: Git
    trust: Trust
    committed: bool
    told: Told
    remote: str = ""
    patience: float = PATIENCE
    disk: float = ANSWERS
    memory: Remembered | None = None


class _Known(NamedTuple):
    """What one question tells of all worktrees: filters (None: they differ), commits' trees."""

    filters: Sequence[str] | None
    tips: dict[str, tuple[str, int]]


def find_parties(looking: Looking) -> list[Party]:
    """Give all parties, by name; `looking.committed` leaves out what is not committed.

    The base's own worktree takes part if it has uncommitted changes. A worktree that cannot be read
    is a party in the state *error*, and hides no other. Raises UsageError for an unknown remote.
    """
    if looking.remote:
        require_remote(looking.repository.git, looking.remote)
    worktrees = places_unseen(looking.repository)
    looking.told("reading worktrees", 0, len(worktrees))
    filters = () if looking.committed else _filters(looking)
    known = _Known(filters, _tips(looking, {one.head for one in worktrees if one.head}))

    disks = Disks(looking.repository.common_dir)
    patience = min(looking.patience, looking.disk)

    def read(number: int) -> Party:
        if not disks.answers(worktrees[number].path, patience):
            return _given_up(looking._replace(patience=patience), worktrees[number])
        return _party(looking, known, worktrees[number], number)

    def told(count: int, _: Party | None) -> None:
        looking.told("reading worktrees", count, len(worktrees))

    read_ones = side_by_side(read, range(len(worktrees)), looking.patience, told)
    found = [
        party or _given_up(looking, one) for party, one in zip(read_ones, worktrees, strict=True)
    ]
    heads = list(_listed(looking.repository, HEADS))
    found = _nested(_still_there(looking, found, {ref: oid for oid, ref, _, _ in heads}))
    found = [party for party in found if not _is_base(looking.trust, party)]
    seen = {party.branch for party in found}
    found += [party for party in _branches(looking, heads) if party.branch not in seen]
    if looking.remote:
        seen |= {party.branch for party in found}
        pushed = _remote_branches(looking.repository, looking.trust, looking.remote)
        found += [party for party in pushed if party.branch not in seen]
    return sorted(_named(looking, found), key=lambda party: party.name)


def remote_parties(looking: Looking) -> list[Party]:
    """Give the branches of `looking.remote`, as last fetched, that contracts claim, by name."""
    found = _remote_branches(looking.repository, looking.trust, looking.remote)
    return sorted(_named(looking, found), key=lambda party: party.name)


def pushed_parties(repository: Repository, trust: Trust, remote: str) -> list[Party]:
    """Give the branches of a remote that contracts claim and that are not here, by contract."""
    here = {branch_in(ref) for _, ref, _, _ in _listed(repository, HEADS)}
    found = _remote_branches(repository, trust, remote)
    away = (party for party in found if party.contract and party.branch not in here)
    return sorted(away, key=lambda party: (party.contract, party.branch))


def _nested(parties: Sequence[Party]) -> list[Party]:
    """The parties again; whose worktree lies in another one's is nested."""
    tops = [os.path.join(party.worktree, "") for party in parties if party.worktree]
    return [
        party._replace(
            nested=any(party.worktree.startswith(top) for top in tops if top != party.worktree)
        )
        for party in parties
    ]


def _is_base(trust: Trust, party: Party) -> bool:
    idle = not party.dirty and party.state == "working"
    return party.branch in trust.base_names and idle


def _given_up(looking: Looking, worktree: Worktree) -> Party:
    """A worktree that does not answer; nothing that lies in it is asked again."""
    party = _of_branch(looking.trust, worktree.branch, "", worktree.head)
    name = party.contract or worktree.branch or os.path.basename(worktree.path)
    why = f"it did not answer for {looking.patience:g} seconds; is its disk there?"
    return party._replace(
        name=name,
        worktree=worktree.path,
        locked=worktree.locked,
        state="error",
        why=why,
        silent=True,
    )


def _filters(looking: Looking) -> Sequence[str] | None:
    """The filter drivers, if they are the same in all worktrees (git-config(1), `includeIf`)."""
    names = records(looking.repository.git.run("config", "--list", "--name-only", "-z").out)
    if any(name.startswith(("includeif.", "extensions.worktreeconfig")) for name in names):
        return None
    return filters_among(names)


def _tips(looking: Looking, heads: Collection[str]) -> dict[str, tuple[str, int]]:
    """The tree and the time of each commit."""
    stdin = "".join(f"{oid}\n" for oid in heads).encode()
    words = ("log", "--no-walk=unsorted", "--stdin", "--format=%H %T %ct", "--no-show-signature")
    answer = looking.repository.git.run(*words, stdin=stdin, ok=(0, 128)) if heads else None
    lines = (line.split(" ") for line in answer.text.split("\n")[:-1]) if answer else ()
    return {oid: (tree, int(time)) for oid, tree, time in lines}


def _party(looking: Looking, known: _Known, worktree: Worktree, number: int) -> Party:
    worktree = worktree._replace(missing=not os.path.isdir(worktree.path))
    if looking.committed:
        worktree = as_before_rebase(worktree)
    party = _of_branch(looking.trust, worktree.branch, worktree.path, worktree.head)
    party = party._replace(locked=worktree.locked, missing=worktree.missing)
    if not worktree.head:
        return party._replace(state="error", why="it has no commit yet")
    if worktree.missing and not looking.committed:
        why = f"its folder is missing; if it is gone for good: {worktree.forget}"
        if worktree.locked:  # as for a disk that is not always there (git-worktree(1), `lock`)
            return party._replace(state="error", why=why)
        return _as_committed(looking, known, party)._replace(why=why)
    if looking.committed:
        return _as_committed(looking, known, party)
    try:
        glanced = _glanced(looking, known, party, number)
        if glanced:
            return glanced
        repository = open_repository(at(worktree.path))
        if repository.top and os.path.realpath(repository.top) != os.path.realpath(worktree.path):
            why = "its folder is no longer a worktree: git worktree repair"
            return party._replace(state="error", why=why)
        return _as_it_is(looking, party, repository, number)
    except GuardError as error:
        return party._replace(state="error", why=_reason(looking, error))


def _reason(looking: Looking, error: GuardError) -> str:
    """The first line of an error; guard's own copy of an index is nothing that anybody knows."""
    folder = re.escape(looking.git.directory)
    why = error.message.partition("\n")[0]
    return re.sub(rf"(git [\w-]+: )?{folder}/worktree-[\d-]+/index", "its index", why)


def _glanced(looking: Looking, known: _Known, party: Party, number: int) -> Party | None:
    """The party after a quick look; None if it needs a thorough one."""
    repository = _beside(looking.repository, party.worktree)
    if repository is None or known.filters is None or branch_of(repository) != party.branch:
        return None
    memory = looking.memory
    git = memory.git if memory else looking.git
    store = os.path.join(git.directory, "objects")
    last = memory.of(party.worktree) if memory else UNSEEN
    for attempt in range(_TRIES):
        folder = os.path.join(looking.git.directory, f"glance-{number}-{attempt}")
        seen = glance(repository, known.filters, folder, store, last, heals=bool(memory))
        if seen is None or seen.head not in known.tips:
            return None
        if seen.tree:
            break
        sleep(_PAUSE)
    else:
        return None
    if memory:
        memory.keep(party.worktree, seen.seen)
    party = _with_progress(party._replace(head=seen.head), repository)
    tree, time = known.tips[seen.head]
    merging = repository.merging()
    if seen.tree in ("HEAD", tree) and not merging:
        return party._replace(commit=seen.head, tree=tree, active=time)
    now = tree if seen.tree == "HEAD" else seen.tree
    content = commit_object(now, seen.head, *merging)
    return party._replace(
        commit=store_object(git, "commit", content, repository.object_format),
        tree=now,
        dirty=True,
        active=max(time, seen.latest),
        edited=seen.edited,
    )


def _beside(repository: Repository, worktree: str) -> Repository | None:
    """The repository as git sees it in another worktree; None if git has to be asked.

    Its files say where it is and what is checked out (gitrepository-layout(5)).
    """
    try:
        own = os.path.realpath(git_dir(worktree))
        if own != repository.common_dir:
            if os.path.dirname(own) != os.path.join(repository.common_dir, "worktrees"):
                return None
            if os.path.realpath(folder_of(own)) != os.path.realpath(worktree):
                return None
    except OSError:
        return None
    head = line_in(os.path.join(own, "HEAD"))
    if not head or os.path.lexists(os.path.join(own, "config.worktree")):
        return None
    ref = head.removeprefix("ref: ") if head.startswith("ref: ") else ""
    index = os.path.join(own, "index")
    env = {**at(worktree).env, "GIT_DIR": own, "GIT_WORK_TREE": worktree, "GIT_INDEX_FILE": index}
    git = Git(worktree, env, repository.git.settings)
    return repository._replace(git=git, git_dir=own, top=worktree, index_file=index, head=ref)


def _as_it_is(looking: Looking, party: Party, repository: Repository, number: int) -> Party:
    """The party with a commit of its working tree as it is."""
    branch = branch_of(repository)
    if branch != party.branch:
        now = _of_branch(looking.trust, branch, party.worktree, party.head)
        party = now._replace(locked=party.locked)
    party = _with_progress(party, repository)
    store = os.path.join(looking.git.directory, "objects")
    for attempt in range(_TRIES):
        folder = os.path.join(looking.git.directory, f"worktree-{number}-{attempt}")
        os.mkdir(folder)
        try:
            seen = snapshot(repository, folder, store)
        except GitError:  # a file that git was to read may be gone by now
            if attempt == _TRIES - 1:
                raise
            continue
        if not seen.torn:
            return _committed(looking, party, repository, seen.tree)
    why = "it was written to while guard read it; ask again in a moment"
    return party._replace(state="unstable", why=why)


def _with_progress(party: Party, repository: Repository) -> Party:
    """The party with what is in progress in its worktree, and whether its agent waits."""
    during = next((word for file, word in _DURING.items() if _exists(repository, file)), "")
    return party._replace(during=during, waiting=_exists(repository, WAITING))


def _exists(repository: Repository, file: str) -> bool:
    return os.path.lexists(os.path.join(repository.git_dir, file))


def _committed(looking: Looking, party: Party, repository: Repository, tree: str) -> Party:
    """The commit that the working tree would become; the tip if nothing is changed."""
    tip, time = _tip(repository, party.head)
    merging = repository.merging()
    if tree == tip and not merging:
        return party._replace(commit=party.head, tree=tree, active=time)
    content = commit_object(tree, party.head, *merging)
    oid = store_object(looking.git, "commit", content, repository.object_format)
    changes = read_changes(diff_trees(looking.git, party.head, tree))
    latest = max((time_of(party.worktree, change.path)[0] for change in changes), default=0)
    party = party._replace(commit=oid, tree=tree, dirty=True, active=max(time, latest))
    return party._replace(edited=len(changes))


def _as_committed(looking: Looking, known: _Known, party: Party) -> Party:
    tip = known.tips.get(party.head) or _tip(looking.repository, party.head)
    return party._replace(commit=party.head, active=tip[1])


def _tip(repository: Repository, head: str) -> tuple[str, int]:
    """A commit's tree and its time."""
    said = repository.git.run("log", "-1", "--format=%T %ct", "--no-show-signature", head).text
    tree, _, time = said.strip().partition(" ")
    return tree, int(time)


def _still_there(
    looking: Looking, parties: Sequence[Party], heads: Mapping[str, str]
) -> list[Party]:
    """The parties again; whose HEAD moved while all were read is unstable."""
    if looking.committed:
        return list(parties)
    known = places_unseen(looking.repository, with_heads=False)
    now = {one.path: one.head or heads.get(ref_of(one.branch), "") for one in known}
    why = "its HEAD moved while guard read it; ask again in a moment"
    return [
        party
        if party.state != "working" or now.get(party.worktree) == party.head
        else party._replace(state="unstable", why=why)
        for party in parties
    ]


def _branches(looking: Looking, heads: Iterable[_Head]) -> Iterator[Party]:
    """The local branches that open contracts claim; a worktree's are known already."""
    for oid, ref, time, _ in heads:
        if party := _claimed(looking.trust, branch_in(ref), oid, time):
            yield party


def _remote_branches(repository: Repository, trust: Trust, remote: str) -> Iterator[Party]:
    """The branches of a remote, as last fetched, that open contracts claim."""
    prefix = f"{REMOTES}{remote}/"
    owners = {one.name: one.owner for one in trust.contracts}
    for oid, ref, time, author in _listed(repository, prefix):
        branch = ref.removeprefix(prefix)
        if party := _claimed(trust, branch, oid, time):
            holder = owners.get(party.contract) or author
            yield party._replace(remote=remote, holder=holder)


def _listed(repository: Repository, prefix: str) -> Iterator[_Head]:
    form = "--format=%(objectname) %(committerdate:unix) %(refname) %(authorname)"
    for line in repository.git.run("for-each-ref", form, prefix).text.split("\n")[:-1]:
        oid, time, ref, author = line.split(" ", 3)
        yield oid, ref, int(time or 0), author


def _claimed(trust: Trust, branch: str, oid: str, time: int) -> Party | None:
    if not claiming(trust, branch) or branch in trust.base_names:
        return None
    return _of_branch(trust, branch, "", oid)._replace(commit=oid, active=time)


def _of_branch(trust: Trust, branch: str, worktree: str, head: str) -> Party:
    contract = working_under(trust, branch, worktree)
    name = contract.name if contract else branch or os.path.basename(worktree)
    goal = contract.goal if contract else ""
    return Party(name, branch, worktree, contract.name if contract else "", goal, head)


def _named(looking: Looking, parties: Iterable[Party]) -> list[Party]:
    """The parties with names of their own: those that they were given, or else made out."""
    noted = names_noted(looking.repository.common_dir)
    found = []
    for party in parties:
        own, _ = noted.get(party.worktree, (party.name, ""))
        found.append(party._replace(name=own))
    names = told_apart([(party.name, party.branch, party.worktree) for party in found])
    return [party._replace(name=name) for party, name in zip(found, names, strict=True)]
