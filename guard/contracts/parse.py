"""Reads a policy or a contract: bytes in, a value out, or one error with every mistake."""

from __future__ import annotations

from guard import __version__
from guard.contracts.checks import Mistake, mistakes_in, rules_given_twice
from guard.contracts.contract_keys import CONTRACT, WAIVER
from guard.contracts.model import (
    CONTRACT_RULES,
    GROUP,
    LARGEST_FILE,
    POLICY,
    Contract,
    Policy,
    SharedGroup,
    Waiver,
)
from guard.contracts.plain import read_plain
from guard.contracts.strings import hold
from guard.core.codes import code_of, severity_of
from guard.core.errors import ContractError, NotAdopted
from guard.core.names import shell_quote, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from guard.contracts.key import Key


class TooOld(NotAdopted):
    """The policy requires a newer guard, whose keys and rules this one does not know."""

    @property
    def reason(self) -> str:
        """The message and what to type."""
        return f"{self.message} ({self.hint})"


def parse_policy(data: bytes, file: str) -> Policy:
    """Read a `guard.toml` (TOML 1.1, UTF-8). `file` is its path in the repository.

    Raises ContractError with a line per mistake: `FILE:LINE:COLUMN: key: problem; expected …`, and
    TooOld, whatever else the file has, if it requires a newer guard.
    """
    text, document = _load(data, file)
    _require_version(document.get("requires"), file)
    mistakes = mistakes_in(POLICY, document)
    mistakes += rules_given_twice(document)
    if mistakes:
        _refuse("policy", mistakes, text, file)
    shared = document.get("shared", {})
    groups = [SharedGroup(name, **_fields(GROUP, group)) for name, group in shared.items()]
    words = document.get("contracts", {})
    given = [(rule, words[key]) for key, rule in CONTRACT_RULES.items() if key in words]
    given += document.get("rules", {}).items()
    severities = {code_of(rule): severity_of(word) for rule, word in given}
    return Policy(
        file, text, shared=tuple(groups), severities=severities, **_fields(POLICY, document)
    )


def parse_contract(data: bytes, file: str, name: str) -> Contract:
    """Read a contract (TOML 1.1, UTF-8).

    `file` is its path in the repository, `name` the file's name without `.toml`. Raises
    ContractError as `parse_policy` does; whether the policy has the groups under `merges` is not
    checked.
    """
    if not hold("name", (name,)):
        from guard.contracts.complaints import misnamed  # few files are

        raise misnamed(name, file)
    text, document = _load(data, file)
    mistakes = mistakes_in(CONTRACT, document)
    if mistakes:
        _refuse("contract", mistakes, text, file)
    return Contract(name, file, text, **_fields(CONTRACT, document))


def parse_plan(data: bytes, file: str) -> tuple[Contract, ...]:
    """Read a plan (TOML 1.1, UTF-8): several contracts, each as a table under its name.

    Raises ContractError as `parse_policy` does.
    """
    from guard.contracts.key import Key

    text, document = _load(data, file)
    doc = "What each session may touch and must deliver, by its name."
    mistakes = mistakes_in(Key("map", doc, check="name", item=CONTRACT), document)
    if mistakes:
        _refuse("plan", mistakes, text, file)
    return tuple(
        [
            Contract(name, file, text, **_fields(CONTRACT, keys), within=(name,))
            for name, keys in document.items()
        ]
    )


def _fields(shape: Key, document: dict[str, Any]) -> dict[str, Any]:
    """The fields of a value, without shared groups and severities: their keys are names."""
    fields: dict[str, Any] = {}
    for name, value in document.items():
        key = shape.keys[name]
        field = key.field or name
        if key.kind == "table":
            fields |= _fields(key, value)
        elif key.kind == "list":
            fields[field] = tuple(value)
        elif key.kind == "tables":
            fields[field] = tuple([Waiver(**_fields(WAIVER, waiver)) for waiver in value])
        elif key.kind == "day":
            fields[field] = str(value)
        elif key.kind == "text" and key.check == "rule":
            fields[field] = code_of(value)
        elif key.kind != "map" and not key.rule:
            fields[field] = value
    return fields


def _require_version(required: object, file: str) -> None:
    """Raise TooOld; what is not a version is a mistake, told with the others."""
    if not isinstance(required, str) or not hold("version", (required,)):
        return
    if _numbers(required) > _numbers(__version__):
        raise TooOld(
            f"{show(file)} requires guard {required[:50]} or newer, and this is {__version__}",
            hint="python -m pip install --upgrade worktree-guard",
        )


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version[:50].split(".") if part]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _refuse(kind: str, mistakes: list[Mistake], text: str, file: str) -> NoReturn:
    from guard.contracts.mistakes import error_of  # difflib: only for mistakes

    raise error_of(kind, mistakes, text, file)


def _load(data: bytes, file: str) -> tuple[str, dict[str, Any]]:
    text = _decode(data, file)
    plain = read_plain(text)
    if plain is None:
        from guard.contracts.any_toml import read_any  # tomli takes 3 ms to load

        plain = read_any(text, file)
    return text, plain


def _decode(data: bytes, file: str) -> str:
    if len(data) > LARGEST_FILE:
        raise unreadable(file, "", f"{len(data):,} bytes; expected at most {LARGEST_FILE:,}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unreadable(file, "1:1", "UTF-16; expected UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise unreadable(file, "1:1", "a byte order mark; expected UTF-8 without one")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        place = f"{before.count(10) + 1}:{column}"
        byte = f"byte {error.start:,} is 0x{data[error.start]:02x}"
        problem = f"{byte}, which is not UTF-8; expected UTF-8"
        raise unreadable(file, place, problem) from error
    if "\0" in text:
        raise unreadable(file, place_of(text, text.index("\0")), "a NUL byte; expected text")
    return text


def place_of(text: str, index: int) -> str:
    """Give the line and the column of an index, from 1."""
    line = text.count("\n", 0, index) + 1
    column = index - text.rfind("\n", 0, index)
    return f"{line}:{column}"


def unreadable(file: str, place: str, problem: str) -> ContractError:
    """Give the error that a file is no TOML that guard reads."""
    where = f"{show(file)}:{place}" if place else show(file)
    return ContractError(
        f"{where}: {show(problem)}",
        hint=f"guard contract check {shell_quote(file)}   # once it is corrected",
    )
