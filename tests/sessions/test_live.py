"""Live notes: a commit hears of uncommitted work beside it, and of nothing that is not so."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kit import POLICY, Repo, session
from tests.sessions.made import TEXT, edited

FILE = "src/a.txt"


class Two(NamedTuple):
    """The main worktree with the base, and the worktrees of two sessions with guard's hooks."""

    main: Repo
    api: Repo
    web: Repo


@pytest.fixture
def two(repo: Repo) -> Two:
    """Two sessions that own the same folder, each in a worktree of its own."""
    return made(repo)


def made(repo: Repo, policy: str = POLICY) -> Two:
    """Make the two sessions and install the hooks."""
    repo.commit({FILE: TEXT, "src/b.txt": TEXT, "guard.toml": policy})
    repo.contract("api", owns=["src/"]).contract("web", owns=["src/"])
    assert repo.guard("install", "--as", "files").code == 0
    return Two(repo, repo.worktree("api"), repo.worktree("web"))


def noted(where: Repo, content: bytes, path: str = FILE) -> None:
    """Leave uncommitted work that a hook has seen: it is staged, and guard was asked."""
    where.write({path: content})
    where.git("add", "-A")
    assert where.guard("hook", "pre-commit").code in (0, 1)


def said(where: Repo, content: bytes | None = None, path: str = FILE) -> str:
    """Commit a change, and give what guard says about siblings."""
    where.write({path: edited(30, by=b"mine ") if content is None else content})
    where.git("add", "-A")
    ran = where.run("git", "commit", "-q", "-m", "work", ok=(0, 1))
    found = re.findall(r"^\w+: \S+: (OVL\d{3}) \S+: (.*)$", ran.err, re.MULTILINE)
    return "; ".join(f"{code} {message}" for code, message in found)


def note_of(where: Repo) -> Path:
    """Give the file of a worktree's note."""
    return Path(where.git("rev-parse", "--absolute-git-dir")) / "guard/live"


# --- what is said ---


def test_another_line_is_the_same_file(two: Two) -> None:
    """A commit hears who changes the file, where, and what to type; it is made all the same."""
    noted(two.web, edited(3))
    two.api.write({FILE: edited(30)})
    ran = two.api.run("git", "commit", "-qam", "work")
    where = two.web.path
    assert (
        f"warning: {FILE}: OVL001 same-file: session web is changing this file in {where}, "
        "not committed yet\n  next: guard conflicts --diff" in ran.err
    )
    assert two.api.git("log", "-1", "--format=%s") == "work"


def test_the_same_line_is_named_with_its_numbers(two: Two) -> None:
    """Lines are numbered as they are in each one's own file."""
    noted(two.web, b"new\n" + edited(10))
    lines = "line 12 there, line 11 here"
    assert said(two.api, edited(10, by=b"?")) == (
        f"OVL002 session web is changing the same lines in {two.web.path}, not committed yet: "
        f"{lines}"
    )


def test_what_counts_is_on_the_disk_now(two: Two) -> None:
    """A file that changed again since the note is compared as it is now."""
    noted(two.web, edited(30))
    two.web.write({FILE: edited(3)})
    assert said(two.api).startswith("OVL001 ")
    two.web.write({FILE: edited(20)})
    assert said(two.api, edited(20, 30, by=b"mine ")).startswith("OVL001 ")  # started elsewhere


def test_both_add_a_file(two: Two) -> None:
    """A name that both take is a conflict, unless the content is the same."""
    noted(two.web, b"theirs\n", "src/new.txt")
    assert said(two.api, b"theirs\n", "src/new.txt").startswith("OVL001 session web is adding this")
    two.web.write({"src/new.txt": b"more\n"})
    two.api.git("reset", "-q", "--soft", "HEAD~1")
    assert said(two.api, b"mine\n", "src/new.txt").startswith("OVL002 session web is adding")


def test_a_deleted_file(two: Two) -> None:
    """A sibling's deletion is uncommitted work as any other."""
    os.unlink(two.web.path / FILE)
    two.web.git("add", "-A")
    assert two.web.guard("hook", "pre-commit").code == 0
    assert said(two.api).startswith("OVL001 session web has deleted this file")


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("note", 0), ("off", 0)])
def test_the_policy_says_how_bad_it_is(repo: Repo, level: str, code: int) -> None:
    """A policy can let the commit stop, or nobody hear of it."""
    two = made(repo, POLICY + f"[rules]\nsame-file = '{level}'\n")
    noted(two.web, edited(3))
    two.api.write({FILE: edited(30)})
    ran = two.api.run("git", "commit", "-qam", "work", ok=(code,))
    assert ("OVL001" in ran.err) == (level != "off")
    assert ran.err.startswith(f"guard: contract api {'broken' if code else 'kept'}") or code == 0


def test_without_the_rule_about_lines_the_file_is_named(repo: Repo) -> None:
    """Turning OVL002 off does not hide that the file is shared."""
    two = made(repo, POLICY + "[rules]\nsame-hunk = 'off'\n")
    noted(two.web, edited(30))
    assert said(two.api).startswith("OVL001 ")


