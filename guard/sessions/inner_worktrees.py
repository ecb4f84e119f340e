"""Worktrees inside the repository, which git tracks as files unless `.gitignore` names them."""

import os
from collections.abc import Iterator, Sequence

from guard.contracts.draft import exactly
from guard.git.plumbing import as_records, records
from guard.git.repository import Repository
from guard.git.worktrees import worktrees

_PROBE = "guard-init"  # a name in a folder, to ask whether its content is ignored


def missing_ignores(repository: Repository, top: str, paths: Sequence[str]) -> list[str]:
    """Give the lines that `.gitignore` lacks for worktrees, also those that agents will make.

    `paths` are the tracked files. Raises GitError if git fails.
    """
    wanted = {line: f"./{folder}/{_PROBE}" for line, folder in _folders(repository, top, paths)}
    asked = as_records(wanted.values())
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    # It exits with 0 if some are ignored, with 1 if none is (git-check-ignore(1)).
    answer = git.run("check-ignore", "-z", "--stdin", "--no-index", stdin=asked, ok=(0, 1, 128))
    if answer.code == 128:  # a link is on the way: no pattern helps
        return []
    ignored = set(records(answer.out))
    return [line for line, path in wanted.items() if path not in ignored]


def _folders(repository: Repository, top: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield ".claude/worktrees/", ".claude/worktrees"
    gemini = any(path == "GEMINI.md" or path.startswith(".gemini/") for path in paths)
    if gemini or os.path.isdir(os.path.join(top, ".gemini")):
        yield ".gemini/worktrees/", ".gemini/worktrees"
    main, *linked = (worktree.path for worktree in worktrees(repository.git))
    for path in linked:
        inside = os.path.relpath(path, main)
        if not inside.startswith(("..", ".claude/", ".gemini/")):
            folder = os.path.dirname(inside) or inside
            yield exactly(folder) + "/", folder
