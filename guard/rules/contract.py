"""CON: is there a contract, out of the change's own reach, and do its waivers still hold?"""

from __future__ import annotations

import re

from guard.changes.starts_guard_edit import touched
from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract
from guard.contracts.positions import line_of
from guard.contracts.strings import hold
from guard.core.codes import CODES, Severity
from guard.core.names import shell_quote
from guard.rules.advice import called_back, leave_out
from guard.rules.findings import Decision, Violation
from guard.rules.rule import Instead, worst_for
from guard.rules.widening import declare, pattern_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.contracts.model import Waiver
    from guard.rules.facts import Facts
    from guard.rules.report import Trusted

_UNDECLARED = (
    "Nothing may be changed here until there is a contract: declare one for the branch, or bind "
    "the worktree to one. What another session owns stays with that session."
)
INSTEAD_UNDECLARED = Instead(before=_UNDECLARED, after=_UNDECLARED)
INSTEAD_EDITED = Instead(
    before="Leave policy, contracts and what starts guard as they are: "
    "they are changed on {base}, on their own, by a person.",
    after="Take back what was changed in policy, contracts or what starts guard: "
    "they are changed on {base}, by a person.",
)
_FEW = 5  # actors that are named
_FOLDER = CONTRACTS.partition("/")[0]
_GUARDS_OWN = (_FOLDER, POLICY_FILE)  # how the paths of guard's own files begin


def no_contract(facts: Facts) -> Iterator[Violation]:
    """Does the branch have a contract?

    A contract tells the other sessions what this one will touch. It is found by the branch's name:
    one of its `branches` patterns, or by default NAME, worktree-NAME and ANYTHING/NAME for
    .guard/contracts/NAME.toml. A detached HEAD has no such name: `guard start --here NAME` binds
    the worktree to a contract, and `guard check --contract NAME` chooses one for once. A contract
    with `actors` applies to them alone: if the CI system says that somebody else made
    the change, the branch has no contract. A branch that changed nothing needs none.

    What to do: write a contract with `guard contract new`, and `guard contract publish` it.
    `missing = "warning"` under `[contracts]` in guard.toml allows branches without a contract: they
    are told of shared files (SHR001) and of what open contracts own (OWN001), and of nothing else.
    With `"off"` nobody is told what others own, and shared files count as on any branch.
    """
    if facts.contract or not (facts.changes or facts.carried):
        return
    if facts.refused:
        yield _not_theirs(facts.refused, facts)
    elif worst_for(facts) != Severity.ERROR:
        return
    elif facts.branch:
        base = facts.trusted.granting
        message = f"no contract claims branch {facts.branch}, neither on {base} nor here"
        message += f"; it was {facts.was} until it was renamed" if facts.was else ""
        yield Violation("", message, called_back(facts) or declaration(facts))
    else:
        yield _detached(facts)


def contract_edited(facts: Facts) -> Iterator[Violation]:
    """Does the branch change policy, contracts or guard's settings?

    A change must not widen its own permission. guard reads guard.toml and the contracts from the
    base, so an edit on the branch has no effect there; but after the merge it takes effect for
    every session. A session may write its own handoff and, once, its own first declaration; and it
    may delete its own contract, which closes it after the merge, if that is not standing and no
    other branch works under it. It stays judged by that contract. In
    files that start guard (git hooks, agents' hooks, CI workflows) only edits of guard's part are
    reported: the lines that mention it and every key around them up to the root of the file. Other
    jobs, hooks, steps and plain commands are free; so is starting guard for the first time.

    What to do: make the change on the base, on its own, where those who keep the policy see it. A
    contract on the base may allow it by a waiver for `contract-edited`.
    """
    own = facts.contract.file if facts.contract else ""
    edited = own if facts.edited_since else ""
    if edited:
        message = (
            f"the contract was declared in {facts.declared_in[:12]} and edited since; "
            "the first declaration counts"
        )
        step = f"guard contract publish {facts.contract.name}" if facts.contract else ""
        yield Violation(own, message, step, Decision(own, 0, ""))
    for change in facts.changes:
        path = change.path
        if _is_guards_own(path) and path not in facts.own_files and path != edited:
            message = _what(path, change.status, facts.trusted)
            if facts.contract and path == own and change.status == "D":
                message = f"the branch deletes its contract, and {_kept(facts.contract)}"
            yield Violation(path, message, called_back(facts) or leave_out(facts, path))
    for edit in facts.settings:
        line = touched(edit.path, edit.before, edit.after)
        if line:
            message = (
                "this file starts guard, and the edit touches what starts it "
                f"or switches it off: {line[:120]}"
            )
            yield Violation(edit.path, message, leave_out(facts, edit.path))


