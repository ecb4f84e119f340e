"""Every command that README.md and docs/ show runs as printed; a new document counts by itself."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kit import BASE, Repo

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


class Block(NamedTuple):
    """A fenced block of one document."""

    document: str
    line: int
    text: str


def blocks(language: str) -> list[Block]:
    """Give the blocks of one language in all documents."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(path.relative_to(ROOT).as_posix(), line, match[1]))
    return found


def named(block: Block) -> str:
    """Name a block by its place."""
    return f"{block.document}:{block.line}"


def shop(repo: Repo) -> None:
    """The repository of the README."""
    code = dict.fromkeys(
        ("src/api/user.ts", "src/types/order.ts", "src/web/page.ts"), "export {}\n"
    )
    repo.commit({".gitignore": ".claude/worktrees/\n", "package.json": "{}\n", **code}, "start")


def adopting(repo: Repo) -> None:
    """A repository with a history, in which a lock file changes often and a bot works."""
    files: dict[str, str | bytes] = {"package.json": "0", "package-lock.json": "0", "a.js": "0"}
    repo.commit({**files, "b.js": "0"}, "start")
    changed = ["package-lock.json"] * 6 + ["package.json"] + ["a.js"] * 5
    for number, path in enumerate(changed):
        author = "renovate[bot]" if number < 2 else "Ada"
        repo.commit({path: f"{number}\n"}, "work", f"--author={author} <a@example.org>")


def mistaken(repo: Repo) -> None:
    """A contract with two mistakes."""
    repo.write({"guard.toml": 'base = "main"\n'})
    lines = ['goal = "x"', 'owns = ["web/"]', 'forbid = ["a"]', "", "[[waive]]", 'rule = "SHR001"']
    lines += ['paths = ["a"]', 'why = "x"', 'until = "2026-12-31"', ""]
    repo.write({".guard/contracts/web.toml": "\n".join(lines)})


def handing_off(repo: Repo) -> None:
    """A session whose contract names a command to run, and an editor that writes three sections."""
    repo.commit({"guard.toml": 'base = "main"\n', "Makefile": "test:\n\t@true\n"}, "start")
    repo.contract("web", owns=["src/web/"], verify=["make test"])
    repo.branch("web").commit({f"src/web/{name}": "x\n" for name in ("a.ts", "b.ts", "c.ts")})
    sections = (
        "## Behavior changed\n\nFaster.\n",
        "## Known risks\n\nNone: nothing else reads the cart.\n",
        "## Follow-up work\n\nNone: all is done.\n",
    )
    script = "import re,sys; p=sys.argv[1]; t=open(p).read()\n"
    for section in sections:
        title = section[3:].partition("\n")[0]
        script += f"t=re.sub(r'## {title}\\n.*?(?=\\n## |\\Z)', {section!r}, t, flags=re.S)\n"
    repo.write({"../bin/edit": f"#!{sys.executable}\n{script}open(p,'w').write(t)\n"})
    (repo.path / "../bin/edit").chmod(0o755)


def overlapping(repo: Repo) -> None:
    """Three sessions: two own the same folder and edit the same line, one lags behind main."""
    lines = "".join(f"line {number}\n" for number in range(1, 21))
    repo.commit({"guard.toml": 'base = "main"\n', "ui/index.md": lines}, "start")
    repo.commit({f"src/web/{letter}.ts": lines for letter in "abcdefghijkl"}, "code")
    api = 'goal = "Serve it."\nowner = "Ada"\n\nowns = ["src/**/*.ts"]\n'
    repo.commit({".guard/contracts/api.toml": api}, "contract")
    repo.contract("web", owns=["/src/web/"])
    repo.contract("ui", owns=["/ui/"])
    for name, path, line in (("api", "src/web/a.ts", 10), ("web", "src/web/a.ts", 10)):
        place = repo.worktree(f"shop-{name}", name)
        place.write({path: lines.replace(f"line {line}\n", f"{name}\n")})
        place.write({"src/web/new.ts": f"{name}\n"})
    repo.worktree("shop-ui", "ui").commit({"ui/index.md": lines.replace("line 4\n", "ours\n")})
    repo.commit({"ui/index.md": lines.replace("line 4\n", "one\ntwo\nthree\n")}, "main goes on")


