"""post-checkout: shows the contract of a new worktree. It never fails the checkout."""

import sys
from collections.abc import Iterator, Sequence

from guard.contracts.branches import claims
from guard.contracts.model import Contract
from guard.core.codes import NO_CONTRACT, Severity
from guard.core.names import shell_quote, show
from guard.git.plumbing import here
from guard.git.repository import open_repository
from guard.githooks.telling import only_tell
from guard.verdict.session import Session, read_session
from guard.verdict.trust import Trust

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
    session = read_session(open_repository(here()), only_adopted=True)
    if not session.trust.adopted or not session.branch or session.on_base:
        return
    if session.contract:
        yield from _session(session.contract, session)
    else:
        yield from _no_contract(session.branch, session.trust)


def _session(contract: Contract, session: Session) -> Iterator[str]:
    under = f"contract {show(contract.name)}"
    if contract.owner:
        under += f" ({show(contract.owner)})"
    if session.source != "base":
        under += f", which is not on {show(session.trust.granting.short)} yet"
    goal = contract.goal.strip().partition("\n")[0][:100]
    yield f"guard: this worktree works under {under}: {show(goal)}"
    for word in ("owns", "forbids", "merges"):
        patterns = getattr(contract, word)
        if patterns:
            more = f" and {len(patterns) - _PATTERNS} more" if len(patterns) > _PATTERNS else ""
            yield f"  {word} {' '.join(show(pattern) for pattern in patterns[:_PATTERNS])}{more}"
    step = "show" if session.source == "base" else "publish"
    yield f"  next: guard contract {step} {shell_quote(contract.name)}"


def _no_contract(branch: str, trust: Trust) -> Iterator[str]:
    if trust.policy.severities.get(NO_CONTRACT, Severity.ERROR) == Severity.OFF:
        return
    name = branch.rpartition("/")[2]
    base = show(trust.granting.short)
    yield f"guard: no contract claims branch {show(branch)}, neither on {base} nor here"
    named = shell_quote(name) if claims(Contract(name, "", ""), branch) else "NAME"
    yield f"  next: guard contract new {named} --goal 'What it is for.' --owns PATTERN"
