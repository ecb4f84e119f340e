"""What a plan meets, as text for people and as values for JSON."""

from collections.abc import Iterable, Iterator

from guard.core.data import json_path, json_text
from guard.core.names import counted, shell_quote, show
from guard.reports.overlaps import as_values as overlaps_as_values
from guard.reports.overlaps import lines_of
from guard.rules.planned import Barred, Plan, Split, Unmerged, Unowned
from guard.rules.shared import reason

_MOST = 10  # pairs of contracts, and files of a group, that are named


def headline(plan: Plan) -> str:
    """Give a line about what was planned, and on which base."""
    names = show(", ".join(plan.names))
    base = f"{show(plan.compared.ref)} {plan.compared.oid[:12]}"
    return f"{counted(len(plan.names), 'session')} ({names}), on {base}"


def stopping(plan: Plan) -> list[str]:
    """Give a line for all that keeps the sessions from being started."""
    lines = [f"overlap: {line}" for _, line in lines_of(plan.compared)]
    return [*map(show, plan.misfits), *lines]


def telling(plan: Plan) -> list[str]:
    """Give a line for all else that was found, and for what could not be read."""
    return [
        *map(_unowned, plan.unowned),
        *map(_barred, plan.barred),
        *_split(plan),
        *_too_many(plan),
        *(
            f"undecided: {show(file)} cannot be read, and was not compared; guard contract check"
            for file, _ in plan.compared.unreadable
        ),
        *([f"undecided: the history cannot be read: {show(plan.unread)}"] if plan.unread else ()),
    ]


def unmerged_lines(found: Iterable[Unmerged], name: str, edit: str, end: str = "") -> Iterator[str]:
    """Give a note for each shared group that the contract `name` cannot edit, and the next step.

    `edit` begins the command that changes the contract, `end` is its end.
    """
    for one in found:
        more = f" and {counted(len(one.files) - 1, 'more file')}" if len(one.files) > 1 else ""
        merger = f"contract {one.merger} owns" if one.merger else "no contract owns"
        yield (
            f"note: {show(one.files[0])}{more}: shared group {one.group.name}: "
            f"{show(reason(one.group))}; {merger} its merge"
        )
        if one.merger:
            yield f"  next: guard explain --contract {name} {shell_quote(one.files[0])}"
        else:
            yield f"  next: {edit} --merges {shell_quote(one.group.name)}{end}"


def _unowned(one: Unowned) -> str:
    owners = []
    for name, files in one.files.items():
        more = f" and {counted(len(files) - 1, 'more file')}" if len(files) > 1 else ""
        owners.append(f"{name} owns {show(files[0])}{more}")
    return (
        f"without an owner: nobody merges the shared group {one.group.name}, and "
        f'{"; ".join(owners)} of it; add "{one.group.name}" to merges of one contract'
    )


def _barred(one: Barred) -> str:
    return (
        f"merged by another: {one.name} owns {show(one.pattern)}, which the shared group "
        f"{one.group.name} has, and {one.merger} its merge, so {one.name} can change nothing "
        f"there; let {one.name} merge it, or leave the pattern out"
    )


def _split(plan: Plan) -> Iterator[str]:
    """A line for each two contracts, about the files of theirs that meet most often."""
    pairs: dict[tuple[str, ...], list[Split]] = {}
    for one in plan.split:
        pairs.setdefault(tuple(sorted((one.a, one.b))), []).append(one)
    for first, *others in [*pairs.values()][:_MOST]:
        more = f" (and {counted(len(others), 'more pair')} of their files)" if others else ""
        yield (
            f"split: {show(first.path)} ({first.a}) and {show(first.other)} ({first.b}) change "
            f"together: {first.both} of the last {plan.commits} commits changed both, of "
            f"{first.changed} that changed the first{more}; give them to one session, or let one "
            "wait for the other"
        )
    if len(pairs) > _MOST:
        yield f"split: {len(pairs) - _MOST} more pairs of contracts; all: --format json"


def _too_many(plan: Plan) -> Iterator[str]:
    if plan.sessions > plan.limit:
        are = "is" if len(plan.open) == 1 else "are"
        beside = f" ({show(', '.join(plan.open))} {are} open)" if plan.open else ""
        yield (
            f"too many: {plan.sessions} sessions would be at work{beside}; "
            f"guard.toml wants at most {plan.limit}"
        )


def as_values(plan: Plan) -> dict[str, object]:
    """Give all that was found as values for JSON: guard-plan-1."""
    pairs = tuple(one for one, _ in lines_of(plan.compared))
    compared = overlaps_as_values(plan.compared._replace(pairs=pairs))
    return {
        "format": "guard-plan-1",
        "verdict": plan.verdict,
        "base": compared["base"],
        "sessions": list(plan.names),
        "open": list(plan.open),
        "at_work": plan.sessions,
        "limit": plan.limit,
        "mistakes": [json_text(line) for line in plan.misfits],
        "overlaps": compared["pairs"],
        "without_owner": [
            {
                "group": one.group.name,
                "owned": [
                    {"contract": name, "paths": [json_path(path) for path in files[:_MOST]]}
                    for name, files in one.files.items()
                ],
            }
            for one in plan.unowned
        ],
        "merged_by_another": [
            {
                "contract": one.name,
                "pattern": json_text(one.pattern),
                "group": one.group.name,
                "merger": one.merger,
            }
            for one in plan.barred
        ],
        "split": [
            {
                "files": [
                    {"contract": one.a, **json_path(one.path)},
                    {"contract": one.b, **json_path(one.other)},
                ],
                "both": one.both,
                "changed": one.changed,
            }
            for one in plan.split
        ],
        "commits": plan.commits,
        "unreadable": compared["unreadable"],
        "unread": json_text(plan.unread) or None,
    }
