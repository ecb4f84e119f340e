"""The commits of a branch one by one: where a finding comes from, and what was taken back later.

The branch is judged as a whole, as it will be merged. A commit that passed the hooks by
`--no-verify`, a rebase or a cherry-pick is named here, so that somebody can amend it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT
from guard.git.compare import raw_changes
from guard.git.compare_many import CommitChange, diff_parents, parse_commit_changes
from guard.git.plumbing import TooMuch
from guard.rules import RULES
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.judge import judge
from guard.rules.report import Report
from guard.verdict.effect import entries_at
from guard.verdict.opening import Sources
from guard.verdict.reading import Gathered

_MOST = 1_000  # commits that are looked at one by one


class Culprit(NamedTuple):
    """A commit, the first line of its message, and the findings at the paths that it changed."""

    commit: str
    subject: str
    findings: tuple[Finding, ...]


class History(NamedTuple):
    """What single commits did, unless they or their changes are too many to look at (`too_long`).

    The report's findings come from `brought`. What `detours` broke, a later commit took back.
    """

    brought: tuple[Culprit, ...] = ()
    detours: tuple[Culprit, ...] = ()
    too_long: bool = False


def history(gathered: Gathered, report: Report) -> History:
    """Look at the commits between the merge base and the head.

    `gathered` is from before the second look. Raises GitError where git cannot compare.
    """
    sources, facts = gathered.sources, gathered.facts
    commits = _commits(sources, facts)
    if len(commits) > _MOST:
        return History(too_long=True)
    blamed = [finding for finding in report.findings if finding.breaks and finding.path]
    if facts.on_base or not commits or (len(commits) == 1 and not blamed):
        return History()
    try:
        steps = _steps(sources, commits)
    except TooMuch:
        return History(too_long=True)
    return History(_culprits(sources, steps, blamed), _detours(sources, facts, steps))


def _commits(sources: Sources, facts: Facts) -> list[str]:
    """The branch's own commits, oldest first; no merges, whose changes are not their author's."""
    hidden = [f"^{oid}" for oid in (*sources.bases, facts.trusted.oid) if oid]
    options = ("--no-merges", "--topo-order", f"--max-count={_MOST + 1}")
    found = sources.repository.git.run("rev-list", *options, facts.head, *hidden)
    return found.out.decode().split()[::-1]


def _steps(sources: Sources, commits: Sequence[str]) -> list[CommitChange]:
    return list(parse_commit_changes(raw_changes(diff_parents(sources.repository.git, commits))))


def _detours(sources: Sources, facts: Facts, steps: Sequence[CommitChange]) -> tuple[Culprit, ...]:
    now = {change.path for change in facts.changes}
    passing = [step for step in steps if step.change.path not in now]
    straying = _straying(sources, facts, passing) if passing else []
    if not straying:
        return ()
    first = {step.change.path: step.change for step in reversed(straying)}
    gone = facts._replace(
        changes=tuple(first.values()), settings=(), merge_edits=(), generated={}, entries={}
    )
    # Other rules ask about the branch as it will be merged.
    report = judge(gone, [rule for rule in RULES if rule.of_one_commit])
    return _culprits(sources, straying, [one for one in report.findings if one.breaks])


def _straying(sources: Sources, facts: Facts, steps: Sequence[CommitChange]) -> list[CommitChange]:
    """The steps after which a path is neither as before the branch nor as on the base."""
    before: dict[str, tuple[str, str]] = {}
    for step in steps:
        before.setdefault(step.change.path, step.change.old)
    there = entries_at(sources.repository.git, facts.trusted.oid, list(before))
    absent = (ABSENT, sources.repository.zero)
    return [
        step
        for step in steps
        if step.change.new not in (before[step.change.path], there.get(step.change.path, absent))
    ]


def _culprits(
    sources: Sources, steps: Sequence[CommitChange], findings: Sequence[Finding]
) -> tuple[Culprit, ...]:
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    by_commit: dict[str, list[Finding]] = {}
    for step in steps:
        if step.change.path in by_path:
            by_commit.setdefault(step.commit, []).extend(by_path[step.change.path])
    return tuple(
        Culprit(commit, _subject(sources, commit), tuple(found))
        for commit, found in by_commit.items()
    )


def _subject(sources: Sources, commit: str) -> str:
    """The first line of the message, which is nearly always UTF-8 (git-commit(1), "DISCUSSION")."""
    read = sources.objects.read(commit)
    message = read[1].partition(b"\n\n")[2] if read else b""
    return message.strip().partition(b"\n")[0].decode("utf-8", "replace")
