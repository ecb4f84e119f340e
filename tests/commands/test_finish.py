"""`guard finish`: a session that is done goes, and nothing of anybody's work is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guard.git.plumbing import at as git_at
from guard.git.repository import open_repository as opened
from guard.sessions.life import finishing, trash
from guard.sessions.life.losses import MADE, REBUILDABLE
from guard.sessions.life.own_worktree import remove
from tests.commands.test_sessions import offered
from tests.commands.test_start_session import killing_git
from tests.kit import GUARD, Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types

PLACE = ".claude/worktrees"


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository in which the sessions api and web have been started."""
    team(repo).commit({".gitignore": "*.env\n*.pyc\n"}, "ignore")
    for name in ("api", "web"):
        assert repo.guard("start", name).code == 0
    return repo


def at(repo: Repo, name: str = "web") -> Repo:
    """The worktree of a session."""
    return Repo(repo.path / PLACE / name)


def worked(repo: Repo, name: str = "web", *, merged: bool = True) -> Repo:
    """A session with a commit, which the base has if it is `merged`."""
    at(repo, name).commit({f"{name}/new.py": "new\n"}, "new")
    if merged:
        repo.git("merge", "-q", "--no-ff", "--no-edit", f"worktree-{name}")
    return at(repo, name)


def finish(repo: Repo, *words: str) -> Ran:
    """Run `guard finish`."""
    return repo.guard("finish", *words)


def outcomes(repo: Repo, *words: str) -> dict[str, str]:
    """What became of each session."""
    report = json.loads(finish(repo, *words, "--format", "json").out)
    VALIDATOR(json.loads(repo.guard("schema", "finish").out)).validate(report)
    return {one["name"]: one["outcome"] for one in report["sessions"]}


def everything(repo: Repo) -> tuple[str, ...]:
    """Refs, worktrees, and the files of the session."""
    refs = repo.git("for-each-ref", "--format=%(refname) %(objectname)")
    place = at(repo).path
    files = sorted(
        f"{path.relative_to(place)} {path.read_bytes()!r}"
        for path in place.rglob("*")
        if path.is_file() and ".git" not in path.parts
    )
    return refs, repo.git("worktree", "list"), *files


def test_a_session_that_is_done_goes(main: Repo) -> None:
    """Worktree, branch and contract; the other session stays as it is."""
    worked(main)
    ran = finish(main, "web")
    assert ran.code == 0, ran
    assert ran.out.splitlines()[0].startswith("removed web: branch worktree-web, worktree ")
    assert "closed contract web" in ran.out
    assert not at(main).path.exists()
    assert main.git("branch", "--format=%(refname:short)") == "main\nworktree-api"
    assert main.git("ls-tree", "--name-only", "main", ".guard/contracts/") == (
        ".guard/contracts/api.toml"
    )
    assert main.git("status", "--porcelain") == ""


def test_undo_brings_all_of_it_back(main: Repo) -> None:
    """Worktree, branch, contract, ignored files and its request; it is as done as before."""
    session = worked(main).write({"made.pyc": "made\n"})
    assert session.guard("request", "api/x", "--why", "it calls it").code == 0
    before = everything(main)[1:]
    assert finish(main, "web").code == 0
    assert "api/x" not in main.guard("grant").out
    ran = finish(main, "--undo")
    assert ran.code == 0, ran
    assert "web asks for api/x: it calls it" in main.guard("grant").out
    refs, *now = everything(main)
    assert now[1:] == list(before[1:])
    assert "refs/guard" not in refs
    assert session.check().report["contract"] == "web"
    assert finish(main, "--undo").code == 2
    assert outcomes(main, "--all") == {"api": "kept-unbegun", "web": "removed"}


def test_undo_does_not_take_another_place(main: Repo) -> None:
    """A folder or a branch that is there again stays as it is."""
    worked(main)
    assert finish(main, "web").code == 0
    main.git("branch", "worktree-web", "main~3")
    ran = finish(main, "--undo")
    assert (ran.code, "is there again, with other commits" in ran.err) == (2, True)
    main.git("branch", "-D", "worktree-web")
    at(main).write({"mine": "mine\n"})
    ran = finish(main, "--undo")
    assert (ran.code, "is there again, so the old one cannot come back" in ran.err) == (2, True)
    assert (at(main).path / "mine").read_text() == "mine\n"


def test_only_emptying_the_trash_deletes(main: Repo) -> None:
    """The commits are on refs until then."""
    worked(main)
    finish(main, "web")
    assert "refs/guard/trash/" in main.git("for-each-ref", "--format=%(refname)")
    assert finish(main, "--empty-trash").out == "deleted 1 worktree for good\n"
    assert "refs/guard/" not in main.git("for-each-ref", "--format=%(refname)")
    assert finish(main, "--empty-trash").out == "it is empty\n"
    assert finish(main, "--undo").code == 2


def _modified(session: Repo) -> None:
    session.write({"web/a.py": "mine\n"})


def _untracked(session: Repo) -> None:
    session.write({"web/mine.py": "mine\n"})


def _ignored(session: Repo) -> None:
    session.write({"secret.env": "mine\n"})


def _hidden(session: Repo) -> None:
    session.git("update-index", "--assume-unchanged", "web/a.py")
    session.write({"web/a.py": "mine\n"})


