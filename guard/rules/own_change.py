"""The session's own change, and what a handoff and receipts say about it.

A change is known by what it makes of its paths: their mode and content. A merge of the base or a
rebase that brings changes of other files leaves it as it is.
"""

from collections.abc import Mapping

from guard.changes.fingerprint import fingerprint
from guard.handoffs.sections import FILES
from guard.handoffs.values import Left
from guard.receipts.receipt import Proof, proof
from guard.rules.facts import Facts
from guard.rules.listed import listed


def own_states(facts: Facts) -> Mapping[str, tuple[str, str]]:
    """Give the mode and object id of each path of the session's change, its own files aside.

    What is carried from another branch counts, as it does in CI.
    """
    paths = {change.path for change in facts.changes}
    paths.update(path for carried in facts.carried for path in carried.paths)
    return {path: facts.states[path] for path in paths - facts.own_files if path in facts.states}


def own_change(facts: Facts) -> str:
    """Give the fingerprint of the session's change, at the end of the session."""
    asked = (facts.changes, facts.carried, facts.states)
    return facts.memo.once("own change", asked, lambda: fingerprint(own_states(facts)))


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


def required(facts: Facts) -> tuple[str, ...]:
    """Give the command lines of `verify`, if the contract is the base's."""
    return facts.contract.verify if facts.contract and facts.trusted.contract_from == "base" else ()


def is_missing_told(facts: Facts) -> bool:
    """Tell whether command-missing is an error, whatever policy and waivers say."""
    waivers = facts.contract.waivers if facts.contract else ()
    changed = {*facts.policy.severities, *(waiver.rule for waiver in waivers)}
    return not changed & {"RUN001", "HND002"}
