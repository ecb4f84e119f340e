"""What rules find: violations, and the findings that policy and waivers make of them."""

from __future__ import annotations

from guard.core.codes import Severity
from guard.core.names import show
from guard.core.values import NamedTuple
from guard.rules.survey import as_asked, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.contracts.model import Waiver
    from guard.rules.facts import Facts
    from guard.rules.rule import Rule


class Decision(NamedTuple):
    """The line that decided: a file of the repository, its line, and the pattern or key there.

    Lines are counted from 1; 0 is the whole file.
    """

    file: str
    line: int
    pattern: str


class Violation(NamedTuple):
    """What a rule found. Policy and waivers decide later how bad it is.

    `path` is as git has it (`surrogateescape` for bytes that are not UTF-8), or "" for the branch
    as a whole. `next` is a command to type. `at_most` caps the severity that the policy gives.
    """

    path: str
    message: str
    next: str
    decided_by: Decision | None = None
    line: int = 0
    at_most: Severity = Severity.ERROR


class WaivedBy(NamedTuple):
    """The waiver of a finding: its file and line, its reason and its last day (ISO 8601, or "")."""

    file: str
    line: int
    why: str
    until: str


class Finding(NamedTuple):
    """A violation as reported: with its rule's code and name, its severity and its waiver."""

    code: str
    name: str
    severity: Severity
    path: str
    line: int
    message: str
    next: str
    decided_by: Decision | None
    waived_by: WaivedBy | None

    @property
    def breaks(self) -> bool:
        """Whether it breaks the contract: an error that is not waived."""
        return self.severity == Severity.ERROR and self.waived_by is None


class Carried(NamedTuple):
    """Paths that are not blamed, since another open session's `branch` has them just so."""

    contract: str
    branch: str
    paths: tuple[str, ...]


class Failure(NamedTuple):
    """Why there is no verdict, and what to do about it: the text of a `GuardError`."""

    message: str
    hint: str


def findings_of(
    rule: Rule, facts: Facts, in_force: dict[int, Waiver], used: set[int]
) -> Iterator[Finding]:
    """Ask a rule and yield its findings, with severity and waiver.

    The numbers of waivers that take effect go into `used`.
    """
    waivers = [(number, waiver) for number, waiver in in_force.items() if waiver.rule == rule.code]
    for violation in rule.ask(facts):
        path = violation.path
        matching = [
            number
            for number, waiver in waivers
            if path and compiled(facts, waiver.paths).decide(as_asked(facts, path, grants=True))
        ]
        used.update(matching)
        waived_by = _waived_by(facts, matching[0]) if matching else None
        finding = finding_of(rule, violation, rule.severity_in(facts))
        finding = finding._replace(waived_by=waived_by)
        if finding.severity != Severity.OFF:
            yield finding


def finding_of(rule: Rule, violation: Violation, severity: Severity) -> Finding:
    """Give a violation as a finding of this severity at most, without waiver."""
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=min(severity, violation.at_most),
        path=violation.path,
        line=violation.line,
        message=show(violation.message),  # it holds names of files, branches and people
        next=violation.next,
        decided_by=violation.decided_by,
        waived_by=None,
    )


def in_one_voice(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings, and leave one where a path is outside the contract and shared: the worse.

    Of equal ones the shared group's stays, since who owns its merge may change the path.
    """
    outside, shared = (
        {one.path: one.severity for one in findings if one.code == code and not one.waived_by}
        for code in ("OWN001", "SHR001")
    )
    said = {path for path, severity in shared.items() if severity >= outside.get(path, 0)}
    left = [
        one
        for one in findings
        if one.waived_by
        or (one.code == "OWN001" and one.path not in said)
        or (one.code == "SHR001" and one.path in said)
        or one.code not in ("OWN001", "SHR001")
    ]
    return sorted(left, key=_order)


def _waived_by(facts: Facts, number: int) -> WaivedBy | None:
    from guard.contracts.positions import line_of  # most findings are not waived

    contract = facts.contract
    if not contract:
        return None
    waiver = contract.waivers[number]
    line = line_of(contract.text, "waive", number)
    return WaivedBy(contract.file, line, waiver.why, waiver.until)


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return -finding.severity, finding.path, finding.line, finding.code
