"""HND: handoffs that hold, and those that do not, each finding on its line."""

from __future__ import annotations

from typing import Any, cast

import pytest

from guard.core.codes import Severity
from guard.handoffs.parse import parse_handoff
from guard.handoffs.sections import template
from guard.handoffs.values import Left
from guard.rules.facts import Facts, Memo
from guard.rules.findings import Carried
from guard.rules.handed_over import is_current
from guard.rules.own_change import own_change, own_states
from guard.rules.rule import Rule
from tests.handoffs.made import WHOLE
from tests.rules.made import ask, change, contract, facts, named, policy, severity, why_not

FILE = ".guard/handoffs/api.md"
TREE, OLD = "1" * 40, "2" * 40
MISSING, SECTION, EMPTY = named("missing-handoff"), named("missing-section"), named("empty-section")
STALE, FILES = named("stale-handoff"), named("files-mismatch")
ALL = (MISSING, SECTION, EMPTY, STALE, FILES)
MARK = f"<!-- guard: handoff 1 contract=api change={TREE} -->\n\n"
NOW = ("100644", TREE)


def at_the_end(text: str | None = WHOLE, *paths: str, **more: object) -> Facts:
    """The facts of a session's end with this handoff, about the tree under judgement."""
    left = None if text is None else Left(FILE, "branch", parse_handoff(text), as_now=True)
    own = {"closing": True, "left": left, "tree": TREE, "own_files": frozenset({FILE})}
    return facts(contract(), *(paths or ("src/a.py",)), **cast("dict[str, Any]", {**own, **more}))


def said(rule: Rule, about: Facts) -> list[tuple[int, str]]:
    """Line and message of each violation."""
    return [(violation.line, violation.message) for violation in ask(rule, about)]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
@pytest.mark.parametrize(
    "about",
    [
        at_the_end(),
        at_the_end(MARK + WHOLE),
        at_the_end(WHOLE.replace("\n", "\r\n")),
        at_the_end(WHOLE.replace("# Handoff: api", "# What Ada did")),
        at_the_end(WHOLE.replace("# Handoff: api", "# Handoff: nobody")),
        at_the_end(
            "**Files:** src/a.py\n**What changed:** all\n**Tests:** `x`\n**Risks:** None: new\n"
            "**Next steps:** None: complete\n"
        ),
    ],
    ids=["whole", "marked", "CRLF", "another title", "no contract's title", "terse"],
)
def test_a_true_handoff_passes(rule: Rule, about: Facts) -> None:
    """A whole handoff about these files is nobody's business, however terse."""
    assert why_not(rule, about) == ""
    assert said(rule, about) == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_when_it_is_not_asked(rule: Rule) -> None:
    """Not before a commit, during work, without a contract, on the base, or without a change."""
    assert why_not(rule, at_the_end(closing=False)) == "the work goes on"
    assert why_not(rule, at_the_end(closing=False, scope="staged")) == "scope is staged"
    assert why_not(rule, at_the_end(closing=False, scope="worktree")) == "scope is worktree"
    assert why_not(rule, at_the_end(contract=None)) == "no contract"
    assert why_not(rule, at_the_end(on_base=True)) == "the base itself is checked out"
    assert why_not(rule, at_the_end(None, changes=())) == "nothing changed, and there is no handoff"


def test_where_none_is_required() -> None:
    """A policy that requires no handoff accepts none; a handoff that exists is judged."""
    free = policy("[handoff]\nrequired = false\n")
    assert (
        why_not(MISSING, at_the_end(None, policy=free))
        == "no handoff, and guard.toml requires none"
    )
    assert why_not(EMPTY, at_the_end(policy=free)) == ""
    unreadable = Left(FILE, "branch", trouble="is a symbolic link")
    assert said(MISSING, at_the_end(left=unreadable, policy=free)) == [
        (0, "the handoff is a symbolic link")
    ]


@pytest.mark.parametrize("rule", ALL[1:], ids=lambda rule: rule.code)
@pytest.mark.parametrize(
    "left", [None, Left(FILE, "branch", trouble="is not UTF-8: byte 3 is 0xff", line=1)]
)
def test_one_finding_for_a_handoff_that_is_not_there(rule: Rule, left: Left | None) -> None:
    """If there is none to read, only that is reported."""
    assert why_not(rule, at_the_end(left=left)) == "no handoff"
    assert why_not(MISSING, at_the_end(left=left)) == ""


def test_a_missing_handoff() -> None:
    """A missing, unreadable, uncommitted or foreign handoff is reported, with what to do."""
    (violation,) = ask(MISSING, at_the_end(None))
    assert (violation.path, violation.line, violation.next) == (FILE, 0, "guard handoff draft")
    assert (
        said(
            MISSING,
            at_the_end(left=Left(FILE, "branch", trouble="is not UTF-8: byte 3 is 0xff", line=4)),
        )[0][0]
        == 4
    )
    (violation,) = ask(MISSING, at_the_end(None, lying=True))
    assert violation.next == f"git add -f {FILE} && git commit -m 'handoff: api' {FILE}"
    assert severity(MISSING, at_the_end(None)) == Severity.ERROR


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"# x\n\n<!-- guard: handoff 1 contract=web tree={TREE} -->\n", 3),
        ("# Handoff: web\n", 1),
        ("\n\n# Handoff for `web`\n", 3),
    ],
)
def test_another_contracts_handoff(text: str, line: int) -> None:
    """A mark or a title that names another contract makes it that one's handoff."""
    web = contract("web", owns=["/web/"])
    ((number, message),) = said(MISSING, at_the_end(text, contracts=(contract(), web)))
    assert number == line
    assert "contract web" in message


