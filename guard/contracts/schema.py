"""JSON Schemas (draft 2020-12) of `guard.toml` and of contracts, made from the keys in `model`.

Editors check TOML as JSON, with dates as strings
(https://taplo.tamasfe.dev/configuration/using-schemas.html). Only the parser finds malformed
patterns, limits in bytes, a rule given twice and a date in quotes.
"""

import re
from collections.abc import Callable, Mapping

from guard.contracts.key import Key
from guard.contracts.model import FILES, LONGEST_NAME, LONGEST_PATTERN, SHAPES
from guard.core.codes import CODES

Schema = dict[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CONTROL = r"\u0000-\u001f\u007f"
_NO_REF = rf"[{_CONTROL} ~^:?*\[\\]|\.\.|@\{{|//|^[-/]|[/.]$|(^|/)\.|\.lock(/|$)|^(HEAD|@)$"
_NO_NAME = r"[^A-Za-z0-9._-]|^[._-]|\.\.|\.$|\.lock$"
_NO_HANDOFF = (
    rf"[{_CONTROL}\\]|^/|^.:|//|/$|(^|/)\.\.?(/|$)|(^|/)\.[gG][iI][tT](/|$)|\.[tT][oO][mM][lL]$"
)


def schema_of(kind: str) -> Schema:
    """Give the schema of a `policy` or a `contract`, ready for JSON."""
    return {"$schema": _DIALECT, "title": FILES[kind], **_schema(SHAPES[kind])}


def _schema(key: Key | None) -> Schema:
    if key is None:
        return {}
    about: Schema = {"description": key.doc}
    if key.default is not None:
        about["default"] = key.default
    if key.example is not None:
        about["examples"] = [key.example]
    return {**about, **_KINDS[key.kind](key)}


def _table(key: Key) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {name: {"title": name, **_schema(inner)} for name, inner in key.keys.items()},
        "required": [name for name, inner in key.keys.items() if inner.required],
        "additionalProperties": False,
    }
    if key.any_of:
        schema["anyOf"] = [_says_something(name, key.keys[name]) for name in key.any_of]
    return schema


def _says_something(name: str, key: Key) -> Schema:
    something = {"const": True} if key.kind == "flag" else {"minItems": 1}
    return {"required": [name], "properties": {name: something}}


def _map(key: Key) -> Schema:
    item = _schema(key.item)
    if key.check != "rule":
        return {"type": "object", "propertyNames": _string(key), "additionalProperties": item}
    rules = {
        word: {**item, "title": f"{code} {name}"}
        for code, name in CODES.items()
        for word in (code, name)
    }
    return {
        "type": "object",
        "properties": rules,
        "patternProperties": {_any_case(): item},
        "additionalProperties": False,
    }


def _list(key: Key) -> Schema:
    return {
        "type": "array",
        "items": _string(key),
        "minItems": key.least,
        "maxItems": key.most,
        "uniqueItems": True,
    }


def _string(key: Key) -> Schema:
    """The checks of `complaints.py`, as far as regular expressions can say them."""
    return {"type": "string", "minLength": 1, **_STRINGS[key.check]}


def _any_case() -> str:
    codes = "|".join(CODES)
    return f"^({re.sub('[A-Z]', lambda found: f'[{found[0]}{found[0].lower()}]', codes)})$"


_STRINGS: Mapping[str, Schema] = {
    "pattern": {"maxLength": LONGEST_PATTERN, "not": {"pattern": r"^[!#]|^ *$|\n"}},
    "branch pattern": {"not": {"pattern": "^!|^refs/"}},
    "version": {"pattern": r"^[0-9]+(\.[0-9]+)*$"},
    "branch name": {"not": {"pattern": _NO_REF}},
    "name": {"maxLength": LONGEST_NAME, "not": {"pattern": _NO_NAME}},
    "rule": {"anyOf": [{"enum": [*CODES, *CODES.values()]}, {"pattern": _any_case()}]},
    "name pattern": {"maxLength": LONGEST_NAME, "pattern": r"^[A-Za-z0-9._*?-]+$"},
    "handoff": {"pattern": r"^([^{}]*\{name\})+[^{}]*$", "not": {"pattern": _NO_HANDOFF}},
    "session's branch": {"pattern": r"\{name\}", "not": {"pattern": _NO_REF}},
    "session's folder": {"pattern": r"\{name\}", "not": {"pattern": f"[{_CONTROL}]"}},
    "text": {"pattern": r"\S", "not": {"pattern": r"[\u0000-\u0008\u000b-\u001f\u007f]"}},
    "line": {"pattern": r"\S", "not": {"pattern": f"[{_CONTROL}]"}},
}

_KINDS: Mapping[str, Callable[[Key], Schema]] = {
    "text": lambda key: {**_string(key), "maxLength": key.most},
    "flag": lambda key: {"type": "boolean"},
    "count": lambda key: {"type": "integer", "minimum": key.least, "maximum": key.most},
    "word": lambda key: {"enum": list(key.words)},
    "day": lambda key: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "list": _list,
    "table": _table,
    "map": _map,
    "tables": lambda key: {"type": "array", "items": _schema(key.item)},
}
