"""A receipt: the record of a command that ran, and what it proves. `sealed` has it as JSON."""

import re
from collections.abc import Callable, Sequence
from shlex import join
from typing import NamedTuple

from guard.receipts.results import Result, said
from guard.receipts.words import shell_line

MASK = "***"
MOST_CHANGED = 20  # changed paths that a receipt lists
# User and password precede an @ (RFC 3986, section 3.2.1); the scheme of a login and the rest
# follow the name of the header (RFC 9110, section 11.6.2).
_AUTHORITY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)([^\s/]+)@", re.IGNORECASE)
_LOGIN = re.compile(r"(\bauthorization[\"']?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE)
_NAMED = re.compile(r"((?<![\w-])-{0,2}[A-Za-z][\w-]*)([\"']?\s*(?:=>|[:=])\s*[\"']?)([^\s\"',;]+)")


class Stream(NamedTuple):
    """The output of a command on one stream: its name, size in bytes, SHA-256 and end.

    `name` is `output` or `errors`; `output` also has the errors if both went to one place.
    `results` are the summaries of test runners in the whole of it, `built` is what a build tool
    says.
    """

    name: str
    size: int
    sha256: str
    tail: str
    results: tuple[Result, ...] = ()
    built: str = ""


class Receipt(NamedTuple):
    """A command that ran.

    `argv` are its words, with secrets masked. `directory` is relative to the top of the working
    tree, "" for the top. `exit` is 0 to 255, 128 + n after signal n. `started` is UTC as ISO 8601,
    `duration` seconds. `before` and `after` are trees: the working tree as git would commit it,
    without the session's handoff; "" if unknown. `changed` lists at most `MOST_CHANGED` paths that
    differ between them, with git's letter; `altered` counts those that existed before. `change` is
    the fingerprint of the session's change before, "" if unknown. `command` is a keyed digest of
    the real words. `origin` is `run`, or `rerun` if guard ran it again. `id` names the receipt;
    `sound` tells that its seal is intact.
    """

    argv: tuple[str, ...]
    directory: str
    branch: str
    contract: str
    exit: int
    started: str
    duration: float
    before: str
    after: str
    changed: tuple[tuple[str, str], ...]
    altered: int
    streams: tuple[Stream, ...]
    command: str
    change: str = ""
    origin: str = "run"
    id: str = ""
    sound: bool = True

    @property
    def passed(self) -> bool:
        """Whether the exit status is 0."""
        return self.exit == 0

    @property
    def took(self) -> str:
        """The duration for people."""
        return f"{self.duration:.2f} s" if self.duration < 1 else f"{self.duration:.1f} s"

    @property
    def printed(self) -> str:
        """The result that runners printed, added up; "" if none is known."""
        results = [result for stream in self.streams for result in stream.results]
        return said(results, next((one.built for one in self.streams if one.built), ""))

    @property
    def line(self) -> str:
        """The command as people type it."""
        return shell_line(self.argv) or join(self.argv)


PROVED = ("verified", "earlier")  # kinds of `Proof`


class Proof(NamedTuple):
    """What receipts prove of a command, and the receipt that shows it.

    `kind` is `verified` (it passed on this tree and left it alone), `earlier` (it did so with the
    same change, on another state of the base), `failed` (its last run on this tree failed),
    `altered` (it passed, but changed files of the tree), `below` (it ran in a folder below the
    top), `elsewhere` (it ran on another tree), `edited` (no receipt has an intact seal) or `none`.
    """

    kind: str
    receipt: Receipt | None = None


def proof(receipts: Sequence[Receipt], tree: str, change: str) -> Proof:
    """Tell what the receipts of one command prove about `tree`, which is without the handoff.

    `change` is the fingerprint of the session's change, "" if unknown.
    """
    if not receipts:
        return Proof("none")
    sound = [receipt for receipt in receipts if receipt.sound]
    sound.sort(key=lambda receipt: receipt.started)
    if not sound:
        return Proof("edited", receipts[-1])
    here = [receipt for receipt in sound if tree and receipt.before == tree]
    if here:
        return _shown(here)
    before = [receipt for receipt in sound if change and receipt.change == change]
    shown = _shown(before) if before else Proof("elsewhere")
    if shown.kind == "verified":
        return shown._replace(kind="earlier")
    return Proof("elsewhere", sound[-1])


def _shown(receipts: Sequence[Receipt]) -> Proof:
    """What receipts of one command on the same files show, the latest last."""
    at_top = [receipt for receipt in receipts if not receipt.directory]
    if not at_top:
        return Proof("below", receipts[-1])
    if not at_top[-1].passed:
        return Proof("failed", at_top[-1])
    for receipt in reversed(at_top):
        if receipt.passed and receipt.after and not receipt.altered:
            return Proof("verified", receipt)
    return Proof("altered", at_top[-1])


def masked(
    argv: Sequence[str], is_secret: Callable[[str], bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the words of a command with its secrets masked, and the secrets.

    `is_secret` tells whether the option or variable of a name, without dashes, has a secret value.
    The password of a URL is one, too.
    """
    shown: list[str] = []
    secrets: list[str] = []
    follows = False
    for word in argv:
        name, equals, _ = word.partition("=")
        if follows and not word.startswith("-"):
            text, found = MASK, [word] if word else []
        elif " " in word.strip():  # a line for a shell, or another text with words
            inner, hidden = masked(word.split(" "), is_secret)
            text, found = " ".join(inner), list(hidden)
        else:
            text, found = _masked_word(word, is_secret)
        follows = not equals and word.startswith("-") and is_secret(name.lstrip("-"))
        shown.append(text)
        secrets += found
    return tuple(shown), tuple(secrets)


def _masked_word(word: str, is_secret: Callable[[str], bool]) -> tuple[str, list[str]]:
    name, equals, value = word.partition("=")
    if equals and value and is_secret(name.lstrip("-")):
        return f"{name}={MASK}", [value]
    return _AUTHORITY.sub(rf"\1{MASK}@", word), [found[1] for found in _AUTHORITY.findall(word)]


def masked_text(text: str, secrets: Sequence[str], is_secret: Callable[[str], bool]) -> str:
    """Give a command's output without `secrets`, and without what it names as one.

    That is what follows the name of a secret (`password: …`, `"token": …`, `--api-key=…`), the
    login in an Authorization header, and the password of a URL.
    """
    for secret in secrets:
        if len(secret) > 2:
            text = text.replace(secret, MASK)
    text = _LOGIN.sub(rf"\1{MASK}", _AUTHORITY.sub(rf"\1{MASK}@", text))
    return _NAMED.sub(lambda found: _hidden(found, is_secret), text)


def _hidden(found: re.Match[str], is_secret: Callable[[str], bool]) -> str:
    name, between, value = found.groups()
    return f"{name}{between}{MASK}" if is_secret(name.lstrip("-")) else f"{name}{between}{value}"
