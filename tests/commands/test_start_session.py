"""`guard start NAME`: contract, branch and worktree in one step, whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit import GUARD, POLICY, Ran, Repo, team

PLACE = ".claude/worktrees"


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository without a remote, with the contracts api and web."""
    return team(repo)


@pytest.fixture
def clone(main: Repo, tmp_path: Path) -> Repo:
    """A clone of it, from a bare remote."""
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "remote.git"))
    main.git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return Repo(tmp_path / "clone")


def start(repo: Repo, *words: str) -> Ran:
    """Run `guard start`."""
    return repo.guard("start", *words)


def at(repo: Repo, name: str) -> Repo:
    """The worktree of a session."""
    return Repo(repo.path / PLACE / name)


def state(repo: Repo) -> tuple[str, str, str]:
    """Refs, worktrees and the checkout: what a refusal leaves as it is."""
    refs = repo.git("for-each-ref", "--format=%(refname) %(objectname)")
    return refs, repo.git("worktree", "list"), repo.git("status", "--porcelain", "--ignored")


def test_all_in_one_step(main: Repo) -> None:
    """Without a remote the contract is on the base; the worktree is on its own branch, judged."""
    ran = start(main, "docs", "--owns", "/docs/", "--goal", "Say more.", "--verify", "true")
    assert ran.code == 0, ran
    assert ran.out.splitlines()[0].startswith("started docs on branch worktree-docs, from main ")
    assert ran.out.splitlines()[-1] == f"next: cd {PLACE}/docs"
    contract = main.git("show", "main:.guard/contracts/docs.toml")
    assert 'goal = "Say more."' in contract
    assert 'verify = ["true"]' in contract
    assert main.git("status", "--porcelain") == ""
    session = at(main, "docs")
    assert session.git("symbolic-ref", "--short", "HEAD") == "worktree-docs"
    session.write({"docs/a.py": "new\n", "api/a.py": "new\n"})
    assert session.check().codes == {"api/a.py": ["OWN001", "SES002"]}


def test_a_volume_that_is_not_mounted_is_told(main: Repo, tmp_path: Path) -> None:
    """Then the new worktree would be under it, and away once it is there again."""
    for name in ("web", "api"):
        assert start(main, name).code == 0
    said = ", nor at 2 more worktrees beside it: is a volume not mounted?"
    at(main, "web").path.rename(tmp_path / "web")
    assert "volume" not in start(main, "docs", "--owns", "/docs/").out
    at(main, "docs").path.rename(tmp_path / "docs")
    at(main, "api").path.rename(tmp_path / "api")
    ran = start(main, "more", "--owns", "/more/")
    assert (ran.code, said in ran.out) == (0, True), ran


SHARED = """\
[shared.types]
why = "Every part reads these."
paths = ["/docs/a.py", "/types/"]
[shared.locks]
why = "Made by a tool."
paths = ["*.lock"]
"""
SAID = "shared group types: Every part reads these"


def test_a_shared_file_among_what_it_owns_is_told_at_once(main: Repo) -> None:
    """In the words of the check that would refuse it, with the command that allows it."""
    main.policy(POLICY + SHARED)
    ran = start(main, "docs", "--owns", "/docs/", "--owns", "/types/new.py")
    note = f"note: docs/a.py and 1 more file: {SAID}; no contract owns its merge"
    step = "guard contract edit docs --merges types --publish"
    assert ran.out.splitlines()[-3:-1] == [note, f"  next: {step}"], ran
    session = at(main, "docs").write({"docs/a.py": "new\n"})
    assert f"{SAID}; no contract owns its merge" in session.guard("check").out
    assert session.guard(*step.split()[1:]).code == 0
    assert session.check().code == 0
    ran = start(main, "more", "--owns", "/types/")
    assert "note:" not in ran.out, "no file is there yet"
    ran = start(main, "last", "--owns", "/docs/a.py", "--anyway")
    assert f"note: docs/a.py: {SAID}; contract docs owns its merge" in ran.out
    assert "note:" not in start(main, "last", "--owns", "/docs/a.py").out


