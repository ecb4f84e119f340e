"""What a rule is: one question, its code, when there is anything to ask about, what it needs to know and when it cannot be asked."""

from __future__ import annotations

from guard.core.codes import CODES
from guard.core.severity import Severity
from guard.core.values import NamedTuple
from guard.rules.facts import Need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guard.rules.facts import Facts
    from guard.rules.findings import Violation

    Question = Callable[[Facts], Iterator[Violation]]


def later(family: str, name: str) -> Callable[[], Question]:
    """Give what loads the generator `name` of a family's file under `guard/rules/`: most commits give most rules nothing to ask about."""

    def load() -> Question:
        question: Question = getattr(
            __import__(f"guard.rules.{family}", fromlist=[name]), name
        )  # `importlib` takes longer to load than it
        return question

    return load


def always(facts: Facts) -> bool:
    """Tell that there may be something to ask about, whatever the facts are."""
    return True


def never(facts: Facts) -> str:
    """Give no reason: nothing in any facts keeps the rule from being asked."""
    return ""


class Rule(NamedTuple):
    """One question, and what the judge must know to ask it.

    `load` gives the generator that yields what the rule saw; its docstring is `text`. `about` gives what of the facts it looks at: where
    that is nothing (empty, false, None), the answer is no violation. `unless` gives the reason not to ask it of these facts, or "".
    `partly` gives what an asked rule could not see, or "". A rule that is `last` is asked once the waivers have been applied, with
    `Facts.waived` filled.
    """

    code: str
    load: Callable[[], Question]
    severity: Severity = Severity.ERROR
    about: Callable[[Facts], object] = always
    needs: int = Need.NOTHING
    unless: Callable[[Facts], str] = never
    partly: Callable[[Facts], str] = never
    last: bool = False

    @property
    def name(self) -> str:
        """The rule's other name, which says what it is about."""
        return CODES[self.code]

    @property
    def text(self) -> str:
        """What `guard explain CODE` prints: the question's docstring."""
        return self.load().__doc__ or ""

    def ask(self, facts: Facts) -> Iterator[Violation]:
        """Ask the question."""
        return self.load()(facts)


def on_the_base(facts: Facts) -> str:
    """Give the reason why a rule about sessions cannot be asked, or "": the base itself belongs to no session."""
    if not facts.on_base:
        return ""
    merged = facts.scope == "range" and facts.branch not in (
        "",
        facts.trusted.ref.removeprefix("origin/"),
    )
    return (
        f"{facts.trusted.ref} has all of it already" if merged else "the base itself is checked out"
    )


def without_contract(facts: Facts) -> str:
    """Give the reason why a rule about a contract cannot be asked, or "": CON001 already tells that there is none."""
    return on_the_base(facts) or ("" if facts.contract else "no contract")


def while_staged(facts: Facts) -> str:
    """Give the reason why a rule about more than the next commit cannot be asked, or ""."""
    return "scope is staged" if facts.scope == "staged" else ""


def before_commits(facts: Facts) -> str:
    """Give the reason why a rule about merging cannot be asked, or "": what is not committed cannot be merged."""
    return f"scope is {facts.scope}" if facts.scope in ("staged", "worktree") else ""


def cut_short(facts: Facts) -> str:
    """Give the reason why a rule about all commits of the branch cannot be asked, or ""."""
    return (
        "the clone ends within the branch, so its merge commits are not known" if facts.cut else ""
    )


def unknown_author(facts: Facts) -> str:
    """Tell that a contract's actors could not be compared with anybody, or "": of a range somebody could say who made it, and did not."""
    bound = facts.scope == "range" and facts.contract and facts.contract.actors and not facts.author
    return (
        "in part: who made the change is for guard ci to say, so the contract's actors were not compared"
        if bound
        else ""
    )


def some_unreadable(facts: Facts) -> str:
    """Tell which contracts on the base could not be compared, or ""."""
    files = [file for file, _ in facts.unreadable]
    return (
        f"in part: {', '.join(file for file in files)} cannot be read and was not compared"
        if files
        else ""
    )


def before_the_end(facts: Facts) -> str:
    """Give the reason why nothing about a session's end can be asked, or "": not while the work goes on, unless somebody asks for it."""
    return without_contract(facts) or (
        "" if facts.closing else before_commits(facts) or "the work goes on"
    )


def none_asked_for(facts: Facts) -> str:
    """Give the reason why a handoff and its receipts are not asked for, or "": there is none, and there need not be."""
    if before_the_end(facts) or facts.left is not None:
        return before_the_end(facts)
    if not facts.changes:
        return "nothing changed, and there is no handoff"
    return (
        ""
        if facts.policy.handoff_required
        else f"no handoff, and {facts.policy.file} requires none"
    )


def without_handoff(facts: Facts) -> str:
    """Give the reason why nothing can be asked of the handoff, or "": HND001 tells that there is none, or none that can be read."""
    readable = facts.left is not None and facts.left.handoff is not None
    return none_asked_for(facts) or ("" if readable else "no handoff")


def without_runs(facts: Facts) -> str:
    """Give the reason why no command is asked about, or "": those that guard ran again are, with or without a handoff."""
    return before_the_end(facts) if facts.rerun else none_asked_for(facts)


def without_receipts(facts: Facts) -> str:
    """Give the reason why no command can be proved here, or "": receipts are where commands ran, unless guard runs them again."""
    away = (
        facts.afar
        and facts.trusted.contract_from == "base"
        and facts.contract
        and facts.contract.verify
    )
    return without_runs(facts) or (
        "receipts are where the commands ran; guard ci --rerun runs them again" if away else ""
    )


def of_no_tree(facts: Facts) -> str:
    """Tell why it cannot be told which tree the handoff speaks of, or ""."""
    return facts.left.untold if facts.left else ""


def not_trusted(facts: Facts) -> str:
    """Tell that the commands which the contract requires do not count, or ""."""
    required = facts.contract.verify if facts.contract else ()
    if not required or facts.trusted.contract_from == "base":
        return ""
    return f"in part: verify counts once the contract stands on {facts.trusted.ref}"
