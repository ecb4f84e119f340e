"""What git is asked of a working tree before its answer is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guard.git.filters import ask_filters
from guard.git.isolate import scratch
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.git.snapshot import Asked, ask_early, copied
from tests.kit import Repo


def edits(repo: Repo, early: Asked | None = None) -> tuple[set[str], set[str]]:
    """The edited and the untracked paths."""
    with scratch() as folder:
        copy = copied(open_repository(at(str(repo.path))), folder, early=early)
        return set(copy.looks), set(copy.untracked)


def stage(repo: Repo) -> None:
    """Another file."""
    repo.write({"docs/new.md": "x\n"}).git("add", "docs/new.md")


def hide(repo: Repo) -> None:
    """Two edited files from git."""
    repo.git("update-index", "--assume-unchanged", "a.txt")
    repo.git("update-index", "--skip-worktree", "b.txt")


def remove(repo: Repo) -> None:
    """What is staged, and the index."""
    (repo.path / ".git/index").unlink()


@pytest.mark.parametrize("between", [None, stage, hide, remove])
@pytest.mark.parametrize("before", [None, hide])
def test_asked_early(
    repo: Repo, before: Callable[[Repo], None] | None, between: Callable[[Repo], None] | None
) -> None:
    """The index may be written meanwhile: the answer is as if it had been asked for then."""
    repo.commit({"a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n"})
    repo.write({"a.txt": "edited\n", "b.txt": "edited\n", "loose.txt": "x\n"})
    if before:
        before(repo)
    early = _early(repo)
    if between:
        between(repo)
    edited, others = edits(repo, early)
    early.end()
    assert edited == (set() if between == remove else {"a.txt", "b.txt"})
    assert others == set(repo.git("ls-files", "--others").splitlines())


def test_nobody_waits_for_what_was_asked(repo: Repo) -> None:
    """git is stopped, and that may be said twice."""
    repo.write({"a.txt": "a\n"})
    early = _early(repo)
    early.end()
    early.end()
    assert not repo.path.joinpath(".git/index.lock").exists()


def _early(repo: Repo) -> Asked:
    repository = open_repository(at(str(repo.path)))
    return ask_early(repository, ask_filters(repository.git))
