"""Contracts that a session has brought along: only its own branch has them as yet."""

from guard.contracts.branches import claims
from guard.contracts.model import CONTRACTS, Contract
from guard.core.names import HEADS, branch_in, ref_of
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
    trees = objects.infos(*(f"{ref}:{CONTRACTS}" for ref in refs))
    found: dict[str, Contract] = {}
    for ref, tree in zip(refs, trees, strict=True):
        names = objects.tree(tree.oid) if tree and tree.kind == "tree" else {}
        if not {f"{CONTRACTS}/{name}" for name in names} - trust.files:
            continue
        branch, commit = branch_in(ref), objects.info(f"{ref}^{{commit}}")
        for contract in contracts_at(objects, commit.oid, branch)[0] if commit else ():
            if contract.file not in trust.files and claims(contract, branch):
                found.setdefault(contract.name, contract)
    return found
