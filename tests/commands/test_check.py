"""`guard check` as a command: its options, where its answer goes, and how it ends."""

from __future__ import annotations

import base64
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kit import GUARD, Ran, Repo, session, team
from tests.reports.schema import valid

KEPT = "guard: contract feature kept · 1 path on feature against main <tip> (worktree)"
BROKEN = (
    "guard: contract feature broken · 1 error · 1 path on feature against main <tip> (worktree)"
)


def without_tip(text: str) -> str:
    """Replace the commit in a headline."""
    return re.sub(r"against main [0-9a-f]{12} ", "against main <tip> ", text)


@pytest.fixture
def kept(repo: Repo) -> Repo:
    """A session that keeps its contract."""
    return session(repo).write({"src/a.py": "a = 2\n"})


@pytest.fixture
def broken(repo: Repo) -> Repo:
    """A session that breaks its contract with an untracked file."""
    return session(repo).write({"docs/new.md": "new\n"})


def test_a_kept_contract_is_one_line(kept: Repo) -> None:
    """A contract that is kept takes one line and exit status 0."""
    ran = kept.guard("check")
    assert (ran.code, without_tip(ran.out).splitlines(), ran.err) == (0, [KEPT], "")


def test_a_broken_contract_says_what_to_do(broken: Repo) -> None:
    """A contract that is broken ends with status 1, and every finding with something to type."""
    ran = broken.guard("check")
    first, found, *others = ran.out.splitlines()
    assert (ran.code, without_tip(first), ran.err) == (1, BROKEN, "")
    assert found.startswith("error: docs/new.md: OWN001 outside-contract: ")
    assert any(line.startswith("  next: ") for line in others)


def test_json_follows_the_schema(kept: Repo) -> None:
    """The report that a program reads is valid and says the same as the exit status."""
    ran = kept.check()
    report = valid(ran.out)
    assert (ran.code, ran.err, report["verdict"], report["contract"], report["branch"]) == (
        0,
        "",
        "kept",
        "feature",
        "feature",
    )
    assert "worktree" not in report


def test_hostile_names_are_shown_and_can_be_read_back(kept: Repo) -> None:
    """Odd names neither break the JSON nor reach the terminal."""
    names = [
        b"\x1b[2J",
        b"a\nb\t",
        b"\xff\xfe",
        b"100%s",
        b'"quoted"',
        "\u202egnp.exe".encode(),
        b"::error::",
        b":!x",
        b"-n",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(kept.path) + b"/" + name)).write_text("x")
    ran = kept.check()
    assert ran.code == 1
    found = {finding["path"]: finding for finding in valid(ran.out)["findings"]}
    assert {
        base64.b64decode(finding["path_base64"]) if "path_base64" in finding else path.encode()
        for path, finding in found.items()
    } == set(names)
    text = kept.guard("check").out
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            "--staged --branch",
            "--staged and --branch do not go together",
            "guard check --staged, guard check --branch",
        ),
        (
            "--staged --head HEAD",
            "--staged and --head do not go together",
            "guard check --base main --head REV",
        ),
        (
            "--staged --branch --head HEAD",
            "--staged and --branch and --head do not go together",
            "guard check --staged",
        ),
        ("--all --head HEAD", "--head does not go with it", "guard check --all --branch"),
        ("--all --contract x", "--contract does not go with it", "guard check --all --branch"),
        (
            "--quiet --format json",
            "--quiet and --format json do not go together",
            "guard check --quiet --format json --output FILE",
        ),
        ("--head=", "--head has an empty value", "guard check --head VALUE"),
        ("--base= --head HEAD", "--base has an empty value", "guard check --base VALUE"),
        ("--contract=", "--contract has an empty value", "guard check --contract VALUE"),
        ("--output=", "--output has an empty value", "guard check --output VALUE"),
    ],
)
def test_options_that_do_not_go_together_are_an_error(
    words: str, message: str, hint: str, kept: Repo
) -> None:
    """Nothing is judged by halves: the call ends with status 2 and says what goes together."""
    ran = kept.guard("check", *words.split())
    assert ran.code == 2
    first, second = ran.err.splitlines()
    assert message in first
    assert hint in second


@pytest.mark.parametrize(("words", "scope"), [
    ("", "worktree"),
    ("--base main", "worktree"),
    ("--staged", "staged"),
    ("--staged --base main", "staged"),
    ("--branch", "branch"),
    ("--base main --head HEAD", "range"),
    ("--head feature", "range"),
])  # fmt: skip
def test_options_choose_the_scope(words: str, scope: str, kept: Repo) -> None:
    """Each scope has its option, and the base can be chosen for any of them."""
    assert valid(kept.check(*words.split()).out)["scope"] == scope


