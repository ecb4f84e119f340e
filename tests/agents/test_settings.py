"""guard's entries in settings of others: put in, taken out, and every other byte as it was."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.agents.programs import AGENTS, load_agent
from guard.agents.setup.settings import (
    entries_in,
    is_own,
    lenient,
    lines_of,
    switched_off,
    whole,
    with_entries,
    without_entries,
)
from guard.core.errors import UsageError

EDITED = sorted(set(AGENTS) - {"opencode"})  # opencode reads a program, which is guard's alone
OTHER = {"type": "command", "command": "lint --fix"}
OTHERS = {
    "hooks": {"Stop": [{"hooks": [OTHER]}], "PreToolUse": [{"matcher": "Write", "hooks": [OTHER]}]},
    "model": "opus",
}


def put(text: str | None, agent: str = "claude") -> str:
    """Put guard's entries into settings."""
    return with_entries(text, agent, load_agent(agent).hooks, "settings.json")


def cut(text: str, agent: str = "claude") -> str | None:
    """Take them out again."""
    return without_entries(text, agent, "settings.json")


@pytest.mark.parametrize("agent", EDITED)
@pytest.mark.parametrize("text", [None, "", " \n", "\ufeff", "{}", "{ }\n"])
def test_settings_that_hold_nothing(agent: str, text: str | None) -> None:
    """An empty file gets guard's entries and its frame; without them there is no file."""
    made = put(text, agent)
    assert json.loads(made) == {**load_agent(agent).frame, "hooks": dict(load_agent(agent).hooks)}
    assert made == whole(agent, load_agent(agent).hooks)
    assert put(made, agent) == made
    assert cut(made, agent) is None


INDENTS = st.sampled_from([None, 2, 4, "\t"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
EVENTS = st.sampled_from(["Stop", "PreToolUse", "preToolUse", "BeforeTool", "Other"])
HANDLERS = st.fixed_dictionaries(
    {
        "type": st.just("command"),
        "command": st.sampled_from(["lint", "guard check", "say guard agent"]),
    }
)
GROUPS = st.fixed_dictionaries(
    {"hooks": st.lists(HANDLERS, min_size=1, max_size=2)}, optional={"matcher": st.text(max_size=5)}
)
HOOKS = st.dictionaries(
    EVENTS, st.lists(HANDLERS | GROUPS, min_size=1, max_size=3), min_size=1, max_size=3
)
MARKS = st.sampled_from(["", "\ufeff"])
SETTINGS = st.fixed_dictionaries(
    {}, optional={"hooks": HOOKS, "permissions": VALUES, "x y": VALUES}
).filter(bool)


@given(
    st.sampled_from(EDITED),
    SETTINGS,
    INDENTS,
    st.sampled_from(["\n", "\r\n"]),
    MARKS,
    st.sampled_from(["", "\n", " "]),
)
def test_out_is_the_opposite_of_in(
    agent: str, value: dict[str, Any], indent: int | str | None, newline: str, mark: str, end: str
) -> None:
    """Adding keeps the rest, adding again changes nothing, removing restores the bytes."""
    text = (
        mark + json.dumps(value, indent=indent).replace("\n", newline) + end.replace("\n", newline)
    )
    made = put(text, agent)
    read = json.loads(made.removeprefix("\ufeff"))
    assert {name: inner for name, inner in read.items() if name != "hooks"} == {
        name: inner for name, inner in value.items() if name != "hooks"
    }
    for event, entries in load_agent(agent).hooks.items():
        assert read["hooks"][event] == value.get("hooks", {}).get(event, []) + entries
    assert set(read["hooks"]) == {*value.get("hooks", {}), *load_agent(agent).hooks}
    assert put(made, agent) == made
    assert cut(made, agent) == text
    assert "\n" not in made.replace(newline, "")


@given(SETTINGS, INDENTS)
def test_out_of_settings_without_guard(value: dict[str, Any], indent: int | str | None) -> None:
    """Where there is nothing of guard's, nothing is taken out."""
    text = json.dumps(value, indent=indent)
    assert cut(text) == text


def test_the_fashion_of_the_file_is_kept() -> None:
    """A new entry is set as its neighbours are: by tabs, by four blanks, or on one line."""
    assert "\n" + 24 * " " + '"command": "guard agent claude",\n' in put(
        json.dumps(OTHERS, indent=4)
    )
    assert '\n\t\t\t\t\t\t"command": "guard agent claude",\n' in put(
        json.dumps(OTHERS, indent="\t")
    )
    assert "\n" not in put(json.dumps(OTHERS))
    assert '"matcher":"^(Edit' in put(json.dumps(OTHERS, separators=(",", ":")))
    mixed = '{\n  "hooks": {"Stop": [{"hooks": []}]}\n}\n'
    assert put(mixed).startswith(
        '{\n  "hooks": {"Stop": [{"hooks": []}, {"hooks": [{"type": "command",'
    )


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "a": 1,\n  "hooks": {}\n}\n',
        '{\n  "a": 1,\n  "hooks": {\n    "Stop": []\n  }\n}\n',
        '{"a":1,"hooks":{"Stop":[]}}',
    ],
)
def test_what_is_empty_is_filled(text: str) -> None:
    """An empty list or object gets guard's entries in its style, and is removed with them."""
    made = put(text)
    assert json.loads(made) == {"a": 1, "hooks": dict(load_agent("claude").hooks)}
    assert ('\n            "type": "command",\n' in made) == ("\n" in text)
    assert json.loads(cut(made) or "") == {"a": 1}


