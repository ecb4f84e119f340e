"""Commands of git's that would take or destroy the work of another session of the repository.

The stash is one for all worktrees, and so are branches. A coordinator, whose worktree has the base
or no contract, may do all of it.
"""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.agents.globs import reached
from guard.agents.moves_base import moves, named, pushed, takes_all
from guard.agents.protocol.event import Deed
from guard.agents.shell.deeds import GRANTED, REWRITES, Risk
from guard.agents.shell.ways_back import LOST, empties
from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.errors import NotAdopted
from guard.core.files import read_head
from guard.core.names import HEADS, shell_quote, show
from guard.git.locate import common_dir, git_dir, tops_beside
from guard.git.plumbing import at
from guard.git.repository import has_ref
from guard.git.worktrees import worktrees
from guard.rules.grants import others
from guard.sessions.life.losses import losses, told
from guard.verdict.verdict import facts_without_changes

_LARGEST = 1 << 20
_STASHED = "The stash is one for all worktrees: take only what this branch has stashed."
_ELSEWHERE = "Stay in this session's own worktree and on its own branch; the others are in use."
_TAKES = ("pop", "apply", "drop", "branch")
_LEAVES = ("-b", "-B", "-c", "-C", "-d", "--detach", "--orphan", "--")
# What writes into a worktree, but with one of these words.
_LOOKS = {
    "stash": ("list", "show"),
    "clean": ("-n", "--dry-run"),
    "bisect": ("log", "view", "visualize", "terms"),
    "sparse-checkout": ("list", "check-rules"),
}
_OVERWRITE = ("checkout", "switch", "restore", "checkout-index", "read-tree")


class _Session(NamedTuple):
    """The asking session's branch, its contract, and the other contracts."""

    top: str
    branch: str
    contract: Contract | None
    others: Sequence[Contract]
    base: str

    def is_anothers(self, branch: str) -> bool:
        """Whether another session works on a branch."""
        if self.contract and claims(self.contract, branch):
            return False
        return any(claims(one, branch) for one in self.others)


def endangered(
    risks: Sequence[tuple[Risk, str]], here: str, start: str, bound: str = ""
) -> list[Deed]:
    """Give what is refused of `risks`, each with the top of its worktree.

    `here` is the top of the asking session's worktree, `start` the directory of its shell, `bound`
    the contract of its conversation. Raises GuardError if no contract can be read.
    """
    same = [(risk, top) for risk, top in risks if common_dir(top) == common_dir(here)]
    try:
        facts = facts_without_changes(at(here), bound=bound)
    except NotAdopted:
        return []
    base = _local_name(here, facts.trusted.home[0])
    session = _Session(here, facts.branch, facts.contract, others(facts), base)
    found: list[Deed] = []
    switched: dict[str, str] = {}  # what a command has checked out before it goes on
    for risk, top in same:
        branch = switched.get(top, _branch_of(top))
        found += _deeds(risk, top, session, start, branch)
        switched[top] = _switched_to(risk.words) or branch
    return list(dict.fromkeys(found))


def _switched_to(words: Sequence[str]) -> str:
    """The branch on which a command goes on after `words`; "" if that stays, or is a new one."""
    verb, *rest = words
    names = [word for word in rest if not word.startswith("-")]
    if verb == "symbolic-ref" and names[:1] == ["HEAD"]:
        return names[-1].removeprefix(HEADS) if len(names) > 1 else ""
    stays = verb not in ("checkout", "switch") or not set(rest).isdisjoint(_LEAVES)
    return "" if stays or len(names) != 1 else names[0]


def _deeds(risk: Risk, top: str, session: _Session, start: str, branch: str) -> Iterator[Deed]:
    verb, *words = risk.words
    for taken in _on_stash(verb, words):
        yield from _stash(f"git {verb} {words[0]}", taken, top)
    if session.contract is None:
        return
    discards = _discards(risk.words) and top != session.top
    is_there = branch == session.base
    if moved := moves(risk, session.base, start, is_there=is_there, discards=discards):
        yield Deed(f"git {verb} {moved}", GRANTED, "guard integrate --check")
    elif verb in _OF:
        yield from _OF[verb](words, _folder(risk, start), session)
    elif discards:
        yield from _worktrees(f"git {' '.join(risk.words[:2])}", [top], session)
    elif "--dry-run" not in words:
        names = [ref.removeprefix(HEADS) for ref in named(verb, words, _folder(risk, start))]
        if verb == "push":
            names += pushed(words)
        if takes_all(verb, words):
            names += [one.branch for one in worktrees(at(top))]
        names += [branch] if verb in REWRITES or (verb == "push" and not names) else []
        yield from _branches(f"git {verb}", names, session)


def _folder(risk: Risk, start: str) -> str:
    return os.path.join(start, os.path.expanduser(risk.directory))


def _of_log(words: Sequence[str], _: str, session: _Session) -> Iterator[Deed]:
    """The logs of other branches, from which lost work comes back."""
    names = [word.partition("@")[0] for word in words[1:] if not word.startswith("-")]
    for name in names if empties(words) else ():
        branch = name.removeprefix(HEADS)
        if branch == session.base or session.is_anothers(branch):
            what = f"git reflog {words[0]} would forget where {show(branch)} has been"
            yield Deed(f"{what}; {LOST}", _ELSEWHERE, _LIST)


