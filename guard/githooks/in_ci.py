"""A hook that a job of a CI system starts through pre-commit: it judges as the gate does.

`pre-commit run --all-files` gives a hook neither a commit nor a push. The index has what the commit
that is checked out has, so judging it would find nothing, whatever the change is.
"""

from collections.abc import Mapping

from guard.ci.gate import Chosen, judged
from guard.ci.systems import PLAIN, system
from guard.contracts.parse import TooOld
from guard.core.errors import NotAdopted
from guard.git.plumbing import here
from guard.githooks.pushed import Judged
from guard.githooks.telling import tell, tell_not_adopted

_NO = frozenset({"", "0", "false"})  # values of `CI` outside of a job


def in_ci(env: Mapping[str, str]) -> bool:
    """Tell whether a CI system runs this process: one that guard knows, or any that sets `CI`."""
    return system(env) is not PLAIN or env.get("CI", "").lower() not in _NO


def judge_in_ci(env: Mapping[str, str]) -> int:
    """Judge the change of the job, print problems to standard error, and give the exit status.

    Raises GuardError where there is no verdict.
    """
    try:
        return tell([Judged("HEAD", judged(here(), env, Chosen()))])
    except TooOld:
        raise
    except NotAdopted as error:
        return tell_not_adopted(error, "this change is")
