"""Whether an agent may do what it is about to do: asked of the real program, in real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guard.agents.programs import AGENTS
from guard.agents.protocol import event as kinds
from tests.agents.asking import Answer, answer, ask, edit, shell, tool, write
from tests.kit import Repo

POLICY = """\
base = "main"
[shared.types]
why = "Everybody compiles against these."
paths = ["src/types.py"]
[shared.generated]
generated = true
"""
SETTINGS = json.dumps(
    {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "guard agent claude"}]}]}},
    indent=2,
)


@pytest.fixture
def main(repo: Repo) -> Repo:
    """A repository with a policy, two contracts, agents' settings, and its base checked out."""
    repo.commit({
        "guard.toml": POLICY, "src/types.py": "t = 1\n", "src/secret/key.py": "k\n", "other/o.py": "o\n", "lib/l.py": "l\n",
        ".claude/settings.json": SETTINGS, ".gitignore": "*.log\nbuild/\n",
    })  # fmt: skip
    repo.contract("feature", owns=["src/", "new/"], forbids=["src/secret/"])
    return repo.contract("other", owns=["other/"], owner="Bob", merges=["types"])


@pytest.fixture
def session(main: Repo) -> Repo:
    """A linked worktree under the contract `feature`."""
    return main.worktree("feature")


def is_allowed(asked: Answer) -> bool:
    """Whether the answer is a yes, and a silent one."""
    return (asked.verb, asked.ran.code, asked.ran.err) == ("allow", 0, "")


# --- what is let through ---


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "src/new.py",
        "src/deep/er/b.py",
        "new/x",
        "./src/../src/b.py",
        "src//c.py",
        "src/ä ö.py",
        "src/-x",
    ],
)
def test_what_the_contract_owns_may_be_written(session: Repo, path: str) -> None:
    """Files that are there and files that are not, however the path is spelled, relative or absolute."""
    assert is_allowed(write(session, path))
    assert is_allowed(tool(session, "Write", file_path=path, content="x"))


def test_the_handoff_is_the_sessions_own(session: Repo) -> None:
    """The file that the policy names for the handoff may be written."""
    assert is_allowed(write(session, ".guard/handoffs/feature.md"))


def test_what_git_ignores_is_nobodys_business(session: Repo) -> None:
    """Files that git ignores, and never had, may be written anywhere: no commit will have them."""
    assert is_allowed(write(session, "docs/run.log"))
    assert is_allowed(write(session, "build/deep/out.txt"))
    session.git("-C", str(session.path), "config", "core.excludesFile", "/nowhere")
    assert is_allowed(write(session, "other/x.log"))


def test_what_is_ignored_and_tracked_is_judged(session: Repo, main: Repo) -> None:
    """An ignore pattern does not take a file out of the repository."""
    main.write({"docs/kept.log": "x\n"}).git("add", "-f", "docs/kept.log")
    main.git("commit", "-qm", "a log")
    assert write(session, "docs/kept.log").verb == "deny"


def test_taking_back_is_allowed(session: Repo) -> None:
    """Who has written outside of the contract may write what was there before, or take away a file that the base does not have."""
    session.write({"docs/a.md": "changed\n", "docs/stray.md": "x\n"})
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="a\n")
    )
    assert is_allowed(edit(session, "docs/a.md", "changed", "a"))
    assert is_allowed(tool(session, "Delete", path=str(session.path / "docs/stray.md")))
    assert edit(session, "docs/a.md", "changed", "b").verb == "deny"
    assert tool(session, "Delete", path=str(session.path / "docs/a.md")).verb == "deny"


def test_what_the_base_has_by_now_is_allowed(session: Repo, main: Repo) -> None:
    """Writing what the base has come to hold meanwhile changes nothing for anybody."""
    main.commit({"docs/a.md": "newer\n"})
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="newer\n")
    )
    assert is_allowed(
        tool(session, "Write", file_path=str(session.path / "docs/a.md"), content="a\n")
    )


def test_the_base_belongs_to_no_session(main: Repo) -> None:
    """Where the base is checked out, everything may be written, policy and contracts too, but git's own files."""
    for path in (
        "docs/a.md",
        "guard.toml",
        ".guard/contracts/feature.toml",
        "src/types.py",
        ".claude/settings.json",
    ):
        assert is_allowed(write(main, path))
    assert write(main, ".git/config").verb == "deny"


