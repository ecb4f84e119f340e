"""Which words name a section, and which do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.handoffs.parse import parse_handoff
from guard.handoffs.sections import SECTIONS, folded, keys_named, template

SCHEMA = Path(__file__).parents[2] / "guard/reports/schemas/handoff.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Summary",
        "Handoff",
        "Notes",
        "Why",
        "The files",
        "Files we did not change",
        "Riskless",
        "Nextcloud",
        "Test",
        "Performance and tests",
        "Checked by guard",
        "x" * 100 + " files changed",
    ],
)
def test_other_headings_name_nothing(text: str) -> None:
    """A heading that is about something else is no section."""
    assert keys_named(text, nested=False) == ()


@pytest.mark.parametrize("text", ["Tests", "Files", "Next", "Changes", "Checks", "Side effects"])
def test_short_words_below_a_section_divide_it(text: str) -> None:
    """A word that means other things, too, names a section only where none is open around it."""
    assert keys_named(text, nested=True) == ()
    assert len(keys_named(text, nested=False)) == 1


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        *((section.title, section.key) for section in SECTIONS),
        ("FILES CHANGED", "files"),
        ("Changed Files (required)", "files"),
        ("1. Files changed", "files"),
        ("2) files-changed:", "files"),
        ("📁 Files Changed", "files"),
        ("2.1 Files changed", "files"),
        ("II. Files changed", "files"),
        ("Section 1: Files changed", "files"),
        ("Files changed in this PR", "files"),
        ("Files added, modified and removed", "files"),
        ("What I changed", "behavior"),
        ("User-facing impact", "behavior"),
        ("New behaviour", "behavior"),
        ("Commands I ran", "commands"),
        ("How I tested this", "commands"),
        ("How were these changes tested?", "commands"),
        ("Verification performed", "commands"),
        ("What's next?", "follow_up"),
        ("To-dos", "follow_up"),
        ("Follow-up issues", "follow_up"),
        ("Files changed — 12", "files"),
        ("Files changed 12", "files"),
        ("Behaviour changed", "behavior"),
        ("Behavioural changes", "behavior"),
        ("What changed?", "behavior"),
        ("✅ Verification", "commands"),
        ("Tests / Checks", "commands"),
        ("How has this been tested?", "commands"),
        ("Test plan", "commands"),
        ("Risks", "risks"),
        ("Risks & Gotchas", "risks"),
        ("Open Risks / Blockers", "risks"),
        ("Risk and rollback", "risks"),
        ("Next steps", "follow_up"),
        ("Follow-ups", "follow_up"),
        ("Followup", "follow_up"),
        ("TODO", "follow_up"),
        pytest.param("Ｆｉｌｅｓ ｃｈａｎｇｅｄ", "files", id="full width"),
        ("Known risks / follow-up work", "risks follow_up"),
    ],
)
def test_usual_names_are_known(text: str, keys: str) -> None:
    """Usual names are recognised: numbered, counted, decorated, in either spelling."""
    assert keys_named(text, nested=False) == tuple(keys.split())


def test_names_are_written_as_they_are_compared() -> None:
    """Every name in the table is one that a heading can be folded to, and means one section."""
    names = [name for section in SECTIONS for name in (*section.names, *section.short)]
    assert all(folded(name) == name for name in names)
    assert len(set(names)) == len(names)
    assert all(folded(section.title) in section.names for section in SECTIONS)


def test_template_parser_and_schema_have_the_same_sections() -> None:
    """What the template shows is what the parser finds and the schema describes, in one order."""
    keys = [section.key for section in SECTIONS]
    assert list(parse_handoff(template("web")).sections) == keys
    properties = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    assert isinstance(properties, dict)
    assert list(properties["sections"]["properties"]) == keys
    assert parse_handoff(template("web")).title == "web"
