"""The names of sessions: what people and scripts call one, wherever guard lists or takes it.

A session has the name of its contract. A second worktree under a contract (`guard start NAME --from
CONTRACT`) has its own, which is kept in its git directory and goes with it.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import UsageError
from guard.core.files import read_head
from guard.core.names import fold, show
from guard.core.writing import keep
from guard.git.locate import folder_of, git_dir, linked_dirs
from guard.git.repository import Repository
from guard.git.worktrees import worktrees

_NAME = "guard/name"  # below a worktree's git directory: its own name, and its contract's
_LONGEST = 1 << 12


def names_noted(common_dir: str) -> dict[str, tuple[str, str]]:
    """Give the own name and the contract of each worktree that has a name, by its path.

    No worktree is looked into.
    """
    found: dict[str, tuple[str, str]] = {}
    if os.path.basename(common_dir) == ".git" and all(noted := _noted(common_dir)):
        found[os.path.dirname(common_dir)] = noted
    for own in linked_dirs(common_dir):
        name, contract = _noted(own)
        path = folder_of(own) if name and contract else ""
        if path:
            found[path] = name, contract
    return found


def _noted(own: str) -> tuple[str, str]:
    said = read_head(os.path.join(own, _NAME), _LONGEST).decode("utf-8", "replace")
    name, _, contract = said.strip().partition("\n")
    return name, contract


def second_under(common_dir: str, name: str) -> tuple[str, str]:
    """Give the second worktree's name that is `name` but for case, and its contract; "" if none."""
    noted = names_noted(common_dir).values()
    return next((one for one in noted if fold(one[0]) == fold(name)), ("", ""))


def require_no_second(repository: Repository, name: str, *, but: str = "") -> None:
    """Raise UsageError if a second worktree has the name, unless it is under the contract `but`."""
    own, contract = second_under(repository.common_dir, name)
    if own and contract != but:
        raise UsageError(
            f"{show(own)} is a session under contract {show(contract)} already",
            hint="choose another name, or look: guard sessions",
        )


def names_thrown(common_dir: str) -> set[str]:
    """Give the names of the sessions that are in the trash (`guard/trash/ID/about.json`)."""
    folder, found = os.path.join(common_dir, "guard", "trash"), set()
    for one in os.listdir(folder) if os.path.isdir(folder) else ():
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(read_head(os.path.join(folder, one, "about.json"), 1 << 23))
            found.add(str(said["name"]))
    return found


def note_name(path: str, name: str, contract: str) -> None:
    """Keep the own name of the worktree `path`. Raises GitError if that cannot be written."""
    file = os.path.join(git_dir(path), _NAME)
    keep(file, f"{name}\n{contract}\n".encode())


def forget_name(path: str) -> None:
    """Let the worktree `path` have no name of its own. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(git_dir(path), _NAME))


def own_name(top: str, contract: str) -> str:
    """Give the name of the session under `contract` whose worktree is at `top`."""
    said = read_head(os.path.join(git_dir(top), _NAME), _LONGEST).decode("utf-8", "replace")
    name, _, noted = said.strip().partition("\n")
    return name if name and noted == contract else contract


def called(repository: Repository, name: str, known: Iterable[Contract]) -> tuple[str, str]:
    """Give the own name and the contract of the session `name`, which may be its branch, too.

    Both are "" if none of the `known` contracts has such a session.
    """
    contracts = {one.name: one for one in known}
    noted = dict(names_noted(repository.common_dir).values()).get(name, name)
    if noted in contracts:
        return name, noted
    claiming = [one.name for one in contracts.values() if claims(one, name)]
    if len(claiming) != 1:
        return "", ""
    contract = claiming[0]
    places = (one.path for one in worktrees(repository.git) if one.branch == name)
    return next((own_name(path, contract) for path in places), contract), contract


def told_apart(parts: Sequence[tuple[str, str, str]]) -> list[str]:
    """Give sessions, each a name, branch and worktree, names of their own.

    Of several with one name the only one with a worktree keeps it; the others have their branch's,
    or their worktree's.
    """
    names = _told_apart([name for name, _, _ in parts], parts, 1)
    return _told_apart(names, parts, 2)


def _told_apart(names: Sequence[str], parts: Sequence[tuple[str, str, str]], at: int) -> list[str]:
    """Replace names that are not one's own by what is at `at` in the parts, or else beside it."""
    everywhere = Counter(names)
    placed = Counter(name for name, part in zip(names, parts, strict=True) if part[2])
    return [
        name
        if everywhere[name] == 1 or (part[2] and placed[name] == 1)
        else part[at] or part[3 - at]
        for name, part in zip(names, parts, strict=True)
    ]
