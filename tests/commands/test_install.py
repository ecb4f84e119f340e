"""`guard install` and `uninstall`: beside whatever hooks there are, whole or not at all, and back again."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.githooks import files as hookfiles
from guard.githooks.places import read_places
from guard.githooks.program import find_program
from guard.githooks.shims import DEFAULT, HOOKS, JUDGING, file_text
from tests.kit import GUARD, UNMEASURED, Ran, Repo

MINE = '#!/bin/sh\necho mine "$@"; cat; exit ${MY_STATUS:-0}\n'
FILES = ("install", "--as", "files")


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A session `api` that owns `src/`, on its branch."""
    repo.contract("api", owns=["src/"])
    return repo.branch("api")


def tree(folder: Path) -> dict[str, tuple[str, int, str]]:
    """Every file below a folder: where a link leads or what it holds, and its mode."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top) / name
            text = (
                os.readlink(path) if path.is_symlink() else path.read_text(errors="surrogateescape")
            )
            found[str(path.relative_to(folder))] = (
                text,
                stat.S_IMODE(path.lstat().st_mode),
                "link" if path.is_symlink() else "file",
            )
    return found


def hook(repo: Repo, name: str, text: str = MINE, mode: int = 0o755) -> Path:
    """Write a hook of somebody else's."""
    path = repo.path / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def stray(repo: Repo) -> Ran:
    """Try to commit what the contract does not allow."""
    repo.write({"docs/a.md": f"stray {os.urandom(4).hex()}\n"})
    ran = repo.run("git", "commit", "-qam", "stray", ok=())
    repo.git("reset", "-q", "--hard")
    return ran


def is_guarded(repo: Repo) -> bool:
    """Whether git starts guard before a commit here, and lets good work through."""
    stopped = "docs/a.md: OWN001" in stray(repo).err
    repo.git("commit", "-q", "--allow-empty", "-m", "good")
    return stopped


def test_install_and_uninstall_leave_no_trace(team: Repo) -> None:
    """After `uninstall` the folder of hooks and the configuration are what they were, to the last mode."""
    hook(team, "pre-commit")
    hook(team, "pre-push", mode=0o644)
    (team.path / ".git/hooks/post-checkout").symlink_to("pre-commit")
    before = tree(team.path / ".git/hooks"), (team.path / ".git/config").read_text()
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    ran = team.guard("uninstall")
    assert ran.code == 0
    assert "pre-commit: " in ran.out
    assert (tree(team.path / ".git/hooks"), (team.path / ".git/config").read_text()) == before
    assert not (team.path / ".git/guard").exists()
    assert team.guard("uninstall").out == "guard: there was nothing of guard's to take away\n"


def test_twice_is_once(team: Repo) -> None:
    """Installing again changes no byte, writes nothing, and says so."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    before = tree(team.path / ".git/hooks")
    inode = os.stat(team.path / ".git/hooks/pre-commit").st_ino
    ran = team.guard("install")
    assert ran == (0, f"guard: {', '.join(DEFAULT)}: set up already\n", "")
    assert (
        tree(team.path / ".git/hooks"),
        os.stat(team.path / ".git/hooks/pre-commit").st_ino,
    ) == (before, inode)


@pytest.mark.parametrize("place", ["subdirectory", "linked worktree", "inside .git"])
def test_from_anywhere(team: Repo, place: str) -> None:
    """Wherever it is typed, the hooks come into the one folder that all worktrees share, and run in all of them."""
    linked = team.worktree("linked", "worktree-api", "main")
    where = {
        "subdirectory": team.path / "src",
        "linked worktree": linked.path,
        "inside .git": team.path / ".git",
    }[place]
    assert team.guard(*FILES, cwd=where).code == 0
    assert is_guarded(team)
    assert is_guarded(linked)
    assert not (team.path / ".git/worktrees/linked/hooks").exists()
    assert team.guard("doctor", cwd=where).code == 0
    assert team.guard("uninstall", cwd=where).code == 0
    assert not is_guarded(linked)


def test_a_bare_repository_with_worktrees(team: Repo, tmp_path: Path) -> None:
    """The hooks of a bare repository run in the worktrees that hang from it."""
    team.git("clone", "-q", "--bare", str(team.path), str(tmp_path / "hub.git"))
    hub = Repo(tmp_path / "hub.git")
    hub.git("worktree", "add", "-q", str(tmp_path / "api"), "api")
    session = Repo(tmp_path / "api")
    assert session.guard(*FILES).code == 0
    assert is_guarded(session)
    assert hub.guard("doctor").code == 0


def test_a_bare_repository_alone(team: Repo, tmp_path: Path) -> None:
    """Where nobody commits, a server's hook must be asked for by name."""
    bare = Repo.init(tmp_path / "server.git", "--bare")
    ran = bare.guard("install")
    assert ran.code == 2
    assert "guard install --hook pre-receive" in ran.err
    assert bare.guard(*FILES, "--hook", "pre-receive").code == 0
    assert {path.name for path in (bare.path / "hooks").iterdir() if path.suffix != ".sample"} == {
        "pre-receive"
    }
    assert bare.guard("doctor").code == 0


