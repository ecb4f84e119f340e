"""`guard handoff`: the round trip of a session, and what an adversary makes of it."""

from __future__ import annotations

import json
import os
import re
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guard.handoffs.sections import template
from tests.kit import BASE, GUARD, UNMEASURED, Ran, Repo, grown

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
HANDOFF_SCHEMA = json.loads(
    (Path(__file__).parents[2] / "guard/reports/schemas/handoff.json").read_text(encoding="utf-8")
)
FILE = ".guard/handoffs/web.md"
BY_HAND = """\
# Handoff: web

## Files changed

- src/a.py: two of them

## Behavior changed

There are two now.

## Commands run

- `test -f src/a.py` passed

## Known risks

None: nobody counts them.

## Follow-up work

None: complete.
"""


@pytest.fixture
def session(empty: Repo) -> Repo:
    """A branch under a contract that requires one command, with one change that is committed."""
    return grown(empty, _session)


def _session(empty: Repo) -> None:
    empty.commit({"guard.toml": BASE, "src/a.py": "a = 1\n", "docs/a.md": "a\n"})
    empty.contract("web", owns=["/src/"], goal="Two of them.", verify=["test -f src/a.py"]).branch(
        "web"
    )
    empty.commit({"src/a.py": "a = 2\n"}, "a: two of them")


