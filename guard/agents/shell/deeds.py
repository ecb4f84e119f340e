"""What a shell command certainly does to the hooks, settings and worktrees that guard relies on.

Unsure words and unknown programs prove nothing: git's hooks and CI find what gets past this.
"""

from __future__ import annotations

from guard.agents.protocol.event import Deed
from guard.agents.shell.commands import Word, below, commands_in, name_of
from guard.agents.shell.touches import PATCHERS, Touch, patched_by, touches_of
from guard.agents.shell.wrappers import unwrapped
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.agents.protocol.event import Write
    from guard.agents.shell.commands import Command
    from guard.agents.shell.git_call import GitCall

_LONGEST = 1 << 18  # characters of a command; a longer one holds a file
_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_TOO_LONG = f"are more than guard reads ({_LONGEST:,}), so it cannot say what they do"
_IN_PARTS = "Write the file with the tool for files, or in parts; then run a short command."
_RUN_HOOKS = frozenset(
    "commit merge push pull rebase am cherry-pick revert checkout switch worktree".split()
)
# What moves the branch that is checked out, or its index and files with it.
REWRITES = frozenset("commit merge pull rebase am cherry-pick revert reset".split())
_RISKY = REWRITES | frozenset(
    "stash clean checkout switch restore branch update-ref symbolic-ref worktree push fetch "
    "checkout-index read-tree bisect sparse-checkout reflog filter-branch filter-repo".split()
)
# What changes contracts, the base or other sessions, by the first word behind `guard`.
LEADS = frozenset("start finish integrate grant tidy contract".split())
_OF_CONTRACTS = ("new", "edit", "publish")
PUSHES_ALL = frozenset(("--all", "--branches", "--mirror"))
TAKES = ("pop", "apply", "drop", "clear", "branch")
_SKIP_VERIFY = frozenset("commit merge push pull am".split())
# What may destroy the only way back to lost work.
_FORGETS = frozenset("gc prune repack reflog maintenance config".split())
_OFF = frozenset(("0", "false", "no", "off", ""))
# Variables by which hook managers skip hooks: a list of names, or a switch.
_LISTS = ("SKIP", "PREK_SKIP", "LEFTHOOK_EXCLUDE")
_SWITCHES = {"HUSKY": "0", "LEFTHOOK": "0"}
_HOOK_MANAGERS = frozenset(("pre-commit", "prek", "lefthook", "husky"))

_SKIPPED = (
    "Run it without that. If a hook stops it, the hook's message says what to change; "
    "guard check gives the same verdict."
)
_HIJACKED = (
    "Leave the hooks as they are: they keep this repository's parallel sessions apart. "
    "A person can change them."
)
GRANTED = (
    "Stay inside the contract: what it needs besides belongs in the handoff, as follow-up work, "
    "or in a question to a person, who can widen it."
)
_FORGOTTEN = (
    "Leave it to git, which forgets in time by itself; git gc without options does that. "
    "A person can do more while no other session is at work."
)
_KEPT = "Leave what was finished in the trash: it is out of the way, and can be brought back."
_UNFORCED = (
    "Commit or move what is in it; "
    "git worktree remove without --force removes a worktree that is clean and unlocked."
)


class Risk(NamedTuple):
    """A command that may harm another session's work, or rebind one: its words and directory.

    The first word is the verb of git, or of guard.
    """

    words: tuple[str, ...]
    directory: str


class Deeds(NamedTuple):
    """What is refused in any worktree, the paths to be looked at, and the files of patches.

    `risks` are to be looked at, too.
    """

    refused: tuple[Deed, ...] = ()
    touched: tuple[Touch, ...] = ()
    patched: tuple[Write, ...] = ()
    risks: tuple[Risk, ...] = ()


