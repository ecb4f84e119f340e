"""A session's age: what counts as the last thing that happened in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.sessions.age import is_stale, last_activity
from tests.kit import Repo

DAY = 24 * 60 * 60
NOW = 1_767_323_045  # what every test's GIT_COMMITTER_DATE says


@pytest.mark.parametrize(
    ("active", "days", "stale"),
    [
        (100 * DAY - 14 * DAY, 14, False),
        (100 * DAY - 14 * DAY - 1, 14, True),
        (100 * DAY - 14 * DAY - 1, 15, False),
        (200 * DAY, 1, False),  # a clock that is ahead
        (0, 1, False),  # unknown
    ],
)
def test_stale_is_more_than_the_days_ago(active: int, days: int, *, stale: bool) -> None:
    """A session is stale once its last activity is more than so many days ago."""
    assert is_stale(active, days, 100 * DAY) == stale


def test_the_logs_know_of_a_beginning_that_no_commit_shows(repo: Repo, tmp_path: Path) -> None:
    """A new branch at an old commit is as young as its log, or that of its worktree."""
    repo.git("branch", "quiet")
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "--detach", str(linked))
    repository = open_repository(at(str(repo.path)))
    log = Path(repository.common_dir, "logs/refs/heads/quiet")
    line = log.read_text(encoding="utf-8")
    words = line.partition("\t")[0].split(" ")
    log.write_text(line.replace(f" {words[-2]} ", " 5000 "), encoding="utf-8")
    assert last_activity(repository, "quiet", "", 70) == 5000
    assert last_activity(repository, "quiet", "", 6000) == 6000
    assert last_activity(repository, "", str(linked), 70) == NOW
    assert last_activity(repository, "quiet", str(tmp_path / "gone"), 70) == 5000
    log.write_bytes(b"\xff no log\n")
    assert last_activity(repository, "quiet", "", 70) == 70