def _of_worktree(words: Sequence[str], folder: str, session: _Session) -> Iterator[Deed]:
    action, names = words[:1], [word for word in words[1:] if word[:1] != "-"]
    if action == ["prune"] and {"-n", "--dry-run"}.isdisjoint(words):
        away = [one.branch for one in worktrees(at(session.top)) if one.missing]
        yield from _branches("git worktree prune", away, session)
    elif action == ["add"]:
        made = [ref.removeprefix(HEADS) for ref in named("worktree", words, folder)]
        yield from _branches("git worktree", made, session)
    elif action in (["remove"], ["move"], ["unlock"]):
        tops = tops_beside(session.top)
        folders = [
            path
            for word in (names[:1] if action == ["move"] else names)
            for path in (os.path.join(folder, word), *reached(word, folder, tops))
        ]
        yield from _worktrees(f"git worktree {action[0]}", folders, session)


_OF = {"reflog": _of_log, "worktree": _of_worktree}


def _local_name(top: str, ref: str) -> str:
    """The branch of this repository that a base is called like: that of `origin/main` is `main`."""
    if has_ref(at(top), HEADS + ref):
        return ref
    return ref.partition("/")[2] or ref


def _discards(words: Sequence[str]) -> bool:
    """Whether a command overwrites or removes what lies in the worktree where it acts."""
    verb, rest = words[0], set(words[1:])
    if verb in _LOOKS:  # an option may stand anywhere
        return {*words[1:2], *(word for word in rest if word[:1] == "-")}.isdisjoint(_LOOKS[verb])
    if verb == "reset":
        return not rest.isdisjoint(("--hard", "--merge", "--keep"))
    return verb in _OVERWRITE


def _on_stash(verb: str, words: Sequence[str]) -> Iterator[Sequence[str]]:
    """What a command does to the stash, in words of git-stash(1): its log holds the entries."""
    names = [word.removeprefix("refs/") for word in words if not word.startswith("-")]
    if verb == "stash" and words:
        yield words
    elif verb == "update-ref" and "-d" in words and names[:1] == ["stash"]:
        yield ("clear",)
    elif verb == "reflog" and empties(words):
        if words[0] == "delete":
            yield from (("drop", name) for name in names if name.startswith("stash@{"))
        elif "stash" in names:
            yield ("clear",)


def _stash(command: str, words: Sequence[str], top: str) -> Iterator[Deed]:
    made_on = _stashed(top)
    own = _branch_of(top)
    mine = [number for number, branch in enumerate(made_on) if branch == own]
    next_ = f"git stash apply stash@{{{mine[0]}}}" if mine else "git stash list"
    if words[0] == "clear":
        foreign = [branch for branch in made_on if branch != own]
        if foreign:
            what = f"{command} would drop what {show(foreign[0])} has stashed, for good"
            yield Deed(what, _STASHED, next_)
    if words[0] not in _TAKES:
        return
    names = [word for word in words[1:] if not word.startswith("-")]
    names = names[1:] if words[0] == "branch" else names
    number = _number(names[0]) if names else 0
    if number is not None and number < len(made_on) and made_on[number] != own:
        branch = made_on[number]
        what = f"stash@{{{number}}} was made on {show(branch)}, not on {show(own) or 'this branch'}"
        yield Deed(what, _STASHED, next_)


def _stashed(top: str) -> list[str]:
    """The branch of each entry, newest first, by the stash's log (`WIP on BRANCH:`)."""
    log = os.path.join(common_dir(top), "logs", "refs", "stash")
    lines = read_head(log, _LARGEST).decode(errors="surrogateescape").splitlines()
    found = []
    for line in reversed(lines):
        message = line.partition("\t")[2]
        found.append(message.removeprefix("WIP on ").removeprefix("On ").partition(":")[0])
    return found


def _number(name: str) -> int | None:
    digits = name.removeprefix("stash@{").removesuffix("}")
    return int(digits) if digits.isdecimal() else None


def _branch_of(top: str) -> str:
    """The branch of a worktree, also while it is rebased; "" if HEAD is detached."""
    own = git_dir(top)
    for name in ("HEAD", "rebase-merge/head-name", "rebase-apply/head-name"):
        text = read_head(os.path.join(own, name), 1 << 12).decode(errors="surrogateescape").strip()
        text = text.removeprefix("ref: ")
        if text.startswith(HEADS):
            return text.removeprefix(HEADS)
    return ""


def _branches(what: str, names: Sequence[str], session: _Session) -> Iterator[Deed]:
    for name in dict.fromkeys(names):
        if session.is_anothers(name):
            yield Deed(f"{show(what)}: {show(name)} is another session's branch", _ELSEWHERE, _LIST)


_LIST = "git worktree list"


def _worktrees(what: str, folders: Sequence[str], session: _Session) -> Iterator[Deed]:
    tops = [os.path.realpath(folder) for folder in folders]
    if all(top == session.top for top in tops):
        return
    for number, one in enumerate(worktrees(at(session.top))):
        if one.real not in tops or one.real == session.top:
            continue
        ours = session.contract and one.branch and claims(session.contract, one.branch)
        why = "" if ours else _against(one.path, is_main=number == 0)
        if why:
            clean = f"git -C {shell_quote(one.path)} status"
            acts = f"{show(what)} would act in {show(one.path)}"
            yield Deed(f"{acts}, {why}", _ELSEWHERE, clean)


def _against(top: str, *, is_main: bool) -> str:
    """Why a session may not act in a worktree that is not its own.

    "" if that has no contract and nothing that would be lost: somebody made it to look at a commit,
    most often the agent that asks.
    """
    why = "which is not this session's"
    if is_main or not os.path.isdir(top) or facts_without_changes(at(top)).contract:
        return why
    lost = losses(top)
    return f"{why}; {told(top, lost)}" if lost else ""
