"""Contracts on a branch of their own: where they are read, and what no pusher can make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import kit
from tests.kit import METADATA, Repo, toml

BRANCH = "guard-contracts"
POLICY = kit.POLICY + METADATA + f'[contracts]\nbranch = "{BRANCH}"\n'


def grant(repo: Repo, branch: str = BRANCH, **contracts: dict[str, object]) -> str:
    """Put contracts on a branch with nothing else, without a checkout; give the commit."""
    tip = repo.git("rev-parse", "-q", "--verify", f"refs/heads/{branch}", ok=(0, 1))
    env = {"GIT_INDEX_FILE": str(repo.path.parent / "contracts-index")}
    repo.git("read-tree", tip or "--empty", env=env)
    for name, keys in contracts.items():
        blob = repo.git("hash-object", "-w", "--stdin", stdin=toml(keys).encode())
        entry = f"100644,{blob},.guard/contracts/{name}.toml"
        repo.git("update-index", "--add", "--cacheinfo", entry, env=env)
    tree = repo.git("write-tree", env=env)
    commit = repo.git("commit-tree", "-m", "contracts", *(["-p", tip] if tip else []), tree)
    repo.git("update-ref", f"refs/heads/{branch}", commit)
    return commit


def without_folder(repo: Repo, branch: str) -> str:
    """Start a branch at the tip of that of contracts, with a file in place of their folder."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x\n")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tcontracts\n".encode())
    tree = repo.git("mktree", stdin=f"040000 tree {inner}\t.guard\n".encode())
    commit = repo.git("commit-tree", "-m", "x", "-p", BRANCH, tree)
    repo.git("update-ref", f"refs/heads/{branch}", commit)
    return commit


@pytest.fixture(name="shop")
def with_a_branch_of_contracts(empty: Repo) -> Repo:
    """`web` owns `web/`, on a branch of its own; a contract on the base owns everything."""
    empty.commit({"guard.toml": POLICY, "web/a": "1\n", "docs/a": "1\n", "package.json": "{}\n"})
    empty.contract("old", owns=["*"], branches=["*"])
    grant(empty, web={"owns": ["web/"]})
    return empty


@pytest.mark.parametrize("scope", ["worktree", "--staged", "--branch", "--base=main"])
def test_contracts_are_read_there_and_nowhere_else(shop: Repo, scope: str) -> None:
    """What the base still has grants nothing; policy stays there."""
    shop.branch("web")
    shop.write({"web/a": "2\n", "docs/a": "2\n", "package.json": "{2}\n"}).git("add", "-A")
    if scope.startswith("--b"):
        shop.commit({})
    ran = shop.check(*([] if scope == "worktree" else [scope]))
    assert ran.codes == {"docs/a": ["OWN001"], "package.json": ["SHR001"]}
    assert ran.report["contracts"]["ref"] == BRANCH
    assert ran.report["trusted"]["ref"] == "main"


def test_every_command_reads_them_there(shop: Repo) -> None:
    """List, show, explain, brief and doctor agree."""
    shop.branch("web")
    listed = shop.guard("contract", "list").out
    assert f"web · on {BRANCH}, not in the working tree" in listed
    assert f"on {BRANCH}" in shop.guard("contract", "show", "web").out
    assert "web/" in shop.guard("explain", "web/a").out
    assert f"and contracts on {BRANCH}." in shop.guard("brief").out
    assert "no-base" not in shop.guard("doctor").out


def test_the_remotes_branch_counts(shop: Repo, tmp_path: Path) -> None:
    """Where there is a remote, a local branch of the name grants nothing."""
    clone = Repo(tmp_path / "clone")
    clone.path.mkdir()
    clone.git("clone", "-q", str(shop.path), ".")
    clone.branch("web").commit({"docs/a": "2\n"})
    grant(clone, web={"owns": ["*"]})
    assert clone.check("--branch").codes == {"docs/a": ["OWN001"]}


