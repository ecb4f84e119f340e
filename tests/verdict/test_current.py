"""HND004 and RUN003 on real histories: what leaves a handoff and its receipts current."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit import BASE, Repo, grown

FILE = ".guard/handoffs/web.md"
LINES = "".join(f"line {number}\n" for number in range(40))
VERIFY = "test -f src/a.py"
STALE = ["HND004", "RUN003"]
BY_HAND = """\
# Handoff: web

**Files changed:** `src/a.py`
**Behavior changed:** Three is a word now.
**Commands run:** `test -f src/a.py` passed
**Known risks:** None: nobody counts them.
**Follow-up work:** None: complete.
"""


@pytest.fixture
def base(empty: Repo) -> Repo:
    """A branch under a contract that requires one command, and a change of one file on it."""
    return grown(empty, _base)


def _base(empty: Repo) -> None:
    names = ("src/a.py", "src/b.py", "docs/a.md", "src/old.py")
    empty.commit({"guard.toml": BASE, **dict.fromkeys(names, LINES)})
    empty.contract("web", owns=["/src/"], verify=[VERIFY]).branch("web")
    empty.commit({"src/a.py": LINES.replace("line 3\n", "three\n")}, "three is a word")


@pytest.fixture
def handed(base: Repo) -> Repo:
    """The same, with the command proved and the handoff written and committed."""
    return hand_over(base)


def hand_over(repo: Repo) -> Repo:
    """Run the command, write the handoff and commit it."""
    assert repo.guard("run", "--", *VERIFY.split()).code == 0
    ran = repo.guard(
        "handoff",
        "write",
        *("--behavior", "Three is a word now."),
        *("--risks", "None: nobody counts them."),
        *("--follow-up", "None: complete."),
        "--commit",
    )
    assert ran.code == 0, ran
    return repo


def found(repo: Repo, *words: str) -> list[str]:
    """The codes that `guard check --branch` finds about the end of the session."""
    codes = repo.check("--branch", *words).codes
    return [code for codes in codes.values() for code in codes if code[:3] in ("HND", "RUN")]


def on_main(repo: Repo, files: dict[str, str | bytes]) -> None:
    """Commit to main and come back."""
    repo.git("switch", "-q", "main")
    repo.commit(files, "main goes on")
    repo.git("switch", "-q", "-")


def merge(repo: Repo) -> None:
    """What the button "Update branch" does."""
    repo.git("merge", "-q", "--no-edit", "main")


def rebase(repo: Repo) -> None:
    """Put the branch on the tip of main."""
    repo.git("rebase", "-q", "main")


def squash(repo: Repo) -> None:
    """Put the whole branch on the tip of main as one commit."""
    repo.git("switch", "-q", "--detach", "main")
    repo.git("merge", "-q", "--squash", "web")
    repo.git("commit", "-q", "-m", "squashed")
    repo.git("switch", "-q", "-C", "web")


def replayed(repo: Repo) -> None:
    """Make the branch anew from cherry-picks."""
    commits = repo.git("rev-list", "--reverse", "main..web").split()
    repo.git("switch", "-q", "--detach", "main")
    repo.git("cherry-pick", *commits)
    repo.git("switch", "-q", "-C", "web")


MOVES = [merge, rebase, squash, replayed]


@pytest.mark.parametrize("move", MOVES)
def test_a_base_that_changed_other_files(handed: Repo, move: Callable[[Repo], None]) -> None:
    """Whatever brings main's work, handoff and receipts of the session's own change stay so."""
    assert found(handed) == []
    on_main(handed, {"docs/a.md": "other\n", "src/new.py": "n\n"})
    move(handed)
    assert found(handed) == []
    shown = handed.guard("handoff", "show").out
    assert "It is about exactly this change" in shown
    assert re.search(r"verified, exit status 0 .* on the tree [0-9a-f]{12}, before the base", shown)
    why = {one["rule"]: one["why"] for one in handed.check("--branch").report["not_checked"]}
    assert why["RUN003"].startswith(f"in part: verified before main moved, {VERIFY} on the tree ")
    assert handed.guard("run", "--", *VERIFY.split()).code == 0
    assert "RUN003" not in str(handed.check("--branch").report["not_checked"])


@pytest.mark.parametrize("move", MOVES)
def test_a_base_that_changed_the_same_file(handed: Repo, move: Callable[[Repo], None]) -> None:
    """Where the contents are no longer those that were described, both are stale."""
    on_main(handed, {"src/a.py": LINES.replace("line 30\n", "thirty\n")})
    assert found(handed) == []
    move(handed)
    assert found(handed) == STALE


def test_a_base_that_got_the_same_change(handed: Repo) -> None:
    """What the base has by itself is no longer the session's: before a merge nothing is stale."""
    on_main(handed, {"src/a.py": LINES.replace("line 3\n", "three\n"), "docs/a.md": "x\n"})
    assert found(handed) == []


