"""All sessions of a repository together. The end of one session is in `closing/`.

What compares two sessions, lists all of them or announces one to the others belongs here; merging
is asked of `git.merge`, and a remote is reached from `git/` alone.
"""
