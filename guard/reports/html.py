"""HTML in which no name acts as markup: whatever is not a tag of guard's own goes through `text`.

Names stand apart from the text around them (`bdi`, `dir`), so that one in Hebrew or Arabic does not
move its neighbours. A value of the type `Html` is safe; mypy lets no other text into a tag.
"""

from collections.abc import Iterable, Sequence
from typing import NewType

from guard.core.names import show
from guard.reports.plain import markup

Html = NewType("Html", str)

NOTHING = Html("")
_VOID = frozenset(("meta",))


def text(value: str) -> Html:
    """Give any text as HTML, for between tags and for attributes.

    What cannot be seen becomes an escape (`show`). No two `#` stand together: see `harmless` in
    `guard.reports.plain`.
    """
    return Html("&#35;".join(markup(show(part)) for part in value.split("#")))


def joined(parts: Iterable[Html], between: str = "") -> Html:
    """Give parts one after another, with a text in between."""
    return Html(text(between).join(parts))


def sentence(words: str, *parts: Html) -> Html:
    """Give words in which each `{}` is one of the parts."""
    return Html(text(words).format(*parts))


def tag(element: str, *inside: Html, **attributes: str) -> Html:
    """Give an element. Attributes are escaped; `class_` is `class`, `aria_label` `aria-label`."""
    words = [element]
    for key, value in attributes.items():
        words.append(f'{key.rstrip("_").replace("_", "-")}="{text(value)}"')
    start = f"<{' '.join(words)}>"
    if element in _VOID:
        return Html(start)
    return Html(f"{start}{''.join(inside)}</{element}>")


def name(value: str) -> Html:
    """Give a name, or a sentence that holds some, apart from the text around it."""
    return tag("bdi", text(value))


def code(value: str) -> Html:
    """Give a path, a pattern or a commit. It reads from left to right, whatever it begins with."""
    return tag("code", text(value), dir="ltr")


def command(value: str) -> Html:
    """Give a command; a click selects the whole of it."""
    return tag("code", text(value), dir="ltr", class_="command")


def block(lines: Iterable[str]) -> Html:
    """Give lines of a file as they are, tabs included."""
    return tag("pre", Html("\n".join(map(_line, lines))), dir="ltr")


def patch(lines: Iterable[str]) -> Html:
    """Give lines of a unified diff."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    marked = [
        tag("span", _line(line), class_=kinds[line[0]]) if line[:1] in kinds else _line(line)
        for line in lines
    ]
    return tag("pre", Html("\n".join(marked)), dir="ltr")


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Html]]) -> Html:
    """Give a table; the first cell of a row is its heading.

    Roles are told, since the style turns rows into blocks where there is little room.
    """
    named = [tag("th", text(head), scope="col", role="columnheader") for head in heads]
    body = []
    for first, *others in rows:
        cells = [tag("th", first, scope="row", role="rowheader")]
        cells += [
            tag("td", tag("div", cell), role="cell", data_head=head)
            for head, cell in zip(heads[1:], others, strict=True)
        ]
        body.append(tag("tr", *cells, role="row"))
    return tag(
        "table",
        tag("caption", text(caption)),
        tag("thead", tag("tr", *named, role="row"), role="rowgroup"),
        tag("tbody", Html("\n".join(body)), role="rowgroup"),
        role="table",
    )


def listed(items: Iterable[Html], kind: str = "ul", **attributes: str) -> Html:
    """Give a list, `ul` or `ol`."""
    return tag(kind, Html("\n".join(tag("li", item) for item in items)), **attributes)


def facts(rows: Iterable[tuple[str, Html]]) -> Html:
    """Give names with their values; those without a value are left out."""
    pairs = [tag("div", tag("dt", text(key)), tag("dd", value)) for key, value in rows if value]
    return tag("dl", Html("\n".join(pairs)))


def _line(line: str) -> Html:
    return Html("\t".join(text(part) for part in line.split("\t")))