def test_a_waiver_lets_through(main: Repo) -> None:
    """What a contract on the base waives is not refused."""
    waive = [
        {"rule": "outside-contract", "paths": ["docs/a.md"], "why": "Once.", "until": "2999-01-01"}
    ]
    main.contract("waived", owns=["src/"], waive=waive)
    session = main.worktree("waived")
    assert is_allowed(write(session, "docs/a.md"))
    assert write(session, "docs/b.md").verb == "deny"


def test_a_warning_does_not_stop(main: Repo) -> None:
    """A rule that the policy makes a warning, or switches off, stops no write."""
    main.commit({"guard.toml": POLICY + '[rules]\nOWN001 = "warning"\nforbidden-path = "off"\n'})
    session = main.worktree("feature")
    assert is_allowed(write(session, "docs/a.md"))
    assert is_allowed(write(session, "src/secret/key.py"))


def test_who_owns_the_merge_may_write_the_shared_file(main: Repo) -> None:
    """A shared file is for the contract that merges its group."""
    assert is_allowed(write(main.worktree("other"), "src/types.py"))


# --- what is refused ---


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("docs/a.md", "docs/a.md: OWN001 outside-contract"),
        ("docs/new.md", "docs/new.md: OWN001 outside-contract"),
        ("src/../docs/a.md", "docs/a.md: OWN001"),
        ("other/o.py", "contract other (Bob) does, .guard/contracts/other.toml:2"),
        ("src/secret/key.py", "src/secret/key.py: OWN002 forbidden-path"),
        ("src/types.py", "src/types.py: SHR001 shared-file"),
        ("src/x_pb2.py", "src/x_pb2.py: SHR001 shared-file"),
        ("guard.toml", "guard.toml: CON002 contract-edited"),
        (".guard/contracts/feature.toml", "CON002 contract-edited"),
        (".guard/contracts/mine.toml", "CON002 contract-edited"),
        (".claude/settings.json", ".claude/settings.json: CON002 contract-edited: this file starts guard"),
        ("SRC/a.py", "SRC/a.py: OWN001"),
        ("README.md", "README.md: OWN001"),
    ],
)  # fmt: skip
def test_what_is_not_the_sessions_is_refused(session: Repo, path: str, told: str) -> None:
    """The first line says what is wrong with its code and name, the last what to type; nothing is longer than a screen."""
    asked = write(session, path)
    assert asked.verb == "deny"
    first, *_, last = asked.text.split("\n")
    assert first.startswith("guard refused this: ")
    assert told in asked.text
    assert last.startswith("next: guard explain ")
    assert len(asked.text.split("\n")) < 20


def test_a_refusal_is_what_check_reports(session: Repo) -> None:
    """What is refused, once written nevertheless, is what `guard check` finds: the same path, code, message, line and next step."""
    for path in (
        "docs/a.md",
        "docs/new.md",
        "src/secret/key.py",
        "src/types.py",
        "guard.toml",
        "other/o.py",
    ):
        asked = write(session, path)
        session.write({path: "guard\n"})
        [finding, *_] = session.check().report["findings"]
        assert (
            f"{finding['path']}: {finding['code']} {finding['name']}: {finding['message']}"
            in asked.text
        )
        line = finding["decided_by"]
        assert line is None or f"decided by {line['file']}" in asked.text
        assert asked.text.endswith(
            "next: " + finding["next"].replace("git restore --staged -- :/", "guard explain ")
        )
        session.git("checkout", "-q", "--", ".")
        session.git("clean", "-qfd")


def test_what_is_allowed_is_what_check_keeps(session: Repo) -> None:
    """What is let through, written and committed, keeps the contract."""
    for path in ("src/a.py", "new/b.py", ".guard/handoffs/feature.md", "src/x.log"):
        assert is_allowed(write(session, path))
        session.write({path: "guard\n"})
    assert session.check().report["verdict"] == "kept"


def test_one_stray_path_of_several_is_enough(session: Repo) -> None:
    """A patch is refused as a whole, and the reason names every path that is wrong."""
    patch = "*** Update File: src/a.py\n@@\n-a = 1\n+a = 2\n*** Add File: docs/x.md\n+x\n*** Delete File: lib/l.py\n"
    asked = ask(session, kinds.BEFORE_WRITE, "x", {"tool_input": {"command": patch}}, agent="codex")
    assert asked.verb == "deny"
    assert "docs/x.md: OWN001" in asked.text
    assert "lib/l.py: OWN001" in asked.text
    assert "src/a.py" not in asked.text


