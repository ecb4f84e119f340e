"""How `guard explain` says it, of a path or of a rule: as lines of text and as values for JSON. Untrusted names are shown, never obeyed."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from textwrap import dedent

from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.core.names import show
from guard.rules import rule_of
from guard.rules.explanation import Explained, Match, Step, Way
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.rule import Rule

_KEYS = {"CON001": "missing", "CON005": "self_declared"}  # rules that `[contracts]` sets, too


def path_text(explained: Explained) -> Iterator[str]:
    """Yield the lines about a path: whose it is, what matches, what a change would bring, and what would allow it."""
    yield show(explained.path)
    yield f"  {_whose(explained)}"
    yield ""
    yield from _matches(explained.matches)
    yield ""
    yield from _verdict(explained)
    for number, way in enumerate(explained.ways):
        yield ""
        yield from _way(explained, way, first=number == 0)


def path_json(explained: Explained) -> dict[str, object]:
    """Give what `path_text` says as values for JSON; a path that is not UTF-8 has its bytes beside it."""
    stray = {"path_base64": _bytes(explained.path)} if _is_stray(explained.path) else {}
    contract = explained.contract
    return {
        "kind": "path",
        "path": _text(explained.path),
        **stray,
        "allowed": explained.allowed,
        "branch": explained.branch or None,
        "contract": contract.name if contract else None,
        "contract_from": explained.contract_from or None,
        "base": explained.base,
        "starts_guard": explained.starts_guard,
        "matches": [
            {key: _text(value) for key, value in match._asdict().items()}
            for match in explained.matches
        ],
        "findings": [_finding(finding) for finding in explained.findings],
        "not_checked": [one._asdict() for one in explained.not_checked],
        "ways": [
            [{key: _text(value) for key, value in step._asdict().items()} for step in way.steps]
            for way in explained.ways
        ],
    }


def rule_text(code: str, facts: Facts | None, why_not: str) -> Iterator[str]:
    """Yield the lines about a rule. Without facts its severity is the default, and `why_not` says why the policy is not known."""
    rule = rule_of(code)
    yield f"{code} {CODES[code]}"
    yield ""
    if not rule:
        yield "This version of guard does not ask it. A policy may set its severity already."
        return
    yield from dedent(f"    {rule.text}").strip().split("\n")
    yield ""
    yield _severity(rule, facts, why_not)
    base = facts.trusted.ref if facts else "the base"
    yield f"To change that, in guard.toml on {show(base)}:"
    yield "  [rules]"
    yield f'  {CODES[code]} = "warning"  # error, warning, note or off'


def rule_json(code: str, facts: Facts | None) -> dict[str, object]:
    """Give what `rule_text` says as values for JSON; `severity` is null where no policy is known."""
    rule = rule_of(code)
    here = facts.policy.severities.get(code, rule.severity) if facts and rule else None
    return {
        "kind": "rule",
        "code": code,
        "name": CODES[code],
        "asked": rule is not None,
        "severity": here.word if here is not None else None,
        "default": rule.severity.word if rule else None,
        "text": dedent(f"    {rule.text}").strip() if rule else "",
    }


def _whose(explained: Explained) -> str:
    place = f"on {show(explained.branch)}" if explained.branch else "on a detached HEAD"
    if not explained.contract:
        return f"no contract · {place}"
    where = {"branch": "declared on this branch", "working-tree": "declared in the working tree"}
    return f"contract {explained.contract.name} ({where.get(explained.contract_from, f'on {show(explained.base)}')}) · {place}"


def _matches(matches: tuple[Match, ...]) -> Iterator[str]:
    if not matches:
        yield "No line of any contract and no shared group matches it."
        return
    yield "The lines that match it, in the order in which they count:"
    rows = [
        (
            "decides" if one.decides else "matches",
            *map(show, (one.source, one.pattern, f"{one.file}:{one.line}")),
        )
        for one in matches
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield (
            "  "
            + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _verdict(explained: Explained) -> Iterator[str]:
    if not explained.allowed:
        says = "A change here breaks the contract; guard check would say:"
        yield says if explained.contract else "guard check would say of a change here:"
    else:
        kept = (
            "A change here keeps the contract"
            if explained.contract
            else "Nothing speaks against a change here"
        )
        yield f"{kept}; guard check would say:" if explained.findings else f"{kept}."
    for finding in explained.findings:
        waived = f" (waived: {show(finding.waived_by.why)})" if finding.waived_by else ""
        yield f"  {finding.severity.word}: {finding.code} {finding.name}: {finding.message}{waived}"
        if finding.code == "CON001":
            yield f"  next: {finding.next}"
    reasons: dict[str, list[str]] = {}
    for one in explained.not_checked:
        reasons.setdefault(one.why, []).append(one.rule)
    yield from (f"  not asked: {', '.join(rules)}: {show(why)}" for why, rules in reasons.items())
    if explained.starts_guard:
        yield "  This file may start guard: an edit of the lines that start it is CON002 contract-edited."


def _way(explained: Explained, way: Way, *, first: bool) -> Iterator[str]:
    base = show(explained.base)
    place = {"working-tree": f"before its first commit, or on {base}"}.get(
        explained.contract_from, f"on {base}"
    )
    file = show(explained.contract.file) if explained.contract else ""
    yield f"{'The smallest change that allows it' if first else 'Or'}, {place}:"
    if not way.steps:
        yield f"  none but that {file} lands there"
    for step in way.steps:
        yield f"  {file}{_where(step)}"
        yield from (f"    {show(line)}" for line in step.text.split("\n"))
    others = [
        match.source.removeprefix("owns of ")
        for match in explained.matches
        if match.source.startswith("owns of ")
    ]
    if others and any(step.key == "owns" for step in way.steps):
        yield f"  Agree with {show(others[0])} first: two sessions would own it."
    if any(finding.code == "CON002" for finding in explained.findings):
        yield f"  Better still: make the change on {base} itself, on its own."


def _where(step: Step) -> str:
    if step.verb != "add":
        return f":{step.line}, {step.verb} {step.key}:"
    return ", add at the end:" if step.key == "waive" else ", add at the top:"


def _severity(rule: Rule, facts: Facts | None, why_not: str) -> str:
    if facts is None:
        return f"Severity: {rule.severity.word} by default; what a policy says is not known here ({show(why_not)})."
    here = facts.policy.severities.get(rule.code)
    if here is None:
        return f"Severity: {rule.severity.word}, the default."
    return f"Severity: {here.word}, by {facts.policy.file}:{_line(rule, facts)} (default {rule.severity.word})."


def _line(rule: Rule, facts: Facts) -> int:
    """The line of the policy that sets a rule's severity, by whatever word."""
    keys = [
        ("rules", rule.code),
        ("rules", rule.name),
        ("rules", rule.code.lower()),
        ("contracts", _KEYS.get(rule.code, "")),
    ]
    return next((line for key in keys if (line := line_of(facts.policy.text, *key))), 0)


def _finding(finding: Finding) -> dict[str, object]:
    decided, waived = finding.decided_by, finding.waived_by
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "message": _text(finding.message),
        "next": _text(finding.next),
        "decided_by": {key: _text(value) for key, value in decided._asdict().items()}
        if decided
        else None,
        "waived_by": {key: _text(value) for key, value in waived._asdict().items()}
        if waived
        else None,
    }


def _text(value: object) -> object:
    """A string without lone surrogates, which many JSON readers reject (RFC 8259, section 8.2); anything else as it is."""
    return show(value) if isinstance(value, str) and _is_stray(value) else value


def _is_stray(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _bytes(path: str) -> str:
    return b2a_base64(path.encode("utf-8", "surrogateescape"), newline=False).decode()
