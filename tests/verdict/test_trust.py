"""A change cannot widen its own permission: policy and contracts are read from the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import BASE, Repo, toml
from tests.kit import POLICY as BARE


def test_contract_on_the_base_is_trusted(team: Repo) -> None:
    """The report names the ref and commit that were trusted, and where the contract was read."""
    team.branch("api").commit({"api/a.py": "x\n"})
    report = team.check("--branch").report
    assert report["trusted"] == {
        "ref": "main",
        "oid": team.git("rev-parse", "main"),
        "contract_from": "base",
    }
    assert (report["contract"], report["branch"], report["base"]) == (
        "api",
        "api",
        team.git("rev-parse", "main"),
    )
    assert report["head"] == team.git("rev-parse", "HEAD")


def test_branch_cannot_widen_its_contract(team: Repo) -> None:
    """An edited contract is reported and has no effect, in every scope."""
    team.branch("api").write(
        {".guard/contracts/api.toml": toml({"owns": ["*"]}), "web/a.py": "x\n"}
    )
    expected = {".guard/contracts/api.toml": ["CON002", "OWN001"], "web/a.py": ["OWN001"]}
    assert {
        path: set(codes) & {"CON002", "OWN001"} for path, codes in team.check().codes.items()
    }.keys() == expected.keys()
    team.git("add", "-A")
    assert "CON002" in team.check("--staged").codes[".guard/contracts/api.toml"]
    team.git("commit", "-qm", "widen")
    codes = team.check("--branch").codes
    assert codes["web/a.py"] == ["OWN001"]
    assert "CON002" in codes[".guard/contracts/api.toml"]


def test_branch_cannot_change_the_policy(team: Repo) -> None:
    """Edits to guard.toml are reported and have no effect."""
    team.branch("api").commit(
        {
            "guard.toml": BARE + "[rules]\nOWN001 = 'off'\nCON002 = 'off'\nSHR001 = 'off'\n",
            "package.json": "x\n",
        }
    )
    codes = team.check("--branch").codes
    assert "CON002" in codes["guard.toml"]
    assert codes["package.json"] == ["SHR001"]


def test_branch_cannot_redirect_the_base(team: Repo) -> None:
    """`base` is read on the base, not from the checkout."""
    team.branch("wide").commit({"guard.toml": 'base = "wide"\n'})
    team.git("switch", "-q", "-c", "api", "main")
    team.commit({"guard.toml": 'base = "wide"\n', "web/a.py": "x\n"})
    assert team.check().report["trusted"]["ref"] == "main"


def test_self_declared_contract_is_its_first_version(team: Repo) -> None:
    """A contract of the branch counts as first committed; a later version is only reported."""
    team.branch("fresh").commit(
        {".guard/contracts/fresh.toml": toml({"owns": ["docs/"]}), "docs/a.py": "x\n"}
    )
    ran = team.check("--branch")
    assert (ran.code, ran.report["trusted"]["contract_from"]) == (0, "branch")
    assert [finding["code"] for finding in ran.report["findings"]] == ["CON005"]
    team.commit({".guard/contracts/fresh.toml": toml({"owns": ["*"]}), "web/a.py": "x\n"})
    for scope in ([], ["--branch"], ["--base", "main", "--head", "fresh"]):
        ran = team.check(*scope)
        assert ran.codes["web/a.py"] == ["OWN001"]
        assert "CON002" in ran.codes[".guard/contracts/fresh.toml"]


def test_a_second_declaration_does_not_replace_the_first(team: Repo) -> None:
    """Moving one's contract to another file, or adding a wider one beside it, changes nothing."""
    team.branch("fresh").commit(
        {".guard/contracts/narrow.toml": toml({"owns": ["api/"], "branches": ["fresh"]})}
    )
    team.git("rm", "-q", ".guard/contracts/narrow.toml")
    team.commit({".guard/contracts/fresh.toml": toml({"owns": ["*"]}), "web/a.py": "x\n"})
    ran = team.check("--branch")
    assert ran.report["contract"] == "narrow"
    assert ran.codes["web/a.py"] == ["OWN001"]
    assert "CON002" in ran.codes[".guard/contracts/fresh.toml"]


