"""HND: is the session's handoff there, whole, current and true?"""

from __future__ import annotations

from collections.abc import Iterator

from guard.core.names import shell_quote, show
from guard.handoffs.content import Emptiness, emptiness
from guard.handoffs.sections import FILES, SECTIONS
from guard.handoffs.values import Handoff, Left
from guard.rules.facts import Facts
from guard.rules.findings import Violation
from guard.rules.listed import listed
from guard.rules.moves import moves

_CHECK = "guard handoff check"
_DRAFT = "guard handoff draft"
_SHOWN = 3  # paths that are named in a message


def missing_handoff(facts: Facts) -> Iterator[Violation]:
    """Is the handoff there?

    A session ends with a handoff: what changed, what is different now, which commands were run, what may break, what is left to do. It
    stands on the branch at the path that `[handoff] file` in guard.toml gives, or in the text of the pull request. One that cannot be read
    (a symbolic link, another encoding than UTF-8, more than 256 KiB), or that is another contract's, is none.

    What to do: `guard handoff draft` writes it from what git and the receipts know; say what is different now, and commit it.
    `required = false` under `[handoff]` in guard.toml lets sessions do without.
    """
    contract = facts.contract
    if not contract:
        return
    left = facts.left
    file = facts.policy.handoff_of(contract.name)
    if left is None:
        if facts.lying:
            words = shell_quote(file)
            yield Violation(
                file,
                "the handoff is not committed",
                f"git add -f {words} && git commit -m 'handoff: {contract.name}' {words}",
            )
            return
        yield Violation(file, f"contract {contract.name} has left no handoff", _DRAFT)
    elif left.handoff is None:
        yield Violation(left.file, f"the handoff {left.trouble}", _DRAFT, line=left.line)
    else:
        whose, line = _whose(facts, left.handoff)
        if whose:
            yield Violation(
                left.file,
                f"this is the handoff of contract {whose}, and the branch works under {contract.name}",
                _DRAFT,
                line=line,
            )


def missing_section(facts: Facts) -> Iterator[Violation]:
    """Does it have all sections?

    Files changed, Behavior changed, Commands run, Known risks, Follow-up work: each once, in any order, under headings of any level or
    bold labels, by these names or the usual other ones (Files, Behaviour, Verification, Risks, Next steps and more). What is quoted, or
    stands in a block of code or in a comment, is no section.

    What to do: add the section. `guard handoff template` shows all of them.
    """
    left, handoff = _both(facts)
    for section in SECTIONS:
        said = handoff.sections.get(section.key)
        if said is None:
            yield Violation(
                left.file,
                f"there is no section {section.title}",
                "guard handoff template",
                line=handoff.last,
            )
            continue
        for again in said.again:
            message = (
                f"the section {section.title} stands here again; it begins on line {said.number}"
            )
            yield Violation(left.file, message, _check(left, again), line=again)


def empty_section(facts: Facts) -> Iterator[Violation]:
    """Does each say something?

    A section says nothing if it is empty, or has only comments, a placeholder (TBD, n/a, an untouched hint, boxes without a tick), or
    a None without a reason. What changed for users is the author's to say, so a draft that was left as guard wrote it says nothing,
    either. `bare_none = true` under `[handoff]` in guard.toml accepts a bare None under Known risks and Follow-up work; where no file
    changed, it will do under Files changed.

    What to do: say it in a line. `None: only comments changed` is enough.
    """
    left, handoff = _both(facts)
    for section in SECTIONS:
        said = handoff.sections.get(section.key)
        nothing = emptiness(said) if said else None
        if nothing and not (
            nothing.kind == "none"
            and (section == FILES or (facts.policy.bare_none and section.may_be_none))
        ):
            yield Violation(
                left.file,
                f"{section.title} {_says(nothing)}",
                _check(left, nothing.number),
                line=nothing.number,
            )


