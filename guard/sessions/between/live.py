"""What siblings have changed and not committed in the files of a change set, right now.

Live notes say where to look. What is said comes from the sibling's file as it is on the disk, its
HEAD, and git's own comparison of the two, with no filter run and no index written. Where that
cannot be told, nothing is said.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import GuardError
from guard.core.files import read_head
from guard.git.disks import BESIDE, Disks
from guard.git.isolate import isolated, store_object
from guard.git.locate import folder_of
from guard.git.objects import Entry, Objects, object_id
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, branch_of, is_ignored, open_repository
from guard.git.snapshot import unfiltered
from guard.rules.between import Live
from guard.rules.facts import Facts
from guard.sessions.between.hunks import OPTIONS, Hunk, lines_of, parse_hunks, read_hunks
from guard.verdict.session import BINDING

_REGULAR = ("100644", "100755")
_MOST = 20  # files of siblings that are looked at
_LARGEST = 1 << 22  # bytes of a file that is looked at

Noted = Mapping[str, Sequence[str]]  # path → git directories of the siblings whose notes list it


class _Sibling(NamedTuple):
    """A worktree whose folder is there, and the tree of its HEAD."""

    repository: Repository
    tree: str


class _Theirs(NamedTuple):
    """What a sibling has made of a file: `how`, the blob it started from, and its hunks."""

    how: str
    start: Entry | None
    hunks: tuple[Hunk, ...] = ()
    oid: str = ""


def look_at_siblings(
    repository: Repository,
    facts: Facts,
    noted: Noted,
    texts: Mapping[str, bytes | None] | None = None,
) -> tuple[Live, ...]:
    """Give the siblings that have uncommitted changes in the paths of `facts`, as `noted` hints.

    `repository` is the session's own. `texts` are the contents that an agent is about to write,
    None for an unknown one; without them what is staged is compared.
    """
    try:
        with closing(Objects(repository.git)) as objects:
            return tuple(_Look(repository, objects, facts, texts).all(noted))
    except (GuardError, OSError):
        return ()


class _Look:
    """One look at the files of all siblings."""

    def __init__(
        self,
        repository: Repository,
        objects: Objects,
        facts: Facts,
        texts: Mapping[str, bytes | None] | None,
    ) -> None:
        self._repository = repository
        self._objects = objects
        self._facts = facts
        self._texts = texts
        self._disks = Disks(repository.common_dir)
        self._siblings: dict[str, _Sibling | None] = {}
        own, base = objects.infos("HEAD^{tree}", f"{facts.trusted.oid}^{{tree}}")
        self._own = own.oid if own else repository.empty_tree
        self._base = base.oid if base else repository.empty_tree

    def all(self, noted: Noted) -> Iterator[Live]:
        """Yield what siblings do, path by path."""
        looks = [(path, sibling) for path in sorted(noted) for sibling in noted[path]]
        for path, name in looks[:_MOST]:
            with suppress(GuardError, OSError):
                sibling = self._sibling(name)
                theirs = self._theirs(sibling, path) if sibling else None
                if sibling and theirs:
                    yield self._live(sibling, path, theirs)

    def _sibling(self, name: str) -> _Sibling | None:
        if name not in self._siblings:
            self._siblings[name] = None
            self._siblings[name] = self._opened(name)
        return self._siblings[name]

    def _opened(self, name: str) -> _Sibling | None:
        """None if the folder is gone or leads elsewhere; git finds other worktrees above one."""
        shared = self._repository.common_dir
        top = folder_of(name) or os.path.dirname(shared)
        ref = "main-worktree/HEAD" if name == shared else f"worktrees/{os.path.basename(name)}/HEAD"
        if not ref.isprintable() or " " in ref:  # no name that git gives
            return None
        info = self._objects.info(f"{ref}^{{tree}}")
        if not self._disks.has(top, BESIDE):
            return None
        repository = open_repository(at(top))
        if not info or os.path.realpath(repository.git_dir) != os.path.realpath(name):
            return None
        return _Sibling(repository, info.oid)

    def _theirs(self, sibling: _Sibling, path: str) -> _Theirs | None:
        """What the sibling has made of a file; None if the file is as its branch or the base is."""
        start = self._objects.look_up(sibling.tree, path)
        top = sibling.repository.top
        file = os.path.join(top, path)
        folder = os.path.dirname(path)
        if not top or os.path.realpath(os.path.dirname(file)) != _joined(top, folder):
            return None
        try:
            found = os.lstat(file)
        except FileNotFoundError:
            return _compared(sibling.repository, path, start) if start else None
        if stat.S_ISDIR(found.st_mode) or found.st_size > _LARGEST:
            return None
        if not stat.S_ISREG(found.st_mode):
            return _compared(sibling.repository, path, start) if start else None
        raw = read_head(file, _LARGEST)
        oid = object_id("blob", raw, self._repository.object_format)
        base = self._objects.look_up(self._base, path)
        if oid in [entry.oid for entry in (start, base) if entry]:
            return None
        if start:
            return _compared(sibling.repository, path, start)
        if is_ignored(sibling.repository, path):
            return None
        last = raw.count(b"\n") + (not raw.endswith(b"\n"))
        return _Theirs("added", None, (Hunk((1, 0), (1, last)),), oid)

    def _live(self, sibling: _Sibling, path: str, theirs: _Theirs) -> Live:
        contract, branch = self._named(sibling.repository)
        live = Live(path, contract, branch, sibling.repository.top, theirs.how)
        start = self._objects.look_up(self._own, path)
        if theirs.start != start or not theirs.hunks:
            return live
        with isolated(self._repository) as apart:
            ours = self._ours(apart, path, start)
            if not ours or (start is None and ours == theirs.oid):
                return live
            blobs = (start.oid if start else self._repository.zero, ours)
            hunks = read_hunks(apart, self._repository.object_format, [blobs], 0)[blobs]
        return live._replace(lines=lines_of(hunks or (), theirs.hunks))

    def _ours(self, apart: Git, path: str, start: Entry | None) -> str:
        """The blob of this session's side; "" if it is not known, or no regular file."""
        if self._texts is None:
            changes = (change for change in self._facts.changes if change.path == path)
            change = next(changes, None)
            return change.new_oid if change and change.new_mode in _REGULAR else ""
        text = self._texts.get(path)
        if text is None or (start and start.mode not in _REGULAR):
            return ""
        known = self._objects.read(start.oid, _LARGEST) if start else None
        if known and b"\r\n" not in known[1]:  # as git stores lines where it converts their ends
            text = text.replace(b"\r\n", b"\n")
        return store_object(apart, "blob", text, self._repository.object_format)

    def _named(self, sibling: Repository) -> tuple[str, str]:
        """The contract that a sibling works under, and its branch; "" for none."""
        branch = branch_of(sibling)
        facts = self._facts
        known = dict.fromkeys((*facts.contracts, *filter(None, [facts.contract])))
        claiming = [contract.name for contract in known if claims(contract, branch)]
        bound = sibling.private(BINDING)
        if not claiming and bound in map(_name, known):
            return bound, branch
        return (claiming[0] if len(claiming) == 1 else ""), branch


def _name(contract: Contract) -> str:
    return contract.name


def _joined(top: str, folder: str) -> str:
    return os.path.join(os.path.realpath(top), folder) if folder else os.path.realpath(top)


def _compared(sibling: Repository, path: str, start: Entry) -> _Theirs | None:
    """git's comparison of a file with HEAD, ends of lines converted as git does; None if equal."""
    git = unfiltered(sibling, path)
    if not git:
        return None
    words = ("-U0", "--ignore-submodules=all", "HEAD", "--", path)
    patch = git.run("diff-index", *OPTIONS, *words).text
    hunks = parse_hunks(patch)
    head = patch.partition("\n@@ -")[0]
    if "\ndeleted file mode " in head:
        return _Theirs("deleted", start)
    if hunks is None:
        return _Theirs("changed", start)
    regular = start.mode in _REGULAR and "\nnew file mode " not in head
    return _Theirs("changed", start, hunks if regular else ()) if hunks else None
