"""The shell that git starts and that starts guard, and how guard recognises its own files.

One text serves as a file in git's folder of hooks and as the file that a `hook.NAME.command` of
git's configuration starts (git 2.54 and newer, git-hook(1)). It is POSIX shell, and rarely starts
another program: `grep`, `mkdir`, `cat`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from guard import __version__

PREVIOUS = "guard-previous"  # the folder beside the hooks that keeps older hooks under their names
KEPT = "guard/hooks"  # in the common directory: the files that git's configuration starts
_MARK = re.compile(
    r"^# guard's hook ([a-z-]+), written by `guard install` \(guard ([^)\s]+)\)", re.MULTILINE
)
_SETTINGS = re.compile(r"^hook=[a-z-]+ absent=(pass|block) guard=(.*)$", re.MULTILINE)
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)

_MAIN = """\
main() {
    judge "$@"
}
"""
_COMMIT = """\
main() {
    judge "$@" || return
    # This tells prepare-commit-msg, which git runs next, that the index was judged.
    place=${GIT_INDEX_FILE%/*}
    [ -f "$place/HEAD" ] || return 0
    { [ -d "$place/guard" ] || mkdir "$place/guard"; echo >"$place/guard/judged"; } 2>/dev/null
    return 0
}
"""
_MESSAGE = """\
main() {
    # git also runs this hook when it skips pre-commit (--no-verify, cherry-pick, revert).
    # Be silent if pre-commit judged this very index, and during a rebase: post-rewrite judges it.
    place=${1%/*}
    judged=$place/guard/judged log=$place/logs/HEAD
    [ -d "$place/rebase-merge" ] && return 0
    if [ "$judged" -nt "${GIT_INDEX_FILE:-$place/index}" ]; then
        if [ ! -f "$log" ] || [ "$judged" -nt "$log" ]; then return 0; fi
    fi
    judge "$@"
    return 0
}
"""
_CHECKOUT = """\
main() {
    # Only a new worktree has no commit before: `<zeros> <commit> 1`.
    case $3$1 in 1*[!0]*) return 0 ;; 1*) judge "$@" ;; esac
    return 0
}
"""
_REWRITE = """\
main() {
    [ "$1" = rebase ] && judge "$@"
    return 0
}
"""
_TRANSACTION = """\
main() {
    # git asks up to three times for each ref. Judge only branches, while they can be stopped.
    [ "$1" = prepared ] || return 0
    moved=$(LC_ALL=C grep ' refs/heads/') || return 0
    printf '%s\\n' "$moved" | judge "$@"
}
"""


class Hook(NamedTuple):
    """What guard does in one of git's hooks.

    `judges` is what the hook can stop, "" if it only reports. `main` is its shell function.
    `usual` hooks are installed by default, `server` hooks run where others push to. `stdin` tells
    that git writes to the hook's standard input. `plugin` is the hook's id in
    .pre-commit-hooks.yaml, without `guard-`.
    """

    judges: str = ""
    main: str = _MAIN
    usual: bool = False
    server: bool = False
    stdin: bool = False
    plugin: str = ""


TABLE = {
    "pre-commit": Hook("this commit", _COMMIT, usual=True, plugin="check"),
    "pre-merge-commit": Hook("this merge", _COMMIT, usual=True, plugin="check"),
    "prepare-commit-msg": Hook(main=_MESSAGE, usual=True),
    "pre-push": Hook("this push", usual=True, stdin=True, plugin="push"),
    "post-checkout": Hook(main=_CHECKOUT, usual=True),
    "post-rewrite": Hook(main=_REWRITE, usual=True, stdin=True),
    "reference-transaction": Hook("this branch", _TRANSACTION, stdin=True),
    "pre-receive": Hook("this push", server=True, stdin=True),
    "update": Hook("this push", server=True),
}
HOOKS = tuple(TABLE)
DEFAULT = tuple(name for name in HOOKS if TABLE[name].usual)
JUDGING = tuple(name for name in DEFAULT if TABLE[name].judges)
SERVING = tuple(name for name in HOOKS if TABLE[name].server)


class Shim(NamedTuple):
    """What a hook file of guard's says: its hook, the version that wrote it, and its settings.

    `absent` is what it does without guard, `program` the guard that it starts first.
    """

    hook: str
    version: str
    absent: str
    program: str


def file_text(hook: str, program: str, absent: str) -> str:
    """Give the text of a hook file.

    `program` is guard's absolute path, "" to look on PATH alone; `absent` is `pass` or `block`.
    The recorded program comes first: PATH may have another program of this name (Ruby has one), and
    a program found relative to the current directory lies in the repository under judgement.
    Statuses 126 and 127 mean that a program cannot be started (XCU, 2.8.2).
    """
    return f"""\
#!/bin/sh
# guard's hook {hook}, written by `guard install` (guard {__version__}).
# `guard install` overwrites edits, `guard uninstall` removes the file. The gate in CI decides.
hook={hook} absent={absent} guard={_quoted(program)}

start() {{
    case $guard in /*) [ -f "$guard" ] && [ -x "$guard" ] ;; *) false ;; esac || return 127
    "$guard" hook $hook "$@"; code=$?
    [ $code -eq 1 ] || return $code
    # Not only a broken contract ends with 1: so does Python without guard, or another program.
    "$guard" hook --help 2>/dev/null | grep -q '^Usage: guard hook ' || return 127
    return 1
}}

judge() {{
    start "$@"; code=$?
    case $code in 126 | 127) guard=$(command -v guard); start "$@"; code=$? ;; esac
    case $code in 126 | 127) ;; *) return $code ;; esac
{_gone(hook)}}}

{TABLE[hook].main}
{_after_previous(hook)}main "$@"
"""


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
    return Shim(mark[1], mark[2], absent, _unquoted(program))


def section(hook: str) -> str:
    """Name the configuration's section; the event's own name would be fatal (git-config(1))."""
    return f"guard-{hook}"


def manager_of(text: str) -> str:
    """Tell which hook manager wrote a file: `pre-commit`, `prek`, `lefthook`, `husky` or ""."""
    for manager in ("pre-commit", "prek"):
        if f"File generated by {manager}" in text:
            return manager
    return next((manager for manager in ("lefthook", "husky") if manager in text), "")


def _gone(hook: str) -> str:
    """The end of `judge`, if no guard can be started. A hook that only reports is silent."""
    what = TABLE[hook].judges
    if not what:
        return ""
    return f"""\
    answer="so {what} is not judged"
    [ $absent != block ] || answer="and {what} is stopped, as guard.toml wants"
    echo "guard: the program guard is gone, $answer; install it again, or: rm $0" >&2
    [ $absent != block ]
"""


def _after_previous(hook: str) -> str:
    """Run the older hook first, since it may change the index; both get git's standard input.

    Many hooks look at the name they were called by (husky 4, overcommit, one file under several
    names), so the older hook keeps its name. A shell script that uses `$0` is read by its own shell
    with the old path as `$0`, unless it checks whether it is being read (`BASH_SOURCE`).
    """
    run = 'if [ -x "$previous" ]; then run_previous "$@" || exit; fi\n'
    if TABLE[hook].stdin:
        run = _WITH_INPUT
    return f"""\
previous=${{0%/*}}/{PREVIOUS}/$hook
run_previous() {{
    read -r shell <"$previous"
    case $shell in
    '#!'*sh | '#!'*'sh '-*)
        if grep -q '[$][{{]*0' "$previous" && ! grep -q BASH_SOURCE "$previous"; then
            ${{shell#??}} -c '. "${{0%/*}}/{PREVIOUS}/${{0##*/}}"' "${{0%/*}}/$hook" "$@"
            return
        fi ;;
    esac
    "$previous" "$@"
}}
{run}"""


_WITH_INPUT = """\
if [ -x "$previous" ]; then
    input=$(cat && echo .) && input=${input%.}
    printf %s "$input" | run_previous "$@" || exit
    printf %s "$input" | main "$@"
    exit
fi
"""


def _quoted(path: str) -> str:
    return path if not path or _PLAIN.fullmatch(path) else "'" + path.replace("'", "'\\''") + "'"


def _unquoted(word: str) -> str:
    return word[1:-1].replace("'\\''", "'") if word.startswith("'") else word
