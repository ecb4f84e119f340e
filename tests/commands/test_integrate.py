"""`guard integrate`: its words, its exit statuses, and what it prints."""

from __future__ import annotations

import pytest

from guard.commands.cli import run
from guard.core.errors import UsageError
from tests.kit import Repo
from tests.sessions.test_integrate import VERIFY, three

UNFIT = (
    "--undo api",
    "--undo --check",
    "--undo --format json",
    "--resolve",
    "--resolve api web",
    "--resolve api --push",
    "--abort --continue",
    "--abort --all-or-nothing",
    "--continue --check",
    "--check --push",
    "--check --branch next",
    "--branch=",
    "--branch main",
    "--branch no..name",
    "--push",
    "--continue",
    "--abort api",
    "--undo",
    "nobody",
)


def test_words_that_do_not_fit(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a usage error with a next step, and nothing moves."""
    three(repo)
    before = repo.git("for-each-ref")
    monkeypatch.chdir(repo.path)
    for words in UNFIT:
        with pytest.raises(UsageError) as raised:
            run(["integrate", *words.split()])
        assert raised.value.hint.startswith("g"), words
    assert repo.git("for-each-ref") == before
    assert not (repo.path / ".git/guard/integrate.json").exists()


def test_text_and_json(repo: Repo) -> None:
    """Progress goes to standard error, the rest to standard output; the status says the rest."""
    three(repo, VERIFY, **{"check.sh": "! test -e web/new.py\n"})
    ran = repo.guard("integrate", "--format", "json", "api", "web")
    assert ran.code == 1
    assert [one["outcome"] for one in ran.report["sessions"]] == ["integrated", "failed"]
    assert ran.err.startswith("guard: api runs: sh check.sh\nguard: passed in ")
    assert repo.guard("integrate", "--undo").out.endswith(" again, without api\n")
    ran = repo.guard("integrate", "docs", env={"COLUMNS": "60"})
    assert (ran.code, ran.out.split("\n")[-2]) == (0, "or: guard integrate --undo")
    assert max(map(len, ran.out.split("\n"))) <= 60


def test_a_name_is_one_session(repo: Repo) -> None:
    """Also where a second worktree is under the contract of that name; a branch is a name, too."""
    three(repo)
    assert repo.guard("start", "side", "--from", "web").code == 0
    (side := Repo(repo.path / ".claude/worktrees/side")).commit({"web/side.py": "new\n"}, "side")
    branch = side.git("branch", "--show-current").strip()
    for name, own in (("web", "web"), ("side", "side"), (branch, "side")):
        ran = repo.guard("integrate", "--check", "--format", "json", name)
        assert [one["name"] for one in ran.report["sessions"]] == [own]
