"""Which pattern decides a path. Pure: gitignore(5) without `!`, on bytes, in time linear in a path.

    >>> from guard.patterns import PatternSet
    >>> PatternSet(["docs/", "*.md", "/src/**/test_?.py"]).decide("src/a/b/test_1.py")
    Grant(pattern='/src/**/test_?.py', index=2)

`pattern.py` splits a pattern into components, and a component into sets of bytes; `vocabulary.py`
finds the components that match a name, `patternset.py` the patterns that match a path. `meeting.py`
compares two sets, without paths: it walks both, name by name, with names from `shortest.py`, which
asks `name_search.py`.
"""

from guard.patterns.pattern import PatternError, escape
from guard.patterns.patternset import Grant, PatternSet, whole

__all__ = ["Grant", "PatternError", "PatternSet", "escape", "whole"]
