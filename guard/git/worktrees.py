"""The worktrees of a repository, as git lists them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from guard.core.errors import GitError, GuardError
from guard.core.files import read_head
from guard.core.mounts import all_mounts, mount_of
from guard.core.names import HEADS, branch_in, is_object_id, ref_of, shell_quote
from guard.git.disks import BESIDE, Disks
from guard.git.locate import common_dir, git_dir, line_in, linked, top_of
from guard.git.plumbing import Git, at
from guard.git.refs import tips
from guard.git.repository import Repository, branch_of, has_ref, open_repository

_NO_REF = "ref: refs/heads/.invalid"  # where refs are in tables (reftable), HEAD is there, too
_CONFIG = 1 << 16  # bytes that are read of it

# git's files while an operation goes on (git-worktree(1), "DETAILS"; wt-status.c).
OPERATIONS = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase or git am",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisection",
    "sequencer": "cherry-pick or revert of several commits",
}


def operation_in(git_dir: str) -> str:
    """Give the operation that goes on in the worktree with this git directory; "" for none."""
    for name, what in OPERATIONS.items():
        if os.path.lexists(os.path.join(git_dir, name)):
            return what
    return ""


class Worktree(NamedTuple):
    """A worktree; `branch` is "" if HEAD is detached, `missing` tells that its folder is.

    `head` is the commit that is checked out, "" before the first one. `silent` is one that counts
    as missing because its disk does not answer.
    """

    path: str
    branch: str
    bare: bool
    missing: bool
    locked: bool = False
    head: str = ""
    silent: bool = False

    @property
    def real(self) -> str:
        """The folder without links; one that is missing is not looked at, its disk may hang."""
        return self.path if self.missing else os.path.realpath(self.path)

    @property
    def forget(self) -> str:
        """The command for a folder that is gone for good: git forgets this worktree and no other.

        `git worktree prune` forgets every worktree whose folder is away, on a disk for instance.
        """
        if self.silent:
            return f"umount -l {shell_quote(mount_of(self.path, all_mounts()))}"
        path = shell_quote(self.path)
        unlock = f"git worktree unlock {path} && " if self.locked else ""
        return f"{unlock}git worktree remove {path}"


def as_before_rebase(worktree: Worktree) -> Worktree:
    """Give the worktree with its branch, and the tip of that, if a rebase or bisection goes on.

    HEAD is detached then (git-worktree(1), "DETAILS"). Any other worktree is given as it is.
    """
    if worktree.branch or worktree.missing:
        return worktree
    try:
        if not operation_in(git_dir(worktree.path)):
            return worktree
        repository = open_repository(at(worktree.path))
        branch = branch_of(repository)
        head = tips(repository.git, ref_of(branch)).get(ref_of(branch), "") if branch else ""
    except (GuardError, OSError):
        return worktree
    return worktree._replace(branch=branch, head=head) if head else worktree


def worktrees(git: Git) -> list[Worktree]:
    """All worktrees, the main one first (git-worktree(1), "PORCELAIN FORMAT", with `-z`).

    git goes to each of them. Where the disk of one does not answer, git's files are read instead,
    and that one counts as missing. Raises GitError where they do not tell.
    """
    common = _common_dir(git)
    dead = _not_answering(common) if common else ()
    if dead:
        return _beside(git, common, dead)
    found = []
    for record in git.run("worktree", "list", "--porcelain", "-z").text.split("\0\0"):
        if record:
            said = dict(line.partition(" ")[::2] for line in record.split("\0"))
            path, bare = said["worktree"], "bare" in said
            branch = said.get("branch", "").removeprefix(HEADS)
            missing = not bare and not os.path.isdir(path)
            head = said.get("HEAD", "")
            head = head if head.strip("0") else ""
            found.append(Worktree(path, branch, bare, missing, "locked" in said, head))
    return found


def way_to(repository: Repository, branch: str) -> str:
    """Give the command that leads from this worktree to a branch; "" if it is here, or nowhere."""
    place = next((one for one in worktrees(repository.git) if one.branch == branch), None)
    if place:
        is_here = repository.top and place.real == os.path.realpath(repository.top)
        return "" if is_here or place.missing else f"cd {shell_quote(place.path)}"
    is_local = repository.top and branch and has_ref(repository.git, HEADS + branch)
    return f"git switch {shell_quote(branch)}" if is_local else ""


def _common_dir(git: Git) -> str:
    """The git directory that worktrees share, read from files; "" if it is not found so."""
    folder = git.directory or os.getcwd()
    own = git.env.get("GIT_DIR", "")
    if not own:
        top = top_of(folder)
        return common_dir(top) if top else ""
    own = os.path.join(folder, own)
    return os.path.realpath(os.path.join(own, line_in(os.path.join(own, "commondir"))))


def _not_answering(common: str) -> list[str]:
    """The folders of worktrees on disks that do not answer, where the system tells its mounts."""
    folders = [folder for _, folder in linked(common)]
    if not folders:
        return []
    disks = Disks(common)
    return [one for one in folders if disks.are_told and not disks.answers(one)]


def _beside(git: Git, common: str, dead: Sequence[str]) -> list[Worktree]:
    known = _in_files(git, common)
    if known is None:
        raise GitError(
            f"the disk of the worktree {dead[0]} does not answer, and git looks there",
            hint="mount it again, or let go of it: umount -l",
        )
    return [
        one._replace(missing=True, silent=True)
        if one.path in dead
        else one._replace(missing=not os.path.isdir(one.path))
        for one in known
    ]


def require_answering(known: Iterable[Worktree]) -> None:
    """Raise GitError if git would wait for the disk of a worktree before it adds another one.

    `git worktree add` looks up the real path of each (worktree.c, `find_worktree_by_path`).
    """
    for one in known:
        if one.silent:
            raise GitError(
                f"git adds no worktree while the disk of {one.path} does not answer",
                hint=f"{one.forget}   # or bring it back",
            )


def places(ours: Repository) -> list[Worktree]:
    """Give the worktrees with files; `ours` is the one that guard was started in.

    For a submodule, and a repository made with `--separate-git-dir`, git lists the git directory as
    the main worktree; its files are elsewhere.
    """
    main, *linked = worktrees(ours.git)
    if not main.bare and not os.path.lexists(os.path.join(main.path, ".git")):
        if ours.git_dir != ours.common_dir:
            ours = open_repository(at(main.path))
        main = main._replace(path=ours.top or main.path)
    return [worktree for worktree in (main, *linked) if not worktree.bare]


def places_unseen(ours: Repository, *, with_heads: bool = True) -> list[Worktree]:
    """Give what `places` does without looking into any folder, where that is possible.

    Then it is not known which are missing; `with_heads` is as in `worktrees_in_files`.
    """
    return worktrees_in_files(ours, with_heads=with_heads) or places(ours)


def places_at_hand(ours: Repository) -> list[Worktree]:
    """Give what `places` does; a worktree whose disk does not answer at once counts as missing."""
    disks = Disks(ours.common_dir)
    return [one._replace(missing=not disks.has(one.path, BESIDE)) for one in places_unseen(ours)]


def worktrees_in_files(repository: Repository, *, with_heads: bool = True) -> list[Worktree] | None:
    """Give the worktrees with files by git's own files alone (gitrepository-layout(5)).

    None of their folders is looked at, as `worktrees` does: one may lie on a disk that does not
    answer. So `missing` is not known, and false. Without heads, the `head` of a branch is "", and
    no process is started. None where git has to be asked: if HEAD is not in a file, or the main
    worktree is not beside its `.git`.
    """
    return _in_files(repository.git, repository.common_dir, with_heads=with_heads)


def _in_files(git: Git, common: str, *, with_heads: bool = True) -> list[Worktree] | None:
    config = read_head(os.path.join(common, "config"), _CONFIG).lower()
    told_otherwise = (b"worktreeconfig", b"bare = true", b"bare=true", b"core.bare", b"worktree =")
    main = os.path.dirname(common)
    if os.path.basename(common) != ".git" or any(word in config for word in told_otherwise):
        return None
    heads = tips(git, HEADS) if with_heads else {}
    found = [_in_file(common, main, heads, is_main=True)]
    found += [_in_file(own, folder, heads) for own, folder in linked(common)]
    known = [one for one in found if one]
    return known if len(known) == len(found) else None


def _in_file(
    own: str, folder: str, heads: Mapping[str, str], *, is_main: bool = False
) -> Worktree | None:
    head = line_in(os.path.join(own, "HEAD"))
    locked = not is_main and os.path.lexists(os.path.join(own, "locked"))
    if is_object_id(head):
        return Worktree(folder, "", bare=False, missing=False, locked=locked, head=head)
    ref = head.removeprefix("ref: ")
    branch = branch_in(ref)
    if head in (_NO_REF, ref) or not branch:
        return None
    return Worktree(
        folder, branch, bare=False, missing=False, locked=locked, head=heads.get(ref, "")
    )