def test_the_command_for_a_shared_file_works_where_the_contract_is(clone: Repo) -> None:
    """A contract that is on the session's branch alone is edited there."""
    clone.policy(POLICY + SHARED).git("push", "-q")
    ran = start(clone, "docs", "--owns", "/docs/")
    step = next(line for line in ran.out.splitlines() if line.startswith("  next: "))
    command = step.removeprefix("  next: ").replace(" guard ", f" {' '.join(GUARD)} ")
    clone.run("sh", "-c", command)
    assert 'merges = ["types"]' in clone.git("show", "origin/main:.guard/contracts/docs.toml")


def test_the_same_words_give_the_same_place(main: Repo) -> None:
    """Whatever was done there meanwhile, also from the session itself."""
    words = ("docs", "--owns", "/docs/")
    assert start(main, *words).code == 0
    session = at(main, "docs").write({"docs/new.py": "new\n"})
    before = state(main)
    for repo, name in ((main, "docs"), (session, "docs")):
        ran = start(repo, *words)
        assert ran.out.splitlines()[0] == "docs is there already, on branch worktree-docs", ran
        assert start(repo, name).code == 0
    assert state(main) == before
    assert (session.path / "docs/new.py").read_text() == "new\n"


def test_other_words_do_not_change_a_contract(main: Repo) -> None:
    """A name that is taken is told, never taken over."""
    before = state(main)
    ran = start(main, "web", "--owns", "/docs/")
    assert ran.code == 2
    assert "the contract web is there already, with other goal and owns" in ran.err
    assert "guard contract edit web" in ran.err
    assert start(main, "Web", "--owns", "/docs/").code == 2
    assert state(main) == before


def test_a_contract_that_is_there_already(main: Repo) -> None:
    """Its name alone starts the session."""
    assert start(main, "web").code == 0
    assert at(main, "web").check().report["contract"] == "web"
    ran = start(main, "nothing")
    assert (ran.code, "there is no contract nothing" in ran.err) == (2, True)


def test_words_become_a_name_and_the_goal(main: Repo) -> None:
    """Two texts with one name are not one session."""
    ran = start(main, "Say more, in Spanish!", "--owns", "/docs/")
    assert ran.out.splitlines()[0] == "the session's name is say-more-in-spanish"
    assert 'goal = "Say more, in Spanish!"' in main.git(
        "show", "main:.guard/contracts/say-more-in-spanish.toml"
    )
    assert start(main, "Say more, in Spanish!", "--owns", "/docs/").code == 0
    assert start(main, "say more in spanish", "--owns", "/docs/").code == 2
    assert start(main, "日本語", "--owns", "/docs/").code == 2


def test_with_a_remote_the_contract_goes_with_the_branch(clone: Repo) -> None:
    """Nothing is pushed; the contract grants on the branch, and others hear of it here."""
    before = clone.git("rev-parse", "main", "origin/main")
    ran = start(clone, "docs", "--owns", "/docs/")
    assert ran.code == 0, ran
    assert "the contract is on the branch alone" in ran.out
    assert clone.git("rev-parse", "main", "origin/main") == before
    assert clone.git("log", "--format=%s", "origin/main..worktree-docs") == "contract docs"
    session = at(clone, "docs").write({"docs/a.py": "new\n"})
    assert session.check().report["verdict"] == "kept"
    assert start(clone, "docs", "--owns", "/docs/").code == 0
    ran = start(clone, "more", "--owns", "/docs/a.py")
    assert ran.code == 1
    assert "docs owns /docs/" in ran.out


def test_on_the_base_of_a_remote(clone: Repo) -> None:
    """`--on-base` pushes the contract, and the branch starts from the base as it was."""
    ran = start(clone, "docs", "--owns", "/docs/", "--on-base")
    assert (ran.code, "the contract counts, on origin/main" in ran.out) == (0, True), ran
    remote = clone.git("ls-remote", "origin", "refs/heads/main").split()[0]
    assert clone.git("ls-tree", "--name-only", remote, ".guard/contracts/docs.toml")


def test_it_starts_from_the_newest_base(clone: Repo, main: Repo, tmp_path: Path) -> None:
    """The remote is asked; if it cannot be, that is said and the session starts all the same."""
    main.git("remote", "add", "there", str(tmp_path / "remote.git"))
    tip = main.commit({"docs/new.py": "new\n"}, "more")
    main.git("push", "-q", "there", "main")
    assert start(clone, "docs", "--owns", "/docs/").code == 0
    assert clone.git("rev-parse", "worktree-docs~1") == tip
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    ran = start(clone, "web")
    assert ran.code == 0
    assert "but origin could not be reached" in ran.out
    assert "\\n" not in ran.out


