"""opencode: the answers that guard's own plugin file understands (plugin.js beside this), and where that file goes.

The plugin is for both interfaces that opencode has: `server` (npm @opencode-ai/plugin, from opencode 1.18.29 on) and `setup`
(opencode.ai/v2/docs/build/plugins).
"""

from __future__ import annotations

from guard.integrations.agents.event import Output
from guard.integrations.agents.wire import write
from guard.integrations.agents.wiring import Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.integrations.agents.event import Event, Reply


def answer(event: Event, reply: Reply) -> Output:
    """Give a reply as the plugin reads it: exit status 2 and the reason where a tool must not run, else an object with what to say."""
    if reply.verb == "deny":
        return Output(write({"deny": reply.text}), reply.text, 2)
    if reply.verb == "block":
        return Output(write({"block": reply.text}))
    if reply.verb == "tell":
        return Output(write({"tell": reply.text}))
    return Output("{}", reply.text)


WIRING = Wiring(
    file=".opencode/plugins/guard.js",
    hooks={},
    whole=True,
    then="start opencode again: it loads plugins when it starts",
)
