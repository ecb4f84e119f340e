"""Which pattern decides a path: the patterns of gitignore(5), without `!`, on bytes, in time linear in the path.

    >>> from guard.patterns import PatternSet
    >>> PatternSet(["docs/", "*.md", "/src/**/test_?.py"]).decide("src/a/b/test_1.py")
    Grant(pattern='/src/**/test_?.py', index=2)

`pattern.py` cuts the text of a pattern into components, `component.py` one component into sets of bytes; `vocabulary.py` finds all the
components that match a name, `automaton.py` puts the names of a path together, and `patternset.py` asks.
"""

from __future__ import annotations

from guard.patterns.pattern import PatternError, escape
from guard.patterns.patternset import Grant, PatternSet
from guard.patterns.whole import whole

__all__ = ["Grant", "PatternError", "PatternSet", "escape", "whole"]
