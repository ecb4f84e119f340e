"""Sessions as worktrees: whose this one is, and what the others have changed."""
