"""All sessions as one page of HTML, to be opened from a disk or sent to somebody.

It holds no script, loads nothing and links to nothing but itself; its policy for browsers forbids
the rest (Content Security Policy Level 3, 6.7 and 8.4). It is read without a network, in any width,
with a keyboard and by a screen reader.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from guard import __version__
from guard.core.names import counted
from guard.reports import page_between as between
from guard.reports.columns import age
from guard.reports.html import (
    NOTHING,
    Html,
    block,
    code,
    command,
    facts,
    joined,
    listed,
    name,
    sentence,
    table,
    tag,
    text,
)
from guard.reports.page_between import Links, conflicting, more, with_hunks
from guard.rules.between import Pair
from guard.rules.board import STATES, Board, Detail, Judged, Met, Row
from guard.rules.findings import Failure, Finding
from guard.rules.overlaps import placed

_STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
_TODO = 60  # sessions and pairs that are listed as needing somebody
_FINDINGS = 50  # of a session
_HANDOFF = 400  # lines of a handoff
_STOPPED = ("error", "blocked", "missing", "unstable")


def render(detail: Detail) -> str:
    """Give the whole page, a text that ends with a newline."""
    board = detail.board
    title = text(f"{counted(len(board.rows), 'session')} on {board.ref}")
    style = Html(_STYLE)  # guard's own text: the only one that is not escaped
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(_STYLE)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    )
    links = Links(
        {row.name: number for number, row in enumerate(board.rows, 1)},
        {(pair.a, pair.b): number for number, pair in enumerate(with_hunks(board), 1)},
    )
    sections = list(_sections(detail, links))
    body = tag(
        "body",
        tag("a", text("Skip to what needs somebody"), href="#needs", class_="skip"),
        tag("header", tag("h1", title), *_headline(board), _contents(sections)),
        tag("main", *(_section(*section) for section in sections)),
        tag("footer", tag("p", text(f"Made by guard {__version__}. Ages are those at that time."))),
    )
    return f"<!doctype html>\n{tag('html', head, Html(chr(10)), body, lang='en')}\n"


def policy(style: str) -> str:
    """Give the Content Security Policy: this style, and nothing else."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


Section = tuple[str, str, int, Html]  # id, heading, how many, content


def _sections(detail: Detail, links: Links) -> Iterator[Section]:
    board = detail.board
    needs = list(_needs(board, links))
    content = _todo(needs) if needs else tag("p", text("Nobody is needed now."))
    yield "needs", "Needs somebody", len(needs), content
    pairs = conflicting(board)
    hunks = between.hunks(board)
    yield "meets", "Who meets whom", len(pairs), Html(between.meetings(board, links) + hunks)
    ready = board.picture.order.names if board.picture and board.picture.order else ()
    yield "order", "Merge order", len(ready), between.order(board, links)
    yield "sessions", "Sessions", len(board.rows), _sessions(detail, links)
    compared = detail.compared
    overlaps = 0 if isinstance(compared, Failure) else len(placed(compared))
    yield "contracts", "Contracts that overlap", overlaps, between.contracts(compared)
    yield "stray", "Stray work", len(board.strays), between.strays(board, links)


def _section(anchor: str, heading: str, _count: int, content: Html) -> Html:
    title = tag("h2", text(heading), id=f"{anchor}-title")
    return tag("section", title, content, Html("\n"), id=anchor, aria_labelledby=f"{anchor}-title")


def _contents(sections: Sequence[Section]) -> Html:
    items = [
        tag("a", text(f"{heading} {count:,}" if count else heading), href=f"#{anchor}")
        for anchor, heading, count, _ in sections
    ]
    return tag("nav", listed(items), aria_label="On this page")


