"""Checks a document that tomli has read against the table of keys: every mistake, as values.

`mistakes.py` finds their places in the file.
"""

from __future__ import annotations

from guard.contracts.key import MOST_PATTERNS
from guard.contracts.model import CONTRACT_RULES, RULE_WORDS
from guard.contracts.strings import hold
from guard.core.codes import CODES, code_of
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from guard.contracts.key import Key
    from guard.contracts.positions import Path

    Found = Iterator["Mistake"]

_TYPES = {  # kind of a key → the name of its type: loading `datetime` takes a commit 1 ms
    "text": "str",
    "flag": "bool",
    "count": "int",
    "word": "str",
    "day": "date",
    "list": "list",
    "table": "dict",
    "map": "dict",
    "tables": "list",
}
_NAMES = {
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
    """What is wrong at a key path.

    `offset` is a character of the string there, -1 the whole; `valid` lists valid words where
    `word` is not one of them.
    """

    path: Path
    problem: str
    expected: str = ""
    offset: int = -1
    word: str = ""
    valid: tuple[str, ...] = ()


def mistakes_in(shape: Key, document: Mapping[str, object]) -> list[Mistake]:
    """Give every mistake of a document, in no particular order; it is valid if there is none."""
    found = list(_value(shape, document, ()))
    if _count_patterns(shape, document) > MOST_PATTERNS:
        problem = f"more than {MOST_PATTERNS:,} patterns in one file"
        found.append(Mistake((), problem, "patterns of directories"))
    return found


def rules_given_twice(document: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield a mistake for each rule whose severity a policy sets twice.

    A rule is set by code, by name and, for some, under `[contracts]`.
    """
    rules, contracts = document.get("rules"), document.get("contracts")
    given: dict[str, str] = {}
    if isinstance(contracts, dict):
        for key, rule in CONTRACT_RULES.items():
            if key in contracts:
                given[code_of(rule)] = f"contracts.{key}"
    for word in rules if isinstance(rules, dict) else ():
        code = code_of(word)
        if code in given:
            problem = f"the severity of {CODES[code]} is given by {given[code]} already"
            yield Mistake(("rules", word), problem, "only one of the two")
        if code:
            given.setdefault(code, f"rules.{word}")


def _value(key: Key, value: object, path: Path) -> Found:
    if type(value).__name__ != _TYPES[key.kind]:
        return iter((Mistake(path, f"is {_name(value)}", _expected(key, path)),))
    check = _CHECKS.get(key.kind)
    return check(key, value, path) if check else iter(())


def _table(key: Key, value: Mapping[str, object], path: Path) -> Found:
    for name, inner in value.items():
        known = key.keys.get(name)
        if known is None:
            yield Mistake((*path, name), "unknown key", word=name, valid=tuple(key.keys))
            continue
        yield from _value(known, inner, (*path, name))
    for name, known in key.keys.items():
        if known.required and name not in value:
            yield Mistake((*path, name), "is missing", _expected(known, (*path, name)))
    if key.any_of and not any(value.get(name) for name in key.any_of):
        yield _nothing_said(key, value, path)


def _nothing_said(key: Key, value: Mapping[str, object], path: Path) -> Mistake:
    first, *others = key.any_of
    expected = _expected(key.keys[first], (*path, first))
    for name in others:
        expected += f", or {name}"
        if key.keys[name].kind == "flag":
            expected += " = true"
    return Mistake((*path, first), "is empty" if first in value else "is missing", expected)


def _map(key: Key, value: dict[str, object], path: Path) -> Found:
    for name, inner in value.items():
        for mistake in _string(key.check, name, (*path, name)):
            yield mistake._replace(offset=-1)
        if key.item:
            yield from _value(key.item, inner, (*path, name))


def _tables(key: Key, value: list[object], path: Path) -> Found:
    for index, inner in enumerate(value):
        if key.item:
            yield from _value(key.item, inner, (*path, index))


def _list(key: Key, value: list[Any], path: Path) -> Found:
    if len(value) > key.most:
        yield Mistake(path, f"has {len(value):,} elements", f"at most {key.most:,}")
        return
    if len(value) < key.least:
        yield Mistake(path, "is empty", _expected(key, path))
    is_plain = set(map(type, value)) <= {str} and len(set(value)) == len(value)
    if is_plain and hold(key.check, value):
        return
    first: dict[str, int] = {}
    for index, item in enumerate(value):
        if not isinstance(item, str):
            yield Mistake((*path, index), f"is {_name(item)}", "a string")
        elif first.setdefault(item, index) != index:
            problem = f"is the same as element [{first[item]}]"
            yield Mistake((*path, index), problem, "each only once")
        else:
            yield from _string(key.check, item, (*path, index))


def _text(key: Key, value: str, path: Path) -> Found:
    if len(value) > key.most:
        yield Mistake(path, f"has {len(value):,} characters", f"at most {key.most:,}")
        return
    yield from _string(key.check, value, path)


def _string(check: str, value: str, path: Path) -> Found:
    if check == "rule":
        if not code_of(value):
            from guard.contracts.complaints import excerpt

            problem = f"no rule has this code or name: {excerpt(value)}"
            yield Mistake(path, problem, word=value, valid=RULE_WORDS)
        return
    if hold(check, (value,)):
        return
    from guard.contracts.complaints import STRINGS

    complaint = STRINGS[check](value)
    if complaint:
        yield Mistake(path, complaint.problem, complaint.expected, complaint.offset)


def _count(key: Key, value: int, path: Path) -> Found:
    if not key.least <= value <= key.most:
        problem = "is too small" if value < key.least else "is too large"
        yield Mistake(path, problem, _expected(key, path))


def _word(key: Key, value: str, path: Path) -> Found:
    if value not in key.words:
        from guard.contracts.complaints import excerpt  # few strings are wrong

        yield Mistake(path, f"unknown word {excerpt(value)}", word=value, valid=key.words)


_CHECKS: Mapping[str, Callable[[Key, Any, Path], Found]] = {
    "text": _text,
    "count": _count,
    "word": _word,
    "list": _list,
    "table": _table,
    "map": _map,
    "tables": _tables,
}


def _count_patterns(key: Key, value: object) -> int:
    if isinstance(value, dict):
        known = ((inner, value[name]) for name, inner in key.keys.items() if name in value)
        count = sum(_count_patterns(inner, below) for inner, below in known)
        if key.item:
            count += sum(_count_patterns(key.item, below) for below in value.values())
        return count
    if not isinstance(value, list):
        return 0
    if key.check == "pattern":
        return len(value) if len(value) <= key.most else 0  # a mistake of its own
    return sum(_count_patterns(key.item, below) for below in value if key.item)


def _name(value: object) -> str:
    return _NAMES.get(type(value).__name__, "something else")


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
    if key.kind == "flag":
        return "true or false"
    return f"a date without quotes, such as {key.example}" if key.kind == "day" else "a table"