def test_work_of_another_clone_is_not_begun_a_second_time(clone: Repo, tmp_path: Path) -> None:
    """The branch that only the remote has is named, and the command that goes on with it."""
    other = Repo(tmp_path / "other")
    clone.git("clone", "-q", str(tmp_path / "remote.git"), str(other.path))
    assert start(other, "docs", "--owns", "/docs/").code == 0
    tip = at(other, "docs").commit({"docs/new.py": "new\n"})
    at(other, "docs").git("push", "-q", "origin", "HEAD")
    before = state(clone)
    assert start(clone, "docs", "--owns", "/docs/", "--no-fetch").code == 0
    assert clone.guard("finish", "docs").code == 0
    ran = start(clone, "docs", "--owns", "/docs/")
    assert (ran.code, clone.git("worktree", "list")) == (2, before[1])
    assert "origin/worktree-docs has work of this session already, from another clone: Ada, " in (
        ran.err
    )
    go_on = "git branch worktree-docs origin/worktree-docs && guard start docs   #"
    assert f"hint: {go_on}" in ran.err
    assert "origin/worktree-docs" not in start(clone, "more", "--owns", "/more/").err
    clone.git("branch", "worktree-docs", "origin/worktree-docs")
    assert start(clone, "docs").code == 0
    assert at(clone, "docs").head() == tip


@pytest.mark.parametrize("words", [["--on-base"], []])
def test_a_session_of_another_clone_on_a_branch_of_its_choice(
    clone: Repo, tmp_path: Path, words: list[str]
) -> None:
    """The contract tells, on the base (new there) or on that branch; here it is gone on with."""
    other = Repo(tmp_path / "other")
    clone.git("clone", "-q", str(tmp_path / "remote.git"), str(other.path))
    branch = "odd" if words else "my/docs"
    other.git("branch", branch)
    assert start(other, "docs", "--owns", "/docs/", "--branch", branch, *words).code == 0
    tip = at(other, "docs").commit({"docs/new.py": "new\n"})
    at(other, "docs").git("push", "-q", "origin", "HEAD")
    before = state(clone)[1]
    ran = start(clone, "docs")
    assert (ran.code, clone.git("worktree", "list")) == (2, before)
    assert f"hint: git branch {branch} origin/{branch} && guard start docs" in ran.err
    clone.git("branch", branch, f"origin/{branch}")
    assert start(clone, "docs").code == 0
    assert at(clone, "docs").head() == tip


def test_a_branch_that_was_there_is_told(main: Repo) -> None:
    """With its own commit, and how far it and the base are apart."""
    main.git("branch", "worktree-web")
    main.commit({"docs/new.py": "new\n"}, "base")
    start(main, "web")
    at(main, "web").commit({"web/one.py": "1\n"}, "one")
    tip = at(main, "web").commit({"web/two.py": "2\n"}, "two")
    main.git("worktree", "remove", str(at(main, "web").path))
    told = f"at {tip[:12]}: 2 commits ahead of main, 1 behind"
    ran = start(main, "web")
    line = f"started web on branch worktree-web, which was there, {told}"
    assert (ran.code, ran.out.splitlines()[0]) == (0, line)


def test_an_overlap_refuses_the_start(main: Repo) -> None:
    """Who holds the paths is told before anything is made; `--anyway` is in the commit."""
    before = state(main)
    ran = start(main, "ui", "--owns", "/web/a.py")
    assert ran.code == 1
    assert "ui owns /web/a.py and web owns web/" in ran.out
    assert ran.out.splitlines()[-1].startswith("next: guard start ui --owns ")
    assert state(main) == before
    ran = start(main, "ui", "--owns", "/web/a.py", "--anyway")
    assert ran.code == 0
    assert "Started although it overlaps with web." in main.git("log", "-1", "--format=%b", "main")


def test_insisting_on_a_contract_that_is_there(main: Repo) -> None:
    """An empty commit says it once, in the place of contracts, also of a second worktree."""
    main.contract("page", owns=["/web/a.py"], branches=["page", "worktree-page", "*/page"])
    ran = start(main, "page")
    assert ran.out.splitlines()[-1].startswith("next: guard start page --anyway   # or first: ")
    tree = main.git("rev-parse", "main^{tree}")
    for words in (["page"], ["page"], ["page-2", "--from", "page"]):
        assert start(main, *words, "--anyway").code == 0
    said = main.git("log", "-3", "--format=%s: %b", "main").split("\n\n")
    because = "Started although it overlaps with web."
    assert said[:2] == [f"start page-2: {because}", f"start page: {because}"]
    assert main.git("rev-parse", "main^{tree}") == tree
    assert main.git("status", "--porcelain", "-uno") == ""


