"""Where git looks for hooks, and what lies there: the folder that each worktree really uses, its files, and hooks in the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.git.plumbing import Git, at, worktrees
from guard.git.repository import Repository
from guard.githooks.shims import (
    HOOKS,
    KEPT,
    LEGACY,
    PREVIOUS,
    Shim,
    manager_of,
    parse_shim,
    section,
)

CONFIGURED = (2, 54)  # the first git that runs hooks of its configuration (git 2.54 release notes)
_LARGEST = 1 << 16  # bytes of a hook file that are read
_FRAMEWORK = (
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "prek.toml",
    "lefthook.yml",
    ".lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
)
_NAMED = re.compile(rf"^({'|'.join(HOOKS)})(\.[\w-]+)?$")
_HUSKY = "/.husky/_"  # where husky's own files start the ones above them
_FALSE = frozenset({"false", "no", "off", "0", ""})  # git-config(1), "boolean"


class Setting(NamedTuple):
    """One value of git's configuration: its scope (`local`, `worktree`, `global`, `system`, `command`), its key and the value."""

    scope: str
    key: str
    value: str


class HookFile(NamedTuple):
    """A file of a hooks folder. `suffix` is what follows the hook's name (`.legacy`, `""`); `link` is where a symbolic link leads.

    `shim` is what it says of itself if it is guard's; `manager` names the hook manager that wrote it, "" for any other program.
    """

    path: str
    hook: str
    suffix: str
    text: str
    executable: bool
    link: str
    shim: Shim | None
    manager: str


class Place(NamedTuple):
    """One worktree (of a bare repository: the repository itself) and what git does about hooks there.

    `folder` is the absolute path of the folder whose hooks run; `hooks_path` the setting that chose it, None for git's own choice;
    `settings` are all of `hook.*`, in git's order; `framework` the text of the hook managers' own settings.
    """

    path: str
    folder: str
    hooks_path: Setting | None
    settings: tuple[Setting, ...]
    framework: str
    there: bool  # whether the folder exists
    inside: str  # the worktree that this one lies in and that does not ignore it, "" where there is none


class Places(NamedTuple):
    """All that was found.

    `own` is the folder in the common directory which git uses unless it is told otherwise, `kept` the one whose files git's configuration
    starts.
    """

    version: str
    own: str
    kept: str
    bare: bool
    places: tuple[Place, ...]
    files: Mapping[str, Sequence[HookFile]]  # by folder

    @property
    def configures(self) -> bool:
        """Whether this git runs hooks of its configuration."""
        return _numbers(self.version) >= CONFIGURED


def read_places(repository: Repository) -> Places:
    """Look at every worktree of the repository that is there, and at all the folders that they use. Raises GitError."""
    told = worktrees(repository.git)
    linked = [
        tree.path
        for tree in told
        if not tree.bare and not tree.missing and os.path.lexists(os.path.join(tree.path, ".git"))
    ]
    if (
        repository.top and repository.top not in linked
    ):  # a submodule or a separate git directory, which git lists by its git directory
        linked = [repository.top, *linked]
    own, kept = (os.path.join(repository.common_dir, name) for name in ("hooks", KEPT))
    places = tuple(_place(path, own, linked) for path in linked or [repository.git_dir])
    folders = dict.fromkeys(
        (own, kept, os.path.join(own, PREVIOUS), *(place.folder for place in places))
    )
    files = {folder: tuple(_files(folder)) for folder in folders}
    words = repository.git.run("version").out.decode("utf-8", "replace").split()
    return Places(words[2] if len(words) > 2 else "?", own, kept, not linked, places, files)


def values_of(place: Place, key: str) -> list[Setting]:
    """All values of a key of `hook.*`, in git's order: of several, the last one counts."""
    return [setting for setting in place.settings if setting.key == f"hook.{key}"]


def in_common_config(places: Places, hook: str) -> bool:
    """Whether the repository's own configuration, which all its worktrees read, has a section of guard's for a hook."""
    prefix = f"hook.{section(hook)}."
    return any(
        setting.scope == "local" and setting.key.startswith(prefix)
        for place in places.places
        for setting in place.settings
    )


def switched_off(place: Place, name: str) -> Setting | None:
    """The setting by which `hook.NAME.enabled` is false, where NAME is a section or an event; None where it is not."""
    last = values_of(place, f"{name}.enabled")[-1:]
    return last[0] if last and last[0].value.lower() in _FALSE else None


