"""Commands that are run again: the trusted ones, on the tip alone, and without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guard.core.errors import UsageError
from guard.git.plumbing import at
from guard.receipts.receipt import Receipt
from guard.sessions.closing.rerun import rerun, with_reruns
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict
from tests.kit import BASE, GUARD, Ran, Repo

FILE = ".guard/handoffs/web.md"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of its own, which must be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def session(repo: Repo, *verify: str, policy: str = "", **files: str) -> Repo:
    """A branch `web` with a handoff, under a contract on the base that requires these commands."""
    repo.commit({"guard.toml": BASE + f"[handoff]\n{policy}", "src/a.py": "a = 1\n"})
    repo.contract("web", owns=["/src/", "/test.sh"], verify=list(verify)).branch("web")
    listed = "".join(f"- {path}\n" for path in ("src/a.py", *files))
    claims = "".join(f"- `{command}` passed\n" for command in verify)
    text = (
        f"# Handoff: web\n\n**Files:**\n\n{listed}\n**What changed:** all\n\n**Commands "
        f"run**\n\n{claims}\n"
    )
    text += "**Risks:** None: new\n\n**Next steps:** None: new\n"
    repo.commit({"src/a.py": "a = 2\n", FILE: text, **files})
    return repo


def again(repo: Repo, *words: str, env: dict[str, str] | None = None) -> Ran:
    """Run the commands again and judge; any exit status but a bug in guard."""
    ran = repo.guard("handoff", "check", "--rerun", "--format", "json", *words, env=env)
    assert ran.code in (0, 1, 2), ran
    return ran


def codes(ran: Ran) -> list[str]:
    """The codes of the findings of a report."""
    return [one["code"] for one in ran.report["findings"]]


def state(repo: Repo) -> tuple[str, ...]:
    """All that a command could change in a repository."""
    asked = (
        ["status", "--porcelain"],
        ["for-each-ref"],
        ["config", "--list", "--local"],
        ["worktree", "list"],
        ["stash", "list"],
        ["reflog"],
    )
    return tuple(repo.git(*words) for words in asked)


def test_what_passes_is_proved_without_a_receipt(empty: Repo, places: Path) -> None:
    """Without receipts the commands run again, and the handoff holds by that."""
    repo = session(empty, "test -f src/a.py", "grep -q 2 src/a.py && echo ok")
    before = state(repo)
    ran = again(repo)
    assert (ran.code, codes(ran)) == (0, [])
    assert ran.err.splitlines()[0] == "guard: runs again: test -f src/a.py"
    assert "guard: passed in 0." in ran.err
    assert state(repo) == before
    assert not (repo.path / ".git/guard").exists()
    git = at(str(repo.path))
    assert verdict(git, with_reruns(git, Ask("branch"))).verdict == "kept"


def test_what_fails_is_told_with_its_output(empty: Repo, places: Path) -> None:
    """A receipt that says otherwise does not help: what guard saw counts."""
    repo = session(
        empty,
        "sh test.sh",
        **{"test.sh": "test -d .git/guard && exit 0\necho 'one \x1b[31mfailed'\nexit 3\n"},
    )
    repo.guard("run", "--", "sh", "test.sh")
    assert repo.check("--branch").code == 0
    ran = again(repo)
    assert (ran.code, codes(ran)) == (1, ["RUN002"])
    assert (
        "failed when guard ran it again: exit status 3 (one \\e[31mfailed)"
        in ran.report["findings"][0]["message"]
    )
    assert "guard: failed with exit status 3" in ran.err
    assert "  one \\e[31mfailed" in ran.err


def test_only_the_tip_counts(empty: Repo, places: Path) -> None:
    """Uncommitted files do not exist for commands that run again."""
    repo = session(empty, "test ! -e src/new.py && grep -q 2 src/a.py")
    repo.write({"src/new.py": "x\n", "src/a.py": "broken\n"})
    assert again(repo).code == 0
    repo.commit({"src/a.py": "broken\n"})
    assert codes(again(repo)) == ["HND004", "RUN002"]


def test_nothing_is_run_that_the_base_does_not_name(
    empty: Repo, places: Path, tmp_path: Path
) -> None:
    """Commands of the handoff or of a contract that the branch wrote never run."""
    trap = tmp_path / "trap"
    repo = session(empty, "true")
    handoff = (repo.path / FILE).read_text()
    contract = (repo.path / ".guard/contracts/web.toml").read_text()
    repo.commit(
        {FILE: handoff.replace("- `true` passed", f"- `true` passed\n- `touch {trap}` passed")}
    )
    repo.commit(
        {".guard/contracts/web.toml": contract.replace('"true"', f'"true", "touch {trap}"')}
    )
    again(repo)
    repo.git("switch", "-q", "-c", "other", "main")
    repo.contract("other", owns=["/src/"], verify=[f"touch {trap}"])
    ran = again(repo)
    assert not trap.exists()
    assert [one["why"] for one in ran.report["not_checked"] if one["rule"] == "RUN003"] == [
        "in part: verify counts once the contract is on main"
    ]


def test_the_real_repository_is_out_of_reach(empty: Repo, places: Path) -> None:
    """Changes to refs, configuration, index and stash happen in the temporary repository."""
    config = "git config user.name evil && git config core.bare true"
    refs = (
        "git branch -f main HEAD; git tag x; git checkout -q --orphan y; git worktree prune; "
        "git update-ref -d refs/heads/main"
    )
    repo = session(empty, f"{refs}; {config}")
    before = state(repo)
    again(repo)
    assert state(repo) == before


def test_what_commands_see_of_git(empty: Repo, places: Path) -> None:
    """The branch is checked out, the base and the tags are there, and history reaches back."""
    empty.commit({"x": "x"})
    empty.git("tag", "-a", "v1", "-m", "v1")
    script = (
        "git describe | grep -q ^v1 && git diff --name-only main...HEAD | grep -q src/a.py "
        "&& git symbolic-ref --short HEAD | grep -qx web"
    )
    repo = session(
        empty,
        (
            f"{script} && git status --porcelain | wc -l | grep -qx 0 && git log --oneline "
            "origin/main | grep -q contract"
        ),
    )
    assert again(repo).code == 0


def test_a_detached_head(empty: Repo, places: Path) -> None:
    """A range without a branch's name is checked out as a commit; CI names contract and commits."""
    repo = session(empty, "git symbolic-ref -q HEAD || test $? = 1")
    tip = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-q", "--detach", "main")
    repo.git("branch", "-q", "-D", "web")
    assert again(repo, "--base", "main", "--head", tip, "--contract", "web").code == 0


