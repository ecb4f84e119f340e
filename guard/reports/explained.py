"""What `guard explain` says of a path or a rule, as lines of text and as values for JSON."""

from collections.abc import Iterator

from guard.core.codes import CODES
from guard.core.data import json_path, json_text
from guard.core.names import shell_quote, show
from guard.reports.json import json_texts
from guard.rules import rule_of
from guard.rules.explanation import Explained, Match, Way, severity_line
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.report import by_reason
from guard.rules.rule import Rule

_OWNS = "owns of "  # how the source of another contract's line begins


def path_text(explained: Explained) -> Iterator[str]:
    """Yield the lines about a path: contract, matching lines, verdict, and what would allow it."""
    yield show(explained.path)
    yield f"  {_whose(explained)}"
    yield ""
    yield from _matches(explained.matches)
    yield ""
    yield from _verdict(explained)
    title = "The smallest change that allows it"
    for way in explained.ways:
        yield ""
        yield from _way(explained, way, title)
        title = "Or"


def path_json(explained: Explained) -> dict[str, object]:
    """Give what `path_text` says as values for JSON; `path_base64` if a path is not UTF-8."""
    path, contract = explained.path, explained.contract
    return {
        "kind": "path",
        **json_path(path),
        "allowed": explained.allowed,
        "branch": explained.branch or None,
        "contract": contract.name if contract else None,
        "contract_from": explained.contract_from or None,
        "base": explained.base,
        "starts_guard": explained.starts_guard,
        "matches": [json_texts(match._asdict()) for match in explained.matches],
        "findings": [_finding(finding) for finding in explained.findings],
        "not_checked": [one._asdict() for one in explained.not_checked],
        "ways": [
            {
                "commands": [json_text(one) for one in _commands(explained, way)],
                "waivers": [json_text(one) for one in way.waivers],
            }
            for way in explained.ways
        ],
    }


def rule_text(code: str, facts: Facts | None, why_not: str) -> Iterator[str]:
    """Yield the lines about a rule; without facts, `why_not` says why the policy is not known."""
    rule = rule_of(code)
    yield f"{code} {CODES[code]}"
    yield ""
    if not rule:
        yield "This version of guard does not ask it. A policy may set its severity already."
        return
    yield from rule.text.split("\n")
    yield ""
    yield _severity(rule, facts, why_not)
    base = facts.trusted.ref if facts else "the base"
    yield f"To change that, in guard.toml on {show(base)}:"
    yield "  [rules]"
    yield f'  {CODES[code]} = "warning"  # error, warning, note or off'


def rule_json(code: str, facts: Facts | None) -> dict[str, object]:
    """Give what `rule_text` says as values for JSON; `severity` is null without a policy."""
    rule = rule_of(code)
    here = facts.policy.severities.get(code, rule.severity) if facts and rule else None
    return {
        "kind": "rule",
        "code": code,
        "name": CODES[code],
        "asked": rule is not None,
        "severity": here.word if here is not None else None,
        "default": rule.severity.word if rule else None,
        "text": rule.text if rule else "",
    }


def _whose(explained: Explained) -> str:
    place = f"on {show(explained.branch)}" if explained.branch else "on a detached HEAD"
    if not explained.contract:
        return f"no contract · {place}"
    where = {
        "branch": "declared on this branch",
        "working-tree": "declared in the working tree",
    }.get(explained.contract_from, f"on {show(explained.base)}")
    return f"contract {explained.contract.name} ({where}) · {place}"


def _matches(matches: tuple[Match, ...]) -> Iterator[str]:
    if not matches:
        yield "No line of any contract and no shared group matches it."
        return
    yield "The lines that match it, in the order in which they count:"
    rows = []
    for one in matches:
        cells = map(show, (one.source, one.pattern, f"{one.file}:{one.line}"))
        rows.append(("decides" if one.decides else "matches", *cells))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()


