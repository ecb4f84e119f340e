"""Which changed paths a report lists: what prose must not be taken for, and what must be found."""

from __future__ import annotations

from typing import Any, cast

import pytest

from guard.rules.facts import Facts
from guard.rules.listed import Listed, listed
from tests.handoffs.made import files
from tests.rules.made import change, contract, facts

TRACKED = (
    "Makefile",
    "docs/guide.md",
    "lib/util.py",
    "src/a.py",
    "src/b.py",
    "src/old.py",
    "src/web/page.ts",
)


def about(*changed: str, **more: object) -> Facts:
    """Facts with these changes (`+path`, `-path`, `path`) in a repository that tracks `TRACKED`."""
    signs = {"+": "A", "-": "D"}
    changes = tuple(change(signs.get(path[0], "M"), path.lstrip("+-")) for path in changed)
    tracked = b"".join(path.encode() + b"\0" for path in sorted(TRACKED))
    return facts(
        contract(), changes=changes, **cast("dict[str, Any]", {"tracked": tracked, **more})
    )


def held(body: str, *changed: str, **more: object) -> Listed:
    """What a list that begins on line 3 has of these changes."""
    return listed(about(*changed, **more), files(body))


def extra(found: Listed) -> list[tuple[str, int]]:
    """What is listed besides, with its line."""
    return [(one.text, one.number) for one in found.extra]


@pytest.mark.parametrize(
    "body",
    [
        "- `src/a.py`: handles and/or, reads docs/guide.md and calls `os.path.join`",
        "- `src/a.py` — like `lib/util.py` does",
        "- `src/a.py` (see `docs/guide.md`)",
        "- src/a.py - I/O, TCP/IP, CI/CD, 24/7, e.g. n/a",
        "- src/a.py: bumps Node.js to 20.1",
        "- src/a.py\n  - uses `lib/util.py` now\n  - docs/guide.md explains it",
        "- src/a.py\n\n  The helper in `lib/util.py` stays.",
        "- Fix input/output handling in src/a.py",
        "- and/or semantics in `src/a.py`",
        "The client/server split of `src/a.py` is gone.",
        "Only src/a.py changed. It reads docs/guide.md now.",
        "- `src/a.py`\n- Nothing else changed",
        "- `src/a.py`\n- Support for Node.js 20",
        "- `src/a.py`\n- `Config.timeout` defaults to 30",
        "- `src/a.py`\n- `frobnicate()` is gone",
        "- `src/a.py`\n- version 2.0",
        "1 file, +3 −1:\n\n- `src/a.py` (modified, +3 −1)",
        "| File | Why |\n|---|---|\n| `src/a.py` | see `docs/guide.md` and lib/util.py |",
        "| Why | File |\n|---|---|\n| like lib/util.py | `src/a.py` |",
        "```diff\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n```\n\n`src/a.py`",
        "- src/a.py\n\n```python\nfrom lib.util import docs/guide.md\n```",
        "### lib/util.py is untouched\n\n- src/a.py",
        "- [x] src/a.py\n- [ ] ",
        "<!-- docs/guide.md -->\n- src/a.py",
        "- src/a.py https://example.com/docs/guide.md",
        "- **src/a.py**: see <https://example.com/x.py>",
        "- `src/a.py` now reads `lib/util.py`",
        "- `src/a.py`, which calls `lib/util.py`",
        "- `src/a.py`, not like the old `util.py` did",
        "- `src/a.py` // like lib/util.py",
        "- src/a.py\n- See: `docs/guide.md`",
        "- src/a.py\n- Depends on: lib/util.py",
        "- src/a.py\n\nGenerated with `lib/util.py`, see docs/guide.md.",
        "- src/a.py\n\nRun `make` and `lib/util.py` to try it.",
        "- src/a.py\n- ~~docs/guide.md~~",
        "#### `src/a.py`\n\nReads `lib/util.py` now.\n\n- and `docs/guide.md`",
        '- src/a.py\n\n```json\n["docs/guide.md"]\n```',
    ],
)
def test_prose_is_not_taken_for_paths(body: str) -> None:
    """Explanations of a change, and words with slashes and dots, are not listed files."""
    found = held(body, "src/a.py")
    assert (found.missing, extra(found)) == ((), [])


