"""Why a path is judged as it is, and the smallest change of the contract that would allow it. Pure; `guard explain` shows it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.starts_guard import may_start_guard
from guard.contracts.model import Contract, SharedGroup
from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.rules import RULES
from guard.rules.advice import pattern_for
from guard.rules.facts import Facts
from guard.rules.findings import Finding, NotChecked, Report
from guard.rules.grants import merge_grant, merging, others, sharing
from guard.rules.judge import judge
from guard.rules.paths import compiled

_TELLING = ("OWN001", "OWN002", "SHR001", "CON001", "CON002")
ABOUT_PATHS = tuple(
    rule for rule in RULES if rule.code in _TELLING
)  # the rules that tell of one path whether it may change
_ANY_NAME = "\x01"  # stands for a file's name when a folder is asked about; patterns of names do not match it
_DAYS = 30  # that a proposed waiver holds


class Match(NamedTuple):
    """A pattern that matches the path. `source` says whose line it is (`forbids`, `shared group routes` …), `decides` whether it counts."""

    source: str
    pattern: str
    file: str
    line: int
    decides: bool


class Step(NamedTuple):
    """One edit of the contract: `verb` is `take out of`, `add to` or `add`, `key` the array or table, `text` what one can paste."""

    verb: str
    key: str
    line: int
    text: str


class Way(NamedTuple):
    """Edits that together allow the path. There may be several ways, the smallest first."""

    steps: tuple[Step, ...]


class Explained(NamedTuple):
    """All there is to say about one path: `findings` are what `guard check` would say of a change to it, by this session.

    `ways` are the smallest edits of the contract that would leave none of them; `starts_guard` tells that the lines of the file matter
    too (CON002). `contract_from` and `base` are those of `guard.rules.findings.Trusted`.
    """

    path: str
    starts_guard: bool
    branch: str
    contract: Contract | None
    contract_from: str
    base: str
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    ways: tuple[Way, ...]

    @property
    def allowed(self) -> bool:
        """Whether the session may change the path without breaking its contract."""
        return not any(finding.breaks for finding in self.findings)


def probe(path: str) -> str:
    """Give the path to ask the rules about: `path` itself, or for a folder (a slash at its end) a file in it that has no name yet."""
    return path + _ANY_NAME if path.endswith("/") else path


def explain_path(facts: Facts, path: str) -> Explained:
    """Explain `path`, a path from the top of the repository, or a folder with a slash at its end.

    `facts.generated` must tell about `probe(path)`; of the change set in `facts` nothing is used.
    """
    asked = probe(path)
    about = _only(facts, asked)
    report = judge(about, ABOUT_PATHS)
    known = {rule.code for rule in ABOUT_PATHS}
    return Explained(
        path=path,
        starts_guard=may_start_guard(path),
        branch=facts.branch,
        contract=facts.contract,
        contract_from=facts.trusted.contract_from,
        base=facts.trusted.ref,
        matches=tuple(_matches(about, asked)),
        findings=report.findings,
        not_checked=tuple(one for one in report.not_checked if one.rule in known),
        ways=_ways(about, path, report),
    )


def _only(facts: Facts, path: str) -> Facts:
    """The facts as they would be if the session had changed `path` and nothing else."""
    change = Change("M", path, "100644", "100644", "", "")
    contract = facts.contract
    declared = (
        contract is not None and facts.trusted.contract_from == "branch" and path == contract.file
    )  # the first commit counts
    own_files = facts.own_files - {path} if declared else facts.own_files
    return facts._replace(
        scope="worktree", changes=(change,), settings=(), edited_since=declared, own_files=own_files
    )


def _matches(facts: Facts, path: str) -> Iterator[Match]:
    """Every line that has the path, in the order in which it counts: the session's own, then what is shared, then other sessions'."""
    if facts.contract:
        yield from _own_matches(facts, facts.contract, path)
    for group in facts.policy.shared:
        yield from _group_matches(facts, group, path)
    for contract in others(facts):
        forbidden = compiled(contract.forbids).decide(path) is not None
        source = f"contract {contract.name}" + (f" ({contract.owner})" if contract.owner else "")
        if not forbidden:
            yield from _list_matches(
                contract, "owns", contract.owns, path, source=f"owns of {source}", decides=True
            )


def _own_matches(facts: Facts, contract: Contract, path: str) -> Iterator[Match]:
    forbidden = compiled(contract.forbids).decide(path) is not None and path not in facts.own_files
    yield from _list_matches(
        contract, "forbids", contract.forbids, path, source="forbids", decides=forbidden
    )
    yield from _list_matches(
        contract, "owns", contract.owns, path, source="owns", decides=not forbidden
    )
    merge = merging(facts, path)
    if merge:
        yield Match("merges", merge.pattern, merge.file, merge.line, not forbidden)


def _list_matches(
    contract: Contract,
    key: str,
    patterns: tuple[str, ...],
    path: str,
    *,
    source: str,
    decides: bool,
) -> Iterator[Match]:
    """The patterns of one array that match, and which of them decides."""
    decision = compiled(patterns).decide(path)
    for grant in compiled(patterns).matching(path):
        yield Match(
            source,
            grant.pattern,
            contract.file,
            line_of(contract.text, key, grant.index),
            decides and grant == decision,
        )


def _group_matches(facts: Facts, group: SharedGroup, path: str) -> Iterator[Match]:
    policy, source = facts.policy, f"shared group {group.name}"
    counts = group in _groups(facts, path)
    decision = compiled(group.paths).decide(path)
    for grant in compiled(group.paths).matching(path):
        line = line_of(policy.text, "shared", group.name, "paths", grant.index)
        yield Match(source, grant.pattern, policy.file, line, counts and grant == decision)
    how = facts.generated.get(path) if group.generated else None
    if how:
        line = line_of(policy.text, "shared", group.name, "generated")
        yield Match(
            source,
            f"generated: {how.by} {how.evidence}",
            policy.file,
            line,
            counts and not decision,
        )


def _ways(facts: Facts, path: str, report: Report) -> tuple[Way, ...]:
    """The edits of the session's contract after which the report would have no finding left."""
    contract = facts.contract
    codes = {finding.code for finding in report.findings if not finding.waived_by}
    if not contract or not codes:
        return ()
    asked = probe(path)
    free = tuple(_unforbid(contract, asked)) if "OWN002" in codes else ()
    owned = (
        compiled(contract.owns).decide(asked)
        or merging(facts, asked)
        or "OWN001" not in report.rules
    )
    own = () if owned else (_add(contract, "owns", path),)
    waived = [code for code in ("SHR001", "CON002") if code in codes]
    ways = [
        Way(
            (
                *free,
                *own,
                *(step for code in waived for step in _waive(facts, contract, code, path)),
            )
        )
    ]
    groups = _groups(facts, asked) if waived == ["SHR001"] else []
    if groups and not any(_taken(facts, group) for group in groups):
        ways.insert(0, Way((*free, *_merge(contract, groups))))
    return tuple(ways)


