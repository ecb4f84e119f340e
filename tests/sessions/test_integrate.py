"""Integrating: the tree that a merge by hand gives, what is left out, and where the base goes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guard.commands.integrate_shown import as_text, lines
from guard.core.errors import UsageError
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.receipts.store import latest, open_store
from guard.sessions.integrating.integrate import Wanted, integrate
from guard.sessions.integrating.landing import undo
from guard.sessions.integrating.outcome import Integrated
from tests.kit import METADATA, POLICY, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
SCHEMA = Path(__file__).parents[2] / "guard/reports/schemas/integrate.json"
VERIFY = '[integrate]\nverify = ["sh check.sh"]\n'
ALL = Wanted()
SAID: list[str] = []  # before anything moved
ATTRIBUTES = ".gitattributes"
HANDOFF = """\
# Handoff: web

## Files changed

- web/new.py

## Behavior changed

Pays in one step.

## Commands run

None: nothing to run.

## Known risks

- Old carts lose their notes.

## Follow-up work

- Remove the second step.
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    SAID.clear()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def run(repo: Repo, *names: str, wanted: Wanted = ALL) -> Integrated:
    """Integrate in this process; what is printed is valid, and fits."""
    asked = wanted._replace(names=names)
    result = integrate(open_repository(at(str(repo.path))), asked, lambda *_: None, SAID.append)
    VALIDATOR(json.loads(SCHEMA.read_text())).validate(json.loads(as_text(result)))
    assert list(lines(result, width=60))
    return result


def words(result: Integrated) -> dict[str, str]:
    """What became of each session."""
    return {one.name: one.word for one in result.outcomes}


def work(repo: Repo, branch: str, files: Mapping[str, str], message: str = "work") -> str:
    """Commit files on a branch from the base, without a checkout; give the commit."""
    data = [f"commit refs/heads/{branch}\ncommitter Bo <bo@example.com> 1767323045 +0000\n"]
    data += [f"data {len(message)}\n{message}\nfrom refs/heads/main^0\n"]
    for path, text in files.items():
        data.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n")
    repo.git("fast-import", "--quiet", "--force", stdin="".join(data).encode())
    return repo.git("rev-parse", branch)


def three(repo: Repo, extra: str = "", **files: str) -> Repo:
    """The sessions api, docs and web, each with a commit that meets no other."""
    team(repo, policy=POLICY + extra).contract("docs", owns=["docs/"], goal="Write the manual.")
    if files:
        repo.commit(dict(files), "more")
    for name in ("api", "docs", "web"):
        work(repo, name, {f"{name}/new.py": f"{name}\n"})
    return repo


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
@pytest.mark.parametrize(
    ("said", "word"),
    [("-merge", "conflict"), ("merge=mine", "conflict"), ("merge=union", "integrated")],
)
def test_attributes_of_the_name_that_the_base_gave_a_file(
    repo: Repo, how: str, said: str, word: str
) -> None:
    """git merges a moved file under its new name; no driver of one's own is run."""
    numbers = "".join(f"{number}\n" for number in range(40))
    three(repo, f'[integrate]\nhow = "{how}"\n', **{"api/a": numbers})
    near = 1 if word == "integrated" else 30
    work(repo, "api", {"api/a": numbers.replace(f"\n{near}\n", f"\n{near} api\n")})
    repo.git("mv", "api/a", "api/a.lock")
    repo.commit({ATTRIBUTES: f"*.lock {said}\n", "api/a.lock": numbers.replace("\n1\n", "\nx\n")})
    assert words(run(repo, "api")) == {"api": word}


