"""docs/rules.md and the rules say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guard.core.codes import CODES
from guard.rules import RULES
from guard.rules.rule import Rule
from tests.rules.made import policy

DOCS = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
SECTIONS = dict(
    re.findall(r"^## ([A-Z]{3}\d{3} [a-z-]+)\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_has_its_section(rule: Rule) -> None:
    """A rule's section has its question, and says why, what to do and how to configure it."""
    section = SECTIONS[f"{rule.code} {rule.name}"]
    question = rule.text.partition("\n")[0]
    assert f"**Asks:** {question}" in section
    for part in ("**Example.**", "**Why.**", "**What to do.**", "**Configure.**"):
        assert part in section
    link = f"[{rule.code}](#{rule.code.lower()}-{rule.name})"
    assert f"| {link} | {rule.name} | {rule.severity.word} | {question} |" in DOCS


def test_no_section_is_left_over() -> None:
    """Every section is about a rule, in the order in which the rules are asked."""
    assert list(SECTIONS) == [f"{rule.code} {rule.name}" for rule in RULES]


def test_every_code_is_named() -> None:
    """Codes that no rule asks yet stand in a table of their own."""
    asked = {rule.code for rule in RULES}
    for code, name in CODES.items():
        assert code in asked or f"| {code} | {name} |" in DOCS


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL))
def test_examples_can_be_pasted(block: str) -> None:
    """Every example of a policy is one."""
    if "[[waive]]" not in block:
        policy(block)


def test_rules_that_can_be_configured() -> None:
    """Every `[rules] NAME` of the page names a rule."""
    named = re.findall(r"`\[rules\] ([a-z-]+)`", DOCS)
    assert len(named) == len(RULES) - 2  # [contracts] configures the other two
    assert set(named) <= set(CODES.values())
