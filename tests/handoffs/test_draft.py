"""Drafts: what guard writes can be read back, and writing again never loses an author's word."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guard.core.names import show
from guard.handoffs.content import emptiness
from guard.handoffs.draft import Group, Item, Known, drafted
from guard.handoffs.markdown import bare, c_quoted, code, escaped, source_of
from guard.handoffs.parse import parse_handoff
from guard.handoffs.paths import entries
from guard.handoffs.refresh import refreshed
from guard.handoffs.sections import SECTIONS
from tests.handoffs.made import WHOLE, handoff

TREE, LATER = "1" * 40, "2" * 40


def known(*paths: str, **more: object) -> Known:
    """What a draft is written from: these paths, one command that ran and one that is wanted."""
    made = Known(
        contract="api",
        change=TREE,
        goal="Make it.",
        paths=len(paths) or 1,
        files=(
            Group(
                "Owned by /src/",
                tuple(Item(code(path), "modified, +1", (path,)) for path in paths or ("src/a.py",)),
            ),
        ),
        commands=(
            Item(code("make test"), "exit 0, 1.0 s, on these files: 34 passed", ("make test",)),
        ),
        wanted=("make lint && make types",),
        subjects=("api: routes know their language",),
        risks=(Item(f"{code('package.json')} is shared", "group metadata"),),
        follow_up=(),
    )
    return made._replace(**cast("dict[str, Any]", more))


def again(about: Known, text: str) -> str:
    """A handoff written again."""
    return refreshed(about, parse_handoff(text)).text


def words(text: str) -> list[str]:
    """What an author wrote of a text: its words."""
    return re.findall(r"\w+", text)


def test_a_draft_has_all_sections_and_does_not_pass() -> None:
    """A draft is whole; what is the author's to say is drafted or empty."""
    read = handoff(drafted(known()))
    assert read.mark == (3, "api", TREE, "")
    found = {key: emptiness(said) for key, said in read.sections.items()}
    assert {key: nothing.kind for key, nothing in found.items() if nothing} == {
        "behavior": "drafted",
        "follow_up": "empty",
    }
    assert list(read.sections) == [section.key for section in SECTIONS]


def test_nothing_known_is_a_template_with_a_mark() -> None:
    """Without files, commands and commits the hints stand there."""
    read = handoff(drafted(Known("api", TREE, "", 0, (), (), (), (), (), ())))
    assert {nothing.kind for said in read.sections.values() if (nothing := emptiness(said))} == {
        "empty"
    }


