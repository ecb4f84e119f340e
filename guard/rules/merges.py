"""MRG: do merges do what merges do?"""

from __future__ import annotations

from guard.findings import Severity, Violation
from guard.rules.advice import pathspec
from guard.rules.grants import permitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.facts import Facts, MergeEdit


def evil_merge(facts: Facts) -> Iterator[Violation]:
    """Did a merge commit drop or add what neither parent has?

    A merge brings two histories together. When its result differs from what git makes of the two, somebody edited it: a change of the
    base silently dropped (`--ours`, a wrong resolution), or new content that no review of the branch's commits shows. Dropped work is an
    error wherever it happens. New content is an error outside the contract; in an owned path, or where no contract applies, it is a
    warning, for a merge sometimes needs a hand. What the branch has mended since is a warning.

    What to do: look at what the merge did with `git show --remerge-diff COMMIT`, and bring back what it dropped in
    a commit of its own.
    """
    for edit in facts.merge_edits:
        look = f"git show --remerge-diff {edit.commit} -- {pathspec(edit.path)}"
        yield Violation(edit.path, _what(edit), look, at_most=_at_most(facts, edit))


def _what(edit: MergeEdit) -> str:
    since = "" if edit.still else "; later commits changed it again"
    if edit.kind == "dropped":
        return f"merge {edit.commit[:12]} dropped what one side had changed here{since}"
    return f"merge {edit.commit[:12]} has content here that neither parent has, nor the merge of both{since}"


def _at_most(facts: Facts, edit: MergeEdit) -> Severity:
    if not edit.still:
        return Severity.WARNING
    if edit.kind == "dropped" or (facts.contract and not permitted(facts, edit.path)):
        return Severity.ERROR
    return Severity.WARNING
