"""`guard explain`: which pattern of which file decides about a path, or what a rule asks."""

import json
import os
from collections.abc import Sequence
from contextlib import closing

import click

from guard.changes.change import ABSENT, GITLINK, Change
from guard.commands.options import completed, contract_option, format_option
from guard.core.codes import code_of
from guard.core.errors import GuardError, UsageError
from guard.core.names import show
from guard.git.objects import Objects
from guard.git.plumbing import here
from guard.git.repository import Repository, open_repository
from guard.reports.explained import path_json, path_text, rule_json, rule_text
from guard.rules.explanation import explain_path, probe
from guard.rules.facts import Facts, Need
from guard.verdict.generated import generated_paths
from guard.verdict.opening import Opening, Sources
from guard.verdict.reading import Ask, Reading
from guard.verdict.trust import Trust

_EPILOG = """\b
Examples:
  guard explain src/app.py         who may change it, by which line, and what would allow it
  guard explain src/               the same for new files of a folder
  guard explain OWN001             what a rule asks, and how to configure it
  guard explain shared-file        the same by name
  guard explain --path OWN001      a file with the name of a rule
"""


@click.command(epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, required=True, metavar="WORD...", shell_complete=completed("rule_words")
)
@click.option(
    "--path",
    "as_paths",
    is_flag=True,
    help="Read every word as a path, even the code or the name of a rule.",
)
@contract_option("Ask about this contract.", "name", default="")
@format_option("How to write it.", ("text", "json"))
def command(words: tuple[str, ...], *, as_paths: bool, name: str, form: str) -> None:
    """Say which pattern of which file decides about a path, or what a rule asks.

    WORD is the code or the name of a rule, or a path that need not exist: from the top of the
    repository, or from here if it begins with ./ or ../ or exists only here. For a path guard lists
    every line that matches, what guard check would say of a change to it, and the smallest change
    of the contract that allows it.
    """
    rules = {} if as_paths else {word: code for word in words if (code := code_of(word))}
    paths = [word for word in words if word not in rules]
    facts, why_not, explained = None, "", {}
    if paths:
        facts, located = gather(paths, name)
        explained = {word: explain_path(facts, *place) for word, place in located.items()}
    else:
        try:
            facts = _facts(open_repository(here()), name)
        except GuardError as error:  # a rule can be explained anywhere
            why_not = error.message.partition("\n")[0]
    if form == "json":
        values = [
            rule_json(rules[word], facts) if word in rules else path_json(explained[word])
            for word in words
        ]
        table = {"format": "guard-explanations-1", "explanations": values}
        click.echo(json.dumps(table, indent=1))
        return
    texts = (
        rule_text(rules[word], facts, why_not) if word in rules else path_text(explained[word])
        for word in words
    )
    click.echo("\n\n".join("\n".join(text) for text in texts))


def gather(words: Sequence[str], name: str) -> tuple[Facts, dict[str, tuple[str, str]]]:
    """Give the facts about all `words`, and for each the path from the top and its mode.

    `name` is the contract to ask about, "" for this worktree's. Raises GuardError.
    """
    repository = open_repository(here())
    facts = _facts(repository, name)
    with closing(Objects(repository.git)) as objects:
        tree = objects.info(facts.trusted.oid + "^{tree}")
        root = tree.oid if tree else ""
        paths = {word: _path(repository, objects, root, word) for word in words}
        changes = [_change(repository, objects, root, probe(path)) for path in paths.values()]
        if any(group.generated for group in facts.policy.shared):
            sources = Sources(repository, objects, Trust(tree=root))
            generated = generated_paths(sources, changes, on_disk=bool(repository.top))
            facts = facts._replace(generated=generated)
    places = zip(paths.items(), changes, strict=True)
    return facts, {word: (path, change.new_mode) for (word, path), change in places}


def _facts(repository: Repository, name: str) -> Facts:
    """As `guard check` sees them; the change set does not matter here."""
    scope = "staged" if repository.top else "range"
    with Reading(Opening(here(), staged=scope == "staged"), Ask(scope, contract=name)) as reading:
        return reading.begin().gather(Need.NOTHING).facts


def _path(repository: Repository, objects: Objects, root: str, word: str) -> str:
    """The path from the top, with a slash after a folder."""
    top = repository.top
    path = os.path.normpath(word) if word else "."
    only_here = top and not os.path.lexists(os.path.join(top, path)) and os.path.lexists(path)
    relative = os.path.isabs(word) or word.startswith(("./", "../")) or word in (".", "..")
    if top and (only_here or relative):
        folder, name = os.path.split(path) if os.path.isabs(path) else ("", path)
        real = os.path.join(os.path.realpath(folder), name)
        path = os.path.relpath(real, os.path.realpath(top))
    if path in (".", "/", "..") or path.startswith(("../", "/")):
        raise UsageError(
            f"{show(word) or 'an empty word'} is not a path below the top of this repository",
            hint="guard explain src/app.py",
        )
    if _mode(repository, objects, root, path) == GITLINK:
        return path
    entry = objects.look_up(root, path)
    on_base = entry is not None and entry.mode == "40000"
    is_folder = word.endswith("/") or on_base or (top and _is_folder(os.path.join(top, path)))
    return path + "/" if is_folder else path


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _mode(repository: Repository, objects: Objects, root: str, path: str) -> str:
    """The mode on the base, or of what is to be added; a repository there is a submodule."""
    entry = objects.look_up(root, path)
    if entry:
        return entry.mode
    there = os.path.join(repository.top, path)
    is_repository = _is_folder(there) and os.path.lexists(os.path.join(there, ".git"))
    return GITLINK if repository.top and is_repository else "100644"


def _change(repository: Repository, objects: Objects, root: str, path: str) -> Change:
    """The entry on the base as a change; zeros if git does not know it."""
    mode = _mode(repository, objects, root, path)
    entry = objects.look_up(root, path)
    if entry:
        return Change("M", path, mode, mode, entry.oid, entry.oid)
    return Change("A", path, ABSENT, mode, repository.zero, repository.zero)
