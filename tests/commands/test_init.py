"""`guard init` on real repositories: what it writes, what it shows and what it leaves alone."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from guard.contracts.model import Policy
from guard.contracts.parse import parse_policy
from tests.kit import GUARD, UNMEASURED, Repo

FILLER: dict[str, str | bytes] = {
    f"lib/part{number % 5}/file{number}.x": "x\n" for number in range(40)
}
IGNORED: dict[str, str | bytes] = {".gitignore": ".claude/worktrees/\n"}


def policy(repo: Repo) -> Policy:
    """Read the policy in the working tree."""
    return parse_policy((repo.path / "guard.toml").read_bytes(), "guard.toml")


def shared(repo: Repo) -> dict[str, tuple[str, ...]]:
    """Give the patterns of the shared groups."""
    return {group.name: group.paths for group in policy(repo).shared if group.paths}


def project(repo: Repo, *paths: str) -> Repo:
    """Commit files, and others among which they do not stand out."""
    repo.commit({**FILLER, **IGNORED, **dict.fromkeys(paths, "x\n")})
    return repo


def test_outside_of_a_repository(tmp_path: Path) -> None:
    """Where there is no repository, that is said and nothing is written."""
    ran = Repo(tmp_path).guard("init")
    assert (ran.code, ran.out) == (2, "")
    assert "not a git repository" in ran.err
    assert "hint:" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_in_a_bare_repository(tmp_path: Path) -> None:
    """A bare repository has no place for the file."""
    repo = Repo.init(tmp_path / "bare", "--bare")
    ran = repo.guard("init")
    assert (ran.code, ran.out) == (2, "")
    assert "working tree" in ran.err
    assert not (repo.path / "guard.toml").exists()


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--dry-run", "--update"], "guard init --update"),
        (["--dry-run", "--commit"], "guard init --update"),
        (["--commit", "--update"], "guard init --update --write"),
        (["--dry-run", "--write-ignore"], "guard init --update"),
        (["--write"], "guard init --update --write"),
        (["--update", "--output"], "guard init"),
    ],
)
def test_options_that_do_not_go_together(empty: Repo, options: list[str], hint: str) -> None:
    """Words that contradict each other are refused with what can be typed instead."""
    ran = empty.guard("init", *options)
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err
    assert not (empty.path / "guard.toml").exists()


@pytest.mark.parametrize("make", ["file", "link", "dangling link", "folder", "tracked"])
def test_what_exists_is_never_overwritten(empty: Repo, make: str) -> None:
    """A guard.toml of any kind stays as it is."""
    file = empty.path / "guard.toml"
    if make in ("file", "tracked"):
        empty.commit({"guard.toml": "# mine\n"})
    if make == "tracked":
        file.unlink()
    if make.endswith("link"):
        file.symlink_to("other.toml")
    if make == "link":
        empty.write({"other.toml": "# other\n"})
    if make == "folder":
        file.mkdir()
    before = sorted(os.listdir(empty.path))
    ran = empty.guard("init")
    assert ran.code == 2
    assert ran.out == ""
    assert re.search(r"hint: (guard init|git \w+)", ran.err)
    assert sorted(os.listdir(empty.path)) == before
    assert make != "file" or file.read_text() == "# mine\n"


def test_a_dry_run_writes_nothing(empty: Repo) -> None:
    """A dry run prints the very file that would be written, and words only beside it."""
    empty.commit({**FILLER, "package.json": "{}\n"})
    dry = empty.guard("init", "--dry-run")
    assert dry.code == 0
    assert sorted(os.listdir(empty.path)) == [".git", "lib", "package.json"]
    assert empty.guard("init").code == 0
    assert (empty.path / "guard.toml").read_text() == dry.out
    assert dry.err == ""
    assert "guard init --update" in empty.guard("init", "--dry-run").err


def test_an_empty_repository(empty: Repo) -> None:
    """Without a commit and without files there is still a policy, and no base is made up."""
    ran = empty.guard("init")
    assert ran.code == 0, ran
    assert policy(empty).base == ""
    assert '# base = "main"' in (empty.path / "guard.toml").read_text()
    assert "0 tracked files" in ran.out
    assert empty.guard("contract", "check").code == 0


def test_from_a_folder_below(empty: Repo) -> None:
    """From any folder the policy is written at the top, and the next command works."""
    project(empty, "package.json")
    below = empty.path / "lib" / "part1"
    ran = empty.guard("init", cwd=below)
    assert ran.code == 0, ran
    assert shared(empty) == {"package-metadata": ("/package.json",)}
    line = next(line for line in ran.out.split("\n") if line.startswith("next: git add"))
    empty.run("sh", "-c", line.removeprefix("next: ").partition("#")[0], cwd=below)
    assert empty.git("show", "--name-only", "--format=", "HEAD") == "guard.toml"


def test_in_a_linked_worktree(empty: Repo) -> None:
    """A linked worktree gets the file for itself."""
    project(empty, "package.json")
    linked = empty.worktree("linked")
    assert linked.guard("init").code == 0
    assert shared(linked) == {"package-metadata": ("/package.json",)}
    assert not (empty.path / "guard.toml").exists()


@pytest.mark.parametrize(
    ("steps", "base"),
    [
        ([], "main"),
        ([["branch", "-m", "main", "trunk"]], ""),
        ([["branch", "-m", "main", "master"]], "master"),
        ([["branch", "-m", "main", "dev"], ["config", "init.defaultBranch", "dev"]], "dev"),
        ([["branch", "dev"], ["update-ref", "refs/remotes/origin/dev", "HEAD"],
          ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/dev"]], "dev"),
    ],
)  # fmt: skip
def test_the_base(empty: Repo, steps: list[list[str]], base: str) -> None:
    """The base is written down where it is known, by the rule that applies without it."""
    project(empty)
    for step in steps:
        empty.git(*step)
    ran = empty.guard("init")
    assert ran.code == 0, ran
    assert policy(empty).base == base
    assert (
        f"on {base}: from there" in ran.out
        if base
        else "on the branch that is to be the base" in ran.out
    )


def test_release_lines_are_bases(empty: Repo, tmp_path: Path) -> None:
    """A backport is compared with the line that it was built on; other branches are no lines."""
    project(empty, "package.json")
    for name in ("2.x", "release/8.1", "v3.x", "10.12", "8.1-fix", "feature/release-notes"):
        empty.git("branch", name)
    empty.git("switch", "-q", "2.x")
    empty.commit({"lib/a.x": "2\n"}, "2.1")
    empty.git("switch", "-q", "-")
    empty.git("clone", "-q", str(empty.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    assert clone.guard("init", "--strict", "--commit").code == 0
    assert policy(clone).bases == ("release/*", "[0-9]*.x", "v[0-9]*.x", "[0-9]*.[0-9][0-9]")
    clone.commit({"package.json": "{}\n"}, "the base moves on")
    clone.git("switch", "-q", "-c", "backport", "origin/2.x")
    clone.commit({"package.json": "[]\n"}, "backport")
    assert "on backport against origin/2.x" in clone.guard("check", "--branch").out


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["README.md"], {}),
        (["package.json", "package-lock.json", "src/types/a.ts"], {
            "package-metadata": ("/package.json",), "lock-files": ("/package-lock.json",),
            "types": ("/src/types/",)}),
        (["package.json", "bun.lock", "next.config.ts", "middleware.ts", "app/a/page.tsx"], {
            "package-metadata": ("/package.json",), "lock-files": ("/bun.lock",),
            "routes": ("/middleware.ts",)}),
        (["pyproject.toml", "uv.lock", "conftest.py", "tests/test_a.py", "tests/test_b.py"], {
            "package-metadata": ("/pyproject.toml",), "lock-files": ("/uv.lock",),
            "fixtures": ("/conftest.py",)}),
        (["go.mod", "api/a.proto", "api/a.pb.go"], {
            "package-metadata": ("/go.mod",), "lock-files": ("/go.sum",), "types": ("*.proto",),
            "generated": ("*.pb.go",)}),
        (["Cargo.toml", "Cargo.lock", "crates/a/Cargo.toml"], {
            "package-metadata": ("/Cargo.toml",), "lock-files": ("/Cargo.lock",)}),
        (["build.gradle.kts", "settings.gradle.kts", "gradle/libs.versions.toml"], {
            "package-metadata": (
                "/build.gradle.kts", "/settings.gradle.kts", "/gradle/libs.versions.toml")}),
        (["Gemfile", "Gemfile.lock", "config/routes.rb", "config/application.rb", "db/schema.rb"], {
            "package-metadata": ("/Gemfile",), "lock-files": ("/Gemfile.lock",),
            "generated": ("/db/schema.rb",),
            "routes": ("/config/routes.rb", "/config/application.rb")}),
        (["composer.json", "composer.lock", "artisan", "routes/web.php", "routes/api.php"], {
            "package-metadata": ("/composer.json",), "lock-files": ("/composer.lock",),
            "routes": ("/routes/*.php",)}),
        (["A.sln", "Directory.Packages.props", "src/A/Program.cs", "src/A/F.Designer.cs"], {
            "package-metadata": ("/A.sln", "/Directory.Packages.props"),
            "generated": ("*.Designer.cs",), "routes": ("/src/A/Program.cs",)}),
        (["versions.tf", ".terraform.lock.hcl", "main.tf"], {
            "package-metadata": ("/versions.tf",), "lock-files": ("/.terraform.lock.hcl",)}),
        (["buf.yaml", "openapi.yaml", "schema.graphql"], {
            "package-metadata": ("/buf.yaml",), "types": ("openapi.yaml", "schema.graphql")}),
    ],
)  # fmt: skip
def test_every_ecosystem_on_disk(
    empty: Repo, paths: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    """The policy is valid, and git matches by each pattern as many files as its comment says."""
    project(empty, *paths)
    assert empty.guard("init").code == 0
    assert shared(empty) == expected
    told = re.findall(
        r'^    "(.*)", +# .* \((no|\d+) files?(?: yet)?\)$',
        (empty.path / "guard.toml").read_text(),
        re.MULTILINE,
    )
    assert [pattern for pattern, _ in told] == [
        pattern for patterns in shared(empty).values() for pattern in patterns
    ]
    for pattern, number in told:
        matched = empty.git("ls-files", "-c", "-i", "-x", pattern).splitlines()
        assert len(matched) == (0 if number == "no" else int(number)), pattern
    assert empty.guard("contract", "check").code == 0


def test_the_way_from_nothing_to_a_verdict(empty: Repo) -> None:
    """The printed commands work: afterwards an edit of a shared file is a finding."""
    project(empty, "package.json")
    ran = empty.guard("init")
    assert ran.code == 0, ran
    committing, contract = (
        line.removeprefix("next: ") for line in ran.out.splitlines() if line.startswith("next: ")
    )
    empty.run("sh", "-c", committing)
    typed = (
        contract.removeprefix("guard ")
        .replace("NAME", "web")
        .replace("PATTERN", "/lib/")
        .replace('"What it is for."', "Web.")
    )
    assert empty.guard(*typed.split()).code == 0
    empty.commit({}, "contract")
    session = empty.worktree("web")
    session.commit({"lib/part1/file1.x": "y\n"})
    assert session.check().code == 0
    session.commit(
        {"package.json": "{}\n", "lib/a.pb.go": "// Code generated by x. DO NOT EDIT.\n"}
    )
    judged = session.check()
    assert judged.code == 1
    assert judged.codes == {"package.json": ["SHR001"], "lib/a.pb.go": ["SHR001"]}


@pytest.mark.parametrize(
    "ignore",
    ["/.claude/worktrees/\n", ".claude\n", "**/worktrees\n", ".claude/*\n!.claude/settings.json\n"],
)
def test_ignored_worktrees_need_no_words(empty: Repo, ignore: str) -> None:
    """Where git ignores the folder already, however that is written, nothing is proposed."""
    empty.commit({".gitignore": ignore})
    ran = empty.guard("init", "--write-ignore")
    assert ran.code == 0
    assert ".gitignore" not in ran.out + ran.err
    assert (empty.path / ".gitignore").read_text() == ignore


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ".claude/worktrees/\n"),
        (b"node_modules/\n", ".claude/worktrees/\n"),
        (b"no newline", "\n.claude/worktrees/\n"),
        (b"dos\r\n", ".claude/worktrees/\r\n"),
        (b"\xff\xfe latin\n", ".claude/worktrees/\n"),
    ],
)
def test_the_lines_for_gitignore(empty: Repo, before: bytes | None, after: str) -> None:
    """Lines for .gitignore are shown as a patch that git applies, and written only on request."""
    empty.commit({".gitignore": before} if before is not None else {"a": "a\n"})
    assert empty.guard("init").code == 0
    ignore = empty.path / ".gitignore"
    assert (ignore.read_bytes() if ignore.exists() else None) == before
    shown = subprocess.run(
        [*GUARD, "init", "--update"], cwd=empty.path, capture_output=True, check=True
    ).stdout
    empty.git("apply", "--whitespace=nowarn", "-", stdin=shown)
    expected = (before or b"") + after.encode()
    assert ignore.read_bytes() == expected
    empty.git("checkout", "--", ".") if before is not None else ignore.unlink()
    ran = empty.guard("init", "--update", "--write-ignore")
    assert ran.code == 0, ran
    assert ran.out == ""
    assert ignore.read_bytes() == expected
    assert empty.guard("init", "--update").out == ""


def test_a_worktree_inside_is_not_tracked_afterwards(empty: Repo) -> None:
    """With the proposed lines `git add -A` adds no worktree inside the repository."""
    empty.commit({"a": "a\n", "GEMINI.md": "x\n"})
    for number, place in enumerate(
        [".claude/worktrees/x", ".gemini/worktrees/y", "trees [1]/z", "alone"]
    ):
        empty.git("worktree", "add", "-q", "-b", f"b{number}", place)
    assert empty.guard("init", "--write-ignore").code == 0
    lines = (empty.path / ".gitignore").read_text().splitlines()
    assert lines == [".claude/worktrees/", ".gemini/worktrees/", "/alone/", "/trees \\[1]/"]
    empty.git("add", "-A")
    assert empty.git("diff", "--cached", "--name-only").split() == [".gitignore", "guard.toml"]


def test_a_gitignore_that_is_a_link_is_left_alone(empty: Repo) -> None:
    """A link may lead out of the repository: nothing is read or written through it."""
    empty.commit({"other": "x\n"})
    (empty.path / ".gitignore").symlink_to("other")
    ran = empty.guard("init", "--write-ignore")
    assert ran.code == 2
    assert "not a regular file" in ran.err
    assert not (empty.path / "guard.toml").exists()
    ran = empty.guard("init")
    assert ran.code == 0
    assert ".gitignore" not in ran.out
    assert (empty.path / "other").read_text() == "x\n"


def test_a_linked_folder_of_an_agent_needs_no_words(empty: Repo, tmp_path: Path) -> None:
    """If `.claude` is a link out of the repository, no pattern could help and none is proposed."""
    empty.commit({"a": "a\n"})
    (empty.path / ".claude").symlink_to(tmp_path)
    ran = empty.guard("init")
    assert ran.code == 0
    assert ".gitignore" not in ran.out


def test_an_update_shows_and_writes(empty: Repo) -> None:
    """An update prints only a patch, applies it on request, keeps the mode, and then is done."""
    project(empty, "go.mod")
    ours = (
        '# ours\nbase = "main"\n\n'
        '[shared.package-metadata]  # builds\npaths = [\n  "/go.mod", # ours\n]\n'
    )
    empty.write({"guard.toml": ours})
    os.chmod(empty.path / "guard.toml", 0o640)
    empty.commit({"package.json": "{}\n"})
    ran = empty.guard("init", "--update")
    assert ran.code == 0, ran
    assert "next: guard init --update --write" in ran.err
    assert (empty.path / "guard.toml").read_text() == ours
    empty.git("apply", "--check", "-", stdin=ran.out.encode())
    empty.run("patch", "-p1", "-s", "--dry-run", stdin=ran.out.encode())
    written = empty.guard("init", "--update", "--write")
    assert (written.code, written.out) == (0, ran.out)
    text = (empty.path / "guard.toml").read_text()
    assert text.startswith(ours.removesuffix("]\n"))
    assert shared(empty)["package-metadata"] == ("/go.mod", "/package.json")
    assert shared(empty)["lock-files"] == ("/go.sum",)
    assert stat.S_IMODE(os.stat(empty.path / "guard.toml").st_mode) == 0o640
    again = empty.guard("init", "--update", "--write")
    assert (again.code, again.out) == (0, "")
    assert "has everything" in again.err
    assert (empty.path / "guard.toml").read_text() == text
    assert [name for name in os.listdir(empty.path) if "guard" in name] == ["guard.toml"]


def test_what_an_update_wrote_can_be_committed(empty: Repo) -> None:
    """The next command after an update commits what was written, new files too, from any folder."""
    empty.commit({**FILLER, "guard.toml": 'base = "main"\n', "package.json": "{}\n"})
    below = empty.path / "lib"
    ran = empty.guard("init", "--update", "--write", "--write-ignore", cwd=below)
    line = next(line for line in ran.err.split("\n") if line.startswith("next: "))
    empty.run("sh", "-c", line.removeprefix("next: "), cwd=below)
    assert empty.git("show", "--name-only", "--format=", "HEAD").split("\n") == [
        ".gitignore",
        "guard.toml",
    ]


def test_an_update_needs_a_policy(empty: Repo) -> None:
    """Without a guard.toml there is nothing to update."""
    ran = empty.guard("init", "--update")
    assert (ran.code, ran.out) == (2, "")
    assert "hint: guard init" in ran.err


def test_an_update_of_a_broken_policy(empty: Repo) -> None:
    """A policy that cannot be read is not extended; every mistake is told."""
    empty.commit({"guard.toml": 'sesions = 3\n[shared.x]\npaths = ["!a"]\n'})
    ran = empty.guard("init", "--update", "--write")
    assert (ran.code, ran.out) == (2, "")
    assert "guard.toml:1:1" in ran.err
    assert "guard.toml:3:" in ran.err


def test_an_update_through_a_link(empty: Repo) -> None:
    """A policy that is a link is neither read nor replaced."""
    empty.commit({"other.toml": 'base = "main"\n'})
    (empty.path / "guard.toml").symlink_to("other.toml")
    ran = empty.guard("init", "--update", "--write")
    assert ran.code == 2
    assert (empty.path / "guard.toml").is_symlink()
    assert (empty.path / "other.toml").read_text() == 'base = "main"\n'


def test_hostile_names(empty: Repo) -> None:
    """Names with control characters become patterns that match them and print none."""
    folders = ["\x1b[31mred", "two\nlines", "\u202eleft", 'quo"te', "back\\slash"]
    project(
        empty,
        *(f"{folder}/package.json" for folder in folders[:3]),
        *(f"{folder}/go.mod" for folder in folders[3:]),
    )
    empty.commit({b"\xff\xfe/Cargo.toml".decode("utf-8", "surrogateescape"): "x\n"})
    ran = empty.guard("init")
    assert ran.code == 0, ran
    assert (ran.out + ran.err).replace("\n", "").isprintable()
    assert (empty.path / "guard.toml").read_text().replace("\n", "").isprintable()
    patterns = shared(empty)["package-metadata"]
    matched = empty.git(
        "ls-files", "-z", "-c", "-i", *(word for pattern in patterns for word in ("-x", pattern))
    ).split("\0")[:-1]
    assert len(matched) == 6


def test_unmerged_paths_count_once(empty: Repo) -> None:
    """In the middle of a merge a file with three stages is one file."""
    project(empty, "package.json")
    empty.branch("other").commit({"package.json": "a\n"})
    empty.git("switch", "-q", "main")
    empty.commit({"package.json": "b\n"})
    empty.git("merge", "other", ok=(1,))
    ran = empty.guard("init", "--dry-run")
    assert '"/package.json",  # dependencies and scripts (1 file)' in ran.out


def test_several_at_once(empty: Repo) -> None:
    """Of several that start together one writes the file; the others report that it exists."""
    project(empty, "package.json")
    running = [
        subprocess.Popen(
            [*GUARD, "init"], cwd=empty.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    ended = [(process.communicate(), process.returncode) for process in running]
    assert sorted(code for _, code in ended) == [0, 2, 2, 2], ended
    assert shared(empty) == {"package-metadata": ("/package.json",)}
    assert [name for name in os.listdir(empty.path) if "guard" in name] == ["guard.toml"]


def test_a_full_disk(empty: Repo) -> None:
    """Where the text does not fit, that is said, and nothing half-written stays."""
    project(empty, "package.json")
    ran = empty.run(
        "sh",
        "-c",
        'ulimit -f 2; exec "$@"',
        "sh",
        *GUARD,
        "init",
        "--write-ignore",
        ok=(2,),
        env=UNMEASURED,
    )
    assert "cannot write guard.toml: File too large" in ran.err
    assert sorted(os.listdir(empty.path)) == [".git", ".gitignore", "lib", "package.json"]


def test_nobody_is_stopped_on_the_first_day(empty: Repo) -> None:
    """Under the first policy a branch without a contract is told, and no verdict is broken."""
    project(empty, "package.json", "a/b.txt")
    for number in range(8):
        empty.commit({"lib/part1/file1.x": f"{number}\n"})
    assert empty.guard("init").code == 0
    empty.commit({}, "policy")
    empty.contract("web", owns=["/lib/part2/"], owner="Bo")
    mate = empty.branch("mate")
    assert mate.check().report["findings"] == []
    mate.commit({"lib/part1/file1.x": "mine\n", "A/b.txt": "x\n"})
    mate.commit({"package.json": "{}\n", "lib/part2/file2.x": "y\n"})
    judged = mate.check("--branch")
    assert judged.code == 0
    found = {one["path"]: (one["code"], one["severity"]) for one in judged.report["findings"]}
    assert found.pop("lib/part2/file2.x") == ("OWN001", "warning")
    assert found.pop("package.json") == ("SHR001", "warning")
    assert {severity for _, severity in found.values()} <= {"warning"}
    assert "policy requires" not in judged.err


def test_strict_values(empty: Repo) -> None:
    """`--strict` stops a branch without a contract, and is for a first policy alone."""
    project(empty, "package.json")
    assert empty.guard("init", "--update", "--strict").code == 2
    assert empty.guard("init", "--strict").code == 0
    empty.commit({}, "policy")
    empty.branch("mate").commit({"lib/part1/file1.x": "mine\n"})
    assert empty.check("--branch").codes == {"": ["CON001"]}


def test_it_commits_on_the_base(empty: Repo) -> None:
    """Only what it wrote, as the user; what else is staged stays so. Elsewhere nothing is made."""
    empty.commit({"package.json": "{}\n"})
    empty.git("switch", "-q", "-c", "topic")
    ran = empty.guard("init", "--commit")
    assert (ran.code, "git switch main && guard init --commit" in ran.err) == (2, True), ran
    assert empty.git("status", "--porcelain") == ""
    empty.git("switch", "-q", "main")
    empty.write({"mine.py": "mine\n"}).git("add", "mine.py")
    ran = empty.guard("init", "--commit", "--write-ignore")
    assert ran.code == 0, ran
    assert "committed guard.toml and .gitignore on main: from there it is trusted" in ran.out
    assert empty.git("status", "--porcelain") == "A  mine.py"
    assert empty.guard("start", "web", "--owns", "/web/").code == 0


def test_a_clone_is_told_to_push(empty: Repo, tmp_path: Path) -> None:
    """A policy that the remote lacks counts in this clone alone; typed, the line ends that."""
    empty.commit({"package.json": "{}\n"})
    empty.git("clone", "-q", "--bare", str(empty.path), str(tmp_path / "team.git"))
    empty.git("remote", "add", "origin", str(tmp_path / "team.git"))
    ran = empty.guard("init", "--commit")
    assert "next: git push origin main   # " in ran.out
    empty.git("push", "-q", "origin", "main")
    assert empty.guard("start", "web", "--owns", "/web/", "--on-base").code == 0


def test_an_empty_index_says_nothing_about_the_files(empty: Repo) -> None:
    """After `git clone --no-checkout` the files are those of HEAD."""
    empty.commit({"package.json": "{}\n", "uv.lock": "\n", "a.py": "\n"})
    whole = empty.guard("init", "--dry-run")
    empty.git("read-tree", "--empty")
    assert empty.guard("init", "--dry-run") == whole
    assert " of 3 tracked files" in empty.guard("init").out
