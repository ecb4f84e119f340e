"""Hooks that were there before guard: they run first and come back."""

from __future__ import annotations

import sys

import pytest

from guard.githooks.shims import file_text
from tests.githooks.installing.hooks import FILES, hook, is_guarded, stray, tree
from tests.kit import Repo


def test_the_hook_that_was_there_runs_first(team: Repo) -> None:
    """It gets git's words and input; if it fails, nothing else runs, and its status counts."""
    hook(team, "pre-commit")
    hook(team, "pre-push")
    assert "the hook that was there runs first" in team.guard(*FILES).out
    ran = stray(team)
    assert ran.err.index("mine") < ran.err.index("docs/a.md: OWN001")
    refused = team.run(
        "git", "commit", "-q", "--allow-empty", "-m", "x", ok=(1,), env={"MY_STATUS": "7"}
    )
    assert "guard" not in refused.err
    bare = Repo.init(team.path.parent / "server.git", "--bare")
    team.write({"src/a.py": "x\n"}).git("commit", "-qam", "x")
    pushed = team.run("git", "push", "-q", str(bare.path), "api")
    head = team.git("rev-parse", "HEAD")
    assert (
        f"mine {bare.path} {bare.path}\nrefs/heads/api {head} refs/heads/api {'0' * 40}\n"
        in pushed.out
    )


def test_an_old_hook_that_changes_the_index(team: Repo) -> None:
    """What a formatter adds to the commit is judged too."""
    hook(team, "pre-commit", "#!/bin/sh\necho x >docs/a.md; git add docs/a.md\n")
    assert team.guard(*FILES).code == 0
    team.write({"src/a.py": "x\n"}).git("add", "-A")
    assert "docs/a.md: OWN001" in team.run("git", "commit", "-qm", "x", ok=(1,)).err


def test_a_hook_that_git_passed_over_stays_passed_over(team: Repo) -> None:
    """A hook file that is not executable is kept and not run."""
    hook(team, "pre-commit", mode=0o644)
    assert team.guard(*FILES).code == 0
    assert "mine" not in stray(team).err
    assert is_guarded(team)


def test_two_hooks_that_were_there_before(team: Repo) -> None:
    """If one hook is kept and another has come since, neither is lost: the user has to look."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    hook(team, "pre-commit", "#!/bin/sh\necho another\n")
    ran = team.guard(*FILES)
    assert ran.code == 2
    assert "guard-previous/pre-commit is kept" in ran.err
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()
    assert "another" in (team.path / ".git/hooks/pre-commit").read_text()
    assert team.guard("uninstall").code == 0
    assert "mine" in (team.path / ".git/hooks/guard-previous/pre-commit").read_text()


def test_guards_file_removed_by_hand(team: Repo) -> None:
    """If somebody deleted guard's file, `uninstall` still gives the older hook its place back."""
    hook(team, "pre-commit")
    assert team.guard(*FILES).code == 0
    (team.path / ".git/hooks/pre-commit").unlink()
    assert team.guard("uninstall").code == 0
    assert "mine" in (team.path / ".git/hooks/pre-commit").read_text()


def test_a_link_to_the_repositorys_own_copy(team: Repo) -> None:
    """A link to a copy of guard's hook is replaced by a file; what it leads to is left alone."""
    team.write({"hooks/pre-commit": file_text("pre-commit", "", "pass")})
    (team.path / ".git/hooks").mkdir(exist_ok=True)
    (team.path / ".git/hooks/pre-commit").symlink_to("../../hooks/pre-commit")
    assert team.guard(*FILES).code == 0
    assert not (team.path / ".git/hooks/pre-commit").is_symlink()
    assert (team.path / "hooks/pre-commit").read_text() == file_text("pre-commit", "", "pass")
    assert not (team.path / ".git/hooks/guard-previous/pre-commit").exists()


@pytest.mark.parametrize(
    "text",
    [
        (
            '#!/bin/sh\necho "name $(basename "$0") in $(dirname "$0"): $*" >&2\n'
            '. "$(dirname "$0")/library"\n'
        ),
        (
            '#!/usr/bin/env bash\nset -eu\necho "name ${0##*/} in ${0%/*}: $*" >&2\n'
            '. "${0%/*}/library"\n'
        ),
        '#!/bin/sh -e\necho "name ${0##*/} in ${0%/*}: $*" >&2\n. "${0%/*}/library"\n',
    ],
)
def test_a_script_that_asks_for_its_own_name(team: Repo, text: str) -> None:
    """A script with several names, or with files beside it, finds its own name and folder."""
    for name in ("pre-commit", "post-checkout", "pre-push"):
        hook(team, name, text)
    hook(team, "library", "echo library >&2\n")
    for _ in range(2):
        said = stray(team).err
        assert "name pre-commit in .git/hooks: \nlibrary\n" in said
        head = team.git("rev-parse", "HEAD")
        assert (
            f"name post-checkout in .git/hooks: {head} {head} 1\nlibrary\n"
            in team.run("git", "switch", "-q", "--detach").err
        )
        team.git("switch", "-q", "api")
        assert team.guard(*FILES).code == 0
    assert "docs/a.md: OWN001" in stray(team).err


