"""The worktrees of a repository that have files, and the contract of each."""

import os

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.files import read_head
from guard.git.locate import git_dir
from guard.git.plumbing import at
from guard.git.repository import Repository, open_repository
from guard.git.worktrees import Worktree, worktrees, worktrees_in_files
from guard.verdict.session import BINDING
from guard.verdict.trust import Trust


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


def places_unseen(ours: Repository) -> list[Worktree]:
    """Give what `places` does without looking into any folder, where that is possible.

    Then it is not known which are missing.
    """
    return worktrees_in_files(ours) or places(ours)


def working_under(trust: Trust, branch: str, worktree: str) -> Contract | None:
    """Give the contract of a branch on the base, or else what its worktree ("": none) is bound to.

    None if several claim the branch, which `guard check` reports.
    """
    found = claiming(trust, branch)
    if found or not worktree or branch in (trust.base.name, trust.home.name):
        return found
    try:
        bound = read_head(os.path.join(git_dir(worktree), BINDING), 1 << 10)
    except OSError:
        return None
    name = bound.decode("utf-8", "replace").strip()
    return next((contract for contract in trust.contracts if contract.name == name), None)


def claiming(trust: Trust, branch: str) -> Contract | None:
    """Give the contract on the base that claims a branch; None if none or several do."""
    found = [contract for contract in trust.contracts if claims(contract, branch)]
    return found[0] if len(found) == 1 else None
