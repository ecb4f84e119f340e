"""`guard status`: states, steps, text at any width, JSON, and what cannot be read."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guard.changes.conflict import Conflict
from guard.reports import status as text
from guard.rules.between import Party, Place
from guard.rules.board import Board, Row, next_step, why_of
from tests.kit import BASE, METADATA, Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
NUMBERS = "".join(f"{number}\n" for number in range(1, 21))
NEVER = "[status]\nstale = 10000\n"  # commits of tests are made at one time, long ago
POLICY = f"{BASE}sessions = 1\n{NEVER}{METADATA}"


def shown(repo: Repo, *words: str) -> dict[str, Any]:
    """What `guard status --format json` says, after the published schema has accepted it."""
    ran = repo.guard("status", "--format", "json", *words)
    assert (ran.code, ran.err) == (0, ""), ran
    VALIDATOR(json.loads(repo.guard("schema", "status").out)).validate(ran.report)
    return ran.report


def by_name(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The sessions of a report."""
    return {one["name"]: one for one in report["sessions"]}


def crowd(repo: Repo) -> dict[str, Repo]:
    """Sessions in every state that needs no agent, and two that conflict."""
    team(repo, policy=POLICY)
    repo.commit({"docs/n.py": NUMBERS})
    repo.contract("docs", owns=["docs/"], goal="Write the manual.").contract("later", owns=["l/"])
    repo.contract("bot", owns=["*.lock"], standing=True).contract("old", owns=["old/"])
    places = {name: repo.worktree(name) for name in "api web docs old loose gone torn".split()}
    places["old"].commit({"old/a": "old\n"})
    repo.git("merge", "-q", "--no-ff", "--no-edit", "old")
    for name in ("api", "docs"):
        places[name].write({"docs/n.py": NUMBERS.replace("10\n", f"{name}\n")})
    places["web"].commit({"web/a.py": "web\n", "web/new.py": "new\n"})
    places["web"].write({"package.json": "[]\n"})
    repo.run("rm", "-r", str(places["gone"].path))
    (repo.path / ".git/worktrees/torn/index").write_bytes(b"no index")
    return places


def test_every_state_and_its_step(repo: Repo) -> None:
    """Each session has its state, its facts and one command that works as printed."""
    places = crowd(repo)
    report = shown(repo)
    found = by_name(report)
    assert {name: one["state"] for name, one in found.items()} == {
        "api": "blocked",
        "bot": "standing",
        "docs": "working",
        "gone": "missing",
        "later": "not-started",
        "loose": "no-contract",
        "old": "integrated",
        "torn": "error",
        "web": "blocked",
    }
    states = [one["state"] for one in report["sessions"]]
    assert states.index("error") < states.index("blocked") < states.index("working")
    assert "OWN001" in found["api"]["why"]
    assert found["web"]["files"] == {"inside": 2, "outside": 1}
    assert found["web"]["shared"] == [{"path": "package.json"}]
    assert (found["web"]["ahead"], found["web"]["dirty"], found["web"]["handoff"]) == (
        1,
        1,
        "missing",
    )
    assert found["torn"]["dirty"] is None
    assert [(one["with"], one["verdict"]) for one in found["docs"]["conflicts"]] == [
        ("api", "conflict"),
        ("torn", "undecided"),
    ]
    pairs = repo.guard("conflicts", "--format", "json").report["pairs"]
    assert report["pairs"] == [one for one in pairs if one["verdict"] != "clean"]
    assert report["pairs"][0]["paths"][0]["lines"] == [{"a": [10, 10], "b": [10, 10]}]
    assert (report["limit"]["open"], report["limit"]["exceeded"]) == (4, True)
    assert [(one["contract"], one["worktree"]) for one in report["stray"]] == [
        ("docs", str(places["api"].path))
    ]
    assert repo.guard("status", "--exit-code").code == 2
    for name in ("api", "gone", "old", "later"):
        ran = repo.run("bash", "-c", found[name]["next"].replace("guard", _guard()), ok=())
        assert ran.code == (1 if name == "api" else 0), (found[name]["next"], ran)
    after = by_name(shown(repo))
    assert {"gone", "old"}.isdisjoint(after)
    assert after["later"]["state"] == "working"


def _guard() -> str:
    return f"{shlex.quote(sys.executable)} -I -m guard"


