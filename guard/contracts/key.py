"""What a key of a policy or a contract may hold; `model.py` has the table of them."""

from __future__ import annotations

from guard.core.codes import SEVERITIES
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PATTERNS = 10_000  # in one file
_SEVERITIES = tuple(severity.word for severity in reversed(SEVERITIES))


class Key(NamedTuple):
    """What a key, or an element of an array, may hold.

    `kind` is `text`, `flag`, `count`, `word` (one of `words`), `day`, `list` (of strings), `table`
    (with `keys`), `map` (names chosen by the user, each with an `item`) or `tables` (an array of
    tables, each an `item`). `check` names the check of `complaints.py` for the string, each string
    of the list or each name of the map. `least` and `most` bound a number, the characters of a text
    or the elements of a list. At least one of the keys `any_of` of a table must be there and say
    something (not empty, not false). `field` is the field of the value, unless it is named like the
    key; `rule` is the rule whose severity the key sets, `read_by` the code of the only rule that
    reads it.
    """

    kind: str
    doc: str
    example: object = None
    required: bool = False
    default: object = None
    words: tuple[str, ...] = ()
    check: str = ""
    least: int = 0
    most: int = 0
    keys: Mapping[str, Key] = {}
    item: Key | None = None
    any_of: tuple[str, ...] = ()
    field: str = ""
    rule: str = ""
    read_by: str = ""


def text_key(
    doc: str, example: str, check: str = "text", most: int = 4_096, *, required: bool = False
) -> Key:
    """Give a key for one text of at most `most` characters."""
    return Key("text", doc, example, required, check=check, most=most)


def flag_key(doc: str, *, default: bool = False, field: str = "") -> Key:
    """Give a key that is true or false."""
    return Key("flag", doc, example=True, default=default, field=field)


def count_key(doc: str, example: int, default: int, most: int) -> Key:
    """Give a key for a number from 1 to `most`."""
    return Key("count", doc, example, default=default, least=1, most=most)


def word_key(doc: str, example: str, words: tuple[str, ...], field: str = "") -> Key:
    """Give a key for one of some words, by default the first."""
    return Key("word", doc, example, default=words[0], words=words, field=field)


def list_key(
    doc: str,
    example: list[str],
    check: str = "pattern",
    *,
    least: int = 0,
    required: bool = False,
    default: list[str] | None = None,
) -> Key:
    """Give a key for a list of strings, each of which passes `check`."""
    most = {"pattern": MOST_PATTERNS, "name pattern": 100}.get(check, 1_000)
    return Key("list", doc, example, required, default, (), check, least, most)


def severity_key(doc: str, example: str, default: str | None = None, rule: str = "") -> Key:
    """Give a key for a severity, by default that of `rule` itself."""
    return Key("word", doc, example, default=default, words=_SEVERITIES, rule=rule)
