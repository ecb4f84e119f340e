"""Changing repositories: what is asked for happens, and nothing around it is touched, read or run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from guard.core.errors import GitError
from guard.git import porcelain
from tests.kit import Repo

ADA = porcelain.Person("Ada Lovelace", "ada@shop.example")


@pytest.fixture
def made(tmp_path: Path) -> Repo:
    """A repository that porcelain made, with one commit on `main`."""
    porcelain.create_repository(str(tmp_path / "shop"))
    porcelain.commit_files(
        str(tmp_path / "shop"), {"a.txt": "a\n", "docs/b.txt": "b\n"}, "start", ADA
    )
    return Repo(tmp_path / "shop")


def test_a_new_repository_has_nothing_in_it_but_its_branch(tmp_path: Path) -> None:
    """A repository is made where nothing was, on the branch asked for, without anything from a template."""
    porcelain.create_repository(str(tmp_path / "new" / "shop"), "trunk")
    repo = Repo(tmp_path / "new" / "shop")

    assert repo.git("symbolic-ref", "HEAD") == "refs/heads/trunk"
    assert repo.git("status", "--porcelain") == ""
    assert not (repo.path / ".git" / "hooks").exists()
    assert not (repo.path / ".git" / "info").exists()


def test_an_empty_directory_is_good_enough(tmp_path: Path) -> None:
    """A directory without entries becomes the repository."""
    porcelain.create_repository(str(tmp_path))

    assert Repo(tmp_path).git("rev-parse", "--is-inside-work-tree") == "true"


def test_a_commit_holds_the_files_that_were_named_and_nothing_else(made: Repo) -> None:
    """Content, path and deletion arrive as given; what else is staged or lies around stays as it is."""
    made.write({"staged.txt": "s\n", "loose.txt": "l\n"}).git("add", "staged.txt")
    oid = porcelain.commit_files(
        str(made.path), {"a.txt": None, "neu/ü b.txt": "ü\r\n"}, "# not a comment\n\nbody\n\n", ADA
    )

    assert oid == made.git("rev-parse", "HEAD")
    assert made.git("show", "--no-patch", "--format=%an <%ae>, %cn <%ce>", oid) == ", ".join(
        ["Ada Lovelace <ada@shop.example>"] * 2
    )
    assert made.git("show", "--no-patch", "--format=%B", oid) == "# not a comment\n\nbody\n\n"
    assert (
        made.git("diff-tree", "-r", "-z", "--no-commit-id", "--no-renames", "--name-status", oid)
        == "D\0a.txt\0A\0neu/ü b.txt\0"
    )
    assert made.git("show", "HEAD:neu/ü b.txt") == "ü\r"
    assert made.git("status", "--porcelain") == "A  staged.txt\n?? loose.txt"


def test_names_are_names_and_not_patterns(made: Repo) -> None:
    """A file called `*.txt` or `:(top)x` is that file alone."""
    made.write({"a.txt": "changed\n"})
    porcelain.commit_files(
        str(made.path), {"*.txt": "star\n", ":(top)x": "colon\n", "-n": "dash\n"}, "odd", ADA
    )

    assert made.git("show", "--format=", "--name-only", "HEAD").split("\n") == [
        "*.txt",
        "-n",
        ":(top)x",
    ]
    assert made.git("status", "--porcelain") == " M a.txt"


def test_ignored_files_are_committed_when_they_are_named(made: Repo) -> None:
    """Naming a file is enough, whatever `.gitignore` says."""
    porcelain.commit_files(str(made.path), {".gitignore": "*.log\n", "x.log": "x\n"}, "log", ADA)

    assert made.git("ls-files") == ".gitignore\na.txt\ndocs/b.txt\nx.log"


def test_files_can_be_written_without_a_commit(made: Repo) -> None:
    """Writing changes the working tree and leaves index and history alone."""
    before = made.git("rev-parse", "HEAD")
    porcelain.write_files(str(made.path), {"a.txt": "A\n", "new/c.txt": "c\n", "docs/b.txt": None})

    assert made.git("status", "--porcelain", "-uall") == " M a.txt\n D docs/b.txt\n?? new/c.txt"
    assert made.git("rev-parse", "HEAD") == before


def test_branches_and_worktrees_start_where_they_are_told(made: Repo, tmp_path: Path) -> None:
    """A branch and a linked worktree point at the commit that was named; the main worktree does not move."""
    first = made.git("rev-parse", "HEAD")
    porcelain.commit_files(str(made.path), {"a.txt": "2\n"}, "second", ADA)
    porcelain.create_branch(str(made.path), "old", first)
    porcelain.create_worktree(str(made.path), str(tmp_path / "w 1"), "feat/one", "old")
    porcelain.create_worktree(str(tmp_path / "w 1"), str(tmp_path / "w2"), "feat/two", "main")
    linked = Repo(tmp_path / "w 1")

    assert made.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert linked.git("symbolic-ref", "HEAD") == "refs/heads/feat/one"
    assert (linked.path / "a.txt").read_text() == "a\n"
    branches = made.git("for-each-ref", "--format=%(refname:short):%(subject)").split("\n")
    assert branches == ["feat/one:start", "feat/two:second", "main:second", "old:start"]


def test_a_worktree_is_removed_and_its_branch_stays(made: Repo, tmp_path: Path) -> None:
    """Removing a clean worktree takes the directory and git's record of it, not the work."""
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.commit_files(str(tmp_path / "w"), {"a.txt": "2\n"}, "work", ADA)
    porcelain.remove_worktree(str(made.path), str(tmp_path / "w"))

    assert not (tmp_path / "w").exists()
    assert made.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert made.git("log", "-1", "--format=%s", "feat") == "work"


