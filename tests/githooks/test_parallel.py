"""Many sessions at once: every verdict right, nothing lost, nothing left behind."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from tests.kit import Ran, Repo


def test_fifty_commits_from_ten_worktrees(wired: Repo) -> None:
    """Ten sessions commit at once: good work passes, stray work does not, and nothing breaks."""
    for number in range(10):
        wired.commit({f".guard/contracts/s{number}.toml": f"goal = 'x'\nowns = ['/s{number}/']\n"})
    places = [wired.worktree(f"s{number}") for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        ran = [done for rows in pool.map(_session, places) for done in rows]
    for place, turn, (code, out, err) in ran:
        stray = turn in (1, 3)
        assert (code, out) == (int(stray), ""), (place, turn, err)
        assert (f"s{(place + 1) % 10}/{turn}: OWN001" in err) == stray
        assert err.startswith(f"guard: contract s{place} broken") or not stray
        assert stray or not err
    for number, session in enumerate(places):
        assert session.git("log", "--format=%s", "main..") == "4\n2\n0"
        assert session.git("diff", "--name-only", "main...").splitlines() == [
            f"s{number}/{turn}" for turn in (0, 2, 4)
        ]
        assert session.git("status", "--porcelain") == ""
    assert wired.git("fsck", "--no-dangling") == ""
    left = [
        name
        for _, _, names in os.walk(wired.path / ".git")
        for name in names
        if name.endswith(".lock") or name.startswith("tmp_")
    ]
    assert left == []


def _session(place: Repo) -> list[tuple[int, int, Ran]]:
    number = int(place.path.name.removeprefix("s"))
    ran = []
    for turn in range(5):
        whose = number + (turn in (1, 3))
        file = f"s{whose % 10}/{turn}"
        place.write({file: "x\n"}).git("add", file)
        ran.append((number, turn, place.run("git", "commit", "-q", "-m", str(turn), ok=())))
        if ran[-1][2].code:
            place.git("rm", "-q", "-f", "--cached", file)
            os.unlink(place.path / file)
    return ran