def test_a_policy_may_forbid_overlaps(main: Repo) -> None:
    """Then `--anyway` does not help."""
    main.policy(POLICY + '[rules]\nCON003 = "error"\n')
    before = state(main)
    ran = start(main, "ui", "--owns", "/web/a.py", "--anyway")
    assert (ran.code, state(main)) == (1, before), ran


def test_folder_branch_and_commands_are_the_policys(main: Repo) -> None:
    """Set-up commands run in the new worktree, once; a relative folder is beside the main one."""
    main.policy(
        POLICY + "[start]\nbranch = 'work/{name}'\nfolder = '../shop-{name}'\n"
        "run = ['echo ready >> setup.txt']\n"
    )
    ran = start(main, "docs", "--owns", "/docs/")
    assert ran.code == 0, ran
    session = Repo(main.path.parent / "shop-docs")
    assert session.git("symbolic-ref", "--short", "HEAD") == "work/docs"
    assert "$ echo ready >> setup.txt" in ran.out
    assert start(main, "docs").code == 0
    assert (session.path / "setup.txt").read_text() == "ready\n"
    assert start(main, "web", "--no-run").code == 0
    assert not (main.path.parent / "shop-web/setup.txt").exists()


def test_a_set_up_command_that_fails(main: Repo) -> None:
    """The session stays; the next step goes on with that command and all behind it."""
    lines = "echo 1 >> ../log", "test -e ../mended", "touch second"
    main.policy(POLICY + f"[start]\nrun = {list(lines)}\n")
    ran = start(main, "web", "--", "touch", "ran")
    assert ran.code == 1
    *_, failed, next_ = ran.out.splitlines()
    assert failed == "the session is started, but that command failed"
    step = "guard start web -- touch ran   # runs it again, then the 1 command behind it"
    assert next_ == f"next: {step}"
    assert not (at(main, "web").path / "second").exists()
    assert not (at(main, "web").path / "ran").exists()
    main.write({f"{PLACE}/mended": ""})
    ran = start(main, *step.partition("   #")[0].split(" ")[2:])
    assert ran.code == 0, ran
    assert ran.out.splitlines()[0] == "web is there already, on branch worktree-web"
    assert [line for line in ran.out.splitlines() if line[0] == "$"] == [
        "$ test -e ../mended",
        "$ touch second",
    ]
    assert (main.path / PLACE / "log").read_text() == "1\n"
    assert (at(main, "web").path / "ran").exists()
    ran = start(main, "web")
    assert (ran.code, "$" in ran.out) == (0, False), ran


def test_set_up_that_is_killed_or_goes_on(main: Repo) -> None:
    """The next start says so and goes on, but not while the first is at it; or it is left out."""
    wait = "test -e ../go || { echo $PPID > ../busy; read it < ../pipe; }"
    main.policy(POLICY + f"[start]\nrun = ['touch first', '{wait}', 'touch last']\n")
    for name in ("web", "api"):
        (main.path / PLACE).mkdir(parents=True, exist_ok=True)
        os.mkfifo(main.path / PLACE / "pipe")
        with subprocess.Popen([*GUARD, "start", name], cwd=main.path, stdout=-3) as one:
            while not (main.path / PLACE / "busy").exists():
                time.sleep(0.01)
            ran = start(main, name)
            assert (ran.code, "another guard start is setting" in ran.err) == (2, True), ran
            one.kill()
        (main.path / PLACE / "pipe").write_text("go on\n")
        (main.path / PLACE / "pipe").unlink()
        (main.path / PLACE / "busy").unlink()
    main.write({f"{PLACE}/go": ""})
    ran = start(main, "web")
    assert (ran.code, "an earlier start left something to do: this one goes on" in ran.out) == (
        0,
        True,
    )
    assert ran.out.count("$ ") == 2, ran
    assert (at(main, "web").path / "last").exists()
    assert start(main, "api", "--no-run").code == 0
    ran = start(main, "api")
    assert (ran.code, "$" in ran.out, (at(main, "api").path / "last").exists()) == (0, False, False)


