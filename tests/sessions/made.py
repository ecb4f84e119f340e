"""Commits of random files without a working tree, and their comparison by guard."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from guard.git.isolate import isolated
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.rules.between import Asked, Party, Picture
from guard.sessions.between.comparing import compare_parties
from guard.verdict.search import Ref
from guard.verdict.trust import Trust
from tests.kit import Repo

Files = dict[str, tuple[str, bytes]]  # path → mode and content

LINES = [b"%d\n" % number for number in range(40)]
TEXT = b"".join(LINES)
_FRESH = ["a", "b/x", "d", "d/new", "D/new", "e/f", "new/a", "q", "d/n1", "e/n2", "old/n"]


def edited(*numbers: int, by: bytes = b"!") -> bytes:
    """The text with some of its lines changed."""
    return b"".join(by + line if number in numbers else line for number, line in enumerate(LINES))


def plain(**files: bytes) -> Files:
    """Regular files; `__` in a name stands for a slash."""
    return {name.replace("__", "/"): ("100644", content) for name, content in files.items()}


def commit(repo: Repo, files: Files, *parents: str) -> str:
    """Commit exactly these files, in one process; give the object id."""
    lines = [b"commit refs/heads/made\nmark :1\ncommitter x <x@example.com> 1700000000 +0000\n"]
    lines.append(b"data 1\nx\n")
    lines += [
        f"{'merge' if at else 'from'} {parent}\n".encode() for at, parent in enumerate(parents)
    ]
    lines.append(b"deleteall\n")
    for path, (mode, content) in files.items():
        lines.append(f"M {mode} inline {path}\n".encode())
        lines.append(b"data %d\n%s\n" % (len(content), content))
    lines.append(b"get-mark :1\n")
    return repo.git("fast-import", "--quiet", "--force", stdin=b"".join(lines))


def base_files() -> Files:
    """Text in three folders, and a binary file."""
    return {
        **plain(a=TEXT, b=edited(5), d__a=edited(6), d__b=edited(7), d__c=edited(9)),
        **plain(e__f__a=edited(8), e__g=edited(3), z=b"\0z"),
    }


def stirred(base: Files, dice: random.Random, most: int = 4) -> Files:
    """Some files edited, deleted, moved, with another mode, or in each other's way."""
    files = dict(base)
    for _ in range(dice.randint(1, most)):
        if files:
            _stir(files, dice)
    found: Files = {}
    for path, entry in files.items():
        below = any(path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in found)
        if not below:
            found[path] = entry
    return found


def _stir(files: Files, dice: random.Random) -> None:
    path = dice.choice(sorted(files))
    mode, content = files[path]
    fresh, kind = dice.choice(_FRESH), dice.randrange(9)
    if kind < 3 and mode.startswith("100"):
        lines = content.split(b"\n")
        number = dice.randrange(40) % len(lines)
        lines[number] = dice.choice([b"x", b"y", lines[number] + b"!"])
        files[path] = (mode, b"\n".join(lines))
    elif kind == 3:
        del files[path]
    elif kind == 4:
        del files[path]
        files[fresh] = (mode, content)
    elif kind == 5:
        files[fresh] = ("100644", b"%d\n" % dice.randrange(3))
    elif kind == 6:
        _move_folder(files, dice)
    elif kind == 7:
        files[path] = (dice.choice(["100755", "120000"]), content)
    else:
        folder = path.rpartition("/")[0]
        name = f"added{dice.randrange(3)}"
        files[f"{folder}/{name}" if folder else name] = ("100644", b"%d\n" % dice.randrange(3))


def _move_folder(files: Files, dice: random.Random) -> None:
    folders = sorted({path.rpartition("/")[0] for path in files if "/" in path})
    if folders:
        old, new = dice.choice(folders), dice.choice(["z/", "new/", "d2/", "e/", ""])
        for path in [path for path in files if path.startswith(f"{old}/")]:
            files[new + path[len(old) + 1 :]] = files.pop(path)


def compared(
    repo: Repo, base: str, heads: Mapping[str, str], asked: Asked | None = None
) -> Picture:
    """Compare commits, by name, with a base and with each other."""
    repository = open_repository(at(str(repo.path)))
    trust = Trust(base=Ref("main", "main", base), tree=repo.git("rev-parse", f"{base}^{{tree}}"))
    parties: Sequence[Party] = [
        Party(name, name, "", "", "", head, commit=head) for name, head in sorted(heads.items())
    ]
    with isolated(repository) as git:
        return compare_parties(repository, git, trust, parties, asked or Asked(), untold)


def untold(what: str, done: int, total: int) -> None:
    """Hear of no progress."""
