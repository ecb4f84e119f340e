"""HND: is the session's handoff there, complete, current and true?"""

from collections.abc import Iterator

from guard.core.names import shell_quote, show
from guard.handoffs.content import Emptiness, emptiness
from guard.handoffs.sections import FILES, SECTIONS
from guard.handoffs.silence import silence
from guard.handoffs.values import Handoff, Left
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.listed import listed
from guard.rules.moves import moves
from guard.rules.own_change import changed_since, is_current

# Whether it is current, its files and its commands: an account has lines of its own for them.
TOLD_APART = ("HND004", "HND005", "RUN")
_DRAFT = "guard handoff draft"
_SHOWN = 3  # paths that are named in a message


def missing_section(facts: Facts) -> Iterator[Violation]:
    """Does the handoff have all sections?

    Files changed, Behavior changed, Commands run, Known risks, Follow-up work: each once, in any
    order, under headings of any level or bold labels, by these names or other usual ones (Files,
    Behaviour, Verification, Risks, Next steps and more). Headings in quotations, blocks of code and
    comments do not count.

    What to do: add the section. `guard handoff template` shows all of them.
    """
    left, handoff = _both(facts)
    for section in SECTIONS:
        said = handoff.sections.get(section.key)
        if said is None:
            message, step = f"there is no section {section.title}", "guard handoff template"
            yield Violation(left.file, message, step, line=handoff.last)
            continue
        for again in said.again:
            message = (
                f"the section {section.title} appears here again; it begins on line {said.number}"
            )
            yield Violation(left.file, message, _check(left, again), line=again)


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
    for section in SECTIONS:
        said = handoff.sections.get(section.key)
        nothing = silence(handoff, said) if said else None
        if not nothing:
            continue
        may_be_none = facts.policy.bare_none and section.may_be_none
        if nothing.kind == "none" and (section == FILES or may_be_none):
            continue
        step = _check(left, nothing.number)
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
    nothing else. A path may be in a list item, a table, a link, in code or in quotes. A folder
    covers all that changed below it, a pattern all that it matches; the end of a path stands for
    the whole path. The session's handoff and its own first declaration need not be listed. An
    explanation, after a colon, a dash or in brackets, is not taken for a path.

    What to do: `guard handoff draft` adds what is missing, removes what is wrong, and keeps your
    words.
    """
    left, handoff = _both(facts)
    said = handoff.sections.get(FILES.key)
    nothing = emptiness(said) if said else None
    if said is None or (nothing and nothing.kind != "none"):
        return  # missing-section or empty-section reports it
    found = listed(facts, said)
    for extra in found.extra:
        message = f"Files changed lists {extra.text}, which {extra.why}"
        yield Violation(left.file, message, _check(left, extra.number), line=extra.number)
    moved = moves(facts.changes) if found.missing else {}
    for path in found.missing:
        message = f"Files changed leaves out {path}{moved.get(path, '')}"
        yield Violation(left.file, message, _DRAFT, line=said.number)


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


def _check(left: Left, line: int) -> str:
    file = f" {shell_quote(left.file)}" if left.source == "given" and left.file else ""
    return f"guard handoff check{file}   # once line {line} is corrected"
