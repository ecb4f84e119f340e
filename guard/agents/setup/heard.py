"""What an agent makes of a hook's exit status and output, by its own published rules; `guard agent selftest` judges answers by it.

Written from what each agent's documentation says it reads (the pages are named in the module of each agent), and not from what guard
writes: an answer that an agent would pass over must not look like one that it heeds.
"""

from __future__ import annotations

import json

from guard.agents.protocol import event as kinds
from guard.agents.protocol.event import ALLOW, Reply

_INNER = "hookSpecificOutput"
_REASON, _CONTEXT = "permissionDecisionReason", "additionalContext"
# Under which names each agent looks for a refusal, for context and for a reason to go on; the first of a refusal is its decision.
_BLOCK = (("decision",), ("reason",))
_CLAUDE = {
    "deny": ((_INNER, "permissionDecision"), (_INNER, _REASON)),
    "tell": ((_INNER, _CONTEXT),),
    "block": _BLOCK,
}
_NAMES: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "claude": _CLAUDE,
    "codex": _CLAUDE,
    "gemini": {**_CLAUDE, "deny": _BLOCK},
    "cursor": {
        "deny": (("permission",), ("agent_message",)),
        "tell": (("additional_context",),),
        "block": (("followup_message",),),
    },
    "copilot": {
        "deny": (("permissionDecision",), (_REASON,)),
        "tell": ((_CONTEXT,),),
        "block": _BLOCK,
    },
    "opencode": {"deny": (("deny",),), "tell": (("tell",),), "block": (("block",),)},
}
_DECISIONS = ("deny", "block")  # Gemini's word for a stop that must go on is `deny`, too
_VERBS = {
    **dict.fromkeys(kinds.BEFORE, "deny"),
    **dict.fromkeys((kinds.START, kinds.AFTER_BATCH), "tell"),
    **dict.fromkeys((kinds.STOP, kinds.SETTINGS_CHANGED), "block"),
}
_DENIES_BY_STATUS = (
    "claude",
    "codex",
    "gemini",
    "cursor",
    "opencode",
)  # by 2; any other but 0 is an error that stops nothing


def heard(agent: str, kind: str, out: str, err: str, code: int) -> Reply | None:
    """Give what `agent` understands from a hook of this kind; None where it takes the hook for broken, and does as if it were not there."""
    if code == 2 and agent in _DENIES_BY_STATUS:
        return Reply(_VERBS.get(kind, "deny"), err.strip()) if err.strip() else None
    if code:
        return None
    if kind in (kinds.WORKTREE_CREATE, kinds.WORKTREE_REMOVE):
        return Reply("allow", out.rstrip("\n").rpartition("\n")[2])
    try:
        told = json.loads(out) if out.strip() else {}
    except ValueError:
        return None
    return (
        _understood(_NAMES[agent], _VERBS.get(kind, ""), told) if isinstance(told, dict) else None
    )


def _understood(
    names: dict[str, tuple[tuple[str, ...], ...]], verb: str, told: dict[str, object]
) -> Reply:
    values = [_at(told, path) for path in names.get(verb, ())]
    *decision, text = values or [""]
    if not isinstance(text, str) or not text or any(word not in _DECISIONS for word in decision):
        return ALLOW
    return Reply(verb, text)


def _at(told: object, path: tuple[str, ...]) -> object:
    for name in path:
        told = told.get(name) if isinstance(told, dict) else None
    return told