def handoff(repo: Repo, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> Ran:
    """Run `guard handoff`; any exit status but a bug in guard."""
    ran = repo.guard("handoff", *words, stdin=stdin.encode("utf-8", "surrogateescape"), env=env)
    assert ran.code in (0, 1, 2), ran
    return ran


def found(ran: Ran) -> list[tuple[int, str]]:
    """Line and code of each finding of a JSON report."""
    return [(one["line"], one["code"]) for one in ran.report["findings"]]


def judged(repo: Repo, *words: str, stdin: str = "") -> list[tuple[int, str]]:
    """What `guard handoff check` finds."""
    return found(handoff(repo, "check", "--format", "json", *words, stdin=stdin))


def text(repo: Repo) -> str:
    """The handoff as it lies there."""
    return (repo.path / FILE).read_bytes().decode()


def said(repo: Repo) -> Repo:
    """Replace what is the author's to say in a draft, as an author would."""
    words = text(repo).replace("- a: two of them", "There are two now.")
    words = words.replace(
        "<!-- What is left to do, by whom. If nothing is: None, and why. -->", "None: complete."
    )
    words = re.sub(r"(- No test is .*\))$", r"\1: it is trivial", words, flags=re.MULTILINE)
    return repo.write({FILE: words})


def test_the_round_trip(session: Repo) -> None:
    """After work, run, draft and edit a handoff holds; a changed byte makes it stale."""
    assert session.guard("run", "--", "test", "-f", "src/a.py").code == 0
    drafted = handoff(session, "draft")
    assert drafted.out.startswith(
        f"wrote {FILE}: 1 path, 1 command, 1 risk seen\nnext: say in your words what belongs "
        "under Behavior changed and Known risks and Follow-up work\n"
    )
    assert [code for _, code in judged(session)] == ["HND003", "HND003", "HND003"]
    said(session)
    assert handoff(session, "check").out == (
        f"guard: the handoff of web holds · 1 path · 1 command verified · {FILE}\n"
        f"next: git add -f {FILE} && git commit -m 'handoff: web' {FILE}\n"
    )
    short = handoff(session, "check", "--format", "json").report["handoff"]
    assert (short["stands"], short["edited"], short["paths"], short["verified"]) == (
        "holds",
        True,
        1,
        1,
    )
    assert handoff(session, "check").out == f"guard: {short['message']}\nnext: {short['next']}\n"
    assert session.check("--branch").codes == {FILE: ["HND001"]}
    session.commit(message="handoff: web")
    assert session.check("--branch").code == 0
    assert handoff(session, "check", "--branch").code == 0
    session.write({"src/a.py": "a = 3\n"})
    assert judged(session) == [(3, "HND004"), (27, "RUN003")]
    assert session.check("--branch").code == 0
    session.commit(message="one byte")
    assert session.check("--branch").codes == {FILE: ["HND004", "RUN003"]}
    session.git("reset", "-q", "--hard", "HEAD^")
    session.git("commit", "-q", "--amend", "-m", "another message")
    assert session.check("--branch").code == 0
    session.git("reset", "-q", "--soft", "main")
    session.commit(message="squashed")
    assert session.check("--branch").code == 0


def test_rebased_onto_a_base_that_moved(session: Repo) -> None:
    """A rebase that brings other files leaves the handoff current; see tests/verdict."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    handoff(session, "draft")
    said(session).commit(message="handoff")
    session.git("rebase", "-q", "--force-rebase", "main")
    assert session.check("--branch").code == 0
    session.git("switch", "-q", "main")
    session.commit({"docs/b.md": "b\n"})
    session.git("switch", "-q", "web")
    session.git("rebase", "-q", "main")
    assert session.check("--branch").code == 0


def test_drafted_before_the_commit(session: Repo) -> None:
    """A draft of work that is not committed holds for the one commit that has both."""
    session.write({"src/b.py": "b\n"})
    session.guard("run", "--", "test", "-f", "src/a.py")
    handoff(session, "draft")
    said(session).commit(message="work and handoff")
    assert session.check("--branch").code == 0


def test_a_handoff_by_hand(session: Repo) -> None:
    """A report that nobody drafted is about the change at the commit that last touched it."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    session.commit({FILE: BY_HAND})
    assert session.check("--branch").code == 0
    assert handoff(session, "check").code == 0
    session.commit({"src/a.py": "a = 3\n"})
    assert judged(session, "--branch") == [(1, "HND004"), (13, "RUN003")]
    assert "before this changed: src/a.py" in handoff(session, "check", "--branch").out
    session.write({FILE: BY_HAND + "\n"})
    assert judged(session) == [(13, "RUN003")]
    session.git("restore", FILE)
    assert judged(session) == [(1, "HND004"), (13, "RUN003")]


def test_a_handoff_from_before_the_branch(session: Repo) -> None:
    """A handoff that the base has already is about other work, so there is none yet."""
    session.git("switch", "-q", "main")
    session.commit({FILE: BY_HAND})
    session.git("switch", "-q", "-c", "feat/web")
    session.commit({"src/a.py": "a = 3\n"})
    for words in ((), ("--branch",)):
        assert [code for _, code in judged(session, *words)] == ["HND001", "RUN003"]
    session.write({FILE: BY_HAND + "\n"})
    assert judged(session) == [(13, "RUN003")]


def test_on_windows_lines(session: Repo) -> None:
    """A working tree with CRLF has the same handoff as the commit."""
    session.commit(
        {
            ".gitattributes": "*.md text eol=crlf\n",
            FILE: BY_HAND.replace("- src/a.py", "- .gitattributes\n- src/a.py"),
        }
    )
    session.write({FILE: text(session).replace("\n", "\r\n").replace("\r\r", "\r")})
    assert (1, "HND004") not in judged(session)
    session.commit({"src/a.py": "a = 3\n"})
    assert (1, "HND004") in judged(session)


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (("- src/a.py: two of them", "- src/a.py\n- docs/a.md: typo"), [(6, "HND005")]),
        (("- src/a.py: two of them", "- src/"), []),
        (("- src/a.py: two of them", "- everything"), [(3, "HND005")]),
        (("There are two now.", "TODO"), [(9, "HND003")]),
        (("There are two now.", "<!-- What? -->"), [(7, "HND003")]),
        (("None: nobody counts them.", "None"), [(17, "HND003")]),
        (("## Known risks\n\nNone: nobody counts them.\n\n", ""), [(17, "HND002")]),
        (("- `test -f src/a.py` passed", "- `make test` passed"), [(11, "RUN001")]),
        (("- `test -f src/a.py` passed", "All tests pass."), [(11, "RUN001")]),
        (("# Handoff: web", "# Handoff: other"), [(1, "HND001")]),
    ],
)
def test_a_beautiful_false_report(
    session: Repo, lie: tuple[str, str], told: list[tuple[int, str]]
) -> None:
    """What is not so is told on the line that says it."""
    session.git("switch", "-q", "main")
    session.contract("other", owns=["/docs/"])
    session.git("switch", "-q", "web")
    session.guard("run", "--", "test", "-f", "src/a.py")
    session.commit({FILE: BY_HAND.replace(*lie)})
    assert judged(session, "--branch") == told


