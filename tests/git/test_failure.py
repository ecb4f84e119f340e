"""What it means that git failed: a remote that does not serve is named, with git's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.core.errors import GitError, Unreachable
from guard.git.failure import failure_of, hint_of
from guard.git.plumbing import Answer
from tests.kit import POLICY, Repo

_SSH = (
    "Warning: Permanently added 'host' (ED25519) to the list of known hosts.\n"
    "git@host: Permission denied (publickey).\n"
    "fatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists.\n"
)
_HTTP = "fatal: unable to access 'https://host/x.git/': "
_SAID = {  # what git 2.39 writes → what guard says
    _SSH: "origin does not let this user in: git@host: Permission denied (publickey)",
    _HTTP + "Could not resolve host: host\n": "origin could not be reached: "
    "unable to access 'https://host/x.git/': Could not resolve host: host",
    _HTTP + "The requested URL returned error: 403\n": "origin does not let this user in: "
    "unable to access 'https://host/x.git/': The requested URL returned error: 403",
    "fatal: could not read Username for 'https://host': terminal prompts disabled\n": "origin "
    "does not let this user in: could not read Username for 'https://host': "
    "terminal prompts disabled",
    "remote: Repository not found.\nfatal: repository 'https://host/x.git/' not found\n": "origin "
    "could not be reached: remote: Repository not found; repository 'https://host/x.git/' "
    "not found",
    "fatal: couldn't find remote ref refs/heads/gone\n": "origin has no gone",
}


@pytest.mark.parametrize("said", _SAID, ids=[*map(str, range(len(_SAID)))])
def test_a_remote_that_does_not_serve(said: str) -> None:
    """One line says which remote, in whose words; the hint asks that remote, not this clone."""
    error = failure_of(Answer(128, b"", said), ("fetch", "--quiet", "--", "origin"))
    assert isinstance(error, Unreachable)
    assert (error.message, "git ls-remote origin" in error.hint) == (_SAID[said], True)
    assert "fsck" not in error.hint


def test_what_is_wrong_here_is_not_the_remotes() -> None:
    """A file that cannot be written here, and an answer that guard does not know."""
    for said in ("error: cannot open '.git/objects/1': Permission denied\n", "fatal: new words\n"):
        error = failure_of(Answer(128, b"", said), ("fetch", "--", "origin"))
        assert type(error) is GitError
        assert error.hint == "git ls-remote origin"


def test_integrate_does_not_begin(tmp_path: Path) -> None:
    """`--push` asks the remote first: where that is away, nothing runs and nothing moves."""
    repo = Repo.init(tmp_path / "repo")
    repo.commit({"guard.toml": POLICY, "src/a.py": "1\n"}, "start")
    repo.git("remote", "add", "origin", str(tmp_path / "away"))
    before = repo.git("for-each-ref")
    ran = repo.guard("integrate", "--push")
    assert (ran.code, repo.git("for-each-ref")) == (2, before)
    said = f"guard: origin could not be reached: '{tmp_path / 'away'}' does not appear to be a git"
    assert ran.err.startswith(said)
    assert "; nothing was integrated\n  hint: git ls-remote origin" in ran.err
    assert ran.err.endswith(
        "or leave --push out: guard integrate, and later git push origin main\n"
    )


@pytest.mark.parametrize("said", ["No space left on device", "write error. Out of diskspace"])
def test_a_full_disk_is_called_full(said: str) -> None:
    """git has its own words where the index cannot grow (csum-file.c)."""
    assert "disk is full" in hint_of(said)
