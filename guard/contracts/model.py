"""Policy and contracts: the values that guard works with, and the table of the policy's keys.

The table of a contract's keys is in `contract_keys`. The parser, the JSON Schemas, the checks and
the text of a new contract all follow the tables. To add a key, add a row and a field of the value.
"""

from __future__ import annotations

from guard.contracts.contract_keys import CONTRACT
from guard.contracts.key import Key, count_key, flag_key, list_key, severity_key, text_key, word_key
from guard.core.codes import CODES, Severity, severity_of
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY_FILE = "guard.toml"
CONTRACTS = ".guard/contracts"  # the folder: one TOML file per contract, named after it

LARGEST_FILE = 1 << 20  # bytes
LONGEST_PATTERN = 4_096  # bytes
LONGEST_NAME = 100  # characters of a contract's or a shared group's name


class SharedGroup(NamedTuple):
    """Patterns of files that nobody edits in parallel; `generated` adds all generated code.

    `level` is a severity's word, "" for that of the rule. `regenerate` is a command of the shell
    that makes the group's files anew, for `guard integrate`.
    """

    name: str
    why: str = ""
    paths: tuple[str, ...] = ()
    generated: bool = False
    level: str = ""
    regenerate: str = ""

    @property
    def at_most(self) -> Severity:
        """The worst that a finding about this group can be."""
        return severity_of(self.level) if self.level else Severity.ERROR


class Policy(NamedTuple):
    """The settings of one repository.

    `text` is the source, for the lines of patterns; "" for the defaults. `severities` are by rule
    code. `bare_none` allows None without a reason in a handoff. `time_limit` (seconds) and
    `environment` (names of variables) are for commands that are run again. `bases` are patterns of
    further branches to compare with, `install` says where to get guard. `guard start` and `guard
    integrate` read what bears their name. A session without a commit or an edit for `stale` days is
    stale.
    """

    file: str = POLICY_FILE
    text: str = ""
    requires: str = ""
    base: str = ""  # "": origin/HEAD, then init.defaultBranch, then main or master
    sessions: int = 3
    handoff_required: bool = True
    handoff_file: str = ".guard/handoffs/{name}.md"
    shared: tuple[SharedGroup, ...] = ()
    severities: Mapping[str, Severity] = {}
    absent: str = "pass"  # or "block": what an installed hook does if guard itself is missing
    bare_none: bool = False
    masks: tuple[str, ...] = tuple(
        "*token* *password* *passwd* *secret* *api?key* *apikey* *credential*".split()
    )
    time_limit: int = 900
    environment: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    contracts_branch: str = ""  # "": contracts are on the base
    install: str = ""
    start_branch: str = "worktree-{name}"
    start_folder: str = ".claude/worktrees/{name}"  # from the top of the main worktree
    start_include: str = "copy"  # or "symlink": what `.worktreeinclude` names
    start_run: tuple[str, ...] = ()
    start_contract: str = "branch"  # or "base": where a new contract goes if there is a remote
    stale: int = 14
    integrate_how: str = "merge"  # or "squash", "rebase"
    integrate_verify: tuple[str, ...] = ()
    integrate_files: str = "stay"  # or "go": contract and handoff of what was integrated

    def handoff_of(self, name: str) -> str:
        """The path of the handoff of the contract `name`."""
        return self.handoff_file.replace("{name}", name)


class Waiver(NamedTuple):
    """A dated exception: a rule's code, patterns, the reason and the last day (ISO 8601) or ""."""

    rule: str
    paths: tuple[str, ...]
    why: str
    until: str = ""


class Contract(NamedTuple):
    """What one session may change and must deliver.

    `file` is its path, `text` its source; it is `within` a table of a plan, () for a file of its
    own. Without `branches` the patterns of `branches.patterns_of` apply; without `actors` (logins)
    anybody may work under it. `standing`: for bots, releases, maintenance, not for one task.
    """

    name: str
    file: str
    text: str
    goal: str = ""
    owner: str = ""
    owns: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    actors: tuple[str, ...] = ()
    standing: bool = False
    within: tuple[str, ...] = ()


