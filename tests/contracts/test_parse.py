"""Policies and contracts are read whole or refused with every mistake, each in its place."""

from __future__ import annotations

import time

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from guard.contracts.consistency import unknown_groups
from guard.contracts.contract_keys import CONTRACT, WAIVER
from guard.contracts.key import Key
from guard.contracts.model import GROUP, POLICY, Contract, Policy, SharedGroup, Waiver
from guard.contracts.parse import parse_contract, parse_policy
from guard.contracts.strings import hold
from guard.core.codes import Severity
from guard.core.errors import ContractError
from guard.patterns import PatternError, PatternSet
from tests.contracts.documents import BAD, GOOD_CONTRACTS, GOOD_POLICIES, ONLY_THE_PARSER, Bad

FILES = {"policy": "guard.toml", "contract": ".guard/contracts/web.toml"}


def parse(kind: str, data: bytes | str) -> Policy | Contract:
    """Parse as the file where such a document stands."""
    raw = data.encode() if isinstance(data, str) else data
    return (
        parse_policy(raw, FILES[kind])
        if kind == "policy"
        else parse_contract(raw, FILES[kind], "web")
    )


def many(text: str, number: int) -> str:
    """Give `text` so many times, each with its number in it."""
    return "".join(text.format(n) for n in range(number))


def refused(kind: str, data: bytes | str) -> ContractError:
    """Give the error, which must come within a second or two."""
    started = time.process_time()
    with pytest.raises(ContractError) as caught:
        parse(kind, data)
    assert time.process_time() - started < 5
    return caught.value


def mistakes(kind: str, data: bytes | str) -> list[str]:
    """Give the lines of the error; none for a good document."""
    try:
        parse(kind, data)
    except ContractError as error:
        return error.message.split("\n")
    return []


@pytest.mark.parametrize("text", GOOD_POLICIES.values(), ids=GOOD_POLICIES)
def test_policy_is_read(text: str) -> None:
    """A good policy is read and keeps its text."""
    policy = parse("policy", text)
    assert (policy.file, policy.text) == ("guard.toml", text)


@pytest.mark.parametrize("text", GOOD_CONTRACTS.values(), ids=GOOD_CONTRACTS)
def test_contract_is_read(text: str) -> None:
    """A good contract is read and keeps its name, file and text."""
    contract = parse("contract", text)
    assert isinstance(contract, Contract)
    assert (contract.name, contract.file, contract.text) == ("web", FILES["contract"], text)


@pytest.mark.parametrize(
    "bad", [*BAD.values(), *ONLY_THE_PARSER.values()], ids=[*BAD, *ONLY_THE_PARSER]
)
def test_mistake(bad: Bad) -> None:
    """One mistake gives one line: file, line, column, key, what is wrong and what was expected."""
    error = refused(bad.kind, bad.text)
    file = FILES[bad.kind]
    assert error.message == f"{file}:{bad.told}"
    assert error.hint == f"guard contract check {file}   # once it is corrected"


def test_values_of_a_policy() -> None:
    """Every key of a policy arrives where it belongs."""
    text = (
        "base = 'trunk'\nsessions = 5\n[contracts]\nmissing = 'off'\nself_declared = 'error'\n"
        "[handoff]\nrequired = false\nfile = 'h/{name}.md'\n"
        "[shared.a]\nwhy = 'w'\npaths = ['x', 'y']\n[shared.g]\ngenerated = true\n"
        "[rules]\nsame-file = 'note'\nown001 = 'warning'\n[hooks]\nabsent = 'block'\n"
    )
    assert parse_policy(text.encode(), "guard.toml") == Policy(
        "guard.toml",
        text,
        base="trunk",
        sessions=5,
        handoff_required=False,
        handoff_file="h/{name}.md",
        shared=(
            SharedGroup("a", "w", ("x", "y"), generated=False),
            SharedGroup("g", "", (), generated=True),
        ),
        severities={
            "CON001": Severity.OFF,
            "CON005": Severity.ERROR,
            "OVL001": Severity.NOTE,
            "OWN001": Severity.WARNING,
        },
        absent="block",
    )