def test_ready_is_committed_kept_and_handed_over(repo: Repo) -> None:
    """A session is ready with its handoff; then the next command merges it."""
    team(repo, policy=BASE + NEVER)
    place = repo.worktree("web", "web")
    place.commit({"web/a.py": "new\n"})
    one = by_name(shown(repo))["web"]
    assert (one["state"], one["handoff"]) == ("working", "missing")
    assert one["next"].endswith("guard handoff draft")
    said = ("--behavior", "New.", "--risks", "None: small.", "--follow-up", "None: done.")
    place.guard("run", "--", "true")
    ran = place.guard("handoff", "write", *said, "--commit")
    assert ran.code == 0, ran
    one = by_name(shown(repo))["web"]
    assert (one["state"], one["handoff"]) == ("ready", "holds")
    ran = repo.guard("status", "--exit-code")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "2 sessions are open, 3 at most")
    place.write({"web/b.py": "more\n"})
    assert by_name(shown(repo))["web"]["state"] == "working"
    place.commit({})
    assert by_name(shown(repo))["web"]["handoff"] == "stale"
    place.git("reset", "-q", "--hard", "HEAD~")
    assert one["next"] == "guard integrate web"
    assert repo.guard("integrate", "web").code == 0
    assert by_name(shown(repo))["web"]["state"] == "integrated"


def test_no_step_leads_into_a_folder_that_is_missing() -> None:
    """Whatever else is wrong with its session, which is told, too."""
    place = Place(Conflict("web/a.py", "content"))
    party = Party("web", "web", "/away", "web", "", "1" * 40, state="blocked", missing=True)
    party = party._replace(places=(place,))
    assert why_of(party, None, "main") == "its folder is missing; conflicts with main in web/a.py"
    step = "forget it   # if it is gone for good"
    assert next_step(Row(party, "blocked"), "main", "forget it") == step


def test_who_goes_on_has_a_command_on_the_screen_too() -> None:
    """A command that many share is there once: it is for all that have no other one."""
    rows = [_calm(f"n{one}", "check") for one in range(9)]
    rows += [_calm("brief-a", "brief"), _calm("brief-b", "brief"), _calm("alone", "status")]
    rows += [_calm(name, "check --head", branch=f"feat/{name}") for name in ("far", "away")]
    rows.append(_calm("done", "finish done", state="stale"))
    shown = text.render(Board("main", "0" * 40, tuple(rows), 0.0), width=60)
    assert shown.partition("those that go on by themselves:\n")[2].splitlines() == [
        "  next: guard check --head BRANCH",
        "    # for each without a worktree",
        "  next: cd /w/alone && guard status   # alone",
        "  next: guard brief   # in the worktrees of brief-a, brief-b",
        "  next: guard check   # in the worktree of each other one",
    ]
    few = [_calm("a", "check"), _calm("b", "check")]
    shown = text.render(Board("main", "0" * 40, tuple(few), 0.0))
    assert shown.endswith("  next: guard check   # in the worktree of each\n")


def _calm(name: str, step: str, *, branch: str = "", state: str = "working") -> Row:
    place = "" if branch else f"/w/{name}"
    party = Party(name, branch, place, name, "", "")
    step = f"guard {step} {branch}" if branch else f"cd {place} && guard {step}"
    return Row(party, state, next=step)


def widths(ran: Ran) -> int:
    """The longest line that is no command."""
    lines = [line for line in ran.out.split("\n") if "next: " not in line]
    return max(len(line) for line in lines if " " in line.strip())


def test_text_fits_and_says_what_it_leaves_out(repo: Repo, tmp_path: Path) -> None:
    """60 columns or 200: a line a session, what is cut has a sign, no name acts as a command."""
    crowd(repo)
    hostile = "x\u202e\u05d0-" + "long" * 20
    repo.git("worktree", "add", "-q", "-b", hostile, str(tmp_path / "\x1b[31mred"))
    (tmp_path / "\x1b[31mred/docs/n.py").write_text(NUMBERS.replace("10\n", "hostile\n"))
    narrow = repo.guard("status", env={"COLUMNS": "60"})
    wide = repo.guard("status", env={"COLUMNS": "200"})
    assert (narrow.code, wide.code) == (0, 0)
    assert widths(narrow) <= 60
    assert widths(wide) <= 200
    assert "not shown in 60 columns: " in narrow.out
    tiny = repo.guard("status", env={"COLUMNS": "50"}).out
    (head,) = re.findall("^state .*", tiny, re.MULTILINE)
    assert head.split() == ["state", "session", "out", "±"]  # `conflicts` has no room
    assert "Write the manual." in wide.out
    assert "not shown" not in wide.out
    for ran in (narrow, wide):
        assert not re.search("[\x1b\u202e]", ran.out)
        lines = [line for line in ran.out.split("\n") if "\\u202e" in line and "long" in line]
        assert len(lines) > 3
        assert all("…" in line for line in lines)
        assert "its folder is missing" in ran.out
    coloured = repo.guard("status", env={"FORCE_COLOR": "1", "COLUMNS": "60"}).out
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == narrow.out


