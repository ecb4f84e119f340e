"""Where git looks for hooks and what is there: folders, their files, git's settings."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.files import read_head
from guard.core.names import shell_quote
from guard.git.plumbing import Git, at
from guard.git.repository import Repository
from guard.git.worktrees import worktrees
from guard.githooks.shims import HOOKS, KEPT, PREVIOUS, Shim, manager_of, parse_shim, section

CONFIGURED = (2, 54)  # the first git that runs hooks of its configuration (git 2.54 release notes)
# pre-commit and prek run this file first (pre_commit/commands/hook_impl.py, `_run_legacy`).
LEGACY = ".legacy"
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
_HUSKY = "/.husky/_"  # husky's files here start those of the folder above
_FALSE = ("false", "no", "off", "0", "")  # git-config(1), "boolean"


class Setting(NamedTuple):
    """A value of git's configuration.

    `scope` is `local`, `worktree`, `global`, `system` or `command`.
    """

    scope: str
    key: str
    value: str


class HookFile(NamedTuple):
    """A file in a folder of hooks.

    `suffix` follows the hook's name (`.legacy` or ""), `link` is the target of a symbolic link.
    `shim` is set if guard wrote the file, `manager` names the hook manager that did.
    """

    path: str
    hook: str
    suffix: str
    text: str
    executable: bool
    link: str
    shim: Shim | None
    manager: str

    @property
    def edited(self) -> bool:
        """Whether guard's file has text that guard did not write."""
        return self.shim is not None and self.shim.edited

    @property
    def set_aside(self) -> str:
        """The command that keeps the file where git does not start it."""
        return f"mv -i {shell_quote(self.path)} {shell_quote(self.path + '.edited')}"


class HookPlace(NamedTuple):
    """How git finds the hooks of a worktree, or of a bare repository.

    `folder` is the absolute path of their folder, `hooks_path` the setting that chose it, if any.
    `settings` are those of `hook.*` in git's order, `framework` is the text of the hook managers'
    settings. `there` tells whether the folder exists. `inside` is a worktree around this one that
    does not ignore it, or "".
    """

    path: str
    folder: str
    hooks_path: Setting | None
    settings: tuple[Setting, ...]
    framework: str
    there: bool
    inside: str

    def values(self, key: str) -> list[Setting]:
        """All values of `hook.KEY` in git's order; the last counts."""
        return [setting for setting in self.settings if setting.key == f"hook.{key}"]

    def switched_off(self, name: str) -> Setting | None:
        """The setting that makes `hook.NAME.enabled` false; NAME is a section or an event."""
        last = self.values(f"{name}.enabled")[-1:]
        return last[0] if last and last[0].value.lower() in _FALSE else None


class HookPlaces(NamedTuple):
    """The hooks of a repository in all its worktrees.

    `version` is git's. `files` are those of guard's hooks, by folder.
    """

    version: str
    common_dir: str
    bare: bool
    places: tuple[HookPlace, ...]
    files: Mapping[str, Sequence[HookFile]]

    @property
    def own(self) -> str:
        """git's usual folder."""
        return os.path.join(self.common_dir, "hooks")

    @property
    def kept(self) -> str:
        """The folder with the files that git's configuration starts."""
        return os.path.join(self.common_dir, KEPT)

    @property
    def config(self) -> str:
        """The configuration that all worktrees share."""
        return os.path.join(self.common_dir, "config")

    @property
    def foreign(self) -> str:
        """Where a link takes git's usual folder, if that is outside of the repository; else ""."""
        real, home = os.path.realpath(self.own), os.path.realpath(self.common_dir)
        return "" if real.startswith(home + os.sep) else real

    @property
    def configures(self) -> bool:
        """Whether this git runs hooks of its configuration."""
        numbers = self.version.split(".")[:2]
        return tuple(int(part) if part.isdigit() else 0 for part in numbers) >= CONFIGURED

    def file(self, folder: str, hook: str, suffix: str = "") -> HookFile | None:
        """A hook's file in a folder, or the one beside it with a suffix."""
        for file in self.files.get(folder, ()):
            if (file.hook, file.suffix) == (hook, suffix):
                return file
        return None

    def previous(self, hook: str) -> HookFile | None:
        """The older hook that guard runs before its own."""
        return self.file(os.path.join(self.own, PREVIOUS), hook)

    def shims(self, folder: str, hook: str) -> list[HookFile]:
        """The files that guard wrote for a hook in a folder."""
        return [file for file in self.files.get(folder, ()) if file.hook == hook and file.shim]

    def in_common_config(self, hook: str) -> bool:
        """Whether the configuration that all worktrees share has guard's section for a hook."""
        prefix = f"hook.{section(hook)}."
        return any(
            setting.scope == "local" and setting.key.startswith(prefix)
            for place in self.places
            for setting in place.settings
        )


