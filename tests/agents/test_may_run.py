"""Shell commands: what they certainly do to hooks, contracts and worktrees is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.agents.protocol import event as kinds
from tests.agents.asking import SETTINGS, ask, is_allowed, shell
from tests.kit import Repo

GIT_APPLY = "git apply <<'EOF'\n--- a/guard.toml\n+++ b/guard.toml\n@@ -1 +1 @@\n-a\n+b\nEOF"


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "git status",
        "git commit -m 'about --no-verify'",
        "rm -rf src",
        "rm src/a.py",
        "echo x > docs/a.md",
        "cat guard.toml",
        "git worktree remove ../other",
        "rm docs/*",
        "echo x > /tmp/guard.toml",
        "rm -rf /tmp/x/.git",
        "git -C /tmp commit --no-verify",
        "cp guard.toml /tmp/x",
        "rm -rf build .cache",
        "git config core.hooksPath",
        "rm -f .git/index.lock",
        "make 2>/dev/null",
        "cat > src/a.md <<'EOF'\nrm -rf .git\ngit commit -n\nEOF",
        "find . -name '*.orig' -delete",
        "cp ~/x src/a.py",
        "rm ./*.orig *.bak ./$X",
        "git rm -rq --cached . && git add .",
        "cat <<'EOF' | tee src/a.diff\n+++ b/guard.toml\nEOF",
        f"git -C /tmp {GIT_APPLY.removeprefix('git ')}",
    ],
)
def test_commands_that_may_run(session: Repo, command: str) -> None:
    """What is not certain, harmless or seen afterwards is let through."""
    assert is_allowed(shell(session, command))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("git commit --no-verify -m x", "git commit --no-verify bypasses the hooks"),
        ("cd src && git push --no-verify", "git push --no-verify"),
        ("git config core.hooksPath /dev/null", "git config core.hooksPath"),
        ("git config --global core.hooksPath /dev/null", "git config core.hooksPath"),
        ("git worktree remove --force ../other", "git worktree remove --force"),
        ("SKIP=guard git commit -m x", "SKIP=guard"),
        (
            "echo 'owns = [\"/\"]' >> .guard/contracts/feature.toml",
            ".guard/contracts/feature.toml: CON002",
        ),
        ("sed -i s/src/docs/ guard.toml", "guard.toml: CON002"),
        ("rm -rf .guard", ".guard/contracts/other.toml: CON002"),
        ("rm .guard/contracts/*", ".guard/contracts/other.toml: CON002"),
        ("git rm -q guard.toml", "guard.toml: CON002"),
        ("mv .claude/settings.json x", ".claude/settings.json: CON002"),
        ("rm -rf .claude", ".claude/settings.json: CON002"),
        ("perl -pi -e s/a/b/ guard.toml", "guard.toml: CON002"),
        ("cp -t .guard/contracts /tmp/feature.toml", ".guard/contracts"),
        (GIT_APPLY, "guard.toml: CON002"),
        (f"git -C src/.. {GIT_APPLY.removeprefix('git ')}", "guard.toml: CON002"),
        (GIT_APPLY.replace("git apply <<'EOF'", "cat <<'EOF' | git apply"), "guard.toml: CON002"),
        ("echo git push --no-verify | sh", "git push --no-verify"),
        ("rm guard.*", "guard.toml: CON002"),
        ("rm -rf *", "guard.toml: CON002"),
        ("mv ./.g* /tmp/away", ".guard/contracts/other.toml: CON002"),
        ("bash <<'EOF'\ngit push --no-verify\nEOF", "git push --no-verify"),
        ("find .git/hooks -delete", "is one of git's own files"),
        ("rm -rf .git", "is one of git's own files"),
        ("rm -rf .", "is a worktree of this repository"),
        ("guard uninstall", "this session may not remove guard's hooks"),
    ],
)
def test_commands_that_may_not(session: Repo, command: str, told: str) -> None:
    """What harms hooks, contracts or worktrees is refused, with a reason and the next step."""
    asked = shell(session, command)
    assert asked.verb == "deny"
    assert asked.text.startswith("guard refused this: ")
    assert told in asked.text
    assert "\nnext: g" in asked.text


@pytest.mark.parametrize("command", ["ln", "link", "cp -l", "cp -al"])
def test_a_hard_link_is_one_more_name_of_a_file(session: Repo, main: Repo, command: str) -> None:
    """It writes what it names: another session's file is refused, what a worktree lends is not."""
    other = main.worktree("other").write({"build/package.js": "x\n"}).path
    refused = shell(session, f"{command} {other}/other/o.py src/mine.py")
    assert (refused.verb, "belongs to another worktree" in refused.text) == ("deny", True)
    assert shell(session, f"{command} guard.toml src/mine.toml").verb == "deny"
    assert is_allowed(shell(session, f"{command} src/a.py src/b.py"))
    assert is_allowed(shell(session, f"{command} {other}/build/package.js src/package.js"))
    assert is_allowed(shell(session, f"ln -sf {other}/other/o.py src/mine.py"))
    assert is_allowed(shell(session, f"cp {other}/other/o.py src/mine.py"))


