"""What a working tree may hold: links, pipes, folders in place of files, filters, hidden names."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.kit import Repo

WEB = {f"web/{name}.py": ["OWN001"] for name in "abc"}


@pytest.mark.parametrize("bits", [(), ("--skip-worktree",), ("--assume-unchanged",)])
@pytest.mark.parametrize("target", ["api", "web", "/nonexistent", "web/a.py"])
def test_a_link_in_place_of_a_folder(team: Repo, target: str, bits: tuple[str, ...]) -> None:
    """A link in place of a folder deletes the folder's files, wherever the link leads."""
    team.branch("api")
    if bits:
        team.git("update-index", *bits, *WEB)
    shutil.rmtree(team.path / "web")
    (team.path / "web").symlink_to(target)
    hidden = (
        bits == ("--skip-worktree",) and target != "api"
    )  # then it looks like a sparse checkout, which deletes nothing
    assert team.check().codes == {"web": ["OWN001"], **({} if hidden else WEB)}


def test_files_and_folders_trade_places(team: Repo) -> None:
    """Working tree, index and branch see alike a folder in place of a file, and the reverse."""
    team.branch("api")
    (team.path / "web/a.py").unlink()
    shutil.rmtree(team.path / "docs")
    team.write({"web/a.py/x": "1", "docs": "now a file\n"})
    expected = {
        path: ["OWN001"]
        for path in ("docs", "docs/a.py", "docs/b.py", "docs/c.py", "web/a.py", "web/a.py/x")
    }
    assert team.check().codes == expected
    team.git("add", "-A")
    assert team.check("--staged").codes == expected
    team.git("commit", "-qm", "x")
    assert team.check("--branch").codes == expected


def test_taking_back_what_the_base_made_a_folder(team: Repo) -> None:
    """A deleted file that the base replaced by a folder is as the base has it."""
    team.branch("api").git("rm", "-q", "web/a.py")
    team.commit({"docs/a.py": "trespass\n"})
    team.git("switch", "-q", "main")
    (team.path / "web/a.py").unlink()
    team.commit({"web/a.py/x": "1"})
    assert team.check("--base", "main", "--head", "api").codes == {"docs/a.py": ["OWN001"]}


def test_a_pipe_in_place_of_a_file(team: Repo) -> None:
    """What git cannot add is an error that names the path; guard does not wait for a pipe."""
    team.commit({".gitattributes": "*.bin filter=lfs\n", "web/x.bin": "1\n"})
    team.git("config", "filter.lfs.clean", "cat")
    team.branch("api")
    os.mkfifo(team.path / "api/pipe")
    assert team.check().code == 0
    for path in ("web/a.py", "web/x.bin"):
        (team.path / path).unlink()
        os.mkfifo(team.path / path)
        ran = team.check()
        assert ran.code == 2
        assert f"git restore -- {path}" in ran.err
        team.git("checkout", "--", path)


def test_a_link_in_place_of_a_large_file(team: Repo) -> None:
    """A link is judged as a link, and what it leads to is not read."""
    team.commit({".gitattributes": "*.bin filter=lfs\n", "web/x.bin": "1\n"})
    team.git("config", "filter.lfs.clean", "cat")
    team.branch("api")
    (team.path / "web/x.bin").unlink()
    (team.path / "web/x.bin").symlink_to("/dev/zero")
    assert team.check().codes == {"web/x.bin": ["OWN001"]}


def test_many_files_with_a_filter(team: Repo) -> None:
    """More paths with a filter, which guard does not run, than a command line can hold."""
    deep = "/".join(["d" * 200] * 15)
    team.commit(
        {
            ".gitattributes": "*.dat filter=odd\n",
            **{f"web/{deep}/{number}.dat": f"{number}\n" for number in range(800)},
        }
    )
    team.git("config", "filter.odd.clean", "cat")
    team.branch("api")
    index = (team.path / ".git/index").stat()
    os.utime(
        team.path / ".git/index", ns=(index.st_atime_ns, 10**9)
    )  # an index older than every file makes git doubt each of them
    assert team.check().code == 0


