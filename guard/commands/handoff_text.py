"""What `guard handoff` says: the verdict in a line, and the handoff as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from guard.core.names import shell_quote, show
from guard.handoffs.draft import bare, code, escaped
from guard.handoffs.marks import is_as_drafted, is_drafted, mark_line
from guard.handoffs.sections import SECTIONS
from guard.handoffs.source import source_of
from guard.handoffs.values import Said
from guard.rules.facts import Facts
from guard.rules.findings import Report
from guard.sessions.closing.account import Account, Claimed

_MOST = 10  # paths or commands that are named
_STANDING = {
    "verified": "verified",
    "contradicted": "contradicted",
    "claimed": "claimed, not proved",
    "unreported": "required, not reported",
}


def headline(about: Account) -> list[str]:
    """Give the verdict in a line, and below it what is left to do."""
    facts, report = about.facts, about.report
    if facts.contract is None:
        return [f"guard: no handoff to check: {_no_session(facts, report)}"]
    name = show(report.contract)
    if about.handoff is None and report.verdict == "kept":
        return [f"guard: contract {name} has left no handoff, and none is required"]
    where = (
        show(facts.left.file)
        if facts.left and facts.left.file
        else "the text"
        if facts.left
        else show(facts.policy.handoff_of(report.contract))
    )
    if report.verdict == "broken":
        errors = sum(one.severity.word == "error" and not one.waived_by for one in report.findings)
        return [
            f"guard: the handoff of {name} does not hold · {_plural(errors, 'error')} · {where}"
        ]
    verified = sum(one.standing == "verified" for one in about.commands)
    told = [
        _plural(len(about.files.lines), "path"),
        f"{_plural(verified, 'command')} verified",
        where,
    ]
    lines = [f"guard: the handoff of {name} holds · {' · '.join(told)}"]
    if facts.left and facts.left.edited:
        words = shell_quote(facts.left.file)
        lines.append(f"next: git add -f {words} && git commit -m 'handoff: {name}' {words}")
    return lines


def _no_session(facts: Facts, report: Report) -> str:
    if facts.on_base:
        return "the base itself is checked out, and no session ends there"
    return (
        "there is no contract" if report.findings else "there is no contract, and none is required"
    )


def markdown(about: Account) -> str:
    """Give a handoff as Markdown: what it says, section by section, and below that what guard knows of it.

    Headings are underlined: git takes a line that begins with # out of a message that is edited (git-commit(1), `--cleanup`).
    """
    handoff = about.handoff
    parts = [_heading(f"Handoff: {about.report.contract}", "=")]
    if about.facts.left and about.facts.left.speaks_of:
        parts.append(mark_line(about.report.contract, about.facts.left.speaks_of))
    for section in SECTIONS:
        said = handoff.sections.get(section.key) if handoff else None
        if handoff and said:
            parts += [
                _heading(section.title, "-"),
                *_drafted(said),
                source_of(handoff, said) or "<!-- nothing is said here -->",
            ]
    parts += [_heading("Checked by guard", "-"), "\n".join(_checked(about))]
    return "\n\n".join(parts) + "\n"


def _drafted(said: Said) -> Iterator[str]:
    """The comment that keeps a draft from passing for the author's words: it must not get lost on the way, as long as it is one."""
    if is_as_drafted(said.lines, said.comments):
        yield from (f"<!-- {comment.text} -->" for comment in said.comments if is_drafted(comment))


def _checked(about: Account) -> Iterator[str]:
    facts = about.facts
    missing, listed = about.files.missing, len(about.files.lines)
    yield f"- {_current(about)}"
    yield f"- Files: {listed - len(missing)} of {_plural(listed, 'changed path')} listed{_named('; left out', missing)}"
    if about.files.extra:
        yield f"- Files listed that did not change: {', '.join(code(extra.text) for extra in about.files.extra[:_MOST])}"
    for one in about.commands:
        yield f"- {code(one.text)}: {_STANDING[one.standing]}{_how(one)}"
    told = [
        one for one in about.report.findings if not one.code.startswith(("HND004", "HND005", "RUN"))
    ]
    for finding in told:
        yield f"- {finding.code}: {escaped(finding.message)}"
    yield f"- Compared with {escaped(facts.trusted.ref)} ({facts.base[:12]}){f', tip {facts.head[:12]}' if facts.head else ''}"


def _current(about: Account) -> str:
    if about.current is None:
        return "Whether it is about these files cannot be told"
    return (
        f"It is about these very files (tree {about.facts.tree[:12]})"
        if about.current
        else "It is about files as they were before the last change"
    )


def _named(words: str, paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return f"{words}: {', '.join(code(path) for path in paths[:_MOST])}{more}" if paths else ""


def _how(one: Claimed) -> str:
    receipt = one.proof.receipt
    if receipt is None:
        return ""
    where = {
        "elsewhere": " on other files",
        "below": f" in {receipt.directory}",
        "altered": ", and changed files",
    }.get(one.proof.kind, "")
    again = ", run again by guard" if receipt.origin == "rerun" else ""
    return (
        ""
        if one.proof.kind == "edited"
        else bare(f", exit status {receipt.exit} in {receipt.took}{where}{again}")
    )


def _heading(text: str, sign: str) -> str:
    return f"{text}\n{sign * len(text)}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
