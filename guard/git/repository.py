"""A repository as git sees it from here: where its parts are and what HEAD is."""

from __future__ import annotations

import os

from guard.core.errors import GitError, UsageError
from guard.core.names import branch_in, is_object_id
from guard.core.values import NamedTuple
from guard.git.plumbing import Git, as_records, records, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guard.git.plumbing import Process

_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_QUESTIONS = (
    "--absolute-git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--show-object-format",
)
_ORIGIN = "refs/remotes/origin/HEAD"
_SETTINGS: dict[tuple[str, ...], str | None] = {}  # what `setting` has been asked


class Repository(NamedTuple):
    """A repository's absolute paths and settings; `top` is "" if it is bare.

    `git` runs at the top level (in the git directory if bare). `index_file` is that of
    `GIT_INDEX_FILE`, or the worktree's own. `head` and `origin` are the full names of the refs that
    HEAD and the remote's HEAD point to, "" if there is none. `bare` is false inside a `.git`.
    """

    git: Git
    git_dir: str
    common_dir: str
    top: str
    index_file: str
    shallow: bool
    object_format: str
    head: str
    origin: str
    bare: bool = False

    @property
    def zero(self) -> str:
        """The object id that stands for none."""
        return "0" * (40 if self.object_format == "sha1" else 64)

    @property
    def empty_tree(self) -> str:
        """The id of the tree without entries."""
        return _EMPTY_TREE[self.object_format]

    def require_top(self) -> str:
        """The top level of the working tree. Raises UsageError if there is none here."""
        if not self.top:
            raise UsageError(
                "there is no working tree here",
                hint="go to a worktree, or judge commits: guard check --base main --head BRANCH",
            )
        return self.top

    def remotes(self) -> list[str]:
        """The remotes that the repository's own configuration names, origin first (git-config(1)).

        No process is started: this runs on every commit.
        """
        found = ["origin"]
        for line in _content(os.path.join(self.common_dir, "config")).split("\n"):
            name = line.strip().removeprefix('[remote "').partition('"]')[0]
            if line.strip().startswith('[remote "') and name not in found:
                found.append(name)
        return found

    @property
    def has_linked_worktrees(self) -> bool:
        """Whether git knows other worktrees than the main one (gitrepository-layout(5))."""
        return os.path.isdir(self.common_dir + "/worktrees")

    def private(self, name: str) -> str:
        """The content of git's file for this worktree, as `MERGE_HEAD`, or ""."""
        return _content(os.path.join(self.git_dir, name)).strip()

    def merging(self) -> list[str]:
        """The commits that a merge in progress brings in. Raises GitError for other content."""
        return self._require_oids(self.private("MERGE_HEAD").split(), "MERGE_HEAD")

    def announced(self) -> list[str]:
        """The commits that `git merge` is about to bring in, for its hook pre-merge-commit.

        There is no `MERGE_HEAD` yet; git names them in the environment (`GITHEAD_<object id>`,
        builtin/merge.c). Elsewhere anybody may have set such a variable.
        """
        names = [name[8:] for name in self.git.env if name.startswith("GITHEAD_")]
        return self._require_oids(names, "the environment")

    def _require_oids(self, found: list[str], where: str) -> list[str]:
        for oid in found:
            if len(oid) != len(self.zero) or not is_object_id(oid):
                raise GitError(
                    f"{where} says {oid[:80]!r} is being merged, which is not an object id",
                    hint="git merge --abort, and merge again",
                )
        return found


