"""`guard sessions`: a line for each session, and the names that shells complete."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.kit import Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with the contracts api and web."""
    return team(repo)


def listed(repo: Repo) -> dict[str, dict[str, Any]]:
    """What `guard sessions --format json` says, by name."""
    ran = repo.guard("sessions", "--format", "json")
    assert ran.code == 0, ran
    values = json.loads(ran.out)
    VALIDATOR(json.loads(repo.guard("schema", "sessions").out)).validate(values)
    return {one["name"]: one for one in values["sessions"]}


def test_a_line_for_each(main: Repo) -> None:
    """Name, state, branch and worktree; a dash for what is not there."""
    place = main.worktree("web", "web")
    place.commit({"web/a.py": "new\n"})
    assert main.guard("sessions").out.splitlines() == [
        "api  not-started  -    -",
        f"web  working      web  {place.path}",
    ]
    main.branch("api").write({"api/a.py": "new\n"}).git("add", "-A")
    far = {"GIT_COMMITTER_DATE": "@99999999999999 +0000"}  # no calendar has such a day
    main.git("commit", "-qm", "far", env=far)
    main.git("switch", "-q", "main")
    assert listed(main)["api"]["branch"] == "api"
    assert listed(main)["api"]["active"].startswith("9999-")
    assert main.guard("status", "--format", "json").code == 0
    assert listed(place)["api"]["state"] == "working"
    assert listed(main)["web"]["head"] == place.head()


def test_what_the_states_say(main: Repo) -> None:
    """Integrated, standing, under no contract, missing, unreadable."""
    main.contract("bot", owns=["*.lock"], standing=True).contract(
        "quiet", owns=["x"], standing=True
    )
    for name in ("web", "api", "bot", "loose"):
        main.worktree(f"at-{name}", name).commit({f"{name}/b.py": f"{name}\n"})
    main.git("merge", "-q", "--no-edit", "web")
    states = {name: one["state"] for name, one in listed(main).items()}
    assert states == {
        "api": "working",
        "bot": "standing",
        "loose": "no-contract",
        "web": "integrated",
    }
    main.worktree("at-later", "later")
    main.commit({".guard/contracts/later.toml": "goal = 1\n"}, "broken")
    main.git("worktree", "lock", str(main.path.parent / "at-web"))
    (main.path.parent / "at-api").rename(main.path.parent / "away")
    found = listed(main)
    assert found["api"]["state"] == "missing"
    assert (found["later"]["state"], found["web"]["locked"]) == ("error", True)
    assert ".guard/contracts/later.toml" in found["later"]["why"]


def test_a_contract_that_only_its_branch_has(main: Repo, tmp_path: Path) -> None:
    """It is a session from its start on, before anybody has published it."""
    main.git("clone", "-q", "--bare", str(main.path), str(tmp_path / "remote.git"))
    main.git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    assert clone.guard("start", "docs", "--owns", "/docs/").code == 0
    one = listed(clone)["docs"]
    assert (one["contract"], one["state"], one["branch"]) == ("docs", "working", "worktree-docs")
    assert one["worktree"] == str(clone.path / ".claude/worktrees/docs")
    assert offered(clone, "guard finish ") == {"api", "docs", "web"}
    place = Repo(clone.path / ".claude/worktrees/docs")
    assert offered(place, "guard grant d") == {"docs"}


def test_where_there_is_nothing(repo: Repo) -> None:
    """No session is an empty list; a policy that cannot be read is none."""
    repo.commit({"guard.toml": 'base = "main"\n'}, "policy")
    ran = repo.guard("sessions")
    assert (ran.code, ran.out) == (0, "")
    repo.commit({"guard.toml": "base = 1\n"}, "broken")
    assert repo.guard("sessions").code == 2


def offered(repo: Repo, line: str) -> set[str]:
    """The words that bash offers at the end of a line."""
    env = {
        "COMP_LINE": line,
        "COMP_END": line.rpartition(" ")[2],
        "_GUARD_COMPLETE": "bash_complete",
    }
    ran: Ran = repo.guard(env=env)
    assert (ran.code, ran.err) == (0, ""), ran
    return {word.partition(",")[2] for word in ran.out.splitlines() if word}


@pytest.mark.parametrize("line", ["start ", "finish ", "grant ", "brief ", "start x --from "])
def test_contracts_are_completed(main: Repo, line: str) -> None:
    """Wherever a contract or a session is named, from another worktree as well."""
    place = main.worktree("apart", "apart")
    main.contract("later", owns=["docs/"])
    assert offered(place, f"guard {line}") == {"api", "later", "web"}


@pytest.mark.parametrize("line", ["start x --branch ", "check --head ", "check --base "])
def test_branches_are_completed(main: Repo, line: str) -> None:
    """Local ones, with a slash or without; bash quotes none, so what it reads is quoted."""
    for name in ("feat/one", "two", "th$(x)ree"):
        main.git("branch", name)
    quoted = r"th\\$\\(x\\)ree"  # twice, for Click's script reads the words without `-r`
    assert offered(main, f"guard {line}") == {"feat/one", "main", "two", quoted}
    assert offered(main, f"guard {line}f") == {"feat/one"}


def test_the_trash_and_groups_are_completed(main: Repo) -> None:
    """Behind `--undo` what comes back, behind `--merges` the groups of the policy."""
    main.policy('base = "main"\n[shared.types]\npaths = ["types/"]\n')
    for words in (["start", "api"], ["finish", "api"], ["start", "side", "--from", "web"]):
        assert main.guard(*words).code == 0
    assert offered(main, "guard finish --undo ") == {"api"}
    assert offered(main, "guard finish ") == offered(main, "guard integrate ") == {"side", "web"}
    for line in ("start x", "contract new x", "contract edit web"):
        assert offered(main, f"guard {line} --merges ") == {"types"}
