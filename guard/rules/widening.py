"""What a session would have to be granted: the options of a contract for paths that it changed."""

from __future__ import annotations

from guard.contracts.model import CONTRACTS, POLICY_FILE
from guard.core.names import shell_quote
from guard.patterns import escape
from guard.rules.advice import explain
from guard.rules.grants import Owners, forbidding, merge_grant, others, owning, sharing
from guard.rules.survey import survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guard.contracts.model import Contract
    from guard.rules.facts import Facts

_MOST = 5  # files or folders that a command names one by one
# What the test of a file is called, in most languages.
_TESTS = (
    "test_{}", "{}_test", "{}.test", "{}.spec", "{}_spec", "{}Test", "{}Tests", "{}Spec", "Test{}",
)  # fmt: skip


def declare(facts: Facts, name: str, *more: str) -> str:
    """Give the command that declares the contract `name` for what changed, "" if that is nothing.

    What is other sessions' already is left out; if all of it is, the command says whose it is.
    """
    changed = [change.path for change in facts.changes if not _is_guards_own(change.path)]
    owners = Owners(facts, tuple(one for one in others(facts) if not one.standing))
    paths = [path for path in changed if not any(owners.of(path))]
    if not paths:
        return explain(changed[0]) if changed else ""
    words = ["guard contract new", shell_quote(name), "--goal", shell_quote(f"Work on {name}.")]
    return " ".join([*words, *_grants(facts, paths), *more])


def widen(facts: Facts, path: str) -> str:
    """The command after which the session may change `path`, with all else that nobody has."""
    contract = facts.contract
    if not contract:
        return ""
    asked = (facts.changes, contract, facts.contracts, facts.policy, facts.generated)
    wanted, command = facts.memo.once("widening", asked, lambda: _widening(facts, contract))
    if path in wanted:
        return command
    if not _free(facts, [path]):
        return ""
    return command or _command(facts, contract, [path])


def _widening(facts: Facts, contract: Contract) -> tuple[frozenset[str], str]:
    """What is blamed and nobody's, and the command for all of it; once for all findings."""
    seen = survey(facts)
    blamed = dict.fromkeys(change.path for change in (*seen.unowned, *seen.listed))
    wanted = _free(facts, blamed)
    return frozenset(wanted), _command(facts, contract, wanted) if wanted else ""


def _command(facts: Facts, contract: Contract, paths: Sequence[str]) -> str:
    grants = _grants(facts, paths)
    if not grants:
        return f"guard contract publish {contract.name}"
    return " ".join(["guard contract edit", contract.name, *grants, "--publish"])


def _free(facts: Facts, paths: Iterable[str]) -> list[str]:
    """The paths that no rule keeps from the session but that its contract does not list them."""
    contract = facts.contract
    theirs = tuple(one for one in others(facts) if not one.standing)
    owners = Owners(facts, theirs)
    merged = {group for one in theirs for group in one.merges}
    plain = _plain(facts)
    return [
        path
        for path in paths
        if not _is_guards_own(path)
        and not any(owners.of(path))
        and (
            path in plain
            or (
                not (contract and forbidding(facts, contract, path))
                and not any(group.name in merged for group, _ in sharing(facts, path))
            )
        )
    ]


def _plain(facts: Facts) -> set[str]:
    """The changed paths outside of the contract that are neither forbidden nor shared, all told."""
    seen = survey(facts)
    special = {change.path for change in (*seen.forbidden, *seen.listed)}
    return {change.path for change in seen.unowned}.difference(special, facts.generated)


def _grants(facts: Facts, paths: Sequence[str]) -> list[str]:
    """The options that grant paths: the merge of shared groups, and patterns for the others."""
    groups: dict[str, None] = {}
    plain = []
    merged = {group for one in others(facts) for group in one.merges if not one.standing}
    own, unshared = facts.contract, _plain(facts)
    for path in paths:
        shared = () if path in unshared else sharing(facts, path)
        found = [group.name for group, _ in shared if not merge_grant(facts, group.name)]
        groups.update(dict.fromkeys(found))
        if not found and not (own and owning(facts, own, path)):
            plain.append(path)
    words = []
    for path in _named(facts, plain):
        words += ["--owns", shell_quote(pattern_for(path))]
    for group in groups:
        if group not in merged and not (own and group in own.merges):
            words += ["--merges", shell_quote(group)]
    return words


def _named(facts: Facts, paths: Sequence[str]) -> list[str]:
    """Up to five files by name, a single one with its test; of more files, their folders.

    The folders are the deepest that are at most five, or else those at the top.
    """
    if len(paths) == 1:
        return [*paths, *_test_of(facts, paths[0])]
    depth = max((path.count("/") for path in paths), default=0)
    found = list(paths)
    while len(found) > _MOST and depth:
        found = list(dict.fromkeys(_upper(path, depth) for path in paths))
        depth -= 1
    return found


def _upper(path: str, depth: int) -> str:
    """The folder of a path, of at most `depth` names; the path itself at the top."""
    folders = path.split("/")[:-1][:depth]
    return "/".join(folders) + "/" if folders else path


def _test_of(facts: Facts, path: str) -> list[str]:
    """The file on the base that is called like the test of `path`, if there is just one."""
    stem, dot, ending = path.rpartition("/")[2].rpartition(".")
    if not stem or not facts.tracked:
        return []
    found = [
        one
        for pattern in _TESTS
        for one in _called(facts.tracked, pattern.format(stem) + dot + ending)
    ]
    return found if len(found) == 1 else []


def _called(tracked: bytes, name: str) -> Iterable[str]:
    """The paths whose last part is `name`."""
    wanted = name.encode("utf-8", "surrogateescape") + b"\0"
    listing = b"\0" + tracked
    at = listing.find(wanted)
    while at >= 0:
        if listing[at - 1] in b"/\0":
            start = listing.rfind(b"\0", 0, at) + 1
            yield listing[start : at + len(wanted) - 1].decode("utf-8", "surrogateescape")
        at = listing.find(wanted, at + 1)


def _is_guards_own(path: str) -> bool:
    return path == POLICY_FILE or path.startswith(CONTRACTS.partition("/")[0] + "/")


def pattern_for(path: str) -> str:
    """Give a contract's pattern for this path alone, or for all in a folder (a slash at its end).

    A contract cannot hold a newline, nor bytes that are no Unicode scalar values (TOML 1.0,
    "String"); `?`, which matches any byte, stands for each of them.
    """
    writable = "".join("\n" if "\ud800" <= char <= "\udfff" else char for char in path.rstrip("/"))
    pieces = (escape(piece).removeprefix("/") for piece in writable.split("\n"))
    return "/" + "?".join(pieces) + ("/" if path.endswith("/") else "")