def adopted(repo: Repo) -> None:
    """The repository of the README with its policy."""
    shop(repo)
    repo.guard("init")
    repo.commit({}, "guard: policy")


def planned(repo: Repo) -> None:
    """The repository of the README with its policy, and the plan that the document shows."""
    adopted(repo)
    (text,) = (block.text for block in blocks("toml") if block.document == "docs/sessions.md")
    repo.write({"plan.toml": text})


def apart(repo: Repo) -> None:
    """Two clones of one remote, whose policy makes every contract a claim."""
    adopted(repo)
    with (repo.path / "guard.toml").open("a") as policy:
        policy.write('\n[start]\ncontract = "base"\n')
    repo.commit({}, "guard: claims")
    repo.git("clone", "-q", "--bare", ".", "../origin.git")
    for name in ("ada", "eve"):
        repo.git("clone", "-q", "../origin.git", f"../{name}")


def integrating(repo: Repo) -> None:
    """Three sessions that are done; two of them have changed the same line."""
    shop(repo)
    policy = BASE + '[handoff]\nrequired = false\n[integrate]\nverify = ["sh test.sh"]\n'
    repo.commit({"guard.toml": policy, "test.sh": "test -s src/web/page.ts\n"}, "policy")
    goals = {"api": "Pay by card.", "ui": "Icons on every page.", "web": "Pay in one step."}
    for name, goal in goals.items():
        owns = ["src/api/"] if name == "api" else ["src/web/"]
        repo.contract(name, owns=owns, goal=goal)
    sections = (
        "# Handoff: web",
        "## Files changed\n\n- `src/web/page.ts`",
        "## Behavior changed\n\nThe page pays in one step.",
        "## Commands run\n\nNone: guard integrate runs them.",
        "## Known risks\n\n- Old carts lose their notes.",
        "## Follow-up work\n\n- Remove the second step.",
    )
    handoff = "\n\n".join(sections) + "\n"
    work: dict[str, dict[str, str | bytes]] = {
        "api": {"src/api/card.ts": "export const card = 1\n"},
        "ui": {"src/web/page.ts": 'export const page = "icons"\n'},
        "web": {
            "src/web/page.ts": 'export const page = "pay"\n',
            ".guard/handoffs/web.md": handoff,
        },
    }
    for name, files in work.items():
        repo.git("switch", "-qc", f"worktree-{name}", "main")
        repo.commit(files, f"work of {name}")
    repo.git("switch", "-q", "main")


SETUPS: dict[str, Callable[[Repo], None]] = {
    "README.md": shop,
    "docs/adopting.md": adopting,
    "docs/between.md": overlapping,
    "docs/contracts.md": mistaken,
    "docs/handoffs.md": handing_off,
    "docs/integrate.md": integrating,
    "docs/recipes/implementation-and-review.md": adopted,
    "docs/recipes/old-repository.md": adopting,
    "docs/recipes/person-and-agent.md": adopted,
    "docs/recipes/three-agents.md": adopted,
    "docs/recipes/two-machines.md": apart,
    "docs/sessions.md": planned,
}  # the blocks of a document follow one another in one repository


def drafted(repo: Repo) -> None:
    """A contract that nobody has published yet."""
    adopted(repo)
    repo.guard("contract", "new", "web", "--goal", "x", "--owns", "web/")


def detached(repo: Repo) -> None:
    """A worktree with a detached HEAD, and a contract on the base."""
    adopted(repo)
    repo.contract("web", owns=["web/"])
    repo.git("switch", "-q", "--detach")