def test_the_tree_of_a_merge_by_hand(repo: Repo, tmp_path: Path) -> None:
    """Ten branches that meet in files, a renamed one, and an attribute, give git's own tree."""
    numbers = "".join(f"{number}\n" for number in range(40))
    repo.commit({"guard.toml": POLICY, ".gitattributes": "log merge=union\n"})
    repo.commit({"src/big.py": numbers, "src/old/name.py": numbers, "log": "start\n"})
    for number in range(10):
        repo.contract(f"s{number}", owns=["src/", "/log"])
    for number in range(10):
        branch = f"s{number}"
        repo.git("switch", "-qc", branch, "main")
        changed = numbers.replace(f"{number * 4}\n", f"{number * 4} by {branch}\n", 1)
        repo.commit({"src/big.py": changed, "log": f"start\n{branch}\n"})
        if number == 3:
            repo.git("mv", "src/old", "src/new")
        elif number == 7:
            repo.write({"src/old/name.py": changed})
        repo.commit({f"src/{branch}.py": branch})
    repo.git("switch", "-q", "main")
    byhand = Repo(tmp_path / "byhand")
    subprocess.run(["git", "clone", "-q", repo.path, byhand.path], check=True)
    result = run(repo)
    assert words(result) == {f"s{number}": "integrated" for number in range(10)}
    for one in result.outcomes:
        byhand.git("merge", "-q", "--no-ff", "--no-edit", f"origin/{one.name}")
    assert repo.git("rev-parse", "HEAD^{tree}") == byhand.git("rev-parse", "HEAD^{tree}")
    assert (repo.git("status", "--porcelain"), result.end) == ("", "moved")
    repo.git("fsck", "--strict")


def test_looking_changes_nothing(repo: Repo, place: Path) -> None:
    """`--check` says who could be integrated, and leaves no trace."""
    three(repo)
    before = repo.git("for-each-ref"), repo.git("count-objects")
    result = run(repo, wanted=Wanted(check=True))
    assert words(result) == {"api": "ready", "docs": "ready", "web": "ready"}
    assert (result.end, result.exit_code) == ("checked", 0)
    assert (repo.git("for-each-ref"), repo.git("count-objects")) == before
    assert not (repo.path / ".git/guard/integrate.json").exists()
    assert list(place.iterdir()) == []


def test_messages_and_what_remains(repo: Repo) -> None:
    """A merge says what its handoff says, and risks and follow-up work are listed once."""
    three(repo)
    work(repo, "web", {"web/new.py": "web\n", ".guard/handoffs/web.md": HANDOFF})
    result = run(repo, "web", "docs")
    subjects = repo.git("log", "--first-parent", "-2", "--format=%s").split("\n")
    assert subjects == ["docs: Write the manual", "web: Test"]
    body = repo.git("log", "--first-parent", "-1", "--skip=1", "--format=%b")
    for part in ("Behavior changed\n----", "Pays in one step.", "- Old carts", "- Remove the"):
        assert part in body
    assert repo.git("log", "-1", "--format=%b") == "- work\n"
    text = "\n".join(lines(result))
    assert "known risks:\n  web: Old carts lose their notes." in text
    assert "follow-up work:\n  web: Remove the second step." in text


def test_who_breaks_whom(repo: Repo) -> None:
    """Two sessions that merge cleanly and break each other: named, with the output; others go on.

    The receipts say on which tree each command ran.
    """
    check = "echo looked; ! { test -e api/new.py && test -e web/new.py; }\n"
    three(repo, VERIFY, **{"check.sh": check})
    result = run(repo)
    assert words(result) == {"api": "integrated", "docs": "integrated", "web": "failed"}
    web = result.outcomes[-1]
    assert (web.together, web.onto) == (("api",), ("main", "api", "docs"))
    assert (result.exit_code, result.end) == (1, "moved")
    text = "\n".join(lines(result, width=200))
    assert "it fails together with api; it was merged onto main, api, docs\n    looked" in text
    assert repo.git("ls-tree", "--name-only", "HEAD", "web/new.py") == ""
    docs = result.outcomes[1]
    assert docs.tree == repo.git("rev-parse", "HEAD^{tree}")
    kept = latest(open_store(open_repository(at(str(repo.path)))), 9)
    assert docs.tree in {receipt.before for receipt in kept if receipt.passed}


