"""`guard contract publish`, with real remotes: what counts, who was faster, what stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import kit
from tests.kit import GUARD, METADATA, Ran, Repo

BIN = Path(sys.executable).parent
FILE = ".guard/contracts/web.toml"
POLICY = kit.POLICY + METADATA
ELSEWHERE = POLICY + '\n[contracts]\nbranch = "guard-contracts"\n'
WHERE = pytest.mark.parametrize("policy", [POLICY, ELSEWHERE], ids=["base", "branch of contracts"])


@pytest.fixture
def origin(tmp_path: Path) -> Repo:
    """A bare remote."""
    return Repo.init(tmp_path / "origin.git", "--bare")


def shop(origin: Repo, tmp_path: Path, policy: str = POLICY) -> Repo:
    """A first clone: a policy, some files, and the branch of contracts if the policy names one."""
    first = Repo(tmp_path / "first")
    first.path.mkdir()
    first.git("clone", "-q", str(origin.path), ".")
    first.commit({"guard.toml": POLICY, "web/a.py": "1\n", "package.json": "{}\n"}, "start")
    first.git("push", "-q", "origin", "HEAD:main")
    if policy != POLICY:
        assert first.guard("contract", "publish", "--to", "guard-contracts").code == 0
        first.commit({"guard.toml": policy}, "contracts elsewhere")
        first.git("push", "-q", "origin", "HEAD:main")
    return first


def clone(origin: Repo, path: Path) -> Repo:
    """Another clone, on its `main`."""
    made = Repo(path)
    path.mkdir()
    made.git("clone", "-q", str(origin.path), ".")
    return made


def draft(repo: Repo, name: str = "web", **keys: object) -> Ran:
    """Write a contract into the working tree."""
    words = [word for key, value in keys.items() for word in (f"--{key}", str(value))]
    return repo.guard("contract", "new", name, "--goal", "Work.", "--owns", f"{name}/", *words)


def state(repo: Repo) -> tuple[str, ...]:
    """What guard must leave alone: HEAD, branches, index and working tree."""
    words = (("rev-parse", "HEAD"), ("ls-files", "-s"), ("status", "--porcelain", "-uall"))
    return (*(repo.git(*one) for one in words), repo.git("for-each-ref", "refs/heads"))


def published(origin: Repo, policy: str) -> dict[str, str]:
    """The contracts where they count, by file, in git's own words."""
    where = "guard-contracts" if "guard-contracts" in policy else "main"
    listed = origin.git("ls-tree", "-r", "--name-only", where, ".guard/contracts/").split()
    return {path: origin.git("show", f"{where}:{path}") for path in listed}


@WHERE
def test_a_self_declared_contract_counts_afterwards(
    origin: Repo, tmp_path: Path, policy: str
) -> None:
    """One command, on the session's branch; merges count then, and nothing here was touched."""
    first = shop(origin, tmp_path, policy)
    first.branch("web")
    draft(first, merges="package-metadata")
    first.write({"web/a.py": "2\n", "package.json": "{1}\n"})
    before = first.check()
    assert before.codes[FILE] == ["CON005"]
    assert before.report["findings"][-1]["next"] == "guard contract publish web"
    was = state(first)
    ran = first.guard("contract", "publish", "web")
    assert ran.code == 0, ran
    assert "published web: it counts, on origin/" in ran.out
    assert state(first)[:3] == was[:3]
    assert first.check().codes == {}
    assert published(origin, policy)[FILE] == (first.path / FILE).read_text().removesuffix("\n")
    again = first.guard("contract", "publish", "web")
    assert "is there already: web" in again.out


def test_the_local_base_moves_along_where_that_is_safe(origin: Repo, tmp_path: Path) -> None:
    """Checked out or not, it gets the commit that was pushed if it lacks nothing else."""
    first = shop(origin, tmp_path)
    first.git("fetch", "-q")
    draft(first)
    ran = first.guard("contract", "publish", "web")
    assert (ran.code, "next: rm" in ran.out) == (0, False)
    assert first.git("status", "--porcelain") == ""
    assert first.git("rev-parse", "main") == origin.git("rev-parse", "main")
    assert first.guard("contract", "edit", "web", "--owns", "x/", "--publish").code == 0
    assert first.git("status", "--porcelain") == ""
    first.branch("api")
    draft(first, "api")
    assert first.guard("contract", "publish", "api").code == 0
    assert first.git("rev-parse", "main") == origin.git("rev-parse", "main")


