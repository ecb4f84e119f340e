"""Programs that run another one: `env`, `sh -c`, `xargs`, `guard run --` and their kind.

Every other module sees the commands that run in the end. A program that only the shell knows, as in
`$program grant`, stays unknown.
"""

from __future__ import annotations

from guard.agents.shell.commands import Word, below, commands_in, name_of
from guard.agents.shell.touches import files_below, searched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.shell.commands import Command

_DEEPEST = 5  # scripts within scripts
_SHELLS = frozenset("sh bash dash zsh ksh ash".split())
# A program that runs another one → its options that take the next word. This is the table of them;
# the others say more about some.
_WRAPPERS = {
    "env": "-u --unset -C --chdir",
    "sudo": "-u -g -h -p -C -U -D",
    "doas": "-u -C",
    "nice": "-n --adjustment",
    "ionice": "-c -n -p",
    "timeout": "-s --signal -k --kill-after",
    "stdbuf": "-i -o -e",
    "xargs": "-n -I -P -L -d -a -s -E",
    "parallel": "-j --jobs -I -a --arg-file --delay --timeout",
    "exec": "-a",
    "strace": "-e -o -p -s -u -E",
    "flock": "-w --timeout -E --conflict-exit-code",
    "script": "-o -I -O -B -T -m -E --echo --log-in --log-out --log-io",
    "su": "-s --shell -g -G -w",
    "watch": "-n --interval -q --equexit",
    "tmux": "-c -e -E -F -f -h -l -L -n -s -S -t -T -w -x -y",
    "screen": "-c -e -h -p -s -S -t -T",
    "guard": "--format",
    "uv": "--with --python -p --package --project --directory --extra --group --env-file",
    **dict.fromkeys(_SHELLS, "-o -O +o +O --rcfile --init-file"),
    **dict.fromkeys("command builtin nohup setsid time chronic npx bunx pnpx uvx".split(), ""),
    **dict.fromkeys("coproc unbuffer entr caffeinate taskset chrt direnv eval trap".split(), ""),
    **dict.fromkeys("poetry pipenv pdm hatch pixi rye bundle npm pnpm yarn mise".split(), ""),
}
# Programs that run another one only behind one of these words.
_VERBS = {
    **dict.fromkeys("guard uv poetry pipenv pdm hatch pixi rye".split(), ("run",)),
    **dict.fromkeys("bundle npm pnpm yarn direnv".split(), ("exec",)),
    "mise": ("exec", "x"),
    "tmux": tuple(
        "new new-session neww new-window splitw split-window respawnp respawn-pane respawnw "
        "respawn-window run run-shell popup display-popup send send-keys".split()
    ),
}
_OPERANDS = dict.fromkeys("timeout flock script taskset chrt direnv".split(), 1)  # words before it
# Programs that have a shell run the value of an option, by its letter and its long name.
_SCRIPTS = {
    **dict.fromkeys(_SHELLS, ("c", "--command")),
    **dict.fromkeys("flock script su npm npx".split(), ("c", "--command")),
    "env": ("S", "--split-string"),
}
_JOINED = ("eval", "watch")  # a shell runs their words, joined
_FIRST = ("tmux", "trap", "parallel")  # a shell runs their first word, if that is more than a word
_ADDING = ("xargs", "parallel")  # they add words of their own
_FINDERS = {
    "find": ("-exec", "-execdir", "-ok", "-okdir"),
    "fd": ("-x", "--exec", "-X", "--exec-batch"),
}
_UNKNOWN = Word("", sure=False)


def unwrapped(command: Command, depth: int = 0) -> Iterator[Command]:
    """Yield the commands that run in the end: `env A=1 sh -c 'git push'` is `git push`, A set."""
    words, assignments = command.words, list(command.assignments)
    at, adds = _as_program(words, 0), False
    script = ""
    while (name := name_of(words[at : at + 1])) in _WRAPPERS and not script:
        behind, more, script = _behind(words, at, name)
        if not script and behind == at:
            break
        at, adds = _as_program(words, behind), adds or name in _ADDING
        assignments += more
    words = words[at:]
    if adds and name_of(words) == "guard":
        words = (*words, _UNKNOWN)
    plain = command._replace(assignments=tuple(assignments), words=words)
    script = script or _fed(words, command.given)
    if depth >= _DEEPEST or not script:
        yield plain
    if depth < _DEEPEST:
        yield from _in_script(script, plain, depth) if script else _further(plain, depth)


def _in_script(script: str, plain: Command, depth: int) -> Iterator[Command]:
    yield plain._replace(words=())
    for inner in commands_in(script):
        inside = below(plain.directory, inner.directory) if inner.directory else plain.directory
        moved = inner._replace(
            assignments=(*plain.assignments, *inner.assignments),
            directory=inside,
            changed=plain.changed or inner.changed,
        )
        yield from unwrapped(moved, depth + 1)


