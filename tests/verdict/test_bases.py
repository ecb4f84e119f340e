"""Which base: of all branches that may be it, the one that a branch was built on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import POLICY, Ran, Repo

BASES = POLICY.replace('"main"', '"main"\nbases = ["release/*", "*.x"]')


def cloned(team: Repo, *options: str) -> Repo:
    """A clone beside the team's repository."""
    path = team.path.parent / "clone"
    team.git("clone", "-q", *options, str(team.path), str(path))
    return Repo(path)


def against(ran: Ran) -> str:
    """The branch that was compared with."""
    report = ran.report
    return str(report.get("against", report["trusted"])["ref"])


# one base in several places


def test_a_remote_that_is_not_called_origin(team: Repo) -> None:
    """The branch of any remote is the base if the work was built on it; hooks find its contract."""
    clone = cloned(team, "-o", "upstream")
    team.contract("fresh", owns=["docs/"])
    team.commit({"web/a.py": "newer\n"})
    clone.git("fetch", "-q")
    clone.git("switch", "-q", "-c", "fresh", "upstream/main")
    clone.commit({"docs/a.py": "x\n"})
    ran = clone.check("--branch")
    assert (ran.code, against(ran)) == (0, "upstream/main")
    clone.write({"docs/b.py": "x\n"}).git("add", "-A")
    assert clone.guard("hook", "pre-commit") == (0, "", "")


def test_a_fork_beside_the_project(team: Repo) -> None:
    """Where origin is a fork that is behind, what upstream has is not the branch's work."""
    clone = cloned(team)
    team.commit({"web/a.py": "newer\n"})
    clone.git("remote", "add", "upstream", str(team.path))
    clone.git("fetch", "-q", "upstream")
    clone.git("switch", "-q", "-c", "api", "upstream/main")
    clone.commit({"api/a.py": "x\n"})
    assert against(clone.check("--branch")) == "upstream/main"
    line = f"refs/heads/api {clone.git('rev-parse', 'api')} refs/heads/api {'0' * 40}\n"
    assert clone.guard("hook", "pre-push", "origin", "url", stdin=line.encode()) == (0, "", "")
    ran = clone.check("--head", "api")
    assert (ran.code, against(ran)) == (1, "main")


@pytest.mark.parametrize("head", ["api", "main"])
def test_the_policy_names_the_remote(team: Repo, head: str) -> None:
    """`base = "upstream/main"` is that remote's branch, and in a clone without it `main`."""
    team.policy(POLICY.replace('"main"', '"upstream/main"'))
    clone = cloned(team)
    clone.git("switch", "-q", "-C", head)
    clone.write({"api/a.py": "x\n"})
    assert clone.check().code == 0
    clone.git("remote", "add", "upstream", str(team.path))
    team.commit({"web/a.py": "newer\n"})
    clone.git("fetch", "-q", "upstream")
    clone.git("merge", "-q", "upstream/main")
    ran = clone.check()
    assert (ran.code, against(ran)) == (0, "upstream/main" if head == "api" else "main")


def test_a_branch_called_like_a_remotes_base(team: Repo) -> None:
    """Where the remote is unknown, a branch `upstream/main` at origin does not become the base."""
    team.policy(POLICY.replace('"main"', '"upstream/main"'))
    team.branch("upstream/main").contract("api", owns=["*"])
    team.git("switch", "-q", "main")
    clone = cloned(team)
    clone.git("switch", "-q", "-c", "api")
    clone.commit({"web/a.py": "x\n"})
    for scope in (["--branch"], ["--head", "api"]):
        assert clone.check(*scope).codes == {"web/a.py": ["OWN001"]}


