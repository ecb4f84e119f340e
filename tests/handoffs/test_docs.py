"""docs/handoffs.md shows what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guard.contracts.parse import parse_policy
from guard.handoffs.content import emptiness
from guard.handoffs.sections import SECTIONS, Section, keys_named
from guard.handoffs.values import LARGEST, MOST_LINES
from guard.receipts.store import MOST
from guard.rules.listed import listed
from tests.handoffs.made import handoff
from tests.rules.made import contract, facts

DOCS = (Path(__file__).parents[2] / "docs" / "handoffs.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_each_section_is_told_with_names_that_it_has(section: Section) -> None:
    """The table has each section, and every other name in it is one that is known."""
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| {section.title} |")]
    names = re.findall(r"\*([^*]+)\*", row)
    assert names
    for name in [part for group in names for part in group.split(", ")]:
        assert keys_named(name) == (section.key,), name


def test_the_handoff_by_hand_passes() -> None:
    """The short example is a whole handoff of the two files that it names."""
    (text,) = re.findall(r"```markdown\n(.*?)```", DOCS, re.DOTALL)
    read = handoff(text)
    assert [key for key, said in read.sections.items() if emptiness(said)] == []
    assert list(read.sections) == [section.key for section in SECTIONS]
    found = listed(
        facts(contract(), "src/web/cart.ts", "src/web/cart.test.ts"), read.sections["files"]
    )
    assert (found.missing, found.extra) == ((), ())


def test_the_policy_can_be_read() -> None:
    """The settings that are shown are settings, and the defaults are the defaults."""
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    policy = parse_policy(text.encode(), "guard.toml")
    assert (policy.handoff_required, policy.time_limit, policy.environment) == (
        True,
        900,
        ("JAVA_HOME",),
    )


def test_limits_are_told() -> None:
    """The page has the limits that hold."""
    assert f"{LARGEST >> 10} KiB and {MOST_LINES:,} lines" in DOCS
    assert f"the latest {MOST:,} are kept" in DOCS
