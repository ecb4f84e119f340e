"""A write that nobody has made yet, judged as the change that it would be: what is refused here is what `guard check` would report.

Two things go further than `guard check`, which looks at what git tracks: git's own files, and settings outside of git's sight that start
guard. And two are let through although the path is not owned: what git ignores, and what leaves the base as it is.
"""

from __future__ import annotations

from guard.changes.values import ABSENT, Change
from guard.contracts.branches import claims
from guard.contracts.parse import parse_contract
from guard.contracts.settings import may_start_guard
from guard.contracts.values import CONTRACTS
from guard.errors import ContractError, NotAdopted
from guard.facts import Need, SettingsEdit
from guard.gather import Ask, Reading
from guard.judge import judge
from guard.plumbing import at
from guard.reading.opening import Opening
from guard.repository import head_of_file
from guard.rules import RULES
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guard.facts import Facts
    from guard.findings import Finding, Report
    from guard.objects import Entry

_ABOUT_WRITES = [rule for rule in RULES if rule.code in ("OWN001", "OWN002", "SHR001", "CON001", "CON002", "MRG003")]
_LARGEST = 1 << 22  # bytes of a file that is looked into to tell what an edit makes of it


class Proposal(NamedTuple):
    """A write to `path`, from the top of a worktree (an absolute path: outside of all).

    `text` is what the file holds afterwards, None where that is not known; `pieces` are then the texts that an edit takes out and puts in.
    `within` is the folder of another repository that the path lies in: it concerns this one only if that folder is tracked here.
    """

    path: str
    deletes: bool = False
    text: bytes | None = None
    pieces: tuple[bytes, bytes] | None = None
    within: str = ""


class Foreseen(NamedTuple):
    """What would be said of writes in one worktree: the errors that are not waived, the contract, and where it is trusted."""

    findings: tuple[Finding, ...]
    contract: str
    branch: str
    base: str


def foresee(top: str, proposals: Sequence[Proposal], opening: Opening | None = None) -> Foreseen | None:
    """Judge writes in the worktree at `top`; None where guard is not adopted there.

    Raises GuardError where no verdict can be reached. `opening` is git's first answers if they were asked for.
    """
    with Reading(opening or Opening(at(top), staged=False), Ask("staged")) as reading:
        try:
            reading.begin()
        except NotAdopted:
            return None
        concerned = [one for one in proposals if not one.within or _is_folder(reading.standing(one.within))]
        changes = [change for one in concerned if (change := _change(reading, one))]
        facts = reading.facts(Need.GENERATED | Need.ENTRIES, changes)
        settings = () if facts.on_base else tuple(_settings(reading, facts, concerned))
        facts = facts._replace(settings=settings)
        report = judge(facts, _ABOUT_WRITES)
        if report.verdict == "broken":
            left = _without_effect(reading, facts, proposals)
            report = judge(left, _ABOUT_WRITES) if left.changes or left.settings else report._replace(findings=())
    return Foreseen(tuple(_errors(report)), report.contract, report.branch, report.trusted.ref)


def content_after(top: str, path: str, edits: Sequence[tuple[str, str, bool]]) -> bytes | None:
    """Give what replacements (old, new, whether everywhere) make of a file; None where one of them does not fit."""
    raw = head_of_file(top, path, _LARGEST)
    text = raw.decode("utf-8", "surrogateescape")
    for old, new, every in edits:
        if old not in text or not old:
            return None
        text = text.replace(old, new) if every else text.replace(old, new, 1)
    return text.encode("utf-8", "surrogateescape") if len(raw) < _LARGEST else None


def _change(reading: Reading, one: Proposal) -> Change | None:
    """The change that a write would be, seen from the base; None where it changes nothing that git tracks."""
    entry = None if one.path.startswith("/") else reading.standing(one.path)
    zero = reading.repository.zero
    if entry is None:
        return None if one.deletes or one.path.startswith("/") else Change("A", one.path, ABSENT, "100644", zero, zero)
    mode = entry.mode.rjust(6, "0")
    return Change("D", one.path, mode, ABSENT, entry.oid, zero) if one.deletes else Change("M", one.path, mode, mode, entry.oid, zero)


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == "40000"


def _errors(report: Report) -> Iterator[Finding]:
    """What counts. What is to be done about a file that is there cannot be typed for one that is not."""
    for finding in report.findings:
        if finding.breaks:
            from guard.rules.advice import explain  # most writes are right

            yield finding._replace(next=explain(finding.path)) if finding.path else finding


def _settings(reading: Reading, facts: Facts, proposals: Sequence[Proposal]) -> Iterator[SettingsEdit]:
    """Both versions of files that may start guard: as the base has them (or the disk, where the base does not), and afterwards."""
    on_base = {change.path: change.old_oid for change in facts.changes if change.old_mode != ABSENT}
    for one in proposals:
        if not may_start_guard(one.path.lstrip("/")):
            continue
        before = _blob(reading, on_base.get(one.path, "")) or head_of_file(facts.worktree, one.path, _LARGEST)
        if one.deletes or one.text is not None:
            yield SettingsEdit(one.path, before, None if one.deletes else one.text)
        elif one.pieces:
            yield SettingsEdit(one.path, *one.pieces)


def _blob(reading: Reading, oid: str) -> bytes:
    found = reading.objects.read(oid) if oid else None
    return found[1] if found else b""


def _without_effect(reading: Reading, facts: Facts, proposals: Sequence[Proposal]) -> Facts:
    """The facts without what git ignores, what declares the contract, and what the base, the merge base or HEAD has just so."""
    from guard.reading.standing import is_ignored  # only where somebody is about to be refused, as below

    zero = "0" * len(facts.trusted.oid)
    texts = {one.path: one.text for one in proposals}
    hashed = [
        change._replace(new_oid=_object_id(text, len(zero))) if (text := texts.get(change.path)) is not None else change
        for change in facts.changes
        if change.old_mode != ABSENT or not (_declares(facts, change.path, texts) or is_ignored(reading.repository, change.path))
    ]
    committed = reading.objects.info(f"{facts.head}^{{tree}}")
    made = [change for change in hashed if not (committed and _has(reading.objects.look_up(committed.oid, change.path), change))]
    settled = reading.settled(facts._replace(changes=tuple(made)))
    return settled._replace(changes=tuple(change._replace(new_oid=zero) for change in settled.changes))


def _has(entry: Entry | None, change: Change) -> bool:
    """Whether there already is what a change makes."""
    if change.new_mode == ABSENT:
        return entry is None
    return entry is not None and (entry.mode.rjust(6, "0"), entry.oid) == (change.new_mode, change.new_oid)


def _declares(facts: Facts, path: str, texts: Mapping[str, bytes | None]) -> bool:
    """Whether a new file declares a contract for this branch, which has none: once it is there, it is the session's own."""
    folder, _, file = path.rpartition("/")
    text = texts.get(path)
    if facts.contract or folder != CONTRACTS or not file.endswith(".toml") or text is None:
        return False
    try:
        return claims(parse_contract(text, path, file.removesuffix(".toml")), facts.branch)
    except ContractError:
        return False


def _object_id(content: bytes, length: int) -> str:
    """The id that git would give to a blob (gitformat: `blob SP <size> NUL <content>`)."""
    import hashlib

    kind = hashlib.sha1 if length == 40 else hashlib.sha256
    return kind(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
