"""The parts of the page about what is between sessions: pairs, order, contracts, stray work."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guard.core.names import counted, shell_quote
from guard.reports.conflicts import KINDS, line_range
from guard.reports.html import (
    NOTHING,
    Html,
    code,
    command,
    joined,
    listed,
    name,
    patch,
    sentence,
    table,
    tag,
    text,
)
from guard.reports.matrix import KINDS as MEETINGS
from guard.reports.matrix import Meeting, meeting_of, paths_in, picture, with_base
from guard.rules.between import LeftOut, Pair, Party, Place
from guard.rules.board import Board
from guard.rules.findings import Failure
from guard.rules.overlaps import DISJOINT, UNDECIDED, Compared, Comparison, Overlap, placed
from guard.rules.sessions import back, bring

_ROWS = 300  # of a table
_PATHS = 20  # of a pair
_LINES = 300  # of a side's hunks in one path
_ALL_LINES = 20_000  # of all hunks
_OPEN = 3  # pairs that are unfolded
_FEW = 10  # pairs that merge; more are folded


class Links(NamedTuple):
    """The numbers of the sessions, and of the pairs that have hunks, by their names."""

    sessions: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]

    def session(self, who: str) -> Html:
        """A session's name, as a link to what is known of it."""
        number = self.sessions.get(who)
        return tag("a", name(who), href=f"#session-{number}") if number else name(who)

    def sessions_of(self, names: Sequence[str]) -> Html:
        """Several of them."""
        return joined(map(self.session, names), ", ")

    def pair(self, a: str, b: str, words: str) -> Html:
        """Words that lead to a pair."""
        number = self.pairs.get((a, b))
        return tag("a", text(words), href=f"#pair-{number}") if number else text(words)


def conflicting(board: Board) -> list[Pair]:
    """Give what conflicts: sessions with the base, which is the side a, "", and with each other."""
    stopped = [with_base(row.party) for row in board.compared if row.party.places]
    return stopped + [pair for pair in board.pairs if pair.verdict != "undecided"]


def meetings(board: Board, links: Links) -> Html:
    """Give the picture of who meets whom, the same as a table, and the hunks of both sides."""
    pairs = board.picture.pairs if board.picture else ()
    known = {(pair.a, pair.b): pair for pair in (*pairs, *conflicting(board))}
    met = [one for one in map(meeting_of, known.values()) if one]
    if not met:
        return tag("p", text("No two sessions change the same file, and none conflicts."))
    kinds = list(MEETINGS)
    met.sort(key=lambda one: (kinds.index(one.kind), one.a, one.b))
    merged = [one for one in met if one.kind in ("lines", "files")]
    shown = picture(met, [row.name for row in board.compared], board.ref)
    if len(merged) <= _FEW:
        return Html(shown + _meetings(met, known, board, links))
    what = f"{counted(len(merged), 'pair')} with files in common that git merges"
    body = tag("div", _meetings(merged, known, board, links))
    others = tag("details", tag("summary", text(what)), body)
    rest = met[: len(met) - len(merged)]
    return Html(shown + (_meetings(rest, known, board, links) if rest else "") + others)


def with_hunks(board: Board) -> list[Pair]:
    """Give the first of those that conflict, as many as there is room for with their hunks."""
    found, left = [], _ALL_LINES
    for pair in conflicting(board):
        if left <= 0:
            break
        for place in pair.places[:_PATHS]:
            left -= sum(min(_LINES, side.count("\n")) for side in place.patches)
        found.append(pair)
    return found


def hunks(board: Board) -> Html:
    """Give what both sides did in each pair of `with_hunks`."""
    parties = {row.name: row.party for row in board.compared}
    found = with_hunks(board)
    folds = [_pair(number, pair, parties, board) for number, pair in enumerate(found, 1)]
    left = len(conflicting(board)) - len(found)
    return joined([*folds, more(left, "pair", "guard conflicts --diff")])


def order(board: Board, links: Links) -> Html:
    """Give who can be merged, in the order in which that was tried, and who has to wait."""
    found = board.picture.order if board.picture else None
    if not found:
        return tag("p", text("Nothing is to be merged."))
    parts = []
    if found.names:
        parts.append(tag("p", text(f"In this order all merge cleanly{found.size}:")))
        states = {row.name: row.state for row in board.rows}
        states |= {row.name: "no session: what is not committed" for row in board.checkouts}
        steps = (sentence("{} {}", links.session(one), _soft(states[one])) for one in found.names)
        parts.append(listed(steps, "ol"))
    else:
        parts.append(tag("p", text("No session is ready to be merged.")))
    waiting = [_left_out(one, links) for one in found.left_out]
    for row in board.rows:
        if row.party.places:
            step = f"git rebase {shell_quote(board.ref)}"
            parts_of = (links.session(row.name), name(board.ref), command(_at(row.party) + step))
            waiting.append(sentence("{} conflicts with {}: {}", *parts_of))
    for one in found.together:
        paths = joined((code(conflict.path) for conflict in one.conflicts[:_PATHS]), ", ")
        who = links.sessions_of(one.names)
        waiting.append(sentence("{} conflict only together, in {}", who, paths))
    if waiting:
        parts += [tag("p", text("Not in it:")), listed(waiting)]
    return joined(parts)


