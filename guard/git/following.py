"""The files of a checkout whose branch moves: what is there already, and what was half done.

git makes no transaction of a fast-forward: where it cannot go on, what it has written stays.
"""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress

from guard.git.plumbing import Git, as_records, records
from guard.git.repository import Repository


def modified_in(git: Git) -> set[str]:
    """The files that differ from the index, or that it cannot tell."""
    return set(records(git.run("diff-files", "--name-only", "-z").out))


def already_there(
    git: Git, here: Repository, fields: Sequence[str], modified: Collection[str]
) -> tuple[bytes, bytes]:
    """Files in the working tree that have the content that comes, while the index has the old one.

    `fields` are what differs (`git diff-tree -z`), `modified` the files that the index has not.
    Gives their entries for the index as they come, and as they were (`git update-index
    --index-info`: mode 0 removes). git-read-tree(1), two trees: an entry like the second's stays.
    """
    coming, before = list[str](), list[str]()
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, mode, old_oid, oid, letter = meta.removeprefix(":").split(" ")
        if letter not in ("A", "M") or (letter == "M" and path not in modified):
            continue
        there = os.path.join(here.top, path)
        if not os.path.isfile(there) or os.path.islink(there):
            continue
        staged = git.run("ls-files", "-s", "--", path).text.partition("\t")[0]
        was = f"{old_mode} {old_oid} 0" if old_oid != here.zero else ""
        hashed = git.run("hash-object", f"--path={path}", "--", path).text.strip()
        if staged == was and hashed == oid:
            coming.append(f"{mode} {oid}\t{path}")
            before.append(f"{old_mode if was else 0} {old_oid}\t{path}")
    return as_records(coming), as_records(before)


def put_back(
    git: Git, here: Repository, commit: str, paths: Sequence[str], absent: Collection[str]
) -> None:
    """Let the files `paths` be as the index has them again, as they were; `absent` ones go.

    Only what git has written of `commit` is taken back, for others may have written meanwhile.
    """
    modified = modified_in(git)
    changed = [path for path in paths if path in modified or path in absent]
    half_done = [path for path in changed if _is_of(git, here, commit, path)]
    for path in half_done:  # first of all, to make room
        with suppress(OSError):
            os.unlink(os.path.join(here.top, path))
            os.removedirs(os.path.dirname(os.path.join(here.top, path)))
    lost = as_records(path for path in half_done if path not in absent)
    git.start("checkout-index", "-f", "-z", "--stdin", stdin=lost).answer()


def _is_of(git: Git, here: Repository, commit: str, path: str) -> bool:
    """Whether a file is gone, or has the beginning of what a commit has there."""
    there = os.path.join(here.top, path)
    try:
        if os.path.islink(there):
            content = os.fsencode(os.readlink(there))
        else:
            with open(there, "rb") as file:
                content = file.read()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return git.start("cat-file", "--filters", f"{commit}:{path}").answer().out.startswith(content)