def test_a_commit_that_was_stopped_is_known(two: Two) -> None:
    """What a hook stops stays uncommitted, and siblings hear of it."""
    two.web.write({FILE: edited(3), "docs/a.md": "outside\n"})
    two.web.run("git", "commit", "-qam", "work", ok=(1,))
    assert said(two.api).startswith("OVL001 ")


def test_the_base_is_a_sibling_too(two: Two) -> None:
    """Work in the main worktree is named by its branch, and it hears of the others'."""
    noted(two.main, edited(3))
    assert said(two.api).startswith("OVL001 branch main is changing this file")
    noted(two.web, edited(5), "src/b.txt")
    assert said(two.main, edited(7), "src/b.txt").startswith("OVL001 session web ")


def test_a_worktree_on_a_detached_head(two: Two) -> None:
    """Where there is no branch, the folder says whose work it is."""
    two.web.git("switch", "-q", "--detach")
    noted(two.web, edited(3))
    assert said(two.api).startswith(
        f"OVL001 another worktree is changing this file in {two.web.path}"
    )


def test_two_worktrees_of_one_session(two: Two) -> None:
    """Under one contract the branch tells the two apart."""
    other = two.main.worktree("feat-web", "feat/web")
    noted(other, edited(3))
    assert said(two.web).startswith("OVL001 branch feat/web is changing this file")


# --- what is not said ---


def committed(two: Two) -> None:
    """The sibling commits."""
    two.web.git("commit", "-q", "-m", "work")


def restored(two: Two) -> None:
    """The sibling takes its change back."""
    two.web.git("restore", "-SW", FILE)


def stashed(two: Two) -> None:
    """The sibling puts its change away."""
    two.web.git("stash", "-q")


def removed(two: Two) -> None:
    """The worktree is removed, and its note with it."""
    note = note_of(two.web)
    two.main.git("worktree", "remove", "--force", str(two.web.path))
    assert not note.exists()


def gone(two: Two) -> None:
    """The folder was deleted by hand; git still knows the worktree."""
    shutil.rmtree(two.web.path)


def emptied(two: Two) -> None:
    """The folder is there without its `.git`, as after a mistake."""
    os.unlink(two.web.path / ".git")


def away(two: Two) -> None:
    """The folder is on a disk that is not there now: the note stays."""
    two.main.git("worktree", "lock", str(two.web.path))
    os.rename(two.web.path, two.web.path.parent / "elsewhere")


def from_the_base(two: Two) -> None:
    """The sibling's file is as the base has it."""
    committed(two)
    two.web.git("restore", "--source=main", "-SW", FILE)


def rewritten(two: Two) -> None:
    """The same bytes were written again, with another time."""
    restored(two)
    two.web.write({FILE: TEXT})


def with_other_ends(two: Two) -> None:
    """Only the ends of lines differ, and git stores them all alike."""
    restored(two)
    two.web.git("config", "core.autocrlf", "true")
    two.web.write({FILE: TEXT.replace(b"\n", b"\r\n")})


def through_a_filter(two: Two) -> None:
    """A filter makes of the file what the branch has; guard does not run it."""
    restored(two)
    two.main.git("config", "filter.x.clean", "false")
    (two.main.path / ".git/info").mkdir(exist_ok=True)
    (two.main.path / ".git/info/attributes").write_text("*.txt filter=x\n")
    two.web.write({FILE: edited(3)})


def not_checked_out(two: Two) -> None:
    """A sparse checkout leaves the file out, which is no deletion."""
    restored(two)
    two.web.git("update-index", "--skip-worktree", FILE)
    os.unlink(two.web.path / FILE)


@pytest.mark.parametrize(
    "step",
    [
        committed, restored, stashed, removed, gone, emptied, away, from_the_base, rewritten,
        with_other_ends, through_a_filter, not_checked_out,
    ],
)  # fmt: skip
def test_a_note_that_is_out_of_date_says_nothing(two: Two, step: Callable[[Two], None]) -> None:
    """Where the sibling has no uncommitted change by now, nothing is said."""
    noted(two.web, edited(3))
    step(two)
    assert said(two.api) == ""


def test_a_note_outlasts_the_disk(two: Two) -> None:
    """What is on a disk that is away for a while is said again when it is back."""
    noted(two.web, edited(3))
    away(two)
    assert said(two.api) == ""
    two.main.guard("hook", "pre-commit")
    os.rename(two.web.path.parent / "elsewhere", two.web.path)
    assert said(two.api, edited(31, by=b"again ")).startswith("OVL001 ")


def test_what_git_ignores_is_not_said(two: Two) -> None:
    """A file that one of the two ignores will not be merged."""
    noted(two.web, b"local\n", "src/.env")
    two.web.git("rm", "-q", "--cached", "src/.env")
    (two.main.path / ".git/info").mkdir(exist_ok=True)
    (two.main.path / ".git/info/exclude").write_text(".env\n")
    two.api.write({"src/.env": b"mine\n"})
    two.api.git("add", "-f", "src/.env")
    assert "OVL" not in two.api.run("git", "commit", "-qm", "work").err


