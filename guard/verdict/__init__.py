"""One change set, from git to a verdict: reads all that rules need, who works here included.

The base is searched for in `search`, its policy and contracts are read in `trust`; who works here
is decided in `session`. What concerns several sessions lives in `guard.sessions`. Most modules are
hot: see `tests/test_lean.py`.
"""
