"""Bracket expressions: `[a-z]`, `[!0-9]`, `[[:alpha:]]`. Few patterns have one."""

from guard.patterns.pattern import ANY_BYTE, BACKSLASH, CLOSE, COLON, DASH, Malformed


def parse_class(data: bytes, start: int) -> tuple[int, int]:
    """Give the set of a bracket expression and the index after its `]`; `data[start]` is its `[`.

    As in `dowild`, the first character is never the end, not even `]`; a `-` makes a range only
    between two members (so not after a range or a class); a range from high to low is empty; `[:`
    without `:]` is an ordinary `[`. Raises `Malformed` for a missing end or an unknown class name.
    """
    at = start + 1
    negated = data[at : at + 1] in (b"!", b"^")
    at = first = at + negated
    members = 0
    before = 0  # the member before a `-`, with which a range may start; 0 is none
    while at < len(data) and (data[at] != CLOSE or at == first):
        if data[at] == DASH and before and at + 1 < len(data) and data[at + 1] != CLOSE:
            at, high = _member(data, at + 1, start)
            members |= span(before, high)
            before = 0
        elif (named := _named_class(data, at)) is not None:
            at, accepted = named
            members |= accepted
            before = 0
        else:
            at, before = _member(data, at, start)
            members |= 1 << before
    if at >= len(data):
        raise _unterminated(start)
    return (ANY_BYTE ^ members if negated else members), at + 1


def _member(data: bytes, at: int, start: int) -> tuple[int, int]:
    if data[at] == BACKSLASH:
        at += 1
        if at == len(data):
            raise _unterminated(start)
    return at + 1, data[at]


def _named_class(data: bytes, at: int) -> tuple[int, int] | None:
    """The index after a `[:name:]` at `at` and its set; None if there is none."""
    if not data.startswith(b"[:", at):
        return None
    # wildmatch.c looks for the bracket first, and only then for a colon before it.
    end = data.find(b"]", at + 2)
    if end <= at + 2 or data[end - 1] != COLON:
        return None
    name = data[at + 2 : end - 1]
    if name in _CLASSES:
        return end + 1, _CLASSES[name]
    known = ", ".join(sorted(name.decode() for name in _CLASSES))
    reason = f"there is no class [:{name.decode('utf-8', 'backslashreplace')}:]"
    raise Malformed(at, reason, f"the classes are {known}")


def _unterminated(start: int) -> Malformed:
    hint = r"close it with `]`, or write `\[` for a bracket in a name"
    return Malformed(start, "a bracket has no end", hint)


def span(low: int, high: int) -> int:
    """Give the set of the bytes from `low` to `high`."""
    return (1 << high + 1) - (1 << low) if low <= high else 0


# As in git's own ctype.c, whatever the locale: a vertical tab or a form feed is no space there.
_DIGIT, _UPPER, _LOWER = span(48, 57), span(65, 90), span(97, 122)
_ALPHA = _UPPER | _LOWER
_CLASSES = {
    b"alnum": _ALPHA | _DIGIT,
    b"alpha": _ALPHA,
    b"blank": 1 << 9 | 1 << 32,
    b"cntrl": span(0, 31) | 1 << 127,
    b"digit": _DIGIT,
    b"graph": span(33, 126),
    b"lower": _LOWER,
    b"print": span(32, 126),
    b"punct": span(33, 126) & ~(_ALPHA | _DIGIT),
    b"space": 1 << 9 | 1 << 10 | 1 << 13 | 1 << 32,
    b"upper": _UPPER,
    b"xdigit": _DIGIT | span(65, 70) | span(97, 102),
}
