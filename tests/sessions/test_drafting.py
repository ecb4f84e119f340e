"""What a draft has by itself, on real repositories."""

from __future__ import annotations

import re

import pytest

from guard.handoffs.draft import Known
from guard.rules import RULES
from guard.rules.judge import judge
from guard.rules.report import Report, Trusted
from guard.sessions.closing.tally import areas
from guard.sessions.closing.worries import follow_up, risks
from tests.kit import BASE, Repo
from tests.rules.made import change, contract, facts, policy

FILE = ".guard/handoffs/web.md"
POLICY = (
    BASE
    + """\
[shared.routes]
why = "All meet here."
paths = ["/routes/"]

[shared.generated]
generated = true
"""
)


@pytest.fixture
def session(empty: Repo) -> Repo:
    """A branch that owns `src/` and merges the routes, beside another session."""
    files: dict[str, str | bytes] = {f"src/{name}.py": f"{name}\n" * 300 for name in "abcd"}
    empty.commit(
        {
            "guard.toml": POLICY,
            **files,
            "src/test_a.py": "t\n",
            "routes/r.py": "r\n",
            "docs/x.md": "x\n",
            "old.py": "o\n",
        }
    )
    waive = [
        {
            "rule": "outside-contract",
            "paths": ["docs/"],
            "why": "agreed with Bo",
            "until": "2999-12-31",
        }
    ]
    empty.contract(
        "web",
        owns=["/src/"],
        forbids=["/src/d.py"],
        merges=["routes"],
        verify=["make test"],
        goal="Go *far* <fast>.",
        waive=waive,
    )
    empty.contract("api", owns=["/docs/"], owner="Bo")
    return empty.branch("web")


def draft(repo: Repo, *words: str) -> str:
    """What `guard handoff draft` would write."""
    ran = repo.guard("handoff", "draft", "--print", *words)
    assert ran.code == 0, ran
    assert not (repo.path / FILE).exists()
    return ran.out


def part(text: str, title: str) -> list[str]:
    """The lines of one section, without guard's comments and blank ones."""
    body = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line for line in body.split("\n") if line and not line.startswith("<!-- guard:")]


def test_files_stand_by_the_line_of_the_contract_that_has_them(session: Repo) -> None:
    """Owned, shared, forbidden and other paths have a label each, with status and lines."""
    session.git("mv", "src/c.py", "src/moved.py")
    session.write({"src/moved.py": "c\n" * 300 + "and edited\n"})
    session.git("rm", "-q", "old.py")
    files: dict[str, str | bytes] = {
        "src/a.py": "a\n" * 299 + "x\ny\n",
        "src/d.py": "d\n",
        "routes/r.py": "r\ns\n",
        "src/bin": b"\0",
        "Cargo.lock": "1\n",
    }
    session.write(files)
    (session.path / "src/b.py").chmod(0o755)
    assert part(draft(session), "Files changed") == [
        "**Owned by /src/**",
        "- `src/a.py` (modified, +2 −1)",
        "- `src/b.py` (modified, mode 100755)",
        "- `src/bin` (added, binary)",
        "- `src/c.py` → `src/moved.py` (moved, +1)",
        "**Shared in group generated, whose merge is not this session's**",
        "- `Cargo.lock` (added, +1)",
        "**Shared in group routes, whose merge is this session's**",
        "- `routes/r.py` (modified, +1)",
        "**Forbidden by /src/d.py**",
        "- `src/d.py` (modified, −299)",
        "**Outside the contract**",
        "- `old.py` (deleted, −1)",
    ]


def test_what_is_committed_and_nothing_else(session: Repo) -> None:
    """With --branch the draft is about the tip; without, about the files as they are."""
    session.commit({"src/a.py": "x\n"}, "a: one line")
    session.write({"src/new.py": "x\n"})
    assert [
        line for line in part(draft(session, "--branch"), "Files changed") if "new.py" in line
    ] == []
    assert "- `src/new.py` (added, +1)" in part(draft(session), "Files changed")


