"""All sessions of a repository in a process of its own: `python -I pairs.py WHAT`, in its folder.

Prints the seconds, and the processor seconds with those of child processes, of what WHAT names,
without the interpreter's start and imports.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from guard.git.isolate import isolated
from guard.git.plumbing import Git, at
from guard.git.repository import Repository, open_repository
from guard.rules.between import Asked, Party
from guard.sessions.between.comparing import compare_parties
from guard.verdict.search import Ref
from guard.verdict.trust import Trust

_TWELVE = 12
_SAMPLE = 50  # single merges that are timed
_MOST = 2_000  # merges of one process that are timed
_OPTIONS = ("merge-tree", "--write-tree", "-z", "--messages")


def main() -> None:
    """Time one of them, with the garbage collector off, as in the program."""
    gc.disable()
    what = sys.argv[1]
    git = at(os.getcwd())
    repository, trust = open_repository(git), _trusted(git)
    names = git.run("for-each-ref", "--format=%(refname:short)", "refs/heads/session-*").text
    parties = []
    heads = git.run("rev-parse", *names.split()).text.split()
    for name, head in zip(names.split(), heads, strict=True):
        parties.append(Party(name, name, "", "", "", head, commit=head))
    if what == "moved":
        _guard(repository, trust, parties)
        head = _moved(git, parties[0].head)
        parties[0] = parties[0]._replace(head=head, commit=head)
    if what == "order":
        parties = parties[:_TWELVE]
    if what in ("first", "order") and os.path.exists("guard/answers"):
        os.unlink("guard/answers")
    if what == "again":
        _guard(repository, trust, parties)
    busy, start = sum(os.times()[:4]), time.perf_counter()
    scale = 1.0
    if what in ("stdin", "single"):
        scale = _merge_all(git, [party.head for party in parties], single=what == "single")
    else:
        _guard(repository, trust, parties, Asked(order=what == "order"))
    taken = time.perf_counter() - start
    sys.stdout.write(f"{taken * scale} {(sum(os.times()[:4]) - busy) * scale}\n")


def _moved(git: Git, head: str) -> str:
    """Commit one more change on a head, as another each time: nothing knows it yet."""
    path = git.run("ls-tree", "-r", "--name-only", head).text.split("\n")[0]
    content = f"{time.time_ns()}\n".encode()
    stream = (
        b"commit refs/made/moved\nmark :1\ncommitter x <x@example.com> 1767323046 +0000\n"
        b"data 1\nx\nfrom %b\nM 100644 inline %b\ndata %d\n%b\nget-mark :1\n"
    ) % (head.encode(), path.encode(), len(content), content)
    return git.run("fast-import", "--quiet", "--force", stdin=stream).text.strip()


def _trusted(git: Git) -> Trust:
    base = git.run("rev-parse", "main").text.strip()
    tree = git.run("rev-parse", "main^{tree}").text.strip()
    return Trust(base=Ref("main", "main", base), tree=tree)


def _guard(
    repository: Repository, trust: Trust, parties: list[Party], asked: Asked | None = None
) -> None:
    with isolated(repository) as apart:
        compare_parties(repository, apart, trust, parties, asked or Asked(), _untold)


def _merge_all(git: Git, heads: list[str], *, single: bool) -> float:
    pairs = [(one, other) for at, one in enumerate(heads) for other in heads[at + 1 :]]
    some = pairs[:: max(1, len(pairs) // (_SAMPLE if single else _MOST))]
    with isolated(open_repository(git)) as apart:
        if single:
            for one, other in some:
                apart.run(*_OPTIONS, one, other, ok=(0, 1))
        else:
            stdin = "".join(f"{one} {other}\n" for one, other in some).encode()
            apart.run(*_OPTIONS, "--stdin", stdin=stdin)
    return len(pairs) / len(some)


def _untold(what: str, done: int, total: int) -> None:
    """Hear of no progress."""


if __name__ == "__main__":
    main()
