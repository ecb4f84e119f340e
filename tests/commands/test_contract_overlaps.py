"""`guard contract overlaps`, and what other commands say of contracts that overlap."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest

from guard.contracts.model import Contract
from guard.git.plumbing import at
from guard.git.repository import open_repository
from guard.sessions.between import overlaps as module
from tests.kit import POLICY, Ran, Repo, toml

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema brings no types
STRICT = POLICY + '[rules]\noverlapping-contracts = "error"\n'


@pytest.fixture
def shop(empty: Repo) -> Repo:
    """Two contracts that own `src/web/` and its twelve files, and one apart."""
    empty.policy().commit({f"src/web/{letter}.ts": "x\n" for letter in "abcdefghijkl"})
    empty.contract("api", owns=["/docs/", "src/**/*.ts"])
    empty.contract("web", owns=["/src/web/"])
    return empty.contract("tests", owns=["/tests/"])


def overlaps(repo: Repo, *words: str) -> Ran:
    """Run the command; its JSON must fit its schema."""
    ran = repo.guard("contract", "overlaps", "--format", "json", *words)
    assert ran.err == "", ran
    schema = json.loads(repo.guard("schema", "overlaps").out)
    VALIDATOR.check_schema(schema)
    VALIDATOR(schema).validate(ran.report)
    return ran


def pairs(ran: Ran) -> dict[str, str]:
    """The verdict of each pair."""
    return {f"{pair['a']} {pair['b']}": pair["verdict"] for pair in ran.report["pairs"]}


def test_json(shop: Repo) -> None:
    """Every pair has a verdict; an overlap has a witness, both lines and the tracked files."""
    ran = overlaps(shop)
    assert ran.code == 1
    assert pairs(ran) == {
        "api tests": "disjoint",
        "api web": "overlap",
        "tests web": "disjoint",
    }
    pair = ran.report["pairs"][1]
    files = (".guard/contracts/api.toml", ".guard/contracts/web.toml")
    assert pair == {
        "fix": 'add "/src/web/" to forbids in api, or "src/**/*.ts" in web',
        "a": "api",
        "b": "web",
        "verdict": "overlap",
        "witness": "src/web/.ts",
        "grants": [
            {"file": files[0], "line": 2, "pattern": "src/**/*.ts"},
            {"file": files[1], "line": 2, "pattern": "/src/web/"},
        ],
        "tracked": 12,
        "paths": [f"src/web/{letter}.ts" for letter in "abcdefghij"],
    }


@pytest.mark.parametrize("width", ["60", "200"])
def test_text(shop: Repo, width: str) -> None:
    """Who meets where and what to do: each line fits, and colour adds nothing but colour."""
    ran = shop.guard("contract", "overlaps", env={"COLUMNS": width})
    assert (ran.code, ran.err) == (1, "")
    for words in (
        "overlap: api and web: 12 tracked files",
        "api: src/**/*.ts",
        ".guard/contracts/web.toml:2",
        "src/web/a.ts, src/web/b.ts",
        "and 2 more",
        "guard contract overlaps",
    ):
        assert words in ran.out
    assert 'add "/src/web/" to forbids in api' in " ".join(ran.out.split())
    assert max(map(len, ran.out.split("\n"))) <= int(width)
    coloured = shop.guard("contract", "overlaps", env={"COLUMNS": width, "FORCE_COLOR": "1"})
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.out) == ran.out != coloured.out


def test_nothing_overlaps(shop: Repo) -> None:
    """The advice works: then all pairs are disjoint, exit status 0."""
    shop.contract("api", owns=["/docs/", "src/**/*.ts"], forbids=["/src/web/"])
    ran = shop.guard("contract", "overlaps")
    assert ran.code == 0
    assert ran.out.startswith("disjoint: 3 pairs\n3 open contracts · base main\n")
    assert set(pairs(overlaps(shop)).values()) == {"disjoint"}


def test_who_takes_no_paths(shop: Repo) -> None:
    """Standing and integrated contracts are named and left out, and so is nobody else."""
    shop.contract("bot", owns=["*"], standing=True)
    shop.branch("web").commit({"src/web/a.ts": "new\n"})
    shop.git("switch", "-q", "main")
    assert overlaps(shop).code == 1
    shop.git("merge", "-q", "--no-ff", "-m", "web", "web")
    ran = overlaps(shop)
    assert ran.code == 0
    assert pairs(ran) == {"api tests": "disjoint"}
    assert ran.report["left_out"] == [
        {"contract": "bot", "why": "standing"},
        {"contract": "web", "why": "integrated"},
    ]
    assert "web is integrated and takes no paths" in shop.guard("contract", "overlaps").out


def test_contracts_of_the_working_tree_are_compared(shop: Repo) -> None:
    """A contract that is not on the base yet is compared; of two versions the base's counts."""
    shop.write(
        {
            ".guard/contracts/ui.toml": toml({"owns": ["/src/web/a.ts"]}),
            ".guard/contracts/tests.toml": toml({"owns": ["*"]}),
        }
    )
    found = pairs(overlaps(shop))
    assert found["ui web"] == "overlap"
    assert found["tests ui"] == "disjoint"


