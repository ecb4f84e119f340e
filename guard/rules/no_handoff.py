"""HND001: is the handoff there?

Apart from the other rules about handoffs, which read its text: most branches that are judged have
no handoff yet.
"""

from collections.abc import Iterator

from guard.core.names import shell_quote
from guard.handoffs.values import Handoff
from guard.rules.facts import Facts
from guard.rules.findings import Violation

_DRAFT = "guard handoff draft"


def missing_handoff(facts: Facts) -> Iterator[Violation]:
    """Is the handoff there?

    A session ends with a handoff: what changed, what is different now, which commands were run,
    what may break, what is left to do. It is on the branch, at the path that `[handoff] file` in
    guard.toml gives, or in the text of the pull request. It does not count if it cannot be read (a
    symbolic link, another encoding than UTF-8, more than 256 KiB), belongs to another contract, or
    was there before the branch began: a contract that is used again needs a new one.

    What to do: `guard handoff draft` writes it from git and the receipts; add what is different
    now, and commit it. `required = false` under `[handoff]` in guard.toml makes it optional.
    """
    contract = facts.contract
    if not contract:
        return
    left = facts.left
    file = facts.policy.handoff_of(contract.name)
    if left is None and facts.lying:
        words = shell_quote(file)
        step = f"git add -f {words} && git commit -m 'handoff: {contract.name}' {words}"
        yield Violation(file, "the handoff is not committed", step)
    elif left is None and facts.inherited:
        message = "this handoff was there before the branch began, so it is about other work"
        yield Violation(file, message, _DRAFT)
    elif left is None:
        yield Violation(file, f"there is no handoff of contract {contract.name}", _DRAFT)
    elif left.handoff is None:
        yield Violation(left.file, f"the handoff {left.trouble}", _DRAFT, line=left.line)
    else:
        whose, line = _whose(facts, left.handoff)
        if whose:
            message = (
                f"this is the handoff of contract {whose}, "
                f"and the branch works under {contract.name}"
            )
            yield Violation(left.file, message, _DRAFT, line=line)


def _whose(facts: Facts, handoff: Handoff) -> tuple[str, int]:
    """The other contract that a handoff names as its own, and the line; or ("", 0)."""
    own = facts.contract.name if facts.contract else ""
    if handoff.mark and handoff.mark.contract not in ("", own):
        return handoff.mark.contract, handoff.mark.number
    others = {contract.name for contract in facts.contracts} - {own}
    return (handoff.title, handoff.title_line) if handoff.title in others else ("", 0)
