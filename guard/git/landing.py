"""Commits made beside the checkout, and how they land: by a push, or by moving a branch here.

The user's index, files and HEAD stay as they are, except where the branch that moves is checked
out: there ref, index and files move together, as `git merge --ff-only` moves them, or nothing does.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from guard.core.errors import GitError
from guard.core.names import ref_of, shell_quote
from guard.git.ancestry import has_commit
from guard.git.failure import complaint, failure_of, hint_of
from guard.git.fetching import users_git
from guard.git.following import already_there, modified_in, put_back
from guard.git.objects import Entry, Objects
from guard.git.plumbing import Answer, Git, at, records, require
from guard.git.repository import Repository, branch_of, open_repository, setting
from guard.git.trees import store_tree_with
from guard.git.worktrees import Worktree, operation_in, worktrees

_PERSON = ("GIT_AUTHOR_", "GIT_COMMITTER_")  # git-commit(1)
# git-config(1): a temporary index leaves no parts behind; no hook runs; nothing outlives a command.
_SETTINGS = (
    "core.splitIndex=false",
    "index.sparse=false",
    "hook.pre-push.enabled=false",
    "hook.post-merge.enabled=false",
    "hook.post-checkout.enabled=false",
    "merge.autoStash=false",
    "push.followTags=false",
)
_REMOTES = "refs/remotes/"
# What a remote says if two pushes meet, besides that the branch has moved (receive-pack.c, refs.c).
_MEETING = ("failed to update ref", "cannot lock ref", "failed to lock", "fetch first", "non-fast")


class Refused(GitError):
    """A remote does not take a push, whoever is faster; `reason` is what it says."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(f"the push was refused: {reason}", hint=hint)
        self.reason = reason


class Branch(NamedTuple):
    """A branch that is to move: at `remote`, or here where that is ""."""

    name: str
    remote: str = ""

    @property
    def short(self) -> str:
        """The branch as people write it."""
        return f"{self.remote}/{self.name}" if self.remote else self.name

    @property
    def full(self) -> str:
        """The whole name of the ref that stands for it here."""
        return _REMOTES + self.short if self.remote else ref_of(self.name)


def tip_of(repository: Repository, branch: Branch) -> str:
    """Give the current tip of a branch, asked of its remote and fetched; "" if there is none.

    Raises Unreachable if the remote cannot be asked.
    """
    git = _git(repository, transports=bool(branch.remote))
    if not branch.remote:
        words = ("rev-parse", "--verify", "-q", "--end-of-options", branch.full + "^{commit}")
        return git.run(*words, ok=(0, 1, 128)).text.strip()
    listed = git.run("ls-remote", "--", branch.remote, ref_of(branch.name)).text.split()
    if not listed:
        return ""
    known = git.run("rev-parse", "--verify", "-q", branch.full, ok=(0, 1, 128)).text.strip()
    if known != listed[0] or not has_commit(git, known):
        _fetch(git, branch)
        known = git.run("rev-parse", "--verify", branch.full).text.strip()
    return known


def _fetch(git: Git, branch: Branch) -> None:
    options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    refspec = f"+{ref_of(branch.name)}:{branch.full}"
    git.run("fetch", *options, "--", branch.remote, refspec)


def commit_with(
    repository: Repository, parent: str, files: Mapping[str, bytes | None], message: str
) -> str:
    """Make a commit like `parent` ("": none) with `files` written, or removed (None); give its id.

    Author and committer are the user's, and it is signed if `commit.gpgSign` says so. Raises
    GitError.
    """
    git = _git(repository)
    entries: dict[str, Entry | None] = dict.fromkeys(files)
    for path, data in files.items():
        if data is not None:
            words = ("hash-object", "-w", "--stdin", f"--path={path}")
            entries[path] = Entry("100644", git.run(*words, stdin=data).text.strip())
    with closing(Objects(repository.git)) as objects:
        root = objects.tree_of(parent) if parent else repository.empty_tree
        tree = store_tree_with(git, objects, root, entries, repository.object_format)
    return commit_of_tree(repository, tree, [parent] if parent else [], message)


def commit_of_tree(
    repository: Repository,
    tree: str,
    parents: Sequence[str],
    message: str,
    author: Mapping[str, str] = {},
) -> str:
    """Make a commit of a tree, as the user; give its id. Raises GitError.

    `author` has what is not the user's, as variables of git (git-commit-tree(1)).
    """
    git = _git(repository, transports=False).moved(**author)
    signs = setting(repository, "commit.gpgSign", "--type=bool")
    how = ["-S"] if signs == "true" else []
    for parent in parents:
        how += ["-p", parent]
    answer = git.start(
        "commit-tree", tree, *how, "-F", "-", stdin=message.encode("utf-8", "surrogateescape")
    ).answer()
    if answer.code and "user.email" in answer.err:
        hint = "git config --global user.name NAME && git config --global user.email ADDRESS"
        raise GitError("git does not know whose commit it is to be", hint=hint)
    return require(answer, ("commit-tree",)).text.strip()


