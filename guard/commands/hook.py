"""`guard hook NAME`: what git starts. No Click here: this runs on every commit, and importing Click takes longer than the answer.

Standard output stays empty: whatever there is to say goes to standard error, where git shows it to the person who commits.
"""

from __future__ import annotations

import os
import sys

from guard.core.errors import NotAdopted, UsageError
from guard.git.plumbing import here
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# githooks(5): both see the commit that is about to be made, in the index that git names.
SCOPES = {"pre-commit": "staged", "pre-merge-commit": "staged"}
# The others are answered by a module of guard/githooks/ each, loaded for it alone.
OTHERS = {
    "pre-push": "pre_push",
    "prepare-commit-msg": "prepare_commit_msg",
    "post-checkout": "post_checkout",
    "post-rewrite": "post_rewrite",
    "reference-transaction": "reference_transaction",
    "pre-receive": "pre_receive",
    "update": "pre_receive",
}
HELP = """\
Usage: guard hook NAME [WORDS]

  Judge what a git hook is about to let through. git calls this, with the words
  and the input of githooks(5); the exit status is the answer: 0 lets it through,
  everything else stops it. `guard install` sets the hooks up.

  pre-commit, pre-merge-commit  the commit that is about to be made
  pre-push                      every ref that is pushed, each branch as a whole
  reference-transaction         every branch that is about to move
  pre-receive, update           on a server: what was pushed to it
  prepare-commit-msg            tells of a commit that went past pre-commit
  post-rewrite                  tells of a rebase that went past pre-commit
  post-checkout                 tells of the contract in a new worktree

Example:
  guard hook pre-commit
"""


def main(words: Sequence[str]) -> int:
    """Run the hook that `words` begins with; give the exit status. Raises GuardError where no verdict can be reached."""
    name = words[0] if words else ""
    if name in ("-h", "--help"):
        print(HELP, end="")
        return 0
    if name in OTHERS:
        from importlib import import_module

        code: int = import_module(f"guard.githooks.{OTHERS[name]}").main(words)
        return code
    if name not in SCOPES:
        raise UsageError(
            f"guard has no hook {name!r}", hint=f"guard hook {' | '.join((*SCOPES, *OTHERS))}"
        )
    if "PRE_COMMIT_TO_REF" in os.environ and "GIT_INDEX_FILE" not in os.environ:
        from guard.githooks.pre_push import (
            of_range,  # `pre-commit run --from-ref A --to-ref B`: nothing is about to be committed
        )

        return of_range(os.environ["PRE_COMMIT_TO_REF"])
    git = here()
    opening = Opening(git, staged=SCOPES[name] == "staged")
    opening.load()
    from guard.verdict.reading import Ask
    from guard.verdict.verdict import verdict

    try:
        report = verdict(git, Ask(SCOPES[name], merging=name == "pre-merge-commit"), opening)
    except NotAdopted as error:
        print(f"guard: {error.message} yet; this commit is not judged", file=sys.stderr)
        return 0
    if report.findings:
        from guard.reports.text import render  # only when there is something to say

        print(render(report), end="", file=sys.stderr)
    return report.exit_code
