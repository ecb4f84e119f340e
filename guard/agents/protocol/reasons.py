"""What a model is told, and why: which line decided, whose the path is, what to do instead, and one command to type."""

from __future__ import annotations

from guard.core.names import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.protocol.event import Deed
    from guard.rules.findings import Finding

_MOST = 6
_REFUSED, _ERROR = "guard refused this: ", "error: "


def refusal(findings: Sequence[Finding], base: str) -> str:
    """Give the reason why a write is refused: `findings` are the errors it would make, at least one; `base` is where contracts stand."""
    first, *others = _listed(findings)
    advice = _instead(findings, base, written=False)
    return "\n".join([_REFUSED + first.removeprefix(_ERROR), *others, *advice, *_next(findings)])


def deed_refusal(deeds: Sequence[Deed]) -> str:
    """Give the reason why something is refused that no contract can allow."""
    first, *others = (f"{_ERROR}{show(deed.what)}" for deed in deeds[:_MOST])
    advice = dict.fromkeys(deed.instead for deed in deeds)
    return "\n".join(
        [_REFUSED + first.removeprefix(_ERROR), *others, *advice, f"next: {deeds[0].next}"]
    )


def aftermath(headline: str, findings: Sequence[Finding], base: str) -> str:
    """Give what changed on the disk that should not have: what is new since the agent was last told, under the report's headline."""
    lines = [headline, *_listed(findings), *_instead(findings, base, written=True)]
    return "\n".join([*lines, *_next(findings)])


def _instead(findings: Sequence[Finding], base: str, *, written: bool) -> Iterator[str]:
    """What to do instead of the write, or once it is on the disk, as each rule says."""
    from guard.rules import rule_of  # a refused command needs no rules

    for code in dict.fromkeys(one.code for one in findings):
        rule = rule_of(code)
        before, after = rule.instead() if rule else ("", "")
        text = after if written else before
        if text:
            yield text.format(base=show(base))


def unfinished(findings: Sequence[Finding], asked: int, most: int) -> str:
    """Give what is still to be done before the session can end; this is time number `asked` of at most `most` that it is asked for."""
    lines = [
        f"guard: the handoff of this session is not done yet (asked {asked} of {most} times).",
        *_listed(findings),
    ]
    lines.append(
        "A draft is to be put into your own words where it asks for them, and committed; guard handoff check tells whether it holds."
    )
    commands_first = sorted(
        findings, key=lambda one: not one.code.startswith("RUN")
    )  # a draft reports what has run
    return "\n".join(
        [*lines, *dict.fromkeys(f"next: {one.next}" for one in commands_first[:_MOST] if one.next)]
    )


def keys(findings: Sequence[Finding]) -> frozenset[str]:
    """Give what identifies findings from one look at the disk to the next."""
    return frozenset(
        f"{one.code} {show(one.path)} {one.message if not one.path else ''}".rstrip()
        for one in findings
    )


def gaps(findings: Sequence[Finding]) -> frozenset[str]:
    """Give what identifies the things that a handoff lacks, whatever the commits that it speaks of."""
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
        yield f"{_ERROR}{where}{one.code} {one.name}: {one.message}"
        if one.decided_by:
            line = f":{one.decided_by.line}" if one.decided_by.line else ""
            yield f"  decided by {show(one.decided_by.file)}{line}  {show(one.decided_by.pattern)}".rstrip()
    if len(findings) > _MOST:
        yield f"and {len(findings) - _MOST} more: guard check"


def _next(findings: Sequence[Finding]) -> list[str]:
    return [f"next: {one.next}" for one in findings[:1] if one.next]