def test_receipts_that_prove_nothing(session: Repo) -> None:
    """Runs of other files, failed, edited and foreign receipts prove nothing."""
    session.commit({FILE: BY_HAND})
    store = session.path / ".git/guard/receipts"

    def kept() -> Path:
        return max(store.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)

    session.write({"src/a.py": "another\n"}).guard("run", "--", "test", "-f", "src/a.py")
    session.git("restore", "src/a.py")
    assert judged(session, "--branch") == [(13, "RUN003")]
    other = json.loads(kept().read_text())
    forged = {
        **other,
        "before": session.git("rev-parse", "HEAD^^{tree}"),
        "after": session.git("rev-parse", "HEAD^^{tree}"),
    }
    kept().write_text(json.dumps(forged))
    assert "edited" in handoff(session, "check", "--branch").out
    kept().unlink()
    session.guard("run", "--", "sh", "-c", "test -f src/a.py; exit 1")
    assert judged(session, "--branch") == [(13, "RUN003")]
    session.guard("run", "--", "true", "&&", "test", "-f", "src/a.py")
    session.guard("run", "--", "test", "-f", "a.py", cwd=session.path / "src")
    assert judged(session, "--branch") == [(13, "RUN003")]
    session.guard("run", "--", "test", "-f", "src/a.py")
    assert judged(session, "--branch") == []
    session.run("cp", "-r", str(session.path), str(session.path.parent / "copy"))
    copy = Repo(session.path.parent / "copy")
    (copy.path / ".git/guard/receipts/.key").unlink()
    copy.guard("run", "--", "true")
    assert judged(copy, "--branch") == [(13, "RUN003")]


def test_a_required_command_that_fails_here(session: Repo) -> None:
    """A report says that a command passed, the receipt of this very tree that it failed."""
    session.git("switch", "-q", "main")
    session.contract("web", owns=["/src/"], verify=["test -f src/nowhere"])
    session.git("switch", "-q", "web")
    session.git("rebase", "-q", "main")
    session.commit({FILE: BY_HAND.replace("test -f src/a.py", "test -f src/nowhere")})
    session.guard("run", "--", "test", "-f", "src/nowhere")
    assert judged(session, "--branch") == [(13, "RUN002")]


@pytest.mark.parametrize(
    ("content", "trouble", "line"),
    [
        (b"# x\n\xff\n", "is not UTF-8: byte 4 is 0xff", 2),
        (b"\xff\xfe#\0", "is not UTF-8", 1),
        (b"x" * 300_000, "has 300,000 bytes; at most 262,144 are read", 0),
        (b"\n" * 20_001, "has 20,001 lines; at most 20,000 are read", 0),
    ],
)
def test_what_cannot_be_read(session: Repo, content: bytes, trouble: str, line: int) -> None:
    """A wrong encoding or size is one finding, and a draft never overwrites such a file."""
    session.commit({FILE: content})
    for words in ((), ("--branch",)):
        ran = handoff(session, "check", *words, "--format", "json")
        (message,) = [
            one["message"]
            for one in ran.report["findings"]
            if (one["line"], one["code"]) == (line, "HND001")
        ]
        assert trouble in message
    assert handoff(session, "draft").code == 2
    assert (session.path / FILE).read_bytes() == content


def test_a_byte_order_mark(session: Repo) -> None:
    """A mark of byte order at the beginning is not part of the text."""
    session.commit({FILE: "\ufeff" + BY_HAND})
    assert judged(session, "--branch") == [(13, "RUN003")]


@pytest.mark.parametrize("where", ["file", "folder", "guard"])
def test_links_are_not_followed(session: Repo, tmp_path: Path, where: str) -> None:
    """A handoff behind a symbolic link is none, and a draft does not follow the link."""
    outside = tmp_path / "outside"
    (outside / "handoffs").mkdir(parents=True)
    (outside / "web.md").write_text(BY_HAND)
    (outside / "handoffs/web.md").write_text(BY_HAND)
    (session.path / ".guard").mkdir(exist_ok=True)
    link = {
        "file": session.path / FILE,
        "folder": session.path / ".guard/handoffs",
        "guard": session.path / ".guard",
    }[where]
    if where == "file":
        link.parent.mkdir()
    if where == "guard":
        session.git("rm", "-q", "-r", ".guard")
    session.run("rm", "-rf", str(link))
    os.symlink(
        {"file": outside / "web.md", "folder": outside / "handoffs", "guard": outside}[where], link
    )
    session.commit()
    for words in ((), ("--branch",)):
        ran = handoff(session, "check", *words, "--format", "json")
        assert (0, "HND001") in found(ran)
        assert "symbolic link" in ran.report["findings"][0]["message"]
    assert handoff(session, "draft").code == 2
    assert (outside / "web.md").read_text() == BY_HAND
    assert sorted(path.name for path in outside.rglob("*")) == ["handoffs", "web.md", "web.md"]


