"""pre-push: every ref that is pushed, each branch as a whole, judged by what stands on the base."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit import BASE, POLICY, Ran, Repo

HANDOFF = """\
**Files changed:** `api/a.py`

**Behavior changed:** One of them.

**Commands run:** `test -e api/a.py` passed

**Known risks:** None: nobody reads it.

**Follow-up work:** None: complete.
"""
LOOSE = "not a branch, and no single branch here tells whose work it is"


@pytest.fixture
def pair(wired: Repo, tmp_path: Path) -> Repo:
    """The team's repository with a remote that has `main`."""
    Repo.init(tmp_path / "server.git", "--bare")
    wired.git("remote", "add", "origin", str(tmp_path / "server.git"))
    wired.git("push", "-q", "origin", "main")
    return wired


def push(repo: Repo, *words: str) -> Ran:
    """Run `git push origin WORDS` and give all it says."""
    return repo.run("git", "push", "-q", "origin", *words, ok=(0, 1))


def pushed(repo: Repo) -> set[str]:
    """The refs of the remote."""
    return set(repo.git("ls-remote", "origin").replace("\t", " ").split()[1::2]) - {"HEAD"}


def stray(repo: Repo, branch: str, start: str = "main") -> None:
    """A branch whose only commit no hook has seen."""
    repo.git("switch", "-q", "-c", branch, start)
    repo.commit({"docs/a.md": "stray\n"}, f"stray on {branch}", "--no-verify")


# what must get through


def test_good_branches_go_through_in_silence(pair: Repo) -> None:
    """New, updated, forced and deleted branches that keep their contract are pushed silently."""
    pair.branch("api").commit({"api/a.py": "1\n"})
    for words in (
        ["api"],
        ["api"],
        ["-f", "api~1:api"],
        ["HEAD:refs/heads/worktree-api"],
        ["--delete", "api"],
        ["main", "api"],
        [],
    ):
        if not words:
            pair.git("config", "push.default", "current")
        assert push(pair, *words) == (0, "", ""), words


def test_what_the_base_has_is_nobodys_doing(pair: Repo) -> None:
    """A branch, tag or other ref whose commits the base has brings nothing, whatever its name."""
    pair.git("tag", "light")
    pair.git("tag", "-a", "-m", "x", "heavy")
    pair.git("branch", "no-contract-at-all")
    assert push(pair, "light", "heavy", "no-contract-at-all", "HEAD:refs/for/main") == (0, "", "")


def test_landing_a_merge_on_the_base(pair: Repo) -> None:
    """Whoever merges sessions on the base and pushes it is not asked for a contract."""
    for name in ("api", "web"):
        pair.git("switch", "-q", "-c", name, "main")
        pair.commit({f"{name}/a.py": "new\n"})
    pair.git("switch", "-q", "main")
    pair.git("merge", "-q", "--no-edit", "api")
    pair.git("merge", "-q", "--no-edit", "web")
    assert push(pair, "main") == (0, "", "")


def test_the_base_and_what_is_built_on_it(pair: Repo) -> None:
    """Pushed with the base, a branch is not excused by it: guard says to push the base first."""
    pair.branch("web").commit({"web/a.py": "1\n"})
    pair.git("switch", "-q", "main")
    pair.git("merge", "-q", "--no-ff", "--no-edit", "web")
    pair.branch("api").commit({"api/a.py": "1\n"})
    pair.git("switch", "-q", "-c", "feat/api", "main")
    pair.commit({"api/b.py": "1\n"})
    pair.git("switch", "-q", "main")
    pair.commit({"web/a.py": "2\n", "docs/a.md": "2\n"}, "further", "--no-verify")
    assert "carried from web (contract web)" in push(pair, "api").err
    pair.git("switch", "-q", "feat/api")
    pair.git("rebase", "-q", "main")
    ran = push(pair, "api", "main", "feat/api")
    assert "error: web/a.py: OWN001" in ran.err
    assert "note: it brings commits of main that are not there yet" in ran.err
    assert pushed(pair) == {"refs/heads/main", "refs/heads/api"}  # api carries what web has
    assert push(pair, "main") == (0, "", "")
    assert push(pair, "api", "main", "feat/api") == (0, "", "")


