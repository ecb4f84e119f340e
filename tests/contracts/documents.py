"""Policies and contracts for tests: what is good, what is wrong and how, and what only the parser can tell."""

from __future__ import annotations

import datetime
from typing import NamedTuple

GOOD_POLICIES = {
    "empty": "",
    "comments only": "# nothing yet\n",
    "base": "base = 'main'",
    "base on a remote": "base = 'origin/release/1.x'",
    "sessions": "sessions = 1",
    "most sessions": "sessions = 10_000",
    "hexadecimal sessions": "sessions = 0xa",
    "missing": "[contracts]\nmissing = 'off'",
    "missing as a note": "[contracts]\nmissing = 'note'",
    "self-declared": "[contracts]\nself_declared = 'error'",
    "empty tables": "[contracts]\n[handoff]\n[shared]\n[rules]",
    "inline tables": "contracts = {missing = 'warning'}\nhandoff = {required = false}",
    "handoff elsewhere": "[handoff]\nfile = 'docs/{name}/handoff-{name}.md'",
    "dots in a handoff's name": "[handoff]\nfile = '..{name}...md'",
    "group": "[shared.package-metadata]\nwhy = 'x'\npaths = ['package.json', '*.lock', '/a/**/b.[ch]']",
    "group without why": "[shared.a]\npaths = ['x']",
    "generated group": "[shared.a]\ngenerated = true",
    "generated group without paths": "[shared.a]\ngenerated = true\npaths = []",
    "group with dots": "[shared.'a.b_c-1']\npaths = ['x']",
    "dotted group": "shared.a.paths = ['x']",
    "rule by name": "[rules]\nsame-file = 'warning'",
    "rule by code": "[rules]\nOVL001 = 'note'",
    "rule by code in lower case": "[rules]\novl001 = 'off'",
    "other rules beside contracts": "[rules]\nno-contract = 'off'\n[contracts]\nself_declared = 'off'",
    "CRLF": "base = 'main'\r\n[contracts]\r\nmissing = 'off'\r\n",
    "longest pattern": f"[shared.a]\npaths = ['{'x' * 4096}']",
    "pattern that needs a look": "[shared.a]\npaths = ['a\\ ', '[a-z]*', '\\!x', '\\#x', 'a/**', '**/a/', '*']",
    "many patterns": f"[shared.a]\npaths = {[f'a{n}' for n in range(10_000)]}",
}

GOOD_CONTRACTS = {
    "least": "goal = 'x'\nowns = ['a/']",
    "merges alone": "goal = 'x'\nmerges = ['routes']",
    "merges beside empty owns": "goal = 'x'\nowns = []\nmerges = ['routes']",
    "all": (
        "goal = 'Make it so.'\nowner = 'Ada'\nowns = ['a/', '/b']\nforbids = ['a/c']\nmerges = ['g.1']\n"
        "branches = ['feat/*', '**', 'x-[0-9]', 'a?b', 'release/[a b]']\nverify = ['make test']\n"
        "[[waive]]\nrule = 'shared-file'\npaths = ['x']\nwhy = 'y'\nuntil = 2026-12-31\n"
        "[[waive]]\nrule = 'OWN001'\npaths = ['x', 'y']\nwhy = 'y'\n"
    ),
    "empty lists": "goal = 'x'\nowns = ['a']\nforbids = []\nmerges = []\nverify = []\nwaive = []",
    "goal over lines": 'goal = """\nfirst\n\tsecond"""\nowns = [\'a\']',
    "unicode": "goal = 'grün \U0001f600'\nowner = 'Åsa'\nowns = ['grün/']\nbranches = ['grün-*']",
    "inline waiver": "goal = 'x'\nowns = ['a']\nwaive = [{rule = 'own001', paths = ['a'], why = 'y'}]",
    "same pattern in two lists": "goal = 'x'\nowns = ['a']\nforbids = ['a']",
    "escaped branch": "goal = 'x'\nowns = ['a']\nbranches = ['a\\-b']",
}


class Bad(NamedTuple):
    """A document with one mistake, and where and how it is told: `LINE:COLUMN: …`."""

    text: str
    told: str


