"""Stacked work: what another open session's branch has just so is not blamed where work is made."""

from __future__ import annotations

import shlex

import pytest

from tests.kit import Repo, toml

LOCAL: tuple[list[str], ...] = ([], ["--branch"])
RANGE = ["--base", "main", "--head", "web"]


@pytest.fixture(name="stack")
def stacked_branches(team: Repo) -> Repo:
    """`web` stands on `api`, which is open and keeps its contract; `web` is checked out."""
    team.branch("api").commit({"api/a.py": "api\n", "api/new.py": "api\n"})
    team.branch("web").commit({"web/a.py": "web\n"})
    return team


def push(repo: Repo, branch: str, hook: str = "pre-push") -> int:
    """Let a hook judge the push of HEAD to a branch."""
    head, zero = repo.git("rev-parse", "HEAD"), "0" * 40
    line = f"refs/heads/web {head} refs/heads/{branch} {zero}\n"
    if hook == "pre-receive":
        line = f"{zero} {head} refs/heads/{branch}\n"
    words = ["origin", "url"] if hook == "pre-push" else []
    return repo.guard("hook", hook, *words, stdin=line.encode()).code


@pytest.mark.parametrize("scope", LOCAL)
def test_the_work_of_the_branch_below_is_not_blamed(stack: Repo, scope: list[str]) -> None:
    """The report is kept, and says which paths, whose they are, and what CI will do."""
    ran = stack.check(*scope)
    assert (ran.code, ran.codes) == (0, {})
    [carried] = ran.report["carried"]
    step = carried.pop("next")
    assert carried == {"contract": "api", "branch": "api", "paths": ["api/a.py", "api/new.py"]}
    words = shlex.split(step.removeprefix("guard "), comments=True)
    assert stack.guard(*words).code == 0, step
    assert ran.report["checked"]["paths"] == 1
    text = stack.guard("check", *scope).out
    assert "note: 2 paths carried from api (contract api), not blamed here; CI blames" in text
    assert "until api is merged: api/a.py, api/new.py" in text


def test_neither_ci_nor_a_server_nor_the_base_knows_of_it(stack: Repo) -> None:
    """What a range brings is the branch's, and so is what a push brings to the base."""
    assert stack.check(*RANGE).codes == {"api/a.py": ["OWN001"], "api/new.py": ["OWN001"]}
    assert push(stack, "web") == 0
    assert push(stack, "main") == 1
    assert push(stack, "web", "pre-receive") == 1
    assert stack.run("git", "-C", ".git", "config", "core.bare", "true")
    assert push(stack, "web", "pre-receive") == 1


@pytest.mark.parametrize("scope", LOCAL)
def test_what_the_branch_does_itself_is_blamed(stack: Repo, scope: list[str]) -> None:
    """An edit of a carried file, and a path that is nobody's, are the branch's own."""
    stack.commit({"api/a.py": "web\n", "docs/a.py": "web\n"})
    ran = stack.check(*scope)
    assert ran.codes == {"api/a.py": ["OWN001"], "docs/a.py": ["OWN001"]}
    assert ran.report["carried"][0]["paths"] == ["api/new.py"]


@pytest.mark.parametrize("scope", LOCAL)
def test_no_more_than_its_contract_permits(team: Repo, scope: list[str]) -> None:
    """What the other session may not change either is blamed, whoever committed it."""
    files: dict[str, str | bytes] = {"api/a.py": "api\n", "secret/a.py": "x\n", "yarn.lock": "2\n"}
    files[".guard/contracts/api.toml"] = toml({"owns": ["*"]})
    team.branch("api").commit(files)
    team.branch("docs").commit({".guard/contracts/docs.toml": toml({"owns": ["docs/"]})})
    codes = team.check(*scope).codes
    del codes[".guard/contracts/docs.toml"]  # self-declared
    assert sorted(codes) == [".guard/contracts/api.toml", "secret/a.py", "yarn.lock"]


@pytest.mark.parametrize("scope", LOCAL)
def test_the_own_commits_under_another_name(team: Repo, scope: list[str]) -> None:
    """A commit that was made on this branch stays its own, whatever other branch has it."""
    team.branch("web").commit({"api/a.py": "web\n"})
    team.git("branch", "api", "HEAD")
    assert team.check(*scope).codes == {"api/a.py": ["OWN001"]}
    team.commit({"web/a.py": "web\n"})
    assert team.check(*scope).codes == {"api/a.py": ["OWN001"]}
    team.git("commit", "-q", "--amend", "-m", "again")
    team.git("branch", "-f", "api", "HEAD~1")
    assert team.check(*scope).codes == {"api/a.py": ["OWN001"]}
    assert push(team, "web") == 1


@pytest.mark.parametrize("scope", LOCAL)
def test_a_branch_that_no_contract_of_the_base_claims(team: Repo, scope: list[str]) -> None:
    """A contract that the branch below brings itself makes nothing carried."""
    own = {".guard/contracts/wide.toml": toml({"owns": ["*"]})}
    team.branch("wide").commit({**own, "docs/a.py": "x\n"})
    team.branch("web").commit({"web/a.py": "web\n"})
    assert team.check(*scope).codes == {
        ".guard/contracts/wide.toml": ["CON002", "OWN001"],
        "docs/a.py": ["OWN001"],
    }
    assert team.check(*scope).report["carried"] == []


