"""Reads a policy or a contract: bytes in, a value out, or one error with every mistake."""

from __future__ import annotations

from guard import __version__
from guard.contracts.checks import Mistake, mistakes_in, rules_given_twice
from guard.contracts.model import (
    CONTRACT,
    CONTRACT_RULES,
    GROUP,
    LARGEST_FILE,
    POLICY,
    WAIVER,
    Contract,
    Policy,
    SharedGroup,
    Waiver,
)
from guard.contracts.plain import read_plain
from guard.contracts.strings import STRINGS, name_complaint
from guard.core.codes import code_of, severity_of
from guard.core.errors import ContractError, TooOld
from guard.core.names import shell_quote, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from guard.contracts.model import Key

# The formats need four parts; tomli takes quadratic time for dotted keys.
_MOST_KEY_PARTS = 8
_LONG_LINE = 2 * _MOST_KEY_PARTS


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
    ContractError as `parse_policy` does; `unknown_groups` checks the groups under `merges`.
    """
    complaint = name_complaint(name)
    if complaint:
        raise ContractError(
            f"{show(file)}: the file's name: {complaint.problem}; expected {complaint.expected}",
            hint="rename the file",
        )
    text, document = _load(data, file)
    mistakes = mistakes_in(CONTRACT, document)
    if mistakes:
        _refuse("contract", mistakes, text, file)
    return Contract(name, file, text, **_fields(CONTRACT, document))


def unknown_groups(contract: Contract, policy: Policy) -> tuple[str, ...]:
    """Give a line for each group under `merges` that the policy does not have, with its place."""
    known = tuple(group.name for group in policy.shared)
    unknown = [(index, name) for index, name in enumerate(contract.merges) if name not in known]
    if not unknown:
        return ()
    from guard.contracts.mistakes import mistake_lines  # only for mistakes

    expected = "" if known else "a group under [shared] there"
    problem = f"{show(policy.file)} has no shared group "
    mistakes = [
        Mistake(("merges", index), problem + name, expected, word=name, valid=known)
        for index, name in unknown
    ]
    return tuple(mistake_lines("contract", mistakes, contract.text, contract.file))


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
    if not isinstance(required, str) or STRINGS["version"](required):
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
    return text, _by_library(text, file) if plain is None else plain


def _by_library(text: str, file: str) -> dict[str, Any]:
    import tomli  # 3 ms to load; plain files do without

    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONG_LINE and line.count(".") >= _MOST_KEY_PARTS:
            _require_short_key(line, number, file)
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place, problem = f"{error.lineno}:{error.colno}", f"not TOML: {error.msg[:200]}"
        raise _unreadable(file, place, problem) from error
    except RecursionError as error:
        place = _first(text, RecursionError)
        raise _unreadable(file, place, "nested too deeply; expected at most 4 levels") from error
    except ValueError as error:  # int() takes 4,300 digits at most (Python's sys.int_info)
        place = _first(text, ValueError)
        raise _unreadable(file, place, "an integer of very many digits") from error


def _decode(data: bytes, file: str) -> str:
    if len(data) > LARGEST_FILE:
        raise _unreadable(file, "", f"{len(data):,} bytes; expected at most {LARGEST_FILE:,}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(file, "1:1", "UTF-16; expected UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise _unreadable(file, "1:1", "a byte order mark; expected UTF-8 without one")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        place = f"{before.count(10) + 1}:{column}"
        byte = f"byte {error.start:,} is 0x{data[error.start]:02x}"
        problem = f"{byte}, which is not UTF-8; expected UTF-8"
        raise _unreadable(file, place, problem) from error
    if "\0" in text:
        raise _unreadable(file, _place(text, text.index("\0")), "a NUL byte; expected text")
    return text


def _require_short_key(line: str, number: int, file: str) -> None:
    """The expression is anchored and never backtracks, so it takes linear time."""
    import re  # tomli has loaded it; compiled for suspicious lines only

    part = r"""(?>[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*+"|'[^']*+')"""
    parts = rf"{part}(?>\s*+\.\s*+{part}){{{_MOST_KEY_PARTS},}}+"
    if re.match(rf"\s*+\[*+\s*+{parts}\s*+[=\]]", line):
        problem = f"a key of more than {_MOST_KEY_PARTS} parts; expected at most 4"
        raise _unreadable(file, f"{number}:1", problem)


def _first(text: str, kind: type[Exception]) -> str:
    """Find where tomli raises an error that has no position: bisect the text's beginnings."""
    import tomli

    fine, bad = 0, len(text)
    while bad - fine > 1:
        middle = (fine + bad) // 2
        try:
            tomli.loads(text[:middle])
            fine = middle
        except (RecursionError, ValueError) as error:
            if type(error) is kind:
                bad = middle
            else:
                fine = middle
    return _place(text, fine)


def _place(text: str, index: int) -> str:
    line = text.count("\n", 0, index) + 1
    column = index - text.rfind("\n", 0, index)
    return f"{line}:{column}"


def _unreadable(file: str, place: str, problem: str) -> ContractError:
    where = f"{show(file)}:{place}" if place else show(file)
    return ContractError(
        f"{where}: {show(problem)}",
        hint=f"guard contract check {shell_quote(file)}   # once it is corrected",
    )
