"""What merging would leave on the base as it is, is nobody's change; the base may have moved on."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit import POLICY, Repo, toml

BODY = "".join(f"line {number}\n" for number in range(40))
FIX = BODY.replace("line 3\n", "fix\n")
MORE = FIX.replace("line 30\n", "more\n")
SCOPES: list[list[str]] = [["--staged"], [], ["--branch"], ["--base", "main", "--head", "api"]]
PATH = "web/a.py"


@pytest.fixture(name="fixed")
def fixed_repository(team: Repo) -> Repo:
    """The base had a bug in a file of `web`, then fixed it; `api` began before the fix."""
    team.commit({PATH: BODY})
    team.git("branch", "api")
    team.commit({PATH: FIX}, "fix")
    team.git("tag", "fix")
    return team


def on_api(repo: Repo, content: str = FIX) -> Repo:
    """Commit content of the fixed file on `api`, and be there."""
    repo.git("switch", "-q", "api")
    repo.commit({PATH: content, "api/a.py": "mine\n"})
    return repo


def on_main(repo: Repo, *contents: str) -> Repo:
    """Let the base go on in that file, and be back on `api`."""
    repo.git("switch", "-q", "main")
    for content in contents:
        repo.commit({PATH: content})
    repo.git("switch", "-q", "api")
    return repo


@pytest.mark.parametrize("way", ["cherry-pick fix", "checkout fix -- web"])
def test_what_was_taken_from_the_base_stays_the_bases(fixed: Repo, way: str) -> None:
    """A fix that the branch took from the base is not blamed once the base edits the file again."""
    fixed.git("switch", "-q", "api")
    fixed.git(*way.split())
    fixed.commit({"api/a.py": "mine\n"})
    on_main(fixed, MORE)
    for scope in SCOPES:
        ran = fixed.check(*scope)
        assert (ran.code, ran.codes) == (0, {})


def test_what_is_not_committed_yet_is_merged_as_if_it_were(fixed: Repo) -> None:
    """The index and the working tree, untracked files too, are looked at as the branch will be."""
    fixed.commit({"web/new.py": FIX})
    on_main(fixed, MORE)
    fixed.git("cherry-pick", "-n", "fix")
    fixed.git("restore", "--source=main", "--", "web/new.py")
    before = fixed.git("ls-files", "--debug"), fixed.git("count-objects")
    assert fixed.check("--staged").codes == {}
    assert fixed.check().codes == {}
    assert (fixed.git("ls-files", "--debug"), fixed.git("count-objects")) == before
    fixed.write({PATH: MORE + "mine\n"})
    assert fixed.check().codes == {PATH: ["OWN001"]}
    assert fixed.check("--staged").codes == {}
    fixed.git("add", "-A")
    assert fixed.check("--staged").codes == {PATH: ["OWN001"]}


def test_a_commit_of_a_cherry_pick_is_let_through(fixed: Repo) -> None:
    """The hook does not stop `cherry-pick -n` of a fix that the base has built upon."""
    on_main(fixed, MORE)
    hook = fixed.path / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m guard hook pre-commit\n')
    hook.chmod(0o755)
    fixed.git("cherry-pick", "-n", "fix")
    fixed.git("commit", "-qm", "the fix")


def test_a_parent_that_was_squashed(fixed: Repo) -> None:
    """A branch on top of one that was squashed is not blamed for it, now or later."""
    fixed.git("switch", "-q", "-c", "web", "main")
    fixed.commit({PATH: MORE})
    fixed.git("switch", "-q", "-C", "api")
    fixed.commit({"api/a.py": "mine\n"})
    fixed.git("switch", "-q", "main")
    fixed.git("merge", "-q", "--squash", "web")
    fixed.commit({}, "web")
    fixed.commit({PATH: MORE.replace("line 20", "again")})
    fixed.git("switch", "-q", "api")
    assert fixed.check("--branch").codes == {}
    assert fixed.check("--base", "main", "--head", "api").codes == {}


def test_part_of_a_file_may_be_taken(fixed: Repo) -> None:
    """Some lines of the base's and none of one's own leave the base's file as it is."""
    on_main(on_api(fixed), MORE)
    assert fixed.check("--branch").codes == {}
    on_api(fixed, MORE + "mine\n")
    assert fixed.check("--branch").codes == {PATH: ["OWN001"]}


