"""How often a proposed group would have spoken: once a commit that changes one of its files."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from guard.changes.generated import generated_name
from guard.contracts.starter.proposal import ProposedGroup, Told
from guard.patterns import PatternSet

# As in github-actions[bot] and renovate-bot, but not as in Talbot.
_BOT = re.compile(r"(?<![a-z])(?:bot|dependabot|renovate)(?![a-z])", re.IGNORECASE)


class Commit(NamedTuple):
    """Who made a commit, name and e-mail address, and the paths that it changed."""

    author: str
    paths: Sequence[str]

    @property
    def by_bot(self) -> bool:
        """Whether the author has the word `bot`, `dependabot` or `renovate` in name or address."""
        return _BOT.search(self.author) is not None


def counted_in(
    groups: Sequence[ProposedGroup], commits: Sequence[Commit]
) -> tuple[ProposedGroup, ...]:
    """Give the groups with how many of the commits changed a file of theirs.

    Generated code is known by its name alone, as far as no other group has it.
    """
    if not commits:
        return tuple(groups)
    patterns = [line.pattern for group in groups for line in group.lines]
    names = [group.name for group in groups for _ in group.lines]
    known, shared = dict[str, frozenset[str]](), PatternSet(patterns)
    writers = frozenset(group.name for group in groups if group.generated)
    told = {group.name: [0, 0] for group in groups}
    for commit in commits:
        for path in commit.paths:
            if path not in known:
                found = frozenset(names[grant.index] for grant in shared.matching(path))
                known[path] = found or (writers if generated_name(path) else frozenset())
        for name in frozenset[str]().union(*(known[path] for path in commit.paths)):
            told[name][commit.by_bot] += 1
    bots = sum(commit.by_bot for commit in commits)
    people = len(commits) - bots
    return tuple(
        group._replace(told=Told(by_people, by_bots, people, bots))
        for group, (by_people, by_bots) in zip(groups, told.values(), strict=True)
    )