def test_an_error_is_json_where_json_is_asked_for(tmp_path: Path) -> None:
    """Without a verdict a program gets a report, a person the message, and the status is 2."""
    ran = Repo(tmp_path).check("--staged")
    report = valid(ran.out)
    assert (ran.code, report["verdict"], report["scope"], report["findings"]) == (
        2,
        "error",
        "staged",
        [],
    )
    assert ran.err == f"guard: {report['error']['message']}\n  hint: {report['error']['hint']}\n"
    together = valid(Repo(tmp_path).check("--all").out)
    assert [report["verdict"] for report in together["reports"]] == ["error"]
    assert Repo(tmp_path).guard("check", "--staged").out == ""


def test_a_usage_error_is_json_too(kept: Repo) -> None:
    """A program that combines options wrongly reads why."""
    ran = kept.check("--staged", "--branch")
    assert (ran.code, valid(ran.out)["error"]["message"]) == (
        2,
        "--staged and --branch do not go together",
    )


@pytest.mark.parametrize("words", [["--format", "json"], []])
def test_a_file_gets_the_report(words: list[str], broken: Repo) -> None:
    """`--output` writes the report, relative to the directory, and prints one line."""
    printed = broken.guard("check", *words)
    (broken.path / "src/deep").mkdir()
    ran = broken.guard("check", *words, "--output", "report", cwd=broken.path / "src/deep")
    assert (ran.code, without_tip(ran.out)) == (1, f"{BROKEN} · report in report\n")
    assert (broken.path / "src/deep/report").read_text(encoding="utf-8") == printed.out
    assert os.listdir(broken.path / "src/deep") == ["report"]


def test_a_file_does_not_keep_an_older_report(broken: Repo, tmp_path: Path) -> None:
    """Where guard cannot judge, the file says that, and not what an earlier call found."""
    file = tmp_path / "report"
    assert broken.guard("check", "--output", str(file)).code == 1
    ran = broken.guard("check", "--base", "nowhere", "--output", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert file.read_text(encoding="utf-8").startswith("guard: could not judge")
    assert broken.check("--base", "nowhere", "--output", str(file)).code == 2
    assert valid(file.read_text())["verdict"] == "error"


def test_a_file_that_cannot_be_written_is_an_error(broken: Repo) -> None:
    """A report that did not arrive is no verdict."""
    ran = broken.guard("check", "--output", "src")
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (
        2,
        "",
        "guard: --output 'src' is not a file",
    )


def test_a_dash_is_standard_output(broken: Repo) -> None:
    """`--output -` is what happens without it."""
    assert broken.guard("check", "--output", "-") == broken.guard("check")


def test_quiet_says_nothing_of_a_kept_contract(kept: Repo, tmp_path: Path) -> None:
    """A contract that is kept makes no output at all, and a file is written nevertheless."""
    file = tmp_path / "report"
    assert kept.guard("check", "--quiet") == Ran(0, "", "")
    assert kept.guard("check", "-q", "--all").out == ""
    assert kept.guard("check", "-q", "--format", "json", "--output", str(file)) == Ran(0, "", "")
    assert valid(file.read_text())["verdict"] == "kept"


def test_quiet_says_one_line_of_a_broken_contract(broken: Repo) -> None:
    """A contract that is broken takes one line, an error is reported as ever."""
    ran = broken.guard("check", "--quiet")
    assert ran._replace(out=without_tip(ran.out)) == Ran(1, f"{BROKEN}\n", "")
    assert broken.guard("check", "--quiet", "--all").out == "guard: 1 worktree · 1 broken\n"
    assert broken.guard("check", "--quiet", "--base", "nowhere").err != ""


@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"CLICOLOR": "0"}, False)]
)
def test_colour_is_for_terminals(env: dict[str, str], broken: Repo, *, coloured: bool) -> None:
    """A terminal gets colours unless the user said no."""
    screen, terminal = pty.openpty()
    subprocess.run(
        [*GUARD, "check"],
        stdout=terminal,
        cwd=broken.path,
        env={**os.environ, "TERM": "xterm", **env},
        check=False,
    )
    os.close(terminal)
    seen = os.read(screen, 1 << 16)
    os.close(screen)
    assert (b"\x1b[1;31mbroken\x1b[0m" in seen) is coloured


