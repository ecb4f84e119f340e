"""The paths that a shell command certainly writes or takes away: by redirections, by well-known programs, and by patches that it is given.

What a program does is told from its own options and operands as POSIX, GNU and BSD have them; where it works otherwise, nothing is told.
"""

from __future__ import annotations

from itertools import pairwise

from guard.agents.shell.commands import below
from guard.agents.shell.git_words import parse_git
from guard.agents.shell.reader import Word
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.protocol.event import Write
    from guard.agents.shell.reader import Command

_REMOVERS = frozenset(("rm", "rmdir", "unlink", "shred", "git rm"))
_COPIERS = frozenset(("mv", "cp", "ln", "install", "rsync", "git mv"))
_EDITORS = {
    "sed": "nErsuz",
    "gsed": "nErsuz",
    "perl": "pnalwstW0123456789",
    "ruby": "pnalws0123456789",
}  # short options without a value
_PATCHERS = frozenset(("apply_patch", "applypatch"))
_PATCH_VALUES = frozenset(
    "-p -i -d -D -F -B -z -Y -V -r -o".split()
)  # of patch(1): options that may take the next word


class Touch(NamedTuple):
    """A path that a command certainly writes or takes away, from `directory`; `inside` tells that only what is in that folder is meant."""

    path: str
    directory: str
    deletes: bool
    inside: bool = False


def name_of(words: Sequence[Word]) -> str:
    """Give the name of the program that is called, without its folder; "" where it is not sure."""
    return words[0].text.rpartition("/")[2] if words and words[0].sure else ""


def touches_of(command: Command) -> Iterator[Touch]:
    """Yield the paths that a command writes or takes away. Where it runs must be sure, or the path absolute."""
    for word, deletes in _paths(command):
        path = (
            word.path() if word.sure else word.path().rpartition("/")[0]
        )  # of a glob the folder in front of it is sure
        if (
            path
            and (path.startswith(("/", "~")) or not command.changed)
            and not path.startswith("/dev/")
        ):
            yield Touch(path, command.directory, deletes, not word.sure)


def patched_by(command: Command) -> tuple[Write, ...]:
    """Give the files of a patch that a command hands to apply_patch, as a word or a here-document, seen from where the shell starts."""
    if name_of(command.words) not in _PATCHERS or command.changed:
        return ()
    from guard.agents.protocol.patch import parse_patch

    text = next((word.text for word in command.words[1:] if word.sure), command.given)
    return tuple(
        write._replace(path=below(command.directory, write.path)) for write in parse_patch(text)
    )


def _paths(command: Command) -> Iterator[tuple[Word, bool]]:
    yield from ((word, False) for word in command.writes)
    words, name = command.words, name_of(command.words)
    call = parse_git(words) if name == "git" else None
    if call:
        words, name = call.words, f"git {call.verb}"
    operands = [word for word in words[1:] if not word.text.startswith("-")]
    if name in _REMOVERS:
        yield from ((word, True) for word in operands)
    elif name in _COPIERS:
        yield from _copied(words, operands, moves=name.endswith("mv"))
    elif name == "find":
        yield from ((word, False) for word in _found(words))
    elif name in ("patch", "git apply"):
        yield from (
            (word, False) for word in _patched(words, command.given, default=int(name != "patch"))
        )
    elif (
        name in ("tee", "touch", "truncate", "sponge")
        or _edits_in_place(name, words)
        or (name == "chmod" and _disables(words))
    ):
        yield from ((word, False) for word in operands)
    elif name == "dd":
        yield from (
            (Word(word.text[3:]), False)
            for word in operands
            if word.sure and word.text.startswith("of=")
        )


