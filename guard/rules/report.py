"""The whole answer about one change set. What it found is in `findings.py`."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guard.rules.findings import Carried, Failure, Finding

NOT_YET = "not in this version of guard"  # why a rule with a code is not asked
TOGETHER = "asked of worktrees, and of all sessions together"  # why a rule about others is not


class NotChecked(NamedTuple):
    """The code of a rule that was not asked, and the reason."""

    rule: str
    why: str


class Trusted(NamedTuple):
    """The base that was compared with, its ref and object id, and the contract's source.

    `contract_from` is `base`, `branch`, `working-tree` or "". If the base is one of the policy's
    `bases`, policy and contracts are those of `policy_ref`. If contracts are on a branch of their
    own, that is `contracts_ref`, and `base` stands for it in `contract_from`.
    """

    ref: str
    oid: str
    contract_from: str
    policy_ref: str = ""
    policy_oid: str = ""
    contracts_ref: str = ""
    contracts_oid: str = ""

    @property
    def home(self) -> tuple[str, str]:
        """Where the policy was read: ref and object id."""
        return (self.policy_ref, self.policy_oid) if self.policy_oid else (self.ref, self.oid)

    @property
    def granting(self) -> str:
        """The ref where contracts count."""
        return self.contracts_ref or self.home[0]


class Report(NamedTuple):
    """The whole answer about one change set.

    `verdict` is `kept`, `broken` or `error`; `contract`, `branch`, `head` and `worktree` may be "".
    `base` is the object id that the changes were compared with, `paths` the number of changed
    paths, `rules` the codes that were asked, `worktree` the top of the judged worktree. `carried`
    are paths that count as another session's here, and as this one's in CI. `notes` are messages
    about the whole, each with a command. `install` says where to get guard; `afar`: who reads this
    may have none. `way` leads from where guard was started to the worktree: a command, "" if none
    is needed.
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
    worktree: str = ""
    carried: tuple[Carried, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    install: str = ""
    afar: bool = False
    way: str = ""

    def seen_from(self, way: str) -> Report:
        """Give the report with commands for somebody who has to go that `way` first."""
        if not way:
            return self
        findings = (one._replace(next=_behind(way, one.next)) for one in self.findings)
        notes = ((message, _behind(way, step)) for message, step in self.notes)
        return self._replace(findings=tuple(findings), notes=tuple(notes), way=way)

    def command(self, text: str) -> str:
        """Give a command as it is printed: one of guard's says so to a reader without guard."""
        if not self.afar or not text.startswith("guard "):
            return text
        return f"{text}; needs guard" if "   # " in text else f"{text}   # needs guard"

    @property
    def exit_code(self) -> int:
        """0 kept, 1 broken, 2 could not judge."""
        return {"kept": 0, "broken": 1}.get(self.verdict, 2)


def _behind(way: str, step: str) -> str:
    return f"{way} && {step}" if step.startswith(("guard ", "git ")) else step


def by_reason(not_checked: Iterable[NotChecked]) -> dict[str, list[str]]:
    """Give the codes of the rules that were not asked, by reason."""
    reasons: dict[str, list[str]] = {}
    for one in not_checked:
        reasons.setdefault(one.why, []).append(one.rule)
    return reasons
