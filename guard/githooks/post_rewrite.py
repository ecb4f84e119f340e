"""post-rewrite: reports on a rebase, whose commits no commit hook has seen. It stops nothing."""

from collections.abc import Sequence

from guard.git.plumbing import here
from guard.githooks.pushed import Judged
from guard.githooks.telling import only_tell, tell
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict_and_history


def main(words: Sequence[str]) -> int:
    """Judge the rebased branch and print what breaks its contract; give 0.

    pre-commit has judged an amended commit (githooks(5)).
    """
    return only_tell(_say) if words[1:2] == ["rebase"] else 0


def _say() -> None:
    report, history = verdict_and_history(here(), Ask("branch", closing=False))
    if report.verdict == "broken":
        tell([Judged("HEAD", report, history)])
