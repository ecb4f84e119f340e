"""`guard hook post-checkout`: in a new worktree, whose session this is. It tells, and never fails the checkout (githooks(5))."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.names import shell_quote, show
from guard.core.severity import Severity
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.telling import only_tell
from guard.verdict.contract import Session, read_session
from guard.verdict.trust import Trust

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
    session = read_session(open_repository(here()))
    if not session.trust.adopted or not session.branch or session.on_base:
        return
    yield from (
        _session(session.contract, session)
        if session.contract
        else _nobody(session.branch, session.trust)
    )


def _session(contract: Contract, session: Session) -> Iterator[str]:
    owner = f" ({show(contract.owner)})" if contract.owner else ""
    where = (
        ""
        if session.source == "base"
        else f", which does not stand on {show(session.trust.base.short)} yet"
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
    if trust.policy.severities.get("CON001", Severity.ERROR) == Severity.OFF:
        return
    name = branch.rpartition("/")[2]
    yield f"guard: no contract claims branch {show(branch)}, neither on {show(trust.base.short)} nor here"
    named = shell_quote(name) if claims(Contract(name, "", ""), branch) else "NAME"
    yield f"  next: guard contract new {named} --goal 'What it is for.' --owns PATTERN"
