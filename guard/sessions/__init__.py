"""All sessions of a repository together. The end of one session is in `closing/`.

What compares two sessions, lists all of them, tells what removing a worktree would lose (`losses`)
or announces a session to the others belongs here; merging is asked of `git/merge.py`, and a remote
is reached from `git/` alone.
"""
