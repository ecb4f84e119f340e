"""Diagnoses the installed hooks: problems, each with the command that fixes it. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from guard import __version__
from guard.core.names import shell_quote, show
from guard.githooks.places import LEGACY, HookFile, HookPlace, HookPlaces, Setting
from guard.githooks.shims import (
    DEFAULT,
    HOOKS,
    JUDGING,
    SERVING,
    TABLE,
    Shim,
    command_text,
    file_text,
    section,
)
from guard.patterns import escape

_CHAINING = ("pre-commit", "prek")
# For a file that a team shares: its members must be able to commit without guard.
_IF_THERE = (
    r'"if command -v guard >/dev/null; then guard hook $hook \"\$@\"; '
    r"else echo 'guard is not installed: not judged' >&2; fi"
    '"'
)


class Problem(NamedTuple):
    """Something wrong with the hooks.

    `what` is its kind, a word for programs. `hook` names hooks. `worktree` is "" if the problem is
    in all of them. `next` is the command that fixes it.
    """

    what: str
    hook: str
    worktree: str
    message: str
    next: str


class Guard(NamedTuple):
    """What the hooks need to know of guard.

    `absent` is the policy's word for hooks without guard, `starts` tells whether a program is a
    guard that starts, `on_path` whether PATH has one.
    """

    absent: str
    starts: Callable[[str], bool]
    on_path: bool


def examine(places: HookPlaces, guard: Guard) -> list[Problem]:
    """Find what is wrong with any hook; a problem of all worktrees is reported once."""
    found = [problem for place in places.places for problem in _in_place(places, place, guard)]
    counts = Counter(problem._replace(worktree="") for problem in found)
    merged = []
    for problem in found:
        anywhere = problem._replace(worktree="")
        merged.append(anywhere if counts[anywhere] == len(places.places) else problem)
    return list(dict.fromkeys(merged))


def ways_of(places: HookPlaces, place: HookPlace, hook: str) -> list[str]:
    """How a hook starts guard in a worktree.

    `file`, `config`, `behind` a manager, `manager` (its own settings), or `by hand`.
    """
    return _Case(places, place, hook).ways()


def is_started_by_others(places: HookPlaces, hook: str) -> bool:
    """Whether others start guard for this hook in all worktrees, for all refs."""
    cases = [_Case(places, place, hook) for place in places.places]
    return all(
        not case.sees_one_ref() and {"by hand", "manager"}.intersection(case.ways())
        for case in cases
    )


def _install(hooks: Sequence[str]) -> str:
    return " ".join(("guard install", *(f"--hook {hook}" for hook in hooks)))


def back_to_own(place: HookPlace, own: str, hooks: Sequence[str] = JUDGING) -> str:
    """The command that makes git run guard despite `core.hooksPath`, by where that is set.

    husky's folder is the team's choice, so its scripts start guard. Hooks of any other folder are
    linked to git's own, where guard will run them first.
    """
    scope = place.hooks_path.scope if place.hooks_path else ""
    if "/.husky" in place.folder:
        if not place.there:
            return f"cd {shell_quote(place.path)} && npx husky"
        return f"for hook in {' '.join(hooks)}; do echo {_IF_THERE} >> .husky/$hook; done"
    if scope == "command":
        return "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
    if place.hooks_path and scope == "worktree":
        return _unset(place, place.hooks_path._replace(key="core.hooksPath"))
    change = f"core.hooksPath {shell_quote(own)}"
    if scope == "local":
        change = "--unset-all core.hooksPath"
    return f"{_linked(place, own)}git config --local {change}"


def _linked(place: HookPlace, own: str) -> str:
    """The command that links a folder's hooks into git's own, if the folder will last."""
    passing = place.folder.startswith(f"{place.path}/") and not own.startswith(f"{place.path}/")
    if passing or not place.there:
        return ""
    own, folder = shell_quote(own), shell_quote(place.folder)
    return f"mkdir -p {own}; find {folder} -mindepth 1 -maxdepth 1 -exec ln -s {{}} {own} \\;; "


def _unset(place: HookPlace, setting: Setting) -> str:
    where = f" -C {shell_quote(place.path)}" if setting.scope == "worktree" else ""
    return f"git{where} config --{setting.scope} --unset-all {setting.key}"


class _Case(NamedTuple):
    places: HookPlaces
    place: HookPlace
    hook: str

    @property
    def file(self) -> HookFile | None:
        return self.places.file(self.place.folder, self.hook)

    @property
    def legacy(self) -> HookFile | None:
        return self.places.file(self.place.folder, self.hook, LEGACY)

    def problem(self, what: str, message: str, next_: str) -> Problem:
        return Problem(what, self.hook, self.place.path, message, next_)

    def ways(self) -> list[str]:
        file = self.file
        ways = self._ways_of_file(file) if file and file.executable else []
        return [*ways, "config"] if self.configured() == "runs" else ways

    def _ways_of_file(self, file: HookFile) -> list[str]:
        if file.shim:
            return ["file"]
        legacy = self.legacy
        behind = file.manager in _CHAINING and legacy and legacy.shim and legacy.executable
        ways = ["behind"] if behind else []
        if file.manager and self.in_framework():
            return [*ways, "manager"]
        by_hand = rf"^[^#\n]*\bguard['\"]? hook {self.hook}\b"
        return ["by hand"] if re.search(by_hand, file.text, re.MULTILINE) else ways

    def in_framework(self) -> bool:
        plugin = TABLE[self.hook].plugin
        named = rf"^[^#\n]*\b(guard-{plugin}|guard hook {self.hook})\b"
        return plugin != "" and bool(re.search(named, self.place.framework, re.MULTILINE))

    def sees_one_ref(self) -> bool:
        """Whether a manager passes only one ref of a push, as pre-commit and prek do."""
        file = self.file
        return self.hook == "pre-push" and file is not None and file.manager in _CHAINING

    def configured(self) -> str:
        """What git's configuration does about the hook.

        `runs`, `off`, `replaced` (another command), `too old` (this git), `gone`, or "".
        """
        name = section(self.hook)
        events: list[str] = []
        for event in self.place.values(f"{name}.event"):
            # an empty value clears those before it (git-config(1))
            events = [*events, event.value] if event.value else []
        if self.hook not in events:
            return ""
        commands = [setting.value for setting in self.place.values(f"{name}.command")]
        if commands[-1:] != [command_text(self.hook)]:
            return "replaced"
        if self.off():
            return "off"
        if not self.places.configures:
            return "too old"
        file = self.places.file(self.places.kept, self.hook)
        return "runs" if file and file.executable else "gone"

    def off(self) -> Setting | None:
        return self.place.switched_off(section(self.hook)) or self.place.switched_off(self.hook)

    def is_left_behind(self) -> bool:
        folders = (self.places.own, self.place.folder)
        ours = any(self.places.shims(folder, self.hook) for folder in folders)
        return not self.ways() and (ours or self.configured() != "")

    def why_missing(self) -> Problem | None:
        """Why a hook that was installed does not start; None if it never was."""
        configured = self.configured()
        off = self.off()
        if configured == "off" and off:
            return self.problem("switched-off", f"{off.key} is false", _unset(self.place, off))
        if configured == "replaced":
            return self._replaced()
        if configured == "too old":
            message = (
                "it is set up in git's configuration, "
                f"which git {self.places.version} does not run hooks from"
            )
            return self.problem("git-too-old", message, "guard install --as files")
        if configured == "gone":
            path = show(f"{self.places.kept}/{self.hook}")
            message = f"{path}, which git's configuration starts, is missing"
            return self.problem("gone", message, _install([self.hook]))
        return self._why_no_file()

    def _replaced(self) -> Problem:
        key = f"{section(self.hook)}.command"
        next_ = f"git config --unset-all hook.{key}; {_install([self.hook])}"
        last = self.place.values(key)[-1:]
        if last and last[0].scope != "local":
            next_ = _unset(self.place, last[0])
        return self.problem("hijacked", f"hook.{key} is not guard's", next_)

    def _why_no_file(self) -> Problem | None:
        place, file, legacy = self.place, self.file, self.legacy
        own = self.places.file(self.places.own, self.hook)
        if place.hooks_path and ((own and own.shim) or not place.there):
            gone = "" if place.there else ", which does not exist"
            folder = show(place.folder)
            message = f"core.hooksPath ({place.hooks_path.scope}) makes git look in {folder}{gone}"
            return self.problem("shadowed", message, back_to_own(place, self.places.own))
        chained = file and not file.shim and file.manager in _CHAINING
        if file and chained and self.in_framework():
            return self._not_executable(file, "")
        if file is None and self.in_framework():
            message = (
                "the settings of pre-commit name guard, but pre-commit has installed "
                f"no {self.hook} hook (default_install_hook_types)"
            )
            next_ = f"pre-commit install --hook-type {self.hook}"
            return self.problem("not-in-pre-commit", message, next_)
        if file and file.shim and not file.executable:
            return self._not_executable(file, ", so git ignores it")
        if legacy and legacy.shim and not legacy.executable:
            return self._not_executable(legacy, "")
        if file and self.places.shims(place.folder, self.hook):
            who = file.manager or "another hook"
            message = f"{who} has taken guard's place and does not run it"
            return self.problem("hijacked", message, self._run_by(file.manager))
        return None

    def _not_executable(self, file: HookFile, so: str) -> Problem:
        message = f"{show(file.path)} is not executable{so}"
        return self.problem("not-executable", message, f"chmod +x {shell_quote(file.path)}")

    def _run_by(self, manager: str) -> str:
        """lefthook rewrites its files, so its settings start guard."""
        if manager != "lefthook":
            return _install([self.hook])
        stdin = ", use_stdin: true" if self.hook == "pre-push" else ""
        run = f'"if command -v guard >/dev/null; then guard hook {self.hook} {{0}}; fi"'
        job = f"{{jobs: [{{run: {run}{stdin}}}]}}"
        return f"in lefthook.yml, below {self.hook}: {job}, then: lefthook install"

    def what_is_wrong(self, guard: Guard) -> Iterator[Problem]:
        ways = self.ways()
        if len(ways) > (2 if "manager" in ways and self.sees_one_ref() else 1):
            is_ours = set(ways) <= {"file", "config"}
            next_ = "guard install" if is_ours else f"guard uninstall --hook {self.hook}"
            yield self.problem("twice", f"guard is started twice ({', '.join(ways)})", next_)
        for file, shim in self._started(ways):
            starts = shim.program != "" and guard.starts(shim.program)
            if not starts and (shim.program or not guard.on_path):
                then = "there is no guard on PATH either"
                if guard.on_path:
                    then = "the guard on PATH is started in its place"
                message = f"{show(shim.program) or 'guard'} does not start any more, and {then}"
                yield self.problem("program-gone", message, "")
            elif file.text != file_text(self.hook, shim.program, guard.absent):
                next_ = f"{file.set_aside}; guard install" if shim.edited else ""
                yield self.problem("stale", f"its file {_difference(shim, guard)}", next_)

    def _started(self, ways: list[str]) -> Iterator[tuple[HookFile, Shim]]:
        files = []
        if "file" in ways or "behind" in ways:
            files.append(self.legacy if "behind" in ways else self.file)
        if "config" in ways:
            files.append(self.places.file(self.places.kept, self.hook))
        for file in files:
            if file and file.shim:
                yield file, file.shim


def _in_place(places: HookPlaces, place: HookPlace, guard: Guard) -> Iterator[Problem]:
    if place.inside:
        folder = "/" + escape(place.path.removeprefix(f"{place.inside}/")).removeprefix("/") + "/"
        next_ = f"echo {shell_quote(folder)} >> {shell_quote(place.inside + '/.gitignore')}"
        message = f"this worktree lies inside {show(place.inside)}, which does not ignore it"
        yield Problem("exposed", "", place.path, message, next_)
    cases = [_Case(places, place, hook) for hook in HOOKS]
    wanted = SERVING if places.bare else JUDGING
    missing = [case.hook for case in cases if case.hook in wanted and not case.ways()]
    if places.bare and len(missing) < len(wanted):
        missing = []
    never, reasons = [], []
    for case in cases:
        if case.hook in missing or case.is_left_behind():
            reason = case.why_missing()
            if reason:
                reasons.append(reason)
            elif case.hook in missing:
                never.append(case.hook)
    if never:
        next_ = "guard install --hook pre-receive" if places.bare else "guard install"
        if place.hooks_path:
            next_ = back_to_own(place, places.own, never)
        message = "guard is not started: there is no hook of guard's"
        yield Problem("missing", " ".join(never), place.path, message, next_)
    yield from _together(reasons)
    yield from _together([problem for case in cases for problem in case.what_is_wrong(guard)])


def _together(problems: Sequence[Problem]) -> Iterator[Problem]:
    hooks: dict[Problem, list[str]] = {}
    for problem in problems:
        hooks.setdefault(problem._replace(hook=""), []).append(problem.hook)
    for problem, names in hooks.items():
        usual = "guard install" if set(names) & set(DEFAULT) else _install(names)
        yield problem._replace(hook=" ".join(names), next=problem.next or usual)


def _difference(shim: Shim, guard: Guard) -> str:
    if shim.edited:
        return "was edited since guard install wrote it"
    if shim.version != __version__:
        return f"is from guard {show(shim.version)}, and this is guard {__version__}"
    if shim.absent != guard.absent:
        return f"has `absent={show(shim.absent)}`, and guard.toml has {guard.absent}"
    return "was written by another build of this version"
