"""The groups `changelog` and `ci`: what many changes touch beside their own subject."""

from collections.abc import Iterator

from guard.contracts.draft import exactly
from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import Survey, beside, folder_of, is_aside, join


def changelog(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group: change logs at the top, in a folder of documents, in parts."""
    words = survey.catalogue["changelog"]
    homes = {"", *words["folders"].split()}
    parts: dict[tuple[str, str], list[str]] = {}
    for home in sorted(homes):
        for name in survey.inside.get(home, ()):
            path = join(home, name)
            if _is_changelog(words, name):
                yield ProposedLine(exactly(path), "notes every change", [path])
    for folder, names in survey.inside.items():
        for name in names if folder not in homes and not is_aside(folder) else ():
            if _is_changelog(words, name):
                parts.setdefault((folder_of(folder), name), []).append(join(folder, name))
    for (parent, name), files in sorted(parts.items()):
        if len(files) > 1:
            top = exactly(parent) if parent else ""
            yield ProposedLine(f"{top}/*/{name}", "notes every change of a part", files)


def ci(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    yield from beside(survey, "", survey.catalogue["ci"])


def _is_changelog(words: dict[str, str], name: str) -> bool:
    stem, dot, ending = name.lower().rpartition(".")
    if not dot:
        return ending in words["names"].split() and name.isupper()
    return stem in words["names"].split() and f".{ending}" in words["endings"].split()
