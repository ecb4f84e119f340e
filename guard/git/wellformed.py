"""Whether a tree is one that git would write and check out. Anybody can make another one."""

import re
from itertools import chain

from guard.core.names import fold_all
from guard.git.objects import entries, malformed

_ENTRY = {
    width: re.compile(rb"(40000|100644|100755|120000|160000) ([^/\0]+)\0.{%d}" % width, re.DOTALL)
    for width in (20, 32)
}
# git refuses these on every system, also behind a backslash, and a link with the second
# (read-cache.c, `verify_path`; path.c, `is_ntfs_dotgit`; git-config(1), `core.protectNTFS`).
_GITS_OWN = re.compile(r"(?:^|\\)(?:\.git|git~1)[ .]*(?:$|[:\\])", re.IGNORECASE)
_MODULES = re.compile(r"(?:\.gitmodules|gitmod~[1-4])[ .]*(?:$|:)", re.IGNORECASE)


def names_in(raw: bytes, oid: str) -> set[bytes]:
    """Give the names in a tree.

    Raises GitError for a tree with a name twice, out of order, or that git does not check out.
    Nearly all trees pass the first look, which is three times as fast as `entries`.
    """
    width = len(oid) // 2
    found = _ENTRY[width].findall(raw)
    keys = [name + b"/" if mode == b"40000" else name for mode, name in found]
    names = {name for _, name in found}
    whole = sum(map(len, chain.from_iterable(found))) + (2 + width) * len(found)
    if whole == len(raw) and sorted(keys) == keys and len(names) == len(found):
        lower = raw.lower()
        if (
            b".git" not in lower
            and b"git~" not in lower
            and b"gitmod~" not in lower
            and names.isdisjoint((b".", b".."))
        ):
            return names
    for name, entry in entries(raw, oid).items():
        if _GITS_OWN.search(name) or (entry.mode == "120000" and _MODULES.match(name)):
            raise malformed(oid, f"git refuses to check out {name!r}")
    return names


def stay_apart(names: set[bytes]) -> bool:
    """Tell whether all names of a folder are different where case or Unicode forms do not count."""
    if all(map(bytes.isascii, names)):
        return len(set(map(bytes.lower, names))) == len(names)
    texts = [name.decode("utf-8", "surrogateescape") for name in names]
    return len(set(fold_all(texts))) == len(names)
