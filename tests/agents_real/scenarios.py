"""The table: what must hold in each agent, as rows that are read from a few conversations.

A row is a sentence and a question about what became of one conversation. `KNOWN` has the cells in
which an agent cannot be made to hold, each with its reason; docs/agents.md shows them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.agents_real.launch import Ran
from tests.agents_real.models import Call, Late, Script, Turn
from tests.agents_real.stage import Stage

Calls = Mapping[str, Callable[..., list[Call]]]
BRIEF = "guard keeps parallel sessions on this repository apart"
_COMMIT = "git add -A && git commit -qm work"


class Conversation(NamedTuple):
    """One run of an agent: its script, the guard on PATH, and where it starts.

    `folder` is below the session's worktree, or below the main one's if it is `on_base`; `install`
    are further words of `guard agent install`, `needs` are the tools without which it cannot be
    had, `prepare` changes the stage first.
    """

    script: Callable[[Calls, Stage], Script]
    guard: str = "whole"
    folder: str = ""
    on_base: bool = False
    install: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    prepare: Callable[[Stage], object] | None = None
    limit: float = 240


class Row(NamedTuple):
    """A sentence, the conversation that shows it, and whether it holds there."""

    what: str
    conversation: str
    holds: Callable[[Ran, Stage], bool]


def _usual(calls: Calls, stage: Stage) -> Script:
    return {
        "main": [
            calls["write"](stage.at("other/x.txt"), "x"),
            calls["write"](stage.at("src/x.txt"), "x"),
            calls["write"](stage.at("src/types.py"), "t"),
            calls["shell"]("git commit --no-verify -m x"),
            calls["shell"]("echo s >other/shell.txt"),
            calls["shell"]("rm other/shell.txt"),
            calls["shell"](_COMMIT),
            "Done.",
        ]
    }


def _short(calls: Calls, stage: Stage) -> Script:
    outside = calls["write"](stage.at("other/x.txt"), "x")
    return {"main": [outside, calls["shell"]("touch src/ran"), "Done."]}


def _one(name: str, *arguments: str) -> Callable[[Calls, Stage], Script]:
    """A script with one call; arguments that begin with `@` are paths of the session."""

    def script(calls: Calls, stage: Stage) -> Script:
        given = [stage.at(one[1:]) if one.startswith("@") else one for one in arguments]
        return {"main": [calls[name](*given), "Done."]}

    return script


def _edited(calls: Calls, stage: Stage) -> Script:
    turns: list[Turn] = []
    for path in ("src/a.txt", "other/o.txt"):
        if "read" in calls:
            turns.append(calls["read"](stage.at(path)))
        turns.append(calls["edit"](stage.at(path), path[-5], "changed"))
    return {"main": [*turns, "Done."]}


def _notebook(calls: Calls, stage: Stage) -> Script:
    path = stage.at("other/b.ipynb")
    tools = calls["find"]("select:NotebookEdit")
    return {"main": [tools, calls["read"](path), calls["notebook"](path), "Done."]}


def _entered(calls: Calls, stage: Stage) -> Script:
    side = stage.main.path / ".claude/worktrees/side"
    return {
        "main": [
            calls["find"]("select:EnterWorktree,ExitWorktree"),
            calls["enter"]("side"),
            calls["write"](str(side / "src/in.txt"), "x"),
            calls["write"](str(side / "other/out.txt"), "x"),
            calls["exit"](),
            "Done.",
        ]
    }


def _subagent(calls: Calls, stage: Stage) -> Script:
    inner: Sequence[Turn] = [
        calls["write"](stage.at("other/sub.txt"), "x"),
        calls["write"](stage.at("src/sub.txt"), "x"),
        calls["shell"](_COMMIT),
        "Subtask done.",
    ]
    return {"main": [calls["subagent"]("SUBTASK: do it"), "Done."], "SUBTASK": inner}


def _switched(calls: Calls, stage: Stage) -> Script:
    return {
        "main": [
            calls["shell"]("git switch -qc free main"),
            calls["write"](stage.at("other/x.txt"), "x"),
            calls["write"](stage.at("src/x.txt"), "x"),
            "Done.",
        ]
    }


def _late(calls: Calls, stage: Stage) -> Script:
    """The process waits for the model's next turn: however slow it all is, the batch is over."""
    flag, file = stage.home / "asked-again", stage.at("other/late.txt")
    waits = f"until [ -e {flag} ]; do sleep 0.1; done"
    later = f"({waits}; echo l >{file}) >/dev/null 2>&1 </dev/null &"
    return {"main": [calls["shell"](later), Late("Done.", flag)]}