def test_a_move_is_two_changes(session: Repo) -> None:
    """Moving a file out of what somebody else owns is refused like taking it away."""
    asked = tool(session, "mcp__filesystem__move_file", source="lib/l.py", destination="src/l.py")
    assert "lib/l.py: OWN001" in asked.text
    assert is_allowed(
        tool(session, "mcp__filesystem__move_file", source="src/a.py", destination="src/l.py")
    )


def test_taking_a_folder_away_is_taking_its_files_away(session: Repo) -> None:
    """A folder that is deleted or moved stands for every tracked file in it."""
    assert "lib/l.py: OWN001" in tool(session, "Delete", path="lib").text
    assert "src/secret/key.py: OWN002" in tool(session, "Delete", path="src").text
    session.write({"scratch/x": "x"})
    assert is_allowed(tool(session, "Delete", path="scratch"))


def test_a_branch_without_a_contract(main: Repo) -> None:
    """Without a contract nothing is owned: every write is refused with the command that declares one, until there is one."""
    session = main.worktree("stranger")
    asked = write(session, "src/a.py")
    assert "CON001 no-contract: no contract claims branch stranger" in asked.text
    assert "next: guard contract new stranger" in asked.text
    assert is_allowed(write(session, "x.log"))
    session.guard("contract", "new", "stranger", "--goal", "Look.", "--owns", "docs/")
    assert is_allowed(write(session, "docs/a.md"))
    assert write(session, "src/a.py").verb == "deny"


def test_the_first_declaration_may_be_written(main: Repo) -> None:
    """A contract for this very branch, in a new file, is what the session has to write first; any other is not."""
    session = main.worktree("stranger")
    path = str(session.path / ".guard/contracts/stranger.toml")
    good = 'goal = "Look."\nowns = ["docs/"]\n'
    assert is_allowed(tool(session, "Write", file_path=path, content=good))
    assert tool(session, "Write", file_path=path, content="goal = 1\n").verb == "deny"
    assert (
        tool(session, "Write", file_path=path, content=good + 'branches = ["another"]\n').verb
        == "deny"
    )
    assert (
        tool(session, "Write", file_path=path.replace("stranger.toml", "x.toml"), content=good).verb
        == "deny"
    )
    assert (
        tool(
            session, "Write", file_path=path.replace("stranger.toml", "other.toml"), content=good
        ).verb
        == "deny"
    )
    assert edit(session, ".guard/contracts/stranger.toml", "a", "b").verb == "deny"
    session.write({".guard/contracts/stranger.toml": good})
    assert is_allowed(edit(session, ".guard/contracts/stranger.toml", "Look", "Look again"))


def test_a_declared_contract_is_not_widened(session: Repo, main: Repo) -> None:
    """Once the declaration is committed it counts as it was; an edit of it is refused."""
    own = main.worktree("stranger")
    own.contract("stranger", owns=["docs/"])
    asked = edit(own, ".guard/contracts/stranger.toml", "docs/", "/")
    assert "the contract was declared in" in asked.text


def test_two_names_that_some_file_systems_cannot_tell_apart(session: Repo) -> None:
    """A new name that differs in nothing but case from one on the base is refused."""
    assert "MRG003 name-collision" in write(session, "src/A.py").text


# --- through links, case and other worktrees ---


def test_links_lead_where_they_lead(session: Repo, tmp_path: Path) -> None:
    """A path through a link is the place behind it: out of what is owned, into it, and out of the repository."""
    (session.path / "src/link").symlink_to("../docs")
    (session.path / "src/file").symlink_to("../docs/a.md")
    (session.path / "docs/back").symlink_to("../src")
    (session.path / "src/out").symlink_to(tmp_path / "elsewhere")
    (session.path / "src/loop").symlink_to("loop")
    assert "docs/b.md: OWN001" in write(session, "src/link/b.md").text
    assert "docs/a.md: OWN001" in write(session, "src/file").text
    assert is_allowed(write(session, "docs/back/b.py"))
    assert is_allowed(write(session, "src/out/x"))
    assert is_allowed(write(session, "src/loop"))
    assert is_allowed(tool(session, "Delete", path="src/file"))


def test_dots_behind_a_link_mean_two_places(session: Repo, tmp_path: Path) -> None:
    """`link/../x` is one file for a program that shortens paths and another for the system: both must be allowed."""
    (session.path / "src/link").symlink_to("../docs/deep")
    session.write({"docs/deep/x": "x", "src/deep/x": "x"})
    (session.path / "src/inner").symlink_to("deep/er")
    assert "docs/b.md: OWN001" in write(session, "src/link/../b.md").text
    assert is_allowed(write(session, "src/inner/../b.py"))
    assert "b.md: OWN001" in tool(session, "Write", file_path="src/../b.md", content="").text