def test_other_clones(empty: Repo, places: Path, tmp_path: Path) -> None:
    """In a bare, a shallow and a SHA-256 repository the commands run as well."""
    repo = session(empty, "test -f src/a.py && git log -1 --format=%s | grep -qx work")
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert again(Repo(tmp_path / "bare.git"), "--base", "main", "--head", "web").code == 0
    repo.git(
        "clone",
        "-q",
        "--depth=3",
        "--no-single-branch",
        f"file://{repo.path}",
        str(tmp_path / "shallow"),
    )
    assert (
        again(Repo(tmp_path / "shallow"), "--base", "origin/main", "--head", "origin/web").code == 0
    )
    modern = session(
        Repo.init(tmp_path / "modern", "--object-format=sha256"),
        "git rev-parse HEAD | grep -qE '^.{64}$'",
    )
    assert again(modern).code == 0


def test_a_clean_environment(empty: Repo, places: Path) -> None:
    """Commands see the usual variables and the policy's, and only absolute paths in PATH."""
    script = (
        "env | cut -d= -f1 | grep -E "
        "'^(SECRET|GIT_|PYTHON|NODE_OPTIONS|JAVA_HOME|HOME|GUARD_INSIDE_RERUN)' | sort | tr "
        "'\\n' ' '"
    )
    names = f"test \"$({script})\" = 'GUARD_INSIDE_RERUN HOME JAVA_HOME NODE_OPTIONS '"
    relative = (
        'case :$PATH: in *:bin:*|*::*|*:.:*) exit 1;; esac; test -w "$TMPDIR" && touch '
        '"$TMPDIR/left" && ! read x'
    )
    repo = session(empty, names, relative, policy="environment = ['JAVA_HOME', 'NODE_*']\n")
    env = {
        "SECRET": "x",
        "JAVA_HOME": "/j",
        "NODE_OPTIONS": "y",
        "PYTHONPATH": "z",
        "PATH": f"bin::.:{os.environ['PATH']}",
    }
    assert again(repo, env=env).code == 0


def test_files_that_a_command_changes(empty: Repo, places: Path) -> None:
    """A command that changes files proves nothing; the next one gets the original files."""
    repo = session(empty, "echo >> src/a.py", "git diff --quiet && echo x > built", "test -f built")
    ran = again(repo)
    assert codes(ran) == ["RUN003"]
    assert (
        "changed the tree that it was to verify: src/a.py" in ran.report["findings"][0]["message"]
    )


