"""`guard hook post-rewrite`: after a rebase, whose commits no commit hook has seen (githooks(5)). It tells, and stops nothing."""

from __future__ import annotations

from collections.abc import Sequence

from guard.git.plumbing import here
from guard.githooks.pushed import Judged
from guard.githooks.telling import only_tell, tell
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_history


def main(words: Sequence[str]) -> int:
    """Judge the branch that was rebased and tell what breaks the contract; give 0. An amended commit has been judged before."""
    if words[1:2] != ["rebase"]:
        return 0
    return only_tell(_say)


def _say() -> None:
    report, history = verdict_and_history(here(), Ask("branch", closing=False))
    if report.verdict == "broken":
        tell([Judged("HEAD", report, history)])
