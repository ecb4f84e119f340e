"""What comes from a remote before a session starts: the newest base."""

import time
from contextlib import closing

from guard.core.errors import GuardError
from guard.core.names import ref_of
from guard.git.failure import complaint
from guard.git.fetching import users_git
from guard.git.landing import pushes_to
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.verdict.search import REMOTES, Search
from guard.verdict.trust import Trust, read_trust

_FETCH = 4.0  # seconds that a remote has to answer
_OPTIONS = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")


def fetch_base(repository: Repository) -> str:
    """Bring the base of a remote here; why it could not be, "" if it could or there is none."""
    try:
        with closing(Objects(repository.git)) as objects:
            trust = read_trust(Search(repository, objects, head=""), lenient=True)
    except GuardError:
        return ""  # told when it is read again
    home, remote = trust.home, remote_of(repository, trust)
    if not remote:
        return ""
    refspec = f"+{ref_of(home.name)}:{REMOTES}{remote}/{home.name}"
    process = users_git(repository).start("fetch", *_OPTIONS, "--", remote, refspec)
    until = time.monotonic() + _FETCH
    while not process.ended():
        if time.monotonic() > until:
            process.stop()
            process.answer()
            return f"{remote} did not answer in {_FETCH:.0f} seconds"
        time.sleep(0.01)
    answer = process.answer()
    return f"{remote} could not be asked: {complaint(answer)}" if answer.code else ""


def remote_of(repository: Repository, trust: Trust) -> str:
    """Give the remote of the base, "" if there is none."""
    home = trust.home
    return home.short.removesuffix(home.name).rstrip("/") or pushes_to(repository, home.name)