def test_a_command_runs_there(main: Repo) -> None:
    """With the session's name, git's own variables aside, and its exit status."""
    script = 'pwd; echo "$GUARD_SESSION"; git rev-parse --show-toplevel; exit 7'
    env = {"GIT_DIR": str(main.path / ".git"), "GIT_WORK_TREE": str(main.path)}
    ran = main.guard("start", "web", "--", "sh", "-c", script, env=env)
    place = str(at(main, "web").path)
    assert (ran.code, ran.out.splitlines()[-3:]) == (7, [place, "web", place])
    assert start(main, "web", "--", "no-such-program").code == 2
    assert start(main, "web", "--", "sh", "-c", "kill -9 $$").code == 128 + 9


def test_ignored_files_come_along(main: Repo) -> None:
    """Those that `.worktreeinclude` of the base names; what the checkout says does not count."""
    main.commit({".gitignore": "*.env\n", ".worktreeinclude": "a.env\n"}, "include")
    main.write({"a.env": "A\n", "b.env": "B\n", ".worktreeinclude": "b.env\n"})
    assert start(main, "web").code == 0
    place = at(main, "web").path
    assert (place / "a.env").read_text() == "A\n"
    assert not (place / "b.env").exists()


def test_ignored_files_as_links(main: Repo) -> None:
    """`include = "symlink"` keeps one file for all; its link keeps no session, another one does."""
    main.commit({".gitignore": "*.env\n", ".worktreeinclude": "a.env\n"}, "include")
    main.policy(POLICY + "[start]\ninclude = 'symlink'\n").write({"a.env": "A\n"})
    assert start(main, "web").code == 0
    link = at(main, "web").path / "a.env"
    assert link.readlink() == main.path / "a.env"
    (main.path / "b.env").write_text("A\n")
    link.unlink()
    link.symlink_to("../../../b.env")
    assert main.guard("finish", "web").out.startswith("kept-ignored web: ")
    link.unlink()
    link.symlink_to(main.path / "a.env")
    assert main.guard("finish", "web").out.startswith("removed web: ")
    assert (main.path / "a.env").read_text() == "A\n"


def test_from_a_worktree_of_a_bare_repository(main: Repo, tmp_path: Path) -> None:
    """A session of a session's worktree lies beside that; a request, an answer and the end work."""
    bare, home = tmp_path / "bare.git", Repo(tmp_path / "home")
    main.git("clone", "-q", "--bare", str(main.path), str(bare))
    main.git("remote", "remove", "origin", cwd=bare)
    main.git("worktree", "add", "-q", str(home.path), "main", cwd=bare)
    assert start(home, "web").code == 0
    assert start(at(home, "web"), "more", "--owns", "/more/").code == 0
    assert at(home, "more").path.is_dir()
    assert home.git("status", "--porcelain") == ""
    assert at(home, "web").guard("request", "docs/a.py", "--why", "x").code == 0
    for words in (["grant", "web"], ["finish", "web", "more"], ["finish", "--undo", "web"]):
        ran = home.guard(*words)
        assert ran.code == 0, ran
    assert "of no session" not in home.guard("finish", "--all").out
    assert at(home, "web").path.is_dir()


def test_in_a_bare_repository(main: Repo, tmp_path: Path) -> None:
    """There is no main worktree, so nothing to be ignored and nothing to copy."""
    main.commit({".worktreeinclude": "*.env\n"})
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "bare.git"))
    ran = start(Repo(tmp_path / "bare.git"), "web", "--no-fetch")
    assert (ran.code, ran.err) == (0, ""), ran


def test_git_ignores_the_folder_without_a_tracked_file(main: Repo) -> None:
    """The main worktree stays clean; a folder that is ignored already gets no second line."""
    for name in ("web", "api"):
        assert start(main, name).code == 0
    assert main.git("status", "--porcelain") == ""
    exclude = (main.path / ".git/info/exclude").read_text()
    assert exclude.count("/.claude/worktrees/\n") == 1


