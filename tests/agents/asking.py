"""An agent that asks guard: a payload to the real program, and the answer as the agent reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from guard.agents.protocol import event as kinds
from guard.agents.setup.imitation import sample, understood
from tests.kit import BASE, Ran, Repo

POLICY = (
    BASE
    + """\
[shared.types]
why = "Everybody compiles against these."
paths = ["src/types.py"]
[shared.generated]
generated = true
"""
)
SETTINGS = json.dumps(
    {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "guard agent claude"}]}]}},
    indent=2,
)


class Answer(NamedTuple):
    """What the agent understands, and the text.

    The verb is `allow`, `deny`, `tell` or `block`; "" if the agent takes the hook for broken.
    """

    verb: str
    text: str
    ran: Ran


def ask(
    where: Repo,
    kind: str,
    subject: str = "",
    fields: Mapping[str, object] = MappingProxyType({}),
    *,
    agent: str = "claude",
    env: dict[str, str] | None = None,
) -> Answer:
    """Ask from the session in the working tree `where`; `fields` replace those of the sample."""
    made = sample(agent, kind, str(where.path), subject)
    words = [made.event] if agent == "copilot" else []
    payload = json.dumps({**made.payload, **fields}).encode()
    ran = where.guard("agent", agent, *words, stdin=payload, env=env)
    return answer(where, agent, kind, ran)


def answer(where: Repo, agent: str, kind: str, ran: Ran) -> Answer:
    """Read what guard has said."""
    reply = understood(agent, kind, ran.out, ran.err, ran.code)
    return Answer(reply.verb, reply.text, ran) if reply else Answer("", "", ran)


def is_allowed(asked: Answer) -> bool:
    """Whether the answer is a yes, and a silent one."""
    return (asked.verb, asked.ran.code, asked.ran.err) == ("allow", 0, "")


def write(where: Repo, path: str | Path, *, agent: str = "claude") -> Answer:
    """Ask whether a file may be written: a path in the working tree, or an absolute one."""
    return ask(where, kinds.BEFORE_WRITE, str(where.path / path), agent=agent)


def edit(where: Repo, path: str | Path, old: str, new: str) -> Answer:
    """Ask whether a text in a file may be replaced."""
    return tool(where, "Edit", file_path=str(where.path / path), old_string=old, new_string=new)


def tool(where: Repo, name: str, **arguments: object) -> Answer:
    """Ask whether a tool of Claude Code's may run."""
    return ask(where, kinds.BEFORE_WRITE, "x", {"tool_name": name, "tool_input": arguments})


def shell(where: Repo, command: str) -> Answer:
    """Ask whether a shell command may run."""
    return ask(where, kinds.BEFORE_SHELL, command)
