"""MRG001 against git itself: what `git merge` does in a working tree must have been foreseen."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit import POLICY, Repo

RANGE = ("--base", "main", "--head", "feature")
LINES = "".join(f"{number}\n" for number in range(40))
Side = Callable[[Repo], object]


def text(changed: int, word: str) -> str:
    """The forty lines with one of them changed."""
    return LINES.replace(f"\n{changed}\n", f"\n{word}\n")


def move(old: str, new: str) -> Side:
    """Move a file or a folder."""

    def step(repo: Repo) -> None:
        (repo.path / new).parent.mkdir(parents=True, exist_ok=True)
        repo.git("mv", old, new)

    return step


def put(**files: str) -> Side:
    """Write files; two underscores stand for a slash."""
    return lambda repo: repo.write(
        {name.replace("__", "/"): content for name, content in files.items()}
    )


def drop(*paths: str) -> Side:
    """Delete files."""
    return lambda repo: repo.git("rm", "-rq", "--", *paths)


def both(*steps: Side) -> Side:
    """One step after the other."""
    return lambda repo: [step(repo) for step in steps]


@pytest.fixture
def start(empty: Repo) -> Repo:
    """A repository with enough in it to quarrel about, and a contract that owns everything."""
    empty.commit(
        {"guard.toml": POLICY, ".guard/contracts/feature.toml": "goal = 'x'\nowns = ['*']\n"}
    )
    empty.write({f"old/{name}": text(5, f"{name} five") for name in "abcdef"})
    empty.commit({"one": LINES, "two": text(9, "two"), "raw": "a\0b"})
    return empty


def apart(repo: Repo, theirs: Side, ours: Side) -> None:
    """Let the base and the branch each take a step."""
    repo.branch("feature")
    ours(repo)
    repo.commit()
    repo.git("switch", "-q", "main")
    theirs(repo)
    repo.commit()


def foreseen(repo: Repo) -> dict[str, str]:
    """Path → kind of the conflicts that guard foresees."""
    ran = repo.check(*RANGE)
    assert ran.code == (1 if ran.codes else 0), ran
    told = [finding for finding in ran.report["findings"] if finding["code"] == "MRG001"]
    return {finding["path"]: finding["message"].split(": ")[1] for finding in told}


def met(repo: Repo) -> tuple[bool, set[str]]:
    """Whether git stops, and the paths that it leaves unmerged."""
    code = repo.run("git", "merge", "-q", "--no-edit", "feature", ok=(0, 1)).code
    raw = repo.git("ls-files", "-u", "-z")
    return code == 1, {record.partition("\t")[2] for record in raw.split("\0") if record}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        pytest.param(put(one=text(5, "x")), put(one=text(35, "y")), id="different lines"),
        pytest.param(put(one=text(5, "x")), put(one=text(5, "x")), id="the same edit"),
        pytest.param(drop("one"), drop("one"), id="both deleted"),
        pytest.param(move("one", "far/one"), put(one=text(5, "x")), id="an edit follows a move"),
        pytest.param(move("old", "new"), put(old__a=text(30, "x")), id="an edit follows a folder"),
        pytest.param(put(new=LINES), put(other=LINES), id="different files"),
        pytest.param(put(new="x"), put(new="x"), id="the same file"),
        pytest.param(drop("old/a"), put(old__b=text(30, "x")), id="neighbours"),
    ],
)
def test_what_git_merges_by_itself_is_not_told(start: Repo, theirs: Side, ours: Side) -> None:
    """Two sides that git merges by itself do not conflict, though they touch the same files."""
    apart(start, theirs, ours)
    assert foreseen(start) == {}
    assert met(start) == (False, set())


@pytest.mark.parametrize(
    "also",
    [put(), put(two=text(5, "x"))],
    ids=["clean", "beside a conflict that an attribute solves"],
)
@pytest.mark.parametrize(
    ("contract", "shared", "told"),
    [
        ("owns = ['*']", "", False),
        ("owns = ['*']\nforbids = ['far/']", "", True),
        ("owns = ['/[ot]*']", "", True),
        ("owns = ['*']", "[shared.far]\nwhy = 'x'\npaths = ['/far/']\n", True),
        ("owns = ['*']\nmerges = ['far']", "[shared.far]\nwhy = 'x'\npaths = ['/far/']\n", False),
    ],
)
def test_a_change_that_the_merge_would_carry_elsewhere(
    start: Repo, contract: str, shared: str, also: Side, *, told: bool
) -> None:
    """An edit of a file that the base moved is reported if the branch may not edit the new path."""
    own = f"goal = 'x'\n{contract}\n"
    start.commit(
        {
            "guard.toml": POLICY + shared,
            ".guard/contracts/feature.toml": own,
            ".gitattributes": "two merge=union",
        }
    )
    apart(
        start,
        both(move("one", "far/one"), put(two=text(5, "y"))),
        both(put(one=text(5, "x")), also),
    )
    assert start.check(*RANGE).codes == ({"far/one": ["MRG001"]} if told else {})
    start.git("switch", "-q", "feature")
    start.git("merge", "-q", "--no-edit", "main")
    assert set(start.check(*RANGE).codes) == ({"far/one"} if told else set())


@pytest.mark.parametrize(
    ("theirs", "ours", "path", "kind"),
    [
        (put(one=text(5, "x")), put(one=text(5, "y")), "one", "content"),
        (put(new="x\n"), put(new="y\n"), "new", "add/add"),
        (drop("one"), put(one=text(5, "y")), "one", "modify/delete"),
        (put(one=text(5, "y")), drop("one"), "one", "modify/delete"),
        (put(raw="a\0c"), put(raw="a\0d"), "raw", "binary"),
        (move("one", "his"), move("one", "mine"), "one", "rename/rename"),
        (drop("one"), move("one", "mine"), "one", "rename/delete"),
        (put(spot="x"), put(spot__in="y"), "spot", "file/directory"),
        (move("old", "new"), put(old__z="z"), "old/z", "file location"),
        (
            both(
                move("old/a", "n1/a"),
                move("old/b", "n1/b"),
                move("old/c", "n2/c"),
                move("old/d", "n2/d"),
                drop("old/e", "old/f"),
            ),
            put(old__z="z"),
            "old",
            "directory rename split",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_git_would_stop_is_told(
    start: Repo, theirs: Side, ours: Side, path: str, kind: str
) -> None:
    """Each kind of conflict is reported at its path, and git indeed stops."""
    apart(start, theirs, ours)
    assert foreseen(start)[path] == kind
    assert met(start)[0]


def test_who_deleted_is_said(start: Repo) -> None:
    """An edit of a deleted file says which side did what."""
    apart(start, drop("one"), put(one=text(5, "y")))
    [finding] = start.check(*RANGE).report["findings"]
    assert (
        finding["message"] == "would not merge into main: modify/delete: "
        "the branch changed this file, and main deleted it"
    )
    assert finding["next"] == "git switch feature && git merge main"  # main is checked out


def test_before_a_push_it_is_a_warning(start: Repo) -> None:
    """In scope branch and in a push a conflict is a warning; elsewhere it is not looked for."""
    apart(start, put(one=text(5, "x")), put(one=text(5, "y")))
    start.git("switch", "-q", "feature")
    ran = start.check("--branch")
    assert (
        ran.code,
        [(finding["code"], finding["severity"]) for finding in ran.report["findings"]],
    ) == (0, [("MRG001", "warning")])
    line = f"refs/heads/feature {start.git('rev-parse', 'feature')} refs/heads/feature {'0' * 40}\n"
    ran = start.guard("hook", "pre-push", "origin", "url", stdin=line.encode())
    assert (ran.code, "warning: one: MRG001 predicted-conflict" in ran.err) == (0, True)
    for scope in ([], ["--staged"]):
        ran = start.check(*scope)
        assert ran.code == 0
        assert {
            "rule": "MRG001",
            "why": f"scope is {scope[0][2:] if scope else 'worktree'}",
        } in ran.report["not_checked"]


def test_policy_and_waivers_have_their_say(start: Repo) -> None:
    """The rule can be off, then no merge is tried, and a path can be waived."""
    waiver = [{"rule": "predicted-conflict", "paths": ["/one"], "why": "we resolve it together"}]
    start.contract("feature", owns=["*"], waive=waiver)
    apart(start, put(one=text(5, "x"), two="x"), put(one=text(5, "y"), two="y"))
    assert start.check(*RANGE).codes == {"two": ["MRG001"]}
    start.commit({"guard.toml": POLICY + "[rules]\npredicted-conflict = 'off'\n"})
    assert start.check(*RANGE).code == 0


def test_attributes_count_as_they_stand_on_the_base(start: Repo) -> None:
    """`union` never conflicts, `-merge` always does, and a driver of one's own may solve it."""
    attributes = "one merge=union\nnew merge=union\ntwo -merge\nold/a merge=mine\nold/b binary\n"
    start.commit({".gitattributes": attributes})
    start.git("config", "merge.mine.driver", "touch ran; exit 0")
    theirs = put(
        one=text(5, "x"), new="x\n", two=text(3, "x"), old__a=text(7, "x"), old__b="the same"
    )
    apart(
        start,
        theirs,
        both(
            put(
                one=text(5, "y"),
                new="y\n",
                two=text(30, "y"),
                old__a=text(7, "y"),
                old__b="the same",
            ),
            put(**{".gitattributes": "* merge=union\n"}),
        ),
    )
    report = start.check(*RANGE).report
    found = {
        finding["path"]: (finding["severity"], finding["message"])
        for finding in report["findings"]
        if finding["code"] == "MRG001"
    }
    assert set(found) == {"two", "old/a"}
    told = "both sides changed this file, and git cannot merge within it"
    assert found["two"] == ("error", f"would not merge into main: binary: {told}")
    assert found["old/a"][0] == "warning"
    assert "the merge driver mine may solve it" in found["old/a"][1]
    assert not (start.path / "ran").exists()


