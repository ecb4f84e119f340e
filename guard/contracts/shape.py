"""What may stand in `guard.toml` and in a contract: one table, from which the parser and the JSON Schemas both come."""

from __future__ import annotations

from guard.contracts.model import Policy
from guard.core.codes import CODES
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_FILE = 1 << 20  # bytes
MOST_PATTERNS = 10_000  # in one file
LONGEST_PATTERN = 4_096  # bytes
LONGEST_NAME = 100  # characters of a contract's or a shared group's name
SEVERITIES = ("error", "warning", "note", "off")


class Key(NamedTuple):
    """What may stand behind a key, or as an element.

    `kind` is `text`, `flag`, `count`, `word` (one of `words`), `day`, `list` (of strings), `table` (with `keys`), `map` (names that the
    user chooses, each with an `item`) or `tables` (an array of tables, each an `item`). `check` names what `checks.py` asks of a string
    besides, of each string of a list, or of the names of a map. `least` and `most` bound a number, the characters of a text, the elements
    of a list. `any_of` names keys of a table of which one must be there and say something (not empty, not false).
    """

    kind: str
    doc: str
    example: object = None
    required: bool = False
    default: object = None
    words: tuple[str, ...] = ()
    check: str = ""
    least: int = 0
    most: int = 0
    keys: Mapping[str, Key] = {}
    item: Key | None = None
    any_of: tuple[str, ...] = ()


_DEFAULT = Policy()
_TEXT = 4_096  # characters of a text

_GROUP = Key(
    "table",
    "Files that nobody edits in parallel, because two edits always meet there. One session may own the group's merge.",
    {"why": "Every build reads these; two edits always meet.", "paths": ["package.json", "*.lock"]},
    keys={
        "why": Key(
            "text",
            "The reason, shown to whoever touches the group.",
            "Every build reads these.",
            check="text",
            most=_TEXT,
        ),
        "paths": Key(
            "list",
            "Patterns of the group's files.",
            ["package.json", "*.lock"],
            check="pattern",
            most=MOST_PATTERNS,
        ),
        "generated": Key(
            "flag",
            "Also what .gitattributes (linguist-generated), a well-known name or a header shows to be generated.",
            example=True,
            default=False,
        ),
    },
    any_of=("paths", "generated"),
)

POLICY = Key(
    "table",
    "The settings of one repository: guard.toml at its top, read from the base alone.",
    keys={
        "base": Key(
            "text",
            "The integration branch. Default: the branch that origin/HEAD names, then init.defaultBranch, then main or master.",
            "main",
            check="branch name",
            most=255,
        ),
        "sessions": Key(
            "count",
            "More open sessions than this are worth a warning.",
            5,
            default=_DEFAULT.sessions,
            least=1,
            most=10_000,
        ),
        "contracts": Key(
            "table",
            "How bad it is when a branch has no contract on the base.",
            {"missing": "error", "self_declared": "warning"},
            keys={
                "missing": Key(
                    "word",
                    "A branch with no contract (the rule no-contract).",
                    "off",
                    default="error",
                    words=SEVERITIES,
                ),
                "self_declared": Key(
                    "word",
                    "A contract that first appears on the branch under check (the rule self-declared).",
                    "error",
                    default="warning",
                    words=SEVERITIES,
                ),
            },
        ),
        "handoff": Key(
            "table",
            "What a session leaves behind.",
            {"required": True, "file": ".guard/handoffs/{name}.md"},
            keys={
                "required": Key(
                    "flag",
                    "Whether each session must leave a handoff.",
                    example=True,
                    default=_DEFAULT.handoff_required,
                ),
                "file": Key(
                    "text",
                    "Where the handoff stands; {name} is the contract's name.",
                    "notes/{name}.md",
                    default=_DEFAULT.handoff_file,
                    check="handoff",
                    most=1_024,
                ),
                "bare_none": Key(
                    "flag",
                    "Whether None without a reason is enough under Known risks and Follow-up work.",
                    example=True,
                    default=_DEFAULT.bare_none,
                ),
                "mask": Key(
                    "list",
                    "Names of options and variables whose values guard run does not record; * and ? stand for other letters.",
                    ["--token", "*password*"],
                    default=list(_DEFAULT.masks),
                    check="name pattern",
                    most=100,
                ),
                "time_limit": Key(
                    "count",
                    "Seconds that each command may take when it is run again (--rerun).",
                    1_800,
                    default=_DEFAULT.time_limit,
                    least=1,
                    most=86_400,
                ),
                "environment": Key(
                    "list",
                    "Names of variables that such a command sees besides the usual ones (PATH, HOME, LANG and the like).",
                    ["JAVA_HOME", "NODE_*"],
                    default=list(_DEFAULT.environment),
                    check="name pattern",
                    most=100,
                ),
            },
        ),
        "hooks": Key(
            "table",
            "How git's hooks behave that `guard install` sets up.",
            {"absent": "block"},
            keys={
                "absent": Key(
                    "word",
                    "What a hook does where the program guard is gone: let everything pass, or block it. Read by `guard install`.",
                    "block",
                    default=_DEFAULT.absent,
                    words=("pass", "block"),
                ),
            },
        ),
        "shared": Key(
            "map",
            "Groups of files that nobody edits in parallel, by name.",
            check="name",
            item=_GROUP,
        ),
        "rules": Key(
            "map",
            "How bad a finding of each rule is, by the rule's code or name. Only an error breaks a contract.",
            {"same-file": "warning", "CON004": "off"},
            check="rule",
            item=Key("word", "error, warning, note or off.", "warning", words=SEVERITIES),
        ),
    },
)