def test_contract_in_the_working_tree_counts_before_any_commit(team: Repo) -> None:
    """Until a commit declares it, the working tree's contract is used, and the report says so."""
    team.branch("fresh").write(
        {".guard/contracts/fresh.toml": toml({"owns": ["docs/"]}), "docs/a.py": "x\n"}
    )
    ran = team.check()
    assert (ran.code, ran.report["trusted"]["contract_from"]) == (0, "working-tree")
    assert [finding["code"] for finding in ran.report["findings"]] == ["CON005"]


def test_working_tree_contract_is_nothing_to_the_gate(team: Repo) -> None:
    """The range scope reads no checkout."""
    team.branch("fresh").commit({"api/a.py": "x\n"})
    team.write({".guard/contracts/fresh.toml": toml({"owns": ["api/"]})})
    assert team.check("--base", "main", "--head", "fresh").codes == {"": ["CON001"]}


def test_self_declared_contract_cannot_own_a_merge_or_waive(team: Repo) -> None:
    """What a branch grants itself does not open shared files."""
    waiver = {"rule": "shared-file", "paths": ["package.json"], "why": "because"}
    keys = {"owns": ["package.json"], "merges": ["package-metadata"], "waive": [waiver]}
    team.branch("fresh").commit(
        {".guard/contracts/fresh.toml": toml(dict(keys)), "package.json": "x\n"}
    )
    assert team.check("--branch").codes["package.json"] == ["SHR001"]


def test_merge_owner_may_edit_shared_files(team: Repo) -> None:
    """The session that owns a group's merge on the base edits its files; others do not."""
    team.branch("web").commit({"package.json": "x\n", "web/a.py": "x\n"})
    assert team.check("--branch").code == 0
    team.git("switch", "-q", "-c", "api", "main")
    team.commit({"package.json": "x\n"})
    assert team.check("--branch").codes == {"package.json": ["SHR001"]}


@pytest.mark.parametrize("branch", ["api", "worktree-api", "feat/api", "ada/api"])
def test_default_branches(team: Repo, branch: str) -> None:
    """A contract claims NAME, worktree-NAME and */NAME."""
    team.branch(branch)
    assert team.check().report["contract"] == "api"


def test_branch_without_contract(team: Repo) -> None:
    """No contract is a finding of its own; shared files are still watched."""
    team.branch("elsewhere").commit({"package.json": "x\n"})
    assert team.check("--branch").codes == {"": ["CON001"], "package.json": ["SHR001"]}


def test_missing_contract_may_be_allowed(empty: Repo) -> None:
    """`missing = "off"` lets branches without a contract pass."""
    empty.policy(BASE + "[contracts]\nmissing = 'off'\n").branch("any").commit({"a": "x"})
    assert empty.check("--branch").code == 0


def test_two_contracts_for_one_branch(team: Repo) -> None:
    """guard does not choose between two contracts: it says which they are."""
    team.contract("other", owns=["docs/"], branches=["feat/*"])
    team.branch("feat/api")
    ran = team.check()
    assert ran.code == 2
    assert ".guard/contracts/api.toml" in ran.err
    assert ".guard/contracts/other.toml" in ran.err
    assert team.check("--contract", "api").code == 0


def test_base_itself(team: Repo) -> None:
    """On the base no contract applies: an integrator may commit there."""
    team.commit({"package.json": "x\n", "web/a.py": "x\n"})
    team.write({"docs/a.py": "x\n"})
    ran = team.check()
    assert (ran.code, ran.report["verdict"]) == (0, "kept")
    assert {"rule": "OWN001", "why": "the base itself is checked out"} in ran.report["not_checked"]


