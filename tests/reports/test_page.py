"""The page of `guard status --html`: nothing in it acts, and everything is told."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.names import show
from guard.reports.html import text
from guard.reports.page import render
from guard.rules.board import Board, Detail, Limit
from guard.rules.findings import Failure
from tests.reports.boards import NAMES, PATHS, detail, without_contracts
from tests.reports.strategies import texts

ATTRIBUTES = {
    *"aria-label aria-labelledby charset class content data-head datetime dir href".split(),
    *"http-equiv id lang name open role scope tabindex".split(),
    *"height rx text-anchor viewbox width x y".split(),
}
HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style></bdi></code><img src=x onerror=alert(1)>",
    "\" onfocus=alert(1) autofocus x='",
    "<!--",
    "]]><svg onload=alert(1)>",
    "&lt;b&gt;&#60;",
    "\u202e\u05d0\u05d1\u2066 \x1b[2J\x00\x85\u2028",
    "{} {0} {name}",
    "##[error]x",
    "\udcff\ud800",
    "long" * 80,
]


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text; every tag is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.seen.append((tag, tuple(key for key, _ in attrs)))
        self.values += [(f"{tag} {key}", value or "") for key, value in attrs]
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that it ends what began last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text of the innermost tag."""
        self.text.setdefault(self._open[-1] if self._open else "", []).append(data)

    def handle_comment(self, data: str) -> None:
        """Find none."""
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_comment

    def of(self, place: str) -> list[str]:
        """The values of an attribute, given as `tag attribute`."""
        return [value for key, value in self.values if key == place]


def chosen(values: Sequence[str], prefix: str) -> Callable[[int], str]:
    """Give one of the values, made unlike the others."""
    return lambda number: f"{prefix}{number}{values[number % len(values)]}"


def made(values: Sequence[str]) -> Detail:
    """A board whose names and paths are these."""
    return detail(chosen(values, "n"), chosen(values, "p"))


PLAIN = Tags(render(made(["x"])))


@settings(max_examples=15)
@given(st.lists(texts, min_size=1, max_size=5))
def test_no_name_is_markup(values: list[str]) -> None:
    """Whatever names, paths, messages and goals are, the tags are those of plain ones."""
    page = render(made(values))
    assert Tags(page).seen == PLAIN.seen
    assert "##" not in page.partition("</style>")[2]
    page.encode()


def test_hostile_names_are_text() -> None:
    """Each is shown as the terminal shows it, apart from its neighbours; nothing hidden is left."""
    page = render(made(HOSTILE))
    tags = Tags(page)
    assert tags.seen == PLAIN.seen
    for number in range(NAMES):
        assert show(chosen(HOSTILE, "n")(number)).replace("#\\x23", "##") in tags.text["bdi"]
    for number in range(PATHS):
        path = show(chosen(HOSTILE, "p")(number)).replace("#\\x23", "##")
        assert any(path in one for one in tags.text["code"] + tags.text["bdi"]), path
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e\u2066-\u2069]", page)


def test_the_policy_lets_nothing_in() -> None:
    """The style has the hash of the policy; nothing is run, loaded or linked."""
    tags = Tags(render(made(HOSTILE)))
    (style,) = tags.text["style"]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert policy in tags.of("meta content")
    assert not re.search(r"url\(|@import|expression|</", style)
    assert {key for _, keys in tags.seen for key in keys} <= ATTRIBUTES
    assert {"script", "img", "iframe", "object", "form", "link", "base"}.isdisjoint(
        tag for tag, _ in tags.seen
    )
    anchors = set(tags.of("div id") + tags.of("section id"))
    assert {link[0] for link in tags.of("a href")} == {"#"}
    assert {link[1:] for link in tags.of("a href")} <= anchors


def test_everything_is_told() -> None:
    """Each part of a board is on the page: who, why, what to type, hunks, order and witnesses."""
    page = render(made(["x"]))
    for words in (
        "12 sessions on p4x",
        "As of <time",
        "incomplete",
        "must talk about",
        "git cannot merge the two",
        "In this order all merge cleanly (the largest set of which no two conflict):",
        "rebases once",
        "conflict only together",
        "src/a/x.py",
        "add &quot;/src/a/&quot; to forbids in web",
        "not known: a pattern is too complex",
        "lines 3-9",
        "deleted after line 3",
        "are one name on macOS and Windows",
        "4 sessions open, of at most 3.",
        "? of 2 runs proved",
        "n1x</bdi> changed it, <bdi>n0x</bdi> deleted it.",
        '<span class="removed">-p0x</span>\n<span class="added">+p1x</span>\n \tp2x',
        "</pre>",
    ):
        assert words in page, words
    failed = render(without_contracts(made(["x"]), "no base"))
    assert "The contracts could not be compared: <bdi>no base</bdi>" in failed


def test_nothing_to_do_is_said() -> None:
    """An empty board says so; a board that is not whole says that it is not."""
    board = Board("main", "1" * 40, (), 0, Limit())
    page = render(Detail(board, Failure("x", "")))
    for words in ("0 sessions on main", "Nobody is needed now.", "No sessions yet:", "incomplete"):
        assert words in page


def test_a_page_has_an_end() -> None:
    """Of many long conflicts some are left out, with a note, and no link leads nowhere."""
    made_of = made(["x"])
    picture = made_of.board.picture
    assert picture
    pair = picture.pairs[0]
    long = pair.places[0]._replace(patches=("--- a\n+++ b\n" + "+x\n" * 900,) * 2)
    names = [f"s{number}" for number in range(60)]
    pairs = [pair._replace(a=names[0], b=name, places=(long,)) for name in names[1:]]
    row = made_of.board.rows[0]
    rows = [row._replace(party=row.party._replace(name=name, places=())) for name in names]
    picture = picture._replace(pairs=tuple(pairs), order=None)
    board = made_of.board._replace(rows=tuple(rows), picture=picture)
    page = render(made_of._replace(board=board))
    assert page.count("And 600 more lines") == 2 * 34
    assert "And 25 more pairs: " in page
    tags = Tags(page)
    assert {link[1:] for link in tags.of("a href")} <= {*tags.of("div id"), *tags.of("section id")}


def test_text_is_escaped_once() -> None:
    """The one function for text leaves no character that markup or a CI system would take."""
    assert text("a&<>\"'##[x]\n\u202e") == "a&amp;&lt;&gt;&quot;&#39;&#35;&#35;[x]\\n\\u202e"