def _untold(session: Repo) -> None:
    session.git("config", "status.showUntrackedFiles", "no")
    session.write({"web/mine.py": "mine\n"})


def _sparse(session: Repo) -> None:
    session.git("sparse-checkout", "set", "--no-cone", "/docs/")
    session.write({"web/a.py": "mine\n"})


def _outside_sparse(session: Repo) -> None:
    session.git("sparse-checkout", "set", "--no-cone", "/docs/")
    session.write({"web/mine.py": "mine\n"})


def _other_case(session: Repo) -> None:
    session.git("config", "core.ignoreCase", "true")
    session.write({"web/A.py": "mine\n"})


def _staged(session: Repo) -> None:
    old = (session.path / "web/a.py").read_text()
    session.write({"web/a.py": "mine\n"}).git("add", "web/a.py")
    session.write({"web/a.py": old})


def _detached(session: Repo) -> None:
    session.git("switch", "-q", "--detach")
    session.guard("start", "--here", "web")
    session.commit({"web/a.py": "mine\n"}, "mine")


def _only_detached(session: Repo) -> None:
    session.git("switch", "-q", "--detach")
    session.commit({"web/a.py": "mine\n"}, "mine")
    session.git("switch", "-q", "--detach", "HEAD~1")
    session.git("switch", "-q", "--detach", "-")


def _bound(session: Repo) -> None:
    session.git("switch", "-q", "-c", "aside")
    assert session.guard("start", "--here", "web").code == 0
    session.commit({"web/a.py": "mine\n"}, "mine")


def _own_ref(session: Repo) -> None:
    session.write({"web/a.py": "mine\n"}).git("stash", "push", "-q")
    session.git("update-ref", "refs/worktree/mine", "stash@{0}")
    session.git("stash", "drop", "-q")


def _stashed(session: Repo) -> None:
    session.write({"web/a.py": "mine\n"}).git("stash", "push", "-q")


def _nested(session: Repo) -> None:
    Repo.init(session.path / "inner").write({"mine.py": "mine\n"})


def _nested_worktree(session: Repo) -> None:
    session.git("worktree", "add", "-q", "-b", "inner", str(session.path / "inner"))
    Repo(session.path / "inner").write({"mine.py": "mine\n"})


def _ignored_repository(session: Repo) -> None:
    session.write({".git/info/exclude": ""} if (session.path / ".git").is_dir() else {})
    Repo.init(session.path / "inner.env").write({"mine.py": "mine\n"})


def _merging(session: Repo) -> None:
    session.git("branch", "other")
    session.commit({"web/a.py": "one\n"}, "one")
    session.git("switch", "-q", "other")
    session.commit({"web/a.py": "two\n"}, "two")
    session.git("switch", "-q", "worktree-web")
    session.git("merge", "-q", "other", ok=(1,))


def _locked(session: Repo) -> None:
    session.git("worktree", "lock", str(session.path))


KEEPING: dict[str, tuple[Callable[[Repo], None], str]] = {
    "modified": (_modified, "kept-dirty"),
    "untracked": (_untracked, "kept-dirty"),
    "untracked, and not shown": (_untold, "kept-dirty"),
    "hidden": (_hidden, "kept-dirty"),
    "edited where a sparse checkout has none": (_sparse, "kept-dirty"),
    "untracked outside the sparse checkout": (_outside_sparse, "kept-dirty"),
    "another name by case alone": (_other_case, "kept-dirty"),
    "staged alone": (_staged, "kept-dirty"),
    "ignored": (_ignored, "kept-ignored"),
    "detached": (_detached, "kept-unmerged"),
    "detached, and not bound": (_only_detached, "kept-unmerged"),
    "bound, on another branch": (_bound, "kept-unmerged"),
    "a ref of the worktree": (_own_ref, "kept-unmerged"),
    "stashed": (_stashed, "kept-stashed"),
    "nested": (_nested, "kept-nested"),
    "nested worktree": (_nested_worktree, "kept-nested"),
    "ignored repository": (_ignored_repository, "kept-nested"),
    "merging": (_merging, "kept-unfinished"),
    "locked": (_locked, "kept-locked"),
}


@pytest.mark.parametrize("how", KEEPING)
def test_what_is_nowhere_else_keeps_it(main: Repo, how: str) -> None:
    """Nothing at all is changed, and the command that keeps it is named."""
    make, word = KEEPING[how]
    session = worked(main)
    make(session)
    before = everything(main)
    ran = finish(main, "web")
    assert ran.code == 1, ran
    assert ran.out.startswith(f"{word} web: ")
    assert "  because " in ran.out
    assert everything(main) == before
    assert outcomes(main, "--all")["web"] == word
    assert everything(main) == before


