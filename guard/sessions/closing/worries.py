"""Risks and follow-up work that a change set implies by itself. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

from guard.core.codes import CLOSING, SELF_DECLARED, Severity
from guard.handoffs.draft import Item
from guard.handoffs.markdown import code, escaped
from guard.rules.facts import Facts
from guard.rules.findings import Finding
from guard.rules.grants import merge_grant, sharing
from guard.rules.report import Report
from guard.sessions.closing.tally import Counts

_MOST = 10  # items of one kind
_MUCH = 200  # lines that one file loses
_MANY = 10  # files that are deleted
_CODE = re.compile(r"\.(?:py|jsx?|tsx?|mjs|go|java|kt|rb|php|c|cc|cpp|cs|swift|scala|ex)$")
_TEST = re.compile(
    r"(?i:(?:^|[/_.-])(?:tests?|specs?|__tests__)(?:[/_.-]|$))|(?:Tests?|Spec)\.\w+$"
)
_WORDS_OF_TESTS = re.compile(r"^(?:tests?[_-])|[_.-](?:tests?|specs?)$|(?:Tests?|Spec)$")
_NO_TEST_EXPECTED = re.compile(
    r"(?:^|/)(?:__init__|__main__|conftest|setup|index|main|types?|constants?)\.\w+$|"
    r"\.d\.ts$|\.config\.\w+$"
)


def risks(
    facts: Facts, report: Report, counts: Counts, elsewhere: Mapping[str, list[str]]
) -> Iterator[Item]:
    """Yield what may go wrong.

    That is broken rules, waivers, shared files, changes on other branches (`elsewhere`), deletions
    and code without tests.
    """
    findings = _of_changes(report)
    errors = [finding for finding in findings if finding.breaks]
    yield from _few(Item(_head(error, error.name), error.message) for error in errors)
    yield from _few(
        Item(_head(finding, f"{finding.name} is waived"), finding.waived_by.why)
        for finding in findings
        if finding.waived_by
    )
    broken = {error.path for error in errors}
    for change in facts.changes:
        shared = [group.name for group, _ in sharing(facts, change.path)]
        groups = [name for name in shared if merge_grant(facts, name)]
        if groups and change.path not in broken:
            whose = f"group {', '.join(groups)}, whose merge is this session's"
            yield Item(f"{code(change.path)} is shared", whose)
    yield from _few(
        Item(f"{code(path)} is changed elsewhere as well", f"on {', '.join(branches)}")
        for path, branches in sorted(elsewhere.items())
    )
    yield from _deletions(facts, counts)
    yield from _untested(facts)


def follow_up(facts: Facts, report: Report) -> Iterator[Item]:
    """Yield what is left to do: guard's warnings, files to generate again, waivers that end."""
    yield from _few(
        Item(_head(finding, finding.name), finding.message)
        for finding in _of_changes(report)
        if finding.severity == Severity.WARNING
        and not finding.waived_by
        and finding.code != SELF_DECLARED  # landing the work makes the contract count
    )
    changed = [change.path for change in facts.changes if change.status != "D"]
    may_be_made_again = any(group.generated for group in facts.policy.shared)
    yield from _few(
        Item(f"{code(path)} must be generated again after the merge")
        for path in changed
        if path in facts.generated and may_be_made_again
    )
    ending = {
        finding.waived_by: finding.name
        for finding in report.findings
        if finding.waived_by and finding.waived_by.until
    }
    for waiver, name in ending.items():
        head = f"{code(waiver.file)} has a waiver of {name} to remove"
        yield Item(head, f"line {waiver.line}, holds until {waiver.until}")


def _of_changes(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if not finding.code.startswith(CLOSING)]


def _few(items: Iterable[Item]) -> Iterator[Item]:
    for number, item in enumerate(items):
        if number == _MOST:
            yield Item("and more, which guard check lists")
            return
        yield item


def _head(finding: Finding, words: str) -> str:
    return f"{code(finding.path)}: {escaped(words)}" if finding.path else escaped(words)


def _deletions(facts: Facts, counts: Counts) -> Iterator[Item]:
    gone = [change.path for change in facts.changes if change.status == "D"]
    if len(gone) >= _MANY:
        yield Item(f"{len(gone):,} files are deleted", ", ".join(gone[:3]) + ", …")
    large = [
        (lines[1], path)
        for path, lines in counts.items()
        if lines and lines[1] >= _MUCH and lines[1] > 2 * lines[0]
    ]
    yield from _few(
        Item(f"{code(path)} loses many lines", f"{deleted:,} lines")
        for deleted, path in sorted(large, reverse=True)
        if path not in facts.own_files
    )


def _untested(facts: Facts) -> Iterator[Item]:
    changed = [change.path for change in facts.changes if change.status != "D"]
    wanted = [path for path in changed if _CODE.search(path) and not _TEST.search(path)]
    wanted = [
        path
        for path in wanted
        if not _NO_TEST_EXPECTED.search(path) and path not in facts.generated
    ]
    if not wanted:
        return
    tracked = facts.tracked.decode("utf-8", "surrogateescape").split("\0")
    tested = {_stem(path) for path in (*tracked, *changed) if _TEST.search(path)}
    bare = [path for path in wanted if _stem(path) not in tested]
    if bare:
        more = f" and {len(bare) - 5:,} more" if len(bare) > 5 else ""
        yield Item("No test is named after what changed", ", ".join(bare[:5]) + more)


def _stem(path: str) -> str:
    """A file's name without an ending and without words for tests."""
    name = path.rpartition("/")[2]
    stem = name.partition(".")[0] if path.count(".") < 2 else name.rpartition(".")[0]
    return _WORDS_OF_TESTS.sub("", stem).casefold().replace("_", "").replace("-", "")
