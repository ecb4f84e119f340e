"""A team's repository: two contracts and a shared group on `main`."""

from __future__ import annotations

import pytest

from tests.kit import Repo

POLICY = """\
base = "main"

[handoff]
required = false

[shared.package-metadata]
why = "Every build reads these."
paths = ["package.json", "*.lock"]
"""


@pytest.fixture
def team(empty: Repo) -> Repo:
    """`api` owns `api/`, `web` owns `web/` and merges the metadata; both forbid `secret/`."""
    empty.commit({"guard.toml": POLICY, "package.json": "{}\n", "yarn.lock": "1\n"}, "policy")
    empty.commit(
        {
            f"{top}/{name}.py": f"{top} {name}\n" * 20
            for top in ("api", "web", "secret", "docs")
            for name in "abc"
        },
        "start",
    )
    empty.contract("api", owns=["api/"], forbids=["secret/"])
    empty.contract("web", owns=["web/"], forbids=["secret/"], merges=["package-metadata"])
    return empty