def test_missing_sections() -> None:
    """One finding on the last line names all that are missing, and what the others are read as."""
    assert said(SECTION, at_the_end("# Handoff: api\n\nAll done.\n")) == [
        (
            3,
            (
                "there is no section Files changed, Behavior changed, Commands run, Known risks or "
                "Follow-up work"
            ),
        )
    ]
    assert [line for line, _ in said(SECTION, at_the_end(""))] == [1]
    assert said(SECTION, at_the_end(WHOLE + "\n## Known risks\n\nNone: again.\n")) == []
    quoted = WHOLE.replace("## Known risks", "> ## Known risks")
    assert said(SECTION, at_the_end(quoted)) == [(21, "there is no section Known risks")]


def test_a_pull_request_in_its_usual_form() -> None:
    """Summary and Test plan are two of five sections: one finding says so, and what to write."""
    text = "## Summary\n- Two now\n\n## Test plan\n- [ ] Unit tests\n- [ ] TBD\n"
    about = at_the_end(left=Left("", "given", parse_handoff(text), untold="x"))
    (violation,) = [one for rule in ALL for one in ask(rule, about)]
    assert violation.message == (
        "there is no section Files changed, Known risks or Follow-up work; Summary (line 1) is "
        "read as Behavior changed and Test plan (line 4) is read as Commands run"
    )
    assert violation.next == (
        "write in the text, each with a line below it: ## Files changed, ## Known risks and "
        "## Follow-up work"
    )
    assert ask(named("command-missing"), about) == []


def test_empty_sections() -> None:
    """Empty content is reported on its line: the heading's, or the placeholder's."""
    assert [line for line, _ in said(EMPTY, at_the_end(template("api")))] == [3, 7, 11, 15, 19]
    text = WHOLE.replace("None: only new files.", "N/A").replace("- Translate the footer.", "TODO")
    assert said(EMPTY, at_the_end(text)) == [
        (17, "Known risks says 'N/A' without a reason"),
        (21, "Follow-up work has only a placeholder: TODO"),
    ]


def test_a_bare_none_where_the_policy_allows_it() -> None:
    """`bare_none` accepts None for risks and follow-up work, and for nothing else."""
    text = (
        WHOLE.replace("None: only new files.", "None")
        .replace("- Translate the footer.", "None.")
        .replace("Routes know their language.", "None")
    )
    about = at_the_end(text, policy=policy("[handoff]\nbare_none = true\n"))
    assert said(EMPTY, about) == [(9, "Behavior changed says 'None' without a reason")]
    assert len(said(EMPTY, at_the_end(text))) == 3


def test_no_files_changed() -> None:
    """None is true if only the handoff changed; otherwise each changed file is reported."""
    text = WHOLE.replace("- `src/a.py`: what it does", "None.")
    only = at_the_end(text, changes=(change("A", FILE),))
    assert (said(EMPTY, only), said(FILES, only)) == ([], [])
    both = at_the_end(text, "src/a.py", "src/b.py")
    assert said(EMPTY, both) == []
    (one,) = ask(FILES, both)
    assert (one.line, one.message) == (
        3,
        "Files changed leaves out src/a.py and 1 other changed path: no line begins with one",
    )


@pytest.mark.parametrize("wrong", ["lib/a.py", "`srv/`", "`lib/web/`"])
def test_a_wrong_folder_is_one_finding(wrong: str) -> None:
    """A path that did not change, and the one that was meant, have one cause."""
    right = "src/web/a.py" if "web" in wrong else "src/a.py"
    text = WHOLE.replace("- `src/a.py`: what it does", f"- {wrong}: what it does\n- src/b.py")
    (one,) = ask(FILES, at_the_end(text, right, "src/b.py", tracked=b"\0lib/x\0"))
    name = wrong.strip("`")
    assert one.message.startswith(f"Files changed lists {name}, which did not change")
    assert one.message.endswith(f"; {right} did, and is left out")
    assert (one.line, one.next) == (5, "write the right path in line 5")
    text = text.replace(wrong, "lib/other.py")
    assert len(ask(FILES, at_the_end(text, right, "src/b.py", tracked=b"\0lib/x\0"))) == 2


