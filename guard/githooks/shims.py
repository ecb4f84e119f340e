"""The shell that git starts and that starts guard, and how guard recognises its own files.

One text (hook.sh) serves as a file in git's folder of hooks and as the file that a
`hook.NAME.command` of git's configuration starts (git 2.54 and newer, git-hook(1)).
"""

import re
import zlib
from pathlib import Path
from typing import NamedTuple

from guard import __version__

PREVIOUS = "guard-previous"  # the folder beside the hooks that keeps older hooks under their names
KEPT = "guard/hooks"  # in the common directory: the files that git's configuration starts
_MARK = re.compile(
    r"^# guard's hook ([a-z-]+), written by `guard install` \(guard ([^)\s,]+)(?:, seal (\w+))?\)",
    re.MULTILINE,
)
_SETTINGS = re.compile(r"^hook=[a-z-]+ absent=(pass|block) guard=(.*)$", re.MULTILINE)
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)

# POSIX shell that rarely starts another program. `#: HOOK…` begins a part for these hooks or `all`.
_TEXT = Path(__file__).with_name("hook.sh").read_text("utf-8")


_END = 'main "$@"\n'  # the last line, also of the files that older versions wrote, without a seal


class Hook(NamedTuple):
    """What guard does in one of git's hooks.

    `judges` is what the hook can stop, "" if it only reports. `usual` hooks are installed by
    default, `server` hooks run where others push to. `plugin` is the hook's id in
    .pre-commit-hooks.yaml, without `guard-`.
    """

    judges: str = ""
    usual: bool = False
    server: bool = False
    plugin: str = ""


TABLE = {
    "pre-commit": Hook("this commit", usual=True, plugin="check"),
    "pre-merge-commit": Hook("this merge", usual=True, plugin="check"),
    "prepare-commit-msg": Hook(usual=True),
    "pre-push": Hook("this push", usual=True, plugin="push"),
    "post-checkout": Hook(usual=True),
    "post-rewrite": Hook(usual=True),
    "reference-transaction": Hook("this branch"),
    "pre-receive": Hook("this push", server=True),
    "update": Hook("this push", server=True),
}
HOOKS = tuple(TABLE)
DEFAULT = tuple(name for name in HOOKS if TABLE[name].usual)
JUDGING = tuple(name for name in DEFAULT if TABLE[name].judges)
SERVING = tuple(name for name in HOOKS if TABLE[name].server)


class Shim(NamedTuple):
    """What a hook file of guard's says: its hook, the version that wrote it, and its settings.

    `absent` is what it does without guard, `program` the guard that it starts first. `edited`: it
    has text that `guard install` did not write.
    """

    hook: str
    version: str
    absent: str
    program: str
    edited: bool = False


def file_text(hook: str, program: str, absent: str) -> str:
    """Give the text of a hook file.

    `program` is guard's absolute path, "" to look on PATH alone; `absent` is `pass` or `block`.
    The recorded program comes first: PATH may have another program of this name (Ruby has one), and
    a program found relative to the current directory lies in the repository under judgement.
    Statuses 126 and 127 mean that a program cannot be started (XCU, 2.8.2).
    """
    values = {
        "hook": hook,
        "version": __version__,
        "absent": absent,
        "program": _quoted(program),
        "judges": TABLE[hook].judges,
        "seal": "0",
    }
    lines = []
    named = ["all"]
    for line in _TEXT.splitlines(keepends=True):
        if line.startswith("#: "):
            named = line.split()
        elif hook in named or "all" in named:
            lines.append(line)
    text = re.sub("@([a-z]+)@", lambda match: values[match[1]], "".join(lines))
    return text.replace("seal 0", f"seal {_seal(text)}", 1)


def command_text(hook: str) -> str:
    """Give the command for git's configuration that starts the hook's file; git appends `"$@"`.

    It works wherever the repository is moved. If the file is gone everything passes, as with a hook
    missing from git's own folder.
    """
    return f'hook=$(git rev-parse --git-common-dir)/{KEPT}/{hook}; test ! -x "$hook" || "$hook"'


def parse_shim(text: str) -> Shim | None:
    """Read what a hook file of guard's says; None for any other text."""
    mark, settings = _MARK.search(text), _SETTINGS.search(text)
    if not mark:
        return None
    absent, program = settings.groups() if settings else ("", "")
    is_whole = mark[3] == _seal(text) if mark[3] else text.endswith(_END)
    name = _unquoted(program)
    edited = not is_whole or _quoted(name) != program
    return Shim(mark[1], mark[2], absent, name, edited=edited)


def _seal(text: str) -> str:
    """A checksum of all but the lines that differ from one installation to the other."""
    rest = _SETTINGS.sub("", _MARK.sub("", text, count=1), count=1)
    return f"{zlib.crc32(rest.encode('utf-8', 'surrogateescape')):08x}"


def section(hook: str) -> str:
    """Name the configuration's section; the event's own name would be fatal (git-config(1))."""
    return f"guard-{hook}"


def manager_of(text: str) -> str:
    """Tell which hook manager wrote a file: `pre-commit`, `prek`, `lefthook`, `husky` or ""."""
    for manager in ("pre-commit", "prek"):
        if f"File generated by {manager}" in text:
            return manager
    return next((manager for manager in ("lefthook", "husky") if manager in text), "")


def _quoted(path: str) -> str:
    return path if not path or _PLAIN.fullmatch(path) else "'" + path.replace("'", "'\\''") + "'"


def _unquoted(word: str) -> str:
    return word[1:-1].replace("'\\''", "'") if word.startswith("'") else word
