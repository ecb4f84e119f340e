"""Writes that are refused, with the reason, and declarations of a contract."""

from __future__ import annotations

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import POLICY, ask, edit, is_allowed, tool, write
from tests.kit import Repo


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
        (
            ".claude/settings.json",
            ".claude/settings.json: CON002 contract-edited: this file starts guard",
        ),
        ("SRC/a.py", "SRC/a.py: OWN001"),
        ("README.md", "README.md: OWN001"),
    ],
)
def test_what_is_not_the_sessions_is_refused(session: Repo, path: str, told: str) -> None:
    """The first line has code and name, the last a command; all fits on a screen."""
    asked = write(session, path)
    assert asked.verb == "deny"
    first, *_, last = asked.text.split("\n")
    assert first.startswith("guard refused this: ")
    assert told in asked.text
    assert last.startswith("next: guard explain ")
    assert len(asked.text.split("\n")) < 20


def test_a_refusal_is_what_check_reports(session: Repo) -> None:
    """`guard check` finds what was refused: same path, code, message and line.

    The next step is not the same: a person may widen the contract, an agent only looks.
    """
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
        assert asked.text.endswith(f"\nnext: guard explain {path}")
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
    patch = (
        "*** Update File: src/a.py\n@@\n-a = 1\n+a = 2\n"
        "*** Add File: docs/x.md\n+x\n*** Delete File: lib/l.py\n"
    )
    asked = ask(session, kinds.BEFORE_WRITE, "x", {"tool_input": {"command": patch}}, agent="codex")
    assert asked.verb == "deny"
    assert "docs/x.md: OWN001" in asked.text
    assert "lib/l.py: OWN001" in asked.text
    assert "src/a.py" not in asked.text


def test_a_move_is_two_changes(session: Repo) -> None:
    """Moving a file away from an owner is refused as deleting it is."""
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
    """Without a contract every write is refused, with the command that declares one."""
    session = main.worktree("stranger")
    asked = write(session, "docs/a.py")
    assert "CON001 no-contract: no contract claims branch stranger" in asked.text
    assert "next: guard contract new stranger" in asked.text
    path = str(session.path / "src/a.py")
    asked = ask(session, kinds.BEFORE_WRITE, path, {"session_id": "another"})
    assert "CON001" in asked.text
    assert asked.text.splitlines()[-1] == "next: guard explain src/a.py"
    assert is_allowed(write(session, "x.log"))
    session.guard("contract", "new", "stranger", "--goal", "Look.", "--owns", "docs/")
    assert is_allowed(write(session, "docs/a.md"))
    assert write(session, "src/a.py").verb == "deny"


@pytest.mark.parametrize("missing", ["warning", "note", "off"])
@pytest.mark.parametrize("branch", ["free", ""])
def test_leaving_the_branch_is_no_way_out(main: Repo, missing: str, branch: str) -> None:
    """Where a person needs no contract, an agent without one is refused others' paths and groups.

    That holds on any branch and on a detached HEAD; what nobody has may be written.
    """
    main.commit({"guard.toml": f"{POLICY}[contracts]\nmissing = '{missing}'\n"})
    session = main.worktree("feature")
    session.git("switch", "-q", *(["-c", branch] if branch else ["--detach"]))
    asked = write(session, "other/o.py")
    assert (asked.verb, "other/o.py: OWN001" in asked.text) == ("deny", True)
    assert "contract other (Bob) owns this path" in asked.text
    assert "src/types.py: SHR001" in write(session, "src/types.py").text
    assert is_allowed(write(session, "docs/a.md"))
    assert write(main, "other/o.py").verb == "tell"  # SES002, a warning


def test_the_first_declaration_may_be_written(main: Repo) -> None:
    """A new file with a contract for this branch may be written, and no other contract."""
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
    """An edit of a declaration that is committed is refused."""
    own = main.worktree("stranger")
    own.contract("stranger", owns=["docs/"])
    asked = edit(own, ".guard/contracts/stranger.toml", "docs/", "/")
    assert "the contract was declared in" in asked.text


def test_two_names_that_some_file_systems_cannot_tell_apart(session: Repo) -> None:
    """A new name that differs in nothing but case from one on the base is refused."""
    assert "MRG003 name-collision" in write(session, "src/A.py").text