def _headline(board: Board) -> Iterator[Html]:
    counts = Counter(row.state for row in board.rows)
    items = [Html(_badge(state, f"{counts[state]} {state}")) for state in STATES if counts[state]]
    met = len([pair for pair in conflicting(board) if pair.a])
    if met:
        verb = "conflicts" if met == 1 else "conflict"
        items.append(_badge("conflict", f"{counted(met, 'pair')} {verb}"))
    yield listed(items, class_="counts")
    seen = datetime.fromtimestamp(board.now, UTC)
    when = tag("time", text(f"{seen:%Y-%m-%d %H:%M} UTC"), datetime=f"{seen:%Y-%m-%dT%H:%M:%SZ}")
    base = (name(board.ref), code(board.oid[:12]))
    yield tag("p", sentence("As of {}, on {} {}", when, *base), class_="soft")
    if board.exit_code == 2:
        why = "Not everything could be judged: what is missing here is unknown, not fine."
        yield tag("p", _badge("unknown", "incomplete"), text(f" {why}"))


def _needs(board: Board, links: Links) -> Iterator[Html]:
    """What somebody has to do, the most urgent first: a sign, what it is, and a command."""
    for file, why in board.unreadable:
        reason = why.partition("\n")[0].removeprefix(f"{file}:").strip()
        told = sentence("{}: {}", code(file), name(reason))
        yield _need("error", "error", told, "guard contract check")
    rows = [row for row in board.rows if row.needs_somebody]
    for row in rows:
        if row.state in _STOPPED:
            yield _need_of(row, links)
    for pair in conflicting(board):
        if pair.a:
            yield _need("conflict", "conflict", _talk(pair, links), "")
    for row in rows:
        if row.state not in _STOPPED:
            yield _need_of(row, links)
    for finding in board.findings:
        word = finding.severity.word
        yield _need(word, word, _said(finding), finding.next)


def _todo(needs: Sequence[Html]) -> Html:
    kept = listed(needs[:_TODO], class_="todo")
    return Html(kept + more(len(needs) - _TODO, "row", "guard status"))


def _need(kind: str, word: str, what: Html, step: str) -> Html:
    following = tag("div", command(step)) if step else NOTHING
    return Html(_badge(kind, word) + tag("div", what) + following)


def _need_of(row: Row, links: Links) -> Html:
    why = tag("div", name(row.why)) if row.why else NOTHING
    return _need(row.state, row.state, Html(links.session(row.name) + why), row.next)


def _talk(pair: Pair, links: Links) -> Html:
    paths = list(dict.fromkeys(place.conflict.path for place in pair.places))
    paths += [path for twin in pair.twins for path in (twin.a, twin.b)]
    about = joined(map(code, paths[:3]), ", ")
    if len(paths) > 3:
        about = Html(about + text(f" and {len(paths) - 3} more"))
    who = (links.session(pair.a), links.session(pair.b))
    both = links.pair(pair.a, pair.b, "both sides")
    return sentence("{} and {} must talk about {} ({})", *who, about, both)


def _sessions(detail: Detail, links: Links) -> Html:
    board = detail.board
    if not board.rows:
        return tag("p", sentence("No sessions yet: {}", command("guard start NAME --owns PATTERN")))
    heads = ("session", "state", "files", "commits", "findings", "handoff", "meets", "age", "next")
    rows = [_row(row, board, links) for row in board.rows]
    limit = board.limit
    caption = "Those that need somebody first."
    if limit.names:
        most = f"of at most {limit.most}" if limit.most else "without a limit"
        caption += f" {counted(len(limit.names), 'session')} open, {most}."
    each = [
        _each(number, row, detail.handoffs.get(row.name, ""))
        for number, row in enumerate(board.rows, 1)
    ]
    return Html(table(caption, heads, rows) + "\n".join(each))


def _row(row: Row, board: Board, links: Links) -> tuple[Html, ...]:
    party, judged = row.party, row.judged or Judged()
    goal = tag("p", name(party.goal.strip().partition("\n")[0]), class_="soft")
    files = [
        f"{judged.inside} in" if judged.inside else "",
        f"{judged.outside} out" if judged.outside else "",
        f"{len(judged.shared)} shared" if judged.shared else "",
        f"{party.edited} uncommitted" if party.edited else "",
    ]
    commits = [
        f"{party.ahead} ahead" if party.ahead > 0 else "",
        f"{party.behind} behind" if party.behind > 0 else "",
    ]
    found = Counter(finding.severity.word for finding in _findings(judged))
    meets = [_met(row.conflicts, links, "conflicts with"), _met(row.overlaps, links, "same files")]
    return (
        Html(links.session(row.name) + (goal if party.goal else NOTHING)),
        _badge(row.state, row.state),
        text(", ".join(filter(None, files))),
        text(", ".join(filter(None, commits))),
        text(", ".join(counted(count, word) for word, count in found.items())),
        text(_handoff(judged)),
        joined(filter(None, meets), "; "),
        text(age(board.now - party.active).replace(" ", "\u00a0") if party.active else ""),
        command(row.next) if row.next else NOTHING,
    )


