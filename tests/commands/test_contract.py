"""`guard contract`, typed as a user would: new, list, show, check."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.kit import BASE, GUARD, POLICY, UNMEASURED, Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
FILE = ".guard/contracts/web.toml"
NEW = ("contract", "new", "web", "--goal", "Make the pages faster.", "--owns", "web/")


def read(repo: Repo, file: str = FILE) -> str:
    """Read a file of the working tree."""
    return (repo.path / file).read_text(encoding="utf-8")


def typed(repo: Repo, line: str, cwd: Path | None = None) -> Ran:
    """Type what a line of advice says, in a shell that knows guard."""
    program = f'guard() {{ {" ".join(GUARD)} "$@"; }}'
    return repo.run("sh", "-c", f"{program}\n{line.partition(': ')[2]}", cwd=cwd)


# new


def test_new(repo: Repo) -> None:
    """A contract made from options can be read, and the printed next steps work as they are."""
    ran = repo.guard(
        *NEW,
        "--owns",
        "src/a*.py",
        "--forbids",
        "*.lock",
        "--owner",
        "Ada",
        "--branch",
        "feat/web-*",
        "--verify",
        "make test, twice",
    )
    assert (ran.code, ran.err) == (0, "")
    wrote, commit, branch = ran.out.splitlines()
    assert wrote == f"wrote {FILE}"
    assert commit == "next: guard contract publish web   # it counts once it is on main"
    assert branch == "then: guard start web   # the session's own worktree and branch"
    for line in (commit, branch):
        typed(repo, line)
    shown = json.loads(repo.guard("contract", "show", "web", "--format", "json").out)
    assert [item["value"] for item in shown["owns"]] == ["web/", "src/a*.py"]
    assert [item["value"] for item in shown["verify"]] == ["make test, twice"]
    assert (shown["owner"], shown["branches"], shown["claims"]) == (
        "Ada",
        ["feat/web-*"],
        ["feat/web-web"],
    )
    worktree = repo.path / ".claude/worktrees/web"
    assert Repo(worktree).check("--branch").report["contract"] == "web"


def test_new_before_the_first_commit(empty: Repo) -> None:
    """A contract can be written before there is any commit."""
    ran = empty.guard(*NEW)
    assert (ran.code, ran.err) == (0, "")
    assert "on the base: from there it is trusted" in ran.out
    assert "web" in empty.guard("contract", "list").out


def test_new_where_git_ignores_it(repo: Repo) -> None:
    """A pattern such as `.*`, which keeps the file from git, does not stop the next step."""
    repo.commit({".gitignore": ".*\n"}, "ignore")
    ran = repo.guard(*NEW, cwd=repo.path / "src")
    wrote, publish, _ = ran.out.splitlines()
    assert wrote == f"wrote ../{FILE}"
    typed(repo, publish, cwd=repo.path / "src")
    assert repo.git("ls-files", FILE) == FILE


def test_new_from_below(repo: Repo) -> None:
    """From a subdirectory the contract is written at the top, and the printed path leads there."""
    ran = repo.guard(*NEW, cwd=repo.path / "src")
    assert ran.out.startswith(f"wrote ../{FILE}\nnext: guard contract publish web ")
    assert "web/" in read(repo)


def test_new_in_a_linked_worktree(repo: Repo) -> None:
    """In a linked worktree the contract is written there."""
    linked = repo.worktree("side")
    assert linked.guard(*NEW).code == 0
    assert read(linked)
    assert not (repo.path / FILE).exists()


def test_new_keeps_odd_values(repo: Repo) -> None:
    """Quotes, backslashes, letters of any alphabet and blanks arrive as they were typed."""
    owns = ["a\\*b/", 'it\'s "x"/', "\\!b", "grün/", "a b\\ "]
    ran = repo.guard(
        "contract",
        "new",
        "web",
        "--goal",
        'Say "hi".\n',
        *(word for pattern in owns for word in ("--owns", pattern)),
    )
    assert ran.code == 0, ran
    shown = json.loads(repo.guard("contract", "show", "web", "--format", "json").out)
    assert [item["value"] for item in shown["owns"]] == owns
    assert shown["goal"] == 'Say "hi".\n'


def test_new_never_overwrites(repo: Repo) -> None:
    """An existing file, contract or not, stays as it is, and nothing is left behind."""
    repo.write({FILE: "mine\n"})
    ran = repo.guard(*NEW)
    assert (ran.code, ran.out) == (2, "")
    hint = "edit it, or look at it: guard contract show web"
    assert ran.err == f"guard: {FILE} exists already\n  hint: {hint}\n"
    assert read(repo) == "mine\n"
    assert os.listdir(repo.path / ".guard/contracts") == ["web.toml"]


def test_new_does_not_shadow_the_base(repo: Repo) -> None:
    """A contract of the base is not written anew on a branch that does not have it yet."""
    early = repo.worktree("early")
    repo.contract("web", owns=["web/"])
    ran = early.guard(*NEW)
    assert ran.code == 2
    assert (
        ran.err == "guard: the contract web is on main already\n  hint: guard contract show web\n"
    )


@pytest.mark.parametrize("link", [".guard", ".guard/contracts", FILE])
def test_new_follows_no_link(repo: Repo, tmp_path: Path, link: str) -> None:
    """If a path leads through a symbolic link, nothing is written, neither here nor there."""
    target = tmp_path / "elsewhere"
    target.mkdir()
    (repo.path / link).parent.mkdir(parents=True, exist_ok=True)
    (repo.path / link).symlink_to(target / "x" if link == FILE else target)
    ran = repo.guard(*NEW)
    assert (ran.code, ran.out) == (2, "")
    assert "hint: " in ran.err
    assert not list(target.iterdir())


def test_new_from_another_branch(repo: Repo) -> None:
    """The session's branch starts at the base, whatever is checked out."""
    repo.branch("elsewhere").commit({"mine": "mine\n"})
    assert "then: guard start web   # " in repo.guard(*NEW).out