def test_colour_is_not_for_pipes_and_files(broken: Repo, tmp_path: Path) -> None:
    """A pipe gets colours only where the user forces them, a file and JSON never."""
    assert "\x1b" not in broken.guard("check").out
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b[31merror\x1b[0m" in broken.guard("check", env=forced).out
    broken.guard("check", "--output", str(tmp_path / "report"), env=forced)
    assert "\x1b" not in (tmp_path / "report").read_text(encoding="utf-8")
    valid(broken.guard("check", "--format", "json", env=forced).out)


def test_an_interrupt_while_judging_is_no_verdict(kept: Repo, tmp_path: Path) -> None:
    """A signal like that of ^C ends with status 130, wherever guard is."""
    os.mkfifo(tmp_path / "pipe")  # opening it waits for a reader who never comes
    program = """
import signal, sys
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 1)
from guard.__main__ import main
sys.exit(main())
"""
    ran = kept.run(
        sys.executable, "-I", "-c", program, "check", "--output", str(tmp_path / "pipe"), ok=(130,)
    )
    assert (ran.out, ran.err) == ("", "guard: interrupted\n")


@pytest.fixture
def several(repo: Repo) -> dict[str, Repo]:
    """A repository with worktrees in every condition; keys are branches."""
    repo.contract("good", owns=["src/"]).contract("bad", owns=["src/"])
    made = {name: repo.worktree(name) for name in ("good", "bad", "gone", "torn", "lost")}
    made["good"].write({"src/a.py": "a = 3\n"})
    made["bad"].write({"docs/b.md": "b\n"})
    shutil.rmtree(made["gone"].path)
    made["torn"].write({".git": "gitdir: /nowhere\n"})
    repo.worktree("inside/../repo/.trees/nested", "nested")
    (repo.path / ".trees/nested/.git").unlink()
    made["lost"].write({"src/a.py": "a = 4\n"}).git("checkout", "-q", "--detach")
    return {"main": repo, **made}


def test_all_judges_every_worktree(several: dict[str, Repo]) -> None:
    """Every worktree is reported, the worst first; one that could not be judged sets the status."""
    ran = several["good"].check("--all")
    reports = valid(ran.out)["reports"]
    told = {report["worktree"]: (report["verdict"], report["branch"]) for report in reports}
    main = str(several["main"].path)
    assert ran.code == 2
    assert told == {
        str(several["bad"].path): ("broken", "bad"),
        str(several["gone"].path): ("error", "gone"),
        str(several["torn"].path): ("error", "torn"),
        f"{main}/.trees/nested": ("error", "nested"),
        str(several["good"].path): ("kept", "good"),
        str(several["lost"].path): ("broken", None),
        main: ("kept", "main"),
    }
    verdicts = [report["verdict"] for report in reports]
    assert verdicts == sorted(verdicts, key=["broken", "error", "kept"].index)
    hints = {report["branch"]: report["error"]["hint"] for report in reports if report["error"]}
    assert hints == {
        "gone": f"git worktree remove {several['gone'].path}   # if it is gone for good",
        "torn": hints["torn"],
        "nested": "git worktree repair",
    }


@pytest.mark.parametrize("name", ["gone", "it's gone", "gone\n$(x)"])
@pytest.mark.parametrize("locked", [False, True])
def test_all_says_how_one_worktree_is_forgotten(repo: Repo, name: str, *, locked: bool) -> None:
    """The command forgets the worktree that is gone, and not one whose disk is away."""
    tree, other = repo.worktree(name, "gone"), repo.worktree("away")
    if locked:
        repo.git("worktree", "lock", str(tree.path))
    for one in (tree, other):
        one.path.rename(one.path.with_name(f"{one.path.name}-moved"))
    hints = {one["branch"]: one["error"] for one in repo.check("--all").report["reports"]}
    repo.run("bash", "-c", hints["gone"]["hint"])
    listed = repo.git("worktree", "list", "--porcelain", "-z").split("\0")
    assert f"worktree {other.path}" in listed
    assert f"worktree {tree.path}" not in listed
    other.path.with_name("away-moved").rename(other.path)
    assert other.git("branch", "--show-current") == "away"


def test_what_is_to_be_done_elsewhere_is_typed_there(empty: Repo) -> None:
    """A command about another worktree or branch leads there first, and works as printed."""
    team(empty)
    web = empty.worktree("web").write({"web/a.py": "new\n", "docs/a.py": "x\n"})
    web.commit()
    words = ("--base", "main", "--head", "web")
    go = f"cd {web.path} && "
    for there, way in ((empty, go), (web, "")):
        for report in (
            there.check(*words).report,
            there.check("--all").report["reports"][0],
            there.check("--all", "--branch").report["reports"][0],
        ):
            steps = {one["next"] for one in report["findings"]}
            assert steps == {f"{way}guard contract edit web --owns /docs/a.py --publish"}
    shown = empty.guard("handoff", "show", *words)
    assert shown.err.endswith(f"  hint: {go}guard handoff draft\n")
    empty.git("worktree", "remove", str(web.path))
    [found] = empty.check(*words).report["findings"]
    assert found["next"].startswith("git switch web && guard contract edit web ")
    pushed = empty.guard("install").code
    empty.git("init", "-q", "--bare", "../o.git")
    ran = empty.run("git", "push", "../o.git", "web", ok=(1,))
    assert (pushed, "next: git switch web && guard contract edit" in ran.err) == (0, True)


def test_all_is_told_side_by_side(several: dict[str, Repo]) -> None:
    """The text counts the verdicts first, then each worktree has its headline, then the pairs."""
    ran = several["main"].guard("check", "--all")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (2, "")
    assert lines[0] == "guard: 7 worktrees · 2 broken, 3 not judged, 2 kept"
    assert len([line for line in lines[1:] if line.startswith("guard: ")]) == 7 + 1
    assert any("not all could be judged · " in line for line in lines)


def test_all_is_broken_if_one_is(repo: Repo) -> None:
    """If all are judged, one broken contract sets the status; `--staged` applies to each."""
    repo.contract("bad", owns=["src/"])
    bad = repo.worktree("bad")
    bad.write({"docs/b.md": "b\n"})
    assert repo.check("--all").code == 1
    assert repo.check("--all", "--staged").code == 0
    bad.git("add", "-A")
    assert repo.check("--all", "--staged").code == 1


def test_all_does_not_mind_the_variables_of_a_hook(several: dict[str, Repo]) -> None:
    """Each worktree is asked about itself, also in a hook, with git's variables set."""
    good = several["good"]
    env = {
        "GIT_DIR": good.git("rev-parse", "--absolute-git-dir"),
        "GIT_INDEX_FILE": good.git("rev-parse", "--git-path", "index"),
    }
    assert good.guard("check", "--all", env=env) == good.guard("check", "--all")


def test_all_finds_the_files_of_a_submodule(repo: Repo, tmp_path: Path) -> None:
    """git lists the git directory of a submodule; its files are judged from any worktree."""
    outer = Repo.init(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.path), "inner")
    inner = Repo(outer.path / "inner")
    linked = inner.worktree("linked").write({"src/new.py": "new\n"})
    for place in (inner, linked):
        judged = {
            report["worktree"]: report["verdict"]
            for report in valid(place.check("--all").out)["reports"]
        }
        assert judged == {str(inner.path): "kept", str(linked.path): "broken"}


def test_all_finds_the_files_of_a_separate_git_directory(repo: Repo, tmp_path: Path) -> None:
    """Where the git directory was put elsewhere, the files are judged, too."""
    repo.git("init", "-q", "--separate-git-dir", str(tmp_path / "elsewhere.git"))
    assert [report["worktree"] for report in valid(repo.check("--all").out)["reports"]] == [
        str(repo.path)
    ]


def test_all_skips_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    """A bare repository has no files to judge; its worktrees have."""
    bare = Repo(tmp_path / "bare.git")
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare.path))
    ran = bare.guard("check", "--all")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "guard: this repository has no worktree")
    bare.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "tree"))
    assert [report["branch"] for report in valid(bare.check("--all").out)["reports"]] == ["feature"]


