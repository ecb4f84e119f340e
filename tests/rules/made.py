"""Facts made by hand: what `gather` would say, in one line a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from guard.changes.change import Change
from guard.contracts.model import Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy
from guard.core.codes import Severity
from guard.rules import RULES
from guard.rules.facts import Facts, Memo
from guard.rules.findings import Violation
from guard.rules.judge import judge
from guard.rules.report import Trusted
from guard.rules.rule import Rule
from tests.kit import toml

TODAY = "2026-01-02"
ZERO = "0" * 40
BASE = "b" * 40
HEAD = "c" * 40


def contract(name: str = "api", **keys: object) -> Contract:
    """A contract as the parser reads it from TOML."""
    return parse_contract(
        toml({"owns": ["/src/"], **keys}).encode(), f".guard/contracts/{name}.toml", name
    )


def policy(text: str = "") -> Policy:
    """A policy as the parser reads it from TOML."""
    return parse_policy(text.encode(), "guard.toml")


def change(status: str, path: str, oid: str = "") -> Change:
    """A change of a regular file; `oid` is the object id of the side that exists."""
    old, new = oid or f"{1:040x}", oid or f"{2:040x}"
    if status == "A":
        return Change("A", path, "000000", "100644", ZERO, new)
    if status == "D":
        return Change("D", path, "100644", "000000", old, ZERO)
    return Change(status, path, "100644", "100644", old, new)


def changed(*paths: str, status: str = "M") -> tuple[Change, ...]:
    """Changes of one kind to several paths."""
    return tuple(change(status, path) for path in paths)


def facts(
    own: Contract | None = None,
    *paths: str,
    source: str = "base",
    others: Sequence[Contract] = (),
    **more: object,
) -> Facts:
    """The facts of the branch `feat/api` with a contract on the base (or from `source`)."""
    there = (own,) if own and source == "base" else ()
    made = Facts(
        scope="branch",
        branch="feat/api",
        on_base=False,
        base=BASE,
        head=HEAD,
        trusted=Trusted("main", BASE, source if own else ""),
        policy=Policy(),
        contract=own,
        contracts=(*there, *others),
        unreadable=(),
        declared_in="d" * 40 if source == "branch" else "",
        edited_since=False,
        own_files=frozenset(),
        changes=changed(*paths),
        today=TODAY,
        memo=Memo(),
    )
    return made._replace(**cast("dict[str, Any]", more))


def named(name: str) -> Rule:
    """The rule that has this name."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    return rule


def ask(rule: Rule, about: Facts) -> list[Violation]:
    """What a rule sees, asked or not; if it sees anything, its `about` must say so."""
    seen = list(rule.ask(about))
    assert not seen or rule.about(about), rule.code
    return seen


def blamed(rule: Rule, about: Facts) -> list[str]:
    """The paths that a rule reports, in its order."""
    return [violation.path for violation in ask(rule, about)]


def why_not(rule: Rule, about: Facts) -> str:
    """The reason why a rule is not asked, or ""."""
    return {one.rule: one.why for one in judge(about, (rule,)).not_checked}.get(rule.code, "")


def severity(rule: Rule, about: Facts) -> Severity:
    """How bad the one finding of a rule is."""
    (finding,) = judge(about, (rule,)).findings
    return finding.severity
