"""OWN001 and OWN002: inside and outside the contract."""

from __future__ import annotations

import pytest

from guard.rules.findings import Decision
from guard.rules.rule import Rule
from tests.rules.made import ask, blamed, change, changed, contract, facts, named, policy, why_not

FORBIDDEN_PATH = named("forbidden-path")
OUTSIDE_CONTRACT = named("outside-contract")

ROUTES = policy('[shared.routes]\nwhy = "Two edits meet."\npaths = ["/routes/"]\n')


@pytest.mark.parametrize(
    ("owns", "path"),
    [
        ("/src/", "src/a.py"),
        ("/src/", "src/deep/er/a.py"),
        ("*.md", "docs/README.md"),
        ("README.md", "README.md"),
        ("/docs/**/*.md", "docs/a.md"),
        ("/vendor", "vendor"),
        pytest.param("/src/", "src/ünïcode name.py", id="non-ascii and a space"),
        pytest.param("/src/", "src/\udcff", id="not UTF-8"),
        pytest.param("/src/", "src/a\nb", id="newline"),
    ],
)
def test_owned_paths_pass(owns: str, path: str) -> None:
    """A path that a pattern of `owns` matches is within the contract."""
    assert blamed(OUTSIDE_CONTRACT, facts(contract(owns=[owns]), path)) == []


@pytest.mark.parametrize(
    ("owns", "path"),
    [
        ("/src/", "src"),
        ("/src/", "lib/src/a.py"),
        ("/src/*", "srcs/a.py"),
        ("/*.md", "docs/README.md"),
        ("/src/", "SRC/a.py"),
        ("/src/a.py", "src/a.pyc"),
    ],
)
def test_other_paths_are_reported(owns: str, path: str) -> None:
    """A path that no pattern of `owns` matches is outside the contract."""
    assert blamed(OUTSIDE_CONTRACT, facts(contract(owns=[owns]), path)) == [path]


def test_own_files_pass() -> None:
    """The session's own handoff and first declaration need no grant."""
    own = frozenset((".guard/handoffs/api.md", ".guard/contracts/api.toml"))
    about = facts(contract(), ".guard/handoffs/api.md", ".guard/contracts/api.toml", own_files=own)
    assert blamed(OUTSIDE_CONTRACT, about) == []


def test_own_files_are_not_forbidden() -> None:
    """A pattern that forbids all Markdown does not forbid the handoff that the policy demands."""
    about = facts(
        contract(forbids=["*.md"]),
        ".guard/handoffs/api.md",
        own_files=frozenset((".guard/handoffs/api.md",)),
    )
    assert blamed(FORBIDDEN_PATH, about) == []
    assert blamed(OUTSIDE_CONTRACT, about) == []


def test_a_group_whose_merge_is_owned_passes() -> None:
    """`merges` of a contract on the base grants the paths of the group."""
    assert (
        blamed(OUTSIDE_CONTRACT, facts(contract(merges=["routes"]), "routes/a.ts", policy=ROUTES))
        == []
    )


@pytest.mark.parametrize("source", ["branch", "working-tree"])
def test_self_declared_merges_grant_nothing(source: str) -> None:
    """`merges` of a contract that is not on the base grants no path."""
    about = facts(contract(merges=["routes"]), "routes/a.ts", source=source, policy=ROUTES)
    assert blamed(OUTSIDE_CONTRACT, about) == ["routes/a.ts"]


@pytest.mark.parametrize("source", ["branch", "working-tree"])
def test_self_declared_owns_grants(source: str) -> None:
    """`owns` of a contract that is not on the base holds."""
    assert blamed(OUTSIDE_CONTRACT, facts(contract(), "src/a.py", source=source)) == []


def test_a_forbidden_path_is_not_told_twice() -> None:
    """What `forbids` names is OWN002's alone, owned or not."""
    about = facts(contract(forbids=["/src/x/", "/lib/"]), "src/x/a", "lib/a", "src/a")
    assert blamed(OUTSIDE_CONTRACT, about) == []
    assert blamed(FORBIDDEN_PATH, about) == ["src/x/a", "lib/a"]


def test_forbids_wins_over_merges() -> None:
    """A group's merge does not open what the contract forbids."""
    about = facts(
        contract(merges=["routes"], forbids=["/routes/admin/"]), "routes/admin/a.ts", policy=ROUTES
    )
    assert blamed(FORBIDDEN_PATH, about) == ["routes/admin/a.ts"]


