"""`guard handoff write`: the handoff drafted, filled in, checked and committed in one go."""

from __future__ import annotations

import sys

import pytest

from guard.contracts.brief import WRITE_HANDOFF
from tests.kit import BASE, Ran, Repo

FILE = ".guard/handoffs/web.md"
BEHAVIOR, RISKS, NEXT = ("--behavior", "New."), ("--risks", "None: safe."), ("--follow-up", "Rest.")
ALL = (*BEHAVIOR, *RISKS, *NEXT)


@pytest.fixture
def session(empty: Repo) -> Repo:
    """A branch with a commit, and a required command that passed."""
    empty.commit({"guard.toml": BASE, "src/a.py": "a\n", ".gitignore": ".guard/handoffs/\n"})
    empty.contract("web", owns=["/src/"], verify=["test -f src/a.py"]).branch("web")
    empty.commit({"src/a.py": "b\n"}, "wip")
    assert empty.guard("run", "--", "test", "-f", "src/a.py").code == 0
    return empty


def write(repo: Repo, *words: str, stdin: str = "") -> Ran:
    """Run `guard handoff write`."""
    return repo.guard("handoff", "write", *words, stdin=stdin.encode())


def text(repo: Repo) -> str:
    """The handoff as it lies there."""
    return (repo.path / FILE).read_text(encoding="utf-8")


def state(repo: Repo) -> tuple[str, ...]:
    """Index, working tree, tip and stashes."""
    listed = ("ls-files -s", "status --porcelain", "rev-parse HEAD", "stash list", "diff")
    return tuple(repo.git(*words.split()) for words in listed)


def test_one_command_ends_a_session(session: Repo) -> None:
    """It is written, holds, and is one commit of one file, although an ignore rule names it."""
    ran = write(session, *ALL, "--commit")
    assert ran.code == 0, ran
    first, second, third = ran.out.splitlines()
    assert first == f"wrote {FILE}: 1 path, 1 command, 1 risk seen"
    assert second.startswith("guard: the handoff of web holds · 1 path · 1 command verified")
    assert third == f"guard: committed {session.git('rev-parse', '--short=12', 'HEAD')}"
    assert session.git("show", "--format=%s", "--name-only", "HEAD").split() == [
        *("handoff:", "web"),
        FILE,
    ]
    assert session.check("--branch").code == 0
    assert session.git("status", "--porcelain") == ""
    assert "wip" not in text(session)
    again = write(session, *ALL, "--commit")
    assert (again.code, again.out.splitlines()[-1]) == (0, "guard: it is committed already")


@pytest.mark.parametrize("owns", ["/src/a.py", "a.py", "*.py", "src/**/*.py", "/src"])
def test_whatever_line_of_the_contract_covers_the_file(session: Repo, owns: str) -> None:
    """A draft names that line above the files, and what guard itself wrote holds."""
    session.git("switch", "-q", "main")
    session.contract("web", owns=[owns], verify=["test -f src/a.py"])
    session.git("switch", "-q", "web")
    ran = write(session, *ALL, "--commit")
    assert ran.code == 0, ran
    assert f"Owned by {owns}" in text(session).replace("\\", "")


def test_nothing_else_is_committed_or_lost(session: Repo) -> None:
    """What is staged stays staged, what is edited stays edited, what is untracked stays so."""
    session.write({"src/b.py": "staged\n"}).git("add", "src/b.py")
    session.write({"src/b.py": "staged and edited\n", "src/a.py": "edited\n", "new": "x\n"})
    before = state(session)
    ran = write(session, *ALL, "--commit")
    assert ran.code == 0, ran
    session.git("reset", "-q", "--soft", "HEAD~1")
    session.git("rm", "-q", "--cached", FILE)
    assert state(session) == before
    assert "src/b.py" not in text(session)


def test_hooks_are_asked(session: Repo) -> None:
    """A hook that refuses the commit is heard, and the index is as before; the text stays."""
    hook = session.path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho no, says the hook >&2\nexit 1\n")
    hook.chmod(0o755)
    before = state(session)
    ran = write(session, *ALL, "--commit")
    assert (ran.code, "no, says the hook" in ran.err) == (2, True)
    assert state(session) == before
    assert "- New." in text(session)
    hook.unlink()
    assert write(session, "--commit").code == 0


def test_without_commit(session: Repo) -> None:
    """It is of the files as they are, and says how to commit it."""
    session.write({"src/b.py": "new\n"})
    assert session.guard("run", "--", "test", "-f", "src/a.py").code == 0
    ran = write(session, *ALL)
    assert ran.code == 0, ran
    assert f"next: git add -f {FILE} && git commit" in ran.out
    assert "`src/b.py` (added, +1)" in text(session)


