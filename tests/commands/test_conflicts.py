"""`guard conflicts`: verdicts, exit statuses, text, JSON, and a git that fails."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.kit import GUARD, POLICY, Ran, Repo, team

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
NUMBERS = "".join(f"{number}\n" for number in range(1, 21))
HOSTILE = "docs/\x1b[31mred\n##[error]\u202efile"


def three(repo: Repo) -> dict[str, Repo]:
    """Two sessions that changed the same lines, uncommitted, and one that did not."""
    team(repo)
    repo.commit({"docs/n.py": NUMBERS})
    repo.contract("docs", owns=["docs/"], goal="Write the manual.")
    places = {name: repo.worktree(name) for name in ("api", "web", "docs")}
    for name in ("api", "docs"):
        places[name].write({"docs/n.py": NUMBERS.replace("10\n", f"{name}\n")})
    places["web"].write({"web/a.py": "web\n"})
    return places


def valid(repo: Repo, ran: Ran) -> dict[str, Any]:
    """The JSON of a run, after the published schema has accepted it."""
    VALIDATOR(json.loads(repo.guard("schema", "conflicts").out)).validate(ran.report)
    return ran.report


def test_who_must_talk_about_which_lines(repo: Repo) -> None:
    """The text names both sessions, the path and the lines of each; exit status 1."""
    three(repo)
    ran = repo.guard("conflicts")
    assert (ran.code, ran.err) == (1, "")
    head, *lines = ran.out.split("\n")
    assert head.startswith("guard: 1 pair conflicts · 3 sessions as they are, on main ")
    assert "api and docs conflict" in lines
    assert "  docs/n.py: the same lines: api line 10, docs line 10" in lines
    assert repo.guard("conflicts", "--committed").code == 0


def test_json(repo: Repo) -> None:
    """Every session and every pair, with paths, kinds and lines; valid by the schema."""
    places = three(repo)
    report = valid(repo, repo.guard("conflicts", "--format", "json", "--order", "--diff"))
    assert [(one["name"], one["state"], one["dirty"]) for one in report["sessions"]] == [
        ("api", "working", True),
        ("docs", "working", True),
        ("web", "working", True),
    ]
    assert report["sessions"][1]["goal"] == "Write the manual."
    assert report["sessions"][1]["worktree"] == str(places["docs"].path)
    verdicts = {(pair["a"], pair["b"]): pair["verdict"] for pair in report["pairs"]}
    assert verdicts == {
        ("api", "docs"): "conflict",
        ("api", "web"): "clean",
        ("docs", "web"): "clean",
    }
    (place,) = report["pairs"][0]["paths"]
    assert (place["path"], place["kind"]) == ("docs/n.py", "content")
    assert place["lines"] == [{"a": [10, 10], "b": [10, 10]}]
    assert report["pairs"][0]["same_files"] == [{"path": "docs/n.py"}]
    assert report["order"]["names"] == ["api", "web"]
    assert report["order"]["left_out"] == [{"name": "docs", "because": ["api"]}]


def test_both_sides_hunks_are_patches(repo: Repo) -> None:
    """git applies each side's hunks to the file on the base, and gets that side's file."""
    places = three(repo)
    ran = repo.guard("conflicts", "--format", "json", "--diff")
    (place,) = ran.report["pairs"][0]["paths"]
    for side, name in (("a", "api"), ("b", "docs")):
        repo.git("apply", "-", stdin=place["hunks"][side].encode())
        patched = (repo.path / "docs/n.py").read_bytes()
        assert patched == (places[name].path / "docs/n.py").read_bytes()
        repo.git("checkout", "-q", "docs/n.py")
    out = repo.guard("conflicts", "--diff").out
    assert "  docs: Write the manual." in out
    assert "    +api" in out


def test_nothing_to_say(repo: Repo) -> None:
    """No sessions, and sessions apart: exit status 0, and it says so."""
    team(repo)
    assert repo.guard("conflicts").out.startswith("guard: no conflicts · 0 sessions as they are")
    repo.worktree("api").write({"api/a.py": "mine\n"})
    repo.worktree("web").write({"web/a.py": "mine\n"})
    ran = repo.guard("conflicts", "--order")
    assert ran.code == 0
    assert "  1. api\n  2. web\n" in ran.out


def test_the_bases_checkout_is_no_session(repo: Repo) -> None:
    """What is not committed there is compared, and said to be that, in the order as well."""
    three(repo)
    repo.write({"web/new.py": "of main\n"})
    out = repo.guard("conflicts", "--order").out
    assert "3 sessions and main's checkout as they are" in out
    assert "(no session: what is not committed)" in out


def test_a_conflict_with_the_base(repo: Repo) -> None:
    """The session is named with its folder, and a command that starts to resolve it."""
    team(repo)
    api = repo.worktree("api")
    api.commit({"api/a.py": "mine\n"})
    repo.commit({"api/a.py": "theirs\n"})
    ran = repo.guard("conflicts")
    assert ran.code == 1
    assert f"api conflicts with main (in {api.path})\n  api/a.py: the same lines: " in ran.out
    step = re.findall(r"next: (cd .*)", ran.out)[0]
    merged = repo.run("sh", "-c", step, ok=(1,))
    assert "CONFLICT (content): Merge conflict in api/a.py" in merged.out
    assert repo.guard("conflicts", "--format", "json").report["sessions"][0]["during"] == "merge"


def test_severities(repo: Repo) -> None:
    """Files that git merges count if the policy makes them errors, and are left out if off."""
    team(repo, policy=POLICY)
    for number, name in enumerate(("api", "web")):
        lines = ["docs a\n"] * 20
        lines[number * 15] = f"{name}\n"
        repo.worktree(name).write({"docs/a.py": "".join(lines)})
    ran = repo.guard("conflicts")
    assert (ran.code, "  docs/a.py: api and web\n" in ran.out) == (0, True)
    repo.policy(POLICY + '[rules]\nsame-file = "error"\n')
    assert repo.guard("conflicts").code == 1
    repo.policy(POLICY + '[rules]\nsame-file = "off"\n')
    ran = repo.guard("conflicts")
    assert (ran.code, "docs/a.py" in ran.out) == (0, False)


@pytest.mark.parametrize("columns", ["60", "200"])
def test_hostile_names(repo: Repo, columns: str) -> None:
    """No name of a path or branch moves the cursor, forges a line or commands a CI system."""
    team(repo)
    for name in ("a", "b"):
        place = repo.worktree(name, f"\u202e{name}")
        place.write({HOSTILE: f"{name}\n", b"\xff.txt".decode("utf-8", "surrogateescape"): name})
    env = {"COLUMNS": columns}
    for words in ([], ["--diff"], ["--order"], ["--format", "json"]):
        ran = repo.guard("conflicts", *words, env=env)
        assert ran.code == 1
        assert not set("\x1b\u202e") & set(ran.out)
        assert "##[" not in ran.out
        assert not any(line.startswith("##") for line in ran.out.split("\n"))
    report = valid(repo, repo.guard("conflicts", "--format", "json"))
    paths = report["pairs"][0]["paths"]
    assert [place["path"] for place in paths] == [HOSTILE, "\\xff.txt"]
    assert paths[1]["path_base64"] == "/y50eHQ="


def test_who_deleted_and_who_merges(repo: Repo) -> None:
    """A deleted file has no lines to talk about, and git's merges are told from its stops."""
    places = three(repo)
    repo.git("worktree", "remove", "--force", str(places["docs"].path))
    repo.git("branch", "-D", "docs")
    docs = repo.worktree("docs")
    docs.git("rm", "-q", "docs/n.py")
    out = repo.guard("conflicts", "--order").out
    assert "docs/n.py (api changed it, docs deleted it)" in out
    assert "after line 0" not in out


