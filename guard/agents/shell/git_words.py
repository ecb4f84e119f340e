"""The words of a call of git: its own options, the subcommand, and of that what concerns hooks, configuration and worktrees."""

from __future__ import annotations

from itertools import pairwise

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guard.agents.shell.reader import Word

# git(1), OPTIONS: those that take the next word for their value.
_OWN_VALUES = frozenset(
    "-C -c --git-dir --work-tree --namespace --super-prefix --config-env --attr-source".split()
)
# Options of a subcommand that take a value: long ones the next word where there is no `=`, short ones the rest of the word or the next.
_LONG_VALUES: Mapping[str, frozenset[str]] = {
    "commit": frozenset(
        "--message --file --author --date --template --reuse-message --reedit-message --fixup --squash --cleanup --trailer "
        "--pathspec-from-file".split()
    ),
    "push": frozenset("--repo --push-option --receive-pack --exec".split()),
    "merge": frozenset(
        "--message --file --strategy --strategy-option --into-name --cleanup".split()
    ),
    "pull": frozenset("--strategy --strategy-option --upload-pack --cleanup".split()),
    "config": frozenset("--file --blob --type --default --comment --value --url".split()),
}
_SHORT_VALUES: Mapping[str, str] = {
    "commit": "mFCct",
    "push": "o",
    "merge": "mFsX",
    "pull": "sXj",
    "config": "f",
}
_REST_IS_VALUE: Mapping[str, str] = {"commit": "Su", "merge": "S", "pull": "S"}
_NO_VERIFY = "--no-verify"
_SHORTEST = len(
    "--no-veri"
)  # of what git takes for it; a shorter beginning may be --no-verbose (gitcli(7), abbreviated options)
_CONFIG_READS = frozenset(
    "get list --get --get-all --get-regexp --get-urlmatch --list -l --get-color --get-colorbool edit --edit -e".split()
)
_CONFIG_REMOVES = frozenset("unset remove-section --unset --unset-all --remove-section".split())


class GitCall(NamedTuple):
    """One call of git.

    `settings` are the `-c` pairs; `words` are the subcommand and what follows; `directories` are those of `-C`, in order.
    `skips_hooks` is the option as typed that goes around hooks, or ""; `key`, `value` and `removes` are of `git config` (`key` is ""
    where nothing is changed), and `everywhere` tells that it is not about one repository.
    """

    verb: str
    words: tuple[Word, ...]
    directories: tuple[Word, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    skips_hooks: str = ""
    key: str = ""
    value: str = ""
    removes: bool = False
    everywhere: bool = False
    forces_removal: bool = False


def parse_git(words: Sequence[Word]) -> GitCall | None:
    """Read the words of a call of git; None where the subcommand is not sure or there is none."""
    settings: list[tuple[str, str]] = []
    directories: list[Word] = []
    rest = list(words[1:])
    while rest and rest[0].text.startswith("-"):
        option = rest[0]
        if option.text in ("-c", "--config-env") and len(rest) > 1:
            key, _, value = rest[1].text.partition("=")
            settings.append((key, value))
        elif option.text.startswith("--config-env="):
            settings.append((option.text.partition("=")[2].partition("=")[0], ""))
        directories += rest[1:2] if option.text == "-C" else []
        rest = rest[2 if option.text in _OWN_VALUES else 1 :]
    if not rest or not rest[0].sure:
        return None
    verb, arguments = rest[0].text, rest[1:]
    call = GitCall(verb, tuple(rest), tuple(directories), tuple(settings))
    if verb == "config":
        return _config(call, arguments)
    forced = (
        verb == "worktree"
        and [word.text for word in arguments[:1]] == ["remove"]
        and any(map(_forces, arguments[1:]))
    )
    return call._replace(skips_hooks=_skips_hooks(verb, arguments), forces_removal=forced)


def _skips_hooks(verb: str, arguments: Sequence[Word]) -> str:
    """The option that goes around the hooks; the last of it and its opposite counts. `-n` means that to git-commit alone."""
    found = ""
    for option in _options(verb, arguments):
        if len(option) >= _SHORTEST and _NO_VERIFY.startswith(option):
            found = option
        elif option == "--verify":
            found = ""
        elif option == "-n" and verb == "commit":
            found = option
    return found


def _options(verb: str, arguments: Sequence[Word]) -> Iterator[str]:
    """The options of a subcommand, clusters of short ones taken apart, and none of their values."""
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
            waiting = "=" not in text and text in _LONG_VALUES.get(verb, ())
        elif text.startswith("-"):
            for place, letter in enumerate(text[1:], 1):
                yield f"-{letter}"
                if letter in _SHORT_VALUES.get(verb, ""):
                    waiting = place == len(text) - 1 and word.sure
                    break
                if letter in _REST_IS_VALUE.get(verb, ""):
                    break


def _config(call: GitCall, arguments: Sequence[Word]) -> GitCall:
    """Read `git config`, in its old form (`NAME VALUE`, `--unset NAME`) and in that of git 2.46 (`set NAME VALUE`)."""
    texts = [word.text for word in arguments]
    if _CONFIG_READS & {text.partition("=")[0] for text in texts if text.startswith("-")} or texts[
        :1
    ] in (["get"], ["list"], ["edit"]):
        return call
    removes = bool(_CONFIG_REMOVES & set(texts))
    names = _without_options(texts)
    if names[:1] in (["set"], ["unset"], ["remove-section"]):
        names = names[1:]
    if not names or (len(names) < 2 and not removes) or _is_other_file(texts):
        return call
    everywhere = not {"--global", "--system"}.isdisjoint(texts)
    return call._replace(
        key=names[0],
        value=names[1] if len(names) > 1 else "",
        removes=removes,
        everywhere=everywhere,
    )


def _is_other_file(texts: Sequence[str]) -> bool:
    """Whether `--file` names a file that is not a repository's own configuration."""
    given = [text.partition("=")[2] for text in texts if text.startswith("--file=")]
    given += [value for option, value in pairwise(texts) if option in ("-f", "--file")]
    return any(not file.endswith(".git/config") for file in given)


def _without_options(texts: Sequence[str]) -> list[str]:
    names: list[str] = []
    skip = False
    for text in texts:
        if skip:
            skip = False
        elif text.startswith("-"):
            skip = text in ("-f", *_LONG_VALUES["config"])
        else:
            names.append(text)
    return names


def _forces(word: Word) -> bool:
    """`--force` or a beginning of it, or `f` among short options."""
    text = word.text
    return (len(text) > 2 and "--force".startswith(text)) or (
        text.startswith("-") and not text.startswith("--") and "f" in text
    )
