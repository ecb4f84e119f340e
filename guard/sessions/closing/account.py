"""A handoff as a table: what it claims, and beside each claim what is known of it. Pure; `guard handoff show` prints it."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guard.core.names import show
from guard.handoffs.commands import commands
from guard.handoffs.content import emptiness
from guard.handoffs.sections import SECTIONS
from guard.handoffs.source import source_of
from guard.handoffs.values import Command, Handoff, Said
from guard.receipts.proof import Proof, proof
from guard.receipts.receipt import Receipt
from guard.receipts.words import words
from guard.rules.facts import Facts
from guard.rules.findings import Report
from guard.rules.listed import Listed, listed, unlisted

FORMAT = "guard-handoff-1"
STATUS = {"A": "added", "D": "deleted", "M": "modified", "T": "type changed"}


class Claimed(NamedTuple):
    """A command that is claimed or required: its line in the report (0: not reported), what the report says came of it, and what is known.

    `standing` is `verified` (a receipt on this tree bears it out), `contradicted` (one says otherwise), `claimed` (there is none on this
    tree) or `unreported` (required, and not in the report).
    """

    text: str
    required: bool
    number: int
    outcome: str
    standing: str
    proof: Proof


class Account(NamedTuple):
    """All that there is to tell of one handoff. `current` is None where it cannot be told which tree it speaks of."""

    facts: Facts
    report: Report
    files: Listed
    commands: tuple[Claimed, ...]
    current: bool | None

    @property
    def handoff(self) -> Handoff | None:
        """The handoff, if it could be read."""
        return self.facts.left.handoff if self.facts.left else None


def account(facts: Facts, report: Report) -> Account:
    """Put claims and facts side by side. `facts` are those of a session's end, `report` is what the rules say of them."""
    left = facts.left
    handoff = left.handoff if left else None
    said = handoff.sections.get("files") if handoff else None
    files = listed(facts, said) if said else Listed(dict.fromkeys(unlisted(facts), 0), ())
    known = bool(left and (left.speaks_of or not left.untold) and handoff)
    current = left.speaks_of == facts.tree if left and known else None
    told = handoff.sections.get("commands") if handoff else None
    return Account(facts, report, files, tuple(_claimed(facts, told)), current)


def as_table(about: Account) -> dict[str, object]:
    """Give an account as plain values, ready for JSON: the shape that `guard schema handoff` describes."""
    facts, left = about.facts, about.facts.left
    return {
        "format": FORMAT,
        "verdict": about.report.verdict,
        "contract": about.report.contract or None,
        "branch": _text(facts.branch) or None,
        "scope": facts.scope,
        "base": facts.base or None,
        "head": facts.head or None,
        "tree": facts.tree or None,
        "file": _text(left.file) or None if left else None,
        "speaks_of": left.speaks_of or None if left else None,
        "current": about.current,
        "sections": {section.key: _section(about.handoff, section.key) for section in SECTIONS},
        "files": [_file(about, path, line) for path, line in about.files.lines.items()],
        "extra": [
            {"text": _text(extra.text), "line": extra.number, "why": _text(extra.why)}
            for extra in about.files.extra
        ],
        "commands": [_command(one) for one in about.commands],
        "findings": [
            {
                "code": one.code,
                "name": one.name,
                "severity": one.severity.word,
                "line": one.line,
                "message": _text(one.message),
                "waived": bool(one.waived_by),
            }
            for one in about.report.findings
        ],
    }


def _claimed(facts: Facts, said: Said | None) -> Iterator[Claimed]:
    claims = commands(said.lines) if said else []
    required = (
        facts.contract.verify if facts.contract and facts.trusted.contract_from == "base" else ()
    )
    by_words = {words(claim.text): claim for claim in reversed(claims)}
    for line in required:
        yield _one(facts, line, by_words.pop(words(line), None), required=True)
    for claim in sorted(by_words.values(), key=lambda claim: claim.number):
        if claim.sure or facts.receipts.get(claim.text):
            yield _one(facts, claim.text, claim, required=False)


def _one(facts: Facts, line: str, claim: Command | None, *, required: bool) -> Claimed:
    shown = proof(facts.receipts.get(line, ()), facts.tree)
    outcome = claim.outcome if claim else ""
    if claim is None:
        return Claimed(line, required, 0, "", "unreported", shown)
    told = {"verified": outcome != "failed", "failed": outcome == "failed"}.get(shown.kind)
    standing = "claimed" if told is None else "verified" if told else "contradicted"
    return Claimed(line, required, claim.number, outcome, standing, shown)


def _section(handoff: Handoff | None, key: str) -> dict[str, object] | None:
    said = handoff.sections.get(key) if handoff else None
    if handoff is None or said is None:
        return None
    nothing = emptiness(said)
    return {
        "line": said.number,
        "says": nothing.kind if nothing else "something",
        "text": _text(source_of(handoff, said)),
    }


def _file(about: Account, path: str, line: int) -> dict[str, object]:
    statuses: Mapping[str, str] = {
        change.path: STATUS.get(change.status, "modified") for change in about.facts.changes
    }
    stray = (
        {"path_base64": b2a_base64(path.encode("utf-8", "surrogateescape"), newline=False).decode()}
        if _text(path) != path
        else {}
    )
    return {
        "path": _text(path),
        **stray,
        "status": statuses.get(path, "modified"),
        "line": line or None,
    }


def _command(one: Claimed) -> dict[str, object]:
    return {
        "command": _text(one.text),
        "required": one.required,
        "line": one.number or None,
        "claim": one.outcome or None,
        "standing": one.standing,
        "proof": one.proof.kind,
        "receipt": _receipt(one.proof.receipt),
    }


def _receipt(receipt: Receipt | None) -> dict[str, object] | None:
    if receipt is None:
        return None
    return {
        "id": receipt.id or None,
        "origin": receipt.origin,
        "exit": receipt.exit,
        "started": receipt.started,
        "duration": receipt.duration,
        "tree": receipt.before or None,
        "directory": _text(receipt.directory),
        "altered": receipt.altered,
        "output_sha256": receipt.streams[0].sha256 if receipt.streams else None,
    }


def _text(text: str) -> str:
    """The text as JSON readers take it: without lone surrogates (RFC 8259, section 8.2)."""
    return (
        text
        if text.isascii()
        else "".join(show(char) if "\ud800" <= char <= "\udfff" else char for char in text)
    )
