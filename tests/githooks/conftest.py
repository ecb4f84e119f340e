"""A team's repository in which git itself starts guard."""

from __future__ import annotations

import pytest

from tests.kit import Repo, grown, team


@pytest.fixture(name="team")
def team_repository(empty: Repo) -> Repo:
    """`api` owns `api/`, `web` owns `web/`; nobody owns `docs/`. No hook is set up yet."""
    return grown(empty, _team_with_docs)


def _team_with_docs(empty: Repo) -> None:
    empty.commit({"docs/a.md": "a\n"})
    team(empty, folders="api web")


@pytest.fixture
def wired(team: Repo) -> Repo:
    """The same after `guard install`."""
    ran = team.guard("install", "--as", "files")
    assert ran.code == 0, ran
    return team
