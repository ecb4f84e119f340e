"""Which changed paths the handoff lists, which it leaves out, and what it lists that did not change."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.core.names import show
from guard.handoffs.paths import mentions
from guard.handoffs.values import Mention, Said
from guard.patterns import PatternError, PatternSet
from guard.rules.facts import Facts

_MOST_PARTS = 20  # of a branch's name in an address
_MOST_BRACES = 100  # paths that `{a,b}` may stand for
# Endings by which a word without a slash is taken for the name of a file.
_ENDINGS = frozenset(
    "adoc astro bash bat bazel bib bzl c cc cfg cjs cmake cmd conf cpp cs csproj css csv cts cxx dart diff dockerfile el env erb erl "
    "ex exs fish fs gif go gradle graphql groovy h hbs hcl heex hh hpp hs html htm hxx ico ini ipynb java jl jpeg jpg js json json5 "
    "jsonc jsonl jsx kt kts less lhs lisp lock log lua m md mdx mjs mk ml mli mm mod mp3 mp4 mts nim nix org patch pbxproj pdf php pl "
    "plist png po prisma properties proto ps1 psd pug py pyi pyx r rake rb resx rkt rs rst sass sbt scala scm scss sh sln snap sol "
    "sql storyboard styl sum svelte svg swift tcl tex tf tfvars toml ts tsv tsx ttf txt vb vim vue wasm webp wgsl woff woff2 xaml "
    "xcconfig xib xml xsd yaml yml zig zip zsh".split()
)
_CLASS = re.compile(r"\[[^\]]+\]")  # of characters in a pattern
_PRODUCTS = (
    ".js",
    ".net",
    ".io",
    ".ai",
)  # `Node.js` and the like, which are written with a capital


class Extra(NamedTuple):
    """Something listed that did not change: its text, its line in the report, and what is wrong with it."""

    text: str
    number: int
    why: str


class Listed(NamedTuple):
    """What a handoff lists: changed paths with the line that names each (0 where none does), and what it lists besides."""

    lines: Mapping[str, int]
    extra: tuple[Extra, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The changed paths that are not listed."""
        return tuple(path for path, line in self.lines.items() if not line)


def listed(facts: Facts, said: Said) -> Listed:
    """Hold `Files changed` against the change set. The session's own files may be listed, and need not be."""
    found: dict[str, int] = dict.fromkeys(unlisted(facts), 0)
    book = _Book(facts)
    extra: dict[tuple[str, int], Extra] = {}
    for mention in mentions(said.lines):
        meant = book.meant(mention)
        for path in meant.paths:
            if not found.get(path, 1):
                found[path] = mention.number
        if meant.why:
            extra.setdefault(
                (mention.text, mention.number), Extra(mention.text, mention.number, meant.why)
            )
    return Listed(found, tuple(extra.values()))


def unlisted(facts: Facts) -> list[str]:
    """The changed paths that a handoff has to list, before any is listed."""
    return sorted(change.path for change in facts.changes if change.path not in facts.own_files)


class _Meant(NamedTuple):
    """The changed paths that a mention means, or why it is wrong where it can only mean a path."""

    paths: tuple[str, ...] = ()
    why: str = ""