def test_new_where_a_file_stands_for_a_folder(repo: Repo) -> None:
    """Where `.guard` is a file, that is said."""
    repo.write({".guard": "x"})
    ran = repo.guard(*NEW)
    assert ran.code == 2
    assert "guard: .guard is not a folder\n  hint: replace .guard with a folder" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["web"], "missing option '--goal'"),
        (["--goal", "x", "--owns", "y"], "missing argument 'NAME'"),
        (["web", "--goal", "x"], "nothing is owned: --owns PATTERN (or --merges GROUP) is missing"),
        (["web", "--goal", "", "--owns", "y"], "--goal: is missing; expected a string"),
        (["web", "--goal", " ", "--owns", "y"], "--goal: is empty; expected some words"),
        (
            ["web", "--goal", "x", "--owns", "["],
            "--owns[0]: malformed pattern: a bracket has no end",
        ),
        (
            ["web", "--goal", "x", "--owns", "a", "--owns", "a"],
            "--owns[1]: is the same as element [0]",
        ),
        (
            ["web", "--goal", "x", "--owns", "a", "--forbids", "!b"],
            "--forbids[0]: malformed pattern: `!` re-includes nothing",
        ),
        (
            ["web", "--goal", "x", "--owns", "a", "--branch", "refs/heads/b"],
            '--branch[0]: is a ref; expected a branch\'s short name, such as "b"',
        ),
        (
            ["web", "--goal", "x", "--owns", "a", "--verify", "a\nb"],
            '--verify[0]: has a control character, "\\n"',
        ),
        (
            ["web", "--goal", "x", "--owns", "a", "--owner", "a\x1b[2J"],
            '--owner: has a control character, "\\e"',
        ),
        (
            ["web", "--goal", "x", "--merges", "routs"],
            "--merges: guard.toml has no shared group routs",
        ),
        (["web", "--goal", "x", "--owns", b"a\xff"], "--owns is not UTF-8, as TOML must be"),
        (["a/b", "--goal", "x", "--owns", "y"], 'NAME "a/b" is not a valid name; expected letters'),
        (
            ["../x", "--goal", "x", "--owns", "y"],
            'NAME "../x" is not a valid name; expected letters',
        ),
        (["a.lock", "--goal", "x", "--owns", "y"], 'NAME "a.lock" cannot be a name; expected'),
    ],
)
def test_new_refuses(repo: Repo, words: list[str | bytes], told: str) -> None:
    """A mistake is reported with its option and a hint, and nothing is written."""
    ran = repo.guard("contract", "new", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"guard: {told}")
    assert "\n  hint: " in ran.err
    assert not (repo.path / ".guard").exists()


