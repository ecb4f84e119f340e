"""The filter drivers that a configuration names: kept from running, and what their files are."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from guard.core.files import open_file
from guard.git.plumbing import Git, Process, as_records, records, require

_NAMES = ("config", "--list", "--name-only", "-z")


def ask_filters(git: Git) -> Process:
    """Start asking for the names of all configurations."""
    return git.start(*_NAMES)


def filters_of(git: Git, asked: Process | None = None) -> list[str]:
    """Give the filter drivers of all configurations (gitattributes(5)); `asked` for them early."""
    answer = require((asked or ask_filters(git)).answer(), _NAMES)
    return filters_among(records(answer.out))


def filters_among(names: Iterable[str]) -> list[str]:
    """Give the filter drivers that configured names are about."""
    found = set()
    for entry in names:
        driver, _, key = entry.rpartition(".")
        if driver.startswith("filter.") and key in ("clean", "smudge", "process", "required"):
            found.add(driver.removeprefix("filter."))
    return sorted(found)


def without_filters(git: Git) -> dict[str, str]:
    """Give the variables that keep git from running a filter of this repository's."""
    return switched_off(git, filters_of(git))


def switched_off(git: Git, filters: Sequence[str]) -> dict[str, str]:
    """Give variables that switch filter drivers off.

    `-c` allows no `=` in the name of a driver (git-config(1)).
    """
    count = int(git.env.get("GIT_CONFIG_COUNT", "0") or 0)
    variables = {}
    for name in filters:
        for key, value in (("clean", ""), ("process", ""), ("required", "false")):
            variables[f"GIT_CONFIG_KEY_{count}"] = f"filter.{name}.{key}"
            variables[f"GIT_CONFIG_VALUE_{count}"] = value
            count += 1
    return {"GIT_CONFIG_COUNT": str(count), **variables}


def filtered(git: Git, paths: list[str]) -> Iterator[tuple[str, str]]:
    """The paths that have a filter driver, and which (git-check-attr(1), `-z`)."""
    fields = records(git.run("check-attr", "-z", "--stdin", "filter", stdin=as_records(paths)).out)
    for path, driver in zip(fields[::3], fields[2::3], strict=True):
        if driver not in ("unspecified", "unset", "set"):
            yield path, driver


def untouched(git: Git, top: str, paths: list[str]) -> set[str]:
    """The filtered paths with the times and size that the index records (`ls-files --debug`).

    They are not edited; git doubts them for racy times, and their filters do not run here.
    """
    if not paths:
        return set()
    # More do not fit on a command line; without paths git lists all.
    named = paths if len(paths) <= 100 else []
    fields = git.run("ls-files", "--debug", "-z", "--", *named).text.split("\0")
    wanted, found = set(paths), set[str]()
    # A field holds the record of the path before it, then its own path.
    for entry, after in pairwise(fields):
        path = entry.rpartition("\n")[2] if "flags:" in entry else entry
        words = after.replace("\t", "\n").split("\n")
        recorded = dict(word.strip().split(": ", 1) for word in words[:8] if ": " in word)
        if path in wanted and _same_file(os.path.join(top, path), recorded):
            found.add(path)
    return found


def _same_file(path: str, recorded: dict[str, str]) -> bool:
    try:
        now = os.lstat(path)
    except OSError:
        return False
    found = {"size": str(now.st_size)}
    for name, time in (("mtime", now.st_mtime_ns), ("ctime", now.st_ctime_ns)):
        found[name] = f"{time // 10**9}:{time % 10**9}"
    return found.items() <= recorded.items()


def lfs_pointer(path: str) -> bytes:
    """What Git LFS would store (git-lfs-spec(5)); b"" for a pointer, or no file."""
    import hashlib  # its library takes 2 ms

    digest, size = hashlib.sha256(), 0
    try:
        with open_file(path) as file:
            while chunk := file.read(1 << 20):
                if not size and chunk.startswith(b"version https://git-lfs") and len(chunk) < 1024:
                    return b""
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return b""
    version = "version https://git-lfs.github.com/spec/v1"
    return f"{version}\noid sha256:{digest.hexdigest()}\nsize {size}\n".encode()