def test_a_contract_is_looked_up_once(shop: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others a contract meets, whether its work is done is asked once."""
    for number in range(8):
        shop.contract(f"more{number}", owns=["/src/"])
    asked: list[str] = []

    def done_on(_git: object, _base: object, contracts: Sequence[Contract]) -> frozenset[str]:
        asked.extend(one.name for one in contracts)
        return frozenset()

    monkeypatch.setattr(module, "done_on", done_on)
    module.compare_contracts(open_repository(at(str(shop.path))))
    assert sorted(asked) == ["api", *(f"more{number}" for number in range(8)), "web"]


def test_what_cannot_be_read_is_no_proof(shop: Repo) -> None:
    """A contract that cannot be read is named, and the exit status is 2."""
    shop.commit({".guard/contracts/broken.toml": "owns = [\n"})
    ran = overlaps(shop)
    assert ran.code == 2
    assert [one["file"] for one in ran.report["unreadable"]] == [".guard/contracts/broken.toml"]
    text = shop.guard("contract", "overlaps")
    assert text.code == 2
    assert "broken.toml cannot be read, and was not compared" in text.out


def test_what_is_too_complex_is_undecided(empty: Repo) -> None:
    """The pattern that exceeds the budget is named, and the exit status is 2."""
    empty.policy().contract("api", owns=["/" + "*a" * 900 + "?" * 300 + "b*"])
    empty.contract("web", owns=["/*" + "ba*" * 900 + "c?" * 50]).contract("ui", owns=["/ui/"])
    ran = overlaps(empty)
    assert ran.code == 2
    assert pairs(ran)["api web"] == "undecided"
    (undecided,) = (pair for pair in ran.report["pairs"] if pair["verdict"] == "undecided")
    assert undecided["witness"] is None
    assert undecided["grants"][0]["file"].startswith(".guard/contracts/")
    text = empty.guard("contract", "overlaps")
    assert text.code == 2
    assert "undecided: api and web: too complex to compare" in text.out


def test_hostile_names(empty: Repo) -> None:
    """No pattern and no file forges a line, moves the cursor or breaks the JSON."""
    name = "a\n::error::b\x1b[31m\u202e.ts"
    empty.policy().commit({f"src/{name}": "x\n", b"src/\xff.ts".decode("latin-1"): "x\n"})
    empty.contract("api", owns=["/src/", "\u202eé*"]).contract("web", owns=["*.ts", "/\u202e*"])
    ran = overlaps(empty)
    assert ran.out.isascii()
    assert ran.report["pairs"][0]["tracked"] == 2
    text = empty.guard("contract", "overlaps").out
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n::error" not in text


def test_nothing_to_compare(empty: Repo) -> None:
    """Without two open contracts there is nothing to find."""
    empty.policy().contract("api", owns=["/src/"])
    ran = empty.guard("contract", "overlaps")
    assert (ran.code, ran.out) == (0, "no two open contracts to compare · base main\n")
    assert overlaps(empty).report["pairs"] == []


def test_new_says_so(shop: Repo) -> None:
    """`guard contract new` names the contracts that the new one overlaps with, and writes it."""
    ran = shop.guard("contract", "new", "ui", "--goal", "x", "--owns", "/src/web/a.ts")
    assert ran.code == 0
    assert "but ui owns /src/web/a.ts and web owns /src/web/" in ran.out
    assert (shop.path / ".guard/contracts/ui.toml").exists()
    apart = shop.guard("contract", "new", "apart", "--goal", "x", "--owns", "/apart/")
    assert "but " not in apart.out


def test_new_writes_nothing_where_it_is_an_error(shop: Repo) -> None:
    """If the policy makes CON003 an error, a contract that overlaps is not written."""
    shop.policy(STRICT)
    ran = shop.guard("contract", "new", "ui", "--goal", "x", "--owns", "/src/web/a.ts")
    assert ran.code == 1
    assert "ui.toml is not written" in ran.out
    assert "both may change src/web/a.ts" in ran.out
    assert not (shop.path / ".guard/contracts/ui.toml").exists()
    assert shop.guard("contract", "new", "ui", "--goal", "x", "--owns", "/ui/").code == 0
    shop.policy(STRICT.replace('"error"', '"off"'))
    quiet = shop.guard("contract", "new", "app", "--goal", "x", "--owns", "/src/web/a.ts")
    assert quiet.code == 0
    assert "but " not in quiet.out


def test_an_edit_says_so(shop: Repo) -> None:
    """An edit names the overlaps that it brings, and no edit that narrows or changes the goal."""
    shop.contract("ui", owns=["/ui/"])
    ran = shop.guard("contract", "edit", "ui", "--owns", "/src/web/a.ts")
    assert ran.code == 0
    assert "but ui owns /src/web/a.ts and web owns /src/web/" in ran.out
    assert "/src/web/a.ts" in (shop.path / ".guard/contracts/ui.toml").read_text()
    for option, value, said in (
        ("goal", "x", False),
        ("forbids", "x/", False),
        ("owns", "y/", True),
    ):
        again = shop.guard("contract", "edit", "api", f"--{option}", value)
        assert (again.code, "but " in again.out) == (0, said), again


def test_an_edit_writes_nothing_where_it_is_an_error(shop: Repo) -> None:
    """If CON003 is an error, an edit that overlaps writes nothing; one that narrows is let pass."""
    shop.contract("ui", owns=["/ui/"])
    shop.policy(STRICT)
    before = (shop.path / ".guard/contracts/ui.toml").read_bytes()
    for words in ((), ("--publish",)):
        ran = shop.guard("contract", "edit", "ui", "--owns", "/src/web/a.ts", *words)
        assert ran.code == 1
        assert ".guard/contracts/ui.toml is not written" in ran.out
        assert "both may change src/web/a.ts" in ran.out
        assert (shop.path / ".guard/contracts/ui.toml").read_bytes() == before
    assert shop.guard("contract", "edit", "api", "--forbids", "/src/web/").code == 0


def test_a_contract_that_overlaps_is_published_with_a_warning(shop: Repo) -> None:
    """Publishing names the overlaps of what it claims anew, once; nothing of what counted."""
    words = ("contract", "new", "ui", "--goal", "x", "--owns", "/src/web/a.ts", "--publish")
    ran = shop.guard(*words)
    assert ran.code == 0, ran
    assert ran.out.count("but ui owns /src/web/a.ts and web owns /src/web/") == 1
    edited = shop.guard("contract", "edit", "ui", "--goal", "y", "--publish")
    assert edited.code == 0, edited
    assert "but " not in edited.out


def test_a_contract_that_overlaps_is_not_published(shop: Repo) -> None:
    """If the policy makes CON003 an error, the base does not move."""
    shop.policy(STRICT)
    shop.write({".guard/contracts/ui.toml": 'goal = "x"\nowns = ["/src/web/a.ts"]\n'})
    tip = shop.git("rev-parse", "main")
    ran = shop.guard("contract", "publish", "ui")
    assert ran.code == 1
    assert "nothing is published" in ran.out
    assert "both may change src/web/a.ts" in ran.out
    assert "next: guard contract edit ui ..." in ran.out
    assert shop.git("rev-parse", "main") == tip
    for name in ("p", "q"):
        shop.write({f".guard/contracts/{name}.toml": 'goal = "x"\nowns = ["/n/"]\n'})
    assert shop.guard("contract", "publish", "p", "q").code == 1
    assert shop.git("rev-parse", "main") == tip
    assert shop.guard("contract", "publish", "p").code == 0


def test_contract_check(shop: Repo) -> None:
    """`guard contract check` warns of each pair, or fails where the policy says so."""
    line = ".guard/contracts/api.toml:2: api owns src/**/*.ts and web owns /src/web/"
    ran = shop.guard("contract", "check", "--base")
    assert ran.code == 0
    assert line in ran.out
    assert "1 warning" in ran.out or "2 warnings" in ran.out or "3 warnings" in ran.out
    assert line not in shop.guard("contract", "check", "tests").out
    shop.policy(STRICT)
    assert shop.guard("contract", "check", "--base").code == 1


def test_check_of_a_branch(shop: Repo) -> None:
    """`guard check` warns the session; the policy may make it an error; a commit asks nothing."""
    shop.branch("web").write({"src/web/a.ts": "new\n"})
    ran = shop.check()
    assert ran.report["verdict"] == "kept"
    assert ran.codes == {".guard/contracts/web.toml": ["CON003"]}
    (found,) = ran.report["findings"]
    assert found["severity"] == "warning"
    shop.git("add", "-A")
    assert shop.check("--staged").codes == {}
    shop.git("switch", "-q", "-f", "main")
    shop.policy(STRICT)
    shop.branch("api").write({"src/web/a.ts": "newer\n"})
    assert shop.check().report["verdict"] == "broken"


def test_check_leaves_integrated_sessions_alone(shop: Repo) -> None:
    """A contract whose work the base has takes no paths from others."""
    shop.branch("web").commit({"src/web/a.ts": "new\n"})
    shop.git("switch", "-q", "main")
    shop.git("merge", "-q", "--no-ff", "-m", "web", "web")
    shop.branch("api").write({"src/web/b.ts": "newer\n"})
    assert ".guard/contracts/web.toml" not in str(shop.check().report["findings"])