def _further(plain: Command, depth: int) -> Iterator[Command]:
    """What a command runs besides what it does: `find -exec`, and `guard start … -- COMMAND`."""
    name, words = name_of(plain.words), plain.words
    if name == "guard" and words[1:2] and words[1].text == "start":
        texts = [word.text for word in words]
        behind = words[texts.index("--") + 1 :] if "--" in texts else ()
        if behind:
            yield from unwrapped(plain._replace(words=behind, writes=()), depth + 1)
    for place, word in enumerate(words) if name in _FINDERS else ():
        if word.text in _FINDERS[name]:
            rest = words[place + 1 :]
            end = next((at for at, one in enumerate(rest) if one.text in (";", "+")), len(rest))
            elsewhere = plain.changed or word.text.endswith("dir")
            for filled in _found(name, words):
                run = tuple(filled if "{}" in (one.glob or one.text) else one for one in rest[:end])
                found = plain._replace(words=run, writes=(), changed=elsewhere)
                yield from unwrapped(found, depth + 1)


def _found(name: str, words: Sequence[Word]) -> Sequence[Word]:
    """What stands for `{}`: files below the folders in which find(1) looks."""
    roots = searched(words) if name == "find" else ()
    return list(filter(None, map(files_below, roots))) or [_UNKNOWN]


def _as_program(words: tuple[Word, ...], at: int) -> int:
    """`python -m guard check` is `guard check` (docs.python.org, "Command line", `-m`)."""
    if not name_of(words[at : at + 1]).startswith("python"):
        return at
    place = at + 1
    while place + 1 < len(words) and words[place].text.startswith("-"):
        option = words[place].text
        if option.endswith("m") and not option.startswith("--"):
            is_guard = words[place + 1].sure and words[place + 1].text == "guard"
            return place + 1 if is_guard else at
        place += 2 if option in ("-X", "-W") else 1
    return at


def _behind(
    words: Sequence[Word], start: int, name: str
) -> tuple[int, list[tuple[str, Word]], str]:
    """Where the words begin that the program at `start` runs, what it sets, or the script it runs.

    `start` itself if it runs nothing.
    """
    none = list[tuple[str, Word]]()
    at, script = _past_options(words, start + 1, name)
    verbs = _VERBS.get(name)
    if verbs and not script:
        if not (words[at : at + 1] and words[at].sure and words[at].text in verbs):
            return start, none, ""
        at, script = _past_options(words, at + 1, name)
    if script or name in _SHELLS:
        return start, none, script
    for _ in range(_OPERANDS.get(name, 0)):
        at, script = _past_options(words, at + 1, name)
    rest = words[at:]
    if rest and not script and name in _JOINED and all(word.sure for word in rest):
        script = " ".join(word.text for word in rest)
    elif rest and name in _FIRST and rest[0].sure and " " in rest[0].text:
        script = f'{rest[0].text} "$1"' if name in _ADDING else rest[0].text
    if script:
        return start, none, script
    if name == "trap":
        return start, none, ""
    return *_past_assignments(words, at, name), ""


def _past_assignments(
    words: Sequence[Word], at: int, name: str
) -> tuple[int, list[tuple[str, Word]]]:
    assignments: list[tuple[str, Word]] = []
    while at < len(words) and name in ("env", "sudo", "doas"):
        variable, equals, value = words[at].text.partition("=")
        if not equals or not variable.isidentifier():
            break
        assignments.append((variable, Word(value, words[at].sure)))
        at += 1
    return at, assignments


def _past_options(words: Sequence[Word], at: int, name: str) -> tuple[int, str]:
    """The place behind the options at `at`; or the script that one of them has."""
    values = _WRAPPERS[name].split()
    letter, long = _SCRIPTS.get(name, ("", ""))
    while at < len(words) and words[at].text[:1] in ("-", "+") and len(words[at].text) > 1:
        text, following = words[at].text, words[at + 1 : at + 2]
        short = text[1:] if text[1] != "-" else ""
        if letter and ((letter in short) or text == long):
            return at, following[0].text if following and following[0].sure else ""
        if letter and text.startswith(f"{long}=") and words[at].sure:
            return at, text.partition("=")[2]
        at += 2 if _takes_next(text, values) else 1
    return at, ""


def _takes_next(text: str, values: Sequence[str]) -> bool:
    """Whether the value of an option is the next word: that of `-u`, `-Hu`, not of `-uroot`."""
    if text.startswith("--"):
        return text in values
    for place, letter in enumerate(text[1:], 1):
        if text[0] + letter in values:
            return place == len(text) - 1
    return False


def _fed(words: Sequence[Word], given: str) -> str:
    only_options = all(word.sure and word.text[:1] in ("-", "+") for word in words[1:])
    return given if name_of(words) in _SHELLS and only_options else ""