BAD_POLICIES = {
    "unknown key": Bad("bsae = 'main'", "1:1: bsae: unknown key; expected base"),
    "key of nobody": Bad("x = 1", "1:1: x: unknown key; expected one of base, sessions, contracts, handoff, shared, rules"),
    "key of another table": Bad("missing = 'off'", "1:1: missing: unknown key; expected one of base, sessions, contracts, handoff, shared, rules (missing belongs under [contracts])"),
    "key of the other file": Bad("owns = ['a']", "1:1: owns: unknown key; expected one of base, sessions, contracts, handoff, shared, rules (owns is a key of a contract)"),
    "key of the top in a table": Bad("[handoff]\nsessions = 3", "2:1: handoff.sessions: unknown key; expected one of required, file (sessions belongs to the top of the file, above the first [table])"),
    "dash for underscore": Bad("[contracts]\nself-declared = 'off'", "2:1: contracts.self-declared: unknown key; expected self_declared"),
    "typo in a table's name": Bad("[share.a]\npaths = ['x']", "1:2: share: unknown key; expected shared"),
    "quoted key": Bad("'a b' = 1", '1:1: "a b": unknown key; expected one of base, sessions, contracts, handoff, shared, rules'),
    "bidirectional key": Bad('"a\u202eb" = 1', '1:1: "a\\u202eb": unknown key; expected one of base, sessions, contracts, handoff, shared, rules'),
    "long key": Bad(f"{'k' * 5000} = 1", f"1:1: {'k' * 60}…: unknown key; expected one of base, sessions, contracts, handoff, shared, rules"),
    "base is a number": Bad("base = 1", '1:1: base: is an integer; expected a string, such as "main"'),
    "empty base": Bad("base = ''", "1:1: base: is empty; expected what git takes for a branch's name"),
    "base is HEAD": Bad("base = 'HEAD'", '1:1: base: "HEAD" is whatever is checked out; expected the integration branch, such as "main"'),
    "base is a rev": Bad("base = 'main~1'", "1:13: base: \"~\" cannot be in a branch's name; expected what git takes for a branch's name"),
    "base with a blank": Bad("base = 'a b'", "1:10: base: \" \" cannot be in a branch's name; expected what git takes for a branch's name"),
    "base with two dots": Bad("base = 'a..b'", "1:10: base: \"..\" cannot be in a branch's name; expected what git takes for a branch's name"),
    "base is an option": Bad("base = '-x'", "1:1: base: begins with a dash; expected what git takes for a branch's name"),
    "base ends with a slash": Bad("base = 'a/'", "1:1: base: begins with a slash, or ends with a slash or a dot; expected what git takes for a branch's name"),
    "base is a lock": Bad("base = 'a.lock/b'", "1:1: base: a part begins with a dot or ends with .lock; expected what git takes for a branch's name"),
    "base too long": Bad(f"base = '{'x' * 256}'", "1:1: base: has 256 characters; expected at most 255"),
    "no session": Bad("sessions = 0", "1:1: sessions: is too small; expected an integer from 1 to 10,000"),
    "too many sessions": Bad("sessions = 10001", "1:1: sessions: is too large; expected an integer from 1 to 10,000"),
    "huge sessions": Bad(f"sessions = 0x{'f' * 100_000}", "1:1: sessions: is too large; expected an integer from 1 to 10,000"),
    "sessions is true": Bad("sessions = true", "1:1: sessions: is a boolean; expected an integer from 1 to 10,000"),
    "sessions is infinite": Bad("sessions = inf", "1:1: sessions: is a float; expected an integer from 1 to 10,000"),
    "sessions is a time": Bad("sessions = 10:00:00", "1:1: sessions: is a time; expected an integer from 1 to 10,000"),
    "contracts is a string": Bad("contracts = 'x'", "1:1: contracts: is a string; expected a table"),
    "shared is an array": Bad("shared = []", "1:1: shared: is an array; expected a table"),
    "group is a list": Bad("[shared]\na = ['x']", "2:1: shared.a: is an array; expected a table"),
    "groups in an array": Bad("[[shared.a]]\npaths = ['x']", "1:10: shared.a: is an array; expected a table"),
    "misspelled severity": Bad("[contracts]\nmissing = 'warn'", '2:1: contracts.missing: unknown word "warn"; expected warning'),
    "unknown severity": Bad("[rules]\nsame-file = 'fatal'", '2:1: rules.same-file: unknown word "fatal"; expected one of error, warning, note, off'),
    "severity in capitals": Bad("[rules]\nsame-file = 'ERROR'", '2:1: rules.same-file: unknown word "ERROR"; expected error'),
    "severity is false": Bad("[rules]\nsame-file = false", '2:1: rules.same-file: is a boolean; expected one of "error", "warning", "note", "off"'),
    "misspelled rule": Bad("[rules]\nsame-fiel = 'off'", '2:1: rules.same-fiel: no rule has this code or name: "same-fiel"; expected same-file'),
    "misspelled code": Bad("[rules]\nOWN01 = 'off'", '2:1: rules.OWN01: no rule has this code or name: "OWN01"; expected OWN001'),
    "unknown rule": Bad("[rules]\nzzz = 'off'", '2:1: rules.zzz: no rule has this code or name: "zzz"; expected a rule\'s code or name, such as OWN001'),
    "a letter that becomes ASCII": Bad("[rules]\n'ſhr001' = 'off'", '2:1: rules."ſhr001": no rule has this code or name: "ſhr001"; expected SHR001'),
    "handoff without name": Bad("[handoff]\nfile = 'handoff.md'", '2:1: handoff.file: does not contain {name}, so that all sessions would share one file; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "other braces": Bad("[handoff]\nfile = '{name}/{branch}.md'", '2:1: handoff.file: only {name} can stand in braces; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "absolute handoff": Bad("[handoff]\nfile = '/tmp/{name}.md'", '2:1: handoff.file: is not a relative path with slashes; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "backslashes": Bad("[handoff]\nfile = 'a\\{name}.md'", '2:1: handoff.file: is not a relative path with slashes; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "drive": Bad("[handoff]\nfile = 'c:{name}.md'", '2:1: handoff.file: is not a relative path with slashes; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "handoff outside": Bad("[handoff]\nfile = 'a/../../{name}.md'", '2:1: handoff.file: has an empty part, ".", ".." or ".git" in it; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "handoff in .git": Bad("[handoff]\nfile = '.GIT/{name}.md'", '2:1: handoff.file: has an empty part, ".", ".." or ".git" in it; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "handoff is a folder": Bad("[handoff]\nfile = '{name}/'", '2:1: handoff.file: has an empty part, ".", ".." or ".git" in it; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "handoff is the policy": Bad("[handoff]\nfile = '{name}.toml'", '2:1: handoff.file: is no name for Markdown; expected a path inside the repository, such as ".guard/handoffs/{name}.md"'),
    "newline in a handoff's name": Bad('[handoff]\nfile = "a\\n{name}.md"', '2:10: handoff.file: has a control character, "\\n"; expected text on one line'),
    "group says nothing": Bad("[shared.a]\nwhy = 'x'", '1:9: shared.a.paths: is missing; expected an array of strings, such as ["package.json", "*.lock"], or generated = true'),
    "group without paths": Bad("[shared.a]\npaths = []", '2:1: shared.a.paths: is empty; expected an array of strings, such as ["package.json", "*.lock"], or generated = true'),
    "group that is not generated": Bad("[shared.a]\ngenerated = false", '1:9: shared.a.paths: is missing; expected an array of strings, such as ["package.json", "*.lock"], or generated = true'),
    "group's name": Bad("[shared.'a b']\npaths = ['x']", '1:9: shared."a b": "a b" is no name; expected letters, digits, dots, dashes and underscores, the first a letter or a digit'),
    "group's name begins with a dot": Bad("[shared.'.a']\npaths = ['x']", '1:9: shared.".a": ".a" is no name; expected letters, digits, dots, dashes and underscores, the first a letter or a digit'),
    "group's name with two dots": Bad("[shared.'a..b']\npaths = ['x']", '1:9: shared."a..b": "a..b" cannot be a name; expected a name without .., that does not end in a dot or in .lock'),
    "empty why": Bad("[shared.a]\npaths = ['x']\nwhy = ' '", "3:1: shared.a.why: is empty; expected some words"),
    "pattern is a number": Bad("[shared.a]\npaths = ['x', 1]", "2:15: shared.a.paths[1]: is an integer; expected a string"),
    "pattern twice": Bad("[shared.a]\npaths = ['x', 'y', 'x']", "2:20: shared.a.paths[2]: is the same as element [0]; expected each only once"),
}  # fmt: skip

BAD_CONTRACTS = {
    "no goal": Bad("owns = ['a']", '1:1: goal: is missing; expected a string, such as "Make routes locale-aware."'),
    "empty goal": Bad("goal = ''\nowns = ['a']", "1:1: goal: is empty; expected some words"),
    "blank goal": Bad("goal = ' \\t'\nowns = ['a']".replace("\\t", "\t"), "1:1: goal: is empty; expected some words"),
    "long goal": Bad(f"goal = '{'x' * 4097}'\nowns = ['a']", "1:1: goal: has 4,097 characters; expected at most 4,096"),
    "NUL in the goal": Bad('goal = "a\\u0000"\nowns = [\'a\']', '1:10: goal: has a control character, "\\x00"; expected text'),
    "owner over lines": Bad('goal = \'x\'\nowner = "a\\nb"\nowns = [\'a\']', '2:11: owner: has a control character, "\\n"; expected text on one line'),
    "owns nothing": Bad("goal = 'x'", '1:1: owns: is missing; expected an array of strings, such as ["apps/handbook/app/", "/README.md"], or merges'),
    "owns is empty": Bad("goal = 'x'\nowns = []\nmerges = []", '2:1: owns: is empty; expected an array of strings, such as ["apps/handbook/app/", "/README.md"], or merges'),
    "owns is a string": Bad("goal = 'x'\nowns = 'a/'", '2:1: owns: is a string; expected an array of strings, such as ["apps/handbook/app/", "/README.md"]'),
    "owns holds a list": Bad("goal = 'x'\nowns = [['a']]", "2:9: owns[0]: is an array; expected a string"),
    "owns holds a table": Bad("goal = 'x'\nowns = [{a = 1}]", "2:9: owns[0]: is a table; expected a string"),
    "empty pattern": Bad("goal = 'x'\nowns = ['a', '']", "2:15: owns[1]: malformed pattern: it is empty; expected a well-formed one (write `*` for everything)"),
    "negation": Bad("goal = 'x'\nowns = ['a', '!b']", "2:15: owns[1]: malformed pattern: `!` takes nothing back below a directory that is matched; expected a well-formed one (write the path under `forbids`, or `\\!` for a name)"),
    "comment": Bad("goal = 'x'\nowns = ['#b']", "2:10: owns[0]: malformed pattern: it is a comment; expected a well-formed one (write `\\#` for a name that starts with `#`)"),
    "open bracket": Bad("goal = 'x'\nowns = [\n  'a',\n  'b/[c',\n]", "4:6: owns[1]: malformed pattern: a bracket has no end; expected a well-formed one (close it with `]`, or write `\\[` for a bracket in a name)"),
    "open bracket behind escapes": Bad('goal = "x"\nowns = ["\\u00e9\\\\\\\\[c"]', "2:20: owns[0]: malformed pattern: a bracket has no end; expected a well-formed one (close it with `]`, or write `\\[` for a bracket in a name)"),
    "long pattern": Bad(f"goal = 'x'\nowns = ['{'é' * 2049}']", "2:9: owns[0]: has 4,098 bytes; expected at most 4,096"),
    "pattern of a megabyte": Bad(f"goal = 'x'\nowns = ['{'x' * 1_000_000}']", "2:9: owns[0]: has 1,000,000 bytes; expected at most 4,096"),
    "too many patterns": Bad(f"goal = 'x'\nowns = {[f'a{n}' for n in range(10_001)]}", "2:1: owns: has 10,001 elements; expected at most 10,000"),
    "too many patterns together": Bad(f"goal = 'x'\nowns = {[f'a{n}' for n in range(6_000)]}\nforbids = {[f'a{n}' for n in range(6_000)]}", "1:1: more than 10,000 patterns in one file; expected patterns of directories"),
    "group's name": Bad("goal = 'x'\nmerges = ['a/b']", '2:11: merges[0]: "a/b" is no name; expected letters, digits, dots, dashes and underscores, the first a letter or a digit'),
    "no branch": Bad("goal = 'x'\nowns = ['a']\nbranches = []", '3:1: branches: is empty; expected an array of strings, such as ["feat/locale-*"]'),
    "ref for a branch": Bad("goal = 'x'\nowns = ['a']\nbranches = ['refs/heads/x']", '3:13: branches[0]: is a ref; expected a branch\'s short name, such as "x"'),
    "branch negated": Bad("goal = 'x'\nowns = ['a']\nbranches = ['!x']", "3:14: branches[0]: malformed pattern: `!` takes nothing back here; expected a well-formed one (name what you want, or write `\\!` for a name that starts with `!`)"),
    "branch with a blank": Bad("goal = 'x'\nowns = ['a']\nbranches = ['a b']", "3:15: branches[0]: \" \" cannot be in a branch's name; expected what git takes for a branch's name"),
    "branch that git refuses": Bad("goal = 'x'\nowns = ['a']\nbranches = ['feat/*.lock']", "3:13: branches[0]: a part begins with a dot or ends with .lock; expected what git takes for a branch's name"),
    "branch with an escaped star": Bad("goal = 'x'\nowns = ['a']\nbranches = ['a\\*']", "3:13: branches[0]: \"*\" cannot be in a branch's name; expected what git takes for a branch's name"),
    "command over lines": Bad('goal = "x"\nowns = ["a"]\nverify = ["a\\nb"]', '3:13: verify[0]: has a control character, "\\n"; expected text on one line'),
    "waive is a table": Bad("goal = 'x'\nowns = ['a']\n[waive]\nrule = 'x'", "3:2: waive: is a table; expected tables, each under its own [[waive]]"),
    "waiver without why": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'OWN001'\npaths = ['a']", '3:3: waive[0].why: is missing; expected a string, such as "adds one dependency"'),
    "second waiver without rule": Bad("goal = 'x'\nowns = ['a']\nwaive = [\n {rule = 'OWN001', paths = ['a'], why = 'x'},\n {paths = ['a'], why = 'x'},\n]", '5:2: waive[1].rule: is missing; expected a string, such as "shared-file"'),
    "waiver without paths": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'OWN001'\nwhy = 'x'\npaths = []", '6:1: waive[0].paths: is empty; expected an array of strings, such as ["package.json"]'),
    "waiver of no rule": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'shared-fiel'\nwhy = 'x'\npaths = ['a']", '4:1: waive[0].rule: no rule has this code or name: "shared-fiel"; expected shared-file'),
    "until with a time": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'OWN001'\nwhy = 'x'\npaths = ['a']\nuntil = 2026-12-31T10:00:00", "7:1: waive[0].until: is a date with a time; expected a date without quotes, such as 2026-12-31"),
    "until is a number": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'OWN001'\nwhy = 'x'\npaths = ['a']\nuntil = 2026", "7:1: waive[0].until: is an integer; expected a date without quotes, such as 2026-12-31"),
    "key below a waiver": Bad("goal = 'x'\nmerges = ['g']\n[[waive]]\nrule = 'OWN001'\nwhy = 'x'\npaths = ['a']\nowns = ['a']", "7:1: waive[0].owns: unknown key; expected one of rule, paths, why, until (owns belongs to the top of the file, above the first [table])"),
    "key of a waiver": Bad("goal = 'x'\nowns = ['a']\nuntil = 2026-12-31", "3:1: until: unknown key; expected one of goal, owner, owns, forbids, merges, branches, verify, waive (until belongs under [[waive]])"),
    "key of the policy": Bad("goal = 'x'\nowns = ['a']\n[shared.x]\npaths = ['y']", "3:2: shared: unknown key; expected one of goal, owner, owns, forbids, merges, branches, verify, waive (shared is a key of guard.toml)"),
}  # fmt: skip

# What the schema cannot tell: it knows neither patterns nor other keys' values nor bytes, and sees TOML's dates as strings.
ONLY_THE_PARSER = {
    "rule by code and name": Bad("[rules]\nOWN001 = 'off'\noutside-contract = 'off'", "3:1: rules.outside-contract: the severity of outside-contract is given by rules.OWN001 already; expected only one of the two"),
    "no-contract twice": Bad("[contracts]\nmissing = 'off'\n[rules]\nno-contract = 'off'", "4:1: rules.no-contract: the severity of no-contract is given by contracts.missing already; expected only one of the two"),
    "self-declared twice": Bad("[rules]\ncon005 = 'off'\n[contracts]\nself_declared = 'off'", "2:1: rules.con005: the severity of self-declared is given by contracts.self_declared already; expected only one of the two"),
    "sessions is a whole float": Bad("sessions = 3.0", "1:1: sessions: is a float; expected an integer from 1 to 10,000"),
    "date in quotes": Bad("goal = 'x'\nowns = ['a']\n[[waive]]\nrule = 'OWN001'\nwhy = 'x'\npaths = ['a']\nuntil = '2026-12-31'", "7:1: waive[0].until: is a string; expected a date without quotes, such as 2026-12-31"),
    **{name: BAD_CONTRACTS.pop(name) for name in (
        "open bracket", "open bracket behind escapes", "long pattern", "too many patterns together",
        "branch with a blank", "branch that git refuses", "branch with an escaped star",
    )},
}  # fmt: skip


def kind_of(name: str, text: str) -> str:
    """Tell whether a document of `ONLY_THE_PARSER` is a contract."""
    return "contract" if "goal" in text else "policy"


def as_json(value: object) -> object:
    """Give a TOML value as editors see it for a JSON Schema: dates and times as strings."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value