def test_an_existing_branch(main: Repo) -> None:
    """`--branch` works on it; without that, a branch with work of its own is not taken."""
    main.git("branch", "worktree-docs")
    main.git("switch", "-q", "worktree-docs")
    main.commit({"docs/a.py": "new\n"}, "begun")
    main.git("switch", "-q", "main")
    ran = start(main, "docs", "--owns", "/docs/")
    assert (ran.code, "has commits of its own" in ran.err) == (2, True)
    assert start(main, "docs", "--owns", "/docs/", "--branch", "worktree-docs").code == 0
    assert (at(main, "docs").path / "docs/a.py").read_text() == "new\n"
    main.git("branch", "old/thing")
    assert start(main, "more", "--owns", "/more/", "--branch", "old/thing").code == 0
    assert 'branches = ["old/thing"]' in main.git("show", "main:.guard/contracts/more.toml")
    ran = start(main, "none", "--owns", "/none/", "--branch", "gone")
    assert (ran.code, "there is no branch gone here" in ran.err) == (2, True)


def test_words_become_the_name_of_a_second_worktree(main: Repo) -> None:
    """As they do for a new contract."""
    ran = start(main, "two words", "--from", "web")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "the session's name is two-words"), ran


def test_a_second_worktree_under_one_contract(main: Repo) -> None:
    """`--from` is for two who share a contract."""
    assert start(main, "web").code == 0
    ran = start(main, "two", "--from", "web")
    assert ran.code == 0, ran
    assert at(main, "two").check().report["contract"] == "web"


def test_here(main: Repo) -> None:
    """`--here` with a contract's values makes the contract for the branch that is checked out."""
    other = main.worktree("other", "try/it")
    ran = other.guard("start", "docs", "--owns", "/docs/", "--here")
    assert (ran.code, ran.out.startswith("started docs on branch try/it, ")) == (0, True), ran
    assert other.check().report["contract"] == "docs"
    again = other.guard("start", "docs", "--owns", "/docs/", "--here")
    assert again.out.startswith("docs is there already, on branch try/it")
    other.git("switch", "-q", "--detach")
    assert other.guard("start", "x", "--owns", "/x/", "--here").code == 2


def test_more_sessions_than_the_policy_wants(main: Repo) -> None:
    """It is told before anything is made, not refused; an overlap is told then, too."""
    main.policy("sessions = 2\n" + POLICY)
    lines = start(main, "docs", "--owns", "/docs/", "--owns", "/web/a.py", "--anyway").out
    overlap, limit, started, *_ = lines.splitlines()
    assert overlap.startswith("but docs owns /web/a.py and web owns web/")
    assert limit.endswith("wants at most 2")
    assert started.startswith("started docs ")
    (main.path / ".git/refs/heads/worktree-more.lock").write_text("")
    ran = start(main, "more", "--owns", "/more/")
    assert (ran.code, ran.out.strip().endswith("wants at most 2")) == (2, True), ran


@pytest.mark.parametrize("taken", ["file", "folder", "link", "worktree"])
def test_a_place_that_is_taken(main: Repo, tmp_path: Path, taken: str) -> None:
    """It is told; nothing is made, and nothing of the place is changed."""
    place = at(main, "web").path
    if taken == "worktree":
        main.git("worktree", "add", "-q", "-b", "mine", str(place))
    elif taken == "link":
        (main.path / ".claude").mkdir()
        (tmp_path / "elsewhere").mkdir()
        place.parent.symlink_to(tmp_path / "elsewhere")
    else:
        main.write({f"{PLACE}/web{'/mine' if taken == 'folder' else ''}": "mine\n"})
    before = state(main)
    ran = start(main, "web")
    assert (ran.code, state(main)) == (2, before), ran


def test_where_guard_is_not_adopted(empty: Repo) -> None:
    """The first step is named."""
    empty.commit({"a": "a\n"})
    ran = start(empty, "web", "--owns", "web/")
    assert (ran.code, "guard init" in ran.err) == (2, True)


@pytest.mark.parametrize("hook", ["post-checkout", "reference-transaction"])
def test_a_hook_that_refuses(main: Repo, hook: str) -> None:
    """It is named, with what it said, and nothing is left."""
    file = main.path / f".git/hooks/{hook}"
    file.parent.mkdir(exist_ok=True)
    only = '[ "$1" = prepared ] || exit 0\n' if hook == "reference-transaction" else ""
    file.write_text(f"#!/bin/sh\n{only}echo NO >&2\nexit 1\n")
    file.chmod(0o755)
    ran = main.guard("start", "new", "--owns", "/new/")
    assert (ran.code, f"git worktree: the hook {hook} of git refused: NO" in ran.err) == (2, True)
    assert (main.run("sh", "-c", ran.err.split("hint: ")[1]).out).strip().endswith(f"hooks/{hook}")
    file.unlink()
    assert len(main.git("worktree", "list").splitlines()) == 1