def test_a_local_base_that_went_its_own_way(team: Repo) -> None:
    """A branch that merged the remote's base is not blamed for it, whatever the local one has."""
    clone = cloned(team)
    team.commit({"web/a.py": "newer\n"})
    clone.commit({"docs/a.py": "not pushed\n"}, "lead")
    clone.git("fetch", "-q")
    clone.git("switch", "-q", "-c", "api", "origin/main~1")
    clone.commit({"api/a.py": "x\n"})
    ran = clone.check("--branch")
    assert ran.code == 2
    assert "main and origin/main have both moved on since this branch left them" in ran.err
    assert clone.check("--branch", "--base", "origin/main").code == 0
    clone.git("merge", "-q", "--no-edit", "origin/main")
    ran = clone.check("--branch")
    assert (ran.code, against(ran)) == (0, "origin/main")
    clone.git("switch", "-q", "-c", "feat/api", "main")
    clone.commit({"api/a.py": "x\n"})
    ran = clone.check("--branch")
    assert (ran.code, against(ran)) == (0, "main")


def test_a_branch_of_another_root_takes_the_local_base(team: Repo) -> None:
    """Where no base shares a commit with the branch, the first one counts, and guard goes on."""
    clone = cloned(team)
    team.commit({"web/a.py": "newer\n"})
    clone.commit({"docs/a.py": "not pushed\n"}, "lead")
    clone.git("fetch", "-q")
    clone.git("switch", "-q", "--orphan", "api")
    clone.write({"api/a.py": "x\n"}).git("add", "-A")
    assert clone.guard("hook", "pre-commit") == (0, "", "")


@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
def test_the_base_pulled_from_elsewhere(team: Repo, how: str) -> None:
    """Commits that only a URL gave are the branch's own, and the verdict says what to fetch."""
    clone = cloned(team)
    clone.git("switch", "-q", "-c", "api")
    clone.commit({"api/a.py": "x\n"})
    team.commit({"web/a.py": "newer\n"})
    clone.git("pull", "-q", "--no-edit", how, str(team.path), "main")
    for ran in (clone.guard("check", "--branch"), clone.guard("check")):
        assert ran.code == 1
        assert "if they are main's, main is behind\n  next: git fetch origin" in ran.out
    clone.git("fetch", "-q", "origin")
    assert clone.check("--branch").code == 0


def test_a_merge_of_a_sibling_is_no_base_that_is_behind(team: Repo) -> None:
    """Another branch's commits are known, so nobody is told to fetch."""
    team.branch("other").commit({"docs/a.py": "x\n"})
    team.git("switch", "-q", "-c", "api", "main")
    team.commit({"api/a.py": "x\n"})
    team.git("merge", "-q", "--no-edit", "other")
    ran = team.guard("check", "--branch")
    assert (ran.code, "git fetch" in ran.out) == (1, False)


# a default branch without a policy


def developed(empty: Repo, confirmed: str = "develop") -> Repo:
    """A clone whose default branch has no guard.toml, with the session `api` on develop."""
    empty.commit({"README.md": "x\n"})
    empty.branch("develop").policy(POLICY.replace('"main"', f'"{confirmed}"'))
    empty.contract("api", owns=["api/"])
    empty.git("switch", "-q", "main")
    clone = cloned(empty)
    clone.git("switch", "-q", "-c", "api", "origin/develop")
    return clone


def test_the_checkout_names_a_base_that_confirms_it(empty: Repo) -> None:
    """Without guard.toml on the default branch the base is the one that both name."""
    clone = developed(empty)
    clone.write({"web/a.py": "x\n"}).git("add", "-A")
    ran = clone.check("--staged")
    assert (ran.codes, against(ran)) == ({"web/a.py": ["OWN001"]}, "origin/develop")
    assert "web/a.py: OWN001" in clone.guard("hook", "pre-commit").err
    assert clone.guard("install", "--as", "files").code == 0
    ran = clone.guard("doctor")
    assert (ran.code, "base origin/develop " in ran.out) == (0, True)
    clone.git("commit", "-q", "-n", "-m", "x")
    assert "web/a.py: OWN001" in clone.run("git", "push", "origin", "api", ok=(1,)).err


