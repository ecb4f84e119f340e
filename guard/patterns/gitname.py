"""Which names git lets a path have between two slashes (read-cache.c, `verify_path`)."""

_SLASH, _BACKSLASH, _COLON = b"/\\:"
IN_NAMES = sum(1 << byte for byte in range(1, 256) if byte != _SLASH)  # a set of bytes
TELLING = b".gGiItT~1 \\:"  # bytes that count for `after`

# How far a name is `.`, `..`, `.git` or `git~1`, the short name of `.git` on Windows, in any case:
# git refuses these (read-cache.c, `verify_dotfile`; path.c, `is_ntfs_dotgit`), also with dots and
# spaces at their end, before a colon or a backslash, and after a backslash.
NEVER = "never"
_NO_DANGER = "-"
_AFTER_BACKSLASH = "\\"
REFUSED = {"", ".", "..", ".git", NEVER}
_SO_FAR = {".", "..", ".g", ".gi", ".git", "g", "gi", "git", "git~", "git~1"}
_SELDOM = {0, _SLASH, _BACKSLASH}
_DOT_INSIDE = "\\."  # a backslash and a dot: no name of its own, so git lets it end there


def is_name(name: bytes) -> bool:
    """Tell whether git lets a path have this component."""
    if name and name[0] not in b".gG" and not _SELDOM.intersection(name):
        return True
    state = ""
    for byte in name:
        state = after(state, byte)
    return state not in REFUSED and 0 not in name and _SLASH not in name


def after(state: str, byte: int) -> str:
    """Give how far a name is refused after one more byte; "" is its beginning.

    git takes a name if this is none of `REFUSED`; after `NEVER` it takes no longer one either.
    """
    if state in (_NO_DANGER, NEVER):
        return _AFTER_BACKSLASH if byte == _BACKSLASH and state == _NO_DANGER else state
    if state == ".git" and byte in b". ":
        return state
    if state == ".git" and byte in (_BACKSLASH, _COLON):
        return NEVER
    if byte == _BACKSLASH:
        return _AFTER_BACKSLASH if state else _NO_DANGER  # git does not look at the first byte
    if state == _AFTER_BACKSLASH:
        state = ""
        if byte == ord("."):
            return _DOT_INSIDE
    elif state == _DOT_INSIDE:
        state = "." if byte in b"gG" else ".."
    longer = state + chr(byte).lower()
    if longer == "git~1":
        return ".git"
    return longer if longer in _SO_FAR else _NO_DANGER
