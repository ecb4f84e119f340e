"""Names of options and variables that the policy gives by patterns: whose values are secret, and which a command may see."""

from __future__ import annotations

from collections.abc import Iterable

from guard.patterns import whole


def names_one(patterns: Iterable[str], name: str, *, any_case: bool = False) -> bool:
    """Tell whether one of `patterns` is `name`: `*` and `?` stand for other letters; dashes before either do not count."""
    wanted = name.lstrip("-").replace("/", "-")  # to a pattern a slash is more than a letter
    folded = wanted.casefold() if any_case else wanted
    return any(
        whole(pattern.lstrip("-").casefold() if any_case else pattern.lstrip("-"), folded)
        for pattern in patterns
    )
