"""The rules, in the order in which they are asked and listed. To add one: a question in a family's file, and its name here."""

from __future__ import annotations

from guard.rules.collisions import name_collision
from guard.rules.contract import contract_edited, no_contract, self_declared
from guard.rules.dead import dead_pattern
from guard.rules.merges import evil_merge
from guard.rules.ownership import forbidden_path, outside_contract
from guard.rules.shared import shared_file, shared_twice
from guard.rules.waivers import expired_waiver

RULES = (
    outside_contract,
    forbidden_path,
    shared_file,
    shared_twice,
    no_contract,
    contract_edited,
    dead_pattern,
    self_declared,
    expired_waiver,
    evil_merge,
    name_collision,
)
