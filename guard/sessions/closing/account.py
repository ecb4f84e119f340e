"""An account of a handoff: what is known of each claim, as JSON, text and a line. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from guard.core.data import json_path, json_text
from guard.core.names import counted, shell_quote, show
from guard.handoffs.commands import commands
from guard.handoffs.content import silence
from guard.handoffs.markdown import bare, code, escaped, source_of
from guard.handoffs.marks import block, is_drafted, mark_line
from guard.handoffs.sections import COMMANDS, FILES, SECTIONS, Section
from guard.handoffs.values import Command, Handoff, Said
from guard.receipts.receipt import PROVED, Proof, Receipt
from guard.receipts.words import words
from guard.rules.commands import miscounted
from guard.rules.facts import Facts
from guard.rules.handed_over import is_current, proved
from guard.rules.handoff import TOLD_APART
from guard.rules.listed import Listed, listed, unlisted
from guard.rules.own_change import own_change
from guard.rules.report import Report

_FORMAT = "guard-handoff-1"
_MOST = 10  # paths that a line of Markdown names
_SILENT = "nothing is said here"
_STATUS = {"A": "added", "D": "deleted", "M": "modified", "T": "type changed"}
_STANDING = {
    "verified": "verified",
    "contradicted": "contradicted",
    "claimed": "claimed, not proved",
    "unreported": "required, not reported",
}


class Claimed(NamedTuple):
    """A command that is claimed or required.

    `number` is its line in the handoff (0: not there) and `outcome` the result that it claims.
    `standing` is `verified` (a receipt on this change agrees), `contradicted` (one disagrees),
    `claimed` (this change has no receipt) or `unreported` (required, and not in the handoff).
    """

    text: str
    required: bool
    number: int
    outcome: str
    standing: str
    proof: Proof


class Account(NamedTuple):
    """All about one handoff. `current` is None if it is unknown which change it describes."""

    facts: Facts
    report: Report
    files: Listed
    commands: tuple[Claimed, ...]
    current: bool | None

    @property
    def handoff(self) -> Handoff | None:
        """The handoff, if it could be read."""
        return self.facts.left.handoff if self.facts.left else None

    def said(self, section: Section) -> Said | None:
        """A section of the handoff, if there is one."""
        return self.handoff.sections.get(section.key) if self.handoff else None


def account(facts: Facts, report: Report) -> Account:
    """Put claims and facts side by side, for the facts and the report of a session's end."""
    about = Account(facts, report, Listed({}, ()), (), None)
    said = about.said(FILES)
    files = listed(facts, said) if said else Listed(dict.fromkeys(unlisted(facts), 0), ())
    claims = tuple(_claimed(facts, about.said(COMMANDS)))
    return about._replace(files=files, commands=claims, current=is_current(facts))


def as_table(about: Account) -> dict[str, object]:
    """Give an account as values for JSON, in the shape that `guard schema handoff` describes."""
    facts, left = about.facts, about.facts.left
    return {
        "format": _FORMAT,
        "verdict": about.report.verdict,
        "contract": about.report.contract or None,
        "branch": json_text(facts.branch) or None,
        "scope": facts.scope,
        "base": facts.base or None,
        "head": facts.head or None,
        "tree": facts.tree or None,
        "file": json_text(left.file) or None if left else None,
        "change": own_change(facts) if facts.closing else None,
        "speaks_of": _spoken_of(about) or None,
        "current": about.current,
        "sections": {section.key: _section(about, section) for section in SECTIONS},
        "files": list(_files(about)),
        "extra": [
            {"text": json_text(extra.text), "line": extra.number, "why": json_text(extra.why)}
            for extra in about.files.extra
        ],
        "commands": [_command(claim) for claim in about.commands],
        "findings": [
            {
                "code": finding.code,
                "name": finding.name,
                "severity": finding.severity.word,
                "line": finding.line,
                "message": json_text(finding.message),
                "waived": bool(finding.waived_by),
            }
            for finding in about.report.findings
        ],
    }


