"""The commits of a branch one by one: which of them a finding comes from, and what was done on the way and taken back.

The branch as a whole is what is judged, for that is what will be merged. But a commit that `--no-verify`, a rebase or a cherry-pick led
past the commit hooks is told of by name, so that somebody can find it and amend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from guard.changes.change import ABSENT
from guard.git.commits import Step, parse_steps
from guard.rules import RULES
from guard.rules.facts import Facts
from guard.rules.findings import Finding, Report
from guard.rules.judge import judge
from guard.verdict.effect import entries_at
from guard.verdict.reading import Reading

MOST = 1_000  # commits that are looked at one by one


class Culprit(NamedTuple):
    """A commit, the first line of its message, and the findings at the paths that it changed."""

    commit: str
    subject: str
    findings: tuple[Finding, ...]


class History(NamedTuple):
    """What single commits did.

    `brought` are those that the report's findings come from; `detours` those that broke the contract with what a later commit took back,
    so that the branch as a whole does not show it. `too_long` tells that there are too many commits to be looked at.
    """

    brought: tuple[Culprit, ...] = ()
    detours: tuple[Culprit, ...] = ()
    too_long: bool = False


def told(reading: Reading, facts: Facts, report: Report) -> History:
    """Look at the commits between the merge base and the head. Raises GitError where git cannot tell what they changed."""
    commits = _commits(reading, facts)
    if len(commits) > MOST:
        return History(too_long=True)
    blamed = [finding for finding in report.findings if finding.breaks and finding.path]
    if facts.on_base or not commits or (len(commits) == 1 and not blamed):
        return History()
    steps = _steps(reading, commits)
    return History(_culprits(reading, steps, blamed), _detours(reading, facts, steps))


def _commits(reading: Reading, facts: Facts) -> list[str]:
    """The branch's own commits, the oldest first. What a merge brought in is not its author's, so merges are left out."""
    hidden = [f"^{oid}" for oid in (*reading.bases, facts.trusted.oid, reading.landing) if oid]
    found = reading.repository.git.run(
        "rev-list", "--no-merges", "--topo-order", f"--max-count={MOST + 1}", facts.head, *hidden
    )
    return found.out.decode().split()[::-1]


def _steps(reading: Reading, commits: Sequence[str]) -> list[Step]:
    options = (
        "-r",
        "--root",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
        "--ignore-submodules=none",
    )
    answer = reading.repository.git.run(
        "diff-tree", "--stdin", *options, stdin="".join(f"{oid}\n" for oid in commits).encode()
    )
    return list(parse_steps(answer.out))


def _detours(reading: Reading, facts: Facts, steps: Sequence[Step]) -> tuple[Culprit, ...]:
    """Judge what the commits changed and the branch as a whole does not."""
    now = {change.path for change in facts.changes}
    passing = [step for step in steps if step.change.path not in now]
    if not passing:
        return ()
    straying = _straying(reading, facts, passing)
    first = {step.change.path: step.change for step in reversed(straying)}
    gone = facts._replace(
        changes=tuple(first.values()), settings=(), merge_edits=(), generated={}, entries={}
    )
    return _culprits(reading, straying, _errors(gone) if first else [])


def _straying(reading: Reading, facts: Facts, steps: Sequence[Step]) -> list[Step]:
    """The steps after which a path is neither as it was before the branch nor as the base has it, which may have got the same commit."""
    before: dict[str, tuple[str, str]] = {}
    for step in steps:
        before.setdefault(step.change.path, (step.change.old_mode, step.change.old_oid))
    there = entries_at(reading.repository.git, facts.trusted.oid, list(before))
    absent = (ABSENT, reading.repository.zero)
    return [
        step
        for step in steps
        if (step.change.new_mode, step.change.new_oid)
        not in (before[step.change.path], there.get(step.change.path, absent))
    ]


def _errors(facts: Facts) -> list[Finding]:
    """What breaks the contract at a path. Other rules ask about the branch as it will be merged."""
    report = judge(facts, [rule for rule in RULES if rule.of_one_commit])
    return [finding for finding in report.findings if finding.breaks]


def _culprits(
    reading: Reading, steps: Sequence[Step], findings: Sequence[Finding]
) -> tuple[Culprit, ...]:
    """The commits that changed the paths of `findings`, in the order of `steps`."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    by_commit: dict[str, list[Finding]] = {}
    for step in steps:
        if step.change.path in by_path:
            by_commit.setdefault(step.commit, []).extend(by_path[step.change.path])
    return tuple(
        Culprit(commit, _subject(reading, commit), tuple(found))
        for commit, found in by_commit.items()
    )


def _subject(reading: Reading, commit: str) -> str:
    """The first line of the message; a commit says its encoding, which nearly always is UTF-8 (git-commit(1), "DISCUSSION")."""
    read = reading.objects.read(commit)
    message = read[1].partition(b"\n\n")[2] if read else b""
    return message.strip().partition(b"\n")[0].decode("utf-8", "replace")