def _copied(
    words: Sequence[Word], operands: Sequence[Word], *, moves: bool
) -> Iterator[tuple[Word, bool]]:
    """What is copied or moved where: into the last operand, or the folder behind `-t`."""
    target, sources = _target_folder(words, operands)
    if target is None:
        *sources, target = operands or [Word("")]
    if not sources:
        return
    yield from ((word, True) for word in sources if moves)
    yield target, False
    if target.sure and (
        target.text in (".", "..") or target.text.endswith("/") or target not in operands[-1:]
    ):
        folder = target.text.rstrip("/")
        yield from (
            (target._replace(text=f"{folder}/{word.text.rpartition('/')[2]}"), False)
            for word in sources
            if word.sure
        )


def _target_folder(
    words: Sequence[Word], operands: Sequence[Word]
) -> tuple[Word | None, list[Word]]:
    for place, word in enumerate(words):
        if word.text in ("-t", "--target-directory") and place + 1 < len(words):
            folder = words[place + 1]
            return folder, [other for other in operands if other is not folder]
        if word.text.startswith("--target-directory=") and word.sure:
            return Word(word.text.partition("=")[2]), list(operands)
    return None, []


def _found(words: Sequence[Word]) -> Iterator[Word]:
    """The folders of git's or guard's in which find(1) deletes: of others it is not known whether what is protected is among its finds."""
    texts = [word.text for word in words]
    runs = [
        program for option, program in pairwise(texts) if option in ("-exec", "-execdir", "-ok")
    ]
    if ("-delete" not in texts and _REMOVERS.isdisjoint(runs)) or any(
        text.endswith(".lock") for text in texts
    ):
        return
    for word in words[1:]:
        if word.text.startswith(("-", "(", "!")):
            return
        parts = word.text.rstrip("/").split("/")
        if word.sure and (
            ".git" in parts or parts[-1] == ".guard" or parts[-2:] == [".guard", "contracts"]
        ):
            yield word


def _patched(words: Sequence[Word], given: str, *, default: int) -> Iterator[Word]:
    """The files of a unified diff on standard input, and patch(1)'s first operand; `default` is how many folders are cut off a path."""
    texts = [word.text for word in words]
    if any(
        text in ("--dry-run", "--check", "--stat", "--numstat", "--summary", "--cached")
        for text in texts
    ):
        return
    strip = default
    skipped = False
    for word in words[1:]:
        if word.text.startswith(("-p", "--strip=")) and word.text.lstrip("-pstri=").isdigit():
            strip = int(word.text.lstrip("-pstri="))
        elif skipped or word.text.startswith("-"):
            skipped = not skipped and word.text in _PATCH_VALUES
        else:
            yield from (word,) if not default else ()  # of git-apply(1) operands are patches
            return
    for line in given.splitlines():
        name = line[4:].partition("\t")[0] if line.startswith(("--- ", "+++ ")) else ""
        if name and name != "/dev/null":
            yield Word("/".join(name.split("/")[strip:]))


def _edits_in_place(name: str, words: Sequence[Word]) -> bool:
    """Whether sed, perl or ruby writes its files anew: `-i`, alone or behind other short options, with or without a suffix."""
    if name not in _EDITORS:
        return False
    options = [word.text for word in words[1:] if word.text.startswith("-")]
    return any(
        text.startswith("--in-place") or text[1:].lstrip(_EDITORS[name]).startswith("i")
        for text in options
    )


def _disables(words: Sequence[Word]) -> bool:
    """Whether chmod(1) takes the right to execute away: git passes over a hook without it (githooks(5))."""
    texts = [word.text for word in words[1:] if not word.text.startswith("--")]
    mode = next((text for text in texts if text not in ("-R", "-f", "-v", "-c")), "")
    if mode.isdigit():
        return not set(mode) & set("1357")
    return any(map(_takes_right, mode.split(",")))


def _takes_right(clause: str) -> bool:
    """Whether `a-x` or the like takes it from the owner, or `u=rw` leaves it out."""
    rights = clause.lstrip("ugoa")
    who = clause[: len(clause) - len(rights)]
    concerned = not who or not {"u", "a"}.isdisjoint(who)
    return concerned and (
        (rights[:1] == "-" and "x" in rights) or (rights[:1] == "=" and "x" not in rights)
    )
