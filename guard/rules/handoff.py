"""HND: is the session's handoff there, complete, current and true?"""

from collections.abc import Iterator

from guard.core.names import counted, show
from guard.handoffs.content import Emptiness, emptiness, silence
from guard.handoffs.sections import COMMANDS, FILES, FOLLOW_UP, RISKS, SECTIONS
from guard.handoffs.values import Handoff, Left
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.handed_over import changed_since, is_current, landed
from guard.rules.listed import listed
from guard.rules.moves import moves
from guard.rules.own_change import is_missing_told, required

# Whether it is current, its files and its commands: an account has lines of its own for them.
TOLD_APART = ("HND004", "HND005", "RUN")
_DRAFT = "guard handoff draft"
_SHOWN = 3  # paths that are named in a message


def missing_section(facts: Facts) -> Iterator[Violation]:
    """Does the handoff have all sections?

    Files changed, Behavior changed, Commands run, Known risks, Follow-up work: in any order, under
    headings of any level or labels with a colon. A heading belongs to the section whose word it
    has (file; behavior, summary; command, test, check; risk, limitation; follow-up, next), in
    English, German, French, Spanish, Portuguese, Japanese or Chinese. Headings in quotations,
    blocks of code and comments do not count.

    What to do: add the sections. `guard handoff template` shows all of them.
    """
    left, handoff = _both(facts)
    missing = [section.title for section in SECTIONS if section.key not in handoff.sections]
    if not missing:
        return
    message = f"there is no section {_series(missing, 'or')}"
    read = [
        f"{said.title} (line {said.number}) is read as {section.title}"
        for section in SECTIONS
        if (said := handoff.sections.get(section.key)) and said.title != section.title
    ]
    if read:
        message += f"; {_series(read, 'and')}"
    step = "guard handoff draft   # adds what is missing"
    if not left.file:
        headings = [f"## {title}" for title in missing]
        step = f"write in the text, each with a line below it: {_series(headings, 'and')}"
    yield Violation(left.file, message, step, line=handoff.last)


def in_another_form(facts: Facts) -> bool:
    """Tell whether a text is no handoff yet, but a pull request in its usual form.

    That has Summary and Test plan, or only one of them. One finding says which sections it lacks.
    """
    left, handoff = _both(facts)
    return left.source == "given" and not {FILES.key, RISKS.key, FOLLOW_UP.key} & set(
        handoff.sections
    )


def empty_section(facts: Facts) -> Iterator[Violation]:
    """Does each section say something?

    A section says nothing if it is empty, or has only comments, a placeholder (TBD, n/a, an
    untouched hint, boxes without a tick), or a None without a reason. guard's own words say nothing
    either, except under Files changed and Commands run: only the author knows what changed for
    users, what may break, and what is left to do. `bare_none = true`
    under `[handoff]` in guard.toml accepts a bare None under Known risks and Follow-up work. Where
    no file changed, a bare None is enough under Files changed.

    What to do: say it in a line. `None: only comments changed` is enough.
    """
    left, handoff = _both(facts)
    for section in () if in_another_form(facts) else SECTIONS:
        if section == COMMANDS and required(facts) and is_missing_told(facts):
            continue  # command-missing reports it
        said = handoff.sections.get(section.key)
        nothing = silence(handoff, said) if said else None
        if not nothing:
            continue
        may_be_none = facts.policy.bare_none and section.may_be_none
        if nothing.kind == "none" and (section == FILES or may_be_none):
            continue
        step = f"write below {section.title}: {section.hint}"
        message = f"{section.title} {_says(nothing)}"
        yield Violation(left.file, message, step, line=nothing.number)


def stale_handoff(facts: Facts) -> Iterator[Violation]:
    """Is the handoff about the session's change as it is now?

    A handoff describes a change: the mode and content of every path that the session changed, apart
    from the handoff. Its comment `guard: handoff` names that change; without the comment, it is the
    change at the last commit that touched the handoff. A new message, a squash, a rebase or a merge
    of the base that brings other files leaves it current; where the base changed the same files, it
    is stale. The text of a pull request without such a comment cannot be checked, and the report
    says so.

    What to do: run `guard handoff draft` again. It keeps what you wrote and refreshes the rest.
    Read it, and commit it.
    """
    left, handoff = _both(facts)
    if is_current(facts) is not False:
        return
    line = handoff.mark.number if handoff.mark else handoff.title_line
    since = changed_since(facts)
    if since:
        more = f" and {len(since) - _SHOWN:,} more" if len(since) > _SHOWN else ""
        message = f"it was written before this changed: {', '.join(since[:_SHOWN])}{more}"
    elif left.speaks_of:
        message = "it describes another state of the change than these files are in"
    else:
        message = "nothing tells which change it describes, so it may be about other files"
    yield Violation(left.file, message, _DRAFT, line=line)


