"""The folders of paths."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def folders_above(paths: Iterable[str]) -> set[str]:
    """Every folder above any of `paths`, the top as "", others with a slash at the end."""
    found = {""}
    for path in paths:
        end = path.rfind("/")
        while end >= 0 and path[: end + 1] not in found:
            found.add(path[: end + 1])
            end = path.rfind("/", 0, end)
    return found
