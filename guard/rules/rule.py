"""What a rule is: its question, what it needs to know, and when it cannot be asked."""

from __future__ import annotations

from guard.core.codes import CODES, NO_CONTRACT, Severity
from guard.core.values import NamedTuple
from guard.rules.facts import Need
from guard.rules.report import TOGETHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from guard.rules.facts import Facts
    from guard.rules.findings import Violation

    Question = Callable[[Facts], Iterator[Violation]]


class Instead(NamedTuple):
    """What a coding agent does instead: of a refused write, and once the change is on the disk.

    `{base}` is the base's ref. After the write, an agent must not lose anybody's work: only it
    knows what is new in the file.
    """

    before: str = ""
    after: str = ""


def later(family: str, name: str) -> Callable[[], Any]:
    """Give a loader of `name` in a family's module: most commits need few families."""

    def load() -> object:
        # `importlib` takes longer to load than the family
        return getattr(__import__(f"guard.rules.{family}", fromlist=[name]), name)

    return load


def _always(facts: Facts) -> bool:
    return True


def _never(facts: Facts) -> str:
    return ""


class Rule(NamedTuple):
    """One question, and what the judge must know to ask it.

    `load` gives the generator that yields the violations; its docstring is `text`. `about` gives
    the facts that it looks at; if they are empty, the rule is not loaded. `unless` gives the reason
    not to ask it of these facts, `partly` what it could not see although it was asked, or "". A
    rule that is `last` is asked after the waivers were applied, with `Facts.waived` filled.

    `of_one_path`: of one path alone it can tell whether the session may change it
    (`guard explain PATH`). `of_one_commit`: it is also asked of single commits, to name those that
    a finding comes from. `before_write`: it is asked before an agent writes; `instead` gives what
    the agent does then.
    """

    code: str
    load: Callable[[], Question]
    severity: Severity = Severity.ERROR
    about: Callable[[Facts], object] = _always
    needs: int = Need.NOTHING
    unless: Callable[[Facts], str] = _never
    partly: Callable[[Facts], str] = _never
    last: bool = False
    of_one_path: bool = False
    of_one_commit: bool = False
    before_write: bool = False
    instead: Callable[[], Instead] = Instead
    told_at_once: bool = False

    @property
    def name(self) -> str:
        """The rule's name, which policies and waivers may use instead of the code."""
        return CODES[self.code]

    @property
    def text(self) -> str:
        """What `guard explain CODE` prints: the question's docstring, without indentation."""
        return (self.load().__doc__ or "").strip().replace("\n    ", "\n")

    def severity_in(self, facts: Facts) -> Severity:
        """Give the severity of its findings by the policy."""
        return facts.policy.severities.get(self.code, self.severity)

    def ask(self, facts: Facts) -> Iterator[Violation]:
        """Yield the violations."""
        return self.load()(facts)


# Reasons not to ask a rule, or to ask it in part. Each function gives the reason, or "".


def on_the_base(facts: Facts) -> str:
    """Say that the base belongs to no session."""
    if not facts.on_base:
        return ""
    base = facts.trusted.ref
    if facts.scope == "range" and facts.branch not in ("", base.removeprefix("origin/")):
        return f"{base} has all of it already"
    return "the base itself is checked out"


def without_contract(facts: Facts) -> str:
    """Say that there is no contract, which CON001 reports."""
    return on_the_base(facts) or ("" if facts.contract else "no contract")


def without_session(facts: Facts) -> str:
    """Say that there is no contract, where every branch should have one."""
    return "" if facts.contract or facts.on_base else "no contract"


def without_owners(facts: Facts) -> str:
    """Say that there is no contract, unless what others own is told all the same.

    An agent is asked on every branch but the base, so that none is a way out.
    """
    is_told = facts.by_agent or worst_for(facts) != Severity.ERROR
    return on_the_base(facts) if is_told else without_contract(facts)


def worst_for(facts: Facts) -> Severity:
    """Give how bad it is at most to meet others' work: as `missing` says without a contract.

    If it is off, contracts are not asked for, and shared files are as bad as ever.
    """
    missing = facts.policy.severities.get(NO_CONTRACT, Severity.ERROR)
    if facts.contract or facts.by_agent or missing == Severity.OFF:
        return Severity.ERROR
    return missing


def while_staged(facts: Facts) -> str:
    """Say that only the next commit is judged."""
    return "scope is staged" if facts.scope == "staged" else ""


