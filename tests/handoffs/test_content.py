"""Which words say something, and which only hold a place."""

from __future__ import annotations

import pytest

from guard.handoffs.content import Emptiness, emptiness
from guard.handoffs.draft import behavior
from guard.handoffs.sections import SECTIONS, template
from tests.handoffs.made import WHOLE, handoff, section


@pytest.mark.parametrize(
    "body",
    [
        "None: only comments changed.",
        "None, because the tests cover it",
        "None - a refactoring",
        "No known risks; every caller is tested.",
        "Nothing changes for users: the API is the same.",
        "No more retries after a 404.",
        "None of the routes need it.",
        "No risk of lost data, since files are only appended to.",
        "N/A: documentation only",
        "Nobody reads it.",
        "Done by Ada next week.",
        "> A quoted sentence says it.",
        "- [x] migrations tested",
        "| Risk | How bad |\n|---|---|\n| cache | low |",
        "```\nlatency may rise\n```",
        "*None* of the callers pass `null`",
        "The to-do list may render slower.",
        "😬 flaky on Windows",
        "リスクなし: テスト済み",
        "x86 only",
        "- \n- may break the cache\n",
        "<details>\n\nmay be slow\n\n</details>",
        "<p>may be slow</p>",
        "None. Only comments changed.",
        "None, and nobody reads it.",
        "Rollback plan: revert it.",
        "Watch out for:\n- the cache",
        "Impact: low",
        "Describe how the cache behaves is what the docs lack.",
        "What if the clock goes backwards?",
        "Low: the flag is off.",
        "None.\n\nThe flag is off.",
        "TBD\n\nThe cache may be stale.",
    ],
)
def test_what_says_something(body: str) -> None:
    """A word with a reason, a list, a table, a quote: a section says something in whatever form."""
    assert emptiness(section("Known risks", body)) is None


@pytest.mark.parametrize(
    ("body", "kind", "number"),
    [
        ("", "empty", 1),
        ("\n\n", "empty", 1),
        ("<!-- What may break? -->", "empty", 1),
        ("<!-- a -->\n\n<!--\nb\n-->", "empty", 1),
        ("-", "empty", 1),
        ("---", "empty", 1),
        ("```\n```", "empty", 1),
        ("| Risk | How bad |\n|---|---|\n|  |  |", "empty", 1),
        ("### Details", "empty", 1),
        ("<div></div>", "empty", 1),
        ("![](x.png)", "empty", 1),
        ("TODO", "placeholder", 3),
        ("todo: describe", "placeholder", 3),
        ("\nTBD.", "placeholder", 4),
        ("- TODO\n- FIXME later", "placeholder", 3),
        ("...", "placeholder", 3),
        ("…", "placeholder", 3),
        ("**?**", "placeholder", 3),
        ("[describe the risks]", "placeholder", 3),
        ("{{ risks }}", "placeholder", 3),
        ("to be written", "placeholder", 3),
        ("see above", "placeholder", 3),
        ("None, see above.", "none", 3),
        ("No change for users", "none", 3),
        (
            "_What may break, and how one would notice. If nothing may: None, and why._",
            "placeholder",
            3,
        ),
        ("None", "none", 3),
        ("none.", "none", 3),
        ("**None**", "none", 3),
        ("- None", "none", 3),
        ("N/A", "none", 3),
        ("n/a.", "none", 3),
        ("Nothing", "none", 3),
        ("No", "none", 3),
        ("No known risks.", "none", 3),
        ("There are no known issues at this time.", "none", 3),
        ("No new risks identified so far", "none", 3),
        ("Not applicable", "none", 3),
        ("<!-- hint -->\n\nNone known.", "none", 5),
        ("None.\n\nNone!", "none", 3),
        ("_No response_", "placeholder", 3),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "placeholder", 3),
        ("Please describe.", "placeholder", 3),
        ("Describe any known risks.", "placeholder", 3),
        ("*What could break?*", "placeholder", 3),
        ("Risks go here", "placeholder", 3),
        ("Please list all potential risks, or write None.", "placeholder", 3),
        ("$RISKS", "placeholder", 3),
        ("I don't know", "placeholder", 3),
        ("| Risk | Mitigation |\n|---|---|\n| TBD | TBD |", "placeholder", 5),
        (
            "- Risk level: Low / Medium / High\n- Main risk points:\n- Rollback plan:",
            "placeholder",
            3,
        ),
        ("- Main risk: TBD\n- Rollback: [how]", "placeholder", 3),
        (
            (
                "What are the areas of risk?\n\nAny concerns/considerations/questions that "
                "development raised?"
            ),
            "placeholder",
            3,
        ),
        ("- [ ] This does not touch the core\n- [ ] Tests were added", "placeholder", 3),
        ("None. None.", "none", 3),
        ("None (yet)", "none", 3),
        ("None, really.", "none", 3),
        ("None because", "none", 3),
        ("None that I'm aware of.", "none", 3),
        ("No known issues at the time of writing.", "none", 3),
        ("None, to my knowledge", "none", 3),
        ("Not needed", "none", 3),
        ("0", "none", 3),
        ("None\n\nSee above.", "none", 3),
        ("- [ ] Yes\n- [x] No", "none", 4),
        (
            (
                "None\n\n---\n\n🤖 Generated with [a tool](https://example.com)\n\n"
                "Co-authored-by: Ada <ada@example.com>"
            ),
            "none",
            3,
        ),
        ("Closes #12", "empty", 1),
    ],
)
def test_what_says_nothing(body: str, kind: str, number: int) -> None:
    """Comments, placeholders, hints and a bare None say nothing, with the line of each."""
    found = emptiness(section("Known risks", body))
    assert found is not None
    assert (found.kind, found.number) == (kind, number)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Changes", "*Document here your changes*"),
        ("Changes", "Describe the problem, what changed, and the expected impact."),
        ("Verification", "*Steps to verify the pull request works as intended*\n -  ...\n -  ..."),
        ("Test evidence", "- Local commands run:\n  - `...`\n- Output:\n  - `...`"),
        (
            "Testing",
            (
                "List the commands you ran and the result for each (`pass`, `fail`, or `not "
                "run`).\n\n- `command` -> `pass|fail|not run`"
            ),
        ),
    ],
)
def test_templates_that_nobody_filled_in(title: str, body: str) -> None:
    """What templates of pull requests leave for their users to fill in says nothing."""
    found = emptiness(section(title, body))
    assert found is not None
    assert (found.kind, found.number) == ("placeholder", 3)


