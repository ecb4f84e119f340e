"""Tools from npm that answer a part of the question: which changed files are owned? For `--peers`.

github-codeowners lists the owners of the files that changed between two commits. danger runs a
script over them; ours asks `ignore`, the package inside github-codeowners, and skips deleted
files, whose names `danger local` (14.0.7) misspells. Neither knows of trust, forbidden or shared
files, waivers or merges. gitlint and commitlint judge messages, not paths, and are left out.
"""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

from bench.branch import floors, topic_of
from bench.measure import Command, in_turns, which
from bench.repositories import SESSION, Recipe, Workshop
from bench.table import Line, Ratio

if TYPE_CHECKING:
    from bench.installed import Installed
    from bench.sizes import Sizes

_PACKAGES = ("github-codeowners@0.2.1", "danger@14.0.7")
_DANGERFILE = """\
const { danger, fail } = require("danger");
const patterns = require("fs").readFileSync(process.env.BENCH_OWNED, "utf8");
const owned = require("ignore")({ ignorecase: false }).add(patterns);
const changed = [...danger.git.modified_files, ...danger.git.created_files];
const outside = changed.filter((path) => !owned.ignores(path));
if (outside.length) fail(`outside: ${outside.join(" ")}`);
"""


def lines(workshop: Workshop, guard: Installed, sizes: Sizes) -> list[Line]:
    """Install the tools and measure them beside guard. Raises CalledProcessError if npm fails."""
    home = workshop.made("peers", _PACKAGES, lambda folder: _install(workshop, folder))
    place = workshop.place("branch", Recipe(sizes.files, changed=sizes.changed))
    owned, codeowners = os.path.join(home, "owned"), os.path.join(home, "CODEOWNERS")
    patterns = tomllib.loads(
        workshop.git(place.folder, "cat-file", "blob", "main:.guard/contracts/reshape.toml")
    )["owns"]
    _write(owned, "".join(f"{pattern}\n" for pattern in patterns))
    _write(codeowners, "".join(f"{pattern} @ours\n" for pattern in patterns))
    tools = os.path.join(home, "node_modules", ".bin")
    by_owners = [
        os.path.join(tools, "github-codeowners"),
        "git",
        place.base,
        SESSION,
        "-d",
        ".",
        "-c",
        codeowners,
    ]
    by_danger = [
        os.path.join(tools, "danger-local"),
        "--base",
        "main",
        "--failOnErrors",
        "--dangerfile",
        os.path.join(home, "dangerfile.js"),
    ]
    commands = {
        **floors(workshop, guard, place),
        "node": Command([which(workshop.env, "node"), "-e", "0"], place.folder, place.env),
        "guard": Command([guard.guard, "check", "--branch"], place.folder, place.env),
        "github-codeowners": Command(by_owners, place.folder, place.env),
        "danger local": Command(by_danger, place.folder, {**place.env, "BENCH_OWNED": owned}),
    }
    taken = in_turns(commands, max(2, sizes.check_rounds // 3), sizes.warm_ups)
    topic = "Other tools: " + topic_of(sizes)
    names = ("guard", "naive", "github-codeowners", "danger local", "node")
    return [
        Line(
            topic, name, taken[name], [Ratio(taken[name].median / taken["guard"].median, "× guard")]
        )
        for name in names
    ]


def _install(workshop: Workshop, folder: str) -> None:
    workshop.run(
        folder,
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        folder,
        *_PACKAGES,
    )
    _write(os.path.join(folder, "dangerfile.js"), _DANGERFILE)


def _write(file: str, text: str) -> None:
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(text)