@pytest.mark.parametrize("words", [("check",), ("check", "--staged"), ("ci",), ("explain", "a")])
def test_without_the_branch_there_is_no_verdict(shop: Repo, words: tuple[str, ...]) -> None:
    """A missing branch of contracts is never no contract: status 2, and the command to get it."""
    shop.branch("web").git("branch", "-q", "-D", BRANCH)
    ran = shop.guard(*words)
    assert ran.code == 2, ran
    assert f"guard.toml names {BRANCH} as the branch of contracts, which is not here" in ran.err
    if words != ("ci",):  # which says how to get a whole clone
        assert f"git fetch origin +refs/heads/{BRANCH}:refs/remotes/origin/{BRANCH}" in ran.err


def test_unreadable_contracts_there_stop_their_own_branch_alone(shop: Repo) -> None:
    """As on the base: who works under the broken contract gets no verdict, others do."""
    grant(shop, api={"owns": ["["]})
    shop.branch("web").commit({"web/a": "2\n"})
    assert shop.check("--branch").codes == {}
    shop.git("switch", "-q", "-c", "api")
    assert shop.check("--branch").code == 2


def test_a_session_may_bring_its_contract_but_not_more(shop: Repo) -> None:
    """The own contract's file has no effect on the base; another's is reported."""
    own = toml({"owns": ["*"]})
    shop.branch("web").commit({".guard/contracts/web.toml": own, "web/a": "2\n"})
    assert shop.check("--branch").codes == {}
    shop.commit({".guard/contracts/new.toml": own})
    assert "CON002" in shop.check("--branch").codes[".guard/contracts/new.toml"]


def test_an_integrated_session_takes_nothing(shop: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that has not begun is open, one whose work the base has is not."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z")  # after the contract came
    shop.git("branch", "web", "main")
    shop.branch("fresh").commit({".guard/contracts/fresh.toml": toml({"owns": ["*"]})})
    shop.commit({"web/a": "mine\n"})
    assert "OWN001" in shop.check("--branch").codes["web/a"]
    shop.git("switch", "-q", "web")
    shop.commit({"web/b": "work\n"})
    shop.git("switch", "-q", "main")
    shop.git("merge", "-q", "--no-edit", "web")
    shop.git("switch", "-q", "fresh")
    assert "web/a" not in shop.check("--branch").codes


# servers


