"""A team's repository: two contracts and a shared group on `main`."""

from __future__ import annotations

import pytest

from tests.kit import METADATA, POLICY, Repo, grown, team


@pytest.fixture(name="team")
def team_repository(empty: Repo) -> Repo:
    """`api` owns `api/`, `web` owns `web/` and merges the metadata; both forbid `secret/`."""
    return grown(empty, _team_with_metadata)


def _team_with_metadata(empty: Repo) -> None:
    team(empty, policy=POLICY + METADATA, folders="api web secret docs")
    empty.commit({"yarn.lock": "1\n"}, "lock file")
    empty.contract("api", owns=["api/"], forbids=["secret/"])
    empty.contract("web", owns=["web/"], forbids=["secret/"], merges=["package-metadata"])
