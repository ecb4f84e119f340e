"""Fetching what a verdict needs from the remote: the one thing that `guard ci` may write, and only with `--fetch`.

git is started here as its user would start it, with the configuration and credentials that clone the repository, for without them no
private repository can be asked. Nothing that the commits hold takes part: no hook, no submodule, no checkout, and no prompt.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise

from guard.core.errors import GitError
from guard.git.compare import common_ancestors, diff_trees
from guard.git.isolate import isolated
from guard.git.plumbing import Git, require
from guard.git.repository import Repository

REMOTE = "origin"
# git-config(1): nothing is started besides the transport, and nothing that outlives the fetch.
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
_TRANSPORT = (
    "GIT_SSH",
    "GIT_ASKPASS",
    "GIT_SSL_",
    "GIT_HTTP_",
    "GIT_PROXY_",
)  # git(1): how this user reaches remotes
_CLOSED = ("GIT_ALLOW_PROTOCOL", "GIT_NO_LAZY_FETCH")  # what keeps a reader away from every remote
_GUARDS_OWN = ("guard.toml", ".guard", ".gitattributes")


def fetch(repository: Repository, refspecs: Sequence[str]) -> None:
    """Fetch `refspecs` (object ids may stand for refs) from origin, and all history if the clone is shallow. Raises GitError if it fails.

    A shallow clone is made whole, not deeper: any depth can give a wrong merge base, and none says that it did.
    """
    whole = ("--unshallow",) if repository.shallow else ()
    words = ("fetch", *_OPTIONS, *whole, *(["--stdin"] if refspecs else []), "--", REMOTE)
    answer = (
        _door(repository)
        .start(*words, stdin="".join(f"{refspec}\n" for refspec in refspecs).encode())
        .answer()
    )
    try:
        require(answer, words)
    except GitError as error:
        raise GitError(
            error.message,
            hint=f"see what this job may read there, and which branches are: git ls-remote {REMOTE}",
        ) from error


def fetch_if_there(repository: Repository, refspecs: Sequence[str]) -> bool:
    """Fetch as `fetch` does; tell whether the remote has it and gives it."""
    try:
        fetch(repository, refspecs)
    except GitError:
        return False
    return True


def fetch_files(repository: Repository, base: str, head: str) -> None:
    """In a partial clone fetch the files that a verdict looks into: guard's own on the base, and both sides of every changed one."""
    ends = (base, *common_ancestors(repository, base, [head]), head)
    wanted = _guards_own(repository, base) | _changed(repository, ends)
    lacking = _missing(repository, wanted)
    if lacking:
        fetch(repository, lacking)


def _guards_own(repository: Repository, base: str) -> set[str]:
    """The blobs of policy, contracts and attribute files at `base` (git-ls-tree(1))."""
    listed = (
        repository.git.run("ls-tree", "-r", "-z", "--full-tree", base)
        .out.decode("utf-8", "surrogateescape")
        .split("\0")[:-1]
    )
    told = (record.partition("\t") for record in listed)
    return {
        head.split(" ")[2]
        for head, _, path in told
        if path.partition("/")[0] in _GUARDS_OWN or path.rpartition("/")[2] in _GUARDS_OWN
    }


def _changed(repository: Repository, ends: Sequence[str]) -> set[str]:
    """The blobs of both sides of all that differs between one commit and the next (git-diff-tree(1), raw records)."""
    found: set[str] = set()
    for old, new in pairwise(ends):
        records = require(diff_trees(repository.git, old, new).answer(), ("diff-tree",)).out.split(
            b"\0"
        )[:-1:2]
        for record in records:
            old_mode, new_mode, old_oid, new_oid, _ = record[1:].decode().split(" ")
            found |= {
                oid
                for mode, oid in ((old_mode, old_oid), (new_mode, new_oid))
                if mode not in ("000000", "160000")
            }
    return found


def _missing(repository: Repository, oids: Iterable[str]) -> list[str]:
    """Those that are not here. Asked where nobody has promised them: otherwise git dies of the first one (git-cat-file(1), `missing`)."""
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    with isolated(repository) as git:
        answers = (
            git.run("cat-file", "--batch-check", "--buffer", stdin=asked).out.decode().splitlines()
        )
    return [line.split(" ")[0] for line in answers if line.endswith(" missing")]


def _door(repository: Repository) -> Git:
    """git as this user has it set up, asked about this repository."""
    own = {name: value for name, value in os.environ.items() if name.startswith(_TRANSPORT)}
    env = {name: value for name, value in repository.git.env.items() if name not in _CLOSED} | own
    if (
        not own.get("GIT_SSH_COMMAND")
        and not own.get("GIT_SSH")
        and repository.git.run("config", "core.sshCommand", ok=(0, 1)).code
    ):
        env["GIT_SSH_COMMAND"] = (
            "ssh -o BatchMode=yes"  # ssh asks on the terminal, whatever git is told
        )
    return Git(repository.git.directory, env, _SETTINGS)
