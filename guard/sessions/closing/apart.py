"""A checkout apart from the real repository, and commands that run in it.

It is a repository of its own that borrows the real one's objects, and no worktree: commands cannot
change the real refs, index or configuration. No hook runs, nothing is fetched, submodules stay
empty.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.contracts.model import Policy
from guard.contracts.name_patterns import names_one
from guard.core.errors import UsageError
from guard.core.names import ref_of, show
from guard.git.isolate import borrow, scratch, write
from guard.git.plumbing import at
from guard.git.refs import tips
from guard.git.repository import Repository, open_repository
from guard.git.trees import changed_since, tree_on_disk
from guard.receipts.receipt import MOST_CHANGED, Receipt, Stream, masked_text
from guard.receipts.running import Ran, end_all, run_within

_INSIDE = "GUARD_INSIDE_RERUN"  # set for the commands, which must not run commands again
_USUAL = (
    *"PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ".split(),
    *"XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME".split(),
)
_TEMPORARY = "tmp"
_TAIL = 20  # lines of a failed command's output that are shown
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Apart(NamedTuple):
    """A checkout of the commit `head` in `folder`, with its top at `top`.

    `policy` says what commands may see, `limit` how many seconds each may take.
    """

    folder: str
    top: str
    head: str
    policy: Policy
    limit: float

    @property
    def repository(self) -> Repository:
        """The repository of the checkout."""
        return open_repository(at(self.top))

    def run(self, command: str, about: Receipt, *, without: str = "") -> Receipt:
        """Run a command of the shell; give `about` with what came of it.

        `without` is a path that belongs to neither tree. `about.before` is kept if it is set.
        """
        repository = self.repository
        env = _environment(self.policy, os.path.join(self.folder, _TEMPORARY), os.environ)
        try:
            with scratch() as first, scratch() as second:
                before = tree_on_disk(repository, first, without)
                ran = run_within(command, self.top, env, self.limit)
                after = tree_on_disk(repository, second, without)
                changed = changed_since(before, after)
        finally:
            end_leftovers(self.folder)
        tree = about.before or before.tree
        return about._replace(
            argv=("sh", "-c", command),
            exit=ran.exit,
            started=ran.started,
            duration=ran.duration,
            before=tree,
            after=after.tree if changed else tree,
            changed=tuple(changed[:MOST_CHANGED]),
            altered=sum(letter != "A" for letter, _ in changed),
            streams=_masked(self.policy, ran),
        )

    def reset(self, head: str) -> "Apart":
        """Bring the tracked files to a commit; what commands have left beside them stays."""
        self.repository.git.run("read-tree", "--reset", "-u", head)
        return self._replace(head=head)


def receipt_of(branch: str, contract: str, tree: str = "") -> Receipt:
    """Give the receipt of a command that has yet to run, on `tree` if that is known."""
    return Receipt(
        argv=(),
        directory="",
        branch=branch,
        contract=contract,
        exit=0,
        started="",
        duration=0,
        before=tree,
        after="",
        changed=(),
        altered=0,
        streams=(),
        command="",
        origin="rerun",
    )


def require_outside() -> None:
    """Raise UsageError if guard was started by a command that it runs itself."""
    if _INSIDE in os.environ:
        raise UsageError(
            "a command that is run again must not run commands again",
            hint="leave --rerun and guard integrate out of verify and regenerate",
        )


def check_out(
    repository: Repository,
    folder: str,
    head: str,
    branch: str,
    refs: Mapping[str, str],
    *,
    policy: Policy,
    limit: float,
) -> Apart:
    """Check out the commit `head` below `folder`, which is a scratch directory.

    It is on `branch` ("": HEAD is detached); besides the tags it has `refs`, for `git diff
    main...`, `git describe` and the like. Raises GitError.
    """
    name = os.path.basename(repository.top or repository.common_dir).removesuffix(".git")
    top = os.path.join(folder, name or "work")
    inside = os.path.join(top, ".git")
    os.makedirs(os.path.join(inside, "refs", "heads"))
    os.makedirs(os.path.join(folder, _TEMPORARY))
    borrow(repository, os.path.join(inside, "objects"))
    if repository.shallow:
        shallow = os.path.join(repository.common_dir, "shallow")
        shutil.copyfile(shallow, os.path.join(inside, "shallow"))
    write(inside, "config", _config(repository))
    listed = sorted(_packed(repository, refs), key=lambda line: line.split()[1])
    write(inside, "packed-refs", "".join(listed))
    write(inside, "HEAD", f"ref: {ref_of(branch)}\n" if branch else f"{head}\n")
    return Apart(folder, top, head, policy, limit).reset(head)


def told(line: str, receipt: Receipt | None, verb: str = "runs again") -> Iterator[str]:
    """Say that a command starts, or how it ended."""
    if receipt is None:
        yield f"guard: {verb}: {show(line)}"
    elif receipt.passed:
        yield f"guard: passed in {receipt.took}"
    else:
        status = f"exit status {receipt.exit} after {receipt.took}"
        yield f"guard: failed with {status}; the end of what it printed:"
        yield from (f"  {text}" for text in last_lines(receipt))


def last_lines(receipt: Receipt) -> Sequence[str]:
    """Give the end of what a command printed, safe for any terminal."""
    return [show(text) for stream in receipt.streams for text in stream.tail.splitlines()[-_TAIL:]]


def end_leftovers(folder: str) -> None:
    """End what commands of a checkout below `folder` have left running, however they hid it."""
    end_all(f"TMPDIR={os.path.join(folder, _TEMPORARY)}", folder)


@contextlib.contextmanager
def cleaned(folder: str) -> Iterator[None]:
    """At the end of the block, let nothing interrupt the removal of a scratch directory."""
    with _interruptible():
        try:
            yield
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)
            loosen(folder)


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


def loosen(folder: str) -> None:
    """Make folders removable: test suites leave some that are not writable."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)


def _masked(policy: Policy, ran: Ran) -> tuple[Stream, ...]:
    def is_secret(name: str) -> bool:
        return names_one(policy.masks, name, any_case=True)

    return tuple(one._replace(tail=masked_text(one.tail, (), is_secret)) for one in ran.streams)


def _config(repository: Repository) -> str:
    """Git LFS keeps its storage (git-lfs-config(5))."""
    objects = ""
    if repository.object_format == "sha256":
        objects = "[extensions]\n\tobjectFormat = sha256\n"
    core = f"[core]\n\trepositoryFormatVersion = {1 if objects else 0}\n\tbare = false\n"
    storage = os.path.join(repository.common_dir, "lfs").replace("\\", "\\\\").replace('"', '\\"')
    return f'{core}{objects}[lfs]\n\tstorage = "{storage}"\n'


def _packed(repository: Repository, refs: Mapping[str, str]) -> Iterator[str]:
    for ref, oid in {**tips(repository.git, "refs/tags"), **refs}.items():
        yield f"{oid} {ref}\n"


def _environment(policy: Policy, temporary: str, env: Mapping[str, str]) -> dict[str, str]:
    """PATH keeps only absolute paths, for the branch could put programs into others."""
    allowed = (*_USUAL, *policy.environment)
    seen = {name: value for name, value in env.items() if names_one(allowed, name)}
    entries = env.get("PATH", os.defpath).split(os.pathsep)
    seen["PATH"] = os.pathsep.join(entry for entry in entries if entry.startswith("/"))
    return {**seen, "TMPDIR": temporary, "TERM": "dumb", _INSIDE: "1"}
