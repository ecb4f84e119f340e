"""Merges of another project's history into a folder, as `git subtree` makes them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from guard.git.compare import diff_trees, list_tree, read_changes, read_listing
from guard.git.merge import Merge, merge_commits
from guard.git.plumbing import Git, as_records, records

_FOLDERS = 3  # that are tried


def replanted(git: Git, base: str, commit: str, parents: Sequence[str]) -> list[Merge]:
    """Merge a commit's parents again with the second one's files in a folder, for each likely one.

    Only if the second parent has nothing of the project's own history, up to the commit `base`:
    what a message or a trailer says of a merge is not believed (git-merge(1), `subtree`).
    """
    own = _roots(git, "--first-parent", base)
    if len(parents) != 2 or not own.isdisjoint(_roots(git, parents[1])):
        return []
    host, project = parents
    before = git.run("merge-base", host, project, ok=(0, 1)).text.strip()
    return [
        _planted_and_merged(git, host, before, project, folder)
        for folder in dict.fromkeys(_folders(git, commit, host, before, project))
    ]


def _roots(git: Git, *words: str) -> set[str]:
    return set(git.run("rev-list", "--max-parents=0", *words).text.split())


def _folders(git: Git, commit: str, host: str, before: str, project: str) -> Iterator[str]:
    """Where the project lies whole, and where most of what the merge changed has its names."""
    whole = git.run("rev-parse", f"{project}^{{tree}}").text.strip()
    for record in records(read_listing(list_tree(git, commit, "-d"), of=commit)):
        head, _, path = record.partition("\t")
        if head.endswith(whole):
            yield path
    listed = [*_listed(git, project), *(_listed(git, before) if before else ())]
    names = {record.partition("\t")[2] for record in listed}
    found: Counter[str] = Counter()
    for change in read_changes(diff_trees(git, host, commit)):
        parts = change.path.split("/")
        ends = range(1, len(parts))
        found.update("/".join(parts[:end]) for end in ends if "/".join(parts[end:]) in names)
    yield from (folder for folder, _ in found.most_common(_FOLDERS))


def _planted_and_merged(git: Git, host: str, before: str, project: str, folder: str) -> Merge:
    old = git.run("commit-tree", "-m", "x", _planted(git, host, before, folder)).text.strip()
    trees = (f"{host}^{{tree}}", _planted(git, host, project, folder))
    return merge_commits(
        git, *(git.run("commit-tree", "-m", "x", "-p", old, tree).text.strip() for tree in trees)
    )


def _planted(git: Git, host: str, project: str, folder: str) -> str:
    """The tree of `host` with that of `project`, "" for none, in place of the folder."""
    entries = [
        record
        for record in _listed(git, host)
        if not record.partition("\t")[2].startswith(f"{folder}/")
    ]
    for record in _listed(git, project) if project else ():
        head, _, path = record.partition("\t")
        entries.append(f"{head}\t{folder}/{path}")
    git.run("read-tree", "--empty")
    lines = as_records(entries)
    git.run("update-index", "-z", "--index-info", stdin=lines)
    return git.run("write-tree", "--missing-ok").text.strip()


def _listed(git: Git, commit: str) -> list[str]:
    return records(read_listing(list_tree(git, commit), of=commit))