def test_new_knows_the_groups(repo: Repo) -> None:
    """A group of the policy may be merged alone; the hint for a mistyped name is the nearest."""
    repo.policy(BASE + "[shared.routes]\npaths = ['src/']\n")
    assert (
        "hint: --merges routes\n"
        in repo.guard("contract", "new", "web", "--goal", "x", "--merges", "routs").err
    )
    assert repo.guard("contract", "new", "web", "--goal", "x", "--merges", "routes").code == 0
    assert repo.guard("contract", "check").code == 0


def test_new_beside_a_broken_policy(repo: Repo) -> None:
    """Whether a group exists cannot be told where the policy cannot be read."""
    repo.write({"guard.toml": "bsae = 1"})
    ran = repo.guard("contract", "new", "web", "--goal", "x", "--merges", "routes")
    assert ran.code == 2
    assert "guard.toml:1:1: bsae: unknown key; expected base" in ran.err
    assert repo.guard(*NEW).code == 0


def test_new_tells_contradictions(repo: Repo) -> None:
    """A contract that claims another one's branch is written, and that is told."""
    repo.contract("old", owns=["old/"], branches=["feat/*"]).git("branch", "feat/web-1")
    ran = repo.guard(*NEW, "--branch", "feat/web-*")
    assert ran.code == 0
    assert f"but {FILE}:" in ran.out
    assert "the branch feat/web-1 is claimed by .guard/contracts/old.toml too" in ran.out


def test_new_leaves_nothing_behind(repo: Repo) -> None:
    """Where a file cannot be written, that is told, and no part of it stays."""
    ran = repo.run(
        "sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *GUARD, *NEW, ok=(2,), env=UNMEASURED
    )
    assert (
        ran.err == f"guard: cannot write {FILE}: File too large\n  hint: ls -ld .guard/contracts\n"
    )
    assert os.listdir(repo.path / ".guard/contracts") == []


def test_new_with_patterns_of_branches_only(repo: Repo) -> None:
    """Where no branch can be made up from the patterns, the user fills it in."""
    assert (
        "then: git worktree add -b BRANCH ../web " in repo.guard(*NEW, "--branch", "feat/[ab]?").out
    )


def test_new_in_a_bare_repository(tmp_path: Path) -> None:
    """Without a working tree there is nowhere to write."""
    ran = Repo.init(tmp_path / "bare", "--bare").guard(*NEW)
    assert ran.code == 2
    assert "there is no working tree here" in ran.err


# list