@pytest.mark.parametrize(
    "body",
    [
        "- src/a.py\n- `docs/guide.md` (unchanged)",
        "- src/a.py\n- docs/guide.md: no changes.",
        "- src/a.py\n- No changes to `Makefile` or docs/guide.md",
        "- `src/a.py` retries; `lib/util.py` is unchanged",
        "`src/a.py` retries; `lib/util.py` is not affected.",
        "- src/a.py\n- `docs/guide.md` — no change needed",
        "- src/a.py\n- Left alone: `docs/guide.md`, `Makefile`",
        "- src/a.py\n\nOut of scope:\n- docs/guide.md\n- Makefile",
        "- src/a.py\n\nNot touched:\n\n- docs/guide.md\n- Makefile",
        "- src/a.py\n- Unchanged:\n  - docs/guide.md\n  - Makefile",
        "- src/a.py\n\n### Files reviewed but not changed\n\n- docs/guide.md\n- Makefile",
        "- src/a.py\n\n**Unchanged**\n\n| File |\n|---|\n| Makefile |",
    ],
)
def test_what_is_said_not_to_have_changed_is_not_listed(body: str) -> None:
    """A file that a report says is as it was is none that it lists."""
    found = held(body, "src/a.py")
    assert (found.missing, extra(found)) == ((), [])
    assert (
        held(
            body.replace("docs/guide.md", "src/a.py").replace("Makefile", "src/a.py"), "src/a.py"
        ).missing
        == ()
    )


@pytest.mark.parametrize(
    "body",
    [
        "- src/a.py：先打折，见 docs/guide.md",
        "- src/a.py（新增）",
        "- 新增：src/a.py。",
        "- `src/a.py`：先打折",
        "**src/a.py**：先打折",
    ],
)
def test_wide_signs_end_a_path(body: str) -> None:
    """In Chinese and Japanese no blank stands between a path and what explains it."""
    found = held(body, "src/a.py")
    assert (found.missing, extra(found)) == ((), [])


def test_wide_signs_in_a_path() -> None:
    """A changed path that has such signs itself is found, bare and in code."""
    paths = ("docs/a、b（旧）.md", "docs/c：d.md")
    for form in ("- {}：text", "- `{}`", "- {}"):
        found = held("\n".join(form.format(path) for path in paths), *paths)
        assert (found.missing, extra(found)) == ((), []), form


@pytest.mark.parametrize(
    "text",
    [
        "no change in behavior, only types",
        "no changes to the API",
        "unchanged API, new inside",
        "untouched by users, but faster",
        "reads `lib/util.py`, which is not changed",
        "like docs/guide.md, deleted before",
        "added a check; removed src/old.py before",
    ],
)
@pytest.mark.parametrize(
    "form", ["- `src/a.py` — {}", "- src/a.py: {}", "| File | |\n|-|-|\n| src/a.py | {} |"]
)
def test_an_explanation_never_changes_what_a_path_means(form: str, text: str) -> None:
    """Only a whole mark of the list says that a file did not change; other words are not read."""
    found = held(form.format(text), "src/a.py")
    assert (found.missing, extra(found)) == ((), [])


@pytest.mark.parametrize(
    "body",
    [
        "```\n src/a.py | 10 +++++-----\n .../web/page.ts    |  3 ++-\n 2 files changed\n```",
        "```\nsrc/\n├── a.py  # sums\n└── web/\n    └── page.ts (new page)\n```",
        "```text\n.\n|-- src\n|   |-- a.py\n|   `-- web\n|       `-- page.ts\n```",
        "```\nshop/\n├── src/\n│   ├── a.py\n│   └── web/page.ts\n```",
        "- `/home/ada/work/shop/src/a.py`\n- /Users/ada/shop/src/web/page.ts: x",
        "- C:\\work\\shop\\src\\a.py\n- `src\\web\\page.ts`",
        "```\n3\t1\tsrc/a.py\n-\t-\tsrc/web/page.ts\n```",
        (
            "```console\n$ git status\nOn branch web\nChanges to be committed:\n"
            '  (use "git restore --staged <file>..." to unstage)\n\tmodified:   src/a.py\n'
            "\tmodified:   src/web/page.ts\n```"
        ),
        "<details><summary>2 files</summary>\n\n- `src/a.py`\n- `src/web/page.ts`\n\n</details>",
        "- [x] ✏️ `src/a.py` (+3 −1)\r\n- [x] :memo: `src/web/page.ts`\r\n",
        "Files: src/a.py, src/web/page.ts",
    ],
)
def test_listings_drawings_and_other_machines(body: str) -> None:
    """git's listings, trees and absolute paths name files by what is certain of them."""
    found = held(body, "src/a.py", "src/web/page.ts")
    assert (found.missing, extra(found)) == ((), [])
    for path in ("src/a.py", "src/web/page.ts"):
        (last,) = path.split("/")[-1:]
        assert held(body.replace(last, "other.rs"), "src/a.py", "src/web/page.ts").missing == (
            path,
        )


