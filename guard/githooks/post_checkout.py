"""post-checkout: shows the contract of a new worktree. It never fails the checkout."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing

from guard.contracts.branches import claims
from guard.contracts.values import Contract
from guard.core.names import shell_quote, show
from guard.core.severity import Severity
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import branch_of, open_repository
from guard.githooks.telling import only_tell
from guard.verdict.assign import Assigned, assign
from guard.verdict.trust import Search, Trust, read_trust

_PATTERNS = 5  # of each kind that are shown


def main(words: Sequence[str]) -> int:
    """Show the contract if a worktree was just made (`<zeros> <commit> 1`, githooks(5)); give 0."""
    old, _, kind = (*words[1:4], "", "", "")[:3]
    if kind != "1" or old.strip("0"):
        return 0
    return only_tell(_say)


def _say() -> None:
    print("".join(f"{line}\n" for line in _lines()), end="", file=sys.stderr)


def _lines() -> Iterator[str]:
    repository = open_repository(here())
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(repository, objects, Search(repository, objects), "")
        branch = branch_of(repository)
        if not trust.adopted or branch in ("", trust.base.name):
            return
        found = objects.info("HEAD^{commit}")
        tip = found.oid if found else ""
        assigned = assign(repository, objects, trust, branch, "", tip, look_around=True)
    if assigned.contract:
        yield from _session(assigned.contract, assigned, trust)
    else:
        yield from _no_contract(branch, trust)


def _session(contract: Contract, assigned: Assigned, trust: Trust) -> Iterator[str]:
    under = f"contract {show(contract.name)}"
    if contract.owner:
        under += f" ({show(contract.owner)})"
    if assigned.source != "base":
        under += f", which is not on {show(trust.base.short)} yet"
    goal = contract.goal.strip().partition("\n")[0][:100]
    yield f"guard: this worktree works under {under}: {show(goal)}"
    for word in ("owns", "forbids", "merges"):
        patterns = getattr(contract, word)
        if patterns:
            more = f" and {len(patterns) - _PATTERNS} more" if len(patterns) > _PATTERNS else ""
            yield f"  {word} {' '.join(show(pattern) for pattern in patterns[:_PATTERNS])}{more}"
    yield f"  next: guard contract show {shell_quote(contract.name)}"


def _no_contract(branch: str, trust: Trust) -> Iterator[str]:
    if trust.policy.severities.get("CON001", Severity.ERROR) == Severity.OFF:
        return
    name = branch.rpartition("/")[2]
    base = show(trust.base.short)
    yield f"guard: no contract claims branch {show(branch)}, neither on {base} nor here"
    named = shell_quote(name) if claims(Contract(name, "", ""), branch) else "NAME"
    yield f"  next: guard contract new {named} --goal 'What it is for.' --owns PATTERN"