@pytest.mark.parametrize(
    "files", [{"a.txt": "unsaved\n"}, {"new.txt": "new\n"}], ids=["modified", "untracked"]
)
def test_a_worktree_with_work_in_it_is_not_removed(
    made: Repo, tmp_path: Path, files: dict[str, str | None]
) -> None:
    """Work that is in no commit is never thrown away; the error says where to look."""
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "feat")
    porcelain.write_files(str(tmp_path / "w"), files)

    with pytest.raises(GitError, match="contains modified or untracked files") as caught:
        porcelain.remove_worktree(str(made.path), str(tmp_path / "w"))
    assert caught.value.hint == f"git -C {tmp_path}/w status"
    assert all((tmp_path / "w" / name).read_text() == text for name, text in files.items())


REFUSED: list[tuple[str, Callable[[str], object], str, str]] = [
    ("branch there", lambda at: porcelain.create_branch(at, "main"), "git branch: fatal: a branch named 'main'", "git -C {} branch --list"),
    ("no commit-ish", lambda at: porcelain.create_worktree(at, f"{at}-w", "w", "gone"), "git worktree: fatal: ", "git -C {} worktree list"),
    ("path is taken", lambda at: porcelain.create_worktree(at, at, "w"), "already exists", "git -C {} worktree list"),
    ("nothing to do", lambda at: porcelain.commit_files(at, {"a.txt": "a\n"}, "same", ADA), "nothing to commit", "git -C {} status"),
    ("repository there", porcelain.create_repository, "is not an empty directory", "name a directory that is empty"),
    ("file there", lambda at: porcelain.create_repository(f"{at}/a.txt"), "is not an empty directory", "name a directory that is empty"),
    ("below a file", lambda at: porcelain.create_repository(f"{at}/a.txt/b"), "cannot be written: Not a directory", "ls -ld {}/a.txt"),
    ("bad branch", lambda at: porcelain.create_repository(f"{at}-b", "bad..name"), "git init: fatal: invalid initial", "ls -ld {}-b"),
    ("deleting nothing", lambda at: porcelain.write_files(at, {"gone": None}), "cannot be written: No such file", "ls -ld {}"),
    ("no worktree", lambda at: porcelain.remove_worktree(at, f"{at}-none"), "is not a working tree", "git -C {}-none status"),
]  # fmt: skip


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
        porcelain.remove_worktree(str(made.path), str(tmp_path / "w"))


def test_no_branch_follows_a_remote_one(made: Repo, tmp_path: Path) -> None:
    """Starting from a remote-tracking branch sets no upstream."""
    made.git("remote", "add", "origin", str(tmp_path / "nowhere"))
    made.git("update-ref", "refs/remotes/origin/main", "main")
    porcelain.create_branch(str(made.path), "one", "origin/main")
    porcelain.create_worktree(str(made.path), str(tmp_path / "w"), "two", "origin/main")

    assert made.git("for-each-ref", "--format=%(refname:short)%(upstream)", "refs/heads").split(
        "\n"
    ) == ["main", "one", "two"]