def test_a_branch_that_git_cannot_make(main: Repo) -> None:
    """git's own words are told (a full disk, a lock), and nothing is left."""
    (main.path / ".git/refs/heads/worktree-web.lock").write_text("")
    before = state(main)
    ran = start(main, "web")
    assert (ran.code, "worktree-web.lock" in ran.err, state(main)) == (2, True, before), ran


def killing_git(folder: Path, at_call: int) -> dict[str, str]:
    """An environment whose git kills guard at its n-th start."""
    folder.mkdir(exist_ok=True)
    (folder / "calls").write_text("")
    real = next(
        path
        for path in (Path(one) / "git" for one in os.environ["PATH"].split(os.pathsep))
        if path.exists()
    )
    program = folder / "git"
    program.write_text(
        "#!/bin/sh\n"
        f"echo >> {folder}/calls\n"
        f"[ $(wc -l < {folder}/calls) -eq {at_call} ] && kill -9 $PPID && exit 1\n"
        f'exec {real} "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("call", range(3, 31, 3))
def test_killed_anywhere(main: Repo, tmp_path: Path, call: int) -> None:
    """The same words bring it to its end, and nothing of anybody is lost."""
    main.write({"docs/mine.py": "mine\n"})
    env = killing_git(tmp_path / "bin", call)
    words = ("start", "docs", "--owns", "/docs/", "--no-fetch")
    main.guard(*words, env=env)
    again = main.guard(*words)
    assert again.code == 0, again
    session = at(main, "docs")
    assert session.git("symbolic-ref", "--short", "HEAD") == "worktree-docs"
    assert session.git("status", "--porcelain") == ""
    assert session.check().report["contract"] == "docs"
    assert (main.path / "docs/mine.py").read_text() == "mine\n"
    assert main.git("status", "--porcelain") == "?? docs/mine.py"
    assert main.git("log", "--format=%s", "--grep=contract docs", "main") == "contract docs"


@pytest.mark.parametrize("call", range(6, 92, 15))
def test_a_plan_killed_anywhere(main: Repo, tmp_path: Path, call: int) -> None:
    """The same words bring it to its end; what was started before is not started again."""
    tables = (f'[{name}]\ngoal = "a"\nowns = ["/{name}/"]\n' for name in ("one", "two"))
    (tmp_path / "plan.toml").write_text("\n".join(tables))
    words = ("start", "--plan", str(tmp_path / "plan.toml"), "--no-fetch")
    main.guard(*words, env=killing_git(tmp_path / "bin", call))
    again = main.guard(*words)
    assert again.code == 0, again
    for name in ("one", "two"):
        assert at(main, name).git("status", "--porcelain") == ""
        assert at(main, name).check().report["contract"] == name
        assert main.git("log", "--format=%s", f"--grep=contract {name}", "main").count("\n") == 0
    assert main.git("status", "--porcelain") == ""


def test_the_same_words_in_another_order(main: Repo) -> None:
    """They are the same words; what is there has told about too many sessions when it started."""
    main.write({"guard.toml": "sessions = 1\n" + POLICY})
    main.commit()
    words = ("--owns", "/docs/", "--owns", "/lib/")
    assert "wants at most 1" in start(main, "docs", *words).out
    ran = start(main, "docs", *words[2:], *words[:2])
    assert (ran.code, ran.out.partition("\n")[0]) == (
        0,
        "docs is there already, on branch worktree-docs",
    )
    before = state(main)
    assert start(at(main, "docs"), "docs").out.endswith("next: guard brief\n")
    ran = start(main, "docs", *words[:2])
    assert (ran.code, "there already, with other owns" in ran.err) == (2, True), ran
    assert "guard start docs " in ran.err
    ran = start(main, "more", "--from", "docs", *words, "--owns", "/api/")
    assert (ran.code, "as it is, not with other owns" in ran.err) == (2, True), ran
    assert "guard start more --from docs " in ran.err
    assert state(main) == before


def test_another_spelling_of_what_is_there(main: Repo) -> None:
    """In other case, or by its branch: the hint starts that one, and no second contract."""
    start(main, "docs", "--owns", "/docs/")
    start(main, "more", "--from", "docs")
    for said, hint in (
        (("Docs",), "guard start docs"),
        (("worktree-docs",), "guard start docs"),
        (("more/docs",), "guard start more"),
        (("third", "--from", "more"), "guard start third --from docs"),
        (("third", "--from", "DOCS"), "guard start third --from docs"),
        (("third",), "guard start third --owns PATTERN"),
    ):
        ran = start(main, *said)
        assert (ran.code, ran.err.splitlines()[-1].strip()) == (2, f"hint: {hint}"), ran


def test_a_branch_that_is_not_here(clone: Repo) -> None:
    """The hint brings it here, so that the same command goes on."""
    words = ("new", "--owns", "/new/", "--branch", "theirs")
    clone.git("push", "-q", "origin", "main:theirs")
    for forget in ((), ("update-ref", "-d", "refs/remotes/origin/theirs")):
        clone.git(*forget or ("fetch", "-q"))
        ran = start(clone, *words)
        assert ran.code == 2, ran
        step = ran.err.splitlines()[-1].partition(": ")[2].partition("   #")[0].split()
        clone.git(*step[1:])
        assert clone.git("rev-parse", "theirs") == clone.git("rev-parse", "origin/main")
        clone.git("branch", "-q", "-D", "theirs")
    clone.git("remote", "remove", "origin")
    assert "git branch --list" in start(clone, *words).err


@pytest.mark.parametrize("git_dir", [".bare", ".git"])
def test_around_a_bare_repository(main: Repo, tmp_path: Path, git_dir: str) -> None:
    """Sessions lie beside each other, around `.git`, whichever worktree they are started in."""
    around = Repo(tmp_path / "around")
    main.commit({".worktreeinclude": ".env\n"})
    main.git("clone", "-q", "--bare", str(main.path), str(around.path / git_dir))
    if git_dir != ".git":
        around.write({".git": f"gitdir: ./{git_dir}\n"})
    around.write({f"{git_dir}/info/exclude": ".env\n"})
    around.git("worktree", "add", "-q", "main", "main")
    work = Repo(around.path / "main").write({".env": "SECRET=1\n"})
    words = ("docs", "--owns", "/docs/")
    ran = start(around, *words)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"next: cd {PLACE}/docs"), ran
    assert at(around, "docs").git("status", "--porcelain") == ""
    assert start(at(around, "docs"), *words).code == 0
    for where, name in ((at(around, "docs"), "lib"), (work, "new")):
        assert start(where, name, "--owns", f"/{name}/").code == 0
        assert (around.path / PLACE / name / ".git").is_file(), around.git("worktree", "list")
    assert (around.path / PLACE / "new" / ".env").read_text() == "SECRET=1\n"
    assert work.git("status", "--porcelain") == ""
    assert at(around, "new").guard("finish", "lib").code == 0
    assert start(around, "x", "--owns", "/x/", "--merges", "rout").err.splitlines() == [
        "guard: --merges: guard.toml has no shared group rout",
        "  hint: add [shared.rout] to guard.toml, or: guard init",
    ]


