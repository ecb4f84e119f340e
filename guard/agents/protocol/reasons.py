"""Texts for a model, put together from findings, a rule's `instead`, and the words of a `Deed`."""

from __future__ import annotations

from guard.core.names import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.protocol.event import Deed
    from guard.rules.findings import Finding

_MOST = 6
_REFUSED, _ERROR = "guard refused this: ", "error: "
_WRITE = (
    "Commit your work first, and run what shows that it works: guard run -- COMMAND. Then one "
    "command drafts the handoff, fills in your words, checks it and commits it; say what is true."
)


def refusal(findings: Sequence[Finding], base: str) -> str:
    """Give the reason why a write is refused: it would make `findings`, at least one.

    `base` is where contracts are. The command that brings stray work home is not given: there is
    none yet.
    """
    first, *others = _listed(findings)
    advice = _instead(findings, base, written=False)
    steps = _next([one for one in findings if one.code != "SES002"])
    return "\n".join([_REFUSED + first.removeprefix(_ERROR), *others, *advice, *steps])


def deed_refusal(deeds: Sequence[Deed]) -> str:
    """Give the reason for refusing what no contract can allow."""
    shown = deeds[:_MOST]
    first, *others = (f"{_ERROR}{show(deed.what)}" for deed in shown)
    if len(deeds) > len(shown):
        others.append(f"and {len(deeds) - len(shown)} more of the kind")
    advice = dict.fromkeys(deed.instead for deed in shown)
    lines = [_REFUSED + first.removeprefix(_ERROR), *others, *advice]
    return "\n".join([*lines, f"next: {deeds[0].next}"])


def caution(findings: Sequence[Finding]) -> str:
    """Give what an agent should know about siblings while it goes on; at least one finding."""
    lines = ["guard: nothing is refused, but another session is at work in the same place:"]
    for one in findings[:_MOST]:
        path = show(one.path)
        lines.append(f"{one.severity.word}: {path}: {one.code} {one.name}: {one.message}")
    advice = dict.fromkeys(_instead(findings, "", written=True))
    return "\n".join([*lines, *advice, *_next(findings)])


def misplaced(findings: Sequence[Finding]) -> str:
    """Give what an agent should know before it writes where the work does not belong."""
    head = "guard: nothing is refused, but this work belongs to another session:"
    lines = [head, *_listed(findings), *_instead(findings, "", written=False)]
    return "\n".join([*lines, "What is written here all the same comes home by:", *_next(findings)])


def aftermath(headline: str, findings: Sequence[Finding], base: str) -> str:
    """Give what is wrong on the disk that the agent has not been told, under a headline."""
    lines = [headline, *_listed(findings), *_instead(findings, base, written=True)]
    return "\n".join([*lines, *_next(findings)])


def _instead(findings: Sequence[Finding], base: str, *, written: bool) -> Iterator[str]:
    from guard.rules import rule_of  # a refused command needs no rules

    for code in dict.fromkeys(one.code for one in findings):
        rule = rule_of(code)
        before, after = rule.instead() if rule else ("", "")
        text = after if written else before
        if text:
            yield text.format(base=show(base))


def unfinished(findings: Sequence[Finding], asked: int, most: int) -> str:
    """Give what the session still has to do; the agent is asked for the time number `asked`."""
    from guard.contracts.brief import WRITE_HANDOFF  # only at the end of a session

    first = f"guard: the handoff of this session is not done yet (asked {asked} of {most} times)."
    steps = [one.next for one in findings]
    # A handoff reports what has run, so the commands come first.
    ordered = [step for step in steps if step.startswith("guard run ")][:_MOST]
    commits = [step for step in steps if step.startswith("git add ")]
    ordered += commits or [WRITE_HANDOFF]
    told = [] if commits else [_WRITE]
    nexts = dict.fromkeys(f"next: {step}" for step in ordered)
    return "\n".join([first, *_listed(findings), *told, *nexts])


def past_hooks(commit: tuple[str, str]) -> str:
    """Give what to do about a commit, and its subject, that was made past guard's hooks."""
    oid, subject = commit
    return (
        f"guard: no hook of guard's saw commit {oid[:12]} ({show(subject[:60])}); "
        "commit with the hooks as they are\nnext: guard check --branch"
    )


def keys(findings: Sequence[Finding]) -> frozenset[str]:
    """Give what identifies findings from one look to the next."""
    return frozenset(
        f"{one.code} {show(one.path)} {one.message if not one.path else ''}".rstrip()
        for one in findings
    )


def gaps(findings: Sequence[Finding]) -> frozenset[str]:
    """Give what identifies the gaps of a handoff, whatever commits it is about."""
    return frozenset(
        f"{one.code} {show(one.path)} {one.line} {one.decided_by.pattern if one.decided_by else ''}"
        for one in findings
    )


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """Give the findings that break a contract."""
    return [one for one in findings if one.breaks]


def _listed(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings[:_MOST]:
        where = f"{show(one.path)}: " if one.path else ""
        yield f"{one.severity.word}: {where}{one.code} {one.name}: {one.message}"
        decided = one.decided_by
        if decided:
            line = f":{decided.line}" if decided.line else ""
            pattern = show(decided.pattern)
            yield f"  decided by {show(decided.file)}{line}  {pattern}".rstrip()
    if len(findings) > _MOST:
        yield f"and {len(findings) - _MOST} more: guard check"


def _next(findings: Sequence[Finding]) -> list[str]:
    return [f"next: {one.next}" for one in findings[:1] if one.next]