@pytest.mark.parametrize(
    ("act", "message", "hint"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_errors_say_what_git_said_and_what_to_type(
    made: Repo, act: Callable[[str], object], message: str, hint: str
) -> None:
    """A refusal arrives as an error with git's or the system's words and a hint."""
    with pytest.raises(GitError) as caught:
        act(str(made.path))
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint.format(made.path))


@pytest.mark.parametrize("path", ["", ".", "..", "../x", "/x", "a/../../x", "link/x", "linked.txt"])
def test_paths_that_lead_out_of_the_working_tree_are_refused(
    made: Repo, tmp_path: Path, path: str
) -> None:
    """Nothing is written when one path leads elsewhere, by dots or through a symbolic link."""
    (tmp_path / "outside.txt").write_text("mine\n")
    (made.path / "link").symlink_to(tmp_path)
    (made.path / "linked.txt").symlink_to(tmp_path / "outside.txt")

    with pytest.raises(GitError, match="leads out of"):
        porcelain.write_files(str(made.path), {"first.txt": "x\n", path: "x\n"})
    assert not (made.path / "first.txt").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["outside.txt", "shop"]
    assert (tmp_path / "outside.txt").read_text() == "mine\n"


STRAY: list[Callable[[str, str], object]] = [
    lambda where, stray: porcelain.create_branch(where, "stray"),
    lambda where, stray: porcelain.create_worktree(where, stray, "stray"),
    porcelain.remove_worktree,
]


@pytest.mark.parametrize("where", ["plain", "missing"])
@pytest.mark.parametrize("act", STRAY, ids=["branch", "worktree", "remove"])
def test_the_repository_around_is_not_taken(
    made: Repo, where: str, act: Callable[[str, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that is no repository, or is not there, is an error, also inside of another repository."""
    (made.path / "plain").mkdir()
    monkeypatch.chdir(made.path)
    before = snapshot(made.path)

    with pytest.raises(GitError, match=r"not a git repository|cannot change to"):
        act(str(made.path / where), str(made.path / "stray"))
    assert snapshot(made.path) == before


def test_dollar_signs_and_tildes_in_a_path_are_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory called `$HOME` or `~` is that directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("$HOME", "~", "-x"):
        porcelain.create_repository(name)
        porcelain.commit_files(name, {"a": "a\n"}, "start", ADA)
        assert Repo(tmp_path / name).git("log", "--format=%s") == "start"


def build_everything(top: Path) -> None:
    """Use every function of the module once."""
    main, linked, second = (str(top / name) for name in ("shop", "w1", "w2"))
    porcelain.create_repository(main)
    porcelain.commit_files(
        main, {"a.txt": "a\r\n", ".gitignore": "", "build/b.o": "b\n"}, "start", ADA
    )
    porcelain.create_branch(main, "other")
    porcelain.create_worktree(main, linked, "one")
    porcelain.create_worktree(main, second, "two", "other")
    porcelain.commit_files(linked, {"a.txt": None, "c.txt": "a\r\n"}, "move", ADA)
    porcelain.write_files(linked, {"c.txt": "edited\n"})
    porcelain.remove_worktree(main, second)


def outcome(top: Path, env: Mapping[str, str]) -> list[str]:
    """What a plain git sees of that: trees, identities, messages, branches, headers, status, worktrees."""
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
    headers = {
        line.split(" ")[0]
        for line in repo.git("cat-file", "commit", "one", env=clean).split("\n\n")[0].split("\n")
    }
    oids = set(repo.git("rev-list", "--all", env=clean).split("\n"))
    return [
        *(without(text, oids) for text in seen),
        " ".join(sorted(headers)),
        str(len(list((top / "shop").iterdir()))),
    ]


def without(text: str, words: set[str]) -> str:
    """The text with commit ids, which depend on the time of day, taken out."""
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
    """Signing, templates, line endings, filters, hooks, ignores and aliases make no difference, and no program of the user is started."""
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
    """Hooks stay asleep, in `.git/hooks`, in `core.hooksPath` and as settings; so do the monitor and the signing program."""
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
    """The files of the whole machine, which a test cannot write, are switched off in the words that git documents."""
    (tmp_path / "git").write_text(
        f"#!/bin/sh\nenv >>'{tmp_path}/seen'\nPATH=${{PATH#*:}} exec git \"$@\"\n"
    )
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    porcelain.create_repository(str(tmp_path / "shop"))
    seen = (tmp_path / "seen").read_text().split("\n")

    assert {line for line in seen if line.startswith("GIT_")} == {
        *(
            "GIT_CONFIG_GLOBAL=/dev/null",
            "GIT_CONFIG_NOSYSTEM=1",
            "GIT_ATTR_NOSYSTEM=1",
            "GIT_LITERAL_PATHSPECS=1",
        ),
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
    """What a process finds around it that was started by a hook of that repository, and worse."""
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
    """With a hook's whole environment around, every byte of that repository stays, and the outcome is the same as without."""
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
        porcelain.create_branch(str(tmp_path), "stray")
    assert dict(os.environ) == before
    assert Repo(tmp_path).git("rev-parse", "--git-dir") == before["GIT_DIR"]


IMPORT = """
import os, guard.core.errors
try:
    import guard.git.porcelain
    {then}
except guard.core.errors.GitError as error:
    print(error.message, error.hint, sep=" | ")
"""


@pytest.mark.parametrize(
    ("path", "then", "message"),
    [
        ("/nonexistent", "print('imported')", "Bad git executable. | install git"),
        (
            None,
            "os.environ['PATH'] = '/nonexistent'; guard.git.porcelain.create_branch('.', 'x')",
            "git cannot be started | install git",
        ),
    ],
    ids=["from the start", "later"],
)
def test_a_missing_git_is_an_error_with_a_hint(
    tmp_path: Path, path: str | None, then: str, message: str
) -> None:
    """Without git there is no traceback, whenever it went missing."""
    env = {**os.environ, **({"PATH": path} if path else {})}
    program = [sys.executable, "-c", IMPORT.format(then=then)]
    done = subprocess.run(
        program, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert message in done.stdout, done.stderr


def test_a_checkout_for_a_user_is_the_users_own(
    made: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `as_user` the user's configuration and hooks count, git's variables of a hook that runs still do not."""
    config = tmp_path / "config"
    config.write_text("[core]\n\tautocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    hook = made.path / ".git/hooks/post-checkout"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    porcelain.create_worktree(str(made.path), str(tmp_path / "sealed"), "sealed")
    porcelain.create_worktree(str(made.path), str(tmp_path / "own"), "own", as_user=True)
    assert ((tmp_path / "sealed/a.txt").read_bytes(), (tmp_path / "sealed/ran").exists()) == (
        b"a\n",
        False,
    )
    assert ((tmp_path / "own/a.txt").read_bytes(), (tmp_path / "own/ran").exists()) == (
        b"a\r\n",
        True,
    )
    assert os.environ["GIT_DIR"] == "/nowhere"


def test_an_existing_branch_is_checked_out(made: Repo, tmp_path: Path) -> None:
    """A branch goes on in a worktree of its own, unless another one has it."""
    made.git("branch", "topic")
    porcelain.check_out_worktree(str(made.path), str(tmp_path / "topic"), "topic")
    assert Repo(tmp_path / "topic").git("symbolic-ref", "--short", "HEAD") == "topic"
    with pytest.raises(GitError, match=r"git worktree: .*topic"):
        porcelain.check_out_worktree(str(made.path), str(tmp_path / "again"), "topic")


def test_a_branch_is_deleted_where_it_was_seen(made: Repo) -> None:
    """A branch that has moved since, is checked out or does not exist stays as it is."""
    tip = made.git("rev-parse", "HEAD")
    made.git("branch", "topic")
    with pytest.raises(GitError, match="branch topic has moved"):
        porcelain.delete_branch(str(made.path), "topic", "0" * 40)
    with pytest.raises(GitError, match="git branch: "):
        porcelain.delete_branch(str(made.path), "main", tip)
    with pytest.raises(GitError, match="git rev-parse: "):
        porcelain.delete_branch(str(made.path), "none", tip)
    porcelain.delete_branch(str(made.path), "topic", tip)
    assert made.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
