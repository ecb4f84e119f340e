"""A policy on the base that nobody can read does not keep out its own correction."""

from __future__ import annotations

from tests.kit import GUARD, POLICY, Repo


def test_a_correction_passes_and_nothing_else(empty: Repo) -> None:
    """Guard's own files alone pass and say so; a commit with another path is not judged: 2."""
    empty.policy(f"future = 3\n{POLICY}").write({"guard.toml": POLICY}).git("add", "-A")
    ran = empty.run(*GUARD, "hook", "pre-commit", ok=())
    assert ran.code == 0
    assert "future: unknown key" in ran.err
    assert ran.err.endswith("this commit changes guard's own files alone: it is not judged\n")
    empty.write({"a": "x\n"}).git("add", "-A")
    assert empty.run(*GUARD, "hook", "pre-commit", ok=()).code == 2
