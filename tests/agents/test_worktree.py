"""Claude Code's worktrees: created with a contract or not at all, removed without losing work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, ask, is_allowed, write
from tests.kit import Repo


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with a policy and two contracts, its base checked out, worktrees ignored."""
    repo.commit({".gitignore": ".claude/worktrees/\n*.env\nnode_modules/\n"})
    repo.contract("feature", owns=["src/"])
    return repo.contract("pages", owns=["docs/"], branches=["*/pages", "pages-work"])


def create(where: Repo, name: str) -> Answer:
    """Ask for a worktree, as Claude Code does it for a session or for a subagent."""
    return ask(where, kinds.WORKTREE_CREATE, name)


def remove(where: Repo, path: Path | str) -> Answer:
    """Tell that a worktree is no longer needed."""
    return ask(where, kinds.WORKTREE_REMOVE, str(path))


def made(where: Repo, name: str) -> Repo:
    """Make a worktree and give it."""
    asked = create(where, name)
    assert (asked.ran.code, asked.ran.err) == (0, ""), asked
    assert asked.ran.out == asked.text + "\n"
    return Repo(Path(asked.text))


def refused(where: Repo, name: str) -> str:
    """Ask for a worktree that cannot be; give the reason. Nothing is left of it."""
    before = (
        where.git("worktree", "list"),
        where.git("for-each-ref"),
        where.git("status", "--porcelain", "--ignored"),
    )
    asked = create(where, name)
    assert (asked.ran.code, asked.ran.out) == (2, "")
    assert (
        where.git("worktree", "list"),
        where.git("for-each-ref"),
        where.git("status", "--porcelain", "--ignored"),
    ) == before
    return asked.ran.err


# --- making ---


@pytest.mark.parametrize(
    ("name", "branch", "contract"),
    [
        ("feature", "worktree-feature", "feature"),
        ("pages", "pages/pages", "pages"),
        ("bold-oak-a3f2", "worktree-bold-oak-a3f2", ""),
    ],
)
def test_a_worktree_has_the_contract_of_its_name(
    main: Repo, name: str, branch: str, contract: str
) -> None:
    """It is where Claude Code's would be, on a branch of the contract, at the base's tip."""
    session = made(main, name)
    assert session.path == main.path / ".claude/worktrees" / name
    assert session.git("symbolic-ref", "--short", "HEAD") == branch
    assert session.git("rev-parse", "HEAD") == main.git("rev-parse", "main")
    assert session.git("status", "--porcelain") == ""
    assert session.check().report["contract"] == (contract or None)
    assert main.git("status", "--porcelain") == ""


def test_a_subagents_worktree_works_under_the_contract_that_asked(main: Repo) -> None:
    """From a session with a contract, a worktree of any other name is one more branch under it."""
    session = made(main, "feature")
    helper = made(session, "agent-a1b2")
    assert helper.path == main.path / ".claude/worktrees/agent-a1b2"
    assert helper.git("symbolic-ref", "--short", "HEAD") == "agent-a1b2/feature"
    assert helper.check().report["contract"] == "feature"
    assert made(session, "a/b").git("symbolic-ref", "--short", "HEAD") == "a-b/feature"


def test_where_the_contract_claims_no_such_branch(main: Repo) -> None:
    """The worktree is bound to the contract, also when its branch was there before."""
    main.contract("one", owns=["one/"], branches=["one"])
    one = main.worktree("one")
    for _ in range(2):
        helper = made(one, "agent-1")
        assert helper.git("symbolic-ref", "--short", "HEAD") == "worktree-agent-1"
        assert write(helper, "one/a.py").verb == "allow"
        assert "contract one does not own" in write(helper, "src/a.py").text
        helper.commit({"one/a.py": "a\n"})
        assert remove(main, helper.path).verb == "allow"


def test_from_a_folder_of_a_worktree(main: Repo) -> None:
    """Wherever in the repository it is asked for, it lies at the root of the main worktree."""
    assert made(Repo(main.path / "src"), "feature").path == main.path / ".claude/worktrees/feature"


