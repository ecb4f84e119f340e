"""git's hooks, a file each, the shell that starts them, and installing and diagnosing them.

What a hook judges is in verdict/. Only pre_commit.py runs on every commit and is hot.
"""
