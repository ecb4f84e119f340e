"""The table of a contract's keys; `model.py` has the value, and the policy's table."""

from __future__ import annotations

from guard.contracts.key import Key, flag_key, list_key, text_key

_WAIVER_KEYS = {
    "rule": text_key(
        "The rule that is waived, by code or name.", "shared-file", "rule", 40, required=True
    ),
    "paths": list_key(
        "Patterns of the files it is waived for.", ["package.json"], least=1, required=True
    ),
    "why": text_key(
        "The reason, and who agreed.",
        "adds one dependency; agreed with the release session",
        required=True,
    ),
    "until": Key("day", "The last day it holds. Without it the waiver has no end.", "2026-12-31"),
}
WAIVER = Key(
    "table",
    "A dated, reasoned exception. It takes effect once it is on the base.",
    {name: key.example for name, key in _WAIVER_KEYS.items()},
    keys=_WAIVER_KEYS,
)

CONTRACT = Key(
    "table",
    "What one session may touch and must deliver: .guard/contracts/NAME.toml.",
    keys={
        "goal": text_key(
            "What the session is to achieve.", "Make routes locale-aware.", required=True
        ),
        "owner": Key(
            "text", "The person or agent who does it.", "Ada", default="", check="line", most=200
        ),
        "owns": list_key(
            "Patterns of what the session may change.", ["apps/handbook/app/", "/README.md"]
        ),
        "forbids": list_key(
            "Patterns of what it must not change. They win over owns.", ["content/"], default=[]
        ),
        "merges": list_key(
            "Shared groups whose merge this session owns: it may change their files.",
            ["routes"],
            "name",
            default=[],
        ),
        "branches": list_key(
            "Patterns of the branches that work under this contract. "
            "Default: NAME, worktree-NAME and */NAME.",
            ["feat/locale-*"],
            "branch pattern",
            least=1,
        ),
        "actors": list_key(
            "Logins of those who may work under this contract, as the CI system knows them. "
            "Default: anybody.",
            ["alice", "team-bot"],
            "line",
            least=1,
        ),
        "standing": flag_key(
            "For bots, releases and maintenance, on the base: no handoff, and no part in rules "
            "about parallel sessions."
        ),
        "verify": list_key(
            "Commands that the handoff must prove to have run.",
            ["pytest -q tests/handbook"],
            "line",
            default=[],
        ),
        "waive": Key("tables", WAIVER.doc, item=WAIVER, field="waivers"),
    },
    any_of=("owns", "merges"),
)