def headline(about: Account) -> list[str]:
    """Give the verdict in a line and, if there is a next step, another with that."""
    facts, report = about.facts, about.report
    if facts.contract is None:
        return [f"guard: no handoff to check: {_no_session(facts, report)}"]
    name = show(report.contract)
    if about.handoff is None and report.verdict == "kept":
        return [f"guard: there is no handoff of contract {name}, and none is required"]
    file = facts.left.file if facts.left else facts.policy.handoff_of(report.contract)
    where = show(file) if file else "the text"
    if report.verdict == "broken":
        errors = counted(sum(finding.breaks for finding in report.findings), "error")
        return [f"guard: the handoff of {name} does not hold · {errors} · {where}"]
    paths = counted(len(about.files.lines), "path")
    proved = f"{counted(_verified(about), 'command')} verified"
    lines = [f"guard: the handoff of {name} holds · {paths} · {proved} · {where}"]
    if facts.left and facts.left.edited:
        path = shell_quote(file)
        lines.append(f"next: git add -f {path} && git commit -m 'handoff: {name}' {path}")
    return lines


def in_short(about: Account) -> dict[str, object]:
    """Give what the headline says as values for the JSON of `guard handoff check`."""
    left = about.facts.left
    first, *after = headline(about)
    return {
        "stands": _stands(about),
        "file": json_text(left.file) or None if left else None,
        "edited": bool(left and left.edited),
        "current": about.current,
        "paths": len(about.files.lines),
        "verified": _verified(about),
        "message": json_text(first.removeprefix("guard: ")),
        "next": json_text(after[0].removeprefix("next: ")) if after else None,
    }


def _stands(about: Account) -> str:
    if about.facts.contract is None:
        return "no-session"
    if about.handoff is None and about.report.verdict == "kept":
        return "absent"
    return "holds" if about.report.verdict == "kept" else "broken"


def _verified(about: Account) -> int:
    return sum(claim.standing == "verified" for claim in about.commands)


def markdown(about: Account) -> str:
    """Give a handoff as Markdown for a pull request, with guard's knowledge below.

    It can be judged again: guard's comment tells which change it is about. Headings are underlined,
    as in a message.
    """
    contract, spoken_of = about.report.contract, _spoken_of(about)
    parts = [_heading(f"Handoff: {contract}", "=")]
    if spoken_of:
        parts.append(mark_line(contract, spoken_of))
    for section, said, text in _texts(about):
        parts += [_heading(section.title, "-"), *_marked(about, said, text)]
    return "\n\n".join([*parts, _checks(about)]) + "\n"


def message(about: Account) -> str:
    """Give a handoff as the message of the commit that merges the branch, without comments.

    Headings are underlined: git removes lines that begin with # from an edited message
    (git-commit(1), `--cleanup`).
    """
    branch, contract = show(about.facts.branch), about.facts.contract
    parts = [f"Merge branch '{branch}'" if branch else f"Merge {show(about.report.contract)}"]
    if contract and contract.goal.strip():
        parts.append(show(" ".join(contract.goal.split())))
    for section, _, text in _texts(about):
        parts += [_heading(section.title, "-"), text or f"({_SILENT})"]
    return "\n\n".join([*parts, _checks(about)]) + "\n"


def _texts(about: Account) -> Iterator[tuple[Section, Said, str]]:
    for section in SECTIONS:
        said = about.said(section)
        if about.handoff and said:
            yield section, said, source_of(about.handoff, said)


def _checks(about: Account) -> str:
    """No heading or label here has a word of a section: these lines are nobody's claims."""
    return "\n\n".join([_heading("According to guard", "-"), "\n".join(_checked(about))])


def _spoken_of(about: Account) -> str:
    left = about.facts.left
    if left and left.as_now:
        return own_change(about.facts)
    return left.speaks_of if left else ""


def _claimed(facts: Facts, said: Said | None) -> Iterator[Claimed]:
    claims = commands(said.lines) if said else []
    by_words = {words(claim.text): claim for claim in reversed(claims)}
    if facts.contract and facts.trusted.contract_from == "base":
        for line in facts.contract.verify:
            yield _judged(facts, line, by_words.pop(words(line), None), required=True)
    for claim in sorted(by_words.values(), key=lambda claim: claim.number):
        if claim.sure or facts.receipts.get(claim.text):
            yield _judged(facts, claim.text, claim, required=False)


