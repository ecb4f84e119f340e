"""What a shell command certainly does; real git says which commands bypass a hook."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from guard.agents.protocol.event import Edit, Write
from guard.agents.shell.deeds import Deeds, deeds_in
from guard.agents.shell.touches import Touch
from tests.growth import require_proportion
from tests.kit import Repo

# Commands that let the hooks run, or do nothing at all; real git confirms each.
HOOKS_RUN = [
    "git commit -m x",
    "git commit -m 'explain --no-verify'",
    "git commit -m 'why -n is bad' -a",
    "git commit --message --no-verify",
    "git commit -m --no-verify",
    "git commit -m -n",
    "git commit -mn",
    "git commit -am n",
    "git commit -F- <<'EOF'\ngit commit --no-verify\nEOF",
    'git commit -m "$(printf %s --no-verify)"',
    "git commit -uno -m x",
    "git commit -Cn -m x",
    "git commit -m x -- -n",
    "git commit --no-verify --verify -m x",
    "git commit -n --verify -m x",
    "git commit --no-verbose -m x",
    "git commit --author='n <n@n>' -m x",
    "git commit --fixup HEAD -m -n",
    "git commit -c HEAD -m x",
    "git commit -t --no-verify -m x",
    "SKIP=flake8 git commit -m x",
    "# git commit --no-verify -m x",
    "echo git commit --no-verify -m x",
    "cat <<'EOF'\ngit commit --no-verify -m x\nEOF",
    "sh -c 'cat > x' <<'EOF'\ngit commit --no-verify -m x\nEOF",
    "bash .none <<'EOF'\ngit commit --no-verify -m x\nEOF",
    "chmod go-x .git/hooks/*; git commit -m x",
    "git -c core.hooksPath=/dev/null status",
    "git config --get core.hooksPath; git commit -m x",
    "git config core.hooksPath; git commit -m x",
    "git config --unset core.hooksPath; git commit -m x",
    "git config get core.hooksPath; git commit -m x",
    "git config --list; git commit -m x",
    "git config --file other.cfg core.hooksPath /dev/null && git commit -m x",
    "git config alias.hooks core.hooksPath && git commit -m x",
    "git push -n origin main",
    "git push origin main",
    "git push -o --no-verify origin main",
    "git reset -q --hard; git merge -n --no-ff -m x other",
    "git reset -q --hard; git merge -m --no-verify --no-ff other",
    "git log --grep=--no-verify",
    "chmod +x .git/hooks/pre-commit; git commit -m x",
]
# Commands that bypass a hook.
HOOKS_PASSED_OVER = [
    "git commit --no-verify -m x",
    "git commit -n -m x",
    "git commit -nm x",
    "git commit -anm x",
    "git commit -m x -n",
    "git commit -m x --no-veri",
    "git commit -m 'x' '--no-verify'",
    "git commit -m x \\\n  --no-verify",
    "git commit --verify --no-verify -m x",
    "git commit -qan -m x",
    "/usr/bin/env git commit -n -m x",
    "A=1 git commit -n -m x",
    "git -C . commit -n -m x",
    "git --no-pager -c user.name=x commit -n -m x",
    "git -c core.hooksPath=/dev/null commit -m x",
    "git -c CORE.HOOKSPATH=/nowhere commit -m x",
    "git config core.hooksPath /dev/null && git commit -m x",
    "git config --local core.hooksPath .none; git commit -m x",
    "git config --replace-all CORE.hookspath .none; git commit -m x",
    "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/x git commit -m x",
    "export GIT_CONFIG_PARAMETERS=\"'core.hooksPath=/x'\"; git commit -m x",
    "sh -c 'git commit --no-verify -m x'",
    "sh -ec 'git commit -n -m x'",
    "bash -o pipefail -c 'git commit -n -m x'",
    "bash <<'EOF'\ngit commit -n -m x\nEOF",
    "true && sh -e <<EOF\ngit commit -n -m x\nEOF",
    "bash -s <<< 'git commit -n -m x'",
    (
        "declare -x GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/x; "
        "git commit -m x"
    ),
    "chmod a=r .git/hooks/*; git commit -m x",
    "find .git/hooks -type f -delete; git commit -m x",
    "eval 'git commit -n -m x'",
    "eval git commit -n -m x",
    "env -u A B=1 timeout -k 1 5 nice -n 3 git commit -n -m x",
    "env sh -c \"sh -c 'git commit -n -m x'\"",
    "exec git commit -n -m x",
    "command git commit -n -m x",
    "true && (git commit -n -m x)",
    "if true; then git commit -n -m x; fi",
    "{ git commit -n -m x; }",
    "echo $(git commit -n -m x)",
    'echo "`git commit -n -m x`"',
    "cat <<EOF\n$(git commit -n -m x)\nEOF",
    "! git commit -n -m x",
    "echo x | xargs git commit -n -m",
    "git push --no-verify origin main",
    "git push origin main --no-verif",
    "git reset -q --hard; git merge --no-verify --no-ff -m x other",
    "git config core.hooksPath /dev/null; git push origin main",
    "chmod -x .git/hooks/* && git commit -m x",
    "rm .git/hooks/pre-commit .git/hooks/commit-msg; git commit -m x",
    "mv .git/hooks/ aside; git commit -m x",
    "echo : > .git/hooks/pre-commit; echo : > .git/hooks/commit-msg; git commit -m x",
    (
        "ln -sf /bin/true .git/hooks/pre-commit; ln -sf /bin/true .git/hooks/commit-msg; "
        "git commit -m x"
    ),
]


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository whose hooks all refuse, and the one that it pushes to."""
    top = tmp_path_factory.mktemp("hooked")
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **_PERSON}
    repo = Repo(top / "repo")
    for words in (["init", "-q", "-b", "main", "repo"], ["init", "-q", "--bare", "there.git"]):
        repo.git(*words, cwd=top, env=env)
    repo.git("remote", "add", "origin", "../there.git", env=env)
    repo.write({"a": "a\n"}).git("add", "a", env=env)
    repo.git("commit", "-qm", "start", env=env)
    repo.git("push", "-q", "origin", "main", env=env)
    repo.git("switch", "-q", "-c", "other", env=env)
    repo.write({"b": "b\n"}).git("add", "b", env=env)
    repo.git("commit", "-qm", "other", env=env)
    repo.git("switch", "-q", "main", env=env)
    repo.git("commit", "-q", "--allow-empty", "-m", "ahead", env=env)
    repo.write({"a": "changed\n"}).git("add", "a", env=env)
    for hook in ("pre-commit", "commit-msg", "pre-push", "pre-merge-commit"):
        file = repo.path / ".git/hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\nexit 1\n")
        file.chmod(0o755)
    return top


