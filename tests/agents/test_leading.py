"""Agents are not leads: what a conversation under a contract may not tell guard to do."""

from __future__ import annotations

from guard.agents.protocol import event as kinds
from tests.agents.asking import ask, is_allowed, shell
from tests.kit import Repo

# For a conversation under the contract `feature`.
LEADS = """\
guard start more --owns docs/
guard start other
guard start other -- sh
guard start --here other
uv run guard start other --here
cd src && guard start --here --none
guard start --plan plan.toml
guard start --pr 7
guard start two --from feature
guard grant other
guard grant feature docs/ --why x
guard grant --deny other
guard finish other
guard finish --all
guard finish --stale
guard finish --abandon
guard finish --undo
.venv/bin/python3 -I -X utf8 -m guard finish other
guard tidy
guard tidy other
guard integrate
python -m guard integrate
guard integrate feature --format json
guard integrate --undo
guard contract new more --goal x --owns docs/
guard contract new more --owns docs/ --publish
guard contract edit feature --owns /docs/
guard contract publish feature
git add -A && guard contract publish feature
guard contract publish --to guard-contracts""".splitlines()
# Programs that run what is behind them, or in a text.
WRAPPED = """\
guard run -- guard grant web docs/
guard run -- sh -c 'cd . && guard grant web docs/'
guard run guard integrate
python -m guard run -- uv run guard integrate
echo web x | xargs guard grant
xargs -d'\\n' -n1 guard grant < list
parallel guard grant ::: web
parallel 'guard grant {}' ::: web
find . -exec guard grant web {} ;
find . -name '*.py' -exec sh -c 'guard grant web docs/' \\;
script -qc 'guard grant web docs/' /dev/null
script -q /dev/null guard grant web docs/
watch -n 1 guard grant web docs/
flock -w 1 F guard grant web docs/
flock F -c 'guard grant web docs/'
tmux new -d 'guard grant web docs/'
tmux -L x new-session -ds work guard grant web docs/
screen -dmS x guard grant web docs/
env -S 'guard grant web docs/'
bash -euo pipefail -c 'guard grant web docs/'
bash --norc -c 'guard grant web docs/'
trap 'guard grant web docs/' EXIT
su -c 'guard grant web docs/'
uv run --with x guard grant web docs/""".splitlines()
# For everybody.
HARMLESS = """\
guard start --help
guard finish --help
guard grant
guard grant --help
guard tidy --dry-run
guard tidy --help
guard integrate --check
guard integrate --help
guard contract new --help
guard contract edit --help
guard contract list
guard contract show feature
guard contract overlaps
guard contract check
guard plan plan.toml
guard brief
guard brief other
guard request docs/ --why x
guard sessions
guard status --format json""".splitlines()
OF_ONES_OWN = """\
guard start feature
guard start --here feature
guard finish
guard finish feature --archive
python3 -Im guard finish feature --format json""".splitlines()


def test_a_session_leads_nothing(session: Repo, main: Repo) -> None:
    """Wherever its conversation stands when it asks: it stays under its contract."""
    ask(session, kinds.START)
    for where in (session, main):
        for command in LEADS:
            asked = shell(where, command)
            assert (asked.verb, "a person does" in asked.text) == ("deny", True), command
            assert "a question to a person, who can widen it" in asked.text
            assert asked.text.splitlines()[-1].startswith("next: guard "), command
        for command in (*HARMLESS, *OF_ONES_OWN):
            assert is_allowed(shell(where, command)), command


def test_whatever_runs_it(session: Repo) -> None:
    """`guard run --` and every other program that runs what is behind it hide nothing."""
    for command in WRAPPED:
        assert "a person does" in shell(session, command).text, command
    for command in ("guard run -- make test", "guard run --list", "echo a | xargs guard explain"):
        assert is_allowed(shell(session, command)), command
    for command in ("find . -exec grep guard {} +", "tmux new -d 'make test'", "trap - EXIT"):
        assert is_allowed(shell(session, command)), command


def test_a_lead_may(main: Repo, session: Repo) -> None:
    """A conversation that began under no contract, where the base is checked out, leads."""
    ask(main, kinds.START)
    for command in (*LEADS, *HARMLESS, *OF_ONES_OWN):
        assert is_allowed(shell(main, command)), command
    assert shell(session, "guard integrate").verb == "deny"  # it works under a contract there


def test_a_conversation_of_no_contract_elsewhere(main: Repo) -> None:
    """It may declare the contract that its branch needs, and have its worktree bound."""
    for name, options in (("loose", ["--detach"]), ("free", ["-b", "free"])):
        path = main.path.parent / name
        main.git("worktree", "add", "-q", *options, str(path))
        where = Repo(path)
        for command in ("guard start --here feature", "guard contract new more --owns docs/"):
            assert is_allowed(shell(where, command)), command
        for command in LEADS[:3] + LEADS[9:13] + LEADS[18:24] + LEADS[25:]:
            assert shell(where, command).verb == "deny", command
        for command in HARMLESS:
            assert is_allowed(shell(where, command)), command


def test_no_agent_empties_the_trash(session: Repo, main: Repo) -> None:
    """It alone deletes for good."""
    for where in (session, main):
        asked = shell(where, "guard finish --empty-trash")
        assert (asked.verb, "deletes for good" in asked.text) == ("deny", True)


def test_it_finishes_no_session_from_that_ones_worktree(session: Repo) -> None:
    """Without a name guard means the session of the worktree where it runs."""
    other = session.worktree("beside", "other")
    ask(session, kinds.START)
    assert shell(session, f"cd {other.path} && guard finish").verb == "deny"
    assert shell(session, f"cd {other.path} && guard finish feature").verb == "allow"


def test_it_rebinds_no_other_sessions_worktree(session: Repo, main: Repo) -> None:
    """Whether that belongs to the other by its branch or by a binding, and wherever it stands."""
    other = session.worktree("beside", "other")
    bound = session.worktree("bound", "loose")
    assert bound.guard("start", "--here", "other").code == 0
    ask(session, kinds.START)
    for where in (session, main, other):
        for there in (other, bound):
            asked = shell(where, f"cd {there.path} && guard start --here feature")
            assert (asked.verb, "which other has" in asked.text) == ("deny", True), where
    free = session.worktree("free", "free")
    assert is_allowed(shell(session, f"cd {free.path} && guard start --here feature"))


def test_a_second_worktree_is_another_session(main: Repo) -> None:
    """Each finishes itself, by its own name, and not the one beside it."""
    for words in (["feature"], ["two", "--from", "feature"]):
        assert main.guard("start", *words).code == 0
    for name, other in (("feature", "two"), ("two", "feature")):
        where = Repo(main.path / f".claude/worktrees/{name}")
        for command in ("guard finish", f"guard finish {name}", f"guard start {name}"):
            assert is_allowed(shell(where, command)), command
        assert shell(where, f"guard finish {other}").verb == "deny"


def test_from_outside_of_the_repository(session: Repo, main: Repo) -> None:
    """A session is led by nobody who comes into its worktree; the main checkout has a lead."""
    outside = Repo(main.path.parent)
    assert shell(outside, f"cd {session.path} && guard integrate").verb == "deny"
    assert is_allowed(shell(outside, f"cd {main.path} && guard integrate"))


def test_a_closed_contract_binds_nobody(main: Repo, session: Repo) -> None:
    """Whose session is over may lead from the base."""
    ask(session, kinds.START)
    main.git("rm", "-q", ".guard/contracts/feature.toml")
    main.git("commit", "-qm", "close")
    assert is_allowed(shell(main, "guard finish other"))