def test_stale_entries_are_replaced() -> None:
    """Old and doubled entries of guard's are removed; what others added stays."""
    own = {"type": "command", "command": "guard agent claude"}
    old = {"hooks": {
        "Stop": [{"hooks": [own]}, {"hooks": [own, OTHER]}],
        "PreToolUse": [
            {"matcher": "Write", "hooks": [OTHER, own]}, {"matcher": "Edit", "hooks": [own]},
        ],
        "Notification": [{"hooks": [own]}],
    }}  # fmt: skip
    made = json.loads(put(json.dumps(old, indent=2)))
    assert made["hooks"]["Stop"] == [{"hooks": [OTHER]}, *load_agent("claude").hooks["Stop"]]
    assert made["hooks"]["PreToolUse"] == [
        {"matcher": "Write", "hooks": [OTHER]},
        *load_agent("claude").hooks["PreToolUse"],
    ]
    assert "Notification" not in made["hooks"]


def test_an_entry_that_somebody_added_to_is_left() -> None:
    """A group with another handler stays as it is, and loses only guard's handler."""
    value = json.loads(put(None))
    value["hooks"]["Stop"][0]["hooks"].append(OTHER)
    text = json.dumps(value, indent=2)
    assert put(text) == text
    assert json.loads(cut(text) or "") == {"hooks": {"Stop": [{"hooks": [OTHER]}]}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n  // mine\n}", "settings.json:2:3: this is not plain JSON"),
        (
            '{"a": 1,}',
            "settings.json:1:",
        ),  # where the comma is too much is told differently from Python to Python
        ('{"a": 1', "settings.json:1:8: this is not plain JSON"),
        ("model: opus", "settings.json:1:1: this is not plain JSON"),
        (
            '{"hooks": {}, "hooks": {}}',
            "settings.json: the name 'hooks' appears twice in one object",
        ),
        ("[]", "settings.json: this is not an object"),
        ('{"hooks": []}', "settings.json: hooks is not an object"),
        ('{"hooks": {"Stop": {}}}', "settings.json: hooks.Stop is not an array"),
        ("[" * 100_000, "settings.json: this is nested too deeply"),
        ('{"a": ' * 700 + "1" + "}" * 700, "settings.json: this is nested too deeply"),
    ],
    ids=lambda text: text[:24],
)
def test_settings_that_cannot_be_changed(text: str, told: str) -> None:
    """Other than plain JSON of the right shape is refused, with the place and a hint."""
    for change in (put, cut):
        with pytest.raises(UsageError, match=f"^{re.escape(told)}") as caught:
            change(text)
        assert caught.value.hint.endswith("guard agent install claude --entries")


