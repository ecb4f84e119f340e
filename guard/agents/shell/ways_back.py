"""Commands of git's that destroy the only way back to lost work, whoever has lost it.

All worktrees share one store of objects, one stash and the logs of the branches. What git forgets
by its own times stays free (git-gc(1): 14 days for objects; git-reflog(1): 30 and 90 for entries).
"""

from collections.abc import Sequence

from guard.core.names import show

_NEVER = ("never", "false", "")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_LONG = 14  # days after which git itself drops an object
_DRY = ("-n", "--dry-run")
LOST = "lost work can only come back from there"
_OBJECTS = f"would delete at once what no branch reaches; {LOST}"
_LOGS = f"would empty the logs of all worktrees, and the stash; {LOST}"
_TIMES = "sets for all worktrees when git forgets lost work"


def forgets(words: Sequence[str], settings: Sequence[tuple[str, str]], key: str, value: str) -> str:
    """Say what a call of git does to the ways back; "" if it leaves them.

    `words` are the verb and what follows, `settings` the pairs of `-c`; `key` and `value` are a
    change by `git config`.
    """
    verb, *rest = words
    if verb == "config":
        return f"git config {show(key)} {_TIMES}" if _is_sooner(key, value) else ""
    if sooner := next((name for name, given in settings if _is_sooner(name, given)), ""):
        return f"git -c {show(sooner)} {_TIMES}"
    if verb == "reflog" and _empties_all(rest):
        return f"git reflog {show(rest[0])} {_LOGS}"
    if verb in ("gc", "prune") and _prunes(verb, rest):
        return f"git {verb} {_OBJECTS}"
    return f"git repack {_OBJECTS}" if verb == "repack" and _drops(rest) else ""


def _is_sooner(key: str, value: str) -> bool:
    """Whether a setting lets git forget before its time (git-config(1), `gc.*`)."""
    name = key.lower()
    if name == "core.logallrefupdates":
        return value.lower() in ("false", "no", "off", "0")
    return name.startswith("gc.") and name.endswith(_EXPIRES) and not _is_late(value)


_EXPIRES = ("pruneexpire", "reflogexpire", "reflogexpireunreachable")


def _is_late(time: str) -> bool:
    """Whether a time, in git's words, leaves lost work as long as git does by itself."""
    if time.lower() in _NEVER:
        return True
    number, _, rest = time.replace(" ", ".").partition(".")
    unit = rest.partition(".")[0].removesuffix("s")
    return number.isdecimal() and int(number) * _DAYS.get(unit, 0) >= _LONG


def empties(words: Sequence[str]) -> bool:
    """Tell whether the words of `git reflog` give up entries of the logs that they name."""
    if words[:1] == ["expire"]:
        given = [word.partition("=")[2] for word in words if word.startswith("--expire")]
        soon = any(time.lower() not in _NEVER for time in given)
        return soon and set(_DRY).isdisjoint(words)
    return words[:1] in (["delete"], ["drop"]) and set(_DRY).isdisjoint(words)


def _empties_all(words: Sequence[str]) -> bool:
    return "--all" in words and empties(words)


def _prunes(verb: str, words: Sequence[str]) -> bool:
    """Whether objects go that nothing reaches; without a time, git-prune(1) takes all of them."""
    if not set(_DRY).isdisjoint(words) and verb == "prune":
        return False
    option = "--prune" if verb == "gc" else "--expire"
    times = [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    times += [words[at + 1] for at, word in enumerate(words[:-1]) if word == "--expire"]
    return not all(map(_is_late, times)) if times or verb == "gc" else True


def _drops(words: Sequence[str]) -> bool:
    """Whether git-repack(1) leaves out of its packs what nothing reaches, and deletes the old."""
    letters = "".join(word[1:] for word in words if word[:1] == "-" and word[:2] != "--")
    late = all(
        _is_late(word.partition("=")[2])
        for word in words
        if word.startswith(("--unpack-unreachable=", "--cruft-expiration="))
    )
    keeps = "k" in letters or "--keep-unreachable" in words or "--cruft" in words
    return "d" in letters and (not late or ("a" in letters and not keeps))