@pytest.mark.parametrize("how", [how for how in KEEPING if how not in ("locked", "stashed")])
def test_archive_keeps_it_as_a_commit(main: Repo, how: str) -> None:
    """What is in files is in the commit; what a commit cannot hold keeps the session still."""
    make, word = KEEPING[how]
    session = worked(main)
    make(session)
    before = everything(main)
    ran = finish(main, "web", "--archive")
    if word in ("kept-nested", "kept-unfinished"):
        assert ran.code == 1
        assert everything(main) == before
        return
    assert ran.code == 0, ran
    assert not session.path.exists()
    refs = main.git("for-each-ref", "--format=%(refname)", "refs/guard/archive/web").split()
    assert len(refs) == 1
    told = main.git("log", "-p", "-m", "--format=", refs[0], "^main")
    assert "+mine" in told
    assert main.git("log", "--diff-filter=D", "-m", "--format=%h", refs[0], "^main") == ""
    assert finish(main, "--empty-trash").code == 0
    assert "+mine" in main.git("log", "-p", "-m", "--format=", refs[0], "^main")


@pytest.mark.parametrize("how", [_only_detached, _own_ref])
def test_a_branch_keeps_commits_that_none_has(main: Repo, how: Callable[[Repo], None]) -> None:
    """The command that is printed runs as it is, and nothing of them is at stake any more."""
    session = worked(main)
    how(session)
    lines = finish(main, "web").out.split("\n")
    main.run("sh", "-c", lines[2].removeprefix("  next: "))
    assert "+mine" in main.git("log", "-p", "-m", "--format=", "^main", "web-kept")
    assert finish(main, "web").code == 0
    assert "closed contract web" not in finish(main, "--undo").out
    assert main.git("rev-parse", "-q", "--verify", "web-kept")


def test_what_only_the_trash_has_is_nowhere_else(main: Repo) -> None:
    """Emptying the trash would delete it."""
    session = worked(main)
    commit = session.git("commit-tree", "-m", "mine", "HEAD^{tree}")
    main.git("update-ref", "refs/guard/trash/1/head", commit)
    session.git("update-ref", "refs/worktree/mine", commit)
    assert outcomes(main, "web") == {"web": "kept-unmerged"}


def test_a_detached_worktree_is_whose_branch_it_had_last(main: Repo) -> None:
    """One that never had the session's branch is nobody's, and stays."""
    worked(main)
    main.git("worktree", "add", "-q", "--detach", "../look", "main~1")
    at(main).git("switch", "-q", "--detach", "main")
    assert finish(main, "web").code == 0
    assert not at(main).path.exists()
    assert (main.path.parent / "look").exists()


def test_what_a_tool_makes_anew_goes_along(main: Repo) -> None:
    """That is told, in as few words as the folders are, and undo brings it back."""
    main.write({".git/info/exclude": "/.claude/\nnode_modules/\ndist/\n"})
    made = {"dist/deep/a.js": "a\n", "dist/b.js": "b\n", "web/node_modules/c.js": "c\n"}
    session = worked(main).write({**made, "x.pyc": "x\n", "y.pyc": "y\n"})
    ran = finish(main, "web")
    told = (
        "  what git ignores went along into the trash: dist/, web/node_modules/, x.pyc and 1 more"
    )
    assert (ran.code, ran.out.splitlines()[1]) == (0, told), ran
    finish(main, "--undo")
    assert (session.path / "dist/deep/a.js").read_text() == "a\n"
    report = json.loads(finish(main, "web", "--format", "json").out)
    expected = ["dist/", "web/node_modules/", "x.pyc", "y.pyc"]
    assert sorted(report["sessions"][0]["ignored"]) == expected


def test_the_documents_list_what_keeps_nothing() -> None:
    """The names of folders and the ends of names that a tool makes anew."""
    text = (Path(__file__).parents[2] / "docs/sessions.md").read_text()
    listed = text.partition("**What git ignores**")[2].partition("**The trash.**")[0]
    words = set(re.findall(r"`([^` ]+)`", listed))
    assert words == {*REBUILDABLE, *MADE, "--undo"}


def test_an_archived_session_is_closed(main: Repo) -> None:
    """Nobody works under its contract any more; it comes back with the session."""
    worked(main, merged=False)
    ran = finish(main, "web", "--archive")
    assert (ran.code, "closed contract web\n" in ran.out) == (0, True), ran
    assert main.git("log", "-1", "--format=%b", "main").strip().endswith("or archived.")
    assert finish(main, "--undo").code == 0
    assert main.guard("sessions").out.startswith("api  working")
    assert "web  working  worktree-web" in main.guard("sessions").out


def test_a_process_at_work_keeps_it(main: Repo) -> None:
    """Also with `--abandon`."""
    session = worked(main)
    with subprocess.Popen(["sleep", "60"], cwd=session.path) as process:
        try:
            assert outcomes(main, "web") == {"web": "kept-busy"}
            assert finish(main, "web", "--abandon").code == 1
        finally:
            process.kill()
    assert finish(main, "web").code == 0


def test_who_reads_the_answer_is_not_at_work(main: Repo) -> None:
    """A pager in the worktree, at the end of a pipe, keeps nothing."""
    session = worked(main)
    guard = " ".join(GUARD)
    ran = session.run("sh", "-c", f"{guard} finish | sed s/x/x/ | cat")
    assert ran.out.startswith("removed web: "), ran