def test_it_starts_at_the_base_whatever_is_checked_out(main: Repo) -> None:
    """Work that is going on in the main checkout does not come along."""
    main.git("switch", "-q", "-c", "elsewhere")
    main.commit({"docs/x.md": "x\n"})
    assert not (made(main, "feature").path / "docs/x.md").exists()


def test_one_that_is_there_is_given_again(main: Repo) -> None:
    """Asking twice gives the same worktree, with the work in it."""
    session = made(main, "feature")
    session.write({"src/a.py": "mine\n"})
    assert made(main, "feature").path == session.path
    assert (session.path / "src/a.py").read_text() == "mine\n"


def test_a_branch_that_is_there_is_gone_on_with(main: Repo) -> None:
    """Where the branch stayed after its worktree was removed, its work is checked out again."""
    session = made(main, "feature")
    tip = session.commit({"src/b.py": "b\n"})
    assert "stays" in remove(main, session.path).text
    assert made(main, "feature").git("rev-parse", "HEAD") == tip


def test_without_guard_it_is_as_claude_code_would_make_it(empty: Repo, tmp_path: Path) -> None:
    """Without guard the branch is `worktree-NAME`, from the remote's default branch or HEAD."""
    empty.commit({"a": "a\n"})
    assert made(empty, "x").git("symbolic-ref", "--short", "HEAD") == "worktree-x"
    empty.git("clone", "-q", str(empty.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.commit({"b": "b\n"})
    assert made(clone, "y").git("rev-parse", "HEAD") == empty.git("rev-parse", "HEAD")


def test_files_that_git_ignores_come_along(main: Repo) -> None:
    """Files in `.worktreeinclude` that git ignores are copied with mode and date, no others."""
    main.commit(
        {".worktreeinclude": "*.env\n/config/\nREADME.md\n!secret.env\n", "config/kept.txt": "k\n"}
    )
    main.write(
        {
            "a.env": "A=1\n",
            "deep/b.env": "B=1\n",
            "secret.env": "S\n",
            "loose.txt": "l\n",
            "node_modules/x.js": "x\n",
        }
    )
    (main.path / "a.env").chmod(0o600)
    (main.path / "link.env").symlink_to("a.env")
    os.utime(main.path / "a.env", (1, 1))
    session = made(main, "feature")
    assert (session.path / "a.env").read_text() == "A=1\n"
    assert (session.path / "a.env").stat().st_mode & 0o777 == 0o600
    assert (session.path / "a.env").stat().st_mtime == 1
    assert (session.path / "deep/b.env").read_text() == "B=1\n"
    assert (session.path / "link.env").readlink() == Path("a.env")
    assert not any(
        (session.path / name).exists() for name in ("secret.env", "loose.txt", "node_modules")
    )
    other = made(session, "agent-1")
    assert (other.path / "a.env").read_text() == "A=1\n"
    assert not (other.path / ".claude").exists()


def test_what_comes_along_is_said_on_the_base(main: Repo, tmp_path: Path) -> None:
    """What the main checkout has, such as a branch under review, does not count."""
    main.write({"a.env": "A\n", ".worktreeinclude": "*.env\n"})
    assert not (made(main, "feature").path / "a.env").exists()


def test_a_link_for_a_list_is_not_followed(main: Repo, tmp_path: Path) -> None:
    """`.worktreeinclude` is read as a file alone, also where there is no policy."""
    main.git("rm", "-q", "guard.toml")
    main.commit(message="no policy")
    (tmp_path / "list").write_text("*.env\n")
    (main.path / ".worktreeinclude").symlink_to(tmp_path / "list")
    main.write({"a.env": "A\n"})
    assert not (made(main, "feature").path / "a.env").exists()


def test_a_checkout_is_the_users_own(main: Repo, tmp_path: Path) -> None:
    """The user's post-checkout hook runs, as for any worktree that they add."""
    hook = main.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran-here\n")
    hook.chmod(0o755)
    assert (made(main, "feature").path / "ran-here").exists()


# --- what cannot be made ---


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "a/../b",
        "../x",
        "/x",
        "a//b",
        "a/",
        ".hidden",
        "-x",
        "a b",
        "ä",
        "a.lock",
        "x" * 65,
        "a\nb",
        "a..b",
    ],
)
def test_names_that_are_none(main: Repo, name: str) -> None:
    """A name that could lead out of the folder, or be no branch, is refused."""
    assert "is not a valid name for a worktree" in refused(main, name)


