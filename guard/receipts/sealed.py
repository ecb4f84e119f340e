"""A receipt as JSON, sealed with a key of its repository.

So a receipt that was edited or copied from elsewhere is recognised. Who can write to the store can
also read the key; where that matters, the commands run again (`guard handoff check --rerun`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from guard.receipts.receipt import Receipt, Stream
from guard.receipts.results import Result
from guard.receipts.words import words, words_of

FORMAT = "guard-receipt-1"
_Kind = TypeVar("_Kind")
_TEXTS = "directory branch contract started before after command change origin".split()
_KINDS: Mapping[str, type] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(("exit", "altered"), int),
    **dict.fromkeys(("argv", "changed", "streams"), list),
}


def command_key(argv: Sequence[str], key: bytes) -> str:
    """Give the digest that identifies a command in receipts, from its real words."""
    return _keyed("\0".join(words_of(argv)), key)


def line_key(command: str, key: bytes) -> str:
    """Give the digest that identifies a command line in receipts."""
    return _keyed("\0".join(words(command)), key)


def encoded(receipt: Receipt, key: bytes) -> str:
    """Give a receipt as JSON with its seal, in ASCII, with a newline at its end."""
    fields = {"format": FORMAT, **as_values(receipt), "command": receipt.command}
    return json.dumps({**fields, "seal": _seal(fields, key)}, indent=1) + "\n"


def decoded(data: bytes, key: bytes, name: str) -> Receipt | None:
    """Read the receipt with the id `name`; None if it is none. A wrong seal: not `sound`."""
    try:
        fields = json.loads(data)
        seal = fields.pop("seal", "")
        receipt = _receipt(fields, name)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if fields.get("format") != FORMAT:
        return None
    return receipt._replace(sound=seal == _seal(fields, key))


def as_values(receipt: Receipt) -> dict[str, object]:
    """Give a receipt as plain values, as stored and as programs see it."""
    values = receipt._asdict()
    for own in ("command", "id", "sound"):
        del values[own]
    return {**values, "streams": [stream._asdict() for stream in receipt.streams]}


def _receipt(fields: Mapping[str, object], name: str) -> Receipt:
    """Raises TypeError, ValueError or KeyError for a field that is missing or of another type."""
    fields = {"change": "", **fields}  # not in receipts of guard 0.1.0
    values: dict[str, Any] = {key: _of(kind, fields[key]) for key, kind in _KINDS.items()}
    duration = fields["duration"]
    values["duration"] = float(_of(int if isinstance(duration, int) else float, duration))
    values["argv"] = tuple(_of(str, word) for word in values["argv"])
    values["changed"] = tuple(map(_pair, values["changed"]))
    values["streams"] = tuple(map(_stream, values["streams"]))
    return Receipt(**values, id=name)


def _pair(value: object) -> tuple[str, str]:
    letter, path = _of(list, value)
    return _of(str, letter), _of(str, path)


def _stream(value: object) -> Stream:
    fields = _of(dict, value)
    name, sha256, tail = (_of(str, fields[key]) for key in ("name", "sha256", "tail"))
    results = tuple(map(_result, _of(list, fields.get("results", []))))
    return Stream(name, _of(int, fields["size"]), sha256, tail, results, fields.get("built", ""))


def _result(value: object) -> Result:
    passed, failed, skipped, unit = _of(list, value)
    return Result(_of(int, passed), _of(int, failed), _of(int, skipped), _of(str, unit))


def _of(kind: type[_Kind], value: object) -> _Kind:
    if not isinstance(value, kind) or type(value) is bool:  # in Python, True is an int
        raise TypeError
    return value


def _seal(fields: Mapping[str, object], key: bytes) -> str:
    return _keyed(json.dumps(fields, sort_keys=True, separators=(",", ":")), key)


def _keyed(text: str, key: bytes) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, key=key, digest_size=20).hexdigest()
