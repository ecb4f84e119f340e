"""Judges all worktrees of a repository, side by side."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from guard.core.disk import no_room
from guard.core.errors import GitError, GuardError
from guard.core.names import shell_quote
from guard.git.disks import ANSWERS, Disks
from guard.git.plumbing import at, here
from guard.git.repository import open_repository
from guard.git.worktrees import Worktree, places_unseen
from guard.rules.report import Report
from guard.verdict.reading import Ask
from guard.verdict.verdict import failed, verdict

_ORDER = ("broken", "error", "kept")
_PER_CORE = 2  # threads: half of the time is spent waiting for git


def judge_all(ask: Ask) -> tuple[Sequence[Report], Sequence[BaseException]]:
    """Judge all worktrees that have files. Raises GitError if there is none.

    Gives the reports, the worst first, and the bugs that kept a worktree from being judged.
    """
    repository = open_repository(here())
    here_top = os.path.realpath(repository.top) if repository.top else ""
    found, disks = places_unseen(repository), Disks(repository.common_dir)
    if not found:
        raise GitError(
            "this repository has no worktree",
            hint="git worktree add ../NAME BRANCH, or: guard check --base main --head BRANCH",
        )

    def judged(number: int) -> Report:
        if disks.answers(found[number].path):
            return _report(ask, found[number], here_top)
        why = f"this worktree did not answer for {ANSWERS:g} seconds"
        error = GitError(why, hint="git worktree list   # is the disk of this one there?")
        return _failed(ask, found[number], error)

    pool = ThreadPoolExecutor(_PER_CORE * (os.cpu_count() or 1))
    try:
        jobs = [pool.submit(judged, number) for number in range(len(found))]
        wait(jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    reports, bugs = [], []
    for worktree, job in zip(found, jobs, strict=True):
        bug = job.exception()
        full = no_room(bug) if bug else None
        if full:
            reports.append(_failed(ask, worktree, full))
        elif bug:
            bugs.append(bug)
            hint = "the report below the verdicts says more"
            error = GuardError(f"a bug in guard: {type(bug).__name__}", hint=hint)
            reports.append(_failed(ask, worktree, error))
        else:
            reports.append(job.result())
    return sorted(reports, key=lambda report: _ORDER.index(report.verdict)), bugs


def _report(ask: Ask, worktree: Worktree, here_top: str) -> Report:
    """An error becomes a report, so that it does not hide the others."""
    try:
        if not os.path.isdir(worktree.path):
            hint = f"{worktree.forget}   # if it is gone for good"
            raise GitError("the folder of this worktree is not there", hint=hint)
        report = verdict(at(worktree.path), ask)
        # without its `.git`, git finds another worktree above it
        if os.path.realpath(report.worktree) != os.path.realpath(worktree.path):
            raise GitError(
                f"this folder is no longer a worktree: git finds {report.worktree} from here",
                hint="git worktree repair",
            )
    except GuardError as error:
        return _failed(ask, worktree, error)
    way = "" if worktree.real == here_top else f"cd {shell_quote(worktree.path)}"
    return report._replace(worktree=worktree.path).seen_from(way)


def _failed(ask: Ask, worktree: Worktree, error: GuardError) -> Report:
    return failed(ask._replace(branch=worktree.branch), error, worktree.path)
