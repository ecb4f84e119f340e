"""Reads a policy or a contract: bytes in, a value out, or one error that tells every mistake of the file."""

from __future__ import annotations

from guard.contracts.checks import CONTRACT_RULES, Mistake, mistakes_in, rules_given_twice
from guard.contracts.model import Contract, Policy, SharedGroup, Waiver
from guard.contracts.plain import read_plain
from guard.contracts.shape import CONTRACT, LARGEST_FILE, POLICY
from guard.contracts.strings import name_complaint
from guard.core.codes import code_of
from guard.core.errors import ContractError
from guard.core.names import shell_quote, show
from guard.core.severity import severity_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_DEFAULT = Policy()
_KEY_PARTS = 8  # of a dotted key, at most; the formats have four, and tomli takes quadratic time
_LONG_LINE = 2 * _KEY_PARTS


def parse_policy(data: bytes, file: str) -> Policy:
    """Read a `guard.toml` (TOML 1.1, UTF-8). `file` is its path in the repository, for messages.

    Raises ContractError with every mistake of the file, a line each: `FILE:LINE:COLUMN: key: what is wrong; expected …`.
    """
    text, document = _load(data, file)
    mistakes = mistakes_in(POLICY, document)
    mistakes += rules_given_twice(document)
    if mistakes:
        _refuse("policy", mistakes, text, file)
    return _policy(document, text, file)


def parse_contract(data: bytes, file: str, name: str) -> Contract:
    """Read a contract (TOML 1.1, UTF-8). `file` is its path in the repository, `name` the file's name without `.toml`.

    Raises ContractError as `parse_policy` does. That the groups under `merges` exist is for `unknown_groups` to tell.
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
    return _contract(document, text, file, name)


def unknown_groups(contract: Contract, policy: Policy) -> tuple[str, ...]:
    """Tell which of the groups that `contract` merges the policy does not have, a line each, with file, line and column."""
    known = tuple(group.name for group in policy.shared)
    unknown = [(index, name) for index, name in enumerate(contract.merges) if name not in known]
    if not unknown:
        return ()
    from guard.contracts.mistakes import mistake_lines  # only where there is something to tell

    expected = "" if known else "a group under [shared] there"
    problem = f"{show(policy.file)} has no shared group "
    mistakes = [
        Mistake(("merges", index), problem + name, expected, word=name, valid=known)
        for index, name in unknown
    ]
    return tuple(mistake_lines("contract", mistakes, contract.text, contract.file))


def _policy(document: dict[str, Any], text: str, file: str) -> Policy:
    handoff = document.get("handoff", {})
    contracts = document.get("contracts", {})
    given = [(CONTRACT_RULES[key], word) for key, word in contracts.items()]
    given += document.get("rules", {}).items()
    return Policy(
        file,
        text,
        document.get("base", _DEFAULT.base),
        document.get("sessions", _DEFAULT.sessions),
        handoff.get("required", _DEFAULT.handoff_required),
        handoff.get("file", _DEFAULT.handoff_file),
        tuple(_group(name, group) for name, group in document.get("shared", {}).items()),
        {code_of(rule): severity_of(word) for rule, word in given},
        document.get("hooks", {}).get("absent", _DEFAULT.absent),
        handoff.get("bare_none", _DEFAULT.bare_none),
        tuple(handoff.get("mask", _DEFAULT.masks)),
        handoff.get("time_limit", _DEFAULT.time_limit),
        tuple(handoff.get("environment", _DEFAULT.environment)),
    )


def _group(name: str, group: dict[str, Any]) -> SharedGroup:
    return SharedGroup(
        name, group.get("why", ""), tuple(group.get("paths", ())), group.get("generated", False)
    )


def _contract(document: dict[str, Any], text: str, file: str, name: str) -> Contract:
    waivers = tuple(_waiver(waiver) for waiver in document.get("waive", ()))
    owns, forbids, merges, branches, verify = (
        tuple(document.get(key, ())) for key in ("owns", "forbids", "merges", "branches", "verify")
    )
    goal, owner, actors = (
        document["goal"],
        document.get("owner", ""),
        tuple(document.get("actors", ())),
    )
    return Contract(
        name, file, text, goal, owner, owns, forbids, merges, branches, verify, waivers, actors
    )


def _waiver(waiver: dict[str, Any]) -> Waiver:
    return Waiver(
        code_of(waiver["rule"]), tuple(waiver["paths"]), waiver["why"], str(waiver.get("until", ""))
    )


def _refuse(kind: str, mistakes: list[Mistake], text: str, file: str) -> NoReturn:
    from guard.contracts.mistakes import (
        error_of,  # difflib and the scanner: only where there is something to tell
    )

    raise error_of(kind, mistakes, text, file)


def _load(data: bytes, file: str) -> tuple[str, dict[str, Any]]:
    """Read TOML. What is wrong here hides everything else, so it is told alone."""
    text = _decode(data, file)
    plain = read_plain(text)
    return text, _by_library(text, file) if plain is None else plain


def _by_library(text: str, file: str) -> dict[str, Any]:
    import tomli  # a plain file does without: loading it takes a commit 3 ms

    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONG_LINE and line.count(".") >= _KEY_PARTS:
            _require_short_key(line, number, file)
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _unreadable(
            file, f"{error.lineno}:{error.colno}", f"not TOML: {error.msg[:200]}"
        ) from error
    except RecursionError as error:
        raise _unreadable(
            file, _first(text, RecursionError), "nested too deeply; expected at most 4 levels"
        ) from error
    except ValueError as error:  # int() takes 4,300 digits at most (https://docs.python.org/3/library/stdtypes.html#int-max-str-digits)
        raise _unreadable(
            file, _first(text, ValueError), "an integer of very many digits"
        ) from error


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
        raise _unreadable(
            file,
            place,
            f"byte {error.start:,} is 0x{data[error.start]:02x}, which is not UTF-8; expected UTF-8",
        ) from error
    if "\0" in text:
        line, column = _place(text, text.index("\0"))
        raise _unreadable(file, f"{line}:{column}", "a NUL byte; expected text")
    return text


def _require_short_key(line: str, number: int, file: str) -> None:
    """Refuse a statement that begins with a dotted key of very many parts. The match is anchored and never goes back, so it is linear."""
    import re  # tomli has loaded it; compiled only where a line looks suspicious

    part = r"""(?>[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*+"|'[^']*+')"""
    if re.match(rf"\s*+\[*+\s*+{part}(?>\s*+\.\s*+{part}){{{_KEY_PARTS},}}+\s*+[=\]]", line):
        raise _unreadable(
            file, f"{number}:1", f"a key of more than {_KEY_PARTS} parts; expected at most 4"
        )


def _first(text: str, kind: type[Exception]) -> str:
    """Give the place where tomli meets what it has no position for: it says the same of every beginning of the text that goes so far."""
    import tomli

    fine, bad = 0, len(text)
    while bad - fine > 1:
        middle = (fine + bad) // 2
        try:
            tomli.loads(text[:middle])
            fine = middle
        except (RecursionError, ValueError) as error:
            fine, bad = (fine, middle) if type(error) is kind else (middle, bad)
    line, column = _place(text, fine)
    return f"{line}:{column}"


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _unreadable(file: str, place: str, problem: str) -> ContractError:
    where = f"{show(file)}:{place}" if place else show(file)
    return ContractError(
        f"{where}: {show(problem)}",
        hint=f"mend {show(file)}, then: guard contract check {shell_quote(file)}",
    )
