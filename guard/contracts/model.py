"""Policy, shared groups, contracts and waivers as plain values. Parsing is `parse.py`; which branch is whose, `branches.py`."""

from __future__ import annotations

from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guard.core.severity import Severity

POLICY_FILE = "guard.toml"
CONTRACTS = (
    ".guard/contracts"  # the directory on the base; one TOML file a contract, named after it
)


class SharedGroup(NamedTuple):
    """Named patterns of files that nobody edits in parallel. `generated` adds what is recognised as generated code."""

    name: str
    why: str
    paths: tuple[str, ...]
    generated: bool


class Policy(NamedTuple):
    """The settings of one repository. `text` is the source, kept to find the line of a pattern; "" for the defaults."""

    file: str = POLICY_FILE
    text: str = ""
    base: str = ""  # "": origin/HEAD, then init.defaultBranch, then main or master
    sessions: int = 3
    handoff_required: bool = True
    handoff_file: str = ".guard/handoffs/{name}.md"
    shared: tuple[SharedGroup, ...] = ()
    severities: Mapping[
        str, Severity
    ] = {}  # by rule code; `[contracts] missing` and `self_declared` stand here as CON001 and CON005
    absent: str = "pass"  # or "block": what an installed hook does where guard itself is gone
    bare_none: bool = (
        False  # whether None without a reason will do under known risks and follow-up work
    )
    masks: tuple[str, ...] = (
        "*token*",
        "*password*",
        "*passwd*",
        "*secret*",
        "*api?key*",
        "*apikey*",
        "*credential*",
    )
    time_limit: int = 900  # seconds that each command may take that is run again
    environment: tuple[str, ...] = ()  # names of variables that it may see besides the usual ones

    def handoff_of(self, name: str) -> str:
        """The path of the handoff of the contract `name`."""
        return self.handoff_file.replace("{name}", name)


class Waiver(NamedTuple):
    """A dated, reasoned exception: `rule` is a code, `paths` are patterns, `until` is the last day it holds (ISO 8601; "": no end)."""

    rule: str
    paths: tuple[str, ...]
    why: str
    until: str


class Contract(NamedTuple):
    """What one session may touch and must deliver. `file` is its path in the repository, `text` its source."""

    name: str
    file: str
    text: str
    goal: str = ""
    owner: str = ""
    owns: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()  # as written; () stands for the defaults of `branches.claims`
    verify: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    actors: tuple[
        str, ...
    ] = ()  # who may work under it, as the CI system names people; (): anybody
