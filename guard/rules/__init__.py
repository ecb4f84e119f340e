"""The rules, pure: facts in, findings out. Reading git is for `guard.verdict`.

`RULES` is their order. A new rule is a function in its family's file, a row here and a code in
`guard.core.codes`.
"""

from __future__ import annotations

from guard.core.codes import Severity
from guard.core.names import fold_all
from guard.rules.facts import Need
from guard.rules.rule import (
    Rule,
    before_commits,
    cut_short,
    in_part,
    is_standing,
    later,
    none_asked_for,
    not_compared,
    not_met,
    not_trusted,
    of_no_change,
    on_the_base,
    proved_before,
    some_unreadable,
    unknown_author,
    while_alone,
    while_staged,
    without_contract,
    without_handoff,
    without_owners,
    without_receipts,
    without_runs,
    without_session,
)
from guard.rules.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.contracts.model import Policy
    from guard.rules.facts import Facts


def _alike_names(facts: Facts) -> bool:
    return any(len(set(fold_all(names))) < len(names) for names in facts.entries.values())


def _met(facts: Facts) -> object:
    """Whether another session changes the same files, as a whole look or a live note says."""
    return facts.live or (facts.beside and facts.beside.pairs)


def _compared(facts: Facts) -> bool:
    """Whether there are two contracts to compare."""
    own = facts.contract
    return not (own and own.standing) and any(one is not own for one in facts.contracts)


def _guards_own(facts: Facts) -> bool:
    """Whether the change set touches guard's own files, or others that may start guard."""
    return (
        facts.edited_since
        or bool(facts.settings)
        or any(change.path.startswith((".guard", "guard.toml")) for change in facts.changes)
    )