@pytest.mark.parametrize(
    "body",
    [
        "```\nD\tsrc/a.py\n```",
        "```\nA\tsrc/a.py\n```",
        "```\n D src/a.py\n```",
        "```\n\tdeleted:    src/a.py\n```",
        "- D src/a.py",
        "- `src/a.py` (deleted)",
        "- `src/a.py`: added",
        "- Deleted: src/a.py",
        "- **Added:** `src/a.py`",
        "- Deleted `src/a.py`",
        "- R100 src/a.py",
        "| Status | File |\n|-|-|\n| D | src/a.py |",
    ],
)
def test_a_status_of_gits_must_be_that_of_the_diff(body: str) -> None:
    """Where a line says in git's words what happened to a file, the diff must say the same."""
    (one,) = held(body, "src/a.py").extra
    assert one.why.startswith("is modified, not ")
    for text in (
        "M\tsrc/a.py",
        "- `src/a.py`: added a check",
        "- Added `src/a.py` support",
        "- New: a.py",
    ):
        assert held(text, "src/a.py" if "New" not in text else "+src/a.py").extra == ()


@pytest.mark.parametrize(
    "body",
    [
        "- src/b.py\n- src/a.py (unchanged)",
        "- src/b.py\n\nUntouched:\n\n- `src/a.py`",
    ],
)
def test_a_changed_file_that_is_said_to_be_unchanged(body: str) -> None:
    """Who says of a changed file that it did not change leaves it out."""
    assert held(body, "src/a.py", "src/b.py").missing == ("src/a.py",)


def test_a_moved_file_may_be_unchanged() -> None:
    """A rename without an edit changes two paths, whatever the file holds."""
    assert (
        held("- `src/old.py` → `src/new.py` (unchanged)", "-src/old.py", "+src/new.py").missing
        == ()
    )
    assert held("- `src/a.py`: the API is unchanged", "src/a.py").missing == ()


