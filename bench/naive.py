"""A gate written in an afternoon with Click, `git diff-tree` and pathspec: a floor for such tools.

It says only which changed paths are not owned, forbidden or shared. It knows nothing of trust,
waivers, generated code, renames of case or merges, and shows no reasons.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from typing import Any

import click
from pathspec import GitIgnoreSpec


@click.command()
@click.argument("base")
@click.argument("head")
@click.argument("contract")
def main(base: str, head: str, contract: str) -> None:
    """List the paths changed from BASE to HEAD that CONTRACT, a file of BASE, does not grant."""
    granted = _table(base, contract)
    policy = _table(base, "guard.toml")
    owns, forbids = (GitIgnoreSpec.from_lines(granted[key]) for key in ("owns", "forbids"))
    shared = GitIgnoreSpec.from_lines(
        pattern for group in policy["shared"].values() for pattern in group["paths"]
    )
    changed = (
        _git("diff-tree", "-r", "--no-renames", "--name-only", "-z", base, head)
        .decode("utf-8", "surrogateescape")
        .split("\0")[:-1]
    )
    wrong = [
        path
        for path in changed
        if not owns.match_file(path) or forbids.match_file(path) or shared.match_file(path)
    ]
    click.echo("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def _table(base: str, file: str) -> dict[str, Any]:
    return tomllib.loads(_git("cat-file", "blob", f"{base}:{file}").decode())


def _git(*words: str) -> bytes:
    return subprocess.run(
        [shutil.which("git") or "git", *words], capture_output=True, check=True
    ).stdout


if __name__ == "__main__":
    main()