@pytest.mark.parametrize(
    ("new", "line", "stops"), [("one.lock", 35, True), ("one.log", 5, False), ("one.x", 35, False)]
)
def test_attributes_of_the_new_name_of_a_file_count(
    start: Repo, *, new: str, line: int, stops: bool
) -> None:
    """git merges a file that the base moved under the new name, by the attributes of that."""
    start.commit({".gitattributes": "*.lock -merge\n*.log merge=union\n"})
    theirs = both(move("one", new), put(**{new: text(5, "x")}))
    apart(start, theirs, put(one=text(line, "y")))
    assert foreseen(start) == ({new: "binary"} if stops else {})
    assert met(start) == (stops, {new} if stops else set())


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "-rf",
        "::error::x",
        "x##[add-mask]y",
        "bad\udcff",
        "\x1b[2J",
        "~",
        "a~b",
        "spa ce",
        '"',
    ],
)
def test_odd_names_conflict_like_others(start: Repo, name: str) -> None:
    """A conflict in a file of any name is reported at that name."""
    apart(start, lambda repo: repo.write({name: "x"}), lambda repo: repo.write({name: "y"}))
    assert start.check(*RANGE).codes == {name.replace("\udcff", "\\xff"): ["MRG001"]}


def test_a_submodule_that_both_moved(start: Repo) -> None:
    """Two new commits of a submodule are a conflict: which contains the other is unknown."""
    head = start.git("rev-parse", "HEAD")
    start.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    start.git("commit", "-qm", "sub")
    oids = [
        start.git("commit-tree", "-p", head, "-m", word, f"{head}^{{tree}}") for word in ("x", "y")
    ]

    def point(oid: str) -> Side:
        return lambda repo: repo.git("update-index", "--cacheinfo", f"160000,{oid},sub")

    start.branch("feature")
    for branch, oid in (("feature", oids[0]), ("main", oids[1])):
        start.git("switch", "-q", branch)
        point(oid)(start)
        start.git("commit", "-qm", "move")
    assert foreseen(start) == {"sub": "submodule"}


