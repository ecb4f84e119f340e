"""`guard hook NAME`: what git starts. No Click here: this runs on every commit, and importing Click takes longer than the answer.

Standard output stays empty: whatever there is to say goes to standard error, where git shows it to the person who commits.
"""

from __future__ import annotations

import sys

from guard.errors import NotAdopted, UsageError
from guard.opening import Opening
from guard.plumbing import here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# githooks(5): both see the commit that is about to be made, in the index that git names.
SCOPES = {"pre-commit": "staged", "pre-merge-commit": "staged"}
HELP = """\
Usage: guard hook NAME

  Judge what a git hook is about to let through. git calls this; the exit status
  is the answer: 0 lets the commit through, everything else stops it.

  NAME is pre-commit or pre-merge-commit. Further words, which git or a hook
  manager may add, are of no consequence.

Example:
  guard hook pre-commit
"""


def main(words: Sequence[str]) -> int:
    """Run the hook that `words` begins with; give the exit status. Raises GuardError where no verdict can be reached."""
    name = words[0] if words else ""
    if name in ("-h", "--help"):
        print(HELP, end="")
        return 0
    if name not in SCOPES:
        raise UsageError(f"guard has no hook {name!r}", hint=f"guard hook {' | '.join(SCOPES)}")
    git = here()
    opening = Opening(git, staged=SCOPES[name] == "staged")
    from guard.gather import Ask  # git is at work by now, on the other core
    from guard.verdict import verdict

    try:
        report = verdict(git, Ask(SCOPES[name], merging=name == "pre-merge-commit"), opening)
    except NotAdopted as error:
        print(f"guard: {error.message} yet; this commit is not judged", file=sys.stderr)
        return 0
    if report.findings:
        from guard.renderers.text import render  # only when there is something to say

        print(render(report), end="", file=sys.stderr)
    return report.exit_code
