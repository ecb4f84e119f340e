"""Where guard is started: temporary directories, locales, missing directories, `core.worktree`."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from guard.core.errors import GitError
from guard.git.isolate import gathered, scratch
from tests.kit import Repo


def test_core_worktree_with_git_dir(team: Repo) -> None:
    """With `core.worktree` set, that directory is judged and not the parent of `.git`."""
    team.branch("api")
    other = team.path.parent / "other"
    shutil.copytree(team.path, other, ignore=shutil.ignore_patterns(".git"))
    team.git("config", "core.worktree", str(other))
    (other / "web/a.py").write_text("x\n")
    expected = {"web/a.py": ["OWN001"]}
    assert team.check(cwd=other, env={"GIT_DIR": str(team.path / ".git")}).codes == expected
    assert team.check().codes == expected


def test_temporary_files_in_the_working_tree(team: Repo) -> None:
    """guard's own temporary files are not the session's, wherever `TMPDIR` has them."""
    team.branch("api")
    (team.path / "tmp").mkdir()
    for name in ("tmp", "tmp/co:lon", 'tmp/q"uote'):
        (team.path / name).mkdir(exist_ok=True)
        for place in (team.path, team.path / "docs"):
            assert (
                team.check(cwd=place, env={"TMPDIR": str(team.path / name)}).report["checked"][
                    "paths"
                ]
                == 0
            )
    team.write({"docs/new.py": "x\n"})
    assert team.check(cwd=team.path / "docs").codes == {"docs/new.py": ["OWN001"]}


def test_the_working_tree_is_no_place_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a directory for temporary files guard says so and writes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with scratch() as folder:
        assert os.path.dirname(folder) == str(tmp_path)

    def full(path: str, mode: int) -> None:
        raise OSError(errno.ENOSPC, path)

    monkeypatch.setattr(os, "mkdir", full)
    with pytest.raises(GitError, match="temporary"), scratch():
        pass
    assert not os.listdir(tmp_path)


def test_a_temporary_directory_vanishes_with_its_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a link in the temporary directory leads to stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    for place in ("tmp", "kept/inner"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "kept" / "file").write_text("kept\n")
    with scratch() as folder:
        os.makedirs(os.path.join(folder, "a", "b"))
        os.symlink(tmp_path / "kept", os.path.join(folder, "a", "link"))
        os.symlink(tmp_path / "kept" / "file", os.path.join(folder, "file"))
    assert not os.listdir(tmp_path / "tmp")
    assert sorted(os.listdir(tmp_path / "kept")) == ["file", "inner"]


def test_the_directory_is_gone(team: Repo) -> None:
    """Started in a deleted directory, guard's hint is to go to another one."""
    gone = team.path / "gone"
    gone.mkdir()
    command = f'cd gone && rmdir ../gone && exec "{sys.executable}" -I -m guard check'
    ran = team.run("sh", "-c", command, ok=(2,))
    assert "cd DIRECTORY" in ran.err


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_names_beyond_the_locale(team: Repo, locale: dict[str, str]) -> None:
    """File names are UTF-8 or bytes whatever the locale says."""
    team.branch("api").commit({"web/ünï.py": "x\n", "web/bad\udcff.py": "y\n"})
    team.write({"web/ünï.py": "z\n", "api/ü.py": "x\n"})
    for scope in ([], ["--branch"]):
        ran = team.run(
            sys.executable,
            "-P",
            "-m",
            "guard",
            "check",
            "--format",
            "json",
            *scope,
            ok=(1,),
            env=locale,
        )
        assert ran.codes == {"web/ünï.py": ["OWN001"], "web/bad\\xff.py": ["OWN001"]}


def test_what_git_advises_is_left_out_of_errors(team: Repo) -> None:
    """An error leaves out the advice that git has for people who start it themselves."""
    team.branch("api")
    (team.path / ".git/index").write_bytes(b"garbage" * 10)
    ran = team.check("--staged")
    assert "index" in ran.err
    assert "graft" not in ran.err


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "x"),
        GitError("git checkout-index: error: unable to write file a\nerror: unable to …"),
        GitError("git update-index: index.lock' write error. Out of diskspace"),
    ],
)
def test_a_full_place_for_temporary_files_is_named(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written there names the folder and how to use another; else it stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    real = os.statvfs(tmp_path)
    words = re.escape(f"{tmp_path}, where temporary files go, is full: ")
    for free, expected in ((0, f"^{words}[^\n]*$"), (1 << 30, f"^{re.escape(str(error))}$")):
        fields = list(real)
        fields[4] = free // real.f_frsize
        monkeypatch.setattr(os, "statvfs", lambda _, full=fields: os.statvfs_result(full))
        raised = pytest.raises((GitError, OSError), match=expected)
        with raised, gathered(lambda _: None), scratch():
            raise error
    assert not os.listdir(tmp_path)
