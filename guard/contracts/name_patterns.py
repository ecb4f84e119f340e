"""The name patterns of a policy: which options and variables they name."""

from collections.abc import Iterable

from guard.patterns import whole


def names_one(patterns: Iterable[str], name: str, *, any_case: bool = False) -> bool:
    """Tell whether one of the name patterns of a policy matches the name of an option or variable.

    `*` and `?` stand for other letters; dashes at the start do not count.
    """
    # To `whole` a slash is more than a letter.
    wanted = name.lstrip("-").replace("/", "-")
    bare = [pattern.lstrip("-") for pattern in patterns]
    if any_case:
        wanted, bare = wanted.casefold(), [pattern.casefold() for pattern in bare]
    return any(whole(pattern, wanted) for pattern in bare)
