"""What is between sessions as text: who has to talk to whom, about which lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from guard.core.names import counted, shell_quote, show
from guard.reports.columns import cells, cut, folded
from guard.rules.between import Lines, Order, Pair, Party, Picture, Place
from guard.rules.findings import Finding

_COLOURS = {
    **dict.fromkeys(("undecided", "warning"), "33"),
    **dict.fromkeys(("next", "note"), "36"),
    "conflict": "1;31",
    "clean": "1;32",
    "error": "31",
}
_PAIRS = 12  # that are listed
_NAME = 34  # cells of a name at most
_NO_SESSION = "no session: what is not committed"
_PATHS = 5  # of a pair
_PLACES = 4  # of a path
_HUNK = 40  # lines of a side's hunks in one path
KINDS = {
    "add/add": "both added it, with different content",
    "mode": "both added it, one as executable",
    "binary": "both changed it, and git cannot merge within it",
    "type": "they made different kinds of file of it",
    "rename/rename": "they moved it to different places",
    "rename/delete": "one moved it, the other deleted it",
    "rename/add": "one moved a file here, the other has another file here",
    "file/directory": "one has a file here, the other a folder",
    "file location": "one added it to a folder that the other moved",
    "directory rename split": "one adds to this folder, the other split it into several",
    "submodule": "both moved this submodule",
}

Paint = Callable[[str, str], str]  # a word of `_COLOURS` and a text → the text in its colour


def render(picture: Picture, *, width: int = 100, colour: bool = False) -> str:
    """Give the whole as text that ends with a newline, in lines of `width` where names allow it."""
    paint = coloured if colour else plain
    known = {party.name: party for party in picture.parties}
    lines = [_headline(picture, paint)]
    lines += _unknown(picture, paint)
    lines += _with_base(picture, paint, width)
    conflicts = [pair for pair in picture.pairs if pair.verdict == "conflict" or pair.twins]
    conflicts.sort(key=lambda pair: (pair.verdict != "conflict", pair.a, pair.b))
    for pair in conflicts[:_PAIRS]:
        lines += ["", *pair_lines(pair, known, paint, width)]
    if len(conflicts) > _PAIRS:
        lines += ["", f"and {counted(len(conflicts) - _PAIRS, 'more pair')}"]
    if picture.order:
        lines += ["", *_order(picture, picture.order, paint, width)]
    lines += _same_files(picture, paint)
    lines += finding_lines(picture.findings, paint, width)
    lines += _next(picture, conflicts, paint)
    return "\n".join(lines) + "\n"


def headline(picture: Picture) -> str:
    """Give the verdict in one line, without a newline."""
    return _headline(picture, plain)


def _headline(picture: Picture, paint: Paint) -> str:
    parties = picture.parties
    what = "as committed" if picture.committed else "as they are"
    stops = sum(party.state == "blocked" for party in parties)
    meets = sum(pair.verdict == "conflict" or bool(pair.twins) for pair in picture.pairs)
    base = show(picture.ref)
    said = []
    if stops:
        verb = "conflicts" if stops == 1 else "conflict"
        said.append(paint("conflict", f"{counted(stops, 'session')} {verb} with {base}"))
    if meets:
        verb = "conflicts" if meets == 1 else "conflict"
        said.append(paint("conflict", f"{counted(meets, 'pair')} {verb}"))
    if picture.verdict == "undecided":
        said.append(paint("undecided", "not all could be judged"))
    if not said:
        said.append(paint("clean", "no conflicts"))
    broken = dict.fromkeys(finding.code for finding in picture.findings if finding.breaks)
    if broken:
        said.append(paint("error", f"{', '.join(broken)} broken"))
    sessions = counted(len(parties) - len(picture.checkouts), "session")
    if picture.checkouts:
        sessions += f" and {base}'s checkout"
    sessions += f" {what}"
    return " · ".join([f"guard: {', '.join(said)}", f"{sessions}, on {base} {picture.oid[:12]}"])


def _unknown(picture: Picture, paint: Paint) -> Iterator[str]:
    for party in picture.parties:
        if party.why:
            word = "undecided" if party.is_unknown else "note"
            yield f"{paint(word, word)}: {show(party.name)}: {show(party.why)}"
    for pair in picture.pairs:
        if pair.verdict == "undecided" and pair.why.startswith("git"):
            who = f"{show(pair.a)} and {show(pair.b)}"
            yield f"{paint('undecided', 'undecided')}: {who}: {show(pair.why)}"


def _with_base(picture: Picture, paint: Paint, width: int) -> Iterator[str]:
    base = show(picture.ref)
    for party in picture.parties:
        if party.state != "blocked":
            continue
        yield ""
        yield paint("conflict", f"{show(party.name)} conflicts with {base}") + _where(party)
        yield from paths(party.places, (base, party.name), width)
        yield f"  {paint('next', 'next')}: {merging(picture, party)}"


def merging(picture: Picture, party: Party) -> str:
    """Give the command for a session that conflicts with the base: to merge it, if nobody does."""
    return party.resolution or party.release.step(picture.ref, _at(party))


def pair_lines(pair: Pair, known: Mapping[str, Party], paint: Paint, width: int) -> Iterator[str]:
    """Yield who conflicts with whom and where, and the hunks of both sides if they are known."""
    names = "add names that differ only by case or Unicode form"
    verb = "conflict" if pair.verdict == "conflict" else names
    said = folded(f"{named(pair.a)} and {named(pair.b)} {verb}", width)
    yield from (paint("conflict", line) for line in said)
    yield from paths(pair.places, (pair.a, pair.b), width)
    for twin in pair.twins[:_PATHS]:
        ours, theirs = show(twin.a), show(twin.b)
        why = "one name on macOS and Windows (MRG003 name-collision)"
        yield from _fitted(f"{ours} and {theirs}", why, width)
    if any(any(place.patches) for place in pair.places):
        for name in (pair.a, pair.b):
            yield f"  {show(name)}: {show(known[name].goal) or 'no goal: it has no contract'}"
        for place in pair.places:
            yield from patches(place, (pair.a, pair.b))


def paths(places: Sequence[Place], names: tuple[str, str], width: int) -> Iterator[str]:
    """Say on which paths two sides, by name, would stop git, and where in them."""
    for place in places[:_PATHS]:
        yield from _fitted(show(place.conflict.path) or "(no path)", _why(place, names), width)
    if len(places) > _PATHS:
        yield f"  and {counted(len(places) - _PATHS, 'more path')}"


def _fitted(path: str, why: str, width: int) -> Iterator[str]:
    """A path and what is the matter, on one line if there is room."""
    line = f"  {path}: {why}"
    if cells(line) <= width:
        yield line
    else:
        yield from (f"  {path}", *folded(why, width, "    ", "    "))


def named(name: str) -> str:
    """Give the name of a session, cut with a sign if it would fill a line."""
    return cut(show(name), _NAME)


def _why(place: Place, names: tuple[str, str]) -> str:
    conflict = place.conflict
    a, b = map(named, names)
    if conflict.kind == "content":
        text = "the same lines" if place.lines else "both changed it"
    elif conflict.kind == "modify/delete":
        changed, deleted = (b, a) if conflict.changed_by == 2 else (a, b)
        text = f"{changed} changed it, {deleted} deleted it"
    else:
        text = KINDS.get(conflict.kind, f"{show(conflict.kind)}: git cannot merge it by itself")
    if place.lines and conflict.kind == "content":
        said = [
            f"{a} {line_range(one.a)}, {b} {line_range(one.b)}" for one in place.lines[:_PLACES]
        ]
        more = len(place.lines) - _PLACES
        text += f": {'; '.join(said)}" + (
            f"; and {counted(more, 'more place')}" if more > 0 else ""
        )
    if conflict.others:
        text += f" (see {', '.join(map(show, conflict.others))})"
    if conflict.driver:
        text += f"; your merge driver {show(conflict.driver)} may solve it: guard runs none"
    return text


def line_range(lines: tuple[int, int]) -> str:
    """Say which lines, given as first and last."""
    first, last = lines
    if last < first:
        return f"deleted after line {last}" if last else "deleted at the top"
    return f"line {first}" if first == last else f"lines {first}-{last}"


def patches(place: Place, names: tuple[str, str]) -> Iterator[str]:
    """Show what both sides, by name, did in a path."""
    for name, patch in zip(names, place.patches, strict=True):
        if patch:
            lines = patch.split("\n")[2:-1]
            yield f"  {show(name)} changed {show(place.conflict.path)}:"
            yield from (f"    {show(line)}" for line in lines[:_HUNK])
            if len(lines) > _HUNK:
                yield f"    and {counted(len(lines) - _HUNK, 'more line')}"


def _same_files(picture: Picture, paint: Paint) -> Iterator[str]:
    """The files that several sessions changed and git merges, each with all of them.

    Those who changed the same lines are told apart from those who changed others.
    """
    shared: dict[tuple[str, bool], set[str]] = {}
    stops: dict[str, list[set[str]]] = {}
    for pair in picture.pairs:
        for path in {place.conflict.path for place in pair.places}:
            stops.setdefault(path, []).append({pair.a, pair.b})
        for path in pair.merged:
            key = (path, path in pair.same_lines)
            shared.setdefault(key, set()).update((pair.a, pair.b))
    if not shared:
        return
    yield ""
    yield f"{paint('note', 'note')}: changed by several, and git merges them:"
    listed = sorted(shared, key=lambda key: (not key[1], -len(shared[key]), key[0]))
    for path, close in listed[:_PATHS]:
        names = shared[path, close]
        what = " (the same lines)" if close else ""
        but = (
            " (but not the pairs above)" if any(two <= names for two in stops.get(path, ())) else ""
        )
        yield f"  {show(path)}{what}: {_names(sorted(names))}{but}"
    if len(listed) > _PATHS:
        yield f"  and {counted(len(listed) - _PATHS, 'more file')}"


def finding_lines(findings: Sequence[Finding], paint: Paint, width: int) -> Iterator[str]:
    """Yield what is about all sessions together; a command stays on one line, to be copied."""
    if findings:
        yield ""
    for one in findings[:_PAIRS]:
        word = one.severity.word
        path = f"{show(one.path)}: " if one.path else ""
        text = f"{word}: {path}{one.code} {one.name}: {show(one.message)}"
        first, *rest = folded(text, width)
        yield from (first.replace(word, paint(word, word), 1), *rest)
        if one.next:
            yield f"  {paint('next', 'next')}: {show(one.next)}"
    if len(findings) > _PAIRS:
        yield f"and {counted(len(findings) - _PAIRS, 'more finding')}"


def _names(names: Sequence[str]) -> str:
    shown = [show(name) for name in names[:_PATHS]]
    if len(names) > _PATHS:
        return f"{', '.join(shown)} and {len(names) - _PATHS} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _order(picture: Picture, order: Order, paint: Paint, width: int) -> Iterator[str]:
    if not order.names:
        yield "no session is ready to be integrated"
    else:
        yield from folded(f"in this order all merge cleanly{order.size}:", width)
        for number, name in enumerate(order.names, 1):
            note = f"   ({_NO_SESSION})" if name in picture.checkouts else ""
            yield f"  {number}. {show(name)}{note}"
    for one in order.together:
        paths = ", ".join(show(conflict.path) for conflict in one.conflicts[:_PATHS])
        who = f"together only: {_names(one.names)}"
        yield from folded(f"{who} conflict in {paths}, though no two of them do", width)
    pairs = {frozenset((pair.a, pair.b)): pair for pair in picture.pairs}
    for left in order.left_out:
        is_session = left.name not in picture.checkouts
        yield from _left_out(left.name, left.because, pairs, width, is_session=is_session)
    for party in picture.parties:
        if party.state == "blocked":
            step = f"{_at(party)}git rebase {shell_quote(picture.ref)}"
            yield f"left out: {show(party.name)} conflicts with {show(picture.ref)}; first: {step}"


def _left_out(
    name: str,
    because: Sequence[str],
    pairs: dict[frozenset[str], Pair],
    width: int,
    *,
    is_session: bool,
) -> Iterator[str]:
    if not because:
        yield f"left out: {show(name)}: not tried in every order"
        return
    step = f"rebases once {_names(because)} {_is(because)} in"
    if not is_session:
        step = f"({_NO_SESSION}) meets {_names(because)}: commit or undo it first"
    yield f"left out: {show(name)} {step}"
    for other in because:
        pair = pairs.get(frozenset((name, other)))
        if pair:
            who = f"{show(name)} and {show(other)} talk about"
            yield from _fitted(who, ", ".join(_about(pair)) or "what could not be judged", width)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _about(pair: Pair) -> Iterator[str]:
    for place in pair.places[:_PATHS]:
        conflict = place.conflict
        text = show(conflict.path)
        if conflict.kind not in ("content", "add/add"):
            text += f" ({_why(Place(conflict._replace(others=())), (pair.a, pair.b))})"
        elif place.lines:
            first: Lines = place.lines[0]
            text += f" ({show(pair.a)} {line_range(first.a)}, {show(pair.b)} {line_range(first.b)})"
        yield text


def _next(picture: Picture, conflicts: Sequence[Pair], paint: Paint) -> Iterator[str]:
    if not conflicts:
        return
    yield ""
    remotes = [party.remote for party in picture.parties if party.remote]
    more = f" --remote {shell_quote(remotes[0])}" if remotes else ""
    if not any(any(place.patches) for pair in conflicts for place in pair.places):
        yield f"{paint('next', 'next')}: guard conflicts{more} --diff    # what both sides did"
    if picture.order is None:
        yield f"{paint('next', 'next')}: guard conflicts{more} --order   # who integrates first"


def _where(party: Party) -> str:
    if party.worktree:
        return f" (in {show(party.worktree)})"
    return f" ({show(party.whose)})" if party.whose else ""


def _at(party: Party) -> str:
    if party.worktree:
        return f"cd {shell_quote(party.worktree)} && "
    return f"git switch {shell_quote(party.branch)} && "


def coloured(word: str, text: str) -> str:
    """Give text in the colour of a word."""
    return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m"


def plain(_word: str, text: str) -> str:
    """Give text as it is."""
    return text
