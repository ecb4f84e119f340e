"""The limits within which a session's patches are looked for on the base."""

from __future__ import annotations

import sys

import pytest

from guard.git.plumbing import at
from guard.rules.between import Asked
from guard.sessions.between.comparing import compare_all
from guard.sessions.patience import untold
from tests.kit import Repo, team

WHERE = "guard.sessions.between.patches."
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="sizes are limited on Linux alone")


def squashed(repo: Repo, texts: dict[str, list[str]]) -> None:
    """Sessions that wrote texts into a file, one after another; the base took each as a whole.

    It went on with the same files, so that only patches tell.
    """
    team(repo)
    for name, versions in texts.items():
        repo.git("switch", "-q", "-c", name, "main")
        for text in versions:
            repo.commit({f"{name}/a.py": text})
    repo.git("switch", "-q", "main")
    for name, versions in texts.items():
        repo.commit({f"{name}/a.py": versions[-1]}, "squashed")
        repo.commit({f"{name}/a.py": "later\n"})


def states(repo: Repo) -> dict[str, str]:
    """The state of each session, by its contract. Ask once: guard remembers what it compared."""
    picture = compare_all(at(str(repo.path)), Asked(committed=True), untold)
    return {party.contract: party.state for party in picture.parties if party.contract}


@on_linux
@pytest.mark.parametrize(("most", "web"), [(1 << 26, "integrated"), (1 << 20, "blocked")])
def test_the_text_of_patches(
    empty: Repo, monkeypatch: pytest.MonkeyPatch, most: int, web: str
) -> None:
    """A session whose patch has more text than guard compares is not done, and hides no other."""
    squashed(empty, {"web": ["theirs\n" * 300_000], "api": ["theirs\n"]})
    monkeypatch.setattr(f"{WHERE}_MOST_SHOWN", most)
    assert states(empty) == {"web": web, "api": "integrated"}


@pytest.mark.parametrize(("most", "state"), [(2, "integrated"), (1, "blocked")])
def test_the_commits_of_a_branch(
    empty: Repo, monkeypatch: pytest.MonkeyPatch, most: int, state: str
) -> None:
    """A branch of more commits than guard compares is not looked for."""
    squashed(empty, {"web": ["one\n", "two\n"], "api": ["theirs\n"]})
    monkeypatch.setattr(f"{WHERE}_LONGEST", most)
    assert states(empty) == {"web": state, "api": "integrated"}


@pytest.mark.parametrize(("most", "web"), [(4, "integrated"), (3, "blocked")])
def test_the_commits_of_the_base(
    empty: Repo, monkeypatch: pytest.MonkeyPatch, most: int, web: str
) -> None:
    """The latest commits of the base count, so many of them."""
    squashed(empty, {"web": ["theirs\n"], "api": ["theirs\n"]})
    monkeypatch.setattr(f"{WHERE}_MOST", most)
    assert states(empty) == {"web": web, "api": "integrated"}


@on_linux
@pytest.mark.parametrize(("refused", "state"), [(9, "integrated"), (1, "blocked")])
def test_a_commit_of_the_base_that_is_too_much(
    empty: Repo, monkeypatch: pytest.MonkeyPatch, refused: int, state: str
) -> None:
    """It is left out alone; where there are too many of them, no more are looked at."""
    squashed(empty, {"web": ["theirs\n"], "api": ["theirs\n"]})
    blob = empty.git("rev-parse", "main:guard.toml")
    many = "".join(f"100644 blob {blob}\tx{number:06}\n" for number in range(12_000))
    tree = empty.git("mktree", stdin=many.encode())
    root = empty.git("ls-tree", "main") + f"\n040000 tree {tree}\tmany\n"
    root = empty.git("mktree", stdin=root.encode())
    commit = empty.git("commit-tree", "-p", "main", "-m", "many", root)
    empty.git("update-ref", "refs/heads/main", commit)
    monkeypatch.setattr(f"{WHERE}MOST_BYTES", 1 << 20)
    monkeypatch.setattr(f"{WHERE}_REFUSED", refused)
    assert states(empty) == {"web": state, "api": state}