def test_commands_that_ran(session: Repo) -> None:
    """The latest run of each command of this session is listed, with result and tree."""
    session.guard("run", "--", "sh", "-c", "exit 3")
    session.write({"src/a.py": "x\n"})
    session.guard(
        "run",
        "--",
        "sh",
        "-c",
        "echo; echo '\x1b[32m=== 3 passed in 0.1s ===\x1b[0m '; echo '`all`'",
        cwd=session.path / "src",
    )
    session.guard("run", "--", "true")
    session.guard("run", "--", "true")
    session.guard("run", "--", "false", cwd=session.worktree("api").path)
    shown = [
        re.sub(r"\b0\.\d\d s", "0.00 s", line) for line in part(draft(session), "Commands run")
    ]
    assert (shown[0], shown[2:]) == (
        "- `exit 3` (exit 3, 0.00 s, on other files)",
        [
            "- `true` (exit 0, 0.00 s, on these files)",
            "<!-- required, and not proved on these files yet: guard run -- make test -->",
        ],
    )
    assert shown[1].startswith("- ``")
    assert shown[1].endswith("(exit 0, 0.00 s, on these files, in src: 3 passed)")


def test_subjects_of_the_commits(session: Repo) -> None:
    """Behavior is drafted from the branch's own subjects, the oldest first."""
    session.commit({"src/a.py": "x\n"}, "a: *one*\n\nbody")
    session.commit({FILE: "# Handoff\n"}, "handoff")
    session.run(
        "git", "-c", "i18n.commitEncoding=latin1", "commit", "-q", "--allow-empty", "-m", b"caf\xe9"
    )
    session.commit({"src/b.py": "x\n"}, "two\nlines")
    for subject in ("wip", "WIP: more", "fixup! two", "squash! two", "amend! two", "[wip] x"):
        session.git("commit", "-q", "--allow-empty", "-m", subject)
        session.commit({"src/b.py": f"{subject}\n"}, subject)
    session.git("switch", "-q", "main")
    session.commit({"other": "x"}, "not ours")
    session.git("switch", "-q", "web")
    session.git("merge", "-q", "--no-edit", "main")
    (session.path / FILE).unlink()
    assert part(draft(session), "Behavior changed") == ["- a: \\*one\\*", "- two lines"]


def test_a_commit_in_another_encoding(session: Repo) -> None:
    """A subject is decoded as its commit says, and as UTF-8 where it says nothing that is known."""
    session.write({"src/a.py": "x\n"}).git("add", "-A")
    session.run("git", "-c", "i18n.commitEncoding=latin1", "commit", "-q", "-m", b"caf\xe9")
    session.write({"src/a.py": "y\n"}).git("add", "-A")
    session.run("git", "-c", "i18n.commitEncoding=nonsense", "commit", "-q", "-m", "thé")
    assert part(draft(session), "Behavior changed") == ["- café", "- thé"]


def test_risks_and_follow_up_work(session: Repo) -> None:
    """Risks and follow-up work are derived from the change set."""
    other = session.worktree("elsewhere", start="main")
    other.commit({"src/a.py": "theirs\n", "docs/y.md": "y\n"})
    session.git("rm", "-q", "old.py")
    files: dict[str, str | bytes] = {
        "src/a.py": "x\n",
        "src/b.py": "x\n",
        "docs/x.md": "y\n",
        "routes/r.py": "s\n",
        "Cargo.lock": "1\n",
    }
    session.write(files)
    text, why = draft(session), "generated: name Cargo.lock is written by Cargo"
    assert part(text, "Known risks") == [
        (
            "- `Cargo.lock`: shared-file (shared group generated: nobody edits it in "
            f"parallel [{why}]; no contract owns its merge)"
        ),
        "- `old.py`: outside-contract (contract web does not own this path; no contract does)",
        "- `docs/x.md`: outside-contract is waived (agreed with Bo)",
        "- `routes/r.py` is shared (group routes, whose merge is this session's)",
        "- `src/a.py` is changed elsewhere as well (on elsewhere)",
        "- `src/b.py` loses many lines (300 lines)",
        "- `src/a.py` loses many lines (300 lines)",
        "- No test is named after what changed (routes/r.py, src/b.py)",
    ]
    assert part(text, "Follow-up work") == [
        "- `Cargo.lock` must be generated again after the merge",
        (
            "- `.guard/contracts/web.toml` has a waiver of outside-contract to remove "
            "(line 6, holds until 2999-12-31)"
        ),
    ]
    assert "> Go \\*far\\* \\<fast>." in text


def test_a_contract_that_is_not_on_the_base(session: Repo) -> None:
    """What guard warns of is work that is left; that it is not there yet ends as it lands."""
    session.git("switch", "-q", "-c", "mine", "main")
    session.contract("mine", owns=["/web/", "/none/"]).commit({"web/a.py": "x\n"})
    shown = part(session.guard("handoff", "draft", "--print").out, "Follow-up work")
    assert len(shown) == 1
    assert shown[0].startswith("- `.guard/contracts/mine.toml`: dead-pattern (/none/ in owns")