@pytest.mark.parametrize(
    "body", ["No behaviour changes", "No functional changes.", "no user-facing changes", "None"]
)
def test_no_change_of_behaviour_without_a_reason(body: str) -> None:
    """That nothing is different for users is to be said with a reason."""
    assert emptiness(section("Behaviour changed", body)) == Emptiness("none", 3, body)


@pytest.mark.parametrize(
    "body",
    [
        "A new file n.",
        "Users can report issues without work now.",
        "Users see no files now",
        "The report is not required.",
    ],
)
def test_a_sentence_that_has_a_word_of_none(body: str) -> None:
    """A letter, `not` and `without` say it at the beginning alone; elsewhere they are text."""
    assert emptiness(section("Behavior changed", body)) is None


def test_boxes() -> None:
    """An unticked box among the commands says that nothing was run; elsewhere it is text."""
    assert emptiness(section("Commands run", "- [ ] unit tests\n- [ ] lint")) == Emptiness(
        "placeholder", 3, "[ ] unit tests"
    )
    assert emptiness(section("Commands run", "- [x] `make test`\n- [ ] lint")) is None
    assert emptiness(section("Follow-up work", "- [ ] translate the footer")) is None
    boxes = "- [ ] Breaking change\n- [ ] New setting"
    assert emptiness(section("Behavior changed", boxes)) == Emptiness(
        "placeholder", 3, "[ ] Breaking change"
    )
    assert emptiness(section("Behavior changed", boxes.replace("[ ]", "[x]", 1))) is None


def test_what_is_left_to_do_may_be_called_so() -> None:
    """Under Follow-up work `todo: …` is content, a lonely one is not."""
    assert emptiness(section("Follow-up work", "TODO: remove the flag after the release")) is None
    assert emptiness(section("Follow-up work", "TODO")) == Emptiness("placeholder", 3, "TODO")
    assert emptiness(section("Follow-up work", "- Describe the new commands")) is None
    assert emptiness(section("Follow-up work", "- Add tests for the new file")) is None


def test_a_file_may_be_called_like_a_placeholder() -> None:
    """Under Files changed words such as test are names."""
    assert emptiness(section("Files changed", "- test\n- x")) is None
    assert emptiness(section("Files changed", "TBD")) == Emptiness("placeholder", 3, "TBD")


def test_template_and_draft_say_nothing_yet() -> None:
    """The sections of a template are empty; a draft says nothing until a word changes."""
    assert {emptiness(one) for one in handoff(template("web")).sections.values()} == {
        Emptiness("empty", number) for number in (3, 7, 11, 15, 19)
    }
    text = behavior(
        [
            "routes: know `their` language",
            "fix *it* & <b>that</b> [x](y)",
            "1. list\n",
            "# hash",
            "- - dash",
            "[ ] box",
        ]
    )
    found = emptiness(section("Behavior changed", text))
    assert found is not None
    assert found.kind == "drafted"
    assert emptiness(section("Behavior changed", text.replace("their", "every"))) is None
    assert emptiness(section("Behavior changed", text + "\n\nAnd more.")) is None


def test_a_whole_handoff_says_something_everywhere() -> None:
    """The example that other tests start from has no empty section."""
    assert [emptiness(handoff(WHOLE).sections[one.key]) for one in SECTIONS] == [None] * 5