def test_a_bug_in_one_worktree_does_not_hide_the_others(several: dict[str, Repo]) -> None:
    """The other worktrees are reported before the bug, which sets the status."""
    program = """
import sys
import time
import guard.sessions.all_worktrees as check
judge = check.verdict
def verdict(git, ask):
    return judge(git, ask) if not git.directory.endswith("good") else 1 / 0
check.verdict = verdict
from guard.__main__ import main
sys.exit(main())
"""
    ran = several["main"].run(
        sys.executable, "-I", "-c", program, "check", "--all", "--format", "json", ok=(3,)
    )
    reports = {report["branch"]: report for report in valid(ran.out)["reports"]}
    assert (reports["bad"]["verdict"], reports["good"]["verdict"]) == ("broken", "error")
    assert reports["good"]["error"]["message"] == "a bug in guard: ZeroDivisionError"
    assert "ZeroDivisionError: division by zero" in ran.err


def test_an_edit_in_the_second_of_the_checkout_is_seen(repo: Repo) -> None:
    """A file with the size and times of the index is read nevertheless, as by git ("racy git")."""
    session(repo)
    file, index = repo.path / "docs/a.md", repo.path / ".git/index"
    started = 0
    while int(file.stat().st_ctime) != started or int(index.stat().st_mtime) != started:
        started = int(time.time())
        file.unlink()
        repo.git("checkout", "--", "docs")
        repo.write({"docs/a.md": "b\n"})
    time.sleep(1.1)
    assert repo.check().codes == {"docs/a.md": ["OWN001"]}
