"""A write that is not made yet, judged as the change that it would be.

What `guard check` would report is refused, and so are settings that start guard, although git does
not track them. Other paths that git ignores, and content that the base has, may be written.
"""

from __future__ import annotations

import os

from guard.agents.protocol.event import Write
from guard.changes.change import ABSENT, Change
from guard.changes.starts_guard import may_start_guard
from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError, NotAdopted
from guard.core.files import read_head
from guard.core.values import NamedTuple
from guard.git.objects import Entry, object_id
from guard.git.plumbing import at
from guard.git.repository import is_ignored
from guard.rules.facts import Facts, Need, SettingsEdit
from guard.verdict.opening import Opening
from guard.verdict.reading import Ask, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.rules.findings import Finding, Report
    from guard.verdict.reading import Begun, Doubt, Gathered

_LARGEST = 1 << 22  # bytes of a file that is read to see what an edit makes of it


class Proposal(NamedTuple):
    """A write to `path`, from the top of a worktree (absolute: outside of all of them).

    `real` is the file on the disk. `within` is the folder of another repository around it: the
    write counts only if this repository tracks that folder.
    """

    path: str
    write: Write
    real: str
    within: str = ""


class Foreseen(NamedTuple):
    """The verdict on writes in one worktree: errors not waived, the contract, branch and base."""

    findings: tuple[Finding, ...]
    contract: str
    branch: str
    base: str


def foresee(
    top: str, proposals: Sequence[Proposal], opening: Opening | None = None
) -> Foreseen | None:
    """Judge writes in the worktree at `top`; None if guard is not adopted there.

    Raises GuardError if no verdict can be reached. `opening` is git's first answers if they were
    asked for.
    """
    with Reading(opening or Opening(at(top), staged=False), Ask("staged")) as reading:
        from guard.rules import RULES
        from guard.rules.judge import judge  # while git looks for the base

        rules = [rule for rule in RULES if rule.before_write]
        try:
            begun = reading.begin()
        except NotAdopted:
            return None
        concerned = [
            one
            for one in proposals
            if not one.within or _is_folder(begun.entry_on_base(one.within))
        ]
        changes = [change for one in concerned if (change := _change(begun, one))]
        gathered = begun.gather(Need.GENERATED | Need.ENTRIES, changes)
        facts = gathered.facts
        starting = [one for one in concerned if may_start_guard(one.path.lstrip("/"))]
        if starting and not facts.on_base:
            facts = facts._replace(settings=tuple(_settings_edits(gathered, facts, starting)))
        report = judge(facts, rules)
        if report.verdict == "broken":
            left = _without_effect(gathered.doubt(), facts, proposals)
            if left.changes or left.settings:
                report = judge(left, rules)
            else:
                report = report._replace(findings=())
    return Foreseen(tuple(_errors(report)), report.contract, report.branch, report.trusted.ref)


def _change(begun: Begun, one: Proposal) -> Change | None:
    if one.path.startswith("/"):
        return None
    entry, zero = begun.entry_on_base(one.path), begun.sources.repository.zero
    if entry is None:
        added = Change("A", one.path, ABSENT, "100644", zero, zero)
        return None if one.write.deletes else added
    mode, oid = entry.state
    if one.write.deletes:
        return Change("D", one.path, mode, ABSENT, oid, zero)
    return Change("M", one.path, mode, mode, oid, zero)


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == "40000"


def _errors(report: Report) -> Iterator[Finding]:
    for finding in report.findings:
        if finding.breaks:
            from guard.rules.advice import explain  # most writes are right

            yield finding._replace(next=explain(finding.path)) if finding.path else finding


def _settings_edits(
    gathered: Gathered, facts: Facts, starting: Sequence[Proposal]
) -> Iterator[SettingsEdit]:
    on_base = {change.path: change.old_oid for change in facts.changes if change.old_mode != ABSENT}
    for one in starting:
        oid = on_base.get(one.path)
        found = gathered.sources.objects.read(oid) if oid else None
        before = found[1] if found else b""
        before = before or read_head(os.path.join(facts.worktree, one.path), _LARGEST)
        after = _text_after(one)
        if one.write.deletes or after is not None:
            yield SettingsEdit(one.path, before, after)
        elif one.write.edits:  # they do not fit the file: only their own texts are known
            old = "\n".join(edit.old for edit in one.write.edits)
            new = "\n".join(edit.new for edit in one.write.edits)
            yield SettingsEdit(one.path, _encoded(old), _encoded(new))


def _without_effect(doubt: Doubt, facts: Facts, proposals: Sequence[Proposal]) -> Facts:
    """The facts without the changes that harm nobody.

    These are files that git ignores, a file that declares the contract, and content of the base,
    the merge base or HEAD.
    """
    repository, objects = doubt.sources.repository, doubt.sources.objects
    zero, object_format = repository.zero, repository.object_format
    texts = {one.path: _text_after(one) for one in proposals}
    tracked = [
        change
        for change in facts.changes
        if change.old_mode != ABSENT
        or not (
            _declares(facts, change.path, texts.get(change.path))
            or is_ignored(repository, change.path)
        )
    ]
    committed = objects.info(f"{facts.head}^{{tree}}")
    made = []
    for change in tracked:
        text = texts.get(change.path)
        oid = change.new_oid if text is None else object_id("blob", text, object_format)
        hashed = change._replace(new_oid=oid)
        if not committed or not _has(objects.look_up(committed.oid, change.path), hashed):
            made.append(hashed)
    settled = doubt.settled(facts._replace(changes=tuple(made)))
    changes = tuple(change._replace(new_oid=zero) for change in settled.changes)
    return settled._replace(changes=changes)


def _has(entry: Entry | None, change: Change) -> bool:
    if change.new_mode == ABSENT:
        return entry is None
    return entry is not None and entry.state == change.new


def _declares(facts: Facts, path: str, text: bytes | None) -> bool:
    folder, _, file = path.rpartition("/")
    if facts.contract or folder != CONTRACTS or not file.endswith(".toml") or text is None:
        return False
    try:
        return claims(parse_contract(text, path, file.removesuffix(".toml")), facts.branch)
    except ContractError:
        return False


def _text_after(one: Proposal) -> bytes | None:
    if one.write.deletes:
        return None
    if one.write.text is not None:
        return _encoded(one.write.text)
    if not one.write.edits:
        return None
    raw = read_head(one.real, _LARGEST)
    text = raw.decode("utf-8", "surrogateescape")
    for old, new, every in one.write.edits:
        if old not in text or not old:
            return None
        text = text.replace(old, new, -1 if every else 1)
    return text.encode("utf-8", "surrogateescape") if len(raw) < _LARGEST else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
