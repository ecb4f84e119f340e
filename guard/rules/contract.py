"""CON: is there a contract, and does it stand where a change cannot reach it?"""

from __future__ import annotations

import re

from guard.changes.starts_guard_edit import touched
from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, POLICY_FILE, Contract
from guard.contracts.positions import line_of
from guard.contracts.strings import name_complaint
from guard.core.names import shell_quote
from guard.rules.advice import leave_out, pattern_for
from guard.rules.findings import Decision, Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guard.rules.facts import Facts

_FEW = 5  # actors that are named
_FOLDER = CONTRACTS.partition("/")[0]
_GUARDS_OWN = (_FOLDER, POLICY_FILE)  # how the paths of guard's own files begin


def no_contract(facts: Facts) -> Iterator[Violation]:
    """Does the branch have a contract?

    A contract tells the other sessions what this one will touch. It is found by the branch's name: one of the contract's `branches`
    patterns, or by default NAME, worktree-NAME and ANYTHING/NAME for the contract .guard/contracts/NAME.toml. A detached HEAD has no
    branch's name, so the contract must be named: `guard check --contract NAME`. A contract with `actors` is for them alone: where the CI
    system says that somebody else makes the change, it has no contract.

    What to do: write a contract with `guard contract new`, and let it land on the base. `missing = "off"` under `[contracts]` in
    guard.toml lets branches do without.
    """
    if facts.contract:
        return
    if facts.refused:
        yield _not_theirs(facts.refused, facts)
        return
    if facts.branch:
        message = (
            f"no contract claims branch {facts.branch}, neither on {facts.trusted.ref} nor here"
        )
        yield Violation("", message, _declare(facts))
        return
    if facts.scope == "staged":
        message = "HEAD is detached, so no branch tells whose contract applies; the commit belongs on one that a contract claims"
        yield Violation(
            "",
            message,
            "git switch -c BRANCH   # by `guard contract list`; what is staged comes along",
        )
        return
    names = [contract.name for contract in facts.contracts]
    message = (
        "HEAD is detached, so no branch tells whose contract applies; name it with --contract NAME"
    )
    yield Violation(
        "",
        message,
        f"guard check --contract {shell_quote(names[0])}"
        if len(names) == 1
        else "guard contract list",
    )


def contract_edited(facts: Facts) -> Iterator[Violation]:
    """Does the branch change policy, contracts or guard's settings?

    A change must not widen its own permission. guard reads guard.toml and the contracts from the base, so an edit on the branch has no
    effect on the branch; it is reported because it would take effect for everybody with the merge. A session may write its own handoff
    and, once, its own first declaration. In files that start guard (git hooks, agents' hooks, CI workflows) only edits that touch the
    lines that start it, or that switch hooks off, are reported; starting guard for the first time is not.

    What to do: make the change on the base, on its own, where whoever keeps the policy sees it. A contract on the base may allow it by a
    waiver for `contract-edited`.
    """
    own = facts.contract.file if facts.contract else ""
    if facts.edited_since and own:
        message = f"the contract was declared in {facts.declared_in[:12]} and edited since; the first declaration counts"
        yield Violation(own, message, leave_out(facts, own), Decision(own, 0, ""))
    for path, status in [
        (change.path, change.status)
        for change in facts.changes
        if change.path.startswith(_GUARDS_OWN)
    ]:
        if (
            _is_guards_own(path)
            and path not in facts.own_files
            and not (facts.edited_since and path == own)
        ):
            yield Violation(path, _what(path, status, facts.trusted.ref), leave_out(facts, path))
    for edit in facts.settings:
        line = touched(edit.before, edit.after)
        if line:
            message = f"this file starts guard, and the edit touches what starts it or switches it off: {line[:120]}"
            yield Violation(edit.path, message, leave_out(facts, edit.path))


def self_declared(facts: Facts) -> Iterator[Violation]:
    """Was the contract first declared on the branch itself?

    A contract that stands on the base was seen by others before the work began. One that first appears on the branch was written by the
    session itself: it is read from the first commit that added it (before any commit, from the working tree), and later edits do not
    count. Its `owns` and `forbids` hold; its `merges` and its waivers have no effect.

    What to do: let the contract land on the base, on its own. In a worktree of the base:
    `git restore --source=BRANCH -- .guard/contracts/NAME.toml`, then commit that file. `self_declared = "off"` under `[contracts]` in
    guard.toml accepts contracts that a session wrote for itself.
    """
    contract = facts.contract
    if not contract or facts.trusted.contract_from not in ("branch", "working-tree"):
        return
    where = (
        f"in {facts.declared_in[:12]}, on this branch"
        if facts.declared_in
        else "in the working tree, not committed"
    )
    idle = [
        word for word, used in (("merges", contract.merges), ("waivers", contract.waivers)) if used
    ]
    without = f"; its {' and '.join(idle)} have no effect until then" if idle else ""
    message = f"contract {contract.name} is declared {where}, and does not stand on {facts.trusted.ref} yet{without}"
    yield Violation(contract.file, message, "guard explain CON005", Decision(contract.file, 0, ""))


def _not_theirs(contract: Contract, facts: Facts) -> Violation:
    shown = ", ".join(contract.actors[:_FEW]) + (
        f" and {len(contract.actors) - _FEW} more" if len(contract.actors) > _FEW else ""
    )
    message = f"contract {contract.name} is for {shown}; this change is made by {facts.author}"
    place = Decision(contract.file, line_of(contract.text, "actors"), "")
    return Violation("", message, f"guard contract show {shell_quote(contract.name)}", place)


def _is_guards_own(path: str) -> bool:
    return path in _GUARDS_OWN or path.startswith(f"{_FOLDER}/")


def _what(path: str, status: str, base: str) -> str:
    done = {"A": "adds", "D": "deletes"}.get(status, "changes")
    if path == POLICY_FILE:
        return f"the branch {done} the policy, which is read from {base} alone"
    if path in (_FOLDER, CONTRACTS):
        return f"the branch puts something else in the place of a folder that is read from {base}; nobody could be judged afterwards"
    if path.startswith(CONTRACTS + "/"):
        return f"the branch {done} a contract; contracts are read from {base}, and this is not the session's own first declaration"
    return f"the branch {done} a file of guard's that is not the session's own"


def _declare(facts: Facts) -> str:
    """The command that declares a contract for the branch, owning the folders that it changed so far."""
    folders = _folders(facts)
    if not folders:
        return "guard contract new --help"
    name = _name(facts)
    branch = (
        []
        if claims(Contract(name, "", ""), facts.branch)
        else ["--branch", shell_quote(pattern_for(facts.branch)[1:])]
    )
    owns = [word for folder in folders for word in ("--owns", shell_quote(folder))]
    return " ".join(
        ("guard contract new", name, "--goal", shell_quote(f"Work on {name}."), *owns, *branch)
    )


def _name(facts: Facts) -> str:
    """A name for the branch's contract that is one, and not taken: the last part of the branch's own, if that will do."""
    name = facts.branch.rpartition("/")[2]
    if name_complaint(name):
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80].strip("-_") or "session"
    taken = {contract.name for contract in facts.contracts}
    while name in taken:
        name += "-2"
    return name


def _folders(facts: Facts) -> list[str]:
    """Patterns for the folders that the branch changed, at most three, those at the top of the tree."""
    cut = (
        change.path.partition("/") for change in facts.changes if not _is_guards_own(change.path)
    )
    tops = list(dict.fromkeys(top + slash for top, slash, _ in cut))
    return [pattern_for(top) for top in tops[:3]]