def test_commands_in_other_places(session: Repo, main: Repo, tmp_path: Path) -> None:
    """A deed in another worktree of the repository is refused, one in another repository is not."""
    other, plain = main.worktree("other"), Repo.init(tmp_path / "plain")
    assert shell(session, f"git -C {other.path} commit -n").verb == "deny"
    assert shell(session, f"rm -rf {main.path}/.git/hooks").verb == "deny"
    assert shell(session, f"rm -rf {other.path}").verb == "deny"
    assert is_allowed(shell(session, f"git -C {plain.path} commit -n"))
    assert is_allowed(shell(session, f"rm -rf {plain.path}"))
    assert is_allowed(shell(plain, f"git commit -n && rm -rf {plain.path}/.git"))
    started = ask(
        session,
        kinds.BEFORE_SHELL,
        "",
        {"tool_input": {"command": "git commit -n", "workdir": str(plain.path)}},
    )
    assert is_allowed(started)
    for there in (plain, Repo(tmp_path)):
        assert shell(there, f"cd {session.path} && rm guard.toml").verb == "deny"
        assert shell(there, f"cd {session.path} && git commit -n").verb == "deny"
        assert is_allowed(shell(there, "git commit -n && git config --global core.hooksPath x"))


def test_a_folder_around_the_worktree_is_not_taken_away(session: Repo) -> None:
    """A folder around the worktree may not be deleted, however it is spelled."""
    for path in ("..", "src/../..", f"{session.path}/..", session.path.parent, "/", "."):
        asked = shell(session, f"rm -rf {path}")
        assert (asked.verb, "a worktree of this repository" in asked.text) == ("deny", True), path
    session.write({"src/link": "x"})
    (session.path / "src/link").unlink()
    (session.path / "src/link").symlink_to("..")
    assert is_allowed(shell(session, "rm src/link"))
    asked = shell(session, "rm -rf ../*.log")
    assert is_allowed(asked), asked.text