def contracts(compared: Compared | Failure) -> Html:
    """Give the contracts that may change the same path, each with such a path."""
    if isinstance(compared, Failure):
        return sentence("The contracts could not be compared: {}", name(compared.message))
    parts = []
    for file, why in compared.unreadable:
        told = sentence("{} cannot be read: {}", code(file), name(why.partition("\n")[0]))
        parts.append(tag("p", told))
    found = placed(compared)
    names = set(map(_key, found))
    alike = [one for one in compared.pairs if one.verdict != DISJOINT and _key(one) not in names]
    if found:
        parts.append(_overlaps(compared, found))
    else:
        parts.append(tag("p", text("No two open contracts are known to take the same path.")))
    if alike:
        why = "only by names that match at any depth, or in a group that both merge"
        what = f"{counted(len(alike), 'pair')} meet {why}"
        body = tag("div", _overlaps(compared, alike))
        parts.append(tag("details", tag("summary", text(what)), body))
    return joined(parts)


def strays(board: Board, links: Links) -> Html:
    """Give the work that lies where it does not belong, and how it comes home."""
    if not board.strays:
        return tag("p", text("None was found."))
    rows = []
    for one in board.strays:
        lies = f"{one.how} on {one.on}" if one.on else one.how
        rows.append(
            (
                links.session(one.contract),
                sentence("{}, {}", code(one.place), name(lies)) if one.place else name(lies),
                listed(map(code, one.paths[:_PATHS])),
                command(bring(one)),
                command(back(one)),
            )
        )
    heads = ("session", "lies in", "paths", "bring it home", "then take it back there")
    return table(f"{counted(len(rows), 'piece')} of work", heads, rows)


def _meetings(
    met: Sequence[Meeting], known: Mapping[tuple[str, str], Pair], board: Board, links: Links
) -> Html:
    rows = [_meeting(one, known[one.a, one.b], board, links) for one in met[:_ROWS]]
    heads = ("sessions", "what", "how much", "where")
    listing = table(f"{counted(len(met), 'pair')}, the worst first", heads, rows)
    return Html(listing + more(len(met) - _ROWS, "pair", "guard conflicts --format json"))


def _left_out(left: LeftOut, links: Links) -> Html:
    if not left.because:
        return sentence("{} was not tried in every order", links.session(left.name))
    verb = "is" if len(left.because) == 1 else "are"
    others = links.sessions_of(left.because)
    return sentence(f"{{}} rebases once {{}} {verb} in", links.session(left.name), others)


def _meeting(met: Meeting, pair: Pair, board: Board, links: Links) -> tuple[Html, ...]:
    who = sentence(
        "{} and {}", links.session(met.a) if met.a else name(board.ref), links.session(met.b)
    )
    verdict = met.kind if met.kind in ("conflict", "unknown") else "merges"
    what = tag("span", text(verdict), class_=f"badge {met.kind}")
    where = name(pair.why) if pair.why else _where(pair)
    if (met.a, met.b) in links.pairs:
        where = sentence("{} · {}", where, links.pair(met.a, met.b, "both sides"))
    return who, what, text(met.size), where


def _where(pair: Pair) -> Html:
    """The paths in which two meet, the worst first."""
    stopped = list(dict.fromkeys(place.conflict.path for place in pair.places))
    stopped += [path for twin in pair.twins for path in (twin.a, twin.b)]
    close = [path for path in pair.same_lines if path not in stopped]
    apart = [path for path in pair.merged if path not in close]
    parts = []
    for what, paths in (("", stopped), ("same lines: ", close), ("other lines: ", apart)):
        if paths:
            left = len(paths) - _PATHS
            rest = text(f" and {left:,} more") if left > 0 else NOTHING
            parts.append(Html(text(what) + joined(map(code, paths[:_PATHS]), ", ") + rest))
    return joined(parts, "; ")