def test_list_of_nothing(repo: Repo) -> None:
    """Where there is no contract, the way to the first one is told."""
    ran = repo.guard("contract", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "no contract yet\nnext: guard start NAME --owns PATTERN\n"


def test_list(repo: Repo) -> None:
    """Each contract is listed with owner, goal, place, branch patterns and existing branches."""
    repo.contract("same", owns=["a/"], owner="Ada", goal="Do\nit.").contract(
        "differs", owns=["b/"]
    ).contract("base", owns=["c/"], branches=["x-*"])
    repo.git("branch", "feat/same")
    repo.git("branch", "x-2")
    repo.git("branch", "x-1")
    repo.write(
        {
            ".guard/contracts/differs.toml": "goal = 'New.'\nowns = ['d/']",
            ".guard/contracts/tree.toml": "goal = 'x'\nowns = ['d/']",
        }
    )
    (repo.path / ".guard/contracts/base.toml").unlink()
    ran = repo.guard("contract", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "base · on main, not in the working tree",
        "  Test.",
        "  branches x-*: x-1, x-2",
        "differs · on main, and different in the working tree",
        "  Test.",
        "  branches differs, worktree-differs, */differs: none exists",
        "same · Ada · on main and in the working tree",
        "  Do it.",
        "  branches same, worktree-same, */same: feat/same",
        "tree · in the working tree only: it counts once it is on main",
        "  x",
        "  branches tree, worktree-tree, */tree: none exists",
    ]


def test_list_counts_branches_of_remotes(repo: Repo) -> None:
    """A branch that only a remote has is a branch too, by its name there."""
    repo.contract("web", owns=["a/"]).git("branch", "worktree-web")
    repo.git("clone", "-q", str(repo.path), str(repo.path.parent / "clone"))
    assert (
        "branches web, worktree-web, */web: worktree-web\n"
        in Repo(repo.path.parent / "clone").guard("contract", "list").out
    )


def test_list_as_json(repo: Repo) -> None:
    """The list as JSON has everything that a contract says, with lines, and what cannot be read."""
    repo.contract(
        "web",
        owns=["a/", "b/"],
        waive=[{"rule": "OWN001", "paths": ["c"], "why": "d", "until": "2026-12-31"}],
    )
    repo.write({".guard/contracts/bad.toml": "x = 1"})
    ran = repo.guard("contract", "list", "--format", "json")
    assert ran.code == 2
    (web,) = ran.report["contracts"]
    assert (web["name"], web["file"], web["stands"]) == ("web", FILE, "same")
    assert web["base"] == {"ref": "main", "oid": repo.git("rev-parse", "main")}
    assert web["owns"] == [{"value": "a/", "line": 2}, {"value": "b/", "line": 2}]
    assert web["waive"] == [
        {"rule": "OWN001", "paths": ["c"], "why": "d", "until": "2026-12-31", "line": 3}
    ]
    (bad,) = ran.report["unreadable"]
    assert bad["file"] == ".guard/contracts/bad.toml"
    assert "x: unknown key" in bad["message"]


def test_list_with_unreadable_files(repo: Repo) -> None:
    """Unreadable files of both places follow the readable ones, and the exit status is 2."""
    repo.commit(
        {
            "guard.toml": "bsae = 1",
            ".guard/contracts/bad.toml": "x = 1",
            FILE: "goal = 'x'\nowns = ['a']",
        }
    )
    repo.write(
        {"guard.toml": "", ".guard/contracts/bad.toml": "goal = 'x'\nowns = ['a']", FILE: "y = 1"}
    )
    ran = repo.guard("contract", "list")
    assert ran.code == 2
    lines = ran.out.splitlines()
    assert "bad · in the working tree; on main, where it would count, it cannot be read" in lines
    assert "web · on main; in the working tree it cannot be read" in lines
    assert "  guard.toml:1:1: bsae: unknown key; expected base" in lines
    assert any(line.startswith("  .guard/contracts/bad.toml:1:1: x: unknown key") for line in lines)
    assert any(line.startswith(f"  {FILE}:1:1: y: unknown key") for line in lines)


def test_list_without_a_base(empty: Repo) -> None:
    """Where no branch can be the base, the working tree is listed, and why there is no base."""
    empty.git("switch", "-q", "-c", "trunk")
    empty.commit({FILE: "goal = 'x'\nowns = ['a']"})
    ran = empty.guard("contract", "list")
    assert ran.code == 0
    assert "web · in the working tree only: it counts once it is on the base" in ran.out
    assert "no base: no branch here can be the base" in ran.out


def test_list_in_a_bare_repository(repo: Repo) -> None:
    """Without a working tree the base is listed."""
    repo.contract("web", owns=["a/"]).git(
        "clone", "-q", "--bare", str(repo.path), str(repo.path.parent / "bare")
    )
    ran = Repo(repo.path.parent / "bare").guard("contract", "list")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "web · on main, not in the working tree")


def test_list_escapes_names(repo: Repo) -> None:
    """Goals, owners, branches and file names cannot move the cursor."""
    repo.contract("web", owns=["a/"], goal="a\u202eb", owner="\u200bAda", branches=["*"]).git(
        "branch", "grün\u202e"
    )
    repo.write({b".guard/contracts/\xff\x1b[2J.toml".decode("utf-8", "surrogateescape"): "x"})
    ran = repo.guard("contract", "list")
    assert ran.code == 2
    assert "web · \\u200bAda" in ran.out
    assert "grün\\u202e" in ran.out
    assert ".guard/contracts/\\xff\\e[2J.toml cannot be read:" in ran.out
    assert all(line.isprintable() for line in ran.out.splitlines())


