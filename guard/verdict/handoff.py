"""The end of a session: its handoff, the change that it speaks of, and receipts of commands."""

from __future__ import annotations

import os

from guard.changes.fingerprint import fingerprint
from guard.core.errors import Incomplete
from guard.core.files import NotAFile, open_file
from guard.core.values import NamedTuple
from guard.git.ancestry import merge_bases
from guard.git.compare import diff_trees
from guard.git.trees import tree_on_disk, tree_without
from guard.handoffs.values import LARGEST, MOST_LINES, Given, Left
from guard.rules.own_change import own_change
from guard.verdict.effect import states_at, states_on_base
from guard.verdict.since import changes_since, is_cut
from guard.verdict.trust import REGULAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from guard.changes.change import Change
    from guard.git.objects import Entry, Objects
    from guard.git.repository import Repository
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources

_FAR_ENOUGH = 100  # commits in which the tree that a handoff speaks of is looked for
_MOST_COMMANDS = 1_000  # claimed commands whose receipts are looked for
_UNMARKED = (
    "the text does not say which change it describes; "
    "guard handoff show --format markdown adds that"
)
_CUT = (
    "the clone ends within the branch, so the commit that the handoff was written for is not known"
)
_IN_A_QUEUE = (
    "a merge queue tests the branch on top of others, "
    "so its files are not those that the handoff describes"
)
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", "40000": "a folder"}


def closed(sources: Sources, facts: Facts, given: Given | None = None) -> Facts:
    """Add the end of the session to its facts.

    Raises GitError where an object is missing or receipts cannot be read.
    """
    if facts.contract is None:
        return facts
    given = given or Given()
    file = facts.policy.handoff_of(facts.contract.name)
    paths = [change.path for change in facts.changes]
    if facts.scope == "worktree":
        from guard.git.isolate import scratch  # only this scope has files that git has not stored

        with scratch() as folder:
            tree, git = tree_on_disk(sources.repository, folder, file)
            states = states_at(git, tree, paths)
    else:
        tree = _Scene(sources, facts, file).without(facts.head)
        states = {change.path: change.new for change in facts.changes}
        if sources.merge:  # whose contents are those of both sides
            states = states_at(sources.repository.git, facts.head, paths)
    facts = facts._replace(closing=True, tree=tree, states=states)
    facts = _ended(given, _Scene(sources, facts, file))
    return _with_receipts(sources.repository, facts, given)


class _Scene(NamedTuple):
    """The end of a session, and the path of its handoff."""

    sources: Sources
    facts: Facts
    file: str

    @property
    def repository(self) -> Repository:
        return self.sources.repository

    @property
    def objects(self) -> Objects:
        return self.sources.objects

    def committed(self, commit: str) -> Entry | None:
        """The handoff in a commit."""
        return self.objects.look_up(self.objects.tree_of(commit), self.file)

    def without(self, commit: str) -> str:
        """The tree of a commit without the handoff."""
        tree = self.objects.tree_of(commit)
        return tree_without(self.objects, tree, self.file, self.repository.object_format)

    def commits(self, limit: int, *words: str) -> list[str]:
        branch = (self.facts.head, f"^{self.facts.trusted.oid}")
        listed = self.repository.git.run("rev-list", f"--max-count={limit}", *branch, *words)
        return listed.out.decode().split()


def _ended(given: Given, scene: _Scene) -> Facts:
    facts = scene.facts
    left = _left(given, scene)
    inherited = left is not None and _is_inherited(left, scene)
    if inherited:
        left = _described(given.body, facts)
    if left and left.handoff and given.trial:
        left = left._replace(untold=_IN_A_QUEUE)
    elif left and left.handoff:
        left = _dated(left, scene)
    path = os.path.join(scene.repository.top, scene.file)
    lying = left is None and facts.scope == "branch" and os.path.lexists(path) and not inherited
    return facts._replace(left=left, lying=lying, inherited=inherited)


