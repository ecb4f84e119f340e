"""Requests: paths that a session asks for, and what was answered.

A session has one request at most, a small file in `guard/requests` of git's directory, so all
worktrees of a clone see it. It goes when its session has heard the answer.
"""

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import show
from guard.core.writing import write_whole

_LARGEST = 1 << 16  # bytes
MOST = 100  # paths of a request


class Request(NamedTuple):
    """The paths that the session of the contract `name` asks for, and why.

    `when` is in seconds (time(2)). `answer` is `granted`, `denied` or "", `reason` what was said.
    """

    name: str
    paths: tuple[str, ...]
    why: str
    when: float
    answer: str = ""
    reason: str = ""


def read_request(common_dir: str, name: str) -> Request | None:
    """Give the request of a session; None if there is none that can be read."""
    try:
        said = json.loads(read_head(_place(common_dir, name), _LARGEST))
        paths = tuple(str(path) for path in said["paths"])[:MOST]
        texts = {key: str(said[key]) for key in ("why", "answer", "reason")}
        return Request(name, paths, when=float(said["when"]), **texts)
    except (ValueError, TypeError, KeyError):
        return None


def open_requests(common_dir: str) -> list[Request]:
    """List the requests that nobody has answered, the oldest first."""
    folder = os.path.dirname(_place(common_dir, "x"))
    names = os.listdir(folder) if os.path.isdir(folder) else []
    stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    found = (read_request(common_dir, name) for name in stems)
    return sorted((one for one in found if one and not one.answer), key=lambda one: one.when)


def ask(common_dir: str, name: str, paths: Sequence[str], why: str) -> Request:
    """Ask for paths; those that were asked for before, and not answered, stay asked for.

    Raises GitError if the request cannot be written.
    """
    before = read_request(common_dir, name)
    still = before.paths if before and not before.answer else ()
    request = Request(name, tuple(dict.fromkeys((*still, *paths)))[:MOST], why, time.time())
    _write(common_dir, request)
    return request


def answer(common_dir: str, name: str, word: str, paths: Sequence[str], reason: str = "") -> None:
    """Note what was answered about paths: `granted` or `denied`, for the session to hear.

    Raises GitError if it cannot be written.
    """
    _write(common_dir, Request(name, tuple(paths), "", time.time(), word, reason))


def news(common_dir: str, name: str) -> str:
    """Give the answer that a session has not heard, as text for it, once; "" if there is none."""
    request = read_request(common_dir, name) if name else None
    if request is None or not request.answer:
        return ""
    with suppress(OSError):
        os.unlink(_place(common_dir, name))
    paths = show(", ".join(request.paths))
    reason = f": {show(request.reason)}" if request.reason else ""
    if request.answer == "granted":
        return f"guard: your request was granted{reason}; this session may change {paths} now."
    return f"guard: your request for {paths} was denied{reason}. Leave them as they are."


def _place(common_dir: str, name: str) -> str:
    return os.path.join(common_dir, "guard", "requests", f"{name}.json")


def _write(common_dir: str, request: Request) -> None:
    path = _place(common_dir, request.name)
    values = {key: value for key, value in request._asdict().items() if key != "name"}
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, json.dumps(values).encode())
    except OSError as error:
        message = f"{show(path)} cannot be written: {error.strerror}"
        raise GitError(message, hint="make room, or let guard write into git's folder") from error
