"""A plan: several contracts, looked at together before anybody starts, and started one by one."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from guard.contracts.consistency import contradictions
from guard.contracts.draft import values_of
from guard.contracts.model import Contract
from guard.contracts.parse import parse_contract, parse_plan
from guard.contracts.slugs import is_device
from guard.contracts.starter.told import Commit
from guard.core.errors import ContractError, GitError, UsageError
from guard.core.names import fold, shell_quote, show
from guard.git.objects import Objects
from guard.git.recent import recent_commits
from guard.git.repository import Repository
from guard.rules.planned import Plan, barred, split, unowned
from guard.sessions.between.overlaps import at_work, compare
from guard.sessions.life.declaring import declared
from guard.sessions.life.wanted import differing, require_adopted
from guard.sessions.names import second_under
from guard.verdict.declared import read_plain
from guard.verdict.search import Search
from guard.verdict.side_by_side import branches, standing_of, tracked
from guard.verdict.trust import Trust, read_trust


def read_plan(path: str) -> tuple[Contract, ...]:
    """Read a TOML file with several contracts, or a folder of contract files.

    Raises ContractError with every mistake, and UsageError if there is no contract.
    """
    found: list[Contract] = []
    mistakes = []
    for file in _files(path):
        name = os.path.basename(file).removesuffix(".toml")
        try:
            data = read_plain(file)
            is_one = file != path
            found += [parse_contract(data, file, name)] if is_one else parse_plan(data, file)
        except ContractError as error:
            mistakes.append(error.message)
    again = f"guard plan {shell_quote(path)}   # once it is corrected"
    if mistakes:
        raise ContractError("\n".join(mistakes), hint=again)
    if not found:
        example = "a table for each session: [web], and below it goal and owns"
        raise UsageError(f"{show(path)} has no contract", hint=example)
    return tuple(found)


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        if not os.path.lexists(path):
            raise UsageError(f"there is no {show(path)}", hint="guard plan --help")
        return [path]
    return sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".toml"))


def examine(repository: Repository, planned: Sequence[Contract]) -> Plan:
    """Find out what the planned contracts meet: each other, open sessions, and the history.

    Raises GuardError if the base or its policy cannot be read.
    """
    with closing(Objects(repository.git)) as objects:
        trust = read_trust(Search(repository, objects, head=""))
        require_adopted(trust)
        known = {one.name: one for one in trust.contracts}
        known = {**declared(repository, objects, trust), **known}
    names = [one.name for one in planned]
    others = [one for one in known.values() if one.name not in names]
    base, policy = standing_of(trust), trust.policy
    compared = compare(repository, [*planned, *others], base, base, names)
    unreadable = tuple((file, why) for _, file, why in trust.unreadable)
    taking = [one for one in others if compared.left_out.get(one.name) != "integrated"]
    files = tracked(repository, base)
    commits, unread = _history(repository, trust)
    opened = at_work(repository, base, others, but=())
    return Plan(
        tuple(names),
        compared._replace(unreadable=unreadable),
        (
            *_clashes(repository, planned, known),
            *_contradictions(repository, trust, planned, taking),
        ),
        tuple(unowned(policy, planned, taking, files)),
        tuple(barred(policy, planned, taking, files)),
        tuple(split(policy, planned, files, commits)),
        sum(not one.standing for one in planned) + len(opened),
        tuple(opened),
        len(commits),
        unread,
    )


def _history(repository: Repository, trust: Trust) -> tuple[list[Commit], str]:
    try:
        found = recent_commits(repository.git, trust.home.oid)
    except GitError as error:
        return [], error.message.partition("\n")[0]
    return [Commit(author, paths) for author, paths in found], ""


def _clashes(
    repository: Repository, planned: Sequence[Contract], known: Mapping[str, Contract]
) -> Iterator[str]:
    """Names that are taken, or that are one name where case does not count."""
    names = {fold(name): name for name in known}
    for one in planned:
        other = names.setdefault(fold(one.name), one.name)
        place = f"{show(one.file)}: {one.name}"
        _, under = second_under(repository.common_dir, one.name)
        if under:
            yield f"{place} is a session of contract {show(under)}; choose another name"
        elif is_device(one.name):
            yield f"{place}: no file may be called so on Windows; choose another name"
        elif other != one.name:
            yield f"{place} and {other} are one name on macOS and Windows; choose another"
        elif one.name in known and (keys := differing(known[one.name], values_of(one))):
            yield f"{place} is there already, with other {' and '.join(keys)}; choose another name"


def _contradictions(
    repository: Repository, trust: Trust, planned: Sequence[Contract], others: Sequence[Contract]
) -> Iterator[str]:
    own = [trust.policy.start_branch.replace("{name}", one.name) for one in planned]
    known = [*others, *planned]
    for misfit in contradictions(trust.policy, known, [*branches(repository), *own]):
        if {*misfit.files} & {one.file for one in planned}:
            yield misfit.line