@pytest.mark.parametrize("way", ["policy", "option"])
def test_a_command_without_end(empty: Repo, places: Path, way: str) -> None:
    """What takes too long is ended with all that it started, and told so."""
    deaf = "trap '' TERM; " if way == "policy" else ""
    repo = session(
        empty,
        f"echo begun; sleep 1000 & {deaf}sleep 1000",
        policy="time_limit = 1\n" if way == "policy" else "",
    )
    begin = time.monotonic()
    ran = again(repo, *(() if way == "policy" else ("--time-limit", "1")))
    assert time.monotonic() - begin < 60
    assert codes(ran) == ["RUN002"]
    assert "exit status 124 (guard: ended after 1 s)" in ran.report["findings"][0]["message"]


def test_what_runs_on_is_ended(empty: Repo, places: Path, tmp_path: Path) -> None:
    """What a command leaves running ends with it, and nobody waits for it."""
    repo = session(empty, f"(sleep 1000; touch {tmp_path}/late) & echo $! > {tmp_path}/pid")
    assert again(repo).code == 0
    pid = int((tmp_path / "pid").read_text())
    gone = f"/proc/{pid}/stat"
    assert not Path(gone).exists() or Path(gone).read_text().split()[2] == "Z"


def test_folders_that_cannot_be_written_to(empty: Repo, places: Path) -> None:
    """What a test suite leaves without permission to write is removed as well."""
    repo = session(
        empty, "mkdir -p cache/deep && touch cache/deep/x && chmod -R a-w cache && ln -s / root"
    )
    assert again(repo).code == 0


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["INT", "TERM", "HUP"]
)
def test_interrupted(empty: Repo, places: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Whoever ends guard in the middle finds nothing left: no folder, no process, no worktree."""
    repo = session(empty, f"echo $$ > {tmp_path}/pid; sleep 1000")
    before = state(repo)
    with subprocess.Popen(
        [*GUARD, "handoff", "check", "--rerun"], cwd=repo.path, stderr=subprocess.PIPE
    ) as process:
        wait_for(tmp_path / "pid")
        process.send_signal(number)
        told = process.communicate()[1]
    assert (process.returncode, told.splitlines()[-1]) == (130, b"guard: interrupted")
    assert list(places.iterdir()) == []
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    assert state(repo) == before


def wait_for(path: Path) -> None:
    """Wait until another process has written a file."""
    deadline = time.monotonic() + 30
    while not (path.exists() and path.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.exists()


def test_never_inside_itself(empty: Repo, places: Path) -> None:
    """A required command that runs commands again is told so, and does not go on for ever."""
    repo = session(empty, f"{' '.join(GUARD)} handoff check --rerun")
    ran = again(repo)
    assert codes(ran) == ["RUN002"]
    assert "must not run commands again" in ran.err


def test_output_is_bounded(empty: Repo, places: Path) -> None:
    """Of a hundred megabytes only the end is kept."""
    repo = session(empty, f"{sys.executable} -c \"print('x' * 100_000_000)\"")
    told: list[Receipt | None] = []
    (receipt,) = rerun(at(str(repo.path)), Ask("branch"), tell=lambda _, one: told.append(one))
    assert (receipt.passed, receipt.streams[0].size, len(receipt.streams[0].tail)) == (
        True,
        100_000_001,
        4096,
    )
    assert told == [None, receipt]


def test_where_there_is_nothing_to_run(repo: Repo) -> None:
    """On the base, without a contract and without required commands nothing is run."""
    git = at(str(repo.path))
    assert rerun(git, Ask("branch")) == ()
    repo.contract("web", owns=["/src/"]).branch("web")
    assert rerun(git, Ask("branch")) == ()


def test_inside_of_a_rerun(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that guard sets for the commands keeps it from beginning again."""
    monkeypatch.setenv("GUARD_INSIDE_RERUN", "1")
    with pytest.raises(UsageError):
        rerun(at(str(repo.path)), Ask("branch"))


def test_no_handoff_is_no_excuse(empty: Repo, places: Path) -> None:
    """A command that fails again breaks the contract, even if no handoff is required."""
    repo = session(empty, "test -e never", policy="required = false\n")
    repo.git("rm", "-q", FILE)
    repo.commit({})
    assert repo.check("--branch").code == 0
    assert codes(again(repo)) == ["RUN002"]
