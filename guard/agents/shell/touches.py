"""The paths that a shell command certainly writes or removes: redirections, programs, patches.

Options are read as POSIX, GNU and BSD define them; unknown programs are ignored.
"""

from __future__ import annotations

from guard.agents.shell.commands import Word, below, name_of
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guard.agents.protocol.event import Write
    from guard.agents.shell.commands import Command
    from guard.agents.shell.git_call import GitCall

_REMOVERS = frozenset(("rm", "rmdir", "unlink", "shred", "git rm"))
_COPIERS = frozenset(("mv", "cp", "ln", "link", "install", "rsync", "scp", "git mv"))
_WRITERS = frozenset(("tee", "touch", "truncate", "sponge"))
_EDITORS = {  # program → its short options without a value
    "sed": "nErsuz",
    "gsed": "nErsuz",
    "perl": "pnalwstW0123456789",
    "ruby": "pnalws0123456789",
    "yq": "rPN",
}
# Programs that unpack → the options that name the folder; without one, it is where they run.
_UNPACKERS = {
    **dict.fromkeys(("tar", "gtar", "bsdtar"), "-C --directory"),
    "unzip": "-d",
    "cpio": "-D --directory",
    "7z": "-o",
}
# Program → its options that name a file, or a folder, to write.
_OUTPUTS = {
    "curl": "-o --output --output-dir",
    "wget": "-O --output-document -P --directory-prefix",
    "sort": "-o --output",
    "git archive": "-o --output",
    "git format-patch": "-o --output-directory",
    "git checkout-index": "--prefix",
    **dict.fromkeys(("git diff", "git log", "git show"), "--output"),
}
_FIND_RUNS = ("-exec", "-execdir", "-ok")
# What leaves no file of a folder out (find(1)); -r and its like are rm's.
_FIND_ALL = frozenset(
    "-type -mindepth -depth -d -mount -xdev -print -delete -exec -execdir -ok -r -f -rf -fr -v "
    "-print -L -H -P".split()
)
PATCHERS = frozenset(("apply_patch", "applypatch"))
_PATCH_VALUES = frozenset("-p -i -d -D -F -B -z -Y -V -r -o".split())  # may take a word (patch(1))
_PATCH_READS = frozenset("--dry-run --check --stat --numstat --summary --cached".split())


class Touch(NamedTuple):
    """A path, seen from `directory`, that is written or removed; `inside`: only files below it.

    `glob` is the word that stands for several, as it was typed; "" if it is not known.
    """

    path: str
    directory: str
    deletes: bool
    inside: bool = False
    glob: str = ""


def touches_of(command: Command, call: GitCall | None) -> Iterator[Touch]:
    """Yield the paths that a command writes or removes, if they or its directory are known.

    `call` is the same command if it is one of git.
    """
    directory = command.directory
    for word in call.folders if call else ():
        if not word.sure:
            return
        directory = below(directory, word.path())
    for word, deletes in _paths(command, call):
        path = word.path()
        if not word.sure:
            path = path.rpartition("/")[0]  # of a glob only the folder is sure
        certain = path.startswith(("/", "~")) or not command.changed
        glob = word.glob if deletes and word.glob != "{}" else ""  # find(1) fills that in
        if (path or glob) and certain and not path.startswith("/dev/"):
            yield Touch(path, directory, deletes, not word.sure, glob)


def patched_by(command: Command) -> tuple[Write, ...]:
    """Give the files of a patch for apply_patch, with paths from where the shell starts."""
    if name_of(command.words) not in PATCHERS or command.changed:
        return ()
    from guard.agents.protocol.patch import parse_patch

    text = next((word.text for word in command.words[1:] if word.sure), command.given)
    return tuple(
        write._replace(path=below(command.directory, write.path)) for write in parse_patch(text)
    )


def _paths(command: Command, call: GitCall | None) -> Iterator[tuple[Word, bool]]:
    """The paths, each with whether it is removed."""
    yield from _each(command.writes)
    words, name = command.words, name_of(command.words)
    if call:
        words, name = call.words, f"git {call.verb}"
    operands = [word for word in words[1:] if not word.text.startswith("-")]
    if name == "git rm" and any(word.text == "--cached" for word in words):
        return  # the files stay
    if name in _REMOVERS:
        yield from _each(operands, removed=True)
    elif name in _COPIERS:
        if _links(name, words):
            yield from _each(_sources(words, operands))
        yield from _copied(words, operands, moves=name.endswith("mv"))
    elif name == "find":
        yield from _searched(words)
    elif name == "dd":
        outputs = (word for word in operands if word.sure and word.text.startswith("of="))
        yield from _each(Word(word.text[3:]) for word in outputs)
    elif name in _WRITERS or _edits_in_place(name, words) or _disables(name, words):
        yield from _each(operands)
    else:
        yield from _each(_brought(name, words, command.given))


