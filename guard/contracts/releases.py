"""Which branches are release lines, by their names: what `bases` is proposed for."""

from collections.abc import Collection
from typing import NamedTuple

from guard.contracts.branches import is_one_of
from guard.core.names import shell_quote

RELEASES = (
    "release/*",
    "releases/*",
    "release-[0-9]*",
    "release-v[0-9]*",
    "stable",
    "stable/*",
    "stable-[0-9]*",
    "[0-9]*-stable",
    "maint/*",
    "maint-[0-9]*",
    "[0-9]*.x",
    "v[0-9]*.x",
    "[0-9]*.[0-9]",
    "[0-9]*.[0-9][0-9]",
)


class Release(NamedTuple):
    """A release branch that a branch was built on, by its name; "" for none.

    `tied`: it has nothing of its own, so the branch may as well have been built on the base. `own`:
    it is the branch itself, by its name; it may be prepared for the base, or stay apart from it.
    """

    name: str = ""
    tied: bool = False
    own: bool = False

    def step(self, base: str, at: str = "") -> str:
        """Give what to do about a conflict with `base`; `at` leads to the worktree for git."""
        merge = f"{at}git merge {shell_quote(base)}"
        if not self.name:
            return merge
        if self.tied:
            other = f"guard check --base {shell_quote(self.name)}"
            return f"{merge}   # not if it goes to {self.name}: {other}"
        (pattern, *_) = release_lines([self.name], "")
        step = f'put bases = ["{pattern}"] into guard.toml on {base}'
        if self.own:
            return f"{merge}   # not if {self.name} stays apart from {base}: {step}"
        return f"{step}   # the branch was built on {self.name}, so it is compared with that then"


def release_lines(branches: Collection[str], base: str) -> list[str]:
    """Give the patterns of `RELEASES` that match one of the `branches`, the base left out."""
    return [
        pattern
        for pattern in RELEASES
        if any(name != base and is_one_of((pattern,), name) for name in branches)
    ]