def test_alone_or_with_the_base(repo: Repo) -> None:
    """A session that fails by itself, and a command that fails without any."""
    three(repo, VERIFY, **{"check.sh": "! test -e web/new.py\n"})
    web = run(repo).outcomes[-1]
    assert (web.word, web.together) == ("failed", ("main",))
    (step,) = web.steps
    assert step == "git switch web && git merge main && sh check.sh"
    assert repo.run("sh", "-c", step, ok=(1,)).code == 1  # as it failed there
    repo.git("switch", "-q", "main")
    repo.commit({"check.sh": "false\n"})
    result = run(repo, "web")
    text = "\n".join(lines(result, width=200))
    assert "left out web: sh check.sh failed with exit status 1; it fails on main without" in text
    assert (text.count("it fails"), result.outcomes[0].together) == (1, ())
    assert "  next: sh check.sh   # on main, to be repaired" in text
    assert (result.end, result.exit_code) == ("nothing", 1)


def test_all_or_nothing(repo: Repo) -> None:
    """If one is left out, nothing moves."""
    three(repo, VERIFY, **{"check.sh": "! test -e web/new.py\n"})
    head = repo.head()
    result = run(repo, wanted=Wanted(whole=True))
    assert words(result)["api"] == "ready"
    assert (result.end, result.exit_code, repo.head()) == ("nothing", 1, head)


def test_conflicts_show_both_sides(repo: Repo) -> None:
    """The other side, both goals, the owner and both changes; the rest goes on."""
    three(repo)
    text = "docs a\n" * 20
    for name in ("api", "docs"):
        work(repo, name, {"docs/a.py": text.replace("docs a\n", f"by {name}\n", 1)})
    repo.contract("api", owns=["api/", "docs/"])
    result = run(repo, "docs", "web", "api")
    assert words(result) == {"docs": "integrated", "web": "integrated", "api": "conflict"}
    shown = "\n".join(lines(result, width=200))
    for part in (
        "left out api: it conflicts with docs",
        "docs/a.py: the same lines: docs line 1, api line 1",
        "docs/a.py is owned by api, docs",
        "docs: Write the manual.",
        "api: Test.",
        "+by docs",
        "+by api",
    ):
        assert part in shown, part
    assert shown.index("+by docs") < shown.index("+by api")


