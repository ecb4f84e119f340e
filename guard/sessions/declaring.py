"""Contracts that a session has brought along: only its own branch has them as yet."""

from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, Contract
from guard.core.names import HEADS, branch_in, ref_of
from guard.git.ancestry import commit_of
from guard.git.objects import Objects
from guard.git.repository import Repository
from guard.verdict.trust import Trust, contracts_at


def declared(repository: Repository, objects: Objects, trust: Trust) -> dict[str, Contract]:
    """Give the contracts, by name, that only local branches which work under them have.

    None where contracts are on a branch of their own.
    """
    if trust.elsewhere.oid:
        return {}
    listed = repository.git.run("for-each-ref", "--format=%(refname)", HEADS).text
    refs = [ref for ref in listed.split("\n")[:-1] if ref != ref_of(trust.home.name)]
    base = objects.info(f"{trust.home.oid}:{CONTRACTS}")
    trees = objects.infos(*(f"{ref}:{CONTRACTS}" for ref in refs))
    on_base = {contract.name for contract in trust.contracts}
    found: dict[str, Contract] = {}
    for ref, tree in zip(refs, trees, strict=True):
        if tree is None or (base and tree.oid == base.oid):
            continue
        commit, branch = commit_of(repository.git, ref), branch_in(ref)
        for contract in contracts_at(objects, commit, branch)[0]:
            if contract.name not in on_base and claims(contract, branch):
                found.setdefault(contract.name, contract)
    return found