def _met(met: Sequence[Met], links: Links, what: str) -> Html:
    known = [one.name for one in met if not one.undecided]
    unknown = len(met) - len(known)
    said = []
    if known:
        said.append(sentence(f"{what} {{}}", links.sessions_of(known)))
    if unknown:
        said.append(text(f"{unknown} not known"))
    return joined(said, "; ")


def _handoff(judged: Judged) -> str:
    runs = ""
    if judged.wanted:
        proved = judged.proved if judged.proved >= 0 else "?"
        runs = f"{proved} of {counted(judged.wanted, 'run')} proved"
    return ", ".join(filter(None, (judged.handoff, runs)))


def _each(number: int, row: Row, handoff: str) -> Html:
    """What is known of one session, folded."""
    party, judged = row.party, row.judged or Judged()
    found = _findings(judged)
    kind = ["locked" if party.locked else "", "missing" if party.missing else "", party.during]
    rows = [
        ("goal", name(party.goal) if party.goal else NOTHING),
        ("state", name(f"{row.state}: {row.why}" if row.why else row.state)),
        ("branch", code(party.branch) if party.branch else NOTHING),
        ("worktree", code(party.worktree) if party.worktree else NOTHING),
        ("it is", name(", ".join(filter(None, kind))) if any(kind) else NOTHING),
        ("head", code(party.head[:12]) if party.head else NOTHING),
        ("shared files", joined(map(code, judged.shared), ", ")),
        ("handoff", text(_handoff(judged))),
        ("next", command(row.next) if row.next else NOTHING),
    ]
    inside = [facts(rows)]
    if found:
        inside += [
            tag("h4", text("Findings")),
            listed(map(_finding, found[:_FINDINGS])),
            more(len(found) - _FINDINGS, "finding", "guard check"),
        ]
    if handoff:
        lines = _read(handoff)
        inside += [
            tag("h4", text("Handoff, as committed")),
            block(lines[:_HANDOFF]),
            more(len(lines) - _HANDOFF, "line"),
        ]
    summary = tag("summary", tag("h3", name(row.name)), text(" "), text(row.state))
    return tag("details", summary, tag("div", *inside, id=f"session-{number}"))


def _read(handoff: str) -> list[str]:
    """The lines of a handoff, without guard's own marks and the blank lines around them."""
    lines: list[str] = []
    for line in handoff.replace("\r\n", "\n").strip("\n").split("\n"):
        is_mark = line.startswith("<!-- guard: ") and line.endswith("-->")
        if not is_mark and (line or (lines and lines[-1])):
            lines.append(line)
    return lines


def _findings(judged: Judged) -> list[Finding]:
    """What was found, and at the end of a session that has a handoff, too."""
    if judged.error:
        return []
    at_end = judged.closing if judged.handoff != "missing" else ()
    return [*judged.findings, *at_end]


def _finding(finding: Finding) -> Html:
    word = finding.severity.word
    parts = [_badge(word, word), text(" "), _said(finding)]
    decided = finding.decided_by
    if decided:
        where = f"{decided.file}:{decided.line}" if decided.line else decided.file
        by = sentence("Decided by {} {}", code(where), code(decided.pattern))
        parts.append(tag("div", by, class_="soft"))
    if finding.next:
        parts.append(tag("div", command(finding.next)))
    return joined(parts)


def _said(finding: Finding) -> Html:
    what = sentence("{}: {}", text(f"{finding.code} {finding.name}"), name(finding.message))
    return sentence("{}: {}", code(finding.path), what) if finding.path else what


def _badge(kind: str, word: str) -> Html:
    return tag("span", text(word), class_=f"badge {kind}")
