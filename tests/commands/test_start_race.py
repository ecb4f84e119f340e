"""`guard start` in several clones at once: one claims the paths, the others hear whose they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.kit import GUARD, POLICY, Ran, Repo

ON_BASE = POLICY + '[start]\ncontract = "base"\n'
APART = POLICY + '[contracts]\nbranch = "guard-contracts"\n'
CLONES = 6


@pytest.fixture(params=[ON_BASE, APART], ids=["base", "branch of contracts"])
def origin(request: pytest.FixtureRequest, tmp_path: Path) -> Repo:
    """A bare remote whose policy wants contracts to be claims."""
    bare = Repo.init(tmp_path / "origin.git", "--bare")
    first = clone(bare, tmp_path / "first")
    first.commit({"guard.toml": POLICY, "src/a.py": "1\n", "docs/a.md": "1\n"}, "start")
    first.git("push", "-q", "origin", "HEAD:main")
    if request.param == APART:
        assert first.guard("contract", "publish", "--to", "guard-contracts").code == 0
    first.commit({"guard.toml": request.param}, "policy")
    first.git("push", "-q", "origin", "HEAD:main")
    return bare


def clone(origin: Repo, path: Path) -> Repo:
    """Another clone."""
    path.mkdir()
    made = Repo(path)
    made.git("clone", "-q", str(origin.path), ".")
    return made


def contracts(origin: Repo) -> set[str]:
    """The names of the contracts where they count."""
    where = "guard-contracts" if "guard-contracts" in origin.git("branch") else "main"
    listed = origin.git("ls-tree", "-r", "--name-only", where, ".guard/contracts/").split()
    return {Path(path).stem for path in listed}


def race(clones: list[Repo], words: list[list[str]]) -> list[Ran]:
    """All start at the same time."""
    started = [
        subprocess.Popen(
            [*GUARD, "start", *each],
            cwd=one.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for one, each in zip(clones, words, strict=True)
    ]
    told = [one.communicate() for one in started]
    return [Ran(one.returncode, *said) for one, said in zip(started, told, strict=True)]


def test_one_holds_the_paths(origin: Repo, tmp_path: Path) -> None:
    """Of several that overlap one is started; nothing of the others is left, anywhere."""
    clones = [clone(origin, tmp_path / f"clone{number}") for number in range(CLONES)]
    words = [[f"s{number}", "--owns", "/src/"] for number in range(CLONES - 1)]
    rans = race(clones, [*words, ["apart", "--owns", "/docs/"]])
    assert sorted(ran.code for ran in rans[:-1]) == [0] + [1] * (CLONES - 2), rans
    assert rans[-1].code == 0
    winner = next(f"s{number}" for number, ran in enumerate(rans) if ran.code == 0)
    assert contracts(origin) == {winner, "apart"}
    for one, ran in zip(clones[:-1], rans[:-1], strict=True):
        if ran.code == 0:
            continue
        assert f"and {winner} owns /src/" in ran.out
        assert f"    {winner} was published by Ada, " in ran.out
        assert len(one.git("worktree", "list").splitlines()) == 1
        assert "worktree-s" not in one.git("branch", "--list")
        assert one.git("status", "--porcelain") == ""
    assert origin.git("fsck", "--strict", "--no-dangling") == ""


def test_a_remote_that_is_away(origin: Repo, tmp_path: Path) -> None:
    """It is said, and work goes on: the contract is on the branch, and claims nothing as yet.

    With a branch of contracts there is no other place for one, so nothing is started.
    """
    one = clone(origin, tmp_path / "one")
    apart = "guard-contracts" in origin.git("branch")
    origin.path.rename(tmp_path / "away.git")
    ran = one.guard("start", "docs", "--owns", "/docs/")
    if apart:
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("guard: origin could not be reached: ")
        assert "; docs was not started\n  hint: git ls-remote origin" in ran.err
        assert len(one.git("worktree", "list").splitlines()) == 1
        return
    assert ran.code == 0, ran
    assert "but origin could not be reached" in ran.out
    assert "the contract is on the branch alone" in ran.out
    (tmp_path / "away.git").rename(origin.path)
    assert (
        one.guard("contract", "publish", "docs", cwd=one.path / ".claude/worktrees/docs").code == 0
    )
    assert contracts(origin) == {"docs"}


@pytest.mark.parametrize("origin", [ON_BASE], indirect=True)
def test_a_slow_remote_is_waited_for(origin: Repo, tmp_path: Path) -> None:
    """Where starting is a claim, a remote may take longer to answer than elsewhere."""
    slow = clone(origin, tmp_path / "slow")
    slow.git("config", "remote.origin.uploadpack", "sleep 5; git-upload-pack")
    ran = slow.guard("start", "s", "--owns", "/src/")
    assert (ran.code, contracts(origin)) == (0, {"s"}), ran
