"""The changes since a merge base, from trees that git would write, and a branch's merge commits."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from guard.changes.change import Change
from guard.core.errors import Incomplete
from guard.git.ancestry import ask_merges
from guard.git.compare import FOLDER, diff_trees, read_changes
from guard.git.merge import differing, virtual_base
from guard.git.objects import LARGEST_TREE, malformed
from guard.git.plumbing import Process, require
from guard.git.repository import Repository
from guard.git.wellformed import names_in, stay_apart
from guard.verdict.opening import Sources


class Since(NamedTuple):
    """The changes. `apart`: in all folders that grew, names differ in more than case.

    With several merge bases that is not asked.
    """

    changes: list[Change]
    apart: bool = False


def changes_since(sources: Sources, tip: str, started: Process | None) -> Since:
    """Give the changes from the merge bases to the commit `tip`.

    `started` is the running comparison with the only merge base. Raises GitError for a tree that
    git would not write or check out.
    """
    repository, bases = sources.repository, sources.bases
    if started:
        return _well_formed(sources, tip, started)
    with virtual_base(repository, bases) as (git, base):

        def compare(tree: str) -> list[Change]:
            return _well_formed(sources, tip, diff_trees(git, tree, tip)).changes

        return Since(differing(base, bases, compare))


def _well_formed(sources: Sources, tip: str, compared: Process) -> Since:
    """The changes up to the commit `tip`, whose trees have to be such as git writes.

    git walks both trees side by side. Where an entry of the new one is out of order, there already,
    or has a name that git never writes, it is in the comparison as added, perhaps alone: so every
    folder with something added is read.
    """
    compared_with = read_changes(compared, folders=True)
    changes = [one for one in compared_with if FOLDER not in (one.old_mode, one.new_mode)]
    folders = {one.path: one.new_oid for one in compared_with if one.new_mode == FOLDER}
    folders[""] = tip + "^{tree}"
    grown = {one.path.rpartition("/")[0] for one in compared_with if one.status == "A"}
    stray = grown.difference(folders)
    if stray:
        raise malformed(tip, f"it has no folder {min(stray)!r}, but something in it")
    apart = True
    for found in sources.objects.read_all([folders[path] for path in grown], LARGEST_TREE):
        if found and found.content is not None:
            apart = stay_apart(names_in(found.content, found.info.oid)) and apart
        else:
            apart = False
    return Since(changes, apart)


def is_cut(repository: Repository, base: str, head: str) -> bool:
    """Tell whether a shallow clone was cut within the branch, where merges lose their parents.

    The file is `shallow` in gitrepository-layout(5).
    """
    if not repository.shallow:
        return False
    with open(os.path.join(repository.common_dir, "shallow"), encoding="ascii") as file:
        cut = set(file.read().split())
    return not cut.isdisjoint(repository.git.run("rev-list", head, f"^{base}").out.decode().split())


def merges_since(sources: Sources, head: str) -> Sequence[str]:
    """List the merge commits of the branch, each with its parents.

    Raises Incomplete in a clone that was cut within the branch.
    """
    repository, base = sources.repository, sources.trust.base.oid
    if is_cut(repository, base, head):
        raise Incomplete(
            "this clone is shallow: it is cut within the branch, so its merges cannot be judged",
            hint="git fetch --unshallow",
        )
    answer = (sources.merges or ask_merges(repository.git, base, head)).answer()
    return require(answer, ("rev-list",)).out.decode().splitlines()
