"""What comes out: a rule's violation, the finding it becomes, and the report that every renderer writes from."""

from __future__ import annotations

from guard.core.severity import Severity
from guard.core.values import NamedTuple


class Decision(NamedTuple):
    """The line that decided: a file of the repository, its line (1-based; 0 is the whole file) and the pattern or key there."""

    file: str
    line: int
    pattern: str


class Violation(NamedTuple):
    """What a rule saw. The policy and the waivers decide later how bad that is.

    `path` is a path of the repository as git has it (`surrogateescape` for bytes that are not UTF-8), or "" for the branch as a whole;
    `next` is one command that can be typed; `at_most` caps the severity that the policy gives to the rule.
    """

    path: str
    message: str
    next: str
    decided_by: Decision | None = None
    line: int = 0
    at_most: Severity = Severity.ERROR


class WaivedBy(NamedTuple):
    """The waiver that took the weight from a finding: where it stands, why it was given and its last day (ISO 8601, or "")."""

    file: str
    line: int
    why: str
    until: str


class Finding(NamedTuple):
    """What is reported: a violation with its rule's code and name and the severity it has here."""

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


class NotChecked(NamedTuple):
    """A rule that was not asked, by code, and the reason."""

    rule: str
    why: str


class Trusted(NamedTuple):
    """Where policy and contract were read: the base's ref and object id; `contract_from` is `base`, `branch`, `working-tree` or ""."""

    ref: str
    oid: str
    contract_from: str


class Failure(NamedTuple):
    """Why no verdict was reached, and what to do about it: the text of a `GuardError`."""

    message: str
    hint: str


class Report(NamedTuple):
    """The whole answer about one change set.

    `verdict` is `kept`, `broken` or `error`; `contract`, `branch`, `head` are "" where there is none; `base` is the object id that the
    changes were compared with; `paths` counts the changed paths; `rules` holds the codes that were asked.
    """

    verdict: str
    contract: str
    branch: str
    scope: str
    base: str
    head: str
    trusted: Trusted
    findings: tuple[Finding, ...]
    paths: int
    rules: tuple[str, ...]
    not_checked: tuple[NotChecked, ...]
    error: Failure | None = None
    worktree: str = (
        ""  # the top level of the worktree judged, for reports side by side; "" where there is none
    )

    @property
    def exit_code(self) -> int:
        """0 kept, 1 broken, 2 could not judge."""
        return {"kept": 0, "broken": 1}.get(self.verdict, 2)
