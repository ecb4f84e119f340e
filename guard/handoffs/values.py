"""A handoff as values: lines with what is marked up in them, sections, and what they claim."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guard.receipts.receipt import Receipt

LARGEST = 1 << 18  # bytes of a handoff: four times what GitHub takes for a pull request's text
MOST_LINES = 20_000


class Piece(NamedTuple):
    """A stretch of text within a line. `kind` is `text`, `code` or `link`; a link has its `target`; `strong` is bold text."""

    kind: str
    text: str
    strong: bool = False
    target: str = ""


class Line(NamedTuple):
    """One line of text as a reader sees it, without Markdown's signs and without comments.

    `number` is its line in the report, from 1. `kind` is `heading`, `paragraph`, `item` (the first line of a list item), `more` (a further
    line of one), `cell` (of a table), `code` (of a fenced or indented block) or `html`. `level` is that of a heading, the depth of an item
    (from 1), the column of a cell (from 0). `outer` tells that it stands at the top of the document or, unless it is a heading, right in a
    list there; `box` is `x` or a blank for an item of a task list; `title` is the header of a cell's column, the language of a line of
    code, `header` for a cell of the header itself.
    """

    number: int
    kind: str
    pieces: tuple[Piece, ...]
    level: int = 0
    outer: bool = True
    box: str = ""
    title: str = ""

    @property
    def text(self) -> str:
        """All of the line's text, blanks trimmed."""
        return "".join(piece.text for piece in self.pieces).strip()


class Comment(NamedTuple):
    """An HTML comment: the line where it begins, and what stands between its signs, blanks trimmed."""

    number: int
    text: str


class Said(NamedTuple):
    """One section as it stands in a report: `number` is the line of its heading or label, `spans` are its first and last line of source.

    A report may have a section under two names; then both are one `Said` with two spans, and `again` lists the lines of headings that
    repeat the very name of an earlier one. `label` tells that it is bold text that begins it.
    """

    key: str
    number: int
    spans: tuple[tuple[int, int], ...]
    lines: tuple[Line, ...]
    comments: tuple[Comment, ...]
    again: tuple[int, ...] = ()
    label: bool = False


class Mark(NamedTuple):
    """What guard's own comment in a report says: whose contract, and the tree that it speaks of (an object id, "" if it names none)."""

    number: int
    contract: str
    tree: str


class Handoff(NamedTuple):
    """A report that was read: its sections by key, guard's mark if it has one, the name that its title gives, and its last line of text."""

    sections: Mapping[str, Said]
    mark: Mark | None
    title: str = ""
    title_line: int = 1
    last: int = 1
    text: str = ""


class Given(NamedTuple):
    """What is given to judge the end of a session by, besides what the repository holds; None where nothing is.

    `text` is a handoff, as bytes, that counts instead of the branch's, and that findings call `file` ("": by no name). `body` is the text
    of a pull request: it counts where the branch has no handoff, if it is one. `reruns` are receipts that count instead of those that were
    kept. `afar` tells that the commands ran elsewhere, where their receipts are; `trial` that the head is a merge queue's trial, whose tree
    is not the branch's.
    """

    text: bytes | None = None
    file: str = ""
    body: bytes | None = None
    reruns: tuple[Receipt, ...] | None = None
    afar: bool = False
    trial: bool = False


class Left(NamedTuple):
    """What a session left: its handoff, or why it cannot be read.

    `file` is where it stands in the repository, "" for a text from elsewhere (a pull request's); `source` is `branch`, `working-tree` or
    `given`. `handoff` is None where `trouble` tells, with a line, what keeps it from being read. `speaks_of` is the tree that it is about,
    without the handoff itself ("": that cannot be told, and `untold` says why, or its mark names none); `since` are paths that changed
    after that, where that can be told. `edited` tells that it is not as it was committed.
    """

    file: str
    source: str
    handoff: Handoff | None = None
    trouble: str = ""
    line: int = 0
    speaks_of: str = ""
    since: tuple[str, ...] = ()
    untold: str = ""
    edited: bool = False


class Command(NamedTuple):
    """A command that a report claims was run.

    `outcome` is `passed`, `failed` or "" where the report does not say; `sure` tells that the text can be nothing else: code, and not a
    line of prose.
    """

    text: str
    number: int
    outcome: str
    sure: bool


class Mention(NamedTuple):
    """Something in `Files changed` that may be a path.

    `lead` tells that it stands where a changed file is named, not where the change is explained; `marked` that it is code, a link, quoted
    or bold. `within` are folders named around it, for a path that is written from there; `label` tells that it is such a folder itself, if
    it is one. `whole` are all the words that it stands among, and `at` tells where in them it begins, for a name with blanks in it.
    """

    text: str
    number: int
    lead: bool
    marked: bool
    within: tuple[str, ...] = ()
    label: bool = False
    whole: str = ""
    at: int = 0
