"""What comes from a remote before a session starts: the newest base, and a pull request's head."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.core.errors import GitError, GuardError, UsageError
from guard.core.names import branch_in, ref_of, shell_quote, show
from guard.git.ancestry import has_commit, is_ancestor
from guard.git.failure import failure_of
from guard.git.fetching import users_git
from guard.git.landing import pushes_to
from guard.git.objects import Objects
from guard.git.plumbing import Git
from guard.git.repository import Repository
from guard.verdict.search import REMOTES, Search
from guard.verdict.trust import Trust, read_trust

_FETCH, _CLAIM = 4.0, 30.0  # seconds that a remote has to answer; where a start is a claim
_OPTIONS = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
_NUMBER = re.compile(r"[#!]?([0-9]{1,9})")
_URL = re.compile(
    r"https?://(?:[^/@]*@)?(?:www\.)?([^/:@]+)(?::[0-9]+)?/(.+?)(?:/-)?"
    r"/(pull|pulls|merge_requests)/([0-9]{1,9})(?:[/?#].*)?"
)
# git-fetch(1), "GIT URLS": with a scheme, and as scp has it.
_REMOTE = re.compile(
    r"(?:\w[\w+.-]*://(?:[^/@]*@)?([^/:]+)(?::[0-9]*)?/+|(?:[^/:@]*@)?([^/:]+):)(.+)"
)
_SPECIAL = re.compile(r"[*?\[\\]")  # in a pattern
# Where a forge keeps the head of a request: GitHub, Gitea and Forgejo; GitLab.
_HEADS = ("refs/pull/", "refs/merge-requests/")


class _Asked(NamedTuple):
    """A request as somebody called it: its number, and by its URL also the `host` and `project`.

    `heads` are those of _HEADS that such a forge has.
    """

    number: int
    host: str = ""
    project: str = ""
    heads: Sequence[str] = _HEADS


class Head(NamedTuple):
    """The head of a pull request: its number, ref and commit, and the remote that has it.

    `branch` is the one that it has there, or a new name for a fork's. `said` is how it was called.
    """

    number: int
    ref: str
    oid: str
    remote: str
    branch: str
    is_fork: bool
    said: str = ""


def fetch_base(repository: Repository, names: Sequence[str] = ()) -> str:
    """Bring the base of a remote here, and the branches that the sessions `names` have there.

    Gives why that could not be, "" if it could or there is none.
    """
    asked, began = list[str](), time.monotonic()
    for _ in range(2):  # a contract that has just come may name more branches
        try:
            with closing(Objects(repository.git)) as objects:
                trust = read_trust(Search(repository, objects, head=""), lenient=True)
        except GuardError:
            return ""  # told when it is read again
        remote = remote_of(repository, trust)
        wanted = [one for one in (trust.home.name, *_branches(trust, names)) if one not in asked]
        if not remote or not wanted:
            return ""
        claims = trust.policy.contracts_branch or trust.policy.start_contract == "base"
        limit = _CLAIM if claims else _FETCH
        if why := _fetched(repository, remote, wanted, began + limit):
            return why
        asked += wanted
    return ""


def _fetched(repository: Repository, remote: str, branches: Sequence[str], until: float) -> str:
    """Fetch branches of a remote; give why that could not be, "" if it could."""
    refspecs = [f"+{ref_of(branch)}:{REMOTES}{remote}/{branch}" for branch in branches]
    began = time.monotonic()
    process = users_git(repository).start("fetch", *_OPTIONS, "--", remote, *refspecs)
    while not process.ended():
        if time.monotonic() > until:
            process.stop()
            process.answer()
            return f"{remote} did not answer in {until - began:.0f} seconds"
        time.sleep(0.01)
    answer = process.answer()
    if not answer.code:
        return ""
    return failure_of(answer, ("fetch", "--", remote)).message.partition("\n")[0]


def _branches(trust: Trust, names: Sequence[str]) -> Iterator[str]:
    """What to fetch of sessions: branches called like them, and those that contracts here name.

    Each has a wildcard, as git fails over a branch that is not there, and no more than that one.
    """
    for name in names:
        yield f"*{name}"
        template = trust.policy.start_branch.replace("{name}", name)
        if not template.endswith(name):
            yield f"*{template}"
    for contract in trust.contracts:
        if contract.name in names:
            for pattern in contract.branches:
                head = _SPECIAL.split(pattern)[0]
                if head:
                    yield f"{head}*"


def remote_of(repository: Repository, trust: Trust) -> str:
    """Give the remote of the base, "" if there is none."""
    home = trust.home
    return home.short.removesuffix(home.name).rstrip("/") or pushes_to(repository, home.name)


def fetch_head(repository: Repository, said: str) -> Head:
    """Fetch the head of a pull request, by its number or its URL.

    A head that is not the tip of one branch of the remote counts as a fork's. Raises UsageError if
    there is no such request, GitError if the remote cannot be asked.
    """
    asked = _asked(said)
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""), lenient=True)
    own = remote_of(repository, trust)
    remote = _remote_with(repository, asked, own) if asked.host else own
    if not remote:
        hint = "git remote add origin URL"
        raise UsageError("there is no remote with pull requests", hint=hint)
    git = users_git(repository)
    ref, oid, tips = _ask_for(git, remote, asked)
    branches = [branch for branch in tips if branch != trust.home.name]
    is_fork, number = len(branches) != 1, asked.number
    branch = f"pr-{number}" if is_fork else branches[0]
    into = ref if is_fork else f"{ref_of(branch)}:{REMOTES}{remote}/{branch}"
    git.run("fetch", *_OPTIONS, "--", remote, f"+{into}")
    if not has_commit(repository.git, oid):
        message = f"the pull request {number} has moved meanwhile"
        raise GitError(message, hint="run the same command again")
    return Head(number, ref, oid, remote, branch, is_fork)


def _ask_for(git: Git, remote: str, asked: _Asked) -> tuple[str, str, list[str]]:
    """The ref and the commit of a request's head, and the remote's branches that are there, too."""
    refs = [f"{prefix}{asked.number}/head" for prefix in asked.heads]
    listed = git.run("ls-remote", "--", remote, *refs, ref_of("*")).text.split("\n")
    tips = {ref: oid for oid, _, ref in (line.partition("\t") for line in listed) if ref}
    ref = next((ref for ref in refs if ref in tips), "")
    if not ref:
        hint = f"git ls-remote {shell_quote(remote)} '{_HEADS[0]}*' '{_HEADS[1]}*'"
        raise UsageError(f"{show(remote)} has no pull request {asked.number}", hint=hint)
    oid = tips[ref]
    return ref, oid, sorted(branch_in(one) for one in tips if branch_in(one) and tips[one] == oid)


def _asked(said: str) -> _Asked:
    if found := _NUMBER.fullmatch(said):
        return _Asked(int(found[1]))
    if found := _URL.fullmatch(said):
        host, project, kind, number = found.groups()
        return _Asked(int(number), host, project, _HEADS[1:] if "_" in kind else _HEADS[:1])
    hint = "guard start --pr 12, or --pr https://github.com/ada/shop/pull/12"
    raise UsageError(f"{said!r} is no pull request's number or URL", hint=hint)


def _remote_with(repository: Repository, asked: _Asked, own: str) -> str:
    """The remote with a project, by its URL as it is configured, or as git rewrites that."""
    words = ("config", "-z", "--get-regexp", r"^remote\..*\.url$")
    configured = repository.git.run(*words, ok=(0, 1)).text.split("\0")
    for key, _, url in (line.partition("\n") for line in configured):
        if _is_of(url, asked):
            return key.removeprefix("remote.").removesuffix(".url")
    rewritten = repository.git.run("remote", "-v").text.split("\n")  # gitconfig, url.*.insteadOf
    for name, _, url in (line.partition("\t") for line in rewritten):
        if _is_of(url.rpartition(" (")[0], asked):
            return name
    look = "look: git remote -v"
    hint = (
        f"guard start --pr {asked.number}   # if it is one of {show(own)}; {look}" if own else look
    )
    raise UsageError(
        f"no remote of this clone is {show(asked.host)}/{show(asked.project)}", hint=hint
    )


def _is_of(url: str, asked: _Asked) -> bool:
    """Whether a remote's URL is that of a request's project.

    The host may be an alias of the user's ssh (`github.com-work`, `work`) or one beside the
    forge's (`ssh.github.com`); a path on this machine has none.
    """
    found = _REMOTE.fullmatch(url)
    path = (found[3] if found else url).strip("/").removesuffix(".git").casefold()
    project, there = asked.project.casefold(), asked.host.casefold()
    host = ((found[1] or found[2]) if found else "").casefold()
    if not host:
        return path.endswith(f"/{project}")
    is_there = host == there or host.endswith(f".{there}") or host.startswith(f"{there}-")
    return path == project and (is_there or "." not in host)


def track(repository: Repository, head: Head) -> None:
    """Let git know what the branch is to follow, as `gh pr checkout` does; it marks a fork's.

    What somebody has set already stays.
    """
    if _followed(repository, head.branch):
        return
    config = os.path.join(repository.common_dir, "config")
    merge = head.ref if head.is_fork else ref_of(head.branch)
    for key, value in (("remote", head.remote), ("merge", merge)):
        words = ("--file", config, "--replace-all", f"branch.{head.branch}.{key}", value)
        repository.git.run("config", *words)


def require_its_own(repository: Repository, head: Head, tip: str) -> None:
    """Raise UsageError if the branch of a fork's request is there for something else, at `tip`."""
    git = repository.git
    if not head.is_fork or _followed(repository, head.branch):
        return
    if not is_ancestor(git, tip, head.oid) and not is_ancestor(git, head.oid, tip):
        raise UsageError(
            f"the branch {head.branch} is there already, and is not that of the pull request",
            hint=f"git branch -m {head.branch} OTHER   # then again",
        )


def is_foreign(repository: Repository, branch: str, head: Head | None = None) -> bool:
    """Tell whether a branch is a fork's pull request, by its `head` or by what it follows."""
    is_forks = head is not None and head.is_fork
    return is_forks or any(ref.startswith(_HEADS) for ref in _followed(repository, branch))


def _followed(repository: Repository, branch: str) -> list[str]:
    words = ("config", "--get-all", f"branch.{branch}.merge")
    return repository.git.run(*words, ok=(0, 1)).text.split("\n")[:-1]
