"""The end of a session: reads its handoff, the tree that it speaks of, and the receipts of its commands."""

from __future__ import annotations

import os

from guard.core.errors import Incomplete
from guard.core.files import NotAFile, open_file
from guard.core.values import NamedTuple
from guard.git.trees import differing_paths, tree_on_disk, tree_without
from guard.handoffs.values import LARGEST, MOST_LINES, Given, Left
from guard.verdict.declared import tree_of
from guard.verdict.evil_merges import is_cut
from guard.verdict.trust import REGULAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.git.objects import Objects
    from guard.git.plumbing import Git
    from guard.git.repository import Repository
    from guard.receipts.receipt import Receipt
    from guard.rules.facts import Facts

_FAR_ENOUGH = 100  # commits that are looked through for the one that a handoff speaks of
_MOST_COMMANDS = 1_000  # claimed commands whose receipts are looked for
_UNMARKED = "the text does not say which tree it speaks of; guard handoff show --format markdown writes one that does"
_CUT = (
    "the clone ends within the branch, so the commit that the handoff was written for is not known"
)
_IN_A_QUEUE = "a merge queue tries the branch on top of others, so its files are not those that the handoff speaks of"
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", "40000": "a folder"}


def closed(
    repository: Repository, objects: Objects, facts: Facts, given: Given | None = None
) -> Facts:
    """Add the end of the session to its facts. Raises GitError where an object is missing or receipts cannot be read."""
    if facts.contract is None:
        return facts
    given = given or Given()
    file = facts.policy.handoff_of(facts.contract.name)
    if facts.scope == "worktree":
        from guard.git.isolate import scratch  # no other scope has files that git has not stored

        with scratch() as folder:
            tree, git = tree_on_disk(repository, folder, file)
            facts = _ended(given, _Place(repository, objects, facts, file, tree, tree, git))
    else:
        at = _Place(repository, objects, facts, file, "", facts.head, repository.git)
        facts = _ended(given, at._replace(tree=at.without(facts.head)))
    return _with_receipts(repository, facts, given)


class _Place(NamedTuple):
    """Where the handoff is looked for, and `tree`, what is under judgement without it; `git` can read `seen`, that tree or one with it."""

    repository: Repository
    objects: Objects
    facts: Facts
    file: str
    tree: str
    seen: str
    git: Git

    def without(self, commit: str) -> str:
        """The tree of a commit without the handoff."""
        return tree_without(
            self.objects, tree_of(self.objects, commit), self.file, self.repository.object_format
        )


def _ended(given: Given, at: _Place) -> Facts:
    left = _left(given, at)
    if left and left.handoff:
        left = left._replace(untold=_IN_A_QUEUE) if given.trial else _dated(left, at)
    lying = (
        left is None
        and at.facts.scope == "branch"
        and os.path.lexists(os.path.join(at.repository.top, at.file))
    )
    return at.facts._replace(closing=True, left=left, lying=lying, tree=at.tree)


def _left(given: Given, at: _Place) -> Left | None:
    """The handoff, from where it is to be read; None where there is none."""
    if given.text is not None:
        return _read(given.text, Left(given.file, "given"))
    return _found(at) or (_described(given.body) if given.body else None)


def _found(at: _Place) -> Left | None:
    if at.facts.scope == "worktree":
        left = read_on_disk(at.repository.require_top(), at.file)
        return left._replace(edited=_is_edited(at)) if left and left.handoff else left
    return _in_tree(at, Left(at.file, "branch"))


def _in_tree(at: _Place, left: Left) -> Left | None:
    root = tree_of(at.objects, at.facts.head)
    parts = at.file.split("/")
    for depth in range(1, len(parts) + 1):
        entry = at.objects.look_up(root, "/".join(parts[:depth]))
        if entry is None:
            return None
        wanted = REGULAR if depth == len(parts) else ("40000",)
        if entry.mode not in wanted:
            where = f"{'/'.join(parts[:depth])} on the way to it " if depth < len(parts) else ""
            return left._replace(trouble=f"{where}is {_KINDS.get(entry.mode, 'a file')}")
    entry = at.objects.look_up(root, at.file)
    blob = at.objects.read_all([entry.oid], LARGEST)[0] if entry else None
    if blob is None:
        raise Incomplete(
            f"{at.file} is not in this partial clone", hint="git fetch --refetch --no-filter"
        )
    return _too_large(left, blob.info.size) or _read(blob.content or b"", left)


def _described(body: bytes) -> Left | None:
    """The text of a pull request, if it is a handoff: it says so itself, or has more than one of the sections."""
    left = _read(body, Left("", "given"))
    return left if left.handoff and (left.handoff.mark or len(left.handoff.sections) > 1) else None