def test_the_worktree_may_be_called_by_another_name(session: Repo, tmp_path: Path) -> None:
    """A session whose directory goes through a link is in the worktree behind it."""
    (tmp_path / "alias").symlink_to(session.path)
    asked = Repo(tmp_path / "alias")
    assert is_allowed(write(asked, "src/a.py"))
    assert "docs/a.md: OWN001" in write(asked, "docs/a.md").text
    assert (
        "docs/a.md: OWN001"
        in tool(session, "Write", file_path=str(tmp_path / "alias/docs/a.md")).text
    )


def test_a_session_in_a_folder_of_its_worktree(session: Repo) -> None:
    """Relative paths count from the session's directory, and the contract is that of the worktree around it."""
    assert is_allowed(tool(Repo(session.path / "src"), "Write", file_path="b.py", content=""))
    assert (
        "docs/b.md: OWN001"
        in tool(Repo(session.path / "docs"), "Write", file_path="b.md", content="").text
    )


def test_other_worktrees_are_other_sessions(session: Repo, main: Repo) -> None:
    """A session may not write into another worktree of its repository, nor into the main checkout, whoever owns the path there."""
    other = main.worktree("other")
    for target in (main, other):
        asked = write(session, target.path / "src/a.py")
        assert (
            f"src/a.py in {target.path} belongs to another worktree; contract feature works in {session.path}"
            in asked.text
        )
        assert f"The same file of this session is {session.path}/src/a.py" in asked.text
    (session.path / "src/main").symlink_to(main.path)
    assert "belongs to another worktree" in write(session, "src/main/docs/a.md").text


def test_from_the_main_checkout_each_worktree_is_judged_by_its_own_contract(
    session: Repo, main: Repo
) -> None:
    """A coordinator on the base may write into a session's worktree what that session may write."""
    assert is_allowed(write(main, session.path / "src/a.py"))
    assert (
        "docs/a.md: OWN001 outside-contract: contract feature"
        in write(main, session.path / "docs/a.md").text
    )


def test_a_worktree_inside_of_the_repository(main: Repo) -> None:
    """Claude Code's worktrees lie below the main checkout; each path belongs to the innermost."""
    main.git("worktree", "add", "-q", "-b", "feature", ".claude/worktrees/feature")
    session = Repo(main.path / ".claude/worktrees/feature")
    assert is_allowed(write(session, "src/a.py"))
    assert "docs/a.md: OWN001" in write(session, "docs/a.md").text
    assert "belongs to another worktree" in write(session, "../../../src/a.py").text
    assert is_allowed(write(main, "docs/a.md"))


def test_gits_own_files(session: Repo, main: Repo) -> None:
    """Hooks, configuration, refs and index are refused, also through another worktree's `.git`; drafts of messages are not."""
    for path in (
        main.path / ".git/hooks/pre-commit",
        main.path / ".git/config",
        session.path / ".git",
        main.path / ".git/worktrees/feature/HEAD",
    ):
        assert "is one of git's own files" in write(session, path).text
    assert is_allowed(write(session, main.path / ".git/worktrees/feature/COMMIT_EDITMSG"))
    (session.path / "src/git").symlink_to(main.path / ".git")
    assert "is one of git's own files" in write(session, "src/git/hooks/post-commit").text
    assert (
        "is a worktree of this repository" in tool(session, "Delete", path=str(session.path)).text
    )


def test_a_git_directory_of_another_name(tmp_path: Path) -> None:
    """Where the git directory is not called `.git`, its files are git's own all the same."""
    repo = Repo.init(tmp_path / "repo", f"--separate-git-dir={tmp_path}/store")
    repo.policy().contract("feature", owns=["*"])
    repo.branch("feature")
    assert "is one of git's own files" in write(repo, tmp_path / "store/config").text
    assert is_allowed(write(repo, "x"))


def test_another_repository_is_another_matter(session: Repo, tmp_path: Path) -> None:
    """A path in another repository is judged by that one: let through where it has no guard, refused where its session may not."""
    plain = Repo.init(tmp_path / "plain")
    plain.commit({"a": "a"})
    assert is_allowed(write(session, plain.path / "a"))
    assert is_allowed(write(session, tmp_path / "nowhere/x"))
    guarded = Repo.init(tmp_path / "guarded")
    guarded.policy().contract("task", owns=["a/"])
    guarded.branch("task")
    assert is_allowed(write(session, guarded.path / "a/b"))
    assert "b: OWN001 outside-contract: contract task" in write(session, guarded.path / "b").text
    assert is_allowed(write(plain, session.path / "src/a.py"))
    assert write(plain, session.path / "docs/a.md").verb == "deny"