def fields(shape: Key) -> list[str]:
    """List the fields that the keys of a table give to its value."""
    found = []
    for name, key in shape.keys.items():
        if key.kind == "table":
            found += fields(key)
        elif not key.rule and name != "rules":
            found.append(key.field or name)
    return found


def test_every_key_has_a_field() -> None:
    """The table of keys and the fields of the values name the same things."""
    assert {"file", "text", "severities", *fields(POLICY)} == set(Policy._fields)
    assert {"name", "file", "text", "within", *fields(CONTRACT)} == set(Contract._fields)
    assert {"name", *fields(GROUP)} == set(SharedGroup._fields)
    assert set(fields(WAIVER)) == set(Waiver._fields)


def test_defaults_of_a_policy() -> None:
    """An empty policy says what no policy says."""
    assert parse_policy(b"", "guard.toml") == Policy()


def test_values_of_a_contract() -> None:
    """Every key of a contract arrives where it belongs."""
    text = GOOD_CONTRACTS["all"]
    assert parse("contract", text) == Contract(
        "web",
        FILES["contract"],
        text,
        "Make it so.",
        "Ada",
        ("a/", "/b"),
        ("a/c",),
        ("g.1",),
        ("feat/*", "**", "x-[0-9]", "a?b", "release/[a b]"),
        ("make test",),
        (Waiver("SHR001", ("x",), "y", "2026-12-31"), Waiver("OWN001", ("x", "y"), "y", "")),
        ("alice", "team-bot[bot]"),
    )


def test_all_mistakes_at_once() -> None:
    """One error tells every mistake of a file, in the order of the file."""
    text = (
        "gaol = 'x'\nowns = ['a', 3, 'a', '[']\nforbids = 'x'\n[[waive]]\nrule = 'x'\nuntil = 1\n"
    )
    lines = refused("contract", text).message.split("\n")
    places = [line.removeprefix(FILES["contract"] + ":").split(": ")[:2] for line in lines]
    assert places == [
        ["1:1", "gaol"],
        ["1:1", "goal"],
        ["2:14", "owns[1]"],
        ["2:17", "owns[2]"],
        ["2:23", "owns[3]"],
        ["3:1", "forbids"],
        ["4:3", "waive[0].paths"],
        ["4:3", "waive[0].why"],
        ["5:1", "waive[0].rule"],
        ["6:1", "waive[0].until"],
    ]


