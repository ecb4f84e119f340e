"""What a proposed write makes of a file, and whether that harms nobody after all."""

from __future__ import annotations

import os

from guard.changes.change import ABSENT
from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS
from guard.contracts.parse import parse_contract
from guard.core.errors import ContractError
from guard.core.files import read_head
from guard.git.compare import unmerged_paths
from guard.git.objects import object_id
from guard.git.repository import ignored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.proposal import Proposal
    from guard.changes.change import Change
    from guard.changes.starts_guard_edit import SettingsEdit
    from guard.git.objects import Entry
    from guard.rules.facts import Facts
    from guard.verdict.doubt import Doubt
    from guard.verdict.reading import Gathered

_LARGEST = 1 << 22  # bytes of a file that is read to see what an edit makes of it


def settings_edits(
    gathered: Gathered, facts: Facts, starting: Sequence[Proposal]
) -> Iterator[SettingsEdit]:
    """Yield both versions of files that may start guard."""
    from guard.changes.starts_guard_edit import SettingsEdit  # few writes are of settings

    on_base = {change.path: change.old_oid for change in facts.changes if change.old_mode != ABSENT}
    for one in starting:
        oid = on_base.get(one.path)
        found = gathered.sources.objects.read(oid) if oid else None
        before = found[1] if found else b""
        before = before or read_head(os.path.join(facts.worktree, one.path), _LARGEST)
        after = text_after(one)
        if one.write.deletes or after is not None:
            yield SettingsEdit(one.path, before, after)
        elif one.write.edits:  # they do not fit the file: only their own texts are known
            old = "\n".join(edit.old for edit in one.write.edits)
            new = "\n".join(edit.new for edit in one.write.edits)
            yield SettingsEdit(one.path, _encoded(old), _encoded(new))


def without_effect(doubt: Doubt, facts: Facts, proposals: Sequence[Proposal]) -> Facts:
    """The facts without the changes that harm nobody.

    These are files that git ignores, a file that declares the contract, and content of the base,
    the merge base or HEAD. On a branch without a contract, so are the paths of a merge (a rebase, a
    cherry-pick) in which git stopped: somebody has to resolve them.
    """
    repository, objects = doubt.sources.repository, doubt.sources.objects
    zero, object_format = repository.zero, repository.object_format
    texts = {one.path: text_after(one) for one in proposals}
    stopped = set() if facts.contract else unmerged_paths(repository.git)
    left = [
        change
        for change in facts.changes
        if change.path not in stopped
        and (change.old_mode != ABSENT or not _declares(facts, change.path, texts.get(change.path)))
    ]
    untracked = ignored(repository, [one.path for one in left if one.old_mode == ABSENT])
    tracked = [change for change in left if change.path not in untracked]
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


def text_after(one: Proposal) -> bytes | None:
    """Give the file's content after the write; None for none, and if it cannot be told."""
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
