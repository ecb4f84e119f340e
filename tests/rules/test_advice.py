"""What findings tell people to type is typed here, into a real shell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guard.rules.advice import explain, leave_out, leave_out_or_widen, pathspec
from guard.rules.widening import declare
from tests.growth import require_proportion
from tests.kit import Repo
from tests.rules.made import contract, facts, policy

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


SHARED = """
[shared.deps]
paths = ["package.json", "*.lock"]
[shared.routes]
paths = ["routes.rb"]
"""


@pytest.mark.parametrize(
    ("paths", "owned"),
    [
        ("src/a.py", "/src/a.py"),
        ("a.py src/b.py", "/a.py /src/b.py"),
        (" ".join(f"src/x/{name}" for name in "abcdef"), "/src/x/"),
        (
            " ".join(f"src/{name}/f" for name in "abcde") + " src/a/g",
            "/src/a/ /src/b/ /src/c/ /src/d/ /src/e/",
        ),
        (" ".join(f"src/{name}/f" for name in "abcdef"), "/src/"),
        (" ".join(f"{name}/f" for name in "abcdef"), "/a/ /b/ /c/ /d/ /e/ /f/"),
        (" ".join("abcdef"), "/a /b /c /d /e /f"),
        ("guard.toml .guard/x src/a", "/src/a"),
    ],
)
def test_what_a_new_contract_owns(paths: str, owned: str) -> None:
    """Up to five files are named; of more files, their deepest folders that are at most five."""
    command = declare(facts(None, *paths.split()), "web")
    options = " ".join(f"--owns {pattern}" for pattern in owned.split())
    assert command == f"guard contract new web --goal 'Work on web.' {options}"


@pytest.mark.parametrize(
    ("tracked", "more"),
    [
        ("src/a.py tests/test_a.py", " --owns /tests/test_a.py"),
        ("test_a.py", " --owns /test_a.py"),
        ("src/a.py t/a_test.py", " --owns /t/a_test.py"),
        ("one/test_a.py two/test_a.py", ""),
        ("tests/my_test_a.py", ""),
    ],
)
def test_a_single_file_comes_with_its_test(tracked: str, more: str) -> None:
    """The test that is called like the file, in a folder and alone of its name, is named, too."""
    listing = b"".join(path.encode() + b"\0" for path in sorted(tracked.split()))
    about = facts(None, "src/a.py", tracked=listing)
    own = f"--owns /src/a.py{more}"
    assert declare(about, "web") == f"guard contract new web --goal 'Work on web.' {own}"


def test_a_new_contract_merges_what_nobody_merges() -> None:
    """A shared file is not owned: its group's merge is, unless another session has it."""
    other = contract("ops", owns=["ops/"], merges=["routes"])
    about = facts(
        None, "package.json", "routes.rb", "src/a", policy=policy(SHARED), others=(other,)
    )
    assert declare(about, "web").endswith("--owns /src/a --merges deps")


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("lib/a", "guard contract edit api --owns /lib/a --publish"),
        ("package.json", "guard contract edit api --merges deps --publish"),
        ("routes.rb", "guard explain routes.rb"),  # ops merges it
        ("ops/x", "guard explain ops/x"),  # ops owns it
        ("bots/x", "guard contract edit api --owns /bots/x --publish"),  # a standing contract's
        ("src/secret", "guard explain src/secret"),  # forbidden
        ("guard.toml", "guard explain guard.toml"),
    ],
)
def test_nobody_is_told_how_to_have_what_is_anothers(path: str, command: str) -> None:
    """What nobody else has can be had with one command; the rest is explained."""
    others = (
        contract("ops", owns=["ops/"], merges=["routes"]),
        contract("bot", owns=["bots/"], standing=True),
    )
    own = contract(forbids=["secret"])
    about = facts(own, path, policy=policy(SHARED), others=others)
    assert leave_out_or_widen(about, path) == command


def test_one_command_for_all_that_is_missing() -> None:
    """Several paths outside of the contract need one command, not one each."""
    about = facts(contract(), "lib/a", "doc/b", "package.json", policy=policy(SHARED))
    command = "guard contract edit api --owns /lib/a --owns /doc/b --merges deps --publish"
    told = [leave_out_or_widen(about, one) for one in ("lib/a", "doc/b", "package.json")]
    assert told == [command] * 3


def test_what_only_has_to_count_is_published() -> None:
    """A self-declared contract that lists the group already only has to be published."""
    own = contract(merges=["deps"])
    about = facts(own, "package.json", policy=policy(SHARED), source="branch")
    assert leave_out_or_widen(about, "package.json") == "guard contract publish api"


def test_before_a_commit_both_ways_are_told() -> None:
    """Taking it out of the commit comes first and works as printed; the other way is a comment."""
    about = facts(contract(), "lib/a", scope="staged")
    command = leave_out_or_widen(about, "lib/a")
    out, _, wider = command.partition("   # or let the session have it: ")
    assert out == "git restore --staged -- :/lib/a"
    assert wider == "guard contract edit api --owns /lib/a --publish"


def test_many_paths_outside_take_no_longer_each() -> None:
    """One command is worked out for all of them, not once for each."""

    def made(size: int) -> Callable[[], object]:
        paths = [f"lib/{number}/a" for number in range(size)]

        def told() -> None:
            others = (contract("ops", owns=["ops/"], merges=["routes"]),)
            about = facts(contract(), *paths, policy=policy(SHARED), others=others)
            for path in paths:
                leave_out_or_widen(about, path)

        return told

    require_proportion(made, 480)