def test_the_same_lines_are_told_apart_from_the_same_file(repo: Repo) -> None:
    """Of four sessions in one file two wrote the same, one conflicts, one is elsewhere."""
    places = three(repo)  # api and docs conflict in line 10
    places["web"].write({"docs/n.py": NUMBERS.replace("10\n", "api\n")})
    far = repo.contract("far", owns=["far/"]).worktree("far")
    far.write({"docs/n.py": NUMBERS.replace("20\n", "far\n")})
    lines = repo.guard("conflicts").out.splitlines()
    start = lines.index("note: changed by several, and git merges them:")
    assert lines[start + 1 : start + 3] == [
        "  docs/n.py (the same lines): api and web",
        "  docs/n.py: api, docs, far and web (but not the pairs above)",
    ]


def test_lines_fit_a_narrow_terminal(repo: Repo) -> None:
    """Where names allow it, no line is wider than the terminal."""
    three(repo)
    for words in ([], ["--order"]):
        out = repo.guard("conflicts", *words, env={"COLUMNS": "60"}).out
        long = [line for line in out.split("\n")[1:] if len(line) > 60]
        split = [line.split(" ") for line in map(str.lstrip, long)]
        assert all(len(line) == 1 or line[0] == "next:" for line in split), long


def test_output_file(repo: Repo) -> None:
    """The whole goes to the file, one line to standard output."""
    three(repo)
    ran = repo.guard("conflicts", "--format", "json", "--output", "found.json")
    assert ran.out.startswith("guard: 1 pair conflicts · ")
    assert ran.out.endswith(" · report in found.json\n")
    assert json.loads((repo.path / "found.json").read_text())["verdict"] == "conflict"


