"""`guard tidy`: what the base has leaves it, in one commit, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import METADATA, POLICY, Repo, team

HANDOFF = "# web\n\n## Files changed\n\n- web/a.py\n"
GONE = [".guard/contracts/web.toml", ".guard/handoffs/web.md"]


@pytest.fixture(name="base")
def base_with_contracts(empty: Repo) -> Repo:
    """`api` and `web` are open on the base, `bot` is standing; `web` is merged with a handoff."""
    team(empty, policy=POLICY + METADATA).contract("bot", owns=["bots/"], standing=True)
    empty.branch("web").commit({"web/a.py": "2\n", GONE[1]: HANDOFF})
    empty.git("switch", "-q", "main")
    empty.git("merge", "-q", "--no-ff", "--no-edit", "web")
    return empty


def removed(repo: Repo, since: str) -> list[str]:
    """What the base lost since a commit, by git."""
    names = repo.git("diff", "--name-status", "--no-renames", since, "main").splitlines()
    assert all(name.startswith("D\t") for name in names)
    return [name.removeprefix("D\t") for name in names]


def test_one_commit_without_the_integrated_session(base: Repo) -> None:
    """Contract and handoff go; open and standing ones stay, and so does a clean checkout."""
    tip = base.git("rev-parse", "main")
    dry = base.guard("tidy", "--dry-run")
    assert (dry.code, base.git("rev-parse", "main")) == (0, tip)
    assert "would remove web: main has all of web" in dry.out
    assert "open: api: no branch works under it yet" in dry.out
    assert "bot" not in dry.out
    assert base.guard("tidy").code == 0
    assert removed(base, tip) == GONE
    assert base.git("rev-parse", "main~1") == tip
    assert base.git("status", "--porcelain") == ""
    assert base.guard("tidy").out.splitlines()[-1] == "nothing to tidy"


def test_worktrees_that_are_left(base: Repo) -> None:
    """Each is named with the command for it, which works; before, with the one for both."""
    place = base.path.parent / "the web"
    base.git("worktree", "add", "-q", str(place), "web")
    dry = base.guard("tidy", "--dry-run").out.splitlines()
    assert dry[-1] == f"or: guard finish web   # its worktree goes, too: {place}"
    said = base.guard("tidy").out.splitlines()[-1]
    assert said == f"next: git worktree remove '{place}'   # web's, which is left"
    base.run("sh", "-c", said.removeprefix("next: "))
    assert not place.exists()


def test_check_names_what_can_go(base: Repo) -> None:
    """`guard contract check` names the integrated session and the command, until it is closed."""
    base.contract("old", owns=["old/"])
    base.commit({".guard/handoffs/old.md": HANDOFF})
    base.git("rm", "-q", ".guard/contracts/old.toml")
    base.git("commit", "-q", "-m", "close old")
    for words in ((), ("--base",)):
        ran = base.guard("contract", "check", *words)
        assert ran.code == 0
        assert "integrated, and still on the base: web, old\nnext: guard tidy" in ran.out
    assert "still on the base" not in base.guard("contract", "check", "web").out
    assert base.guard("tidy").code == 0
    assert "still on the base" not in base.guard("contract", "check").out


@pytest.mark.parametrize("how", ["squash", "rebase", "deleted", "from a worktree"])
def test_every_way_to_merge(empty: Repo, how: str) -> None:
    """Squashed, rebased and deleted branches are integrated as well."""
    team(empty).branch("web")
    empty.commit({"web/a.py": "2\n"})
    empty.commit({"web/b.py": "2\n", GONE[1]: HANDOFF})
    empty.git("switch", "-q", "main")
    empty.commit({"api/a.py": "main goes on\n"})
    if how == "squash":
        empty.git("merge", "-q", "--squash", "web")
        empty.commit({}, "squashed")
    elif how == "rebase":
        empty.git("cherry-pick", "main..web")
    else:
        empty.git("merge", "-q", "--no-edit", "web")
    if how == "deleted":
        empty.git("branch", "-q", "-D", "web")
    tip, place = empty.git("rev-parse", "main"), empty
    if how == "from a worktree":
        place = empty.worktree("elsewhere")
    assert place.guard("tidy").code == 0
    assert removed(empty, tip) == GONE
    assert empty.git("status", "--porcelain") == ""


def test_work_that_goes_on_stays(base: Repo) -> None:
    """A second branch under the contract, or a commit more, keeps it open."""
    base.git("switch", "-q", "web")
    base.commit({"web/c.py": "more\n"})
    base.git("switch", "-q", "main")
    ran = base.guard("tidy")
    assert "open: web: web: work goes on" in ran.out
    assert ran.out.splitlines()[-1] == "nothing to tidy"
    named = base.guard("tidy", "web")
    assert (named.code, "web is not integrated" in named.err) == (2, True)
    assert base.guard("tidy", "nobody").code == 2


def test_a_branch_that_has_not_begun_stays(empty: Repo) -> None:
    """A branch at the base's tip is no finished work."""
    team(empty).git("branch", "web", "main")
    assert empty.guard("tidy").out.splitlines()[-1] == "nothing to tidy"