def handed_off(repo: Repo) -> None:
    """A session with its handoff; main is checked out."""
    handing_off(repo)
    repo.guard("run", "--", "make", "test")
    texts = ("--behavior", "Faster.", "--risks", "None: small.", "--follow-up", "None: done.")
    assert repo.guard("handoff", "write", *texts, "--commit").code == 0
    repo.git("switch", "-q", "main")


# How blocks of commands without output begin: those that run, with what they need …
RUN: dict[str, Callable[[Repo], None]] = {
    "git init -q -b main shop": lambda _: None,
    "guard agent install": adopted,
    "guard contract new": adopted,
    "guard contract publish": drafted,
    "guard handoff show": handed_off,
    "guard install": adopted,
    "guard start --here": detached,
}
# … and those that need a build of guard, a CI system or a forge.
NOT_RUN = ("make demo", "guard ci", "gh pr view", "guard start search")


def without_ids(text: str, home: Path = Path("/home/ada")) -> str:
    """Replace what differs from run to run: object ids, times, and where the repository is."""
    text = re.sub(r"\b[0-9]+\.[0-9]+ s\b", "<time>", text)
    text = text.rstrip().replace(str(home), "/home/ada")
    return re.sub(r"\b[0-9a-f]{7,64}\b", "<oid>", text)


def with_guard(folder: Path) -> dict[str, str]:
    """An environment in which `guard` is this one."""
    program = folder / "bin/guard"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -I -m guard "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize("document", sorted({block.document for block in blocks("console")}))
def test_what_is_shown_is_what_happens(tmp_path: Path, document: str) -> None:
    """Every command of a document's sessions prints what the document shows."""
    repo = Repo.init(tmp_path / "shop")
    SETUPS.get(document, shop)(repo)
    environment = {**with_guard(tmp_path), "EDITOR": "edit", "COLUMNS": "100"}
    place = repo.path
    for block in blocks("console"):
        steps = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        if block.document != document:
            continue
        assert steps[0] == "", f"{named(block)} begins with a command"
        for step in steps[1:]:
            command, output = re.split(r"(?<!\\)\n", step, maxsplit=1)
            script = f"{{ {command}\n}} 2>&1; pwd > {tmp_path}/place"
            ran = repo.run("sh", "-c", script, ok=(), env=environment, cwd=place)
            place = Path((tmp_path / "place").read_text().rstrip("\n"))
            assert without_ids(ran.out, tmp_path) == without_ids(output), (
                f"{named(block)} $ {command}"
            )


@pytest.mark.parametrize("block", blocks("sh"), ids=named)
def test_commands_without_output_run(block: Block, tmp_path: Path) -> None:
    """A list of commands runs from the first to the last, unless it cannot run here."""
    if block.text.startswith(NOT_RUN):
        return
    setup = next(setup for begins, setup in RUN.items() if block.text.startswith(begins))
    repo = Repo.init(tmp_path / "shop")
    setup(repo)
    ran = repo.run("sh", "-e", "-c", block.text, ok=(), env=with_guard(tmp_path))
    assert ran.code == 0, f"{named(block)}\n{ran.out}{ran.err}"


@pytest.mark.parametrize("block", blocks("sh"), ids=named)
def test_commands_without_output_exist(block: Block, tmp_path: Path) -> None:
    """Of a list of commands each one of guard's is known, with all its options."""
    repo = Repo.init(tmp_path / "repo")
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        for command in re.split(r" && | \| ", line):
            words = shlex.split(command, comments=True)
            if words[:1] != ["guard"] or "--" in words:
                continue
            words = words[1 : words.index(">")] if ">" in words else words[1:]
            ran = repo.guard(*words, "--help")
            assert ran.code == 0, f"{named(block)} {command}\n{ran.err}"


def test_no_language_hides_a_command() -> None:
    """A block in which a shell's prompt stands is `console`, so that it is replayed."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            assert language == "console" or not re.search(r"^\$ ", body, re.MULTILINE), path.name
