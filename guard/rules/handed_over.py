"""What a handoff and receipts say about the session's own change."""

from collections.abc import Mapping

from guard.changes.fingerprint import fingerprint
from guard.handoffs.sections import FILES
from guard.handoffs.values import Left
from guard.receipts.receipt import Proof, proof
from guard.rules.facts import Facts
from guard.rules.listed import listed
from guard.rules.own_change import own_change, own_states


def is_current(facts: Facts) -> bool | None:
    """Tell whether the handoff describes the session's change as it is; None if that is unknown."""
    left = facts.left
    if left is None or left.handoff is None or left.untold:
        return None
    return left.as_now or left.speaks_of == own_change(facts) or bool(landed(facts))


def landed(facts: Facts) -> Mapping[str, tuple[str, str]]:
    """Give the listed paths that another session has brought to the base since, as they are.

    Only if the handoff describes these and the session's change as they are now: then a branch that
    it was built on has been merged. Else nothing.
    """
    left = facts.left
    if left is None or not left.speaks_of or left.as_now:
        return {}
    asked = (facts.changes, facts.carried, facts.states, left)
    return facts.memo.once("landed", asked, lambda: _landed(facts, left))


def _landed(facts: Facts, left: Left) -> Mapping[str, tuple[str, str]]:
    if left.speaks_of == own_change(facts):
        return {}
    own = own_states(facts)
    found = {path: left.landed[path] for path in unchanged(facts) if path in left.landed}
    idle = {path: facts.states[path] for path in facts.idle if path in facts.states}
    for there in ({**idle, **found}, found):
        if there and fingerprint({**own, **there}) == left.speaks_of:
            return there
    return {}


def unchanged(facts: Facts) -> list[str]:
    """Give the paths that the handoff lists and that did not change."""
    handoff = facts.left.handoff if facts.left else None
    said = handoff.sections.get(FILES.key) if handoff else None
    extras = listed(facts, said).extra if said else ()
    return [extra.text for extra in extras if extra.is_unchanged]


def changed_since(facts: Facts) -> list[str]:
    """Give the paths that are not as the handoff describes them; none if that is unknown."""
    then = facts.left.then if facts.left else None
    if then is None:
        return []
    now = own_states(facts)
    return sorted(path for path in {*then, *now} if then.get(path) != now.get(path))


def proved(facts: Facts, command: str) -> Proof:
    """Tell what the receipts of a command line prove about the judged tree and change."""
    return proof(facts.receipts.get(command, ()), facts.tree, own_change(facts))
