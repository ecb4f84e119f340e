"""The end of a session: running and recording commands, drafting a handoff, and accounting for it.

`account`, `tally` and `worries` are pure.
"""
