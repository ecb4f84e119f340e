"""Changing repositories: nothing around them is touched, read or run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from guard.core.errors import GitError
from guard.git import linked, porcelain
from tests.git.conftest import ADA
from tests.kit import Repo


def test_files_that_only_the_user_ignores_are_work_too(
    made: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own ignore file does not make an untracked file worthless."""
    config = tmp_path / "config"
    (config / "git").mkdir(parents=True)
    (config / "git" / "ignore").write_text("*.txt\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.write_files(str(tmp_path / "w"), {"new.txt": "new\n"})

    with pytest.raises(GitError, match="contains modified or untracked files"):
        linked.remove_worktree(str(made.path), str(tmp_path / "w"))


STRAY: list[Callable[[str, str], object]] = [
    lambda where, stray: porcelain.create_worktree(where, stray, "stray"),
    linked.remove_worktree,
]


@pytest.mark.parametrize("where", ["plain", "missing"])
@pytest.mark.parametrize("act", STRAY, ids=["worktree", "remove"])
def test_the_repository_around_is_not_taken(
    made: Repo, where: str, act: Callable[[str, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that is no repository, or is missing, is an error, also inside another one."""
    (made.path / "plain").mkdir()
    monkeypatch.chdir(made.path)
    before = snapshot(made.path)

    with pytest.raises(GitError, match=r"not a git repository|cannot change to"):
        act(str(made.path / where), str(made.path / "stray"))
    assert snapshot(made.path) == before


def build_everything(top: Path) -> None:
    """Use every function of the module once."""
    main, first, second = (str(top / name) for name in ("shop", "w1", "w2"))
    porcelain.create_repository(main)
    porcelain.commit_files(
        main, {"a.txt": "a\r\n", ".gitignore": "", "build/b.o": "b\n"}, "start", ADA
    )
    porcelain.create_worktree(main, first, "one")
    porcelain.create_worktree(main, second, "two", "one")
    porcelain.commit_files(first, {"a.txt": None, "c.txt": "a\r\n"}, "move", ADA)
    porcelain.write_files(first, {"c.txt": "edited\n"})
    linked.remove_worktree(main, second)


def outcome(top: Path, env: Mapping[str, str]) -> list[str]:
    """What git sees of that: trees, identities, messages, branches, headers, status."""
    repo, clean = Repo(top / "shop"), dict(env)
    asked = [
        ["log", "--all", "--format=%D|%T|%an|%ae|%cn|%ce|%B|%G?", "--topo-order"],
        ["ls-tree", "-r", "one"],
        ["cat-file", "-p", "one^{tree}"],
        ["-C", str(top / "w1"), "status", "--porcelain=v2", "--branch", "-uall"],
        ["symbolic-ref", "HEAD"],
        ["config", "--local", "--list"],
    ]
    seen = [repo.git(*args, env=clean) for args in asked]
    head = repo.git("cat-file", "commit", "one", env=clean).split("\n\n")[0]
    headers = {line.split(" ")[0] for line in head.split("\n")}
    oids = set(repo.git("rev-list", "--all", env=clean).split("\n"))
    return [
        *(without(text, oids) for text in seen),
        " ".join(sorted(headers)),
        str(len(list((top / "shop").iterdir()))),
    ]


def without(text: str, words: set[str]) -> str:
    """The text without commit ids, which depend on the time."""
    for word in words:
        text = text.replace(word, "<commit>")
    return text


def snapshot(top: Path) -> dict[str, bytes]:
    """Every file below a directory with its bytes."""
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }


HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
)
HOSTILE = """
[user]
    useConfigOnly = true
    signingKey = nobody
[commit]
    gpgSign = true
    template = /nonexistent
    cleanup = strip
    status = false
[tag]
    gpgSign = true
[gpg]
    program = {trap}
[init]
    defaultBranch = surprise
    templateDir = {home}/template
    defaultRefFormat = nonsense
[core]
    autocrlf = true
    eol = crlf
    safecrlf = true
    excludesFile = {home}/ignore
    attributesFile = {home}/attributes
    hooksPath = {home}/hooks
    fsmonitor = {trap}
    editor = {trap}
    pager = {trap}
    bare = true
    worktree = /nonexistent
    ignoreCase = true
    quotePath = true
    sparseCheckout = true
[status]
    showUntrackedFiles = no
    relativePaths = false
[filter "trap"]
    clean = {trap}
    smudge = {trap}
    process = {trap}
    required = true
[branch]
    autoSetupMerge = always
[checkout]
    defaultRemote = nowhere
    guess = true
[worktree]
    guessRemote = true
    useRelativePaths = true
[gc]
    auto = 1
[alias]
    commit = !{trap}
    worktree = !{trap}
[i18n]
    commitEncoding = latin1
[safe]
    directory = /nowhere
    bareRepository = explicit
[advice]
    addIgnoredFile = true
[color]
    ui = always
"""


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark when anything starts it."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n")
    program.chmod(0o755)
    return program


def test_no_configuration_of_the_user_changes_the_outcome(
    tmp_path: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No setting of the user makes a difference, and no program of the user runs."""
    calm = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL")}
    build_everything(tmp_path / "calm")
    home = tmp_path / "hostile-home"
    hostile_home(home, trap)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    build_everything(tmp_path / "storm")

    assert outcome(tmp_path / "storm", calm) == outcome(tmp_path / "calm", calm)
    assert not (tmp_path / "sprung").exists()
    Repo(tmp_path / "storm" / "w1").run("git", "add", "-A", ok=())
    assert (tmp_path / "sprung").exists(), "the trap is no trap"


def hostile_home(home: Path, trap: Path) -> None:
    """Write a home directory whose every setting for git misleads or springs the trap."""
    files = {
        ".gitconfig": HOSTILE.format(home=home, trap=trap),
        "ignore": "*\n",
        ".config/git/ignore": "*\n",
        "attributes": "* filter=trap text eol=crlf working-tree-encoding=UTF-16\n",
        ".config/git/attributes": "* filter=trap text eol=crlf\n",
        "template/info/exclude": "*\n",
        "template/config": "[user]\n\tname = template\n",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    for place in ("hooks", "template/hooks"):
        (home / place).mkdir(parents=True)
        for hook in HOOKS:
            (home / place / hook).symlink_to(trap)


def test_a_configuration_that_git_cannot_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken `~/.gitconfig` does not stop what has no need of it."""
    (tmp_path / ".gitconfig").write_text("[broken\n")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv("HOME", str(tmp_path))
    build_everything(tmp_path / "made")

    assert (tmp_path / "made" / "w1" / "c.txt").read_text() == "edited\n"


def test_programs_that_the_repository_names_do_not_run(
    made: Repo, tmp_path: Path, trap: Path
) -> None:
    """No hook runs, from a folder or a setting, and no monitor or signing program."""
    hooks = made.path / ".git" / "hooks"
    hooks.mkdir()
    for hook in HOOKS:
        (hooks / hook).symlink_to(trap)
    made.git("config", "core.hooksPath", str(hooks))
    for key, value in {
        "core.fsmonitor": trap,
        "gpg.program": trap,
        "commit.gpgSign": "true",
        "commit.cleanup": "strip",
    }.items():
        made.git("config", key, str(value))
    for hook in HOOKS:
        made.git("config", f"hook.spring-{hook}.command", str(trap))
        made.git("config", f"hook.spring-{hook}.event", hook)
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.commit_files(str(tmp_path / "w"), {"a.txt": "2\n"}, "work", ADA)

    assert not (tmp_path / "sprung").exists()


def test_git_is_told_to_read_no_configuration_but_the_repository_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's files, which a test cannot write, are disabled as git documents it."""
    (tmp_path / "git").write_text(
        f"#!/bin/sh\nenv >>'{tmp_path}/seen'\nPATH=${{PATH#*:}} exec git \"$@\"\n"
    )
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    porcelain.create_repository(str(tmp_path / "shop"))
    seen = (tmp_path / "seen").read_text().split("\n")

    assert {line for line in seen if line.startswith("GIT_")} == {
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_ATTR_NOSYSTEM=1",
        "GIT_LITERAL_PATHSPECS=1",
        f"GIT_CEILING_DIRECTORIES={tmp_path}",
    }


@pytest.fixture
def other(tmp_path: Path) -> Repo:
    """Somebody else's repository with a staged, an unstaged and an untracked file."""
    repo = Repo.init(tmp_path / "other")
    repo.commit({"a.txt": "other\n", "b.txt": "other\n"}, "other")
    repo.write({"a.txt": "staged\n"}).git("add", "a.txt")
    return repo.write({"b.txt": "unstaged\n", "c.txt": "untracked\n"})


def hook_variables(other: Repo) -> dict[str, str]:
    """The variables of a process that a hook of that repository started, and worse."""
    inside = other.path / ".git"
    return {
        "GIT_DIR": str(inside),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(inside / "index"),
        "GIT_COMMON_DIR": str(inside),
        "GIT_OBJECT_DIRECTORY": str(inside / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(inside / "objects"),
        "GIT_PREFIX": "sub/",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_CONFIG": str(inside / "config"),
        "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.worktree",
        "GIT_CONFIG_VALUE_0": str(other.path),
        "GIT_TEMPLATE_DIR": str(inside),
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_AUTHOR_NAME": "Somebody Else",
        "GIT_COMMITTER_EMAIL": "else@example.com",
        "GIT_AUTHOR_DATE": "1999-01-01T00:00:00Z",
        "GIT_GLOB_PATHSPECS": "1",
        "GIT_TRACE": str(other.path / "trace"),
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_QUARANTINE_PATH": str(inside / "objects"),
    }


def test_the_repository_whose_hook_runs_is_not_touched(
    tmp_path: Path, other: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a hook's environment, its repository stays as it is and the outcome is the same."""
    before = snapshot(other.path)
    build_everything(tmp_path / "calm")
    calm = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
    for name, value in hook_variables(other).items():
        monkeypatch.setenv(name, value)
    inherited = dict(os.environ)
    build_everything(tmp_path / "storm")

    assert dict(os.environ) == inherited
    assert snapshot(other.path) == before
    monkeypatch.undo()
    assert outcome(tmp_path / "storm", calm) == outcome(tmp_path / "calm", calm)


def test_variables_come_back_after_a_failure(
    other: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller's environment is as it was also when git refuses."""
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    before = dict(os.environ)

    with pytest.raises(GitError):
        porcelain.create_worktree(str(tmp_path), str(tmp_path / "stray"), "stray")
    assert dict(os.environ) == before
    assert Repo(tmp_path).git("rev-parse", "--git-dir") == before["GIT_DIR"]