def test_work_that_the_base_lacks_keeps_it(main: Repo) -> None:
    """`--abandon` gives the session up, and its branch is archived; undo brings it back."""
    session = worked(main, merged=False)
    tip = session.head()
    ran = finish(main, "web")
    assert (ran.code, "main does not have all of worktree-web" in ran.out) == (1, True), ran
    assert "next: git log --oneline main..worktree-web" in ran.out
    assert session.path.exists()
    session.write({"web/more.py": "more\n"})
    ran = finish(main, "web", "--abandon")
    assert (ran.code, ran.out.startswith("abandoned web: ")) == (0, True), ran
    assert "closed contract web" in ran.out
    (ref,) = main.git("for-each-ref", "--format=%(refname)", "refs/guard/archive/web").split()
    assert main.git("rev-parse", f"{ref}~1") == tip
    assert main.git("show", f"{ref}:web/more.py") == "more"
    assert finish(main, "--undo", "web").code == 0
    assert (session.path / "web/more.py").read_text() == "more\n"
    assert session.git("rev-parse", "worktree-web") == tip
    assert "web.toml" in main.git("ls-tree", "--name-only", "main", ".guard/contracts/")


def test_a_session_that_has_not_begun(main: Repo) -> None:
    """It goes if it is named; `--all` leaves it to who has just started it."""
    assert outcomes(main, "--all") == {"api": "kept-unbegun", "web": "kept-unbegun"}
    assert outcomes(main, "web") == {"web": "removed"}
    assert outcomes(main, "--all") == {"api": "kept-unbegun"}


def test_a_detached_worktree_whose_commit_another_branch_has(main: Repo) -> None:
    """It has begun: the base lacks its work, whoever else has it."""
    session = worked(main)
    _detached(session)
    session.git("branch", "other")
    ran = finish(main, "web")
    tip = session.head()[:12]
    assert (ran.code, f"because main does not have all of {tip}" in ran.out) == (1, True), ran
    session.run("sh", "-c", ran.out.split("next: ")[1].split("\n")[0])


def aged(repo: Repo, *names: str) -> None:
    """Let everything in these sessions have happened long ago, the base's commits too."""
    logs = [repo.path / f".git/logs/refs/heads/worktree-{name}" for name in names]
    logs += [repo.path / f".git/worktrees/{name}/logs/HEAD" for name in names]
    for log in logs:
        log.write_text(re.sub(r"> \d+ ", "> 1767323045 ", log.read_text()))


def test_stale_sessions(main: Repo) -> None:
    """Those in which nothing happened go if nothing is lost; an edit is something that happens."""
    for name in ("docs", "done"):
        assert main.guard("start", name, "--owns", f"/{name}/").code == 0
    worked(main, "done")
    worked(main, "api", merged=False)
    aged(main, "api", "done", "docs", "web")
    at(main).write({"web/mine.py": "mine\n"})
    everything_kept = everything(main)
    assert outcomes(main, "--stale") == {
        "api": "kept-unmerged",
        "docs": "removed",
        "done": "removed",
    }
    assert everything(main)[2:] == everything_kept[2:]
    ran = finish(main, "--stale")
    assert (ran.code, "  or: guard finish api --abandon" in ran.out) == (1, True), ran
    main.policy('base = "main"\n[status]\nstale = 3000\n')
    assert finish(main, "--stale").out == "no session is stale: nothing to finish\n"
    main.policy('base = "main"\n')
    ran = finish(main, "--stale", "--archive")
    assert (ran.code, ran.out.startswith("archived api: ")) == (0, True), ran
    for words in (["web", "--stale"], ["--all", "--stale"], ["--stale", "--abandon"]):
        assert finish(main, *words).code == 2


def test_a_second_worktree_is_stale_by_itself(main: Repo) -> None:
    """What happens in the other one of its contract does not count, and that one stays."""
    assert main.guard("start", "side", "--from", "web").code == 0
    at(main).write({"web/mine.py": "mine\n"})
    assert outcomes(main, "--stale") == {"api": "removed", "side": "removed"}
    assert at(main).path.is_dir()


def test_what_is_no_sessions_is_told(main: Repo) -> None:
    """A branch whose worktree has left it, and worktrees that no contract claims."""
    assert main.guard("start", "side", "--from", "web").code == 0
    at(main, "side").git("switch", "-q", "-c", "loose")
    main.git("worktree", "add", "-q", "--detach", f"{PLACE}/det")
    ran = finish(main, "--all")
    assert f"of no session: {at(main, 'det').path}; look: " in ran.out
    assert outcomes(main, "side") == {"side": "kept-held"}
    ran = finish(main, "side")
    for name in ("loose", str(at(main, "det").path)):
        assert "is no session's: no contract claims it" in finish(main, name).err
    assert "is no session's: no contract claims it" in at(main, "det").guard("finish").err
    step = ran.out.split("  or: ")[1].splitlines()[0]
    assert outcomes(main, "web") == {"web": "removed"}
    at(main, "side").run("sh", "-c", step.replace("guard ", f"{shlex.join(GUARD)} "))
    assert not at(main, "side").path.exists()


@pytest.mark.parametrize("how", ["", " --archive", " --abandon"])
def test_the_next_step_has_what_was_typed(main: Repo, how: str) -> None:
    """What no option removes is to be seen to first; then the same command again."""
    inner = at(main).path / "web/inner"
    inner.mkdir(parents=True)
    Repo(inner).git("init", "-q")
    ran = finish(main, "web", *how.split())
    assert ran.out.splitlines()[-1].startswith(f"  next: guard finish web{how}   # once "), ran