def test_a_local_base_with_work_of_its_own_stays(origin: Repo, tmp_path: Path) -> None:
    """With commits that were not pushed nothing is published; files in the way let it stay."""
    first = shop(origin, tmp_path)
    first.commit({"web/a.py": "mine\n"}, "mine", "--no-verify")
    draft(first)
    was, there = state(first), origin.git("rev-parse", "main")
    ran = first.guard("contract", "publish", "web")
    assert (ran.code, "hint: git push origin main   # then again: " in ran.err) == (2, True)
    ran = first.guard("start", "web", "--owns", "web/", "--on-base")
    assert (ran.code, "origin/main lacks 1 commit of main here" in ran.err) == (2, True)
    assert (state(first), origin.git("rev-parse", "main")) == (was, there)
    first.git("push", "-q", "origin", "main")
    assert first.guard("contract", "publish", "web").code == 0
    second = clone(origin, tmp_path / "second")
    second.guard("contract", "edit", "web", "--owns", "y/")
    second.git("add", "-A")
    second.write({FILE: (second.path / FILE).read_text() + "# later\n"})
    was = state(second)
    assert second.guard("contract", "publish", "web").code == 0
    assert state(second) == was


@WHERE
def test_the_printed_next_step_leaves_a_clean_tree(
    origin: Repo, tmp_path: Path, policy: str
) -> None:
    """What publishing says of the file that is left here works as printed."""
    first = shop(origin, tmp_path, policy)
    first.branch("web")
    draft(first)
    ran = first.guard("contract", "publish", "web")
    step = next(line for line in ran.out.splitlines() if line.startswith("next: "))
    first.run("sh", "-c", step.removeprefix("next: "))
    assert first.git("status", "--porcelain") == ""
    assert first.check().report["contract"] == "web"
    first.git("merge", "-q", "origin/main")


def test_an_edited_declaration_is_committed_on_the_branch(origin: Repo, tmp_path: Path) -> None:
    """The branch has the first version; after publishing and the printed commit all is kept."""
    first = shop(origin, tmp_path)
    first.branch("web")
    draft(first)
    first.commit({"web/a.py": "2\n"})
    first.guard("contract", "edit", "web", "--owns", "docs/")
    edited = first.check()
    assert {"CON002", "CON005"} <= set(edited.codes[FILE])
    ran = first.guard("contract", "publish", "web")
    step = next(line for line in ran.out.splitlines() if line.startswith("next: "))
    first.run("sh", "-c", step.removeprefix("next: "))
    first.commit({"docs/a.md": "now\n"})
    assert first.check("--branch").codes == {}


@WHERE
def test_somebody_elses_contract_is_not_replaced(origin: Repo, tmp_path: Path, policy: str) -> None:
    """Two declare one name; the second is told, and the first one's contract stays."""
    first = shop(origin, tmp_path, policy)
    second = clone(origin, tmp_path / "second")
    draft(first)
    draft(second, owner="Eve")
    assert first.guard("contract", "publish", "web").code == 0
    ran = second.guard("contract", "publish", "web")
    assert (ran.code, ran.out) == (2, "")
    assert "somebody else published it; nothing was published" in ran.err
    assert "Eve" not in published(origin, policy)[FILE]


@WHERE
def test_an_edit_starts_from_what_counts(origin: Repo, tmp_path: Path, policy: str) -> None:
    """An edit of an older version is refused once a colleague's edit counts."""
    first = shop(origin, tmp_path, policy)
    draft(first)
    first.guard("contract", "publish", "web")
    second = clone(origin, tmp_path / "second")
    assert second.guard("contract", "edit", "web", "--owns", "second/").code == 0
    os.unlink(first.path / FILE)
    first.git("pull", "-q", "origin", "main")
    assert first.guard("contract", "edit", "web", "--owns", "first/", "--publish").code == 0
    assert second.guard("contract", "publish", "web").code == 2
    assert "first/" in published(origin, policy)[FILE]
    assert "second/" not in published(origin, policy)[FILE]
    assert first.guard("contract", "edit", "web", "--owns", "third/", "--publish").code == 0


