"""Does the author of a section say anything in it? guard's own words do not count."""

from guard.handoffs.content import Emptiness, emptiness
from guard.handoffs.marks import begun, ended, short_sum
from guard.handoffs.sections import COMMANDS, FILES
from guard.handoffs.values import Handoff, Said


def silence(handoff: Handoff, said: Said) -> Emptiness | None:
    """Tell why a section says nothing, as `emptiness` does; guard's own words do not count.

    The kind is `listed` if there is nothing else. Files and commands are facts: there a list is
    enough.
    """
    nothing = emptiness(said)
    if nothing or said.key in (FILES.key, COMMANDS.key):
        return nothing
    own = _own_numbers(handoff, said)
    theirs = tuple(line for line in said.lines if line.number not in own)
    nothing = emptiness(said._replace(lines=theirs)) if own else None
    if nothing and nothing.kind == "empty":
        return Emptiness("listed", min(own))
    return nothing


def _own_numbers(handoff: Handoff, said: Said) -> set[int]:
    """The numbers of the lines that guard wrote into a section and nobody has edited."""
    lines = handoff.text.replace("\r\n", "\n").split("\n")
    own: set[int] = set()
    for first, last in said.spans:
        begin = 0
        for number in range(first, min(last, len(lines)) + 1):
            line = lines[number - 1]
            if begun(line)[0] == said.key:
                begin = number
            sums = ended(line) if begin else None
            if sums is not None:
                inner = range(begin + 1, number)
                own.update(one for one in inner if short_sum(lines[one - 1]) in sums)
                begin = 0
    return own