def test_a_submodule_is_a_repository_of_its_own(session: Repo, tmp_path: Path) -> None:
    """A file in a submodule is no change here until the submodule's commit is, and `guard check` says the same."""
    library = Repo.init(tmp_path / "library")
    library.commit({"l.txt": "l\n"})
    session.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(library.path),
        "src/lib",
    )
    session.git("commit", "-qm", "library", "--", "src/lib")
    assert is_allowed(write(session, "src/lib/l.txt"))
    assert write(session, ".gitmodules").verb == "deny"


def test_a_repository_inside_does_not_hide_files(session: Repo) -> None:
    """`git init` in a tracked folder, or in one that git takes for part of the repository around it, changes nothing."""
    inner = Repo.init(session.path / "lib")
    assert "lib/l.py: OWN001" in write(session, "lib/l.py").text
    inner.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert "lib/l.py: OWN001" in write(session, "lib/l.py").text
    fresh = Repo.init(session.path / "vendor")
    assert "vendor/x: OWN001" in write(session, "vendor/x").text
    fresh.git("commit", "-q", "--allow-empty", "-m", "theirs")
    assert is_allowed(write(session, "vendor/x"))


def test_a_file_system_without_case(session: Repo) -> None:
    """Where `.GIT` is `.git`, a path means the file that is stored under the nearest name."""
    os.link(
        session.path / ".git", session.path / ".GIT"
    )  # what macOS and Windows make it look like
    assert is_allowed(write(session, "SRC/A.PY"))
    assert is_allowed(write(session, "Src/Deep/er/x.py"))
    assert "src/types.py: SHR001" in write(session, "SRC/types.PY").text
    assert "is one of git's own files" in write(session, ".GIT").text


# --- settings that start guard ---


def test_settings_may_change_beside_guard(session: Repo) -> None:
    """In settings that start guard, a line that does not touch it may change, if the contract owns the file."""
    asked = edit(session, ".claude/settings.json", '"hooks": {', '"model": "opus",\n  "hooks": {')
    assert "CON002" not in asked.text
    assert "CON002" in edit(session, ".claude/settings.json", "guard agent claude", "true").text
    assert "CON002" in tool(session, "Delete", path=".claude/settings.json").text
    assert (
        "CON002"
        in edit(
            session, ".claude/settings.json", '"hooks": {', '"disableAllHooks": true,\n  "hooks": {'
        ).text
    )


def test_an_edit_of_settings_that_cannot_be_foreseen(main: Repo) -> None:
    """Where nobody knows what a write makes of an owned file of settings, it is let through and seen on the disk."""
    main.contract("all", owns=["*"])
    session = main.worktree("all")
    assert is_allowed(shell(session, "sed -i s/claude/true/ .claude/settings.json"))
    assert is_allowed(
        tool(session, "NotebookEdit", notebook_path=".claude/settings.json", new_source="x")
    )
    session.write({".claude/settings.json": SETTINGS.replace("claude", "true")})
    assert "CON002" in ask(session, kinds.AFTER_BATCH, "sed").text


def test_settings_that_git_does_not_see(session: Repo, tmp_path: Path) -> None:
    """Settings outside of the repository, and ignored ones, count where the edit takes guard out or switches hooks off."""
    home = tmp_path / "home"
    personal = home / ".claude/settings.json"
    personal.parent.mkdir(parents=True)
    personal.write_text(SETTINGS)
    session.write({".git-exclude": ""})
    assert is_allowed(tool(session, "Write", file_path=str(personal), content=SETTINGS + "\n"))
    assert "CON002" in tool(session, "Write", file_path=str(personal), content="{}").text
    assert "CON002" in edit(session, personal, "guard agent claude", "true").text
    assert (
        "CON002" in edit(session, personal, '"command":', '"remark":').text
    )  # the words of the edit do not say that it is guard's line
    personal.write_text(json.dumps({**json.loads(SETTINGS), "model": "a"}))
    assert is_allowed(edit(session, personal, '"model": "a"', '"model": "b"'))
    assert "CON002" in edit(session, personal, '"command":', '"remark":').text
    local = str(session.path / ".claude/settings.local.json")
    assert (
        "CON002"
        in tool(session, "Write", file_path=local, content='{"disableAllHooks": true}').text
    )
    assert is_allowed(
        tool(
            session,
            "Write",
            file_path=str(home / ".claude/other.json"),
            content='{"disableAllHooks": true}',
        )
    )


