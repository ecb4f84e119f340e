"""`NamedTuple` for hot modules, at a fifth of the price of the standard one.

Importing `typing.NamedTuple` costs a hook 3.5 ms, and each `collections.namedtuple` compiles a
constructor in 0.09 ms (see `bench/`). Type checkers see the standard one.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take a variable of this name for true
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    # The standard one's fields, in C; loading `collections` takes 1 ms.
    from _collections import _tuplegetter

    class _Record:
        """What each record gets a copy of: CPython makes a class faster the fewer bases it has."""

        __slots__ = ()

        def __new__(cls, *args, **named):
            if named or len(args) != len(cls._fields):
                args = _completed(cls, args, named)
            return tuple.__new__(cls, args)

        def __repr__(self):
            fields = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({fields})"

        @classmethod
        def _make(cls, values):
            return tuple.__new__(cls, values)

        def __getnewargs__(self):
            return tuple(self)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **named):
            values = list(self)
            _put(values, self._fields, named)
            return tuple.__new__(type(self), values)

    def _completed(cls, args, named):
        fields, given = cls._fields, len(args)
        values = [*args, *cls._unless_given[given:]]
        try:
            _put(values, fields, named, given)
        except ValueError:  # an unknown field, or one that `args` has
            values = []
        if len(values) != len(fields) or _NOTHING in values[given : cls._required]:
            raise TypeError(f"{cls.__name__} takes {', '.join(fields)}")
        return values

    def _put(values, fields, named, first=0):
        for name, value in named.items():
            values[fields.index(name, first)] = value

    _NOTHING = object()  # stands for a field without a default

    _METHODS = {
        name: vars(_Record)[name]
        for name in "__slots__ __new__ __repr__ _make __getnewargs__ _asdict _replace".split()
    }
    # Of the first field, the second and so on, the same for all records.
    _GETTERS = [_tuplegetter(place, None) for place in range(64)]

    class _Fields(type):
        def __new__(mcs, name, bases, body):
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            body = _METHODS | body
            body |= zip(fields, _GETTERS[: len(fields)], strict=True)
            body["_fields"] = body["__match_args__"] = fields
            body["_field_defaults"] = defaults
            body["_required"] = required = len(fields) - len(defaults)
            body["_unless_given"] = (_NOTHING,) * required + tuple(defaults.values())
            return type(name, (tuple,), body)

    class NamedTuple(metaclass=_Fields):
        """An immutable record of the annotated fields; those with defaults come last."""
