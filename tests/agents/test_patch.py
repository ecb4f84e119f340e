"""Patches in the form of apply_patch: which files they write, and what becomes of them."""

from __future__ import annotations

import pytest

from guard.agents.protocol.event import Edit, Write
from guard.agents.protocol.patch import parse_patch

# openai/codex, codex-rs/core/gpt_5_codex_prompt.md and apply_patch_tool_instructions.md: the
# example of every operation.
DOCUMENTED = """\
*** Begin Patch
*** Add File: hello.txt
+Hello world
*** Update File: src/app.py
*** Move to: src/main.py
@@ def greet():
-print("Hi")
+print("Hello, world!")
*** Delete File: obsolete.txt
*** End Patch
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*** Begin Patch\n*** End Patch\n",
        "hello *** Add File: a",
        "+*** Add File: a",
        "*** Add File:",
        "*** Added File: a",
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n",
    ],
)
def test_what_is_no_patch(text: str) -> None:
    """A text without a header at the beginning of a line names no file."""
    assert parse_patch(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENTED,
        DOCUMENTED.replace("\n", "\r\n"),
        DOCUMENTED.removeprefix("*** Begin Patch\n"),
        DOCUMENTED[:-15],
    ],
)
def test_the_documented_example(text: str) -> None:
    """Every file is found, a move as a deletion and a new file, whatever the line ends."""
    assert parse_patch(text) == (
        Write("hello.txt", text="Hello world\n"),
        Write("src/app.py", deletes=True),
        Write("src/main.py", edits=(Edit('print("Hi")', 'print("Hello, world!")'),)),
        Write("obsolete.txt", deletes=True),
    )


def test_content_is_never_taken_for_a_header() -> None:
    """Lines of a file that look like headers are content: each begins with the sign of its hunk."""
    text = (
        "*** Begin Patch\n*** Update File: a\n@@\n *** Delete File: b\n-*** Add File: c\n"
        "+*** Move to: d\n*** End of File\n*** End Patch\n"
    )
    assert parse_patch(text) == (
        Write(
            "a",
            edits=(
                Edit("*** Delete File: b\n*** Add File: c", "*** Delete File: b\n*** Move to: d"),
            ),
        ),
    )


@pytest.mark.parametrize(
    "header",
    [
        " *** Delete File: b",
        "\t*** Delete File: b \t",
        "*** Delete File:b",
        "*** Delete File:   b\r",
    ],
)
@pytest.mark.parametrize("before", ["", "*** Add File: a\n+x\n", "*** Delete File: a\n"])
def test_headers_as_loosely_as_agents_take_them(before: str, header: str) -> None:
    """Codex takes blanks around a header outside of a hunk, opencode none after the colon."""
    assert Write("b", deletes=True) in parse_patch(
        f"*** Begin Patch\n{before}{header}\n*** End Patch"
    )
    moved = parse_patch("*** Update File:a\n*** Move to:b\n@@\n-x\n+y\n")
    assert moved == (Write("a", deletes=True), Write("b", edits=(Edit("x", "y"),)))


def test_hunks_are_edits() -> None:
    """Each hunk is one replacement, with its context; an empty line stands for one."""
    text = "*** Update File: a b\n@@ class A\n context\n-old\n+new\n\n@@\n+added\n"
    assert parse_patch(text) == (
        Write("a b", edits=(Edit("context\nold\n", "context\nnew\n"), Edit("", "added"))),
    )


def test_several_files_of_one_kind() -> None:
    """The same file may come twice, and an added file may be empty."""
    assert parse_patch("*** Add File: a\n*** Add File: b\n+\n+x\n*** Delete File: a") == (
        Write("a", text=""),
        Write("b", text="\nx\n"),
        Write("a", deletes=True),
    )