@given(
    st.lists(
        st.text(
            st.characters(exclude_characters="\0/", exclude_categories=["Cs"]),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_every_path_is_read_back(names: list[str]) -> None:
    """Whatever a file is called, the draft names it so that its name is found in the list again."""
    paths = [f"src/{name}" for name in names]
    said = handoff(drafted(known(*paths))).sections["files"]
    found = {
        name for entry in entries(said.lines) for name in (entry.names[0].text, entry.names[0].rest)
    }
    for path in paths:
        assert code(path).strip("` ") == path or c_quoted(path) in found or path in found


@given(st.text(max_size=20) | st.text("`\\\\*_[]()<>|~#&!-+=.:@ 1ab", max_size=20))
@example("# a")
@example("1. a")
@example("- - a")
@example("snake_case and __init__")
@example("`<!--` x --> `y")
@example("\\\\`a`")
def test_any_text_is_shown_as_it_is(text: str) -> None:
    """Signs of Markdown in a goal or a subject are escaped; code in it stays code."""
    plain = show(" ".join(text.split()))
    for around, told in (("x {} y", "x {} y"), ("- {} y", "{} y"), ("- **a:** {}", "a: {}")):
        lines = (
            handoff(f"## Known risks\n\n{around.format(escaped(text))}\n").sections["risks"].lines
        )
        assert len(lines) == 1
        assert {piece.kind for piece in lines[0].pieces} <= (
            {"text", "code"} if plain.count("`") > 1 else {"text"}
        )
        assert re.sub(r"[`\s]", "", lines[0].text) == re.sub(r"[`\s]", "", told.format(plain))
    assert not set(bare(text)) & set("()`")


def test_words_stay_words() -> None:
    """Usual subjects stay readable: names with underscores, code, numbers of issues."""
    for text in ("Fix snake_case in `res.clear_cookie()` (#5792)", "a > b | c", "v1.2: done"):
        assert escaped(text) == text


@given(st.text("ab é`\n", max_size=8))
def test_code_spans_hold_any_text(text: str) -> None:
    """A code span gives back what was put into it, however many backticks that has."""
    if text.strip(" \n"):
        (line, *_) = handoff(f"## Known risks\n\nx {code(text)} y\n").sections["risks"].lines
        assert {text, c_quoted(text)} & {piece.text for piece in line.pieces}


def test_drafting_again_changes_nothing() -> None:
    """A draft that is written again from the same facts stays as it is, edited or not."""
    text = drafted(known("src/a.py", "src/b.py"))
    assert again(known("src/a.py", "src/b.py"), text) == text
    text = text.replace("(modified, +1)", "(modified, +1): says why\n  - and how", 1)
    assert again(known("src/a.py", "src/b.py"), text) == text
    assert again(known("src/a.py", "src/b.py"), text.replace("\n", "\r\n")) == text.replace(
        "\n", "\r\n"
    )


def test_what_git_knows_is_made_new() -> None:
    """Tree, files, commands and the unedited subjects follow the work."""
    now = known("src/a.py", "src/c.py", change=LATER, subjects=("api: one", "api: two"), wanted=())
    text = again(now, drafted(known("src/a.py", "src/b.py")))
    assert text == drafted(now)


def test_words_beside_a_label_stay() -> None:
    """Text behind or like a group's label is the author's; the label appears once."""
    text = drafted(known()).replace(
        "**Owned by /src/**", "**Owned by /src/** (see ADR 7)\n\n**Owned by Ada**, in part"
    )
    new = again(known("src/a.py", "src/b.py"), text)
    assert new.count("**Owned by /src/**\n") == 1
    assert "**Owned by /src/** (see ADR 7)\n" in new
    assert "**Owned by Ada**, in part\n" in new
    assert again(known("src/a.py", "src/b.py"), new) == new


def test_remarks_stay_with_their_item() -> None:
    """What stands behind an item or below it stays there when the facts in its brackets change."""
    text = drafted(known("src/a.py", "src/b.py"))
    text = text.replace(
        "- `src/a.py` (modified, +1)",
        "- `src/a.py` (modified, +1): the reason (see #1)\n  - more\n\n  even more",
    )
    now = known("src/a.py", "src/c.py")
    now = now._replace(
        files=(
            Group(
                "Owned by /src/",
                (
                    Item(code("src/a.py"), "modified, +9", ("src/a.py",)),
                    Item(code("src/c.py"), "added, +1", ("src/c.py",)),
                ),
            ),
        )
    )
    new = again(now, text)
    assert (
        "- `src/a.py` (modified, +9): the reason (see #1)\n  - more\n  even more\n- "
        "`src/c.py` (added, +1)"
    ) in new


def test_remarks_about_what_is_no_longer_so_are_kept_and_not_claimed() -> None:
    """The remark on a file that did not change after all moves to a comment, and is told."""
    text = drafted(known("src/a.py", "src/(b).py")).replace(
        "`src/(b).py` (modified, +1)", "`src/(b).py` (modified, +1) because --> of x\n  - deep"
    )
    new = refreshed(known("src/a.py"), parse_handoff(text))
    assert new.moved == ("`src/(b).py` because --> of x", "- deep")
    assert "<!-- no longer so:\n`src/(b).py` because -- > of x\n- deep\n-->" in new.text
    assert [
        entry.names[0].text
        for entry in entries(handoff(new.text).sections["files"].lines)
        if not entry.label
    ] == ["src/a.py"]


def test_lines_between_guards_own_are_kept() -> None:
    """An item or a sentence that the author put into a list of guard's is not lost."""
    text = drafted(known()).replace(
        "- `src/a.py` (modified, +1)",
        "- `src/a.py` (modified, +1)\nA sentence.\n\n- an item of mine",
    )
    new = again(known(), text)
    assert "A sentence." in new
    assert "an item of mine" in new
    assert again(known(), new) == new


def test_a_handoff_by_hand_gets_what_it_lacks() -> None:
    """A handoff by hand gets missing files, commands and sections, and the mark."""
    text = (
        "# Handoff: api\n\n## Files\n\n- src/a.py: mine\n\n## Behaviour changed\n\nAll of "
        "it.\n\n## Tests\n\n`make test` passed.\n"
    )
    both = known("src/a.py", "src/b.py")
    new = refreshed(both, parse_handoff(text), {"src/a.py"}).text
    assert new.startswith(
        f"# Handoff: api\n\n<!-- guard: handoff 1 contract=api change={TREE} -->\n\n## "
        "Files\n\n- src/a.py: mine\n\n<!-- guard: begin files"
    )
    assert new.count("src/a.py") == 1
    assert new.count("`make test`") == 1
    assert "All of it." in new
    assert new.index("## Known risks") < new.index("## Follow-up work")
    assert refreshed(both, parse_handoff(new), {"src/a.py"}).text == new
    assert again(known(), "no title").startswith("<!-- guard: handoff 1")


@pytest.mark.parametrize(
    "told",
    [
        "Not run: `make test`",
        "- `make tests` passed",
        "- [ ] `make test`",
        "We want make test to pass.",
    ],
)
def test_a_command_that_is_only_mentioned_is_reported(told: str) -> None:
    """Only a line that reports the command keeps guard from reporting it."""
    text = f"# Handoff: api\n\n## Commands run\n\n{told}\n"
    assert "- `make test` (exit 0" in again(known(), text)
    assert "- `make test` (exit 0" not in again(known(), text.replace(told, "- `make  test`"))


def test_wanted_commands_are_told_in_a_comment() -> None:
    """A required command that is not proved stands there to be typed, and goes once it is."""
    text = drafted(known())
    assert "guard run -- sh -c 'make lint && make types' -->" in text
    assert "make lint" not in again(known(wanted=()), text)
    assert "<!--" in again(known(commands=(), wanted=("a --> b",)), text)
    assert (
        handoff(again(known(commands=(), wanted=("a --> b",)), text)).sections.keys()
        == handoff(text).sections.keys()
    )


_MINE = st.lists(
    st.sampled_from(
        [
            "Mine.",
            "- mine",
            "  - mine below",
            "",
            "### Mine",
            "`code`",
            "```\nmine\n```",
            "<!-- mine -->",
            "> mine",
            "| a |\n|---|\n| mine |",
            "1. mine",
        ]
    ),
    max_size=3,
)


@given(_MINE, _MINE, _MINE, st.integers(0, 40))
def test_no_word_of_an_author_is_lost(
    one: list[str], other: list[str], third: list[str], at: int
) -> None:
    """Wherever an author writes, their text is still there after later drafts."""
    lines = drafted(known("src/a.py", "src/b.py")).split("\n")
    lines[at:at] = [
        f"{line} m{number}x" if line and "```" not in line and "|" not in line else line
        for number, line in enumerate(one)
    ]
    text = "\n".join([*other, *lines, *third])
    before = set(words(text)) - set(words(drafted(known("src/a.py", "src/b.py"))))
    new = again(known("src/a.py", "src/c.py", change=LATER), text)
    assert before - set(words(new)) == set()
    assert again(known("src/a.py", "src/c.py", change=LATER), new) == new


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ("Text.", "Text."),
        ("\n\n- a\n  - b\n\n", "- a\n  - b"),
        ("<!-- x -->\n\na <!-- y --> b", "a  b"),
        ("<!--\nx\n-->\n\na", "a"),
        ("a\n<!-- x\n## Known risks\n--> b", "a\n b"),
        ("<b>a</b> `<c>` <!-x", "&lt;b>a&lt;/b> `<c>` &lt;!-x"),
        ("```\n<b> <!-- x -->\n```", "```\n<b> <!-- x -->\n```"),
        ("```\nopen", "```\nopen\n```"),
        ("~~~~\n```\nopen", "~~~~\n```\nopen\n~~~~"),
        ("a\x1b[31m\u202eb", "a\\e[31m\\u202eb"),
        ("`a``b```c", "`a``b```c"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("<!-- open", ""),
        ("\ta", "a"),
    ],
)
def test_a_section_stands_alone(body: str, source: str) -> None:
    """A section's text has no comments or tags, closes its blocks, and shows controls."""
    read = handoff(f"## Known risks\n\n{body}")
    assert source_of(read, read.sections["risks"]).strip() == source.strip()


def test_the_text_of_labels_and_underlined_headings() -> None:
    """Behind a label, a colon or an underline begins what the section says."""
    read = handoff(
        "Known risks\n---\na\n\n## Files changed: b\nc\n\n**Commands run:** `d`\n- e < f\n"
    )
    told = {key: source_of(read, said) for key, said in read.sections.items()}
    assert told == {"risks": "a", "files": "b\nc", "commands": "`d`\n- e < f"}
    assert (
        source_of(handoff(WHOLE), handoff(WHOLE).sections["files"]) == "- `src/a.py`: what it does"
    )
