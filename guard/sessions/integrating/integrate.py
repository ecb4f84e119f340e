"""Integrates sessions: each tried on top of those before it, and the base moved once at the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.core.disk import no_room_in
from guard.core.errors import GuardError, Unreachable, UsageError
from guard.core.names import HEADS, branch_in, counted, shell_quote
from guard.git.ancestry import apart as how_far_apart
from guard.git.ancestry import is_ancestor
from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import isolated
from guard.git.landing import Branch, pushes_to, take_objects, tip_of
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.refs import tips
from guard.git.repository import Repository
from guard.sessions.closing.apart import cleaned, require_outside
from guard.sessions.integrating import journal, queue
from guard.sessions.integrating.landing import Landed, keep_result, recover, settle
from guard.sessions.integrating.messages import remaining
from guard.sessions.integrating.outcome import Integrated, Outcome
from guard.sessions.integrating.queue import Found, Queue
from guard.sessions.integrating.trial import Attempt, Candidate, Prefix, Tell, Trial
from guard.sessions.life.tidying import at_local_base
from guard.verdict.integrated import are_closed, files_of, named
from guard.verdict.opening import Sources
from guard.verdict.search import Ref
from guard.verdict.trust import Trust

Resolved = Callable[[queue.Queue, Trust], queue.Queue]
Say = Callable[[str], None]


class Wanted(NamedTuple):
    """What is asked for: sessions in their order, or all that are done.

    `check` only looks. `whole`: if one is left out, nothing moves. `to` is the branch that gets the
    result instead of the base; `push` brings it to the remote. `limit` is seconds a command.
    """

    names: tuple[str, ...] = ()
    check: bool = False
    whole: bool = False
    to: str = ""
    push: bool = False
    limit: float = 0


def integrate(
    repository: Repository, wanted: Wanted, tell: Tell, say: Say, resolved: Resolved | None = None
) -> Integrated:
    """Integrate sessions; `tell` hears of each command before it starts and when it has ended.

    `say` hears what to know before anything moves. `resolved` gives the queue with the resolutions
    of conflicts.

    Raises GuardError if another run is at work, and where there is nothing to judge by; nothing has
    moved then. What became of an earlier run that was killed is in the answer, or `say` hears it.
    """
    require_outside()
    if wanted.check:
        return _tried(repository, wanted, tell, say)._replace(before=_unsettled(repository))
    with journal.alone(repository, ", ".join(wanted.names) or "all that is done"):
        before = recover(repository)
        try:
            return _tried(repository, wanted, tell, say, resolved)._replace(before=before)
        except GuardError:
            for line in before:
                say(line)
            raise


def _unsettled(repository: Repository) -> tuple[str, ...]:
    note = journal.read(repository)
    if note is None or note.phase == "landed":
        return ()
    return (f"the integration of {note.when} is at work, or the next one brings it to its end",)


def _tried(
    repository: Repository, wanted: Wanted, tell: Tell, say: Say, resolved: Resolved | None = None
) -> Integrated:
    with (
        journal.trying(repository, noted=not wanted.check) as trying,
        cleaned(trying.folder),
        closing(Objects(repository.git)) as objects,
    ):
        remote, there = _remote(repository, objects, wanted)
        trust = at_local_base(repository, objects)
        _require_branch(repository, trust, wanted.to)
        if remote:
            theirs = f"{remote}/{trust.base.name}"
            _compare_with_remote(repository, trust.base, theirs, there, say, moves=not wanted.to)
        with isolated(repository) as apart:
            found = queue.find(repository, objects, trust, apart, wanted.names)
            if resolved:
                found = resolved(found, trust)
            result = _in_turn(repository, trust, apart, found, wanted, tell)
            left_out = [one for one in result.outcomes if one.is_left_out]
            if result.new == result.old or (wanted.whole and left_out):
                return _unmoved(result._replace(new=""), wanted, left_out)
            if wanted.check:
                return result._replace(new="", end="checked")
            heads = [one.head for one in result.outcomes if one.is_in]
            take_objects(repository, apart, result.new, [result.old, *heads])
        names = tuple(one.name for one in result.outcomes if one.is_in)
        note = trying._replace(base=result.base, old=result.old, new=result.new, names=names)
        note = keep_result(repository, note._replace(to=wanted.to, remote=remote, there=there))
    landed = settle(repository, note)
    if landed.end == "overtaken":
        result = _only_ready(result, landed.why)
    return result._replace(
        end=landed.end,
        branch=landed.branch,
        why=landed.why,
        steps=tuple(step for step in landed.steps if step),
        remote=remote if landed.end in ("moved", "pushed") or _is_there(landed) else "",
    )


def _in_turn(
    repository: Repository, trust: Trust, apart: Git, found: Queue, wanted: Wanted, tell: Tell
) -> Integrated:
    """Try the sessions one on top of the other; `new` is the commit with all that are in.

    `apart` is the isolated git that has it.
    """
    placed = _placed(repository, apart.directory)
    with closing(Objects(placed.git)) as objects:
        limit = 0 if wanted.check else wanted.limit or trust.policy.time_limit
        trial = Trial(Sources(placed, objects, trust), apart, repository, limit=limit, tell=tell)
        run = _Run(trial, repository, trust, apart, wanted)
        outcomes = [*run.all(found.candidates), *run.stacked(placed, found.broken)]
    known = {one.name for one in outcomes}
    rest = [one for one in found.outcomes if one.name not in known]
    return Integrated(trust.base.name, trust.base.oid, run.tip, (*outcomes, *rest))


def _is_there(landed: Landed) -> bool:
    return landed.end == "branch" and not landed.why


def _unmoved(result: Integrated, wanted: Wanted, left_out: Sequence[Outcome]) -> Integrated:
    result = result._replace(end="checked" if wanted.check else "nothing")
    if not (wanted.whole and left_out):
        return result
    names = ", ".join(one.name for one in left_out)
    return _only_ready(result, f"all were to be integrated or none, and {names} could not be")


def _only_ready(result: Integrated, why: str) -> Integrated:
    """Nothing has moved, so no session is in."""
    outcomes = tuple(
        one._replace(word="ready") if one.word == "integrated" else one for one in result.outcomes
    )
    return result._replace(outcomes=outcomes, why=why)


def _placed(repository: Repository, folder: str) -> Repository:
    """The repository, with new objects in the store of the isolated one at `folder`."""
    return repository._replace(git=repository.git.moved(GIT_OBJECT_DIRECTORY=f"{folder}/objects"))


def _remote(repository: Repository, objects: Objects, wanted: Wanted) -> tuple[str, str]:
    """The remote that gets the result, and where the base is there; "" for none."""
    if not wanted.push:
        return "", ""
    trust = at_local_base(repository, objects)
    remote = pushes_to(repository, trust.base.name)
    if not remote:
        raise UsageError("there is no remote to push to", hint="git remote add origin URL")
    try:
        return remote, tip_of(repository, Branch(trust.base.name, remote))
    except Unreachable as error:
        push = f"git push {shell_quote(remote)} {shell_quote(trust.base.name)}"
        hint = f"{error.hint}; or leave --push out: guard integrate, and later {push}"
        raise Unreachable(f"{error.message}; nothing was integrated", hint=hint) from error


def _compare_with_remote(
    repository: Repository, base: Ref, theirs: str, there: str, say: Say, *, moves: bool
) -> None:
    """Say which commits of the base the remote gets beside the sessions.

    Raises UsageError if the remote's base, which is to move (`moves`), has what the one here lacks:
    no push could end well.
    """
    if not there:
        say(f"{theirs} is not there yet, so all of {base.name} is pushed")
        return
    ours, lacking = how_far_apart(repository.git, base.oid, there)
    if lacking and moves:
        merge = "merge" if ours else "merge --ff-only"
        what = f"{theirs} has {counted(lacking, 'commit')} that {base.name} lacks"
        raise UsageError(
            f"{what}, so {base.name} cannot be pushed; nothing was integrated",
            hint=f"git switch {shell_quote(base.name)} && git {merge} {shell_quote(theirs)}   "
            "# then again: guard integrate --push",
        )
    if ours:
        are, log = "is" if ours == 1 else "are", f"{shell_quote(theirs)}..{shell_quote(base.name)}"
        what = f"{counted(ours, 'commit')} of {base.name} that {theirs} lacks"
        say(f"{what} {are} pushed, too: git log {log}")


def _require_branch(repository: Repository, trust: Trust, name: str) -> None:
    """Raise UsageError if the branch for the result is the base, or has other work."""
    if not name:
        return
    if name == trust.base.name:
        raise UsageError(f"{name} is the base", hint="guard integrate   # without --branch")
    words = ("check-ref-format", "--branch", name)
    if repository.git.run(*words, ok=(0, 1, 128)).code:
        raise UsageError(f"{name} is no name for a branch", hint="git check-ref-format --branch")
    for one in map(branch_in, tips(repository.git, HEADS)):
        if one.startswith(f"{name}/") or name.startswith(f"{one}/"):
            message = f"git has no branch {name} beside the branch {one}"
            raise UsageError(message, hint="choose another name")
    tip = tip_of(repository, Branch(name))
    if tip and not is_ancestor(repository.git, tip, trust.base.oid):
        raise UsageError(
            f"the branch {name} is there already, with commits that {trust.base.name} lacks",
            hint=f"git log {shell_quote(trust.base.name)}..{shell_quote(name)}",
        )


class _Run:
    """Tries one after another; a prefix is the base with those that are in so far."""

    def __init__(
        self, trial: Trial, repository: Repository, trust: Trust, apart: Git, wanted: Wanted
    ) -> None:
        self._trial = trial
        self._apart = apart
        self._repository = repository
        self._trust = trust
        self._wanted = wanted
        base = trust.base
        self._prefixes = [Prefix(base.name, base.oid, base.oid)]
        self._in: list[Candidate] = []

    @property
    def tip(self) -> str:
        """The commit with all that are in."""
        return self._prefixes[-1].commit

    def all(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """Try them, and give what became of each."""
        return [self._next(one) for one in candidates]

    def stacked(self, repository: Repository, broken: Sequence[Found]) -> Iterator[Outcome]:
        """Judge those anew, by the tip, that are built on one that is in; try what passes there.

        What a branch carries from another session is no change of its own once that is in. The
        `repository` can read the tip. Nothing is given of the others.
        """
        waiting = list(broken)
        while True:
            one = next((one for one in waiting if self._is_on_one(one.party.head)), None)
            if one is None:
                return
            waiting.remove(one)
            found = queue.judged(repository, one, self._prefixes[-1].merged)
            if isinstance(found, Outcome):
                yield found
                continue
            yield self._next(found)

    def _is_on_one(self, head: str) -> bool:
        return any(is_ancestor(self._repository.git, each.party.head, head) for each in self._in)

    def _next(self, one: Candidate) -> Outcome:
        onto = tuple(prefix.name for prefix in self._prefixes)
        party = one.party
        outcome = Outcome(one.name, party.branch, party.head, "", party.worktree, onto=onto)
        outcome = outcome._replace(notes=tuple(self._notes(one)))
        tip = self._prefixes[-1]
        if not self._wanted.names and _has_not_begun(one):
            return outcome._replace(word="empty", why="it has changed nothing but its contract")
        try:
            if self._is_there(one, tip):
                base = self._prefixes[0]
                name = base.name if self._is_there(one, base) else tip.name
                return outcome._replace(word="empty", why=f"{name} has all of it")
            made = self._trial.attempt(tip, one, self._commands(one))
            if made.word:
                return self._left_out(one, made, outcome)
        except GuardError as cause:
            error = no_room_in(self._apart.directory, cause) or cause
            steps = (error.hint,) if error.hint else ()
            return outcome._replace(word="unjudged", why=error.message, steps=steps)
        self._prefixes.append(Prefix(one.name, made.commit, made.merged))
        self._in.append(one)
        risks, follow_up = remaining(one.facts, one.name)
        return outcome._replace(
            word="ready" if self._wanted.check else "integrated",
            commit=made.commit,
            tree=made.tree,
            findings=queue.warnings(one),
            receipts=made.receipts,
            notes=(*outcome.notes, *made.notes),
            risks=risks,
            follow_up=follow_up,
        )

    def _notes(self, one: Candidate) -> Iterator[str]:
        if one.busy:
            yield f"not taken: {one.busy}"
        if one.contract.verify and not one.counts:
            base = self._trust.base.name
            yield f"its contract is not on {base} yet, so its commands do not run"
        yield from one.notes

    def _is_there(self, one: Candidate, tip: Prefix) -> bool:
        """Whether what is in so far has all of a session, by its history or by its content."""
        merge = self._trial.merge(tip.merged, one.head)
        tree = self._trial.tree(tip.merged)
        if not merge.clean:
            tips = [one.party.head]
            return bool(named(self._repository.git, self._trust.base.oid, tips))
        if merge.tree == tree:
            return True
        name = one.contract.name
        own = {file.partition("/")[0] for file in files_of(self._trust, name)}
        if not own.issuperset(self._trial.apart_at_top(tree, merge.tree)):
            return False
        added = {each.path for each in read_changes(diff_trees(self._apart, tree, merge.tree))}
        return are_closed(self._repository.git, self._trust, name, one.party.head, added)

    def _commands(self, one: Candidate) -> list[str]:
        """The policy's, and those of all sessions that are in: this one may break them."""
        if self._wanted.check:
            return []
        contracts = [each.contract for each in (*self._in, one) if each.counts]
        lines = [*self._trust.policy.integrate_verify]
        lines += [line for contract in contracts for line in contract.verify]
        return list(dict.fromkeys(lines))

    def _left_out(self, one: Candidate, made: Attempt, outcome: Outcome) -> Outcome:
        outcome = outcome._replace(
            word=made.word,
            why=made.why,
            receipts=made.receipts,
            failed=made.failed,
            notes=(*outcome.notes, *made.notes),
        )
        if made.failed:
            outcome = outcome._replace(steps=queue.repair(one, self._trust, made.failed.line))
        if made.word == "conflict":
            return self._conflicting(one, made, outcome)
        if made.word == "failed" and made.failed:
            return self._failing(one, made.failed.line, outcome)
        if made.word == "rewritten":
            step = 'how = "merge" or "squash" under [integrate] in guard.toml, or rebase it by hand'
            return outcome._replace(steps=(step,))
        return outcome

    def _conflicting(self, one: Candidate, made: Attempt, outcome: Outcome) -> Outcome:
        """Find the first prefix that it conflicts with: the last of it is the other side."""
        name, conflicts = outcome.onto[-1], made.conflicts
        for prefix in self._prefixes[:-1]:
            stopped = self._trial.stops(prefix, one)
            if stopped:
                name, conflicts = prefix.name, stopped
                break
        sides = [*(each for each in self._in if each.name == name), one]
        found = queue.conflict_of(self._repository, self._trust, self._apart, sides, conflicts)
        step = f"guard integrate --resolve {shell_quote(one.name)}"
        if name != self._trust.base.name:
            step += f"   # once {name} is in"
        return found._replace(onto=outcome.onto, notes=outcome.notes, steps=(step,))

    def _failing(self, one: Candidate, command: str, outcome: Outcome) -> Outcome:
        """Find the shortest prefix on which the command fails with it (by halving)."""
        low, high = -1, len(self._prefixes) - 1
        while high - low > 1:
            middle = (low + high) // 2
            attempt = self._trial.attempt(self._prefixes[middle], one, [command])
            if attempt.word:
                high = middle
            else:
                low = middle
        name, commit = self._prefixes[high].name, self._prefixes[high].commit
        if high == 0 and not self._trial.passes(commit, command):
            why = f"{outcome.why}; it fails on {name} without this session, too"
            return outcome._replace(why=why, steps=(f"{command}   # on {name}, to be repaired",))
        return outcome._replace(together=(name,))


def _has_not_begun(one: Candidate) -> bool:
    return {change.path for change in one.facts.changes} == {one.contract.file}