@pytest.mark.parametrize(
    "text",
    [
        (
            f"#!{sys.executable} -I\nimport os, sys\n"
            "print('name', os.path.basename(sys.argv[0]), *sys.argv[1:], file=sys.stderr)\n"
        ),
        '#!/bin/bash\nif [ "${BASH_SOURCE[0]}" = "$0" ]; then echo "name ${0##*/} $*" >&2; fi\n',
    ],
)
def test_another_program_that_asks_for_its_own_name(team: Repo, text: str) -> None:
    """A program that looks at its name (husky 4, overcommit) is started under that name."""
    hook(team, "pre-commit", text)
    hook(team, "post-checkout", text)
    assert team.guard(*FILES).code == 0
    assert "name pre-commit" in stray(team).err
    assert "name post-checkout " in team.run("git", "switch", "-q", "--detach").err


@pytest.mark.parametrize("order", [("pre-commit", "pre-push"), ("pre-push", "pre-commit")])
def test_hooks_that_are_links_to_each_other(team: Repo, order: tuple[str, str]) -> None:
    """One file under several names stays that, whichever guard takes first, and comes back so."""
    first, second = order
    hook(team, "pre-commit", "#!/bin/sh\necho one file >&2\n")
    hook(team, "dispatch", "#!/bin/sh\necho dispatched >&2\n")
    folder = team.path / ".git/hooks"
    (folder / "pre-push").symlink_to("pre-commit")
    (folder / "post-checkout").symlink_to("dispatch")
    (folder / "post-rewrite").symlink_to(folder / "dispatch")
    before = tree(folder)
    for name in (first, second, "post-checkout", "post-rewrite"):
        assert team.guard(*FILES, "--hook", name).code == 0
        assert "one file" in team.run(".git/hooks/pre-push", "o", "u").err
        assert "one file" in stray(team).err
    for name in ("post-checkout", "post-rewrite"):
        assert team.run(f".git/hooks/{name}").err == "dispatched\n"
    assert team.guard("uninstall", "--hook", first).code == 0
    assert "one file" in team.run(".git/hooks/pre-push", "o", "u").err
    assert "one file" in stray(team).err
    assert team.guard("uninstall").code == 0
    assert tree(folder) == before


@pytest.mark.parametrize("act", ["install", "uninstall"])
@pytest.mark.parametrize("kind", ["files", "config"])
def test_lines_that_somebody_added_to_guards_file(team: Repo, act: str, kind: str) -> None:
    """guard leaves a file alone that was edited, and prints the command that keeps the edits."""
    team.guard(*FILES)
    file = team.path / ".git/hooks/pre-commit"
    if kind == "config":
        (team.path / ".git/guard").mkdir(exist_ok=True)
        file.parent.rename(team.path / ".git/guard/hooks")
        file = team.path / ".git/guard/hooks/pre-commit"
    edited = file.read_text() + "\n./my-linter\n"
    file.write_text(edited)
    before = {path: path.read_bytes() for path in file.parent.iterdir()}
    ran = team.guard(act)
    assert ran.code == 2
    assert f"{file} was edited" in ran.err
    assert {path: path.read_bytes() for path in file.parent.iterdir()} == before
    command = ran.err.split("hint: ")[1].partition("#")[0]
    team.run("sh", "-c", command)
    for _ in range(2):
        team.guard(act)
        assert (file.parent / "pre-commit.edited").read_text() == edited
    if kind == "files":
        assert file.exists() == (act == "install")


def test_a_word_changed_within_guards_file(team: Repo) -> None:
    """Not only lines behind guard's own are edits; the program and the policy's word are none."""
    team.guard(*FILES)
    file = team.path / ".git/hooks/pre-push"
    text = file.read_text()
    file.write_text(text.replace("absent=pass", "absent=block"))
    assert team.guard("install").code == 0
    file.write_text(text.replace('main "$@"', 'main "$@" || true'))
    assert team.guard("install").code == 2
