"""What findings tell people to type is typed here, into a real shell."""

from __future__ import annotations

import pytest

from guard.rules.advice import explain, leave_out, pathspec
from tests.kit import Repo
from tests.rules.made import facts

NAMES = [
    "plain.py",
    "sub/k.py",
    "a[1].py",
    "a*",
    "sp ace",
    "-dash",
    "_under",
    ":!colon",
    ":(top)x",
    "é",
    "a'b",
    'a"b',
    "$(id)",
]
NAMES += ["a\nb", "\\b", "~", "#x", "q?"]


def test_each_path_is_left_out_alone(repo: Repo) -> None:
    """The command takes its path out of the index and no other, from any directory."""
    repo.commit(dict.fromkeys((*NAMES, "sub/x"), "1\n"))
    repo.write(dict.fromkeys(NAMES, "2\n")).git("add", "-A")
    staged = set(NAMES)
    for name in NAMES:
        repo.run("bash", "-c", leave_out(facts(scope="staged"), name), cwd=repo.path / "sub")
        staged -= {name}
        assert set(repo.git("diff", "--cached", "--name-only", "-z").split("\0")[:-1]) == staged, (
            name
        )
    assert (repo.path / "plain.py").read_text() == "2\n"


@pytest.mark.parametrize(
    ("path", "word"), [("src/a.py", ":/src/a.py"), (".env", ":/.env"), ("-x", "':(top,literal)-x'")]
)
def test_plain_paths_stay_readable(path: str, word: str) -> None:
    """Only a path that needs it is marked as literal."""
    assert pathspec(path) == word


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("a b", "guard explain 'a b'"),
        ("OWN001", "guard explain --path OWN001"),
        ("shared-file", "guard explain --path shared-file"),
    ],
)
def test_a_path_that_looks_like_a_rule(path: str, command: str) -> None:
    """A file that is called like a rule is explained as a file."""
    assert explain(path) == command


def test_later_scopes_explain() -> None:
    """Where nothing is staged, nothing is left out."""
    assert leave_out(facts(scope="branch"), "a") == "guard explain a"
