"""All sessions as text: a line each, those that need somebody first, and what is between them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from guard.core.names import counted, shell_quote, show
from guard.reports.columns import Column, age, cut, fitted, folded, joined
from guard.reports.conflicts import Paint, finding_lines, named, pair_lines, plain
from guard.rules.board import STATES, Board, Judged, Met, Row

_COLOURS = {
    **dict.fromkeys(("error", "blocked"), "1;31"),
    **dict.fromkeys(("missing", "unstable", "waiting", "stale", "undecided", "warning"), "33"),
    **dict.fromkeys(("ready", "integrated"), "32"),
    **dict.fromkeys(("next", "note"), "36"),
    **dict.fromkeys(("head", "not-started", "standing", "reading"), "2"),
    "conflict": "1;31",
}
_PAIRS = 12  # that are listed
_COVER = 2  # sessions that all undecided pairs have, if these are said
_DUE = 6  # sessions that are named once more
_NAME, _NAMES, _GOAL = 28, 22, 60  # cells of a column at most


def render(board: Board, *, width: int = 100, colour: bool = False, height: int = 0) -> str:
    """Give the whole as text that ends with a newline, in lines of `width` where names allow it.

    Of what is longer than `height` (0: any) only the end stays on a screen, so that names again
    whom to look at.
    """
    paint = _coloured if colour else plain
    lines = [_headline(board, paint, width), *_unreadable(board, width, paint)]
    lines += table(board, width, paint)
    lines += _checkouts(board, width, paint)
    lines += _pairs(board, paint, width)
    lines += finding_lines(board.findings, paint, width)
    lines += _limit(board, paint)
    lines += _next(board, paint)
    if height and len(lines) >= height:
        lines += _above(board, width)
    return "\n".join(lines) + "\n"


def headline(board: Board) -> str:
    """Give the whole in one line, without a newline."""
    return _headline(board, plain)


def wrapped_headline(board: Board, width: int) -> str:
    """Give the same in lines of at most `width`, without a last newline."""
    return _headline(board, plain, width)


def names(board: Board, *, width: int, most: int, colour: bool) -> list[str]:
    """Give what is known while sessions are read, in at most so many lines of `width`."""
    paint = _coloured if colour else plain
    laid = fitted(columns_of(board), width)
    lines = [cut(headline(board), width), ""]
    for row, line in zip((None, *board.rows), laid.rows, strict=True):
        word = (row.state or "reading") if row else "head"
        lines.append(joined([paint(word, line[0]), *line[1:]]))
    if len(lines) <= most:
        return lines
    return [*lines[: max(1, most - 1)], f"and {len(lines) - most + 1:,} more"]


def table(board: Board, width: int, paint: Paint = plain) -> list[str]:
    """Give a line for each session, and its command: below it where it is due, else at the end."""
    rows = board.rows
    if not rows:
        return ["no sessions yet: guard start NAME --owns PATTERN"]
    laid = fitted(columns_of(board), width)
    head, *lines = laid.rows
    found = ["", paint("head", joined(head))]
    for row, line in zip(rows, lines, strict=True):
        word = row.state or "reading"
        found.append(joined([paint(word, line[0]), *line[1:]]))
        found += _below(row, width, paint)
    if laid.hidden:
        text = f"not shown in {width} columns: {', '.join(laid.hidden)}"
        found += [paint("head", line) for line in folded(text, width, rest="")]
    return [*found, *_others(rows, width, paint)]


def _headline(board: Board, paint: Paint, width: int = 0) -> str:
    """One line, or if that is wider than `width` (0: any) several, broken between two states."""
    where = f"{counted(len(board.rows), 'session')} on {show(board.ref)} {board.oid[:12]}"
    line, said = f"guard: {where}", list(_counts(board))
    lines, taken = [line + (":" if said else "")], len(line) + 1
    for number, (word, text) in enumerate(said):
        comma = "," if number + 1 < len(said) else ""
        taken += len(text) + 2
        if width and taken > width:
            lines.append(f"  {paint(word, text)}{comma}")
            taken = len(text) + 3
        else:
            lines[-1] += f" {paint(word, text)}{comma}"
    return "\n".join(lines)


def _counts(board: Board) -> Iterator[tuple[str, str]]:
    counts = Counter(row.state or "reading" for row in board.rows)
    for state in (*STATES, "reading"):
        if counts[state]:
            yield state, f"{counts[state]} {state}"
    conflicts = sum(pair.verdict != "undecided" for pair in board.pairs)
    if conflicts:
        verb = "conflicts" if conflicts == 1 else "conflict"
        yield "conflict", f"{counted(conflicts, 'pair')} {verb}"


def _unreadable(board: Board, width: int, paint: Paint) -> Iterator[str]:
    for file, why in board.unreadable:
        lines = folded(unreadable_line(file, why), width)
        yield paint("error", lines[0])
        yield from lines[1:]
        yield f"  {paint('next', 'next')}: guard contract check"


def unreadable_line(file: str, why: str) -> str:
    """Say that a contract cannot be read."""
    reason = why.partition("\n")[0]
    text = reason if reason.startswith(file) or not file else f"{file}: {reason}"
    return f"error: {show(text)}"


def columns_of(board: Board) -> list[Column]:
    """Give the columns of the table, which say of each session what there is to say."""
    rows = board.rows
    parties = [row.party for row in rows]
    judged = [row.judged or Judged() for row in rows]
    ages = [age(board.now - one.active) if one.active else "" for one in parties]
    return [
        Column("state", [row.state or "reading" for row in rows]),
        Column("session", [show(row.name) for row in rows], most=_NAME),
        Column("in", [_number(one.inside) for one in judged], 5, right=True),
        Column("out", [_number(one.outside) for one in judged], 12, right=True),
        Column("shared", [_number(len(one.shared)) for one in judged], 4, right=True),
        Column("±", [_number(one.edited) for one in parties], 10, right=True),
        Column("ahead", [_number(one.ahead) for one in parties], 7, right=True),
        Column("behind", [_number(one.behind) for one in parties], 3, right=True),
        Column("handoff", [one.handoff for one in judged], 9),
        Column("runs", [_runs(one) for one in judged], 2, right=True),
        Column("conflicts", [_met(row.conflicts) for row in rows], 13, _NAMES),
        Column("same files", [_met(row.overlaps) for row in rows], 6, _NAMES),
        Column("age", ages, 11, right=True),
        Column("goal", [show(_first_line(one.goal)) for one in parties], 1, _GOAL),
    ]


def _number(count: int) -> str:
    return f"{count:,}" if count > 0 else ""


def _runs(judged: Judged) -> str:
    if not judged.wanted:
        return ""
    return f"{judged.proved if judged.proved >= 0 else '?'}/{judged.wanted}"


def _met(met: Sequence[Met]) -> str:
    known = [show(one.name) for one in met if not one.undecided]
    unknown = len(met) - len(known)
    return ", ".join([*known, *([f"{unknown} ?"] if unknown else [])])


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _below(row: Row, width: int, paint: Paint) -> Iterator[str]:
    """Why, and what to do; a command stays on one line, to be copied."""
    if row.why:
        yield from folded(show(row.why), width, "  ")
    if row.next and row.is_due:
        yield f"  {paint('next', 'next')}: {row.next}"


def _others(rows: Sequence[Row], width: int, paint: Paint) -> Iterator[str]:
    """The commands of those that need nobody now, each once, as most have the same one.

    The most frequent one comes last: it is for all that are not named.
    """
    groups: dict[tuple[bool, str], list[Row]] = {}
    for row in rows:
        if row.next and not row.is_due:
            groups.setdefault((bool(row.party.worktree), row.step), []).append(row)
    if groups:
        yield from ("", paint("head", "those that go on by themselves:"))
    ordered = sorted(groups.items(), key=lambda one: (one[0][0], len(one[1])))
    for place, ((has_worktree, step), alike) in enumerate(ordered, 1):
        who = ", ".join(show(row.name) for row in alike)
        command = step
        if len(alike) == 1:
            command = alike[0].next
        elif not has_worktree:
            who = "for each without a worktree"
        elif place < len(ordered):
            who = f"in the worktrees of {who}"
        else:
            who = f"in the worktree of each{' other one' if place > 1 else ''}"
        line = f"  {paint('next', 'next')}: {command}"
        whole = f"  next: {command}   # {who}"
        if cut(whole, width) == whole:
            yield f"{line}   # {who}"
        else:
            yield line
            yield from folded(f"# {who}", width, "    ", "    # ")


def _checkouts(board: Board, width: int, paint: Paint) -> Iterator[str]:
    for row in board.checkouts:
        party = row.party
        yield ""
        yield from folded(checkout_line(row), width)
        if party.worktree not in {stray.place for stray in board.strays}:
            step = f"git -C {shell_quote(party.worktree)} status"
            yield f"  {paint('next', 'next')}: {row.next if party.silent else step}"


def checkout_line(row: Row) -> str:
    """Say what lies uncommitted on the base: it is no session, and nobody's as yet."""
    party = row.party
    is_read = not party.is_unknown and not party.missing
    what = f"{counted(party.edited, 'path')} uncommitted" if is_read else row.state
    text = f"not a session: {what} on {party.branch}, in {party.worktree}"
    meets = _met(row.conflicts)
    text += f"; conflicts with {meets}" if meets else ""
    return show(text + (f": {row.why}" if row.why and not is_read else ""))