def test_no_folder_of_hooks(team: Repo) -> None:
    """A repository made without a template gets its folder."""
    shutil.rmtree(team.path / ".git/hooks")
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)


def test_a_submodule_and_a_separate_git_directory(team: Repo, tmp_path: Path) -> None:
    """Where the git directory lies elsewhere, git's own answer says where hooks go."""
    team.git(
        "clone",
        "-q",
        "--separate-git-dir",
        str(tmp_path / "elsewhere"),
        str(team.path),
        str(tmp_path / "clone"),
    )
    clone = Repo(tmp_path / "clone")
    assert clone.guard(*FILES).code == 0
    assert is_guarded(clone)
    assert clone.guard("doctor").code == 0


# hooks that were there before


def test_the_hook_that_was_there_runs_first(team: Repo) -> None:
    """It gets the same words and input as from git; when it fails, that is the end, with its status."""
    hook(team, "pre-commit")
    hook(team, "pre-push")
    assert "the hook that was there runs first" in team.guard(*FILES).out
    ran = stray(team)
    assert ran.err.index("mine") < ran.err.index("docs/a.md: OWN001")
    refused = team.run(
        "git", "commit", "-q", "--allow-empty", "-m", "x", ok=(1,), env={"MY_STATUS": "7"}
    )
    assert "guard" not in refused.err
    bare = Repo.init(team.path.parent / "server.git", "--bare")
    team.write({"src/a.py": "x\n"}).git("commit", "-qam", "x")
    pushed = team.run("git", "push", "-q", str(bare.path), "api")
    head = team.git("rev-parse", "HEAD")
    assert (
        f"mine {bare.path} {bare.path}\nrefs/heads/api {head} refs/heads/api {'0' * 40}\n"
        in pushed.out
    )


def test_an_old_hook_that_changes_the_index(team: Repo) -> None:
    """What a formatter adds to the commit is judged too."""
    hook(team, "pre-commit", "#!/bin/sh\necho x >docs/a.md; git add docs/a.md\n")
    assert team.guard(*FILES).code == 0
    team.write({"src/a.py": "x\n"}).git("add", "-A")
    assert "docs/a.md: OWN001" in team.run("git", "commit", "-qm", "x", ok=(1,)).err


def test_a_hook_that_git_passed_over_stays_passed_over(team: Repo) -> None:
    """A hook file that cannot be executed is kept and not run."""
    hook(team, "pre-commit", mode=0o644)
    assert team.guard(*FILES).code == 0
    assert "mine" not in stray(team).err
    assert is_guarded(team)