@pytest.mark.parametrize("how", ["rebase", "conflict", "bisect"])
def test_a_branch_that_is_being_rebased_is_at_work(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """HEAD is detached meanwhile, but it is the same session, and not done, by name or without."""
    three(repo)
    docs = Repo(repo.path.parent / "docs")
    repo.git("worktree", "add", "-q", str(docs.path), "docs")
    docs.commit({"docs/more.py": "x\n"})
    if how == "bisect":
        docs.git("bisect", "start", "HEAD", "main")
    else:
        repo.commit({"docs/a.py": "main\n"} if how == "conflict" else {})
        monkeypatch.setenv("GIT_SEQUENCE_EDITOR", "sed -i 1s/pick/edit/")
        docs.git("rebase", "-q", "-i", "main" if how == "conflict" else "HEAD~1", ok=(0, 1))
    assert docs.git("branch", "--show-current") == ""
    listed = repo.guard("sessions", "--format", "json").report["sessions"]
    assert [one["branch"] for one in listed if one["worktree"] == str(docs.path)] == ["docs"]
    for names in (), ("docs",):
        result = run(repo, *names, wanted=Wanted(check=True))
        assert words(result)["docs"] == "at-work"
        assert "in progress" in result.outcomes[-1].why


def test_contract_handoff_and_open_work(repo: Repo) -> None:
    """A broken contract and a missing handoff keep a session out; so does what is not committed."""
    three(repo).policy("base = 'main'\n[handoff]\nrequired = true\n")
    work(repo, "api", {"web/stolen.py": "x\n"})
    docs = Repo(repo.path.parent / "docs")
    repo.git("worktree", "add", "-q", str(docs.path), "docs")
    docs.write({"docs/open.py": "x\n"})
    result = run(repo)
    assert words(result) == {"api": "broken", "docs": "at-work", "web": "broken"}
    codes = {one.name: {each.code for each in one.findings} for one in result.outcomes}
    assert codes == {"api": {"HND001", "OWN001"}, "web": {"HND001"}, "docs": set()}
    assert "docs/open.py" in "\n".join(lines(result))
    repo.policy(POLICY)
    repo.commit({".guard/contracts/web.toml": "goal = 1\n"})
    assert words(run(repo, "web")) == {"web": "unjudged"}
    result = run(repo, "docs")
    assert words(result) == {"docs": "integrated"}
    assert "not taken" in result.outcomes[0].notes[0]
    with pytest.raises(UsageError, match="no session nobody"):
        run(repo, "nobody")


def test_a_session_of_a_release_goes_elsewhere(repo: Repo) -> None:
    """What was built on a branch of `bases` is not taken, and is told of where it was named."""
    three(repo)
    repo.git("switch", "-q", "-c", "release/1", "main")
    repo.commit({"only-here": "1\n"}, "release")
    repo.git("switch", "-q", "main")
    repo.git("branch", "-f", "web", "release/1")
    repo.git("worktree", "add", "-q", "../web", "web")
    Repo(repo.path.parent / "web").commit({"web/fix.py": "1\n"}, "fix")
    (broken,) = run(repo, "web").outcomes
    assert (broken.word, broken.steps[0][:27]) == ("broken", 'put bases = ["release/*"] i')
    repo.policy("bases = ['release/*']\n" + POLICY)
    (web,) = run(repo, "web").outcomes
    assert (web.word, web.steps) == ("other-base", ("git switch release/1 && git merge web",))
    assert "web" not in words(run(repo))


def test_warnings_of_what_goes_in(repo: Repo) -> None:
    """Whoever integrates hears what is said of a change, but not what is said of contracts."""
    three(repo, METADATA + 'level = "warning"\n[rules]\nOWN001 = "warning"\n')
    repo.contract("docs", owns=["docs/", "nowhere/"])  # CON004
    work(repo, "api", {"package.json": '{"name": "shop"}\n'})
    result = run(repo)
    assert words(result) == {"api": "integrated", "docs": "integrated", "web": "integrated"}
    told = {(one.name, each.code) for one in result.outcomes for each in one.findings}
    assert told == {("api", "SHR001")}  # which says what OWN001 would
    shown = "\n".join(lines(result, width=200))
    assert "  warning: package.json: SHR001 shared-file: " in shown


@pytest.mark.parametrize("files", ["stay", "go"])
def test_lock_files_are_made_anew(repo: Repo, files: str) -> None:
    """A conflict in a regenerated group stops nothing; what it makes is a commit of its own."""
    group = 'paths = ["/lock"]' if files == "stay" else "generated = true"
    extra = (
        f'[integrate]\nfiles = "{files}"\nverify = ["sh make.sh && git diff --exit-code"]\n'
        f'[shared.locks]\n{group}\nlevel = "warning"\n'
        'regenerate = "sh make.sh; echo >> README.md"\n'
    )
    make = "cat api/* web/* docs/* | cksum > lock\n"
    three(repo, extra, **{"make.sh": make, "lock": "0\n", ATTRIBUTES: "lock linguist-generated\n"})
    for name in ("api", "web"):
        repo.contract(name, owns=[f"{name}/", "/lock"])
    for name in ("api", "web"):
        work(repo, name, {f"{name}/new.py": f"{name}\n", "lock": f"{name}\n"})
    assert [one.receipts for one in run(repo, wanted=Wanted(check=True)).outcomes] == [()] * 3
    result = run(repo)
    assert words(result) == {"api": "integrated", "docs": "integrated", "web": "integrated"}
    notes = "\n".join(result.outcomes[-1].notes)
    assert "lock: both changed it; made anew" in notes
    assert "README.md, which is not of locks" in notes
    assert repo.git("log", "--first-parent", "--format=%s").count("regenerate locks after") == 3
    repo.run("sh", "make.sh")
    assert repo.git("status", "--porcelain") == ""
    assert (repo.git("ls-tree", "--name-only", "HEAD", ".guard") == "") == (files == "go")
    assert repo.guard("finish", "api").out.startswith("removed api: branch api")


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_other_ways(repo: Repo, how: str) -> None:
    """One commit a session, or each again: its author's, with the same tree as a merge."""
    three(repo, f'[integrate]\nhow = "{how}"\n')
    merged = repo.git("merge-tree", "--write-tree", "main", "api")
    result = run(repo, "api")
    assert repo.git("rev-parse", "HEAD^{tree}") == merged
    assert repo.git("log", "-1", "--format=%an %cn %p").split()[:2] == ["Bo", "Ada"]
    assert len(repo.git("log", "-1", "--format=%p").split()) == 1
    assert repo.git("log", "-1", "--format=%s") == ("work" if how == "rebase" else "api: Test")
    assert words(run(repo, "api")) == {"api": "empty"}
    assert result.end == "moved"
    repo.contract("web", owns=["docs/"]).git("switch", "-q", "--detach", "docs")
    repo.commit({"docs/new.py": "docs and more\n"})
    repo.git("branch", "-f", "web", "HEAD")  # on top of docs
    repo.git("switch", "-q", "main")
    assert words(run(repo, "docs", "web")) == {"docs": "integrated", "web": "integrated"}
    assert (repo.path / "docs/new.py").read_text() == "docs and more\n"
    assert repo.git("log", "-2", "--format=%p").replace("\n", " ").count(" ") == 1


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_what_was_closed_is_not_integrated_again(repo: Repo, how: str) -> None:
    """The base dropped its contract at once; every command knows, and one that has not begun."""
    repo.commit({"guard.toml": f'{POLICY}[integrate]\nhow = "{how}"\nfiles = "go"\n'})
    contract = 'goal = "Test."\nowner = "Bo"\nowns = ["{}/"]\n'
    for name, files in {"pay": {"pay/new.py": "new\n"}, "idle": {}}.items():
        work(repo, name, {f".guard/contracts/{name}.toml": contract.format(name), **files})
    assert words(run(repo)) == {"pay": "integrated", "idle": "empty"}
    assert repo.git("ls-tree", "--name-only", "HEAD", ".guard") == ""
    again = run(repo, "pay").outcomes[0]
    assert (again.word, again.why) == ("empty", "main has all of it")
    rows = {one["name"]: one for one in repo.guard("status", "--format", "json").report["sessions"]}
    assert {name: one["state"] for name, one in rows.items()} == {
        "pay": "integrated",
        "idle": "stale",
    }
    assert "\nremoved pay: branch pay\n" in repo.guard("finish", "--all").out
    work(repo, "pay", {".guard/contracts/pay.toml": contract.format("pay")})  # once more
    assert words(run(repo)) == {"pay": "empty", "idle": "empty"}
    assert "removed" not in repo.guard("finish", "--all").out


def test_undo(repo: Repo) -> None:
    """The base goes back with its checkout, unless anything was built on it or pushed."""
    three(repo)
    head = repo.head()
    repository = open_repository(at(str(repo.path)))
    run(repo, "api")
    repo.git("branch", "later")
    with pytest.raises(UsageError, match="later has it, too"):
        undo(repository)
    repo.git("branch", "-D", "later")
    repo.write({"mine.py": "mine\n"})
    undo(repository)
    assert (repo.head(), repo.git("status", "--porcelain")) == (head, "?? mine.py")
    with pytest.raises(UsageError, match="no integration"):
        undo(repository)
    run(repo, "api")
    repo.commit({"mine.py": "mine\n"})
    with pytest.raises(UsageError, match="has 1 commit since") as raised:
        undo(repository)
    assert raised.value.hint.startswith("git revert COMMIT   # a merge with -m 1")


def test_a_branch_for_a_protected_base(repo: Repo) -> None:
    """`--branch` leaves the base, goes on from there, and is taken back by removing it."""
    three(repo)
    head = repo.head()
    result = run(repo, "api", wanted=Wanted(to="next"))
    assert (result.end, repo.head()) == ("branch", head)
    assert repo.git("rev-parse", "next") == result.new
    undo(open_repository(at(str(repo.path))))
    assert "next" not in repo.git("branch")
    work(repo, "next", {"api/other.py": "x\n"})
    with pytest.raises(UsageError, match="next is there already"):
        run(repo, "api", wanted=Wanted(to="next"))


def test_a_branch_that_cannot_be_made_or_pushed(repo: Repo, tmp_path: Path) -> None:
    """What was verified is kept, why is said, and the next run stumbles over nothing."""
    three(repo)
    for name in ("main/x", "api/x"):
        with pytest.raises(UsageError, match=f"no branch {name} beside the branch"):
            run(repo, "api", wanted=Wanted(to=name))
    repo.policy(f'{POLICY}[integrate]\nverify = ["git -C {repo.path} branch -f next/x"]\n')
    result = run(repo, "api", wanted=Wanted(to="next"))
    assert (result.end, repo.git("rev-parse", result.branch)) == ("kept-aside", result.new)
    assert "next/x" in result.why
    bare = Repo.init(tmp_path / "bare", "--bare")
    repo.git("remote", "add", "origin", str(bare.path))
    repo.git("push", "-q", "-u", "origin", "main")
    (bare.path / "hooks").mkdir(exist_ok=True)
    (bare.path / "hooks/pre-receive").write_text("#!/bin/sh\nexit 1\n")
    (bare.path / "hooks/pre-receive").chmod(0o755)
    result = run(repo, "web", wanted=Wanted(to="other", push=True))
    assert (result.end, repo.git("rev-parse", "other")) == ("branch", result.new)
    assert "other was not pushed" in result.why
    assert (result.exit_code, result.remote) == (1, "")
    (bare.path / "hooks/pre-receive").unlink()
    theirs = repo.git("commit-tree", "main^{tree}", "-m", "theirs")
    repo.git("push", "-q", "origin", f"{theirs}:refs/heads/ours")
    result = run(repo, "web", wanted=Wanted(to="ours", push=True))
    assert (result.exit_code, result.remote, bare.git("rev-parse", "ours")) == (1, "", theirs)
    theirs_only, under_another_name = result.steps
    repo.run("sh", "-c", theirs_only)
    repo.run("sh", "-c", under_another_name)
    assert bare.git("rev-parse", "OTHER") == result.new
    assert run(repo, "docs").end == "moved"


def test_push(repo: Repo, tmp_path: Path) -> None:
    """The remote gets the base first; whoever is slower moves nothing, here or there."""
    three(repo)
    bare = Repo.init(tmp_path / "bare", "--bare")
    repo.git("remote", "add", "origin", str(bare.path))
    repo.git("push", "-q", "-u", "origin", "main")
    result = run(repo, "api", wanted=Wanted(push=True))
    assert (result.end, result.remote, SAID) == ("moved", "origin", [])
    assert bare.git("rev-parse", "main") == repo.head() == result.new
    with pytest.raises(UsageError, match="origin/main has it, too"):
        undo(open_repository(at(str(repo.path))))
    (bare.path / "hooks").mkdir(exist_ok=True)
    hook = bare.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    head = repo.commit({"package.json": "{ }\n"})
    result = run(repo, "web", wanted=Wanted(push=True))
    ahead = "1 commit of main that origin/main lacks is pushed, too: git log origin/main..main"
    assert [ahead] == SAID
    assert (result.end, repo.head()) == ("kept-aside", head)
    assert bare.git("rev-parse", "main") == repo.git("rev-parse", "main^")
    assert repo.git("rev-parse", result.branch) == result.new


def test_a_remote_that_moves_during_the_push(repo: Repo, tmp_path: Path) -> None:
    """Nothing of the result is anywhere, and the steps lead to where it works, as printed."""
    three(repo)
    bare = Repo.init(tmp_path / "bare", "--bare")
    repo.git("remote", "add", "origin", str(bare.path))
    theirs = repo.git("commit-tree", "main^{tree}", "-p", "main", "-m", "theirs")
    repo.git("push", "-q", "origin", "main", f"{theirs}:refs/heads/theirs")
    head = repo.head()
    hook = bare.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\nenv -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {theirs}\n"
    )
    hook.chmod(0o755)
    result = run(repo, "api", wanted=Wanted(push=True))
    assert (result.end, repo.head(), words(result)) == ("overtaken", head, {"api": "ready"})
    assert bare.git("rev-parse", "main") == theirs
    assert repo.git("for-each-ref", "refs/guard", "refs/heads/integrated*") == ""
    hook.unlink()
    follow, again = result.steps
    repo.run("sh", "-c", follow)
    assert (repo.head(), again) == (theirs, "guard integrate --push")
    assert run(repo, "api", wanted=Wanted(push=True)).new == bare.git("rev-parse", "main")