@pytest.mark.parametrize("how", ["unconfirmed", "gate"])
def test_a_base_that_nobody_confirms(empty: Repo, how: str) -> None:
    """A branch cannot choose its base: nothing is judged then, and the doctor says so."""
    clone = developed(empty, "other" if how == "unconfirmed" else "develop")
    clone.commit({"guard.toml": 'base = "develop"\n', "web/a.py": "x\n"})
    scope = ["--branch"] if how == "unconfirmed" else ["--head", "api"]
    ran = clone.check(*scope)
    assert (ran.code, "nothing to judge by" in ran.err) == (2, True)
    if how == "unconfirmed":
        assert clone.guard("install", "--as", "files").code == 0
        ran = clone.guard("doctor")
        assert ran.code == 1
        assert "no-base: no hook can judge: there is no guard.toml" in ran.out
        assert "git remote set-head origin BRANCH" in ran.out


# further bases


@pytest.fixture
def released(team: Repo) -> Repo:
    """A team with a release branch; each base has moved on since."""
    team.policy(BASES)
    team.git("branch", "old", "main")
    team.git("switch", "-q", "-c", "3.0.x")
    team.commit({"web/a.py": "3.0\n"})
    team.contract("api", owns=["*"])
    team.git("switch", "-q", "main")
    team.commit({"docs/a.py": "4.0\n"})
    return team


def test_a_backport_is_compared_with_its_release(released: Repo) -> None:
    """A branch from 3.0.x is judged by what it changed there, by main's contract."""
    released.git("switch", "-q", "-c", "api", "3.0.x")
    released.commit({"api/a.py": "x\n"})
    for scope in ([], ["--branch"], ["--head", "api"]):
        ran = released.check(*scope)
        assert (ran.code, against(ran)) == (0, "3.0.x")
        assert ran.report["trusted"]["ref"] == "main"
    assert f"against 3.0.x {released.git('rev-parse', '3.0.x')[:12]} by the policy of main" in (
        released.guard("check").out
    )
    released.commit({"web/a.py": "x\n"})
    assert released.check("--branch").codes == {"web/a.py": ["OWN001"]}


def test_a_backport_is_not_told_to_merge_main(released: Repo) -> None:
    """What conflicts with main alone is no conflict of a backport, on the board neither."""
    released.commit({"api/a.py": "4.0\n"})
    released.git("branch", "2.x", "old")  # it has nothing of its own
    released.git("worktree", "add", "-q", "../api", "-b", "api", "3.0.x")
    place = Repo(released.path.parent / "api")
    place.commit({"api/a.py": "3.0.1\n"})
    assert place.check("--branch").codes == {}
    place.write({"api/new.py": "x\n"})
    rows = released.guard("status", "--format", "json").report["sessions"]
    [state] = [one["state"] for one in rows if one["contract"] == "api"]
    assert (state, released.guard("conflicts").code) == ("working", 0)
    place.git("reset", "-q", "--hard", "2.x")
    place.commit({"api/a.py": "2.1\n"})
    step = "git merge main   # not if it goes to 2.x: guard check --base 2.x"
    [found] = place.check("--branch").report["findings"]
    assert (found["code"], found["next"]) == ("MRG001", step)
    for command in ("status", "conflicts"):
        assert f"  next: cd {place.path} && {step}\n" in released.guard(command).out
    assert place.check("--branch", "--base", "2.x").codes == {}


def test_of_equal_bases_the_base_proper(released: Repo) -> None:
    """A branch that is older than the release is compared with main, as before the release."""
    released.git("switch", "-q", "-c", "api", "old")
    released.commit({"api/a.py": "x\n"})
    assert against(released.check("--branch")) == "main"


def test_two_releases_as_near(released: Repo) -> None:
    """Where two releases were built on the same commit since, guard does not choose."""
    for name in ("3.1.x", "3.2.x"):
        released.git("switch", "-q", "-c", name, "3.0.x")
        released.commit({"docs/b.py": name})
    released.git("branch", "-D", "-q", "3.0.x")
    released.git("switch", "-q", "-c", "api", "3.1.x~1")
    released.commit({"api/a.py": "x\n"})
    ran = released.check("--branch")
    assert ran.code == 2
    assert "3.1.x and 3.2.x have both moved on" in ran.err