def files_mismatch(facts: Facts) -> Iterator[Violation]:
    """Does the handoff list the files that changed?

    Files changed must list every path that the branch changed, both names of a moved file, and
    nothing else. A path comes first in a list item, a cell or a line, in code or bare; git's own
    listings and drawings of trees count, too. What follows the path explains it and is not read. A
    folder covers all that changed below it, a pattern all that it matches; the end of a path stands
    for the whole path. A status of git's (`added`, `deleted`, `R100`) must be that of the diff. The
    session's handoff and its own first declaration need not be listed, and what changed after the
    handoff is stale-handoff's. Listed paths of a session
    that this one was built on may stay once the base has them just so.

    What to do: `guard handoff draft` adds what is missing and keeps your words. Take out what did
    not change, or mark it: `docs/guide.md (unchanged)`.
    """
    left, handoff = _both(facts)
    said = handoff.sections.get(FILES.key)
    nothing = emptiness(said) if said else None
    if said is None or (nothing and nothing.kind != "none"):
        return  # missing-section or empty-section reports it
    found = listed(facts, said)
    is_stale = is_current(facts) is False
    if is_stale and left.speaks_of and not any(found.lines.values()):
        return  # all of it is about another change: stale-handoff reports it
    since = changed_since(facts) if is_stale else []
    told = {*landed(facts), *since}
    missing = tuple(path for path in found.missing if path not in told)
    extras = [one for one in found.extra if one.text not in told]
    is_only = len(extras) == 1
    for extra in extras:
        message = f"Files changed lists {extra.text}, which {extra.why}"
        step = f"take it out of line {extra.number}, or write (unchanged) behind it"
        if extra.why.startswith("is "):
            step = f"correct line {extra.number}: it {extra.why.partition(',')[0]}"
        elif extra.why.startswith("may be"):
            step = f"write the whole path in line {extra.number}"
        elif instead := [path for path in missing if extra.may_mean(path, is_only=is_only)]:
            more = f" and {len(instead) - _SHOWN:,} more" if len(instead) > _SHOWN else ""
            message += f"; {', '.join(map(show, instead[:_SHOWN]))}{more} did, and is left out"
            step = f"write the right path in line {extra.number}"
            missing = tuple(sorted({*missing} - {*instead}))
        yield Violation(left.file, message, step, line=extra.number)
    moved = moves(facts.changes) if missing else {}
    if len(missing) == len(found.lines) > 1 and not found.extra:
        others = counted(len(found.lines) - 1, "other changed path")
        message = f"Files changed leaves out {missing[0]} and {others}: no line begins with one"
        step = _add(left, missing[0])
        yield Violation(left.file, message, step, line=said.number)
        return
    for path in missing:
        message = f"Files changed leaves out {path}{moved.get(path, '')}"
        yield Violation(left.file, message, _add(left, path), line=said.number)


def _add(left: Left, path: str) -> str:
    """A text has no draft: guard says what to write."""
    return _DRAFT if left.file else f"write under Files changed: - `{show(path)}`"


def _series(items: list[str], joint: str) -> str:
    *most, last = items
    return f"{', '.join(most)} {joint} {last}" if most else last


def _both(facts: Facts) -> tuple[Left, Handoff]:
    """`without_handoff` keeps both from being None."""
    left = facts.left or Left("", "")
    return left, left.handoff or Handoff({}, None)


def _says(nothing: Emptiness) -> str:
    words = " ".join(nothing.words.split())
    words = show(words[:60]) + ("…" if len(words) > 60 else "")
    return {
        "empty": "says nothing",
        "placeholder": f"has only a placeholder: {words}",
        "none": f"says {words!r} without a reason",
        "listed": "has only guard's own list; say what there is besides, or None and why",
        "drafted": "is still the draft from the commits; say what is different now, in your words",
    }[nothing.kind]
