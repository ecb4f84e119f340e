"""A name made from words, for a session or a branch."""

import re
import unicodedata

from guard.contracts.strings import hold

_LONGEST = 60  # characters
# learn.microsoft.com/windows/win32/fileio/naming-a-file; git for Windows checks out none of them
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


def is_device(name: str) -> bool:
    """Tell whether no file may be called so on Windows, whatever is behind the first dot."""
    return name.partition(".")[0].lower() in _DEVICES


def slug(words: str) -> str:
    """Give a name made from words, "" if they have no letter of ASCII; a name stays as it is.

    Accents and capitals go (Unicode, NFKD); what else a contract's name cannot have is a dash.
    """
    if hold("name", (words,)):
        return words
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9._]+", "-", plain.lower())[:_LONGEST]
    return re.sub(r"\.{2,}", ".", name).strip("-._").removesuffix(".lock")
