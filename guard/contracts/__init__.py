"""Policy and contracts as users write them: their keys (in `model`), reading, checking, showing.

What a session does with them lives in `verdict/` and `rules/`. What every commit reads (`model`,
`parse`, `checks`, `strings`, `plain`, `positions`, `branches`) is written for speed.
"""
