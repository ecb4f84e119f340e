"""All about coding agents: answering their hooks (`hook` is the way in) and setting them up.

Hot: what a call of a hook before a tool loads. Cold: `setup/`, and `conversation` with `notes`.
"""