@pytest.mark.parametrize(
    ("words", "told", "hint"),
    [
        (("--behavior", "TBD"), "Behavior changed has only a placeholder: TBD", "--behavior TEXT"),
        (("--behavior", " "), "Behavior changed says nothing", "--behavior TEXT"),
        (("--risks", "None"), "Known risks says 'None' without a reason", "--risks 'None: WHY'"),
        (("--risks", "Real.", "--risks", "n/a"), "Known risks ", "--risks 'None: WHY'"),
        ((), "Follow-up work says nothing", "--follow-up TEXT"),
        ((), "Behavior changed says nothing", "--behavior TEXT"),
        ((), "Known risks has only guard's own list", "--risks TEXT"),
    ],
)
def test_texts_that_say_nothing(
    session: Repo, words: tuple[str, ...], told: str, hint: str
) -> None:
    """They are refused in the words of the check, with what to type, and nothing is written."""
    ran = write(session, *words, "--commit")
    assert (ran.code, told in ran.err, hint in ran.err) == (2, True, True), ran
    again = write(session, *words, "--risks", "Real.", "--contract", "web", "--commit")
    first = "hint: guard handoff write --contract web --commit "
    assert (first in again.err, "--risks " in again.err) == (True, True), again
    assert "so nothing is written" in ran.err
    assert not (session.path / FILE).exists()


def test_where_nothing_ran_and_nothing_has_to(session: Repo) -> None:
    """Without `verify` the hint names both ways: to run something, or to say why nothing ran."""
    session.git("switch", "-q", "main")
    session.contract("lib", owns=["/lib/"])
    session.git("switch", "-q", "-C", "lib", "main")
    session.commit({"lib/a.py": "a\n"}, "work")
    ran = write(session, *ALL, "--commit")
    assert "Commands run says nothing" in ran.err
    assert "--commands TEXT   # or run what shows that it works first: guard run -- " in ran.err
    assert write(session, *ALL, "--commands", "None: only words.", "--commit").code == 0


def test_the_agents_line_as_it_stands_is_refused(session: Repo) -> None:
    """What an agent is told to type has to be filled in."""
    line = f'guard() {{ "{sys.executable}" -I -m guard "$@"; }}; {WRITE_HANDOFF}'
    ran = session.run("sh", "-c", line, ok=())
    assert ran.code == 2, ran
    for title in ("Behavior changed", "Known risks", "Follow-up work"):
        assert title in ran.err
    assert not (session.path / FILE).exists()


def test_a_required_command_that_did_not_run(session: Repo) -> None:
    """What does not hold is written and not committed; the finding says what to run."""
    session.commit({"src/a.py": "c\n"}, "more")
    tip = session.git("rev-parse", "HEAD")
    ran = write(session, *ALL, "--commit")
    assert (ran.code, "RUN003" in ran.out) == (1, True), ran
    assert ran.out.rstrip().endswith("guard: so it is not committed")
    assert session.git("rev-parse", "HEAD") == tip
    assert session.guard("run", "--", "test", "-f", "src/a.py").code == 0
    assert write(session, "--commit").code == 0


def test_texts_replace_what_was_put_in(session: Repo) -> None:
    """Given again, a text replaces its forerunner; what somebody wrote by hand stays."""
    assert write(session, *ALL).code == 0
    assert write(session, "--behavior", "First.", "--behavior", "Second.").code == 0
    assert "- New." not in text(session)
    assert "- First.\n- Second.\n" in text(session)
    assert "- Rest." in text(session)
    session.write({FILE: text(session).replace("- Rest.", "- Rest, says Ada.")})
    assert write(session, "--follow-up", "More.").code == 0
    assert "- Rest, says Ada." in text(session)
    assert "- More." in text(session)


def test_texts_of_several_lines(session: Repo) -> None:
    """A text may be long, or a list; one may come from standard input."""
    ran = write(session, "--risks", "-", "--behavior", "- one\n- two", *NEXT, stdin="a\n\nb\n")
    assert ran.code == 0, ran
    assert "- a\n\n  b\n" in text(session)
    assert "\n- one\n- two\n" in text(session)
    ran = write(session, "--risks", "-", "--behavior", "-")
    assert (ran.code, "only one text can come from standard input" in ran.err) == (2, True)


def test_where_no_session_ends(session: Repo) -> None:
    """On the base, and without a contract, there is nothing to write."""
    session.git("switch", "-q", "main")
    ran = write(session, *ALL, "--commit")
    assert (ran.code, "the base itself is checked out" in ran.err) == (2, True)
    session.branch("free")
    ran = write(session, *ALL)
    assert (ran.code, "no contract claims branch free" in ran.err) == (2, True)
    assert not (session.path / ".guard/handoffs").exists()


def test_before_there_is_work(session: Repo) -> None:
    """Without a change there is nothing to say; what is not committed does not count."""
    session.git("reset", "-q", "--hard", "main")
    ran = write(session, *ALL)
    assert (ran.code, "nothing has changed on this branch yet" in ran.err) == (2, True), ran
    session.write({"src/a.py": "c\n"})
    ran = write(session, *ALL, "--commit")
    assert (ran.code, "nothing is committed on this branch yet" in ran.err) == (2, True), ran
    assert "hint: git status" in ran.err
    assert not (session.path / FILE).exists()


def test_in_the_middle_of_a_merge(session: Repo) -> None:
    """git commits no single file then; it says so, and the index stays."""
    session.git("switch", "-q", "main")
    session.commit({"src/a.py": "main\n"})
    session.git("switch", "-q", "web")
    session.git("merge", "-q", "main", ok=(1,))
    before = session.git("ls-files", "-s")
    ran = write(session, *ALL, "--commit")
    assert (ran.code, "during a merge" in ran.err) == (2, True), ran
    assert session.git("ls-files", "-s") == before
