"""Names of branches and objects; untrusted text made safe to show and to type."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEADS = "refs/heads/"
_HEX = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)  # SHA-1 and SHA-256, in hexadecimal digits
# C0 and C1 controls and DEL; zero-width and bidirectional marks, line separators and the byte order
# mark (Unicode TR 36, section 3); lone surrogates; language tags and other invisible planes.
_HIDDEN = (
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F),
    (0x2028, 0x202E), (0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF), (0xE0000, 0xE0FFF),
)  # fmt: skip
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}
ALPHANUMERICS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PLAIN = ALPHANUMERICS | frozenset("@%+=:,./-_")


def ref_of(branch: str) -> str:
    """Give the full ref of a branch."""
    return HEADS + branch


def branch_in(ref: str) -> str:
    """Give the short name of the branch that a full ref names; "" if it names something else."""
    return ref[len(HEADS) :] if ref.startswith(HEADS) else ""


def is_object_id(text: str) -> bool:
    """Tell whether a text is a whole object id in lower case."""
    return len(text) in _LENGTHS and _HEX.issuperset(text)


def show(text: str) -> str:
    r"""Give `text` so that any terminal can print it on one line, without quotes.

    Controls, invisible and bidirectional characters become escapes, bytes that were not UTF-8 (lone
    surrogates) `\xNN`. Commands to a CI system are broken up: `##[` and `##vso[` anywhere in a
    line, `::` at its beginning (actions/runner, ActionCommand.cs). Other text is unchanged, so the
    result cannot be parsed.
    """
    if text.isascii() and text.isprintable() and "##" not in text and "::" not in text:
        return text
    if "##" in text:
        text = text.replace("##", "#\\x23")
    if text.lstrip().startswith("::"):
        text = text.replace("::", "\\x3a:", 1)
    return "".join(_shown(char) for char in text)


def shell_quote(text: str) -> str:
    """Give `text` as one word for a shell that has `$'…'` (bash, zsh, ksh; not dash 0.5.12).

    Plain text is unchanged, other printable text is in single quotes, the rest in `$'…'`. A word
    that begins with a dash is taken for a path and gets `./`.
    """
    if text and not text.startswith(("-", "~")) and _PLAIN.issuperset(text):
        return text
    if show(text) == text and not text.startswith("-"):
        return "'" + text.replace("'", "'\\''") + "'"
    if text.startswith("-"):
        return shell_quote("./" + text)
    return "$'" + "".join(_ansi_c(char) for char in text).replace("##", "#\\043") + "'"


def counted(count: int, noun: str) -> str:
    """Give a number with its noun: `1 path`, `1,200 paths`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def fold(text: str) -> str:
    """Give `text` as case-insensitive, normalising file systems compare it (Unicode 15, D145)."""
    if text.isascii():
        return text.lower()
    from unicodedata import normalize  # 1 MB of tables that few repositories need

    return normalize("NFC", normalize("NFD", text).casefold())


def fold_all(names: Iterable[str]) -> list[str]:
    """Fold all names at once; none may contain a NUL."""
    together = "\0".join(names)
    return fold(together).split("\0") if together else []


def _shown(char: str) -> str:
    if not _is_hidden(char):
        return char
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _is_hidden(char: str) -> bool:
    code = ord(char)
    return any(low <= code <= high for low, high in _HIDDEN)


def _ansi_c(char: str) -> str:
    if char in "'\\":
        return "\\" + char
    if not _is_hidden(char):
        return char
    if char in _NAMED:
        return _NAMED[char]
    escaped = 0xDC80 <= ord(char) <= 0xDCFF  # a byte that is not UTF-8
    data = char.encode("utf-8", "surrogateescape" if escaped else "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)
