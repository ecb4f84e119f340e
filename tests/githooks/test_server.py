"""A server's hooks, in a bare repository and git's quarantine: the same verdict, by its base."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.githooks.test_push import HANDOFF
from tests.kit import BASE, POLICY, Ran, Repo


class Server:
    """A bare repository with one of guard's hooks, and a clone that has none."""

    def __init__(self, path: Path, team: Repo, hook: str) -> None:
        self.bare = Repo.init(path / "server.git", "--bare")
        self.clone = team
        team.git("remote", "add", "origin", str(self.bare.path))
        team.git("push", "-q", "origin", "main")
        if hook:
            ran = self.bare.guard("install", "--as", "files", "--hook", hook)
            assert ran.code == 0, ran

    def push(self, *words: str) -> Ran:
        """Push from the clone and give all that the pusher sees."""
        return self.clone.run("git", "push", "-q", "origin", *words, ok=(0, 1))

    def refs(self) -> set[str]:
        """The server's branches and tags."""
        return set(self.bare.git("for-each-ref", "--format=%(refname)").split())


@pytest.fixture(params=["pre-receive", "update"])
def server(team: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Server:
    """A server with either hook."""
    return Server(tmp_path, team, request.param)


def stray(repo: Repo, branch: str, start: str = "main") -> None:
    """A branch with a commit beyond its contract."""
    repo.git("switch", "-q", "-c", branch, start)
    repo.commit({"docs/a.md": f"stray {branch}\n"}, f"stray on {branch}")


def test_good_work_arrives_in_silence(server: Server) -> None:
    """New, updated, forced, deleted, tagged and landing refs that keep contracts pass silently."""
    clone = server.clone.branch("api")
    clone.commit({"api/a.py": "1\n"})
    assert server.push("api") == (0, "", "")
    clone.commit({"api/a.py": "2\n"}, "2", "--amend")
    assert server.push("-f", "api") == (0, "", "")
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "--no-edit", "api")
    clone.git("tag", "-a", "-m", "x", "v1", "main~1")
    assert server.push("main", "v1", ":api") == (0, "", "")
    assert server.refs() == {"refs/heads/main", "refs/tags/v1"}


def test_a_handoff_is_judged_without_receipts(server: Server) -> None:
    """The server asks for the handoff where work lands, and receipts stay with the work."""
    clone = server.clone.policy(BASE).contract("api", owns=["api/"], verify=["test -e api/a.py"])
    assert server.push("main").code == 0
    clone.branch("api").commit({"api/a.py": "1\n"})
    lacks = "remote: note: the handoff of api still lacks, before it lands: HND001 missing-handoff"
    ran = server.push("api")
    assert (ran.code, lacks in ran.err) == (0, True)
    ran = server.push("api:main")
    assert (ran.code, "remote: error: .guard/handoffs/api.md: HND001" in ran.err) == (1, True)
    clone.commit(
        {".guard/handoffs/api.md": HANDOFF.replace("`test -e api/a.py` passed", "by hand")}
    )
    assert "RUN001 command-missing" in server.push("api:main").err
    clone.commit({".guard/handoffs/api.md": HANDOFF})
    assert server.push("api") == (0, "", "")
    assert server.push("api:main") == (0, "", "")


def test_a_stray_branch_is_refused(server: Server) -> None:
    """The pusher reads the verdict and which commit to look at; the server keeps nothing."""
    stray(server.clone, "api")
    oid = server.clone.git("rev-parse", "HEAD")
    ran = server.push("api")
    assert ran.code == 1
    assert ran.err.startswith("remote: guard: contract api broken")
    assert "remote: error: docs/a.md: OWN001 outside-contract" in ran.err
    assert f"remote: brought by {oid[:12]} (stray on api): docs/a.md" in ran.err
    assert server.refs() == {"refs/heads/main"}


def test_no_policy_from_the_branch(server: Server) -> None:
    """Contract and policy that come with the push do not decide about it."""
    stray(server.clone, "api")
    server.clone.commit(
        {
            ".guard/contracts/api.toml": "goal = 'x'\nowns = ['*']\n",
            "guard.toml": "[rules]\nOWN001 = 'off'\n",
        }
    )
    ran = server.push("api")
    assert "docs/a.md: OWN001" in ran.err
    assert "guard.toml: CON002" in ran.err


def test_no_policy_from_the_same_push(team: Repo, tmp_path: Path) -> None:
    """A push that moves the base and a branch at once is judged by the base as it was before."""
    server = Server(tmp_path, team, "pre-receive")
    team.contract("api", owns=["api/", "docs/"])
    stray(team, "api")
    assert "docs/a.md: OWN001" in server.push("main", "api").err
    assert server.push("main").code == 0
    assert server.push("api").code == 0