def test_a_fix_taken_from_the_base(handed: Repo) -> None:
    """A path that the base has just so is in no handoff, before and after the merge of the base."""
    handed.git("switch", "-q", "main")
    fix = handed.commit({"src/b.py": LINES + "fix\n"}, "fix")
    handed.git("switch", "-q", "web")
    handed.git("cherry-pick", fix)
    assert found(handed) == []
    hand_over(handed)
    on_main(handed, {"docs/a.md": "y\n"})
    merge(handed)
    assert found(handed) == []


# what must not pass


def edit(repo: Repo) -> None:
    """One more commit."""
    repo.commit({"src/a.py": LINES.replace("line 3\n", "3\n")}, "one more")


def hidden_by_a_merge(repo: Repo) -> None:
    """An edit, and main's work on top of it."""
    edit(repo)
    on_main(repo, {"docs/a.md": "other\n"})
    merge(repo)


def evil_merge(repo: Repo) -> None:
    """An edit of the session's file within the merge commit."""
    on_main(repo, {"docs/a.md": "other\n"})
    repo.git("merge", "-q", "--no-commit", "--no-ff", "main")
    repo.commit({"src/a.py": LINES + "evil\n"}, "merge")


def added_by_a_resolution(repo: Repo) -> None:
    """A file that only the merge commit brings."""
    on_main(repo, {"docs/a.md": "other\n"})
    repo.git("merge", "-q", "--no-commit", "--no-ff", "main")
    repo.commit({"src/extra.py": "x\n"}, "merge")


def amended(repo: Repo) -> None:
    """An edit within the commit of the handoff."""
    repo.commit({"src/b.py": "x\n"}, "handoff", "--amend")


def mode_only(repo: Repo) -> None:
    """The same content, executable."""
    (repo.path / "src/a.py").chmod(0o755)
    repo.commit(message="executable")


def renamed(repo: Repo) -> None:
    """The same content elsewhere."""
    repo.git("mv", "src/a.py", "src/c.py")
    repo.commit(message="moved")


def submodule(repo: Repo) -> None:
    """A submodule that nobody described."""
    head = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},src/module")
    repo.git("commit", "-q", "-m", "module")


def linked(repo: Repo) -> None:
    """The same bytes, as a symbolic link."""
    content = (repo.path / "src/a.py").read_bytes()
    blob = repo.git("hash-object", "-w", "--stdin", stdin=content)
    repo.git("update-index", "--cacheinfo", f"120000,{blob},src/a.py")
    repo.git("commit", "-q", "-m", "link")


ATTACKS = [
    edit,
    hidden_by_a_merge,
    evil_merge,
    added_by_a_resolution,
    amended,
    mode_only,
    renamed,
    submodule,
    linked,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_another_change_than_was_described(handed: Repo, attack: Callable[[Repo], None]) -> None:
    """Every byte, mode and path of the session's change counts, however it came in."""
    attack(handed)
    assert set(STALE) <= set(found(handed))


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one is not amended])
def test_another_change_than_a_handwritten_one_describes(
    base: Repo, attack: Callable[[Repo], None]
) -> None:
    """Without guard's comment it is the change at the last commit that touched the handoff."""
    assert base.guard("run", "--", *VERIFY.split()).code == 0
    base.commit({FILE: BY_HAND}, "handoff")
    assert found(base) == []
    attack(base)
    assert set(STALE) <= set(found(base))


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("mark", ["", "tree"])
def test_older_and_handwritten_handoffs(
    base: Repo, move: Callable[[Repo], None], mark: str
) -> None:
    """They stay current as a drafted one does: by the commit that last touched them."""
    tree = base.git("rev-parse", "HEAD^{tree}")
    line = f"\n<!-- guard: handoff 1 contract=web tree={tree} -->\n" if mark else ""
    assert base.guard("run", "--", *VERIFY.split()).code == 0
    base.commit({FILE: BY_HAND.replace("\n", "\n" + line, 1)}, "handoff")
    assert found(base) == []
    on_main(base, {"docs/a.md": "other\n"})
    move(base)
    assert found(base) == []
    edit(base)
    assert found(base) == STALE
    told = base.guard("handoff", "check", "--branch").out
    assert "HND004 stale-handoff: it was written before this changed: src/a.py" in told