# --- shell commands ---


@pytest.mark.parametrize(
    "command",
    [
        "ls", "git status", "git commit -m 'about --no-verify'", "rm -rf src", "rm src/a.py", "echo x > docs/a.md", "cat guard.toml",
        "git worktree remove ../other", "rm docs/*", "echo x > /tmp/guard.toml", "rm -rf /tmp/x/.git", "git -C /tmp commit --no-verify",
        "cp guard.toml /tmp/x", "rm -rf build .cache", "git config core.hooksPath", "rm -f .git/index.lock", "make 2>/dev/null",
        "cat > src/a.md <<'EOF'\nrm -rf .git\ngit commit -n\nEOF", "find . -name '*.orig' -delete", "cp ~/x src/a.py",
    ],
)  # fmt: skip
def test_commands_that_may_run(session: Repo, command: str) -> None:
    """What is not certain, harmless or seen afterwards is let through."""
    assert is_allowed(shell(session, command))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("git commit --no-verify -m x", "git commit --no-verify goes around the hooks"),
        ("cd src && git push --no-verify", "git push --no-verify"),
        ("git config core.hooksPath /dev/null", "git config core.hooksPath"),
        ("git config --global core.hooksPath /dev/null", "git config core.hooksPath"),
        ("git worktree remove --force ../other", "git worktree remove --force"),
        ("SKIP=guard git commit -m x", "SKIP=guard"),
        ("echo 'owns = [\"/\"]' >> .guard/contracts/feature.toml", ".guard/contracts/feature.toml: CON002"),
        ("sed -i s/src/docs/ guard.toml", "guard.toml: CON002"),
        ("rm -rf .guard", ".guard/contracts/feature.toml: CON002"),
        ("rm .guard/contracts/*", ".guard/contracts/feature.toml: CON002"),
        ("git rm -q guard.toml", "guard.toml: CON002"),
        ("mv .claude/settings.json x", ".claude/settings.json: CON002"),
        ("rm -rf .claude", ".claude/settings.json: CON002"),
        ("perl -pi -e s/a/b/ guard.toml", "guard.toml: CON002"),
        ("cp -t .guard/contracts /tmp/feature.toml", ".guard/contracts"),
        ("git apply <<'EOF'\n--- a/guard.toml\n+++ b/guard.toml\n@@ -1 +1 @@\n-a\n+b\nEOF", "guard.toml: CON002"),
        ("bash <<'EOF'\ngit push --no-verify\nEOF", "git push --no-verify"),
        ("find .git/hooks -delete", "is one of git's own files"),
        ("rm -rf .git", "is one of git's own files"),
        ("rm -rf .", "is a worktree of this repository"),
        ("guard uninstall", "this session may not remove guard's hooks"),
    ],
)  # fmt: skip
def test_commands_that_may_not(session: Repo, command: str, told: str) -> None:
    """What a command certainly does to hooks, contracts and worktrees is refused, with a reason and the next step."""
    asked = shell(session, command)
    assert asked.verb == "deny"
    assert asked.text.startswith("guard refused this: ")
    assert told in asked.text
    assert "\nnext: g" in asked.text


def test_commands_in_other_places(session: Repo, main: Repo, tmp_path: Path) -> None:
    """A deed counts where it is done: in another worktree of the repository it does, in another repository it does not."""
    other, plain = main.worktree("other"), Repo.init(tmp_path / "plain")
    assert shell(session, f"git -C {other.path} commit -n").verb == "deny"
    assert shell(session, f"rm -rf {main.path}/.git/hooks").verb == "deny"
    assert shell(session, f"rm -rf {other.path}").verb == "deny"
    assert is_allowed(shell(session, f"git -C {plain.path} commit -n"))
    assert is_allowed(shell(session, f"rm -rf {plain.path}"))
    assert is_allowed(shell(plain, f"git commit -n && rm -rf {plain.path}/.git"))
    started = ask(
        session,
        kinds.BEFORE_SHELL,
        "",
        {"tool_input": {"command": "git commit -n", "workdir": str(plain.path)}},
    )
    assert is_allowed(started)
    for there in (plain, Repo(tmp_path)):
        assert shell(there, f"cd {session.path} && rm guard.toml").verb == "deny"
        assert shell(there, f"cd {session.path} && git commit -n").verb == "deny"
        assert is_allowed(shell(there, "git commit -n && git config --global core.hooksPath x"))