def _left(given: Given, scene: _Scene) -> Left | None:
    if given.text is not None:
        return _read(given.text, Left(given.file, "given"))
    if scene.facts.scope == "worktree":
        left = read_on_disk(scene.repository.require_top(), scene.file)
        if left and left.handoff:
            left = left._replace(edited=not is_as_committed(scene.objects, scene.facts.head, left))
    else:
        left = _in_tree(scene, Left(scene.file, "branch"))
    return left or _described(given.body, scene.facts)


def _in_tree(scene: _Scene, left: Left) -> Left | None:
    root = scene.objects.tree_of(scene.facts.head)
    oid, parts = "", scene.file.split("/")
    for depth in range(1, len(parts) + 1):
        path = "/".join(parts[:depth])
        entry = scene.objects.look_up(root, path)
        if entry is None:
            return None
        oid, is_last = entry.oid, depth == len(parts)
        if entry.mode not in (REGULAR if is_last else ("40000",)):
            where = "" if is_last else f"{path} on the way to it "
            return left._replace(trouble=f"{where}is {_KINDS.get(entry.mode, 'a file')}")
    blob = scene.objects.read_all([oid], LARGEST)[0]
    if blob is None:
        raise Incomplete(
            f"{scene.file} is not in this partial clone", hint="git fetch --refetch --no-filter"
        )
    return _too_large(left, blob.info.size) or _read(blob.content or b"", left)


def _described(body: bytes | None, facts: Facts) -> Left | None:
    """A pull request's text is a handoff if it has guard's mark, or several sections.

    Where none is required, an ordinary text with Summary and Test plan is nobody's business.
    """
    left = _read(body, Left("", "given")) if body else None
    handoff = left.handoff if left else None
    enough = 2 if facts.policy.handoff_required else 4
    return left if handoff and (handoff.mark or len(handoff.sections) >= enough) else None


def read_on_disk(top: str, file: str) -> Left | None:
    """Read the handoff `file` below `top`, following no link; None where there is none."""
    left, path = Left(file, "working-tree"), top
    for part in file.split("/"):
        path = os.path.join(path, part)
        if os.path.islink(path):
            link = os.path.relpath(path, top)
            return left._replace(trouble=f"is reached through a symbolic link, {link}")
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
    if size <= LARGEST:
        return None
    return left._replace(trouble=f"has {size:,} bytes; at most {LARGEST:,} are read")


