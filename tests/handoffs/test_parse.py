"""A handoff's sections: where each begins and ends, however its author writes headings."""

from __future__ import annotations

import pytest

from guard.handoffs.sections import SECTIONS
from tests.handoffs.made import WHOLE, handoff

KEYS = [section.key for section in SECTIONS]
OID = "1" * 40


def said(text: str) -> dict[str, list[str]]:
    """The text of each section's lines."""
    return {key: [line.text for line in one.lines] for key, one in handoff(text).sections.items()}


def begins(text: str) -> dict[str, int]:
    """The line where each section begins."""
    return {key: one.number for key, one in handoff(text).sections.items()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Handoff: web\n\nAll is well.\n",
        "> ## Files changed\n> - a\n",
        "```\n## Files changed\n```\n",
        "    ## Files changed\n",
        "<!--\n## Files changed\n-->\n",
        "- ## Files changed\n  - a\n",
        "All of the files that we changed: a, b\n",
        "3 files changed, 10 insertions(+)\n",
        "**Files changed** are many\n",
        "- see **Files changed**\n",
        "#Files changed\n",
        "`## Files changed`\n",
        "[## Files changed](x)\n",
        "- - **Files changed**: a\n",
    ],
)
def test_what_begins_no_section(text: str) -> None:
    """Quotes, code, comments, lists and prose hold no sections, whatever their words."""
    assert said(text) == {}


@pytest.mark.parametrize("sign", ["h2. {}", "== {}", "=== {} ==="])
def test_headings_of_jira_and_wikis(sign: str) -> None:
    """Text may follow them directly, as it may follow Markdown's own."""
    for words in ("words", "* words"):
        text = "\n".join(f"{sign.format(section.title)}\n{words}" for section in SECTIONS)
        assert said(text) == {key: ["words"] for key in KEYS}
    assert said(f"> {sign.format('Files changed')}\n") == {}


@pytest.mark.parametrize("between", ["\n", "\n\n", "\nsrc/a.py\n"])
def test_plain_lines_of_their_own(between: str) -> None:
    """Where nothing is marked, a first line that has only a section's words is a heading."""
    titles = ("Files changed", "Behavior changed", "Commands run", "Known risks", "Follow-up work")
    assert list(said("\n\n".join(f"{title}{between}- a" for title in titles))) == KEYS
    others = ("Changed files", "Summary", "Test plan", "Risks and limitations", "Next steps")
    assert list(said("\n\n".join(f"{title}{between}- a" for title in others))) == KEYS
    assert list(said("変更ファイル\n\n- a\n\nテスト\n\n- b\n")) == ["files", "commands"]


@pytest.mark.parametrize(
    "text",
    ["Tests passed", "All tests pass", "Files changed.", "two\nSummary"],
)
def test_prose_of_a_line_is_no_heading(text: str) -> None:
    """A word more, a full stop or a line of the paragraph before it, and it is prose."""
    assert said(f"{text}\n\n- a\n") == {}


def test_numbered_titles_with_items_below() -> None:
    """An item of only a section's words is a heading if items are below it."""
    titles = ("Files changed", "Behavior changed", "Commands run", "Known risks", "Follow-up work")
    text = "".join(f"{number}. {title}\n   - a\n" for number, title in enumerate(titles, 1))
    assert list(said(text)) == KEYS
    assert said("- Tests\n- Summary\n") == {}


def test_a_command_before_a_colon_is_no_label() -> None:
    """Below a label of the commands, `make test:` is a command, though it has a section's word."""
    for title in ("Commands run\n", "Commands run:\n", "**Commands run**\n"):
        assert said(f"{title}\nmake test: 34 passed\n") == {"commands": ["make test: 34 passed"]}


def test_a_plain_line_below_a_heading_is_prose() -> None:
    """Where headings are marked, no plain line begins or ends a section."""
    text = "## Known risks\n\nTests\n\n- slow\n"
    assert said(text) == {"risks": ["Tests", "slow"]}


def test_a_whole_handoff() -> None:
    """Five headings are five sections, each with what stands below it."""
    assert begins(WHOLE) == {
        "files": 3,
        "behavior": 7,
        "commands": 11,
        "risks": 15,
        "follow_up": 19,
    }
    assert said(WHOLE)["risks"] == ["None: only new files."]
    read = handoff(WHOLE)
    assert (read.title, read.title_line, read.last) == ("api", 1, 21)


def test_any_order_and_any_level() -> None:
    """Neither order nor level matters, nor how a heading is underlined."""
    text = (
        "### Next steps\nd\n\nKnown risks\n===\nc\n\n# Files\na\n\n###### Verification "
        "######\n`x`\n\nBehaviour\n---\nb\n"
    )
    assert said(text) == {
        "follow_up": ["d"],
        "risks": ["c"],
        "files": ["a"],
        "commands": ["x"],
        "behavior": ["b"],
    }


