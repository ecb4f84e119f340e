"""Which changed paths the handoff lists, which it leaves out, and what else it lists."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guard.core.names import show
from guard.handoffs.paths import mentions
from guard.handoffs.values import Mention, Said
from guard.patterns import PatternError, PatternSet
from guard.rules.facts import Facts
from guard.rules.survey import as_asked, gitlinks

_MOST_PARTS = 20  # of a branch's name in an address
_MOST_BRACES = 100  # paths that `{a,b}` may stand for
# A word without a slash that ends like this is taken for the name of a file.
_ENDINGS = frozenset(
    "adoc astro bash bat bazel bib bzl c cc cfg cjs cmake cmd conf cpp cs csproj css csv cts cxx "
    "dart diff dockerfile el env erb erl ex exs fish fs gif go gradle graphql groovy h hbs hcl "
    "heex hh hpp hs html htm hxx ico ini ipynb java jl jpeg jpg js json json5 jsonc jsonl jsx kt "
    "kts less lhs lisp lock log lua m md mdx mjs mk ml mli mm mod mp3 mp4 mts nim nix org patch "
    "pbxproj pdf php pl plist png po prisma properties proto ps1 psd pug py pyi pyx r rake rb resx "
    "rkt rs rst sass sbt scala scm scss sh sln snap sol sql storyboard styl sum svelte svg swift "
    "tcl tex tf tfvars toml ts tsv tsx ttf txt vb vim vue wasm webp wgsl woff woff2 xaml xcconfig "
    "xib xml xsd yaml yml zig zip zsh".split()
)
_CLASS = re.compile(r"\[[^\]]+\]")  # of characters, in a pattern
_PRODUCTS = (".js", ".net", ".io", ".ai")  # `Node.js` and the like, written with a capital
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Extra(NamedTuple):
    """Something listed that did not change: its text, its line in the report, and the problem."""

    text: str
    number: int
    why: str


class Listed(NamedTuple):
    """What a handoff lists: the line that names each changed path (0 for none), and what else."""

    lines: Mapping[str, int]
    extra: tuple[Extra, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The changed paths that are not listed."""
        return tuple(path for path, line in self.lines.items() if not line)


def listed(facts: Facts, said: Said) -> Listed:
    """Compare `Files changed` with the change set; the session's own files need not be listed."""
    found: dict[str, int] = dict.fromkeys(unlisted(facts), 0)
    book = _Book(facts)
    extra: dict[tuple[str, int], Extra] = {}
    for mention in mentions(said.lines):
        meant = book.meant(mention)
        for path in meant.paths:
            if not found.get(path, 1):
                found[path] = mention.number
        if meant.why:
            key = (mention.text, mention.number)
            extra.setdefault(key, Extra(*key, meant.why))
    return Listed(found, tuple(extra.values()))


def unlisted(facts: Facts) -> list[str]:
    """Give the changed paths that a handoff has to list."""
    return sorted(change.path for change in facts.changes if change.path not in facts.own_files)


class _Meant(NamedTuple):
    """The changed paths that a mention means, or the problem if it can only mean a path."""

    paths: tuple[str, ...] = ()
    why: str = ""


