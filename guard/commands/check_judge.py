"""What `guard check` does, and its plain words; `check.py` has all of them for Click."""

from __future__ import annotations

from guard.commands.plain import read
from guard.core.errors import GuardError, NotAdopted, UsageError
from guard.core.values import NamedTuple
from guard.git.plumbing import here
from guard.verdict.opening import Opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.rules.between import Beside, Picture
    from guard.rules.facts import Facts
    from guard.rules.findings import Failure
    from guard.rules.report import Report
    from guard.verdict.opening import Sources
    from guard.verdict.reading import Ask

FLAGS = {
    "--staged": "staged",
    "--branch": "branch",
    "--all": "everywhere",
    "--quiet": "quiet",
    "-q": "quiet",
}
VALUES = {
    "--base": "base",
    "--head": "head",
    "--contract": "contract",
    "--format": "form",
    "--output": "file",
    "--report": "also",
}
# What is said is put together after git has compared, and loaded while it does.
_SAYING = ("guard.commands.check_report",)


class Wanted(NamedTuple):
    """The options of one call; None where an option with a value is absent."""

    staged: bool = False
    branch: bool = False
    base: str | None = None
    head: str | None = None
    contract: str | None = None
    everywhere: bool = False
    form: str = "text"
    file: str | None = None
    quiet: bool = False
    also: tuple[str, ...] = ()


def plain(words: Sequence[str]) -> Wanted | None:
    """Read the words after `guard check`, as Click would; None if they are not plain."""
    found = read(words, FLAGS, VALUES, many="also")
    if found is None:
        return None
    if "form" in found:
        from guard.reports.output import FORMATS  # most read the text

        if found["form"] not in FORMATS:
            return None
    return Wanted()._replace(**found)


def run(wanted: Wanted) -> int:
    """Judge, say so, and give the exit status.

    Raises GuardError where no verdict can be reached.
    """
    if wanted.also:
        from guard.reports.output import targets

        targets(wanted.also)  # a mistake is told before anything is judged
    reports, bugs = _judged(wanted)
    between = _between(wanted) if wanted.everywhere else None
    from guard.commands.check_report import say_all, status_between

    say_all(wanted, reports, between)
    for bug in bugs:
        raise bug
    return max(status_between(between), *(report.exit_code for report in reports))


def _judged(wanted: Wanted) -> tuple[Sequence[Report], Sequence[BaseException]]:
    scope = ""
    try:
        scope = _scope(wanted)
        if wanted.everywhere:
            from guard.sessions.all_worktrees import judge_all

            return judge_all(_ask(wanted, scope))
        return [_verdict(wanted, scope)], []
    except GuardError as error:
        from guard.commands.check_report import say_failure
        from guard.verdict.reading import Ask

        say_failure(wanted, _ask(wanted, scope) if scope else Ask(), error)
        raise


def _verdict(wanted: Wanted, scope: str) -> Report:
    git = here()
    opening = Opening(git, staged=scope == "staged", meanwhile=_SAYING)
    opening.load()
    from guard.verdict.verdict import verdict

    ask = _ask(wanted, scope)
    if scope == "worktree":
        ask = ask._replace(beside=_beside)
    report = verdict(git, ask, opening)
    return _from_here(report) if scope == "range" else report


def _from_here(report: Report) -> Report:
    """What is to be done on another branch is done where that is checked out."""
    if not report.findings and not report.notes:
        return report
    from guard.git.repository import open_repository
    from guard.git.worktrees import way_to

    return report.seen_from(way_to(open_repository(here()), report.branch))


def _beside(sources: Sources, facts: Facts) -> Beside:
    """What lies around; whoever works alone does not wait for a comparison."""
    from guard.sessions.between.company import has_company, open_sessions  # git works meanwhile

    if not has_company(sources, facts):
        from guard.rules.between import Beside

        return Beside(open_sessions(sources), pairs=())
    from guard.sessions.between.beside import around_and_between

    return around_and_between(sources, facts)


def _scope(wanted: Wanted) -> str:
    """What is judged. Raises UsageError for options that do not go together."""
    _require_values(wanted)
    scopes = {}
    if wanted.staged:
        scopes["--staged"] = "staged"
    if wanted.branch:
        scopes["--branch"] = "branch"
    if wanted.head is not None:
        scopes["--head"] = "range"
    if len(scopes) > 1:
        raise UsageError(
            f"{' and '.join(scopes)} do not go together",
            hint="choose one: guard check --staged, guard check --branch, "
            "or guard check --base main --head REV",
        )
    if wanted.everywhere and (wanted.head or wanted.contract):
        alone = "--head" if wanted.head else "--contract"
        raise UsageError(
            f"--all judges every worktree by its own contract, so {alone} does not go with it",
            hint="--all goes with --staged, --branch and --base; "
            "for example: guard check --all --branch",
        )
    if wanted.quiet and wanted.form != "text" and not wanted.file:
        hint = f"name a file: guard check --quiet --format {wanted.form} --output FILE"
        raise UsageError(f"--quiet and --format {wanted.form} do not go together", hint=hint)
    return next(iter(scopes.values()), "worktree")


def _ask(wanted: Wanted, scope: str) -> Ask:
    from guard.verdict.reading import Ask

    return Ask(
        scope,
        base=wanted.base or "",
        head=wanted.head or "",
        contract=wanted.contract or "",
    )


def _require_values(wanted: Wanted) -> None:
    """An empty value is usually an unset variable; ignoring it would judge the wrong thing."""
    for option, value in (
        ("--base", wanted.base),
        ("--head", wanted.head),
        ("--contract", wanted.contract),
        ("--output", wanted.file),
    ):
        if value == "":
            hint = f"leave it out or give it a value: guard check {option} VALUE"
            raise UsageError(f"{option} has an empty value", hint=hint)


def _between(wanted: Wanted) -> Picture | Failure | None:
    """What is between the sessions, of their tips with --branch; nobody compares indexes."""
    if wanted.staged:
        return None
    from guard.rules.between import Asked
    from guard.sessions.between.comparing import compare_all
    from guard.sessions.patience import untold

    asked = Asked(committed=wanted.branch, base=wanted.base or "")
    try:
        return compare_all(here(), asked, untold)
    except NotAdopted:  # each worktree says so
        return None
    except GuardError as error:
        from guard.rules.findings import Failure

        return Failure(error.message, error.hint)