def test_a_folder_in_its_place(session: Repo) -> None:
    """A folder that is called like the handoff is none, and what lies in it is part of the tree."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    session.commit({FILE + "/evil.py": "x\n"})
    for words in ((), ("--branch",)):
        assert [code for _, code in judged(session, *words)] == ["HND001", "RUN003"]
    assert handoff(session, "draft").code == 2


def test_a_fifo_in_its_place(session: Repo) -> None:
    """A pipe that nobody writes to holds nobody up."""
    (session.path / FILE).parent.mkdir(parents=True)
    os.mkfifo(session.path / FILE)
    assert (0, "HND001") in judged(session)


def test_a_text_from_elsewhere(session: Repo) -> None:
    """A pull request's text is judged like a file; only a mark can tell its age."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    ran = handoff(
        session, "check", "-", "--branch", "--format", "json", stdin=BY_HAND.replace("\n", "\r\n")
    )
    assert found(ran) == []
    assert [one["rule"] for one in ran.report["not_checked"]] == ["HND004"]
    marked = handoff(session, "show", "-", "--format", "markdown", stdin=BY_HAND).out
    assert "guard: handoff 1" not in marked
    session.write({FILE: BY_HAND})
    marked = handoff(session, "show", "--format", "markdown").out
    assert judged(session, "-", stdin=marked) == []
    session.write({"src/a.py": "a = 9\n"})
    assert [code for _, code in judged(session, "-", stdin=marked)] == ["HND004", "RUN003"]
    assert judged(session, "-", "--base", "main", "--head", "web", stdin=template("web")) == [
        *((line, "HND003") for line in (3, 7)),
        (11, "RUN001"),
        *((line, "HND003") for line in (15, 19)),
    ]
    assert "line 3: HND003" in handoff(session, "check", "-", stdin=template("web")).out


def test_a_file_from_elsewhere(session: Repo, tmp_path: Path) -> None:
    """FILE is read from anywhere; findings give its path if it is in the repository."""
    session.write({"notes.md": template("web"), ".gitignore": "notes.md\n"})
    ran = handoff(session, "check", "notes.md", "--format", "json")
    assert {one["path"] for one in ran.report["findings"] if one["code"] == "HND003"} == {
        "notes.md"
    }
    (tmp_path / "notes.md").write_text(template("web"))
    ran = handoff(session, "check", str(tmp_path / "notes.md"), "--format", "json")
    assert {one["path"] for one in ran.report["findings"]} == {""}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["check", "nowhere.md"], "cannot be read"),
        (["check", ""], "FILE has an empty value"),
        (["check", "--base", ""], "--base has an empty value"),
        (["check", "--branch", "--head", "web"], "do not go together"),
        (["check", "--contract", "nobody"], "there is no contract"),
        (["check", "--time-limit", "0"], "not in the range"),
        (["show", "link.md"], "not a link"),
        (["chek"], "no such command"),
    ],
)
def test_words_that_do_not_fit(session: Repo, words: list[str], hint: str) -> None:
    """Unreadable files, links, empty values and conflicting options are usage errors."""
    os.symlink(FILE, session.path / "link.md")
    ran = session.guard("handoff", *words)
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err.lower() or hint in ran.err


def test_where_no_session_ends(session: Repo) -> None:
    """On the base and without a contract nothing is drafted or shown, and nothing fails."""
    for branch in ("main", "--detach"):
        session.git("switch", "-q", branch)
        for verb in ("draft", "show"):
            ran = handoff(session, verb)
            assert (ran.code, ran.out) == (2, ""), (branch, verb)
        ran = handoff(session, "check")
        assert (ran.code, ran.out.splitlines()[0]) == (
            0,
            "guard: no handoff to check: the base itself is checked out, and it has no handoff",
        )


