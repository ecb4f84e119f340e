"""What a write would leave behind: the file's text afterwards, and whether that is there already."""

from __future__ import annotations

import os

from guard.changes.change import ABSENT
from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError
from guard.core.files import read_head
from guard.git.objects import object_id
from guard.git.repository import is_ignored
from guard.rules.facts import SettingsEdit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guard.agents.proposal import Proposal
    from guard.changes.change import Change
    from guard.git.objects import Entry
    from guard.rules.facts import Facts
    from guard.verdict.reading import Doubt, Gathered

_LARGEST = 1 << 22  # bytes of a file that is looked into to tell what an edit makes of it


def settings_edits(
    gathered: Gathered, facts: Facts, starting: Sequence[Proposal]
) -> Iterator[SettingsEdit]:
    """Yield both versions of the files that may start guard: as the base has them (or the disk, if the base has not), and afterwards."""
    on_base = {change.path: change.old_oid for change in facts.changes if change.old_mode != ABSENT}
    for one in starting:
        before = _blob(gathered, on_base.get(one.path, "")) or read_head(
            os.path.join(facts.worktree, one.path), _LARGEST
        )
        after = _text(one)
        if one.write.deletes or after is not None:
            yield SettingsEdit(one.path, before, after)
        elif (
            one.write.edits
        ):  # one of them does not fit the file: its own texts are what can be told
            yield SettingsEdit(
                one.path,
                _encoded("\n".join(edit.old for edit in one.write.edits)),
                _encoded("\n".join(edit.new for edit in one.write.edits)),
            )


def without_effect(doubt: Doubt, facts: Facts, proposals: Sequence[Proposal]) -> Facts:
    """Give the facts without what git ignores, what declares the contract, and what the base, the merge base or HEAD has just so."""
    repository, objects = doubt.sources.repository, doubt.sources.objects
    zero, object_format = repository.zero, repository.object_format
    texts = {one.path: _text(one) for one in proposals}
    hashed = [
        change._replace(new_oid=object_id("blob", text, object_format))
        if (text := texts.get(change.path)) is not None
        else change
        for change in facts.changes
        if change.old_mode != ABSENT
        or not (_declares(facts, change.path, texts) or is_ignored(repository, change.path))
    ]
    committed = objects.info(f"{facts.head}^{{tree}}")
    made = [
        change
        for change in hashed
        if not (committed and _has(objects.look_up(committed.oid, change.path), change))
    ]
    settled = doubt.settled(facts._replace(changes=tuple(made)))
    return settled._replace(
        changes=tuple(change._replace(new_oid=zero) for change in settled.changes)
    )


def _has(entry: Entry | None, change: Change) -> bool:
    """Whether there already is what a change makes."""
    if change.new_mode == ABSENT:
        return entry is None
    return entry is not None and entry.state == (change.new_mode, change.new_oid)


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


def _blob(gathered: Gathered, oid: str) -> bytes:
    found = gathered.sources.objects.read(oid) if oid else None
    return found[1] if found else b""


def _text(one: Proposal) -> bytes | None:
    """What the file holds afterwards; None where that is not known, or where nothing is left of it."""
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
        text = text.replace(old, new) if every else text.replace(old, new, 1)
    return text.encode("utf-8", "surrogateescape") if len(raw) < _LARGEST else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
