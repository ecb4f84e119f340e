"""A contract that the branch brings itself grants nothing that is others' on the base."""

from __future__ import annotations

import pytest

from tests.kit import METADATA, POLICY, Repo, grown, team, toml

EVERYTHING = {".guard/contracts/fresh.toml": toml({"owns": ["*"]})}
SCOPES = ["worktree", "--staged", "--branch", "--base=main"]


@pytest.fixture(name="base")
def base_with_contracts(empty: Repo) -> Repo:
    """`api` and `web` are open on the base; `bot` is standing and owns everything."""
    return grown(empty, _base)


def _base(empty: Repo) -> None:
    team(empty, policy=POLICY + METADATA)
    empty.contract("bot", owns=["*"], standing=True)


def declared(repo: Repo, path: str, scope: str = "--branch") -> dict[str, list[str]]:
    """What a check says of a change to a path on a branch that brings a contract for everything."""
    repo.branch("fresh").commit(dict(EVERYTHING))
    repo.write({path: "changed\n"})
    repo.git("add", "-A")
    if scope in ("--branch", "--base=main"):
        repo.commit({})
    return codes(repo, scope)


def codes(repo: Repo, scope: str = "--branch") -> dict[str, list[str]]:
    """What a check says, without the remark that the contract is self-declared."""
    found = repo.check(*([] if scope == "worktree" else [scope])).codes
    return {path: [code for code in rest if code != "CON005"] for path, rest in found.items()}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("web/a.py", ["OWN001"]),
        ("web/new/deep.py", ["OWN001"]),
        ("docs/a.py", []),
        ("package.json", ["SHR001"]),
        ("sub/x.lock", ["SHR001"]),
    ],
)
def test_what_is_taken(base: Repo, scope: str, path: str, expected: list[str]) -> None:
    """Paths of open contracts and shared groups are taken in every scope, others are not."""
    assert declared(base, path, scope).get(path, []) == expected


def test_what_an_open_contract_forbids_itself_is_not_taken(base: Repo) -> None:
    """A contract takes what it may change, not what its `forbids` leaves out."""
    base.contract("web", owns=["web/"], forbids=["web/a.py"])
    assert declared(base, "web/a.py").get("web/a.py", []) == []


@pytest.mark.parametrize("severity", ["warning", "off"])
def test_a_shared_group_is_not_granted_where_its_rule_is_lenient(base: Repo, severity: str) -> None:
    """The group's paths are not the session's, whatever the policy makes of SHR001."""
    base.policy(POLICY + METADATA + f'[rules]\nSHR001 = "{severity}"\n')
    assert "OWN001" in declared(base, "package.json")["package.json"]


def test_strict_policy_accepts_no_self_declared_contract(base: Repo) -> None:
    """`self_declared = "error"` closes the door for everything else."""
    base.policy(POLICY + '[contracts]\nself_declared = "error"\n')
    base.branch("fresh").commit({**EVERYTHING, "docs/a.py": "x\n"})
    ran = base.check("--branch")
    assert (ran.code, ran.codes[".guard/contracts/fresh.toml"]) == (
        1,
        ["CON003", "CON003", "CON005"],
    )


def test_on_the_base_it_grants_all_that_it_owns(base: Repo) -> None:
    """Once the contract is on the base, its `owns` holds; that it meets others is a warning."""
    base.commit(dict(EVERYTHING))
    base.branch("fresh").commit({"web/a.py": "x\n"})
    assert codes(base) == {".guard/contracts/fresh.toml": ["CON003", "CON003"]}
    assert base.check("--branch").code == 0


@pytest.mark.parametrize("how", ["merge", "fast-forward", "squash", "rebase"])
@pytest.mark.parametrize("scope", SCOPES)
def test_an_integrated_session_takes_nothing(base: Repo, how: str, scope: str) -> None:
    """Once the base has all of a branch, its contract's paths are free, however it was merged."""
    base.branch("web").commit({"web/a.py": "done\n"})
    base.commit({"web/b.py": "done\n"})
    base.git("switch", "-q", "main")
    if how != "fast-forward":
        base.commit({"docs/b.py": "meanwhile\n"})
    words = {"merge": ["--no-ff"], "squash": ["--squash"], "fast-forward": ["--ff-only"]}
    if how == "rebase":
        base.git("cherry-pick", "main..web")
        base.commit({"web/b.py": "edited afterwards\n"})
    else:
        base.git("merge", "-q", *words[how], "web")
        base.commit({})
    assert declared(base, "web/a.py", scope).get("web/a.py", []) == []