def test_a_folder_around_another_worktree_is_not_taken_away(session: Repo, main: Repo) -> None:
    """The folder of worktrees is not cleaned up as a whole, although git ignores it."""
    main.write({".git/info/exclude": ".claude/\n", ".claude/worktrees/notes/a": "x\n"})
    main.git("worktree", "add", "-q", ".claude/worktrees/other", "-b", "other")
    for there, path in (
        (main, ".claude/worktrees"),
        (main, f"{main.path}/.claude"),
        (session, f"{main.path}/.claude/worktrees"),
    ):
        for command in (f"rm -rf {path}", f"mv {path} /tmp/away"):
            asked = shell(there, command)
            assert (asked.verb, "a worktree of this repository" in asked.text) == ("deny", True)
    assert is_allowed(shell(main, "rm -rf .claude/worktrees/notes"))


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ../*",
        "rm -rf '../'*",
        "rm -rf ../oth??",
        "rm -rf ../o[a-t]her",
        "rm -rf ../{notes,oth*}",
        "rm -rf ../other/*",
        "rm -rf ../*/src",
        "cd .. && rm -rf o*",
        "cd src && rm -rf ../../*",
        "mv ../* /tmp/away",
        "mv ../*r/src/* /tmp/away",
        "mv -t /tmp/away ../oth*",
        "git worktree remove ../oth*",
        "find .. -delete",
        "find .. -type f -delete",
        "find -L ../other/ -depth -delete",
        "find .. -mindepth 1 -maxdepth 1 -exec rm -rf {} +",
        "find .. | xargs true; find ../* -delete",
    ],
)
def test_a_glob_that_reaches_another_worktree(session: Repo, main: Repo, command: str) -> None:
    """What a shell makes of it is known: it is held against the worktrees."""
    other = main.worktree("other")
    other.write({"other/o.py": "changed\n"})
    asked = shell(session, command)
    assert asked.verb == "deny", command
    assert str(other.path) in asked.text or "a worktree of this repository" in asked.text


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ../*.log",
        "rm -rf ../'*'",
        "rm -rf ../\\*",
        "rm -rf ../notes*/*",
        "rm -rf ../.cache*",
        "rm -rf ./src/*.pyc build/*",
        "rm -rf ../$X",
        "mv src/*.orig /tmp/",
        "cp -r ../* /tmp/",
        "ls ../* && git worktree list",
        "find .. -name '*.pyc' -delete",
        "find .. -maxdepth 1 -type f -delete",
        "find . -type d -empty -delete",
        "find src -type f -delete",
    ],
)
def test_a_glob_that_reaches_no_worktree(session: Repo, main: Repo, command: str) -> None:
    """What lies beside them, and what is read, is nobody's business."""
    main.worktree("other")
    asked = shell(session, command)
    assert is_allowed(asked), (command, asked.text)


def test_a_command_that_is_too_long_to_be_judged(session: Repo) -> None:
    """It is refused with what to do; a long patch is read, and so is what stands around it."""
    long = "x" * (1 << 18)
    asked = shell(session, f"git commit -n # {long}")
    assert (asked.verb, "more than guard reads (262,144)" in asked.text) == ("deny", True)
    patch = f"*** Begin Patch\n*** Add File: src/new\n+{long}\n*** End Patch\n"
    assert is_allowed(shell(session, f"apply_patch <<'EOF'\n{patch}EOF\n"))
    asked = shell(session, f"apply_patch <<'EOF'\n{patch}EOF\ngit commit -n\n")
    assert (asked.verb, "bypasses the hooks" in asked.text) == ("deny", True)


def test_a_link_to_the_policy(session: Repo) -> None:
    """A redirection is judged by the target of the link."""
    (session.path / "src/link").symlink_to("../guard.toml")
    assert "guard.toml: CON002" in shell(session, "echo x > src/link").text
    assert is_allowed(shell(session, "rm src/link"))


def test_a_shell_that_writes_into_another_worktree(session: Repo, main: Repo) -> None:
    """A change of another session's files is refused, unless git ignores the file."""
    other = main.worktree("other")
    for command in (
        f"echo x > {main.path}/src/a.py",
        f"cd {other.path} && sed -i s/a/b/ docs/a.md",
        f"git -C {other.path} rm docs/a.md",
        f"patch -d {other.path} -p1 <<E\n+++ b/docs/a.md\nE",
        f"rm {main.path}/docs/a.md",
    ):
        asked = shell(session, command)
        assert (asked.verb, "belongs to another worktree" in asked.text) == ("deny", True), command
    assert is_allowed(shell(session, f"make > {main.path}/run.log"))
    assert is_allowed(shell(session, f"cat {main.path}/src/a.py > src/a.py"))
    assert is_allowed(shell(session, f"git -C {main.path} log > /tmp/log.txt"))