def _pair(number: int, pair: Pair, parties: Mapping[str, Party], board: Board) -> Html:
    one, other = (name(side or board.ref) for side in (pair.a, pair.b))
    title = sentence("{} and {}", one, other)
    goals = [
        (side, parties[side].goal or "no goal: it has no contract")
        for side in (pair.a, pair.b)
        if side
    ]
    inside = [tag("p", sentence("{}: {}", name(side), name(goal))) for side, goal in goals]
    for twin in pair.twins[:_PATHS]:
        told = sentence("{} and {} are one name on macOS and Windows", code(twin.a), code(twin.b))
        inside.append(tag("p", told))
    sides = (pair.a or board.ref, pair.b)
    inside += [_place(place, sides) for place in pair.places[:_PATHS]]
    inside.append(more(len(pair.places) - _PATHS, "path", "guard conflicts --diff"))
    paths = counted(paths_in(pair), "path")
    summary = tag("summary", tag("h3", title), text(f" conflict in {paths}"))
    body = tag("div", *inside, id=f"pair-{number}")
    if number <= _OPEN:
        return tag("details", summary, body, open="")
    return tag("details", summary, body)


def _place(place: Place, sides: tuple[str, str]) -> Html:
    heading = tag("h4", code(place.conflict.path or "(no path)"))
    columns = []
    for at, side in enumerate(sides):
        spans = [line_range((one.a, one.b)[at]) for one in place.lines]
        told = [name(side)]
        if spans:
            told += [text(" "), text(", ".join(spans[:_PATHS]))]
        shown = NOTHING
        lines = place.patches[at].split("\n")[2:-1] if place.patches[at] else []
        if lines:
            shown = patch(lines[:_LINES])
        rest = more(len(lines) - _LINES, "line", "guard conflicts --diff")
        columns.append(tag("div", tag("p", *told), shown, rest))
    both = tag("div", *columns, class_="sides") if any(place.patches) else NOTHING
    return Html(heading + tag("p", _kind(place, sides)) + both)


def _kind(place: Place, sides: tuple[str, str]) -> Html:
    """What the matter is on this path."""
    conflict = place.conflict
    if conflict.kind == "content":
        told = text("Both changed the same lines." if place.lines else "Both changed it.")
    elif conflict.kind == "modify/delete":
        changed, deleted = sides if conflict.changed_by != 2 else sides[::-1]
        told = sentence("{} changed it, {} deleted it.", name(changed), name(deleted))
    else:
        known = KINDS.get(conflict.kind, f"{conflict.kind}: git cannot merge it by itself")
        told = name(known[:1].upper() + known[1:] + ".")
    if conflict.others:
        told = sentence("{} See {}.", told, joined(map(code, conflict.others[:_PATHS]), ", "))
    if conflict.driver:
        driver = name(conflict.driver)
        told = sentence("{} Your merge driver {} may solve it: guard runs none.", told, driver)
    return told


def _key(overlap: Overlap) -> tuple[str, str]:
    return overlap.a.name, overlap.b.name


def _overlaps(compared: Compared, found: list[Overlap]) -> Html:
    comparison, files = Comparison(compared.policy), compared.files
    found.sort(key=lambda one: (one.verdict != UNDECIDED, -len(files.get(_key(one), ()))))
    rows = [_overlap(comparison, one, files.get(_key(one), ())) for one in found[:_ROWS]]
    heads = ("contracts", "both may change", "because of", "to part them")
    listing = table(f"{counted(len(found), 'pair')} of contracts", heads, rows)
    return Html(listing + more(len(found) - _ROWS, "pair", "guard contract overlaps"))


def _overlap(comparison: Comparison, overlap: Overlap, files: Sequence[str]) -> tuple[Html, ...]:
    if files:
        grants = tuple(comparison.grant(one, files[0]) for one in (overlap.a, overlap.b))
        overlap = overlap._replace(grants=grants)
    who = sentence("{} and {}", name(overlap.a.name), name(overlap.b.name))
    if overlap.verdict == UNDECIDED:
        path = text("not known: a pattern is too complex")
    elif files:
        path = code(files[0])
        if len(files) > 1:
            path = Html(path + text(f" and {counted(len(files) - 1, 'more file')}"))
    else:
        path = Html(code(overlap.witness) + text(", which is not there yet"))
    because = listed(
        sentence("{} in {}", code(grant.pattern), code(f"{grant.file}:{grant.line}"))
        for grant in overlap.grants
    )
    return who, path, because, name(comparison.advice(overlap, exists=bool(files)))


def _soft(word: str) -> Html:
    return tag("span", text(word), class_="soft")


def _at(party: Party) -> str:
    return f"cd {shell_quote(party.worktree)} && " if party.worktree else ""


def more(count: int, noun: str, step: str = "") -> Html:
    """Say that there is more, and which command shows it; nothing if there is not."""
    if count <= 0:
        return NOTHING
    told = text(f"And {counted(count, f'more {noun}')}")
    if step:
        told = sentence("{}: {}", told, command(step))
    return tag("p", told, class_="soft")