def test_a_conflict_over_what_the_base_had_is_a_conflict_alone(fixed: Repo) -> None:
    """An older version of the base's that does not merge any more is MRG001 and nothing else."""
    on_main(on_api(fixed), FIX.replace("fix\n", "better\n"))
    assert fixed.check("--branch").codes == {PATH: ["MRG001"]}
    assert fixed.check("--base", "main", "--head", "api").codes == {PATH: ["MRG001"]}
    assert fixed.check().codes == {}
    on_api(fixed, FIX.replace("fix\n", "mine\n"))
    assert fixed.check("--branch").codes == {PATH: ["MRG001", "OWN001"]}


def test_a_version_from_before_the_branch_is_the_branchs_doing(fixed: Repo) -> None:
    """Content that the base had before the merge base only is a change like any other."""
    fixed.git("switch", "-q", "-C", "api", "main")
    on_main(on_api(fixed, BODY), FIX.replace("fix\n", "better\n"))
    assert fixed.check("--branch").codes == {PATH: ["MRG001", "OWN001"]}


def test_an_effect_that_comes_when_the_base_moves(fixed: Repo) -> None:
    """What the base takes back would come again with the branch, so it is blamed from then on."""
    on_api(fixed)
    assert fixed.check("--branch").codes == {}
    on_main(fixed, BODY)
    for scope in SCOPES[1:]:
        assert fixed.check(*scope).codes == {PATH: ["OWN001"]}


def test_an_edit_that_follows_a_moved_file_is_blamed(team: Repo) -> None:
    """Where the base moved a file, an edit of its old path lands on the new one."""
    team.commit({PATH: BODY, "web/old/a.py": BODY + "a\n", "web/old/b.py": BODY + "b\n"})
    team.branch("api").commit({PATH: FIX, "web/old/new.py": "new\n"})
    team.git("switch", "-q", "main")
    team.git("mv", PATH, "web/moved.py")
    team.git("mv", "web/old", "web/new")
    team.commit({})
    team.git("switch", "-q", "api")
    for scope in (["--branch"], [], ["--base", "main", "--head", "api"]):
        codes = team.check(*scope).codes
        assert "OWN001" in codes[PATH]
        assert "OWN001" in codes["web/old/new.py"]


def test_a_pattern_is_alive_if_what_it_matches_leaves_the_base_as_it_is(team: Repo) -> None:
    """A file that both sides deleted was changed here, whoever else is blamed."""
    team.commit({"api/old.py": BODY, PATH: BODY})
    team.contract("api", owns=["api/a.py", "api/old.py", "api/no.py"])
    team.branch("api").git("rm", "-q", "api/old.py")
    team.commit({PATH: FIX})
    team.git("switch", "-q", "main")
    team.git("rm", "-q", "api/old.py")
    team.commit({})
    team.git("switch", "-q", "api")
    for scope in SCOPES[1:]:
        ran = team.check(*scope)
        assert ran.codes[PATH] == ["OWN001"]
        dead = [one for one in ran.report["findings"] if one["code"] == "CON004"]
        assert [one["decided_by"]["pattern"] for one in dead] == ["api/no.py"]


def test_git_merges_once_for_one_verdict(fixed: Repo, tmp_path: Path) -> None:
    """What foresees a conflict and what looks twice before blaming anybody share one merge."""
    on_main(on_api(fixed, MORE + "mine\n"), FIX, FIX.replace("line 20\n", "again\n"))
    log, git = tmp_path / "log", shutil.which("git")
    (tmp_path / "git").write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec {git} "$@"\n')
    (tmp_path / "git").chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = fixed.guard("check", "--branch", env=path)
    assert "OWN001" in ran.out
    assert log.read_text().count("merge-tree") == 1


def test_settings_and_contracts_of_the_base_are_the_bases(team: Repo) -> None:
    """What starts guard, and the policy, may be taken from the base before it edits them again."""
    workflow = ".github/workflows/guard.yml"
    steps = "jobs:\n  guard:\n    steps:\n      - run: guard ci\n" + BODY
    team.commit({workflow: steps, "guard.toml": POLICY + BODY.replace("line", "# line")})
    team.git("branch", "api")
    team.commit({workflow: steps.replace("guard ci", "guard ci --rerun")})
    team.git("switch", "-q", "api")
    team.git("cherry-pick", "main")
    team.git("switch", "-q", "main")
    team.commit({workflow: steps.replace("ci", "ci --rerun").replace("line 30", "more")})
    team.git("switch", "-q", "api")
    assert team.check("--branch").codes == {}
    team.commit({workflow: steps.replace("guard ci", "true")})
    assert team.check("--branch").codes[workflow] == ["CON002", "OWN001"]