def test_a_head_that_is_called_like_the_base_is_judged(team: Repo) -> None:
    """A fork may call its branch `main` too: the gate judges it all the same."""
    team.git("branch", "fork/main")
    team.git("update-ref", "refs/remotes/fork/main", team.git("rev-parse", "main"))
    team.git("switch", "-q", "--detach", "main")
    head = team.commit({"web/a.py": "x\n"})
    team.git("update-ref", "refs/remotes/fork/main", head)
    assert team.check("--base", "main", "--head", "refs/remotes/fork/main").code == 1


def test_a_range_is_judged_by_the_remotes_base(team: Repo) -> None:
    """In CI a fork's `main` may have the base's name; the remote's branch is trusted."""
    ci = Repo(team.path.parent / "ci")
    team.git("clone", "-q", str(team.path), str(ci.path))
    ci.commit({"web/a.py": "x\n"})
    ran = ci.check("--head", "HEAD")
    assert (ran.report["verdict"], ran.report["trusted"]["ref"]) == ("broken", "origin/main")


def test_detached_at_the_base(team: Repo) -> None:
    """A detached HEAD in the base's history is the base; with a change it has no contract."""
    team.git("switch", "-q", "--detach", "main~1")
    assert team.check().code == 0
    team.write({"web/a.py": "x\n"})
    assert team.check().codes == {"": ["CON001"]}


def test_base_that_does_not_exist(team: Repo) -> None:
    """A missing base is an error with the command that fixes it."""
    assert team.check("--base", "nowhere").code == 2
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": 'base = "develop"\n'})
    team.branch("api")
    ran = team.check()
    assert ran.code == 2
    assert "develop" in ran.err
    assert "git fetch" in ran.err


def test_policy_may_name_another_base(team: Repo) -> None:
    """The default base's policy sends guard to the base it names, and that one's policy holds."""
    team.branch("develop").commit(
        {"guard.toml": 'base = "develop"\n[contracts]\nmissing = "off"\n'}
    )
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": 'base = "develop"\n'})
    team.git("switch", "-q", "-c", "topic", "develop")
    assert team.check().report["trusted"]["ref"] == "develop"


@pytest.mark.parametrize(
    "broken",
    [
        "base = ",
        "base = 3\n",
        "nonsense = true\n",
        "[shared.x]\npaths = ['[a']\n",
        "base = 'main'\n\x00",
        "\udcff",
    ],
)
def test_broken_policy_on_the_base_is_an_error(team: Repo, broken: str) -> None:
    """guard does not fall back to defaults when the policy cannot be read."""
    team.commit({"guard.toml": broken.encode("utf-8", "surrogateescape")}, "broken")
    team.branch("api").commit({"api/a.py": "x\n"})
    ran = team.check("--branch")
    assert (ran.code, ran.report["verdict"]) == (2, "error")
    assert "guard.toml" in ran.err


def test_somebody_elses_broken_contract_does_not_stop_everybody(team: Repo) -> None:
    """A contract that cannot be read stops the branches it claims, and nobody else."""
    team.commit({".guard/contracts/broken.toml": "owns = [\n"}, "broken")
    team.branch("api").commit({"api/a.py": "x\n"})
    assert team.check("--branch").code == 0
    team.git("switch", "-q", "-c", "broken", "main")
    ran = team.check("--branch")
    assert ran.code == 2
    assert ".guard/contracts/broken.toml" in ran.err


def test_repository_without_guard(empty: Repo) -> None:
    """Where guard is not adopted `check` says so, and a hook lets the commit pass."""
    empty.commit({"a": "1"})
    empty.branch("topic").write({"b": "2"}).git("add", "-A")
    ran = empty.check("--staged")
    assert ran.code == 2
    assert "guard init" in ran.err
    assert empty.guard("hook", "pre-commit").code == 0
    empty.git("switch", "-q", "main")
    assert empty.check().code == 2