@pytest.mark.parametrize("state", ["no branch", "new branch", "at work", "one of two", "works on"])
def test_a_session_that_is_not_integrated_takes_its_paths(base: Repo, state: str) -> None:
    """A branch without work of its own, or with work that the base lacks, is not integrated."""
    if state != "no branch":
        base.git("branch", "web")
    if state in ("at work", "one of two", "works on"):
        base.git("switch", "-q", "web")
        base.commit({"web/b.py": "work\n"})
    if state in ("one of two", "works on"):
        base.git("switch", "-q", "main")
        base.git("merge", "-q", "--no-ff", "--no-edit", "web")
        base.git("switch", "-q", "web" if state == "works on" else "-cworktree-web")
        base.commit({"web/c.py": "more\n"})
    base.git("switch", "-q", "main")
    assert declared(base, "web/a.py")["web/a.py"] == ["OWN001"]


@pytest.mark.parametrize("state", ["fresh", "behind", "taken back", "a second branch"])
def test_what_others_changed_on_the_base_finishes_nobody(base: Repo, state: str) -> None:
    """A branch that never had a commit of its own is at work, although its paths have changed."""
    if state == "a second branch":  # the first one is merged
        base.branch("web").commit({"web/c.py": "work\n"})
        base.git("switch", "-q", "main")
        base.git("merge", "-q", "--no-ff", "--no-edit", "web")
    if state == "behind":
        base.git("branch", "web")
    base.commit({"web/b.py": "by the lead\n"})
    if state != "behind":
        base.git("branch", "worktree-web" if state == "a second branch" else "web")
    if state == "taken back":
        base.git("switch", "-q", "web")
        base.commit({"web/c.py": "work\n"})
        base.git("reset", "-q", "--hard", "main")
        base.git("switch", "-q", "main")
    base.commit({"docs/b.py": "more\n"})
    assert declared(base, "web/a.py")["web/a.py"] == ["OWN001"]


@pytest.mark.parametrize("tip", ["main", "main~3", "an old branch", "a commit taken back"])
def test_a_branch_made_up_for_another_contract_frees_nothing(base: Repo, tip: str) -> None:
    """A branch that another contract claims, without work of that contract, frees nothing."""
    base.branch("old").commit({"docs/c.py": "old\n"})
    base.git("switch", "-q", "main")
    base.git("merge", "-q", "--no-ff", "--no-edit", "old")
    if tip == "a commit taken back":
        base.branch("made-up").commit({"web/a.py": "there\n"})
        base.git("revert", "--no-edit", "HEAD")
        base.git("switch", "-q", "main")
    at = {"an old branch": "old", "a commit taken back": "made-up"}.get(tip, tip)
    base.git("branch", "evil/web", at)
    assert declared(base, "web/a.py")["web/a.py"] == ["OWN001"]


def test_a_merge_does_not_carry_a_change_to_what_is_taken(base: Repo) -> None:
    """MRG001 reports a path that merging would change although another contract owns it."""
    base.branch("fresh").commit({**EVERYTHING, "docs/a.py": "docs a\n" * 19 + "new\n"})
    base.git("switch", "-q", "main")
    base.git("mv", "docs/a.py", "web/moved.py")
    base.commit({})
    base.git("switch", "-q", "fresh")
    assert codes(base)["web/moved.py"] == ["MRG001"]


def test_a_standing_contract_leaves_no_handoff(base: Repo) -> None:
    """`standing` on the base needs no handoff; in a self-declared contract it changes nothing."""
    base.policy('base = "main"\n')
    base.branch("bot").commit({"docs/a.py": "x\n"})
    assert codes(base) == {}
    base.git("switch", "-q", "main")
    own = toml({"owns": ["docs/"]}) + "standing = true\n"
    base.branch("fresh").commit({".guard/contracts/fresh.toml": own, "docs/a.py": "x\n"})
    assert [code for found in codes(base).values() for code in found] == ["HND001"]


def test_standing_contracts_may_merge_a_group_that_a_session_merges(base: Repo) -> None:
    """SHR002 and `guard contract check` compare no standing contracts."""
    base.contract("bot", owns=["*"], merges=["package-metadata"], standing=True)
    base.contract("web", owns=["web/"], merges=["package-metadata"])
    base.branch("web").commit({"web/a.py": "x\n"})
    assert codes(base) == {}
    assert base.guard("contract", "check", "--base").code == 0


def test_the_first_commit_is_nobodys_work(empty: Repo) -> None:
    """A contract that came with the files it owns, and a branch that has not begun, is open."""
    grown = {"guard.toml": POLICY, ".guard/contracts/api.toml": toml({"owns": ["api/"]})}
    empty.commit({**grown, "api/a.py": "1\n"}, "everything at once")
    empty.git("branch", "api")
    assert declared(empty, "api/a.py")["api/a.py"] == ["OWN001"]
