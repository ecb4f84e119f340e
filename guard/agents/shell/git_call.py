"""One call of git: its own options, the subcommand, and what that does to hooks and worktrees."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.shell.commands import Word

# git(1), OPTIONS: those that take the next word as their value.
_OWN_VALUES = frozenset(
    "-C -c --git-dir --work-tree --namespace --super-prefix --config-env --attr-source".split()
)
# Options of a subcommand that take a value. That of a long one is the next word unless it has a
# `=`; that of a short one is the rest of the word, or the next word.
_LONG_VALUES = {
    "commit": "--message --file --author --date --template --reuse-message --reedit-message "
    "--fixup --squash --cleanup --trailer --pathspec-from-file",
    "push": "--repo --push-option --receive-pack --exec",
    "merge": "--message --file --strategy --strategy-option --into-name --cleanup",
    "pull": "--strategy --strategy-option --upload-pack --cleanup",
    "config": "--file --blob --type --default --comment --value --url",
}
_SHORT_VALUES = {
    "commit": "mFCct",
    "push": "o",
    "merge": "mFsX",
    "pull": "sXj",
    "config": "f",
}
_REST_IS_VALUE = {"commit": "Su", "merge": "S", "pull": "S"}
# git accepts the unambiguous beginning of an option (gitcli(7)): --no-ver may be --no-verbose.
_SHORTEST = len("--no-veri")
_CONFIG_READS = frozenset(
    "--get --get-all --get-regexp --get-urlmatch --list -l --get-color --get-colorbool --edit "
    "-e".split()
)
_CONFIG_REMOVES = frozenset("unset remove-section --unset --unset-all --remove-section".split())


class GitCall(NamedTuple):
    """One call of git.

    `words` are the subcommand and what follows, `directories` those of `-C` and `--git-dir` in
    order, `folders` those of `-C` alone, `work_tree` that of `--work-tree`, `settings` the `-c`
    pairs. `skips_hooks` is the option, as typed, that skips hooks.
    `key`, `value` and `removes` describe a change by `git config`; `everywhere`: of more than one
    repository.
    `forces_removal`: it is `git worktree remove --force`.
    """

    verb: str
    words: tuple[Word, ...]
    directories: tuple[Word, ...] = ()
    folders: tuple[Word, ...] = ()
    work_tree: tuple[Word, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    skips_hooks: str = ""
    key: str = ""
    value: str = ""
    removes: bool = False
    everywhere: bool = False
    forces_removal: bool = False


def parse_git(words: Sequence[Word]) -> GitCall | None:
    """Read the words of a call of git; None if the subcommand is missing or unsure."""
    settings: list[tuple[str, str]] = []
    directories: list[Word] = []
    folders: list[Word] = []
    work_tree: list[Word] = []
    rest = list(words[1:])
    while rest and rest[0].text.startswith("-"):
        option = rest[0].text
        if option in ("-c", "--config-env") and len(rest) > 1:
            key, _, value = rest[1].text.partition("=")
            settings.append((key, value))
        elif option.startswith("--config-env="):
            settings.append((option.split("=")[1], ""))
        elif option in ("-C", "--git-dir"):
            directories += rest[1:2]
            folders += rest[1:2] if option == "-C" else []
        elif option.startswith("--git-dir="):
            directories.append(rest[0]._replace(text=option.partition("=")[2]))
        elif option == "--work-tree":
            work_tree = rest[1:2]
        elif option.startswith("--work-tree="):
            work_tree = [rest[0]._replace(text=option.partition("=")[2])]
        rest = rest[2 if option in _OWN_VALUES else 1 :]
    if not rest or not rest[0].sure:
        return None
    verb, arguments = rest[0].text, rest[1:]
    call = GitCall(
        verb,
        tuple(rest),
        tuple(directories),
        tuple(folders),
        tuple(work_tree),
        settings=tuple(settings),
    )
    if verb == "config":
        return _config(call, [word.text for word in arguments])
    removes_worktree = verb == "worktree" and [word.text for word in arguments[:1]] == ["remove"]
    forced = removes_worktree and any(_forces(word.text) for word in arguments[1:])
    return call._replace(skips_hooks=_skips_hooks(verb, arguments), forces_removal=forced)


def _skips_hooks(verb: str, arguments: Sequence[Word]) -> str:
    found = ""
    for option in _options(verb, arguments):
        abbreviated = len(option) >= _SHORTEST and "--no-verify".startswith(option)
        if abbreviated or (option == "-n" and verb == "commit"):
            found = option
        elif option == "--verify":
            found = ""
    return found


def _options(verb: str, arguments: Sequence[Word]) -> Iterator[str]:
    """The options of a subcommand without their values; `-ab` gives `-a` and `-b`."""
    waiting = False
    for word in arguments:
        text = word.text
        if waiting:
            waiting = False
        elif text == "--":
            return
        elif text.startswith("--"):
            if word.sure or "=" in text:
                yield text.partition("=")[0]
            waiting = text in _LONG_VALUES.get(verb, "").split()
        elif text.startswith("-"):
            for place, letter in enumerate(text[1:], 1):
                yield f"-{letter}"
                if letter in _SHORT_VALUES.get(verb, ""):
                    waiting = place == len(text) - 1 and word.sure
                    break
                if letter in _REST_IS_VALUE.get(verb, ""):
                    break


def _config(call: GitCall, texts: list[str]) -> GitCall:
    """Read `git config` in both forms: `NAME VALUE`, and git 2.46's `set NAME VALUE`."""
    options = {text.partition("=")[0] for text in texts if text.startswith("-")}
    if _CONFIG_READS & options or texts[:1] in (["get"], ["list"], ["edit"]):
        return call
    removes = bool(_CONFIG_REMOVES & set(texts))
    names = _without_options(texts)
    if names[:1] in (["set"], ["unset"], ["remove-section"]):
        names = names[1:]
    if not names or (len(names) < 2 and not removes) or _is_other_file(texts):
        return call
    return call._replace(
        key=names[0],
        value=names[1] if len(names) > 1 else "",
        removes=removes,
        everywhere=not {"--global", "--system"}.isdisjoint(texts),
    )


def _is_other_file(texts: Sequence[str]) -> bool:
    given = [text.partition("=")[2] for text in texts if text.startswith("--file=")]
    given += [text for at, text in enumerate(texts) if at and texts[at - 1] in ("-f", "--file")]
    return any(not file.endswith(".git/config") for file in given)


def _without_options(texts: Sequence[str]) -> list[str]:
    names: list[str] = []
    skip = False
    for text in texts:
        if skip:
            skip = False
        elif text.startswith("-"):
            skip = text in ("-f", *_LONG_VALUES["config"].split())
        else:
            names.append(text)
    return names


def _forces(text: str) -> bool:
    if len(text) > 2 and "--force".startswith(text):
        return True
    return text.startswith("-") and not text.startswith("--") and "f" in text