def deeds_in(text: str) -> Deeds:
    """Give what the shell command `text` certainly does, as far as it concerns guard."""
    if len(text) > _LONGEST:
        return _at_length(text)
    commands = [plain for command in commands_in(text) for plain in unwrapped(command)]
    calls = [(command, _git_call(command.words)) for command in commands]
    refused = dict.fromkeys(deed for call in calls for deed in _refused(*call))
    touched = dict.fromkeys(touch for call in calls for touch in touches_of(*call))
    patched = tuple(write for command in commands for write in patched_by(command))
    return Deeds(tuple(refused), tuple(touched), patched, tuple(_risks(calls)))


def _git_call(words: Sequence[Word]) -> GitCall | None:
    if name_of(words) != "git":
        return None
    from guard.agents.shell.git_call import parse_git  # many commands are of other programs

    return parse_git(words)


def _risks(calls: Sequence[tuple[Command, GitCall | None]]) -> Iterator[Risk]:
    """The commands that take what others stashed, or act on other worktrees and branches."""
    pushed = False
    for command, call in calls:
        if name_of(command.words) == "guard" and (words := _leading(command.words[1:])):
            yield Risk(words, _directory(command, ()) or "")
        if call is None or call.verb not in _RISKY:
            continue
        is_of_worktrees = call.verb == "worktree"
        # A glob stands for worktrees there, and is looked up among them.
        words = tuple((is_of_worktrees and word.glob) or word.text for word in call.words)
        directory = _directory(command, (*_set(command, "GIT_DIR"), *call.directories))
        takes = call.verb == "stash" and words[1:2] != () and words[1] in TAKES
        # What this very command has stashed is its own.
        own = takes and pushed and words[1] in ("pop", "apply") and len(words) == 2
        pushed = pushed or (call.verb == "stash" and not takes)
        known = [word.sure or (is_of_worktrees and word.glob) for word in call.words]
        sure = directory is not None and all(known)
        if sure and not own:
            yield Risk(words, directory or "")
        tree = call.work_tree or (*_set(command, "GIT_WORK_TREE"),)
        acts_in = _directory(command, (*call.folders, *tree)) if tree else None
        if acts_in is not None and all(known):
            yield Risk(words, acts_in)


def _set(command: Command, variable: str) -> Iterator[Word]:
    """The folder that a call of git is told by a variable."""
    return (value for name, value in command.assignments if name == variable)


def _leading(words: Sequence[Word]) -> tuple[str, ...]:
    """The words of a command of guard's that leads, up to a program; () if it harms nobody."""
    texts = tuple(word.text for word in words)
    own = texts[: texts.index("--")] if "--" in texts else texts
    if own[:1] == ("contract",) and own[1:2] not in [(verb,) for verb in _OF_CONTRACTS]:
        return ()
    harmless = not own or own[0] not in LEADS or "--help" in own
    return () if harmless else texts


def _at_length(text: str) -> Deeds:
    """Give what a command does that holds a long patch; another one cannot be judged."""
    before, _, rest = text.partition(_BEGIN)
    patch, _, after = rest.rpartition(_END)
    around = f"{before}{after}"
    if not patch or len(around) > _LONGEST or not any(name in before for name in PATCHERS):
        what = f"{len(text):,} characters of shell {_TOO_LONG}"
        return Deeds(refused=(Deed(what, _IN_PARTS, "guard check", ""),))
    from guard.agents.protocol.patch import parse_patch

    return deeds_in(around)._replace(patched=parse_patch(patch))


def _refused(command: Command, call: GitCall | None) -> Iterator[Deed]:
    """The deeds of a command; where that matters, its directory must be known."""
    words = command.words
    name = name_of(words)
    directory = _directory(command, call.directories if call else ())
    for deed in (
        *_git_deeds(call),
        *_variable_deeds(command, call, name),
        *_uninstall_deeds(name, [word.text for word in words[1:]]),
    ):
        if deed.directory is None:
            yield deed
        elif directory is not None:
            yield deed._replace(directory=directory)