def test_a_squash_names_all_who_wrote_it(repo: Repo) -> None:
    """The co-authors of its commits stay; a subject that is the goal is not said twice."""
    three(repo, '[integrate]\nhow = "squash"\n')
    named = ("Cy <cy@example.com>", "Bo <bo@example.com>")
    told = "Write the manual\n\n" + "".join(f"Co-authored-by: {one}\n" for one in named)
    tip = work(repo, "docs", {"docs/new.py": "docs\n"}, told)
    run(repo, "docs")
    assert repo.git("log", "-1", "--format=%an%n%B").rstrip().split("\n") == [
        "Bo",
        "docs: Write the manual",
        "",
        "Co-authored-by: Cy <cy@example.com>",
        f"Integrates: {tip}",
    ]


def test_a_squash_keeps_what_its_commits_say(repo: Repo) -> None:
    """Without a handoff: subjects and bodies once, and all trailers once at the end."""
    three(repo, '[integrate]\nhow = "squash"\n')
    told = (
        "Count in cents\n\nFloats lose some.\n\n  a = 1\n\nFixes: #7\nSigned-off-by: Bo\n",
        "Round up\n\nFloats lose some.\n\n  a = 1\n\nSigned-off-by: Bo\n",
        "fixup! Round up\n\nReviewed-by: Cy\n",
        "Round up\n\nThe law says so: see it.\n\nIntegrates: 0000\n",
    )
    repo.git("switch", "-qc", "pay", "docs")
    for number, text in enumerate(told):
        repo.commit({"docs/new.py": f"{number}\n"}, text)
    repo.git("switch", "-q", "main")
    repo.git("branch", "-f", "docs", "pay")
    run(repo, "docs")
    assert repo.git("log", "-1", "--format=%B").rstrip().split("\n") == [
        "docs: Write the manual",
        "",
        "- work",
        "",
        "- Count in cents",
        "",
        "  Floats lose some.",
        "",
        "    a = 1",
        "",
        "- Round up",
        "",
        "  The law says so: see it.",
        "",
        "Fixes: #7",
        "Signed-off-by: Bo",
        "Reviewed-by: Cy",
        "Co-authored-by: Bo <bo@example.com>",
        "Co-authored-by: Ada <ada@example.com>",
        f"Integrates: {repo.git('rev-parse', 'docs')}",
    ]


