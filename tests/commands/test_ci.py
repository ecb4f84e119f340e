"""`guard ci` as a command: its options, reports and exit; its verdicts are in `tests/ci`."""

from __future__ import annotations

import json

import pytest

from guard.reports.output import FORMATS
from tests.kit import GUARD, Repo, session
from tests.reports import validators
from tests.reports.schema import valid


@pytest.fixture(autouse=True)
def plain_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI system is in the environment."""
    for name in (
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "TF_BUILD",
        "BITBUCKET_BUILD_NUMBER",
        "CIRCLECI",
        "BUILDKITE",
        "JENKINS_URL",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def broken(repo: Repo) -> Repo:
    """A branch that breaks its contract."""
    session(repo).commit({"docs/a.md": "x\n"})
    return repo


@pytest.mark.parametrize("command", ["ci", "check"])
def test_many_reports_at_once(broken: Repo, command: str) -> None:
    """`--report` writes each format to its file, besides the report on standard output."""
    words = [word for form in FORMATS for word in ("--report", f"{form}=out.{form}")]
    ran = broken.guard(command, *words)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("guard: contract feature broken")
    written = {form: (broken.path / f"out.{form}").read_text() for form in FORMATS}
    assert valid(written["json"])["verdict"] == "broken"
    assert validators.sarif(written["sarif"])["runs"][0]["results"][0]["ruleId"] == "OWN001"
    assert validators.junit(written["junit"])[0].get("failures") == "1"
    assert validators.gitlab(written["gitlab"])[0]["location"]["path"] == "docs/a.md"
    assert validators.rdjson(written["rdjson"])["diagnostics"][0]["severity"] == "ERROR"
    assert validators.checkstyle(written["checkstyle"])[0].get("name") == "docs/a.md"
    assert written["outputs"].startswith("verdict=broken\n")
    assert written["markdown"].startswith("<!-- guard: report -->\n")


def test_reports_of_all_worktrees(broken: Repo) -> None:
    """With `--all` each report is about all of them."""
    broken.worktree("other", "other", "main")
    ran = broken.guard("check", "--all", "--report", "json=out.json", "--report", "junit=out.xml")
    assert ran.code == 1
    assert len(valid((broken.path / "out.json").read_text())["reports"]) == 2
    assert len(validators.junit((broken.path / "out.xml").read_text())) == 2


@pytest.mark.parametrize("command", ["ci", "check"])
def test_no_verdict_replaces_an_older_report(broken: Repo, command: str) -> None:
    """Where there is no verdict, every report says so, and none is left from before."""
    words = (
        "--report",
        "json=out.json",
        "--report",
        "sarif=out.sarif",
        "--report",
        "outputs=out.txt",
    )
    assert broken.guard(command, *words).code == 1
    ran = broken.guard(command, *words, "--base", "nonexistent")
    assert (ran.code, ran.out) == (2, "")
    assert valid((broken.path / "out.json").read_text())["verdict"] == "error"
    assert not validators.sarif((broken.path / "out.sarif").read_text())["runs"][0]["invocations"][
        0
    ]["executionSuccessful"]
    assert (broken.path / "out.txt").read_text().startswith("verdict=error\n")


def test_no_verdict_in_the_format_that_is_printed(broken: Repo) -> None:
    """Programs read on standard output that there is no verdict; text has it on standard error."""
    ran = broken.guard("ci", "--format", "json", "--base", "nonexistent")
    assert (ran.code, valid(ran.out)["verdict"]) == (2, "error")
    ran = broken.guard("ci", "--base", "nonexistent")
    assert (ran.code, ran.out) == (2, "")


def test_a_report_on_standard_output(broken: Repo) -> None:
    """`-` puts a further report behind the one that is printed; the headline stands there once."""
    for command in ("ci", "check"):
        out = broken.guard(command, "--report", "github=-").out
        text, annotations = out[: out.index("::error")], validators.Commands(out).found
        assert text.startswith("guard: contract feature broken")
        assert out.count("guard: contract feature broken") == 1
        assert [kind for kind, _, _ in annotations] == ["error"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--report", "sarif"), "--report 'sarif' is not FORMAT=FILE"),
        (("--report", "sarif="), "--report 'sarif=' is not FORMAT=FILE"),
        (("--report", "pdf=x"), "--report 'pdf=x' is not FORMAT=FILE"),
        (("--report", "json=x", "--report", "sarif=./x"), "--report names ./x twice"),
        (("--report", "json=nowhere/x"), "cannot write nowhere/x"),
    ],
)
def test_reports_that_cannot_be_written(broken: Repo, words: tuple[str, ...], message: str) -> None:
    """A report that has no place is an error, with a hint."""
    for command in ("ci", "check"):
        ran = broken.guard(command, *words)
        assert (ran.code, message in ran.err, "  hint: " in ran.err) == (2, True, True)


def test_the_reports_that_can_be_written_are(broken: Repo) -> None:
    """One unwritable report does not stop the others; the exit status says that it is missing."""
    ran = broken.guard("ci", "--report", "json=nowhere/x", "--report", "sarif=out.sarif")
    assert ran.code == 2
    assert json.loads((broken.path / "out.sarif").read_text())["version"] == "2.1.0"


def test_everything_that_a_plain_shell_needs(broken: Repo) -> None:
    """Without any option the branch that is checked out is judged, uncommitted work left out."""
    broken.write({"src/b.py": "x\n", "other.md": "x\n"})
    ran = broken.guard("ci", "--format", "json")
    assert ran.codes == {"docs/a.md": ["OWN001"]}
    assert (ran.report["scope"], ran.report["branch"]) == ("range", "feature")
    other = broken.worktree("elsewhere", "other", "main")
    words = ("ci", "--base", "main", "--head", "feature")
    assert f"next: cd {broken.path} && guard " in other.guard(*words).out
    told = broken.run(*GUARD, *words, cwd=other.path, env={"CI": "1"}, ok=(1,)).out
    assert f"cd {broken.path}" not in told
