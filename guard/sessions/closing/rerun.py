"""Runs the commands of a trusted contract again on the tip of a branch, without trust in receipts.

The tip is checked out into a temporary repository that borrows the real one's objects. It is no
worktree, so commands cannot change the real refs, index or configuration. No hook runs, nothing is
fetched, submodules stay empty.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from guard.contracts.name_patterns import names_one
from guard.core.errors import UsageError
from guard.core.names import ref_of, show
from guard.git.isolate import borrow, scratch
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository
from guard.git.trees import changed_since, tree_on_disk, tree_without
from guard.handoffs.values import Given
from guard.receipts.receipt import MOST_CHANGED, Receipt, Stream, masked_text
from guard.receipts.running import Ran, run_within
from guard.rules.facts import Facts, Need
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

_INSIDE = "GUARD_INSIDE_RERUN"  # set for the commands, which must not run commands again
_USUAL = (
    *"PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ".split(),
    *"XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME".split(),
)
_TAIL = 20  # lines of a failed command's output that are shown
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Rerun(NamedTuple):
    """Commands that a contract on the base requires; `tree` is the tip's without the handoff."""

    repository: Repository
    facts: Facts
    commands: tuple[str, ...]
    handoff: str
    tree: str
    limit: float


def rerun(
    git: Git,
    ask: Ask,
    *,
    limit: float = 0,
    tell: Callable[[str, Receipt | None], None] = lambda *_: None,
) -> tuple[Receipt, ...]:
    """Run the commands that the trusted contract requires, and give a receipt of each.

    Commands that only the branch or its handoff names never run. `limit` is seconds a command; 0
    means the policy's. `tell` gets each command before it starts, and again with its receipt.
    Raises GuardError as a verdict would.
    """
    plan = _plan(git, ask, limit)
    if not plan.commands:
        return ()
    with _interruptible(), scratch() as folder:
        try:
            return tuple(_run(plan, folder, tell))
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the cleaning
            _loosen(folder)


def with_reruns(
    git: Git, ask: Ask, *, limit: float = 0, say: Callable[[str], None] = lambda _: None
) -> Ask:
    """Run the commands as `rerun` does, and give the question with their receipts.

    `say` gets each line of the progress.
    """

    def tell(line: str, receipt: Receipt | None) -> None:
        for text in _progress(line, receipt):
            say(text)

    receipts = rerun(git, ask, limit=limit, tell=tell)
    return ask._replace(given=(ask.given or Given())._replace(reruns=receipts))


def _progress(line: str, receipt: Receipt | None) -> Iterator[str]:
    if receipt is None:
        yield f"guard: runs again: {show(line)}"
    elif receipt.passed:
        yield f"guard: passed in {receipt.took}"
    else:
        status = f"exit status {receipt.exit} after {receipt.took}"
        yield f"guard: failed with {status}; the end of what it printed:"
        for stream in receipt.streams:
            yield from (f"  {show(text)}" for text in stream.tail.splitlines()[-_TAIL:])


def _plan(git: Git, ask: Ask, limit: float) -> _Rerun:
    if _INSIDE in os.environ:
        raise UsageError(
            "a command that is run again must not run commands again",
            hint="leave --rerun out of verify in the contract",
        )
    opening = Opening(git, staged=False)
    with Reading(opening, ask) as reading:
        facts = reading.begin().gather(Need.NOTHING).facts
        repository, objects = open_repository(git), opening.objects
        contract = facts.contract if facts.trusted.contract_from == "base" else None
        if contract is None:
            return _Rerun(repository, facts, (), "", "", 0)
        handoff = facts.policy.handoff_of(contract.name)
        whole = objects.tree_of(facts.head)
        tree = tree_without(objects, whole, handoff, repository.object_format)
    seconds = limit or facts.policy.time_limit
    return _Rerun(repository, facts, contract.verify, handoff, tree, seconds)