def _place(path: str, own: str, linked: Sequence[str]) -> Place:
    git = Git(
        path, at(path).env, ()
    )  # our own settings would hide core.hooksPath; neither command below runs anything
    settings = list(_settings(git))
    hooks_path = [setting for setting in settings if setting.key == "core.hookspath"]
    told = (
        git.run("rev-parse", "--git-path", "hooks")
        .out.decode("utf-8", "surrogateescape")
        .removesuffix("\n")
    )
    folder = os.path.normpath(os.path.join(path, told))
    return Place(
        path,
        own if _same(folder, own) else folder,
        hooks_path[-1] if hooks_path and not _same(folder, own) else None,
        tuple(setting for setting in settings if setting.key.startswith("hook.")),
        "".join(_read(os.path.join(path, name)) for name in _FRAMEWORK),
        os.path.isdir(folder),
        _exposed_in(path, linked),
    )


def _settings(git: Git) -> Iterator[Setting]:
    """Read `<scope> NUL <key> LF <value> NUL` (git-config(1), `--show-scope` with `-z`). A key without a value means true."""
    fields = (
        git.run("config", "--list", "--show-scope", "-z")
        .out.decode("utf-8", "surrogateescape")
        .split("\0")
    )
    for scope, pair in zip(fields[::2], fields[1::2], strict=False):
        key, equals, value = pair.partition("\n")
        yield Setting(scope, key, value if equals else "true")


def _exposed_in(path: str, linked: Sequence[str]) -> str:
    """The worktree around this one, unless that ignores it: there it is one `git add -A` from being committed."""
    around = [other for other in linked if path.startswith(other + os.sep)]
    if not around:
        return ""
    outer = max(around, key=len)
    git = at(outer).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    inner = os.path.relpath(path, outer)
    # 0: ignored, 1: not, 128: a link is on the way (git-check-ignore(1)); the slash says that it is a folder
    ignored = git.run("check-ignore", "--quiet", "--", f"./{inner}/", ok=(0, 1, 128)).code == 0
    return "" if ignored else outer


def _files(folder: str) -> Iterator[HookFile]:
    """The files of guard's hooks in a folder, and what stands behind them; none where there is no folder."""
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise GitError(
            f"{folder} cannot be read: {error.strerror}", hint=f"ls -ld {folder}"
        ) from error
    for name in names:
        match = _NAMED.match(name)
        path = os.path.join(folder, name)
        if match and name != f"{match[1]}.sample" and not os.path.isdir(path):
            text = _read(path) + (
                _read(os.path.join(os.path.dirname(folder), name))
                if folder.endswith(_HUSKY)
                else ""
            )
            link = os.readlink(path) if os.path.islink(path) else ""
            shim = parse_shim(text)
            own = (
                shim if shim and shim.hook == match[1] else None
            )  # a link may lead to another hook
            yield HookFile(
                path,
                match[1],
                match[2] or "",
                text,
                os.access(path, os.X_OK),
                link,
                own,
                manager_of(text),
            )


def foreign_folder(places: Places, common_dir: str) -> str:
    """Where the repository's own folder of hooks really is, if that is outside of the repository and so others' too; "" otherwise."""
    real, home = os.path.realpath(places.own), os.path.realpath(common_dir)
    return "" if real.startswith(home + os.sep) else real


def file_of(places: Places, folder: str, hook: str, suffix: str = "") -> HookFile | None:
    """The file of a hook in a folder: the hook itself, or what is kept beside it under a suffix."""
    return next(
        (
            file
            for file in places.files.get(folder, ())
            if (file.hook, file.suffix) == (hook, suffix)
        ),
        None,
    )


def previous_of(places: Places, hook: str) -> HookFile | None:
    """The hook that guard runs before its own."""
    return file_of(places, os.path.join(places.own, PREVIOUS), hook)


def legacy_of(places: Places, folder: str, hook: str) -> HookFile | None:
    """The hook that pre-commit or prek runs before their own."""
    return file_of(places, folder, hook, f".{LEGACY}")


def _read(path: str) -> str:
    return read_head(path, _LARGEST, follow=True).decode("utf-8", "surrogateescape")


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:2])