def test_a_folder_around_the_worktree_is_not_taken_away(session: Repo) -> None:
    """What holds a worktree is more than the worktree, however it is spelled; what is in a folder beside it is not."""
    for path in ("..", "src/../..", f"{session.path}/..", session.path.parent, "/", "."):
        asked = shell(session, f"rm -rf {path}")
        assert (asked.verb, "a worktree of this repository" in asked.text) == ("deny", True), path
    session.write({"src/link": "x"})
    (session.path / "src/link").unlink()
    (session.path / "src/link").symlink_to("..")
    assert is_allowed(shell(session, "rm src/link"))
    asked = shell(session, "rm -rf ../*.log")
    assert is_allowed(asked), asked.text


def test_a_link_to_the_policy(session: Repo) -> None:
    """Where a redirection leads is looked at, whatever the name in front of it."""
    (session.path / "src/link").symlink_to("../guard.toml")
    assert "guard.toml: CON002" in shell(session, "echo x > src/link").text
    assert is_allowed(shell(session, "rm src/link"))


def test_a_shell_that_writes_into_another_worktree(session: Repo, main: Repo) -> None:
    """Nobody would look there afterwards: what certainly changes another session's files is refused, what git ignores there is not."""
    other = main.worktree("other")
    for command in (
        f"echo x > {main.path}/src/a.py",
        f"cd {other.path} && sed -i s/a/b/ docs/a.md",
        f"rm {main.path}/docs/a.md",
    ):
        asked = shell(session, command)
        assert (asked.verb, "belongs to another worktree" in asked.text) == ("deny", True), command
    assert is_allowed(shell(session, f"make > {main.path}/run.log"))
    assert is_allowed(shell(session, f"cat {main.path}/src/a.py > src/a.py"))
    assert is_allowed(shell(session, f"git -C {main.path} log > /tmp/log.txt"))


def test_a_shell_that_writes_into_a_worktree_from_the_base(session: Repo, main: Repo) -> None:
    """From the main checkout a session's worktree is judged by its own contract."""
    assert is_allowed(shell(main, f"echo x > {session.path}/src/a.py"))
    assert "docs/a.md: OWN001" in shell(main, f"echo x > {session.path}/docs/a.md").text


def test_a_patch_by_a_shell(session: Repo) -> None:
    """What a shell hands to apply_patch is judged as the tool's own, from where the shell is, and so is what runs beside it."""
    patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {}\n+x\n*** End Patch\nEOF"
    assert is_allowed(shell(session, "cd src && " + patch.format("b.py")))
    assert "docs/b.md: OWN001" in shell(session, "cd docs && " + patch.format("b.md")).text
    assert "docs/b.md: OWN001" in shell(session, "make && " + patch.format("docs/b.md")).text
    assert "git commit -n" in shell(session, patch.format("src/b.py") + "\ngit commit -n -m x").text
    started = {"tool_input": {"command": patch.format("b.md"), "workdir": "docs"}}
    assert "docs/b.md: OWN001" in ask(session, kinds.BEFORE_SHELL, "", started).text


def test_settings_outside_of_any_repository_by_a_shell(session: Repo, tmp_path: Path) -> None:
    """Taking away settings that start guard is refused wherever they are; what a shell writes into them is not known."""
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude/settings.json").write_text(SETTINGS)
    (home / ".gemini").mkdir()
    (home / ".gemini/settings.json").write_text("{}")
    env = {"HOME": str(home)}
    assert "CON002" in ask(session, kinds.BEFORE_SHELL, "rm ~/.claude/settings.json", env=env).text
    assert is_allowed(ask(session, kinds.BEFORE_SHELL, "rm ~/.gemini/settings.json", env=env))
    assert is_allowed(ask(session, kinds.BEFORE_SHELL, "rm '~/.claude/settings.json'", env=env))


def test_the_base_may_change_its_contracts_by_a_shell(main: Repo) -> None:
    """Where the base is checked out, contracts and policy are edited as anything else; the hooks stay."""
    assert is_allowed(shell(main, "echo >> guard.toml && rm .guard/contracts/feature.toml"))
    assert shell(main, "git commit --no-verify -m x").verb == "deny"


# --- where guard has no business, and where it cannot judge ---


@pytest.mark.parametrize("agent", AGENTS)
def test_where_guard_is_not_adopted_it_is_silent(empty: Repo, tmp_path: Path, agent: str) -> None:
    """An unborn branch, a repository without guard and a folder outside of any repository let everything through."""
    (tmp_path / "folder").mkdir()
    for where in (empty, Repo(tmp_path / "folder")):
        for asked in (
            write(where, "a", agent=agent),
            ask(where, kinds.BEFORE_SHELL, "git commit -n && rm -rf .git", agent=agent),
        ):
            assert is_allowed(asked)
    empty.commit({"a": "a"})
    assert is_allowed(write(empty, "a", agent=agent))


