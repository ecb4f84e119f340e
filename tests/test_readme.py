"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from guard.patterns import PatternSet
from tests.kit import Repo

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Step(NamedTuple):
    """A command that a reader sees, and what it prints."""

    command: str
    output: str


def steps() -> list[Step]:
    """Read the `console` blocks: a command follows `$ `, its output comes below."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Step(command, output))
    return found


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def without_ids(text: str) -> str:
    """Replace what differs from run to run: object ids."""
    return re.sub(r"\b[0-9a-f]{7,64}\b", "<oid>", text.rstrip())


def test_the_session_is_real(tmp_path: Path) -> None:
    """Every command of the README's session, run in a new repository, prints what it shows."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/guard"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -I -m guard "$@"\n')
    program.chmod(0o755)
    shop = Repo.init(tmp_path / "shop")
    code = ("src/api/user.ts", "src/types/order.ts", "src/web/page.ts")
    shop.commit(
        {
            ".gitignore": ".claude/worktrees/\n",
            "package.json": "{}\n",
            **dict.fromkeys(code, "export {}\n"),
        },
        "start",
    )
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    assert len(steps()) > 5
    for command, output in steps():
        ran = shop.run("sh", "-c", f"{command} 2>&1", ok=(), env=environment)
        assert without_ids(ran.out) == without_ids(output), f"$ {command}"


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
    assert len(README.splitlines()) <= 130