def self_declared(facts: Facts) -> Iterator[Violation]:
    """Was the contract first declared on the branch itself?

    Others could see a contract on the base before the work began; a contract that first appears on
    the branch was written by the session itself. guard reads it from the first commit that added it
    (before any commit, from the working tree); later edits do not count. Its `forbids` holds, and
    its `owns` except for what is others' on the base; its `merges` and waivers have no effect.

    What to do: `guard contract publish NAME`, from where on the contract counts as it is.
    `self_declared = "off"` under `[contracts]` in guard.toml accepts such contracts.
    """
    contract = facts.contract
    if not contract or facts.trusted.contract_from not in ("branch", "working-tree"):
        return
    where = "in the working tree, not committed"
    if facts.declared_in:
        where = f"in {facts.declared_in[:12]}, on this branch"
    parts = (("merges", contract.merges), ("waivers", contract.waivers))
    idle = " and ".join(word for word, used in parts if used)
    without = f"; its {idle} have no effect until then" if idle else ""
    message = (
        f"contract {contract.name} is declared {where}, "
        f"and is not on {facts.trusted.granting} yet{without}"
    )
    step = f"guard contract publish {contract.name}"
    yield Violation(contract.file, message, step, Decision(contract.file, 0, ""))


def expired_waiver(facts: Facts) -> Iterator[Violation]:
    """Is a waiver past its date or without effect?

    A waiver is an exception with a reason and a last day. After that day it waives nothing. A
    waiver that waived no finding is not needed, or misses what it was meant for; guard says so only
    if the waiver's rule was asked about the whole branch, so before a commit it checks dates alone.
    Waivers of a contract that is not on the base have no effect.

    What to do: remove the waiver, or give it a new day and a reason, on the base.
    """
    contract = facts.contract
    if not contract:
        return
    for index, waiver in enumerate(contract.waivers):
        why = _idle(facts, index, waiver)
        if why:
            line = line_of(contract.text, "waive", index)
            message = f"the waiver of {CODES[waiver.rule]} for {', '.join(waiver.paths)} {why}"
            decision = Decision(contract.file, line, waiver.rule)
            step = "show" if facts.trusted.contract_from == "base" else "publish"
            next_ = f"guard contract {step} {contract.name}"
            yield Violation(contract.file, message, next_, decision, line)


def _not_theirs(contract: Contract, facts: Facts) -> Violation:
    actors = contract.actors
    shown = ", ".join(actors[:_FEW])
    if len(actors) > _FEW:
        shown += f" and {len(actors) - _FEW} more"
    message = f"contract {contract.name} is for {shown}; this change is made by {facts.author}"
    place = Decision(contract.file, line_of(contract.text, "actors"), "")
    return Violation("", message, f"guard contract show {shell_quote(contract.name)}", place)


def _detached(facts: Facts) -> Violation:
    message = "HEAD is detached, so no branch tells whose contract applies"
    only = shell_quote(facts.contracts[0].name) if len(facts.contracts) == 1 else ""
    if facts.scope == "range":
        step = f"guard check --contract {only}" if only else "guard contract list"
        return Violation("", f"{message}; name it with --contract NAME", step)
    step = f"guard start --here {only}"
    if not only:
        step = "guard start --here NAME   # guard contract list shows the names"
    return Violation("", f"{message}; bind this worktree to one", step)


def _is_guards_own(path: str) -> bool:
    return path in _GUARDS_OWN or path.startswith(f"{_FOLDER}/")


def _kept(contract: Contract) -> str:
    """Why a branch may not delete its own contract."""
    if contract.standing:
        return "a standing contract is for further branches"
    return "another branch with commits of its own works under it"


def _what(path: str, status: str, trusted: Trusted) -> str:
    base = trusted.home[0]
    done = {"A": "adds", "D": "deletes"}.get(status, "changes")
    if path == POLICY_FILE:
        return f"the branch {done} the policy, which is read from {base} alone"
    if path in (_FOLDER, CONTRACTS):
        return (
            f"the branch replaces a folder that guard reads from {base}; "
            "after the merge guard could judge nobody"
        )
    if path.startswith(CONTRACTS + "/"):
        return (
            f"the branch {done} a contract; contracts are read from {trusted.granting}, "
            "and this is not the session's own first declaration"
        )
    return f"the branch {done} a file of guard's that is not the session's own"


def declaration(facts: Facts) -> str:
    """Give the command that declares a contract for what changed so far."""
    name, more = _name(facts), []
    if not claims(Contract(name, "", ""), facts.branch):
        more = ["--branch", shell_quote(pattern_for(facts.branch)[1:])]
    return declare(facts, name, *more) or "guard contract new --help"


def _name(facts: Facts) -> str:
    """A free name for the branch's contract: the last part of the branch's name, if valid.

    The number of a version says too little: `release/1` is `release-1`.
    """
    name = facts.branch.rpartition("/")[2]
    if re.fullmatch(r"[\d.]+", name):
        name = facts.branch
    if not hold("name", (name,)):
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80].strip("-_") or "session"
    taken = {contract.name for contract in facts.contracts}
    while name in taken:
        name += "-2"
    return name


def _idle(facts: Facts, index: int, waiver: Waiver) -> str:
    """Why a waiver waives nothing, or ""."""
    if waiver.until and waiver.until < facts.today:
        return f"held until {waiver.until}"
    if facts.trusted.contract_from != "base":
        return f"has no effect: the contract is not on {facts.trusted.granting}"
    was_asked = facts.scope != "staged" and waiver.rule in facts.waived.asked
    return "waived nothing" if was_asked and index not in facts.waived.used else ""
