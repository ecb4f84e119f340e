"""Which branches are release lines, by their names: what `bases` is proposed for."""

from collections.abc import Collection

from guard.contracts.branches import is_one_of

RELEASES = (
    "release/*",
    "releases/*",
    "release-[0-9]*",
    "release-v[0-9]*",
    "stable",
    "stable/*",
    "stable-[0-9]*",
    "[0-9]*-stable",
    "maint/*",
    "maint-[0-9]*",
    "[0-9]*.x",
    "v[0-9]*.x",
    "[0-9]*.[0-9]",
    "[0-9]*.[0-9][0-9]",
)


def release_lines(branches: Collection[str], base: str) -> list[str]:
    """Give the patterns of `RELEASES` that match one of the `branches`, the base left out."""
    return [
        pattern
        for pattern in RELEASES
        if any(name != base and is_one_of((pattern,), name) for name in branches)
    ]
