"""`guard hook post-checkout`: in a new worktree, whose session this is. It tells, and never fails the checkout (githooks(5))."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from guard.contracts.branches import claims
from guard.contracts.values import Contract
from guard.core.codes import NO_CONTRACT
from guard.core.names import shell_quote, show
from guard.core.severity import Severity
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import branch_of, open_repository
from guard.githooks.telling import only_tell
from guard.verdict.assign import Assigned, assign
from guard.verdict.trust import Search, Trust, read_trust

_PATTERNS = 5  # of a contract, by name


def main(words: Sequence[str]) -> int:
    """Tell of the contract where a worktree was just made (`<zeros> <commit> 1`); give 0."""
    old, _, kind = (*words[1:4], "", "", "")[:3]
    if kind != "1" or old.strip("0"):
        return 0
    return only_tell(
        lambda: print("".join(f"{line}\n" for line in _told()), end="", file=sys.stderr)
    )


def _told() -> Iterator[str]:
    repository = open_repository(here())
    objects = Objects(repository.git)
    try:
        trust = read_trust(repository, objects, Search(repository, objects), "")
        branch = branch_of(repository)
        if not trust.adopted or branch in ("", trust.base.name):
            return
        tip = objects.info("HEAD^{commit}")
        assigned = assign(
            repository, objects, trust, branch, "", tip.oid if tip else "", look_around=True
        )
    finally:
        objects.close()
    yield from (
        _session(assigned.contract, assigned, trust)
        if assigned.contract
        else _nobody(branch, trust)
    )


def _session(contract: Contract, assigned: Assigned, trust: Trust) -> Iterator[str]:
    owner = f" ({show(contract.owner)})" if contract.owner else ""
    where = (
        ""
        if assigned.source == "base"
        else f", which does not stand on {show(trust.base.short)} yet"
    )
    goal = contract.goal.strip().partition("\n")[0][:100]
    yield f"guard: this worktree works under contract {show(contract.name)}{owner}{where}: {show(goal)}"
    for word, patterns in (
        ("owns", contract.owns),
        ("forbids", contract.forbids),
        ("merges", contract.merges),
    ):
        if patterns:
            more = f" and {len(patterns) - _PATTERNS} more" if len(patterns) > _PATTERNS else ""
            yield f"  {word} {' '.join(show(pattern) for pattern in patterns[:_PATTERNS])}{more}"
    yield f"  next: guard contract show {shell_quote(contract.name)}"


def _nobody(branch: str, trust: Trust) -> Iterator[str]:
    if trust.policy.severities.get(NO_CONTRACT, Severity.ERROR) == Severity.OFF:
        return
    name = branch.rpartition("/")[2]
    yield f"guard: no contract claims branch {show(branch)}, neither on {show(trust.base.short)} nor here"
    named = shell_quote(name) if claims(Contract(name, "", ""), branch) else "NAME"
    yield f"  next: guard contract new {named} --goal 'What it is for.' --owns PATTERN"