def test_without_git_nothing_is_fine_where_guard_is_adopted(session: Repo, tmp_path: Path) -> None:
    """Without a git that runs, a write is refused where guard is adopted, and passed over where it is not."""
    bare = {"PATH": str(tmp_path)}
    asked = ask(session, kinds.BEFORE_WRITE, str(session.path / "src/a.py"), env=bare)
    assert (asked.verb, asked.ran.code) == ("deny", 2)
    assert asked.text.startswith("guard: git is not on PATH")
    (tmp_path / "folder").mkdir()
    assert is_allowed(
        ask(Repo(tmp_path / "folder"), kinds.BEFORE_WRITE, str(tmp_path / "folder/x"), env=bare)
    )


def test_a_broken_policy_is_no_permission(main: Repo) -> None:
    """Where policy or contract cannot be read, writes are refused with the mistake and its place."""
    session = main.worktree("feature")
    main.commit({"guard.toml": "base = 7\n"})
    asked = write(session, "src/a.py")
    assert asked.verb == "deny"
    assert "the policy on main cannot be read" in asked.text
    assert "guard.toml" in asked.text


def test_somebody_elses_broken_repository_is_not_ours(session: Repo, tmp_path: Path) -> None:
    """A path in a repository that git cannot read is refused only where guard is adopted there."""
    broken = Repo.init(tmp_path / "broken")
    (broken.path / ".git/HEAD").write_text("no ref\n")
    assert is_allowed(write(session, broken.path / "a"))
    broken.write({"guard.toml": ""})
    assert write(session, broken.path / "a").verb == "deny"


def test_a_directory_that_is_gone(session: Repo, tmp_path: Path) -> None:
    """A session whose directory is gone is told so where guard can know that it is adopted, and nothing is judged elsewhere."""
    asked = ask(
        session,
        kinds.BEFORE_WRITE,
        str(session.path / "src/a.py"),
        {"cwd": str(session.path / "gone")},
    )
    assert (asked.verb, "is not there" in asked.text) == ("deny", True)
    assert is_allowed(
        ask(session, kinds.BEFORE_WRITE, str(tmp_path / "x"), {"cwd": str(tmp_path / "gone")})
    )


def test_paths_that_no_file_can_have(session: Repo) -> None:
    """A NUL, or a name that is too long, is nobody's file: no tool can write it."""
    assert is_allowed(write(session, "src/a\0b"))
    assert write(session, "docs/" + "x" * 300).verb == "deny"
    assert write(session, "docs/" + "x/" * 3000).verb == "deny"


def test_a_path_that_is_no_unicode(session: Repo) -> None:
    """Bytes that are not UTF-8 are judged as git has them and shown as escapes."""
    raw = json.dumps(
        {
            "hook_event_name": "PreToolUse",
            "cwd": str(session.path),
            "tool_name": "Write",
            "tool_input": {"file_path": "docs/X"},
        }
    )
    asked = answer(
        session,
        "claude",
        kinds.BEFORE_WRITE,
        session.guard("agent", "claude", stdin=raw.encode().replace(b"X", b"\xff")),
    )
    assert "docs/\\xff: OWN001" in asked.text


def test_windows_paths(session: Repo) -> None:
    """Where no drive is mounted, a Windows path is a name like any other, and what it would make here is judged; a URI is a path."""
    assert (
        "Q:\\app\\a.md: OWN001"
        in tool(session, "Write", file_path="Q:\\app\\a.md", content="").text
    )
    assert "src\\a.py: OWN001" in tool(session, "Write", file_path="src\\a.py", content="").text
    uri = (session.path / "docs/a b.md").as_uri()
    assert "docs/a b.md: OWN001" in tool(session, "mcp__ide__write", uri=uri).text


def test_gits_variables_in_the_agents_environment_do_not_count(session: Repo, main: Repo) -> None:
    """An agent that was started from a git hook has git's variables; the payload's directory decides."""
    env = {
        "GIT_DIR": str(main.path / ".git"),
        "GIT_WORK_TREE": str(main.path),
        "GIT_INDEX_FILE": "/nowhere",
        "CLAUDE_PROJECT_DIR": str(main.path),
    }
    assert (
        "docs/a.md: OWN001"
        in ask(session, kinds.BEFORE_WRITE, str(session.path / "docs/a.md"), env=env).text
    )