def broken_git(folder: Path, script: str) -> dict[str, str]:
    """An environment whose git runs `script` first."""
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\n{script}\nexec {shutil.which("git")} "$@"\n')
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_merge_that_crashes_is_undecided(repo: Repo, tmp_path: Path) -> None:
    """A pair on which git dies is not clean; the others have their verdict."""
    places = three(repo)
    places["web"].write({"docs/a.py": "docs a\n" * 19 + "web\n", "docs/b.py": "web\n"})
    places["docs"].write({"docs/b.py": "docs\n"})
    # dies whenever it is to merge the session web
    script = (
        'case "$*" in *merge-tree*) in=$(mktemp); cat >"$in"; '
        f"real={shutil.which('git')}; n=0; while read -r a b; do "
        'for c in $a $b; do case "$("$real" --git-dir="$GIT_DIR" cat-file -p "$c^{tree}" '
        '| "$real" --git-dir="$GIT_DIR" ls-tree -r "$c" -- web/a.py)" in *WEB*) kill -6 $$;; '
        'esac; done; done <"$in"; exec "$real" "$@" <"$in";; esac'
    )
    blob = places["web"].git("hash-object", "web/a.py")
    env = broken_git(tmp_path / "bin", script.replace("WEB", blob))
    ran = repo.guard("conflicts", "--format", "json", env=env)
    assert ran.code == 2
    report = valid(repo, ran)
    found = {(pair["a"], pair["b"]): pair["verdict"] for pair in report["pairs"]}
    assert found == {
        ("api", "docs"): "conflict",
        ("api", "web"): "clean",
        ("docs", "web"): "undecided",
    }
    assert report["pairs"][2]["why"] == "git cannot merge the two: git crashed (signal 6)"
    assert "undecided: docs and web: git cannot merge" in repo.guard("conflicts", env=env).out
    assert repo.guard("conflicts").code == 1  # what failed is not kept


def test_a_git_without_many_merges(repo: Repo, tmp_path: Path) -> None:
    """git 2.38 knows no `merge-tree --stdin`: an error that names the version to install."""
    three(repo)
    script = (
        'case "$*" in *--stdin*merge-tree*|*merge-tree*--stdin*) '
        'echo "error: unknown option \\`stdin" >&2; exit 129;; version) echo git version 2.38.1; '
        "exit;; esac"
    )
    ran = repo.guard("conflicts", env=broken_git(tmp_path / "bin", script))
    assert (ran.code, ran.out) == (2, "")
    assert "git 2.38.1 cannot merge many pairs at once" in ran.err
    assert "hint: install git 2.39 or newer" in ran.err


def test_merge_drivers_are_never_run(repo: Repo, tmp_path: Path) -> None:
    """A driver of the user's is named, since it may solve the conflict; git's own ones count."""
    team(repo)
    mark = tmp_path / "ran"
    repo.git("config", "merge.mine.driver", f"touch {mark}")
    attributes = "docs/a.py merge=mine\ndocs/b.py merge=union\ndocs/c.py -merge\n"
    repo.commit({".gitattributes": attributes})
    for number, name in enumerate(("api", "web")):
        lines = ["docs c\n"] * 20
        lines[number * 15] = f"{name}\n"
        files = {"docs/a.py": f"{name}\n", "docs/b.py": f"{name}\n", "docs/c.py": "".join(lines)}
        repo.worktree(name).write({**files})
    ran = repo.guard("conflicts", "--format", "json")
    assert ran.code == 1
    paths = valid(repo, ran)["pairs"][0]["paths"]
    assert [(place["path"], place["kind"], place["driver"]) for place in paths] == [
        ("docs/a.py", "content", "mine"),
        ("docs/c.py", "binary", None),
    ]
    text = repo.guard("conflicts").out
    assert "your merge driver mine may solve it: guard runs none" in " ".join(text.split())
    assert not mark.exists()


def test_progress_on_a_terminal(repo: Repo, tmp_path: Path) -> None:
    """What takes longer than a second is told on a terminal, and cleared; elsewhere never."""
    three(repo)
    env = broken_git(tmp_path / "bin", 'case "$*" in *diff-files*) sleep 1.2;; esac')
    assert repo.guard("conflicts", env=env).err == ""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*GUARD, "conflicts"],
        cwd=repo.path,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    assert done.returncode == 1
    raw = b""
    with suppress(OSError):  # the end of a terminal that nobody has open (pty(7))
        while part := os.read(ours, 10_000):
            raw += part
    os.close(ours)
    said = raw.decode()
    assert said.startswith("\r\x1b[Kguard: ")
    assert said.endswith("\r\x1b[K")


def test_where_guard_is_not_adopted(empty: Repo) -> None:
    """Without a base there is nothing to compare with; without contracts there is."""
    ran = empty.guard("conflicts")
    assert (ran.code, ran.err.startswith("guard: ")) == (2, True)
    empty.commit({"a": "1\n"})
    for name in ("one", "two"):
        empty.worktree(name).write({"a": f"{name}\n"})
    assert empty.guard("conflicts").code == 1