def test_a_stale_handoff() -> None:
    """A handoff about another change is reported at its mark or title, with what changed since."""
    then = dict.fromkeys("abcde", ("100644", OLD))
    read = parse_handoff("# x\n\n" + MARK)
    old = Left(FILE, "branch", read, speaks_of=OLD, then={**then, "src/a.py": NOW})
    ((line, message),) = said(STALE, at_the_end(left=old, states={"src/a.py": NOW}))
    assert line == 3
    assert message == "it was written before this changed: a, b, c and 2 more"
    whole = old._replace(handoff=parse_handoff(WHOLE), then={})  # of no file yet: one cause
    since = at_the_end(left=whole, changes=(change("A", "src/b.py"),), states={"src/b.py": NOW})
    assert len(said(STALE, since)) == 1
    assert "leaves out" not in str(said(FILES, since))
    other = since._replace(left=whole._replace(then=None), memo=Memo())
    assert (len(said(STALE, other)), said(FILES, other)) == (1, [])
    by_hand = Left(FILE, "branch", parse_handoff("\n# Handoff: api\n"), speaks_of=OLD)
    assert said(STALE, at_the_end(left=by_hand)) == [
        (2, "it describes another state of the change than these files are in")
    ]


def test_a_mark_without_a_change() -> None:
    """A mark that names no change cannot stand for this one."""
    left = Left(FILE, "branch", parse_handoff("<!-- guard: handoff 1 contract=api tree=beef -->\n"))
    assert said(STALE, at_the_end(left=left)) == [
        (1, "nothing tells which change it describes, so it may be about other files")
    ]


def test_a_text_that_names_no_change_is_said_to_be_unjudged() -> None:
    """Without a mark, the text of a pull request cannot be stale: the report says so."""
    untold = "the text does not say which change it describes"
    left = Left("", "given", parse_handoff(WHOLE), untold=untold)
    assert said(STALE, at_the_end(left=left)) == []
    assert why_not(STALE, at_the_end(left=left)) == untold


def test_the_change_is_what_the_session_made_of_its_paths() -> None:
    """Its own files do not count; what is carried from another branch does, as it does in CI."""
    states = {"src/a.py": NOW, "lib/b.py": NOW, FILE: NOW}
    carried = (Carried("web", "web", ("lib/b.py",)),)
    about = at_the_end(WHOLE, "src/a.py", FILE, states=states, carried=carried)
    assert own_states(about) == {"src/a.py": NOW, "lib/b.py": NOW}
    left = Left(FILE, "branch", parse_handoff(WHOLE), speaks_of=own_change(about))
    assert is_current(about._replace(left=left, memo=Memo()))
    other = about._replace(left=left, memo=Memo(), carried=())
    assert is_current(other) is False


def test_files_that_do_not_match() -> None:
    """A wrong path is reported on its line, a missing one at the heading."""
    about = at_the_end(WHOLE, "src/b.py", tracked=b"src/a.py\0")
    assert said(FILES, about) == [
        (5, "Files changed lists src/a.py, which did not change"),
        (3, "Files changed leaves out src/b.py"),
    ]
    (_, left_out) = ask(FILES, about)
    assert (left_out.path, left_out.next) == (FILE, "guard handoff draft")


def test_a_moved_file_that_is_listed_once() -> None:
    """Of a rename the name that is left out says where the other one is."""
    moved = (change("D", "src/old.py", "1" * 40), change("A", "src/a.py", "1" * 40))
    assert said(FILES, at_the_end(WHOLE, changes=moved)) == [
        (3, "Files changed leaves out src/old.py (moved to src/a.py)")
    ]


@pytest.mark.parametrize("body", ["", "TODO", "<!-- x -->"])
def test_one_finding_for_an_empty_list(body: str) -> None:
    """An empty or missing list of files is not reported as wrong, too."""
    about = at_the_end(WHOLE.replace("- `src/a.py`: what it does", body))
    assert len(said(EMPTY, about)) == 1
    assert said(FILES, about) == []
    assert said(FILES, at_the_end(WHOLE.replace("## Files changed", "## Scope"))) == []


def test_each_step_is_about_what_was_given() -> None:
    """For a file guard says what to type, for a text what to write there."""
    given = Left("", "given", parse_handoff(template("api")), untold="x")
    (first, *_) = ask(EMPTY, at_the_end(left=given))
    assert (first.path, first.line) == ("", 3)
    assert first.next.startswith("write below Files changed: Every changed path, one a list item")
    given = Left("", "given", parse_handoff(WHOLE), untold="x")
    assert [one.next for one in ask(FILES, at_the_end(WHOLE, "src/b.py", left=given))] == [
        "take it out of line 5, or write (unchanged) behind it",
        "write under Files changed: - `src/b.py`",
    ]
    assert ask(FILES, at_the_end(WHOLE, "src/a.py", "src/b.py"))[0].next == "guard handoff draft"
    wrong = WHOLE.replace("`src/a.py`:", "`src/a.py` (deleted):")
    assert [(one.message, one.next) for one in ask(FILES, at_the_end(wrong))] == [
        (
            "Files changed lists src/a.py, which is modified, not deleted",
            "correct line 5: it is modified",
        )
    ]


def test_hostile_words_are_shown() -> None:
    """What a report says is escaped on its way into a message."""
    text = WHOLE.replace("None: only new files.", "TODO \x1b[31m")
    ((_, message),) = said(EMPTY, at_the_end(text))
    assert "\x1b" not in message