class _Book:
    """The changed paths in every spelling, and what else is known of the repository's paths."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        paths = {change.path for change in facts.changes}
        self._changed = sorted(paths | facts.own_files | facts.idle)
        self._spelled = {spelling: path for path in self._changed for spelling in _spellings(path)}
        for path in gitlinks(facts):
            self._spelled[path + "/"] = path
        self._blanks: dict[str, list[str]] = {}  # by their first word
        for spelling in self._spelled:
            if " " in spelling:
                self._blanks.setdefault(spelling.partition(" ")[0], []).append(spelling)
        self._folders: set[str] = set()
        # the last part of a path, or of a folder with its slash → what ends so
        self._ends: dict[str, list[str]] = {}
        for path in self._changed:
            parts = path.split("/")
            self._ends.setdefault(parts[-1], []).append(path)
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                if folder not in self._folders:
                    self._folders.add(folder)
                    self._ends.setdefault(parts[depth - 1] + "/", []).append(folder + "/")
        self._tracked = b"\0" + facts.tracked

    def meant(self, mention: Mention) -> _Meant:
        """Give what a mention means.

        That is a path; where paths are named, also a folder, a pattern, or the only path that ends
        so.
        """
        for whole in (self._with_blanks(mention), mention.text):
            if whole in self._spelled:
                return _Meant((self._spelled[whole],))
        answers = [self._one(mention, text) for text in _braces(mention.text)]
        paths = tuple(path for answer in answers for path in answer.paths)
        problems = [answer.why for answer in answers if answer.why and mention.lead]
        return _Meant(paths, problems[0] if problems else "")

    def _with_blanks(self, mention: Mention) -> str:
        """The name that all words of a mention are, or the longest with blanks at its place."""
        if mention.whole in self._spelled or mention.marked:
            return self._plain(mention.whole)
        at = mention.at + (2 if mention.text.startswith("./") else 0)
        found = [
            name
            for name in self._blanks.get(mention.text.removeprefix("./"), ())
            if mention.whole.startswith(name, at) and _ends_there(mention.whole, at + len(name))
        ]
        return max(found, key=len, default="")

    def _one(self, mention: Mention, text: str) -> _Meant:
        name = self._plain(text)
        candidates = [name, *(folder + name for folder in mention.within)]
        for candidate in candidates:
            if candidate in self._spelled:
                return _Meant((self._spelled[candidate],))
        if not mention.lead:
            return _Meant()
        if set(_CLASS.sub("", name) if "*" in name else name) <= set("*?/."):
            is_all = "*" in name or text in (".", "./", "/")
            return _Meant(why="names everything, and so nothing" if is_all else "")
        for candidate in candidates:
            below = self._below(candidate)
            if below:
                return _Meant(() if mention.label else below)
        if set(name) & set("*?["):
            matched = self._pattern(mention, name, candidates)
            if matched.paths or matched.why:
                return matched
        return self._ending(mention, name)

    def _plain(self, text: str) -> str:
        """A mention's text as git writes paths: without `./`, line number or a forge's address."""
        name = _unquoted(text)
        if "://" in name or "%" in name:
            name = next((path for path in _addressed(name) if self._is_known(path)), name)
        name = name.removeprefix("./").removeprefix(f"{self._facts.worktree or '.'}/")
        if "*" not in name:  # a slash anchors a pattern
            name = name.removeprefix("/")
        without = _without_place(name)
        for spelling in (
            name,
            name.removeprefix("a/"),
            name.removeprefix("b/"),
            *without,
            name.replace("\\", "/"),
            _composed(name),
        ):
            if self._is_known(spelling):
                return spelling
        return without[0]

    def _is_known(self, name: str) -> bool:
        return name in self._spelled or name.rstrip("/") in self._folders

    def _below(self, name: str) -> tuple[str, ...]:
        folder = name.rstrip("/")
        if folder not in self._folders:
            return ()
        first = bisect_left(self._changed, folder + "/")
        last = bisect_left(self._changed, folder + "0", first)  # 0 follows the slash in ASCII
        return tuple(self._changed[first:last])

    def _pattern(self, mention: Mention, name: str, candidates: list[str]) -> _Meant:
        for candidate in candidates:
            try:
                matched = PatternSet([candidate])
            except PatternError:
                is_meant = mention.marked and "*" in name
                return _Meant(why="is not a well-formed pattern" if is_meant else "")
            paths = tuple(
                path for path in self._changed if matched.decide(as_asked(self._facts, path))
            )
            if paths:
                return _Meant(paths)
        is_meant = "*" in name and ("/" in name or "." in name)
        return _Meant(why="matches nothing that changed" if is_meant else "")

    def _ending(self, mention: Mention, name: str) -> _Meant:
        """The one changed path that ends as written, unless another path has just this name."""
        if self._is_path(name):
            return _Meant(why="did not change")
        last = name.rstrip("/").rpartition("/")[2] + ("/" if name.endswith("/") else "")
        tail = name.removeprefix("…/").removeprefix(".../")
        ends = [path for path in self._ends.get(last, []) if path.endswith(f"/{tail}")]
        if len(ends) > 1:
            return _Meant(why=f"may be {' or '.join(show(path) for path in ends[:3])}")
        if not ends:
            return _Meant(why=self._wrong(mention, name))
        if mention.label and ends[0].endswith("/"):
            return _Meant()
        return _Meant(self._below(ends[0]) or (ends[0],))

    def _wrong(self, mention: Mention, name: str) -> str:
        """Why a name of nothing is wrong; "" if it need not be a path at all."""
        if name.endswith("/"):
            is_folder = mention.marked or self._is_top(name)
            return "did not change, and there is no such folder" if is_folder else ""
        head, dot, ending = name.rpartition("/")[2].rpartition(".")
        is_path = bool(dot and head) and ending.isascii() and ending.lower() in _ENDINGS
        if "/" in name:
            is_path = self._is_top(name) or (is_path and "://" not in name)
        elif mention.marked:
            is_path = is_path and "(" not in name
        else:
            is_product = name[0].isupper() and name.endswith(_PRODUCTS)
            is_path = is_path and not is_product
        return "did not change, and there is no such file" if is_path else ""

    def _is_path(self, name: str) -> bool:
        """Whether the base has a file or folder of this name."""
        path = b"\0" + name.rstrip("/").encode("utf-8", "surrogateescape")
        return path != b"\0" and (path + b"\0" in self._tracked or path + b"/" in self._tracked)

    def _is_top(self, name: str) -> bool:
        first = name.partition("/")[0]
        folder = b"\0" + first.encode("utf-8", "surrogateescape") + b"/"
        return first in self._folders or folder in self._tracked


def _ends_there(text: str, at: int) -> bool:
    """Whether a name that ends at `at` is not the beginning of a longer one."""
    return re.match(r"[\w/]|[.-]\w", text[at : at + 2]) is None


def _spellings(path: str) -> Iterator[str]:
    """How a report may write a path: as it is, as guard shows it, and composed."""
    yield path
    yield _composed(path)
    if show(path) != path:
        yield show(path)


def _composed(text: str) -> str:
    """A name as most keyboards write it; macOS decomposes accented letters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unquoted(text: str) -> str:
    """A name in double quotes as git writes unusual ones (git-config(1), `core.quotePath`)."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    raw, at = bytearray(), 1
    while at < len(text) - 1:
        char, after = text[at], text[at + 1 : at + 4]
        if char != "\\":
            raw += char.encode("utf-8", "surrogateescape")
            at += 1
        elif len(after) == 3 and set(after) <= set("01234567"):
            raw.append(int(after, 8) & 0xFF)
            at += 4
        else:
            raw += _ESCAPES.get(text[at + 1], text[at + 1]).encode("utf-8", "surrogateescape")
            at += 2
    return raw.decode("utf-8", "surrogateescape")


def _addressed(text: str) -> Iterator[str]:
    """What a link may lead to. In a forge's `…/blob/REF/PATH` the REF may have slashes."""
    raw = text.encode("utf-8", "surrogateescape")
    decoded = re.sub(b"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), raw)
    path = decoded.decode("utf-8", "surrogateescape").partition("#")[0]
    yield path
    for mark in ("/blob/", "/tree/", "/blame/", "/raw/"):
        rest = path.partition(mark)[2]
        for _ in range(min(_MOST_PARTS, rest.count("/"))):
            rest = rest.partition("/")[2]
            yield rest


def _without_place(name: str) -> tuple[str, str]:
    """A name without its line number, and without a symbol as well.

    `a.py:12`, `a.py:12-20` and `a.py#L3` are a.py; `a.py::test`, `a.py:run()` and `a.py#run` may
    be.
    """
    head, sign, place = name.partition("#L")
    if sign and place[:1].isdigit():
        return head, head
    while (parts := name.rpartition(":"))[0] and parts[2] and set(parts[2]) <= set("0123456789-"):
        name = parts[0]
    return name, re.split(r"::|:(?=[A-Za-z_])|#(?=\w)", name, maxsplit=1)[0]


def _braces(text: str) -> list[str]:
    """`src/{a,b}.py` is two paths; nested braces stay as they are."""
    start, end = text.find("{"), text.find("}")
    if not 0 <= start < end or "," not in text[start:end]:
        return [text]
    middles = text[start + 1 : end].split(",")
    if len(middles) > _MOST_BRACES:
        return [text]
    return [text[:start] + middle.strip() + text[end + 1 :] for middle in middles]
