"""`guard start --here`: a worktree that its branch does not tell about is bound to a contract."""

from __future__ import annotations

import pytest

from tests.kit import Repo, team


@pytest.fixture
def loose(repo: Repo) -> Repo:
    """A linked worktree with a detached HEAD, of a repository with the contracts api and web."""
    path = team(repo).path.parent / "loose"
    repo.git("worktree", "add", "-q", "--detach", str(path))
    return Repo(path)


def test_a_detached_worktree_is_judged_by_its_contract(loose: Repo) -> None:
    """Before it, the finding names the command; after it, every scope judges by the contract."""
    loose.write({"api/a.py": "new\n", "web/a.py": "new\n"})
    before = loose.check()
    assert before.codes == {"": ["CON001"]}
    assert "guard start --here NAME" in before.out
    ran = loose.guard("start", "--here", "api")
    assert ran.out == "this worktree works under contract api: Test.\nnext: guard brief\n", ran
    assert loose.check().codes == {"web/a.py": ["OWN001", "SES002"]}
    loose.git("add", "-A")
    assert loose.check("--staged").codes == {"web/a.py": ["OWN001"]}
    loose.git("commit", "-qm", "both", "--no-verify")
    assert loose.check("--branch").codes == {"web/a.py": ["OWN001"]}
    assert loose.guard("brief").out.count("contract      api, ") == 1


def test_before_anything_is_changed(loose: Repo) -> None:
    """At the base's own commit the worktree is not taken for the base's."""
    loose.guard("start", "--here", "api")
    assert "contract      api, " in loose.guard("brief").out
    assert loose.check().report["contract"] == "api"


def test_the_binding_is_the_worktrees_own(loose: Repo, repo: Repo) -> None:
    """No other worktree is bound, and it goes with the worktree."""
    loose.guard("start", "--here", "api")
    path = repo.path.parent / "second"
    repo.git("worktree", "add", "-q", "--detach", str(path))
    second = Repo(path).write({"api/a.py": "new\n"})
    assert second.check().codes == {"": ["CON001"]}
    repo.git("worktree", "remove", str(loose.path))
    repo.git("worktree", "add", "-q", "--detach", str(loose.path))
    assert loose.write({"api/b.py": "new\n"}).check().codes == {"": ["CON001"]}


def test_a_branch_that_nobody_claims(loose: Repo) -> None:
    """It works under the worktree's contract; a branch that a contract claims under that one."""
    loose.guard("start", "--here", "api")
    loose.git("switch", "-qc", "spike")
    loose.write({"web/a.py": "new\n"})
    assert loose.check().codes == {"web/a.py": ["OWN001", "SES002"]}
    loose.git("switch", "-qc", "web")
    assert loose.check().codes == {}


def test_a_push_is_judged_by_the_branch_that_is_pushed(loose: Repo) -> None:
    """What a worktree says about itself counts for what is done in it, not for what arrives."""
    loose.guard("start", "--here", "api")
    loose.commit({"api/a.py": "new\n"})
    ran = loose.check("--base", "main", "--head", "HEAD")
    assert ran.codes == {"": ["CON001"]}


def test_another_one_and_none(loose: Repo) -> None:
    """A second binding replaces the first; --none takes it away."""
    loose.guard("start", "--here", "api")
    assert loose.guard("start", "--here", "web").code == 0
    assert loose.write({"web/a.py": "new\n"}).check().codes == {}
    assert "no longer bound to web" in loose.guard("start", "--here", "--none").out
    assert loose.check().codes == {"": ["CON001"]}
    assert loose.guard("start", "--here", "--none").out == "not bound\n"