def test_a_fork_that_is_behind(pair: Repo) -> None:
    """A branch that brings commits which the remote's base lacks is told so; the hint helps."""
    pair.commit({"web/a.py": "1\n", "docs/a.md": "1\n"}, "from upstream", "--no-verify")
    pair.branch("api").commit({"api/a.py": "1\n"})
    ran = push(pair, "api")
    assert "note: it brings commits of main here that origin/main does not have" in ran.err
    pair.run(
        "sh", "-c", ran.err.partition("does not have")[2].partition("next: ")[2].splitlines()[0]
    )
    assert push(pair, "api") == (0, "", "")
    stray(pair, "feat/api", "api")
    assert "it brings commits of main" not in push(pair, "feat/api").err


def test_the_base_excuses_nothing_else(pair: Repo) -> None:
    """No other ref of the push takes anything off a branch: it may yet be refused."""
    stray(pair, "web")
    pair.git("switch", "-q", "main")
    pair.commit({"web/b.py": "2\n", "docs/b.md": "new\n"}, "further", "--no-verify")
    pair.branch("api").commit({"docs/b.md": "stray\n", "api/a.py": "1\n"}, "stray", "--no-verify")
    ran = push(pair, "main", "api", "web")
    assert ran.code == 1
    assert "docs/b.md: OWN001" in ran.err
    assert "web/b.py: OWN001" in ran.err
    assert "docs/a.md: OWN001" in ran.err
    assert "docs/b.md: OWN001" in push(pair, "HEAD:main", "api:feat/api").err


def test_a_branch_of_another_root(pair: Repo) -> None:
    """Everything on a branch without common history is its own: its contract may own it all."""
    pair.contract("pages", owns=["*"], branches=["gh-pages"])
    pair.git("push", "-q", "origin", "main")
    pair.git("switch", "-q", "--orphan", "gh-pages")
    pair.commit({"index.html": "<p>\n"})
    ran = push(pair, "gh-pages")  # that it meets the other contracts is a warning
    assert (ran.code, "error" in ran.err, "CON003" in ran.err) == (0, False, True)
    pair.git("switch", "-q", "--orphan", "api")
    pair.commit({"index.html": "<p>\n"}, "x", "--no-verify")
    assert "index.html: OWN001" in push(pair, "api").err


def test_a_repository_without_guard(empty: Repo, tmp_path: Path) -> None:
    """Without policy or contract on the base a push passes, and is reported as not judged."""
    Repo.init(tmp_path / "server.git", "--bare")
    empty.git("remote", "add", "origin", str(tmp_path / "server.git"))
    assert empty.guard("install", "--as", "files").code == 0
    empty.commit({"a": "1\n"})
    empty.git("push", "-q", "origin", "main")
    empty.branch("topic").commit({"a": "2\n"})
    ran = push(empty, "topic")
    assert (ran.code, ran.err) == (
        0,
        (
            "guard: not judged: refs/heads/topic: "
            "there is no guard.toml and no contract on origin/main yet\n"
        ),
    )


def test_a_branch_with_its_handoff(pair: Repo) -> None:
    """The push of a branch tells in one line what its handoff lacks, and never stops for it."""
    pair.policy(BASE).contract("api", owns=["api/"], verify=["test -e api/a.py"])
    pair.git("push", "-q", "origin", "main")
    pair.branch("api").commit({"api/a.py": "1\n"})
    ran = push(pair, "api")
    lacks = "note: the handoff of api still lacks, before it lands: "
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert ran.err.startswith(f"{lacks}HND001 missing-handoff, RUN003 command-unproved; see: ")
    check = shlex.split(ran.err.rpartition("see: guard ")[2], comments=True)
    assert "HND001 missing-handoff" in pair.guard(*check).out
    pair.commit({".guard/handoffs/api.md": HANDOFF})
    ran = push(pair, "api")
    assert (ran.code, ran.err.startswith(f"{lacks}RUN003 command-unproved; ")) == (0, True)
    assert pair.guard("run", "--", "test", "-e", "api/a.py").code == 0
    pair.git("commit", "-q", "--amend", "-m", "another message")
    assert push(pair, "api", "-f") == (0, "", "")
    pair.commit({"api/a.py": "2\n"})
    ran = push(pair, "api")
    assert (ran.code, "HND004 stale-handoff" in ran.err) == (0, True)
    pair.write({"docs/a.md": "stray\n"})
    pair.git("commit", "-qanm", "stray")
    ran = push(pair, "api")
    assert (ran.code, "OWN001" in ran.err, "--no-verify" in ran.err) == (1, True, False)