# show


def test_show(repo: Repo) -> None:
    """All of a contract is shown, each value with its line."""
    repo.policy(BASE + "[shared.routes]\npaths = ['src/']\n")
    repo.contract(
        "web",
        owns=["a/", "longer/"],
        merges=["routes"],
        waive=[{"rule": "SHR001", "paths": ["x", "y"], "why": "z", "until": "2026-12-31"}],
    )
    ran = repo.guard("contract", "show", "web")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"web  {FILE}  on main and in the working tree",
        "goal      Test.",
        "owner     nobody is named",
        "owns      a/       (line 2)",
        "          longer/  (line 2)",
        "merges    routes  (line 3)",
        "branches  web, worktree-web, */web (by default)",
        "claims    no branch that exists",
        "waives    shared-file for x, y until 2026-12-31: z  (line 4)",
    ]


def test_show_tells_the_base_from_the_working_tree(repo: Repo) -> None:
    """Of two versions the base's is shown, and how to see the difference."""
    repo.contract("web", owns=["a/"]).write({FILE: "goal = 'Mine.'\nowns = ['b/']"})
    ran = repo.guard("contract", "show", "web")
    assert "on main, and different in the working tree" in ran.out
    assert "goal      Test.\n" in ran.out
    assert ran.out.endswith(f"next: git diff main -- {FILE}\n")


def test_show_waiver_without_end(repo: Repo) -> None:
    """A waiver without a last day is shown as such."""
    repo.contract("web", owns=["a/"], waive=[{"rule": "OWN001", "paths": ["x"], "why": "z"}])
    assert (
        "waives    outside-contract for x without end: z"
        in repo.guard("contract", "show", "web").out
    )
    assert (
        repo.guard("contract", "show", "web", "--format", "json").report["waive"][0]["until"]
        is None
    )


def test_show_nobody(repo: Repo) -> None:
    """A name that no contract has is told with the nearest one."""
    repo.contract("web", owns=["a/"])
    ran = repo.guard("contract", "show", "wbe")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "guard: there is no contract wbe\n  hint: guard contract show web   # if you meant that\n",
    )
    assert (
        repo.guard("contract", "show", "\x1b[2J").err
        == "guard: there is no contract \\e[2J\n  hint: guard contract list\n"
    )


def test_show_unreadable(repo: Repo) -> None:
    """A contract that cannot be read is an error with every mistake."""
    repo.write({FILE: "x = 1"})
    ran = repo.guard("contract", "show", "web")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"guard: {FILE}:1:1: x: unknown key; expected")
    assert ran.err.endswith("  hint: guard contract check web\n")


# check


def test_check_fine(repo: Repo) -> None:
    """Good files that fit together end with 0; other files in the folder are no contracts."""
    repo.contract("web", owns=["src/"]).contract("guard", owns=["docs/"]).write(
        {".guard/contracts/README.md": "x", ".guard/handoffs/a.toml": "x"}
    )
    ran = repo.guard("contract", "check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "guard.toml: can be read",
        ".guard/contracts/guard.toml: can be read",
        ".guard/contracts/web.toml: can be read",
        "3 files, 0 unreadable, 0 contradictions, 0 warnings",
    ]


