"""What a draft is written from: the changes, the commands that ran, and the commits' subjects."""

from guard.git.compare import diff_trees, read_changes
from guard.git.isolate import scratch
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.git.trees import line_counts, renames, tree_on_disk
from guard.handoffs.draft import Item, Known
from guard.handoffs.markdown import code
from guard.receipts.receipt import PROVED, Receipt
from guard.receipts.store import latest, open_store
from guard.rules.facts import Facts
from guard.rules.handed_over import proved
from guard.rules.own_change import own_change
from guard.rules.report import Report
from guard.sessions.between.siblings import touched_elsewhere
from guard.sessions.closing.subjects import subjects_of
from guard.sessions.closing.tally import areas
from guard.sessions.closing.worries import follow_up, risks

_MOST_COMMANDS = 20
_MOST_RECEIPTS = 500  # that are searched for those of this session


def known(repository: Repository, objects: Objects, facts: Facts, report: Report) -> Known:
    """Collect what is known at the end of a session.

    `facts` are those of its end, in scope `worktree` or `branch`; `report` judges them. Raises
    GitError if an object is missing or a file cannot be read.
    """
    contract = facts.contract
    name, goal = (contract.name, contract.goal) if contract else ("", "")
    handoff = facts.policy.handoff_of(name)
    base = facts.base or repository.empty_tree
    with scratch() as folder:
        tree, git = facts.head, repository.git
        if facts.scope == "worktree":
            tree, git = tree_on_disk(repository, folder, handoff, whole=True)
        counts, moved = line_counts(git, base, tree), renames(git, base, tree)
        changes = tuple(read_changes(diff_trees(git, base, tree)))
    carried = {path for one in facts.carried for path in one.paths}
    left_out = facts.own_files | (facts.idle - carried)
    own = tuple(change for change in changes if change.path not in left_out)
    whole = facts._replace(changes=own)
    elsewhere = touched_elsewhere(repository, objects, facts)
    return Known(
        contract=name,
        change=own_change(facts),
        goal=goal,
        paths=len(whole.changes),
        files=areas(whole, counts, moved),
        commands=tuple(_commands(repository, facts)),
        wanted=_wanted(facts),
        subjects=subjects_of(repository, objects, facts, handoff),
        risks=tuple(risks(whole, report, counts, elsewhere)),
        follow_up=tuple(follow_up(whole, report)),
    )


def _wanted(facts: Facts) -> tuple[str, ...]:
    if not facts.contract or facts.trusted.contract_from != "base":
        return ()
    return tuple(line for line in facts.contract.verify if proved(facts, line).kind not in PROVED)


def _commands(repository: Repository, facts: Facts) -> list[Item]:
    """The latest run of each command of this session, if possible on these files."""
    name = facts.contract.name if facts.contract else ""
    ours = [
        receipt
        for receipt in reversed(latest(open_store(repository), _MOST_RECEIPTS))
        if receipt.sound and (receipt.contract or receipt.branch) in (name, facts.branch)
    ]
    change = own_change(facts)
    ours.sort(
        key=lambda one: (one.before == facts.tree, one.change == change, one.started),
    )
    last = {receipt.command: receipt for receipt in ours}
    runs = sorted(last.values(), key=lambda receipt: receipt.started)[-_MOST_COMMANDS:]
    return [Item(code(receipt.line), _result(receipt, facts), (receipt.line,)) for receipt in runs]


def _result(receipt: Receipt, facts: Facts) -> str:
    where = "on other files"
    if receipt.before == facts.tree:
        where = "on these files"
    elif receipt.change and receipt.change == own_change(facts):
        where = f"on this change before {facts.trusted.home[0]} moved"
    below = f", in {receipt.directory}" if receipt.directory else ""
    changed = ", changed them" if receipt.altered else ""
    printed = f": {receipt.printed}" if receipt.printed else ""
    return f"exit {receipt.exit}, {receipt.took}, {where}{below}{changed}{printed}"