def test_a_checkout_that_cannot_follow(repo: Repo) -> None:
    """Changes in the way, or a merge in progress: nothing is touched, and the result is kept."""
    three(repo).write({"api/new.py": "mine\n"})
    head = repo.head()
    result = run(repo, "api")
    assert (result.end, result.exit_code, repo.head()) == ("kept-aside", 1, head)
    assert (repo.path / "api/new.py").read_text() == "mine\n"
    (repo.path / "api/new.py").unlink()
    work(repo, "side", {"docs/a.py": "side\n"})
    repo.commit({"docs/a.py": "here\n"})
    repo.git("merge", "side", ok=(1,))
    before = repo.git("ls-files", "-s"), (repo.path / "docs/a.py").read_text()
    result = run(repo, "api")
    assert result.end == "kept-aside"
    assert "a merge is in progress" in result.why
    assert (repo.git("ls-files", "-s"), (repo.path / "docs/a.py").read_text()) == before


def test_a_stacked_session_is_judged_on_top(repo: Repo) -> None:
    """What it carries from one that is in is not its own; alone, or with more, it is left out."""
    team(repo, policy=POLICY, folders="api web docs")
    repo.git("switch", "-qc", "api")
    repo.commit({"api/new.py": "1\n"})
    repo.git("switch", "-qc", "web")
    repo.commit({"web/new.py": "2\n"})
    repo.git("switch", "-q", "main")
    alone = run(repo, "web")
    assert words(alone) == {"web": "broken"}
    result = run(repo)
    assert words(result) == {"api": "integrated", "web": "integrated"}
    assert repo.git("diff", "--name-only", "main", "web", "--") == ""
    repo.git("reset", "-q", "--hard", result.old)
    repo.git("switch", "-q", "web")
    repo.commit({"docs/foreign.py": "3\n"})
    repo.git("switch", "-q", "main")
    result = run(repo)
    assert words(result) == {"api": "integrated", "web": "broken"}
    (web,) = (one for one in result.outcomes if one.name == "web")
    assert [finding.path for finding in web.findings] == ["docs/foreign.py"]