def test_two_hooks_that_were_there_before(team: Repo) -> None:
    """If a hook is kept already and another one has come since, neither is lost: a person has to look."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    hook(team, "pre-commit", "#!/bin/sh\necho another\n")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "guard-previous/pre-commit is kept" in ran.err
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()
    assert "another" in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("uninstall").code == 0
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()


def test_guards_file_removed_by_hand(team: Repo) -> None:
    """If somebody deleted guard's file, `uninstall` still gives the older hook its place back."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    (team.path / ".git/hooks/pre-commit").unlink()
    assert team.guard("uninstall").code == 0
    assert "mine" in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_link_to_the_repositorys_own_copy(team: Repo) -> None:
    """A link to a copy of guard's hook is replaced by a file; what it leads to is left alone."""
    team.write({"hooks/pre-commit": file_text("pre-commit", "", "pass")})
    (team.path / ".git/hooks").mkdir(exist_ok=True)
    (team.path / ".git/hooks/pre-commit").symlink_to("../../hooks/pre-commit")
    assert team.guard(*FILES).code == 0
    assert not (team.path / ".git/hooks/pre-commit").is_symlink()
    assert (team.path / "hooks/pre-commit").read_text() == file_text("pre-commit", "", "pass")
    assert not (team.path / ".git/hooks/guard-previous/pre-commit").exists()


@pytest.mark.parametrize(
    "text",
    [
        '#!/bin/sh\necho "name $(basename "$0") in $(dirname "$0"): $*" >&2\n. "$(dirname "$0")/library"\n',
        '#!/usr/bin/env bash\nset -eu\necho "name ${0##*/} in ${0%/*}: $*" >&2\n. "${0%/*}/library"\n',
        '#!/bin/sh -e\necho "name ${0##*/} in ${0%/*}: $*" >&2\n. "${0%/*}/library"\n',
    ],
)
def test_a_script_that_asks_for_its_own_name(team: Repo, text: str) -> None:
    """A shell script that is one file for several hooks, or lies beside what it needs, gets the answers that it always got."""
    for name in ("pre-commit", "post-checkout", "pre-push"):
        hook(team, name, text)
    hook(team, "library", "echo library >&2\n")
    for _ in range(2):
        said = stray(team).err
        assert "name pre-commit in .git/hooks: \nlibrary\n" in said
        head = team.git("rev-parse", "HEAD")
        assert (
            f"name post-checkout in .git/hooks: {head} {head} 1\nlibrary\n"
            in team.run("git", "switch", "-q", "--detach").err
        )
        team.git("switch", "-q", "api")
        assert team.guard(*FILES).code == 0
    assert "docs/a.md: OWN001" in stray(team).err


@pytest.mark.parametrize(
    "text",
    [
        f"#!{sys.executable} -I\nimport os, sys\nprint('name', os.path.basename(sys.argv[0]), *sys.argv[1:], file=sys.stderr)\n",
        '#!/bin/bash\nif [ "${BASH_SOURCE[0]}" = "$0" ]; then echo "name ${0##*/} $*" >&2; fi\n',
    ],
)
def test_another_program_that_asks_for_its_own_name(team: Repo, text: str) -> None:
    """A program that tells by its name which hook it is, as husky 4 and overcommit do, is started under that name."""
    hook(team, "pre-commit", text)
    hook(team, "post-checkout", text)
    assert team.guard(*FILES).code == 0
    assert "name pre-commit" in stray(team).err
    assert "name post-checkout " in team.run("git", "switch", "-q", "--detach").err


@pytest.mark.parametrize("order", [("pre-commit", "pre-push"), ("pre-push", "pre-commit")])
def test_hooks_that_are_links_to_each_other(team: Repo, order: tuple[str, str]) -> None:
    """One file under several names stays that, whichever of them guard takes first, and comes back so."""
    first, second = order
    hook(team, "pre-commit", "#!/bin/sh\necho one file >&2\n")
    hook(team, "dispatch", "#!/bin/sh\necho dispatched >&2\n")
    folder = team.path / ".git/hooks"
    (folder / "pre-push").symlink_to("pre-commit")
    (folder / "post-checkout").symlink_to("dispatch")
    (folder / "post-rewrite").symlink_to(folder / "dispatch")
    before = tree(folder)
    for name in (first, second, "post-checkout", "post-rewrite"):
        assert team.guard(*FILES, "--hook", name).code == 0
        assert "one file" in team.run(".git/hooks/pre-push", "o", "u").err
        assert "one file" in stray(team).err
    for name in ("post-checkout", "post-rewrite"):
        assert team.run(f".git/hooks/{name}").err == "dispatched\n"
    assert team.guard("uninstall", "--hook", first).code == 0
    assert "one file" in team.run(".git/hooks/pre-push", "o", "u").err
    assert "one file" in stray(team).err
    assert team.guard("uninstall").code == 0
    assert tree(folder) == before


