"""MRG003: names that are one name elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from tests.growth import require_proportion
from tests.rules.made import ask, change, facts, named

NAME_COLLISION = named("name-collision")

NFC, NFD = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")


def found(base: list[str], *added: str, deleted: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(path, next) of what is reported when a branch adds paths to a base with others."""
    after = sorted({*base, *added} - set(deleted))
    entries: dict[str, set[str]] = {}
    for path in added:
        parts = path.split("/")
        entries.update({"/".join(parts[:depth]): set() for depth in range(len(parts))})
    for path in after:
        parts = path.split("/")
        for depth, name in enumerate(parts):
            folder = "/".join(parts[:depth])
            if folder in entries:
                entries[folder].add(name)
    changes = (*(change("A", path) for path in added), *(change("D", path) for path in deleted))
    about = facts(
        None,
        changes=changes,
        entries={folder: frozenset(names) for folder, names in entries.items()},
    )
    return [(violation.path, violation.next) for violation in ask(NAME_COLLISION, about)]


@pytest.mark.parametrize(
    ("base", "added"),
    [
        ([], ["a", "b"]),
        (["README"], ["README.md"]),
        (["docs/README"], ["readme"]),
        (["A/x"], ["B/X"]),
        (["a/b"], ["a/c", "a/d/b"]),
        ([NFC], ["e"]),
        (["ß"], ["s"]),
        (["src/a"], ["src/b"]),
        pytest.param(["\udcc9"], ["\udce9"], id="not UTF-8: other bytes are other names"),
        pytest.param(["I"], ["\N{LATIN SMALL LETTER DOTLESS I}"], id="a dotless i is no i"),
    ],
)
def test_names_that_differ_pass(base: list[str], added: list[str]) -> None:
    """Names that stay apart on every machine are nobody's concern."""
    assert found(base, *added) == []


def test_a_rename_of_case_alone_passes() -> None:
    """Where the old spelling goes, the new one collides with nothing."""
    assert found(["README"], "Readme", deleted=("README",)) == []
    assert found(["Docs/a", "Docs/b"], "docs/a", "docs/b", deleted=("Docs/a", "Docs/b")) == []


def test_collisions_that_were_there_before_pass() -> None:
    """A branch that adds a file beside or below names that collided before it is not to blame."""
    assert found(["Docs/a", "docs/a", "x", "X"], "docs/b", "y") == []
    assert found(["Docs/a", "docs/a"], "docs/b", deleted=("docs/a",)) == []


@pytest.mark.parametrize(
    ("base", "added", "other"),
    [
        (["README.md"], "Readme.md", "Readme-2.md"),
        (["a/README"], "a/readme", "a/readme-2"),
        ([".env"], ".Env", ".Env-2"),
        ([NFC + ".txt"], NFD + ".txt", NFD + "-2.txt"),
        ([NFC.upper()], NFD, NFD + "-2"),
        (["straße"], "STRASSE", "STRASSE-2"),
        (["a b"], "A b", "'A b-2'"),
    ],
)
def test_a_file_that_collides(base: list[str], added: str, other: str) -> None:
    """A file whose name exists in another case or Unicode form is reported, with a free name."""
    quoted = f"'{added}'" if " " in added or not added.isascii() else added
    other = f"'{other}'" if not other.isascii() else other
    assert found(base, added) == [(added, f"git mv -- {quoted} {other}")]


def test_a_folder_that_collides() -> None:
    """An added folder is reported once, at its first file, with the existing spelling."""
    assert found(["docs/a"], "Docs/b", "Docs/c/d", "Docs/e") == [
        ("Docs/b", "git mv -- Docs/b docs/b")
    ]


def test_a_file_and_a_folder() -> None:
    """A file and a folder of one name collide, too."""
    assert [path for path, _ in found(["make"], "Make/file")] == ["Make/file"]


def test_both_sides_added() -> None:
    """Of two added names that collide, one is reported; of three, two."""
    assert [path for path, _ in found([], "a/x", "a/X")] == ["a/x"]
    assert [path for path, _ in found([], "abc", "Abc", "ABC")] == ["Abc", "abc"]
    assert [path for path, _ in found(["ABC"], "abc", "Abc")] == ["Abc", "abc"]


def test_a_folder_in_a_colliding_folder() -> None:
    """Below a folder that collides only new collisions are reported."""
    assert found(["docs/x/a"], "Docs/x/b") == [("Docs/x/b", "git mv -- Docs/x/b docs/x/b")]


def test_the_message() -> None:
    """Both names, the folder, the difference and the number of files are reported."""
    changes = tuple(change("A", path) for path in ("a/Docs/x", "a/Docs/y"))
    entries = {"": frozenset("a"), "a": frozenset(("Docs", "docs")), "a/Docs": frozenset("xy")}
    (violation,) = ask(NAME_COLLISION, facts(None, changes=changes, entries=entries))
    assert violation.message.startswith(
        "Docs and docs in a/ differ only by case, and are one name on macOS and Windows"
    )
    assert violation.message.endswith(", here and 1 more added below it")
    entries = {"": frozenset((NFC, NFD))}
    (violation,) = ask(NAME_COLLISION, facts(None, changes=(change("A", NFD),), entries=entries))
    assert (
        violation.message
        == f"{NFD} and {NFC} at the top differ only by Unicode form or case, and are one name on "
        f"macOS and Windows"
    )


def test_a_tree_of_any_depth() -> None:
    """A path with thousands of folders is judged like any other, and in time."""
    deep = "/".join(["d"] * 2000)
    assert [path for path, _ in found(["D"], f"{deep}/a")] == [f"{deep}/a"]


def test_a_large_tree() -> None:
    """What names collide is found in time that grows with the number of added paths."""

    def judged(size: int) -> Callable[[], object]:
        paths = [f"d{number % 97}/f{number}" for number in range(size)]
        names: dict[str, set[str]] = {"": {path.split("/")[0] for path in paths}}
        for path in paths:
            names.setdefault(path.split("/")[0], set()).add(path.split("/")[1])
        entries = {folder: frozenset(below) for folder, below in names.items()}
        about = facts(None, changes=tuple(change("A", path) for path in paths), entries=entries)
        return lambda: ask(NAME_COLLISION, about)

    require_proportion(judged, 20_000)


def test_nothing_gathered() -> None:
    """Without any added path nothing needs to be known about neighbours."""
    assert ask(NAME_COLLISION, facts(None, "a", "b")) == []
    assert ask(NAME_COLLISION, facts(None, changes=(change("A", "a"),))) == []
