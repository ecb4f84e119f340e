"""Where a write lands: through links, in another case, in other worktrees and repositories."""

from __future__ import annotations

import os
from pathlib import Path

from tests.agents.asking import is_allowed, tool, write
from tests.kit import Repo


def test_links_lead_where_they_lead(session: Repo, tmp_path: Path) -> None:
    """A path through a link is judged by its target: inside, outside and beyond the repository."""
    (session.path / "src/link").symlink_to("../docs")
    (session.path / "src/file").symlink_to("../docs/a.md")
    (session.path / "docs/back").symlink_to("../src")
    (session.path / "src/out").symlink_to(tmp_path / "elsewhere")
    (session.path / "src/loop").symlink_to("loop")
    assert "docs/b.md: OWN001" in write(session, "src/link/b.md").text
    assert "docs/a.md: OWN001" in write(session, "src/file").text
    assert is_allowed(write(session, "docs/back/b.py"))
    assert is_allowed(write(session, "src/out/x"))
    assert is_allowed(write(session, "src/loop"))
    assert is_allowed(tool(session, "Delete", path="src/file"))


def test_dots_behind_a_link_mean_two_places(session: Repo, tmp_path: Path) -> None:
    """`link/../x` can mean two files, by text or by the system: both must be allowed."""
    (session.path / "src/link").symlink_to("../docs/deep")
    session.write({"docs/deep/x": "x", "src/deep/x": "x"})
    (session.path / "src/inner").symlink_to("deep/er")
    assert "docs/b.md: OWN001" in write(session, "src/link/../b.md").text
    assert is_allowed(write(session, "src/inner/../b.py"))
    assert "b.md: OWN001" in tool(session, "Write", file_path="src/../b.md", content="").text


def test_the_worktree_may_be_called_by_another_name(session: Repo, tmp_path: Path) -> None:
    """A session whose directory goes through a link is in the worktree behind it."""
    (tmp_path / "alias").symlink_to(session.path)
    asked = Repo(tmp_path / "alias")
    assert is_allowed(write(asked, "src/a.py"))
    assert "docs/a.md: OWN001" in write(asked, "docs/a.md").text
    assert (
        "docs/a.md: OWN001"
        in tool(session, "Write", file_path=str(tmp_path / "alias/docs/a.md")).text
    )


def test_a_session_in_a_folder_of_its_worktree(session: Repo) -> None:
    """Relative paths start at the session's directory; the worktree around it has the contract."""
    assert is_allowed(tool(Repo(session.path / "src"), "Write", file_path="b.py", content=""))
    assert (
        "docs/b.md: OWN001"
        in tool(Repo(session.path / "docs"), "Write", file_path="b.md", content="").text
    )


def test_other_worktrees_are_other_sessions(session: Repo, main: Repo) -> None:
    """A session may not write into another worktree or the main one, whoever owns the path."""
    other = main.worktree("other")
    for target in (main, other):
        asked = write(session, target.path / "src/a.py")
        assert (
            f"src/a.py in {target.path} belongs to another worktree; "
            f"contract feature works in {session.path}" in asked.text
        )
        assert f"This session's copy of the file is {session.path}/src/a.py" in asked.text
    (session.path / "src/main").symlink_to(main.path)
    assert "belongs to another worktree" in write(session, "src/main/docs/a.md").text


def test_from_the_main_checkout_each_worktree_is_judged_by_its_own_contract(
    session: Repo, main: Repo
) -> None:
    """From the base, a session's worktree is judged by that session's contract."""
    assert is_allowed(write(main, session.path / "src/a.py"))
    assert (
        "docs/a.md: OWN001 outside-contract: contract feature"
        in write(main, session.path / "docs/a.md").text
    )


def test_a_worktree_inside_of_the_repository(main: Repo) -> None:
    """Claude Code's worktrees are below the main one; a path belongs to the innermost."""
    main.git("worktree", "add", "-q", "-b", "feature", ".claude/worktrees/feature")
    session = Repo(main.path / ".claude/worktrees/feature")
    assert is_allowed(write(session, "src/a.py"))
    assert "docs/a.md: OWN001" in write(session, "docs/a.md").text
    assert "belongs to another worktree" in write(session, "../../../src/a.py").text
    assert is_allowed(write(main, "docs/a.md"))


