"""opencode, by guard's own plugin (plugin.js beside this) instead of entries in settings.

The plugin serves both of opencode's interfaces: `server` (npm @opencode-ai/plugin, from opencode
1.18.29 on) and `setup` (opencode.ai/v2/docs/build/plugins). Tools: opencode.ai/docs/tools.
"""

from __future__ import annotations

from guard.agents.programs import Agent
from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import Event, Output, Reply
from guard.agents.protocol.wire import write


def _answer(_: Event, reply: Reply) -> Output:
    """The plugin takes exit status 2 with a reason for a refusal, and otherwise reads the JSON."""
    if reply.verb == "deny":
        return Output(write({"deny": reply.text}), reply.text, 2)
    return Output("{}" if reply.verb == "allow" else write({reply.verb: reply.text}))


AGENT = Agent(
    events={
        kinds.BEFORE_TOOL: "tool.execute.before",
        kinds.AFTER_BATCH: "tool.execute.after",
        kinds.START: "session.start",
        kinds.STOP: "session.idle",
    },
    tools={"write": "patch", "read": "list question todoread"},
    shell_tool="bash",
    write_tool="write",
    write_arguments={"filePath": "{path}", "content": "guard\n"},
    answer=_answer,
    reads={"deny": ("deny",), "tell": ("tell",), "block": ("block",)},
    file=".opencode/plugins/guard.js",
    home=".config/opencode/plugins/guard.js",
    is_program=True,
    then="restart opencode: it loads plugins when it starts",
)