_PERSON = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def goes_around(hooked: Path, text: str, folder: Path) -> bool:
    """Whether a command commits, merges or pushes although every hook refuses."""
    shutil.copytree(hooked, folder / "copy", symlinks=True)
    repo = Repo(folder / "copy/repo")
    before = _state(repo)
    repo.run("bash", "-c", text, ok=(), env={"EDITOR": "true"})
    return _state(repo) != before


def _state(repo: Repo) -> str:
    return repo.git("rev-parse", "HEAD") + repo.git("ls-remote", "origin")


@pytest.mark.parametrize("text", HOOKS_RUN)
def test_what_lets_the_hooks_run_is_left_alone(hooked: Path, tmp_path: Path, text: str) -> None:
    """A command is not refused if git asks the hooks or does nothing."""
    assert deeds_in(text).refused == ()
    assert not goes_around(hooked, text, tmp_path)


@pytest.mark.parametrize("text", HOOKS_PASSED_OVER)
def test_what_bypasses_the_hooks_is_found(hooked: Path, tmp_path: Path, text: str) -> None:
    """A command that bypasses the hooks is refused, or touches a protected path."""
    deeds = deeds_in(text)
    assert deeds.refused or any(touch.path.startswith(".git/hooks") for touch in deeds.touched)
    assert goes_around(hooked, text, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "grep -rn -- '--no-verify' docs/",
        'echo "git push --no-verify" >> notes.md',
        "git worktree remove ../x",
        "git worktree add -f ../x",
        "git worktree list --porcelain",
        "git worktree remove $FORCE ../x",
        "git commit $FLAGS",
        "git $VERB --no-verify",
        "$GIT commit --no-verify",
        "git commit -m x -$N",
        "ssh host 'git commit --no-verify'",
        "docker run x git commit --no-verify",
        "python -c 'git commit --no-verify'",
        "HUSKY=0 npm ci",
        "SKIP=guard-check make",
        "LEFTHOOK=0 lefthook run x",
        "git rebase --no-verify main",
        "git -c hook.x.enabled=true commit",
        "git config hook.x.command 'make lint'",
        "git config hook.guard.command 'guard hook pre-commit'",
        "git config --unset hook.x.command",
        "SKIP=$WHAT git commit",
        "git config user.name 'core.hooksPath'",
        "guard install",
        "guard check --no-verify",
        "guard agent install claude",
        "pre-commit run",
        "SKIP=guard pre-commit run",
        "npm uninstall guard",
        "guard contract new web --goal g --owns web/",
        "guard contract check && guard contract list",
        "uv run",
        "uv run pytest git commit -n",
        "npm run git commit -n",
        'sh -c "$SCRIPT"',
        "sh script.sh --no-verify",
        "eval $X",
        "env GIT=git",
        "timeout 5 env -i A=git",
        "GIT=git",
        "sh -x -o pipefail git.sh",
        "git commit --$X",
        "sudo",
        "env",
        "git",
        "git -C x",
        "git -c",
        "",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_left_alone(text: str) -> None:
    """Uncertain, harmless or merely quoted commands are not refused."""
    assert deeds_in(text).refused == ()


@pytest.mark.parametrize(
    ("text", "what", "directory"),
    [
        ("git worktree remove --force ../x", "git worktree remove --force discards", ""),
        ("git worktree remove -f ../x", "git worktree remove --force", ""),
        ("git worktree remove ../x --for", "git worktree remove --force", ""),
        ("git -C sub worktree remove --force x", "git worktree remove --force", "sub"),
        (
            "cd sub && git -C more -C /abs worktree remove --force x",
            "git worktree remove --force",
            "/abs",
        ),
        ("git config hook.guard.enabled false", "hook.guard.enabled decides which hooks run", ""),
        ("git config set hook.guard.enabled false", "hook.guard.enabled", ""),
        ("git config --unset hook.guard.command", "hook.guard.command", ""),
        ("git config unset hook.guard.command", "hook.guard.command", ""),
        ("git config --remove-section hook.guard", "hook.guard", ""),
        ("git config hook.guard.command true", "hook.guard.command", ""),
        ("git -c hook.guard.enabled=false commit", "git commit runs other hooks here, or none", ""),
        ("git --config-env=core.hooksPath=X push", "git push runs other hooks", ""),
        ("git --config-env core.hooksPath=X push", "git push runs other hooks", ""),
        ("git config --global core.hooksPath /x", "git config core.hooksPath", None),
        ("git config --file .git/config core.hooksPath /x", "git config core.hooksPath", ""),
        ("SKIP=guard-check git commit -m x", "SKIP=guard-check skips the hooks", ""),
        ("env SKIP=a,guard-check git commit -m x", "SKIP=a,guard-check", ""),
        ("export SKIP=guard; git commit -m x", "SKIP=guard", ""),
        ("PREK_SKIP=guard git commit", "PREK_SKIP=guard", ""),
        ("LEFTHOOK_EXCLUDE=guard git push", "LEFTHOOK_EXCLUDE=guard", ""),
        ("HUSKY=0 git commit -m x", "HUSKY=0", ""),
        ("cd sub; LEFTHOOK=0 git push", "LEFTHOOK=0", "sub"),
        ("pre-commit uninstall", "pre-commit uninstall removes the hooks", ""),
        ("cd x && prek uninstall", "prek uninstall", "x"),
        ("guard uninstall", "this session may not remove guard's hooks", None),
        (
            "/usr/local/bin/guard agent uninstall claude",
            "this session may not remove guard's hooks",
            None,
        ),
        ("uv run git commit -n", "git commit -n", ""),
        ("poetry run env A=1 git push --no-verify", "git push --no-verify", ""),
        ("npx --yes lefthook uninstall", "lefthook uninstall", ""),
        ("cd ~/x && git commit -n", "git commit -n", "~/x"),
        ("git am --no-verify x.patch", "git am --no-verify", ""),
        ("git pull --no-verify", "git pull --no-verify", ""),
    ],
)
def test_a_deed_explains_itself(text: str, what: str, directory: str | None) -> None:
    """A deed says what it is, where it is done, what to do instead and what to type."""
    [deed] = deeds_in(text).refused
    assert what in deed.what
    assert deed.instead.endswith(".")
    assert deed.next.startswith(("guard ", "git "))
    assert deed.directory == directory


@pytest.mark.parametrize(
    "text",
    [
        "cd $X && git commit -n",
        "git -C $X commit -n",
        "cd && git worktree remove --force x",
        "cd - ; pre-commit uninstall",
    ],
)
def test_an_unsure_directory_makes_nothing_certain(text: str) -> None:
    """A command in a directory that only the running shell knows may be in any repository."""
    assert deeds_in(text) == Deeds()


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("cat guard.toml 2>/dev/null", []),
        ("cp guard.toml ./", [("./", False, False), ("./guard.toml", False, False)]),
        ("cp /a/guard.toml .", [(".", False, False), ("./guard.toml", False, False)]),
        (
            "cp -t .guard/contracts /a/x.toml",
            [(".guard/contracts", False, False), (".guard/contracts/x.toml", False, False)],
        ),
        (
            "mv --target-directory=d guard.toml",
            [("guard.toml", True, False), ("d", False, False), ("d/guard.toml", False, False)],
        ),
        ("cp -t", []),
        ("ln ../o/guard.toml", [("../o/guard.toml", False, False)]),
        ("ln -f guard.toml x", [("guard.toml", False, False), ("x", False, False)]),
        ("link guard.toml x", [("guard.toml", False, False), ("x", False, False)]),
        ("cp -al guard.toml x", [("guard.toml", False, False), ("x", False, False)]),
        (
            "ln -t d guard.toml",
            [("guard.toml", False, False), ("d", False, False), ("d/guard.toml", False, False)],
        ),
        ("rsync -a x guard.toml", [("guard.toml", False, False)]),
        ("dd if=x of=guard.toml", [("guard.toml", False, False)]),
        ("sed -n s/a/b/p guard.toml", []),
        ("sed -nEi.bak p guard.toml", [("p", False, False), ("guard.toml", False, False)]),
        ("perl -0777 -pi -e p guard.toml", [("p", False, False), ("guard.toml", False, False)]),
        ("perl -ne 'print if /i/' guard.toml", []),
        ("perl -Mstrict -Ilib -e p guard.toml", []),
        ("ruby -i -pe p guard.toml", [("p", False, False), ("guard.toml", False, False)]),
        ("chmod u=rw .git/hooks/x", [("u=rw", False, False), (".git/hooks/x", False, False)]),
        ("chmod -R a=r,u-x .git/hooks", [("a=r,u-x", False, False), (".git/hooks", False, False)]),
        ("chmod go-x .git/hooks/x", []),
        ("chmod g=r,u+x .git/hooks/x", []),
        ("chmod", []),
        ("find .git/hooks -name 'pre-*' -delete", [(".git/hooks", False, False)]),
        (
            "find -L .git/hooks .guard -type f -exec rm {} +",
            [(".git/hooks", True, False), (".guard", True, False)],
        ),
        (
            "find .git/hooks .guard -type f -exec rm {} +",
            [(".git/hooks", True, False), (".guard", True, False)],
        ),
        ("find .git -name '*.lock' -delete", []),
        ("find . -name guard.toml.orig -delete", [(".", True, True)]),
        ("find .git/hooks -type f", []),
        ("patch guard.toml x.diff", [("guard.toml", False, False)]),
        ("patch -p 1 -i x.diff guard.toml", [("guard.toml", False, False)]),
        ("patch --dry-run guard.toml", []),
        ("patch -d sub guard.toml", [("sub/guard.toml", False, False)]),
        ("patch --directory=sub -p0 <<E\n+++ x\nE", [("sub/x", False, False)]),
        ("patch -d $d -p0 <<E\n+++ x\nE", []),
        ("git -C $d rm x", []),
        (
            "patch -p1 <<'E'\n--- a/guard.toml\t2026\n+++ b/guard.toml\nE",
            [("guard.toml", False, False)],
        ),
        (
            "git apply <<'E'\n--- /dev/null\n+++ b/guard.toml\n@@ -0,0 +1 @@\n+x\nE",
            [("guard.toml", False, False)],
        ),
        ("git apply -p0 <<'E'\n--- /dev/null\n+++ guard.toml\nE", [("guard.toml", False, False)]),
        ("git apply --check <<'E'\n+++ b/guard.toml\nE", []),
        ("git apply guard.patch", []),
        (
            "rm ~/x/.git/config '~/y'/.git",
            [("~/x/.git/config", True, False), ("./~/y/.git", True, False)],
        ),
        (
            "echo x > out; cat guard.toml > ../out",
            [("out", False, False), ("../out", False, False)],
        ),
        ("echo x > out", [("out", False, False)]),
        ("sed s/a/b/ guard.toml", []),
        ("chmod +x .git/hooks/pre-commit", []),
        ("chmod 755 .git/hooks/pre-commit", []),
        ("cp guard.toml", []),
        ("cd $X && rm guard.toml", []),
        ("rm $GUARD", []),
        ("git status guard.toml", []),
        ("cd $X && rm /a/guard.toml", [("/a/guard.toml", True, False)]),
        ("rm .git/hooks/*", [(".git/hooks", True, True)]),
        ("rm -rf .git .guard", [(".git", True, False), (".guard", True, False)]),
        ("echo x > .guard/contracts/a.toml", [(".guard/contracts/a.toml", False, False)]),
        ("mv guard.toml /tmp", [("guard.toml", True, False), ("/tmp", False, False)]),
        ("cp a b guard.toml", [("guard.toml", False, False)]),
        ("install -m 644 a guard.toml", [("guard.toml", False, False)]),
        ("ln -s x guard.toml", [("guard.toml", False, False)]),
        ("ln -fs guard.toml x", [("x", False, False)]),
        ("sed -i s/a/b/ guard.toml", [("s/a/b/", False, False), ("guard.toml", False, False)]),
        ("tee -a guard.toml < x", [("guard.toml", False, False)]),
        ("truncate -s 0 guard.toml", [("0", False, False), ("guard.toml", False, False)]),
        ("git rm guard.toml", [("guard.toml", True, False)]),
        ("git mv a guard.toml", [("a", True, False), ("guard.toml", False, False)]),
        (
            "chmod a-x .git/hooks/pre-commit",
            [("a-x", False, False), (".git/hooks/pre-commit", False, False)],
        ),
        ("rm a a; rm a", [("a", True, False)]),
        (
            "chmod 644 .git/hooks/pre-commit",
            [("644", False, False), (".git/hooks/pre-commit", False, False)],
        ),
        ("bash -c 'cd a; rm guard.toml'", [("guard.toml", True, False)]),
        ("unlink .claude/settings.json", [(".claude/settings.json", True, False)]),
    ],
)
def test_paths_that_are_touched(text: str, touched: list[tuple[str, bool, bool]]) -> None:
    """Redirections and known programs give the paths that they write or remove."""
    found = [(touch.path, touch.deletes, touch.inside) for touch in deeds_in(text).touched]
    assert found == touched


