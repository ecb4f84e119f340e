"""pre-commit and pre-merge-commit: the commit about to be made, in the index that git names.

This runs on every commit: no more is imported than the answer needs.
"""

from __future__ import annotations

import os
import sys

from guard.core.errors import NotAdopted
from guard.git.plumbing import here
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.rules.between import Beside
    from guard.rules.facts import Facts
    from guard.verdict.opening import Sources


def main(words: Sequence[str]) -> int:
    """Judge the index, print findings to standard error, where git shows them; give the status."""
    if "PRE_COMMIT_TO_REF" in os.environ and "GIT_INDEX_FILE" not in os.environ:
        # `pre-commit run --from-ref A --to-ref B`: no commit is about to be made
        from guard.githooks.by_pre_commit import of_range

        return of_range(os.environ["PRE_COMMIT_TO_REF"])
    if "PRE_COMMIT" in os.environ and "GIT_INDEX_FILE" not in os.environ:
        # `pre-commit run --all-files`: in CI nobody is about to commit, and the index says nothing
        from guard.githooks.in_ci import in_ci, judge_in_ci

        if in_ci(os.environ):
            return judge_in_ci(os.environ)
    git = here()
    opening = Opening(git, staged=True)
    opening.load()
    from guard.verdict.reading import Ask
    from guard.verdict.verdict import verdict

    try:
        merging = words[0] == "pre-merge-commit"
        report = verdict(git, Ask("staged", merging=merging, beside=in_commit), opening)
    except NotAdopted as error:
        print(f"guard: {error.reason}; this commit is not judged", file=sys.stderr)
        return 0
    if report.findings or report.carried:
        from guard.reports.for_others import for_others
        from guard.reports.text import render

        print(render(for_others(report)), end="", file=sys.stderr)
    return report.exit_code


def in_commit(sources: Sources, facts: Facts) -> Beside | None:
    """Look for stray work where something is found already, and on the base; else give None."""
    from guard.rules.grants import astray

    if not facts.contracts or not astray(facts):
        return None
    from guard.sessions.strays import in_the_commit  # most commits are where they belong

    return in_the_commit(sources, facts)
