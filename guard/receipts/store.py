"""The store of receipts: a folder in the repository's git directory, shared by all worktrees.

Each receipt is a file with a name of its own, written whole, so any number of commands may end at
once. Only the latest are kept.
"""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import open_file
from guard.core.names import shell_quote
from guard.core.writing import TEMPORARY, write_whole
from guard.git.repository import Repository
from guard.receipts.receipt import Receipt
from guard.receipts.sealed import decoded, encoded, line_key

MOST = 2_000  # receipts that are kept
_SPARE = 100  # further ones before the oldest are removed
_LARGEST = 1 << 18  # bytes of a file that are read
_KEY, _KEY_SIZE = ".key", 32
_HINT = 12  # characters of a command's digest in the name of a file
_STALE = 86_400  # seconds after which an unfinished file is removed


class Store(NamedTuple):
    """An open store: its folder, and the key that seals this repository's receipts."""

    folder: str
    key: bytes


def open_store(repository: Repository) -> Store | None:
    """Give the store of a repository; None without one. Raises GitError if it is unreadable."""
    folder = _folder(repository)
    try:
        return Store(folder, _key(folder))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(folder, error) from error


def make_store(repository: Repository) -> Store:
    """Give the store of a repository, new if need be. Raises GitError if it cannot be written."""
    folder = _folder(repository)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another command made it a moment ago
            _write(folder, _KEY, os.urandom(_KEY_SIZE))
        return Store(folder, _key(folder))
    except OSError as error:
        raise _unusable(folder, error) from error


def _key(folder: str) -> bytes:
    path = os.path.join(folder, _KEY)
    key = _read(path)
    if len(key) != _KEY_SIZE:
        raise GitError(
            f"{path} is damaged: it has {len(key):,} bytes, not {_KEY_SIZE}",
            hint=f"rm {shell_quote(path)}   # receipts kept so far no longer count",
        )
    return key


def keep(store: Store, receipt: Receipt) -> str:
    """Store a receipt and give its id; the oldest go if there are too many.

    Raises GitError if it cannot be written.
    """
    stamp = receipt.started.replace("-", "").replace(":", "")
    name = f"{stamp}-{receipt.command[:_HINT]}-{os.urandom(4).hex()}"
    try:
        _write(store.folder, name + ".json", encoded(receipt, store.key).encode())
        _prune(store.folder)
    except OSError as error:
        raise _unusable(store.folder, error) from error
    return name


def latest(store: Store | None, most: int) -> list[Receipt]:
    """Give the latest receipts, the newest first."""
    if store is None:
        return []
    return list(_decoded(store, _names(store.folder)[::-1][:most]))


def found(store: Store | None, lines: Iterable[str]) -> dict[str, tuple[Receipt, ...]]:
    """Give the receipts of each command line, the oldest first."""
    wanted = dict.fromkeys(lines)
    if store is None or not wanted:
        return dict.fromkeys(wanted, ())
    by_hint: dict[str, list[str]] = {}
    for name in _names(store.folder):
        by_hint.setdefault(name.partition("-")[2][:_HINT], []).append(name)
    receipts: dict[str, tuple[Receipt, ...]] = {}
    for line in wanted:
        key = line_key(line, store.key)
        near = _decoded(store, by_hint.get(key[:_HINT], []))
        receipts[line] = tuple(receipt for receipt in near if receipt.command == key)
    return receipts


def _decoded(store: Store, names: Iterable[str]) -> Iterator[Receipt]:
    for name in names:
        # A file that was removed meanwhile, or that is not ours to read, proves nothing.
        with contextlib.suppress(OSError):
            data = _read(os.path.join(store.folder, name))
            receipt = decoded(data, store.key, name.removesuffix(".json"))
            if receipt:
                yield receipt


def _folder(repository: Repository) -> str:
    return os.path.join(repository.common_dir, "guard", "receipts")


def _names(folder: str) -> list[str]:
    """The oldest first, for the names begin with the time."""
    return sorted(name for name in os.listdir(folder) if name.endswith(".json"))


def _read(path: str) -> bytes:
    with open_file(path) as file:
        return file.read(_LARGEST)


def _write(folder: str, name: str, data: bytes) -> None:
    """Only the owner may read it: output may be secret."""
    write_whole(os.path.join(folder, name), data, mode=0o600, new=True)


def _prune(folder: str) -> None:
    names = _names(folder)
    gone = names[:-MOST] if len(names) > MOST + _SPARE else []
    long_ago = time.time() - _STALE
    for name in os.listdir(folder) if gone else ():
        with contextlib.suppress(OSError):
            path = os.path.join(folder, name)
            if name.startswith(TEMPORARY) and os.stat(path).st_mtime < long_ago:
                gone.append(name)
    for name in gone:
        with contextlib.suppress(FileNotFoundError):  # another process may prune, too
            os.unlink(os.path.join(folder, name))


def _unusable(folder: str, error: OSError) -> GitError:
    message = f"receipts cannot be kept in {folder}: {error.strerror}"
    return GitError(message, hint=f"ls -ld {shell_quote(folder)}")