def race(clones: list[Repo], name: str) -> list[int]:
    """All publish at the same time; give the exit statuses."""
    words = (*GUARD, "contract", "publish")
    started = [
        subprocess.Popen(
            [*words, name.format(number)],
            cwd=one.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number, one in enumerate(clones)
    ]
    for one in started:
        one.communicate()
    return [one.returncode for one in started]


@WHERE
def test_many_at_once_lose_nothing(origin: Repo, tmp_path: Path, policy: str) -> None:
    """Twenty clones publish twenty contracts: all count, each in a commit of its own."""
    shop(origin, tmp_path, policy)
    where = "main" if policy == POLICY else "guard-contracts"
    before = int(origin.git("rev-list", "--count", where))
    clones = [clone(origin, tmp_path / f"clone{number}") for number in range(20)]
    for number, one in enumerate(clones):
        text = f'goal = "g"\nowns = ["w{number}/"]\n'
        one.write({f".guard/contracts/w{number}.toml": text})
    assert race(clones, "w{}") == [0] * 20
    there = published(origin, policy)
    assert {f".guard/contracts/w{number}.toml" for number in range(20)} == set(there)
    assert int(origin.git("rev-list", "--count", where)) == before + 20
    assert origin.git("fsck", "--strict", "--no-dangling") == ""


@WHERE
def test_of_many_claims_of_one_name_one_is_taken(origin: Repo, tmp_path: Path, policy: str) -> None:
    """Of eight different contracts of one name just one is taken, whole; the others are told."""
    shop(origin, tmp_path, policy)
    clones = [clone(origin, tmp_path / f"clone{number}") for number in range(8)]
    texts = [f'goal = "g{number}"\nowns = ["w{number}/"]\n' for number in range(8)]
    for one, text in zip(clones, texts, strict=True):
        one.write({FILE: text})
    codes = race(clones, "web")
    assert sorted(codes) == [0] + [2] * 7
    winner = texts[codes.index(0)].removesuffix("\n")
    assert published(origin, policy) == {FILE: winner}


@WHERE
def test_of_many_that_overlap_one_is_taken(origin: Repo, tmp_path: Path, policy: str) -> None:
    """Eight claim one folder at once where overlaps are errors: whoever is slower looks again."""
    shop(origin, tmp_path, policy + '\n[rules]\n"overlapping-contracts" = "error"\n')
    clones = [clone(origin, tmp_path / f"clone{number}") for number in range(8)]
    for number, one in enumerate(clones):
        text = f'goal = "g{number}"\nowns = ["shared/"]\n'
        one.write({f".guard/contracts/w{number}.toml": text})
    codes = race(clones, "w{}")
    assert sorted(codes) == [0] + [1] * 7
    assert set(published(origin, policy)) == {f".guard/contracts/w{codes.index(0)}.toml"}


def test_a_protected_base(origin: Repo, tmp_path: Path) -> None:
    """A remote that takes no push to the base: nothing counts, and the printed way works."""
    first = shop(origin, tmp_path)
    hook = origin.path / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo protected; exit 1; }\n')
    hook.chmod(0o755)
    first.branch("web")
    draft(first)
    was = state(first)
    ran = first.guard("contract", "publish", "web")
    assert ran.code == 2
    assert "origin does not take a push to main" in ran.err
    assert "nothing was published" in ran.err
    assert state(first) == was
    step = ran.err.partition("hint: ")[2].partition("   #")[0]
    first.run("sh", "-c", step)
    assert origin.git("show", f"contract/web:{FILE}").startswith("# A contract")


def test_a_remote_that_is_away(origin: Repo, tmp_path: Path) -> None:
    """An edit that cannot be published says how to publish it later, and that works."""
    first = shop(origin, tmp_path)
    draft(first)
    assert first.guard("contract", "publish", "web").code == 0
    first.branch("web")
    origin.path.rename(tmp_path / "away")
    ran = first.guard("contract", "edit", "web", "--owns", "api/", "--publish")
    assert (ran.code, "nothing was published" in ran.err) == (2, True), ran
    (tmp_path / "away").rename(origin.path)
    again = ran.err.partition("# then again: guard ")[2].split()
    assert first.guard(*again).code == 0
    assert "api/" in published(origin, POLICY)[FILE]


@pytest.mark.parametrize("wrong", ["goal = 3\n", 'goal = "g"\nowns = ["["]\n'])
def test_what_cannot_be_read_is_not_published(origin: Repo, tmp_path: Path, wrong: str) -> None:
    """A mistake is told with its line, and nothing moves."""
    first = shop(origin, tmp_path)
    first.write({FILE: wrong})
    tip = origin.git("rev-parse", "main")
    ran = first.guard("contract", "publish", "web")
    assert ran.code == 2
    assert f"{FILE}:" in ran.err
    assert origin.git("rev-parse", "main") == tip


def test_contradictions_are_not_published(origin: Repo, tmp_path: Path) -> None:
    """Neither a second merge owner nor a group that the policy does not have."""
    first = shop(origin, tmp_path)
    draft(first, "api", merges="package-metadata")
    assert first.guard("contract", "publish", "api").code == 0
    for merges in ("package-metadata", "nonsense"):
        first.write({FILE: f'goal = "g"\nowns = ["web/"]\nmerges = ["{merges}"]\n'})
        ran = first.guard("contract", "publish", "web")
        assert ran.code == 2, ran
        assert merges in ran.err