def test_a_branch_that_lands_without_its_handoff(pair: Repo) -> None:
    """A push that moves the base stops for the handoff."""
    pair.policy(BASE).contract("api", owns=["api/"])
    pair.git("push", "-q", "origin", "main")
    pair.branch("api").commit({"api/a.py": "1\n"})
    ran = push(pair, "api:main")
    assert (ran.code, "HND001 missing-handoff" in ran.err) == (1, True)
    assert "--no-verify" not in ran.err
    assert push(pair, "api").code == 0


# what must be stopped


@pytest.mark.parametrize(
    "words",
    [
        ["api"],
        ["HEAD:refs/heads/api"],
        ["HEAD:refs/heads/feat/api"],
        ["api:worktree-api"],
        ["-f", "api"],
    ],
)
def test_a_stray_branch_is_stopped(pair: Repo, words: list[str]) -> None:
    """The whole branch is judged by the contract of the name that it gets, and nothing is sent."""
    stray(pair, "api")
    ran = push(pair, *words)
    assert ran.code == 1
    assert ran.err.startswith("guard: contract api broken")
    assert "docs/a.md: OWN001" in ran.err
    assert pushed(pair) == {"refs/heads/main"}


def test_every_ref_is_judged(pair: Repo) -> None:
    """Each ref of a push is judged, the worst decides, and every broken one is reported."""
    pair.branch("good").commit({"api/a.py": "x\n"}, "x", "--no-verify")
    for name in ("api", "web", "zebra/api"):
        stray(pair, name)
    ran = push(pair, "good:feat/api", "api", "web", "zebra/api")
    assert ran.code == 1
    headlines = [line for line in ran.err.splitlines() if line.startswith("guard: contract")]
    assert [line.split(" on ")[1].split(" ")[0] for line in headlines] == [
        "api",
        "web",
        "zebra/api",
    ]
    assert pushed(pair) == {"refs/heads/main"}


def test_at_most_a_screen(pair: Repo) -> None:
    """Of many broken branches the first is reported in full, others by a headline and a hint."""
    names = [f"{folder}/{name}" for folder in "abc" for name in ("api", "web")]
    pair.git("switch", "-q", "--detach", "main")
    for number in range(7):
        letters = "abcde"
        pair.commit({f"docs/{number}{each}": "x" for each in letters}, "more", "--no-verify")
    many = pair.head()
    for name in names:
        pair.git("switch", "-q", "-c", name, many)
        pair.commit({f"docs/7{letter}": name for letter in "abcde"}, "7", "--no-verify")
    lines = push(pair, *names).err.splitlines()
    assert len(lines) <= 45 + 2 * len(names[1:])
    headlines = [
        (line, after)
        for line, after in itertools.pairwise(lines)
        if line.startswith("guard: contract")
    ]
    assert len(headlines) == len(names)
    for headline, after in headlines[1:]:
        shown = pair.guard(*shlex.split(after.partition("next: guard ")[2], comments=True))
        assert shown.out.startswith(headline)
        assert "docs/0a: OWN001" in shown.out


def test_mirror(pair: Repo) -> None:
    """`--mirror` pushes also what is no branch; the stray branch among all that stops it."""
    stray(pair, "api")
    pair.git("update-ref", "refs/notes/x", "main")
    assert "docs/a.md: OWN001" in push(pair, "--mirror").err
    pair.git("switch", "-q", "main")
    pair.git("branch", "-D", "-q", "api")
    pair.git("update-ref", "-d", "refs/remotes/origin/api")
    assert push(pair, "--mirror").code == 0