def test_one_hook_alone(team: Repo) -> None:
    """`--hook` sets up and takes away one hook, and another install keeps an optional one up to date."""
    assert team.guard(*FILES, "--hook", "reference-transaction").code == 0
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert names == {"reference-transaction"}
    path = team.path / ".git/hooks/reference-transaction"
    path.write_text(path.read_text() + "# edited\n")
    assert team.guard(*FILES).code == 0
    assert "# edited" not in path.read_text()
    assert team.guard("uninstall", "--hook", "pre-push").code == 0
    assert not (team.path / ".git/hooks/pre-push").exists()
    assert is_guarded(team)
    assert team.guard("install", "--hook", "commit-msg").code == 2


# where guard must not write


@pytest.mark.parametrize(
    ("scope", "value", "hint"),
    [
        ("--local", "elsewhere", "git config --local --unset-all core.hooksPath"),
        ("--local", ".git/hooks2", "git config --local --unset-all core.hooksPath"),
        ("--global", "/elsewhere/hooks", "git config --local core.hooksPath "),
        ("--worktree", "elsewhere", "git -C "),
        ("--local", ".husky/_", "for hook in pre-commit pre-merge-commit pre-push; do echo "),
    ],
)
def test_a_hooks_path_in_the_way(
    team: Repo, monkeypatch: pytest.MonkeyPatch, scope: str, value: str, hint: str
) -> None:
    """Where git looks elsewhere nothing is written, and the command that is proposed makes way for guard."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(team.path.parent / "gitconfig"))
    if scope == "--worktree":
        team.git("config", "extensions.worktreeConfig", "true")
    team.git("config", scope, "core.hooksPath", value)
    for name in JUDGING:  # as husky 9 writes them
        team.write({f".husky/_/{name}": '#!/usr/bin/env sh\n. "$(dirname "$0")/h"'})
        (team.path / ".husky/_" / name).chmod(0o755)
    before = tree(team.path / ".git/hooks")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert ran.err.startswith(f"guard: core.hooksPath ({scope[2:]}) makes git look for hooks only in ")
    assert tree(team.path / ".git/hooks") == before
    [proposed] = [line.partition("hint: ")[2] for line in ran.err.splitlines() if "hint: " in line]
    assert proposed.startswith(hint)
    team.run("sh", "-c", proposed)
    if "husky" in value:
        assert 'guard hook pre-push "$@"' in (team.path / ".husky/pre-push").read_text()
        linked = team.worktree("linked", "worktree-api")  # where nobody ran husky
        told = team.guard(*FILES)
        assert (told.code, "hint: guard doctor" in told.err) == (2, True)
        team.git("worktree", "remove", str(linked.path))
        told = team.guard(*FILES)
        assert (told.code, "started by hooks and settings that are here already" in told.out) == (
            0,
            True,
        )
        assert tree(team.path / ".git/hooks") == before
        assert (
            team.run("sh", "-e", ".husky/pre-push", "o", "u", env={"PATH": "/usr/bin:/bin"}).err
            == "guard is not installed: not judged\n"
        )
    else:
        assert team.guard(*FILES).code == 0
        assert is_guarded(team)


@pytest.mark.parametrize("scope", ["--local", "--global"])
def test_the_hooks_of_another_folder_go_on(
    team: Repo, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    """The command that makes way for guard keeps the hooks that a team or a machine has in a folder of its own, and what they read."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(team.path.parent / "gitconfig"))
    folder = team.path / ".githooks" if scope == "--local" else team.path.parent / "every one's"
    folder.mkdir()
    (folder / "words").write_text("the team's ran\n")
    (folder / "pre-commit").write_text('#!/bin/sh\ncat "$(dirname "$0")/words" >&2\n')
    (folder / "pre-commit").chmod(0o755)
    team.git("config", scope, "core.hooksPath", ".githooks" if scope == "--local" else str(folder))
    team.run("sh", "-c", team.guard(*FILES).err.partition("hint: ")[2])
    assert team.guard(*FILES).code == 0
    ran = stray(team)
    assert ran.err.startswith("the team's ran\nguard: contract api broken")
    assert team.guard("doctor").code == 0


