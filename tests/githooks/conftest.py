"""A team's repository in which git itself starts guard."""

from __future__ import annotations

import pytest

from tests.kit import POLICY, Repo


@pytest.fixture
def team(empty: Repo) -> Repo:
    """`api` owns `api/`, `web` owns `web/`; nobody owns `docs/`. No hook is set up yet."""
    empty.commit({"guard.toml": POLICY, "docs/a.md": "a\n"}, "policy")
    empty.commit(
        {f"{top}/{name}.py": f"{top} {name}\n" * 20 for top in ("api", "web") for name in "abc"},
        "start",
    )
    empty.contract("api", owns=["api/"]).contract("web", owns=["web/"])
    return empty


@pytest.fixture
def wired(team: Repo) -> Repo:
    """The same after `guard install`."""
    ran = team.guard("install", "--as", "files")
    assert ran.code == 0, ran
    return team
