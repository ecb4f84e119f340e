"""Holds a document that tomli has read against its shape: every mistake, as values. Where each stands in the file is worked out later."""

from __future__ import annotations

from guard.contracts.shape import MOST_PATTERNS, RULE_WORDS, Key
from guard.contracts.strings import STRINGS, excerpt, hold
from guard.core.codes import CODES, code_of
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Found = Iterator["Mistake"]

Path = tuple[str | int, ...]  # the keys and indexes on the way to a value

_KINDS = {
    "str": "a string",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a float",
    "list": "an array",
    "dict": "a table",
    "date": "a date",
    "datetime": "a date with a time",
    "time": "a time",
}


class Mistake(NamedTuple):
    """What is wrong at a key path. `offset` is a character of the string there, -1 the whole; `valid` are what `word` could have been."""

    path: Path
    problem: str
    expected: str = ""
    offset: int = -1
    word: str = ""
    valid: tuple[str, ...] = ()


def mistakes_in(shape: Key, document: Mapping[str, object]) -> list[Mistake]:
    """Give every mistake of a document, in no particular order; an empty list means that it can be used without another look."""
    found = list(_table(shape, document, ()))
    if _patterns(shape, document) > MOST_PATTERNS:
        found.append(
            Mistake(
                (), f"more than {MOST_PATTERNS:,} patterns in one file", "patterns of directories"
            )
        )
    return found