def _two(calls: Calls, stage: Stage) -> Script:
    wrong = calls["write"](stage.at("other/x.txt"), "x")
    return {"main": [[*wrong, *calls["write"](stage.at("src/x.txt"), "x")], "Done."]}


def _many(calls: Calls, stage: Stage) -> Script:
    """If guard thought about each path alone, an agent would wait no longer."""
    lines = [f"echo {number} >{stage.main.path}/other/{number}" for number in range(600)]
    return {"main": [calls["shell"]("\n".join([*lines, "touch src/ran"])), "Done."]}


def _astray(calls: Calls, stage: Stage) -> Script:
    return {"main": [calls["write"](str(stage.main.path / "src/x.txt"), "x"), "Done."]}


def _noted(stage: Stage) -> None:
    """A sibling has the file, not committed yet: its hook has stopped the commit."""
    other = stage.main.worktree("other").write({"src/new.txt": "theirs\n"})
    other.git("add", "-A")
    other.git("commit", "-qm", "theirs", ok=(1,))


def _answered(stage: Stage) -> None:
    stage.session.guard("request", "src/types.py", "--why", "a new field")
    stage.main.guard("grant", "feature", "--deny", "--why", "ask other")


def _stashed(stage: Stage) -> None:
    other = stage.main.worktree("other").write({"other/o.txt": "theirs\n"})
    other.git("stash", "push", "-q")


def _linked(stage: Stage) -> None:
    (stage.session.path / "src/link.txt").symlink_to("../other/o.txt")


CONVERSATIONS = {
    "usual": Conversation(_usual),
    "two": Conversation(_two),
    "many": Conversation(_many),
    "edit": Conversation(_edited, needs=("edit",)),
    "server": Conversation(_one("server", "@other/mcp.txt", "x"), needs=("server",)),
    "rename": Conversation(_one("rename", "@src/a.txt", "@other/a.txt"), needs=("rename",)),
    "link": Conversation(_one("write", "@src/link.txt", "x"), prepare=_linked),
    "notebook": Conversation(_notebook, needs=("notebook",)),
    "entered": Conversation(_entered, needs=("enter",)),
    "subagent": Conversation(_subagent, needs=("subagent",)),
    "switched": Conversation(_switched),
    "answered": Conversation(_one("shell", "git status"), prepare=_answered),
    "late": Conversation(_late),
    "stash": Conversation(_one("shell", "git stash pop"), prepare=_stashed),
    "sibling": Conversation(_one("write", "@src/new.txt", "x"), prepare=_noted),
    "on the base": Conversation(_astray, on_base=True),
    "below": Conversation(_short, folder="src"),
    "below, --user": Conversation(_short, folder="src", install=("--user",)),
    "missing": Conversation(_short, guard="missing"),
    "crashing": Conversation(_short, guard="crashing"),
    "slow": Conversation(_short, guard="slow"),
}


def _has(stage: Stage, path: str) -> bool:
    return (stage.session.path / path).exists()


def _ended(ran: Ran) -> bool:
    return ran.code is not None and len(ran.requests) < 12