@pytest.mark.parametrize(
    "text",
    [
        (
            "**Files changed:** a\n**Behaviour changed**: b\n**Commands run** - c\n__Known "
            "risks:__ d\n**Follow-up work**\ne\n"
        ),
        (
            "**Files changed**\n\na\n\n**Behavior changed**\n\nb\n\n**Commands run**\n\nc\n\n"
            "**Known risks**\n\nd\n\n**Next steps**\n\ne\n"
        ),
        "Files changed: a\nBehavior changed: b\nCommands run:\nc\nRisks: d\n\nNext steps:\n\ne\n",
        "- Files: a\n- Summary: b\n- Tests: c\n- Risks: d\n- Next: e\n",
        "📁 **Files**\na\n\n:memo: Summary: b\n\n✅ Tests:\nc\n\n⚠️ **Risks:** d\n\n➡️ Next: e\n",
        "- **Files:** a\n- **Behaviour:** b\n- **Tests:** c\n- **Risks:** d\n- **Next steps:** e\n",
        (
            "* **Files changed**\n  a\n* **What changed**\n  b\n* **Verification**\n  c\n* "
            "**Risks**\n  d\n* **Follow-ups**\n  e\n"
        ),
        (
            "## Files changed: a\n## Behavior changed: b\n## Commands run: c\n## Known "
            "risks: d\n## Follow-up work: e\n"
        ),
        (
            "## **Files changed**\na\n## `Behavior changed`\nb\n## _Commands run_\nc\n## "
            "[Known risks](x)\nd\n## Follow-up work\ne\n"
        ),
        (
            "<h2>Files</h2>\n\na\n\n<h2>What changed</h2>\n\nb\n\n<h2>Tests</h2>\n\nc\n\n"
            "<h2>Risks</h2>\n\nd\n\n<h2>Next</h2>\n\ne\n"
        ),
        (
            "<details><summary>Files changed</summary>\n\na\n\n</details>\n\n## Behavior\nb\n"
            "## Tests\nc\n## Risks\nd\n## Next\ne\n"
        ),
    ],
)
def test_labels_and_other_ways_to_write_a_heading(text: str) -> None:
    """Bold labels, headings with text after a colon, and HTML begin sections, too."""
    assert said(text) == {key: [letter] for key, letter in zip(KEYS, "abcde", strict=True)}


def test_line_ends_of_windows() -> None:
    """A report with CRLF is read like one without."""
    assert begins(WHOLE.replace("\n", "\r\n")) == begins(WHOLE)
    assert said(WHOLE.replace("\n", "\r\n")) == said(WHOLE)


def test_what_stands_below_a_section_divides_it() -> None:
    """Headings below a section's own are part of it, whatever their words."""
    text = (
        "## Files changed\n### Tests\n- t\n### Source\n- s\n**Tests**: x\n## Notes\nn\n## "
        "Tests\n- c\n"
    )
    assert said(text) == {"files": ["Tests", "t", "Source", "s", "Tests: x"], "commands": ["c"]}


def test_a_section_that_has_no_other_heading() -> None:
    """A heading below another section begins its own if that section has none elsewhere."""
    assert begins("# Files changed\na\n## Behavior changed\nb\n### Commands run\nc\n") == {
        "files": 1,
        "behavior": 3,
        "commands": 5,
    }
    assert begins("## Summary\na\n\n**Risks:** b\n") == {"behavior": 1, "risks": 4}
    assert begins("## Summary\na\n\nRisks: b\n") == {"behavior": 1}


def test_a_section_that_appears_again_goes_on() -> None:
    """Under the same name or another, the parts of a section are joined."""
    one = handoff("## Tests\na\n## Risks\nx\n## Verification\nb\n").sections["commands"]
    assert ([line.text for line in one.lines], one.spans) == (["a", "b"], ((1, 2), (5, 7)))


def test_one_heading_for_two_sections() -> None:
    """Known risks / follow-up: what stands there counts for both."""
    assert said("## Known risks and follow-up work\n- a\n") == {"risks": ["a"], "follow_up": ["a"]}


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("", None),
        ("`<!-- guard: handoff 1 contract=web -->`", None),
        ("<!-- guard: handoff 2 contract=web -->", None),
        ("<!-- handoff 1 contract=web -->", None),
        (f"x\n\n<!-- guard: handoff 1 contract=web tree={OID} -->", (3, "web", "", OID)),
        (f"<!--guard: handoff 1   tree={OID}\ncontract=web-->", (1, "web", "", OID)),
        (f"a <!-- guard: handoff 1 contract=web tree={OID} --> b", (1, "web", "", OID)),
        (f"<!-- guard: handoff 1 contract=web change={OID} -->", (1, "web", OID, "")),
        ("<!-- guard: handoff 1 contract=web change=web -->", (1, "web", "", "")),
        (f"<!-- guard: handoff 1 tree={OID * 2} -->", (1, "", "", "")),
        ("<!-- guard: handoff 1 contract=web tree=abc -->", (1, "web", "", "")),
        (
            (
                f"<!-- guard: handoff 1 contract=a tree={OID} -->\n\n<!-- guard: handoff 1 "
                "contract=b -->"
            ),
            (1, "a", "", OID),
        ),
    ],
)
def test_the_mark(text: str, mark: tuple[int, str, str, str] | None) -> None:
    """guard's first comment gives the contract and the change; an older one, the tree."""
    assert handoff(text).mark == mark


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Handoff: web", "web"),
        ("# Handoff for `web-2`", "web-2"),
        ("Hand-off – web\n===", "web"),
        ("# Handoff", ""),
        ("# Handoff of two sessions", ""),
        ("# web", ""),
        ("## Handoff: web", ""),
    ],
)
def test_the_title(text: str, title: str) -> None:
    """A title of the form that the template has names the contract."""
    assert handoff(text).title == title


def test_ten_thousand_headings() -> None:
    """So many headings are read, and the sections among them found."""
    read = handoff("# x\n" * 10_000 + "# Files changed\n- a\n")
    assert read.sections["files"].number == 10_001


def test_quotes_in_quotes() -> None:
    """What is nested beyond all measure hides nothing that stands after it."""
    assert begins("> " * 5_000 + "x\n\n# Risks\ny\n") == {"risks": 3}