def test_alone_there_is_no_note(repo: Repo) -> None:
    """A repository with one worktree keeps none."""
    session(repo)
    repo.write({"src/a.py": "x\n"})
    repo.git("add", "-A")
    assert repo.guard("hook", "pre-commit").code == 0
    assert not (repo.path / ".git/guard/live").exists()


# --- hostile notes, and notes that cannot be written ---


def as_link(note: Path) -> None:
    """The note is a link to a file that names the path."""
    target = note.parent / "target"
    target.write_bytes(note.read_bytes())
    note.unlink()
    note.symlink_to(target)


def as_folder(note: Path) -> None:
    """The note is a folder."""
    note.unlink()
    note.mkdir()


def as_pipe(note: Path) -> None:
    """The note is a pipe that nobody writes to."""
    note.unlink()
    os.mkfifo(note)


def as_noise(note: Path) -> None:
    """The note is large and means nothing."""
    note.write_bytes(random.Random(1).randbytes(1 << 22))


def as_json(note: Path) -> None:
    """The note is what somebody else thinks it is."""
    note.write_text('{"path": "../../../etc/passwd"}\n')


@pytest.mark.parametrize("hostile", [as_link, as_folder, as_pipe, as_noise, as_json])
def test_a_hostile_note_is_passed_over(two: Two, hostile: Callable[[Path], None]) -> None:
    """Whatever a note is, the commit is made, in silence, and its own worktree's too."""
    noted(two.web, edited(3))
    hostile(note_of(two.web))
    assert said(two.api) == ""
    two.web.git("commit", "-q", "-m", "work")


def test_a_note_may_claim_anything(two: Two) -> None:
    """A note that names a file which was not changed is no ground for a claim."""
    note = note_of(two.web)
    note.parent.mkdir()
    note.write_bytes(b"\0src/a.txt\0\0src/b.txt\0\0../x\0\0/etc/passwd\0")
    assert said(two.api) == ""


def test_a_link_out_of_the_worktree_is_not_followed(two: Two) -> None:
    """A folder that is a link leads to somebody else's files, which are not read."""
    noted(two.web, edited(3))
    shutil.rmtree(two.web.path / "src")
    other = two.web.path.parent / "other"
    other.mkdir()
    (other / "a.txt").write_bytes(edited(3))
    (two.web.path / "src").symlink_to(other)
    assert said(two.api) == ""


def test_a_worktree_that_points_elsewhere(two: Two) -> None:
    """A record that names another worktree's folder does not speak for it."""
    noted(two.web, edited(3))
    other = two.main.worktree("other")
    link = Path(other.git("rev-parse", "--absolute-git-dir"))
    note = note_of(two.web)
    shutil.copytree(note.parent, link / "guard")
    (link / "gitdir").write_text(f"{two.web.path}/.git\n")
    assert said(two.api).count("OVL001") == 1


@pytest.mark.parametrize("how", ["file in the way", "read-only"])
def test_a_note_that_cannot_be_written(two: Two, how: str) -> None:
    """The commit is made all the same."""
    folder = note_of(two.api).parent
    if how == "read-only":
        folder.mkdir()
        folder.chmod(0o500)
    else:
        folder.write_text("")
    assert said(two.api) == ""
    assert two.api.git("log", "-1", "--format=%s") == "work"
    if folder.is_dir():
        folder.chmod(0o700)


def test_a_note_stays_small(two: Two) -> None:
    """Ten thousand files leave a note that is read in one piece."""
    two.web.write({f"src/{'n' * 60}{number}": b"x\n" for number in range(2_000)})
    noted(two.web, edited(3))
    assert 0 < note_of(two.web).stat().st_size <= 1 << 16
    noted(two.web, edited(5), "src/z-last")
    assert note_of(two.web).stat().st_size <= 1 << 16


def test_hostile_names_arrive_as_they_are(two: Two) -> None:
    """A name with a newline, an escape or a byte that is no UTF-8 is compared and made safe."""
    name = b"src/\n\x1b[31m\xff".decode("utf-8", "surrogateescape")
    noted(two.web, b"theirs\n", name)
    two.api.write({name: b"mine\n"})
    two.api.git("add", "-A")
    ran = two.api.run("git", "commit", "-qm", "work")
    assert "warning: src/\\n\\e[31m\\xff: OVL002 " in ran.err


# --- the same lines are those at which git stops ---


@pytest.mark.parametrize("seed", range(12))
def test_lines_agree_with_git(two: Two, seed: int) -> None:
    """OVL002 is said exactly where `git merge-file` finds a conflict."""
    dice = random.Random(seed)
    ours, theirs = (edited(*dice.sample(range(40), 4), by=by) for by in (b"ours ", b"theirs "))
    noted(two.web, theirs)
    files = {"ours": ours, "base": TEXT, "theirs": theirs}
    two.main.write({f"docs/{name}": text for name, text in files.items()})
    words = ("git", "merge-file", "-p", *(f"docs/{name}" for name in files))
    conflicts = two.main.run(*words, ok=tuple(range(128))).code
    assert said(two.api, ours).startswith("OVL002" if conflicts else "OVL001")