def _refused(path: str, code: str = "OWN001") -> Callable[[Ran, Stage], bool]:
    def holds(ran: Ran, stage: Stage) -> bool:
        is_clean = stage.session.git("status", "--porcelain", "--", path) == ""
        return is_clean and ran.asked(f"{path}: {code}") > 0

    return holds


def _asks(ran: Ran, stage: Stage) -> bool:
    return BRIEF in ran.first and not _has(stage, "other/x.txt")


def _stopped(ran: Ran, stage: Stage) -> bool:
    return not _has(stage, "other/x.txt") and not _has(stage, "src/ran") and _ended(ran)


def _worktree(ran: Ran, stage: Stage) -> bool:
    side = stage.main.path / ".claude/worktrees/side"
    return (side / "src/in.txt").exists() and not (side / "other/out.txt").exists()


def _one_of_two(ran: Ran, stage: Stage) -> bool:
    return _refused("other/x.txt")(ran, stage) and _has(stage, "src/x.txt")


def _untouched(ran: Ran, stage: Stage) -> bool:
    is_clean = stage.main.git("status", "--porcelain") == ""
    told = ran.asked("594 more of the kind") > 0
    return is_clean and told and not _has(stage, "src/ran")


def _stays(ran: Ran, stage: Stage) -> bool:
    on_free = stage.session.git("branch", "--show-current") == "free"
    return on_free and _refused("other/x.txt")(ran, stage) and _has(stage, "src/x.txt")


def _untaken(ran: Ran, stage: Stage) -> bool:
    kept = stage.session.git("stash", "list") != ""
    return kept and "theirs" not in stage.session.git("diff") and ran.asked("was made on other") > 0


def _after_the_first(ran: Ran) -> str:
    """The request that has the answer to the first tool."""
    return "".join([one.text for one in ran.requests if one.thread][1:2])


def _brought_home(ran: Ran, stage: Stage) -> bool:
    """The answer to the write names the path, and its command copies the work home."""
    lines = _after_the_first(ran).splitlines()
    at = [number for number, line in enumerate(lines) if "src/x.txt" in line and "SES002" in line]
    following = lines[at[0] :] if at else []
    command = next((line for line in following if line.lstrip().startswith("next: ")), "")
    words = ["sh", "-c", command.partition("next: ")[2]]
    done = subprocess.run(words, cwd=stage.main.path, capture_output=True, check=False)
    kept = (stage.main.path / "src/x.txt").exists()
    return bool(command) and done.returncode == 0 and kept and _has(stage, "src/x.txt")


def _told_late(ran: Ran, stage: Stage) -> bool:
    """Codex ends what a command has started together with the command: nothing is written then."""
    return ran.asked("other/late.txt: OWN001") > 0 or not _has(stage, "other/late.txt")


def _asked_at_the_end(ran: Ran, stage: Stage) -> bool:
    asked = [ran.asked(f"asked {number} of 3") > 0 for number in (1, 2, 3)]
    return all(asked) and ran.asked("asked 4") == 0 and ran.code == 0


