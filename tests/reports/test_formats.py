"""The formats for other programs: frozen by goldens, valid, and safe whatever names they hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from guard.core.codes import Severity
from guard.core.names import show
from guard.reports import checkstyle, github, gitlab, json, junit, markdown, outputs, rdjson, sarif
from guard.reports.output import FORMATS, rendered
from guard.rules.findings import Carried, Finding
from guard.rules.report import NotChecked, Report
from tests.reports import validators
from tests.reports.sample import ALONE, ERROR, EVERYTHING, KEPT, NASTY, finding
from tests.reports.schema import valid
from tests.reports.strategies import reports
from tests.reports.validators import Commands, markdown_text

AT = "2026-01-02T03:04:05"
RENDER: dict[str, Callable[[Sequence[Report]], str]] = {
    "json": json.render_all,
    "sarif": sarif.render_all,
    "github": github.render_all,
    "gitlab": gitlab.render_all,
    "junit": lambda several: junit.render_all(several, at=AT),
    "markdown": markdown.render_all,
    "rdjson": rdjson.render_all,
    "checkstyle": checkstyle.render_all,
    "outputs": outputs.render_all,
}
CHECK: dict[str, Callable[[str], object]] = {
    "json": valid,
    "sarif": validators.sarif,
    "github": Commands,
    "gitlab": validators.gitlab,
    "junit": validators.junit,
    "markdown": markdown_text,
    "rdjson": validators.rdjson,
    "checkstyle": validators.checkstyle,
    "outputs": lambda text: [line.partition("=") for line in text.splitlines()],
}
ENDINGS = {
    "sarif": "sarif",
    "junit": "xml",
    "checkstyle": "xml",
    "markdown": "md",
    "github": "txt",
    "outputs": "txt",
}
BIDIRECTIONAL = {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI", "PDI", "PDF"}
many = st.lists(reports(), max_size=3)


def test_every_format_is_tested() -> None:
    """What `--format` offers is what is tested here, and text, which has a suite of its own."""
    assert set(RENDER) | {"text"} == set(FORMATS)
    for form in FORMATS:
        assert rendered(form, [EVERYTHING], together=False).endswith("\n")
        assert rendered(form, [EVERYTHING, ERROR, KEPT], together=True).endswith("\n")


@pytest.mark.parametrize("form", sorted(set(RENDER) - {"json"}))
@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("everything", [EVERYTHING]),
        ("kept", [KEPT]),
        ("error", [ERROR]),
        ("all", [EVERYTHING, ERROR, KEPT]),
    ],
)
def test_formats_are_frozen(
    form: str, name: str, several: list[Report], golden: Callable[[str, str], None]
) -> None:
    """Not a byte of a format changes without a golden that says so."""
    text = RENDER[form](several)
    CHECK[form](text)
    golden(f"{form}-{name}.{ENDINGS.get(form, 'json')}", text)


@given(many)
def test_whatever_a_report_holds_the_format_is_valid(several: list[Report]) -> None:
    """Hostile text in every place of several reports gives a text that others read, whole.

    In a job's log no format makes the runner obey anything but its own annotations.
    """
    for form, render in RENDER.items():
        note(form)
        text = render(several)
        CHECK[form](text)
        assert not {unicodedata.category(char) for char in text} & {"Cs", "Zl", "Zp"}
        assert not {char for char in text if unicodedata.category(char) == "Cc"} - {"\n"}
        assert not {unicodedata.bidirectional(char) for char in text} & BIDIRECTIONAL
        assert "##vso[" not in text
        assert "##teamcity[" not in text
        obeyed = {name for name, _, _ in Commands(text).found}
        assert obeyed <= ({"error", "warning", "notice"} if form == "github" else set())


@given(many)
def test_markdown_holds_nothing_but_its_own_markup(several: list[Report]) -> None:
    """No name becomes markup, nor mentions a person or an issue outside of code."""
    text = markdown.render_all(several)
    seen, _, kinds = markdown_text(text)
    block = {
        "html_block",
        "paragraph_open",
        "paragraph_close",
        "heading_open",
        "heading_close",
        "inline",
    }
    lists = {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}
    assert kinds <= block | lists | {
        "text",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
    }
    assert text.startswith(markdown.MARK + "\n")
    assert text.count("<!--") == 1 + "".join(code for code in markdown_text(text)[1]).count("<!--")
    assert not set(seen) & set("@#!")


@given(many)
def test_rdjson_is_no_markup_in_a_comment(several: list[Report]) -> None:
    """As a comment of reviewdog, no message has markup but code, mentions anybody or is a link."""
    for one in validators.rdjson(rdjson.render_all(several))["diagnostics"]:
        seen, _, kinds = markdown_text(one["message"])
        assert kinds <= {
            "paragraph_open",
            "paragraph_close",
            "inline",
            "text",
            "code_inline",
            "softbreak",
        }
        assert not set(seen) & set("@#!<[&~")
        assert not [mark for mark in ("://", "www.") if mark in seen]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "contract api does not own this path; no contract does",
            "contract api does not own this path; no contract does",
        ),
        ("leaves out a/__init__.py", "`leaves out a/__init__.py`"),
        (
            "lists [x](https://example.com) and @alice",
            "`lists [x](https://example.com) and @alice`",
        ),
        ("lists www.example.com", "`lists www.example.com`"),
        ("- `a`", "`` - `a` ``"),
    ],
)
def test_a_message_that_means_more_in_markdown(message: str, told: str) -> None:
    """A usual message stays plain text; one that would be markup becomes code."""
    said = validators.rdjson(
        rdjson.render_all([ALONE._replace(findings=(finding("a", message=message),))])
    )
    assert said["diagnostics"][0]["message"] == f"{told}\nnext: guard explain a"


@given(many)
def test_sarif_has_no_links(several: list[Report]) -> None:
    """No text of a message is a link: SARIF reads `[text](target)` even in plain text."""
    [run] = validators.sarif(sarif.render_all(several))["runs"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert not [one for one in (*run["results"], *notes) if "](" in one["message"]["text"]]


@given(reports())
def test_markdown_shows_names_as_they_are(report: Report) -> None:
    """What a reader sees in a code span is the name, as a terminal would show it."""
    spans = markdown_text(markdown.render(report))[1]
    for one in report.findings if not report.error else ():
        assert not one.path or show(one.path).strip(" ") in [span.strip(" ") for span in spans]


@given(reports())
def test_sarif_can_be_read_back(report: Report) -> None:
    """Each finding appears once, at its exact path, with its rule; a waived one is suppressed."""
    [run] = validators.sarif(sarif.render_all([report]))["runs"]
    found = sorted((result["ruleId"], _path(result)) for result in run["results"])
    assert found == sorted((one.code, _bytes(one.path or _home(report))) for one in report.findings)
    assert sum("suppressions" in result for result in run["results"]) == sum(
        one.waived_by is not None for one in report.findings
    )
    assert run["invocations"][0]["executionSuccessful"] == (report.error is None)


def _path(result: dict[str, list[dict[str, dict[str, dict[str, str]]]]]) -> bytes:
    return unquote_to_bytes(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def _bytes(path: str) -> bytes:
    """The bytes of a path; a contract's name may hold any lone surrogate here."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def _home(report: Report) -> str:
    return f".guard/contracts/{report.contract}.toml" if report.contract else "guard.toml"


