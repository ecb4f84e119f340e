"""Why a path is judged as it is, and the smallest change of the contract that would allow it."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from guard.changes.change import Change
from guard.changes.starts_guard import may_start_guard
from guard.contracts.model import CONTRACT_RULES, Contract, Policy, SharedGroup
from guard.contracts.positions import line_of
from guard.core.codes import CODES
from guard.rules import RULES
from guard.rules.contract import declaration
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.grants import forbidding, merge_grant, merging, named, others, owning, sharing
from guard.rules.judge import judge
from guard.rules.report import NotChecked, Report
from guard.rules.rule import Rule
from guard.rules.survey import as_asked, compiled
from guard.rules.taken import Takers
from guard.rules.widening import pattern_for

# It stands for a file's name when a folder is asked about; patterns of names do not match it.
_ANY_NAME = "\x01"
_DAYS = 30  # that a proposed waiver holds


class Match(NamedTuple):
    """A pattern that matches the path; `decides` if it counts.

    `source` says whose line it is: `forbids`, `shared group routes` …
    """

    source: str
    pattern: str
    file: str
    line: int
    decides: bool


class Way(NamedTuple):
    """A change of the contract: options of `guard contract edit`, and waivers to paste as TOML.

    Without either, the contract allows the path already and only has to be published.
    """

    options: tuple[tuple[str, ...], ...] = ()
    waivers: tuple[str, ...] = ()


class Explained(NamedTuple):
    """All there is to say about one path.

    `findings` are those of `guard check` after a change to it by this session; `ways` the edits of
    the contract that would leave none, the smallest first. `starts_guard`: the lines of the file
    matter, too (CON002). `better_on_base`: the change itself belongs on the base. `contract_from`
    and `base` are as in `guard.rules.findings.Trusted`. `declare` is what gives a branch without a
    contract one for the path, "" if another session has the path.
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
    better_on_base: bool = False
    declare: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the session may change the path without breaking its contract."""
        return not any(finding.breaks for finding in self.findings)


def probe(path: str) -> str:
    """Give the path to ask the rules about: for a folder (a slash at its end), a new file in it."""
    return path + _ANY_NAME if path.endswith("/") else path


def explain_path(facts: Facts, path: str, mode: str = "100644") -> Explained:
    """Explain `path`, counted from the top; a folder ends with a slash, a submodule has its `mode`.

    `facts.generated` must cover `probe(path)`; the change set in `facts` is not used.
    """
    asked = probe(path)
    about = _only(facts, asked, mode)
    rules = [rule for rule in RULES if rule.of_one_path]
    report = judge(about, rules)
    known = {rule.code for rule in rules}
    return Explained(
        path=path,
        starts_guard=may_start_guard(path),
        branch=facts.branch,
        contract=facts.contract,
        contract_from=facts.trusted.contract_from,
        base=facts.trusted.granting,
        matches=tuple(_matches(about, asked)),
        findings=report.findings,
        not_checked=tuple(one for one in report.not_checked if one.rule in known),
        ways=_ways(about, path, report),
        better_on_base=any(finding.code == "CON002" for finding in report.findings),
        declare=_declare(about, path),
    )


def _declare(about: Facts, path: str) -> str:
    if about.contract or not about.branch or path.endswith("/"):
        return ""
    command = declaration(about)
    grants = " --owns " in command or " --merges " in command
    return f"{command} --publish" if grants else ""


def _only(facts: Facts, path: str, mode: str) -> Facts:
    """The facts as if the session had changed `path` and nothing else."""
    change = Change("M", path, mode, mode, "", "")
    contract, own_files = facts.contract, facts.own_files
    # of a contract declared on the branch, the first commit counts
    declared = bool(contract and facts.trusted.contract_from == "branch" and path == contract.file)
    if declared:
        own_files -= {path}
    return facts._replace(
        scope="worktree", changes=(change,), settings=(), edited_since=declared, own_files=own_files
    )


def _matches(facts: Facts, path: str) -> Iterator[Match]:
    """Every line that covers the path: the session's own, shared groups, other contracts."""
    if facts.contract:
        yield from _own_matches(facts, facts.contract, path)
    for group in facts.policy.shared:
        yield from _group_matches(facts, group, path)
    for contract in others(facts):
        if not forbidding(facts, contract, path):
            source = f"owns of contract {named(contract)}"
            yield from _list_matches(facts, contract, "owns", path, source, decides=True)


