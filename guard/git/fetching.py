"""Fetching what a verdict needs: all that `guard ci` may write, and only with `--fetch`.

git has its user's configuration and credentials, but runs no hook, no submodule, no checkout, and
no prompt.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise

from guard.changes.change import ABSENT, GITLINK
from guard.core.errors import GitError
from guard.core.names import HEADS
from guard.git.ancestry import common_ancestors
from guard.git.compare import diff_trees, list_tree, read_changes, read_listing
from guard.git.isolate import isolated
from guard.git.plumbing import Git, records
from guard.git.repository import Repository, setting

# git-config(1): nothing runs besides the transport or outlives it.
_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "hook.reference-transaction.enabled=false",
    "core.fsmonitor=false",
    "fetch.prune=false",
    "fetch.writeCommitGraph=false",
    "maintenance.auto=false",
    "gc.auto=0",
)
_OPTIONS = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
# git(1): how this user reaches remotes.
_TRANSPORT = ("GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_")
# What keeps a reading git away from every remote.
_CLOSED = ("GIT_ALLOW_PROTOCOL", "GIT_NO_LAZY_FETCH")
_GUARDS_OWN = ("guard.toml", ".guard", ".gitattributes")


def fetch(repository: Repository, refspecs: Sequence[str]) -> None:
    """Fetch `refspecs` (object ids may replace refs) from origin, and all history if shallow.

    Any depth can give a wrong merge base. Raises GitError if git fails, Unreachable if origin does
    not serve.
    """
    whole = ["--unshallow"] if repository.shallow else []
    listed = ["--stdin"] if refspecs else []
    words = ("fetch", *_OPTIONS, *whole, *listed, "--", "origin")
    stdin = "".join(f"{refspec}\n" for refspec in refspecs).encode()
    users_git(repository).run(*words, stdin=stdin)


def fetch_if_there(repository: Repository, refspecs: Sequence[str]) -> bool:
    """Fetch as `fetch` does; tell whether that succeeds."""
    try:
        fetch(repository, refspecs)
    except GitError:
        return False
    return True


def fetch_branches(repository: Repository) -> frozenset[str]:
    """Fetch all branches of origin; give their names. Those that are gone stay as they were here.

    Raises GitError if git fails, Unreachable if origin does not serve.
    """
    listed = users_git(repository).run("ls-remote", "--heads", "--", "origin").text
    refs = [line.partition("\t")[2] for line in listed.split("\n")[:-1]]
    names = [ref.removeprefix(HEADS) for ref in refs]
    fetch(repository, [f"+{HEADS}{name}:refs/remotes/origin/{name}" for name in names])
    return frozenset(names)


def fetch_files(repository: Repository, base: str, head: str) -> None:
    """Fetch the files into a partial clone that a verdict reads.

    These are guard's own on the base, and both sides of every changed file.
    """
    git = repository.git
    wanted = set()
    for record in records(read_listing(list_tree(git, base))):
        mode_and_id, _, path = record.partition("\t")
        if path.partition("/")[0] in _GUARDS_OWN or path.rpartition("/")[2] in _GUARDS_OWN:
            wanted.add(mode_and_id.split(" ")[2])
    for old, new in pairwise((base, *common_ancestors(repository, base, [head]), head)):
        for change in read_changes(diff_trees(git, old, new)):
            sides = (change.old, change.new)
            wanted.update(oid for mode, oid in sides if mode not in (ABSENT, GITLINK))
    lacking = _missing(repository, wanted)
    if lacking:
        fetch(repository, lacking)


def _missing(repository: Repository, oids: Iterable[str]) -> list[str]:
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    # Where a remote has promised an object that is missing, git dies.
    with isolated(repository) as git:
        answer = git.run("cat-file", "--batch-check", "--buffer", stdin=asked)
    lines = answer.out.decode().splitlines()
    return [line.split(" ")[0] for line in lines if line.endswith(" missing")]


def users_git(repository: Repository, *, transports: bool = True) -> Git:
    """Give git with the user's configuration and credentials, without hooks and prompts.

    Without `transports` it stays away from every remote.
    """
    if not transports:
        return Git(repository.git.directory, repository.git.env, _SETTINGS)
    own = {name: value for name, value in os.environ.items() if name.startswith(_TRANSPORT)}
    env = {name: value for name, value in repository.git.env.items() if name not in _CLOSED} | own
    chosen = own.get("GIT_SSH_COMMAND") or own.get("GIT_SSH")
    if not chosen and setting(repository, "core.sshCommand") is None:
        # ssh ignores GIT_TERMINAL_PROMPT.
        env["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    return Git(repository.git.directory, env, _SETTINGS)
