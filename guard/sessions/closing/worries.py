"""What follows from a change set by itself: risks that a reviewer should hear of, and work that is left. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guard.core.codes import CLOSING
from guard.core.severity import Severity
from guard.handoffs.draft import Item, code, escaped
from guard.rules.facts import Facts
from guard.rules.findings import Finding, Report
from guard.rules.grants import merge_grant, sharing

_MOST = 10  # items of one kind
_MUCH = 200  # lines that one file loses
_MANY = 10  # files that are deleted
_CODE = re.compile(r"\.(?:py|jsx?|tsx?|mjs|go|java|kt|rb|php|c|cc|cpp|cs|swift|scala|ex)$")
_TEST = re.compile(
    r"(?i:(?:^|[/_.-])(?:tests?|specs?|__tests__)(?:[/_.-]|$))|(?:Tests?|Spec)\.\w+$"
)
_WORDS_OF_TESTS = re.compile(r"^(?:tests?[_-])|[_.-](?:tests?|specs?)$|(?:Tests?|Spec)$")
_NO_TEST_EXPECTED = re.compile(
    r"(?:^|/)(?:__init__|__main__|conftest|setup|index|main|types?|constants?)\.\w+$|\.d\.ts$|\.config\.\w+$"
)


def risks(
    facts: Facts,
    report: Report,
    counts: Mapping[str, tuple[int, int] | None],
    elsewhere: Mapping[str, list[str]],
) -> Iterator[Item]:
    """Yield what may go wrong: broken rules, waivers, shared files, overlaps with other branches, deletions, files without tests."""
    findings = [one for one in report.findings if not one.code.startswith(CLOSING)]
    errors = [one for one in findings if one.breaks]
    yield from _few(Item(_head(one, one.name), one.message) for one in errors)
    yield from _few(
        Item(_head(one, f"{one.name} is waived"), one.waived_by.why)
        for one in findings
        if one.waived_by
    )
    told = {one.path for one in errors}
    for change in facts.changes:
        groups = [
            group.name for group, _ in sharing(facts, change.path) if merge_grant(facts, group.name)
        ]
        if groups and change.path not in told:
            yield Item(
                f"{code(change.path)} is shared",
                f"group {', '.join(groups)}, whose merge is this session's",
            )
    yield from _few(
        Item(f"{code(path)} is changed elsewhere, too", f"on {', '.join(branches)}")
        for path, branches in sorted(elsewhere.items())
    )
    yield from _deletions(facts, counts)
    yield from _untested(facts)


def follow_up(facts: Facts, report: Report) -> Iterator[Item]:
    """Yield what is left to do: what guard warns of, what has to be generated again, waivers that end."""
    warnings = [
        one
        for one in report.findings
        if one.severity == Severity.WARNING
        and not one.waived_by
        and not one.code.startswith(CLOSING)
    ]
    yield from _few(Item(_head(one, one.name), one.message) for one in warnings)
    generated = [
        change.path
        for change in facts.changes
        if change.path in facts.generated and change.status != "D"
    ]
    yield from _few(
        Item(f"{code(path)} is to be generated again after the merge") for path in generated
    )
    ending = {
        one.waived_by: one for one in report.findings if one.waived_by and one.waived_by.until
    }
    for by, finding in ending.items():
        yield Item(
            f"{code(by.file)} has a waiver of {finding.name} to take out",
            f"line {by.line}, holds until {by.until}",
        )


def _few(items: Iterator[Item]) -> Iterator[Item]:
    for number, item in enumerate(items):
        if number == _MOST:
            yield Item("and more, which guard check lists")
            return
        yield item


def _head(finding: Finding, words: str) -> str:
    return f"{code(finding.path)}: {escaped(words)}" if finding.path else escaped(words)


def _deletions(facts: Facts, counts: Mapping[str, tuple[int, int] | None]) -> Iterator[Item]:
    gone = [change.path for change in facts.changes if change.status == "D"]
    if len(gone) >= _MANY:
        yield Item(f"{len(gone):,} files are deleted", ", ".join(gone[:3]) + ", …")
    large = sorted(
        (
            (lines[1], path)
            for path, lines in counts.items()
            if lines and lines[1] >= _MUCH and lines[1] > 2 * lines[0]
        ),
        reverse=True,
    )
    yield from _few(
        Item(f"{code(path)} loses much", f"{deleted:,} lines")
        for deleted, path in large
        if path not in facts.own_files
    )


def _untested(facts: Facts) -> Iterator[Item]:
    """Changed code that no test is named after, told in one item."""
    changed = [
        change.path
        for change in facts.changes
        if change.status != "D" and _CODE.search(change.path)
    ]
    wanted = [
        path for path in changed if not _TEST.search(path) and not _NO_TEST_EXPECTED.search(path)
    ]
    if not wanted:
        return
    everywhere = [
        *facts.tracked.decode("utf-8", "surrogateescape").split("\0"),
        *(change.path for change in facts.changes if change.status != "D"),
    ]
    tested = {_stem(path) for path in everywhere if _TEST.search(path)}
    bare = [path for path in wanted if _stem(path) not in tested]
    if bare:
        more = f" and {len(bare) - 5:,} more" if len(bare) > 5 else ""
        yield Item("No test is named after what changed", ", ".join(bare[:5]) + more)


def _stem(path: str) -> str:
    """What a file is about: its name without ending, and without the words that make it a test."""
    name = (
        path.rpartition("/")[2].partition(".")[0]
        if path.count(".") < 2
        else path.rpartition("/")[2].rpartition(".")[0]
    )
    return _WORDS_OF_TESTS.sub("", name).casefold().replace("_", "").replace("-", "")