def test_a_place_that_is_taken(main: Repo) -> None:
    """Where something else lies, nothing is made; an empty folder is in nobody's way."""
    main.write({".claude/worktrees/feature/file": "x\n"})
    assert "exists and is not a worktree" in refused(main, "feature")
    (main.path / ".claude/worktrees/pages").mkdir()
    made(main, "pages")


def test_a_place_behind_a_link(main: Repo, tmp_path: Path) -> None:
    """A link below the root could lead the worktree out of the repository."""
    (main.path / ".claude").symlink_to(tmp_path)
    assert "is a symbolic link" in refused(main, "feature")
    assert os.listdir(tmp_path) == ["repo"] or not (tmp_path / "worktrees").exists()


def test_a_worktree_whose_folder_is_gone(main: Repo) -> None:
    """git still knows it, and says what has to be done first."""
    session = made(main, "feature")
    os.rename(session.path, main.path.parent / "away")
    main.run("sh", "-c", create(main, "feature").ran.err.split("hint: ")[1])
    assert made(main, "feature").path == session.path


def test_a_branch_that_is_checked_out_elsewhere(main: Repo) -> None:
    """git's reason is passed on, and the other worktree is left alone."""
    other = main.worktree("beside", "worktree-feature")
    other.write({"src/a.py": "work\n"})
    assert "worktree-feature" in refused(main, "feature")
    assert (other.path / "src/a.py").read_text() == "work\n"


def test_a_failure_leaves_nothing(main: Repo) -> None:
    """When a file cannot be copied, worktree, branch and folders are gone again."""
    main.commit({".worktreeinclude": "*.env\n", "conf": "a file on the base\n"})
    main.git("switch", "-q", "-c", "elsewhere")
    main.git("rm", "-q", "conf")
    main.write({"a.env": "A\n", "conf/x.env": "X\n"})
    assert "could not be copied" in refused(main, "feature")


def test_where_there_is_nothing_to_start_from(empty: Repo, tmp_path: Path) -> None:
    """An unborn branch has no commit, and a folder no repository."""
    assert "there is no commit here to start from" in create(empty, "x").ran.err
    (tmp_path / "folder").mkdir()
    assert "is not in a git repository" in create(Repo(tmp_path / "folder"), "x").ran.err


def test_a_broken_policy_stops_it(main: Repo) -> None:
    """Where the base cannot be read there is no telling which contract it would be."""
    main.commit({"guard.toml": "base = 7\n"})
    assert "cannot be read" in refused(main, "feature")


# --- removing ---


def test_a_worktree_without_work_goes_with_its_branch(main: Repo) -> None:
    """Nothing of it is left, and what it had from the start is not work."""
    main.commit({".worktreeinclude": "*.env\n"})
    main.write({"a.env": "A\n"})
    session = made(main, "feature")
    asked = remove(main, session.path)
    assert (
        asked.text == f"guard: removed {session.path} and its branch worktree-feature, "
        "which had no commits of its own; to bring it back: guard finish --undo feature"
    )
    assert not session.path.exists()
    assert main.git("for-each-ref", "--format=%(refname:short)", "refs/heads") == "main"
    assert asked.ran.code == 0


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_it_may_be_told_from_anywhere(main: Repo, tmp_path: Path, where: str) -> None:
    """The event comes from the worktree itself or from any other directory."""
    session = made(main, "feature")
    remove(session if where == "inside" else Repo(tmp_path), session.path)
    assert not session.path.exists()