@pytest.mark.parametrize(
    "body",
    [
        "- src/a.py\n- src/b.py",
        "- modified: src/a.py\n- **New file**: `src/b.py`",
        "- **Added:** `src/b.py`\n- **Modified:** `src/a.py`",
        "- [M] src/a.py\n- [A] `src/b.py`",
        "- `M src/a.py`\n- `A` `src/b.py`",
        "- Backend: src/a.py, src/b.py",
        "- **Backend** — `src/a.py`, `src/b.py`",
        "- Backend: `src/`",
        "- src/{a,b}.py",
        "- src/**/*",
        "`src/a.py` `src/b.py`",
        "- **src/a.py** / **src/b.py**: both",
        "- `src/a.py, src/b.py`",
        "- `src/a.py src/b.py`",
        "- `src/a.py::run`, `src/b.py:run()`",
        "- `src/a.py#run`, `src/b.py#L3`",
        "- ~~src/a.py~~ (removed)\n- src/b.py",
        "#### `src/a.py`\n\nReads it.\n\n#### src/b.py (new)\n\nWrites it.",
        "### src/\n\n#### a.py\n\nReads it.\n\n#### b.py\n\nWrites it.",
        "<!-- the list --> `src/a.py`, `src/b.py`",
        "| Change | Where |\n|---|---|\n| reads | src/a.py |\n| writes | src/b.py |",
        "```\n\tmodified:   src/a.py\n create mode 100644 src/b.py\n```",
        "* `src/a.py`\n* `src/b.py`",
        "1. src/a.py: x\n2. src/b.py: y",
        "- src/a.py, src/b.py",
        "- `src/a.py` and `src/b.py`: both",
        "- src/a.py (added), src/b.py (modified)",
        "- [x] src/a.py\n- [ ] src/b.py",
        "src/a.py\nsrc/b.py",
        "`src/a.py`, `src/b.py`",
        "In src/a.py and src/b.py the language is passed on.",
        "- M src/a.py\n- A src/b.py",
        "- Support for src/a.py\n- The rest is in `src/b.py`",
        "- modified: src/a.py\n- new file: src/b.py",
        "- Updated src/a.py\n- Added `src/b.py`",
        "- ./src/a.py\n- /src/b.py",
        "- a/src/a.py\n- b/src/b.py",
        "- src/a.py:12\n- src/b.py#L3-L9",
        "- src/a.py:3-9:\n- `src/b.py:1:2`",
        "- src\\a.py\n- src\\b.py",
        '- "src/a.py"\n- “src/b.py”',
        "- 'src/a.py'\n- **src/b.py**",
        "- [src/a.py](x)\n- [the other](src/b.py)",
        (
            "- [a](https://github.com/o/r/blob/main/src/a.py#L3)\n"
            "- <https://gitlab.com/o/r/-/blob/feat/x/src/b.py>"
        ),
        "- [`src/a.py`](../blob/main/src/a.py)\n- [src/b.py][1]\n\n[1]: x",
        "| Path |\n|---|\n| src/a.py |\n| `src/b.py` |",
        "| Status | File |\n|---|---|\n| M | src/a.py |\n| A | src/b.py |",
        "| What | Notes |\n|---|---|\n| src/a.py | x |\n| src/b.py | y |",
        "| File |\n|---|\n| src/a.py<br>src/b.py |",
        "```\nsrc/a.py\nsrc/b.py\n```",
        "```text\nM\tsrc/a.py\nA\tsrc/b.py\n```",
        (
            "```\n src/a.py | 3 +--\n src/b.py | Bin 0 -> 3 bytes\n"
            " 2 files changed, 1 insertion(+)\n```"
        ),
        "```console\n$ git status --short\n M src/a.py\n?? src/b.py\n```",
        "```\nmodified:   src/a.py\nnew file:   src/b.py\n```",
        "    src/a.py\n    src/b.py",
        "- src/\n  - a.py: x\n  - b.py: y",
        "- `src/`\n  - `a.py`\n  - `b.py`",
        "### src\n\n- a.py\n- b.py",
        "**src/**\n\n- `a.py`\n- `b.py`",
        "In `src/`:\n\n- a.py\n- b.py",
        "- Backend\n  - src/a.py\n  - src/b.py",
        "- Backend changes:\n  - `src/a.py`\n  - `src/b.py`",
        "- src/\n- Makefile is as it was",
        "- src",
        "- `src/*.py`",
        "- `*.py`",
        "- src/**",
        "- `src/{a,b}.py`",
        "- `src/[ab].py`",
        "- a.py\n- b.py",
        "- …/a.py\n- .../b.py",
        "- 📝 `src/a.py`\n- ✨ src/b.py",
        "<ul>\n<li>src/a.py</li>\n<li><code>src/b.py</code></li>\n</ul>",
        "> - src/a.py\n> - src/b.py",
    ],
)
def test_paths_are_found_however_they_are_written(body: str) -> None:
    """Lists, tables, code, links, quotes, listings, folders, patterns and path ends count."""
    found = held(body, "src/a.py", "+src/b.py")
    assert (found.missing, extra(found)) == ((), [])


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("- src/a.py\n- docs/guide.md", [("docs/guide.md", 4)]),
        ("- `src/a.py`, `lib/util.py`: x", [("lib/util.py", 3)]),
        ("- src/a.py\n- Makefile: a target", [("Makefile", 4)]),
        ("- src/a.py\n- docs/", [("docs/", 4)]),
        ("- src/a.py\n- `lib`", [("lib", 4)]),
        ("- src/a.py\n- src/nowhere.py", [("src/nowhere.py", 4)]),
        ("- src/a.py\n- `nowhere.py`", [("nowhere.py", 4)]),
        ("- src/a.py\n- nowhere/else/", []),
        ("- src/a.py\n- `nowhere/else/`", [("nowhere/else/", 4)]),
        ("- src/a.py\n- src/bin/tool", [("src/bin/tool", 4)]),
        ("- src/a.py\n- `docs/*.md`", [("docs/*.md", 4)]),
        ("- src/a.py\n- `src/{b,old}.py`", [("src/{b,old}.py", 4)]),
        ("- src/a.py\n- [guide](docs/guide.md)", [("docs/guide.md", 4)]),
        ("| File |\n|---|\n| src/a.py |\n| lib/util.py |", [("lib/util.py", 6)]),
        ("```\nsrc/a.py\nlib/util.py\n```", [("lib/util.py", 5)]),
        ("- src/a.py\n- lib/util.py → lib/tool.py", [("lib/util.py", 4), ("lib/tool.py", 4)]),
        ("- `.`", [(".", 3)]),
        ("- `*`", [("*", 3)]),
        ("- `**/*`", [("**/*", 3)]),
        ("- `[!~]*`", [("[!~]*", 3)]),
        ("- /", [("/", 3)]),
        ("- src/a.py\n- `[`", []),
        ("- src/a.py\n- `src/[*`", [("src/[*", 4)]),
        ("- Backend\n  - src/a.py\n  - lib/util.py", [("lib/util.py", 5)]),
        ("- src/a.py\n- modified: lib/util.py", [("lib/util.py", 4)]),
        ("- src/a.py\n- **Added:** `src/nowhere.py`", [("src/nowhere.py", 4)]),
        ("- src/a.py\n- M: Makefile", [("Makefile", 4)]),
        ("- src/a.py\n- [M] lib/util.py", [("lib/util.py", 4)]),
        ("- src/a.py\n- `M lib/util.py`", [("lib/util.py", 4)]),
        ("- src/a.py\n- `M` `lib/util.py`", [("lib/util.py", 4)]),
        ("- src/a.py\n- Bumped `lib/util.py`", [("lib/util.py", 4)]),
        ("- src/a.py: moved to lib/util.py", [("lib/util.py", 3)]),
        ("`src/a.py` `lib/util.py`", [("lib/util.py", 3)]),
        ("- src/a.py\n- ✨ lib/util.py", [("lib/util.py", 4)]),
        ("- src/a.py\n- Docs: `docs/guide.md`", [("docs/guide.md", 4)]),
        ("- src/a.py\n- Docs - docs/guide.md: a word", [("docs/guide.md", 4)]),
        ("- `src/a.py, lib/util.py`", [("lib/util.py", 3)]),
        ("#### `src/a.py`\n\nx\n\n#### `lib/util.py`\n\nx", [("lib/util.py", 7)]),
        ("```\n\tmodified:   src/a.py\n\tmodified:   lib/util.py\n```", [("lib/util.py", 5)]),
        (
            "```\n src/a.py | 2 +-\n lib/util.py | 2 +-\n 2 files changed, 4 insertions(+)\n```",
            [("lib/util.py", 5)],
        ),
    ],
)
def test_what_did_not_change_is_told_with_its_line(body: str, wrong: list[tuple[str, int]]) -> None:
    """A listed file, folder or pattern that did not change is reported once, on its line."""
    assert extra(held(body, "src/a.py")) == wrong


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("- src/a.py", ("src/b.py",)),
        ("", ("src/a.py", "src/b.py")),
        ("Everything.", ("src/a.py", "src/b.py")),
        ("- `*`", ("src/a.py", "src/b.py")),
        ("- src/web/", ("src/a.py", "src/b.py")),
        ("- `src/a*`", ("src/b.py",)),
        ("- `/*.py`", ("src/a.py", "src/b.py")),
        ("- src/a.pyc\n- xsrc/b.py", ("src/a.py", "src/b.py")),
        ("- SRC/A.PY\n- src/B.py", ("src/a.py", "src/b.py")),
        ("- `src/`: see below\n\n```python\nsrc/b.py\n```", ()),
        ("- `src/`\n  - a.py", ("src/b.py",)),
        ("<!-- src/b.py -->\n- src/a.py", ("src/b.py",)),
        ("- src/a.py\n- see src/", ("src/b.py",)),
    ],
)
def test_what_is_left_out_is_told(body: str, missing: tuple[str, ...]) -> None:
    """A changed path that nothing covers is missing; a folder that labels a list covers nothing."""
    assert held(body, "src/a.py", "src/b.py").missing == missing