def test_from_within(main: Repo) -> None:
    """Without a name it is the session that one is in."""
    session = worked(main)
    ran = session.guard("finish")
    assert ran.code == 0, ran
    assert "you are in a folder that is in the trash now" in ran.out
    ran = finish(main)
    assert (ran.code, "this worktree is no session's" in ran.err) == (2, True)


def test_squashed_and_rebased(main: Repo) -> None:
    """What the base has by patch is merged, whatever the commits are called."""
    worked(main, merged=False)
    main.git("merge", "-q", "--squash", "worktree-web")
    main.git("commit", "-qm", "squashed")
    assert finish(main, "web").code == 0


def test_the_main_worktree_is_never_removed(main: Repo) -> None:
    """A session's branch may be checked out there."""
    worked(main)
    main.git("worktree", "remove", str(at(main).path))
    main.git("switch", "-q", "worktree-web")
    ran = finish(main, "web")
    assert (ran.code, ran.out.startswith("kept-main web: ")) == (1, True), ran
    main.git("switch", "-q", "main")
    assert outcomes(main, "web") == {"web": "removed"}


def test_a_folder_that_was_removed_by_hand(main: Repo) -> None:
    """Its branch and contract go; work that the base lacks keeps the branch."""
    worked(main)
    session = worked(main, "api", merged=False)
    for one in (at(main), session):
        subprocess.run(["rm", "-rf", str(one.path)], check=True)
    assert set(outcomes(main, "--all").values()) == {"kept-unreadable"}
    assert finish(main, "web").code == 0
    assert outcomes(main, "api") == {"api": "kept-unmerged"}
    assert main.git("rev-parse", "-q", "--verify", "worktree-api")


def _with_a_merge(session: Repo) -> None:
    session.git("merge", "-q", "--no-commit", "--no-ff", "main", ok=(0, 1))


@pytest.mark.parametrize("how", [_staged, _with_a_merge])
def test_what_was_staged_in_a_folder_that_is_away(
    main: Repo, tmp_path: Path, how: Callable[[Repo], None]
) -> None:
    """Nobody has seen that, so emptying the trash keeps it until somebody says that it may go."""
    for name in ("web", "api"):
        worked(main, name)
    how(at(main))
    staged = at(main).git("diff", "--cached", "--raw")
    for name in ("web", "api"):
        at(main, name).path.rename(tmp_path / name)
        assert finish(main, name).code == 0
    ran = finish(main, "--empty-trash")
    assert ran.code == 1, ran
    assert ran.out.startswith("deleted 1 worktree for good\nkept web: worktree "), ran
    forget = ran.out.split("  or: ")[1]
    (tmp_path / "web").rename(at(main).path)
    assert finish(main, "--undo").code == 0
    assert at(main).git("diff", "--cached", "--raw") == staged
    at(main).path.rename(tmp_path / "web")
    assert finish(main, "web").code == 0
    (old,) = (main.path / ".git/guard/trash").iterdir()
    main.run("sh", "-c", re.sub(r"trash/[^/]+", f"trash/{old.name}", forget))
    assert finish(main, "--empty-trash").out == "deleted 1 worktree for good\n"


def test_a_contract_with_the_handoff(main: Repo) -> None:
    """Both leave the base in one commit."""
    main.commit({".guard/handoffs/web.md": "# Handoff: web\n"}, "handoff")
    worked(main)
    assert finish(main, "web").code == 0
    assert "web" not in main.git("ls-tree", "-r", "--name-only", "main", ".guard")
    assert main.git("log", "-1", "--format=%s", "main") == "close web"


def test_a_base_that_is_behind_its_remote(main: Repo, tmp_path: Path) -> None:
    """The session goes, its contract stays, and the message says what comes first."""
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "remote.git"))
    main.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    worked(main)
    main.git("push", "-q", "origin", "main")
    main.git("fetch", "-q", "origin")
    main.git("reset", "-q", "--hard", "HEAD~1")
    ran = finish(main, "web")
    assert ran.code == 0, ran
    assert "the contract stays for now: main is behind origin/main" in ran.out
    main.git("merge", "-q", "--ff-only", "origin/main")
    assert "it was finished, but for its contract" in main.guard("tidy", "--dry-run").out
    ran = finish(main, "web")
    push = "next: git push origin main   # other clones know it then\n"
    assert (ran.code, ran.out) == (0, f"closed contract web\n{push}"), ran
    assert "web" not in main.git("ls-tree", "-r", "--name-only", "main", ".guard")


def test_undo_while_the_remote_has_the_contract(main: Repo, tmp_path: Path) -> None:
    """The contract would not count here, so its text comes back with what is to be done first."""
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "remote.git"))
    main.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    main.git("fetch", "-q", "origin")
    started = main.guard("start", "docs", "--owns", "/docs/", "--on-base")
    assert "the contract counts, on origin/main" in started.out, started
    worked(main, "docs")
    main.git("push", "-q", "origin", "main")
    assert finish(main, "docs").code == 0
    ran = finish(main, "--undo")
    steps = [line.partition(": ")[2] for line in ran.out.splitlines()[-2:]]
    assert (ran.code, steps[0]) == (0, "git push origin main")
    assert steps[1] == f"cd {at(main, 'docs').path} && guard contract publish docs"
    main.git("push", "-q", "origin", "main")
    ran = at(main, "docs").guard("contract", "publish", "docs")
    assert "next: rm .guard/contracts/docs.toml" in ran.out, ran
    (at(main, "docs").path / ".guard/contracts/docs.toml").unlink()
    assert at(main, "docs").check().report["contract"] == "docs"


