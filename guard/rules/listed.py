"""Which changed paths the handoff lists, which it leaves out, and what else it lists."""

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from guard.changes.change import folders_above
from guard.core.names import show
from guard.handoffs.naming import WIDE, has_sign
from guard.handoffs.paths import entries
from guard.handoffs.spelling import (
    braces,
    composed,
    cut_rename,
    decoded,
    unfolded,
    unquoted,
    without_place,
)
from guard.handoffs.values import Entry, Name, Said
from guard.patterns import PatternError, PatternSet
from guard.rules.facts import Facts
from guard.rules.survey import as_asked, gitlinks

# With those of the repository's own files: what a name that is not there must end with.
_ENDINGS = frozenset(
    "c cfg cpp cs css csv go h html ini java js json jsx kt lock md mjs php png proto py rb rs sh "
    "sql svg svelte swift toml ts tsx txt vue xml yaml yml".split()
)
_BLANK = re.compile(f"[ {WIDE}]")
_CLASS = re.compile(r"\[[^\]]+\]")  # of characters, in a pattern
_PRODUCTS = (".js", ".net", ".io", ".ai")  # `Node.js` and the like, written with a capital
_ELSEWHERE = re.compile(r"/|~|[A-Za-z]:/|\w+://|…|\.\.\.|\.\./")
_SEPARATE = re.compile(r"\s*[,;]\s*|\s+(?:→|->|=>)\s+|\s+")
_WORDS = {"A": "added", "D": "deleted", "M": "modified", "T": "modified"}
_DID_NOT = "did not change"  # how the problem of a path that is as it was begins
_NO_FOLDER = "no such folder"


class Extra(NamedTuple):
    """Something listed that did not change so: its text, its line, and the problem."""

    text: str
    number: int
    why: str

    @property
    def is_unchanged(self) -> bool:
        """Whether it is a path that did not change at all."""
        return self.why.startswith(_DID_NOT)

    def may_mean(self, path: str, *, is_only: bool) -> bool:
        """Whether a changed path that is left out was meant: the same name in another folder.

        A folder that does not exist means anything, if it `is_only` one.
        """
        if not self.is_unchanged:
            return False
        last = self.text.rstrip("/").rpartition("/")[2]
        name = path.rpartition("/")[2]
        return last == name or f"/{last}/" in f"/{path}" or (is_only and _NO_FOLDER in self.why)


