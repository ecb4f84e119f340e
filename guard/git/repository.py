"""One repository as git sees it from here: where its parts are and what its HEAD is. Read once, then passed around."""

from __future__ import annotations

import os

from guard.core.errors import GitError, UsageError
from guard.core.files import read_head
from guard.core.values import NamedTuple
from guard.git.plumbing import Git, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard.git.plumbing import Process

EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_QUESTIONS = (
    "--path-format=absolute",
    "--absolute-git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--is-shallow-repository",
    "--show-object-format",
)
_HEX = frozenset("0123456789abcdef")
_ORIGIN = "refs/remotes/origin/HEAD"


class Repository(NamedTuple):
    """Absolute paths of the git directory, the common directory and the top level ("" if bare), and how objects are named.

    `git` asks about this repository from its top level (its git directory if bare), wherever guard was started; `index_file` is the
    index under judgement: the one that git names in `GIT_INDEX_FILE`, or the worktree's own; `head` and `origin` are the full names
    of the refs that HEAD and the remote's HEAD stand for, "" where there is none.
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

    @property
    def zero(self) -> str:
        """The object id that stands for none."""
        return "0" * (40 if self.object_format == "sha1" else 64)

    @property
    def empty_tree(self) -> str:
        """The id of the tree without entries, known to every git."""
        return EMPTY_TREE[self.object_format]

    def require_top(self) -> str:
        """The top level of the working tree. Raises UsageError in a bare repository or inside a git directory."""
        if not self.top:
            raise UsageError(
                "there is no working tree here",
                hint="go to a worktree, or judge commits: guard check --base main --head BRANCH",
            )
        return self.top

    def private(self, name: str) -> str:
        """The content of a small file that git keeps for this worktree (`MERGE_HEAD`, `rebase-merge/head-name`); "" where it is absent."""
        return (
            read_head(os.path.join(self.git_dir, name), 1 << 16)
            .decode("utf-8", "surrogateescape")
            .strip()
        )

    def merging(self) -> list[str]:
        """The commits that a merge in progress is bringing in (`MERGE_HEAD`, one object id a line). Raises GitError for anything else."""
        return self._require_oids(self.private("MERGE_HEAD").split(), "MERGE_HEAD")

    def announced(self) -> list[str]:
        """The commits that `git merge` is about to bring in, for its hook pre-merge-commit.

        There is no `MERGE_HEAD` yet, but git names each of them in the environment (`GITHEAD_<object id>`, builtin/merge.c). Not to be
        asked elsewhere: anybody can set a variable.
        """
        return self._require_oids(
            [name[8:] for name in self.git.env if name.startswith("GITHEAD_")], "the environment"
        )

    def _require_oids(self, found: list[str], where: str) -> list[str]:
        for oid in found:
            if len(oid) != len(self.zero) or not set(oid) <= _HEX:
                raise GitError(
                    f"{where} says {oid[:80]!r} is being merged, which is no object id",
                    hint="git merge --abort, and merge again",
                )
        return found


def questions(git: Git) -> Process:
    """Ask git all that `open_repository` wants to know. It may be started long before the answer is read."""
    return git.start(
        "rev-parse", *_QUESTIONS, "--symbolic-full-name", "HEAD", "--show-toplevel", _ORIGIN
    )


def configured_branch(git: Git) -> str:
    """The value of `init.defaultBranch` (git-config(1)); "" where it has none."""
    return (
        git.run("config", "--get", "init.defaultBranch", ok=(0, 1))
        .out.decode("utf-8", "surrogateescape")
        .strip()
    )


def open_repository(git: Git, asked: Process | None = None) -> Repository:
    """Find the repository that `git` is asked about. Raises GitError where there is none or git does not trust it.

    `asked` are the `questions` if they were asked before.
    """
    answer = (asked or questions(git)).answer()
    lines = answer.out.decode("utf-8", "surrogateescape").split("\n")[:-1]
    facts = len(_QUESTIONS) - 1
    if len(lines) < facts:
        if "not a git repository" in answer.err:
            raise GitError("this is not a git repository", hint="go to one, or make one: git init")
        require(answer, ("rev-parse",))
    if (
        len(lines) != facts + 3
    ):  # no commit, no origin, no working tree, or a folder with a newline in its name
        lines = [
            *(_one(git, question) for question in _QUESTIONS[1:]),
            _symbolic(git, "HEAD"),
            _one(git, "--show-toplevel"),
            _symbolic(git, _ORIGIN),
        ]
    git_dir, common_dir, bare, shallow, object_format, head, top, origin = lines
    directory = "" if bare == "true" else _top(git, git_dir, top)
    placed = _placed(git, git_dir, directory)
    head = "" if head == "HEAD" else head
    origin = (
        origin if origin.startswith("refs/remotes/origin/") else ""
    )  # where it does not exist, git takes a tag of that name instead
    return Repository(
        placed,
        git_dir,
        common_dir,
        directory,
        placed.env["GIT_INDEX_FILE"],
        shallow == "true",
        object_format,
        head,
        origin,
    )


def branch_of(repository: Repository) -> str:
    """The short name of the branch that is checked out; "" when HEAD is detached.

    During a rebase or a bisection HEAD is detached while the branch is still this worktree's: git keeps its name in these files
    (git-worktree(1), "DETAILS"; builtin/rebase.c).
    """
    names = (
        repository.head,
        repository.private("rebase-merge/head-name"),
        repository.private("rebase-apply/head-name"),
    )
    ref = next((name for name in names if name.startswith("refs/heads/")), "")
    started = repository.private("BISECT_START")  # an object id where HEAD was detached already
    return (
        ref.removeprefix("refs/heads/")
        if ref
        else ""
        if len(started) == len(repository.zero)
        else started
    )


def is_partial(repository: Repository) -> bool:
    """Whether a remote has promised objects that are not here (git-config(1), `remote.<name>.promisor`)."""
    return (
        repository.git.run("config", "--get-regexp", r"^remote\..*\.promisor$", ok=(0, 1)).code == 0
    )


def is_ignored(repository: Repository, file: str) -> bool:
    """Whether git ignores a path from the top that it does not track, so that `git add` refuses it without `--force` (git-add(1))."""
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")  # check-ignore refuses to work with it
    # 0: ignored, 1: not, or tracked, 128: a link is on the way (git-check-ignore(1))
    return git.run("check-ignore", "--quiet", "--", f"./{file}", ok=(0, 1, 128)).code == 0


def _one(git: Git, question: str) -> str:
    """The answer to one question of git-rev-parse(1); "" where there is none."""
    out = git.run("rev-parse", "--path-format=absolute", question, ok=(0, 128)).out
    return out.decode("utf-8", "surrogateescape").removesuffix("\n")


def _symbolic(git: Git, name: str) -> str:
    """The ref that a symbolic ref stands for; "" where it is none (git-symbolic-ref(1))."""
    return (
        git.run("symbolic-ref", "-q", name, ok=(0, 1, 128))
        .out.decode("utf-8", "surrogateescape")
        .removesuffix("\n")
    )


def _placed(git: Git, git_dir: str, top: str) -> Git:
    """git asked about this repository and no other, from its top level."""
    given = git.env.get("GIT_INDEX_FILE", "")
    index = os.path.join(top or git_dir, given) if given else os.path.join(git_dir, "index")
    env = {
        name: value
        for name, value in git.env.items()
        if name not in ("GIT_WORK_TREE", "GIT_COMMON_DIR")
    }
    env |= {"GIT_DIR": git_dir, "GIT_INDEX_FILE": index, **({"GIT_WORK_TREE": top} if top else {})}
    return Git(top or git_dir, env, git.settings)


def _top(git: Git, git_dir: str, said: str) -> str:
    """The top level.

    git takes the current directory for it when only `GIT_DIR` is set, as in a hook of a linked worktree: then a linked worktree's own note
    of where it is (`gitdir`, gitrepository-layout(5)) or the parent of `.git` is the true one, unless `core.worktree` (git-config(1))
    sends git there, which a linked worktree does not heed.
    """
    if "GIT_DIR" not in git.env or "GIT_WORK_TREE" in git.env:
        return said
    try:
        with open(
            os.path.join(git_dir, "gitdir"), encoding="utf-8", errors="surrogateescape"
        ) as file:
            pointer = file.read().removesuffix("\n")
    except OSError:
        pointer = git_dir if os.path.basename(git_dir) == ".git" else ""
    folder = os.path.normpath(os.path.dirname(os.path.join(git_dir, pointer))) if pointer else said
    if folder == said or not os.path.lexists(os.path.join(folder, ".git")):
        return said
    sent = pointer == git_dir and git.run("config", "--get", "core.worktree", ok=(0, 1)).code == 0
    return said if sent else folder
