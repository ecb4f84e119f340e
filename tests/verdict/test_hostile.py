"""Nothing that a repository holds or configures runs, hides a path or bends the verdict."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import POLICY, Repo

ODD_NAMES = [
    "with space",
    "tab\there",
    "new\nline",
    'quo"te',
    "back\\slash",
    "-rf",
    "--output=pwn",
    ":!x",
    ":(glob)**",
    "\x1b[31mred",
    "ünïcode",
    "a/b c/d",
    "bad\udcff",
    "\u202eevil",
    "::error file=x::y",
    "x##[add-mask]y",
    "$(touch pwned)",
    "`id`",
    "a;b|c",
    "#hash",
    "!bang",
    "[brack]et",
    "*star",
    "trailing ",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_seen_in_every_scope(team: Repo, name: str) -> None:
    """No file name escapes the contract, whether untracked, staged or committed."""
    shown = name.replace("\udcff", "\\xff")
    team.branch("api").write({f"outside/{name}": "x\n"})
    for scope in ([], ["--staged"], ["--branch"]):
        if scope == ["--staged"]:
            team.git("add", "-A")
        if scope == ["--branch"]:
            team.git("commit", "-qm", "x")
        ran = team.check(*scope)
        assert ran.codes == {f"outside/{shown}": ["OWN001"]}, scope
        text = team.guard("check", *scope).out
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert not (team.path / "pwned").exists()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_inside_the_contract_are_kept(team: Repo, name: str) -> None:
    """The same names under an owned path break nothing."""
    team.branch("api").commit({f"api/{name}": "x\n"})
    assert team.check("--branch").code == 0
    assert team.check().code == 0


@pytest.mark.parametrize("bit", ["--assume-unchanged", "--skip-worktree"])
def test_index_bits_hide_nothing(team: Repo, bit: str) -> None:
    """Edits and deletions behind a hidden index bit are seen in the working tree."""
    team.branch("api").git("update-index", bit, "web/a.py", "web/b.py", "web/c.py")
    team.write({"web/a.py": "hidden\n"})
    assert team.check().codes == {"web/a.py": ["OWN001"]}
    before = team.git("ls-files", "-v", "web")
    assert team.git("ls-files", "-v", "web") == before


def test_deletion_behind_assume_unchanged(team: Repo) -> None:
    """A deleted file is a change although git was told to assume otherwise."""
    team.branch("api").git("update-index", "--assume-unchanged", "web/a.py")
    os.unlink(team.path / "web/a.py")
    assert team.check().codes == {"web/a.py": ["OWN001"]}


def test_sparse_checkout_is_no_deletion(team: Repo) -> None:
    """Files that a sparse checkout leaves out are no changes, unless one is written."""
    team.branch("api").git("sparse-checkout", "set", "api")
    assert not (team.path / "web/a.py").exists()
    assert team.check().code == 0
    team.write({"web/a.py": "sneaked in\n"})
    assert team.check().codes == {"web/a.py": ["OWN001"]}


def test_touched_file_is_no_change(team: Repo) -> None:
    """Only content and mode count, not times."""
    team.branch("api")
    os.utime(team.path / "web/a.py", (1, 1))
    assert team.check().code == 0


def test_hidden_mode_change(team: Repo) -> None:
    """`core.fileMode=false` does not hide a mode change where the file system keeps modes."""
    team.branch("api").git("config", "core.fileMode", "false")
    (team.path / "web/a.py").chmod(0o755)
    assert team.check().codes == {"web/a.py": ["OWN001"]}


MISLEADING = {
    "diff.ignoreSubmodules": "all",
    "diff.renames": "copies",
    "diff.relative": "true",
    "diff.noprefix": "true",
    "diff.orderFile": "/dev/null",
    "diff.external": "false",
    "status.showUntrackedFiles": "no",
    "status.relativePaths": "true",
    "core.quotePath": "false",
    "core.abbrev": "4",
    "core.untrackedCache": "true",
    "core.trustctime": "false",
    "core.checkStat": "minimal",
    "core.preloadIndex": "false",
    "core.safecrlf": "true",
    "core.precomposeunicode": "true",
    "core.ignoreCase": "true",
    "log.showSignature": "true",
    "core.splitIndex": "true",
    "feature.manyFiles": "true",
    "index.version": "4",
    "color.ui": "always",
    "core.pager": "false",
    "submodule.recurse": "true",
    "merge.renames": "false",
    "merge.directoryRenames": "true",
    "diff.algorithm": "histogram",
    "core.commitGraph": "false",
    "i18n.logOutputEncoding": "latin1",
    "gc.auto": "1",
}


def test_no_setting_bends_the_verdict(team: Repo) -> None:
    """With every misleading setting at once each scope reports the same as without."""
    team.branch("api").commit({"web/a.py": "x\n", "docs/ü.md": "x\n"})
    team.git("mv", "secret/a.py", "api/taken.py")
    team.write({"untracked.py": "x\n"})
    scopes: list[list[str]] = [[], ["--staged"], ["--branch"], ["--base", "main", "--head", "api"]]
    before = [team.check(*scope).codes for scope in scopes]
    for key, value in MISLEADING.items():
        team.git("config", key, value)
    assert [team.check(*scope).codes for scope in scopes] == before
    assert [team.check(*scope, cwd=team.path / "docs").codes for scope in scopes] == before


def test_nothing_of_the_repository_runs(team: Repo) -> None:
    """No filter, merge driver, converter, monitor, hook, alias or signature program runs."""
    trap = f"touch '{team.path.parent}/pwned'; cat"
    team.commit({".gitattributes": "* filter=evil diff=evil merge=evil\n"}, "attributes")
    team.branch("api").commit({"api/a.py": "x\n", "web/a.py": "x\n"})
    team.git("switch", "-q", "main")
    team.commit({"web/a.py": "y\n"})
    team.git("switch", "-q", "api")
    team.git("merge", "-q", "main", ok=(1,))
    team.commit({"web/a.py": "z\n"}, "merge")
    team.write({"web/b.py": "dirty\n", "new.py": "x\n"})
    keys = (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
        "diff.evil.textconv",
        "merge.evil.driver",
        "core.fsmonitor",
        "diff.external",
        "gpg.program",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "alias.diff-tree",
        "filter.a=b.clean",
        "core.gitProxy",
        "uploadpack.packObjectsHook",
    )
    for key in keys:
        team.git("config", key, trap)
    team.git("config", "log.showSignature", "true")
    for hook in (
        "post-index-change",
        "reference-transaction",
        "pre-commit",
        "post-checkout",
        "fsmonitor-watchman",
        "pre-auto-gc",
    ):
        path = team.path / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\n{trap} >/dev/null </dev/null\n")
        path.chmod(0o755)
    for scope in ([], ["--staged"], ["--branch"], ["--base", "main", "--head", "api"], ["--all"]):
        team.guard("check", *scope)
        assert not (team.path.parent / "pwned").exists(), scope
    team.guard("explain", "web/a.py")
    assert not (team.path.parent / "pwned").exists()


def test_repository_is_left_as_it_was(team: Repo) -> None:
    """Judging writes nothing: no index, object, ref or file."""
    team.branch("api").commit({"api/a.py": "x\n"})
    team.git("merge", "-q", "-s", "ours", "--no-edit", "main", ok=(0, 1))
    team.write({"web/b.py": "dirty\n", "new.py": "x\n"})
    os.utime(team.path / "web/a.py", (1, 1))
    before = snapshot(team)
    for scope in ([], ["--staged"], ["--branch"], ["--base", "main", "--head", "api"]):
        team.guard("check", *scope)
    assert snapshot(team) == before
    team.guard("check", "--all")  # keeps git's answers; git renews times of objects that it wants
    kept = str(team.path / ".git/guard/answers")
    after = {path: content for path, (_, content) in snapshot(team).items() if path != kept}
    assert after == {path: content for path, (_, content) in before.items()}


def snapshot(repo: Repo) -> dict[str, tuple[int, bytes]]:
    """Every file below the repository with its time and content."""
    found = {}
    for folder, _, names in os.walk(repo.path):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[path] = (
                status.st_mtime_ns,
                b"" if os.path.islink(path) else Path(path).read_bytes(),
            )
    return found


def test_repository_cannot_provide_modules(team: Repo) -> None:
    """A `click.py` or `tomli.py` in the repository is not imported, however guard starts."""
    team.branch("api").write(
        {
            f"{name}.py": "open('pwned', 'w')\nraise SystemExit(0)\n"
            for name in ("click", "tomli", "json", "guard_plugin", "select")
        }
    )
    import sys

    for command in (["-I", "-m", "guard"], ["-m", "guard"]):
        ran = team.run(sys.executable, *command, "check", "--format", "json", ok=())
        assert ran.code == 1, ran
    assert not (team.path / "pwned").exists()


def test_relative_path_entry_does_not_provide_git(team: Repo) -> None:
    """A `git` in the repository is not started although PATH begins with the current directory."""
    team.branch("api").write({"git": "#!/bin/sh\ntouch pwned\nexit 0\n"})
    (team.path / "git").chmod(0o755)
    assert team.check(env={"PATH": f".:{os.environ['PATH']}"}).codes == {"git": ["OWN001"]}
    assert not (team.path / "pwned").exists()


def test_replace_refs_and_grafts_change_nothing(team: Repo) -> None:
    """A replaced commit and a grafted history do not hide what the branch did."""
    clean = team.git("rev-parse", "main")
    head = team.branch("api").commit({"web/a.py": "x\n"})
    team.git("replace", head, clean, ok=(0, 128))
    tree = team.git("rev-parse", "main^{tree}")
    team.git("replace", "-f", team.git("rev-parse", f"{head}^{{tree}}"), tree, ok=(0, 128))
    (team.path / ".git/info/grafts").write_text(f"{clean} {head}\n")
    assert team.check("--branch").codes == {"web/a.py": ["OWN001"]}


def test_attributes_of_the_branch_do_not_hide_generated_files(empty: Repo) -> None:
    """What counts as generated is what the base's `.gitattributes` says, either way."""
    empty.commit(
        {
            ".gitattributes": "gen/** linguist-generated\nhand.lock -linguist-generated\n",
            "gen/x.txt": "1\n",
            "hand.lock": "1\n",
            "Cargo.lock": "1\n",
        }
    )
    empty.policy(POLICY + "[shared.generated]\ngenerated = true\n").contract("all", owns=["*"])
    empty.branch("all").commit(
        {
            ".gitattributes": "* -linguist-generated\n",
            "gen/x.txt": "2\n",
            "hand.lock": "2\n",
            "Cargo.lock": "2\n",
            "plain.py": "2\n",
        }
    )
    for scope in (["--branch"], []):
        assert empty.check(*scope).codes == {"gen/x.txt": ["SHR001"], "Cargo.lock": ["SHR001"]}


