"""The fingerprint of a change, compared with what git and sha256sum say."""

from __future__ import annotations

import hashlib

from guard.changes.fingerprint import fingerprint
from guard.git.plumbing import at
from guard.verdict.effect import states_at
from tests.kit import Repo


def test_it_is_the_digest_of_gits_own_listing(empty: Repo) -> None:
    """Anybody can compute it: SHA-256 of `git ls-tree -z` without the types, with odd names."""
    empty.write({"a b.txt": "1\n", "ä/\udcff\n.txt": "2\n", "run.sh": "3\n"})
    (empty.path / "run.sh").chmod(0o755)
    empty.commit()
    listed = empty.git("ls-tree", "-r", "-z", "HEAD").encode("utf-8", "surrogateescape")
    paths = empty.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]
    lines = listed.replace(b" blob ", b" ")
    states = states_at(at(str(empty.path)), "HEAD", paths)
    assert fingerprint(states) == hashlib.sha256(lines).hexdigest()[:40]


def test_every_part_counts() -> None:
    """Another path, mode or content is another change; the order of the paths is not."""
    one, two = ("100644", "1" * 40), ("100644", "2" * 40)
    states = {"a": one, "b": two}
    assert fingerprint(states) == fingerprint({"b": two, "a": one})
    others = [{"a": one}, {"a": one, "c": two}, {"a": two, "b": two}, {}]
    others += [{"a": ("100755", "1" * 40), "b": two}]
    assert len({fingerprint(other) for other in (states, *others)}) == 6
