"""All sessions of a repository together: the lists of its worktrees and sessions are here.

`life` is how one starts and goes, `closing` its handoff, `between` what they do to each other. One
change set is `guard.verdict`'s.
"""