def test_submodule_bump_is_seen(team: Repo) -> None:
    """A moved submodule is a change in every scope, whatever the settings ask git to ignore."""
    inner = Repo.init(team.path.parent / "inner")
    inner.commit({"a": "1"})
    team.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(inner.path),
        "vendor/sub",
    )
    team.commit({}, "submodule")
    sub = Repo(team.path / "vendor/sub")
    team.branch("api")
    assert team.check().code == 0
    team.git("config", "-f", ".gitmodules", "submodule.vendor/sub.ignore", "all")
    team.git("config", "submodule.vendor/sub.ignore", "all")
    sub.commit({"a": "2"})
    expected = {".gitmodules": ["OWN001"], "vendor/sub": ["OWN001"]}
    assert team.check().codes == expected
    team.git("add", ".gitmodules")
    team.git("update-index", "--cacheinfo", f"160000,{sub.git('rev-parse', 'HEAD')},vendor/sub")
    assert team.check("--staged").codes == expected
    team.git("commit", "-qm", "bump")
    assert team.check("--branch").codes == expected


def test_dirty_submodule_is_not_this_repositorys_change(team: Repo) -> None:
    """Edits inside a submodule belong to the submodule; its configuration is not run either."""
    inner = Repo.init(team.path.parent / "inner")
    inner.commit({"a": "1"})
    team.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(inner.path),
        "vendor/sub",
    )
    team.commit({}, "submodule")
    team.branch("api")
    sub = Repo(team.path / "vendor/sub").write({"a": "dirty"})
    sub.git("config", "core.fsmonitor", f"touch '{team.path.parent}/pwned'")
    assert team.check().code == 0
    assert not (team.path.parent / "pwned").exists()