def _brought(name: str, words: Sequence[Word], given: str) -> Iterator[Word]:
    """What a patch, an archive or an output leaves where it is told to."""
    if name in ("patch", "git apply"):
        known = list(_patched(words, given, default=int(name != "patch")))
        yield from known
        if not known and name == "patch" and _PATCH_READS.isdisjoint(one.text for one in words):
            folder = _works_in(words)  # the patch is not in the command
            yield folder if folder.text or not folder.sure else Word(".")
    elif name in _OUTPUTS:
        yield from _values(words, _OUTPUTS[name])
    elif name in _UNPACKERS:
        yield from _unpacked(name, words)


def _each(words: Iterable[Word], *, removed: bool = False) -> Iterator[tuple[Word, bool]]:
    return ((word, removed) for word in words)


def _copied(
    words: Sequence[Word], operands: Sequence[Word], *, moves: bool
) -> Iterator[tuple[Word, bool]]:
    target, sources = _target_folder(words, operands)
    if target is None:
        *sources, target = operands or [Word("")]
    if not sources:
        return
    if moves:
        yield from _each(sources, removed=True)
    yield target, False
    is_folder = target.text in (".", "..") or target.text.endswith("/")
    if target.sure and (is_folder or target not in operands[-1:]):
        folder = target.text.rstrip("/")
        for word in sources:
            if word.sure:
                yield target._replace(text=f"{folder}/{word.text.rpartition('/')[2]}"), False


def _links(name: str, words: Sequence[Word]) -> bool:
    """Whether files get one more name (ln(1), link(1), cp(1) `-l`), by which they are written."""
    texts = [word.text for word in words[1:] if word.text.startswith("-")]
    letters = "".join(text[1:] for text in texts if not text.startswith("--"))
    if name in ("ln", "link"):
        return "s" not in letters and "--symbolic" not in texts
    return name == "cp" and ("l" in letters or "--link" in texts)


def _sources(words: Sequence[Word], operands: Sequence[Word]) -> Sequence[Word]:
    """The operands that are linked: `ln FILE` makes a name in the folder where it runs."""
    target, sources = _target_folder(words, operands)
    return sources if target else operands[:-1] or operands


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


def searched(words: Sequence[Word]) -> Sequence[Word]:
    """Give the folders in which find(1) looks."""
    roots = [word for word in words[1:] if word.text not in ("-H", "-L", "-P")]
    end = next((at for at, word in enumerate(roots) if word.text[:1] in tuple("-(!")), len(roots))
    return roots[:end] or [Word(".")]


def files_below(folder: Word) -> Word | None:
    """Give the word for some files in a folder; None for git's and guard's, since most are free.

    Somebody who looks there for locks or drafts does not look for contracts.
    """
    if not folder.sure or not {".git", ".guard"}.isdisjoint(folder.text.split("/")):
        return None
    return folder._replace(text=f"{folder.text.rstrip('/')}/", sure=False)


def _unpacked(name: str, words: Sequence[Word]) -> Sequence[Word]:
    """The folder that an archive is unpacked into, or the archive that is made."""
    texts = [word.text for word in words[1:]]
    letters = "".join(one.lstrip("-") for one in texts if one[:1] == "-" and one[:2] != "--")
    first = texts[0] if texts else ""
    if name == "unzip":
        unpacks = set("ltpvzZ").isdisjoint(letters.split("d")[0])
    elif name == "7z":
        unpacks = first in ("x", "e")
    elif name == "cpio":
        unpacks = "i" in letters or "--extract" in texts
    else:
        unpacks = "x" in letters or not {"--extract", "--get"}.isdisjoint(texts)
        unpacks = unpacks or (first.isalpha() and "x" in first)
        if not unpacks and ("c" in letters or "--create" in texts):
            return list(_values(words, "-f --file"))[:1]
    return (list(_values(words, _UNPACKERS[name]))[-1:] or [Word(".")]) if unpacks else []