def test_a_contract_that_landed_and_was_widened(team: Repo) -> None:
    """The branch's first declaration, landed and widened on the base, does not blame the branch."""
    file = ".guard/contracts/fresh.toml"
    team.branch("fresh").commit({file: toml({"owns": ["docs/"]}), "docs/a.py": "x\n"})
    team.git("switch", "-q", "main")
    team.git("restore", "--source=fresh", "--", file)
    team.commit({}, "land it")
    team.commit({file: toml({"owns": ["docs/", "secret/"]})}, "widen it")
    team.git("switch", "-q", "fresh")
    assert team.check().codes == {}
    assert team.check("--branch").codes == {file: ["MRG001"]}
    team.commit({file: toml({"owns": ["*"]})})
    assert "CON002" in team.check().codes[file]


def test_a_contract_that_landed_otherwise(team: Repo) -> None:
    """A declaration that a lead changed while landing it is a conflict, and no edit."""
    team.branch("docs").contract("docs", owns=["docs/a.py"])
    team.commit({"docs/a.py": "docs\n"})
    team.git("switch", "-q", "main")
    team.contract("docs", goal="In other words.", owns=["docs/"])
    team.git("switch", "-q", "docs")
    file = ".guard/contracts/docs.toml"
    assert team.check().codes == {}
    assert team.check("--branch").codes == {file: ["MRG001"]}
    team.contract("docs", owns=["*"])
    assert "CON002" in team.check("--branch").codes[file]
    team.git("merge", "-q", "-s", "ours", "main")
    assert team.check("--branch").codes[file][:1] == ["CON002"]
    team.contract("api", owns=["*"])
    assert "CON002" in team.check("--branch").codes[".guard/contracts/api.toml"]


def test_the_handoff_lists_what_is_left(fixed: Repo) -> None:
    """A path that the base has anyway may be listed, and need not be."""
    on_main(on_api(fixed), MORE)
    others = ("Behavior changed", "Verification", "Known risks", "Follow-up work")
    sections = "".join(f"## {title}\n\n- `true` passed\n\n" for title in others)
    for files in ("- api/a.py\n", f"- api/a.py\n- {PATH}\n"):
        fixed.commit({".guard/handoffs/api.md": f"## Files changed\n\n{files}\n{sections}"})
        codes = fixed.check("--branch").codes
        assert "HND005" not in str(codes), codes


@pytest.mark.parametrize("way", ["--ff-only", "--no-ff", "--squash"])
def test_a_session_that_was_merged_is_integrated(team: Repo, way: str) -> None:
    """Its handoff lists paths that do not differ any more; the report says why nobody asks."""
    handoff: dict[str, str | bytes] = {".guard/handoffs/api.md": "## Files changed\n\n- api/a.py\n"}
    team.branch("api").commit({"api/a.py": "mine\n"})
    team.commit(handoff)
    assert "HND002" in str(team.check("--branch").codes)
    team.git("switch", "-q", "main")
    team.git("merge", "-q", *([way, "--no-edit"] if way == "--no-ff" else [way]), "api")
    team.commit({"docs/a.py": "main went on\n"})
    team.git("switch", "-q", "api")
    for words in (["check", "--branch"], ["handoff", "check", "--branch"], ["handoff", "check"]):
        ran = team.guard(*words)
        assert ran.code == 0, ran
        assert "main has all of it: the session is integrated" in ran.out
    team.commit({"api/b.py": "more\n"})
    # A handoff that the base had when the branch began is none, and the policy requires none.
    assert ("HND002" in str(team.check("--branch").codes)) is (way == "--squash")


def test_what_replaces_the_base_is_not_merged(fixed: Repo) -> None:
    """A forced push to the base lands as it is, so an old version of a file is a change there."""
    on_main(on_api(fixed), MORE)
    head, zero = fixed.git("rev-parse", "HEAD"), "0" * 40
    line = f"refs/heads/api {head} refs/heads/{{}} {zero}\n"
    for branch, code in (("api", 0), ("main", 1)):
        ran = fixed.guard("hook", "pre-push", "o", "url", stdin=line.format(branch).encode())
        assert ran.code == code, ran