@pytest.mark.parametrize(
    "body",
    [
        "- `src/old.py` → `src/new.py`",
        "- src/old.py -> src/new.py",
        "- Renamed src/old.py to `src/new.py`",
        "- `src/old.py`: Renamed to `src/new.py`.",
        "- src/old.py moved to src/new.py, for good",
        "- `src/new.py` (moved from `src/old.py`)",
        "- `src/old.py` – umbenannt in `src/new.py`",
        "- 🚚 `src/old.py` ➡️ `src/new.py`",
        "- [old.py](src/old.py) → [new.py](src/new.py)",
        "- `R` `src/old.py` → `src/new.py`",
    ],
)
def test_both_names_of_a_moved_file(body: str) -> None:
    """A rename names two changed paths, and one of them is not enough."""
    moved = ("-src/old.py", "+src/new.py")
    assert held(body, *moved).missing == ()
    assert held("- src/new.py (moved)", *moved).missing == ("src/old.py",)


@pytest.mark.parametrize(
    "body",
    [
        "- `src/{old => new}.py`",
        "```\n src/{old => new}.py | 0\n```",
        "```\nR100\tsrc/old.py\tsrc/new.py\n```",
        "- R src/old.py -> src/new.py",
    ],
)
def test_renames_as_git_writes_them(body: str) -> None:
    """What `git diff --stat` and `--name-status` print of a rename can be pasted."""
    found = held(body, "-src/old.py", "+src/new.py")
    assert (found.missing, extra(found)) == ((), [])


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (".../{old => new}/page.ts", "src/app/old/page.ts", "src/app/new/page.ts"),
        (".../{ => web}/page.ts", "src/app/page.ts", "src/app/web/page.ts"),
        (".../old/a.ts => new/b.ts}", "src/app/old/a.ts", "src/app/new/b.ts"),
        (".../checkout/b.ts}", "src/app/old/checkout/a.ts", "src/app/new/checkout/b.ts"),
        (".../handlers}/b.py", "a/b.py", "services/app/handlers/b.py"),
        (".../login/page.ts", "src/old/login/page.ts", "src/new/login/page.ts"),
    ],
)
def test_renames_that_git_has_cut(line: str, old: str, new: str) -> None:
    """A long rename in `--stat` has lost its front; it stands for the only pair that it can be."""
    body = f"```\n {line} | 2 +-\n```"
    found = held(body, f"-{old}", f"+{new}")
    assert (found.missing, extra(found)) == ((), [])
    found = held(body, f"-{old}", f"+{new}", f"-x/{old}", f"+x/{new}")
    assert found.missing or found.extra
    assert held(body, f"-{old}", "src/c.ts").missing


