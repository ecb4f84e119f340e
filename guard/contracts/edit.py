"""Edits of a contract's text that leave everything else in it as it is, comments included."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Item, String, StringType, Trivia

from guard.contracts.contract_keys import CONTRACT
from guard.contracts.draft import example, toml_string
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract
from guard.contracts.positions import after, line_of
from guard.core.errors import ContractError, UsageError
from guard.core.names import show

_EMPTY = {"list": "[]", "text": '""', "flag": "false"}


class Edit(NamedTuple):
    """What to change, by key: values to `add` to and `remove` from lists, and texts to `put`."""

    add: Mapping[str, Sequence[str]]
    remove: Mapping[str, Sequence[str]]
    put: Mapping[str, str | bool]


def edited(contract: Contract, edit: Edit) -> str:
    """Give the text of `contract` after an edit; what it does not touch is the same, byte by byte.

    Line ends stay what they are. Values that are there already are not added twice. Raises
    UsageError for a value to remove that is not there, ContractError if the result would be an
    error.
    """
    lists = {name for name, values in edit.add.items() if values}
    missing = [name for name in CONTRACT.keys if name in lists.union(edit.put)]
    document = _parsed(contract, _with_commas(_with_keys(contract.text, missing), contract, lists))
    wanted: dict[str, Any] = contract._asdict()
    for name, values in edit.remove.items():
        wanted[_field(name)] = _remove(document, contract, name, values)
    for name, values in edit.add.items():
        field = _field(name)
        old = wanted[field]
        new = [value for value in dict.fromkeys(values) if value not in old]
        for value in new:
            _array(document, contract, name).append(_string(value))
        wanted[field] = (*old, *new)
    for name, said in edit.put.items():
        document[name] = said if isinstance(said, bool) else _string(said)
        wanted[_field(name)] = said
    text = tomlkit.dumps(document)
    _require(contract, Contract(**wanted), text)
    return text


def _with_keys(text: str, names: Sequence[str]) -> str:
    """Add the keys that are missing, empty: in place of a draft's example, else below the last."""
    for name in names:
        if line_of(text, name):
            continue
        end = "\r\n" if "\r\n" in text else "\n"
        key = CONTRACT.keys[name]
        written = f"{name} = {_EMPTY[key.kind]}"
        lines = _lines(text if text.endswith("\n") else text + end)
        shown = [index for index, line in enumerate(lines) if line.rstrip() == example(name)]
        if shown:
            lines[shown[0]] = written + end
        else:
            lines.insert(_after_keys(text, lines), written + end)
        text = "".join(lines)
    return text


def _lines(text: str) -> list[str]:
    """Split where TOML ends a line, and nowhere else."""
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


def _with_commas(text: str, contract: Contract, names: Collection[str]) -> str:
    """Put a comma behind the last value of a list that is to grow, if a line ends there.

    tomlkit would put it behind a comment below.
    """
    for name in names:
        values = getattr(contract, _field(name))
        if not values:
            continue
        line, column = after(text, (name, len(values) - 1))
        lines = text.split("\n")
        head, tail = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
        if not tail.split("#")[0].strip() and not _comma_follows(lines[line:]):
            lines[line - 1] = f"{head},{tail}"
        text = "\n".join(lines)
    return text


def _comma_follows(lines: Sequence[str]) -> bool:
    """Whether the first thing below, comments aside, is a comma."""
    found = (line.strip() for line in lines)
    return next((line for line in found if line and not line.startswith("#")), "").startswith(",")


def _after_keys(text: str, lines: Sequence[str]) -> int:
    """The number of lines that end with the last key at the top, which may be an array."""
    names = [name for name, key in CONTRACT.keys.items() if key.kind != "tables"]
    last = max(line_of(text, name) for name in names)
    for number in range(last, len(lines)):
        try:
            tomli.loads("".join(lines[:number]))
        except tomli.TOMLDecodeError:
            continue
        return number
    return len(lines)


def _parsed(contract: Contract, text: str) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise _by_hand(contract, show(str(error))) from error
    if tomlkit.dumps(document) != text:
        raise _by_hand(contract, "its text would not stay as it is")
    return document


def _by_hand(contract: Contract, why: str) -> ContractError:
    return ContractError(
        f"{contract.file} cannot be edited by guard: {why}",
        hint=f"edit it by hand, then: guard contract check {contract.name}",
    )


def _field(name: str) -> str:
    return CONTRACT.keys[name].field or name


def _remove(
    document: tomlkit.TOMLDocument, contract: Contract, name: str, values: Sequence[str]
) -> tuple[str, ...]:
    left = list(getattr(contract, _field(name)))
    for value in values:
        if value not in left:
            raise UsageError(
                f"{show(value)} is not in {name} of contract {contract.name}",
                hint=f"guard contract show {contract.name}",
            )
        while value in left:
            del _array(document, contract, name)[left.index(value)]
            left.remove(value)
    if not left and name in document and not CONTRACT.keys[name].required:
        del document[name]
    return tuple(left)


def _array(document: tomlkit.TOMLDocument, contract: Contract, name: str) -> Array:
    array = document[name]
    if not isinstance(array, Array):
        raise _by_hand(contract, f"{name} is not written as an array")
    return array


def _string(text: str) -> Item:
    written = toml_string(text)
    kind = StringType.SLL if written.startswith("'") else StringType.SLB
    return String(kind, text, written[1:-1], Trivia())


def _require(contract: Contract, wanted: Contract, text: str) -> None:
    """Raise ContractError unless `text` says what was wanted and nothing else."""
    found = parse_contract(text.encode(), contract.file, contract.name)
    if found._replace(text="") != wanted._replace(text=""):
        raise _by_hand(contract, "the edit would change something else")
