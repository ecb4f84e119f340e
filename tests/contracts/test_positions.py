"""The scanner finds what tomli reads, where it stands."""

from __future__ import annotations

import string
import time
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.contracts.positions import line_of, position_inside, positions

Path = tuple[str | int, ...]


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        pytest.param("a = 1", ("a",), (1, 1), id="bare key"),
        pytest.param("\n\n  a-b_9 = 1", ("a-b_9",), (3, 3), id="indented"),
        pytest.param("\t\ta = 1", ("a",), (1, 3), id="tabs count one column"),
        pytest.param('"a b" = 1', ("a b",), (1, 1), id="basic key"),
        pytest.param('"a\\u00e9\\"" = 1', ('aé"',), (1, 1), id="escapes in a key"),
        pytest.param("'a\\b' = 1", ("a\\b",), (1, 1), id="literal key"),
        pytest.param('"" = 1\nb = 2', ("b",), (2, 1), id="empty key"),
        pytest.param("a . 'b' .\"c\" = 1", ("a", "b", "c"), (1, 10), id="dotted key with blanks"),
        pytest.param(
            "a.b = 1\na.c = 2", ("a",), (1, 1), id="a dotted table stands where it is first named"
        ),
        pytest.param("# a = 1\nb = 2 # a = 3\na = 4", ("a",), (3, 1), id="comments"),
        pytest.param("a = '#'\nb = 2", ("b",), (2, 1), id="a hash in a string"),
        pytest.param("[t]\na = 1", ("t", "a"), (2, 1), id="table"),
        pytest.param("[ t . 'u v' ] # no\na = 1", ("t", "u v"), (1, 7), id="blanks in a header"),
        pytest.param("[t.u]\na = 1\n[t]\nb = 1", ("t",), (1, 2), id="implicit table"),
        pytest.param("[[w]]\na = 1\n[[w]]\na = 2", ("w", 1, "a"), (4, 1), id="array of tables"),
        pytest.param(
            "[[w]]\na = 1\n[[w]]\na = 2", ("w", 1), (3, 3), id="an element stands at its header"
        ),
        pytest.param(
            "[[w]]\n[[w.x]]\n[[w]]\n[[w.x]]\na = 1",
            ("w", 1, "x", 0, "a"),
            (5, 1),
            id="nested arrays of tables",
        ),
        pytest.param(
            "[[w]]\n[w.x]\na = 1", ("w", 0, "x", "a"), (3, 1), id="table in an array of tables"
        ),
        pytest.param("a = ['x', 'y']", ("a", 1), (1, 11), id="array element"),
        pytest.param(
            "a = [ # one\n  'x', # 'z'\n\n  'y', ]\nb = 1", ("a", 1), (4, 3), id="array over lines"
        ),
        pytest.param("a = [[1], [], [2, 3]]", ("a", 2, 1), (1, 19), id="nested arrays"),
        pytest.param("a = []\nb = 1", ("b",), (2, 1), id="empty array"),
        pytest.param(
            "a = {b = 1, c.d = [2]}\ne = 1", ("a", "c", "d", 0), (1, 20), id="inline table"
        ),
        pytest.param(
            "a = {\n  b = 1, # x\n  c = 2,\n}\ne = 1",
            ("a", "c"),
            (3, 3),
            id="inline table over lines",
        ),
        pytest.param("a = {}\nb = 1", ("b",), (2, 1), id="empty inline table"),
        pytest.param(
            'a = """\n"x" ""\\"" """"\nb = 1', ("b",), (3, 1), id="quotes in a multi-line string"
        ),
        pytest.param(
            'a = """x"""""\nb = 1', ("b",), (2, 1), id="two quotes before the closing three"
        ),
        pytest.param(
            "a = '''\n[b]\n''\n'''''\nb = 1", ("b",), (5, 1), id="multi-line literal string"
        ),
        pytest.param('a = "\\\\"\nb = 1', ("b",), (2, 1), id="backslash before the closing quote"),
        pytest.param("a = 2026-12-31 10:00\nb = 1", ("b",), (2, 1), id="a date with a blank"),
        pytest.param("a = ['x',\r\n 'y']\r\nb = 1\r\n", ("a", 1), (2, 2), id="CRLF"),
        pytest.param(
            "a = ['é', '\U0001f600', 'y']", ("a", 2), (1, 16), id="columns are characters"
        ),
    ],
)
def test_place(text: str, path: Path, place: tuple[int, int]) -> None:
    """A key or element is found at its line and column, whatever stands around it."""
    tomli.loads(text)
    assert positions(text)[path] == place
    assert line_of(text, *path) == place[0]