def land(repository: Repository, branch: Branch, commit: str, old: str) -> bool:
    """Move a branch from `old` to `commit`; tell whether that came first.

    Nothing moves if somebody else was faster. Raises Refused if the remote does not take it,
    GitError if a checkout here cannot follow.
    """
    if branch.remote:
        return _push(repository, branch, commit, old)
    return _move(repository, branch.name, commit, old)


def _push(repository: Repository, branch: Branch, commit: str, old: str) -> bool:
    """A plain push: git takes it only if the branch is still where the commit was built on."""
    git = _git(repository)
    words = ("push", "--porcelain", "--no-verify", "--recurse-submodules=no", "--no-signed", "--")
    refspec = f"{commit}:{ref_of(branch.name)}"
    answer = git.start(*words, branch.remote, refspec).answer()
    if answer.code == 0:
        if git.run("rev-parse", "-q", "--verify", branch.full, ok=(0, 1)).text.strip() != commit:
            _fetch(git, branch)  # a clone of one branch follows no other
        return True
    reason = _reason(answer.text)
    if not reason:  # no remote answered
        raise failure_of(answer, (*words, branch.remote))
    if any(words in reason for words in _MEETING) or tip_of(repository, branch) != old:
        return False
    raise Refused(reason, hint=complaint(answer).split("\n")[0])


def _reason(told: str) -> str:
    """Why a ref was not taken: `!<TAB>FROM:TO<TAB>[remote rejected] (REASON)` (git-push(1))."""
    for line in told.split("\n"):
        if line.startswith("!"):
            return line.split("\t")[-1]
    return ""


def take_objects(repository: Repository, apart: Git, commit: str, known: Sequence[str]) -> None:
    """Copy a commit from an isolated repository into this one, with all that `known` lack.

    Raises GitError, also if anything is missing of it; no ref has it then.
    """
    wanted = "".join(f"{name}\n" for name in (commit, *(f"^{one}" for one in known)))
    pack = apart.run("pack-objects", "--revs", "--stdout", "-q", stdin=wanted.encode()).out
    _git(repository, transports=False).run("unpack-objects", "-q", "--strict", stdin=pack)


def take_back(repository: Repository, name: str, commit: str, old: str) -> bool:
    """Move a branch back from `commit` to `old`, which it has; tell whether it was there still.

    A checkout moves with it. Raises GitError, and moves nothing, if that cannot follow.
    """
    place = _place_of(repository, name)
    git = _git(repository)
    if place is None:
        return _updated(git, name, old, commit, "guard: integrate --undo")
    _, git = _in_place(repository, place)
    if git.run("rev-parse", "--verify", "HEAD").text.strip() != commit:
        return False
    git.run("update-index", "-q", "--refresh", ok=(0, 1))  # files that were copied look changed
    words = ("read-tree", "-m", "-u", commit, old)
    answer = git.start(*words).answer()
    if answer.code:
        raise _in_the_way(place, answer)
    if _updated(git, name, old, commit, "guard: integrate --undo"):
        return True
    git.run("read-tree", "-m", "-u", old, commit)
    return False


def _updated(git: Git, name: str, new: str, old: str, why: str) -> bool:
    """Compare and swap (git-update-ref(1)); false if the branch was elsewhere."""
    answer = git.start("update-ref", "-m", why, ref_of(name), new, old).answer()
    if answer.code and git.run("rev-parse", "--verify", "-q", ref_of(name)).text.strip() == old:
        require(answer, ("update-ref",))
    return answer.code == 0


def _move(repository: Repository, name: str, commit: str, old: str) -> bool:
    place = _place_of(repository, name)
    git = _git(repository)
    if place:
        return _move_checkout(repository, place, commit, old)
    words = ("update-ref", "-m", "guard: fast-forward", ref_of(name), commit)
    answer = git.start(*words, old or repository.zero).answer()
    if answer.code and tip_of(repository, Branch(name)) == old:  # nobody was faster
        require(answer, words)
    return answer.code == 0


def _place_of(repository: Repository, name: str) -> Worktree | None:
    """The worktree that has a branch checked out and can follow it. Raises GitError if not so."""
    known = worktrees(repository.git)
    _require_free(known, name)
    places = [one for one in known if one.branch == name and not one.bare]
    if len(places) > 1 or any(one.missing for one in places):
        listed = ", ".join(one.path for one in places)
        raise GitError(
            f"{name} is checked out in {listed}, so it cannot move there",
            hint="git worktree list",
        )
    for one in places:
        going_on = operation_in(_here(repository, one).git_dir)
        if going_on:
            raise GitError(
                f"{name} is checked out in {one.path}, where a {going_on} is in progress; "
                "nothing was moved",
                hint=f"git -C {shell_quote(one.path)} status",
            )
    return places[0] if places else None