def test_fingerprints_outlive_moved_lines() -> None:
    """Another line or message keeps the fingerprint, another path or rule changes it."""

    def prints(*findings: Finding) -> list[str]:
        report = ALONE._replace(findings=findings)
        [run] = validators.sarif(sarif.render_all([report]))["runs"]
        return [result["partialFingerprints"]["guard/v1"] for result in run["results"]]

    first = finding("a.py")
    assert prints(first) == prints(
        first._replace(line=99, message="in other words", severity=Severity.WARNING)
    )
    assert prints(first) != prints(first._replace(path="b.py"))
    assert prints(first) != prints(first._replace(code="OWN002", name="forbidden-path"))
    assert prints(first, first)[0] == prints(first)[0]
    report = gitlab.render_all([ALONE._replace(findings=(first,))])
    assert [one["fingerprint"] for one in validators.gitlab(report)] == prints(first)


@pytest.mark.parametrize(
    "form", ["sarif", "gitlab", "rdjson", "checkstyle", "junit", "github", "markdown", "outputs"]
)
def test_no_verdict_never_looks_like_no_findings(form: str) -> None:
    """A report without a verdict says so in every format, with the reason and what to do."""
    text = RENDER[form]([ERROR])
    assert text != RENDER[form]([KEPT])
    if form == "outputs":
        assert text.startswith("verdict=error\nexit_code=2\n")
        return
    assert "could not judge" in text
    assert "2 mistakes" in text.replace("&#58;", ":")
    assert "guard schema policy" in text