def test_newer_of_local_and_remote_base_is_trusted(team: Repo) -> None:
    """A branch rebased on the remote's base is not blamed for what a stale local base lacks."""
    clone = Repo(team.path.parent / "clone")
    team.git("clone", "-q", str(team.path), str(clone.path))
    team.commit({"web/a.py": "newer\n"})
    clone.git("fetch", "-q")
    clone.git("switch", "-q", "-c", "api", "origin/main")
    clone.commit({"api/a.py": "x\n"})
    report = clone.check("--branch").report
    assert (report["verdict"], report["trusted"]["ref"], report["checked"]["paths"]) == (
        "kept",
        "origin/main",
        1,
    )
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "api")
    clone.git("switch", "-q", "-c", "feat/api")
    assert clone.check("--branch").report["trusted"]["ref"] == "main"


def test_own_handoff_may_always_be_written(team: Repo) -> None:
    """The session's handoff needs no grant; another session's does."""
    team.branch("api").commit({".guard/handoffs/api.md": "# done\n"})
    assert team.check().code == 0
    team.commit({".guard/handoffs/web.md": "# not mine\n"})
    assert ".guard/handoffs/web.md" in team.check().codes


def test_waiver_on_the_base_takes_the_weight_away(team: Repo) -> None:
    """A waived finding is reported and breaks nothing; an expired waiver does nothing."""
    waive = [
        {"rule": "shared-file", "paths": ["package.json"], "why": "agreed", "until": "2999-01-01"}
    ]
    team.contract("dated", owns=["docs/", "package.json"], waive=waive)
    team.contract(
        "late", owns=["docs/", "package.json"], waive=[{**waive[0], "until": "2020-01-01"}]
    )
    for name, verdict in (("dated", "kept"), ("late", "broken")):
        team.git("switch", "-q", "-c", name, "main")
        team.commit({"package.json": name})
        assert team.check("--branch").report["verdict"] == verdict
    assert "CON006" in str(team.check("--branch").report["findings"])


def test_a_listed_file_belongs_to_the_group_that_lists_it(empty: Repo) -> None:
    """The merger of the package metadata may edit its lock file, although it is generated."""
    policy = (
        "[handoff]\nrequired = false\n"
        "[shared.package-metadata]\npaths = ['package.json', 'package-lock.json']\n"
    )
    policy += "[shared.generated]\ngenerated = true\n"
    empty.commit(
        {"guard.toml": policy, "package.json": "{}", "package-lock.json": "{}", "Cargo.lock": "1"}
    )
    empty.contract("meta", owns=["*"], merges=["package-metadata"])
    empty.branch("meta").commit({"package.json": "1", "package-lock.json": "1", "Cargo.lock": "2"})
    assert empty.check("--branch").codes == {"Cargo.lock": ["SHR001"]}


def test_without_a_base_and_without_a_policy(tmp_path: Path) -> None:
    """Without a base or a file of guard's, guard is not adopted: a commit passes."""
    repo = Repo.init(tmp_path / "repo", "--initial-branch=odd")
    repo.commit({"a": "1\n"})
    repo.write({"a": "2\n"}).git("add", "-A")
    ran = repo.guard("hook", "pre-commit")
    assert (ran.code, ran.err.endswith("yet; this commit is not judged\n")) == (0, True)
    assert repo.check().code == 2
    repo.commit({"guard.toml": ""})
    ran = repo.guard("hook", "pre-commit")
    assert (ran.code, "git remote set-head origin BRANCH" in ran.err) == (2, True)


@pytest.mark.parametrize(("head", "code"), [("main", 1), ("trunk", 0)])
def test_the_base_of_a_bare_repository(tmp_path: Path, head: str, code: int) -> None:
    """The base of a bare repository is its HEAD, which its clones get as origin/HEAD."""
    repo = Repo.init(tmp_path / "repo")
    repo.commit({"guard.toml": "[handoff]\nrequired = false\n"})
    repo.contract("api", owns=["src/"]).branch("trunk").contract("api", owns=["docs/"])
    repo.branch("api").commit({"docs/a.md": "x\n"})
    repo.git("clone", "-q", "--bare", "-b", head, str(repo.path), str(tmp_path / "bare.git"))
    ran = Repo(tmp_path / "bare.git").check("--head", "api")
    assert (ran.code, ran.report["trusted"]["ref"]) == (code, head)
