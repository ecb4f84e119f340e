"""guard's own `NamedTuple` works as `typing.NamedTuple`, without importing it."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import typing

import pytest

from guard.core.values import NamedTuple
from tests.kit import UNMEASURED


class Place(NamedTuple):
    """A file and a line."""

    file: str
    line: int = 0

    @property
    def text(self) -> str:
        """As people write it."""
        return f"{self.file}:{self.line}"


class Twin(typing.NamedTuple):
    """The same value by the standard library."""

    file: str
    line: int = 0


def test_it_is_built_as_the_standard_one() -> None:
    """Fields, defaults, order, equality and hash are those of the standard class."""
    ours, theirs = Place("a.py"), Twin("a.py")
    assert Place._fields == Twin._fields
    assert Place._field_defaults == Twin._field_defaults
    assert tuple(ours) == tuple(theirs)
    assert (ours._asdict(), hash(ours)) == (theirs._asdict(), hash(theirs))
    assert Place(line=3, file="b.py") == ("b.py", 3)
    assert sorted([Place("b"), Place("a", 2), Place("a", 1)]) == [
        Place("a", 1),
        Place("a", 2),
        Place("b"),
    ]


def test_it_can_be_read_by_a_person() -> None:
    """A failing assertion shows the fields, and the class keeps its name, module and docstring."""
    assert repr(Place("a.py", 3)) == "Place(file='a.py', line=3)"
    assert (Place.__name__, Place.__module__, Place.__doc__) == (
        "Place",
        __name__,
        "A file and a line.",
    )


def test_methods_and_properties_stay() -> None:
    """A value may answer questions about itself."""
    assert Place("a.py", 3).text == "a.py:3"


@pytest.mark.parametrize("name", ["line", "column"])
def test_it_cannot_be_changed(name: str) -> None:
    """Neither a field nor a new attribute can be set."""
    with pytest.raises(AttributeError):
        setattr(Place("a.py"), name, 3)


def test_it_can_be_copied_and_sent() -> None:
    """A value survives replacement of a field, copying and pickling, as parallel work needs."""
    place = Place("a.py")
    assert place._replace(line=9) == Place("a.py", 9)
    assert copy.deepcopy(place) == place == pickle.loads(pickle.dumps(place))


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((), {}),
        (("a.py", 1, 2), {}),
        (("a.py",), {"file": "b.py"}),
        (("a.py",), {"column": 1}),
        ((), {"line": 1}),
    ],
)
@pytest.mark.parametrize("kind", [Place, Twin])
def test_it_refuses_fields_that_do_not_fit(
    kind: typing.Callable[..., object], args: tuple[object, ...], named: dict[str, object]
) -> None:
    """A missing, an extra, an unknown field or one that is given twice is a mistake."""
    with pytest.raises(TypeError):
        kind(*args, **named)


@pytest.mark.parametrize("kind", [Place, Twin])
def test_only_fields_are_replaced(kind: type[Place | Twin]) -> None:
    """A replaced field keeps the others, and an unknown one is a mistake."""
    unknown: dict[str, typing.Any] = {"column": 1}
    assert kind("a.py", 3)._replace(file="b.py") == ("b.py", 3)
    assert kind("a.py", 3)._replace() == ("a.py", 3)
    with pytest.raises(ValueError, match=r"."):
        kind("a.py")._replace(**unknown)


def test_it_can_be_matched() -> None:
    """A pattern takes a value apart by position."""
    match Place("a.py", 3):
        case Place(file, line):
            assert (file, line) == ("a.py", 3)


def test_typing_is_not_imported() -> None:
    """The reason for its existence: a value class costs no import of `typing`."""
    program = (
        "import sys; from guard.core.values import NamedTuple; sys.exit('typing' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-I", "-c", program], check=False, env={**os.environ, **UNMEASURED}
        ).returncode
        == 0
    )
