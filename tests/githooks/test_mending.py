"""What nobody can read on the base does not keep out its own correction, by whatever hook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import GUARD, POLICY, Ran, Repo

CONTRACT = 'goal = "x"\nowns = ["src/"]\n'


def staged(repo: Repo, hook: str = "pre-commit") -> Ran:
    """What the hook says of everything that lies in the working tree, staged."""
    repo.git("add", "-A")
    return repo.run(*GUARD, "hook", hook, ok=())


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"guard.toml": f"future = 3\n{POLICY}"}, "future: unknown key"),
        ({"guard.toml": 'base = "mian"\n'}, "names the base 'mian'"),
        ({"guard.toml": '[contracts]\nbranch = "away"\n'}, "names away as the branch of contracts"),
        ({".guard": "a file\n"}, ".guard on main is not a folder"),
        ({".guard/contracts": "a file\n"}, ".guard/contracts on main is not a folder"),
    ],
)
def test_a_correction_passes_and_nothing_else(
    empty: Repo, broken: dict[str, str | bytes], said: str
) -> None:
    """Guard's own files alone pass and say so; with another path there is no verdict: 2."""
    empty.write({"guard.toml": POLICY}).write(broken).commit({})
    for file in broken:
        (empty.path / file).unlink()
    empty.write({"guard.toml": POLICY, ".guard/contracts/a.toml": CONTRACT})
    ran = staged(empty)
    assert ran.code == 0
    assert said in ran.err
    assert ran.err.endswith("this commit changes nothing but guard's own files: it is not judged\n")
    empty.write({"a": "x\n"})
    assert staged(empty).code == 2


def test_no_path_hides_beside_a_correction(empty: Repo) -> None:
    """A submodule that `.gitmodules` hides from comparisons is a path, and so is an old name."""
    empty.write({".gitmodules": '[submodule "m"]\npath = m\nurl = ./m\nignore = all\n'})
    empty.policy(f"future = 3\n{POLICY}")
    empty.write({"guard.toml": POLICY})
    empty.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},m")
    empty.git("add", "guard.toml")
    assert empty.run(*GUARD, "hook", "pre-commit", ok=()).code == 2
    empty.git("rm", "-q", "--cached", "m")
    assert empty.run(*GUARD, "hook", "pre-commit").code == 0
    empty.git("mv", "-f", ".gitmodules", "guard.toml")
    assert empty.run(*GUARD, "hook", "pre-commit", ok=()).code == 2


def test_another_message_and_what_a_merge_brings_are_no_change(empty: Repo) -> None:
    """The correction can be amended, and the branch that has it can take what the base has."""
    empty.policy(f"future = 3\n{POLICY}").branch("mend")
    empty.commit({"guard.toml": POLICY}, "mended", "--no-verify")
    assert staged(empty).code == 0  # commit --amend -m
    empty.git("switch", "-q", "main")
    empty.commit({"a": "x\n"}, "more", "--no-verify")
    empty.git("switch", "-q", "mend")
    empty.git("merge", "-q", "--no-commit", "--no-ff", "main")
    assert staged(empty).code == 0
    empty.write({"a": "mine\n"})
    assert staged(empty).code == 2


def test_a_branch_may_move_to_the_correction(empty: Repo) -> None:
    """The hook that sees every move lets a branch begin and be corrected, and nothing else."""
    empty.policy(f"future = 3\n{POLICY}")
    hooks = ("--as", "files", "--hook", "reference-transaction")
    assert empty.guard("install", *hooks).code == 0
    empty.branch("mend").write({"guard.toml": POLICY, "a": "x\n"}).git("add", "-A")
    ran = empty.run("git", "commit", "-q", "-m", "both", ok=())
    assert ran.code != 0
    empty.git("rm", "-q", "--cached", "a")
    ran = empty.run("git", "commit", "-q", "-m", "mended")
    assert "not judged: refs/heads/mend: it brings nothing but guard's own files" in ran.err
    empty.git("switch", "-q", "main")
    empty.git("merge", "-q", "mend")
    assert Path(empty.path, "guard.toml").read_text() == POLICY
