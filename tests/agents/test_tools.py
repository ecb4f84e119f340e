"""Which tools write, by their names."""

from __future__ import annotations

import pytest

from guard.agents.programs import AGENTS, is_elsewhere, is_mcp, use_of


@pytest.mark.parametrize(
    ("use", "names"),
    [
        (
            "read",
            (
                "Read read_file ReadFile readManyFiles view Grep grep_search Glob LS WebFetch "
                "web_search TodoWrite AskUserQuestion lsp"
            ),
        ),
        (
            "",
            (
                "Task Agent Skill mcp__db__query mcp__github__list_issues MCP:search_code "
                "mcp_docs_read_page mcp__fs__create_directory"
            ),
        ),
        (
            "write",
            (
                "Edit Write MultiEdit NotebookEdit write_file replace StrReplace search_replace "
                "apply_patch create str_replace_editor"
            ),
        ),
        (
            "write",
            (
                "mcp__filesystem__write_file mcp__fs__editFile MCP:create_text_file "
                "mcp_fs_append-file mcp__serena__replace_symbol_body"
            ),
        ),
        ("delete", "Delete delete_file mcp__fs__delete_file MCP:removeFile"),
        ("copy", "mcp__filesystem__copy_file MCP:copyDirectory"),
        ("move", "move_file rename mcp__filesystem__move_file MCP:renameFile"),
        (
            "shell",
            (
                "Bash shell run_shell_command run_terminal_cmd powershell Monitor local_shell "
                "exec_command"
            ),
        ),
    ],
)
def test_what_a_tool_does(use: str, names: str) -> None:
    """Tools of all agents are known to each, in any spelling; an MCP tool's by its verb."""
    for agent in AGENTS:
        found = {name: use_of(name, agent) for name in names.split()}
        assert found == dict.fromkeys(names.split(), use), agent


def test_a_servers_name_is_no_verb() -> None:
    """`mcp__file-editor__read` reads, whatever the server is called."""
    assert use_of("mcp__write-server__read_file", "claude") == ""
    assert use_of("mcp__editor__edit__list", "claude") == ""


def test_whose_tool_it_is() -> None:
    """Tools of MCP servers are known by how each agent marks them."""
    assert [is_mcp(name) for name in ("mcp__a__b", "mcp_a_b", "MCP:b", "Write", "mcpwrite")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_what_is_elsewhere() -> None:
    """A tool that names a remote repository, or only tries, changes nothing here."""
    assert is_elsewhere({"owner": "o", "repo": "r", "path": "a"})
    assert is_elsewhere({"path": "a", "dryRun": True})
    assert not is_elsewhere({"path": "a", "content": "b", "dryRun": False})
