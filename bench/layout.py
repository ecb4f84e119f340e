"""A made-up monorepo: the same paths on every machine, and text to fill them."""

from __future__ import annotations

import zlib
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

AREAS = ("apps", "packages", "services", "libs", "tools")
WORDS = (
    "account address archive asset audit badge banner basket billing board booking budget "
    "calendar campaign card cart catalog channel chart checkout comment consent contact coupon "
    "course credit currency customer dashboard delivery device dialog digest discount document "
    "domain draft editor email event export feature feed filter folder form gallery gateway "
    "group guide handbook health history image import index inventory invite invoice journal "
    "label language layout ledger lesson license link list locale login map market media member "
    "menu message metric migration module monitor network notice offer order outbox page parcel "
    "partner payment permission photo plan player playlist policy poll portal preview price "
    "product profile project quota rating receipt record refund region release report request "
    "review role route rule sample schedule score search season section seller session setting "
    "shipment sitemap snippet source stock store stream subject survey system table tag task "
    "team template tenant theme thread ticket token topic track trial unit upload user vendor "
    "version video view visit voucher wallet webhook widget"
).split()
_SUFFIXES = ("core", "client", "server", "admin", "worker", "shared", "edge", "kit")
_META = {
    "ts": (
        "package.json",
        "tsconfig.json",
        "README.md",
        "CHANGELOG.md",
        "src/index.ts",
        "src/locale/en.json",
        "src/locale/de.json",
    ),
    "py": (
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "src/__init__.py",
        "tests/conftest.py",
        "tests/fixtures/users.json",
    ),
    "go": ("go.mod", "go.sum", "README.md", "main.go", "proto/service.proto", "gen/service.pb.go"),
}
_LAYERS = {
    "ts": ("components", "hooks", "routes", "lib"),
    "py": ("models", "views", "services", "tests"),
    "go": ("handler", "store", "internal/cache", "client"),
}
_ENDINGS = {
    "ts": (".tsx", ".ts", ".test.ts", ".module.css", ".stories.tsx", ".md", ".json", ".d.ts"),
    "py": (".py", "_api.py", "_types.pyi", "_test.py", ".sql", ".md", ".html"),
    "go": (".go", "_test.go", ".sql", "_linux.go", ".yaml", ".md"),
}
_LANGUAGES = ("ts", "py", "go")
_USUAL = 400  # files of a package in a large repository


class Package(NamedTuple):
    """A folder such as `apps/account-core` and the paths of its files from the repository's top."""

    folder: str
    paths: tuple[str, ...]


def packages(files: int) -> list[Package]:
    """Lay out files in packages of about the same size: 400 files each, or eight smaller ones."""
    number = max(8, files // _USUAL)
    sizes = [files // number + (index < files % number) for index in range(number)]
    return [_package(index, size) for index, size in enumerate(sizes)]


def pick(options: Sequence[T], *key: object) -> T:
    """One of `options`, always the same for the same key: chance without a state."""
    return options[zlib.crc32(repr(key).encode()) % len(options)]


def content(path: str, edition: int = 0) -> bytes:
    """About a kilobyte of text per path and edition, without a header of generated code."""
    lines = (
        f"{pick(WORDS, path, number)} {pick(WORDS, number, path)} {number}" for number in range(45)
    )
    return f"{path} {edition}\n{chr(10).join(lines)}\n".encode()


def _package(index: int, size: int) -> Package:
    word, suffix = WORDS[index % len(WORDS)], _SUFFIXES[(index // len(WORDS)) % len(_SUFFIXES)]
    folder = (
        f"{AREAS[index % len(AREAS)]}/{word}-{suffix}{index // (len(WORDS) * len(_SUFFIXES)) or ''}"
    )
    names = _names(_LANGUAGES[index % len(_LANGUAGES)], index)
    return Package(folder, tuple(f"{folder}/{next(names)}" for _ in range(size)))


def _names(language: str, seed: int) -> Iterator[str]:
    """The files of a package: the usual ones, then feature after feature, without end."""
    yield from _META[language]
    top = "" if language == "go" else "src/"
    for number in count():
        feature = WORDS[(number * 37 + seed * 7) % len(WORDS)] + (
            str(number // len(WORDS)) if number >= len(WORDS) else ""
        )
        for layer in _LAYERS[language]:
            for ending in _ENDINGS[language]:
                name = f"{feature}-{pick(WORDS, seed, number, layer, ending)}{ending}"
                yield f"{top}{feature}/{layer}/{name}"
