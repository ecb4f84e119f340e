"""A commit in the wrong checkout is told at once, with the way home."""

from __future__ import annotations

import pytest

from tests.kit import POLICY, Repo, team

STRICT = POLICY + '[rules]\nstray-work = "error"\n'


@pytest.fixture(name="main")
def base_with_hooks(repo: Repo) -> Repo:
    """The base's checkout, with guard's hooks."""
    team(repo)
    assert repo.guard("install").code == 0
    return repo


def commit(repo: Repo, files: dict[str, str | bytes], *words: str) -> tuple[int, str]:
    """Commit files with hooks; give the status and what the committer reads."""
    repo.write(files).git("add", "-A")
    ran = repo.run("git", "commit", "-q", "-m", "work", *words, ok=(0, 1))
    return ran.code, ran.err


def bring(err: str) -> tuple[str, str]:
    """The commands that bring the work home and take it back."""
    (line,) = [line for line in err.splitlines() if "diff-index" in line]
    step, _, back = line.partition("next: ")[2].partition("   # then, once it is there: ")
    return step, back


def test_a_commit_on_the_base(main: Repo) -> None:
    """It goes through with a warning; afterwards the commands still bring the work home."""
    api, before = main.worktree("api"), main.head()
    code, err = commit(main, {"api/a.py": "mine\n", "api/new.py": "new\n"})
    assert (code, main.head() == before) == (0, False)
    assert "SES002 stray-work: work of session api is about to be committed in " in err
    step, back = bring(err)
    main.run("bash", "-c", step)
    assert (api.path / "api/new.py").read_text() == "new\n"
    main.run("bash", "-c", back)
    assert (main.head(), main.git("status", "--porcelain")) == (before, "")
    assert (api.path / "api/a.py").read_text() == "mine\n"


@pytest.mark.parametrize("strict", ["base", "another"])
def test_a_commit_that_is_refused(main: Repo, strict: str) -> None:
    """Where it is refused, the same commands work before it was made."""
    if strict == "base":
        main.policy(STRICT)
    api = main.worktree("api")
    place = main if strict == "base" else main.worktree("web")
    code, err = commit(place, {"api/a.py": "mine\n", "docs/a.py": "d\n"})
    assert (code, "SES002 stray-work" in err) == (1, True)
    assert "api/a.py: SES002" in err
    step, back = bring(err)
    main.run("bash", "-c", step)
    assert (api.path / "api/a.py").read_text() == "mine\n"
    main.run("bash", "-c", back)
    assert (place.path / "api/a.py").read_text() == "api a\n" * 20
    assert (place.path / "docs/a.py").read_text() == "d\n"


@pytest.mark.parametrize("state", ["nobody's", "done", "squash", "merge", "own", "standing"])
def test_commits_in_their_place(main: Repo, state: str) -> None:
    """The lead's own work, and integration, get no word, however strict the policy is."""
    main.policy(STRICT)
    if state == "standing":
        main.contract("api", owns=["api/"], standing=True)
    api = main.worktree("api")
    if state in ("done", "squash", "merge"):
        assert commit(api, {"api/b.py": "done\n"})[0] == 0
        how = ["--squash"] if state == "squash" else ["--no-ff", "--no-commit"]
        if state == "done":
            how = ["--no-ff", "--no-edit"]
        main.git("merge", "-q", *how, "api")
    files: dict[str, str | bytes] = {"docs/a.py": "lead\n"}
    if state in ("done", "standing"):
        files = {"api/a.py": "lead\n"}
    if state == "merge":
        files = {"api/b.py": "resolved\n"}
    place = api if state == "own" else main
    assert commit(place, {"api/a.py": "x\n"} if state == "own" else files) == (0, "")


def test_past_the_hook(main: Repo) -> None:
    """A commit with --no-verify on the base is told all the same, once; a pick of it is not."""
    api = main.worktree("api")
    code, err = commit(main, {"api/a.py": "mine\n"}, "--no-verify")
    assert (code, err.count("SES002 stray-work: work of session api")) == (0, 1)
    main.run("bash", "-c", bring(err)[0])
    assert (api.path / "api/a.py").read_text() == "mine\n"
    api.commit({"api/b.py": "fine\n"})
    assert "SES002" not in main.run("git", "cherry-pick", "api", ok=(0, 1)).err
