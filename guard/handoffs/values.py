"""A handoff as values: its lines, its sections, and the claims in them."""

from __future__ import annotations

from itertools import groupby

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guard.receipts.receipt import Receipt

LARGEST = 1 << 18  # bytes of a handoff; GitHub takes a quarter of it as a pull request's text
MOST_LINES = 20_000


class Piece(NamedTuple):
    """A stretch of text in a line. `kind` is `text`, `code` or `link`; a link has a `target`."""

    kind: str
    text: str
    strong: bool = False
    target: str = ""


class Line(NamedTuple):
    """A line as a reader sees it, without Markdown's signs and comments.

    `number` is its line in the source, from 1. `kind` is `heading`, `paragraph`, `item` (the first
    line of a list item), `more` (a further line of one), `cell` (of a table), `code` (of a block)
    or `html`. `level` is the level of a heading, the depth of an item from 1 or of code in it, or
    the column of a cell from 0. `outer` tells that the line is at the top of the document or,
    unless it is a heading, directly in a list there. `box` is `x` or a blank for an item of a task
    list. `title` is the header of a cell's column (`header` for a header cell) or the language of
    code.
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
        """The text of all pieces, without blanks at its ends."""
        return "".join(piece.text for piece in self.pieces).strip()


def together(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Yield the lines of a row and of a block of code together, all others one by one."""

    def key(pair: tuple[int, Line]) -> tuple[str, int]:
        at, line = pair
        if line.kind == "code":
            return f"code {line.title}", line.number - at
        return (line.kind, line.number) if line.kind == "cell" else ("", at)

    for _, group in groupby(enumerate(lines), key):
        yield tuple(line for _, line in group)


class Comment(NamedTuple):
    """An HTML comment: the number of its first line, and its trimmed text."""

    number: int
    text: str


class Said(NamedTuple):
    """One section of a handoff.

    `number` is the line of its heading or label, and `title` what that says. `spans` are its first
    and last source lines: more than one pair if the section appears again. `label` tells that the
    section begins in the middle of a line.
    """

    key: str
    number: int
    spans: tuple[tuple[int, int], ...]
    lines: tuple[Line, ...]
    comments: tuple[Comment, ...]
    label: bool = False
    title: str = ""


class Mark(NamedTuple):
    """guard's own comment in a handoff: the contract, and the fingerprint of the change.

    An older one has the object id of a tree instead. Both are "" if they are not there.
    """

    number: int
    contract: str
    change: str = ""
    tree: str = ""


class Handoff(NamedTuple):
    """A handoff that was read: sections by key, guard's mark, the contract's name in its title.

    `last` is its last line with text.
    """

    sections: Mapping[str, Said]
    mark: Mark | None
    title: str = ""
    title_line: int = 1
    last: int = 1
    text: str = ""

    @property
    def source(self) -> list[str]:
        """The lines of the text."""
        return self.text.replace("\r\n", "\n").removesuffix("\n").split("\n")


class Given(NamedTuple):
    """Input for the end of a session that the repository does not hold; None for what is absent.

    `text` is a handoff that replaces the branch's; findings call it `file`. `body` is the text of
    a pull request: if it is a handoff, it counts where the branch has none. `reruns` are receipts
    that replace the stored ones. `afar` tells that the commands ran on another machine, which has
    the receipts; `trial` that the head is a merge queue's trial, whose tree is not the branch's.
    """

    text: bytes | None = None
    file: str = ""
    body: bytes | None = None
    reruns: tuple[Receipt, ...] | None = None
    afar: bool = False
    trial: bool = False


class Left(NamedTuple):
    """The handoff that a session left, or why it cannot be read.

    `file` is its path in the repository, "" for a text from elsewhere; `source` is `branch`,
    `working-tree` or `given`. Without a `handoff`, `trouble` and `line` say why. `speaks_of` is the
    fingerprint of the change that it describes, "" if there is none; `untold` says why that is
    unknown. `as_now` tells that it describes the files as they are, whatever their fingerprint.
    `then` has the mode and object id of each path of the change that it describes, where they are
    known. `edited` tells that the file differs from the committed one. `landed` has the same of
    listed paths that did not change, and that head and base have alike.
    """

    file: str
    source: str
    handoff: Handoff | None = None
    trouble: str = ""
    line: int = 0
    speaks_of: str = ""
    as_now: bool = False
    then: Mapping[str, tuple[str, str]] | None = None
    untold: str = ""
    edited: bool = False
    landed: Mapping[str, tuple[str, str]] = {}


class Command(NamedTuple):
    """A command that a handoff reports.

    `outcome` is `passed`, `failed` or "" if the handoff does not state it; `tests` is the number of
    tests that passed, 0 if it does not say. `sure` tells that the text can only be a command.
    """

    text: str
    number: int
    outcome: str
    sure: bool
    tests: int = 0


class Name(NamedTuple):
    """What may be a path. `marked` tells that it is code, a link, quoted or bold.

    `rest` is the text from there on, for names with blanks. Unless `sure`, a word follows it, so it
    may belong to a sentence. `before` tells that it is a label if a path follows it.
    """

    text: str
    marked: bool = False
    rest: str = ""
    sure: bool = True
    before: bool = False


class Entry(NamedTuple):
    """A line of `Files changed`.

    `names` are what it begins with, more than one if commas join them; `words` is everything in it.
    `status` is what it says happened, in git's words: `added`, `deleted`, `modified`, `renamed`. A
    path that is `same` did not change. `within` are the folders named around it, to which its names
    may be relative; `label` tells that it may be such a folder itself.
    """

    number: int
    names: tuple[Name, ...]
    words: tuple[str, ...] = ()
    status: str = ""
    same: bool = False
    within: tuple[str, ...] = ()
    label: bool = False