class _Book:
    """The changed paths under every spelling, and what else is known of the repository's paths."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._changed = sorted(
            {*(change.path for change in facts.changes), *facts.own_files, *facts.idle}
        )
        self._spelled = {spelling: path for path in self._changed for spelling in _spellings(path)}
        self._blanks: dict[str, list[str]] = {}  # by their first word
        for spelling in self._spelled:
            if " " in spelling:
                self._blanks.setdefault(spelling.partition(" ")[0], []).append(spelling)
        self._folders: set[str] = set()
        self._ends: dict[
            str, list[str]
        ] = {}  # the last part of a path, or of a folder with its slash → what ends so
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
        """What a mention means: a path, and where paths are named also a folder, a pattern, or the end of a path if only one ends so."""
        for whole in (self._with_blanks(mention), mention.text):
            if whole in self._spelled:
                return _Meant((self._spelled[whole],))
        texts = list(_braces(mention.text))
        answers = [self._one(mention, text) for text in texts]
        paths = tuple(path for answer in answers for path in answer.paths)
        return _Meant(
            paths,
            next((answer.why for answer in answers if answer.why), "") if mention.lead else "",
        )

    def _with_blanks(self, mention: Mention) -> str:
        """The name that all the words of a mention are, or the longest one with blanks in it that they begin; "" for none."""
        if mention.whole in self._spelled or mention.marked:
            return self._plain(mention.whole)
        at = mention.at + (2 if mention.text.startswith("./") else 0)
        names = self._blanks.get(mention.text.removeprefix("./"), ())
        found = [
            name
            for name in names
            if mention.whole.startswith(name, at) and _ends_there(mention.whole, at + len(name))
        ]
        return max(found, key=len, default="")

    def _one(self, mention: Mention, text: str) -> _Meant:
        name = self._plain(text)
        for candidate in (name, *(folder + name for folder in mention.within)):
            if candidate in self._spelled:
                return _Meant((self._spelled[candidate],))
        if not mention.lead:
            return _Meant()
        if set(_CLASS.sub("", name) if "*" in name else name) <= set("*?/."):
            return _Meant(
                why="names everything, and so nothing"
                if "*" in name or text in (".", "./", "/")
                else ""
            )
        for candidate in (name, *(folder + name for folder in mention.within)):
            below = self._below(candidate)
            if below:
                return _Meant(() if mention.label else below)
        matched = self._pattern(mention, name) if set(name) & set("*?[") else _Meant()
        return matched if matched.paths or matched.why else self._ending(mention, name)

    def _plain(self, text: str) -> str:
        """A mention's text as git writes paths: no `./` before it, no line number or forge's address around it."""
        name = _unquoted(text)
        if "://" in name or "%" in name:
            name = next(
                (
                    path
                    for path in _addressed(name)
                    if path in self._spelled or path.rstrip("/") in self._folders
                ),
                name,
            )
        for prefix in (
            "./",
            f"{self._facts.worktree or '.'}/",
            "" if "*" in name else "/",
        ):  # a slash anchors a pattern
            name = name.removeprefix(prefix)
        for spelling in (
            name,
            name.removeprefix("a/"),
            name.removeprefix("b/"),
            *_without_place(name),
            name.replace("\\", "/"),
            _composed(name),
        ):
            if spelling in self._spelled or spelling.rstrip("/") in self._folders:
                return spelling
        return _without_place(name)[0]

    def _below(self, name: str) -> tuple[str, ...]:
        """The changed paths in a folder."""
        folder = name.rstrip("/")
        if folder not in self._folders:
            return ()
        first = bisect_left(self._changed, folder + "/")
        last = bisect_left(self._changed, folder + "0", first)  # the character behind the slash
        return tuple(self._changed[first:last])

    def _pattern(self, mention: Mention, name: str) -> _Meant:
        """The changed paths that a pattern matches, in the language of contracts."""
        for candidate in (name, *(folder + name for folder in mention.within)):
            try:
                matched = PatternSet([candidate])
            except PatternError:
                return _Meant(
                    why="is no pattern that can be read" if mention.marked and "*" in name else ""
                )
            paths = tuple(path for path in self._changed if matched.decide(path))
            if paths:
                return _Meant(paths)
        return _Meant(
            why="matches nothing that changed"
            if "*" in name and ("/" in name or "." in name)
            else ""
        )

    def _ending(self, mention: Mention, name: str) -> _Meant:
        """The one changed path that ends as written, if no other path is called just so."""
        if not self._is_path(name):
            last = name.rstrip("/").rpartition("/")[2] + ("/" if name.endswith("/") else "")
            tail = name.removeprefix("…/").removeprefix(".../")
            ends = [path for path in self._ends.get(last, []) if path.endswith(f"/{tail}")]
            if len(ends) == 1:
                return (
                    _Meant(self._below(ends[0]) or (ends[0],))
                    if not (mention.label and ends[0].endswith("/"))
                    else _Meant()
                )
            if ends:
                return _Meant(why=f"may be {' or '.join(show(path) for path in ends[:3])}")
        return _Meant(why=self._wrong(mention, name))

    def _wrong(self, mention: Mention, name: str) -> str:
        """Why a name that means nothing changed is wrong; "" where it need not be a path at all."""
        if self._is_path(name):
            return "did not change"
        last = name.rpartition("/")[2]
        head, dot, ending = last.rpartition(".")
        has_ending = (
            bool(dot and head) and ending.isascii() and ending.isalnum() and ending[:1].isalpha()
        )
        if name.endswith("/"):
            return (
                "did not change, and there is no such folder"
                if mention.marked or self._is_top(name)
                else ""
            )
        if "/" in name:
            is_path = self._is_top(name) or (
                has_ending and ending.lower() in _ENDINGS and "://" not in name
            )
        elif mention.marked:
            is_path = has_ending and ending.lower() in _ENDINGS and "(" not in name
        else:
            is_path = (
                has_ending
                and ending.lower() in _ENDINGS
                and not (name[0].isupper() and name.endswith(_PRODUCTS))
            )
        return "did not change, and there is no such file" if is_path else ""

    def _is_path(self, name: str) -> bool:
        """Whether the base has a file or a folder of this name."""
        path = name.rstrip("/").encode("utf-8", "surrogateescape")
        return bool(path) and (
            b"\0" + path + b"\0" in self._tracked or b"\0" + path + b"/" in self._tracked
        )

    def _is_top(self, name: str) -> bool:
        """Whether a name begins with a folder that there is at the top."""
        first = name.partition("/")[0]
        return (
            first in self._folders
            or b"\0" + first.encode("utf-8", "surrogateescape") + b"/" in self._tracked
        )


def _ends_there(text: str, at: int) -> bool:
    """Whether a name that ends at `at` is not the beginning of a longer one."""
    return re.match(r"[\w/]|[.-]\w", text[at : at + 2]) is None


def _spellings(path: str) -> Iterator[str]:
    """The ways in which a report may write a path: as it is, as guard shows it, and composed, as most keyboards write it."""
    yield path
    yield _composed(path)
    if show(path) != path:
        yield show(path)


def _composed(text: str) -> str:
    """A name as most keyboards write it; macOS takes letters with marks apart."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unquoted(text: str) -> str:
    """A name in double quotes as git writes odd ones: C escapes, octal for bytes (git-config(1), `core.quotePath`)."""
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


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _addressed(text: str) -> Iterator[str]:
    """What a link may lead to: percent signs undone, and of a forge's address (`…/blob/REF/PATH`) the path; REF may have slashes in it."""
    undone = re.sub(
        b"%([0-9A-Fa-f]{2})",
        lambda found: bytes.fromhex(found[1].decode()),
        text.encode("utf-8", "surrogateescape"),
    )
    path = undone.decode("utf-8", "surrogateescape").partition("#")[0]
    yield path
    for mark in ("/blob/", "/tree/", "/blame/", "/raw/"):
        rest = path.partition(mark)[2]
        for _ in range(min(_MOST_PARTS, rest.count("/"))):
            rest = rest.partition("/")[2]
            yield rest


def _without_place(name: str) -> tuple[str, str]:
    """`src/a.py:12`, `src/a.py:12-20` and `src/a.py#L3` are src/a.py; so may be `src/a.py::test`, `src/a.py:run()` and `src/a.py#run`."""
    head, sign, place = name.partition("#L")
    if sign and place[:1].isdigit():
        return head, head
    while (parts := name.rpartition(":"))[0] and parts[2] and set(parts[2]) <= set("0123456789-"):
        name = parts[0]
    return name, re.split(r"::|:(?=[A-Za-z_])|#(?=\w)", name, maxsplit=1)[0]


def _braces(text: str) -> Iterable[str]:
    """`src/{a,b}.py` is two paths; braces within braces are left as they are."""
    start, end = text.find("{"), text.find("}")
    if not 0 <= start < end or "," not in text[start:end]:
        return (text,)
    middles: Sequence[str] = text[start + 1 : end].split(",")
    if len(middles) > _MOST_BRACES:
        return (text,)
    return [text[:start] + middle.strip() + text[end + 1 :] for middle in middles]
