"""MRG: would the branch merge, and did its merge commits only merge?"""

from collections.abc import Iterator
from typing import NamedTuple

from guard.changes.conflict import CARRIED, Conflict
from guard.contracts.releases import Release
from guard.core.codes import Severity
from guard.core.names import counted
from guard.rules.advice import pathspec
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.grants import merge_grant, permitted, sharing

_WHY = {
    "content": "both sides changed the same lines",
    "add/add": "both sides added this file, with different content",
    "binary": "both sides changed this file, and git cannot merge within it",
    "type": "the two sides changed it to different kinds of file",
    "rename/rename": "the two sides moved this file to different places",
    "rename/delete": "one side moved this file, the other deleted it",
    "rename/add": "one side moved a file here, the other has another file here",
    "file/directory": "one side has a file here, the other a folder",
    "file location": "one side added it to a folder that the other moved",
    "directory rename split": "one side adds to this folder, the other split it into several",
    "submodule": "both sides moved this submodule",
}


class MergeEdit(NamedTuple):
    """A path where a merge commit differs from what merging its parents gives.

    `commit` is the merge's object id. `kind` is `dropped` (it kept one parent's version and lost
    the other side's change) or `added` (content in neither parent nor in the merge of both); where
    merging conflicts, `file` (it is one parent's file) or `side` (it has one side of a conflict),
    with the `lines` that the head lacks. `still`: the head still has the merge's version.
    """

    commit: str
    path: str
    kind: str
    still: bool
    lines: tuple[str, ...] = ()


def predicted_conflict(facts: Facts) -> Iterator[Violation]:
    """Would the branch merge cleanly with the base?

    git merges the branch into the base in a temporary repository. Every path where it would stop is
    reported with the kind of conflict: two edits of the same lines, two files of one name, an edit
    of what the other side deleted or moved. Merge attributes on the base count; a conflict that a
    merge driver of your own may solve is a warning, since drivers are not run. A path that is not
    the session's is reported as well if the base moved a file there that the branch changed. In CI
    a conflict is an error. With `guard check --branch` and before a push it is a warning: pushing
    keeps work safe, and nothing is merged yet.

    What to do: merge the base into the branch, or rebase, and resolve the conflict there. A branch
    that was built on a release branch is compared with that one if `bases` in guard.toml has it.
    """
    base, step = facts.trusted.ref, (facts.release or Release()).step(facts.trusted.ref)
    early = facts.arriving or facts.scope == "branch"
    for conflict in facts.conflicts:
        if conflict.kind == CARRIED and _may_land(facts, conflict.path):
            continue
        at_most = Severity.WARNING if conflict.driver or early else Severity.ERROR
        yield Violation(conflict.path, _foreseen(conflict, base), step, at_most=at_most)


def evil_merge(facts: Facts) -> Iterator[Violation]:
    """Did a merge commit drop or add what neither parent has?

    If the result of a merge differs from what git makes of the two sides, somebody edited it: a
    change of the base was silently dropped (`--ours`, a wrong resolution), or there is new content
    that no review of the branch's commits shows. Dropped work is an error everywhere. New content
    is an error outside the contract; in an owned path, or where no contract applies, it is a
    warning, since a merge sometimes has to be edited. What the branch has corrected since is a
    warning.

    What to do: look at the merge with `git show --remerge-diff COMMIT`, and bring back what it
    dropped in a commit of its own.
    """
    for edit in facts.merge_edits:
        if edit.lines:
            continue
        look = f"git show --remerge-diff {edit.commit} -- {pathspec(edit.path)}"
        yield Violation(edit.path, _what(edit), look, at_most=_at_most(facts, edit))


def side_dropped(facts: Facts) -> Iterator[Violation]:
    """Was a conflict resolved by taking one side, so that the other side's lines are gone?

    git leaves a conflict to the person who merges, and `git checkout --ours` (or `--theirs`) ends
    it with one side alone. It is a warning if the whole file is one side's, and lines of the other
    side that do not conflict with it are gone. It is a note if both sides only added lines in one
    place, and the result has only one side's. There it is often meant: two versions of one thing.
    Nothing is said if the head has one of the lines again.

    What to do: look at the merge with `git show --remerge-diff COMMIT`, and bring back what is
    missing in a commit of its own.
    """
    for edit in facts.merge_edits:
        if not edit.lines:
            continue
        whole = edit.kind == "file"
        kept = "one side's whole file" if whole else "one side of a conflict"
        message = (
            f"merge {edit.commit[:12]} kept {kept}, without {counted(len(edit.lines), 'line')} "
            f"of the other side, such as `{edit.lines[0][:60]}`"
        )
        look = f"git show --remerge-diff {edit.commit} -- {pathspec(edit.path)}"
        at_most = Severity.ERROR if whole else Severity.NOTE
        yield Violation(edit.path, message, look, at_most=at_most)


def _may_land(facts: Facts, path: str) -> bool:
    shared = any(not merge_grant(facts, group.name) for group, _ in sharing(facts, path))
    return not shared and (facts.contract is None or permitted(facts, path))


def _foreseen(conflict: Conflict, base: str) -> str:
    if conflict.kind == CARRIED:
        return (
            f"{base} moved a file here that the branch changed: "
            "merging would change this path, which is not the session's"
        )
    why = _WHY.get(conflict.kind, "git cannot merge it by itself")
    if conflict.kind == "modify/delete" and conflict.changed_by == 1:
        why = f"{base} changed this file, and the branch deleted it"
    elif conflict.kind == "modify/delete" and conflict.changed_by:
        why = f"the branch changed this file, and {base} deleted it"
    also = f" (see {', '.join(conflict.others)})" if conflict.others else ""
    driver = f"; the merge driver {conflict.driver} may solve it" if conflict.driver else ""
    return f"would not merge into {base}: {conflict.kind}: {why}{also}{driver}"


def _what(edit: MergeEdit) -> str:
    since = "" if edit.still else "; later commits changed it again"
    merge = f"merge {edit.commit[:12]}"
    if edit.kind == "dropped":
        return f"{merge} dropped what one side had changed here{since}"
    return f"{merge} has content here that neither parent has, nor the merge of both{since}"


def _at_most(facts: Facts, edit: MergeEdit) -> Severity:
    if not edit.still:
        return Severity.WARNING
    if edit.kind == "dropped" or (facts.contract and not permitted(facts, edit.path)):
        return Severity.ERROR
    return Severity.WARNING
