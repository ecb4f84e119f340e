"""Looks for the base: the branch whose tip is trusted, and the tip that a branch is compared with.

Where a repository receives pushes, whoever pushes chooses the names of all refs but branches: there
only `refs/heads/` counts, whatever else is called like a remote's branch.
"""

from __future__ import annotations

from guard.contracts.model import CONTRACTS, POLICY_FILE
from guard.core.errors import GitError, Incomplete, NotAdopted
from guard.core.names import HEADS
from guard.core.values import NamedTuple
from guard.git.repository import configured_branch, has_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guard.git.objects import Objects
    from guard.git.repository import Repository

REMOTES = "refs/remotes/"
ORIGIN = REMOTES + "origin/"
_USUAL = ("main", "master")
# gitrevisions(7), rules 2 to 6
GUESSES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


class NoBase(Incomplete):
    """A clone of a CI system has no branch that could be the base; `hint` fetches one."""


class Ref(NamedTuple):
    """A ref and its commit: `name` is the branch without remote, `short` how people write it."""

    name: str = ""
    short: str = ""
    oid: str = ""

    @property
    def full(self) -> str:
        """The whole name of the ref."""
        return (HEADS if self.short == self.name else REMOTES) + self.short


class Search:
    """Looks for the base.

    `where` tells which refs count: `here` all of them; in a `push` to elsewhere the remotes', since
    the local one may be what is pushed; in a `gate` those of origin, since a fork may be a remote,
    too; on a `server`, and in any bare repository, branches alone. `head` is the commit for which a
    base is sought ("": none), `branch` its branch. The trees of `folders` on the base are read at
    once with the policy. `way` lists what led to the base, the base last; `vain` the branches that
    would have been the base if they existed.
    """

    def __init__(
        self,
        repository: Repository,
        objects: Objects,
        where: str = "here",
        *,
        head: str = "HEAD",
        branch: str = "",
        folders: Sequence[str] = (),
    ) -> None:
        self.repository = repository
        self.objects = objects
        self.where = "server" if repository.bare else where
        self.head = head
        self.branch = branch
        self.folders = folders
        self.way: list[Ref] = []
        self.vain: list[str] = []
        self._known: list[str] | None = None

    def ahead(self) -> None:
        """Let git look up the likely base, the branch of origin/HEAD, in advance."""
        name = self.repository.origin.removeprefix(ORIGIN)
        if name and self.where != "server":
            self.objects.ahead(*_spellings(*(ref.full for ref in self._places(name))))

    def default(self) -> Ref:
        """Find the base where the policy names none.

        It is the branch of origin/HEAD, or of a bare repository's HEAD, which its clones get as
        origin/HEAD (git-clone(1)), then init.defaultBranch, then main or master. Raises GitError,
        or NotAdopted if HEAD has neither policy nor contracts. In a gate HEAD is what is judged,
        so it cannot say that there is nothing to judge by.
        """
        for name in self._candidates():
            found = self.found(name)
            if found:
                self.way = [found]
                return found
            self.vain.append(name)
        self._require_commit()
        if self.where == "gate":  # mostly the clone has one branch alone, or none
            raise NoBase(
                "no branch of this clone can be the base: there is no origin/HEAD, main or master",
                hint="git fetch origin '+refs/heads/*:refs/remotes/origin/*' "
                "&& git remote set-head origin --auto",
            )
        if not any(self._parsed(f"HEAD:{path}") for path in (POLICY_FILE, CONTRACTS)):
            raise NotAdopted(
                f"there is no {POLICY_FILE}, and no branch that could be the base "
                "(origin/HEAD, main or master)",
                hint=f"guard init   # then commit {POLICY_FILE} on what is to be the base",
            )
        raise GitError(
            "no branch here can be the base: there is no origin/HEAD, main or master",
            hint="name it: guard check --base BRANCH; "
            "for good: git remote set-head origin BRANCH, or git config init.defaultBranch BRANCH",
        )

    def _require_commit(self) -> None:
        if self._commit("HEAD"):
            return
        oid = self._parsed("HEAD")  # git gives the id also of a commit that is not there
        if oid:
            raise Incomplete(
                f"the commit that HEAD names, {oid}, is missing here",
                hint="git fsck; a borrowed object store may have moved: "
                "cat .git/objects/info/alternates",
            )
        raise NotAdopted(
            "there is no commit here, so nothing to judge by",
            hint=f"guard init   # then commit {POLICY_FILE} on what is to be the base",
        )

    def _candidates(self) -> Iterator[str]:
        """The configured branch costs a process."""
        repository = self.repository
        if repository.origin and self.where != "server":
            yield repository.origin.removeprefix(ORIGIN)
        if repository.head and repository.bare:  # inside a `.git`, HEAD is what is checked out
            yield repository.head.removeprefix(HEADS)
        configured = configured_branch(repository.git)
        if configured:
            yield configured
        yield from _USUAL

    def is_named(self, name: str, base: Ref) -> bool:
        """Tell whether `name`, in a policy, certainly is the branch that was found."""
        bare, remote = self.parted(name.removeprefix(REMOTES))
        if remote:
            return bare == base.name and self.remotes() == [remote]
        return base.name == bare or (
            not name.startswith(HEADS) and base.name == bare.partition("/")[2]
        )

    def parted(self, name: str) -> tuple[str, str]:
        """A branch and its remote, "" if the name has none that is known here."""
        for remote in self.remotes():
            if name.startswith(f"{remote}/"):
                return name[len(remote) + 1 :], remote
        return name.removeprefix(HEADS), ""

    def leads(self, branch: str, remote: str = "") -> bool:
        """Tell whether a branch, or that of a remote, is the base or names it."""
        short = f"{remote}/{branch}" if remote else ""
        return any(ref.name == branch and short in ("", ref.short) for ref in self.way)

    def compared(self, base: Ref, patterns: Sequence[str]) -> Ref:
        """Of the base and the branches that match `patterns`, find the one built on.

        Raises GitError where that cannot be told.
        """
        if not patterns or self.branch == base.name or not self.head:
            return base
        from guard.verdict.nearest import built_on

        return built_on(self, base, patterns)

    def spelled(self, full: str) -> Ref | None:
        """Give the branch that a whole name of a ref stands for, if it counts here."""
        if full.startswith(HEADS):
            own = self.where == "here" and full == HEADS + self.branch
            return None if own else Ref(full[len(HEADS) :], full[len(HEADS) :])
        name, remote = self.parted(full.removeprefix(REMOTES))
        counts = remote == "origin" or (remote and self.where != "gate")
        return Ref(name, f"{remote}/{name}") if counts and name != "HEAD" else None

    def found(self, name: str, remote: str = "") -> Ref | None:
        """Of the branches of this name, here and at the remotes, the one that counts."""
        places = self._places(name, remote)
        tips = self.tips(*(ref.full for ref in places))
        found = [ref._replace(oid=tip) for ref, tip in zip(places, tips, strict=True) if tip]
        found = self._counting(found)
        if len({ref.oid for ref in found}) < 2:
            return found[0] if found else None
        if self.where == "gate":
            shorts = " and ".join(ref.short for ref in found)
            hint = f"name the one that the change goes to: --base {found[0].short}"
            raise GitError(f"{shorts} differ, and no remote is called origin", hint=hint)
        from guard.verdict.nearest import nearest

        return nearest(self.repository.git, found, self.head)

    def _counting(self, found: list[Ref]) -> list[Ref]:
        """Those that count among branches of one name; a local one is the first."""
        is_local = bool(found) and found[0].short == found[0].name
        remote = found[1:] if is_local else found
        if self.where not in ("push", "gate") or not remote:
            return found
        if self.where == "gate" and remote[0].short.startswith("origin/"):
            remote = remote[:1]
            if is_local and found[0].oid == remote[0].oid:
                return found[:1]
        return remote

    def _places(self, name: str, remote: str = "") -> list[Ref]:
        remotes = [remote] if remote and self.where != "server" else self.remotes()
        return [Ref(name, name), *(Ref(name, f"{one}/{name}") for one in remotes)]

    def remotes(self) -> list[str]:
        """The remotes whose branches count."""
        if self._known is None:
            self._known = [] if self.where == "server" else self.repository.remotes()
        return self._known

    def tips(self, *refs: str) -> list[str]:
        """The commit of each ref, "" where there is none.

        git takes a missing ref for a short name, such as that of a tag `refs/heads/main`
        (gitrevisions(7), `<refname>`). If there is one, `show-ref` is asked, which never guesses.
        """
        answers = iter(self.objects.infos(*_spellings(*refs)))
        tips: list[str] = []
        for ref in refs:
            info, guessed = next(answers), [next(answers) for _ in GUESSES]
            tip = info.oid if info else ""
            tips.append(self._commit(ref) if tip and any(guessed) else tip)
        return tips

    def _commit(self, ref: str) -> str:
        if not has_ref(self.repository.git, ref):
            return ""
        return self._parsed("--end-of-options", ref + "^{commit}")

    def _parsed(self, *words: str) -> str:
        git = self.repository.git
        answer = git.run("rev-parse", "--verify", "-q", *words, ok=(0, 1, 128))
        return answer.out.decode().strip()


def _spellings(*refs: str) -> list[str]:
    return [
        name
        for ref in refs
        for name in (ref + "^{commit}", *(guess.format(ref) for guess in GUESSES))
    ]