def test_a_base_that_stood_still_needs_no_merge(start: Repo) -> None:
    """Where the base's tip is the merge base, nothing can conflict, and the rule was asked."""
    start.branch("feature").commit({"one": "x"})
    report = start.check(*RANGE).report
    assert report["verdict"] == "kept"
    assert "MRG001" in report["checked"]["rules"]


def test_what_git_cannot_tell_is_no_verdict(start: Repo, tmp_path: Path) -> None:
    """Without the blobs that a merge needs there is no verdict."""
    apart(start, put(one=text(5, "x")), put(one=text(35, "y")))
    start.git("config", "uploadpack.allowFilter", "true")
    start.git(
        "clone",
        "-q",
        "--filter=blob:none",
        "--no-checkout",
        start.path.as_uri(),
        str(tmp_path / "partial"),
    )
    partial = Repo(tmp_path / "partial")
    partial.git("cat-file", "-p", "origin/main:guard.toml")
    partial.git("cat-file", "-p", "origin/main:.guard/contracts/feature.toml")
    ran = partial.check("--base", "origin/main", "--head", "origin/feature")
    assert ran.code == 2
    assert "git cannot tell whether" in ran.err
    assert "git fetch --refetch --no-filter" in ran.err


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("exit 134", "git cannot tell whether"),
        ("exit 1", "git cannot tell whether"),
        ("echo fatal: no >&2; exit 128", "git cannot tell whether"),
        ("echo 0123456789; exit 0", "git merge-tree answers in a way that guard does not know"),
        ("printf 'x\\0\\0'; exit 1", "would not merge into main: unknown"),
    ],
)
def test_whatever_git_answers_is_never_taken_for_clean(
    start: Repo, tmp_path: Path, answer: str, said: str
) -> None:
    """A crash or an answer of another shape is no verdict or a conflict, never a clean merge."""
    apart(start, put(one=text(5, "x")), put(one=text(35, "y")))
    git = shutil.which("git")
    (tmp_path / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *merge-tree*) {answer};; esac\nexec {git} "$@"\n'
    )
    (tmp_path / "git").chmod(0o755)
    ran = start.guard("check", *RANGE, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert ran.code in (1, 2)
    assert said in ran.out + ran.err


@pytest.mark.parametrize("seed", range(12))
def test_random_sides_agree_with_git(start: Repo, seed: int) -> None:
    """guard foresees a conflict just where `git merge` stops, and names every unmerged path."""
    dice = random.Random(seed)

    def side(repo: Repo) -> None:
        for _ in range(dice.randint(1, 4)):
            stir(repo, dice)

    apart(start, side, side)
    told, (stopped, unmerged) = foreseen(start), met(start)
    assert bool(told) == stopped
    named = set(told) | {
        path
        for finding in start.check("--base", "main", "--head", "feature").report["findings"]
        for path in also(finding)
    }
    assert {path for path in unmerged if "~" not in path} <= named


def stir(repo: Repo, dice: random.Random) -> None:
    """Edit, delete, add or move a file, or move a folder."""
    tracked = repo.git("ls-files", "old", "one", "two", "n").split("\n")
    path, name = dice.choice(tracked), f"n{dice.randint(1, 2)}/{dice.choice('abc')}"
    kind = dice.choice(["edit", "edit", "delete", "add", "move", "folder"])
    if kind == "add" or not path:
        repo.write({name: f"{dice.randint(1, 3)}\n"})
    elif kind == "edit":
        repo.write({path: text(dice.randint(3, 6), str(dice.random()))})
    elif kind == "delete":
        repo.git("rm", "-qf", "--", path)
    elif kind == "folder" and (repo.path / "old").is_dir():
        repo.git("mv", "-k", "old", f"moved{dice.randint(1, 2)}")
    else:
        move(path, name + "m")(repo) if not (repo.path / (name + "m")).exists() else None
    repo.git("add", "-A")


def also(finding: dict[str, str]) -> list[str]:
    """The further paths that a finding names."""
    _, _, rest = finding["message"].partition("(see ")
    return rest.rstrip(")").split(", ") if rest else []


def test_a_backport_is_not_told_to_merge_the_base(repo: Repo) -> None:
    """Where the branch was built on a release branch, the step is the policy's key for it."""
    repo.policy().commit({"one": "1\n"})
    start = repo.head()
    repo.commit({"one": "main\n"})
    repo.git("switch", "-qc", "2.x", start)
    repo.commit({"two": "2\n"})
    repo.git("switch", "-qc", "fix")
    repo.commit({"one": "fix\n"})
    (step,) = (one["next"] for one in repo.check("--branch").report["findings"][-1:])
    assert step.startswith('put bases = ["[0-9]*.x"] into guard.toml on main'), step
    repo.git("switch", "-q", "2.x")
    repo.git("merge", "-q", "fix")
    steps = [one["next"] for one in repo.check("--branch").report["findings"]]
    apart = 'not if 2.x stays apart from main: put bases = ["[0-9]*.x"] into guard.toml on main'
    assert f"git merge main   # {apart}" in steps
    repo.git("switch", "-q", "main")
    repo.policy('bases = ["[0-9]*.x"]\n' + POLICY)
    repo.git("switch", "-q", "fix")
    assert "MRG001" not in [one["code"] for one in repo.check("--branch").report["findings"]]
    repo.git("switch", "-q", "main")
    repo.policy()
    repo.git("switch", "-qc", "feature", start)
    repo.commit({"one": "feature\n"})
    steps = [one["next"] for one in repo.check("--branch").report["findings"]]
    assert "git merge main" in steps