def test_ignoring_case_hides_no_file(team: Repo) -> None:
    """`core.ignoreCase` hides no file where the file system keeps `A.py` and `a.py` apart."""
    team.branch("api").git("config", "core.ignoreCase", "true")
    team.write({"web/A.py": "x\n", "WEB/a.py": "x\n"})
    assert team.check().codes == {
        "web/A.py": ["MRG003", "OWN001"],
        "WEB/a.py": ["MRG003", "OWN001"],
    }


CLEAN: dict[str, str | bytes] = {
    ".gitattributes": "*.id ident\n*.u16 text working-tree-encoding=UTF-16\n"
    "*.crlf text eol=crlf\n*.auto text=auto\n",
    "web/x.id": "$Id$\n",
    "web/x.u16": "café\n".encode("utf-16"),
    "web/x.crlf": b"a\r\nb\r\n",
    "web/x.auto": "a\nb\n",
    "web/mixed.txt": b"a\r\nb\n",
}


@pytest.mark.parametrize("autocrlf", ["false", "input", "true"])
def test_what_git_converts_is_no_change(team: Repo, autocrlf: str) -> None:
    """Encodings, line ends and `$Id$` are no change, also after every file was touched."""
    team.commit(CLEAN)
    team.branch("api").git("config", "core.autocrlf", autocrlf)
    shutil.rmtree(team.path / "web")
    team.git("checkout", "--", "web")
    assert team.check().code == 0
    for name in os.listdir(team.path / "web"):
        os.utime(team.path / "web" / name, (1, 1))
    assert team.check().code == 0
    team.write({"web/x.crlf": b"a\r\nc\r\n"})
    assert team.check().codes == {"web/x.crlf": ["OWN001"]}


def test_the_index_as_people_leave_it(team: Repo) -> None:
    """No index, a locked one, a split one and conflict entries hide nothing and blame nobody."""
    team.branch("api").commit({"web/a.py": "x\n"})
    expected = {"web/a.py": ["OWN001"]}
    (team.path / ".git/index.lock").touch()
    assert team.check().codes == expected
    (team.path / ".git/index.lock").unlink()
    team.git("update-index", "--split-index")
    assert team.check().codes == expected
    blob = team.git("rev-parse", "HEAD:web/b.py")
    entries = (
        f"0 {'0' * 40}\tweb/c.py",
        f"100644 {blob} 1\tweb/c.py",
        f"100644 {blob} 2\tweb/new.py",
    )
    index = "".join(f"{entry}\n" for entry in entries)
    team.git("update-index", "--index-info", stdin=index.encode())
    assert team.check().codes == expected
    (team.path / ".git/index").unlink()
    assert team.check().codes == expected
    (team.path / ".git/index").write_bytes(b"garbage" * 10)
    for scope in ([], ["--staged"]):
        assert team.check(*scope).code == 2


def test_paths_that_no_index_can_hold(team: Repo) -> None:
    """A tree made by hand that leads out of an owned folder, or into `.git`, is an error."""
    team.branch("api")
    blob = team.git("rev-parse", "HEAD:web/a.py")
    api = team.git("ls-tree", "HEAD:api")
    inner = team.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
    for name in ("..", ".git", ".GIT"):
        folder = team.git("mktree", stdin=f"{api}\n040000 tree {inner}\t{name}\n".encode())
        others = team.git("ls-tree", "HEAD").replace(team.git("rev-parse", "HEAD:api"), folder)
        commit = team.git(
            "commit-tree", "-p", "main", "-m", "x", team.git("mktree", stdin=f"{others}\n".encode())
        )
        ran = team.check("--base", "main", "--head", commit, "--contract", "api")
        assert ran.code == 2
        assert "refuses to check out" in ran.err