def _groups(facts: Facts, path: str) -> list[SharedGroup]:
    """The shared groups that have the path and whose merge is not the session's."""
    return [group for group, _ in sharing(facts, path) if not merge_grant(facts, group.name)]


def _taken(facts: Facts, group: SharedGroup) -> bool:
    return any(group.name in contract.merges for contract in others(facts))


def _unforbid(contract: Contract, path: str) -> Iterator[Step]:
    for grant in compiled(contract.forbids).matching(path):
        yield Step(
            "take out of",
            "forbids",
            line_of(contract.text, "forbids", grant.index),
            f"{toml_string(grant.pattern)},",
        )


def _add(contract: Contract, key: str, path: str) -> Step:
    """Add the path alone to an array of patterns; the folder around it is offered as a comment."""
    folder = path.rstrip("/").rpartition("/")[0]
    wider = (
        f"  # or the whole folder: {toml_string(pattern_for(folder + '/'))}"
        if folder and not path.endswith("/")
        else ""
    )
    return _into(contract, key, toml_string(pattern_for(path)), wider)


def _merge(contract: Contract, groups: list[SharedGroup]) -> Iterator[Step]:
    """Add the groups to `merges` in one step: TOML has a key once."""
    names = [
        toml_string(group.name) for group in groups if group.name not in contract.merges
    ]  # listed there, it only waits for the base
    if names:
        yield _into(contract, "merges", ", ".join(names))


def _into(contract: Contract, key: str, values: str, comment: str = "") -> Step:
    line = line_of(contract.text, key)
    return (
        Step("add to", key, line, f"{values},{comment}")
        if line
        else Step("add", key, 1, f"{key} = [{values}]{comment}")
    )


def _waive(facts: Facts, contract: Contract, code: str, path: str) -> Iterator[Step]:
    """Add a waiver, unless the contract has one already that only waits for the base."""
    holding = (
        one
        for one in contract.waivers
        if one.rule == code and (not one.until or one.until >= facts.today)
    )
    if any(compiled(one.paths).decide(probe(path)) for one in holding):
        return
    until = datetime.date.fromisoformat(facts.today) + datetime.timedelta(days=_DAYS)
    paths = toml_string(pattern_for(path))
    text = f'[[waive]]\nrule = "{CODES[code]}"\npaths = [{paths}]\nwhy = "say why, and who agreed"\nuntil = {until.isoformat()}'
    yield Step("add", "waive", 0, text)


def toml_string(text: str) -> str:
    """Give `text` as a basic string of TOML 1.0, printable on one line."""
    return '"' + "".join(_in_string(char) for char in text) + '"'


def _in_string(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