def _values(words: Sequence[Word], options: str) -> Iterator[Word]:
    """The values of options: the next word, or the rest of the word."""
    known = options.split()
    for at, word in enumerate(words):
        text = word.text
        name, equals, value = text.partition("=")
        if text.startswith("--"):
            if equals and name in known:
                yield word._replace(text=value)
            elif text in known:
                yield from words[at + 1 : at + 2]
            continue
        for place, letter in enumerate(text[1:5], 1) if text[:1] == "-" else ():
            if f"-{letter}" in known:
                rest = text[place + 1 :]
                yield from [word._replace(text=rest)] if rest else words[at + 1 : at + 2]
                break


def _searched(words: Sequence[Word]) -> Iterator[tuple[Word, bool]]:
    """The folders in which find(1) deletes everything, and guard's and git's among the others."""
    texts = [word.text for word in words]
    runs = [word for at, word in enumerate(texts) if at and texts[at - 1] in _FIND_RUNS]
    runs_remover = not _REMOVERS.isdisjoint(runs)
    if not ("-delete" in texts or runs_remover) or any(text.endswith(".lock") for text in texts):
        return
    options = {text for text in texts if text.startswith("-") and text[1:].isalpha()}
    is_whole = options <= _FIND_ALL or (runs_remover and options <= {*_FIND_ALL, "-maxdepth"})
    for word in searched(words):
        parts = word.text.rstrip("/").split("/")
        guards = parts[-1] == ".guard" or parts[-2:] == [".guard", "contracts"]
        if is_whole:
            yield word, True
        elif word.sure and (guards or ".git" in parts):
            yield word, False
        elif files := files_below(word):
            yield files, True


def _patched(words: Sequence[Word], given: str, *, default: int) -> Iterator[Word]:
    """The files of a diff on standard input, and patch(1)'s first operand.

    `default` is how many leading folders the program strips from a path without `-p`.
    """
    if not _PATCH_READS.isdisjoint(word.text for word in words):
        return
    strip = default
    skipped = False
    folder = _works_in(words) if not default else Word("")
    if not folder.sure:
        return
    for word in words[1:]:
        number = word.text.lstrip("-pstri=")
        if word.text.startswith(("-p", "--strip=")) and number.isdigit():
            strip = int(number)
        elif skipped or word.text.startswith("-"):
            skipped = not skipped and word.text in _PATCH_VALUES
        else:
            if not default:  # an operand of git-apply(1) is a patch
                yield word._replace(text=below(folder.text, word.text))
            return
    for line in given.splitlines():
        name = line[4:].partition("\t")[0] if line.startswith(("--- ", "+++ ")) else ""
        if name and name != "/dev/null":
            yield Word(below(folder.text, "/".join(name.split("/")[strip:])))


def _works_in(words: Sequence[Word]) -> Word:
    """The folder in which patch(1) works, by its `-d`."""
    for at, word in enumerate(words):
        if word.text in ("-d", "--directory"):
            return next(iter(words[at + 1 : at + 2]), Word(""))
        for option in ("--directory=", "-d"):
            if word.text.startswith(option):
                return word._replace(text=word.text.removeprefix(option))
    return Word("")


def _edits_in_place(name: str, words: Sequence[Word]) -> bool:
    if name in ("awk", "gawk"):
        return any(word.text == "inplace" for word in words)
    if name not in _EDITORS:
        return False
    options = [word.text for word in words[1:] if word.text.startswith("-")]
    return any(
        text.startswith(("--in-place", "--inplace"))
        or text[1:].lstrip(_EDITORS[name]).startswith("i")
        for text in options
    )


def _disables(name: str, words: Sequence[Word]) -> bool:
    """Whether chmod(1) makes a hook not executable, so that git ignores it (githooks(5))."""
    if name != "chmod":
        return False
    texts = [word.text for word in words[1:] if not word.text.startswith("--")]
    mode = next((text for text in texts if text not in ("-R", "-f", "-v", "-c")), "")
    if mode.isdigit():
        return not set(mode) & set("1357")
    return any(map(_takes_right, mode.split(",")))


def _takes_right(clause: str) -> bool:
    rights = clause.lstrip("ugoa")
    who = clause[: len(clause) - len(rights)]
    if who and {"u", "a"}.isdisjoint(who):
        return False
    return rights[:1] == ("-" if "x" in rights else "=")