def test_check_tells_everything(repo: Repo) -> None:
    """Every mistake of every file is told in one run, and the exit status is 2."""
    repo.write(
        {
            "guard.toml": "bsae = 1\nsessions = 0",
            FILE: "gaol = 1",
            ".guard/contracts/ok.toml": "goal = 'x'\nowns = ['a']",
        }
    )
    ran = repo.guard("contract", "check")
    assert ran.code == 2
    places = [line.split(": ")[0:2] for line in ran.out.splitlines()]
    assert places == [
        ["guard.toml:1:1", "bsae"],
        ["guard.toml:2:1", "sessions"],
        [".guard/contracts/ok.toml", "can be read"],
        [f"{FILE}:1:1", "gaol"],
        [f"{FILE}:1:1", "goal"],
        [f"{FILE}:1:1", "owns"],
        ["3 files, 2 unreadable, 0 contradictions, 0 warnings"],
    ]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(
            lambda path: path.symlink_to("/dev/zero"),
            "is not a regular file",
            id="link",
        ),
        pytest.param(lambda path: path.mkdir(), "is a folder", id="folder"),
        pytest.param(os.mkfifo, "is not a regular file", id="pipe"),
        pytest.param(
            lambda path: path.write_bytes(b"#" * 2_000_000),
            "has more than 1,048,576 bytes",
            id="large",
        ),
        pytest.param(
            lambda path: path.write_bytes(b"\xff"),
            "1:1: byte 0 is 0xff, which is not UTF-8",
            id="bytes",
        ),
    ],
)
@pytest.mark.parametrize("file", [FILE, "guard.toml"])
def test_check_odd_files(repo: Repo, make: object, told: str, file: str) -> None:
    """A link, a folder, a pipe or a huge file is told at once, and is no contract."""
    path = repo.path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    assert callable(make)
    make(path)
    ran = repo.guard("contract", "check")
    assert ran.code == 2
    assert told in ran.out
    assert file in ran.out


def test_check_linked_folder(repo: Repo) -> None:
    """A symbolic link instead of the folder is an error: git stores only the link."""
    repo.write({"elsewhere/web.toml": "goal = 'x'\nowns = ['a']"})
    (repo.path / ".guard").mkdir()
    (repo.path / ".guard/contracts").symlink_to("../elsewhere")
    ran = repo.guard("contract", "check")
    assert ran.code == 2
    hint = "replace the link .guard/contracts with a folder"
    assert ran.err == f"guard: .guard/contracts is a symbolic link\n  hint: {hint}\n"


@pytest.mark.parametrize("place", [".guard", ".guard/contracts"])
def test_check_a_file_for_the_folder(empty: Repo, place: str) -> None:
    """A file where the contracts belong is named, on the base and here, and not guard.toml."""
    empty.policy().commit({place: "a file\n"})
    ran = empty.guard("contract", "check", "--base")
    assert ran.code == 2
    assert f"guard.toml: can be read\n{place} on main is not a folder" in ran.out
    for words in (["check"], ["list"]):
        ran = empty.guard("contract", *words)
        assert (ran.code, ran.out) == (2, "")
        assert f"guard: {place} is not a folder" in ran.err
    empty.git("rm", "-q", place)
    ran = empty.guard("contract", "list")
    assert ran.code == 2
    assert f"{place} cannot be read:\n  {place} on main is not a folder" in ran.out


def test_check_contradictions(repo: Repo) -> None:
    """Files that can be read and contradict each other end with 1."""
    repo.policy(BASE + "[shared.routes]\npaths = ['src/']\n")
    repo.contract("a", owns=["src/"], merges=["routes"], branches=["feat/*"]).contract(
        "b", owns=["src/"], merges=["routes", "lock"]
    ).git("branch", "feat/b")
    ran = repo.guard("contract", "check")
    assert ran.code == 1
    a, b = ".guard/contracts/a.toml", ".guard/contracts/b.toml"
    claimed = f"the branch feat/b is claimed by {a} too; narrow `branches` in all but one"
    assert ran.out.splitlines()[3:] == [
        f"{b}:3:21: merges[1]: guard.toml has no shared group lock; expected routes",
        f"{b}:3:11: {a} merges routes too; one session per group",
        f"{b}:1:1: {claimed}",
        "3 files, 0 unreadable, 3 contradictions, 0 warnings",
    ]
    repo.write({FILE: "goal = 'x'\nowns = ['web/']\ngaol = 1\n"})
    for words in ([], ["--base"]):
        text = repo.guard("contract", "check", *words)
        ran = repo.guard("contract", "check", "--format", "json", *words)
        VALIDATOR(repo.guard("schema", "contract-check").report).validate(ran.report)
        assert ran.code == text.code == (1 if words else 2)
        assert ran.report["verdict"] == ("contradictory" if words else "unreadable")
        assert bool(ran.report["on"]) == bool(words)
        told = [one["message"] for one in ran.report["findings"] + ran.report["files"]]
        assert [line for line in told if line and line not in text.out] == []
        assert len(ran.report["findings"]) == 3


