"""A range of many commits and paths: judged in bounded memory, and no list is cut."""

from __future__ import annotations

import sys

from tests.kit import GUARD, POLICY, UNMEASURED, Repo

COMMITS, PATHS = 300, 6_000
MEMORY = 100 << 20  # bytes, of guard or of the largest git that it starts
# Runs a program; writes the peak memory of the largest process to standard error (getrusage(2)).
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def build(repo: Repo) -> None:
    """A base, and a branch of many commits and paths, one stray, as a git-fast-import(1) stream."""
    stream = [
        "feature done\n",
        blob(1, POLICY),
        blob(2, "goal = 'x'\nowns = ['src/']\nbranches = ['big']\n"),
        blob(3, "x\n"),
    ]
    stream.append(
        commit(
            "main", 10, "", ["M 100644 :1 guard.toml\n", "M 100644 :2 .guard/contracts/big.toml\n"]
        )
    )
    each = PATHS // COMMITS
    for number in range(COMMITS):
        files = [f"M 100644 :3 src/{number}/{index}.py\n" for index in range(each)]
        stray = ["M 100644 :3 docs/stray.md\n"] if number == COMMITS // 2 else []
        stream.append(commit("big", 11 + number, f"from :{10 + number}\n", files + stray))
    stream.append(commit("main", 9_999_999, "from :10\n", ["M 100644 :3 other.md\n"]))
    repo.git("fast-import", "--quiet", "--done", stdin="".join([*stream, "done\n"]).encode())


def blob(mark: int, text: str) -> str:
    """One blob of the stream."""
    return f"blob\nmark :{mark}\ndata {len(text)}\n{text}"


def commit(branch: str, mark: int, parent: str, files: list[str]) -> str:
    """One commit of the stream."""
    committer = "committer Ada <a@example.com> 1767323045 +0000"
    head = f"commit refs/heads/{branch}\nmark :{mark}\n{committer}\ndata 1\nx"
    return head + parent + "".join(files)


def test_a_large_range_is_judged_in_bounded_memory(empty: Repo) -> None:
    """Hundreds of commits, thousands of paths: the stray one is found, and memory stays small."""
    build(empty)
    words = ["ci", "--base", "main", "--head", "big", "--format", "json"]
    ran = empty.run(sys.executable, "-c", MEASURED, *GUARD, *words, ok=(1,), env=UNMEASURED)
    assert (ran.codes, ran.report["checked"]["paths"]) == ({"docs/stray.md": ["OWN001"]}, PATHS + 1)
    assert int(ran.err.split()[-1]) * (1 if sys.platform == "darwin" else 1024) < MEMORY
