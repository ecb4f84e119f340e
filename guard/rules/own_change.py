"""The session's own change, and the commands that its contract requires.

A change is known by what it makes of its paths: their mode and content. A merge of the base or a
rebase that brings changes of other files leaves it as it is.
"""

from collections.abc import Mapping

from guard.changes.fingerprint import fingerprint
from guard.rules.facts import Facts


def own_states(facts: Facts) -> Mapping[str, tuple[str, str]]:
    """Give the mode and object id of each path of the session's change, its own files aside.

    What is carried from another branch counts, as it does in CI.
    """
    carried = (path for one in facts.carried for path in one.paths)
    paths = dict.fromkeys([*(change.path for change in facts.changes), *carried])
    states, own = facts.states, facts.own_files
    return {path: states[path] for path in paths if path not in own and path in states}


def own_change(facts: Facts) -> str:
    """Give the fingerprint of the session's change, at the end of the session."""
    asked = (facts.changes, facts.carried, facts.states)
    return facts.memo.once("own change", asked, lambda: fingerprint(own_states(facts)))


def required(facts: Facts) -> tuple[str, ...]:
    """Give the command lines of `verify`, if the contract is the base's."""
    return facts.contract.verify if facts.contract and facts.trusted.contract_from == "base" else ()


def is_missing_told(facts: Facts) -> bool:
    """Tell whether command-missing is an error, whatever policy and waivers say."""
    waivers = facts.contract.waivers if facts.contract else ()
    changed = {*facts.policy.severities, *(waiver.rule for waiver in waivers)}
    return not changed & {"RUN001", "HND002"}