def test_check_warns_of_dead_patterns(repo: Repo) -> None:
    """Patterns that match no tracked file are warnings, the first 20 listed, all counted."""
    repo.contract("web", owns=["src/", *(f"src/{n}.py" for n in range(30))]).write({"src/0.py": ""})
    ran = repo.guard("contract", "check")
    assert ran.code == 0
    assert ran.out.splitlines()[2] == f'{FILE}:2:17: "src/0.py" matches no tracked file (warning)'
    assert ran.out.splitlines()[-2:] == [
        "and 10 more lines without effect: guard contract check --format json",
        "2 files, 0 unreadable, 0 contradictions, 30 warnings",
    ]
    repo.git("add", "src")
    assert ", 29 warnings" in repo.guard("contract", "check").out


@pytest.mark.parametrize("word", ["web", FILE, "./" + FILE])
def test_check_one(repo: Repo, word: str) -> None:
    """A name or a file checks that contract alone, but against the others too."""
    repo.contract("web", owns=["src/"]).contract("old", owns=["docs/"], branches=["web"]).git(
        "branch", "web"
    )
    repo.write({".guard/contracts/bad.toml": "x"})
    ran = repo.guard("contract", "check", word)
    assert ran.code == 1
    claimed = "the branch web is claimed by .guard/contracts/old.toml too"
    assert ran.out.splitlines() == [
        f"{FILE}: can be read",
        f"{FILE}:1:1: {claimed}; narrow `branches` in all but one",
        "1 file, 0 unreadable, 1 contradiction, 0 warnings",
    ]
    assert repo.guard("contract", "check", "bad").code == 2
    assert repo.guard("contract", "check", "guard.toml").code == 0


def test_check_one_from_below(repo: Repo) -> None:
    """A file is meant from the directory where one is, a name is not."""
    repo.contract("web", owns=["src/"])
    for word in ("web", f"../{FILE}"):
        assert (
            repo.guard("contract", "check", word, cwd=repo.path / "src").out.splitlines()[0]
            == f"{FILE}: can be read"
        )


def test_check_a_file_from_elsewhere(repo: Repo, tmp_path: Path) -> None:
    """A file outside of the repository, or where there is no repository, is validated by itself."""
    draft = tmp_path / "draft.toml"
    draft.write_text("goal = 'x'\nowns = ['!']\n")
    assert (
        f"{draft}:2:10: owns[0]: malformed pattern"
        in repo.guard("contract", "check", str(draft)).out
    )
    for file, code in ((draft, 2), (tmp_path / "none.toml", 2), (repo.path / "guard.toml", 0)):
        assert repo.guard("contract", "check", str(file), cwd=tmp_path).code == code
    assert repo.guard("contract", "check", "draft.toml", cwd=tmp_path).code == 2


def test_check_nobody(repo: Repo) -> None:
    """A name that no contract has is told with the nearest one."""
    repo.contract("web", owns=["src/"])
    ran = repo.guard("contract", "check", "wbe")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "guard: there is no contract wbe\n  hint: guard contract show web   # if you meant that\n",
    )


def test_check_nothing(empty: Repo, tmp_path: Path) -> None:
    """Without policy and contracts, or without a repository, the check fails."""
    missing = "there is neither guard.toml nor a contract"
    ran = empty.guard("contract", "check")
    assert (ran.code, ran.err) == (
        2,
        f"guard: {missing} in the working tree\n  hint: guard init\n",
    )
    empty.commit({"a": ""})
    assert (
        "neither guard.toml nor a contract on main"
        in empty.guard("contract", "check", "--base").err
    )
    (tmp_path / "bare").mkdir()
    ran = empty.guard("contract", "check", cwd=tmp_path / "bare")
    assert ran.code == 2
    assert "this is not a git repository" in ran.err


def test_check_base(repo: Repo) -> None:
    """With --base the working tree plays no part."""
    repo.contract("web", owns=["src/"])
    repo.write({FILE: "x", "guard.toml": "x", ".guard/contracts/new.toml": "x"})
    ran = repo.guard("contract", "check", "--base")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "guard.toml: can be read",
        f"{FILE}: can be read",
        "2 files, 0 unreadable, 0 contradictions, 0 warnings · on main",
    ]
    assert repo.guard("contract", "check", "--base", "web").code == 0
    assert repo.guard("contract", "check", "--base", FILE).code == 0
    assert "there is no contract new" in repo.guard("contract", "check", "--base", "new").err