def _judged(facts: Facts, line: str, claim: Command | None, *, required: bool) -> Claimed:
    shown = proved(facts, line)
    if claim is None:
        return Claimed(line, required, 0, "", "unreported", shown)
    standing = "claimed"
    if shown.kind in (*PROVED, "failed"):
        agrees = (claim.outcome == "failed") == (shown.kind == "failed")
        is_right = agrees and not miscounted(claim, shown)
        standing = "verified" if is_right else "contradicted"
    return Claimed(line, required, claim.number, claim.outcome, standing, shown)


def _section(about: Account, section: Section) -> dict[str, object] | None:
    said = about.said(section)
    if about.handoff is None or said is None:
        return None
    nothing = silence(about.handoff, said)
    return {
        "line": said.number,
        "says": nothing.kind if nothing else "something",
        "text": json_text(source_of(about.handoff, said)),
    }


def _files(about: Account) -> Iterator[dict[str, object]]:
    letters = {change.path: change.status for change in about.facts.changes}
    for path, line in about.files.lines.items():
        status = _STATUS.get(letters.get(path, ""), "modified")
        yield {**json_path(path), "status": status, "line": line or None}


def _command(claim: Claimed) -> dict[str, object]:
    return {
        "command": json_text(claim.text),
        "required": claim.required,
        "line": claim.number or None,
        "claim": claim.outcome or None,
        "standing": claim.standing,
        "proof": claim.proof.kind,
        "receipt": _receipt(claim.proof.receipt),
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
        "directory": json_text(receipt.directory),
        "altered": receipt.altered,
        "output_sha256": receipt.streams[0].sha256 if receipt.streams else None,
    }


def _no_session(facts: Facts, report: Report) -> str:
    if facts.on_base:
        return "the base itself is checked out, and it has no handoff"
    needed = "" if report.findings else ", and none is required"
    return f"there is no contract{needed}"


def _marked(about: Account, said: Said, text: str) -> Iterator[str]:
    """While a section has only what guard drafted, its marks must survive the copy."""
    nothing = silence(about.handoff, said) if about.handoff else None
    if nothing and nothing.kind == "listed":
        yield "\n".join(block(said.key, text.split("\n")))
        return
    if nothing and nothing.kind == "drafted":
        yield from (f"<!-- {comment.text} -->" for comment in said.comments if is_drafted(comment))
    yield text or f"<!-- {_SILENT} -->"


def _checked(about: Account) -> Iterator[str]:
    facts, files = about.facts, about.files
    yield f"- {_current(about)}"
    named = f"; left out: {_named(files.missing)}" if files.missing else ""
    listed_paths = len(files.lines) - len(files.missing)
    changed = counted(len(files.lines), "changed path")
    yield f"- It lists {listed_paths} of {changed}{named}"
    if files.extra:
        extra = ", ".join(code(extra.text) for extra in files.extra[:_MOST])
        yield f"- It also lists what did not change: {extra}"
    for claim in about.commands:
        yield f"- {code(claim.text)}: {_STANDING[claim.standing]}{_how(claim.proof)}"
    for finding in about.report.findings:
        if not finding.code.startswith(TOLD_APART):
            yield f"- {finding.code}: {escaped(finding.message)}"
    tip = f", tip {facts.head[:12]}" if facts.head else ""
    yield f"- Compared with {escaped(facts.trusted.ref)} ({facts.base[:12]}){tip}"


def _current(about: Account) -> str:
    if about.current is None:
        return "guard cannot tell whether it is about these files"
    if about.current:
        return f"It is about exactly this change (tree {about.facts.tree[:12]})"
    return "It is about the change as it was before"


def _named(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return ", ".join(code(path) for path in paths[:_MOST]) + more


def _how(shown: Proof) -> str:
    receipt = shown.receipt
    if receipt is None or shown.kind == "edited":
        return ""
    places = {
        "earlier": f" on the tree {receipt.before[:12]}, before the base moved",
        "elsewhere": " on other files",
        "below": f" in {receipt.directory}",
        "altered": ", and changed files",
    }
    again = ", run again by guard" if receipt.origin == "rerun" else ""
    where = places.get(shown.kind, "")
    return bare(f", exit status {receipt.exit} in {receipt.took}{where}{again}")


def _heading(text: str, sign: str) -> str:
    return f"{text}\n{sign * len(text)}"
