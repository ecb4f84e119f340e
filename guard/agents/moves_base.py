"""What git would do to the local base: to its branch, to its checkout and to what guard keeps.

The base is moved by `guard integrate`, and a person does that. What only brings the remote's base
here is free: it has been let in there.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise

from guard.agents.shell.deeds import PUSHES_ALL, REWRITES, Risk
from guard.core.names import HEADS, show
from guard.git.locate import common_dir, top_of

_LED = "; guard integrate does that, and a person runs it"
_KEPT = "refs/guard/"  # what was archived, finished and integrated
_REMOTES = "refs/remotes/"
_DELETES = ("-D", "-d", "--delete")
_FORCES, _COPIES = ("-f", "--force"), ("-c", "-C", "--copy")
_RENAMES = ("-m", "--move", "-M")
_SETS = {  # a verb → its options that make the branch which is named behind them, or move it
    "checkout": ("-B",),
    "switch": ("-C", "--force-create"),
    "worktree": ("-B",),
}
_ALL_BUT_FIRST = ("push", "fetch", "pull")
_VALUES = (
    *("-o", "--push-option", "-s", "--strategy", "-X", "--strategy-option", "-j", "--depth"),
    *("--onto", "-x", "--exec"),
)


def moves(risk: Risk, base: str, start: str, *, is_there: bool, discards: bool) -> str:
    """Say what a command would do to the branch `base` or to guard's refs; "" if nothing known.

    `is_there`: it runs where the base is checked out; `discards`: it changes a checkout. `start` is
    the directory of the shell.
    """
    verb, *words = risk.words
    if is_there and (discards or verb in REWRITES) and not _follows(verb, words, base):
        return f"would change {show(base)} where it is checked out{_LED}"
    folder = os.path.join(start, os.path.expanduser(risk.directory))
    if verb == "update-ref" and "--stdin" in words:
        return "--stdin does not say which branches it moves; name them one by one"
    if verb != "push" and takes_all(verb, words):
        return f"would move the branch {show(base)}{_LED}"
    for ref in named(verb, words, folder):
        if ref.removeprefix(HEADS) == base:
            return f"would move the branch {show(base)}{_LED}"
        if ref.startswith(_REMOTES) and not _fetches(verb, words, ref):
            return f"would change {show(ref)}, which only a fetch from there moves"
        if ref.startswith(_KEPT):
            return f"would change {show(ref)}, which guard keeps for a person to bring back"
    return ""


def _operands(words: Sequence[str]) -> list[str]:
    found, waiting = [], False
    for word in words:
        if not waiting and not word.startswith("-"):
            found.append(word)
        waiting = word in _VALUES
    return found


def _follows(verb: str, words: Sequence[str], base: str) -> bool:
    """Whether a pull or a merge only brings the remote's base."""
    names = _operands(words)
    if verb == "pull":
        is_remote = not names or not names[0].startswith((".", "/", "~", "file:"))
        return is_remote and names[1:] in ([], [base])
    return verb == "merge" and names in ([f"origin/{base}"], ["@{u}"], ["@{upstream}"])


def _fetches(verb: str, words: Sequence[str], ref: str) -> bool:
    """Whether a fetch from a remote brings its own branch."""
    remote = next(iter(_operands(words)), "")
    return verb in ("fetch", "pull") and ref.startswith(f"{_REMOTES}{remote}/")


def named(verb: str, words: Sequence[str], folder: str) -> Iterator[str]:
    """Give the refs of this repository that a command would move or remove."""
    names = _operands(words)
    if verb == "branch":
        yield from _of_branch(words, names)
    elif verb == "rebase":  # git-rebase(1), `git rebase UPSTREAM BRANCH`
        yield from names[1:2]
    elif verb in _SETS:
        yield from (word for last, word in pairwise(words) if last in _SETS[verb])
    elif verb == "filter-branch":
        yield from names
    elif verb == "update-ref" or (verb == "symbolic-ref" and len(names) > 1):
        yield from names[:1]
    elif verb in _ALL_BUT_FIRST and names:
        is_here = _is_this_repository(names[0], folder)
        deletes = not set(_DELETES).isdisjoint(words)
        for name in names[1:]:
            source, _, target = name.removeprefix("+").partition(":")
            if verb == "push" and not is_here:
                continue
            is_same = source.removeprefix(HEADS) == target.removeprefix(HEADS)
            if verb != "push" and not is_here and is_same:
                continue
            yield target or (source if deletes else "")


def takes_all(verb: str, words: Sequence[str]) -> bool:
    """Tell whether a command pushes or rewrites every branch."""
    if verb == "filter-repo":  # it rewrites every ref, unless some are named
        return "--refs" not in words
    return verb in ("push", "filter-branch") and not PUSHES_ALL.isdisjoint(words)


def pushed(words: Sequence[str]) -> Iterator[str]:
    """Give the branches of a remote that `git push` would move or remove."""
    for name in _operands(words)[1:]:
        source, colon, target = name.removeprefix("+").partition(":")
        yield (target if colon else source).removeprefix(HEADS)


def _of_branch(words: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """The branches that git-branch(1) moves or removes; the operands are `names`."""
    given = set(words)
    if not given.isdisjoint((*_DELETES, *_RENAMES)):
        return names
    if not given.isdisjoint(_COPIES):
        return names[-1:]
    return () if given.isdisjoint(_FORCES) else names[:1]


def _is_this_repository(remote: str, folder: str) -> bool:
    place = os.path.join(folder, os.path.expanduser(remote.removeprefix("file://")))
    top = top_of(place) if os.path.isdir(place) else ""
    own = top_of(folder)
    return top != "" and own != "" and common_dir(top) == common_dir(own)