@pytest.mark.parametrize("count", [0, 1, 9, 10, 500])
def test_annotations_keep_within_the_limits(count: int) -> None:
    """GitHub shows ten annotations of a kind: the nine worst, and one that counts the others."""
    warnings = [
        finding(f"a{number}", "CON004", "dead-pattern", Severity.WARNING) for number in range(count)
    ]
    report = ALONE._replace(findings=(*warnings, finding("worst")))
    found = Commands(github.render_all([report])).found
    assert found[0][0] == "error"
    assert len(found) == min(count + 1, 10)
    assert (found[-1][2].startswith(f"{count + 1 - 9} more")) == (count + 1 > 9)


def test_annotations_say_it_all() -> None:
    """Path, line, rule, message and next step reach the annotation unchanged, with any sign."""
    one = finding("a,b:c%25", message="100 %: no")._replace(line=7, next="guard explain x")
    text = github.render_all([ALONE._replace(findings=(one,))])
    [(kind, properties, data)] = Commands(text).found
    assert (kind, properties) == (
        "error",
        {"file": "a,b:c%25", "line": "7", "title": "OWN001 outside-contract"},
    )
    assert data == "100 %: no\nnext: guard explain x"


def test_a_comment_has_room() -> None:
    """Markdown fits into a comment, cut between two findings, and counts them all."""
    report = ALONE._replace(
        findings=tuple(finding(f"{'deep/' * 40}{number}") for number in range(5_000))
    )
    text = markdown.render(report)
    assert len(text) <= 65_536
    assert text.endswith(
        "And more (5,000 errors in all): `guard check --format json` has everything.\n"
    )
    assert markdown.render(EVERYTHING).count("\n") < 70


def test_a_run_has_room() -> None:
    """GitHub shows 5,000 results of a run: more are counted, and the worst are kept."""
    weak = tuple(finding(f"{number}", severity=Severity.NOTE) for number in range(6_000))
    report = ALONE._replace(findings=(*weak, finding("worst")))
    [run] = validators.sarif(sarif.render_all([report]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "worst"
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert "1001 further findings" in notes[0]["message"]["text"]


def test_rules_bring_their_help() -> None:
    """A rule in SARIF asks its question and explains itself with the text of `guard explain`."""
    [run] = validators.sarif(sarif.render_all([EVERYTHING]))["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"].endswith("?")
        assert "What to do" in rule["help"]["text"]


def test_junit_fails_for_errors_alone() -> None:
    """Only an error that is not waived fails a test; rules that were not asked are skipped."""
    document = validators.junit(junit.render_all([EVERYTHING], at=AT))
    [suite] = document
    errors = [
        one for one in EVERYTHING.findings if one.severity == Severity.ERROR and not one.waived_by
    ]
    assert (suite.get("failures"), suite.get("skipped")) == (
        str(len(errors)),
        str(len(EVERYTHING.not_checked)),
    )
    assert show(NASTY) in (suite.findtext("system-out") or "")
    assert validators.junit(junit.render_all([ERROR], at=AT))[0].get("errors") == "1"


def test_outputs_are_words_of_ours() -> None:
    """Verdict, counts and ids, a line each, ready for a step's outputs."""
    assert outputs.render_all([EVERYTHING]).splitlines() == [
        *(
            "verdict=broken",
            "exit_code=1",
            "errors=15",
            "warnings=1",
            "notes=1",
            "waived=3",
            "paths=22",
        ),
        *(f"base={'1' * 40}", f"head={'2' * 40}"),
    ]


@pytest.mark.parametrize("form", sorted(set(RENDER) - {"outputs"}))
def test_what_is_no_finding_is_told_in_every_format(form: str) -> None:
    """Notes, what is carried, and what was judged in part, are no secret of the text."""
    report = KEPT._replace(
        not_checked=(NotChecked("RUN003", "in part: verified before main moved"),),
        notes=(("the base is behind", "git fetch origin"),),
        carried=(Carried("api", "apibranch", ("api/deep",)),),
    )
    text = RENDER[form]([report])
    CHECK[form](text)
    words = ("the base is behind", "git fetch origin", "apibranch", "api/deep", "guard check")
    for word in (*words, "RUN003", "verified before main moved"):
        assert word in text
