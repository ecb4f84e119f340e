"""The JSON Schema (draft 2020-12) of a handoff in its structured form, from the table of the sections."""

from __future__ import annotations

from guard.handoffs.sections import SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    Schema = dict[str, object]

_OID: Schema = {"type": ["string", "null"], "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
_LINE: Schema = {"type": ["integer", "null"], "minimum": 1, "description": "The line in the report, from 1; null if it is not there."}
_TEXT: Schema = {"type": "string"}
_WORD: Schema = {"type": ["string", "null"], "minLength": 1}


def handoff_schema() -> Schema:
    """Give the schema of what `guard handoff show --format json` prints, as plain values."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `guard handoff show --format json` prints",
        "description": "guard-handoff-1: a handoff, and beside each claim what is known of it. Text from a repository is untrusted.",
        **_table(
            {
                "format": {"const": "guard-handoff-1", "description": "The name and version of this shape."},
                "verdict": {"enum": ["kept", "broken"], "description": "broken: a rule about handoffs or commands found an error."},
                "contract": {**_WORD, "description": "The contract of the session."},
                "branch": {**_WORD, "description": "The short name of the branch; null on a detached HEAD."},
                "scope": {"enum": ["worktree", "branch", "range"], "description": "What was looked at, as `guard check` names it."},
                "base": {**_OID, "description": "What the changes were compared with."},
                "head": {**_OID, "description": "The tip."},
                "tree": {**_OID, "description": "The tree under judgement, without the handoff itself."},
                "file": {**_WORD, "description": "Where the handoff stands; null for a text from elsewhere, or where there is none."},
                "speaks_of": {**_OID, "description": "The tree that the handoff speaks of, if that can be told."},
                "current": {
                    "type": ["boolean", "null"],
                    "description": "Whether that is the tree under judgement; null where it cannot be told.",
                },
                "sections": {
                    **_table({section.key: _section(section.title, section.doc) for section in SECTIONS}),
                    "description": "What it says.",
                },
                "files": {"type": "array", "items": _file(), "description": "Every changed path, and where the report lists it."},
                "extra": {"type": "array", "items": _extra(), "description": "What the report lists besides."},
                "commands": {"type": "array", "items": _command(), "description": "Every command that is required or claimed."},
                "findings": {"type": "array", "items": _finding(), "description": "What the rules found."},
            }
        ),
    }


def _table(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _section(title: str, doc: str) -> Schema:
    inner = _table(
        {
            "line": {"type": "integer", "minimum": 1, "description": "The line of its heading."},
            "says": {
                "enum": ["something", "empty", "placeholder", "none", "drafted"],
                "description": "none: a bare None. drafted: as guard drafted it, for the author to replace.",
            },
            "text": {**_TEXT, "description": "What it says, as Markdown."},
        }
    )
    return {**inner, "type": ["object", "null"], "title": title, "description": doc}


def _file() -> Schema:
    return _table(
        {
            "path": {**_TEXT, "description": "A path from the top of the repository; a byte that is not UTF-8 is shown as \\xNN."},
            "path_base64": {
                **_TEXT,
                "contentEncoding": "base64",
                "description": "The bytes of the path; only there if they are not UTF-8.",
            },
            "status": {"enum": ["added", "deleted", "modified", "type changed"]},
            "line": _LINE,
        },
        optional=("path_base64",),
    )


def _extra() -> Schema:
    return _table(
        {"text": _TEXT, "line": {"type": "integer", "minimum": 1}, "why": {**_TEXT, "description": "What is wrong with it, for people."}}
    )


def _command() -> Schema:
    receipt = _table(
        {
            "id": {**_WORD, "description": "Its name; null for a command that guard ran again."},
            "origin": {"enum": ["run", "rerun"]},
            "exit": {"type": "integer", "minimum": 0, "maximum": 255},
            "started": {**_TEXT, "format": "date-time"},
            "duration": {"type": "number", "minimum": 0, "description": "Seconds."},
            "tree": {**_OID, "description": "The tree that it ran on, without the handoff."},
            "directory": {**_TEXT, "description": "Where it ran, from the top; empty is the top."},
            "altered": {"type": "integer", "minimum": 0, "description": "How many files of that tree it changed."},
            "output_sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
        }
    )
    return _table(
        {
            "command": _TEXT,
            "required": {"type": "boolean", "description": "Whether the contract on the base requires it."},
            "line": _LINE,
            "claim": {"enum": ["passed", "failed", None], "description": "What the report says came of it."},
            "standing": {
                "enum": ["verified", "contradicted", "claimed", "unreported"],
                "description": "verified, contradicted: by a receipt on this tree. claimed: there is none.",
            },
            "proof": {
                "enum": ["verified", "failed", "altered", "below", "elsewhere", "edited", "none"],
                "description": "What receipts show.",
            },
            "receipt": {**receipt, "type": ["object", "null"]},
        }
    )


def _finding() -> Schema:
    return _table(
        {
            "code": {**_TEXT, "pattern": "^[A-Z]{3}[0-9]{3}$"},
            "name": _TEXT,
            "severity": {"enum": ["note", "warning", "error"]},
            "line": {"type": "integer", "minimum": 0, "description": "The line in the report; 0 is the whole of it."},
            "message": _TEXT,
            "waived": {"type": "boolean"},
        }
    )