INTO_ANOTHER = """\
cp src/a.py {other}
cp -al {other} src/copy
rsync -a --delete src/ {other}/
tar -xzf /tmp/a.tgz -C {other}
cd {other} && tar xf /tmp/a.tar
git archive HEAD | tar x -C {other}
tar -czf {other}/other/a.tgz src
unzip -oq /tmp/a.zip -d {other}
patch -d {other} -p1 < /tmp/a.diff
curl -sSLo {other}/other/a.html http://localhost
git checkout-index -a -f --prefix={other}/
git diff --output={other}/other/a.diff
gawk -i inplace 1 {other}/other/o.py
find {other} -name '*.md' -delete
find {other} -name '*.md' -exec sed -i s/a/b/ {{}} +
find {other} -type f -exec ln {{}} src/ ';'
echo x > {other}/$name""".splitlines()


@pytest.mark.parametrize("command", INTO_ANOTHER)
def test_files_of_another_worktree_that_are_not_named(
    session: Repo, main: Repo, command: str
) -> None:
    """A folder of it is enough; here, and where a lead asks, the same may run."""
    other = main.worktree("other")
    assert shell(session, command.format(other=other.path)).verb == "deny"
    assert is_allowed(shell(session, command.format(other=session.path)))
    assert is_allowed(shell(main, command.format(other=other.path)))


@pytest.mark.parametrize(
    "command",
    [
        "tar -tf a.tar -C {other}",
        "tar -cf a.tar -C {other} docs",
        "unzip -l a.zip -d {other}",
        "find {other} -type f -exec grep x {{}} +",
        "find {other} -exec cp {{}} src/ ';'",
    ],
)
def test_what_only_reads_another_worktree(session: Repo, main: Repo, command: str) -> None:
    """It may be listed, searched and copied from."""
    other = main.worktree("other")
    assert is_allowed(shell(session, command.format(other=other.path)))


def test_a_shell_that_writes_into_a_worktree_from_the_base(session: Repo, main: Repo) -> None:
    """From the main checkout a session's worktree is judged by its own contract."""
    assert is_allowed(shell(main, f"echo x > {session.path}/src/a.py"))
    assert "docs/a.md: OWN001" in shell(main, f"echo x > {session.path}/docs/a.md").text


def test_a_patch_by_a_shell(session: Repo) -> None:
    """A patch in a shell command is judged as that of a tool, from the shell's directory."""
    patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {}\n+x\n*** End Patch\nEOF"
    assert is_allowed(shell(session, "cd src && " + patch.format("b.py")))
    assert "docs/b.md: OWN001" in shell(session, "cd docs && " + patch.format("b.md")).text
    assert "docs/b.md: OWN001" in shell(session, "make && " + patch.format("docs/b.md")).text
    assert "git commit -n" in shell(session, patch.format("src/b.py") + "\ngit commit -n -m x").text
    started = {"tool_input": {"command": patch.format("b.md"), "workdir": "docs"}}
    assert "docs/b.md: OWN001" in ask(session, kinds.BEFORE_SHELL, "", started).text


def test_settings_outside_of_any_repository_by_a_shell(session: Repo, tmp_path: Path) -> None:
    """Deleting settings that start guard is refused wherever they are."""
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude/settings.json").write_text(SETTINGS)
    (home / ".gemini").mkdir()
    (home / ".gemini/settings.json").write_text("{}")
    env = {"HOME": str(home)}
    assert "CON002" in ask(session, kinds.BEFORE_SHELL, "rm ~/.claude/settings.json", env=env).text
    assert is_allowed(ask(session, kinds.BEFORE_SHELL, "rm ~/.gemini/settings.json", env=env))
    assert is_allowed(ask(session, kinds.BEFORE_SHELL, "rm '~/.claude/settings.json'", env=env))


def test_the_base_may_change_its_contracts_by_a_shell(main: Repo) -> None:
    """On the base, contracts and policy may be edited; the hooks stay."""
    assert is_allowed(shell(main, "echo >> guard.toml && rm .guard/contracts/feature.toml"))
    assert shell(main, "git commit --no-verify -m x").verb == "deny"
