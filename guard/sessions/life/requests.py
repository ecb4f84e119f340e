"""Requests: paths that a session asks for, and what was answered.

A session has one request at most, a small file in `guard/requests` of git's directory, so all
worktrees of a clone see it. It goes when all of it is answered and its session has heard that.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import show
from guard.core.writing import keep
from guard.git.locate import requests_folder

_LARGEST = 1 << 16  # bytes
_PUT_BY = "request.json"  # in the folder of a session that is gone
MOST = 100  # paths of a request


class Answer(NamedTuple):
    """What was said about `paths`: `word` is `granted` or `denied`, `reason` what was added."""

    word: str
    paths: tuple[str, ...]
    reason: str


class Request(NamedTuple):
    """The paths that the session `name` asks for, and why.

    `paths` are those that nobody has answered, `answers` those that the session has not heard.
    `when` is in seconds (time(2)).
    """

    name: str
    paths: tuple[str, ...]
    why: str
    when: float
    answers: tuple[Answer, ...] = ()


def read_request(common_dir: str, name: str) -> Request | None:
    """Give the request of a session; None if there is none that can be read."""
    try:
        said = json.loads(read_head(_place(common_dir, name), _LARGEST))
        paths = tuple(str(path) for path in said["paths"])[:MOST]
        answers = tuple(
            Answer(str(word), tuple(map(str, of)), str(reason))
            for word, of, reason in said["answers"]
        )
        return Request(name, paths, str(said["why"]), float(said["when"]), answers)
    except (ValueError, TypeError, KeyError):
        return None


def open_requests(common_dir: str) -> list[Request]:
    """List the requests that are not answered, or not in whole, the oldest first."""
    return sorted((one for one in _all(common_dir) if one.paths), key=lambda one: one.when)


def any_answered(common_dir: str) -> bool:
    """Tell whether a session, whichever it is, has an answer to hear."""
    return any(one.answers for one in _all(common_dir))


def _all(common_dir: str) -> Iterator[Request]:
    folder = requests_folder(common_dir)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        one = read_request(common_dir, name.removesuffix(".json"))
        if one and name.endswith(".json"):
            yield one


def ask(common_dir: str, name: str, paths: Sequence[str], why: str) -> Request:
    """Ask for paths; those that were asked for before, and not answered, stay asked for.

    So do the reasons. Raises GitError if the request cannot be written.
    """
    before = read_request(common_dir, name) or Request(name, (), "", 0.0)
    if before.paths and why not in before.why.split("; "):
        why = f"{before.why}; {why}"
    elif before.paths:
        why = before.why
    asked = tuple(dict.fromkeys((*before.paths, *paths)))[:MOST]
    request = before._replace(paths=asked, why=why, when=time.time())
    _write(common_dir, request)
    return request


def forget(common_dir: str, name: str) -> None:
    """Take away what a session that is gone has asked for."""
    with suppress(OSError):
        os.unlink(_place(common_dir, name))


def put_by(common_dir: str, name: str, folder: str) -> None:
    """Move what a session that goes has asked for into `folder`, from where it can come back."""
    with suppress(OSError):
        os.rename(_place(common_dir, name), os.path.join(folder, _PUT_BY))


def bring_back(common_dir: str, name: str, folder: str) -> None:
    """Let a session that is back ask again for what was `put_by` in `folder`."""
    place = _place(common_dir, name)
    with suppress(OSError):
        if os.path.lexists(place):
            os.unlink(os.path.join(folder, _PUT_BY))
        os.rename(os.path.join(folder, _PUT_BY), place)


def answer(
    common_dir: str, name: str, word: str, paths: Sequence[str], reason: str = ""
) -> Request:
    """Note what was answered about paths: `granted` or `denied`, for the session to hear.

    Gives the request, with the paths that are still open. What lies in a folder is answered with
    it. Raises GitError if it cannot be written.
    """
    before = read_request(common_dir, name) or Request(name, (), "", time.time())
    folders = tuple(path for path in paths if path.endswith("/"))
    left = [one for one in before.paths if one not in paths and not one.startswith(folders)]
    said = Answer(word, tuple(paths), reason)
    after = before._replace(paths=tuple(left), answers=(*before.answers, said))
    _write(common_dir, after)
    return after


def news(common_dir: str, name: str) -> str:
    """Give the answers that a session has not heard, as text for it, once; "" if there is none.

    What is still open is told with them.
    """
    request = read_request(common_dir, name) if name else None
    if request is None or not request.answers:
        return ""
    with suppress(OSError, GitError):
        if request.paths:
            _write(common_dir, request._replace(answers=()))
        else:
            os.unlink(_place(common_dir, name))
    lines = [_line(one) for one in request.answers]
    if request.paths:
        lines.append(f"Not answered yet: {show(', '.join(request.paths))}.")
    return "guard: " + " ".join(lines)


def _line(one: Answer) -> str:
    paths = show(", ".join(one.paths))
    reason = f": {show(one.reason)}" if one.reason else ""
    if one.word == "granted":
        return f"your request was granted{reason}; this session may change {paths} now."
    return f"your request for {paths} was denied{reason}. Leave them as they are."


def _place(common_dir: str, name: str) -> str:
    return os.path.join(requests_folder(common_dir), f"{name}.json")


def _write(common_dir: str, request: Request) -> None:
    path = _place(common_dir, request.name)
    values = {key: value for key, value in request._asdict().items() if key != "name"}
    hint = "make room, or let guard write into git's folder"
    keep(path, json.dumps(values).encode(), hint)