def test_unknown_path() -> None:
    """A path that the document does not have is on line 0."""
    assert line_of("a = 1", "b") == 0
    assert line_of("", "b") == 0
    with pytest.raises(KeyError):
        position_inside("a = 1", ("b",), 0)


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        pytest.param("a = 'x*y'", 1, (1, 7), id="literal"),
        pytest.param('a = "x*y"', 1, (1, 7), id="basic"),
        pytest.param('a = "\\t\\u002a\\x2a\\U0000002A!"', 4, (1, 28), id="escapes"),
        pytest.param('a = """\nx\n!"""', 2, (3, 1), id="multi-line"),
        pytest.param('a = """x\\  \n\n  !"""', 1, (3, 3), id="line continuation"),
        pytest.param("a = '''\r\nx\r\n!'''", 2, (3, 1), id="multi-line literal with CRLF"),
        pytest.param("a = 'x'", 1, (1, 7), id="behind the last character"),
        pytest.param("a = ''", 5, (1, 6), id="empty string"),
        pytest.param("a = 12", 1, (1, 5), id="not a string"),
    ],
)
def test_position_inside(text: str, offset: int, place: tuple[int, int]) -> None:
    """A character of a value is found where it is written, escapes and all."""
    assert position_inside(text, ("a",), offset) == place


def test_long_documents() -> None:
    """A megabyte of anything takes a few seconds at most, deep nesting included."""
    documents = [
        "a = [" + '"x",' * 100_000 + "]",
        'a = "' + "\\n" * 300_000 + '"',
        'a = """' + "\\\n" * 300_000 + '"""',
        "[[w]]\n" * 100_000,
        "a = " + "[" * 399 + "]" * 399,
        "a = " + "{a=" * 399 + "1" + "}" * 399,
    ]
    for text in documents:
        tomli.loads(text)
        started = time.process_time()
        assert positions(text)
        assert time.process_time() - started < 10