def _verdict(explained: Explained) -> Iterator[str]:
    says = "guard check would say"
    if explained.allowed:
        kept = "No rule is against a change here"
        if explained.contract:
            kept = "A change here keeps the contract"
        yield f"{kept}; {says}:" if explained.findings else f"{kept}."
    elif explained.contract:
        yield f"A change here breaks the contract; {says}:"
    else:
        yield f"{says} of a change here:"
    for finding in explained.findings:
        waived = f" (waived: {show(finding.waived_by.why)})" if finding.waived_by else ""
        yield f"  {finding.severity.word}: {finding.code} {finding.name}: {finding.message}{waived}"
        if not finding.path:  # of a path, the next step would be this very command
            yield f"  next: {finding.next}"
    if not explained.contract:
        yield from _told(explained)
    for why, rules in by_reason(explained.not_checked).items():
        yield f"  not asked: {', '.join(rules)}: {show(why)}"
    if explained.better_on_base and not (explained.allowed or explained.ways):
        base = show(explained.base)
        yield f"  next: make the change on {base} itself, on its own, where its keepers see it"
        yield f"  Once {base} has it, a branch that has the same is not blamed any more."
    if explained.starts_guard:
        edit = "an edit of the lines that start it is CON002 contract-edited"
        yield f"  This file may start guard: {edit}."


def _told(explained: Explained) -> Iterator[str]:
    """What somebody without a contract may do about warnings."""
    if not (explained.findings and explained.allowed):
        return
    yield "  Nothing has to change: this stops nobody."
    if explained.declare:
        yield f"  next: {explained.declare}   # to have the path, so that others are told"


def _way(explained: Explained, way: Way, title: str) -> Iterator[str]:
    yield f"{title}:"
    *edits, last = _commands(explained, way)
    yield from (f"  {show(edit)}" for edit in edits)
    for waiver in way.waivers:
        file = explained.contract.file if explained.contract else ""
        yield f"  {show(file)}, add at the end:"
        yield from (f"    {show(line)}" for line in waiver.split("\n"))
    yield f"  {show(last)}   # it counts once it is on {show(explained.base)}"
    sources = [match.source for match in explained.matches if match.source.startswith(_OWNS)]
    if sources and not way.waivers:
        other = show(sources[0].removeprefix(_OWNS))
        yield f"  Agree with {other} first: two sessions would own it."
    if explained.better_on_base:
        yield f"  Better still: make the change on {show(explained.base)} itself, on its own."


def _commands(explained: Explained, way: Way) -> list[str]:
    """The commands of a way; a waiver is pasted before the last."""
    name = explained.contract.name if explained.contract else ""
    publish = f"guard contract publish {name}"
    if not way.options:
        return [publish]
    words = ["guard contract edit", name]
    for option, *values in way.options:
        words += [option, *map(_quoted, values)]
    return [" ".join(words), publish] if way.waivers else [" ".join([*words, "--publish"])]


def _quoted(value: str) -> str:
    """A pattern that begins with a dash is no path: it gets no `./`."""
    return "-" + shell_quote(value[1:]) if value.startswith("-") else shell_quote(value)


def _severity(rule: Rule, facts: Facts | None, why_not: str) -> str:
    default = rule.severity.word
    if facts is None:
        unknown = f"the policy is not known here ({show(why_not)})"
        return f"Severity: {default} by default; {unknown}."
    policy = facts.policy
    here = policy.severities.get(rule.code)
    if here is None:
        return f"Severity: {default}, the default."
    line = severity_line(rule, policy)
    return f"Severity: {here.word}, by {policy.file}:{line} (default {default})."


def _finding(finding: Finding) -> dict[str, object]:
    decided, waived = finding.decided_by, finding.waived_by
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.word,
        "message": json_text(finding.message),
        "next": json_text(finding.next),
        "decided_by": decided and json_texts(decided._asdict()),
        "waived_by": waived and json_texts(waived._asdict()),
    }