def read_on_disk(top: str, file: str) -> Left | None:
    """Read the handoff `file` below `top`, never through a link, neither of itself nor of a folder on the way; None where there is none."""
    left, path = Left(file, "working-tree"), top
    for part in file.split("/"):
        path = os.path.join(path, part)
        if os.path.islink(path):
            return left._replace(
                trouble=f"is reached through a symbolic link, {os.path.relpath(path, top)}"
            )
    try:
        with open_file(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            return _too_large(left, size) or _read(stream.read(LARGEST + 1), left)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except NotAFile as error:
        return left._replace(trouble=str(error.strerror))
    except OSError as error:
        return left._replace(trouble=f"cannot be read: {error.strerror}")


def _too_large(left: Left, size: int) -> Left | None:
    return (
        left._replace(trouble=f"has {size:,} bytes; at most {LARGEST:,} are read")
        if size > LARGEST
        else None
    )


def _read(data: bytes, left: Left) -> Left:
    large = _too_large(left, len(data))
    lines = data.count(b"\n")
    if large or lines > MOST_LINES:
        return large or left._replace(
            trouble=f"has {lines:,} lines; at most {MOST_LINES:,} are read"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return left._replace(
            trouble=f"is not UTF-8: byte {error.start:,} is 0x{data[error.start]:02x}", line=line
        )
    from guard.handoffs.parse import (
        parse_handoff,
    )  # 30 ms, which nobody waits for where there is no handoff

    return left._replace(handoff=parse_handoff(text))


def _dated(left: Left, at: _Place) -> Left:
    """Find out which tree a handoff speaks of: the one that its mark names, or that of the last commit that touched it."""
    mark = left.handoff.mark if left.handoff else None
    if mark:
        left = left._replace(speaks_of=mark.tree)
        commit = _commit_of(at, mark.tree) if mark.tree and mark.tree != at.tree else ""
    elif left.source == "given":
        return left._replace(untold=_UNMARKED)
    elif left.edited:
        return left._replace(speaks_of=at.tree)  # it is being written now
    elif is_cut(at.repository, at.facts.trusted.oid, at.facts.head):
        return left._replace(untold=_CUT)
    else:
        commit = _last_touched(at)
        left = left._replace(speaks_of=at.without(commit))
    if not commit or left.speaks_of == at.tree:
        return left
    paths = (path for _, path in differing_paths(at.git, tree_of(at.objects, commit), at.seen))
    return left._replace(since=tuple(path for path in paths if path != at.file))


def _commit_of(at: _Place, tree: str) -> str:
    """The latest commit of the branch with this tree, the handoff aside; "" where none of the last ones has it."""
    git, facts = at.repository.git, at.facts
    commits = (
        git.run("rev-list", f"--max-count={_FAR_ENOUGH}", facts.head, f"^{facts.trusted.oid}")
        .out.decode()
        .split()
    )
    return next((commit for commit in commits if at.without(commit) == tree), "")


def _last_touched(at: _Place) -> str:
    """The last commit of the branch that changed the handoff; where none did, it is from before, and the merge base stands for that."""
    facts = at.facts
    found = (
        at.repository.git.run(
            "rev-list", "--max-count=1", facts.head, f"^{facts.trusted.oid}", "--", at.file
        )
        .out.decode()
        .strip()
    )
    return found or facts.base


def _is_edited(at: _Place) -> bool:
    """Whether the handoff on disk is not the one of the last commit, however git writes line ends here."""
    committed = at.objects.look_up(tree_of(at.objects, at.facts.head), at.file)
    before = at.objects.read(committed.oid) if committed else None
    with open(os.path.join(at.repository.top, at.file), "rb") as file:
        now = file.read()
    return not before or before[1].replace(b"\r\n", b"\n") != now.replace(b"\r\n", b"\n")


def _with_receipts(repository: Repository, facts: Facts, given: Given) -> Facts:
    """Add the receipts of every command that the contract verifies or the handoff claims."""
    lines = dict.fromkeys((*(facts.contract.verify if facts.contract else ()), *_claimed(facts)))
    if given.reruns is not None:
        return facts._replace(
            rerun=True, receipts={line: _of(given.reruns, line) for line in lines}
        )
    if given.afar or not lines:
        return facts._replace(afar=given.afar)
    from guard.receipts.store import found, open_store

    return facts._replace(receipts=found(open_store(repository), lines))


def _claimed(facts: Facts) -> list[str]:
    if not facts.left or not facts.left.handoff:
        return []
    from guard.handoffs.commands import commands
    from guard.handoffs.sections import COMMANDS

    said = facts.left.handoff.sections.get(COMMANDS.key)
    if said is None:
        return []
    return [command.text for command in commands(said.lines)][:_MOST_COMMANDS]


def _of(receipts: Sequence[Receipt], line: str) -> tuple[Receipt, ...]:
    from guard.receipts.words import words

    wanted = words(line)
    return tuple(receipt for receipt in receipts if words(receipt.line) == wanted)