def test_a_branch_without_a_contract(pair: Repo) -> None:
    """The name at the remote decides: under a name that no contract claims there is no contract."""
    pair.branch("api").commit({"api/a.py": "x\n"})
    assert "CON001" in push(pair, "api:somewhere").err
    assert push(pair, "api").code == 0


def test_a_session_that_lands_itself(pair: Repo) -> None:
    """Work pushed straight onto the base is judged by its session's contract, also as HEAD."""
    stray(pair, "api")
    for source in ("api", "HEAD"):
        assert "docs/a.md: OWN001" in push(pair, f"{source}:main").err
    pair.git("reset", "-q", "--hard", "main")
    pair.commit({"api/a.py": "x\n"})
    assert push(pair, "HEAD:main") == (0, "", "")


@pytest.mark.parametrize("ref", ["refs/tags/v1", "refs/for/main", "refs/heads-up/x"])
def test_what_is_no_branch_is_its_branchs_work(pair: Repo, ref: str) -> None:
    """A tag or review ref is judged as the branch it comes from; if that is unknown, it says so."""
    stray(pair, "api")
    assert "contract api broken" in push(pair, f"api:{ref}").err
    pair.git("tag", "-a", "-m", "x", "heavy")
    assert "contract api broken" in push(pair, f"heavy:{ref}").err
    pair.git("branch", "second")
    ran = push(pair, f"heavy:{ref}")
    assert (ran.code, ran.err) == (
        0,
        f"guard: not judged: {ref}: {LOOSE}\n",
    )


def test_a_tag_of_no_commit(pair: Repo) -> None:
    """A tag of a file brings no commit."""
    pair.git("tag", "blob", pair.git("rev-parse", "HEAD:guard.toml"))
    assert push(pair, "blob") == (0, "", "")


def test_a_base_that_nobody_could_read(pair: Repo) -> None:
    """A policy or contract with a mistake does not reach the base; what repairs it always does."""
    pair.commit({"guard.toml": "bse = 'main'\n"}, "mistyped", "--no-verify")
    ran = push(pair, "main")
    assert ran.code == 1
    assert "bse: unknown key" in ran.err
    pair.git("push", "-q", "--no-verify", "origin", "main")
    assert push(pair, "main:topic").code == 1
    pair.commit({"guard.toml": POLICY}, "mended", "--no-verify")
    ran = push(pair, "main")
    assert ran.code == 0
    assert "guard: not judged: refs/heads/main: it repairs what cannot be read" in ran.err
    pair.commit({".guard/contracts/api.toml": "goal = 3\n"}, "a contract", "--no-verify")
    assert "refs/heads/main would have contracts that cannot be read" in push(pair, "main").err
    pair.git("push", "-q", "--no-verify", "origin", "main")
    pair.commit({"docs/a.md": "more\n"}, "the mistake was there before", "--no-verify")
    assert push(pair, "main").code == 0


def test_what_is_pushed_does_not_decide(pair: Repo) -> None:
    """A contract that is wider only on the local base does not widen what may be pushed."""
    pair.contract("api", owns=["api/", "docs/"])
    stray(pair, "api", "main")
    ran = push(pair, "api", "main")
    assert "docs/a.md: OWN001" in ran.err
    pair.git("push", "-q", "origin", "main")
    assert push(pair, "api").code == 0


def test_a_base_that_a_push_would_not_mend(pair: Repo) -> None:
    """Where the base's policy cannot be read, nothing gets through but what mends it."""
    pair.commit({"guard.toml": "bse = 'main'\n"}, "mistyped", "--no-verify")
    pair.git("push", "-q", "--no-verify", "origin", "main")
    pair.commit({"guard.toml": "basis = 'main'\n"}, "not mended", "--no-verify")
    ran = push(pair, "main", "main:refs/tags/x")
    assert ran.code == 1
    assert "basis: unknown key" in ran.err
    assert "bse: unknown key" in ran.err