def test_another_file_system(main: Repo, tmp_path: Path) -> None:
    """Where a rename cannot keep it, nothing is removed."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == main.path.stat().st_dev:
        pytest.skip("there is no second file system here")
    place = other / f"guard-{tmp_path.name}"
    try:
        main.git("worktree", "remove", str(at(main).path))
        main.git("worktree", "add", "-q", str(place), "worktree-web")
        Repo(place).commit({"web/new.py": "new\n"}, "new")
        main.git("merge", "-q", "--no-edit", "worktree-web")
        worked(main, "api")
        assert finish(main, "web", "--archive").code == 1
        ran = finish(main, "web")
        assert (ran.code, "it is on another file system" in ran.out) == (1, True), ran
        assert (place / "web/new.py").exists()
        assert main.git("rev-parse", "-q", "--verify", "worktree-web")
        assert main.git("for-each-ref", "refs/guard/archive") == ""
        assert outcomes(main, "--all") == {"api": "removed", "web": "kept-unmoved"}
        main.run("sh", "-c", ran.out.split("next: ")[1].split("\n")[0])
        assert outcomes(main, "web") == {"web": "removed"}
    finally:
        subprocess.run(["rm", "-rf", str(place)], check=True)


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Mounts a folder with a file of somebody's elsewhere, and gives that file."""
    there, mounted = tmp_path / "precious", []

    def mount(place: Path) -> Path:
        for folder in (there, place):
            folder.mkdir(parents=True, exist_ok=True)
        (there / "file").write_text("precious\n")
        words = ("mount", "--bind", str(there), str(place))
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("nothing can be mounted here")
        mounted.append(place)
        return there / "file"

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], capture_output=True, check=False)


@pytest.mark.parametrize("words", [["--all"], ["web", "--archive"], ["web", "--abandon"]])
def test_what_is_mounted_inside_keeps_it(
    main: Repo, precious: Callable[[Path], Path], words: list[str]
) -> None:
    """Whatever a tool makes anew there; the step that is told lets it go, and nothing is lost."""
    place = worked(main).write({".gitignore": "*.env\nnode_modules/\n"}).path / "node_modules/m m"
    at(main).git("commit", "-qam", "ignore")
    main.git("merge", "-q", "--no-edit", "worktree-web")
    file = precious(place)
    ran = finish(main, *words, "--format", "json")
    told = next(one for one in json.loads(ran.out)["sessions"] if one["name"] == "web")
    assert (told["outcome"], "mounted from elsewhere" in told["why"]) == ("kept-unmoved", True)
    is_gone, why = remove(str(at(main).path))
    assert (is_gone, "mounted from elsewhere" in why) == (False, True)
    main.run("sh", "-c", told["next"][0])
    assert not (place / "file").exists()
    assert outcomes(main, "web") == {"web": "removed"}
    assert file.exists()


def test_the_trash_with_a_mount_is_not_emptied(
    main: Repo, precious: Callable[[Path], Path]
) -> None:
    """Nothing at all is deleted before that is let go."""
    worked(main)
    finish(main, "web")
    (folder,) = (main.path / ".git/guard/trash").glob("*/folder")
    file = precious(folder / "inside")
    ran = finish(main, "--empty-trash")
    assert (ran.code, f"{folder}/inside is mounted from elsewhere" in ran.err) == (2, True), ran
    assert (file.exists(), (folder / "web/new.py").exists()) == (True, True)
    main.run("sh", "-c", ran.err.split("hint: ")[1])
    assert finish(main, "--empty-trash").code == 0
    assert file.exists()


def test_words_that_do_not_fit(main: Repo) -> None:
    """Nothing is changed."""
    before = everything(main)
    for words in (["nobody"], ["web", "--all"], ["--archive", "--abandon", "web"]):
        assert finish(main, *words).code == 2
    for gives_up in ("--abandon", "--archive"):
        ran = finish(main, "--all", gives_up)
        assert (ran.code, f"hint: guard finish NAME {gives_up}" in ran.err) == (2, True), ran
    for back in ("--undo", "--empty-trash"):
        ran = finish(main, back, "--format", "json")
        assert (ran.code, ran.out) == (2, "")
    assert everything(main) == before


def test_a_folder_that_cannot_be_moved(main: Repo, tmp_path: Path) -> None:
    """It is told, with git's or the system's words; the others go on, and JSON stays JSON."""
    worked(main)
    worked(main, "api")
    lock = main.path / ".git/refs/heads/worktree-api.lock"
    lock.write_text("")
    assert outcomes(main, "--all") == {"api": "kept-unmoved", "web": "removed"}
    ran = finish(main, "api")
    assert (ran.code, f"next: rm {lock}   # a git process that was killed" in ran.out) == (1, True)
    assert "Another git process" not in ran.out
    main.run("sh", "-c", ran.out.split("next: ")[1].split("\n")[0])
    assert outcomes(main, "api") == {"api": "removed"}
    assert finish(main, "--undo", "api").code == 0


