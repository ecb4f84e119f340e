"""What guard asks a CI system, and what it answers."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from guard.core.names import branch_in, is_object_id, ref_of

Env = defaultdict[str, str]  # variables; "" for those that are not set
Payload = Mapping[str, object]


class Event(NamedTuple):
    """A change, as a CI system describes it; "" for what it does not say.

    `kind` is `change` (a pull or merge request), `queue` (a merge queue's trial) or `push`.
    `base` is the short name of the branch that the change goes to, `base_oid` its tip as the system
    saw it; `base_at` means that this commit is the base, and no newer one.
    `head_oid` is the commit to judge, `head_ref` the remote's ref for it, `merge_oid` the commit
    that the system made of base and head.
    `branch` is the short name of the change's own branch; if `fork`, the owner of another
    repository chose it. `author` is a login that the author cannot choose freely. `body` is the
    text of the request. `privileged` means that the job has the rights of the base, so nothing of
    the head may run in it. `elsewhere` is set if `origin` is not the repository that the change
    goes to: the command that fetches the base to `FETCH_HEAD`.
    """

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
    """A CI system: its name, the variable that only it sets, and how to read its event.

    `whole` is the line of its settings that clones everything.
    """

    name: str
    mark: str
    read: Callable[[Env, Payload], Event]
    whole: str


def short(ref: str) -> str:
    """Give the short name of a branch, from its full or short name; "" for another ref."""
    return branch_in(ref) if ref.startswith("refs/") else ref


def head_ref(branch: str) -> str:
    """Give the full ref of a branch, "" without one."""
    return ref_of(branch) if branch else ""


def is_merge(ref: str) -> bool:
    """Whether a ref is GitHub's or Azure's merge of a pull request."""
    return ref.startswith("refs/pull/") and ref.endswith("/merge")


def oid(text: str) -> str:
    """Give an object id, "" for anything else and for zeros, which stand for no object."""
    return text if is_object_id(text) and text.strip("0") else ""


def text(payload: Payload, *keys: str) -> str:
    """Give the text at a path of keys in an untrusted JSON document, or ""."""
    found: object = payload
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