def test_a_policy_that_names_another_base(pair: Repo) -> None:
    """A push to the branch that guard.toml names is the one that lands."""
    pair.commit({"guard.toml": POLICY.replace("main", "trunk")})
    pair.git("branch", "trunk")
    pair.git("push", "-q", "--no-verify", "origin", "main", "trunk")
    pair.git("switch", "-q", "trunk")
    pair.commit({"docs/a.md": "landed\n"})
    assert push(pair, "trunk") == (0, "", "")


def test_many_refs_that_are_not_judged(pair: Repo) -> None:
    """Of many refs that are not judged for one reason a few are named and the rest is counted."""
    stray(pair, "api")
    pair.git("branch", "second")
    tags = [f"v{number}" for number in range(8)]
    for number, tag in enumerate(tags):
        pair.git("tag", tag, pair.commit({"docs/a.md": f"{number}\n"}, "x", "--no-verify"))
    pair.git("branch", "-f", "second")
    ran = push(pair, *tags)
    assert ran.code == 0
    assert ran.err.count("guard: not judged: ") == 1
    assert "refs/tags/v4 and 3 more: not a branch" in ran.err


# which commits


def test_commits_past_the_hooks_have_names(pair: Repo) -> None:
    """The commits that brought a broken branch's findings are named; names are escaped."""
    pair.branch("api").commit({"api/a.py": "1\n"}, "good")
    pair.commit({"docs/a.md": "x\n", "web/a.py": "x\n"}, "st\x1b[31mray", "--no-verify")
    oid = pair.git("rev-parse", "--short=12", "HEAD")
    pair.commit({"api/b.py": "1\n"}, "good too")
    ran = push(pair, "api")
    assert (
        f"brought by {oid} (st\\e[31mray): docs/a.md, web/a.py\n  next: git show {oid}\n" in ran.err
    )
    assert ran.err.count("brought by") == 1


def test_many_commits_past_the_hooks(pair: Repo) -> None:
    """Of many such commits, and many paths, a few are named and the rest is counted."""
    pair.branch("api")
    for number in range(7):
        pair.commit(
            {f"docs/{number}/{name}.md": "x\n" for name in "abcde"},
            f"stray {number}",
            "--no-verify",
        )
    ran = push(pair, "api")
    assert ran.err.count("\nbrought by ") == 6
    assert "(stray 0): docs/0/a.md, docs/0/b.md, docs/0/c.md and 2 more\n" in ran.err
    assert "brought by 2 more commits\n" in ran.err


def test_a_detour_is_told_of_and_not_held_against_anybody(pair: Repo) -> None:
    """A change beyond the contract that was taken back is a note: the branch is pushed."""
    pair.branch("api").commit({"web/a.py": "x\n", "api/a.py": "1\n"}, "detour", "--no-verify")
    oid = pair.git("rev-parse", "--short=12", "HEAD")
    pair.git("checkout", "-q", "main", "--", "web/a.py")
    pair.commit({}, "taken back")
    ran = push(pair, "api")
    assert ran.code == 0
    assert f"changed on the way by {oid} (detour): web/a.py" in ran.err
    assert "taken back" not in ran.err


def test_merging_the_base_is_no_detour(pair: Repo) -> None:
    """What a merge from the base or a cherry-pick from there brought in is no detour."""
    pair.branch("api").commit({"api/a.py": "1\n"})
    pair.git("switch", "-q", "main")
    pair.commit({"web/a.py": "base\n"})
    picked = pair.commit({"docs/a.md": "base\n"})
    pair.git("push", "-q", "origin", "main")
    pair.git("switch", "-q", "api")
    pair.git("cherry-pick", picked)
    pair.git("merge", "-q", "--no-edit", "main")
    pair.commit({"api/b.py": "1\n"})
    assert push(pair, "api") == (0, "", "")


def test_too_many_commits_to_look_at(pair: Repo) -> None:
    """Very many commits are judged together, in bounded time, and a note says so."""
    pair.branch("api")
    stream = "".join(
        f"commit refs/heads/api\ncommitter A <a@b> {number} +0000\ndata 1\nx\n"
        + ("from refs/heads/main^0\n" if number == 1 else "")
        + f"M 644 inline api/{number}\ndata 1\nx\n"
        for number in range(1, 1003)
    )
    pair.git("fast-import", "--quiet", "--force", stdin=stream.encode())
    ran = push(pair, "api")
    assert ran.code == 0
    assert "too many commits to look at one by one" in ran.err