def test_without_a_policy_no_step_asks_for_a_verdict(empty: Repo) -> None:
    """`guard check` could not judge there, so a session's command is git's."""
    empty.commit({"a": "1\n"})
    empty.worktree("api").write({"a": "2\n"})
    (one,) = shown(empty)["sessions"]
    assert one["next"].endswith("/api && git status")


def test_a_long_screen_ends_with_whom_to_look_at() -> None:
    """What has scrolled away is named again, and nobody of whom nothing is wanted."""
    rows = [Row(Party(f"n{one}", "", "", "", "", ""), "error") for one in range(8)]
    board = Board("main", "0" * 40, (*rows, Row(Party("calm", "", "", "", "", ""), "working")), 0.0)
    assert "above:" not in text.render(board)
    assert "above:" not in text.render(board, height=40)
    *_, last = text.render(board, height=8).splitlines()
    assert last == "above: 8 sessions need somebody: n0, n1, n2, n3, n4, n5, 2 more"


def test_an_unreadable_contract_blocks_its_own_session_alone(repo: Repo) -> None:
    """It is told on top and at its session; the others are judged."""
    team(repo, policy=BASE + NEVER)
    repo.commit({".guard/contracts/web.toml": "goal = 3\n"})
    repo.worktree("web")
    repo.worktree("api").commit({"api/a.py": "new\n"})
    report = shown(repo)
    found = by_name(report)
    assert (found["web"]["state"], found["api"]["state"]) == ("error", "working")
    assert report["unreadable"][0]["file"] == ".guard/contracts/web.toml"
    assert repo.guard("status", "--exit-code").code == 2


def test_a_worktree_that_does_not_answer(repo: Repo, tmp_path: Path) -> None:
    """Where git hangs, its session says so after a while, the others are whole, and git is gone."""
    team(repo, policy=BASE + NEVER)
    for name in ("api", "web"):
        repo.worktree(name).commit({f"{name}/a.py": "new\n"})
    git = shutil.which("git")
    hung = tmp_path / "hung"
    slow = f'#!/bin/sh\ncase $* in *status*) [ "$GIT_WORK_TREE" = {repo.path.parent}/api ] && '
    slow += f'echo $$ > {hung} && exec sleep 600;; esac\nexec {git} "$@"\n'
    repo.write({"../bin/git": slow})
    (repo.path / "../bin/git").chmod(0o755)
    path = f"{repo.path.parent}/bin:{os.environ['PATH']}"
    ran = repo.guard("status", "--format", "json", "--patience", "2", env={"PATH": path})
    found = by_name(ran.report)
    assert (found["api"]["state"], found["web"]["state"]) == ("error", "working")
    assert found["api"]["why"] == "it did not answer for 2 seconds; is its disk there?"
    assert found["web"]["files"] == {"inside": 1, "outside": 0}
    assert found["api"]["next"] == "guard status"  # nobody is sent into a folder that hangs
    with pytest.raises(ProcessLookupError):
        os.kill(int(hung.read_text()), 0)


def test_what_is_no_regular_file_hangs_nobody(repo: Repo) -> None:
    """An index that is a pipe is an error at once; nobody waits for its other end."""
    team(repo)
    repo.worktree("api")
    for name in ("new", "old", "more-" * 20):
        repo.contract(name, owns=[f"{name}/"]).worktree(name).write({"package.json": name})
    index = repo.path / ".git/worktrees/api/index"
    index.unlink()
    os.mkfifo(index)
    found = by_name(shown(repo))
    assert found["api"]["state"] == "error"
    assert "is not a regular file" in found["api"]["why"]
    text = repo.guard("status", env={"COLUMNS": "60"}).out
    assert "undecided: whether 3 pairs conflict: all of them with api" in text
    _, _, finding = text.partition("SES001 too-many-sessions")
    assert [line for line in finding.splitlines()[:4] if len(line) > 60] == []