def _pairs(board: Board, paint: Paint, width: int) -> Iterator[str]:
    known = {row.name: row.party for row in board.compared}
    found = [pair for pair in board.pairs if pair.verdict != "undecided"]
    for pair in found[:_PAIRS]:
        yield ""
        yield from pair_lines(pair, known, paint, width)
    if len(found) > _PAIRS:
        yield from ("", f"and {counted(len(found) - _PAIRS, 'more pair')}: guard conflicts")
    if any(pair.verdict == "undecided" for pair in board.pairs):
        first, *rest = folded(f"undecided: whether {_undecided(board)}", width)
        yield from ("", first.replace("undecided", paint("undecided", "undecided"), 1), *rest)


def _undecided(board: Board) -> str:
    """Which pairs are undecided: where one or two sessions are in all of them, these are named."""
    left = [{pair.a, pair.b} for pair in board.pairs if pair.verdict == "undecided"]
    if len(left) == 1:
        return f"{' and '.join(map(named, sorted(left[0])))} conflict"
    text, found = f"{counted(len(left), 'pair')} conflict", list[str]()
    unread = {row.name for row in board.compared if row.party.is_unknown}
    while left and len(found) < _COVER:
        counts = Counter(name for pair in left for name in sorted(pair & unread or pair))
        found.append(counts.most_common(1)[0][0])
        left = [pair for pair in left if found[-1] not in pair]
    return text if left else f"{text}: all of them with {' or '.join(map(named, found))}"