_WAIVER = Key(
    "table",
    "A dated, reasoned exception. It takes effect once it stands on the base.",
    {
        "rule": "shared-file",
        "paths": ["package.json"],
        "why": "adds one dependency",
        "until": "2026-12-31",
    },
    keys={
        "rule": Key(
            "text",
            "The rule that is waived, by code or name.",
            "shared-file",
            required=True,
            check="rule",
            most=40,
        ),
        "paths": Key(
            "list",
            "Patterns of the files it is waived for.",
            ["package.json"],
            required=True,
            check="pattern",
            least=1,
            most=MOST_PATTERNS,
        ),
        "why": Key(
            "text",
            "The reason, and who agreed.",
            "adds one dependency",
            required=True,
            check="text",
            most=_TEXT,
        ),
        "until": Key(
            "day", "The last day it holds. Without it the waiver has no end.", "2026-12-31"
        ),
    },
)

CONTRACT = Key(
    "table",
    "What one session may touch and must deliver: .guard/contracts/NAME.toml.",
    keys={
        "goal": Key(
            "text",
            "What the session is to achieve.",
            "Make routes locale-aware.",
            required=True,
            check="text",
            most=_TEXT,
        ),
        "owner": Key(
            "text", "The person or agent who does it.", "Ada", default="", check="line", most=200
        ),
        "owns": Key(
            "list",
            "Patterns of what the session may change.",
            ["apps/handbook/app/", "/README.md"],
            check="pattern",
            most=MOST_PATTERNS,
        ),
        "forbids": Key(
            "list",
            "Patterns of what it must not change. They win over owns.",
            ["content/"],
            default=[],
            check="pattern",
            most=MOST_PATTERNS,
        ),
        "merges": Key(
            "list",
            "Shared groups whose merge this session owns: it may change their files.",
            ["routes"],
            default=[],
            check="name",
            most=1_000,
        ),
        "branches": Key(
            "list",
            "Patterns of the branches that work under this contract. Default: NAME, worktree-NAME and */NAME.",
            ["feat/locale-*"],
            check="branch pattern",
            least=1,
            most=1_000,
        ),
        "actors": Key(
            "list",
            "Who may work under this contract, by the login that the CI system knows them by. Default: anybody.",
            ["alice", "team-bot"],
            check="line",
            least=1,
            most=1_000,
        ),
        "verify": Key(
            "list",
            "Commands that the handoff must prove to have run.",
            ["pytest -q tests/handbook"],
            default=[],
            check="line",
            most=1_000,
        ),
        "waive": Key("tables", _WAIVER.doc, item=_WAIVER),
    },
    any_of=("owns", "merges"),
)

SHAPES = {"policy": POLICY, "contract": CONTRACT}
FILES = {"policy": "guard.toml", "contract": "a contract"}
RULE_WORDS = (*CODES, *CODES.values())