def rules_given_twice(document: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield a mistake for each rule of a policy whose severity is given more than once: by code and by name, or under `[contracts]` too."""
    rules, contracts = document.get("rules"), document.get("contracts")
    given: dict[str, str] = {}
    if isinstance(contracts, dict):
        given = {
            code_of(rule): f"contracts.{key}"
            for key, rule in CONTRACT_RULES.items()
            if key in contracts
        }
    for word in rules if isinstance(rules, dict) else ():
        code = code_of(word)
        if code in given:
            yield Mistake(
                ("rules", word),
                f"the severity of {CODES[code]} is given by {given[code]} already",
                "only one of the two",
            )
        if code:
            given.setdefault(code, f"rules.{word}")


CONTRACT_RULES = {"missing": "no-contract", "self_declared": "self-declared"}


def _any(key: Key, value: object, path: Path) -> Found:
    return _CHECKS[key.kind](key, value, path)


def _table(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, dict):
        yield _wrong_type(key, value, path)
        return
    for name, inner in value.items():
        known = key.keys.get(name)
        if known is None:
            yield Mistake((*path, name), "unknown key", word=name, valid=tuple(key.keys))
            continue
        yield from _any(known, inner, (*path, name))
    for name, known in key.keys.items():
        if known.required and name not in value:
            yield Mistake((*path, name), "is missing", _expected(known, (*path, name)))
    if key.any_of and not any(value.get(name) for name in key.any_of):
        yield _nothing_said(key, value, path)


def _nothing_said(key: Key, value: Mapping[str, object], path: Path) -> Mistake:
    """None of the keys of which one must be there says anything: the first one is at fault, missing or empty."""
    first = key.any_of[0]
    problem = "is empty" if first in value else "is missing"
    others = "".join(
        f", or {name}{' = true' if key.keys[name].kind == 'flag' else ''}"
        for name in key.any_of[1:]
    )
    return Mistake((*path, first), problem, _expected(key.keys[first], (*path, first)) + others)


def _map(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, dict):
        yield _wrong_type(key, value, path)
        return
    for name, inner in value.items():
        yield from _complaints(key.check, name, (*path, name), in_value=False)
        if key.item:
            yield from _any(key.item, inner, (*path, name))


def _tables(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, list) or not key.item:
        yield _wrong_type(key, value, path)
        return
    for index, inner in enumerate(value):
        yield from _any(key.item, inner, (*path, index))


def _list(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, list):
        yield _wrong_type(key, value, path)
        return
    if len(value) > key.most:
        yield Mistake(path, f"has {len(value):,} elements", f"at most {key.most:,}")
        return
    if len(value) < key.least:
        yield Mistake(path, "is empty", _expected(key, path))
    if set(map(type, value)) <= {str} and len(set(value)) == len(value) and hold(key.check, value):
        return
    yield from _elements(key, value, path)


def _elements(key: Key, value: list[object], path: Path) -> Found:
    """Look at each element by itself, as not all of them hold."""
    first: dict[str, int] = {}
    for index, item in enumerate(value):
        if not isinstance(item, str):
            yield Mistake((*path, index), f"is {_kind(item)}", "a string")
            continue
        if first.setdefault(item, index) != index:
            yield Mistake(
                (*path, index), f"is the same as element [{first[item]}]", "each only once"
            )
            continue
        yield from _complaints(key.check, item, (*path, index))


def _text(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, str):
        yield _wrong_type(key, value, path)
        return
    if len(value) > key.most:
        yield Mistake(path, f"has {len(value):,} characters", f"at most {key.most:,}")
        return
    yield from _complaints(key.check, value, path)


def _complaints(check: str, value: str, path: Path, *, in_value: bool = True) -> Found:
    if check == "rule":
        if not code_of(value):
            yield Mistake(
                path,
                f"no rule has this code or name: {excerpt(value)}",
                word=value,
                valid=RULE_WORDS,
            )
        return
    complaint = STRINGS[check](value)
    if complaint:
        yield Mistake(
            path, complaint.problem, complaint.expected, complaint.offset if in_value else -1
        )


def _flag(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, bool):
        yield _wrong_type(key, value, path)


def _count(key: Key, value: object, path: Path) -> Found:
    if type(value) is not int:  # True is an int too, for Python
        yield _wrong_type(key, value, path)
        return
    if not key.least <= value <= key.most:
        yield Mistake(
            path, "is too small" if value < key.least else "is too large", _expected(key, path)
        )


def _word(key: Key, value: object, path: Path) -> Found:
    if not isinstance(value, str):
        yield _wrong_type(key, value, path)
        return
    if value not in key.words:
        yield Mistake(path, f"unknown word {excerpt(value)}", word=value, valid=key.words)


def _day(key: Key, value: object, path: Path) -> Found:
    if _type(value) != "date":  # a datetime is a date too, for Python
        yield _wrong_type(key, value, path)


_CHECKS: Mapping[str, Callable[[Key, object, Path], Found]] = {
    "text": _text,
    "flag": _flag,
    "count": _count,
    "word": _word,
    "day": _day,
    "list": _list,
    "table": _table,
    "map": _map,
    "tables": _tables,
}


def _patterns(key: Key, value: object) -> int:
    """Count the patterns of a document that may be wrong elsewhere."""
    if isinstance(value, dict):
        return sum(
            _patterns(inner, value[name]) for name, inner in key.keys.items() if name in value
        ) + sum(_patterns(key.item, inner) for inner in value.values() if key.item)
    if not isinstance(value, list):
        return 0
    if key.check == "pattern":
        return len(value) if len(value) <= key.most else 0  # told already
    return sum(_patterns(key.item, inner) for inner in value if key.item)


def _wrong_type(key: Key, value: object, path: Path) -> Mistake:
    return Mistake(path, f"is {_kind(value)}", _expected(key, path))


def _type(value: object) -> str:
    """The name of a value's type; by name, for `datetime` takes a commit 1 ms to load, and most files have no date."""
    return type(value).__name__


def _kind(value: object) -> str:
    return _KINDS.get(_type(value), "something else")


def _expected(key: Key, path: Path) -> str:
    if key.kind == "word":
        return "one of " + ", ".join(f'"{word}"' for word in key.words)
    if key.kind == "count":
        return f"an integer from {key.least:,} to {key.most:,}"
    if key.kind == "text":
        return f'a string, such as "{key.example}"'
    if key.kind == "list":
        return "an array of strings, such as " + str(key.example).replace("'", '"')
    if key.kind == "tables":
        return f"tables, each under its own [[{path[-1]}]]"
    return {"flag": "true or false", "day": "a date without quotes, such as 2026-12-31"}.get(
        key.kind, "a table"
    )