def test_many_mistakes_are_counted() -> None:
    """After fifty mistakes the rest is only counted."""
    lines = refused("contract", f"goal = 'x'\nowns = {[0] * 9_000}").message.split("\n")
    assert len(lines) == 51
    assert lines[-1] == ".guard/contracts/web.toml: and 8,950 more mistakes"
    lines = refused("contract", "goal = 'x'\nowns = [" + "0, " * 51 + "]").message.split("\n")
    assert lines[-1] == ".guard/contracts/web.toml: and 1 more mistake"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(
            b"goal = \xff",
            "1:8: byte 7 is 0xff, which is not UTF-8; expected UTF-8",
            id="not UTF-8",
        ),
        pytest.param(
            "a\né = '".encode() + b"\xe9'",
            "2:6: byte 8 is 0xe9, which is not UTF-8; expected UTF-8",
            id="Latin-1",
        ),
        pytest.param("goal = 'x'".encode("utf-16"), "1:1: UTF-16; expected UTF-8", id="UTF-16"),
        pytest.param(
            b"\xef\xbb\xbfgoal = 'x'",
            "1:1: a byte order mark; expected UTF-8 without one",
            id="BOM",
        ),
        pytest.param(b"goal = 'x'\n# \0", "2:3: a NUL byte; expected text", id="NUL"),
        pytest.param(
            b"#" * (1 << 20) + b"\n", "1,048,577 bytes; expected at most 1,048,576", id="too large"
        ),
        pytest.param(
            b"#" * 10_000_000, "10,000,000 bytes; expected at most 1,048,576", id="ten megabytes"
        ),
        pytest.param("goal = 'x", '1:10: not TOML: Expected "\'"', id="string without end"),
        pytest.param(
            "goal = 'x'\nowns = ['a'", "2:12: not TOML: Unclosed array", id="array without end"
        ),
        pytest.param(
            "goal = 'x'\r\nowns: ['a']\r\n",
            "2:5: not TOML: Expected '=' after a key",
            id="YAML with CRLF",
        ),
        pytest.param('{"goal": "x"}', "1:1: not TOML: Invalid statement", id="JSON"),
        pytest.param(
            "goal = 'x'\ngoal = 'y'", "2:11: not TOML: Cannot overwrite a value", id="key twice"
        ),
        pytest.param(
            'owns = ["src\\"]\n',
            "1:16: not TOML: Illegal character '\\n'",
            id="backslash before the closing quote",
        ),
        pytest.param(
            'owns = ["a\\*"]',
            "1:13: not TOML: Unescaped '\\' in a string",
            id="pattern's escape in a basic string",
        ),
        pytest.param(
            "until = 2026-02-30", "1:9: not TOML: Invalid date or datetime", id="no such day"
        ),
        pytest.param(
            "x = 1\ny = " + "9" * 100_000,
            "2:4305: an integer of very many digits",
            id="100,000 digits",
        ),
        pytest.param(
            "goal = 0x" + "f" * 1_000_000,
            "1:1: goal: is an integer; expected a string",
            id="a million hexadecimal digits",
        ),
        pytest.param(
            "x = 1\ny = " + "[" * 100_000,
            "2:405: nested too deeply; expected at most 4 levels",
            id="nested arrays",
        ),
        pytest.param(
            "x = " + "{a = " * 100_000,
            "1:2008: nested too deeply; expected at most 4 levels",
            id="nested tables",
        ),
        pytest.param(
            "x = " + "[" * 399 + "]" * 399,
            "1:1: x: unknown key",
            id="nested as deep as tomli reads",
        ),
        pytest.param(
            "\n[" + "a." * 500_000 + "b]",
            "2:1: a key of more than 8 parts; expected at most 4",
            id="deep header",
        ),
        pytest.param(
            "a" + " . 'a'" * 100_000 + " = 1",
            "1:1: a key of more than 8 parts; expected at most 4",
            id="deep dotted key",
        ),
        pytest.param(
            "[[" + '"a\\"". ' * 999 + "a]]\n",
            "1:1: a key of more than 8 parts; expected at most 4",
            id="deep quoted key",
        ),
        pytest.param(
            "[a" + ".a" * 40 + "]\n" + many("b{}=1\n", 90_000),
            "1:1: a key of more than 8 parts",
            id="many keys below a deep header",
        ),
        pytest.param(
            "[a" + ".a" * 7 + "]\n" + many("b{}=1\n", 30_000),
            "1:1: goal: is missing",
            id="many keys in a table",
        ),
        pytest.param(
            "'''\n" * 200_000, "1:3: not TOML: Expected '=' after a key", id="many quotes"
        ),
        pytest.param('a = "' + "\\n" * 400_000 + '"', "1:1: a: unknown key", id="many escapes"),
        pytest.param(many("k{} = 1\n", 30_000), "1:1: k0: unknown key", id="many unknown keys"),
        pytest.param(
            "goal = 'x'\nowns = [" + many("'a/{}/[', ", 9_999) + "]",
            "2:14: owns[0]: malformed",
            id="many malformed patterns",
        ),
        pytest.param(
            f"goal = 'x'\nowns = {['[' + 'x' * 4_000] * 250}",
            "2:10: owns[0]: malformed",
            id="long malformed patterns",
        ),
        pytest.param(
            "branches = [" + many("'" + "[" * 900 + "{}', ", 999) + "]",
            "1:1: goal: is missing",
            id="many malformed branches",
        ),
        pytest.param("[[waive]]\n" * 20_000, "1:1: goal: is missing", id="many empty waivers"),
    ],
)
def test_hopeless_file(data: bytes | str, told: str) -> None:
    """What is no TOML, or too much of it, is an error within seconds, with its place if known."""
    first = refused("contract", data).message.split("\n")[0]
    assert first.removeprefix(FILES["contract"]).lstrip(": ").startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        "goal = '" + "a.b." * 30 + "'\nowns = ['a']",
        "goal = '''\n" + "e.g. " * 100 + "'''\nowns = ['a']",
    ],
)
def test_dots_in_text(text: str) -> None:
    """A long text with many dots is no dotted key."""
    assert parse("contract", text)