@pytest.mark.parametrize(
    "line",
    [
        "- The parser in src/a.py now rejects blanks",
        "- New parser at `./src/a.py:12`",
        "- New parser at /home/ada/shop/src/a.py",
        "- The parser in src/{a,b}.py",
        "- src/a.py's parser rejects blanks",
        "- lib/util.py's caller, in src/a.py, rejects blanks",
        "- Rewrote the parser (`a.py`)",
        "Added `parse()` to a.py.",
    ],
)
def test_a_path_that_does_not_come_first(line: str) -> None:
    """In a sentence a changed path counts in any spelling, if that can only be this path."""
    found = held(f"{line}\n- src/b.py", "src/a.py", "src/b.py")
    assert (found.missing, extra(found)) == ((), [])
    assert held(line, "src/c.py").missing == ("src/c.py",)


def test_a_sentence_names_no_folder_and_nothing_in_doubt() -> None:
    """What may be another path, a folder or a pattern covers nothing in a sentence."""
    for line in ("- The parser in `a.py`", "- The tests in `web/`", "- All of `*.py`"):
        assert len(held(line, "+web/a.py", "+api/a.py").missing) == 2


def test_the_end_of_a_path_must_leave_no_doubt() -> None:
    """A name that two changed paths end in, or that another file has, is no name for either."""
    found = held("- a.py", "+web/a.py", "+api/a.py")  # one cause, one finding
    assert (found.missing, [one.why for one in found.extra]) == (
        (),
        ["may be api/a.py or web/a.py"],
    )
    assert held("- [a.py](web/a.py)", "+web/a.py", "+api/a.py").missing == ("api/a.py",)
    assert held("- Makefile", "+src/Makefile").missing == ("src/Makefile",)
    assert held("- page.ts", "src/web/page.ts").missing == ()
    assert held("- web/", "src/web/page.ts").missing == ()


