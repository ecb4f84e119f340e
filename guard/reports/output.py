"""Where a report goes: into the format that was asked for, and into a file that is whole or not there."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from importlib import import_module

from guard.core.errors import UsageError
from guard.core.files import write_whole
from guard.core.names import shell_quote
from guard.rules.findings import Report

# A module of guard/reports each.
FORMATS = (
    "text",
    "json",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "markdown",
    "rdjson",
    "checkstyle",
    "outputs",
)
_DEVICES = ("/dev/", "/proc/")


def rendered(
    form: str,
    reports: Sequence[Report],
    *,
    together: bool,
    colour: bool = False,
    headed: bool = False,
) -> str:
    """Give the reports in one of `FORMATS`: the only one there is, or all `together`.

    Only text takes notice of `colour`, and only annotations of `headed`: they stand below the text, whose headline would say it twice.
    """
    renderer = import_module(f"guard.reports.{form}")
    options = (
        {"colour": colour}
        if form == "text"
        else {"headed": headed}
        if form == "github"
        else _options(form)
    )
    text: str = (
        renderer.render_all(reports, **options)
        if together
        else renderer.render(reports[0], **options)
    )
    return text


def _options(form: str) -> dict[str, object]:
    """What some formats want to know that no report holds: what the rules ask, and what time it is."""
    if form == "sarif":
        from guard.rules import RULES

        return {"texts": {rule.code: rule.text for rule in RULES}}
    if form == "junit":
        import datetime

        return {"at": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")}
    return {}


def wants_colour(env: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to write ANSI colours: `NO_COLOR` says no, `FORCE_COLOR` and `CLICOLOR_FORCE` say yes, then `CLICOLOR` and the terminal.

    Sources: no-color.org, force-color.org, bixense.com/clicolors. An empty variable says nothing; `0` in the last three says no.
    """
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return (
        terminal
        and env.get("CLICOLOR") != "0"
        and env.get("FORCE_COLOR") != "0"
        and env.get("TERM") != "dumb"
    )


def write_file(path: str, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all: a temporary file beside it takes its place when it is complete.

    A symlink is replaced, not followed: it may come from the branch under judgement. Devices and pipes are written to as they are.
    Raises UsageError where that cannot be done.
    """
    if not path or os.path.isdir(path):
        raise UsageError(
            f"--output {path!r} is not a file", hint="name a file: --output report.json"
        )
    try:
        if _is_device(path):
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        else:
            write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        folder = os.path.dirname(path)
        absent = folder and not os.path.lexists(folder)
        hint = (
            f"mkdir -p {shell_quote(folder)}"
            if absent
            else "choose another file, or redirect standard output"
        )
        raise UsageError(f"cannot write {path}: {error.strerror}", hint=hint) from error


def _is_device(path: str) -> bool:
    if os.path.abspath(path).startswith(_DEVICES):
        return True
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISLNK(mode)
