"""What sessions do to each other: overlaps of contracts, pairs and their order, stray work.

Also what siblings change at this moment (`live`). git's merge is asked through `git/merge.py` and
`git/many_merges.py`; how a rule words it is in `guard.rules`.
"""