@pytest.mark.parametrize("dirty", ["edited", "staged"])
def test_where_a_checkout_is_in_the_way_nothing_moves(base: Repo, dirty: str) -> None:
    """An edit of what is to go: ref, index and files stay, and the command says why."""
    base.write({GONE[1]: "mine\n"})
    if dirty == "staged":
        base.git("add", "-A")
    before = base.git("rev-parse", "main"), base.git("ls-files", "-s")
    ran = base.guard("tidy")
    assert ran.code == 2
    assert "nothing was moved" in ran.err
    assert (base.git("rev-parse", "main"), base.git("ls-files", "-s")) == before
    assert (base.path / GONE[1]).read_text() == "mine\n"


def test_other_changes_of_the_checkout_survive(base: Repo) -> None:
    """Staged, edited and untracked files that are not in the way stay just so."""
    base.write({"docs/a.py": "staged\n"}).git("add", "-A")
    base.write({"docs/b.py": "edited\n", "new": "untracked\n"})
    before = base.git("status", "--porcelain")
    assert base.guard("tidy").code == 0
    assert base.git("status", "--porcelain") == before


def test_a_rebase_of_the_base_is_in_the_way(base: Repo) -> None:
    """While the base is being rebased, git would refuse to move it, and so does guard."""
    base.commit({"docs/a.py": "x\n"})
    base.run("git", "rebase", "-q", "-x", "false", "HEAD~1", ok=(1,))
    ran = base.guard("tidy")
    assert ran.code == 2
    assert "rebased" in ran.err


def test_a_handoff_whose_contract_is_closed_goes(base: Repo) -> None:
    """The branch deleted its contract itself; a page that is no handoff stays."""
    base.git("rm", "-q", GONE[0])
    base.commit({".guard/handoffs/readme.md": "# How we write handoffs\n"})
    tip = base.git("rev-parse", "main")
    assert "remove web: its contract is closed" in base.guard("tidy").out
    assert removed(base, tip) == [GONE[1]]


def test_a_base_that_is_behind_is_not_tidied(base: Repo, tmp_path: Path) -> None:
    """A clone whose `main` lacks what the remote has is told to catch up first."""
    clone = Repo(tmp_path / "clone")
    clone.path.mkdir()
    clone.git("clone", "-q", str(base.path), ".")
    base.commit({"docs/a.py": "x\n"})
    clone.git("fetch", "-q")
    ran = clone.guard("tidy")
    assert ran.code == 2
    clone.run("sh", "-c", ran.err.partition("hint: ")[2])
    assert clone.guard("tidy").code == 0


def test_contracts_on_their_own_branch(
    empty: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handoff leaves the base, the contract its branch, with a push."""
    origin = Repo.init(tmp_path / "origin.git", "--bare")
    empty.git("remote", "add", "origin", str(origin.path))
    team(empty).git("push", "-q", "-u", "origin", "main")
    assert empty.guard("contract", "publish", "--to", "guard-contracts").code == 0
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z")  # after the contracts came
    empty.git("rm", "-q", "-r", ".guard/contracts")
    empty.policy(POLICY + '[contracts]\nbranch = "guard-contracts"\n')
    empty.branch("web").commit({"web/a.py": "2\n", GONE[1]: HANDOFF})
    empty.git("switch", "-q", "main")
    empty.git("merge", "-q", "--no-edit", "web")
    ran = empty.guard("tidy")
    assert ran.code == 0, ran
    there = origin.git("ls-tree", "-r", "--name-only", "guard-contracts").split()
    assert there == [".guard/contracts/api.toml"]
    assert GONE[1] not in empty.git("ls-tree", "-r", "--name-only", "main")
    assert "next: git push origin main" in ran.out
