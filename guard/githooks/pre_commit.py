"""pre-commit and pre-merge-commit: the commit about to be made, in the index that git names.

This runs on every commit: no more is imported than the answer needs.
"""

from __future__ import annotations

import os
import sys

from guard.core.errors import ContractError, GitError, NotAdopted, text_of
from guard.git.plumbing import here
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.git.repository import Repository
    from guard.rules.between import Beside
    from guard.rules.facts import Facts
    from guard.rules.report import Report
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
    from guard.verdict.verdict import verdict_and_facts

    ask = Ask("staged", merging=words[0] == "pre-merge-commit", beside=in_commit)
    try:
        report, facts = verdict_and_facts(git, ask, opening=opening)
    except NotAdopted as error:
        print(f"guard: {error.reason}; this commit is not judged", file=sys.stderr)
        return 0
    except (ContractError, GitError) as error:
        from guard.githooks.correcting import UNREADABLE, is_correction  # seldom is one needed

        if not isinstance(error, UNREADABLE) or not is_correction(git, merging=ask.merging):
            raise
        what = "this commit changes nothing but guard's own files: it is not judged"
        print(f"{text_of(error)}  {what}", file=sys.stderr)
        return 0
    if facts.changes and opening.repository().has_linked_worktrees:
        report = _with_siblings(report, facts, opening.repository())
    if report.findings or report.carried:
        from guard.reports.for_others import for_others
        from guard.reports.text import render

        print(render(for_others(report)), end="", file=sys.stderr)
    return report.exit_code


def _with_siblings(report: Report, facts: Facts, repository: Repository) -> Report:
    """Note what is staged, and ask about siblings that have uncommitted changes in the same."""
    from guard.git.live_notes import exchange  # many repositories have one worktree

    found = exchange(repository, [change.path for change in facts.changes])
    if not found:
        return report
    from guard.rules import RULES
    from guard.rules.judge import judge
    from guard.sessions.between.live import look_at_siblings  # most files are one session's

    live = look_at_siblings(repository, facts, found)
    return judge(facts._replace(live=live), RULES) if live else report


def in_commit(sources: Sources, facts: Facts) -> Beside | None:
    """Look for stray work where something is found already, and on the base; else give None."""
    from guard.rules.survey import survey

    if not facts.contracts or not (facts.on_base or survey(facts).unowned):
        return None
    from guard.rules.grants import astray  # most commits are of what the session owns

    if not astray(facts):
        return None
    from guard.sessions.between.strays import in_the_commit  # most commits are where they belong

    return in_the_commit(sources, facts)
