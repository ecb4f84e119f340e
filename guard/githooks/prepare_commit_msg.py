"""prepare-commit-msg: reports what pre-commit would have, on a commit for which git skips it.

That is `--no-verify` and a clean cherry-pick or revert. It never stops the commit and never touches
the message.
"""

import sys
from collections.abc import Sequence

from guard.git.plumbing import here
from guard.githooks.pre_commit import in_commit
from guard.githooks.telling import only_tell
from guard.reports.for_others import for_others
from guard.reports.text import render
from guard.rules import told_at_once
from guard.verdict.reading import Ask
from guard.verdict.verdict import verdict

_BACK = """\
guard: no hook stopped this commit, so it is made; the push and CI will judge it
  next: git reset --soft HEAD~1   # takes the commit back and keeps the work staged
"""


def main(words: Sequence[str]) -> int:
    """Judge the index about to be committed and print what breaks the contract; give 0."""
    return only_tell(lambda: _say(merging=words[2:3] == ["merge"]))


def _say(*, merging: bool) -> None:
    report = verdict(here(), Ask("staged", merging=merging, beside=in_commit))
    if report.verdict == "broken":
        print(render(for_others(report)) + _BACK, end="", file=sys.stderr)
    elif any(told_at_once(finding.code) for finding in report.findings):
        print(render(for_others(report)), end="", file=sys.stderr)
