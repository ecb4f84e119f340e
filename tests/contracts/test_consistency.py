"""Unknown groups, groups and branches that two contracts want, patterns that match nothing."""

from __future__ import annotations

from guard.contracts.consistency import contradictions, dead_patterns
from guard.contracts.model import Contract, Policy
from guard.contracts.parse import parse_contract, parse_policy

POLICY = parse_policy(
    b"[shared.routes]\npaths = ['routes/', 'api/routes.*']\n[shared.lock]\npaths = ['*.lock']",
    "guard.toml",
)


def contract(name: str, text: str) -> Contract:
    """Parse a contract that has a goal."""
    return parse_contract(f"goal = 'x'\n{text}".encode(), f"{name}.toml", name)


def told(policy: Policy, contracts: list[Contract], branches: tuple[str, ...] = ()) -> list[str]:
    """Give the lines of all contradictions."""
    return [misfit.line for misfit in contradictions(policy, contracts, branches)]


def test_contracts_that_agree() -> None:
    """Contracts with different groups and branches fit together, even with the same paths."""
    contracts = [
        contract("a", "owns = ['x']\nmerges = ['routes']"),
        contract("b", "owns = ['x']\nmerges = ['lock']"),
        contract("c", "owns = ['y']"),
    ]
    assert told(POLICY, contracts, ("main", "a", "worktree-b", "feat/c", "other")) == []


def test_unknown_group() -> None:
    """A group that the policy does not have is told."""
    assert told(POLICY, [contract("a", "merges = ['routs']")]) == [
        "a.toml:2:11: merges[0]: guard.toml has no shared group routs; expected routes"
    ]


def test_one_group_merged_twice() -> None:
    """The second contract that merges a group is told, with the first."""
    contracts = [
        contract("a", "merges = ['routes']"),
        contract("b", "owns = ['x']\nmerges = ['lock', 'routes']"),
    ]
    (misfit,) = contradictions(POLICY, contracts, ())
    assert misfit.line == "b.toml:3:19: a.toml merges routes too; one session per group"
    assert misfit.files == ("b.toml", "a.toml")


def test_branch_claimed_twice() -> None:
    """Existing branches that two contracts claim are reported once per pair, with their number."""
    contracts = [
        contract("a", "owns = ['x']\nbranches = ['feat/*']"),
        contract("b", "owns = ['x']\nbranches = ['*/b-*']"),
        contract("c", "owns = ['x']"),
    ]
    assert told(POLICY, contracts, ("feat/a", "b-1", "c")) == []
    narrow = "narrow `branches` in all but one"
    assert told(POLICY, contracts, ("feat/b-1", "feat/b-2", "feat/b-3", "feat/c")) == [
        f"b.toml:3:1: the branch feat/b-1 (and 2 more) is claimed by a.toml too; {narrow}",
        f"c.toml:1:1: the branch feat/c is claimed by a.toml too; {narrow}",
    ]


def test_dead_patterns() -> None:
    """Each pattern without a tracked file is reported with its place, in every list."""
    text = (
        "owns = ['src/', 'scr/']\nforbids = ['*.py', '*.pyc']\n"
        "[[waive]]\nrule = 'OWN001'\nwhy = 'y'\npaths = ['README*', 'LICENSE']"
    )
    tracked = ["README.md", "api/routes.ts", "src/a.py"]
    assert [misfit.line for misfit in dead_patterns(POLICY, [contract("a", text)], tracked)] == [
        'guard.toml:2:10: "routes/" matches no tracked file',
        'guard.toml:4:10: "*.lock" matches no tracked file',
        'a.toml:2:17: "scr/" matches no tracked file',
        'a.toml:3:20: "*.pyc" matches no tracked file',
        'a.toml:7:21: "LICENSE" matches no tracked file',
    ]


def test_no_policy_no_contract() -> None:
    """Where nothing is said nothing is wrong."""
    assert contradictions(Policy(), [], ("main",)) == []
    assert dead_patterns(Policy(), [], ["a"]) == []
