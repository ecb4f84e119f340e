"""What became of an integration, as text and as JSON (`guard-integrate-1`)."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap

from guard.core.data import json_text
from guard.core.names import counted, show
from guard.receipts.receipt import Receipt
from guard.reports.conflicts import patches, paths
from guard.reports.conflicts_json import as_values
from guard.reports.json import finding_table
from guard.reports.plain import as_json
from guard.sessions.integrating.outcome import Integrated, Outcome, Risk

Paint = Callable[[str, str], str]

_COLOURS = {"in": "1;32", "out": "1;31", "next": "36", "note": "36", "unjudged": "33"}
_MOST = 10  # findings of a session that are listed
_WORDS = {"ready": "ready", "integrated": "integrated", "empty": "nothing to do"}


def lines(result: Integrated, *, width: int = 100, colour: bool = False) -> Iterator[str]:
    """Yield the lines for a terminal."""

    def paint(word: str, text: str) -> str:
        return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m" if colour else text

    for line in result.before:
        yield from _wrapped(f"note: {show(line)}", width)
    for one in result.outcomes:
        yield from _session(one, result, paint, width)
    yield from _end(result, paint, width)
    yield from _remaining(result, width)
    yield from _next(result, paint)


def _session(one: Outcome, result: Integrated, paint: Paint, width: int) -> Iterator[str]:
    name = show(one.name)
    if one.is_left_out:
        word = "not judged" if one.word == "unjudged" else "left out"
        mark = paint("unjudged" if one.word == "unjudged" else "out", word)
        why, *more = one.why.split("\n")
        first, *rest = _wrapped(f"{word} {name}: {show(why)}", width)
        yield first.replace(word, mark, 1)
        yield from rest
        yield from (f"  {show(line.strip())}" for line in more)
    else:
        word = _WORDS[one.word]
        first, *rest = _wrapped(f"{word} {name}: {_became(one)}", width)
        yield first.replace(word, paint("in" if one.is_in else "note", word), 1)
        yield from rest
    for finding in one.findings[:_MOST]:
        path = f"{show(finding.path)}: " if finding.path else ""
        label = "warning: " if one.is_in else ""
        text = f"  {label}{path}{finding.code} {finding.name}: {show(finding.message)}"
        yield from _wrapped(text, width)
    if len(one.findings) > _MOST:
        kind = "more warning" if one.is_in else "more error"
        yield f"  and {counted(len(one.findings) - _MOST, kind)}"
    yield from conflict(one, width)
    if one.failed:
        yield from _failure(one, one.failed, result, width)
    for note in one.notes:
        yield from _wrapped(f"  note: {show(note)}", width)
    for number, step in enumerate(one.steps):
        yield f"  {paint('next', 'or' if number else 'next')}: {show(step)}"


def _became(one: Outcome) -> str:
    if one.word == "empty":
        return show(one.why)
    ran = [receipt for receipt in one.receipts if receipt.passed]
    passed = f", {counted(len(ran), 'command')} passed" if ran else ""
    return f"{one.commit[:12]} on {_named(one.onto[-1:])}{passed}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(show, names))


def conflict(one: Outcome, width: int) -> Iterator[str]:
    """Yield the lines about a conflict: where, whose the paths are, both goals, both changes."""
    if not one.places:
        return
    names = (one.together[0], one.name)
    yield from paths(one.places, names, width)
    for path, owners in one.owners.items():
        yield f"  {show(path)} is owned by {show(owners)}"
    for name, goal in one.goals.items():
        yield from _wrapped(f"  {show(name)}: {show(' '.join(goal.split()))}", width)
    for place in one.places:
        yield from patches(place, names)


def _failure(one: Outcome, receipt: Receipt, result: Integrated, width: int) -> Iterator[str]:
    if one.together:
        other = show(one.together[0])
        alone = one.together[0] == result.base
        said = "without any other session" if alone else f"together with {other}"
        onto = f"it was merged onto {_named(one.onto)}"
        yield from _wrapped(f"  it fails {said}; {onto}", width)
    tail = [line for stream in receipt.streams for line in stream.tail.splitlines()]
    yield from (f"    {show(line)}" for line in tail[-20:])


def _end(result: Integrated, paint: Paint, width: int) -> Iterator[str]:
    base = show(result.base)
    done = [one for one in result.outcomes if one.is_in]
    count = counted(len(done), "session")
    moved = f"{result.old[:12]} → {result.new[:12]}"
    if result.end == "moved":
        also = f", and so is {show(result.remote)}/{base}" if result.remote else ""
        said = f"{base} has moved: {count}, {moved}{also}"
    elif result.end == "pushed":
        said = f"pushed to {show(result.remote)}/{base}: {count}, {moved}; {base} here stays"
    elif result.end == "branch":
        also = f", pushed to {show(result.remote)}" if result.remote else ""
        said = f"{count} on the branch {show(result.branch)}{also}; {base} stays at "
        said += result.old[:12]
    elif result.end == "kept-aside":
        said = f"{base} stays at {result.old[:12]}; the result ({count}) is on the branch "
        said += show(result.branch)
    elif result.end == "checked":
        said = f"{count} can be integrated, on {base} {result.old[:12]}; nothing was changed"
        said = said if result.outcomes else f"no session is ahead of {base}"
    else:
        said = f"{base} stays at {result.old[:12]}"
        said = said if result.outcomes else f"no session is ahead of {base}"
    yield from _wrapped(said, width)
    if result.why:
        why, *more = (line.strip() for line in result.why.split("\n"))
        yield from _wrapped(f"  because {show(why)}", width)
        for line in filter(None, more):
            yield from _wrapped(f"    {show(line)}", width)


def _remaining(result: Integrated, width: int) -> Iterator[str]:
    kinds = {
        "known risks": [risk for one in result.outcomes for risk in one.risks],
        "follow-up work": [risk for one in result.outcomes for risk in one.follow_up],
    }
    for title, listed in kinds.items():
        if listed:
            yield f"{title}:"
            for risk in listed:
                yield from _wrapped(f"  {show(risk.session)}: {show(risk.text)}", width)


def _next(result: Integrated, paint: Paint) -> Iterator[str]:
    for number, step in enumerate(_steps(result)):
        yield f"{paint('next', 'or' if number else 'next')}: {show(step)}"


def _steps(result: Integrated) -> list[str]:
    """The commands that lead on, the same for people and programs."""
    steps = list(result.steps)
    if result.end == "checked" and any(one.is_in for one in result.outcomes):
        steps = ["guard integrate"]
    if result.end == "moved":
        steps.append("guard finish --all   # removes what is done")
    if result.end == "moved" and not result.remote:
        steps.append("guard integrate --undo")
    return steps


def _wrapped(text: str, width: int) -> Iterator[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    yield from wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def as_text(result: Integrated) -> str:
    """Give the whole as JSON that ends with a newline."""
    outcomes = result.outcomes
    return as_json(
        {
            "format": "guard-integrate-1",
            "base": json_text(result.base),
            "from": result.old,
            "to": result.new or None,
            "end": result.end,
            "why": json_text(result.why) or None,
            "branch": json_text(result.branch) or None,
            "remote": json_text(result.remote) or None,
            "sessions": [_outcome(one) for one in outcomes],
            "risks": [_risk(risk) for one in outcomes for risk in one.risks],
            "follow_up": [_risk(risk) for one in outcomes for risk in one.follow_up],
            "next": [json_text(step) for step in _steps(result)],
            "before": [json_text(line) for line in result.before],
        }
    )


def _outcome(one: Outcome) -> dict[str, object]:
    return {
        "name": json_text(one.name),
        "branch": json_text(one.branch) or None,
        "worktree": json_text(one.worktree) or None,
        "head": one.head,
        "outcome": one.word,
        "why": json_text(one.why) or None,
        "together": [json_text(name) for name in one.together],
        "onto": [json_text(name) for name in one.onto],
        "commit": one.commit or None,
        "tree": one.tree or None,
        "paths": as_values(one.places),
        "owners": {json_text(path): json_text(names) for path, names in one.owners.items()},
        "goals": {json_text(name): json_text(goal) for name, goal in one.goals.items()},
        "findings": [finding_table(finding) for finding in one.findings],
        "commands": [_command(receipt) for receipt in one.receipts],
        "notes": [json_text(note) for note in one.notes],
        "next": [json_text(step) for step in one.steps],
    }


def _command(receipt: Receipt) -> dict[str, object]:
    return {
        "command": json_text(receipt.line),
        "exit": receipt.exit,
        "duration": receipt.duration,
        "tree": receipt.before,
        "altered": receipt.altered,
        "receipt": receipt.id or None,
        "output": json_text("".join(stream.tail for stream in receipt.streams)),
    }


def _risk(risk: Risk) -> dict[str, object]:
    return {"session": json_text(risk.session), "text": json_text(risk.text)}