def test_a_reverted_change(handed: Repo) -> None:
    """A handoff of what was taken back is stale; once it is there again, it is current again."""
    handed.git("revert", "--no-edit", "HEAD~1")
    assert "HND004" in found(handed)
    handed.git("revert", "--no-edit", "HEAD")
    assert found(handed) == []


def test_a_contract_that_is_used_again(handed: Repo) -> None:
    """A handoff from before the branch does not vouch for it, and its words are not taken over."""
    handed.git("switch", "-q", "main")
    handed.git("merge", "-q", "--no-edit", "web")
    handed.git("branch", "-q", "-D", "web")
    handed.branch("web")
    assert found(handed) == []
    handed.commit({"src/b.py": "more\n"}, "more")
    assert found(handed) == ["HND001", "RUN003"]
    told = handed.guard("handoff", "check", "--branch").out
    assert "HND001 missing-handoff: this handoff was there before the branch began" in told
    drafted = handed.guard("handoff", "draft", "--print").out
    assert "Three is a word now." not in drafted
    assert "- `src/a.py`" not in drafted
    hand_over(handed)
    assert found(handed) == []


def test_a_handoff_taken_to_another_branch(handed: Repo) -> None:
    """A handoff that was cherry-picked describes the change that it was written for."""
    handoff = handed.git("rev-parse", "HEAD")
    handed.git("switch", "-q", "-c", "feat/web", "main")
    handed.commit({"src/a.py": "else\n"}, "something else")
    handed.git("cherry-pick", handoff)
    assert set(STALE) <= set(found(handed))


def test_what_is_not_committed_counts(handed: Repo) -> None:
    """In the working tree a handoff describes the files that lie there, untracked ones too."""
    handed.write({"src/new.py": "n\n"})
    assert handed.guard("handoff", "check").code == 1
    assert "changed: src/new.py" in handed.guard("handoff", "check").out
    assert handed.guard("handoff", "check", "--branch").code == 0
    (handed.path / "src/new.py").unlink()
    assert handed.guard("handoff", "check").code == 0


def test_a_clone_judges_the_same(handed: Repo, tmp_path: Path) -> None:
    """The comment is enough: in another clone, of a squashed branch, the handoff is current."""
    on_main(handed, {"docs/a.md": "other\n"})
    squash(handed)
    clone = Repo(tmp_path / "clone")
    clone.path.mkdir()
    clone.git("clone", "-q", "--no-local", str(handed.path), ".")
    ran = clone.guard("handoff", "check", "--format", "json", "--base", "main", "--head", "web")
    clone.git("branch", "-q", "main", "origin/main")
    ran = clone.guard("handoff", "check", "--format", "json", "--base", "main", "--head", "web")
    assert [one["code"] for one in ran.report["findings"]] == ["RUN003"]
    assert clone.guard("handoff", "check", "--rerun").code == 0


@pytest.mark.parametrize("how", ["--no-ff", "--squash"])
def test_what_it_was_built_on_has_landed(base: Repo, how: str) -> None:
    """Listed files of a session that is merged first are no mistake, as long as they stay so."""
    base.git("switch", "-q", "main")
    base.contract("docs", owns=["/docs/"]).branch("docs").commit({"docs/a.md": "new\n"})
    base.git("switch", "-q", "web")
    base.git("merge", "-q", "--no-edit", "docs")
    hand_over(base)
    text = (base.path / FILE).read_text()
    assert "docs/a.md" in text
    base.git("switch", "-q", "main")
    base.git("merge", "-q", how, "docs")
    base.commit({}, "docs are in")
    base.git("switch", "-q", "web")
    assert found(base) == []
    assert base.check("--base", "main", "--head", "web").codes == {}
    before = base.head()
    base.commit({"docs/a.md": "mine\n"}, "another state of it")
    assert "HND004" in found(base)
    base.git("reset", "-q", "--hard", before)
    base.commit({FILE: text.replace("docs/a.md", "docs/b.md")}, "another file")
    assert "HND005" in found(base)