def test_a_lock_that_is_in_the_way_of_the_contract(main: Repo) -> None:
    """It is told in one line, and named as what is in the way."""
    worked(main)
    lock = main.path / ".git/index.lock"
    lock.write_text("")
    ran = finish(main, "web")
    (told,) = (line for line in ran.out.splitlines() if line.startswith("the contract stays"))
    assert ("\\n" in told, "has changes" in told, f"rm {lock}" in told) == (False, False, True), ran


def test_a_disk_that_is_full(main: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step is to make room, and the same words again; nothing is half in the trash."""

    def full(file: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file)

    worked(main, merged=False)
    monkeypatch.setattr(trash, "write_whole", full)
    (one,) = finishing.finish(opened(git_at(str(main.path))), ["web"], abandon=True).outcomes
    assert (one.outcome, one.steps[0][:9]) == ("kept-unmoved", "make room")
    assert one.steps[1] == "guard finish web --abandon   # then again"
    assert [*(main.path / ".git/guard/trash").iterdir()] == []


def test_undo_with_a_lock_that_was_left(main: Repo) -> None:
    """Nothing comes back by halves: the lock is named, and once it is away all is back."""
    session = worked(main).write({"kept.pyc": "kept\n"})
    assert finish(main, "web").code == 0
    lock = main.path / ".git/refs/heads/worktree-web.lock"
    lock.write_text("")
    before = everything(main)
    ran = finish(main, "--undo")
    assert (ran.code, everything(main)) == (2, before), ran
    assert f"hint: rm {lock}   # a git process that was killed left it" in ran.err
    lock.unlink()
    assert finish(main, "--undo").code == 0
    assert (session.path / "kept.pyc").exists()


def test_a_second_worktree_is_a_session_of_its_own(main: Repo) -> None:
    """It has one name everywhere; one leaves the other, and the contract goes with the last."""
    assert main.guard("start", "two", "--from", "web").code == 0
    listed = main.guard("sessions").out.splitlines()
    assert [line.split()[0] for line in listed] == ["api", "two", "web"]
    ran = main.guard("start", "two", "--", "sh", "-c", "echo $GUARD_SESSION")
    assert ran.out.splitlines()[0] == "two is there already, on branch two/web", ran
    assert ran.out.splitlines()[-1] == "two"
    assert {"two", "web"} <= offered(main, "guard finish ") & offered(main, "guard start ")
    assert "two" in main.guard("status").out
    session = at(main, "two")
    session.commit({"web/two.py": "two\n"}, "two")
    main.git("merge", "-q", "--no-ff", "--no-edit", "two/web")
    assert "guard finish two\n" in main.guard("status").out
    worked(main)
    ran = session.guard("finish")
    assert (ran.code, ran.out.splitlines()[0][:17]) == (0, "removed two: bran"), ran
    assert "closed" not in ran.out
    assert at(main).path.exists()
    ran = finish(main, "--undo")
    assert (ran.code, "two is back" in ran.out, "published" in ran.out) == (0, True, False), ran
    assert outcomes(main, "web") == {"web": "removed"}
    assert session.path.exists()
    ran = finish(main, "two")
    assert (ran.code, "closed contract web" in ran.out) == (0, True), ran
    assert finish(main, "--undo", "two").code == 0
    assert session.check().report["contract"] == "web"
    assert (finish(main, "nobody").code, outcomes(main, "web")) == (2, {"two": "removed"})


def _off_branch(session: Repo) -> None:
    session.git("switch", "-q", "--detach")


def _bisecting(session: Repo) -> None:
    session.git("bisect", "start", "-q", "HEAD", "HEAD~1", ok=(0, 1))


def _elsewhere(session: Repo) -> None:
    session.git("switch", "-q", "-c", "unclaimed")


@pytest.mark.parametrize("how", [_off_branch, _bisecting, _elsewhere])
def test_the_branch_of_another_session_stays(main: Repo, how: Callable[[Repo], None]) -> None:
    """Its worktree has it, although something else is checked out there at the time."""
    assert main.guard("start", "two", "--from", "web").code == 0
    at(main, "two").commit({"web/two.py": "two\n"}, "two")
    main.git("merge", "-q", "--no-ff", "--no-edit", "two/web")
    how(at(main, "two"))
    worked(main)
    tip = main.git("rev-parse", "two/web")
    ran = finish(main, "web")
    assert (ran.code, ran.out.splitlines()[0][:12]) == (0, "removed web:"), ran
    assert "closed" not in ran.out
    assert main.git("rev-parse", "two/web") == tip
    assert main.git("branch", "--list", "worktree-web") == ""


def test_what_went_together_comes_back_together(main: Repo) -> None:
    """A worktree with a detached HEAD and its branch are two entries of one finish."""
    worked(main).git("switch", "-q", "--detach")
    before = everything(main)[2:]
    ran = finish(main, "web")
    assert (ran.code, ran.out.count("removed ")) == (0, 2), ran
    ran = finish(main, "--undo")
    assert (ran.code, ran.out.count(" is back"), "next:" in ran.out) == (0, 2, False), ran
    assert everything(main)[2:] == before
    assert main.git("rev-parse", "worktree-web") == at(main).head()
    assert finish(main, "--undo").err.startswith("guard: the trash is empty")


def test_undo_takes_back_one_finish(main: Repo) -> None:
    """Without a name, all that one command removed comes back; with one, that session alone."""
    assert main.guard("start", "docs", "--owns", "/docs/").code == 0
    before = main.guard("sessions").out
    assert finish(main, "web").code == 0
    ran = finish(main, "docs", "api")
    assert (ran.code, "closed contracts api, docs" in ran.out) == (0, True), ran
    ran = finish(main, "--undo")
    assert (ran.code, ran.out.count(" is back"), "next:" in ran.out) == (0, 2, False), ran
    assert finish(main, "--undo").out.startswith("web is back")
    assert main.guard("sessions").out == before
    assert finish(main, "docs", "api").code == 0
    assert finish(main, "--undo", "api").out.count(" is back") == 1
    assert finish(main, "--undo").out.startswith("docs is back")
    assert main.guard("sessions").out == before


def test_undo_where_another_owns_the_paths_by_now(main: Repo) -> None:
    """Where overlaps are errors, the contract is not published, which is told."""
    text = main.git("show", "main:guard.toml") + '\n[rules]\nCON003 = "error"\n'
    main.commit({"guard.toml": text}, "strict")
    assert finish(main, "web").code == 0
    assert main.guard("start", "other", "--owns", "/web/").code == 0
    ran = finish(main, "--undo")
    assert "its contract could not be published: another session may own the same" in ran.out, ran
    assert (at(main).path / ".guard/contracts/web.toml").exists()


def test_undo_of_a_name_that_was_used_before(main: Repo) -> None:
    """An older session of that name is no part of the one that comes back."""
    assert finish(main, "web").code == 0
    assert main.guard("start", "web", "--owns", "/web/").code == 0
    assert finish(main, "web").code == 0
    ran = finish(main, "--undo")
    assert (ran.code, ran.out.count(" is back"), "next:" in ran.out) == (0, 1, False), ran


def test_undo_where_the_session_was_started_anew(main: Repo) -> None:
    """The hint moves the live worktree as git knows it, and its branch; both are sessions then."""
    worked(main)
    finish(main, "web")
    assert main.guard("start", "web", "--owns", "/web/").code == 0
    ran = finish(main, "--undo")
    assert (ran.code, "hint: git worktree move " in ran.err) == (2, True), ran
    main.run("sh", "-c", ran.err.split("hint: ")[1])
    assert finish(main, "--undo").code == 0
    assert "prunable" not in main.git("worktree", "list")
    listed = main.guard("sessions").out.splitlines()
    assert [line.split()[0] for line in listed] == ["api", "other/web", "worktree-web"], listed
    assert at(main, "web.other").git("branch", "--show-current") == "other/web"


def test_a_name_that_is_a_contracts(main: Repo) -> None:
    """A second worktree does not take it."""
    main.contract("docs", owns=["docs/"])
    ran = main.guard("start", "docs", "--from", "web")
    assert (ran.code, "docs is a contract of its own" in ran.err) == (2, True), ran


@pytest.mark.parametrize("call", range(4, 40, 6))
def test_undo_killed_anywhere(main: Repo, tmp_path: Path, call: int) -> None:
    """The next run brings back what is still in the trash; nothing is in neither place."""
    session = worked(main).write({"kept.pyc": "kept\n"})
    tip = session.head()
    assert finish(main, "web").code == 0
    main.guard("finish", "--undo", "web", env=killing_git(tmp_path / "bin", call))
    finish(main, "--undo", "web")
    assert (session.path / "kept.pyc").read_text() == "kept\n"
    assert session.git("rev-parse", "worktree-web") == tip
    assert session.git("status", "--porcelain") == ""
    assert "web" in main.git("ls-tree", "-r", "--name-only", "main", ".guard")
    assert finish(main, "--undo").err.startswith("guard: the trash is empty")


@pytest.mark.parametrize("is_on_base", [True, False])
def test_a_renamed_branch(main: Repo, tmp_path: Path, *, is_on_base: bool) -> None:
    """Whatever looks for its session names the way back, which works."""
    if not is_on_base:  # with a remote the contract goes with the branch
        main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "remote.git"))
        main.git("remote", "add", "origin", str(tmp_path / "remote.git"))
        main.git("fetch", "-q")
    assert main.guard("start", "docs", "--owns", "/docs/").code == 0
    place = at(main, "docs").write({"docs/new.py": "new\n"})
    place.git("add", "docs")
    place.git("branch", "-m", "mine")
    back = "git branch -m mine worktree-docs"
    for where, *words in (
        (main, "start", "docs"),
        (main, "finish", "docs"),
        (main, "finish", "worktree-docs"),
        (place, "finish"),
        (place, "brief"),
        (place, "check"),
    ):
        ran = where.guard(*words)
        assert back in ran.out + ran.err, (words, ran)
        assert ("guard contract edit docs" in ran.err) == (is_on_base and ran.code == 2), ran
    place.git(*back.split()[1:])
    assert place.check("--staged").report["contract"] == "docs"