def _read(data: bytes, left: Left) -> Left:
    large = _too_large(left, len(data))
    if large:
        return large
    lines = data.count(b"\n")
    if lines > MOST_LINES:
        return left._replace(trouble=f"has {lines:,} lines; at most {MOST_LINES:,} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        trouble = f"is not UTF-8: byte {error.start:,} is 0x{data[error.start]:02x}"
        return left._replace(trouble=trouble, line=line)
    from guard.handoffs.parse import parse_handoff  # 30 ms, only where there is a handoff

    return left._replace(handoff=parse_handoff(text))


def _is_inherited(left: Left, scene: _Scene) -> bool:
    """Whether it is the handoff that the base had when the branch began: it tells of other work."""
    base, head = scene.facts.base, scene.facts.head
    on_disk = left.source == "working-tree"
    if left.source == "given" or (on_disk and (left.edited or not left.handoff)):
        return False
    if not (base and head):
        return False
    before = scene.committed(base)
    return before is not None and before == scene.committed(head)


def _dated(left: Left, scene: _Scene) -> Left:
    """A handoff speaks of the change that its mark names, or of that at the last commit on it."""
    mark = left.handoff.mark if left.handoff else None
    commit = ""
    if mark and mark.change:
        return _with_states(left._replace(speaks_of=mark.change), scene)
    if mark and mark.tree:
        if mark.tree == scene.facts.tree:
            return left._replace(as_now=True)
        commits = scene.commits(_FAR_ENOUGH)
        commit = next((oid for oid in commits if scene.without(oid) == mark.tree), "")
    elif mark:
        return left
    if not commit and left.source == "given":
        return left if mark else left._replace(untold=_UNMARKED)
    if not commit and left.edited:
        return left if mark else left._replace(as_now=True)  # it is being written now
    if is_cut(scene.repository, scene.facts.trusted.oid, scene.facts.head):
        return left._replace(untold=_CUT)
    commit = commit or next(iter(scene.commits(1, "--", scene.file)), "")
    if not commit:
        return left
    then = _change_at(scene, commit)
    return left._replace(speaks_of=fingerprint(then), then=then)


def _with_states(left: Left, scene: _Scene) -> Left:
    """Add the states of the change that the mark names, if a known commit has that change.

    And those of listed paths that are no change any more: another session brought them.
    """
    facts = scene.facts
    if left.speaks_of == own_change(facts) or not facts.head:
        return left
    from guard.rules.handed_over import unchanged  # loads what reads lists: few sessions get here

    if not is_cut(scene.repository, facts.trusted.oid, facts.head):
        known = (*scene.commits(1, "--", scene.file), facts.head)
        changes = (_change_at(scene, commit) for commit in known)
        then = next((one for one in changes if fingerprint(one) == left.speaks_of), None)
        left = left._replace(then=then)
    paths = unchanged(facts._replace(left=left))
    if not paths:
        return left
    git = scene.repository.git
    here, there = (states_at(git, commit, paths) for commit in (facts.head, facts.trusted.oid))
    return left._replace(landed={path: here[path] for path in paths if here[path] == there[path]})


def _change_at(scene: _Scene, commit: str) -> Mapping[str, tuple[str, str]]:
    """The session's change at a commit of the branch, without what the base has just so by now."""
    sources, facts = scene.sources, scene.facts
    if commit == facts.head and facts.scope in ("branch", "range") and not sources.merge:
        changes: Sequence[Change] = facts.changes
    else:
        repository, tip = sources.repository, facts.trusted.oid
        bases = tuple(merge_bases(repository, tip, [commit], related=False))
        if bases != sources.bases:
            sources = sources._replace(bases=bases, moved=None)
        started = diff_trees(repository.git, bases[0], commit) if len(bases) == 1 else None
        changes = changes_since(sources, commit, started).changes
    own = [change for change in changes if change.path not in facts.own_files]
    there = states_on_base(sources, facts.trusted, own)
    return {change.path: change.new for change in own if change.new != there[change.path]}


def is_as_committed(objects: Objects, commit: str, left: Left) -> bool:
    """Tell whether a handoff on disk is the one in a commit, line ends aside."""
    entry = objects.look_up(objects.tree_of(commit), left.file) if commit else None
    known = objects.read(entry.oid) if entry else None
    if known is None or left.handoff is None:
        return False
    before = known[1].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return before == left.handoff.text.replace("\r\n", "\n").encode()


def _with_receipts(repository: Repository, facts: Facts, given: Given) -> Facts:
    claimed: list[str] = []
    handoff = facts.left.handoff if facts.left else None
    if handoff:
        from guard.handoffs.commands import commands
        from guard.handoffs.sections import COMMANDS

        said = handoff.sections.get(COMMANDS.key)
        claimed = [one.text for one in commands(said.lines)][:_MOST_COMMANDS] if said else []
    lines = dict.fromkeys((*(facts.contract.verify if facts.contract else ()), *claimed))
    if given.reruns is not None:
        from guard.receipts.words import words

        ran = [(words(receipt.line), receipt) for receipt in given.reruns]
        receipts = {}
        for line in lines:
            wanted = words(line)
            receipts[line] = tuple(receipt for argv, receipt in ran if argv == wanted)
        return facts._replace(rerun=True, receipts=receipts)
    if given.afar or not lines:
        return facts._replace(afar=given.afar)
    from guard.receipts.store import found, open_store

    return facts._replace(receipts=found(open_store(repository), lines))