def _directory(command: Command, further: Sequence[Word]) -> str | None:
    directory = command.directory
    for word in further:
        directory = below(directory, word.path())
    return None if command.changed or not all(word.sure for word in further) else directory


def _git_deeds(call: GitCall | None) -> Iterator[Deed]:
    if call is None:
        return
    if call.verb in _SKIP_VERIFY and call.skips_hooks:
        check = "guard check --staged" if call.verb == "commit" else "guard check --branch"
        what = f"git {call.verb} {call.skips_hooks} bypasses the hooks that judge it"
        yield Deed(what, _SKIPPED, check, "")
    if call.verb in _RUN_HOOKS and any(_switches_off(key, value) for key, value in call.settings):
        what = f"git {call.verb} runs other hooks here, or none"
        yield Deed(what, _SKIPPED, "guard check --staged", "")
    if call.verb == "config" and _switches_off(call.key, call.value, removed=call.removes):
        what = f"git config {call.key} decides which hooks run"
        yield Deed(what, _HIJACKED, "guard check", None if call.everywhere else "")
    if call.verb in _FORGETS:
        from guard.agents.shell.ways_back import forgets  # few calls are of that kind

        words = [word.text for word in call.words]
        if what := forgets(words, call.settings, "" if call.removes else call.key, call.value):
            yield Deed(what, _FORGOTTEN, "git gc", "")
    if call.forces_removal:
        what = "git worktree remove --force discards uncommitted work there"
        yield Deed(what, _UNFORCED, "git worktree list", "")


def _switches_off(key: str, value: str, *, removed: bool = False) -> bool:
    """Whether a change of a key disables hooks (git-config(1), git-hook(1))."""
    name = key.lower()
    if name == "core.hookspath":
        return not removed
    if not name.startswith("hook."):
        return False
    if removed:
        return "guard" in name
    starts_other = "guard" in name and name.endswith(".command") and "guard" not in value
    return starts_other or (name.endswith(".enabled") and value.lower() in _OFF)


def _variable_deeds(command: Command, call: GitCall | None, name: str) -> Iterator[Deed]:
    exported = _exported(command.words, name)
    if not exported and (call is None or call.verb not in _RUN_HOOKS):
        return
    for variable, value in (*command.assignments, *exported):
        left_out = variable in _LISTS and any("guard" in part for part in value.text.split(","))
        off = variable in _SWITCHES and value.text == _SWITCHES[variable]
        hooks = variable.startswith("GIT_CONFIG_") and "core.hookspath" in value.text.lower()
        if value.sure and (left_out or off or hooks):
            what = f"{variable}={value.text} skips the hooks that judge a commit"
            yield Deed(what, _SKIPPED, "guard check --staged", "")


def _exported(words: Sequence[Word], name: str) -> list[tuple[str, Word]]:
    exports = name == "export"
    if name in ("declare", "typeset"):
        exports = any(word.text[:1] == "-" and "x" in word.text for word in words)
    found = []
    for word in words[1:] if exports else ():
        variable, _, value = word.text.partition("=")
        found.append((variable, Word(value, word.sure)))
    return found


def _uninstall_deeds(name: str, arguments: list[str]) -> Iterator[Deed]:
    uninstalls = arguments[:1] == ["uninstall"]
    if name == "guard" and (uninstalls or arguments[:2] == ["agent", "uninstall"]):
        yield Deed("this session may not remove guard's hooks", _HIJACKED, "guard check")
    empties = arguments[:1] == ["finish"] and "--empty-trash" in arguments
    if name == "guard" and empties and "--help" not in arguments:
        what = "guard finish --empty-trash deletes for good, and a person does that"
        yield Deed(what, _KEPT, "guard sessions", "")
    if name in _HOOK_MANAGERS and uninstalls:
        what = f"{name} uninstall removes the hooks that judge every commit"
        yield Deed(what, _HIJACKED, "guard check", "")