def test_a_release_of_ones_own(released: Repo) -> None:
    """Where there are remotes, a branch that none of them has is no base."""
    clone = cloned(released)
    clone.git("switch", "-q", "-c", "api", "origin/main")
    clone.commit({"web/a.py": "stray\n"})
    clone.git("branch", "release/mine")
    assert clone.check("--branch").codes == {"web/a.py": ["OWN001"]}
    clone.git("update-ref", "-d", "refs/remotes/origin/3.0.x")
    assert clone.check("--branch").codes == {"web/a.py": ["OWN001"]}
    clone.git("switch", "-q", "release/mine")
    assert "CON001" in str(clone.check("--branch").codes)


def test_a_server_with_releases(released: Repo, tmp_path: Path) -> None:
    """A new release with work of its own is judged like any branch, and so is what it gets."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    released.git("remote", "add", "origin", str(bare.path))
    released.git("push", "-q", "origin", "main", "3.0.x")
    assert bare.guard("install", "--as", "files", "--hook", "pre-receive").code == 0

    def push(*words: str) -> Ran:
        return released.run("git", "push", "-q", "origin", *words, ok=(0, 1))

    released.git("switch", "-q", "-c", "api", "3.0.x")
    released.commit({"api/a.py": "x\n"})
    assert push("api") == (0, "", "")
    released.commit({"web/a.py": "stray\n"})
    assert "web/a.py: OWN001" in push("api").err
    assert "CON001 no-contract" in push("api:release/9").err
    assert push("main:release/9") == (0, "", "")
    assert "CON001 no-contract" in push("-f", "api:release/9").err
    assert "web/a.py: OWN001" in push("api").err


@pytest.mark.parametrize("spelled", ["api", "HEAD", "api~0", "ID"])
def test_a_push_to_a_release_belongs_to_its_session(
    released: Repo, tmp_path: Path, spelled: str
) -> None:
    """Work that goes straight to a release is judged by its contract, against that release."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    released.git("switch", "-q", "main")
    released.policy(BASES.replace("required = false", ""))
    released.contract("lines", owns=["*"], branches=["*.x"], standing=True)
    released.git("remote", "add", "origin", str(bare.path))
    released.git("push", "-q", "origin", "main", "3.0.x")
    assert released.guard("install", "--as", "files").code == 0
    released.git("switch", "-q", "-c", "api", "3.0.x")

    def push() -> Ran:
        source = released.git("rev-parse", "HEAD") if spelled == "ID" else spelled
        return released.run("git", "push", "-q", "origin", f"{source}:3.0.x", ok=(0, 1))

    released.commit({"web/a.py": "stray\n"}, "stray", "--no-verify")
    ran = push()
    assert "contract api broken" in ran.err
    assert "web/a.py: OWN001" in ran.err
    assert f"against origin/3.0.x {bare.git('rev-parse', '3.0.x')[:12]}" in ran.err
    released.git("reset", "-q", "--hard", "HEAD~1")
    released.commit({"api/a.py": "x\n"})
    lacking = push()
    assert "HND001" in lacking.err, "the work lands, so its handoff is asked for"
    assert released.run("git", "push", "-q", "origin", "api", ok=(0, 1)).code == 0
    both = released.run("git", "push", "-q", "origin", "api", "api:3.0.x", ok=(0, 1))
    assert "HND001" in both.err
    released.git("switch", "-q", "3.0.x")
    released.commit({"docs/a.py": "released\n"})
    assert released.run("git", "push", "-q", "origin", "3.0.x", ok=(0, 1)) == (0, "", "")


def test_what_ci_fetched_of_a_pull_request_is_no_branch(team: Repo) -> None:
    """`refs/remotes/pull/7/merge` claims no contract called merge, and is listed nowhere."""
    team.contract("merge", owns=["docs/"]).contract("seven", owns=["docs/"], branches=["7/*"])
    for ref in ("pull/7/merge", "origin/pull/7/head", "merge-requests/7/head"):
        team.git("update-ref", f"refs/remotes/{ref}", "main")
    ran = team.guard("contract", "check", "--base")
    assert (ran.code, "7/merge" in ran.out + ran.err) == (0, False)