def _require_free(known: Sequence[Worktree], name: str) -> None:
    """Raise GitError if a rebase or a bisection holds the branch (git-worktree(1), "DETAILS")."""
    for one in known:
        if one.branch or one.bare or one.missing:
            continue
        if branch_of(open_repository(at(one.path))) == name:
            raise GitError(
                f"{name} is being rebased or bisected in {one.path}",
                hint=f"git -C {shell_quote(one.path)} status",
            )


def _move_checkout(repository: Repository, place: Worktree, commit: str, old: str) -> bool:
    """`git merge --ff-only`; unstaged files that are just what comes are taken as they are.

    git leaves what it has written where it cannot go on, as on a full disk; that is taken back.
    """
    if place.head != old:
        return False
    here, git = _in_place(repository, place)
    listed = git.run("diff-tree", "-r", "-z", "--no-renames", old, commit).text.split("\0")
    modified = modified_in(git)
    coming, before = already_there(git, here, listed, modified)
    if coming:
        git.run("update-index", "-z", "--index-info", stdin=coming)
    paths = [path for path in listed[1::2] if path not in modified]
    absent = [path for path in paths if not os.path.lexists(os.path.join(here.top, path))]
    words = ("merge", "--ff-only", "--quiet", "--no-stat", "--no-verify-signatures", commit)
    answer = git.start(*words).answer()
    if answer.code == 0:
        return True
    if before:
        git.run("update-index", "-z", "--index-info", stdin=before)
    if git.run("rev-parse", "--verify", "HEAD").text.strip() != old:
        return False
    if not git.start("diff-index", "--cached", "--quiet", commit).answer().code:
        git.start("read-tree", "-m", "-u", commit, old).answer()
    put_back(git, here, commit, paths, absent)
    raise _in_the_way(place, answer)


def _in_the_way(place: Worktree, answer: Answer) -> GitError:
    said = complaint(answer)
    if hint := hint_of(said):
        where = f"{place.branch} is checked out in {place.path}, where git cannot move it"
        return GitError(f"{where}; nothing was moved\n{said}", hint=hint)
    return GitError(
        f"{place.branch} is checked out in {place.path}, which has changes in the way; "
        f"nothing was moved\n{said}",
        hint=f"git -C {shell_quote(place.path)} status   # commit or stash them, then again",
    )


def _in_place(repository: Repository, place: Worktree) -> tuple[Repository, Git]:
    """The repository of a worktree, and the user's git there."""
    here = _here(repository, place)
    return here, in_worktree(here)


def _here(repository: Repository, place: Worktree) -> Repository:
    return repository if place.path == repository.top else open_repository(at(place.path))


def _git(repository: Repository, *, transports: bool = True) -> Git:
    """The user's git; without `transports` it reaches no remote, which spares it a question."""
    git = users_git(repository, transports=transports)
    people = {name: value for name, value in os.environ.items() if name.startswith(_PERSON)}
    return Git(git.directory, {**git.env, **people}, (*git.settings, *_SETTINGS))


def in_worktree(repository: Repository) -> Git:
    """Give the git that changes the worktree of a repository as its user, without hooks."""
    users = _git(repository)
    names = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
    own = {name: repository.git.env[name] for name in names if name in repository.git.env}
    return Git(users.directory, {**users.env, **own}, users.settings)


def add_worktree(repository: Repository, path: str, commit: str) -> None:
    """Make a linked worktree with a detached HEAD, as the user, without hooks. Raises GitError."""
    users = _git(repository)
    place = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")  # git would fill that very index
    env = {name: value for name, value in users.env.items() if name not in place}
    apart = Git(repository.top or repository.common_dir, env, users.settings)
    apart.run("worktree", "add", "-q", "--detach", "--", path, commit)


def pushes_to(repository: Repository, branch: str) -> str:
    """Give the remote of a local branch: its upstream's, else origin; "" if there is none.

    git knows where a remote is by `remote.NAME.url` or `pushurl` (git-config(1)).
    """
    words = ("config", "-z", "--get-regexp", r"^(branch|remote)\..*\.(remote|url|pushurl)$")
    listed = records(repository.git.run(*words, ok=(0, 1)).out)
    said = dict(line.partition("\n")[::2] for line in listed)
    for remote in (said.get(f"branch.{branch}.remote", ""), "origin"):
        known = {f"remote.{remote}.url", f"remote.{remote}.pushurl"} & said.keys()
        if remote and remote != "." and known:
            return remote
    return ""
