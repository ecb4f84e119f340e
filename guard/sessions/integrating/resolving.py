"""Resolving a conflict: a worktree for the integrator, with git's own merge in progress.

HEAD is detached there, at the tip of the base. Which session it is for is in a file of git's
directory for it, so it goes with the worktree. git merges with the user's settings, merge drivers
and, where it is on, rerere; no hook runs.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.core.errors import GuardError, UsageError
from guard.core.files import read_head
from guard.core.names import counted, ref_of, shell_quote, show
from guard.core.writing import write_whole
from guard.git.ancestry import commit_of, is_ancestor
from guard.git.isolate import isolated
from guard.git.landing import add_worktree, commit_of_tree, in_worktree
from guard.git.merge import merge_commits
from guard.git.objects import Objects
from guard.git.plumbing import Git, at, records
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree, worktrees
from guard.sessions.integrating import journal, queue
from guard.sessions.integrating.integrate import Say, Wanted, integrate
from guard.sessions.integrating.landing import recover
from guard.sessions.integrating.outcome import Integrated, Outcome
from guard.sessions.integrating.queue import Queue, asked_about, conflict_of
from guard.sessions.integrating.trial import Candidate, Tell, message_of
from guard.sessions.life import trash
from guard.sessions.life.folder import hide, require_place, root_of, worktree_at
from guard.sessions.life.tidying import at_local_base
from guard.sessions.worktrees import RESOLUTION, resolved_in
from guard.verdict.opening import Sources
from guard.verdict.trust import Trust
from guard.verdict.verdict import verdict_and_facts

_MARKS = (b"<<<<<<< ", b">>>>>>> ")
_MOST = 5  # paths that are named


class Resolving(NamedTuple):
    """A worktree in which the session `name`, with its tip `head`, is merged onto `base`."""

    path: str
    name: str
    head: str
    base: str


class Opened(NamedTuple):
    """A worktree that was opened, or was there already: the conflict, and what is solved.

    `solved` are the paths of the conflict that git has solved by what was recorded (git-rerere(1)).
    """

    place: Resolving
    outcome: Outcome
    solved: tuple[str, ...] = ()


def resolve(repository: Repository, name: str, say: Say) -> Opened:
    """Open a worktree for the conflict of a session with the base; the same words find it again.

    `say` hears what became of an integration that was killed.

    Raises UsageError if there is no conflict, GuardError if the session is not ready otherwise.
    """
    what = f"the conflict of {name}"
    with journal.alone(repository, what), closing(Objects(repository.git)) as objects:
        for line in recover(repository):
            say(line)
        return _resolve(repository, objects, name)


def _resolve(repository: Repository, objects: Objects, name: str) -> Opened:
    with journal.trying(repository):
        trust = at_local_base(repository, objects)
        with isolated(repository) as apart:
            one = _candidate(queue.find(repository, objects, trust, apart, [name]), trust)
            merge = merge_commits(apart, trust.base.oid, one.head)
            if merge.clean:
                raise UsageError(
                    f"{one.name} merges cleanly onto {trust.base.name}",
                    hint=f"guard integrate {shell_quote(one.name)}",
                )
            outcome = conflict_of(repository, trust, apart, [one], merge.conflicts)
        there = next((each for each in _all(repository) if each.name == one.name), None)
        if there and not os.path.isdir(there.path):
            _away(repository, there)
            there = None
        if there and there.head != one.head:
            raise UsageError(
                f"{one.name} has moved on since its worktree was opened, {there.path}",
                hint=f"guard integrate --abort {shell_quote(one.name)}   # then --resolve again",
            )
        place = there or _opened(repository, trust, one)
        solved = tuple(_merging(place, one))
    return Opened(place, outcome, solved)


def _candidate(found: Queue, trust: Trust) -> Candidate:
    if found.candidates:
        return found.candidates[0]
    other = found.outcomes[0]
    if other.word == "empty":
        raise UsageError(f"{trust.base.name} has all of {other.name}", hint="guard sessions")
    raise UsageError(
        f"{other.name} cannot be integrated, whatever it conflicts with: {other.why}",
        hint=f"guard integrate --check {shell_quote(other.name)}",
    )


def _opened(repository: Repository, trust: Trust, one: Candidate) -> Resolving:
    root = root_of(repository.top or repository.common_dir)
    folder = trust.policy.start_folder.replace("{name}", _called(one.name))
    path = os.path.normpath(os.path.join(root, folder))
    known = worktree_at(path, worktrees(repository.git))
    if known and known.locked and trash.is_half_made(repository, known):
        trash.put_aside(repository, known)  # git was killed while it made it
        known = None
    require_place(root, path, known)
    if known is None:
        hide(repository, path)
        add_worktree(repository, path, trust.base.oid)
    there = open_repository(at(path))
    if known and (there.merging() or commit_of(there.git, "HEAD") != trust.base.oid):
        raise UsageError(
            f"{show(path)} is there already, for something else",
            hint=f"git worktree remove {shell_quote(path)}   # if it may go",
        )
    place = Resolving(path, one.name, one.head, trust.base.oid)
    os.makedirs(os.path.join(there.git_dir, "guard"), exist_ok=True)
    said = json.dumps({"name": place.name, "head": place.head, "base": place.base})
    write_whole(os.path.join(there.git_dir, *RESOLUTION.split("/")), said.encode())
    return place


def _called(name: str) -> str:
    return "integrate-" + name.replace("/", "-")


def _merging(place: Resolving, one: Candidate) -> Iterator[str]:
    """Begin git's merge unless it goes on; yield the paths that git has solved by itself."""
    there = open_repository(at(place.path))
    if not there.merging() and commit_of(there.git, "HEAD") == place.base:
        words = ("merge", "--no-ff", "--no-commit", "--quiet", "--no-stat")
        in_worktree(there).run(*words, "--no-verify-signatures", one.head, ok=(0, 1))
    for path in dict.fromkeys(_unmerged(there.git)):
        content = read_head(os.path.join(place.path, path), 1 << 24, follow=False)
        if content and not _has_marks(content):
            yield path