def test_a_touch_knows_its_place() -> None:
    """The directory of a path is where the shell is at that point."""
    assert deeds_in("cd a && sh -c 'cd b; rm guard.toml'").touched == (
        Touch("guard.toml", "a/b", deletes=True),
    )
    assert deeds_in("cd a && sh -c 'cd /b; rm guard.toml'").touched == (
        Touch("guard.toml", "/b", deletes=True),
    )
    assert deeds_in("cd a && sh -c 'rm guard.toml; cd /; rm guard.toml'").touched == (
        Touch("guard.toml", "a", deletes=True),
        Touch("guard.toml", "/", deletes=True),
    )


PATCH = "*** Begin Patch\n*** Add File: a\n+x\n*** Update File: /b\n@@\n-x\n+y\n*** End Patch\n"
LONG = "x" * (1 << 18)
PATCHED = (Write("a", text="x\n"), Write("/b", edits=(Edit("x", "y"),)))


@pytest.mark.parametrize(
    ("text", "patched"),
    [
        (f"apply_patch <<'EOF'\n{PATCH}EOF\n", PATCHED),
        (f"apply_patch '{PATCH}'", PATCHED),
        (f"applypatch <<EOF\n{PATCH}EOF", PATCHED),
        (f"make && bash -lc \"apply_patch <<'EOF'\n{PATCH}EOF\" | cat", PATCHED),
        (f"cd c && apply_patch <<'EOF'\n{PATCH}EOF", (PATCHED[0]._replace(path="c/a"), PATCHED[1])),
        (f"cd $C && apply_patch <<'EOF'\n{PATCH}EOF", ()),
        (f"cat > patch <<'EOF'\n{PATCH}EOF", ()),
        ("apply_patch < patch", ()),
        (
            f"apply_patch <<'EOF'\n{PATCH[:-14]}*** Add File: c\n+{LONG}\n{PATCH[-14:]}EOF",
            (*PATCHED, Write("c", text=f"{LONG}\n")),
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_patches_that_are_handed_over(text: str, patched: tuple[Write, ...]) -> None:
    """Among other commands, apply_patch gives the files of its patch, seen from its directory."""
    assert deeds_in(text).patched == patched


def test_a_patch_hides_no_command() -> None:
    """A command beside a patch is judged as usual."""
    deeds = deeds_in(f"apply_patch <<'EOF'\n{PATCH}EOF\ngit commit --no-verify -m x")
    assert (len(deeds.refused), deeds.patched) == (1, PATCHED)


@pytest.mark.parametrize(
    "piece",
    [
        "cd x;",
        "$(git a)",
        "env ",
        "uv run ",
        "git a;",
        "> ../a ",
        "sh -c 'git a';",
        "git a <<E\nx\nE\n",
    ],
)
def test_a_long_command_costs_in_proportion(piece: str) -> None:
    """No repetition makes a hook so slow that an agent lets the command run without its answer."""
    require_proportion(lambda size: lambda: deeds_in(piece * size), 512)