@pytest.mark.parametrize(("missing", "code"), [("error", 1), ("warning", 0), ("off", 0)])
def test_without_a_contract(session: Repo, missing: str, code: int) -> None:
    """Whose handoff would it be? The policy says whether a branch may do without a contract."""
    session.git("switch", "-q", "main")
    session.policy(f"[contracts]\nmissing = '{missing}'\n")
    session.branch("nobodys").commit({"x": "x\n"})
    for words in ([], ["--branch"], ["--base", "main", "--head", "nobodys"]):
        ran = handoff(session, "check", *words)
        assert (
            ran.code,
            ran.out.startswith("guard: no handoff to check: there is no contract"),
        ) == (code, True)
        # where the policy only warns, nobody hears of a path that nobody claims
        assert ("CON001 no-contract" in ran.out) == (missing == "error")
    assert "no contract claims branch nobodys" in handoff(session, "show").err
    ran = handoff(session, "check", "--format", "json")
    assert ran.report["verdict"] == ("broken" if code else "kept")
    assert ran.report["handoff"]["stands"] == "no-session"


def test_none_left_and_none_required(session: Repo) -> None:
    """Where the policy requires no handoff, its absence is no finding, and is said."""
    session.git("switch", "-q", "main")
    session.policy("[handoff]\nrequired = false\n")
    session.git("switch", "-q", "web")
    ran = handoff(session, "check")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "guard: there is no handoff of contract web, and none is required",
    )
    short = handoff(session, "check", "--format", "json").report["handoff"]
    assert (short["stands"], f"guard: {short['message']}") == ("absent", ran.out.splitlines()[0])
    assert handoff(session, "show").code == 2
    assert session.check("--branch").code == 0


def test_output_to_a_file(session: Repo) -> None:
    """The report goes to a file, the verdict to standard output."""
    ran = handoff(session, "check", "--format", "json", "--output", "report.json")
    assert ran.out == f"guard: the handoff of web does not hold · 2 errors · {FILE}\n"
    assert json.loads((session.path / "report.json").read_text())["verdict"] == "broken"


def test_reports_have_the_frozen_shape(session: Repo) -> None:
    """The JSON of `check` follows the schema of reports and has only rules of handoffs."""
    report = handoff(session, "check", "--format", "json").report
    VALIDATOR(json.loads(session.guard("schema", "report").out)).validate(report)
    assert set(report["checked"]["rules"]) | {one["rule"] for one in report["not_checked"]} == {
        "CON001",
        *(f"HND00{number}" for number in range(1, 6)),
        *(f"RUN00{number}" for number in range(1, 4)),
    }


def shown(repo: Repo, *words: str) -> dict[str, Any]:
    """What `show` prints as JSON, valid by its schema."""
    table = handoff(repo, "show", "--format", "json", *words).report
    VALIDATOR(HANDOFF_SCHEMA, format_checker=VALIDATOR.FORMAT_CHECKER).validate(table)
    return table


def test_the_structured_form(session: Repo) -> None:
    """JSON shows each claim beside what guard knows of it."""
    assert shown(session)["sections"]["files"] is None
    session.write({"src/\udcff.py": "x\n"})
    session.guard("run", "--", "test", "-f", "src/a.py")
    session.guard("run", "--", "test", "-f", "nowhere")
    claims = (
        "- `test -f src/a.py` passed\n- `test -f nowhere` passed\n- `make world`: ok\n- said so"
    )
    session.write(
        {
            FILE: BY_HAND.replace("- `test -f src/a.py` passed", claims).replace(
                "- src/a.py", "- docs/a.md\n- src/a.py"
            )
        }
    )
    table = shown(session)
    assert (
        table["verdict"],
        table["contract"],
        table["scope"],
        table["current"],
        table["file"],
    ) == (
        "broken",
        "web",
        "worktree",
        True,
        FILE,
    )
    assert table["sections"]["behavior"] == {
        "line": 8,
        "says": "something",
        "text": "There are two now.",
    }
    assert table["files"] == [
        {"path": "src/a.py", "status": "modified", "line": 6},
        {"path": "src/\\xff.py", "path_base64": "c3JjL/8ucHk=", "status": "added", "line": None},
    ]
    assert table["extra"] == [{"text": "docs/a.md", "line": 5, "why": "did not change"}]
    assert [
        (one["command"], one["required"], one["line"], one["claim"], one["standing"], one["proof"])
        for one in table["commands"]
    ] == [
        ("test -f src/a.py", True, 14, "passed", "verified", "verified"),
        ("test -f nowhere", False, 15, "passed", "contradicted", "failed"),
        ("make world", False, 16, "passed", "claimed", "none"),
    ]
    assert table["commands"][0]["receipt"]["exit"] == 0
    assert [one["code"] for one in table["findings"]] == ["HND005", "HND005", "RUN002"]


