"""What the README shows is what happens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from guard.patterns import PatternSet

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_library_example_is_true() -> None:
    """The Python example runs, and every `# →` says what its line gives."""
    [example] = blocks("python")
    scope: dict[str, object] = {}
    claims = 0
    for line in example.splitlines():
        code, arrow, told = line.partition("  # → ")
        if arrow:
            assert repr(eval(code, scope)) == told, line
            claims += 1
        else:
            exec(line, scope)
    assert claims
    assert scope["PatternSet"] is PatternSet


def test_the_policy_and_contract_shown_are_valid() -> None:
    """What the README shows as TOML can be read."""
    for block in blocks("toml"):
        assert tomllib.loads(block)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))))
def test_make_commands_exist(target: str) -> None:
    """A make command that the README names is one that the Makefile has."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("target", re.findall(r"\]\(([\w./]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    """A document that the README links to exists."""
    assert (ROOT / target).is_file()


def test_it_is_short() -> None:
    """A reader sees all of it in a few minutes."""
    assert len(README.splitlines()) <= 150
