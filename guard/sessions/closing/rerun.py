"""Runs the commands of a trusted contract again, on the tip of a branch, in a place that vanishes: for whoever cannot trust receipts.

The tip is checked out into a throw-away repository that borrows the real one's objects. It is no worktree of the real one: what the
tests of a branch do to refs, index or configuration there happens to nobody. No hook runs, nothing is fetched, submodules stay empty.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from guard.contracts.strings import names_one
from guard.core.errors import UsageError
from guard.git.isolate import borrow, scratch
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository
from guard.git.trees import changed_since, tree_on_disk, tree_without
from guard.handoffs.values import Given
from guard.receipts.receipt import MOST_CHANGED, Receipt
from guard.receipts.running import run_within
from guard.rules.facts import Facts, Need
from guard.verdict.contract import tree_of
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

_INSIDE = "GUARD_INSIDE_RERUN"  # set for the commands, so that none of them begins all over again
_USUAL = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Plan(NamedTuple):
    """What is to be run again: commands that a contract on the base requires, on which tip, and `tree`, that without the handoff."""

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
    """Run the commands that the trusted contract of a branch or a range requires, and give a receipt of each.

    Nothing else is ever run: no command that only the branch or its report names. `limit` is seconds a command, 0 what the policy says.
    `tell` hears of each command before it starts, and of its receipt afterwards. Raises GuardError as a verdict would.
    """
    plan = _plan(git, ask, limit)
    if not plan.commands:
        return ()
    with _interruptible(), scratch() as folder:
        try:
            return tuple(_run(plan, folder, tell))
        finally:
            for number in _ENDING:
                signal.signal(
                    number, signal.SIG_IGN
                )  # from here on nothing keeps us from tidying up
            _loosen(folder)


def with_reruns(
    git: Git,
    ask: Ask,
    *,
    limit: float = 0,
    tell: Callable[[str, Receipt | None], None] = lambda *_: None,
) -> Ask:
    """Run the commands as `rerun` does, and give the same question, to be judged by what came of it."""
    return ask._replace(
        given=(ask.given or Given())._replace(reruns=rerun(git, ask, limit=limit, tell=tell))
    )


def _plan(git: Git, ask: Ask, limit: float) -> Plan:
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
            return Plan(repository, facts, (), "", "", 0)
        handoff = facts.policy.handoff_of(contract.name)
        tree = tree_without(
            objects, tree_of(objects, facts.head), handoff, repository.object_format
        )
    return Plan(repository, facts, contract.verify, handoff, tree, limit or facts.policy.time_limit)


def _run(plan: Plan, folder: str, tell: Callable[[str, Receipt | None], None]) -> Iterator[Receipt]:
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
            streams=ran.streams,
            command="",
            origin="rerun",
        )
        tell(command, receipt)
        yield receipt
        repository.git.run(
            "read-tree", "--reset", "-u", plan.facts.head
        )  # the next one starts from the same files


def _checked_out(plan: Plan, folder: str) -> str:
    """Make the throw-away repository, with the tip checked out; give its top level."""
    repository, facts = plan.repository, plan.facts
    top = os.path.join(
        folder,
        os.path.basename(repository.top or repository.common_dir).removesuffix(".git") or "work",
    )
    inside = os.path.join(top, ".git")
    os.makedirs(os.path.join(inside, "refs", "heads"))
    os.makedirs(os.path.join(folder, "tmp"))
    borrow(repository, os.path.join(inside, "objects"))
    if repository.shallow:
        shutil.copyfile(
            os.path.join(repository.common_dir, "shallow"), os.path.join(inside, "shallow")
        )
    _write(inside, "config", _config(repository))
    _write(inside, "packed-refs", "".join(sorted(_refs(plan), key=lambda line: line.split()[1])))
    _write(
        inside, "HEAD", f"ref: refs/heads/{facts.branch}\n" if facts.branch else f"{facts.head}\n"
    )
    at(top).run("read-tree", "--reset", "-u", facts.head)
    return top


def _config(repository: Repository) -> str:
    """The few settings that the files need; those of Git LFS are taken from where they are (git-lfs-config(5), `lfs.storage`)."""
    objects = (
        "[extensions]\n\tobjectFormat = sha256\n" if repository.object_format == "sha256" else ""
    )
    version = 1 if objects else 0
    storage = os.path.join(repository.common_dir, "lfs").replace("\\", "\\\\").replace('"', '\\"')
    return f'[core]\n\trepositoryFormatVersion = {version}\n\tbare = false\n{objects}[lfs]\n\tstorage = "{storage}"\n'


def _refs(plan: Plan) -> Iterator[str]:
    """The branch, the base and all tags: what commands ask git about (`git diff main...`, `git describe`)."""
    facts = plan.facts
    base = facts.trusted.ref.removeprefix("origin/")
    listed = plan.repository.git.run(
        "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"
    ).out
    yield from (
        line + "\n" for line in listed.decode("utf-8", "surrogateescape").split("\n") if line
    )
    yield f"{facts.trusted.oid} refs/remotes/origin/{base}\n"
    if base != facts.branch:
        yield f"{facts.trusted.oid} refs/heads/{base}\n"
    if facts.branch:
        yield f"{facts.head} refs/heads/{facts.branch}\n"


def _environment(plan: Plan, temporary: str, env: Mapping[str, str]) -> dict[str, str]:
    """What the commands see: the usual variables, those that the policy names, and a place of their own for temporary files.

    Of PATH only whole paths stay: another entry would lie in the branch's own files.
    """
    allowed = (*_USUAL, *plan.facts.policy.environment)
    seen = {name: value for name, value in env.items() if names_one(allowed, name)}
    seen["PATH"] = os.pathsep.join(
        entry for entry in env.get("PATH", os.defpath).split(os.pathsep) if entry.startswith("/")
    )
    return {**seen, "TMPDIR": temporary, "TERM": "dumb", _INSIDE: "1"}


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let whatever asks us to end do so as Ctrl-C does, so that everything is tidied up on the way out."""

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
    """Make every folder one that can be emptied: test suites like to leave some that cannot be written to."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)


def _write(folder: str, name: str, text: str) -> None:
    with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