_DEFAULT = Policy()


GROUP = Key(
    "table",
    "Files that nobody edits in parallel, because two edits always collide there. "
    "One session may own the group's merge.",
    {
        "why": "Every build reads these; two edits always collide.",
        "paths": ["package.json", "*.lock"],
    },
    keys={
        "why": text_key(
            "The reason, shown to whoever touches the group.", "Every build reads these."
        ),
        "paths": list_key("Patterns of the group's files.", ["package.json", "*.lock"]),
        "generated": flag_key(
            "Also what .gitattributes (linguist-generated), a well-known name or a header shows "
            "to be generated."
        ),
        "level": severity_key(
            "How bad a finding about the group is at most: error, warning, note or off.",
            "warning",
            "error",
        ),
        "regenerate": text_key(
            "A command of the shell that makes the group's files anew. guard integrate runs it "
            "after each merge and commits what it changed of them.",
            "npm install --package-lock-only",
            "line",
        ),
    },
    any_of=("paths", "generated"),
)

_HANDOFF = Key(
    "table",
    "What a session leaves behind.",
    {"required": True, "file": _DEFAULT.handoff_file},
    keys={
        "required": flag_key(
            "Whether each session must leave a handoff.",
            default=_DEFAULT.handoff_required,
            field="handoff_required",
        ),
        "file": text_key(
            "The path of the handoff; {name} is the contract's name.",
            "notes/{name}.md",
            "handoff",
            1_024,
        )._replace(default=_DEFAULT.handoff_file, field="handoff_file"),
        "bare_none": flag_key(
            "Whether None without a reason is enough under Known risks and Follow-up work."
        ),
        "mask": list_key(
            "Names of options and variables whose values guard run does not record; "
            "* and ? stand for other letters.",
            ["--token", "*password*"],
            "name pattern",
            default=list(_DEFAULT.masks),
        )._replace(field="masks"),
        "time_limit": count_key(
            "Seconds that each command may take when it is run again (--rerun).",
            1_800,
            _DEFAULT.time_limit,
            86_400,
        ),
        "environment": list_key(
            "Names of variables that such a command sees besides the usual ones "
            "(PATH, HOME, LANG and the like).",
            ["JAVA_HOME", "NODE_*"],
            "name pattern",
            default=list(_DEFAULT.environment),
        ),
    },
)

_START = Key(
    "table",
    "How guard start makes a session's branch and worktree.",
    {"run": ["npm ci"]},
    keys={
        "branch": text_key(
            "The branch; {name} is the session's name.", "work/{name}", "session's branch", 255
        )._replace(default=_DEFAULT.start_branch, field="start_branch"),
        "folder": text_key(
            "The folder, from the top of the main worktree.", "../shop-{name}", "session's folder"
        )._replace(default=_DEFAULT.start_folder, field="start_folder"),
        "include": word_key(
            "How the ignored files that .worktreeinclude names come along.",
            "symlink",
            ("copy", "symlink"),
            "start_include",
        ),
        "contract": word_key(
            "Where a new contract goes if there is a remote: with the session's branch, or pushed "
            "to the base, where it claims its paths for everybody. A branch of contracts goes "
            "before both.",
            "base",
            ("branch", "base"),
            "start_contract",
        ),
        "run": list_key(
            "Commands of the shell that prepare a new worktree.", ["npm ci"], "line", default=[]
        )._replace(field="start_run"),
    },
)

_INTEGRATE = Key(
    "table",
    "How guard integrate brings sessions onto the base.",
    {"verify": ["make test"]},
    keys={
        "how": Key(
            "word",
            "What becomes of a session's commits: a merge commit, one commit, or each again.",
            "squash",
            default=_DEFAULT.integrate_how,
            words=("merge", "squash", "rebase"),
            field="integrate_how",
        ),
        "verify": list_key(
            "Commands of the shell that must pass on every merged tree, besides those of the "
            "sessions' contracts.",
            ["make test"],
            "line",
            default=[],
        )._replace(field="integrate_verify"),
        "files": Key(
            "word",
            "Whether the contract and the handoff of an integrated session stay on the base, until "
            "guard finish or guard tidy removes them, or go at once.",
            "go",
            default=_DEFAULT.integrate_files,
            words=("stay", "go"),
            field="integrate_files",
        ),
    },
)