def test_very_many_files_are_listed_by_folder(session: Repo) -> None:
    """Beyond a few hundred paths folders are listed, and the list still has all of them."""
    many: dict[str, str | bytes] = {
        f"src/gen/{number % 7}/{number}.py": "x\n" for number in range(700)
    }
    session.write({**many, "src/a.py": "x\n"})
    shown = part(draft(session), "Files changed")
    assert shown[0] == "**Owned by /src/**"
    assert "- `src/gen/3/` (100 paths, +100)" in shown
    assert session.guard("handoff", "draft").out.startswith(
        "wrote .guard/handoffs/web.md: 701 paths, "
    )
    assert "HND005" not in session.guard("handoff", "check").out


def test_a_list_that_can_be_read(session: Repo) -> None:
    """A draft names at most a few hundred folders, and at least one of each area."""
    many: dict[str, str | bytes] = {
        f"src/a{number % 300}/b{number % 2}/{number}.py": "x\n" for number in range(1200)
    }
    session.write({**many, **{f"docs/{number}/a.md": "x\n" for number in range(300)}})
    shown = part(draft(session), "Files changed")
    assert "- `src/` (1,200 paths, +1,200)" in shown
    assert "- `docs/` (300 paths, +300)" in shown
    session.guard("handoff", "draft")
    assert "HND005" not in session.guard("handoff", "check").out


def test_nothing_changed(session: Repo) -> None:
    """A draft of no change at all has hints where nothing is known."""
    text = draft(session)
    assert part(text, "Files changed") == [
        (
            "<!-- Every changed path, one a list item; of a moved file both names. A folder "
            "stands for all that changed below it. -->"
        )
    ]


def test_submodules_and_types() -> None:
    """A submodule that moved and a file that became a link are told as such."""
    module = change("M", "src/m")._replace(old_mode="160000", new_mode="160000")
    (group,) = areas(facts(contract(), changes=(module, change("T", "src/l"))), {}, {})
    assert [item.line for item in group.items] == [
        "- `src/m` (submodule, modified)",
        "- `src/l` (of another type now)",
    ]


def test_many_deletions_and_many_of_a_kind() -> None:
    """Ten deleted files are one risk, and a long list of one kind ends in a word about the rest."""
    about = facts(
        contract(),
        changes=tuple(change("D", f"x/{number}") for number in range(12)),
        policy=policy(),
    )
    lines = [item.line for item in risks(about, judge(about, RULES), {}, {})]
    assert lines[10:] == [
        "- and more, which guard check lists",
        "- 12 files are deleted (x/0, x/1, x/2, …)",
    ]
    assert [item.head for item in follow_up(about, judge(about, RULES))] == [
        "`.guard/contracts/api.toml`: dead-pattern"
    ]


@pytest.mark.parametrize(
    ("changed", "tracked", "told"),
    [
        (["src/a.py"], ["tests/test_a.py"], []),
        (["src/a.py", "src/a_test.py"], [], []),
        (["src/a.ts"], ["src/a.spec.ts"], []),
        (["src/Cart.tsx"], ["src/__tests__/Cart.tsx"], []),
        (["src/FooBar.java"], ["src/test/FooBarTest.java"], []),
        (["pkg/a.go"], ["pkg/a_test.go"], []),
        (["src/a.py"], ["tests/test_b.py"], ["src/a.py"]),
        (
            [
                "src/__init__.py",
                "src/types.ts",
                "a.d.ts",
                "vite.config.ts",
                "README.md",
                "tests/x.py",
            ],
            [],
            [],
        ),
        (["src/a.py", "src/b.py"], ["tests/b.py"], ["src/a.py"]),
        (["src/contest.py"], [], ["src/contest.py"]),
    ],
)
def test_files_without_tests(changed: list[str], tracked: list[str], told: list[str]) -> None:
    """Code that a test is named after is none of the untested, nor is what nobody tests by name."""
    report = Report("kept", "", "", "", "", "", Trusted("", "", ""), (), 0, (), ())
    about = facts(
        contract(), *changed, tracked="".join(f"{path}\0" for path in sorted(tracked)).encode()
    )
    lines = [item.facts for item in risks(about, report, {}, {})]
    assert lines == ([", ".join(told)] if told else [])


def test_a_value() -> None:
    """What a draft is written from compares by content."""
    assert Known("a", "", "", 0, (), (), (), (), (), ()) == Known(
        "a", "", "", 0, (), (), (), (), (), ()
    )