class Listed(NamedTuple):
    """What a handoff lists: the line that names each changed path (0 for none), and what else."""

    lines: Mapping[str, int]
    extra: tuple[Extra, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The changed paths that are not listed."""
        return tuple(path for path, line in self.lines.items() if not line)


def listed(facts: Facts, said: Said) -> Listed:
    """Compare `Files changed` with the change set; the session's own files need not be listed.

    A line that begins with a path lists it. In any other line the changed files count that it
    names, and nothing in it is wrong.
    """
    found: dict[str, int] = dict.fromkeys(unlisted(facts), 0)
    book = _Book(facts)
    extra: dict[tuple[str, int], Extra] = {}
    labels: list[tuple[Entry, tuple[str, ...]]] = []
    for entry in entries(said.lines):
        for text, meant in book.meanings(entry):
            if meant.why and not entry.same:
                key = (text, entry.number)
                extra.setdefault(key, Extra(*key, meant.why))
            if entry.label and len(meant.paths) > 1:
                labels.append((entry, meant.paths))
            elif not entry.same:
                _note(found, meant.paths, entry.number)
    for entry, paths in reversed(labels):  # a folder with names below it is no more than a label
        if not any(found.get(path) for path in paths):
            _note(found, paths, entry.number)
    return Listed(found, tuple(extra.values()))


def _note(found: dict[str, int], paths: tuple[str, ...], number: int) -> None:
    for path in paths:
        if not found.get(path, 1):
            found[path] = number


def unlisted(facts: Facts) -> list[str]:
    """Give the changed paths that a handoff has to list."""
    return sorted(change.path for change in facts.changes if change.path not in facts.own_files)


class _Meant(NamedTuple):
    """The changed paths that a name means, or the problem if it can only mean a path."""

    paths: tuple[str, ...] = ()
    why: str = ""


class _Book:
    """The changed paths in every spelling, and what else is known of the repository's paths."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._status = {change.path: change.status for change in facts.changes}
        self._changed = sorted(dict.fromkeys([*self._status, *facts.own_files, *facts.idle]))
        self._spelled = dict(zip(self._changed, self._changed, strict=True))
        for path in self._changed:
            if not path.isascii() or show(path) != path:
                self._spelled.update(dict.fromkeys((composed(path), show(path)), path))
        for path in gitlinks(facts):
            self._spelled[path + "/"] = path
        self._with_blanks = [one for one in self._spelled if _BLANK.search(one)]
        self._gone = [change.path for change in facts.changes if change.status == "D"]
        self._folders = folders_above(self._changed) - {""}
        self._tracked = b"\0" + facts.tracked

    @cached_property
    def _ends(self) -> Mapping[str, list[str]]:
        """By the last part of a path, or of a folder with its slash: what ends so."""
        found: dict[str, list[str]] = {}
        for whole in (*self._changed, *sorted(self._folders)):
            last = whole[whole.rfind("/", 0, -1) + 1 :]
            found.setdefault(last, []).append(whole)
        return found

    def meanings(self, entry: Entry) -> list[tuple[str, _Meant]]:
        """Give what each name at the front of a line means; of prose, the changed paths in it."""
        before = [name for name in entry.names if name.before]
        names = [pair for name in entry.names if not name.before for pair in self._of(name, entry)]
        if before and (
            self._is_file(before[0].text) or not any(meant != _Meant() for _, meant in names[:1])
        ):
            names = self._of(before[0], entry)
        if any(meant != _Meant() for _, meant in names[:1]):
            return names
        words = [(word, self._in_prose(word, entry)) for word in dict.fromkeys(entry.words)]
        return [(word, meant) for word, meant in words if meant.paths]

    def _in_prose(self, word: str, entry: Entry) -> _Meant:
        """The changed path that a word of a sentence names, if it can only be that path's name."""
        if word in self._spelled:
            return _Meant((self._spelled[word],))
        lasts = [one.replace("\\", "/").rpartition("/")[2] for one in without_place(word)]
        if "{" not in word and not any("." in last and last in self._ends for last in lasts):
            return _Meant()
        meant = self._meant(Name(word, rest=word), word, entry._replace(status=""))
        is_file = len(meant.paths) == 1 or "{" in word
        return meant if is_file and not meant.why else _Meant()

    def _of(self, name: Name, entry: Entry) -> list[tuple[str, _Meant]]:
        """A name of blanks is the longest changed path that it begins with, or code ends with."""
        rest = name.rest.removeprefix("./")
        wholes = [rest, *(folder + rest for folder in entry.within)]
        blanks = [
            text
            for text in self._with_blanks
            if any(one.startswith(text) and _ends_there(one, len(text)) for one in wholes)
            or (name.marked and rest.replace("\\", "/").endswith(f"/{text}"))
        ]
        cut = () if blanks else self._cut(name.text)
        texts = [max(blanks, key=len)] if blanks else cut or _several(name)
        return [(text, self._meant(name, text, entry)) for text in texts]

    def _cut(self, text: str) -> tuple[str, ...]:
        """Both paths of a rename that git has cut, if only one pair of changes is like it."""
        ends = cut_rename(text)
        if ends is None:
            return ()
        gone, new = (self._ended(*pair) for pair in zip(ends, "DA", strict=True))
        return (gone[0], new[0]) if len(gone) == len(new) == 1 else ()

    def _ended(self, end: str, status: str) -> list[str]:
        last = end.rpartition("/")[2]
        paths = self._ends.get(last, []) if last else self._gone[:2]
        return [path for path in paths if path.endswith(end) and self._status.get(path) == status]

    def _meant(self, name: Name, text: str, entry: Entry) -> _Meant:
        parts = [text] if text in self._spelled else braces(text)
        answers = [self._one(name, part, entry) for part in parts]
        paths = tuple(path for answer in answers for path in answer.paths)
        problems = [answer.why for answer in answers if answer.why and name.sure]
        problems += [why for path in paths[:1] if (why := self._another(path, entry.status))]
        return _Meant(paths, problems[0] if problems else "")

    def _another(self, path: str, status: str) -> str:
        """Why the status is wrong; a renamed file is one that is gone or new."""
        is_status = self._status.get(path, "")
        really = _WORDS.get(is_status, "")
        if not status or not really or path in self._facts.own_files:
            return ""
        agrees = is_status in "AD" if status == "renamed" else really == status
        return "" if agrees else f"is {really}, not {status}"

    def _one(self, name: Name, text: str, entry: Entry) -> _Meant:
        plain = self._plain(text)
        candidates = [plain, *(folder + plain for folder in entry.within)]
        for candidate in candidates:
            if candidate in self._spelled:
                return _Meant((self._spelled[candidate],))
        if not name.sure:
            return _Meant()
        if set(_CLASS.sub("", plain) if "*" in plain else plain) <= set("*?/."):
            is_all = "*" in plain or text in (".", "./", "/")
            return _Meant(
                why="names everything, and so nothing" if is_all and not entry.label else ""
            )
        for candidate in candidates:
            below = self._below(candidate)
            if below:
                return _Meant(below)
        if set(plain) & set("*?["):
            matched = self._pattern(name, plain, candidates)
            if matched.paths or matched.why:
                return matched
        return self._elsewhere(text, candidates) or self._ending(name, plain, entry)

    def _plain(self, text: str) -> str:
        """A name as git writes paths: without quotes, `./` or a line number."""
        name = decoded(unquoted(text)).removeprefix("./")
        if "*" not in name:  # a slash anchors a pattern
            name = name.removeprefix("/")
        without = without_place(name)
        for spelling in (
            name,
            name.removeprefix("a/"),
            name.removeprefix("b/"),
            *without,
            name.replace("\\", "/"),
            composed(name),
        ):
            if self._is_known(spelling):
                return spelling
        return without[0]

    def _is_known(self, name: str) -> bool:
        return name in self._spelled or name.rstrip("/") + "/" in self._folders

    def _below(self, name: str) -> tuple[str, ...]:
        folder = name.rstrip("/") + "/"
        if folder not in self._folders:
            return ()
        first = bisect_left(self._changed, folder)
        last = bisect_left(self._changed, folder[:-1] + "0", first)  # it follows the slash in ASCII
        return tuple(self._changed[first:last])

    def _pattern(self, name: Name, plain: str, candidates: list[str]) -> _Meant:
        for candidate in candidates:
            try:
                matched = PatternSet([candidate])
            except PatternError:
                is_meant = name.marked and "*" in plain
                return _Meant(why="is not a well-formed pattern" if is_meant else "")
            paths = tuple(
                path for path in self._changed if matched.decide(as_asked(self._facts, path))
            )
            if paths:
                return _Meant(paths)
        is_meant = "*" in plain and ("/" in plain or "." in plain)
        return _Meant(why="matches nothing that changed" if is_meant else "")

    def _elsewhere(self, text: str, candidates: list[str]) -> _Meant | None:
        """A path of another machine, an address, or one below a drawing's root: its longest end."""
        path = decoded(text.replace("\\", "/"))
        paths = [path] if _ELSEWHERE.match(path) else candidates[1:]
        for whole in paths:
            rest = without_place(whole)[1]
            while "/" in rest:
                rest = rest.partition("/")[2]
                if rest in self._spelled:
                    return _Meant((self._spelled[rest],))
                if self._below(rest):
                    return _Meant(self._below(rest))
                if self._is_tracked(rest):
                    return _Meant(why=_DID_NOT)
        return None

    def _ending(self, name: Name, plain: str, entry: Entry) -> _Meant:
        """The one changed path that ends as written, unless another path has just this name."""
        if self._is_tracked(plain):
            is_meant = name.marked or has_sign(plain) or self._is_file(plain)
            is_label = entry.label and not self._is_file(plain)
            return _Meant(why=_DID_NOT if is_meant and not is_label else "")
        tail = plain.lstrip("…").removeprefix("...")
        shortened = tail if tail != plain else "/" + tail
        last = plain.rstrip("/").rpartition("/")[2] + ("/" if plain.endswith("/") else "")
        ends = [path for path in self._ends.get(last, []) if path.endswith(shortened)]
        if not ends and tail != plain:  # git cuts a very long name
            ends = [path for path in self._changed if path.endswith(tail)]
        if len(ends) > 1:
            return _Meant((*ends,), f"may be {' or '.join(show(path) for path in ends[:3])}")
        if ends:
            return _Meant(self._below(ends[0]) or (ends[0],))
        is_label = entry.label and "." not in plain.rpartition("/")[2]
        return _Meant(why="" if is_label else self._wrong(name, plain))

    def _wrong(self, name: Name, plain: str) -> str:
        """Why a name of nothing is wrong; "" if it need not be a path at all."""
        if plain.endswith("/"):
            is_folder = name.marked or self._is_top(plain)
            return f"{_DID_NOT}, and there is {_NO_FOLDER}" if is_folder else ""
        head, dot, ending = plain.rpartition("/")[2].rpartition(".")
        is_path = bool(dot and head) and (
            ending.lower() in _ENDINGS or f".{ending}\0".encode() in self._tracked
        )
        if "/" in plain:
            is_path = is_path or self._is_top(plain)
        elif name.marked:
            is_path = is_path and "(" not in plain
        else:
            is_path = is_path and not (plain[0].isupper() and plain.endswith(_PRODUCTS))
        return f"{_DID_NOT}, and there is no such file" if is_path else ""

    def _is_file(self, name: str) -> bool:
        path = b"\0" + name.encode("utf-8", "surrogateescape") + b"\0"
        return name in self._spelled or path in self._tracked

    def _is_tracked(self, name: str) -> bool:
        """Whether the base has a file or folder of this name."""
        path = b"\0" + name.rstrip("/").encode("utf-8", "surrogateescape")
        return path != b"\0" and (path + b"\0" in self._tracked or path + b"/" in self._tracked)

    def _is_top(self, name: str) -> bool:
        top = name.partition("/")[0] + "/"
        return (
            top in self._folders or b"\0" + top.encode("utf-8", "surrogateescape") in self._tracked
        )


def _ends_there(text: str, at: int) -> bool:
    """Whether a name that ends at `at` is not the beginning of a longer one."""
    return re.match(r"[\w/]|[.-]\w", text[at : at + 2]) is None


def _several(name: Name) -> list[str]:
    """Code may have more than one name, each certainly one, or a rename as git writes it."""
    both = unfolded(name.text)
    if not name.marked or len(both) > 1 or set(name.text) & set('{"'):
        return both
    parts = [part for part in _SEPARATE.split(name.text) if part]
    return parts if all(map(has_sign, parts)) else both