def while_alone(facts: Facts) -> str:
    """Say that nobody looked around."""
    if facts.beside is not None:
        return ""
    return while_staged(facts) or TOGETHER


def not_met(facts: Facts) -> str:
    """Say that sessions were not compared, as a whole or with live notes."""
    if facts.live:
        return ""
    reason = while_staged(facts) or while_alone(facts)
    if not reason and facts.beside and facts.beside.pairs is None and not facts.beside.unknown:
        return TOGETHER
    return reason


def in_part(facts: Facts) -> str:
    """Say which sessions could not be read."""
    names = ", ".join(facts.beside.unknown) if facts.beside else ""
    return f"in part: {names} could not be read; see guard conflicts" if names else ""


def before_commits(facts: Facts) -> str:
    """Say that the scope has uncommitted changes, which cannot be merged."""
    return f"scope is {facts.scope}" if facts.scope in ("staged", "worktree") else ""


def cut_short(facts: Facts) -> str:
    """Say that the clone lacks some of the branch's commits."""
    if facts.cut:
        return "the clone ends within the branch, so its merge commits are not known"
    return ""


def unknown_author(facts: Facts) -> str:
    """Say that a contract has actors and nobody says who made the change.

    Only a CI system can, and only a range comes from one.
    """
    if facts.scope == "range" and facts.contract and facts.contract.actors and not facts.author:
        return (
            "in part: only guard ci knows who made the change, "
            "so the contract's actors were not compared"
        )
    return ""


def is_standing(facts: Facts) -> str:
    """Say that the contract is standing: its patterns may be ahead of the files."""
    if facts.contract and facts.contract.standing and facts.trusted.contract_from == "base":
        return f"contract {facts.contract.name} is standing"
    return ""


def some_unreadable(facts: Facts) -> str:
    """Say which contracts on the base cannot be read."""
    files = ", ".join(file for file, _ in facts.unreadable)
    return f"in part: {files} cannot be read and was not compared" if files else ""


def not_compared(facts: Facts) -> str:
    """Say which contracts on the base may own what is changed under none of the base."""
    return some_unreadable(facts) if facts.trusted.contract_from != "base" else ""


def _before_the_end(facts: Facts) -> str:
    """Say that the session goes on."""
    reason = without_contract(facts)
    if not reason and not facts.changes and (facts.left is not None or facts.inherited):
        return f"{facts.trusted.ref} has all of it: the session is integrated"
    if reason or facts.closing:
        return reason
    return before_commits(facts) or "the work goes on"


def none_asked_for(facts: Facts) -> str:
    """Say that there is no handoff, and none is required."""
    reason = _before_the_end(facts)
    if reason or facts.left is not None:
        return reason
    if not facts.changes:
        return "nothing changed, and there is no handoff"
    if all(change.path in facts.own_files for change in facts.changes):
        return "nothing but its own contract changed, and there is no handoff"
    if is_standing(facts):
        return f"no handoff, and {is_standing(facts)}"
    if facts.policy.handoff_required:
        return ""
    return f"no handoff, and {facts.policy.file} requires none"


def without_handoff(facts: Facts) -> str:
    """Say that there is no readable handoff, which HND001 reports."""
    readable = facts.left is not None and facts.left.handoff is not None
    return none_asked_for(facts) or ("" if readable else "no handoff")


def without_runs(facts: Facts) -> str:
    """Say that no handoff reports commands, and guard did not run them again."""
    return _before_the_end(facts) if facts.rerun else none_asked_for(facts)


def without_receipts(facts: Facts) -> str:
    """Say that the receipts are on another machine, and guard did not run the commands again."""
    reason = without_runs(facts)
    from_base = facts.trusted.contract_from == "base"
    if not reason and facts.afar and from_base and facts.contract and facts.contract.verify:
        return "receipts are where the commands ran; guard ci --rerun runs them again"
    return reason


def of_no_change(facts: Facts) -> str:
    """Say why it is unknown which change the handoff describes."""
    return facts.left.untold if facts.left else ""


def proved_before(facts: Facts) -> str:
    """Say which commands do not count yet, or ran before the base moved."""
    reason = not_trusted(facts)
    if reason or not facts.receipts:
        return reason
    from guard.rules.commands import ran_before  # no commit has receipts

    return ran_before(facts)


def not_trusted(facts: Facts) -> str:
    """Say that the commands which the contract requires do not count yet."""
    if not facts.contract or not facts.contract.verify or facts.trusted.contract_from == "base":
        return ""
    return f"in part: verify counts once the contract is on {facts.trusted.granting}"