def test_a_branch_with_commits_stays(main: Repo) -> None:
    """Committed work is on its branch, and the branch stays until the base has it."""
    session = made(main, "feature")
    tip = session.commit({"src/b.py": "b\n"})
    assert "; its branch worktree-feature stays; " in remove(main, session.path).text
    assert main.git("rev-parse", "worktree-feature") == tip
    again = made(main, "feature")
    main.git("merge", "-q", "worktree-feature")
    assert "had no commits of its own" in remove(main, again.path).text


@pytest.mark.parametrize(
    "files", [{"src/a.py": "changed\n"}, {"src/new.py": "new\n"}, {"a.env": "changed\n"}]
)
def test_uncommitted_work_keeps_it(main: Repo, files: dict[str, str | bytes]) -> None:
    """Changed files, new files, and copies that were changed keep the worktree, which is said."""
    main.commit({".worktreeinclude": "*.env\n"})
    main.write({"a.env": "A\n"})
    session = made(main, "feature")
    session.write(files)
    told = remove(main, session.path).text
    assert "kept at " in told
    assert "force" not in told
    assert all((session.path / name).read_text() == text for name, text in files.items())


def test_an_ignored_file_that_was_made_there_is_no_work(main: Repo) -> None:
    """What git ignores and nobody listed, such as what a build leaves, goes with the worktree."""
    session = made(main, "feature")
    session.write({"node_modules/x.js": "x\n"})
    remove(main, session.path)
    assert not session.path.exists()


def test_an_ignored_file_that_is_nowhere_else_keeps_it(main: Repo) -> None:
    """What git ignores can be work; the answer names it and the command that shows it."""
    session = made(main, "feature")
    session.write({"notes.env": "only here\n"})
    told = remove(main, session.path).text
    assert "because it has notes.env (ignored, and nowhere else)" in told
    session.run("sh", "-c", told.split("look: ")[1])
    assert (session.path / "notes.env").exists()


def test_commits_on_no_branch_keep_it(main: Repo) -> None:
    """A detached HEAD with commits that nothing else reaches would be lost."""
    session = made(main, "feature")
    session.git("checkout", "-q", "--detach")
    session.commit({"src/b.py": "b\n"})
    assert "(on no branch)" in remove(main, session.path).text
    session.git("branch", "saved")
    assert "removed" in remove(main, session.path).text


def test_a_locked_worktree_stays(main: Repo) -> None:
    """Whoever locked it wants it to stay."""
    session = made(main, "feature")
    main.git("worktree", "lock", str(session.path))
    told = remove(main, session.path).text
    assert "because it is locked; if it may go: " in told
    assert session.path.exists()
    main.run("sh", "-c", told.split("may go: ")[1])
    assert "removed" in remove(main, session.path).text


def test_a_worktree_behind_a_link_stays(main: Repo, tmp_path: Path) -> None:
    """git would empty the folder that the link leads to, and then fail."""
    session = made(main, "feature")
    moved = session.path.rename(tmp_path / "moved")
    session.path.symlink_to(moved)
    for path in (session.path, moved):
        asked = remove(main, path).text
        assert (
            "because it is the main worktree" in asked or "because it is a symbolic link" in asked
        )
    assert (moved / "src/a.py").exists()
    assert str(session.path) in main.git("worktree", "list")


def test_what_is_no_linked_worktree_is_left_alone(main: Repo, tmp_path: Path) -> None:
    """The main worktree, a folder in one, another folder, a missing path and none stay."""
    session = made(main, "feature")
    (tmp_path / "folder/sub").mkdir(parents=True)
    assert "is the main worktree" in remove(main, main.path).text
    for path in (session.path / "src", tmp_path / "folder", tmp_path / "none", ""):
        assert "is not a worktree; nothing was removed" in remove(main, path).text
    assert (session.path / "src").exists()


