"""A change by its outcome: one digest of the path, mode and content of all that it touches."""

from collections.abc import Mapping

DIGITS = 40  # hexadecimal


def fingerprint(states: Mapping[str, tuple[str, str]]) -> str:
    """Give the digest of a change from the mode and object id that each of its paths has now.

    It is SHA-256 over the lines of `git ls-tree -z`, without the type, in the order of the paths. A
    deleted path has the mode `ABSENT` and zeros.
    """
    from hashlib import sha256  # loads OpenSSL, 3 ms: most branches have no handoff yet

    lines = (f"{mode} {oid}\t{path}\0" for path, (mode, oid) in sorted(states.items()))
    data = "".join(lines).encode("utf-8", "surrogateescape")
    return sha256(data).hexdigest()[:DIGITS]
