"""A settings file as nodes: what encloses what, in YAML, JSON, TOML, a Jenkinsfile or a script.

No library reads all of them, and a comparison needs no more than keys, texts and their nesting. A
text that cannot be read has no nodes below the root.
"""

from __future__ import annotations

import json
import re

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Node(NamedTuple):
    """A part of a file, and the number of the node that encloses it (-1: none).

    `key` is a mapping's key or a block's head; `-` is an element of a list, "" a line or statement.
    """

    parent: int
    key: str
    text: str

    @property
    def shown(self) -> str:
        """The node as a line to show."""
        if self.key == "-":
            return f"- {self.text}"
        return f"{self.key}: {self.text}".rstrip() if self.key else self.text


_ROOT = Node(-1, "", "")
# In JSON with comments (lefthook, Gemini CLI) what is no JSON: comments, and a comma at the end.
_MORE_THAN_JSON = re.compile(
    r'("(?:[^"\\]|\\.)*(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*[}\]])', re.DOTALL
)
_ITEM = re.compile(r"-(?:\s+|$)")
# The value is the indented lines below (YAML 1.2, 8.1).
_BLOCK = re.compile(r"(?:[&!]\S+\s+)*[|>][-+0-9]*")
_GROOVY = re.compile(
    r"'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)|/\*.*?(?:\*/|\Z)|//[^\n]*"
    r"|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\\?\Z)|\"(?:\\.|[^\"\\\n])*(?:\"|(?=\n)|\\?\Z)|[{}\n;]",
    re.DOTALL,
)


def nodes_of(path: str, content: bytes) -> list[Node]:
    """Give the nodes of a file, each after the one that encloses it; the first is the file."""
    text = content.decode("utf-8", "surrogateescape")
    nodes = [_ROOT]
    if path.endswith((".json", ".jsonc")) or text.lstrip().startswith("{"):
        nodes += _json(text)
    elif path.endswith(".toml"):
        nodes += _toml(text)
    elif path.endswith((".yml", ".yaml")):
        nodes += _yaml(text)
    elif path.endswith("Jenkinsfile"):
        nodes += _groovy(text)
    else:
        nodes += _script(text)
    return nodes


def _script(text: str) -> Iterator[Node]:
    for number, line in enumerate(_lines(text)):
        plain = line.strip()
        if plain and (not plain.startswith(("#", "//")) or (not number and plain[:2] == "#!")):
            yield Node(0, "", plain)


def _lines(text: str) -> Iterator[str]:
    """Lines; one that goes on behind a backslash is joined (POSIX, Shell Command Language, 2.2.1).

    A form feed ends no line, a comment does not go on. Where a word is broken in two, the backslash
    stays, at the end of the whole.
    """
    parts: list[str] = []
    mark = ""
    for line in text.split("\n"):
        body = line.rstrip("\\")
        if (len(line) - len(body)) % 2 and "#" not in body:
            mark = mark if body[-1:].isspace() and body == line[:-1] else "\\"
            parts.append(line[:-1])
            continue
        yield "".join([*parts, line, mark])
        parts, mark = [], ""
    if parts:
        yield "".join([*parts, "\\"])


