"""Contracts that are still to be closed: their sessions went, and guard was stopped before that.

A note in git's folder says so from before the first thing goes until the contract is closed. It
holds the contract's text: one that was published anew is another one.
"""

import json
import os
from collections.abc import Collection
from contextlib import suppress

from guard.contracts.model import Contract
from guard.core.files import read_head
from guard.core.writing import keep
from guard.git.repository import Repository

_FOLDER = "guard/unclosed"
_LARGEST = 1 << 23


def note(repository: Repository, contract: Contract, name: str) -> None:
    """Note that `contract` is to be closed, as its session `name` is about to go.

    Raises GitError if that cannot be written.
    """
    file = _file(repository, contract.name)
    _, names = _read(file)
    said = {"text": contract.text, "names": sorted({*names, name})}
    keep(file, json.dumps(said).encode())


def is_noted(repository: Repository, contract: Contract) -> bool:
    """Tell whether `contract`, as it is now, is to be closed."""
    text, names = _read(_file(repository, contract.name))
    return bool(names) and text == contract.text


def noted_for(repository: Repository, name: str) -> str:
    """Give the contract of a session that went before its contract was closed; "" for none."""
    folder = os.path.join(repository.common_dir, _FOLDER)
    for contract in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name in _read(os.path.join(folder, contract))[1]:
            return contract
    return ""


def forget(repository: Repository, name: str) -> None:
    """Take the note on the contract `name` away, if there is one."""
    with suppress(FileNotFoundError):
        os.unlink(_file(repository, name))


def forget_others(repository: Repository, open_: Collection[str]) -> None:
    """Take the notes on all contracts away but on those that are `open_`."""
    folder = os.path.join(repository.common_dir, _FOLDER)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name not in open_:
            forget(repository, name)


def _file(repository: Repository, name: str) -> str:
    return os.path.join(repository.common_dir, _FOLDER, name)


def _read(file: str) -> tuple[str, list[str]]:
    try:
        said = json.loads(read_head(file, _LARGEST))
        return str(said["text"]), [str(name) for name in said["names"]]
    except (ValueError, KeyError, TypeError):
        return "", []