def _content(path: str) -> str:
    """One of git's own files, which git has read before; "" if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def questions(git: Git) -> Process:
    """Start asking what `open_repository` needs."""
    words = ("--path-format=absolute", *_QUESTIONS, "--symbolic-full-name", "HEAD")
    return git.start("rev-parse", *words, "--show-toplevel", _ORIGIN)


def setting(repository: Repository, name: str, *options: str) -> str | None:
    """Give the value of a variable of git's configuration, None if it is not set.

    `options` are those of git-config(1). git is asked once.
    """
    key = (repository.git_dir, name, *options)
    if key not in _SETTINGS:
        answer = repository.git.run("config", *options, "--get", name, ok=(0, 1))
        _SETTINGS[key] = None if answer.code else answer.text.strip()
    return _SETTINGS[key]


def configured_branch(git: Git) -> str:
    """The value of `init.defaultBranch` (git-config(1)); "" if it is not set."""
    return git.run("config", "--get", "init.defaultBranch", ok=(0, 1)).text.strip()


def open_repository(git: Git, asked: Process | None = None) -> Repository:
    """Find the repository in which `git` runs. Raises GitError if there is none or git refuses it.

    `asked` is the process of `questions`, if it was started before.
    """
    answer = (asked or questions(git)).answer()
    lines = answer.text.split("\n")[:-1]
    if len(lines) < len(_QUESTIONS):
        if "not a git repository" in answer.err:
            raise GitError(
                "this is not a git repository", hint="go to a repository, or make one: git init"
            )
        require(answer, ("rev-parse",))
    # More or fewer: no commit, origin or working tree, or a newline in the name of a folder.
    if len(lines) != len(_QUESTIONS) + 3:
        lines = [_one(git, question) for question in _QUESTIONS]
        lines += [_symbolic(git, "HEAD"), _one(git, "--show-toplevel"), _symbolic(git, _ORIGIN)]
    git_dir, common_dir, bare, shallow, object_format, head, top, origin = lines
    top = "" if bare == "true" else _top(git, git_dir, top)
    placed = _placed(git, git_dir, top)
    index = placed.env["GIT_INDEX_FILE"]
    if head == "HEAD":
        head = ""
    # Without a remote HEAD, git finds a tag of that name instead; an id in it names no branch.
    if not origin.startswith("refs/remotes/origin/") or origin == _ORIGIN:
        origin = ""
    found = (shallow == "true", object_format, head, origin, bare == "true")
    return Repository(placed, git_dir, common_dir, top, index, *found)


def branch_of(repository: Repository) -> str:
    """The short name of the branch that is checked out; "" if HEAD is detached.

    During a rebase or a bisection the branch still belongs to this worktree; git keeps its name in
    files (git-worktree(1), "DETAILS"; builtin/rebase.c).
    """
    rebased = [repository.private(f"rebase-{how}/head-name") for how in ("merge", "apply")]
    for ref in (repository.head, *rebased):
        branch = branch_in(ref)
        if branch:
            return branch
    # An object id if HEAD was detached before the bisection.
    started = repository.private("BISECT_START")
    return "" if len(started) == len(repository.zero) else started


def is_partial(repository: Repository) -> bool:
    """Whether objects may be missing here (git-config(1), `remote.<name>.promisor`)."""
    words = ("--get-regexp", r"^remote\..*\.promisor$")
    return repository.git.run("config", *words, ok=(0, 1)).code == 0


def has_ref(git: Git, ref: str) -> bool:
    """Whether there is a ref of this whole name (git-show-ref(1), `--verify`)."""
    return git.run("show-ref", "--verify", "-q", "--", ref, ok=(0, 1, 128)).code == 0


def is_ignored(repository: Repository, file: str) -> bool:
    """Whether git ignores an untracked path from the top."""
    return file in ignored(repository, [file])


def ignored(repository: Repository, files: Sequence[str]) -> frozenset[str]:
    """Give those of `files`, paths from the top, that git does not track and ignores."""
    if not files:
        return frozenset()
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    asked = as_records(f"./{file}" for file in files)
    # 0: some are; 1: none is; 128: one lies behind a link, and git stops (git-check-ignore(1))
    answer = git.run("check-ignore", "-z", "--stdin", stdin=asked, ok=(0, 1, 128))
    if answer.code == 128:
        middle = len(files) // 2
        return ignored(repository, files[:middle]) | ignored(repository, files[middle or 1 :])
    return frozenset(file.removeprefix("./") for file in records(answer.out))


def _one(git: Git, question: str) -> str:
    answer = git.run("rev-parse", "--path-format=absolute", question, ok=(0, 128))
    return answer.text.removesuffix("\n")


def _symbolic(git: Git, name: str) -> str:
    return git.run("symbolic-ref", "-q", name, ok=(0, 1, 128)).text.removesuffix("\n")


def _placed(git: Git, git_dir: str, top: str) -> Git:
    index = os.path.join(top or git_dir, git.env.get("GIT_INDEX_FILE") or f"{git_dir}/index")
    env = {**git.env, "GIT_DIR": git_dir, "GIT_INDEX_FILE": index}
    for name in ("GIT_WORK_TREE", "GIT_COMMON_DIR"):
        env.pop(name, None)
    if top:
        env["GIT_WORK_TREE"] = top
    return Git(top or git_dir, env, git.settings)


def _top(git: Git, git_dir: str, said: str) -> str:
    """The top level; git has `said` the current directory if only `GIT_DIR` is set, as for hooks.

    Then it is the folder in `gitdir` of a linked worktree (gitrepository-layout(5)), else the
    parent of `.git`, unless `core.worktree` (git-config(1)) names another.
    """
    if "GIT_DIR" not in git.env or "GIT_WORK_TREE" in git.env:
        return said
    try:
        note = os.path.join(git_dir, "gitdir")
        with open(note, encoding="utf-8", errors="surrogateescape") as file:
            pointer = file.read().removesuffix("\n")
    except OSError:
        pointer = git_dir if os.path.basename(git_dir) == ".git" else ""
    if not pointer:
        return said
    folder = os.path.normpath(os.path.dirname(os.path.join(git_dir, pointer)))
    if folder == said or not os.path.lexists(os.path.join(folder, ".git")):
        return said
    linked = pointer != git_dir
    if not linked and git.run("config", "--get", "core.worktree", ok=(0, 1)).code == 0:
        return said
    return folder
