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
from guard.rules.own_change import is_current, own_change, own_states
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
    """A missing section is reported on the last line, a repeated one where it appears again."""
    assert said(SECTION, at_the_end("# Handoff: api\n\nAll done.\n")) == [
        (3, f"there is no section {title}")
        for title in (
            "Files changed",
            "Behavior changed",
            "Commands run",
            "Known risks",
            "Follow-up work",
        )
    ]
    assert [line for line, _ in said(SECTION, at_the_end(""))] == [1] * 5
    assert said(SECTION, at_the_end(WHOLE + "\n## Known risks\n\nNone: again.\n")) == [
        (23, "the section Known risks appears here again; it begins on line 15")
    ]
    assert [
        line
        for line, _ in said(
            SECTION, at_the_end(WHOLE.replace("## Known risks", "> ## Known risks"))
        )
    ] == [21]


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
    assert said(FILES, both) == [
        (3, "Files changed leaves out src/a.py"),
        (3, "Files changed leaves out src/b.py"),
    ]


def test_a_stale_handoff() -> None:
    """A handoff about another change is reported at its mark or title, with what changed since."""
    then = dict.fromkeys("abcde", ("100644", OLD))
    read = parse_handoff("# x\n\n" + MARK)
    old = Left(FILE, "branch", read, speaks_of=OLD, then={**then, "src/a.py": NOW})
    ((line, message),) = said(STALE, at_the_end(left=old, states={"src/a.py": NOW}))
    assert line == 3
    assert message == "it was written before this changed: a, b, c and 2 more"
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


def test_a_text_from_elsewhere() -> None:
    """A finding about a text without a file has a line and no path; else it says how to check."""
    left = Left("", "given", parse_handoff(template("api")), untold="x")
    first = ask(EMPTY, at_the_end(left=left))[0]
    assert (first.path, first.next) == (
        "",
        f"guard handoff check   # once line {first.line} is corrected",
    )
    left = left._replace(file="notes/a b.md")
    assert (
        ask(EMPTY, at_the_end(left=left))[0].next
        == f"guard handoff check 'notes/a b.md'   # once line {first.line} is corrected"
    )


def test_hostile_words_are_shown() -> None:
    """What a report says is escaped on its way into a message."""
    text = WHOLE.replace("None: only new files.", "TODO \x1b[31m")
    ((_, message),) = said(EMPTY, at_the_end(text))
    assert "\x1b" not in message