def test_a_contract_that_is_closed_binds_nobody(loose: Repo, repo: Repo) -> None:
    """When its file leaves the base, the worktree has no contract any more."""
    loose.guard("start", "--here", "api")
    repo.git("rm", "-q", ".guard/contracts/api.toml")
    repo.git("commit", "-qm", "close api")
    loose.git("switch", "-q", "--detach", "main")
    assert loose.write({"api/a.py": "new\n"}).check().codes == {"": ["CON001"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--here", "nobody"], "there is no contract 'nobody'"),
        (["--here"], "give one contract, or --none"),
        (["--here", "api", "--none"], "give one contract, or --none"),
        ([], "guard start NAME --owns PATTERN"),
        (["--here", "../../x"], "there is no contract"),
    ],
)
def test_words_that_do_not_fit(loose: Repo, words: list[str], told: str) -> None:
    """Nothing is bound, and the message says what to type."""
    ran = loose.guard("start", *words)
    assert (ran.code, told in ran.err) == (2, True), ran
    assert loose.write({"api/a.py": "new\n"}).check().codes == {"": ["CON001"]}


@pytest.mark.parametrize("words", [["--here"], ["--branch", "main"]])
def test_the_base_is_no_sessions_branch(repo: Repo, loose: Repo, words: list[str]) -> None:
    """A new contract does not make it one, either."""
    ran = repo.guard("start", "new", *words, "--owns", "/z/")
    assert ran.code == 2
    assert "main is the base, which belongs to no session" in ran.err


def test_where_it_cannot_be_bound(loose: Repo, repo: Repo) -> None:
    """The base belongs to nobody, and a branch of another contract to that one."""
    ran = repo.guard("start", "--here", "api")
    assert (ran.code, "belongs to no session" in ran.err) == (2, True), ran
    loose.git("switch", "-qc", "feature/web")
    ran = loose.guard("start", "--here", "api")
    assert (ran.code, "has contract web already" in ran.err) == (2, True), ran
    assert loose.guard("start", "--here", "web").code == 0


def test_where_guard_is_not_adopted(empty: Repo) -> None:
    """There is nothing to bind to, which is said as everywhere else."""
    empty.commit({"a": "1"})
    empty.git("switch", "-q", "--detach")
    assert empty.guard("start", "--here", "api").code == 2


def test_a_contract_of_the_branch_itself(loose: Repo) -> None:
    """A contract that is not on the base yet can be bound to once it is committed."""
    loose.contract("docs", owns=["docs/"])
    assert loose.guard("start", "--here", "docs").code == 0
    loose.write({"docs/a.py": "new\n", "web/a.py": "new\n"})
    assert loose.check().codes == {
        ".guard/contracts/docs.toml": ["CON005"],
        "web/a.py": ["OWN001"],
    }


def test_beside_another_worktree(loose: Repo, repo: Repo) -> None:
    """It has a name of its own, its folder's or a wanted one, which no contract may get."""
    loose.guard("start", "--here", "api")
    for folder in ("my side", "other"):
        repo.git("worktree", "add", "-q", "--detach", f"../{folder}")
        assert repo.guard("start", "--here", "api", cwd=repo.path.parent / folder).code == 0
    other = repo.path.parent / "other"
    assert repo.guard("start", "api", "--from", "api", "--here", cwd=other).code == 2
    ran = repo.guard("start", "The third", "--from", "api", "--here", cwd=other)
    assert "it is the session the-third" in ran.out, ran
    rows = repo.guard("sessions").out.splitlines()
    assert {row.split()[0] for row in rows} >= {"api", "my-side", "the-third"}
    ran = repo.guard("start", "my-side", "--owns", "/new/")
    assert (ran.code, "my-side is a session under contract api already" in ran.err) == (2, True)
    assert repo.guard("start", "--here", "--none", cwd=other).code == 0
    assert "the-third" not in repo.guard("sessions").out


def test_the_main_worktree_beside_another(repo: Repo) -> None:
    """It is a session with a name of its own, like any other second worktree."""
    team(repo)
    assert repo.guard("start", "web").code == 0
    repo.git("switch", "-q", "-c", "feature")
    assert repo.guard("start", "--here", "web").code == 0
    lines = [line.split() for line in repo.guard("sessions").out.splitlines()]
    named = {line[0]: line[2] for line in lines}
    assert (named["web"], named[repo.path.name]) == ("worktree-web", "feature"), named
