"""Mixes of patterns over the made-up monorepo, from plain to wild, for policies and contracts.

In every pattern `**` stands for whole components only, and no mix has `!`. There all versions of
git agree (before 2.52, `lit**/x` also matched `litx`), so git's answers can be compared.
"""

from __future__ import annotations

from itertools import chain, count, islice
from typing import TYPE_CHECKING

from bench.layout import AREAS, WORDS, Package, pick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MIXES = ("directories", "files", "names", "deep", "wildcards", "mixed")
_ENDINGS = (
    ".tsx .ts .test.ts .module.css .stories.tsx .py _test.py _api.py .sql .go _test.go .md "
    ".json .html"
).split()
_LAYERS = (
    "components hooks routes lib models views services tests handler store cache client".split()
)
_TAILS = ("/", "/**", "/*.json", "/index.ts")


def patterns_of(mix: str, paths: Sequence[str], number: int) -> list[str]:
    """Give `number` different patterns of one of `MIXES`.

    About the same share of `paths` matches, whatever the number.
    """
    if mix != "mixed":
        return _distinct(_MAKERS[mix](paths), number)
    plain = MIXES[:-1]
    turns = [
        islice(_MAKERS[plain[turn % len(plain)]](paths), turn // len(plain), None)
        for turn in range(len(plain))
    ]
    return _distinct((next(turns[number % len(turns)]) for number in count()), number)


def grants(own: Sequence[Package], number: int) -> list[str]:
    """Give `number` patterns with which a contract owns all files of the packages `own`.

    They are the folders and ever finer parts of them. Each matches a file while there are enough.
    """
    folders = (f"{package.folder}/" for package in own)
    return _distinct(chain(folders, islice(_parts(own), number * 3), _still_to_come(own)), number)


def elsewhere(number: int) -> list[str]:
    """Give `number` patterns that match no file, as contracts have them once a folder is gone."""
    made = (
        f"legacy/{pick(WORDS, step)}/{pick(WORDS, 'below', step)}{pick(_TAILS, step)}"
        for step in count()
    )
    return _distinct(made, number)


def _parts(own: Sequence[Package]) -> Iterator[str]:
    for step in count():
        package = own[step % len(own)]
        inner = package.paths[7:]  # below a feature's folder
        path = inner[(step * 7 + 3) % len(inner)]
        folder, name = path.rsplit("/", 1)
        place, ending = folder.rsplit("/", 1)[1], name[name.index(".") :] if "." in name else ""
        yield from (
            f"{folder}/",
            path,
            f"/{package.folder[:-2]}*/**/{place}/*{ending}",
            f"{folder}/{name[:3]}*{ending}",
        )


def _still_to_come(own: Sequence[Package]) -> Iterator[str]:
    return (
        f"{own[step % len(own)].folder}/src/{pick(WORDS, step)}/{pick(_LAYERS, step)}/"
        for step in count()
    )


def _directories(paths: Sequence[str]) -> Iterator[str]:
    folders = sorted({path.rsplit("/", 1)[0] for path in paths})
    for step, folder in enumerate(_spread(folders)):
        whole = step % 8 == 0  # every eighth is a whole package
        yield (
            ("/" if step % 2 else "") + ("/".join(folder.split("/")[:2]) if whole else folder) + "/"
        )


def _files(paths: Sequence[str]) -> Iterator[str]:
    for step, path in enumerate(_spread(paths)):
        yield ("/" if step % 2 else "") + path


def _names(paths: Sequence[str]) -> Iterator[str]:
    for step in count():
        word, ending = pick(WORDS, "name", step), pick(_ENDINGS, "name", step)
        yield (
            f"{word}-*{ending}",
            f"*-{word}{ending}",
            f"{word}-{pick(WORDS, step)}.*",
            f"{word}{ending}",
        )[step % 4]


def _deep(paths: Sequence[str]) -> Iterator[str]:
    for step in count():
        area, word, layer, ending = (
            pick(AREAS, step),
            pick(WORDS, "deep", step),
            pick(_LAYERS, step),
            pick(_ENDINGS, step),
        )
        yield (
            f"{area}/**/{layer}/{word}-*{ending}",
            f"**/{word}/{layer}/**",
            f"/{area}/{word}-core/**/*{ending}",
            f"**/{word}/**/{layer}/*{ending}",
        )[step % 4]


def _wildcards(paths: Sequence[str]) -> Iterator[str]:
    for step in count():
        area, word, other, layer = (
            pick(AREAS, step),
            pick(WORDS, "wild", step),
            pick(WORDS, step),
            pick(_LAYERS, "wild", step),
        )
        yield (
            f"*{word[1:4]}*-*{other[:3]}*.t?x",
            f"{area}/*-[a-m]*/src/{word[:2]}*/{layer}/[!x]*-?{other[1:3]}*",
            f"*/{word[:3]}?*-core/**/{other[0]}*{other[-1]}*[.]*",
            f"{word[0]}*{word[-1]}-{other[0]}*{other[-1]}_test.*",
        )[step % 4]


_MAKERS: dict[str, Callable[[Sequence[str]], Iterator[str]]] = {
    "directories": _directories,
    "files": _files,
    "names": _names,
    "deep": _deep,
    "wildcards": _wildcards,
}


def _spread(options: Sequence[str]) -> Iterator[str]:
    """Every option once, far apart: in steps near the golden section of their number."""
    size = len(options)
    step = next(step for step in count(int(size * 0.618) | 1) if _meets_all(step, size))
    return (options[place * step % size] for place in range(size))


def _meets_all(step: int, size: int) -> bool:
    while size:
        step, size = size, step % size
    return step == 1


def _distinct(made: Iterator[str], number: int) -> list[str]:
    found = dict.fromkeys(islice(made, number))
    while len(found) < number and (more := next(made, None)) is not None:
        found[more] = None
    return list(found)
