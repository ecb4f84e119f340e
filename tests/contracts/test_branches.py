"""Which branch works under which contract."""

from __future__ import annotations

import pytest

from guard.contracts.branches import claims, patterns_of
from guard.contracts.model import Contract
from guard.contracts.new_branches import branch_under


def contract(*branches: str) -> Contract:
    """A contract called `web` with these patterns."""
    return Contract("web", ".guard/contracts/web.toml", "", branches=branches)


@pytest.mark.parametrize(
    ("branches", "branch"),
    [
        ((), ""),
        ((), "webs"),
        ((), "Web"),
        ((), "web-1"),
        ((), "a/b/web"),
        ((), "web/a"),
        ((), "worktree-web-2"),
        ((), "refs/heads/web"),
        (("feat/*",), "web"),
        (("feat/*",), "feat/a/b"),
        (("feat/*",), "feat"),
        (("**",), ""),
        (("*",), "a/b"),
        (("x-[0-9]",), "x-10"),
    ],
)
def test_other_branches(branches: tuple[str, ...], branch: str) -> None:
    """A name that no pattern matches as a whole is not claimed; neither is a detached HEAD."""
    assert not claims(contract(*branches), branch)


@pytest.mark.parametrize(
    ("branches", "branch"),
    [
        ((), "web"),
        ((), "worktree-web"),
        ((), "feat/web"),
        (("feat/*",), "feat/a"),
        (("feat/**",), "feat/a/b"),
        (("a", "b*"), "bc"),
        (("x-[0-9]",), "x-1"),
        (("grün-*",), "grün-1"),
        (("?-x",), "a-x"),
    ],
)
def test_own_branches(branches: tuple[str, ...], branch: str) -> None:
    """The contract's patterns, or its name in three spellings, claim a branch."""
    assert claims(contract(*branches), branch)


@pytest.mark.parametrize("name", ["web", "a.b", "A_b-9", "0"])
def test_default_patterns_are_literal(name: str) -> None:
    """No name of a contract has a character that is special in its default patterns."""
    own = Contract(name, "", "")
    assert patterns_of(own) == (name, f"worktree-{name}", f"*/{name}")
    assert all(claims(own, branch) for branch in (name, f"worktree-{name}", f"x/{name}"))
    assert not claims(own, name.replace(".", "x").replace("_", "x").replace("-", "x") + "y")


@pytest.mark.parametrize(
    ("branches", "name", "branch"),
    [
        ((), "web", "worktree-web"),
        ((), "agent-1", "agent-1/web"),
        ((), "a/b", "a-b/web"),
        (("work",), "web", "work"),
        (("work",), "agent-1", ""),
        (("web-*",), "agent-1", "web-agent-1"),
        (("feat/**",), "agent-1", "feat/agent-1"),
        (("work", "x/*"), "agent-1", "x/agent-1"),
        (("x-[0-9]", "y?"), "agent-1", ""),
        (("x-[0-9]*",), "agent-1", ""),
        (("worktree-*",), "web", "worktree-web"),
        (("a\\*b",), "agent-1", ""),
    ],
)
def test_a_branch_for_a_worktree(branches: tuple[str, ...], name: str, branch: str) -> None:
    """A worktree gets a branch that the contract claims, with its name in a wildcard, or none."""
    found = branch_under(contract(*branches), name)
    assert found == branch
    assert not found or claims(contract(*branches), found)