def read_places(repository: Repository) -> HookPlaces:
    """Read the hooks of every worktree that exists. Raises GitError."""
    linked = [
        tree.path
        for tree in worktrees(repository.git)
        if not tree.bare and not tree.missing and os.path.lexists(os.path.join(tree.path, ".git"))
    ]
    # git lists a submodule, and a separate git directory, by the git directory.
    if repository.top and repository.top not in linked:
        linked = [repository.top, *linked]
    words = repository.git.run("version").out.decode("utf-8", "replace").split()
    version = words[2] if len(words) > 2 else "?"
    found = HookPlaces(version, repository.common_dir, not linked, (), {})
    own = found.own
    places = tuple(_place(path, own, linked) for path in linked or [repository.git_dir])
    folders = {own, found.kept, os.path.join(own, PREVIOUS), *(place.folder for place in places)}
    files = {folder: tuple(_files(folder)) for folder in sorted(folders)}
    return found._replace(places=places, files=files)


def _place(path: str, own: str, linked: Sequence[str]) -> HookPlace:
    # Our own settings would hide core.hooksPath; neither command below runs a program.
    git = Git(path, at(path).env, ())
    settings = list(_settings(git))
    asked = git.run("rev-parse", "--git-path", "hooks").out.decode("utf-8", "surrogateescape")
    folder = os.path.normpath(os.path.join(path, asked.removesuffix("\n")))
    is_own = os.path.realpath(folder) == os.path.realpath(own)
    hooks_path = [setting for setting in settings if setting.key == "core.hookspath"]
    return HookPlace(
        path,
        own if is_own else folder,
        hooks_path[-1] if hooks_path and not is_own else None,
        tuple(setting for setting in settings if setting.key.startswith("hook.")),
        "".join(_read(os.path.join(path, name)) for name in _FRAMEWORK),
        os.path.isdir(folder),
        _exposed_in(path, linked),
    )


def _settings(git: Git) -> Iterator[Setting]:
    """Read `<scope> NUL <key> LF <value> NUL` (git-config(1)). A key without a value means true."""
    listed = git.run("config", "--list", "--show-scope", "-z").out
    fields = listed.decode("utf-8", "surrogateescape").split("\0")
    for scope, pair in zip(fields[::2], fields[1::2], strict=False):
        key, equals, value = pair.partition("\n")
        yield Setting(scope, key, value if equals else "true")


def _exposed_in(path: str, linked: Sequence[str]) -> str:
    """The worktree around this one, unless ignored: `git add -A` there would add this one."""
    around = [other for other in linked if path.startswith(other + os.sep)]
    if not around:
        return ""
    outer = max(around, key=len)
    git = at(outer).moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    inner = os.path.relpath(path, outer)  # with a slash behind, which makes it a folder
    # 0: ignored, 1: not, 128: a link is on the way (git-check-ignore(1))
    ignored = git.run("check-ignore", "--quiet", "--", f"./{inner}/", ok=(0, 1, 128)).code == 0
    return "" if ignored else outer


def _files(folder: str) -> Iterator[HookFile]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        message = f"{folder} cannot be read: {error.strerror}"
        raise GitError(message, hint=f"ls -ld {folder}") from error
    for name in names:
        match = _NAMED.match(name)
        path = os.path.join(folder, name)
        if match and match[2] != ".sample" and not os.path.isdir(path):
            text = _read(path)
            if folder.endswith(_HUSKY):
                text += _read(os.path.join(os.path.dirname(folder), name))
            shim = parse_shim(text)
            yield HookFile(
                path,
                match[1],
                match[2] or "",
                text,
                os.access(path, os.X_OK),
                os.readlink(path) if os.path.islink(path) else "",
                shim if shim and shim.hook == match[1] else None,  # a link may lead to another hook
                manager_of(text),
            )


def _read(path: str) -> str:
    return read_head(path, _LARGEST, follow=True).decode("utf-8", "surrogateescape")