def test_hooks_that_start_guard_are_left_alone(team: Repo) -> None:
    """A hook of somebody's own that starts guard for all worktrees gets no second one, however often `install` is typed."""
    text = '#!/bin/sh\nguard hook pre-commit "$@"\n'
    hook(team, "pre-commit", text)
    for _ in range(2):
        ran = team.guard(*FILES)
        assert (
            ran.code,
            "guard: pre-commit: started by hooks and settings that are here already\n" in ran.out,
        ) == (0, True)
    assert (team.path / ".git/hooks/pre-commit").read_text() == text
    assert team.guard("doctor").code == 0
    assert team.guard(*FILES, "--hook", "pre-commit").code == 0
    assert "guard-previous" in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_hooks_path_that_is_no_detour(team: Repo) -> None:
    """A setting that names git's own folder is in nobody's way."""
    team.git("config", "core.hooksPath", str(team.path / ".git/hooks"))
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    assert team.guard("doctor").code == 0


def test_a_folder_that_others_share(team: Repo, tmp_path: Path) -> None:
    """A folder of hooks that is a link to somewhere else is other repositories' too: nothing is written, and the way out works."""
    shared = tmp_path / "shared hooks"
    shared.mkdir()
    shutil.rmtree(team.path / ".git/hooks")
    (team.path / ".git/hooks").symlink_to(shared)
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "hooks written there run elsewhere too" in ran.err
    assert list(shared.iterdir()) == []
    team.run("sh", "-c", ran.err.partition("hint: ")[2])
    assert team.guard(*FILES).code == 0
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize("kind", ["--shared=all", ""])
def test_a_repository_of_several_people(tmp_path: Path, kind: str) -> None:
    """In a shared repository everybody can start what somebody with a strict umask has set up; elsewhere nobody else."""
    repo = Repo.init(tmp_path / "repo.git", "--bare", *([kind] if kind else []))
    (repo.path / "hooks/update").write_text(MINE)
    (repo.path / "hooks/update").chmod(0o755)
    if not kind:
        (repo.path / "hooks").chmod(0o700)
    argv = [sys.executable, "-I", "-m", "guard", "install", "--as", "files", "--hook", "update"]
    repo.run("sh", "-c", 'umask 077 && exec "$@"', "sh", *argv)
    for name in ("hooks", "hooks/update", "hooks/guard-previous"):
        assert (repo.path / name).stat().st_mode & 0o055 == (0o055 if kind else 0), name


def test_a_folder_that_cannot_be_written_to(team: Repo) -> None:
    """Where nothing can be written the error says so, and every hook that was there still runs."""
    shutil.rmtree(team.path / ".git/hooks")
    (team.path / ".git/hooks").write_text("no folder\n")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "cannot be changed" in ran.err
    assert "hint: ls -ld " in ran.err


def test_a_full_disk(team: Repo) -> None:
    """A file that does not fit is not left half-written, and the older hook stays in its place."""
    hook(team, "pre-commit")
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); from guard.__main__ import main; sys.exit(main())"
    )
    ran = team.run(sys.executable, "-I", "-c", script, *FILES, ok=(2,), env=UNMEASURED)
    assert "File too large" in ran.err
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert names == {"pre-commit", "guard-previous"}
    assert "mine" in stray(team).err
    assert team.guard("uninstall").code == 0
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)


