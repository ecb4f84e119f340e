"""Questions to `git cat-file`: in any order, each answer belongs to its question."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from guard.git.objects import Objects, object_id
from guard.git.plumbing import at
from tests.kit import Repo


def test_what_was_asked_ahead_answers_only_that(repo: Repo) -> None:
    """A question that is asked ahead is answered once, and forgotten if another one follows."""
    head = repo.git("rev-parse", "HEAD").strip()
    with closing(Objects(at(str(repo.path)))) as objects:
        objects.ahead("HEAD^{commit}", "refs/heads/none")
        infos = objects.infos("HEAD^{commit}", "refs/heads/none")
        assert [info and info.oid for info in infos] == [head, None]
        objects.ahead("HEAD^{commit}")
        objects.ahead("refs/heads/none", "HEAD^{tree}")
        assert [info and info.oid for info in objects.infos("HEAD^{commit}")] == [head]
        assert [bool(info) for info in objects.infos("refs/heads/none", "HEAD^{tree}")] == [0, 1]
        objects.ahead("refs/heads/none")
        objects.ahead("refs/heads/none", "refs/heads/none")
        objects.ahead(*(f"refs/heads/{number}" for number in range(1000)))  # more than fits
        tree = objects.info("HEAD^{tree}")
        assert tree is not None
        assert (tree.kind, tree.oid) == ("tree", repo.git("rev-parse", "HEAD^{tree}").strip())
        objects.ahead("HEAD^{commit}")
        assert objects.read_ahead(["HEAD^{tree}"]) == [tree.oid]


def test_a_deep_path_is_found(repo: Repo) -> None:
    """A very deep path is found, one with a newline too, and None is given where there is none."""
    paths = ["/".join(f"folder-{number}" for number in range(60)) + "/a", "x\ny/z/b"]
    repo.commit(dict.fromkeys(paths, "text\n"))
    with closing(Objects(at(str(repo.path)))) as objects:
        root = objects.read_ahead(["HEAD^{tree}"])[0]
        blob = object_id("blob", b"text\n", "sha1")
        for path in paths:
            found = objects.look_up(root, path)
            assert found is not None
            assert found.oid == blob
        assert objects.look_up(root, paths[0] + "/b") is None
        assert objects.look_up(root, "folder-0/none/of/these") is None


def test_many_questions_are_answered(repo: Repo) -> None:
    """More questions than fit into a pipe are asked in parts."""
    with closing(Objects(at(str(repo.path)))) as objects:
        found = objects.infos(*["HEAD^{commit}", "refs/heads/" + "n" * 5000] * 300)
    assert [one is None for one in found] == [False, True] * 300


@pytest.mark.parametrize("missing", [(), ("_sha1", "_sha256")])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_ids_are_gits(
    tmp_path: Path,
    repo: Repo,
    object_format: str,
    missing: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An id is git's, also if CPython has no hashes of its own."""
    repo.git("init", "-q", f"--object-format={object_format}", str(tmp_path / "other"))
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    said = repo.git("-C", str(tmp_path / "other"), "hash-object", "--stdin", stdin=b"a\n")
    assert object_id("blob", b"a\n", object_format) == said.strip()
