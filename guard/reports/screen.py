"""What `guard status --watch` draws: the board, a session's details or its diff.

A view becomes lines that fit the terminal. rich measures and cuts them, and knows what colours the
terminal has; it comes with the extra `watch`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from guard.core.names import counted, show
from guard.reports.columns import age, fitted, joined
from guard.reports.plain import moment
from guard.reports.status import checkout_line, columns_of, unreadable_line, wrapped_headline
from guard.rules.board import Board, Judged, Row

SORTS: dict[str, Callable[[Row], Any]] = {
    "urgency": lambda row: row.urgency,
    "name": lambda row: row.name,
    "age": lambda row: (-row.party.active, row.name),
    "conflicts": lambda row: (-len(row.conflicts), -len(row.overlaps), row.urgency),
}
_KEYS = {
    "list": "q quit · enter details · d diff · s sort · r look again · up/down choose",
    "details": "q quit · esc back · d diff · up/down scroll",
    "diff": "q quit · esc back · up/down scroll",
}
_STYLES = {
    **dict.fromkeys(("error", "blocked"), "bold red"),
    **dict.fromkeys(("missing", "unstable", "waiting", "stale", "warning"), "yellow"),
    **dict.fromkeys(("ready", "integrated", "+"), "green"),
    **dict.fromkeys(("next", "@"), "cyan"),
    **dict.fromkeys(("dim", "not-started", "standing", "reading"), "dim"),
    "-": "red",
    "bold": "bold",
}
_BESIDE = 3  # lines about no session: unreadable contracts, the base's checkouts, stray work
_SMALL = 20  # lines of a terminal in which that is one
_MEASURE = Console(width=80)  # rich wraps nothing without one
_HEADS = ("diff ", "index ", "+++ ", "--- ")


class View(NamedTuple):
    """What somebody looks at: `page` is `list`, `details` or `diff`, `chosen` a session's name.

    `top` is the first line that is shown, `text` has the lines of a diff. `note` is said at the
    bottom; `busy`: guard is looking. `now` is the time.
    """

    board: Board
    page: str = "list"
    sort: str = "urgency"
    chosen: str = ""
    top: int = 0
    text: tuple[str, ...] = ()
    note: str = ""
    busy: bool = False
    now: float = 0

    @property
    def rows(self) -> list[Row]:
        """The sessions in the order that was asked for."""
        return sorted(self.board.rows, key=SORTS[self.sort])

    @property
    def row(self) -> Row | None:
        """The chosen session; the first if there is none of that name."""
        rows = self.rows
        return next((row for row in rows if row.name == self.chosen), rows[0] if rows else None)


def pressed(view: View, key: str, width: int, height: int) -> View:
    """Give the view after a key that only moves about; other keys change nothing."""
    if key == "s" and view.page == "list":
        names = list(SORTS)
        return view._replace(sort=names[(names.index(view.sort) + 1) % len(names)])
    if key == "enter" and view.page == "list" and view.row:
        return view._replace(page="details", chosen=view.row.name, top=0)
    if key == "escape":
        return view._replace(page="list", top=0, text=())
    steps = {"up": -1, "down": 1, "pageup": 3 - height, "pagedown": height - 3}
    steps |= {"home": -1_000_000, "end": 1_000_000}
    if key not in steps:
        return view
    if view.page != "list":
        length = len(_scroll(view, width))
        return view._replace(top=max(0, min(view.top + steps[key], length - height + 1)))
    names = [row.name for row in view.rows]
    if not names or view.row is None:
        return view
    place = names.index(view.row.name) + steps[key]
    return view._replace(chosen=names[max(0, min(place, len(names) - 1))])


def drawn(view: View, width: int, height: int) -> list[Text]:
    """Give exactly `height` lines of at most `width` cells; the last one says the keys."""
    room = max(1, height - 1)
    lines = (
        _list(view, width, room)
        if view.page == "list"
        else _part(_scroll(view, width), view.top, room)
    )
    lines = [*lines, *(Text() for _ in range(room))][:room]
    found = [*lines, _last(view, width)][-height:]
    for line in found:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis")
    return found


def _last(view: View, width: int) -> Text:
    """What is going on comes first: the keys may be cut."""
    state = view.note or ("looking …" if view.busy else _seen(view))
    by = f" · by {view.sort}" if view.page == "list" and view.sort != "urgency" else ""
    return Text(f"{state}{by} · {_KEYS[view.page]}", style="reverse")


def _seen(view: View) -> str:
    ago = age(max(0.0, view.now - view.board.now))
    return "seen now" if ago == "now" else f"seen {ago} ago"


def _list(view: View, width: int, height: int) -> list[Text]:
    """The headline, the table around the chosen session, and below what that needs."""
    board = view.board._replace(rows=tuple(view.rows))
    chosen = view.row
    beside = _beside(board, _BESIDE if height >= _SMALL else 1)
    if chosen is None:
        if view.busy and not board.ref:  # nothing has been looked at yet
            return []
        none = Text("no sessions yet: guard start NAME --owns …")
        return [*_told(wrapped_headline(board, width)), Text(), none, *beside]
    laid = fitted(columns_of(board), width)
    head, *lines = laid.rows
    top = [*_told(wrapped_headline(board, width)), Text(), Text(joined(head), style="dim")]
    foot = [Text(), *beside, *_needs(chosen)]
    if laid.hidden:
        foot.insert(1, Text(f"not shown: {', '.join(laid.hidden)}", style="dim"))
    room = max(1, height - len(top) - len(foot))
    place = board.rows.index(chosen)
    first = max(0, min(place - room // 2, len(lines) - room))
    shown = [
        _line(line, row, is_chosen=row is chosen)
        for line, row in zip(lines, board.rows, strict=True)
    ][first : first + room]
    more = len(lines) - first - len(shown)
    if more > 0:
        foot[0] = Text(f"and {more:,} more", style="dim")
    blank = [Text() for _ in range(room - len(shown))]
    return [*top, *shown, *blank, *foot]


def _told(text: str) -> list[Text]:
    return [Text(line) for line in text.split("\n")]


def _beside(board: Board, most: int) -> list[Text]:
    """What is about no session of the table; what has no room is counted."""
    lines = [unreadable_line(file, why) for file, why in board.unreadable]
    lines += map(checkout_line, board.checkouts)
    for one in board.findings:
        path = f"{show(one.path)}: " if one.path else ""
        lines.append(f"{one.severity.word}: {path}{one.code} {one.name}: {show(one.message)}")
    if len(lines) > most:
        rest = len(lines) - most + 1
        lines[most - 1 :] = [f"{counted(rest, 'line')} more: guard status"]
    return [Text(line, style="yellow") for line in lines]


def _line(line: Sequence[str], row: Row, *, is_chosen: bool) -> Text:
    word = row.state or "reading"
    text = Text.assemble((line[0], _STYLES.get(word, "")), f"  {joined(line[1:])}")
    if is_chosen:
        text.stylize("reverse")
    return text


def _needs(row: Row) -> list[Text]:
    lines = [Text(f"{show(row.name)}: {show(row.why)}")] if row.why else []
    if row.next:
        lines.append(_labelled("next", row.next))
    return lines


def _scroll(view: View, width: int) -> list[Text]:
    """All lines of a page that scrolls; what is to be read or copied whole is not cut."""
    if view.page == "diff":
        return [_diff_line(line) for line in view.text] or [Text("no difference to the base")]
    if not view.row:
        return [Text("no session")]
    lines = _details(view.row, view.board)
    return [part for line in lines for part in line.wrap(_MEASURE, width, overflow="fold")]


def _part(lines: Sequence[Text], top: int, height: int) -> list[Text]:
    top = max(0, min(top, len(lines) - height))
    shown = list(lines[top : top + height])
    more = len(lines) - top - len(shown)
    if more > 0:
        shown[-1] = Text(f"and {more + 1:,} more lines", style="dim")
    return shown


def _diff_line(line: str) -> Text:
    style = "bold" if line.startswith(_HEADS) else _STYLES.get(line[:1], "")
    return Text(show(line.expandtabs(4)), style=style)


def _details(row: Row, board: Board) -> Iterator[Text]:
    party, judged = row.party, row.judged or Judged()
    yield Text(show(row.name), style="bold")
    yield Text()
    facts = {
        "state": row.state or "reading",
        "why": row.why,
        "goal": party.goal.strip(),
        "contract": party.contract,
        "branch": party.branch,
        "worktree": party.worktree,
        "head": party.head,
        "during": party.during,
        "commits": _commits(row, board.ref),
        "uncommitted": counted(party.edited, "path") if party.edited else "",
        "changes": _changes(row.judged),
        "handoff": judged.handoff,
        "active": _time(party.active),
    }
    for word, text in facts.items():
        if text:
            yield Text(f"{word:<12} {show(text)}")
    yield from _meetings(row, board.ref)
    for one in (*judged.findings, *judged.closing):
        yield Text()
        path = f"{show(one.path)}: " if one.path else ""
        word = one.severity.word
        yield Text(f"{word}: {path}{one.code} {one.name}", style=_STYLES.get(word, ""))
        yield Text(f"  {show(one.message)}")
        if one.next:
            yield _labelled("  next", show(one.next))
    if row.next:
        yield Text()
        yield _labelled("next", row.next)


def _meetings(row: Row, ref: str) -> Iterator[Text]:
    for title, met in (("conflicts with", row.conflicts), ("same files as", row.overlaps)):
        for one in met:
            yield Text()
            word = "may conflict with" if one.undecided else title
            yield Text(f"{word} {show(one.name)}", style="yellow")
            yield from (Text(f"  {show(path)}") for path in one.paths)
            if one.undecided:
                yield Text(f"  {show(one.undecided)}")
    if row.party.places:
        yield Text()
        yield Text(f"conflicts with {show(ref)}", style="yellow")
        yield from (Text(f"  {show(place.conflict.path)}") for place in row.party.places)


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((label, _STYLES["next"]), f": {text}")


def _commits(row: Row, ref: str) -> str:
    if row.party.ahead < 0:  # not known
        return ""
    return f"{row.party.ahead:,} ahead of {ref}, {row.party.behind:,} behind"


def _changes(judged: Judged | None) -> str:
    if not judged or judged.error:
        return ""
    text = f"{counted(judged.inside, 'path')} in the contract, {judged.outside:,} out of it"
    return f"{text}, {len(judged.shared):,} shared" if judged.shared else text


def _time(seconds: int) -> str:
    return f"{moment(seconds).astimezone():%Y-%m-%d %H:%M}" if seconds else ""
