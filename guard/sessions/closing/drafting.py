"""Everything that a draft is written from: what changed and how much, what ran, what the commits say, and what follows by itself."""

from __future__ import annotations

from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import scratch
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.git.trees import line_counts, tree_on_disk
from guard.handoffs.draft import Item, Known, code
from guard.receipts.proof import proof
from guard.receipts.receipt import Receipt
from guard.receipts.store import latest, open_store
from guard.rules.facts import Facts
from guard.rules.findings import Report
from guard.sessions.closing.tally import areas
from guard.sessions.closing.worries import follow_up, risks
from guard.sessions.siblings import touched_elsewhere

_MOST_COMMITS = 50  # whose subjects are taken
_MOST_COMMANDS = 20
_MOST_RECEIPTS = 500  # that are looked through for those of this session


def known(repository: Repository, objects: Objects, facts: Facts, report: Report) -> Known:
    """Collect what there is to say at the end of a session. `facts` are of its end, in scope `worktree` or `branch`; `report` judges them.

    Raises GitError where an object is missing or a file cannot be read.
    """
    contract = facts.contract
    name, goal, verify = (
        (contract.name, contract.goal, contract.verify) if contract else ("", "", ())
    )
    handoff = facts.policy.handoff_of(name)
    with scratch() as folder:
        tree, git = (
            tree_on_disk(repository, folder, handoff, whole=True)
            if facts.scope == "worktree"
            else (facts.head, repository.git)
        )
        counts = line_counts(git, facts.base or repository.empty_tree, tree)
        changes = tuple(read_changes(diff_trees(git, facts.base or repository.empty_tree, tree)))
    whole = facts._replace(
        changes=tuple(change for change in changes if change.path not in facts.own_files)
    )
    trusted = facts.trusted.contract_from == "base"
    return Known(
        contract=name,
        tree=facts.tree,
        goal=goal,
        paths=len(whole.changes),
        files=areas(whole, counts),
        commands=tuple(_commands(repository, facts)),
        wanted=tuple(
            line
            for line in verify
            if trusted and proof(facts.receipts.get(line, ()), facts.tree).kind != "verified"
        ),
        subjects=_subjects(repository, objects, facts, handoff),
        risks=tuple(risks(whole, report, counts, touched_elsewhere(repository, objects, facts))),
        follow_up=tuple(follow_up(whole, report)),
    )


def _commands(repository: Repository, facts: Facts) -> list[Item]:
    """The latest run of each command of this session, in the order in which they ran; of several the one on these files."""
    name = facts.contract.name if facts.contract else ""
    ours = [
        one
        for one in latest(open_store(repository), _MOST_RECEIPTS)
        if one.sound and (one.contract or one.branch) in (name, facts.branch)
    ]
    ours.sort(key=lambda one: (one.before == facts.tree, one.started), reverse=True)
    first = {one.command: one for one in reversed(ours)}
    told = sorted(first.values(), key=lambda one: one.started)[-_MOST_COMMANDS:]
    return [Item(code(one.line), _came_of(one, facts.tree)) for one in told]


def _came_of(receipt: Receipt, tree: str) -> str:
    where = "on these files" if receipt.before == tree else "on other files"
    below = f", in {receipt.directory}" if receipt.directory else ""
    changed = ", changed them" if receipt.altered else ""
    last = _last_line(receipt)
    return f"exit {receipt.exit}, {receipt.took}, {where}{below}{changed}" + (
        f": {last}" if last else ""
    )


def _last_line(receipt: Receipt) -> str:
    """The last line that a command printed, without what draws a box around it."""
    lines = [
        line
        for stream in receipt.streams[:1]
        for line in stream.tail.replace("\r", "\n").split("\n")
    ]
    plain = [text for line in lines if (text := _without_colours(line).strip(" =-_*#"))]
    return plain[-1][:80] if plain else ""


def _without_colours(line: str) -> str:
    """A line without the sequences that colour it (ECMA-48, control sequences)."""
    parts = line.split("\x1b[")
    return parts[0] + "".join(part.lstrip("0123456789;:?")[1:] for part in parts[1:])


def _subjects(
    repository: Repository, objects: Objects, facts: Facts, handoff: str
) -> tuple[str, ...]:
    """The subjects of the branch's commits, the oldest first; not of merges, nor of those that only write the handoff."""
    git = repository.git.moved(GIT_LITERAL_PATHSPECS="0")
    limits = (
        "--reverse",
        "--no-merges",
        f"--max-count={_MOST_COMMITS}",
        facts.head,
        f"^{facts.trusted.oid}",
    )
    commits = (
        git.run("rev-list", *limits, "--", ":(top)", f":(top,exclude,literal){handoff}")
        .out.decode()
        .split()
        if facts.head
        else []
    )
    return tuple(
        subject
        for found in objects.read_all(commits)
        if found and found.content and (subject := _subject(found.content))
    )


def _subject(commit: bytes) -> str:
    """The first paragraph of a commit's message on one line (git-log(1), `%s`), decoded as its header says."""
    header, _, message = commit.partition(b"\n\n")
    encoding = next(
        (
            line[9:].decode("ascii", "replace")
            for line in header.split(b"\n")
            if line.startswith(b"encoding ")
        ),
        "utf-8",
    )
    try:
        text = message.decode(encoding, "replace")
    except LookupError:
        text = message.decode("utf-8", "replace")
    return " ".join(text.strip().split("\n\n")[0].split())
