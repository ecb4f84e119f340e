"""What a rule is: one question, its code and name, what it needs to know and when it cannot be asked."""

from __future__ import annotations

from guard.facts import Need
from guard.findings import Severity
from guard.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guard.facts import Facts
    from guard.findings import Violation


def never(facts: Facts) -> str:
    """Give no reason: nothing in any facts keeps the rule from being asked."""
    return ""


def on_the_base(facts: Facts) -> str:
    """Give the reason why a rule about sessions cannot be asked, or "": the base itself belongs to no session."""
    return "the base itself is checked out" if facts.on_base else ""


def without_contract(facts: Facts) -> str:
    """Give the reason why a rule about a contract cannot be asked, or "": CON001 already tells that there is none."""
    return on_the_base(facts) or ("" if facts.contract else "no contract")


def while_staged(facts: Facts) -> str:
    """Give the reason why a rule about more than the next commit cannot be asked, or ""."""
    return "scope is staged" if facts.scope == "staged" else ""


class Rule(NamedTuple):
    """One question, and what the judge must know to ask it.

    `ask` yields what the rule saw; its docstring is `text`. `unless` gives the reason not to ask it of these facts, or "". `partly` gives
    what an asked rule could not see, or "". A rule that is `last` is asked once the waivers have been applied, with `Facts.waived` filled.
    """

    code: str
    name: str
    severity: Severity
    ask: Callable[[Facts], Iterator[Violation]]
    needs: Need
    unless: Callable[[Facts], str]
    partly: Callable[[Facts], str]
    last: bool

    @property
    def text(self) -> str:
        """What `guard explain CODE` prints: the question's docstring."""
        return self.ask.__doc__ or ""


def rule(
    code: str,
    name: str,
    severity: Severity = Severity.ERROR,
    *,
    needs: Need = Need.NOTHING,
    unless: Callable[[Facts], str] = never,
    partly: Callable[[Facts], str] = never,
    last: bool = False,
) -> Callable[[Callable[[Facts], Iterator[Violation]]], Rule]:
    """Make a `Rule` of the question below. It registers nothing: `RULES` is a tuple in `guard/rules/__init__.py`."""

    def made(ask: Callable[[Facts], Iterator[Violation]]) -> Rule:
        return Rule(code, name, severity, ask, needs, unless, partly, last)

    return made