def test_names_that_need_more_than_a_word() -> None:
    """Blanks, signs that Markdown reads, and what git says of a submodule end no name."""
    paths = ("docs/a b.md", "src/__init__.py", "vendor/theme")
    theme = "\n```\n\tmodified:   vendor/theme (new commits, untracked content)\n```"
    for form in (
        "```\ndocs\n└── a b.md  # new\nsrc\n└── __init__.py\n```\n",
        "- `/home/ada/shop/docs/a b.md`\n- src/__init__.py: x\n",
        "- docs/\n  - a b.md\n- src/*.py, docs/*.md\n",
    ):
        found = held(form + theme, *paths)
        assert (found.missing, extra(found)) == ((), []), form


def test_own_files_need_not_be_listed_and_may() -> None:
    """The handoff, the first declaration and changes without effect need not be listed."""
    own = frozenset({".guard/handoffs/api.md", ".guard/contracts/api.toml"})
    changed = ("src/a.py", "+.guard/handoffs/api.md", "+.guard/contracts/api.toml")
    assert held("- src/a.py", *changed, own_files=own).missing == ()
    found = held(
        "- src/a.py\n- .guard/handoffs/api.md\n- src/b.py",
        *changed,
        own_files=own,
        idle=frozenset({"src/b.py"}),
    )
    assert extra(found) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("src/ü.py", "- src/ü.py"),
        ("src/u\u0308.py", "- `src/ü.py`"),
        ("src/ü.py", "- `src/u\u0308.py`"),
        ("src/ü.py", r'- "src/\303\274.py"'),
        ("src/\udcff.py", r'- `"src/\377.py"`'),
        ("src/\udcff.py", r"- `src/\xff.py`"),
        ("src/a b.py", "- src/a b.py"),
        ("src/a b.py", "- Added src/a b.py: blanks"),
        ("src/a b.py", "- `src/a b.py`"),
        ("src/a b.py", "- src/a b.py."),
        ("src/a b.py", "- ‘src/a b.py’ is new"),
        ("src/a b.py", "- new file: src/a b.py"),
        ("src/a b.py", "- ✨ src/a b.py +3 -1"),
        ("src/a b.py", "- `./src/a b.py`"),
        ("src/a b.py", "- `A src/a b.py`"),
        ("src/a b.py", "- [`src/a b.py`](https://example.com/files#diff-1)"),
        ("src/a b.py", "```\n\tnew file:   src/a b.py\n```"),
        ("src/a b.py", "- [x](src/a%20b.py)"),
        ("src/a\tb.py", r'- `"src/a\tb.py"`'),
        ("src/a\nb.py", r'- "src/a\nb.py"'),
        ('src/"a".py', r'- `"src/\"a\".py"`'),
        ("src/`a`.py", "- `` src/`a`.py ``"),
        ("src/(group)/page.tsx", "- src/(group)/page.tsx: x"),
        ("src/[id].tsx", "- `src/[id].tsx`"),
        ("src/*.py", "- `src/*.py`"),
        ("-rf", "- -rf"),
        ("src/a, b.py", "- `src/a, b.py`"),
        ("src/{a,b}.py", "- `src/{a,b}.py`"),
        ("100%.md", "- `100%.md`"),
        (".gitignore", "- .gitignore"),
        ("LICENSE", "- LICENSE: year"),
        ("\u202eevil.py", "- `\u202eevil.py`"),
        ("src/C#/x.cs", "- src/C#/x.cs"),
        ("a:b.py", "- `a:b.py`"),
        ("src/a.py:12", "- `src/a.py:12`"),
    ],
)
def test_odd_names(path: str, body: str) -> None:
    """Odd names are found as they are, as git quotes them and as guard shows them."""
    found = listed(facts(contract(), changes=(change("A", path),)), files(body))
    assert (found.missing, extra(found)) == ((), [])


def test_a_path_of_this_worktree_may_be_absolute() -> None:
    """The whole path of a file in the worktree is the file's."""
    assert held("- /home/ada/shop/src/a.py", "src/a.py", worktree="/home/ada/shop").missing == ()


def test_ten_thousand_paths() -> None:
    """So many changes are held against one folder, and against as many items."""
    many = [f"src/gen/{number}.py" for number in range(10_000)]
    assert held("- src/gen/", *many).missing == ()
    assert held("\n".join(f"- {path}" for path in many[1:]), *many).missing == (many[0],)