def _unmerged(git: Git) -> list[str]:
    listed = records(git.run("ls-files", "--unmerged", "-z").out)
    return [record.partition("\t")[2] for record in listed]


def _has_marks(content: bytes) -> bool:
    lines = content.split(b"\n")
    return all(any(line.startswith(mark) for line in lines) for mark in _MARKS)


def _all(repository: Repository) -> list[Resolving]:
    """The worktrees that were opened for a conflict."""
    found = []
    for one in worktrees(repository.git)[1:]:
        if one.bare or one.branch:
            continue
        admin = trash.admin_of(repository, one)  # there, too, if guard was stopped at the removal
        if said := resolved_in(admin):
            found.append(Resolving(one.path, **said))
    return found


def _the_one(repository: Repository, name: str) -> Resolving:
    """The worktree of a session; without a name the one that guard runs in, or the only one."""
    found = _all(repository)
    own = [one for one in found if os.path.realpath(one.path) == os.path.realpath(repository.top)]
    chosen = [one for one in found if one.name == name] if name else own or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        names = ", ".join(one.name for one in chosen)
        raise UsageError(f"say which one: {names}", hint="guard integrate --continue NAME")
    what = f"no conflict of {name} is being resolved" if name else "no conflict is being resolved"
    raise UsageError(what, hint="guard integrate --resolve NAME")


def go_on(repository: Repository, name: str, wanted: Wanted, tell: Tell, say: Say) -> Integrated:
    """Integrate a session with the resolution in its worktree, which goes if that lands.

    The resolution is judged by the session's contract, also by what it dropped. Raises UsageError
    if it is not complete.
    """
    place = _the_one(repository, name)
    if not os.path.isdir(place.path):
        _away(repository, place)  # guard was stopped while it removed it, or somebody else did
        raise UsageError(
            f"{show(place.path)} is gone, and guard has put away what git knew of it",
            hint=f"guard integrate {shell_quote(place.name)}   # says whether it is in",
        )
    there = open_repository(at(place.path))

    def resolved(found: Queue, trust: Trust) -> Queue:
        candidates = [_resolved(repository, there, trust, place, one) for one in found.candidates]
        fit = tuple(one for one in candidates if isinstance(one, Candidate))
        unfit = tuple(one for one in candidates if isinstance(one, Outcome))
        return Queue(fit, (*unfit, *found.outcomes))

    wanted = wanted._replace(names=(place.name,))
    result = integrate(repository, wanted, tell, say, resolved)
    is_there = any(one.word == "empty" for one in result.outcomes)  # a run that was killed did it
    if any(one.word == "conflict" for one in result.outcomes):
        commits = "git commit --no-edit && " if there.merging() else ""
        step = f"cd {shell_quote(place.path)} && {commits}git merge {shell_quote(result.base)}"
        step += "   # resolve that, too, and git add; then: guard integrate --continue"
        outcomes = tuple(one._replace(steps=(step,)) for one in result.outcomes)
        return result._replace(outcomes=outcomes)
    if not is_there and (not result.new or result.end == "overtaken"):
        return result
    try:
        _away(repository, place)
    except GuardError as error:
        step = f"git worktree remove {shell_quote(place.path)}   # {error.message}"
        return result._replace(steps=(*result.steps, step))
    return result


