"""Puts reports into their format, and into files."""

import datetime
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from guard.core.errors import UsageError
from guard.core.names import shell_quote
from guard.core.writing import write_whole
from guard.reports.for_others import for_others
from guard.rules.between import Picture
from guard.rules.findings import Failure
from guard.rules.report import Report


class _Format(NamedTuple):
    """A module of this room; `render_all` gives several reports.

    If a single report looks different (`alone`), `render` gives it. Both take the `options`.
    """

    options: tuple[str, ...] = ()
    alone: bool = False


FORMATS = {
    "text": _Format(("colour",), alone=True),
    "json": _Format(alone=True),
    "sarif": _Format(),
    "github": _Format(("headed",)),
    "gitlab": _Format(),
    "junit": _Format(("at",)),
    "markdown": _Format(alone=True),
    "rdjson": _Format(),
    "checkstyle": _Format(),
    "outputs": _Format(),
}
_FOR_PROGRAMS = ("json", "outputs")
_DEVICES = ("/dev/", "/proc/")


class Target(NamedTuple):
    """A format, and the file that gets it; `-` is standard output."""

    form: str
    file: str


def rendered(
    form: str,
    reports: Sequence[Report],
    *,
    together: bool,
    colour: bool = False,
    headed: bool = False,
    others: bool = False,
    between: Picture | Failure | None = None,
) -> str:
    """Give the reports in one of `FORMATS`: the only one there is, or all `together`.

    `colour` is for text alone. `headed` is for annotations: the text above them has the headlines.
    `others` will read it, who did not start guard; programs get the same as ever. What is `between`
    the sessions is told whole by text and JSON. Of all reports together the other formats have its
    findings and, as a note, that there are conflicts; and always why it is not known.
    """
    if others and form not in _FOR_PROGRAMS:
        reports = [for_others(report) for report in reports]
    if isinstance(between, Failure) and form not in ("text", "json"):
        why = f"could not judge what is between the sessions: {between.message}"
        note = (why, between.hint or "guard ci --siblings")
        reports = [report._replace(notes=(*report.notes, note)) for report in reports]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    known = {"colour": colour, "headed": headed, "at": now}
    options = {name: known[name] for name in FORMATS[form].options}
    module = import_module(f"guard.reports.{form}")
    told = import_module("guard.reports.between") if between else None  # others do not wait for it
    if told and together and isinstance(between, Picture) and form not in ("text", "json"):
        reports = told.in_reports(reports, between)
    if form == "json" and told:
        return str(module.render_all(reports, between=told.as_json(between)))
    alone = FORMATS[form].alone and not together
    text = str(
        module.render(reports[0], **options) if alone else module.render_all(reports, **options)
    )
    if form != "text" or not told:
        return text
    return f"{text}\n{told.as_text(between, colour=colour)}"


def targets(words: Sequence[str]) -> list[Target]:
    """Read the values of `--report`, FORMAT=FILE each.

    Raises UsageError for an unknown format, no file, or one file twice.
    """
    found: list[Target] = []
    for word in words:
        form, _, file = word.partition("=")
        if form not in FORMATS or not file:
            *others, last = FORMATS
            raise UsageError(
                f"--report {word!r} is not FORMAT=FILE",
                hint="write for example --report sarif=guard.sarif; "
                f"FORMAT is {', '.join(others)} or {last}",
            )
        known = [os.path.abspath(other.file) for other in found if other.file != "-"]
        if file != "-" and os.path.abspath(file) in known:
            hint = "name another file for one of them"
            raise UsageError(f"--report names {file} twice", hint=hint)
        found.append(Target(form, file))
    return found


def write_reports(
    wanted: Sequence[Target],
    reports: Sequence[Report],
    say: Callable[[str], None],
    *,
    together: bool = False,
    headed: bool = False,
    others: bool = False,
    between: Picture | Failure | None = None,
) -> None:
    """Write each report to its file, whole or not at all; `say` writes to standard output.

    `headed`: standard output has the text already; `others`: see `rendered`. Raises UsageError if a
    report cannot be written, after the others are.
    """
    failures: list[UsageError] = []
    for form, file in wanted:
        is_said = file == "-"
        above = headed and is_said
        text = rendered(
            form, reports, together=together, headed=above, others=others, between=between
        )
        try:
            if is_said:
                say(text)
            else:
                _require_no_link(file)
                write_file(file, text)
        except UsageError as error:
            failures.append(error)
    for failure in failures:
        raise failure


def wants_colour(env: Mapping[str, str], *, terminal: bool) -> bool:
    """Tell whether to write ANSI colours.

    `NO_COLOR` says no, `FORCE_COLOR` and `CLICOLOR_FORCE` say yes, then `CLICOLOR` and the terminal
    decide (no-color.org, force-color.org, bixense.com/clicolors). An empty variable says nothing;
    `0` in the last three says no.
    """
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    refused = env.get("CLICOLOR") == "0" or env.get("FORCE_COLOR") == "0"
    return terminal and not refused and env.get("TERM") != "dumb"


def write_file(path: str, text: str, example: str = "--output report.json") -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all; `example` is the option that names it.

    A symlink is replaced, not followed: it may come from the branch under judgement. Devices and
    pipes are written to. Raises UsageError if `path` cannot be written.
    """
    if not path or os.path.isdir(path):
        option = example.partition(" ")[0]
        raise UsageError(f"{option} {path!r} is not a file", hint=f"name a file: {example}")
    try:
        if _is_device(path):
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        else:
            write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        folder = os.path.dirname(path)
        hint = "choose another file, or redirect standard output"
        if folder and not os.path.lexists(folder):
            hint = f"mkdir -p {shell_quote(folder)}"
        raise UsageError(f"cannot write {path}: {error.strerror}", hint=hint) from error


def _is_device(path: str) -> bool:
    if os.path.abspath(path).startswith(_DEVICES):
        return True
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISLNK(mode)


def _require_no_link(file: str) -> None:
    """A relative path through a symbolic link may come from the branch."""
    folder = "" if os.path.isabs(file) else os.path.dirname(file)
    while folder:
        if os.path.islink(folder):
            raise UsageError(
                f"--report {file} leads through the symbolic link {folder}",
                hint="give the absolute path of the folder itself",
            )
        folder = os.path.dirname(folder)