@pytest.fixture(name="server", params=["pre-receive", "update"])
def server_of_a_team(shop: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Repo:
    """A bare repository with one of guard's hooks, to which `shop` pushes."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    shop.git("remote", "add", "origin", str(bare.path))
    shop.git("push", "-q", "origin", "main", BRANCH)
    assert bare.guard("install", "--as", "files", "--hook", request.param).code == 0
    return bare


def push(repo: Repo, *words: str) -> tuple[int, str]:
    """Push, and give the status and what the pusher sees."""
    ran = repo.run("git", "push", "-q", "origin", *words, ok=(0, 1))
    return ran.code, ran.err


def test_a_grant_arrives_and_counts(shop: Repo, server: Repo) -> None:
    """Whoever may push there may grant: the next push of the session is judged by it."""
    shop.branch("web").commit({"docs/a": "2\n"})
    assert push(shop, "web")[0] == 1
    grant(shop, web={"owns": ["web/", "docs/"]})
    assert push(shop, BRANCH) == (0, "")
    assert push(shop, "web") == (0, "")
    assert server.git("rev-parse", "web") == shop.git("rev-parse", "web")


@pytest.mark.parametrize("server", ["pre-receive"], indirect=True)  # update sees one ref at a time
def test_a_grant_in_the_same_push_excuses_nothing(shop: Repo, server: Repo) -> None:
    """No ref of a push takes part in judging another."""
    shop.branch("web").commit({"docs/a": "2\n"})
    grant(shop, web={"owns": ["*"]})
    code, said = push(shop, BRANCH, "web")
    assert code == 1
    assert "docs/a: OWN001" in said
    assert server.run("git", "rev-parse", "-q", "--verify", "web", ok=(0, 1)).code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((f":{BRANCH}",), "has the contracts: without it no branch can be judged"),
        (("-f", f"rewritten:{BRANCH}"), f"this rewrites {BRANCH}"),
        (("-f", f"main:{BRANCH}"), f"this rewrites {BRANCH}"),
        ((f"broken:{BRANCH}",), "would have contracts that cannot be read"),
        ((f"no-folder:{BRANCH}",), "would have contracts that cannot be read"),
    ],
)
def test_claims_cannot_be_undone(
    shop: Repo, server: Repo, words: tuple[str, ...], told: str
) -> None:
    """The branch is neither deleted nor rewritten, and gets no contract that cannot be read."""
    grant(shop, "rewritten", web={"owns": ["*"]})
    shop.git("branch", "broken", BRANCH)
    grant(shop, "broken", web={"owns": ["["]})
    without_folder(shop, "no-folder")
    tip = server.git("rev-parse", BRANCH)
    code, said = push(shop, *words)
    assert code == 1
    assert told in said
    assert server.git("rev-parse", BRANCH) == tip


def test_a_branch_called_so_means_nothing_to_a_policy_that_does_not_name_it(
    team: Repo, tmp_path: Path
) -> None:
    """Without the key, a pusher's branch of this name is judged like any other."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    team.git("remote", "add", "origin", str(bare.path))
    team.git("push", "-q", "origin", "main")
    assert bare.guard("install", "--as", "files", "--hook", "pre-receive").code == 0
    grant(team, api={"owns": ["*"]}, evil={"owns": ["*"]})
    team.branch("api").commit({"web/a.py": "stray\n"})
    code, said = push(team, "api")
    assert (code, "web/a.py: OWN001" in said) == (1, True)


def test_a_tag_or_a_remotes_ref_of_the_name_grants_nothing(shop: Repo, server: Repo) -> None:
    """On a server only the branch counts, whatever else a pusher calls so."""
    everything = grant(shop, "everything", web={"owns": ["*"]})
    for ref in (f"refs/tags/{BRANCH}", f"refs/remotes/origin/{BRANCH}", f"refs/{BRANCH}"):
        server.git("fetch", "-q", str(shop.path), f"{everything}:{ref}")
    shop.branch("web").commit({"docs/a": "2\n"})
    code, said = push(shop, "web")
    assert (code, "docs/a: OWN001" in said) == (1, True)


def test_a_server_without_the_branch_takes_only_the_branch(shop: Repo, server: Repo) -> None:
    """Lost contracts mean no verdict, until somebody pushes them again."""
    server.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    shop.branch("web").commit({"web/a": "2\n"})
    code, said = push(shop, "web")
    assert (code, f"names {BRANCH} as the branch of contracts" in said) == (1, True)
    assert push(shop, BRANCH)[0] == 0
    assert push(shop, "web") == (0, "")


def test_a_branch_without_a_folder_of_contracts_can_be_repaired(shop: Repo, server: Repo) -> None:
    """Until somebody pushes the repair, nobody else is let in, and the branch cannot be deleted."""
    good = shop.git("rev-parse", BRANCH)
    broken = without_folder(shop, "no-folder")
    server.git("fetch", "-q", str(shop.path), f"no-folder:refs/heads/{BRANCH}")
    shop.branch("web").commit({"web/a": "2\n"})
    assert "is not a folder" in push(shop, "web")[1]
    assert "has the contracts: without it" in push(shop, f":{BRANCH}")[1]
    mended = shop.git("commit-tree", "-m", "mended", "-p", broken, f"{good}^{{tree}}")
    assert push(shop, "-f", f"{good}:{BRANCH}")[0] == 1
    assert push(shop, f"{mended}:{BRANCH}")[0] == 0
    assert push(shop, "web")[0] == 0
