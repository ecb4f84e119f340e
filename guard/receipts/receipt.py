"""A receipt: the record of a command that really ran. As a value, and as the JSON that is kept of it.

A receipt is sealed with a key of its repository: one that was edited by hand, or brought from another repository, is told from one that
`guard run` wrote here. Whoever can write where receipts are kept can also read the key; what must not rely on that runs the commands
again (`guard handoff check --rerun`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from shlex import join
from typing import NamedTuple

from guard.receipts.words import shell_line, words, words_of

FORMAT = "guard-receipt-1"
MASK = "***"
MOST_CHANGED = 20  # changed paths that a receipt lists


class Stream(NamedTuple):
    """What a command wrote to one stream: `name` (`output`, which holds both where they are one, or `errors`), bytes, SHA-256, its end."""

    name: str
    size: int
    sha256: str
    tail: str


class Receipt(NamedTuple):
    """A command that ran.

    `argv` are its words, secrets masked; `directory` is where it ran, from the top of the working tree ("" is the top itself). `exit` is
    0 to 255, 128 + n after signal n; `started` is UTC as ISO 8601; `duration` is in seconds. `before` and `after` are the trees of the
    working tree as git would have committed it, without the session's handoff ("" where that could not be told); `changed` lists paths
    that differ between the two, with git's letter, some of them if there are many; `altered` counts those that were there before.
    `command` is a keyed digest of the words as they really were. `origin` is `run`, or `rerun` for one that guard ran again. `id` names
    the receipt; `sound` tells that it is as it was sealed.
    """

    argv: tuple[str, ...]
    directory: str
    branch: str
    contract: str
    exit: int
    started: str
    duration: float
    before: str
    after: str
    changed: tuple[tuple[str, str], ...]
    altered: int
    streams: tuple[Stream, ...]
    command: str
    origin: str = "run"
    id: str = ""
    sound: bool = True

    @property
    def passed(self) -> bool:
        """Whether the command ended well."""
        return self.exit == 0

    @property
    def took(self) -> str:
        """How long it ran, in seconds, for people."""
        return f"{self.duration:.2f} s" if self.duration < 1 else f"{self.duration:.1f} s"

    @property
    def line(self) -> str:
        """The command as people type it."""
        return shell_line(self.argv) or join(self.argv)


def command_key(argv: Sequence[str], key: bytes) -> str:
    """Give the digest under which receipts of a command are found: of the words that it was started with."""
    return _keyed("\0".join(words_of(argv)), key)


def line_key(command: str, key: bytes) -> str:
    """Give the digest under which receipts of a command line are found."""
    return _keyed("\0".join(words(command)), key)


def encoded(receipt: Receipt, key: bytes) -> str:
    """Give a receipt as JSON with its seal, ASCII, with a newline at its end."""
    fields = {"format": FORMAT, **as_values(receipt), "command": receipt.command}
    return json.dumps({**fields, "seal": _seal(fields, key)}, indent=1) + "\n"


def decoded(data: bytes, key: bytes, name: str) -> Receipt | None:
    """Read a receipt; None where it is none. `name` becomes its id. One whose seal does not fit is given as not `sound`."""
    try:
        fields = json.loads(data)
        seal = fields.pop("seal", "")
        receipt = _receipt(fields, name)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return (
        receipt._replace(sound=seal == _seal(fields, key))
        if fields.get("format") == FORMAT
        else None
    )


def as_values(receipt: Receipt) -> dict[str, object]:
    """Give a receipt as plain values, as it is kept and as programs see it."""
    return {
        "argv": list(receipt.argv),
        "directory": receipt.directory,
        "branch": receipt.branch,
        "contract": receipt.contract,
        "exit": receipt.exit,
        "started": receipt.started,
        "duration": receipt.duration,
        "before": receipt.before,
        "after": receipt.after,
        "changed": [list(pair) for pair in receipt.changed],
        "altered": receipt.altered,
        "streams": [stream._asdict() for stream in receipt.streams],
        "origin": receipt.origin,
    }


def masked(
    argv: Sequence[str], is_secret: Callable[[str], bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the words of a command with its secrets masked, and the secrets.

    `is_secret` tells whether an option or a variable of a name, without dashes, holds one: then what follows its equals sign is a
    secret, or the word behind the option. So is the password of a URL.
    """
    shown: list[str] = []
    secrets: list[str] = []
    follows = False
    for word in argv:
        name, equals, _ = word.partition("=")
        if follows and not word.startswith("-"):
            text, found = MASK, list(filter(None, [word]))
        elif " " in word.strip():  # a line for a shell, or something with a line in it
            inner, hidden = masked(word.split(" "), is_secret)
            text, found = " ".join(inner), list(hidden)
        else:
            text, found = _masked_word(word, is_secret)
        follows = not equals and word.startswith("-") and is_secret(name.lstrip("-"))
        shown.append(text)
        secrets += found
    return tuple(shown), tuple(secrets)


def _masked_word(word: str, is_secret: Callable[[str], bool]) -> tuple[str, list[str]]:
    name, equals, value = word.partition("=")
    if equals and value and is_secret(name.lstrip("-")):
        return f"{name}={MASK}", [value]
    scheme, colon, rest = word.partition(
        "://"
    )  # RFC 3986, section 3.2.1: user and password stand before an @
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    user, between, password = login.partition(":")
    if colon and at and between and password:
        return f"{scheme}://{user}:{MASK}@{host}{slash}{path}", [password]
    return word, []


def _receipt(fields: Mapping[str, object], name: str) -> Receipt:
    """Make the value; raises TypeError, ValueError or KeyError where a field is missing or of another kind."""
    duration = fields["duration"]
    if not isinstance(duration, int | float):
        raise TypeError
    return Receipt(
        argv=tuple(_text(word) for word in _rows(fields["argv"])),
        directory=_text(fields["directory"]),
        branch=_text(fields["branch"]),
        contract=_text(fields["contract"]),
        exit=_count(fields["exit"]),
        started=_text(fields["started"]),
        duration=float(duration),
        before=_text(fields["before"]),
        after=_text(fields["after"]),
        changed=tuple(_pair(row) for row in _rows(fields["changed"])),
        altered=_count(fields["altered"]),
        streams=tuple(_stream(row) for row in _rows(fields["streams"])),
        command=_text(fields["command"]),
        origin=_text(fields["origin"]),
        id=name,
    )


def _pair(value: object) -> tuple[str, str]:
    letter, path = _rows(value)
    return _text(letter), _text(path)


def _stream(value: object) -> Stream:
    if not isinstance(value, dict):
        raise TypeError
    return Stream(
        _text(value["name"]), _count(value["size"]), _text(value["sha256"]), _text(value["tail"])
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if type(value) is not int:  # True is an int too, for Python
        raise TypeError
    return value


def _rows(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _seal(fields: Mapping[str, object], key: bytes) -> str:
    return _keyed(json.dumps(fields, sort_keys=True, separators=(",", ":")), key)


def _keyed(text: str, key: bytes) -> str:
    return hashlib.blake2b(
        text.encode("utf-8", "surrogateescape"), key=key, digest_size=20
    ).hexdigest()