def _limit(board: Board, paint: Paint) -> Iterator[str]:
    """How many sessions are open; where they are too many, a finding says so."""
    names, most = board.limit
    if names and not any(one.code == "SES001" for one in board.findings):
        verb = "is" if len(names) == 1 else "are"
        yield ""
        yield paint("head", f"{counted(len(names), 'session')} {verb} open, {most:,} at most")


def _next(board: Board, paint: Paint) -> Iterator[str]:
    if any(pair.verdict != "undecided" for pair in board.pairs):
        yield ""
        remotes = [row.party.remote for row in board.rows if row.party.remote]
        more = f" --remote {shell_quote(remotes[0])}" if remotes else ""
        yield f"{paint('next', 'next')}: guard conflicts{more} --diff    # what both sides did"
        yield f"{paint('next', 'next')}: guard conflicts{more} --order   # who integrates first"


def _above(board: Board, width: int) -> Iterator[str]:
    due = [show(row.name) for row in board.rows if row.needs_somebody]
    if due:
        verb = "needs" if len(due) == 1 else "need"
        more = [f"{len(due) - _DUE:,} more"] if len(due) > _DUE else []
        text = f"above: {counted(len(due), 'session')} {verb} somebody: "
        yield ""
        yield from folded(text + ", ".join([*due[:_DUE], *more]), width)


def _coloured(word: str, text: str) -> str:
    code = _COLOURS.get(word)
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