@pytest.mark.parametrize("rule", [OUTSIDE_CONTRACT, FORBIDDEN_PATH])
def test_without_a_contract_nothing_is_asked(rule: Rule) -> None:
    """Who has no contract hears that, and not that every path is outside of it."""
    assert why_not(rule, facts(None, "a")) == "no contract"
    assert blamed(rule, facts(None, "a")) == []


def test_the_line_that_decided() -> None:
    """OWN001 points at the key `owns`, OWN002 at the pattern."""
    own = contract(forbids=["/doc/", "/lib/"])
    (outside,) = ask(OUTSIDE_CONTRACT, facts(own, "x"))
    (forbidden,) = ask(FORBIDDEN_PATH, facts(own, "lib/a"))
    lines = own.text.splitlines()
    assert outside.decided_by == Decision(own.file, 1 + lines.index('owns = ["/src/"]'), "")
    assert forbidden.decided_by == Decision(
        own.file, 1 + lines.index('forbids = ["/doc/", "/lib/"]'), "/lib/"
    )
    assert forbidden.message == "contract api forbids this path by /lib/"


def test_the_owner_is_named() -> None:
    """Somebody else's path is reported with the contract that owns it, its owner and the line."""
    web = contract("web", owns=["/web/"], owner="Bo")
    shy = contract("shy", owns=["/web/"], forbids=["/web/a"])
    (violation,) = ask(OUTSIDE_CONTRACT, facts(contract(), "web/a", others=(web, shy)))
    assert (
        violation.message == "contract api does not own this path; contract web (Bo) does, "
        ".guard/contracts/web.toml:2"
    )


def test_many_owners_are_counted() -> None:
    """A list of owners ends after three."""
    others = tuple(contract(f"c{number}", owns=["/web/"]) for number in range(5))
    (violation,) = ask(OUTSIDE_CONTRACT, facts(contract(), "web/a", others=others))
    assert violation.message.endswith("contract c2 does, .guard/contracts/c2.toml:2, and 2 more")


def test_nobodys_path() -> None:
    """A path that no contract owns is reported as such."""
    (violation,) = ask(OUTSIDE_CONTRACT, facts(contract(), "x"))
    assert violation.message == "contract api does not own this path; no contract does"


def test_both_sides_of_a_move() -> None:
    """Of a file that moved unchanged, each side that is outside says where the other one is."""
    moved = (change("D", "lib/a", "e" * 40), change("A", "src/a", "e" * 40))
    (violation,) = ask(OUTSIDE_CONTRACT, facts(contract(), changes=moved))
    assert (violation.path, violation.message) == (
        "lib/a",
        "contract api does not own this path (moved to src/a); no contract does",
    )
    (violation,) = ask(OUTSIDE_CONTRACT, facts(contract(owns=["/lib/"]), changes=moved))
    assert (violation.path, violation.message) == (
        "src/a",
        "contract api does not own this path (moved from lib/a); no contract does",
    )


def test_a_move_out_of_a_forbidden_folder() -> None:
    """To move a file out of a forbidden folder is to change the folder."""
    moved = (change("D", "content/a", "e" * 40), change("A", "src/a", "e" * 40))
    (violation,) = ask(FORBIDDEN_PATH, facts(contract(forbids=["content/"]), changes=moved))
    assert violation.message == "contract api forbids this path by content/ (moved to src/a)"


@pytest.mark.parametrize("status", ["A", "D", "M", "T"])
def test_every_kind_of_change_counts(status: str) -> None:
    """Added, deleted, changed in content, mode or type: all of it touches the path."""
    about = facts(contract(forbids=["/lib/"]), changes=changed("lib/a", "x", status=status))
    assert blamed(FORBIDDEN_PATH, about) == ["lib/a"]
    assert blamed(OUTSIDE_CONTRACT, about) == ["x"]


def test_what_to_type_next() -> None:
    """Before a commit: take the path out of it. Later: have it, if nobody forbids that."""
    own = contract(forbids=["/lib/"])
    for rule, path in ((OUTSIDE_CONTRACT, "x y"), (FORBIDDEN_PATH, "lib/a")):
        (staged,) = ask(rule, facts(own, path, scope="staged"))
        (branch,) = ask(rule, facts(own, path))
        assert staged.next.startswith("git restore --staged -- ")
        wider = "guard contract edit api --owns '/x y' --publish"
        assert branch.next == (wider if rule == OUTSIDE_CONTRACT else f"guard explain {path}")