@pytest.mark.parametrize(
    "text",
    [
        '{"hooks": {"Stop": ["x", 7, {"hooks": "x"}, {"hooks": [7]}]}}',
        '{"hooks": {"Stop": [null]}}',
    ],
)
def test_odd_entries_are_somebody_elses(text: str) -> None:
    """What is no handler is left as it is."""
    assert cut(put(text)) == text


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("guard check", False),
        ("guard agent claude-code", False),
        ("guard agent claudette", False),
        ("safeguard agent claude", False),
        ("echo guard agents claude", False),
        ("guard agent codex", False),
        ("guard agent claude", True),
        ("/usr/local/bin/guard agent claude", True),
        ("command -v guard >/dev/null 2>&1 || exit 0; exec guard agent claude", True),
        ("cd x&&guard agent claude;true", True),
        ("sh -c 'guard agent claude'", True),
    ],
)
def test_which_entries_are_guards(line: str, *, own: bool) -> None:
    """An entry is guard's if its command line starts guard for this agent, wherever that is."""
    for key in ("command", "bash"):
        assert is_own({"type": "command", key: line}, "claude") is own
        assert list(lines_of({"matcher": "x", "hooks": [{key: line}, 7]}, "claude")) == [line] * own
    assert not is_own(line, "claude")
    assert not is_own({"command": [line]}, "claude")


def test_entries_are_found_with_what_narrows_them() -> None:
    """Each entry is told with its event, its matcher and its command line."""
    found = entries_in(put(None, "copilot"), "copilot", "f")
    assert [(entry.event, entry.line) for entry in found] == [
        (event, f"guard agent copilot {event}")
        for event in ("sessionStart", "preToolUse", "postToolUse", "agentStop")
    ]
    after = [
        tool
        for tool in ("bash", "write_bash", "fs-write_file", "create", "view", "edit")
        if re.fullmatch(found[2].matcher, tool)
    ]
    assert after == ["bash", "write_bash", "fs-write_file"]
    [first, *_] = entries_in(put(None, "claude"), "claude", "f")
    assert (first.event, first.matcher, first.line) == ("SessionStart", "", "guard agent claude")


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("{}", ""),
        ('{"disableAllHooks": false}', ""),
        ('{"disableAllHooks": "true"}', ""),
        ('{"hooksConfig": {"enabled": true}}', ""),
        ("[]", ""),
        ('{"disableAllHooks": true}', "disableAllHooks = true"),
        ('{"hooksConfig": {"enabled": false}}', "hooksConfig.enabled = false"),
    ],
)
def test_what_switches_hooks_off(text: str, off: str) -> None:
    """A switch in the settings that keeps every hook from running is found."""
    assert switched_off(text, "f") == off


@pytest.mark.parametrize("agent", EDITED)
def test_entries_for_a_team_without_guard(agent: str) -> None:
    """The lenient entries differ in the command line alone, and are guard's as well."""
    plain, soft = load_agent(agent).hooks, lenient(load_agent(agent).hooks)
    start = "command -v guard >/dev/null 2>&1 || exit 0; "
    text = json.dumps(soft).replace(f"{start}exec ", "").replace(start, "")
    assert text == json.dumps(plain)
    for entries in soft.values():
        assert all(list(lines_of(entry, agent)) for entry in entries)


@pytest.mark.parametrize("agent", EDITED)
def test_every_event_has_a_handler_that_agents_know(agent: str) -> None:
    """The entries have the keys that each agent documents, and a timeout in its unit."""
    known = {
        "claude": {"type", "command", "timeout", "onFailure"},
        "codex": {"type", "command", "timeout"},
        "gemini": {"type", "command", "timeout", "name"},
        "cursor": {"command", "timeout", "matcher", "failClosed", "loop_limit"},
        "copilot": {"type", "bash", "timeoutSec", "matcher"},
    }
    for entries in load_agent(agent).hooks.values():
        for entry in entries:
            inner = entry.get("hooks", [entry])
            assert isinstance(inner, list)
            for handler in inner:
                assert set(handler) <= known[agent]
                limit = handler.get("timeout", handler.get("timeoutSec"))
                assert 10 <= limit / (1000 if agent == "gemini" else 1) <= 120