def test_in_a_repository_without_a_folder_around_git(main: Repo, tmp_path: Path) -> None:
    """A bare one has sessions within; where git's folder is elsewhere they lie in the checkout."""
    bare, apart = Repo(tmp_path / "bare.git"), Repo(tmp_path / "apart")
    main.git("clone", "-q", "--bare", str(main.path), str(bare.path))
    elsewhere = f"--separate-git-dir={tmp_path / 'elsewhere'}"
    main.git("clone", "-q", elsewhere, str(main.path), str(apart.path))
    for one in (bare, apart):
        for where, name in ((one, "docs"), (at(one, "docs"), "lib")):
            ran = start(where, name, "--owns", f"/{name}/")
            assert ran.code == 0, ran
            assert (one.path / PLACE / name / ".git").is_file(), one.git("worktree", "list")
    assert apart.git("status", "--porcelain") == ""


def test_a_name_that_windows_reserves(main: Repo) -> None:
    """Its contract could not be checked out there, so none is made."""
    before = state(main)
    for words in (("start", "nul"), ("start", "Com1.web"), ("contract", "new", "aux")):
        ran = main.guard(*words, "--owns", "/new/", "--goal", "New.")
        assert (ran.code, "on Windows" in ran.err) == (2, True), (words, ran)
    assert state(main) == before
    assert start(main, "console", "--owns", "/new/").code == 0