def stale_handoff(facts: Facts) -> Iterator[Violation]:
    """Is it about the latest commit?

    A handoff speaks of one tree: the one that its comment `guard: handoff` names, which `guard handoff draft` writes, or, by hand, that of
    the last commit that touched it. The handoff itself aside, that must be the tree of the tip: whatever changed later it knows nothing
    of. A new message, a rebase or a squash that leaves the files as they are does not make it stale. The text of a pull request
    without such a comment cannot be asked, and the report says so.

    What to do: `guard handoff draft` again keeps what you wrote and refreshes the rest. Read it once more, and commit it.
    """
    left, handoff = _both(facts)
    if left.speaks_of == facts.tree or left.untold:
        return
    line = handoff.mark.number if handoff.mark else handoff.title_line
    if not left.speaks_of:
        yield Violation(
            left.file,
            "its comment names no tree, so whether it is about these files cannot be told",
            _DRAFT,
            line=line,
        )
        return
    since = [path for path in left.since if path]
    named = ", ".join(since[:_SHOWN]) + (
        f" and {len(since) - _SHOWN:,} more" if len(since) > _SHOWN else ""
    )
    changed = f"; since then changed: {named}" if since else ""
    message = f"it speaks of the tree {left.speaks_of[:12]}, and the files are those of {facts.tree[:12]}{changed}"
    yield Violation(left.file, message, _DRAFT, line=line)


def files_mismatch(facts: Facts) -> Iterator[Violation]:
    """Does it list the files that changed?

    Every path that the branch changed is to be listed, of a moved file both names, and nothing else. A path is found in a list item, a
    table, a link, in code or in quotes; a folder stands for all that changed below it, a pattern for what it matches, and the end of a
    path for the one that ends so. The session's handoff and its own first declaration need not be listed. What explains a change,
    behind a colon, a dash or in brackets, is not taken for a path.

    What to do: add what is missing and take out what is not so; `guard handoff draft` does both, and keeps your words.
    """
    left, handoff = _both(facts)
    said = handoff.sections.get(FILES.key)
    nothing = emptiness(said) if said else None
    if said is None or (nothing and nothing.kind != "none"):
        return  # missing-section or empty-section tells it
    found = listed(facts, said)
    for extra in found.extra:
        yield Violation(
            left.file,
            f"Files changed lists {extra.text}, which {extra.why}",
            _check(left, extra.number),
            line=extra.number,
        )
    told = moves(facts.changes) if found.missing else {}
    for path in found.missing:
        yield Violation(
            left.file,
            f"Files changed leaves out {path}{told.get(path, '')}",
            _DRAFT,
            line=said.number,
        )


def _both(facts: Facts) -> tuple[Left, Handoff]:
    """What was left, and the handoff in it; the rules that begin with it are asked only where there is one."""
    left = facts.left or Left("", "")
    return left, left.handoff or Handoff({}, None)


def _whose(facts: Facts, handoff: Handoff) -> tuple[str, int]:
    """The contract that a handoff says it is of, where that is another one, and the line that says so."""
    own = facts.contract.name if facts.contract else ""
    if handoff.mark and handoff.mark.contract not in ("", own):
        return handoff.mark.contract, handoff.mark.number
    others = {contract.name for contract in facts.contracts} - {own}
    return (handoff.title, handoff.title_line) if handoff.title in others else ("", 0)


def _says(nothing: Emptiness) -> str:
    words = " ".join(nothing.words.split())
    words = show(words[:60]) + ("…" if len(words) > 60 else "")
    return {
        "empty": "says nothing",
        "placeholder": f"holds a place and says nothing: {words}",
        "none": f"says {words!r} without a reason",
        "drafted": "is as it was drafted from the commits; say what is different now, in your words",
    }[nothing.kind]


def _check(left: Left, line: int) -> str:
    """What to type once a line of the handoff is mended."""
    check = (
        _CHECK if left.source != "given" or not left.file else f"{_CHECK} {shell_quote(left.file)}"
    )
    return f"{check}   # when line {line} is mended"