# A document is drawn as a tree and written in a random style: a value can be an inline table, a
# table or dotted keys.
_CHARS = st.sampled_from("abz09_- .#=[]{}\"'\\,\t\né\U0001f600")
_BARE = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=4)
_KEYS = _BARE | st.text(_CHARS, max_size=4)
_SCALARS = (
    st.text(_CHARS, max_size=8)
    | st.integers()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | st.times()
)
_TREES = st.dictionaries(
    _KEYS,
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@settings(max_examples=150)
@given(st.data(), _TREES)
def test_finds_what_tomli_reads(data: st.DataObject, tree: dict[str, object]) -> None:
    """In any document the scanner finds the paths of tomli, and each place holds key or element."""
    text = Writer(data).document(tree)
    loaded = tomli.loads(text)
    found = positions(text)
    assert set(found) == set(_paths(loaded))
    lines = text.replace("\r\n", "\n").split("\n")
    for path, (line, column) in found.items():
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert _starts_with(rest, path, loaded), (path, rest)


@settings(max_examples=200)
@given(st.data(), st.text(_CHARS, min_size=1, max_size=12))
def test_finds_each_character(data: st.DataObject, value: str) -> None:
    """A string of any kind, cut at the place of a character, holds the characters from there on."""
    text = "a = " + Writer(data).string(value)
    assert tomli.loads(text)["a"] == value
    quote = text[4:7] if text[4:7] in ('"""', "'''") else text[4]
    source = text.replace("\r\n", "\n").split("\n")
    for offset in range(len(value)):
        line, column = position_inside(text, ("a",), offset)
        rest = "\n".join([source[line - 1][column - 1 :], *source[line:]])
        newline = "\n" if len(quote) == 3 else ""
        assert tomli.loads(f"a = {quote}{newline}{rest}")["a"] == value[offset:]


class Writer:
    """Writes a tree as TOML, in a style that is drawn at every turn."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.newline = data.draw(st.sampled_from(["\n", "\r\n"]))

    def draw(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def document(self, tree: dict[str, object]) -> str:
        """Plain keys first, then what is written as tables: TOML has no way back to the top."""
        headers = [key for key, value in tree.items() if self.has_header(value)]
        text = "".join(self.pair(key, value) for key, value in tree.items() if key not in headers)
        for key in headers:
            text += self.table(self.key(key), tree[key])
        return text

    def has_header(self, value: object) -> bool:
        tables = isinstance(value, dict) or (
            isinstance(value, list)
            and bool(value)
            and all(isinstance(item, dict) for item in value)
        )
        return tables and self.data.draw(st.booleans())

    def table(self, name: str, value: object) -> str:
        if isinstance(value, list):
            return "".join(f"[[{name}]]{self.end()}{self.body(name, item)}" for item in value)
        assert isinstance(value, dict)
        return (
            f"[{self.draw('', ' ')}{name}{self.draw('', ' ')}]{self.end()}{self.body(name, value)}"
        )

    def body(self, name: str, tree: dict[str, object]) -> str:
        headers = [key for key, value in tree.items() if self.has_header(value)]
        text = "".join(self.pair(key, value) for key, value in tree.items() if key not in headers)
        return text + "".join(
            self.table(f"{name}{self.draw('.', ' . ')}{self.key(key)}", tree[key])
            for key in headers
        )

    def pair(self, key: str, value: object) -> str:
        start = self.draw("", " ", "\t", self.newline, f"# ['\"{self.newline}")
        if isinstance(value, dict) and value and self.data.draw(st.booleans()):
            return start + "".join(self.pair_in(self.key(key), *item) for item in value.items())
        return f"{start}{self.key(key)}{self.draw('=', ' = ')}{self.value(value)}{self.end()}"

    def pair_in(self, name: str, key: str, value: object) -> str:
        return f"{name}{self.draw('.', ' . ')}{self.key(key)} = {self.value(value)}{self.end()}"

    def end(self) -> str:
        return self.draw("", " ", " # x = [1", "\t#") + self.newline

    def key(self, key: str) -> str:
        if (
            key
            and set(key) <= set(string.ascii_letters + string.digits + "-_")
            and self.data.draw(st.booleans())
        ):
            return key
        return self.string(key, multiline=False)

    def value(self, value: object) -> str:
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list):
            return self.inside("[", [self.value(item) for item in value], "]")
        if isinstance(value, dict):
            return self.inside(
                "{", [f"{self.key(key)} = {self.value(item)}" for key, item in value.items()], "}"
            )
        return str(value)

    def inside(self, begin: str, items: list[str], end: str) -> str:
        gap = self.draw("", " ", self.newline, f' # ]}}"{self.newline}\t')
        comma = self.draw("", ",") if items else ""
        return f"{begin}{gap}{f'{gap},{gap}'.join(items)}{comma}{gap}{end}"

    def string(self, value: str, *, multiline: bool = True) -> str:
        kind = self.draw('"', "'", '"""', "'''") if multiline else self.draw('"', "'")
        literal = {
            "'": "'" not in value and "\n" not in value,
            "'''": "''" not in value and not value.endswith("'"),
        }
        if literal.get(kind):
            return (
                kind
                + (self.newline if len(kind) == 3 else "")
                + value.replace("\n", self.newline)
                + kind
            )
        kind = kind.replace("'", '"')
        body = "".join(self.character(char, kind) for char in value)
        return kind + (self.newline if len(kind) == 3 else "") + body + kind

    def character(self, char: str, kind: str) -> str:
        escaped = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(char, char)
        if len(kind) == 3 and char == "\n":
            escaped = self.draw("\\n", self.newline)
        if len(kind) == 3 and self.data.draw(st.booleans()):
            escaped = f"\\{self.newline}\t{escaped}" if char not in " \n" else escaped
        code = ord(char)
        return self.draw(
            escaped, escaped, f"\\U{code:08x}", f"\\u{code:04x}" if code < 0x10000 else escaped
        )


def _paths(value: object, path: Path = ()) -> list[Path]:
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [each for key, item in value.items() for each in _paths(item, (*path, key))]
    if isinstance(value, list):
        return here + [
            each for index, item in enumerate(value) for each in _paths(item, (*path, index))
        ]
    return here


def _starts_with(rest: str, path: Path, loaded: object) -> bool:
    """Read the text from a place on as a key or an element, and compare it with tomli's value."""
    value: Any = loaded
    for step in path:
        value = value[step]
    if isinstance(path[-1], str):
        return _first_key(rest) == path[-1]
    if isinstance(value, dict) and not rest.startswith("{"):
        return _first_key(rest) == path[-2]
    return bool(_first_value(rest) == value)


def _first_key(rest: str) -> object:
    for end in range(1, len(rest) + 1):
        if end == len(rest) or rest[end] in "=.] \t":
            try:
                return next(iter(tomli.loads(rest[:end] + "=1")))
            except tomli.TOMLDecodeError:
                continue
    return None


def _first_value(rest: str) -> object:
    for end in range(1, len(rest) + 1):
        if end == len(rest) or rest[end] in ",]}\n#":
            try:
                return tomli.loads("a = " + rest[:end])["a"]
            except tomli.TOMLDecodeError:
                continue
    return None
