"""Puts an author's words into the sections of a drafted handoff.

Words that were put in stand in a block `said`; put in again, they replace what stands there, unless
somebody has edited it.
"""

from collections.abc import Mapping, Sequence

from guard.handoffs.marks import block, blocks, is_as_drafted
from guard.handoffs.parse import parse_handoff
from guard.handoffs.sections import SECTIONS
from guard.handoffs.values import Said

_SAID = "said"
_MARKERS = ("- ", "* ", "+ ", "1. ")
_HINTS = frozenset(f"<!-- {section.hint} -->" for section in SECTIONS)


def filled(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Give a handoff with an author's `words` in the sections of these keys, each text an item.

    The handoff has all these sections. Line ends stay as they were.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    handoff = parse_handoff(text)
    lines = handoff.source
    spoken = [handoff.sections[key] for key, texts in words.items() if texts]
    for said in sorted(spoken, key=lambda said: said.spans[0], reverse=True):
        first, last = said.spans[0]
        after = [""] if last < len(lines) else []
        items = [line for one in words[said.key] for line in _item(one)]
        lines[first:last] = [*_kept(said, lines[first:last]), "", *block(_SAID, items), *after]
    return newline.join(lines) + newline


def _kept(said: Said, body: Sequence[str]) -> list[str]:
    """A section without the draft, its hint and what was put in before, if that is as it was."""
    if is_as_drafted(said.lines, said.comments):
        return []
    kept = [line for line in body if line.strip() not in _HINTS]
    for old in blocks(kept, _SAID, (0, len(kept))):
        kept[old.begin : old.end + 1] = kept[old.begin + 1 : old.end] if old.edited else []
        break
    text = "\n".join(kept).strip("\n")
    return ["", *text.split("\n")] if text else []


def _item(text: str) -> list[str]:
    """A text as an item of a list, unless it is a list."""
    first, *rest = text.strip().splitlines() or [""]
    if first.startswith(_MARKERS):
        return [first, *rest]
    return [f"- {first}", *(f"  {line}" if line.strip() else "" for line in rest)]
