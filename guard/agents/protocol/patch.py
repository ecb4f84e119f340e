"""The patches that agents write: `*** Update File: PATH` and the like, each with its hunks.

The form is that of Codex's apply_patch tool (openai/codex, codex-rs/apply-patch, parser.rs and its
grammar), which others took over. Each line of a hunk begins with a blank, `+`, `-` or `@@`, so
content cannot look like a header. Outside of a hunk, Codex allows blanks around a header; opencode
and others need no blank after the colon.
"""

from collections.abc import Iterator

from guard.agents.protocol.event import Edit, Write

_ADD, _UPDATE, _DELETE = "*** Add File:", "*** Update File:", "*** Delete File:"
_MOVE = "*** Move to:"


def parse_patch(text: str) -> tuple[Write, ...]:
    """Give every file that a patch writes or deletes, in order; none if the text is no patch.

    `*** Begin Patch` may be missing. A file that moves is deleted, and written under its new name.
    """
    return tuple(write for section in _sections(text) for write in _writes(section) if write.path)


def _sections(text: str) -> Iterator[list[str]]:
    section: list[str] = []
    for raw in text.removesuffix("\n").split("\n"):
        line = raw.removesuffix("\r")
        marker = line if section and section[0].startswith(_UPDATE) else line.strip()
        if marker.startswith((_ADD, _UPDATE, _DELETE, "*** End Patch")):
            yield section
            section = []
        if not marker.startswith("*** End of File"):
            section.append(line if section else marker)
    yield section


def _writes(section: list[str]) -> Iterator[Write]:
    header, *lines = section or [""]
    path = header.partition(":")[2].strip()
    if header.startswith(_ADD):
        added = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        yield Write(path, text=added)
    if header.startswith(_DELETE):
        yield Write(path, deletes=True)
    if header.startswith(_UPDATE):
        targets = (line.removeprefix(_MOVE).strip() for line in lines if line.startswith(_MOVE))
        moved = next(targets, "")
        if moved:
            yield Write(path, deletes=True)
        yield Write(moved or path, edits=tuple(_edits(lines)))


def _edits(lines: list[str]) -> Iterator[Edit]:
    old: list[str] = []
    new: list[str] = []
    for line in [*lines, "@@"]:
        if line.startswith("@@"):
            if old or new:
                yield Edit("\n".join(old), "\n".join(new))
            old, new = [], []
        elif line.startswith(("-", " ", "+")) or not line:
            if not line.startswith("+"):
                old.append(line[1:])
            if not line.startswith("-"):
                new.append(line[1:])
