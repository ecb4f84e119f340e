"""The repository and the session that agents ask about."""

from __future__ import annotations

import pytest

from tests.agents.asking import POLICY, SETTINGS
from tests.kit import Repo, grown


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with a policy, two contracts, agents' settings, and its base checked out."""
    return grown(repo, _main)


def _main(repo: Repo) -> None:
    repo.commit(
        {
            "guard.toml": POLICY,
            "src/types.py": "t = 1\n",
            "src/secret/key.py": "k\n",
            "other/o.py": "o\n",
            "lib/l.py": "l\n",
            ".claude/settings.json": SETTINGS,
            ".gitignore": "*.log\nbuild/\n",
        }
    )
    repo.contract("feature", owns=["src/", "new/"], forbids=["src/secret/"])
    repo.contract("other", owns=["other/"], owner="Bob", merges=["types"])


@pytest.fixture
def session(main: Repo) -> Repo:
    """A linked worktree under the contract `feature`."""
    return main.worktree("feature")
