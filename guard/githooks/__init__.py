"""git's hooks, a file each, the shell that starts them, and installing and diagnosing them.

`main` is `guard hook NAME`, which git starts; only the module of that hook is loaded. Click is not
used: importing it takes longer than the verdict. Hooks write to standard error, which git shows;
standard output stays empty. Which refs of a push are judged, and as which branch, is in `pushed`;
the verdict itself is in `verdict/`. Only `pre_commit` is hot.
"""

from __future__ import annotations

import os

from guard.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULES = {
    "pre-commit": "pre_commit",
    "pre-merge-commit": "pre_commit",
    "pre-push": "pre_push",
    "prepare-commit-msg": "prepare_commit_msg",
    "post-checkout": "post_checkout",
    "post-rewrite": "post_rewrite",
    "reference-transaction": "reference_transaction",
    "pre-receive": "pre_receive",
    "update": "pre_receive",
}
# The hooks that tell people of a coding agent which has not asked guard, and the variables in which
# agents give their shells the id of the conversation.
_TELLING = ("pre-commit", "pre-merge-commit", "pre-push")
CONVERSATIONS = {
    "CLAUDE_CODE_SESSION_ID": "claude",
    "CODEX_SESSION_ID": "codex",
    "COPILOT_AGENT_SESSION_ID": "copilot",
}
_HELP = """\
Usage: guard hook NAME [WORDS]

  Judge what a git hook is about to let through. git runs this with the arguments
  and the input of githooks(5). Exit status 0 lets it through, any other stops it.
  `guard install` sets the hooks up.

  pre-commit, pre-merge-commit  the commit that is about to be made
  pre-push                      every ref that is pushed, each branch as a whole
  reference-transaction         every branch that is about to move
  pre-receive, update           on a server: what was pushed to it
  prepare-commit-msg            reports on a commit that skipped pre-commit
  post-rewrite                  reports on a rebase, which skips pre-commit
  post-checkout                 shows the contract of a new worktree

Example:
  guard hook pre-commit
"""


def main(words: Sequence[str]) -> int:
    """Run the hook named first in `words`; give the exit status.

    Raises GuardError if no verdict can be reached.
    """
    name = words[0] if words else ""
    if name in ("-h", "--help"):
        print(_HELP, end="")
        return 0
    if name not in _MODULES:
        hint = f"guard hook {' | '.join(_MODULES)}"
        raise UsageError(f"guard has no hook {name!r}", hint=hint)
    file = _MODULES[name]
    if name == "pre-push" and "PRE_COMMIT" in os.environ:
        file = "by_pre_commit"
    module = __import__(f"guard.githooks.{file}", fromlist=["main"])  # no importlib: slow
    code: int = module.main(words)
    if name in _TELLING and not CONVERSATIONS.keys().isdisjoint(os.environ):
        from guard.githooks.conversing import tell_unasked, tell_way_back  # most are people's

        tell_unasked()
        if code:
            tell_way_back()
    return code
