"""All about coding agents: answering their hooks (`hook` is the way in) and setting them up.

A new agent is a file in `programs/` and a row of `AGENTS` in `changes/starts_guard.py`. The words
of a refusal are put together in `protocol/reasons.py`.
Hot: what a call of a hook before a tool loads. Cold: `setup/`, and `conversation` with `notes`.
"""
