"""Ways in which published tools lost work when they removed a worktree: guard loses none of it.

Each is set up in a session whose committed work the base has, so that nothing but the way itself
speaks against the removal. Real git makes them, and tells what is there afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from guard.core.errors import GuardError
from guard.git.plumbing import at
from guard.git.repository import Repository, open_repository
from guard.sessions.life import own_worktree, trash
from guard.sessions.life.finishing import finish, undo
from guard.sessions.life.outcomes import Outcome
from tests.kit import Repo, team

PLACE = ".claude/worktrees/web"
BRANCH = "worktree-web"


class Case(NamedTuple):
    """The main checkout, the session's worktree, and a folder outside of both."""

    main: Repo
    session: Repo
    outside: Path


@pytest.fixture
def case(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A copy of one repository, in which a session's work has been merged."""
    made = tmp_path_factory.getbasetemp() / "lost-elsewhere"
    if not made.exists():
        _built(made)
    top = tmp_path / "repo"
    shutil.copytree(made, top, symlinks=True)
    (top / PLACE / ".git").write_text(f"gitdir: {top}/.git/worktrees/web\n")
    (top / ".git/worktrees/web/gitdir").write_text(f"{top}/{PLACE}/.git\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/theirs.txt").write_text("theirs\n")
    for one in (Repo(top), Repo(top / PLACE)):
        one.git("update-index", "-q", "--refresh")
    return Case(Repo(top), Repo(top / PLACE), tmp_path / "outside")


def _built(path: Path) -> None:
    main = team(Repo.init(path))
    main.commit({".gitignore": "*.env\n*.log\n/.claude/\nnode_modules/\n"}, "ignore")
    main.git("worktree", "add", "-q", "-b", BRANCH, PLACE)
    Repo(path / PLACE).commit({"web/new.py": "new\n", "web/old.py": "old\n"}, "new")
    main.git("merge", "-q", "--no-ff", "--no-edit", BRANCH)


# --- the ways; the addresses are reports of such a loss ---


def _modified(one: Case) -> None:
    """A refused removal is tried again with force: github.com/flipbit03/forestui/issues/27."""
    one.session.write({"web/new.py": "mine\n"})


def _untracked(one: Case) -> None:
    """No question is asked: github.com/gitbutlerapp/gitbutler/issues/15201."""
    one.session.write({"web/mine.py": "mine\n", "deep/er/mine.py": "mine\n"})


def _not_shown(one: Case) -> None:
    """`git status` is believed, whatever it is set to show."""
    one.main.git("config", "status.showUntrackedFiles", "no")
    one.session.write({"web/mine.py": "mine\n"})


def _ignored(one: Case) -> None:
    """Secrets and notes are ignored, and gone: github.com/leanprover/lean4/pull/13299."""
    one.session.write({".env": "SECRET=1\n", "run.log": "long\n"})


def _excluded(one: Case) -> None:
    """Notes that `info/exclude` hides."""
    with (one.main.path / ".git/info/exclude").open("a") as file:
        file.write("notes.md\n")
    one.session.write({"notes.md": "mine\n"})


def _ignored_by_the_user(one: Case) -> None:
    """Notes that the user's own ignore file hides."""
    (one.outside / "ignore").write_text("*.txt\n")
    one.main.git("config", "core.excludesFile", str(one.outside / "ignore"))
    one.session.write({"notes.txt": "mine\n"})


def _staged_alone(one: Case) -> None:
    """What only the index has is no file."""
    one.session.write({"web/new.py": "mine\n"}).git("add", "web/new.py")
    one.session.write({"web/new.py": "new\n"})


def _to_be_added(one: Case) -> None:
    """A file that is only announced to the index."""
    one.session.write({"web/mine.py": "mine\n"}).git("add", "-N", "web/mine.py")


def _assumed_unchanged(one: Case) -> None:
    """git is told not to look."""
    one.session.git("update-index", "--assume-unchanged", "web/new.py")
    one.session.write({"web/new.py": "mine\n"})


def _skipped(one: Case) -> None:
    """git is told that there is no file: how local settings are kept out of commits."""
    one.session.git("update-index", "--skip-worktree", "web/new.py")
    one.session.write({"web/new.py": "mine\n"})


def _same_size_and_time(one: Case) -> None:
    """A file that looks unchanged to a git that trusts no more than size and time."""
    for key, value in (("core.trustctime", "false"), ("core.checkStat", "minimal")):
        one.main.git("config", key, value)
    file = one.session.path / "web/new.py"
    before = file.stat()
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns - 10**10))
    one.session.git("update-index", "-q", "--refresh")
    before = file.stat()
    file.write_text("own\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _watched(one: Case) -> None:
    """A file monitor that has missed the edit."""
    hook = one.outside / "monitor"
    hook.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    hook.chmod(0o755)
    one.session.git("update-index", "--fsmonitor", ok=(0, 128))
    one.main.git("config", "core.fsmonitor", str(hook))
    one.session.git("status", ok=())
    one.session.write({"web/new.py": "mine\n"})


def _executable(one: Case) -> None:
    """A mode is all that has changed."""
    (one.session.path / "web/new.py").chmod(0o755)


def _deleted(one: Case) -> None:
    """A half-deleted tree is committed as work: github.com/tomcounsell/ai/issues/3167."""
    (one.session.path / "web/old.py").unlink()


def _line_ends(one: Case) -> None:
    """A filter makes both the same to git; the bytes are not."""
    one.main.git("config", "core.autocrlf", "input")
    one.session.write({"web/new.py": "new\r\n"})


def _odd_names(one: Case) -> None:
    """A newline, a quote, a leading dash, and bytes that are not UTF-8."""
    one.session.write({"a\nb": "mine\n", "-rf": "mine\n", 'q"': "mine\n", "caf\udce9": "mine\n"})


def _unmerged(one: Case) -> None:
    """A branch goes before its pull request: github.com/kirodotdev/KiroCrew/issues/1554."""
    one.session.commit({"web/more.py": "more\n"}, "more")


def _more_after_a_squash(one: Case) -> None:
    """The request was merged, and work went on: StefanMaron/BusinessCentral.AL.Runner#4385."""
    one.session.commit({"web/two.py": "two\n"}, "two")
    one.main.git("merge", "-q", "--squash", BRANCH)
    one.main.git("commit", "-qm", "squashed")
    one.session.commit({"web/three.py": "three\n"}, "three")


def _another_branch(one: Case) -> None:
    """What is checked out by then is deleted as well: netease-lcap/wave-agent#2169."""
    one.session.git("switch", "-q", "-c", "mine")
    one.session.commit({"web/mine.py": "mine\n"}, "mine")


def _detached(one: Case) -> None:
    """Commits that no branch has."""
    one.session.git("switch", "-q", "--detach")
    one.session.guard("start", "--here", "web")
    one.session.commit({"web/mine.py": "mine\n"}, "mine")


def _tagged_for_the_worktree(one: Case) -> None:
    """A ref that belongs to the worktree, and goes with it (git-worktree(1), "REFS")."""
    commit = one.session.git("commit-tree", "-m", "kept", "HEAD^{tree}")
    one.session.git("update-ref", "refs/worktree/kept", commit)


def _without_history(one: Case) -> None:
    """A branch that has nothing in common with the base."""
    commit = one.session.git("commit-tree", "-m", "anew", "HEAD^{tree}")
    one.session.git("reset", "-q", "--hard", commit)


def _unborn(one: Case) -> None:
    """A branch before its first commit, with everything staged."""
    one.session.git("switch", "-q", "--orphan", "worktree-web-2")
    one.session.guard("start", "--here", "web")
    one.session.write({"web/mine.py": "mine\n"}).git("add", "-A")


def _stashed(one: Case) -> None:
    """The stash is one for all, and outlives nobody's branch: ten reports."""
    one.session.write({"web/new.py": "mine\n"}).git("stash", "push", "-q")
    one.session.write({"web/new.py": "two\n"}).git("stash", "push", "-q", "-m", "second")


def _nested(one: Case) -> None:
    """A repository in the worktree, which `git clean` and `rm -rf` take along."""
    Repo.init(one.session.path / "inner").commit({"mine.py": "mine\n"})


def _nested_in_an_ignored_folder(one: Case) -> None:
    """A clone that somebody works on in node_modules."""
    Repo.init(one.session.path / "node_modules/lib").commit({"mine.py": "mine\n"})


def _nested_worktree(one: Case) -> None:
    """A worktree of a subagent inside the session's."""
    one.session.git("worktree", "add", "-q", "-b", "inner", str(one.session.path / "inner"))
    Repo(one.session.path / "inner").write({"mine.py": "mine\n"})


def _submodule(one: Case, *, commits: bool) -> None:
    library = Repo.init(one.outside / "library")
    library.commit({"a.py": "a\n"})
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    one.session.git(*words, str(library.path), "lib")
    one.session.git("commit", "-qm", "library")
    one.main.git("merge", "-q", "--no-edit", BRANCH)
    inner = Repo(one.session.path / "lib").write({"a.py": "mine\n"})
    if commits:
        inner.commit({}, "mine")
        one.session.git("config", "-f", ".gitmodules", "submodule.lib.ignore", "all")


def _work_in_a_submodule(one: Case) -> None:
    """An edit moves no head of a submodule: github.com/gsd-build/gsd-2/issues/4856."""
    _submodule(one, commits=False)


def _commits_in_a_submodule(one: Case) -> None:
    """Commits that only the submodule's clone has, and `ignore = all`."""
    _submodule(one, commits=True)


def _link_out(one: Case) -> None:
    """A link is followed, and what it leads to deleted: github.com/openai/codex/issues/34702."""
    (one.session.path / "node_modules").symlink_to(one.outside)
    (one.session.path / "web/theirs.log").symlink_to(one.outside / "theirs.txt")


def _link_for_the_worktree(one: Case) -> None:
    """The folder is a link to another place: purplefish-ai/factory-factory#1730."""
    moved = one.session.path.rename(one.outside / "moved")
    one.session.path.symlink_to(moved)
    one.session.write({"web/mine.py": "mine\n"})


def _clone_in_its_place(one: Case) -> None:
    """The registered folder is somebody's clone by now (worktrunk, 0.73)."""
    one.session.path.rename(one.outside / "moved")
    one.main.git("clone", "-q", str(one.main.path), str(one.session.path))
    one.session.write({"web/mine.py": "mine\n"}).commit({}, "mine")


def _another_worktree_in_its_place(one: Case) -> None:
    """A live worktree is at another's registered path (worktrunk, 0.73)."""
    one.main.git("worktree", "add", "-q", "-b", "other", str(one.outside / "other"))
    one.session.path.rename(one.outside / "moved")
    (one.outside / "other").rename(one.session.path)
    one.session.write({"docs/mine.md": "mine\n"})


def _locked(one: Case) -> None:
    """Parts go before git's lock is asked: github.com/vanillagreencom/kendex/issues/800."""
    one.session.write({"run.log": "long\n"})
    one.main.git("worktree", "lock", str(one.session.path))


def _away(one: Case) -> None:
    """The volume is not mounted, which is no reason to forget it (git-worktree(1), "prune")."""
    one.session.write({"web/mine.py": "mine\n"})
    one.session.path.rename(one.outside / "unmounted")


def _away_and_locked(one: Case) -> None:
    """Missing and locked at once (worktrunk, 0.74)."""
    one.main.git("worktree", "lock", str(one.session.path))
    _away(one)


def _conflict(one: Case, *words: str) -> None:
    one.session.git("branch", "other")
    one.session.commit({"web/new.py": "one\n"}, "one")
    one.main.git("merge", "-q", "--no-edit", BRANCH)
    one.session.git("switch", "-q", "other")
    one.session.commit({"web/new.py": "two\n"}, "two")
    one.session.git("switch", "-q", BRANCH)
    one.session.write({"web/old.py": "mine\n"})
    one.session.git(*words, ok=(0, 1, 128))


def _merging(one: Case) -> None:
    """Half a resolution of conflicts."""
    _conflict(one, "merge", "-q", "other")


def _rebasing(one: Case) -> None:
    """HEAD is detached, and the edits are in a stash that only the rebase knows."""
    _conflict(one, "rebase", "-q", "--autostash", "other")


def _picking(one: Case) -> None:
    """A cherry-pick that waits."""
    _conflict(one, "cherry-pick", "other")


def _bisecting(one: Case) -> None:
    """The search for a bad commit."""
    one.session.git("bisect", "start", "HEAD", "HEAD~1", ok=(0, 1))


def _sparse(one: Case) -> None:
    """A file where the sparse checkout has none."""
    one.session.git("sparse-checkout", "set", "--no-cone", "/docs/")
    one.session.write({"web/new.py": "mine\n", "web/mine.py": "mine\n"})


def _two_worktrees(one: Case) -> None:
    """One is done, the other is not."""
    one.main.git("worktree", "add", "-q", "-b", "web/more", str(one.outside / "more"))
    Repo(one.outside / "more").write({"web/mine.py": "mine\n"})


def _built_things(one: Case) -> None:
    """What a tool makes anew goes, and comes back all the same: an hour's build is work, too."""
    one.session.write({"node_modules/a/x.js": "x\n", "target/app.o": "o\n"})
    one.session.write({"cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n"})


def _own_settings(one: Case) -> None:
    """Settings and hooks of this worktree alone (git-worktree(1), "CONFIGURATION FILE")."""
    one.main.git("config", "extensions.worktreeConfig", "true")
    one.session.git("config", "--worktree", "my.setting", "mine")
    one.main.git("config", f"branch.{BRANCH}.merge", "refs/pull/7/head")


def _not_begun(one: Case) -> None:
    """A fresh branch is merged by any measure: thomhurst/ModularPipelines#4642."""
    one.session.git("reset", "-q", "--hard", "main")
    one.session.write({"run.log": "long\n"})


def _a_branch_alone(one: Case) -> None:
    """Squashed commits that are only on the branch, whose worktree is gone already."""
    one.session.commit({"web/two.py": "two\n"}, "two")
    one.main.git("merge", "-q", "--squash", BRANCH)
    one.main.git("commit", "-qm", "squashed")
    one.main.git("worktree", "remove", str(one.session.path))


WAYS = [
    value
    for name, value in list(globals().items())
    if name.startswith("_") and callable(value) and list(value.__annotations__) == ["one", "return"]
]
assert len(WAYS) >= 40


# --- what is there, and what becomes of it ---


def _contents(top: Path) -> dict[bytes, tuple[int, bytes]]:
    """Everything below a folder, links as links; git's own file of the worktree left out."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for folder, folders, files in os.walk(os.fsencode(top)):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            key = os.path.relpath(path, os.fsencode(top))
            if os.path.islink(path):
                found[key] = (0, os.readlink(path))
            elif os.path.isfile(path) and key != b".git":
                with open(path, "rb") as file:
                    found[key] = (os.stat(path).st_mode & 0o111, file.read())
    return found


class _Treasure(NamedTuple):
    """All that could be lost: files, the outside, commits of all worktrees, the stash, settings."""

    files: dict[bytes, tuple[int, bytes]]
    outside: dict[bytes, tuple[int, bytes]]
    commits: frozenset[str]
    stash: str
    settings: str


def _found(one: Case) -> _Treasure:
    return _Treasure(
        _contents(one.session.path),
        _contents(one.outside),
        frozenset(one.main.git("rev-list", "--all", "--").split("\n")),
        one.main.git("stash", "list", "--format=%H"),
        one.main.git("config", "--get-regexp", r"^branch\.", ok=(0, 1)),
    )


def _all(repository: Repository) -> list[Outcome]:
    return list(finish(repository, []).outcomes)


def _named(repository: Repository) -> list[Outcome]:
    return list(finish(repository, ["web"]).outcomes)


def _archived(repository: Repository) -> list[Outcome]:
    return list(finish(repository, ["web"], archive=True).outcomes)


def _abandoned(repository: Repository) -> list[Outcome]:
    return list(finish(repository, ["web"], abandon=True).outcomes)


DEEDS: list[Callable[[Repository], list[Outcome]]] = [_all, _named, _archived, _abandoned]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_nothing_is_lost(case: Case, way: Callable[[Case], None]) -> None:
    """Whoever removes it, by whatever option: it is there as it was, or `--undo` brings it back."""
    way(case)
    before = _found(case)
    own_worktree.remove(str(case.session.path))
    _require(case, before)
    for deed in DEEDS:
        outcomes: list[Outcome] = []
        with suppress(GuardError):
            outcomes = deed(open_repository(at(str(case.main.path))))
        for one in outcomes:
            assert not one.is_kept or one.steps, one
            if one.archive:
                _require_archive(case, one.archive, before)
        _require(case, before)


def _require(case: Case, before: _Treasure) -> None:
    """All of it is there, after what was removed has come back; refs keep the commits meanwhile."""
    reached = frozenset(case.main.git("rev-list", "--all", "--").split("\n"))
    assert before.commits <= reached, "commits are on no ref"
    repository = open_repository(at(str(case.main.path)))
    while any(entry.name == "web" for entry in trash.entries(repository)):
        undo(repository, "web")
    after = _found(case)
    assert after.files == before.files
    assert after.outside == before.outside
    assert after.stash == before.stash
    assert after.settings == before.settings
    assert before.commits <= after.commits


def _require_archive(case: Case, ref: str, before: _Treasure) -> None:
    """An archive has each file that a tool does not make anew, or the base has it."""
    kept = {
        line.split()[2]
        for commit in case.main.git("rev-list", ref).split("\n")
        for line in case.main.git("ls-tree", "-r", commit).split("\n")
    }
    for path, (_, content) in before.files.items():
        if b"node_modules" in path or b"target/" in path or b"cache/" in path:
            continue
        oid = case.main.git("hash-object", "--no-filters", "--stdin", stdin=content)
        crlf = case.main.git("hash-object", "--stdin", stdin=content.replace(b"\r\n", b"\n"))
        assert {oid, crlf} & kept, path


@contextmanager
def _at_work(where: Path) -> Iterator[None]:
    with subprocess.Popen(["sleep", "60"], cwd=where) as process:
        try:
            yield
        finally:
            process.kill()


def test_a_process_keeps_it(case: Case) -> None:
    """It was removed under a running agent: github.com/rjwalters/loom/issues/4449."""
    before = _found(case)
    with _at_work(case.session.path):
        assert not own_worktree.remove(str(case.session.path))[0]
        for deed in DEEDS:
            outcomes = deed(open_repository(at(str(case.main.path))))
            assert [one.outcome for one in outcomes] == ["kept-busy"]
    _require(case, before)
