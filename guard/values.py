"""The one base of all values: `NamedTuple`, without the price of importing `typing`.

`typing.NamedTuple` builds its classes with `collections.namedtuple`; so does this one. Importing `typing` costs a hook about
3.5 ms of the 20 it has (see `bench/`), for nothing that is used at run time. Type checkers see the real thing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take any variable of this name for true
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    class _Fields(type):
        """Turns a class body with annotations into a named tuple, as `typing.NamedTuple` does."""

        def __new__(mcs, name, bases, body):
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = list(body.get("__annotations__", {}))
            made = namedtuple(name, fields, module=body["__module__"], defaults=[body[field] for field in fields if field in body])
            for key in body.keys() - fields - {"__module__"}:
                setattr(made, key, body[key])
            return made

    class NamedTuple(metaclass=_Fields):
        """An immutable record whose fields are the annotations of the class body; fields with defaults come last."""
