"""A session's life: `starting`, `requests` for more, `finishing`; contracts are in `publishing`.

Whatever removes a worktree asks `losses` first, and what goes is in the `trash`. Remotes are
reached from `git/` alone.
"""
