"""A session's handoff as text: reading, judging and writing its Markdown. All of it is pure.

`values` is hot: the facts of every verdict have its types.
"""