def test_the_checkout_of_the_base_is_no_session(repo: Repo) -> None:
    """It is told apart, with whose work lies there; every command fits a narrow terminal."""
    team(repo, policy=f"{BASE}{NEVER}")
    repo.contract("ui", owns=["web/*.py"]).contract("later", owns=["later/"])
    repo.worktree("web").commit({"web/a.py": "done\n"})
    repo.worktree("ui").write({"web/b.py": "going on\n"})
    repo.write({"web/a.py": "stray\n", "docs/a.py": "whose?\n"})
    report = shown(repo)
    assert sorted(by_name(report)) == ["api", "later", "ui", "web"]
    assert [(one["name"], one["dirty"]) for one in report["checkouts"]] == [("main", 2)]
    (stray,) = report["stray"]
    assert (stray["contract"], stray["others"]) == ("ui", ["web"])
    assert [met["with"] for met in by_name(report)["web"]["conflicts"]] == ["main"]
    text = repo.guard("status", env={"COLUMNS": "60"}).out
    flat = " ".join(text.split())
    lies = f"not a session: 2 paths uncommitted on main, in {repo.path}; conflicts with web "
    assert lies in flat
    assert "work of session ui or of web, which may change it" in flat
    place = shlex.quote(str(repo.path))
    steps = [line.strip() for line in text.splitlines() if "next: " in line]
    assert f"next: cd {place} && guard check   # has the command" in steps
    told = [line.strip() for line in repo.guard("conflicts").out.splitlines()]
    assert f"next: cd {place} && guard check   # has the command" in told
    assert "next: guard start later" in steps
    assert f"next: cd {place.replace('/repo', '/web')} && guard handoff draft" in steps
    assert "git -C" not in text
    assert f"git -C {place} diff-index" in repo.guard("check").out


def test_sessions_of_other_clones(repo: Repo, tmp_path: Path) -> None:
    """`--remote` shows what others have pushed: whose it is, since when, and with whom it meets."""
    team(repo, policy=POLICY)
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    other = Repo(tmp_path / "other")
    repo.git("clone", "-q", str(tmp_path / "origin.git"), str(other.path))
    other.branch("web").commit({"web/a.py": "theirs\n"})
    other.git("switch", "-q", "-c", "new", "main")
    other.contract("new", owns=["/api/"]).commit({"api/n.py": "n\n"})
    other.git("push", "-q", "origin", "web", "new")
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("fetch", "-q", "origin")
    repo.worktree("shop-api", "api").commit({"web/a.py": "ours\n", "api/a.py": "ours\n"})
    assert by_name(shown(repo))["web"]["state"] == "not-started"
    found = by_name(shown(repo, "--remote", "origin"))
    assert [found[name]["remote"] for name in ("api", "new", "web")] == [None, "origin", "origin"]
    assert (found["web"]["holder"], found["web"]["contract"]) == ("Ada", "web")
    assert found["web"]["last_activity"] == "2026-01-02T03:04:05Z"
    assert [met["with"] for met in found["web"]["conflicts"]] == ["api"]
    assert found["web"]["next"] is None
    text = repo.guard("status", "--remote", "origin").out
    assert "  on origin, Ada's" in text
    assert "next: guard conflicts --remote origin --diff" in text
    assert "api and new" not in repo.guard("contract", "overlaps").out
    ran = repo.guard("contract", "overlaps", "--remote", "origin")
    days = int((time.time() - 1_767_323_045) // 86_400)
    held = f"overlap: api and new: 3 tracked files\n  new: on origin, Ada's, {days} d ago\n"
    assert (ran.code, held in ran.out) == (1, True), ran
    ran = repo.guard("contract", "overlaps", "--remote", "origin", "--format", "json")
    VALIDATOR(json.loads(repo.guard("schema", "overlaps").out)).validate(ran.report)
    pushed = {
        one["contract"]: (one["holder"], one["last_activity"]) for one in ran.report["pushed"]
    }
    assert pushed == dict.fromkeys(("new", "web"), ("Ada", "2026-01-02T03:04:05Z"))
    for words in (("status",), ("contract", "overlaps")):
        ran = repo.guard(*words, "--remote", "nobody")
        assert (ran.code, "there is no remote 'nobody'" in ran.err) == (2, True)


def test_an_operation_that_waits_for_its_end(repo: Repo) -> None:
    """A session in the middle of a rebase needs somebody, and `git status` says what."""
    team(repo)
    web = repo.worktree("web")
    web.commit({"web/a.py": "web\n"})
    repo.commit({"web/a.py": "main\n"})
    web.git("rebase", "-q", "main", ok=(1,))
    ran = repo.guard("status")
    rows = [line for line in ran.out.split("\n") if line.startswith(("  ", "working"))]
    assert rows[0].split()[:2] == ["working", "web"], ran.out
    step = f"  next: cd {shlex.quote(str(web.path))} && git status"
    assert rows[1:3] == ["  a rebase is in progress", step], ran.out
