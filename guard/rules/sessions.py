"""SES: do the sessions of a repository keep apart?"""

from collections.abc import Iterator, Sequence

from guard.contracts.model import Policy
from guard.contracts.positions import line_of
from guard.core.codes import Severity
from guard.core.names import counted, shell_quote, show
from guard.rules.between import Beside, Stray
from guard.rules.facts import Facts
from guard.rules.findings import Decision, Violation
from guard.rules.rule import Instead

_SHOWN = 3  # paths in a message
_MOST = 10  # paths in a command
_NAMES = 8  # sessions in a message
_LONGEST = 40  # characters of a name there
_MAGIC = frozenset("*?[\\")  # in a path; a colon at its beginning, too (gitglossary(7), pathspec)
INSTEAD = Instead(
    before="Do this work in the worktree of the session that owns the file, or leave it to that "
    "session.",
    after="Bring this work to the session that owns the file, as the command says, and leave the "
    "rest of this checkout as it is.",
)
_PATCH = "-p --binary"
_APPLY = "apply --whitespace=nowarn"
THEN = "   # then, once it is there: "  # between the two commands of a hint
_MERGE = "apply --3way --whitespace=nowarn"  # it refuses paths with uncommitted changes


def too_many_sessions(facts: Facts) -> Iterator[Violation]:
    """Are more sessions open than the policy allows?

    Each session more costs attention: somebody has to follow what it does, and to integrate it.
    Four or more at a time are for simple, repetitive work. A contract counts from the day it is on
    the base until it is closed, with a branch or without; standing contracts and sessions whose
    work the base has do not count. The limit is `sessions` in `guard.toml`. A commit and a CI
    system do not ask.

    What to do: integrate a session before the next one begins. `guard conflicts --order` says which
    one can go first, and `guard tidy` closes what is integrated.
    """
    yield from too_many(facts.policy, beside(facts).sessions)


def stray_work(facts: Facts) -> Iterator[Violation]:
    """Does a session's work lie where it does not belong?

    Work in the wrong checkout is missed where it belongs, and lost when somebody tidies up. It is
    uncommitted in the checkout of the base or in another session's worktree, or it is committed on
    the local base and no remote's base has it. The path belongs to an open contract, and neither
    the branch of that session nor its worktree has the content. What the base has, what the
    worktree's own contract may change, and a worktree in the middle of a merge or rebase are left
    alone; so are paths of standing contracts and of sessions whose work the base has. A session
    hears of its own work elsewhere and of others' work in its worktree, the base of all. A commit
    or an agent's edit on the base, and a commit that OWN001 stops, is asked about what it holds.

    What to do: run the command. It copies the work into the session's worktree and changes nothing
    where it lies; git stops if it does not fit. Look there, then take it back here with the command
    behind the `#`.
    """
    changed = {change.path for change in facts.changes}
    goes_on = facts.on_base and facts.policy.severities.get("SES002") != Severity.ERROR
    for stray in beside(facts).strays:
        if stray.how == "staged" and not changed.isdisjoint(stray.paths):
            if facts.by_agent:  # it is written, not committed
                yield violation(stray._replace(how="written", alone=False))
            else:
                yield violation(stray._replace(alone=stray.alone and goes_on))
        elif stray.how != "staged" and (facts.on_base or _concerns(facts, stray)):
            yield violation(stray)


