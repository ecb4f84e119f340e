"""All about coding agents: answering their hooks and setting them up.

`main` is `guard agent NAME`, which an agent starts before every edit, and hence without Click.
Standard output holds the answer in the agent's own shape and nothing else; what the answer is says
`hook`.

A new agent is a file in `programs/` and a row of `AGENTS` in `changes/starts_guard.py`. The words
of a refusal are put together in `protocol/reasons.py`.
Hot: what a call of a hook before a tool loads. Cold: `setup/`, and `conversation` with `notes`.
"""

from __future__ import annotations

import os
import sys

from guard.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from guard.agents.protocol.event import Output

_LARGEST = 1 << 26  # bytes of a payload


def main(words: Sequence[str]) -> int:
    """Answer the event on standard input for the agent `words[0]`; give the exit status.

    A second word names the event if the payload does not. Raises UsageError at a terminal.
    """
    from guard.agents import hook  # whoever needs a part of this package does not answer
    from guard.agents.programs import AGENTS

    name, label = words[0], "".join(words[1:2])
    if os.isatty(0):
        raise UsageError(
            f"{AGENTS[name]} starts this and sends its event on standard input",
            hint=f"guard agent selftest {name}",
        )
    return _tell(*hook.answer(name, _read(), label))


def broke_down(text: str, *, heard: bool) -> int | None:
    """Answer for a bug in guard, of which `text` is the report; give the exit status.

    None if nothing was being answered. `heard` tells whether standard output can be written.
    """
    from guard.agents import hook

    answer = hook.breakdown(text)
    if answer is None:
        return None
    code = _tell(*answer)
    return code if heard else answer[1]


def _read() -> bytes:
    """Standard input, up to a limit: a longer payload breaks off. If it is closed, it is empty."""
    parts, size = [], 0
    try:
        while size < _LARGEST and (part := os.read(0, min(1 << 20, _LARGEST - size))):
            parts.append(part)
            size += len(part)
    except OSError:
        pass
    return b"".join(parts)


def _tell(output: Output, unheard: int) -> int:
    heard = _printed(output.out, sys.stdout)
    _printed(output.err, sys.stderr)
    return output.code if heard else unheard


def _printed(text: str, stream: TextIO | None) -> bool:
    if not text:
        return True
    if stream is None:  # closed before guard was started
        return False
    try:
        print(text, file=stream, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return False
    return True