def test_nested_worktrees_are_not_content(team: Repo) -> None:
    """A linked worktree inside the main one is no change; a foreign repository there is one."""
    team.git("worktree", "add", "-q", "-b", "web", ".claude/worktrees/web")
    team.branch("api")
    assert team.check().code == 0
    Repo.init(team.path / "nested").commit({"a": "1"})
    assert team.check().codes == {"nested": ["OWN001"]}


def test_line_endings_are_gits_business(team: Repo) -> None:
    """A checkout with converted line endings is no change."""
    team.commit({".gitattributes": "*.txt text eol=crlf\n", "web/t.txt": "a\nb\n"}, "text")
    os.unlink(team.path / "web/t.txt")
    team.git("checkout", "--", "web/t.txt")
    assert (team.path / "web/t.txt").read_bytes() == b"a\r\nb\r\n"
    team.branch("api")
    os.utime(team.path / "web/t.txt", (1, 1))
    assert team.check().code == 0


def test_git_lfs_checkout_is_no_change(team: Repo) -> None:
    """A file that Git LFS has checked out is judged by its pointer; no filter runs."""
    import hashlib

    content = b"large\n" * 1000
    digest = hashlib.sha256(content).hexdigest()
    version = "version https://git-lfs.github.com/spec/v1"
    pointer = f"{version}\noid sha256:{digest}\nsize {len(content)}\n"
    team.commit(
        {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "web/big.bin": pointer},
        "lfs",
    )
    team.git("config", "filter.lfs.clean", "false")
    team.git("config", "filter.lfs.required", "true")
    team.branch("api").write({"web/big.bin": content})
    assert team.check().code == 0
    team.write({"web/big.bin": content + b"!"})
    assert team.check().codes == {"web/big.bin": ["OWN001"]}