def test_a_broken_index_hides_no_other_session(repo: Repo) -> None:
    """What cannot be judged is said, and the rest goes on."""
    team(repo, policy=POLICY)
    places = [repo.worktree(f"shop-{name}", name) for name in ("api", "web")]
    for place, name in zip(places, ("api", "web"), strict=True):
        place.commit({f"{name}/new.py": "1\n"})
    Path(places[1].git("rev-parse", "--git-path", "index")).write_bytes(b"broken")
    result = run(repo)
    assert words(result) == {"api": "integrated", "web": "unjudged"}


def test_a_base_that_cannot_be_pushed_is_told_before_anything_runs(
    repo: Repo, tmp_path: Path
) -> None:
    """The remote's base has a commit that the one here lacks; the step leads to where it works."""
    three(repo, f'[integrate]\nverify = ["touch {tmp_path}/ran"]\n')
    bare = Repo.init(tmp_path / "bare", "--bare")
    repo.git("remote", "add", "origin", str(bare.path))
    theirs = repo.git("commit-tree", "main^{tree}", "-p", "main", "-m", "theirs")
    repo.git("push", "-q", str(bare.path), f"{theirs}:refs/heads/main")
    repo.commit({"package.json": "{ }\n"}, "ours")
    with pytest.raises(UsageError, match="origin/main has 1 commit that main lacks") as error:
        run(repo, "api", wanted=Wanted(push=True))
    assert not (tmp_path / "ran").exists()
    repo.run("sh", "-c", error.value.hint)
    assert run(repo, "api", wanted=Wanted(push=True)).end == "moved"