@pytest.mark.parametrize("step", ["link", "open", "replace"])
def test_killed_half_way(team: Repo, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Wherever an installation ends, the older hook still runs, no commit is blocked, and the next installation completes it."""

    class KilledError(BaseException):
        """Stands for SIGKILL: no tidying up."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    hook(team, "pre-commit")
    places = read_places(open_repository(at(str(team.path))))
    with monkeypatch.context() as patch:
        patch.setattr(os, step, killed)
        patch.setattr(
            hookfiles, "suppress", killed
        )  # nor does it remove the file that it had begun
        with pytest.raises(KilledError):
            hookfiles.write_hook(places, "pre-commit", hookfiles.Wish("", "pass"))
    ran = team.run("git", "commit", "-q", "--allow-empty", "-m", "x")
    assert "mine" in ran.err
    assert team.guard(*FILES).code == 0
    assert is_guarded(team)
    names = {path.name for path in (team.path / ".git/hooks").iterdir() if path.suffix != ".sample"}
    assert {name for name in names if not name.startswith(f".guard-{os.getpid()}-")} == {
        *DEFAULT,
        "guard-previous",
    }


def test_what_a_dead_installation_left_is_swept_up(team: Repo) -> None:
    """A file that a killed installation had begun is removed by the next, one of a running installation is not."""
    dead = subprocess.Popen([sys.executable, "-I", "-c", ""], env={**os.environ, **UNMEASURED})
    dead.wait()
    for process in (dead.pid, os.getpid()):
        hook(team, f".guard-{process}-0011")
    assert team.guard(*FILES).code == 0
    assert [path.name for path in (team.path / ".git/hooks").glob(".guard-[0-9]*")] == [
        f".guard-{os.getpid()}-0011"
    ]


def test_two_installations_at_once(team: Repo) -> None:
    """Started side by side from two worktrees, both end well and leave one set of hooks."""
    linked = team.worktree("linked", "worktree-api", "main")
    hook(team, "pre-commit")
    running = [
        subprocess.Popen([*GUARD, *FILES], cwd=place.path, stdout=subprocess.DEVNULL)
        for place in (team, linked) * 3
    ]
    assert [process.wait() for process in running] == [0] * 6
    assert "mine" in stray(team).err
    assert is_guarded(linked)
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()


# which guard is started


@pytest.fixture
def places_guard(
    team: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Put a program called guard at a place, first on PATH, that says where it is."""

    def put(place: str) -> Path:
        path = (tmp_path / place).resolve() / "guard"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'#!/bin/sh\n# guard.__main__\necho "started {place}" >&2\nexec "{sys.executable}" -I -m guard "$@"\n'
        )
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
        return path

    return put


def test_a_guard_that_lasts_is_recorded(
    team: Repo, places_guard: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard on PATH is recorded where it lies outside of every worktree, and then started whatever PATH says."""
    path = places_guard("opt/a b'c")
    assert team.guard(*FILES).err == ""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "started opt/a b'c" in stray(team).err
    path.unlink()
    other = places_guard("elsewhere")
    assert "started elsewhere" in stray(team).err
    assert team.guard("doctor").out.count("program-gone") == 1
    assert team.guard("install").code == 0
    assert str(other) in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_guard_inside_a_worktree_is_not_recorded(
    team: Repo, places_guard: Callable[[str], Path]
) -> None:
    """A guard that would go with a worktree is not baked into the hooks that all worktrees share."""
    team.worktree("linked", "worktree-api", "main")
    found = find_program([str(team.path), str(team.path.parent / "linked")])
    assert found.path
    inside = places_guard("linked/.venv/bin")
    found = find_program([str(team.path), str(team.path.parent / "linked")])
    assert found.path != str(inside)
    script = "import sys; sys.executable = sys.argv.pop(1); from guard.__main__ import main; sys.exit(main())"
    ran = team.run(sys.executable, "-I", "-c", script, str(inside.parent / "python"), *FILES)
    assert (
        f"{inside} is not recorded: it lies in the worktree {team.path.parent / 'linked'}"
        in ran.err
    )
    assert "guard=\n" in (team.path / ".git/hooks/pre-commit").read_text()
    assert "started linked/.venv/bin" in stray(team).err


def test_a_recorded_guard_is_kept(team: Repo, places_guard: Callable[[str], Path]) -> None:
    """Typed with a guard that will not last, `install` keeps the one that it recorded before."""
    lasting = places_guard("opt")
    assert team.guard(*FILES).code == 0
    inside = places_guard("repo/.venv/bin")
    script = "import sys; sys.executable = sys.argv.pop(1); from guard.__main__ import main; sys.exit(main())"
    assert (
        "set up already"
        in team.run(sys.executable, "-I", "-c", script, str(inside.parent / "python"), *FILES).out
    )
    assert str(lasting) in (team.path / ".git/hooks/pre-commit").read_text()


@pytest.mark.parametrize("other", ["#!/usr/bin/env ruby\nrequire 'guard'\n", "\x7fELF"])
def test_another_program_of_the_name(
    team: Repo, places_guard: Callable[[str], Path], other: str
) -> None:
    """A program that is called guard and is another one is not recorded."""
    path = places_guard("ruby")
    path.write_text(other)
    assert team.guard(*FILES).code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_guard_that_lost_its_package(
    team: Repo, places_guard: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that an upgrade of Python has broken stops nothing while there is another, is told of, and is not recorded again."""
    path = places_guard("opt")
    assert team.guard(*FILES).code == 0
    places_guard("elsewhere")
    path.write_text(f"#!{sys.executable} -I\nfrom guard.__main__ import moved_to_another_python\n")
    assert "started elsewhere" in stray(team).err
    assert is_guarded(team)
    assert (
        f"{path} does not start any more, and the guard on PATH is started"
        in team.guard("doctor").out
    )
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
    assert team.guard("install").code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("doctor").code == 0


@pytest.mark.parametrize(
    "cache", ["home/.cache/uv/archive-v0/x/bin", "home/.cache/pre-commit/repo1/py_env-python3/bin"]
)
def test_a_guard_in_a_cache_is_not_recorded(
    team: Repo, places_guard: Callable[[str], Path], cache: str
) -> None:
    """An environment that another program made for a while is not baked in."""
    path = places_guard(cache)
    assert team.guard(*FILES).code == 0
    assert str(path) not in (team.path / ".git/hooks/pre-commit").read_text()


def test_no_guard_that_lasts(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no lasting guard is found at all, `install` says that hooks look on PATH."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    script = "import sys; sys.executable = '/nowhere/python'; sys.argv[0] = '-c'; from guard.__main__ import main; sys.exit(main())"
    ran = team.run(sys.executable, "-I", "-c", script, *FILES)
    assert "no guard was found that lasts" in ran.err
    assert "guard=\n" in (team.path / ".git/hooks/pre-commit").read_text()


def test_one_worktree_with_hooks_of_its_own(team: Repo) -> None:
    """If one worktree has a `core.hooksPath` of its own, the others are set up and that one is told of."""
    linked = team.worktree("linked", "worktree-api", "main")
    team.git("config", "extensions.worktreeConfig", "true")
    linked.git("config", "--worktree", "core.hooksPath", "/elsewhere")
    ran = team.guard(*FILES)
    assert ran.code == 1
    assert f"shadowed: {' '.join(DEFAULT)} in {linked.path}: " in ran.err
    assert is_guarded(team)
    team.run("sh", "-c", ran.err.partition("next: ")[2].splitlines()[0])
    assert team.guard("install").code == 0
    assert is_guarded(linked)


# where guard is gone


@pytest.mark.parametrize(
    "gone", ["no file", "no interpreter", "a folder", "no package", "another program"]
)
@pytest.mark.parametrize(("absent", "code"), [("pass", 0), ("block", 1)])
def test_guard_is_gone(
    team: Repo, monkeypatch: pytest.MonkeyPatch, gone: str, absent: str, code: int
) -> None:
    """Without guard one line says so, with a way out, and the policy decides; a hook that only tells says nothing."""
    team.git("switch", "-q", "main")
    team.commit({"guard.toml": f"[hooks]\nabsent = '{absent}'\n"})
    path = team.path.parent / "gone/guard"
    for name in HOOKS:
        hook(team, name, file_text(name, str(path), absent))
    programs = {
        "no interpreter": "#!/nowhere/python\n",
        "no package": f"#!{sys.executable} -I\nfrom guard_of_an_older_python import main\n",
        "another program": "#!/bin/sh\necho Could not find command hook >&2; exit 1\n",
    }
    if gone in programs:
        path.parent.mkdir()
        path.write_text(programs[gone])
        path.chmod(0o755)
    if gone == "a folder":
        path.mkdir(parents=True)
    monkeypatch.setenv(
        "PATH",
        f".:{':'.join(p for p in os.environ['PATH'].split(':') if not os.path.exists(f'{p}/guard'))}",
    )
    team.write({"guard": "#!/bin/sh\necho hijacked\n"})
    (team.path / "guard").chmod(0o755)
    for name, words, noun in (
        ("pre-commit", [], "this commit"),
        ("pre-push", ["o", "u"], "this push"),
        ("update", ["a", "b", "c"], "this push"),
    ):
        ran = team.run(f".git/hooks/{name}", *words, ok=(code,))
        lines = [line for line in ran.err.splitlines() if line.startswith("guard: ")]
        assert lines == [
            f"guard: the program guard is gone, so {noun} is not judged; install it again, or: rm .git/hooks/{name}"
            if absent == "pass"
            else f"guard: the program guard is gone, and {noun} is stopped, as guard.toml wants; install it again, or: rm .git/hooks/{name}"
        ]
        assert ran.out == ""
    for name, words in (
        ("post-checkout", ["0" * 40, "1" * 40, "1"]),
        ("post-rewrite", ["rebase"]),
        ("prepare-commit-msg", [".git/x"]),
    ):
        assert "the program guard" not in team.run(f".git/hooks/{name}", *words).err


def test_the_policy_is_written_into_the_hooks(team: Repo) -> None:
    """`[hooks] absent` on the base reaches the hooks with the next installation, and not from a branch."""
    team.write({"guard.toml": "[hooks]\nabsent = 'block'\n"}).git("add", "-A")
    team.git("commit", "-qm", "policy")
    assert team.guard(*FILES).code == 0
    assert "absent=pass" in (team.path / ".git/hooks/pre-commit").read_text()
    team.git("update-ref", "refs/heads/main", "api")
    assert "stale" in team.guard("doctor").out
    assert team.guard(*FILES).code == 0
    assert "absent=block" in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("doctor").code == 0


# templates


def test_as_a_template(team: Repo, tmp_path: Path) -> None:
    """The files of hooks/ in git's template guard every new clone of an adopted repository, and no other one is harmed."""
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    for name in DEFAULT:
        path = template / name
        path.write_text(file_text(name, "", "pass"))
        path.chmod(0o755)
    team.git("switch", "-q", "main")
    team.git(
        "clone", "-q", "--template", str(template.parent), str(team.path), str(tmp_path / "clone")
    )
    clone = Repo(tmp_path / "clone")
    env = {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    clone.branch("api").write({"docs/a.md": "x\n"}).git("add", "-A")
    assert "docs/a.md: OWN001" in clone.run("git", "commit", "-qm", "x", ok=(1,), env=env).err
    assert clone.guard("install").code == 0
    assert clone.guard("doctor").code == 0
    other = Repo.init(
        tmp_path / "other", "--template", str(template.parent), "--initial-branch=odd"
    )
    for number in range(2):
        other.write({"a": f"{number}\n"}).git("add", "-A")
        assert "not judged" in other.run("git", "commit", "-qm", "x", env=env).err