def test_gits_own_files(session: Repo, main: Repo) -> None:
    """git's own files are refused in any worktree; drafts of messages are not."""
    for path in (
        main.path / ".git/hooks/pre-commit",
        main.path / ".git/config",
        session.path / ".git",
        main.path / ".git/worktrees/feature/HEAD",
    ):
        assert "is one of git's own files" in write(session, path).text
    assert is_allowed(write(session, main.path / ".git/worktrees/feature/COMMIT_EDITMSG"))
    (session.path / "src/git").symlink_to(main.path / ".git")
    assert "is one of git's own files" in write(session, "src/git/hooks/post-commit").text
    assert (
        "is a worktree of this repository" in tool(session, "Delete", path=str(session.path)).text
    )


def test_a_git_directory_of_another_name(tmp_path: Path) -> None:
    """A git directory with another name than `.git` is protected, too."""
    repo = Repo.init(tmp_path / "repo", f"--separate-git-dir={tmp_path}/store")
    repo.policy().contract("feature", owns=["*"])
    repo.branch("feature")
    assert "is one of git's own files" in write(repo, tmp_path / "store/config").text
    assert is_allowed(write(repo, "x"))


def test_another_repository_is_another_matter(session: Repo, tmp_path: Path) -> None:
    """A path in another repository is judged by that repository, if guard is adopted there."""
    plain = Repo.init(tmp_path / "plain")
    plain.commit({"a": "a"})
    assert is_allowed(write(session, plain.path / "a"))
    assert is_allowed(write(session, tmp_path / "nowhere/x"))
    guarded = Repo.init(tmp_path / "guarded")
    guarded.policy().contract("task", owns=["a/"])
    guarded.branch("task")
    assert is_allowed(write(session, guarded.path / "a/b"))
    assert "b: OWN001 outside-contract: contract task" in write(session, guarded.path / "b").text
    assert is_allowed(write(plain, session.path / "src/a.py"))
    assert write(plain, session.path / "docs/a.md").verb == "deny"


def test_a_submodule_is_a_repository_of_its_own(session: Repo, tmp_path: Path) -> None:
    """A file in a submodule is no change of this repository, as for `guard check`."""
    library = Repo.init(tmp_path / "library")
    library.commit({"l.txt": "l\n"})
    session.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(library.path),
        "src/lib",
    )
    session.git("commit", "-qm", "library", "--", "src/lib")
    assert is_allowed(write(session, "src/lib/l.txt"))
    assert write(session, ".gitmodules").verb == "deny"


def test_a_repository_inside_does_not_hide_files(session: Repo) -> None:
    """`git init` in a folder does not take its tracked files out of the repository."""
    inner = Repo.init(session.path / "lib")
    assert "lib/l.py: OWN001" in write(session, "lib/l.py").text
    inner.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert "lib/l.py: OWN001" in write(session, "lib/l.py").text
    fresh = Repo.init(session.path / "vendor")
    assert "vendor/x: OWN001" in write(session, "vendor/x").text
    fresh.git("commit", "-q", "--allow-empty", "-m", "theirs")
    assert is_allowed(write(session, "vendor/x"))


def test_a_file_system_without_case(session: Repo) -> None:
    """If `.GIT` is `.git`, a path means the file with the same letters."""
    os.link(
        session.path / ".git", session.path / ".GIT"
    )  # what macOS and Windows make it look like
    assert is_allowed(write(session, "SRC/A.PY"))
    assert is_allowed(write(session, "Src/Deep/er/x.py"))
    assert "src/types.py: SHR001" in write(session, "SRC/types.PY").text
    assert "is one of git's own files" in write(session, ".GIT").text


def test_a_folder_that_another_worktree_lends(session: Repo, main: Repo) -> None:
    """Behind a link of this worktree, what the other one ignores may be written; nothing else."""
    main.commit({".gitignore": "node_modules/\n/.cache\n"})
    main.write({"node_modules/x/a.js": "x\n", "pkg/kept.py": "x\n"})
    for name in ("node_modules", "pkg"):
        (session.path / name).symlink_to(main.path / name)
    for path in ("node_modules/x/a.js", f"{session.path}/node_modules/new/b.js"):
        assert is_allowed(write(session, path)), path
    assert not is_allowed(write(session, main.path / "node_modules/x/a.js"))
    told = write(session, "pkg/kept.py")
    assert told.verb == "deny"
    assert f"{session.path}/pkg is a link to that worktree" in told.text
    assert f"The same file of this session is {session.path}/pkg" not in told.text
    (session.path / "all").symlink_to(main.path)
    for path in ("all/.git/config", "all/.claude/settings.json", "all/src/a.py", "all/guard.toml"):
        assert write(session, path).verb == "deny", path
