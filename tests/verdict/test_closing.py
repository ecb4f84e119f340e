"""How sessions end: a branch deletes its own contract; bots and releases never do."""

from __future__ import annotations

import pytest

from tests.kit import BASE, METADATA, POLICY, Repo, grown, team, toml

WEB = ".guard/contracts/web.toml"


@pytest.fixture(name="base")
def base_with_contracts(empty: Repo) -> Repo:
    """`api` and `web` are open on the base, `bot` is standing."""
    return grown(empty, _base)


def _base(empty: Repo) -> None:
    team(empty, policy=POLICY + METADATA)
    keys = {"owns": ["bots/"], "merges": ["package-metadata"], "branches": ["bot/*"]}
    empty.contract("bot", **keys, standing=True, actors=["robot[bot]"])


def codes(repo: Repo, *words: str) -> dict[str, list[str]]:
    """What a check of the branch finds."""
    return repo.check(*(words or ("--branch",))).codes


@pytest.mark.parametrize("scope", ["worktree", "--staged", "--branch", "--base=main"])
def test_a_branch_deletes_its_own_contract(base: Repo, scope: str) -> None:
    """It is allowed in every scope, and the branch stays judged by the contract."""
    base.branch("web").git("rm", "-q", WEB)
    base.write({"web/a.py": "2\n", "api/a.py": "2\n"}).git("add", "-A")
    if scope.startswith("--b"):
        base.commit({})
    ran = base.check(*([] if scope == "worktree" else [scope]))
    assert ran.report["contract"] == "web"
    assert ran.codes == {"api/a.py": ["OWN001"]}


@pytest.mark.parametrize(
    ("other", "free"),
    [("", True), ("x/web", False), ("merged", True), ("nobody", True), ("remote", False)],
)
def test_who_may_delete_a_contract(base: Repo, other: str, free: bool) -> None:  # noqa: FBT001
    """Only where no other branch with commits of its own works under it, here or at a remote."""
    if other in ("x/web", "nobody", "remote"):
        base.git("switch", "-q", "-c", {"nobody": "x/other"}.get(other, "x/web"))
        base.commit({"web/b.py": "other\n"})
    if other == "remote":
        base.git("update-ref", "refs/remotes/origin/x/web", "HEAD")
        base.git("switch", "-q", "main")
        base.git("branch", "-q", "-D", "x/web")
    if other == "merged":
        base.git("branch", "x/web", "main")
    base.git("switch", "-q", "-c", "web", "main")
    base.git("rm", "-q", WEB)
    base.commit({"web/a.py": "2\n"})
    found = codes(base)
    assert ("CON002" not in found.get(WEB, [])) is free


def test_nobody_deletes_anothers_contract(base: Repo) -> None:
    """A contract of another session, and a standing one of one's own, stay."""
    base.branch("api").git("rm", "-q", WEB)
    base.commit({})
    assert "CON002" in codes(base)[WEB]
    base.git("switch", "-q", "-c", "bot/one", "main")
    base.git("rm", "-q", ".guard/contracts/bot.toml")
    base.commit({})
    assert "CON002" in codes(base)[".guard/contracts/bot.toml"]


def test_a_self_declared_contract_is_deleted_before_the_merge(base: Repo) -> None:
    """The branch leaves nothing behind, and its first declaration judges it all the same."""
    base.branch("fresh")
    base.commit({".guard/contracts/fresh.toml": toml({"owns": ["docs/"]})})
    base.commit({"docs/a.py": "2\n", "web/a.py": "2\n"})
    base.git("rm", "-q", ".guard/contracts/fresh.toml")
    assert "CON002" not in str(codes(base, "--staged"))
    base.commit({})
    found = codes(base)
    assert found.pop(".guard/contracts/fresh.toml", []) in ([], ["CON005"])
    assert found == {"web/a.py": ["OWN001"]}
    base.commit({".guard/contracts/fresh.toml": toml({"owns": ["*"]})})
    assert "CON002" in codes(base)[".guard/contracts/fresh.toml"]


def test_a_declaration_alone_asks_for_no_handoff(base: Repo) -> None:
    """A branch with nothing but its contract has no work to hand over."""
    base.policy(BASE).branch("fresh")
    base.commit({".guard/contracts/fresh.toml": toml({"owns": ["docs/"]})})
    assert codes(base) == {".guard/contracts/fresh.toml": ["CON005"]}
    base.commit({"docs/a.py": "2\n"})
    assert "HND001" in str(codes(base))


def test_a_bot_is_left_alone(base: Repo) -> None:
    """Lock files by merge ownership, no handoff, no dead patterns, for its login alone."""
    base.policy(BASE + METADATA).branch("bot/deps").commit({"package.json": "{2}\n"})
    assert base.check("--branch").codes == {}
    env = {"CI": "true"}
    assert base.guard("ci", "--author", "robot[bot]", env=env).code == 0
    other = base.guard("ci", "--author", "mallory", env=env)
    assert "CON001" in other.out
    base.git("switch", "-q", "main")
    assert "bots/" not in base.guard("contract", "check").out


def test_a_release_branch(base: Repo) -> None:
    """Work on a release line is compared with it, under a standing contract of the base."""
    base.policy(BASE + 'bases = ["release/*"]\n' + METADATA)
    base.contract("release", owns=["docs/"], branches=["release/*", "fix/*"], standing=True)
    base.git("branch", "release/1", "main")
    base.commit({"api/a.py": "main goes on\n"})
    base.git("switch", "-q", "-c", "fix/docs", "release/1")
    base.commit({"docs/a.py": "2\n"})
    ran = base.check("--branch")
    assert (ran.codes, ran.report["contract"]) == ({}, "release")
    base.commit({"web/a.py": "2\n"})
    assert base.check("--branch").codes == {"web/a.py": ["OWN001"]}