def _own_matches(facts: Facts, contract: Contract, path: str) -> Iterator[Match]:
    forbidden = forbidding(facts, contract, path) is not None and path not in facts.own_files
    grants = not forbidden and not Takers(facts).of(path)
    yield from _list_matches(facts, contract, "forbids", path, "forbids", decides=forbidden)
    yield from _list_matches(facts, contract, "owns", path, "owns", decides=grants)
    merge = merging(facts, path)
    if merge:
        yield Match("merges", merge.pattern, merge.file, merge.line, not forbidden)


def _list_matches(
    facts: Facts, contract: Contract, key: str, path: str, source: str, *, decides: bool
) -> Iterator[Match]:
    patterns = compiled(facts, contract.owns if key == "owns" else contract.forbids)
    asked = as_asked(facts, path)
    decision = patterns.decide(asked)
    for grant in patterns.matching(asked):
        line = line_of(contract.text, key, grant.index)
        yield Match(source, grant.pattern, contract.file, line, decides and grant == decision)


def _group_matches(facts: Facts, group: SharedGroup, path: str) -> Iterator[Match]:
    policy, source = facts.policy, f"shared group {group.name}"
    counts = group in _groups(facts, path)
    patterns, asked = compiled(facts, group.paths), as_asked(facts, path)
    decision = patterns.decide(asked)
    for grant in patterns.matching(asked):
        line = line_of(policy.text, "shared", group.name, "paths", grant.index)
        yield Match(source, grant.pattern, policy.file, line, counts and grant == decision)
    how = facts.generated.get(path) if group.generated else None
    if how:
        line = line_of(policy.text, "shared", group.name, "generated")
        evidence = f"generated: {how.by} {how.evidence}"
        yield Match(source, evidence, policy.file, line, counts and not decision)


def _ways(facts: Facts, path: str, report: Report) -> tuple[Way, ...]:
    contract = facts.contract
    codes = {finding.code for finding in report.findings if not finding.waived_by}
    if not contract or not codes:
        return ()
    asked = probe(path)
    free = tuple(_unforbid(facts, contract, asked)) if "OWN002" in codes else ()
    owned = owning(facts, contract, asked) or merging(facts, asked)
    owns = () if owned or "OWN001" not in report.rules else (("--owns", pattern_for(path)),)
    waived = [code for code in ("SHR001", "CON002") if code in codes]
    waivers = [one for code in waived for one in _waive(facts, contract, code, path)]
    ways = [Way((*free, *owns), tuple(waivers))]
    groups = _groups(facts, asked) if waived == ["SHR001"] else []
    taken = {name for contract in others(facts) for name in contract.merges}
    if groups and taken.isdisjoint(group.name for group in groups):
        ways.insert(0, Way((*free, *_merge(contract, groups))))
    return tuple(ways)


def _groups(facts: Facts, path: str) -> list[SharedGroup]:
    """The shared groups that have the path and whose merge is not the session's."""
    return [group for group, _ in sharing(facts, path) if not merge_grant(facts, group.name)]


def _unforbid(facts: Facts, contract: Contract, path: str) -> Iterator[tuple[str, ...]]:
    for grant in compiled(facts, contract.forbids).matching(as_asked(facts, path)):
        yield "--remove", "forbids", grant.pattern


def _merge(contract: Contract, groups: list[SharedGroup]) -> Iterator[tuple[str, ...]]:
    """A group that the contract lists already only has to reach the base."""
    names = [group.name for group in groups if group.name not in contract.merges]
    return (("--merges", name) for name in names)


def _waive(facts: Facts, contract: Contract, code: str, path: str) -> Iterator[str]:
    """A waiver, unless the contract has one that only has to reach the base."""
    for waiver in contract.waivers:
        holds = not waiver.until or waiver.until >= facts.today
        asked = as_asked(facts, probe(path))
        if waiver.rule == code and holds and compiled(facts, waiver.paths).decide(asked):
            return
    until = datetime.date.fromisoformat(facts.today) + datetime.timedelta(days=_DAYS)
    lines = [
        "[[waive]]",
        f'rule = "{CODES[code]}"',
        f"paths = [{toml_string(pattern_for(path))}]",
        'why = "say why, and who agreed"',
        f"until = {until.isoformat()}",
    ]
    yield "\n".join(lines)


def severity_line(rule: Rule, policy: Policy) -> int:
    """Give the policy's line that sets a rule's severity, in any of the ways; 0 for none."""
    keys = [("rules", word) for word in (rule.code, rule.name, rule.code.lower())]
    keys += [("contracts", key) for key, name in CONTRACT_RULES.items() if name == rule.name]
    return next((line for key in keys if (line := line_of(policy.text, *key))), 0)


def toml_string(text: str) -> str:
    """Give `text` as a basic string of TOML 1.0, printable on one line."""
    return '"' + "".join(_in_string(char) for char in text) + '"'


def _in_string(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
