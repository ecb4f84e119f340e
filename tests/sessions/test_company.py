"""Which sessions are open, told in a few processes for all of them."""

from __future__ import annotations

from contextlib import closing

from guard.git.objects import Objects
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.sessions.between.company import open_sessions
from guard.verdict.integrated import done
from guard.verdict.opening import Sources
from guard.verdict.search import Search
from guard.verdict.trust import read_trust
from tests.kit import POLICY, Repo


def _branch(repo: Repo, name: str, start: str = "main") -> Repo:
    repo.git("switch", "-q", "-c", name, start)
    return repo


def _fleet(repo: Repo) -> None:
    """One branch in each state that a session can be in."""
    repo.commit({"guard.toml": POLICY, "src/a.py": "a\n" * 9, "src/b.py": "b\n" * 9})
    for name in "fresh ahead squashed picked merged also elsewhere".split():
        repo.contract(name, owns=["src/"])
    start = repo.head()
    repo.git("branch", "fresh")
    _branch(repo, "ahead").commit({"src/new.py": "new\n"})
    _branch(repo, "squashed", start).commit({"src/s.py": "one\n"})
    repo.commit({"src/s.py": "two\n"})
    picked = _branch(repo, "picked", start).commit({"src/p.py": "p\n"})
    _branch(repo, "merged", start).commit({"src/m.py": "m\n"})
    _branch(repo, "also", start).commit({"src/a.py": "x\n" + "a\n" * 8})
    _branch(repo, "elsewhere", start).commit({"src/e.py": "e\n"})
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--squash", "squashed")
    repo.commit()
    repo.git("cherry-pick", picked)
    repo.git("merge", "-q", "--no-ff", "-m", "m", "merged")
    repo.commit({"src/a.py": "a\n" * 8 + "y\n"})  # the file of `also`, at another place
    repo.git("switch", "-q", "elsewhere")
    repo.git("merge", "-q", "-m", "twice", "main")  # it has two roots in the base from now on
    repo.commit({"src/e.py": "e\ne\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"src/b.py": "later\n"})


def test_the_short_way_says_what_the_long_one_does(repo: Repo) -> None:
    """What is integrated in any way is closed, all else is open."""
    _fleet(repo)
    repository = open_repository(at(str(repo.path)))
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        sources = Sources(repository, objects, trust)
        closed = done(sources, trust.contracts)
        named = {one.name for one in trust.contracts}
        assert closed == {"squashed", "picked", "merged"}
        assert set(open_sessions(sources)) == named - closed
