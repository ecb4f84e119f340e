"""What is asked of a CI system, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

Env = Mapping[str, str]
Payload = Mapping[str, object]

_HEX = frozenset("0123456789abcdef")


class Event(NamedTuple):
    """A change as a CI system tells of it; whatever it does not tell is "".

    `kind` is `change` (a pull or merge request), `queue` (a merge queue's trial) or `push`. `base` is the short name of the branch that the
    change goes to, `base_oid` its tip as the system saw it, `base_at` tells that this very commit is the base and no newer one is wanted.
    `head_oid` is the commit under judgement and `head_ref` the ref that the remote keeps for it; `merge_oid` the commit that the system
    made of base and head. `branch` is the short name of the branch that the change comes from, in the repository or, if `fork`, in another
    one, whose owner chose it. `author` is a login that the author cannot choose at will; `body` the text of the request. `privileged` tells
    that the job has the rights of the base, so that nothing of the head may be run in it. `elsewhere` is a command that fetches the base to
    `FETCH_HEAD`, where `origin` is another repository than the one that the change goes to: then nothing in this clone is the base.
    """

    system: str = ""
    kind: str = "push"
    base: str = ""
    base_oid: str = ""
    base_at: bool = False
    head_oid: str = ""
    head_ref: str = ""
    merge_oid: str = ""
    branch: str = ""
    author: str = ""
    fork: bool = False
    body: str = ""
    privileged: bool = False
    elsewhere: str = ""


class System(NamedTuple):
    """One CI system: its name, the variable that only it sets, how it is read, and the line of its own settings that clones everything."""

    name: str
    mark: str
    read: Callable[[Env, Payload], Event]
    whole: str


def short(ref: str) -> str:
    """The short name of a branch, given in full or short; "" for a ref that is no branch."""
    if ref.startswith("refs/heads/"):
        return ref.removeprefix("refs/heads/")
    return "" if ref.startswith("refs/") else ref


def oid(text: str) -> str:
    """The object id (SHA-1 or SHA-256, in lower case), "" for anything else and for the zeros that stand for none."""
    return text if len(text) in (40, 64) and _HEX.issuperset(text) and text.strip("0") else ""


def text(payload: Payload, *keys: str) -> str:
    """The text at a path of keys in a JSON document that somebody else wrote; "" where there is none."""
    found: object = payload
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def number(payload: Payload, key: str) -> str:
    """The whole number behind a key, as text; "" where there is none."""
    value = payload.get(key)
    return str(value) if type(value) is int and value > 0 else ""
