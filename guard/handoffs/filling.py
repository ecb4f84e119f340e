"""Puts an author's words into the sections of a drafted handoff.

Words that were put in stand between `guard: begin said` and `guard: end`; put in again, they
replace what stands there, unless somebody has edited it.
"""

from collections.abc import Mapping, Sequence

from guard.handoffs.draft import block
from guard.handoffs.marks import begun, checksum, ended, is_as_drafted
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
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    sections = parse_handoff(text).sections
    spoken = [sections[key] for key, texts in words.items() if texts]
    for said in sorted(spoken, key=lambda said: said.spans[0], reverse=True):
        first, last = said.spans[0][0], min(said.spans[0][1], len(lines))
        kept = _kept(said, lines[first:last])
        items = [line for one in words[said.key] for line in _item(one)]
        new = ["", *kept, *([""] if kept else []), *block(_SAID, items).split("\n")]
        lines[first:last] = [*new, *([""] if last < len(lines) else [])]
    return newline.join(lines) + newline


def _kept(said: Said, body: Sequence[str]) -> list[str]:
    """A section without the draft, its hint and what was put in before, if that is as it was."""
    if is_as_drafted(said.lines, said.comments):
        return []
    kept = [line for line in body if line.strip() not in _HINTS]
    begin = next((at for at, line in enumerate(kept) if begun(line)[0] == _SAID), -1)
    rest = range(begin + 1, len(kept)) if begin >= 0 else range(0)
    end = next((at for at in rest if ended(kept[at]) is not None), -1)
    if end >= 0:
        inner = kept[begin + 1 : end]
        as_it_was = checksum("\n".join(inner)) == begun(kept[begin])[1]
        kept[begin : end + 1] = [] if as_it_was else inner
    while kept and not kept[-1].strip():
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return kept


def _item(text: str) -> list[str]:
    """A text as an item of a list, unless it is a list."""
    first, *rest = text.strip().splitlines() or [""]
    if first.startswith(_MARKERS):
        return [first, *rest]
    return [f"- {first}", *(f"  {line}" if line.strip() else "" for line in rest)]