def test_check_broken_base(repo: Repo) -> None:
    """With --base, too, every mistake of every file is told, links and all."""
    (repo.path / ".guard/contracts").mkdir(parents=True)
    (repo.path / ".guard/contracts/link.toml").symlink_to("web.toml")
    repo.commit(
        {
            "guard.toml": "bsae = 1",
            FILE: "gaol = 1",
            ".guard/contracts/ok.toml": "goal = 'x'\nowns = ['src/']",
        }
    )
    repo.git("switch", "-q", "-c", "other")
    repo.write({"guard.toml": "", FILE: "goal = 'x'\nowns = ['src/']"})
    ran = repo.guard("contract", "check", "--base")
    assert ran.code == 2
    assert "guard.toml:1:1: bsae: unknown key; expected base" in ran.out
    assert f"{FILE}:1:1: gaol: unknown key; expected goal" in ran.out
    assert ".guard/contracts/link.toml on main is not a regular file (mode 120000)" in ran.out
    assert ".guard/contracts/ok.toml: can be read" in ran.out
    assert ran.out.endswith("4 files, 3 unreadable, 0 contradictions, 0 warnings · on main\n")


def test_check_base_that_the_policy_names(repo: Repo) -> None:
    """The base that the policy names is the one that is looked at."""
    repo.git("branch", "trunk")
    repo.policy("base = 'trunk'\n")
    ran = repo.guard("contract", "check", "--base")
    assert ran.out.endswith("· on trunk\n")


def test_check_broken_policy_on_a_named_base(repo: Repo) -> None:
    """If the policy on the base that another policy names is broken, its contracts are checked."""
    repo.contract("elsewhere", owns=["src/"]).branch("trunk").contract("web", owns=["src/"]).policy(
        "bsae = 1"
    )
    repo.git("switch", "-q", "main")
    repo.policy("base = 'trunk'\n")
    ran = repo.guard("contract", "check", "--base")
    assert ran.code == 2
    assert f"{FILE}: can be read" in ran.out
    assert ran.out.endswith("· on trunk\n")


# all of them


@pytest.mark.parametrize(
    "words",
    [
        ["contract"],
        ["contract", "new"],
        ["contract", "list"],
        ["contract", "show"],
        ["contract", "check"],
    ],
)
def test_help(tmp_path: Path, words: list[str]) -> None:
    """Every command explains itself with an example, outside of any repository too."""
    tmp_path.joinpath("x").mkdir()
    ran = Repo(tmp_path / "x").guard(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Example" in ran.out
    assert f"guard {' '.join(words)}" in ran.out
    assert "\\b" not in ran.out


def test_unknown_words(repo: Repo) -> None:
    """A command or an option that does not exist is a usage error with a way on."""
    for words in (
        ["contract", "lst"],
        ["contract", "list", "--al"],
        ["contract", "show"],
        ["contract", "list", "--format", "xml"],
    ):
        ran = repo.guard(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "hint: " in ran.err


def test_a_shared_file_among_what_a_contract_owns_is_told_at_once(repo: Repo) -> None:
    """A new contract and an edit say it of the patterns that they add, with what allows it."""
    shared = '[shared.types]\nwhy = "x"\npaths = ["/types/"]\n'
    team(repo, policy=POLICY + shared).commit({"types/a.py": "1\n"})
    said = "types/a.py: shared group types: x; no contract owns its merge"
    for verb in (("new", "--goal", "x", "--owns", "/more/"), ("edit",)):
        ran = repo.guard("contract", verb[0], "more", *verb[1:], "--owns", "/types/")
        assert f"note: {said}\n  next: guard contract edit more --merges types" in ran.out, ran
    assert "note:" not in repo.guard("contract", "edit", "more", "--owns", "/docs/").out
    assert "note:" not in repo.guard("contract", "edit", "more", "--merges", "types").out
    ran = repo.guard("contract", "new", "z", "--goal", "x", "--owns", "/types/", "--publish")
    assert f"note: {said.replace('no contract', 'contract more')}" in ran.out, ran