def test_without_a_remote_the_checked_out_base_moves_along(repo: Repo) -> None:
    """Ref, index and files of the base move together; the untracked contract becomes tracked."""
    repo.guard("contract", "new", "web", "--goal", "g", "--owns", "web/")
    assert repo.guard("contract", "publish", "web").code == 0
    assert repo.git("status", "--porcelain") == ""
    assert repo.git("ls-files", FILE) == FILE
    assert repo.guard("contract", "edit", "web", "--owns", "w/", "--publish").code == 0
    assert repo.git("status", "--porcelain") == ""
    assert "w/" in repo.git("show", f"main:{FILE}")
    repo.branch("web")
    assert repo.guard("contract", "edit", "web", "--owns", "x/", "--publish").code == 0
    assert "x/" in repo.git("show", f"main:{FILE}")


def test_what_was_staged_on_the_base_stays(repo: Repo) -> None:
    """Other work in index and files of the base's checkout stays; where it is in the way, all."""
    repo.guard("contract", "new", "web", "--goal", "g", "--owns", "web/", "--publish")
    repo.write({"src/a.py": "mine\n", "new.txt": "x\n"})
    repo.git("add", "new.txt")
    assert repo.guard("contract", "edit", "web", "--owns", "w/", "--publish").code == 0
    assert repo.git("status", "--porcelain") == "A  new.txt\n M src/a.py"
    repo.write({FILE: (repo.path / FILE).read_text() + "# staged\n"})
    repo.git("add", FILE)
    index = repo.git("ls-files", "-s")
    repo.write({FILE: (repo.path / FILE).read_text() + "# later\n"})
    ran = repo.guard("contract", "publish", "web")
    assert (ran.code, repo.git("ls-files", "-s")) == (2, index)


def test_where_the_checkout_of_the_base_is_in_the_way_nothing_moves(repo: Repo) -> None:
    """Another worktree has the base with an edit of the same file: it and the ref stay."""
    repo.guard("contract", "new", "web", "--goal", "g", "--owns", "web/", "--publish")
    other = repo.worktree("web")
    mine = (repo.path / FILE).read_text() + "# mine\n"
    repo.write({FILE: mine})
    tip, index = repo.git("rev-parse", "main"), repo.git("ls-files", "-s")
    ran = other.guard("contract", "edit", "web", "--owns", "x/", "--publish")
    assert ran.code == 2
    assert "nothing was moved" in ran.err
    assert (repo.git("rev-parse", "main"), repo.git("ls-files", "-s")) == (tip, index)
    assert (repo.path / FILE).read_text() == mine


def test_hooks_and_settings_of_the_user_stay_out(origin: Repo, tmp_path: Path) -> None:
    """A hook that would refuse or change things is not started by a push of a contract alone."""
    first = shop(origin, tmp_path)
    for name in ("pre-push", "pre-commit", "reference-transaction", "post-index-change"):
        hook = first.path / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    first.git("config", "core.splitIndex", "true")
    draft(first)
    assert first.guard("contract", "publish", "web").code == 0
    assert not list((first.path / ".git").glob("sharedindex*"))


def test_a_new_contract_that_is_published_leaves_no_file(repo: Repo) -> None:
    """On another branch nothing of it lies in the way of a switch to the base."""
    repo.branch("web")
    was = state(repo)
    ran = repo.guard("contract", "new", "web", "--goal", "g", "--owns", "web/", "--publish")
    assert (ran.code, ran.out.splitlines()[0][:14]) == (0, "published web:")
    assert state(repo)[:3] == was[:3]
    repo.git("switch", "-q", "main")
    assert (repo.path / FILE).exists()


def test_what_a_branch_alone_has_is_known(origin: Repo, tmp_path: Path) -> None:
    """In the clone of a session that has published nothing, all commands know its contract."""
    first = shop(origin, tmp_path)
    assert first.guard("start", "web", "--owns", "web/").code == 0
    alone = "on its session's branch alone"
    assert f"web · {alone}: it counts once it is on main" in first.guard("contract", "list").out
    assert f"{alone}: it counts" in first.guard("contract", "show", "web").out
    ran = first.guard("contract", "edit", "web", "--owns", "x/")
    assert (ran.code, "hint: guard contract publish web" in ran.err) == (2, True), ran
    ran = draft(first)
    assert (ran.code, "is on its session's branch already" in ran.err) == (2, True), ran
    ran = first.guard("contract", "new", "all", "--goal", "Work.", "--owns", "web/a.py")
    assert "but all owns web/a.py and web owns web/" in ran.out, ran
    ran = first.guard("contract", "overlaps")
    assert (ran.code, "overlap: all and web: 1 tracked file" in ran.out) == (1, True), ran