POLICY = Key(
    "table",
    "The settings of one repository: guard.toml at its top, read from the base alone.",
    keys={
        "requires": text_key(
            "The oldest version of guard that can judge here. An older one says so: its hooks let "
            "everything pass, guard check and guard ci end with status 2.",
            "0.1",
            "version",
            most=50,
        ),
        "base": text_key(
            "The integration branch. Default: the branch that origin/HEAD names, then "
            "init.defaultBranch, then main or master.",
            "main",
            "branch name",
            most=255,
        ),
        "bases": list_key(
            "Patterns of further branches that work is built on and goes to. A branch is compared "
            "with the one that it was built on; policy and contracts are always those of base.",
            ["release/*", "*.x"],
            "branch pattern",
            default=[],
        ),
        "sessions": count_key(
            "More open sessions than this are worth a warning.", 5, _DEFAULT.sessions, 10_000
        )._replace(read_by="SES001"),
        "contracts": Key(
            "table",
            "Where contracts are, and the severities for a branch that has none there.",
            {"missing": "error", "self_declared": "warning"},
            keys={
                "branch": text_key(
                    "The branch that contracts are read from, at its tip, instead of the base. "
                    "Whoever may push to it may grant: protect it like the base.",
                    "guard-contracts",
                    "branch name",
                    most=255,
                )._replace(field="contracts_branch"),
                "missing": severity_key(
                    "A branch with no contract (the rule no-contract).",
                    "off",
                    "error",
                    "no-contract",
                ),
                "self_declared": severity_key(
                    "A contract that first appears on the branch under check "
                    "(the rule self-declared).",
                    "error",
                    "warning",
                    "self-declared",
                ),
            },
        ),
        "handoff": _HANDOFF,
        "hooks": Key(
            "table",
            "How the git hooks behave that `guard install` sets up.",
            {"absent": "block"},
            keys={
                "absent": word_key(
                    "What a hook does if the program guard is missing: let everything pass, or "
                    "block it. Read by `guard install`.",
                    "block",
                    ("pass", "block"),
                ),
            },
        ),
        "start": _START,
        "integrate": _INTEGRATE,
        "status": Key(
            "table",
            "How guard tells the state of a session.",
            {"stale": 7},
            keys={
                "stale": count_key(
                    "Days without a commit or an edit after which a session is stale.",
                    7,
                    _DEFAULT.stale,
                    10_000,
                ),
            },
        ),
        "help": Key(
            "table",
            "What a reader of a verdict may need who has no guard.",
            {"install": "pipx install git+https://example.com/worktree-guard"},
            keys={
                "install": text_key(
                    "Where to get guard: a command, or where to read about it. Printed below a "
                    "verdict that pre-commit, a git hook or a CI system asked for.",
                    "pipx install git+https://example.com/worktree-guard",
                    "line",
                    most=500,
                ),
            },
        ),
        "shared": Key(
            "map",
            "Groups of files that nobody edits in parallel, by name.",
            check="name",
            item=GROUP,
        ),
        "rules": Key(
            "map",
            "The severity of each rule's findings, by its code or name. "
            "Only an error breaks a contract.",
            {"same-file": "warning", "CON004": "off"},
            check="rule",
            item=severity_key("error, warning, note or off.", "warning"),
        ),
    },
)

SHAPES = {"policy": POLICY, "contract": CONTRACT}
FILES = {"policy": POLICY_FILE, "contract": "a contract"}
CONTRACT_RULES = {name: key.rule for name, key in POLICY.keys["contracts"].keys.items() if key.rule}
RULE_WORDS = (*CODES, *CODES.values())
