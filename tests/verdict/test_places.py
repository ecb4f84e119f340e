"""Where guard is started: temporary directories, locales, missing directories, `core.worktree`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

import pytest

from guard.core.errors import GitError
from guard.git.isolate import scratch
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
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """guard does not write into the directory it was started in, but says what it lacks."""
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    monkeypatch.setattr(
        tempfile, "tempdir", os.getcwd()
    )  # what Python ends up with when it found no other place
    with pytest.raises(GitError, match="temporary"), scratch():
        pass
    assert not os.listdir(here)
    monkeypatch.setenv("TMPDIR", os.getcwd())
    with scratch() as folder:
        assert os.path.dirname(folder) == os.getcwd()


def test_the_directory_is_gone(team: Repo) -> None:
    """Started in a directory that was deleted, guard tells to go to another one."""
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