def _run(
    plan: _Rerun, folder: str, tell: Callable[[str, Receipt | None], None]
) -> Iterator[Receipt]:
    top = _checked_out(plan, folder)
    repository = open_repository(at(top))
    env = _environment(plan, os.path.join(folder, "tmp"), os.environ)
    for command in plan.commands:
        tell(command, None)
        with scratch() as first, scratch() as second:
            before = tree_on_disk(repository, first, plan.handoff)
            ran = run_within(command, top, env, plan.limit)
            after = tree_on_disk(repository, second, plan.handoff)
            changed = changed_since(before, after)
        receipt = Receipt(
            argv=("sh", "-c", command),
            directory="",
            branch=plan.facts.branch,
            contract=plan.facts.contract.name if plan.facts.contract else "",
            exit=ran.exit,
            started=ran.started,
            duration=ran.duration,
            before=plan.tree,
            after=after.tree if changed else plan.tree,
            changed=tuple(changed[:MOST_CHANGED]),
            altered=sum(letter != "A" for letter, _ in changed),
            streams=_masked(plan, ran),
            command="",
            origin="rerun",
        )
        tell(command, receipt)
        yield receipt
        # The next command starts from the same files.
        repository.git.run("read-tree", "--reset", "-u", plan.facts.head)


def _masked(plan: _Rerun, ran: Ran) -> tuple[Stream, ...]:
    def is_secret(name: str) -> bool:
        return names_one(plan.facts.policy.masks, name, any_case=True)

    return tuple(one._replace(tail=masked_text(one.tail, (), is_secret)) for one in ran.streams)


def _checked_out(plan: _Rerun, folder: str) -> str:
    repository, facts = plan.repository, plan.facts
    name = os.path.basename(repository.top or repository.common_dir).removesuffix(".git")
    top = os.path.join(folder, name or "work")
    inside = os.path.join(top, ".git")
    os.makedirs(os.path.join(inside, "refs", "heads"))
    os.makedirs(os.path.join(folder, "tmp"))
    borrow(repository, os.path.join(inside, "objects"))
    if repository.shallow:
        shallow = os.path.join(repository.common_dir, "shallow")
        shutil.copyfile(shallow, os.path.join(inside, "shallow"))
    _write(inside, "config", _config(repository))
    _write(inside, "packed-refs", "".join(sorted(_refs(plan), key=lambda line: line.split()[1])))
    head = f"ref: {ref_of(facts.branch)}" if facts.branch else facts.head
    _write(inside, "HEAD", f"{head}\n")
    at(top).run("read-tree", "--reset", "-u", facts.head)
    return top


def _config(repository: Repository) -> str:
    """Git LFS keeps its storage (git-lfs-config(5))."""
    objects = ""
    if repository.object_format == "sha256":
        objects = "[extensions]\n\tobjectFormat = sha256\n"
    core = f"[core]\n\trepositoryFormatVersion = {1 if objects else 0}\n\tbare = false\n"
    storage = os.path.join(repository.common_dir, "lfs").replace("\\", "\\\\").replace('"', '\\"')
    return f'{core}{objects}[lfs]\n\tstorage = "{storage}"\n'


def _refs(plan: _Rerun) -> Iterator[str]:
    """For `git diff main...`, `git describe` and the like."""
    facts = plan.facts
    base = facts.trusted.ref
    for remote in plan.repository.remotes():
        base = base.removeprefix(f"{remote}/")
    words = ("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
    tags = plan.repository.git.run(*words).out.decode("utf-8", "surrogateescape")
    yield from (f"{line}\n" for line in tags.split("\n") if line)
    yield f"{facts.trusted.oid} refs/remotes/origin/{base}\n"
    if base != facts.branch:
        yield f"{facts.trusted.oid} {ref_of(base)}\n"
    if facts.branch:
        yield f"{facts.head} {ref_of(facts.branch)}\n"


def _environment(plan: _Rerun, temporary: str, env: Mapping[str, str]) -> dict[str, str]:
    """PATH keeps only absolute paths, for the branch could put programs into others."""
    allowed = (*_USUAL, *plan.facts.policy.environment)
    seen = {name: value for name, value in env.items() if names_one(allowed, name)}
    entries = env.get("PATH", os.defpath).split(os.pathsep)
    seen["PATH"] = os.pathsep.join(entry for entry in entries if entry.startswith("/"))
    return {**seen, "TMPDIR": temporary, "TERM": "dumb", _INSIDE: "1"}


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Handle signals as Ctrl-C, so that everything is removed on the way out."""

    def end(number: int, _: object) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, end)
        for number in _ENDING
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _loosen(folder: str) -> None:
    """Test suites leave folders that are not writable, and so not removable."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)


def _write(folder: str, name: str, text: str) -> None:
    with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