# bad input


@pytest.mark.parametrize(
    "data",
    [
        b"x\n",
        b"refs/heads/a 123 refs/heads/a 123\n",
        b"refs/heads/a " + b"1" * 40 + b" refs/heads/a " + b"0" * 40,
    ],
)
def test_input_that_git_would_not_send(team: Repo, data: bytes) -> None:
    """A truncated line, or a branch at a commit that is not there, is an error and no verdict."""
    ran = team.guard("hook", "pre-push", "origin", "url", stdin=data)
    assert ran.code == 2
    assert ran.err.startswith("guard: ")
    assert "\n  hint: " in ran.err


def test_before_the_first_commit(empty: Repo) -> None:
    """Without a commit to judge by a push passes, and is reported as not judged."""
    line = b"refs/heads/a " + b"1" * 40 + b" refs/heads/a " + b"0" * 40 + b"\n"
    ran = empty.guard("hook", "pre-push", stdin=line)
    assert (ran.code, ran.err.endswith("this push is not judged\n")) == (0, True)


def test_what_the_base_got_in_the_meantime(pair: Repo) -> None:
    """A change that the base has by now, say from a squashed merge, is not blamed."""
    pair.branch("api").commit({"docs/a.md": "agreed\n", "api/a.py": "x\n"}, "x", "--no-verify")
    pair.git("switch", "-q", "main")
    pair.commit({"docs/a.md": "agreed\n"})
    pair.git("push", "-q", "origin", "main")
    assert push(pair, "api") == (0, "", "")


def test_up_to_date(team: Repo) -> None:
    """Without a line there is nothing to judge and nothing to say."""
    assert team.guard("hook", "pre-push", "origin", "url") == (0, "", "")


def test_a_shallow_clone_cannot_tell(pair: Repo, tmp_path: Path) -> None:
    """If the deciding history is missing, the push is stopped with the command that fetches it."""
    pair.git("push", "-q", "origin", "main")
    for number in range(3):
        pair.commit({"README.md": f"{number}\n"})
    pair.git("push", "-q", "origin", "main")
    pair.git(
        "clone", "-q", "--depth", "1", f"file://{tmp_path}/server.git", str(tmp_path / "clone")
    )
    clone = Repo(tmp_path / "clone")
    assert clone.guard("install", "--as", "files").code == 0
    clone.branch("api").commit({"api/a.py": "x\n"})
    assert push(clone, "api").code == 0  # on top of the base's own tip nothing is missing
    clone.git("fetch", "-q", "--depth", "1", "origin", "main")
    other = pair.commit({"README.md": "on\n"})
    pair.git("push", "-q", "origin", "main")
    clone.git("fetch", "-q", "--depth", "1", "origin", "main")
    assert other
    clone.commit({"api/b.py": "x\n"}, "more", "--no-verify")
    ran = push(clone, "api")
    assert ran.code == 1
    assert "git fetch --unshallow" in ran.err


def test_sha256(tmp_path: Path) -> None:
    """In a repository of SHA-256 the zeros are longer, and all is the same."""
    Repo.init(tmp_path / "server.git", "--bare", "--object-format=sha256")
    repo = Repo.init(tmp_path / "repo", "--object-format=sha256")
    repo.git("remote", "add", "origin", str(tmp_path / "server.git"))
    repo.policy().contract("api", owns=["api/"])
    assert repo.guard("install", "--as", "files").code == 0
    repo.git("push", "-q", "origin", "main")
    repo.branch("api").commit({"api/a.py": "x\n"})
    assert push(repo, "api") == (0, "", "")
    repo.commit({"docs/a.md": "x\n"}, "stray", "--no-verify")
    assert "docs/a.md: OWN001" in push(repo, "api").err
    assert push(repo, "--delete", "api") == (0, "", "")