RULES = (
    Rule(
        "OWN001",
        later("ownership", "outside_contract"),
        about=lambda facts: (facts.contract or facts.contracts) and survey(facts).unowned,
        unless=without_owners,
        partly=not_compared,
        of_one_path=True,
        of_one_commit=True,
        before_write=True,
        instead=later("ownership", "INSTEAD_OUTSIDE"),
    ),
    Rule(
        "OWN002",
        later("ownership", "forbidden_path"),
        about=lambda facts: survey(facts).forbidden,
        unless=without_contract,
        of_one_path=True,
        of_one_commit=True,
        before_write=True,
        instead=later("ownership", "INSTEAD_FORBIDDEN"),
    ),
    Rule(
        "SHR001",
        later("shared", "shared_file"),
        about=lambda facts: facts.generated or survey(facts).listed,
        needs=Need.GENERATED,
        unless=on_the_base,
        of_one_path=True,
        of_one_commit=True,
        before_write=True,
        instead=later("shared", "INSTEAD"),
    ),
    Rule(
        "SHR002",
        later("shared", "shared_twice"),
        about=lambda facts: facts.contract.merges if facts.contract else facts.contracts,
        partly=some_unreadable,
    ),
    Rule(
        "CON001",
        later("contract", "no_contract"),
        about=lambda facts: not facts.contract and (facts.changes or facts.carried),
        unless=on_the_base,
        partly=unknown_author,
        of_one_path=True,
        before_write=True,
        instead=later("contract", "INSTEAD_UNDECLARED"),
    ),
    Rule(
        "CON002",
        later("contract", "contract_edited"),
        about=_guards_own,
        needs=Need.SETTINGS,
        unless=on_the_base,
        of_one_path=True,
        before_write=True,
        instead=later("contract", "INSTEAD_EDITED"),
    ),
    Rule(
        "CON003",
        later("rivals", "overlapping_contracts"),
        Severity.WARNING,
        about=_compared,
        needs=Need.OPEN,
        unless=lambda facts: while_staged(facts) or without_session(facts),
        partly=some_unreadable,
    ),
    Rule(
        "CON004",
        later("dead", "dead_pattern"),
        Severity.WARNING,
        needs=Need.TRACKED,
        unless=lambda facts: without_contract(facts) or while_staged(facts) or is_standing(facts),
    ),
    Rule(
        "CON005",
        later("contract", "self_declared"),
        Severity.WARNING,
        about=lambda facts: facts.trusted.contract_from != "base",
        unless=without_contract,
    ),
    Rule(
        "CON006",
        later("contract", "expired_waiver"),
        Severity.WARNING,
        about=lambda facts: facts.contract and facts.contract.waivers,
        unless=without_contract,
        last=True,
    ),
    Rule(
        "HND001", later("no_handoff", "missing_handoff"), needs=Need.HANDOFF, unless=none_asked_for
    ),
    Rule("HND002", later("handoff", "missing_section"), needs=Need.HANDOFF, unless=without_handoff),
    Rule("HND003", later("handoff", "empty_section"), needs=Need.HANDOFF, unless=without_handoff),
    Rule(
        "HND004",
        later("handoff", "stale_handoff"),
        needs=Need.HANDOFF,
        unless=without_handoff,
        partly=of_no_change,
    ),
    Rule("HND005", later("handoff", "files_mismatch"), needs=Need.HANDOFF, unless=without_handoff),
    Rule(
        "RUN001",
        later("commands", "command_missing"),
        needs=Need.HANDOFF,
        unless=without_handoff,
        partly=not_trusted,
    ),
    Rule(
        "RUN002",
        later("commands", "command_failed"),
        about=lambda facts: facts.left or facts.receipts,
        needs=Need.HANDOFF,
        unless=without_runs,
        partly=not_trusted,
    ),
    Rule(
        "RUN003",
        later("commands", "command_unproved"),
        about=lambda facts: facts.contract and facts.contract.verify,
        needs=Need.HANDOFF,
        unless=without_receipts,
        partly=proved_before,
    ),
    Rule(
        "MRG001",
        later("merges", "predicted_conflict"),
        about=lambda facts: facts.conflicts,
        needs=Need.CONFLICTS,
        unless=lambda facts: before_commits(facts) or on_the_base(facts),
    ),
    Rule(
        "MRG002",
        later("merges", "evil_merge"),
        about=lambda facts: facts.merge_edits,
        needs=Need.MERGES,
        unless=lambda facts: while_staged(facts) or on_the_base(facts) or cut_short(facts),
    ),
    Rule(
        "MRG003",
        later("collisions", "name_collision"),
        about=_alike_names,
        needs=Need.ENTRIES,
        before_write=True,
        instead=later("collisions", "INSTEAD"),
    ),
    Rule(
        "MRG004",
        later("merges", "side_dropped"),
        Severity.WARNING,
        about=lambda facts: facts.merge_edits,
        needs=Need.MERGES,
        unless=lambda facts: while_staged(facts) or on_the_base(facts) or cut_short(facts),
    ),
    Rule(
        "OVL001",
        later("meetings", "same_file"),
        Severity.WARNING,
        about=_met,
        needs=Need.BESIDE,
        unless=not_met,
        partly=in_part,
        before_write=True,
        instead=later("meetings", "INSTEAD"),
    ),
    Rule(
        "OVL002",
        later("meetings", "same_hunk"),
        Severity.WARNING,
        about=_met,
        needs=Need.BESIDE,
        unless=not_met,
        partly=in_part,
        before_write=True,
        instead=later("meetings", "INSTEAD"),
    ),
    Rule(
        "SES001",
        later("sessions", "too_many_sessions"),
        Severity.WARNING,
        about=lambda facts: facts.beside and len(facts.beside.sessions) > facts.policy.sessions,
        needs=Need.BESIDE,
        unless=lambda facts: while_staged(facts) or while_alone(facts),
        told_at_once=True,
    ),
    Rule(
        "SES002",
        later("sessions", "stray_work"),
        Severity.WARNING,
        about=lambda facts: facts.beside and facts.beside.strays,
        needs=Need.BESIDE,
        unless=while_alone,
        partly=in_part,
        before_write=True,
        instead=later("sessions", "INSTEAD"),
        told_at_once=True,
    ),
)


def rule_of(code: str) -> Rule | None:
    """Give the rule with this code, or None if no rule asks it yet."""
    return next((rule for rule in RULES if rule.code == code), None)


def told_at_once(code: str) -> bool:
    """Tell whether an agent hears of a rule's findings whatever their severity."""
    rule = rule_of(code)
    return rule is not None and rule.told_at_once


def severity_in(policy: Policy, code: str) -> Severity:
    """Give the severity of a rule's findings by a policy."""
    rule = rule_of(code)
    return policy.severities.get(code, rule.severity if rule else Severity.OFF)


def is_off(policy: Policy, need: int) -> bool:
    """Tell whether the policy turns off every rule with this `Need`."""
    concerned = [rule for rule in RULES if rule.needs & need]
    return all(policy.severities.get(rule.code) == Severity.OFF for rule in concerned)


def has_use(facts: Facts, need: int) -> bool:
    """Tell whether a rule with this `Need` is asked of `facts`, and has something to look at."""
    return not is_off(facts.policy, need) and any(
        rule.about(facts) for rule in RULES if rule.needs & need and not rule.unless(facts)
    )