ROWS = (
    Row("the brief is in the first request", "usual", lambda ran, _: BRIEF in ran.first),
    Row(
        "an edit outside the contract is refused, with the reason", "usual", _refused("other/x.txt")
    ),
    Row("one inside goes through", "usual", lambda _, stage: _has(stage, "src/x.txt")),
    Row("one of a shared file is refused", "usual", _refused("src/types.py", "SHR001")),
    Row(
        "git commit --no-verify is refused",
        "usual",
        lambda ran, _: ran.asked("bypasses the hooks that judge it") > 0,
    ),
    Row(
        "what a command wrote outside is told after it",
        "usual",
        lambda ran, _: ran.asked("other/shell.txt: OWN001") > 0,
    ),
    Row("the handoff is asked for three times, then it ends", "usual", _asked_at_the_end),
    Row(
        "then a person is told that it is not done",
        "usual",
        lambda ran, _: "the handoff is not done" in " ".join(ran.out.split()),
    ),
    Row("of two edits in one message, the wrong one is refused", "two", _one_of_two),
    Row("a command that writes 600 files of another worktree is refused", "many", _untouched),
    Row("replacing text in a file is judged", "edit", _refused("other/o.txt")),
    Row("a write by a tool of an MCP server is refused", "server", _refused("other/mcp.txt")),
    Row("a patch that renames a file is refused", "rename", _refused("other/a.txt")),
    Row("a write through a link is refused", "link", _refused("other/o.txt")),
    Row("an edit of a notebook is refused", "notebook", _refused("other/b.ipynb")),
    Row("a worktree that is entered has the session's contract", "entered", _worktree),
    Row(
        "one that holds work is kept, and the model is told",
        "entered",
        lambda ran, _: ran.asked("kept at ") > 0,
    ),
    Row("on another branch it stays under its contract", "switched", _stays),
    Row(
        "and is told the way back",
        "switched",
        lambda ran, _: "next: git switch feature" in _after_the_first(ran),
    ),
    Row(
        "what was answered to its request is told",
        "answered",
        lambda ran, _: ran.asked("was denied: ask other") > 0,
    ),
    Row(
        "what a process writes after the batch is told at the end",
        "late",
        _told_late,
    ),
    Row("what another branch has stashed is not taken", "stash", _untaken),
    Row(
        "a file that another session is changing is named at once",
        "sibling",
        lambda ran, _: "src/new.txt: OVL00" in _after_the_first(ran),
    ),
    Row(
        "a session's path edited on the base is told at once, with what brings it home",
        "on the base",
        _brought_home,
    ),
    Row("a subagent gets the brief", "subagent", lambda ran, _: ran.asked(BRIEF, "SUBTASK") > 0),
    Row(
        "a subagent is refused what the session is",
        "subagent",
        lambda ran, stage: ran.asked("other/sub.txt: OWN001", "SUBTASK") > 0,
    ),
    Row(
        "the end of a subagent is not the session's",
        "subagent",
        lambda ran, _: ran.asked("asked 1 of 3", "SUBTASK") == 0,
    ),
    Row("started below the top of the worktree, it asks guard", "below", _asks),
    Row("the same after guard agent install --user", "below, --user", _asks),
    Row("guard is missing: no tool runs, and it ends", "missing", _stopped),
    Row("guard crashes: no tool runs, and it ends", "crashing", _stopped),
    Row("guard sleeps for a minute: no tool runs, and it ends", "slow", _stopped),
)

_OPEN = "a hook that is too slow lets the tool run"
_ENDS = "`run` ends before the request arrives"
_UNSHOWN = "`codex exec` shows no text of a hook"
_DEAF = "it takes no text from a hook before a tool that may run; told after its next command"
_FROM_START = "it reads hooks only in the folder where it starts"
# What an agent cannot be made to do: (conversation, the row's beginning) → agent → why.
KNOWN: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("slow", "guard sleeps"): {"codex": _OPEN, "gemini": _OPEN, "copilot": _OPEN},
    ("below", "started below"): dict.fromkeys(("claude", "gemini", "copilot"), _FROM_START),
    ("usual", "the handoff"): {"opencode": _ENDS},
    ("usual", "then a person"): {"codex": _UNSHOWN, "opencode": _ENDS},
    ("late", "what a process"): {"opencode": _ENDS},
    ("sibling", "a file"): {"gemini": _DEAF},
    ("on the base", "a session's"): {"gemini": _DEAF},
    ("subagent", "a subagent gets"): {"copilot": "it has no hook for a subagent's start"},
}


def why_not(agent: str, row: Row) -> str:
    """Give the documented reason why a row does not hold in an agent; "" if it must."""
    for (conversation, beginning), reasons in KNOWN.items():
        if row.conversation == conversation and row.what.startswith(beginning):
            return reasons.get(agent, "")
    return ""