def test_typed_by_hand(team: Repo) -> None:
    """At a terminal the hook does not wait for git's input, and says what to type instead."""
    argv = [sys.executable, "-I", "-m", "guard", "hook", "pre-push"]
    script = f"import pty, sys; sys.exit(pty.spawn({argv!r}) >> 8)"
    ran = team.run(sys.executable, "-c", script, ok=(2,))
    assert "guard check --branch" in ran.out


# whose work it is, and which base


@pytest.mark.parametrize("spelled", ["HEAD~0", "api^{}", "@", "ID", "detached", "elsewhere"])
def test_work_that_goes_to_the_base_belongs_to_its_session(pair: Repo, spelled: str) -> None:
    """However its commit is spelled, a push to the base is judged by the session that made it."""
    stray(pair, "api")
    pair.git("branch", "unclaimed")
    source = pair.git("rev-parse", "HEAD") if spelled in ("ID", "elsewhere") else spelled
    if spelled == "detached":
        pair.git("switch", "-q", "--detach")
        source = "HEAD"
    if spelled == "elsewhere":
        pair.git("switch", "-q", "main")
    ran = push(pair, f"{source}:main")
    assert "docs/a.md: OWN001" in ran.err
    assert pushed(pair) == {"refs/heads/main"}


def test_what_the_local_base_has_lands_however_it_is_spelled(pair: Repo) -> None:
    """Merged sessions that are pushed as `main~1` or as an id need no contract, as `main` does."""
    pair.branch("api").commit({"api/a.py": "new\n"})
    pair.git("switch", "-q", "main")
    pair.git("merge", "-q", "--no-ff", "--no-edit", "api")
    pair.commit({"docs/a.md": "the lead's\n"}, "lead", "--no-verify")
    assert push(pair, "main~1^{}:main") == (0, "", "")
    assert push(pair, pair.git("rev-parse", "main") + ":main") == (0, "", "")


def test_two_sessions_that_may_push_to_the_base(pair: Repo) -> None:
    """A commit that two sessions have goes to the base by the name of one of them."""
    pair.branch("web").commit({"web/a.py": "new\n"})
    pair.git("branch", "api")
    pair.git("switch", "-q", "main")
    ran = push(pair, pair.git("rev-parse", "web") + ":main")
    assert ran.code == 1
    assert "guard: api, web have" in ran.err
    assert "hint: push it by its name: git push origin api:main" in ran.err
    assert push(pair, "web:main") == (0, "", "")


def test_a_tag_costs_no_process_for_each_branch(pair: Repo) -> None:
    """Whose work a tag holds is found in as many processes, however many branches there are."""
    stray(pair, "api")
    head = pair.git("rev-parse", "HEAD")
    line = f"refs/tags/loose {head} refs/tags/loose {'0' * 40}\n".encode()
    (bin_ := pair.path.parent / "bin").mkdir()
    (bin_ / "git").write_text(
        f'#!/bin/sh\necho "$*" >>{bin_}/log\nexec {shutil.which("git")} "$@"\n'
    )
    (bin_ / "git").chmod(0o755)
    env = {"PATH": f"{bin_}:{os.environ['PATH']}"}
    started = []
    for count in (1, 40):
        new = "".join(f"create refs/heads/t{count}/{i} {head}~0\n" for i in range(count))
        pair.git("update-ref", "--stdin", stdin=new.replace("~0", "").encode())
        ran = pair.guard("hook", "pre-push", "origin", "url", stdin=line, env=env)
        assert "not judged: refs/tags/loose: not a branch" in ran.err
        started.append(len((bin_ / "log").read_text().splitlines()))
        (bin_ / "log").unlink()
    assert started[0] == started[1]


def test_the_base_is_not_deleted(pair: Repo) -> None:
    """Deleting the remote's base is refused, deleting that of a fork is not."""
    fork = Repo.init(pair.path.parent / "fork.git", "--bare")
    pair.git("remote", "add", "fork", str(fork.path))
    pair.git("push", "-q", "fork", "main", "main:other")
    fork.git("symbolic-ref", "HEAD", "refs/heads/other")
    ran = push(pair, ":main")
    assert (ran.code, "guard: main is the base" in ran.err) == (1, True)
    assert pair.run("git", "push", "-q", "fork", ":main") == (0, "", "")