@pytest.mark.parametrize("name", ["web", "a", "9", "Web_2.0-x", "x" * 100])
def test_name(name: str) -> None:
    """A contract has the name of its file."""
    assert parse_contract(b"goal = 'x'\nowns = ['a']", "f", name).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".web",
        "-x",
        "_x",
        "a b",
        "a/b",
        "a\n",
        "a..b",
        "a.",
        "a.lock",
        "grün",
        "a\udcff",
        "x" * 101,
        "*",
    ],
)
def test_bad_name(name: str) -> None:
    """A file's name that cannot be a branch's is refused before the file is read."""
    with pytest.raises(ContractError, match="the file's name: ") as caught:
        parse_contract(b"\xff", f".guard/contracts/{name}.toml", name)
    assert caught.value.message.isprintable()
    assert caught.value.hint == "rename the file"


def test_unknown_groups() -> None:
    """A group that the policy does not have is reported with its place and the nearest name."""
    text = "goal = 'x'\nmerges = [\n  'routes',\n  'metadata',\n]"
    contract = parse_contract(text.encode(), "web.toml", "web")
    groups = tuple(
        SharedGroup(name, "", ("x",), generated=False) for name in ("routes", "package-metadata")
    )
    missing = "guard.toml has no shared group"
    assert unknown_groups(contract, Policy(shared=groups)) == (
        f"web.toml:4:3: merges[1]: {missing} metadata; expected package-metadata",
    )
    assert unknown_groups(contract, Policy()) == (
        f"web.toml:3:3: merges[0]: {missing} routes; expected a group under [shared] there",
        f"web.toml:4:3: merges[1]: {missing} metadata; expected a group under [shared] there",
    )
    assert unknown_groups(contract._replace(merges=("routes",)), Policy(shared=groups)) == ()


def test_file_names_are_shown_not_obeyed() -> None:
    """A file's name cannot move the cursor or add a line, and the hint quotes it for the shell."""
    with pytest.raises(ContractError) as caught:
        parse_contract(b"", "\x1b[2J\n.toml", "web")
    assert all(line.startswith("\\e[2J\\n.toml:1:1: ") for line in caught.value.message.split("\n"))
    assert caught.value.hint.startswith("guard contract check $'\\e[2J\\n.toml'")


_PIECES = st.sampled_from(
    [
        "a",
        "b",
        "*",
        "**",
        "?",
        "/",
        "//",
        ".",
        "..",
        "./",
        "!",
        "#",
        " ",
        "[",
        "]",
        "\\",
        "\n",
        "\0",
        "é",
        "-",
        "[a-z]",
    ]
)
_PATTERN = st.lists(_PIECES, max_size=5).map("".join)


@given(st.lists(_PATTERN, max_size=4, unique=True))
def test_quick_look_misses_nothing(patterns: list[str]) -> None:
    """The quick check of a whole list accepts what the parser of patterns accepts."""
    try:
        PatternSet(patterns)
        fine = True
    except PatternError:
        fine = False
    assert hold("pattern", patterns) == fine


@given(
    st.binary(max_size=60)
    | st.text("goalwnsviyrtume =[]{}'\"\n.,1-#\\", max_size=60).map(str.encode)
)
def test_never_anything_but_a_contract_error(data: bytes) -> None:
    """Whatever the bytes, a file is read or refused."""
    for kind, file in FILES.items():
        assert all(line.startswith(file) for line in mistakes(kind, data))


_LINES = st.sampled_from(
    sorted({line for bad in BAD.values() if len(bad.text) < 200 for line in bad.text.split("\n")})
)


@given(st.lists(_LINES, max_size=8, unique=True).map("\n".join))
def test_every_mistake_has_its_place(text: str) -> None:
    """In a file made of mistakes, each line of the error names a place that the file has."""
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    for kind, file in FILES.items():
        for line in mistakes(kind, text):
            row, column = line.removeprefix(file + ":").split(":")[:2]
            assert 1 <= int(column) <= len(text.split("\n")[int(row) - 1]) + 1
