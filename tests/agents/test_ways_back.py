"""What destroys the only way back to another session's lost work is refused, as real git shows.

Another session has a stash entry, a commit that a reset took away, and two dropped entries.
"""

from __future__ import annotations

import pytest

from tests.agents.asking import shell
from tests.kit import Repo

COMMANDS = [
    "git gc --quiet",
    "git gc --quiet --prune=2.weeks.ago",
    "git gc --quiet --prune=now",
    "git gc --quiet --prune=all",
    "git -c gc.pruneExpire=now gc --quiet",
    "git -c gc.reflogExpire=now -c gc.reflogExpireUnreachable=now reflog expire --all",
    "git -c gc.pruneExpire=never gc --quiet",
    "git prune",
    "git prune -n",
    "git prune --expire now",
    "git prune --expire=1.month.ago",
    "git repack -q -a -d",
    "git repack -q -ad",
    "git repack -q -A -d",
    "git repack -q -A -d --unpack-unreachable=now",
    "git repack -q -adk",
    "git repack -q -d",
    "git maintenance run --quiet --task=gc",
    "git reflog expire --all",
    "git reflog expire --expire=now --all",
    "git reflog expire --expire-unreachable=now --all",
    "git reflog expire --expire=never --all",
    "git reflog expire --dry-run --expire=now --all",
    "git reflog expire --expire=now other",
    "git reflog expire --expire=now refs/stash",
    "git reflog expire --expire=now feature",
    "git reflog delete other@{1}",
    "git reflog delete feature@{0}",
    "git reflog delete --updateref --rewrite stash@{0}",
    "git reflog delete --updateref --rewrite stash@{1}",
    "git reflog exists refs/stash",
    "git update-ref -d refs/stash",
    "git stash store -m x HEAD",
    "git stash drop -q stash@{1}",
    "git checkout -q stash@{0} -- .",
    "git restore --source=stash@{0} -- .",
    "git show stash@{0}:other/o.py > src/o.py",
    "git worktree prune",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_way_back_to_anothers_work(
    session: Repo, main: Repo, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused if git would destroy it, and else let through."""
    monkeypatch.delenv("GIT_COMMITTER_DATE", raising=False)  # git's logs forget what is old
    other = main.worktree("other")
    session.write({"src/types.py": "mine\n"}).git("stash", "push", "-q")
    other.write({"other/o.py": "dropped\n"}).git("stash", "push", "-q")
    other.commit({"other/o.py": "reset\n"})
    lost = [other.git("rev-parse", "stash"), commit := other.head()]
    other.git("reset", "-q", "--hard", "HEAD~1")
    main.git("gc", "--quiet")  # so that what is lost lies in a pack
    other.git("stash", "drop", "-q")
    other.write({"other/o.py": "dropped, too\n"}).git("stash", "push", "-q")
    lost.append(other.git("rev-parse", "stash"))  # in no pack
    other.git("stash", "drop", "-q")
    other.write({"other/o.py": "theirs\n"}).git("stash", "push", "-q")
    stash = other.git("rev-parse", "stash")
    verb = shell(session, command).verb
    session.run("sh", "-c", command)
    logs = [
        other.git("log", "-g", "--format=%H", name, "--", ok=(0, 128))
        for name in ("stash", "other")
    ]
    there = [other.run("git", "cat-file", "-e", one, ok=(0, 1, 128)).code == 0 for one in lost]
    kept = all(there) and stash in logs[0] and commit in logs[1]
    assert verb == ("allow" if kept else "deny")