def test_in_a_repository_without_guard(empty: Repo) -> None:
    """There the worktree goes and its branch stays: guard knows no base."""
    empty.commit({"a": "a\n"})
    session = made(empty, "x")
    assert "; its branch worktree-x stays; " in remove(empty, session.path).text


def test_worktrees_of_a_bare_repository(main: Repo, tmp_path: Path) -> None:
    """Without a main worktree, the one that asks is the root."""
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "bare.git"))
    main.git(
        "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "feature", cwd=tmp_path / "bare.git"
    )
    session = Repo(tmp_path / "tree")
    helper = made(session, "agent-1")
    assert helper.path == session.path / ".claude/worktrees/agent-1"
    assert "removed" in remove(session, helper.path).text


def entered(where: Repo, main: Repo, name: str) -> Repo:
    """A worktree as EnterWorktree asks for it: with the main worktree as the directory."""
    ask(where, kinds.START, "", {"session_id": "c"})
    fields = {"session_id": "c", "cwd": str(main.path)}
    asked = ask(where, kinds.WORKTREE_CREATE, name, fields)
    assert asked.verb == "allow", asked
    return Repo(Path(asked.text))


def test_a_worktree_that_a_session_enters(main: Repo) -> None:
    """It works under the contract of the conversation's own worktree, not of the main one."""
    side = entered(main.worktree("feature"), main, "side")
    assert side.git("branch", "--show-current") == "side/feature"
    assert is_allowed(write(side, "src/in.py"))
    assert write(side, "docs/out.md").verb == "deny"


def test_a_conversation_keeps_its_contract(main: Repo) -> None:
    """Whatever it has checked out meanwhile, the worktree that it enters is under that contract."""
    session = main.worktree("feature")
    ask(session, kinds.START, "", {"session_id": "c"})
    session.git("switch", "-q", "-c", "pages-work")
    fields = {"session_id": "c", "cwd": str(main.path)}
    asked = ask(main, kinds.WORKTREE_CREATE, "side", fields)
    assert Repo(Path(asked.text)).git("branch", "--show-current") == "side/feature", asked


def test_what_was_removed_can_come_back(main: Repo) -> None:
    """Whole, with what a tool makes anew, and with its branch."""
    session = made(main, "feature")
    tip = session.write({"node_modules/x.js": "x\n"}).git("rev-parse", "HEAD")
    told = remove(main, session.path).text
    assert not session.path.exists()
    assert main.guard(*told.split("back: guard ")[1].split()).code == 0
    assert (session.path / "node_modules/x.js").read_text() == "x\n"
    assert session.git("rev-parse", "worktree-feature") == tip


def test_a_forks_branch_gets_nothing(main: Repo) -> None:
    """Its files may be made to be run by a hook, and the copies are not for it."""
    main.commit({".worktreeinclude": "*.env\n"})
    main.write({"a.env": "A\n", ".git/hooks/post-checkout": "#!/bin/sh\ntouch ran-here\n"})
    (main.path / ".git/hooks/post-checkout").chmod(0o755)
    main.git("branch", "worktree-feature")
    main.git("config", "branch.worktree-feature.merge", "refs/pull/7/head")
    session = made(main, "feature")
    assert not [name for name in ("a.env", "ran-here") if (session.path / name).exists()]


def test_a_worktree_that_a_coordinator_enters(main: Repo) -> None:
    """A conversation on the base has no contract to hand on."""
    side = entered(main, main, "side")
    assert side.git("branch", "--show-current") == "worktree-side"


def test_what_is_kept_is_told_to_the_model(main: Repo) -> None:
    """The hook's exit status is 2 then, and the reason is on standard error."""
    side = made(main, "feature")
    side.write({"notes.txt": "n"})
    asked = remove(main, side.path)
    assert (asked.ran.code, asked.ran.out) == (2, "")
    assert asked.text.startswith(f"guard: kept at {side.path}, because it has notes.txt")