@pytest.mark.parametrize(
    ("stated", "standing"),
    [("34 passed", "verified"), ("120 passed", "contradicted"), ("passed", "verified")],
)
def test_a_wrong_number_of_tests_is_contradicted(session: Repo, stated: str, standing: str) -> None:
    """The account says the same of a stated number as RUN002."""
    session.write({"src/all.sh": "echo '===== 34 passed in 0.12s ====='\n"})
    session.guard("run", "--", "sh", "src/all.sh")
    session.write({FILE: BY_HAND.replace("- `test", f"- `sh src/all.sh`: {stated}\n- `test")})
    table = shown(session)
    told = {one["command"]: one["standing"] for one in table["commands"]}
    assert told["sh src/all.sh"] == standing
    is_found = "RUN002" in [one["code"] for one in table["findings"]]
    assert is_found == (standing == "contradicted")


@pytest.mark.parametrize(
    "told",
    [
        "- src/b.py: like src/a.py",
        "- src/b.py\n- src/a.pyi.txt.",
        "- src/b.py\n- `src/a.py` (unchanged)",
        "- src/b.py\n  - with src/a.py",
        "```diff\n- src/a.py\n```\n\n- src/b.py",
    ],
)
def test_a_draft_adds_each_path_that_is_left_out(session: Repo, told: str) -> None:
    """A path that is only mentioned is left out: what guard says to type adds it, and only it."""
    session.write({"src/b.py": "b\n", FILE: BY_HAND.replace("- src/a.py: two of them", told)})
    report = handoff(session, "check", "--format", "json").report
    left_out = [one for one in report["findings"] if "leaves out src/a.py" in one["message"]]
    assert [one["next"] for one in left_out] == ["guard handoff draft"]
    handoff(session, "draft")
    new = text(session)
    assert "- `src/a.py` (modified" in new
    assert "- `src/b.py` (" not in new
    report = handoff(session, "check", "--format", "json").report
    assert not [one for one in report["findings"] if "leaves out" in one["message"]]
    handoff(session, "draft")
    assert text(session) == new


def test_a_draft_does_not_repeat_what_a_folder_or_pattern_lists(session: Repo) -> None:
    """Paths that an author's folder, pattern or shortened name covers are listed already."""
    session.write({"src/deep/b.py": "b\n", "src/deep/c.py": "c\n", "src/new.txt": "n\n"})
    told = "- `src/deep/`: new\n- a.py\n- src/*.txt"
    session.write({FILE: BY_HAND.replace("- src/a.py: two of them", told)})
    handoff(session, "draft")
    assert "begin files" not in text(session)
    assert not [code for _, code in judged(session) if code == "HND005"]