def _resolved(
    repository: Repository, there: Repository, trust: Trust, place: Resolving, one: Candidate
) -> Candidate | Outcome:
    party = one.party
    if one.head != place.head:
        raise UsageError(
            f"{one.name} has moved on since its conflict was resolved in {place.path}",
            hint=f"guard integrate --abort {shell_quote(one.name)}   # then --resolve again",
        )
    commit = _commit(repository, there, trust, place, one)
    found = queue.Found(party, one.contract, counts=one.counts)
    outcome = Outcome(one.name, party.branch, commit, "broken", place.path)
    try:
        ask = asked_about(ref_of(trust.base.name), found, commit, closing=False)
        findings = queue.own_findings(*verdict_and_facts(repository.git, ask))
    except GuardError as error:
        return outcome._replace(word="unjudged", why=error.message)
    errors = tuple(finding for finding in findings if finding.breaks)
    if errors:
        count = counted(len(errors), "error")
        step = f"cd {shell_quote(place.path)}   # mend it, and git add; guard integrate --continue"
        why = f"its resolution breaks the contract ({count})"
        return outcome._replace(why=why, findings=errors, steps=(step,))
    notes = tuple(
        f"{each.path}: {each.code} {each.name}: {each.message}"
        for each in findings
        if each.code.startswith("MRG") and not each.waived_by
    )
    return one._replace(resolution=commit, notes=notes)


def _commit(
    repository: Repository, there: Repository, trust: Trust, place: Resolving, one: Candidate
) -> str:
    """The merge as its integrator left it, committed or ready to be committed."""
    git = f"git -C {shell_quote(place.path)}"
    unmerged = list(dict.fromkeys(_unmerged(there.git)))
    if unmerged:
        raise UsageError(
            f"not resolved yet: {_named(unmerged)}",
            hint=f"{git} add {shell_quote(unmerged[0])}   # once it is as it should be",
        )
    there.git.run("update-index", "-q", "--refresh", ok=(0, 1))  # who was touched is not changed
    open_ = records(there.git.run("diff-files", "--name-only", "-z").out)
    words = ("ls-files", "--others", "--exclude-standard", "-z")
    open_ += records(there.git.run(*words).out)
    if open_:
        raise UsageError(
            f"not staged in {place.path}: {_named(open_)}",
            hint=f"{git} add {shell_quote(open_[0])}   # or restore it",
        )
    merging, head = there.merging(), commit_of(there.git, "HEAD")
    for whole in (place.head, place.base):
        if not any(is_ancestor(there.git, whole, part) for part in (head, *merging)):
            raise UsageError(
                f"{place.path} has neither a merge of {one.name} nor one in progress",
                hint=f"guard integrate --abort {shell_quote(one.name)}   # then --resolve again",
            )
    if not merging:
        return head
    marked = list(_still_marked(there, place))
    if marked:
        raise UsageError(
            f"conflict markers are left in {_named(marked)}",
            hint=f"{git} diff --check HEAD",
        )
    in_worktree(there).run("rerere")  # records what was resolved, where the user has it on
    tree = there.git.run("write-tree").text.strip()
    with closing(Objects(repository.git)) as objects:
        text = message_of(Sources(repository, objects, trust), one, place.base)
    return commit_of_tree(repository, tree, [head, *merging], text)


def _still_marked(there: Repository, place: Resolving) -> Iterator[str]:
    words = ("diff-index", "--cached", "--name-only", "-z", "--diff-filter=AM", place.head)
    with closing(Objects(there.git)) as objects:
        for path in records(there.git.run(*words).out):
            if "\n" in path:
                continue
            found = objects.read_all([f":{path}"], 1 << 24)[0]
            old = objects.read_all([f"{place.base}:{path}"], 1 << 24)[0]
            has_own = old is not None and _has_marks(old.content or b"")
            if found and _has_marks(found.content or b"") and not has_own:
                yield path


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return ", ".join(map(show, paths[:_MOST])) + more


def abort(repository: Repository, name: str) -> tuple[Resolving, str]:
    """Give the resolution of a conflict up; give it, and how its worktree could come back."""
    with journal.alone(repository, "--abort"):
        place = _the_one(repository, name)
        _away(repository, place)
    return place, f"guard finish --undo {_called(place.name)}"


def _away(repository: Repository, place: Resolving) -> None:
    """Move the worktree into the trash, where nothing of it is lost."""
    main = worktrees(repository.git)[0]
    outside = open_repository(at(repository.common_dir if main.bare else main.path))
    one: Worktree | None = worktree_at(place.path, worktrees(outside.git))
    if one:
        trash.throw(outside, _called(place.name), one)