def test_all_or_nothing(team: Repo, tmp_path: Path) -> None:
    """pre-receive refuses the whole push, update the broken ref, or with `--atomic` all."""
    team.branch("web").commit({"web/a.py": "x\n"})
    stray(team, "api")
    for hook, options, arrived in (
        ("pre-receive", [], False),
        ("update", ["--atomic"], False),
        ("update", [], True),
    ):
        server = Server(tmp_path / hook / str(len(options)), team, "")
        assert server.bare.guard("install", "--as", "files", "--hook", hook).code == 0
        assert server.push(*options, "web", "api").code == 1
        assert ("refs/heads/web" in server.refs()) == arrived, hook
        assert "refs/heads/api" not in server.refs()
        team.git("remote", "remove", "origin")


def test_merges_are_looked_at_inside_the_quarantine(server: Server) -> None:
    """What a pushed merge dropped is found, though its objects are still in quarantine."""
    clone = server.clone.branch("api")
    clone.commit({"api/a.py": "1\n"})
    clone.git("switch", "-q", "main")
    clone.commit({"web/a.py": "fix\n"})
    assert server.push("main").code == 0
    clone.git("switch", "-q", "api")
    clone.git("merge", "-q", "-s", "ours", "--no-edit", "main")
    ran = server.push("api")
    assert "web/a.py: MRG002" in ran.err


def test_tags_and_unrelated_histories(server: Server) -> None:
    """A tag of stray work is not judged, which is said; a branch of another root is, as a whole."""
    clone = server.clone
    stray(clone, "api")
    clone.git("tag", "-a", "-m", "x", "loose")
    ran = server.push("loose")
    assert ran.code == 0
    assert "remote: guard: not judged: refs/tags/loose: not a branch" in ran.err
    clone.git("switch", "-q", "--orphan", "web")
    clone.commit({"web/x.py": "x\n"})
    assert server.push("web") == (0, "", "")
    clone.commit({"index.html": "x\n"})
    assert "index.html: OWN001" in server.push("web").err


def test_the_base_cannot_be_made_unreadable(server: Server) -> None:
    """A mistyped policy does not land, and if one is there already, what mends it does."""
    clone = server.clone
    clone.commit({"guard.toml": "bse = 'main'\n"}, "mistyped")
    assert "remote:   guard.toml:1:1: bse: unknown key" in server.push("main").err
    clone.git(
        "push",
        "-q",
        "--receive-pack=git -c core.hooksPath=/dev/null receive-pack",
        "origin",
        "main",
    )
    clone.branch("api").commit({"api/a.py": "x\n"})
    assert server.push("api").code == 1
    clone.git("switch", "-q", "main")
    clone.commit({"guard.toml": POLICY}, "mended")
    assert server.push("main").code == 0
    assert server.push("api").code == 0


def test_the_branch_of_head_is_the_base(tmp_path: Path) -> None:
    """A server's base is the branch that HEAD names, also if it is neither main nor master."""
    bare = Repo.init(tmp_path / "server.git", "--bare", "--initial-branch=trunk")
    repo = Repo.init(tmp_path / "repo", "--initial-branch=trunk")
    repo.git("remote", "add", "origin", str(bare.path))
    repo.commit({"guard.toml": "", ".guard/contracts/api.toml": "goal = 'x'\nowns = ['api/']\n"})
    assert bare.guard("install", "--as", "files", "--hook", "pre-receive").code == 0
    first = repo.run("git", "push", "-q", "origin", "trunk")
    assert "there is no commit here" in first.err
    repo.branch("api").commit({"docs/a": "x\n"})
    ran = repo.run("git", "push", "-q", "origin", "api", ok=(1,))
    assert "docs/a: OWN001" in ran.err
    assert "against trunk" in ran.err


@pytest.mark.parametrize("words", [["pre-receive"], ["update", "refs/heads/x", "1"]])
def test_bad_input(team: Repo, words: list[str]) -> None:
    """What git would not send is an error and no verdict."""
    ran = team.guard("hook", *words, stdin=b"cut")
    assert ran.code == 2
    assert ran.err.startswith("guard: git's hook ")


def test_names_that_the_pusher_chose(server: Server) -> None:
    """A name of a ref or a file can move no cursor of the person who pushes."""
    clone = server.clone
    clone.git("switch", "-q", "-c", "\u202eapi", "main")
    clone.commit({"docs/\x1b[2J": "x\n"})
    ran = server.push("\u202eapi")
    assert ran.code == 1
    assert "\x1b[2J" not in ran.err
    assert "on \\u202eapi" in ran.err


# attacks on the place that is trusted

WIDE: dict[str, str | bytes] = {
    ".guard/contracts/api.toml": "goal = 'x'\nowns = ['*']\n",
    "guard.toml": POLICY + "[contracts]\nmissing = 'off'\n",
}


def beside(clone: Repo, files: dict[str, str | bytes]) -> str:
    """A commit that no branch of the clone has."""
    clone.git("switch", "-q", "--detach", "main")
    made = clone.commit(files)
    clone.git("switch", "-q", "main")
    return made