def test_the_markdown_form(session: Repo) -> None:
    """The text for a pull request says what was checked, and can be judged again."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    session.write({FILE: BY_HAND})
    text = handoff(session, "show", "--format", "markdown").out
    assert text.startswith(
        "Handoff: web\n============\n\n<!-- guard: handoff 1 contract=web change"
    )
    assert not [line for line in text.splitlines() if line.startswith("#")]
    assert "According to guard\n------------------\n\n- It is about exactly this change" in text
    assert "- It lists 1 of 1 changed path\n" in text
    assert re.search(
        r"^- `test -f src/a\.py`: verified, exit status 0 in \d\.\d+ s$", text, re.MULTILINE
    )
    assert judged(session, "-", stdin=text) == []


def test_the_message_of_a_merge(session: Repo) -> None:
    """git keeps the whole text as the merge's message, and no machine's comment is in it."""
    session.guard("run", "--", "test", "-f", "src/a.py")
    handoff(session, "draft")
    said(session).commit(message="handoff")
    message = handoff(session, "show", "--base", "main", "--head", "web").out
    session.git("switch", "-q", "main")
    (session.path / ".git/message").write_text(message, encoding="utf-8")
    session.git("merge", "-q", "--no-ff", "-F", ".git/message", "web")
    logged = session.git("log", "-1", "--format=%B").rstrip("\n")
    assert logged == message.rstrip("\n")
    assert session.git("log", "-1", "--format=%s") == "Merge branch 'web'"
    assert "<!--" not in logged
    assert logged.split("\n")[2] == "Two of them."
    assert "\nBehavior changed\n----------------\n\nThere are two now.\n" in logged


def test_a_draft_does_not_pass_by_being_shown(session: Repo) -> None:
    """`show` does not make an unedited draft or an empty section pass."""
    handoff(session, "draft")
    before = [code for _, code in judged(session)]
    for_pull_request = ("show", "--format", "markdown")
    text = handoff(session, *for_pull_request).out
    assert [code for _, code in judged(session, "-", stdin=text)] == before
    assert "guard: drafted" in text
    said(session)
    assert "guard: drafted" not in handoff(session, *for_pull_request).out


def test_hostile_markdown_is_contained(session: Repo) -> None:
    """In the text of `show` blocks are closed, tags are text, and controls are shown."""
    evil = "<script>x</script> \x1b]0;pwned\x07 \u202e <!-- open\n\n```\n## Follow-up work"
    session.write({FILE: BY_HAND.replace("None: nobody counts them.", f"- a <b>\n\n{evil}")})
    for words in (
        ("check",),
        ("show",),
        ("show", "--format", "json"),
        ("check", "--format", "json"),
    ):
        ran = handoff(session, *words)
        assert "\x1b" not in ran.out + ran.err
        assert "\u202e" not in ran.out + ran.err
    text = handoff(session, "show").out
    assert "<script>" not in text
    assert text.rstrip().splitlines()[-1].startswith("- Compared with main")


def test_show_of_a_range(session: Repo) -> None:
    """A range shows what is committed there, without a working tree."""
    session.commit({FILE: BY_HAND})
    bare = Repo(session.path.parent / "bare")
    session.git("clone", "-q", "--bare", str(session.path), str(bare.path))
    table = shown(bare, "--base", "main", "--head", "web")
    assert (table["scope"], table["branch"], table["file"], table["current"]) == (
        "range",
        "web",
        FILE,
        True,
    )


def test_the_template(session: Repo) -> None:
    """The template is for this branch's contract or a named one, and needs no repository."""
    assert handoff(session, "template").out == template("web")
    assert handoff(session, "template", "--contract", "api").out == template("api")
    outside = Repo(session.path.parent)
    assert handoff(outside, "template").out == template("NAME")
    assert session.guard("schema", "handoff").report == HANDOFF_SCHEMA


def test_help(session: Repo) -> None:
    """Each verb has a summary and examples."""
    ran = handoff(session, "--help")
    for verb in ("template", "draft", "check", "show"):
        assert verb in ran.out
        assert "Example" in handoff(session, verb, "--help").out


@pytest.mark.parametrize(
    "text",
    [
        "> " * 60_000,
        "# x\n" * 10_000,
        "[" * 200_000,
        "- " * 60_000,
        "`" * 100_000,
        "<!-- " * 40_000,
        "|a" * 60_000,
    ],
)
def test_bad_input_takes_bounded_time(session: Repo, text: str) -> None:
    """Deep nesting and unclosed comments are read within seconds and in little memory."""
    begin = time.monotonic()
    ran = handoff(
        session,
        "check",
        "-",
        "--format",
        "json",
        stdin=f"## Files changed\n\n{text}\n",
        env=UNMEASURED,
    )
    assert ran.code == 1
    assert time.monotonic() - begin < 60


def test_fifty_megabytes(session: Repo) -> None:
    """An endless text is reported as too large and is not read to its end."""
    ran = session.run(
        "sh",
        "-c",
        f"yes | head -c 50000000 | {' '.join(GUARD)} handoff check -",
        ok=(1,),
    )
    assert "has 1,048,576 bytes; at most 262,144 are read" in ran.out
    session.write({FILE: "x" * 50_000_000})
    assert "has 50,000,000 bytes" in handoff(session, "check").out