def too_many(policy: Policy, names: Sequence[str]) -> Iterator[Violation]:
    """Say that more sessions than the policy allows are open, if these are."""
    limit = policy.sessions
    if len(names) <= limit:
        return
    listed = ", ".join(_cut(name) for name in names[:_NAMES])
    if len(names) > _NAMES:
        listed += f" and {len(names) - _NAMES} more"
    number = line_of(policy.text, "sessions") if "sessions" in policy.text else 0
    line = Decision(policy.file, number, f"sessions = {limit}") if number else None
    message = f"{counted(len(names), 'session')} are open, the policy allows {limit}: {listed}"
    yield Violation("", message, "guard conflicts --order", line)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def violation(stray: Stray) -> Violation:
    """Say whose work lies where, and how to bring it home."""
    where = f"in {show(stray.place)}"
    place = f"{where} ({stray.on})" if stray.on else where
    whose = f"work of session {stray.contract}"
    if stray.owner:
        whose += f" ({stray.owner})"
    if stray.others:
        whose += f" or of {', '.join(stray.others)}, which may change it, too,"
    lies = {
        "uncommitted": f"lies uncommitted {place}",
        "staged": f"is about to be committed {place}",
        "written": f"is about to be written {place}",
        "committed": f"is committed on {stray.on}, in {_commits(stray.commits)}",
    }[stray.how]
    who = f"branch {stray.branch}" if stray.branch else f"worktree {show(stray.home)}"
    lacking = f"{who} lacks this content"
    if stray.how == "written":
        lacking = f"it belongs in {show(stray.home)}" + (", not made yet" if stray.makes else "")
    message = f"{whose} {lies}, and {lacking}"
    if len(stray.paths) > 1:
        listed = ", ".join(stray.paths[:_SHOWN])
        more = len(stray.paths) - _SHOWN
        message += f": {listed}" + (f" and {more} more" if more > 0 else "")
    return Violation(stray.paths[0], message, f"{bring(stray)}{THEN}{back(stray)}")


def listed(stray: Stray) -> Violation:
    """Say the same in a list of all sessions, with a short command that leads to the long one."""
    place = shell_quote(stray.place or stray.home)
    return violation(stray)._replace(next=f"cd {place} && guard check   # has the command")


def bring(stray: Stray) -> str:
    """Give the command that copies stray work into the session's worktree.

    git applies a patch wholly or not at all; with `--3way` it leaves conflicts to solve, and takes
    only paths without uncommitted changes (git-apply(1), `--index`). Plumbing makes the patch: no
    setting of the user's changes its form (git-diff-index(1)).
    """
    home, place = shell_quote(stray.home), shell_quote(stray.place)
    made = " ".join(one if one == "-b" else shell_quote(one) for one in stray.makes)
    made = f"git -C {place or home} worktree add {made} && " if made else ""
    if stray.how == "committed" and stray.alone:
        return f"{made}git -C {home} cherry-pick {' '.join(one[:12] for one in stray.commits)}"
    git = _git(stray)
    paths = _words(stray.paths)
    if stray.how == "committed":
        at = home if not stray.place else place
        ends = f"{stray.since[:12]} {shell_quote(stray.on)}"
        patch = f"{git} -C {at} diff-tree -r {_PATCH} {ends} -- {paths}"
    else:
        added = _words([path for path in stray.paths[:_MOST] if path in stray.added])
        made += f"{git} -C {place} add -N -- {added} && " if added else ""
        patch = f"{git} -C {place} diff-index {_PATCH} {stray.since} -- {paths}"
    return f"{made}{patch} | git -C {home} {_APPLY if stray.busy else _MERGE}"


def back(stray: Stray) -> str:
    """Give the command that takes stray work away from where it lies."""
    place, ref = shell_quote(stray.place), shell_quote(stray.ref)
    if stray.alone and stray.how == "committed":
        if stray.place:
            return f"git -C {place} reset --keep {ref}"
        return f"git branch -f {shell_quote(stray.on)} {ref}"
    if stray.alone and stray.how == "staged":
        return f"git -C {place} reset --keep {stray.since}"
    paths = _words(stray.paths)
    at = f"{_git(stray)} -C {place}" if stray.place else _git(stray)
    source = "" if stray.since == "HEAD" else f" --source={stray.since[:12]}"
    return f"{at} restore{source} -SW -- {paths}"


def beside(facts: Facts) -> Beside:
    """Give what was seen around the change set; nothing if nobody looked."""
    return facts.beside or Beside()


def _concerns(facts: Facts, stray: Stray) -> bool:
    own = facts.contract.name if facts.contract else ""
    return stray.contract == own or stray.place == facts.worktree


def _commits(commits: Sequence[str]) -> str:
    shown = " ".join(one[:12] for one in commits[:_SHOWN])
    more = len(commits) - _SHOWN
    return f"commit {shown}" + (f" and {more} more" if more > 0 else "")


def _git(stray: Stray) -> str:
    special = any(path[0] == ":" or not _MAGIC.isdisjoint(path) for path in stray.paths[:_MOST])
    return "git --literal-pathspecs" if special else "git"


def _words(paths: Sequence[str]) -> str:
    return " ".join(shell_quote(path) for path in paths[:_MOST])