@pytest.mark.parametrize(
    "ref",
    [
        "refs/remotes/origin/main",
        "refs/remotes/origin/HEAD",
        "refs/remotes/upstream/main",
        "refs/heads/upstream/main",
        "refs/tags/main",
        "refs/tags/refs/heads/main",
        "refs/main",
    ],
)
@pytest.mark.parametrize("policy", ["main", "upstream/main"])
def test_only_the_servers_branches_are_trusted(
    team: Repo, tmp_path: Path, ref: str, policy: str
) -> None:
    """Whatever is pushed beside the base, however it is called, the base stays the base."""
    server = Server(tmp_path, team, "pre-receive")
    team.policy(POLICY.replace('"main"', f'"{policy}"'))
    assert server.push("main").code == 0
    server.push(f"{beside(team, WIDE)}:{ref}")
    stray(team, "api")
    assert "docs/a.md: OWN001" in server.push("api").err
    assert "refs/heads/api" not in server.refs()


def test_a_mirrors_refs_on_the_server_blame_nobody(server: Server) -> None:
    """What a mirror pushed beside the branches does not become the base of anybody."""
    clone = server.clone
    server.push("main:refs/remotes/origin/main")
    clone.commit({"web/a.py": "newer\n"})
    assert server.push("main").code == 0
    clone.branch("api").commit({"api/a.py": "x\n"})
    assert server.push("api") == (0, "", "")


@pytest.mark.parametrize("name", ["trunk", "other"])
def test_nobody_pushes_a_branch_that_would_be_the_base(server: Server, name: str) -> None:
    """Where HEAD names no branch yet, main is the base, and a push makes no other one."""
    server.bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    ran = server.push(f"{beside(server.clone, WIDE)}:refs/heads/{name}")
    assert ran.code == 1
    assert ("trunk would become the base in place of main" in ran.err) == (name == "trunk")
    stray(server.clone, "api")
    assert "docs/a.md: OWN001" in server.push("api").err


def test_the_base_in_the_same_push_excuses_nothing(team: Repo, tmp_path: Path) -> None:
    """A branch pushed with the base is judged by the base that is there; in turn both pass."""
    team.commit({"docs/a.md": "the lead's\n"})
    team.branch("api").commit({"api/a.py": "x\n"})
    for hook in ("pre-receive", "update"):
        server = Server(tmp_path / hook, team, "")
        server.bare.git("update-ref", "refs/heads/main", "main~1")
        assert server.bare.guard("install", "--as", "files", "--hook", hook).code == 0
        ran = server.push("--atomic", "main", "api")
        assert ran.code == 1
        assert "docs/a.md: OWN001" in ran.err
        assert ("next: git push origin main   # first" in ran.err) == (hook == "pre-receive")
        assert server.push("main").code == 0
        assert server.push("api") == (0, "", "")
        team.git("remote", "remove", "origin")


def test_the_base_and_what_names_it_cannot_be_deleted(server: Server) -> None:
    """Without the base nobody could push; the branch that names it stays, too."""
    clone = server.clone.branch("develop")
    clone.commit({"guard.toml": POLICY.replace('"main"', '"develop"')})
    server.bare.git("config", "receive.denyDeleteCurrent", "ignore")
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "develop")
    ran = server.push("main")
    assert "guard.toml names the base 'develop', and there is no such branch here" in ran.err
    server.bare.git("fetch", "-q", str(clone.path), "develop:develop")
    assert server.push("main").code == 0
    for branch in ("develop", "main"):
        assert f"{branch} is the base, or names it" in server.push(f":{branch}").err
    assert server.refs() >= {"refs/heads/main", "refs/heads/develop"}


def test_a_lost_base_can_be_pushed_again(server: Server) -> None:
    """If an administrator deleted it, what brings it back passes, and nothing else."""
    clone = server.clone.branch("develop")
    clone.commit({"guard.toml": POLICY.replace('"main"', '"develop"')})
    server.bare.git("fetch", "-q", str(clone.path), "develop:main")
    clone.branch("api").commit({"api/a.py": "x\n"})
    ran = server.push("api")
    assert "there is no such branch here" in ran.err
    assert "hint: push that branch first: git push origin develop" in ran.err
    assert server.push("develop").code == 0
    assert server.push("api") == (0, "", "")
    server.bare.git("update-ref", "-d", "refs/heads/develop")
    clone.git("switch", "-q", "-C", "main", "develop")
    clone.commit({"guard.toml": POLICY.replace('"main"', '"nowhere"')})
    assert server.push("main").code == 1
    clone.commit({"guard.toml": POLICY})
    assert server.push("main").code == 0


@pytest.mark.parametrize("odd", ["a:b", 'a"b:c', "\u00e9:\\x"])
def test_a_colon_in_the_servers_path(team: Repo, tmp_path: Path, odd: str) -> None:
    """git quotes such a folder when it names its quarantine; merges are looked at all the same."""
    server = Server(tmp_path / odd, team, "pre-receive")
    team.commit({"docs/a.md": "the lead's\n"})
    assert server.push("main").code == 0
    team.git("switch", "-q", "-c", "api", "main~1")
    team.commit({"api/a.py": "x\n"})
    team.git("merge", "-q", "--no-edit", "main")
    assert server.push("api") == (0, "", "")