def _json(text: str) -> list[Node]:
    try:
        return _of_value(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        value = json.loads(_MORE_THAN_JSON.sub(r"\1", text))
        # A program that reads plain JSON alone does not read this file.
        return [*_of_value(value), Node(0, "hooks in plain JSON", "false")]
    except (ValueError, RecursionError):
        return []


def _toml(text: str) -> list[Node]:
    import tomli  # few of these files are TOML

    try:
        return _of_value(tomli.loads(text))
    except (ValueError, RecursionError):
        return []


def _of_value(value: object) -> list[Node]:
    found: list[Node] = []

    def add(parent: int, key: str, inner: object) -> None:
        number = len(found) + 1
        if isinstance(inner, dict) and inner:
            found.append(Node(parent, key, ""))
            for name, one in inner.items():
                add(number, name, one)
        elif isinstance(inner, list) and inner:
            found.append(Node(parent, key, ""))
            for one in inner:
                add(number, "-", one)
        else:
            plain = isinstance(inner, str)
            found.append(Node(parent, key, str(inner) if plain else json.dumps(inner, default=str)))

    for name, one in value.items() if isinstance(value, dict) else ():
        add(0, name, one)
    return found


class _Outline:
    """Nodes by their columns: what stands further in lies in what stands before it."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._around = [(-1, 0)]  # the open nodes: column, number
        self._begun = False

    def add(self, column: int, key: str, text: str) -> None:
        """Add a node; an element of a list may stand under its key, or further in."""
        while self._around[-1][0] >= column and not (key == "-" and self._has_key_at(column)):
            self._around.pop()
        self.nodes.append(Node(self._around[-1][1], key, text))
        self._around.append((column, len(self.nodes)))

    def fill(self, column: int, text: str) -> None:
        """Add a text without a key: that of the last node, or a line further in."""
        if self.nodes and self.nodes[-1].key == "-" and not self.nodes[-1].text:
            self.nodes[-1] = self.nodes[-1]._replace(text=text)
        else:
            self.add(column, "", text)

    def end_document(self) -> None:
        """Begin another document; the first mark may begin the first. One may be empty."""
        if self.nodes or self._begun:
            self.nodes.append(Node(0, "---", ""))
        self._begun = True
        self._around = [(-1, len(self.nodes))]

    def _has_key_at(self, column: int) -> bool:
        at, number = self._around[-1]
        return at == column and self.nodes[number - 1].key != "-"


def _yaml(text: str) -> list[Node]:
    """Read by indentation; a collection in `{}` or `[]` is one text, a document a node."""
    outline, block = _Outline(), -1  # the column that the lines of a block lie behind
    for line in _lines(text):
        body = line.strip()
        column = len(line) - len(line.lstrip())
        if not body or body.startswith("#"):
            continue
        if -1 < block < column:
            outline.add(column=1 << 30, key="", text=body)
            continue
        block = -1
        if line.startswith(("---", "...")):
            outline.end_document()
            continue
        start = 0
        while item := _ITEM.match(body, start):
            block = column + start
            outline.add(block, "-", "")
            start = item.end()
        column, body = column + start, body[start:]
        key, value = _key_of(body)
        value = _without_comment(value)
        if value[:1] in ("'", '"') and value.count(value[0]) % 2:
            outline.nodes.append(Node(0, "a quotation over several lines", value))
        if key:
            outline.add(column, key, value)
            block = column
        elif value:
            outline.fill(column, value)
        if not _BLOCK.fullmatch(value):
            block = -1
    return outline.nodes


def _key_of(body: str) -> tuple[str, str]:
    """The key of a line of YAML ("": it has none), and what follows.

    A key of its own line (`? key`, YAML 1.2, 8.2.2) is a text below the key `?`.
    """
    if body.startswith("? "):
        return "?", body[2:].strip()
    if body[:1] in ("'", '"'):
        key, _, rest = body[1:].partition(body[:1])
        return (key, rest[1:].strip()) if key and rest[:1] == ":" else ("", body)
    found = re.search(r":(?=\s|$)", body)
    if not found or body[:1] in "{[#|>@`%*!&":
        return "", body
    return body[: found.start()].rstrip(), body[found.end() :].strip()


def _without_comment(value: str) -> str:
    """A value without quotes around it, and without the comment behind it."""
    start = value.find(" #")
    before = value[:start]
    if start >= 0 and before.count('"') % 2 == before.count("'") % 2 == 0:
        value = before.rstrip()
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


def _groovy(text: str) -> list[Node]:
    """A Jenkinsfile: blocks in braces, and statements that end with the line or a semicolon."""
    found: list[Node] = []
    around, words, start = [0], "", 0
    for match in _GROOVY.finditer(text):
        words += text[start : match.start()]
        start, mark = match.end(), match[0]
        if mark.startswith(("//", "/*")):
            continue
        if mark not in "{}\n;":
            words += mark
            continue
        words = " ".join(words.split())
        if mark == "{":
            found.append(Node(around[-1], words or "{", ""))
            around.append(len(found))
        elif words:
            found.append(Node(around[-1], "", words))
        if mark == "}" and len(around) > 1:
            around.pop()
        words = ""
    return found
