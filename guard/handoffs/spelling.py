"""How a report spells a path: quoted, as an address, with a line, in braces, cut by git. Pure."""

import re
import unicodedata

_MOST_BRACES = 100  # paths that `{a,b}` may stand for
_ESCAPES = dict(zip(b"ntrabfv", b"\n\t\r\a\b\f\v", strict=True))


def unquoted(text: str) -> str:
    """A name in double quotes as git writes unusual ones (git-config(1), `core.quotePath`)."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    raw = text[1:-1].encode("utf-8", "surrogateescape")
    plain = re.sub(rb"(?s)\\([0-7]{3}|.)", _unescaped, raw)
    return plain.decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[bytes]) -> bytes:
    sign: bytes = found[1]
    return bytes([int(sign, 8) & 0xFF if len(sign) > 1 else _ESCAPES.get(sign[0], sign[0])])


def decoded(text: str) -> str:
    """An address without `%20` and the like."""
    raw = text.encode("utf-8", "surrogateescape")
    plain = re.sub(b"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), raw)
    return plain.decode("utf-8", "surrogateescape")


def without_place(name: str) -> tuple[str, str]:
    """A name without its line number, and without a symbol as well.

    `a.py:12`, `a.py:12-20` and `a.py#L3` are a.py; `a.py::test`, `a.py:run()` and `a.py#run` may
    be.
    """
    head, sign, place = name.partition("#L")
    if sign and place[:1].isdigit():
        return head, head
    while (parts := name.rpartition(":"))[0] and parts[2] and set(parts[2]) <= set("0123456789-"):
        name = parts[0]
    return name, re.split(r"::|:(?=[A-Za-z_])|#(?=\w)", name, maxsplit=1)[0]


def unfolded(text: str) -> list[str]:
    """Both paths of a rename as in `src/{a => b}/c.py`; any other text is itself (git-diff(1))."""
    start, arrow = text.find("{"), text.find(" => ")
    end = text.find("}", arrow)
    if not 0 <= start < arrow < end:
        return [text]
    middles = (text[start + 1 : arrow], text[arrow + 4 : end])
    return [(text[:start] + middle + text[end + 1 :]).replace("//", "/") for middle in middles]


def braces(text: str) -> list[str]:
    """`src/{a,b}.py` is two paths; nested braces stay as they are."""
    start, end = text.find("{"), text.find("}")
    if not 0 <= start < end or "," not in text[start:end]:
        return [text]
    middles = text[start + 1 : end].split(",")
    if len(middles) > _MOST_BRACES:
        return [text]
    return [text[:start] + middle.strip() + text[end + 1 :] for middle in middles]


def composed(text: str) -> str:
    """A name as most keyboards write it; macOS decomposes accented letters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def cut_rename(text: str) -> tuple[str, str] | None:
    """Give the ends of both paths of a rename that git has cut; None for any other text.

    `--stat` shortens `src/{old => new}/c.py` to `.../{old => new}/c.py`, `.../old => new}/c.py`,
    `.../new}/c.py` or `.../c.py` (git's diff.c, `show_stats`).
    """
    if not text.startswith("..."):
        return None
    before, brace, after = text[3:].rpartition("}")
    if not brace:
        return (after, after)
    shared, opened, middle = before.partition("{")
    old, arrow, new = (middle if opened else before).rpartition(" => ")
    shared = shared if opened else ""
    ends = [f"{shared}{one}{after}".replace("//", "/") for one in (old, new)]
    return (ends[0], ends[1]) if arrow or not opened else None