def test_the_branch_below_goes_on_and_is_closed(stack: Repo) -> None:
    """Its state where this branch left it counts, as long as its contract is open."""
    stack.git("switch", "-q", "api")
    stack.commit({"api/a.py": "later\n", "api/b.py": "later\n"})
    stack.git("switch", "-q", "web")
    assert stack.check("--branch").codes == {}
    stack.git("cherry-pick", "api")
    assert stack.check("--branch").codes == {"api/a.py": ["OWN001"], "api/b.py": ["OWN001"]}
    stack.git("reset", "-q", "--hard", "HEAD~1")
    stack.git("merge", "-q", "--no-commit", "api")
    assert stack.check().codes == {}
    stack.git("commit", "-q", "--no-edit")
    assert stack.check("--branch").codes == {}
    stack.git("switch", "-q", "main")
    stack.git("rm", "-q", ".guard/contracts/api.toml")
    stack.git("commit", "-qm", "closed")
    stack.git("switch", "-q", "web")
    assert "OWN001" in stack.check("--branch").codes["api/a.py"]


@pytest.mark.parametrize("scope", LOCAL)
@pytest.mark.parametrize("how", ["amend", "rebase", "reset"])
def test_the_branch_below_was_rewritten(stack: Repo, how: str, scope: list[str]) -> None:
    """What it was when this branch left it is still its work, as its reflog has it."""
    stack.git("switch", "-q", "main")
    stack.commit({"docs/a.py": "main\n"})
    stack.git("switch", "-q", "api")
    if how == "amend":
        stack.commit({"api/a.py": "better\n"}, "again", "--amend")
    if how == "rebase":
        stack.git("rebase", "-q", "main")
    if how == "reset":
        stack.git("reset", "-q", "--hard", "main")
        stack.commit({"api/b.py": "another start\n"})
    stack.git("switch", "-q", "web")
    assert stack.check(*scope).codes == {}
    assert push(stack, "web") == 0
    stack.commit({"api/a.py": "web\n"})
    assert "OWN001" in stack.check(*scope).codes["api/a.py"]


@pytest.mark.parametrize("scope", LOCAL)
def test_two_sessions_that_merged_each_other(team: Repo, scope: list[str]) -> None:
    """Each has the other's work; what it did in the other's files itself stays its own."""
    team.branch("api").commit({"api/a.py": "api\n"})
    team.git("switch", "-q", "-c", "web", "main")
    team.commit({"web/a.py": "web\n", "api/c.py": "web\n"})
    team.git("merge", "-q", "--no-edit", "api")
    assert team.check(*scope).codes == {"api/c.py": ["OWN001"]}
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "--no-edit", "web")
    team.git("switch", "-q", "web")
    team.git("merge", "-q", "--no-edit", "api")
    assert team.check(*scope).codes == {"api/c.py": ["OWN001"]}


@pytest.mark.parametrize("scope", LOCAL)
def test_a_former_tip_that_was_made_here(team: Repo, scope: list[str]) -> None:
    """Another branch that was once put on the own commits makes nothing of them carried."""
    team.branch("web").commit({"api/a.py": "web\n"})
    team.git("branch", "api", "HEAD")
    team.git("branch", "-f", "api", "HEAD~1")
    team.git("switch", "-q", "api")
    team.commit({"api/b.py": "api\n"})
    team.git("switch", "-q", "web")
    assert team.check(*scope).codes == {"api/a.py": ["OWN001"]}


def test_a_version_that_the_other_branch_merely_has(team: Repo) -> None:
    """What the session below did not change itself is not carried from it."""
    team.branch("api").commit({"api/b.py": "api\n"})
    team.git("switch", "-q", "main")
    team.commit({"api/a.py": "main\n"})
    team.branch("web").git("checkout", "api", "--", "api/a.py")
    team.commit({})
    assert team.check("--branch").codes == {"api/a.py": ["OWN001"]}


def test_work_below_that_only_the_remote_has(stack: Repo, empty: Repo) -> None:
    """In a fresh clone the remote's branch counts as the local one does."""
    stack.git("switch", "-q", "main")
    clone = Repo(stack.path.parent / "clone")
    stack.git("clone", "-q", ".", str(clone.path))
    clone.git("switch", "-q", "web")
    ran = clone.check("--branch")
    assert (ran.code, ran.report["carried"][0]["branch"]) == (0, "api")


def test_the_branch_below_was_rewritten_elsewhere(stack: Repo) -> None:
    """A clone that fetched the rewritten branch knows what it was before."""
    stack.git("switch", "-q", "api")
    clone = Repo(stack.path.parent / "clone")
    stack.git("clone", "-q", ".", str(clone.path))
    clone.git("switch", "-q", "web")
    stack.commit({"api/a.py": "better\n"}, "again", "--amend")
    clone.git("fetch", "-q")
    ran = clone.check("--branch")
    assert (ran.codes, ran.report["carried"][0]["branch"]) == ({}, "api")
