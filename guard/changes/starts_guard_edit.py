"""Whether an edit of a file that may start guard touches guard's part of it.

guard's part is every node that mentions guard, every key around it up to the root of the file, and
what stands beside those. Free are other jobs, hooks, steps, elements of a list and plain commands.
"""

from __future__ import annotations

import re
from collections import Counter

from guard.changes.nesting import Node, nodes_of
from guard.changes.starts_guard import is_agents
from guard.core.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Fact = tuple[int, str]  # the number of a path of keys, and a text

_GUARD = re.compile(r"\bguard\b")
# These switch guard off when they stand in one node and its key's, in this order.
_OFF = (
    (
        re.compile(r"disableAllHooks['\"]?\s*[:=]\s*true|[hH]ooks['\"]?\s*[:=]\s*false\b"),
        re.compile(""),
    ),
    (re.compile(r"\bSKIP\b"), _GUARD),
    (_GUARD, re.compile(r"\benabled['\"]?\s*[:=]\s*false")),
    (re.compile(r"\benabledPlugins\b"), re.compile(r"\bguard\b.*:\s*false")),
)
# Keys whose members have nothing to do with one another. Those of the first row are also free
# beside guard's part: definitions that guard does not name, and what CircleCI and lefthook list.
_APART = frozenset("jobs commands scripts workflows executors orbs definitions".split())
_MANY = _APART | frozenset(
    "hooks steps stages pipelines branches pull-requests custom tags parallel script".split()
)
# In these files the root has the names of jobs or hooks, and these keys besides.
_NAMES_AT_ROOT = re.compile(r"\.gitlab-ci\.yml|\.?lefthook(-local)?\.\w+")
_NO_NAMES = frozenset(
    "default workflow variables include spec image services cache templates remotes extends".split()
)
# A job that waits for guard's starts nothing.
_WAITS = frozenset("needs depends_on dependsOn dependencies requires".split())
# What an agent's settings say of hooks as such, and variables by which programs are found, and what
# these load or judge.
_OF_HOOKS = re.compile(r"(?i:hook|^path$)|^(?:SHELL|PYTHON\w*|(?:BASH|LD|DYLD|GIT|GUARD)_\w+)$")
# A line of a script that decides about others: control flow, a shell's own state, a definition, a
# here-document, one that goes on in the next line, or whose first word is spelled with quotes.
_FLOW = re.compile(
    r"(?:^|[;&|({`!]|\bthen|\bdo|\belse|\btime)\s*(?:\d*[<>]+[&|]?\s*[^\s;&|<>]+\s+)*"
    r"(?:(?:exit|return|exec|break|continue|kill|trap|alias|set|shopt|unset"
    r"|export|readonly|declare|local|eval|source|function|command|builtin|if|then|elif|else"
    r"|fi|for|while|until|do|done|case|esac|error|throw|agent|options|when)(?![\w.-])|\.\s)"
    r"|(?:^|[;&|])\s*[\\\"'$`]|^[\w./-]+[\\\"'$`]|^\w+(?:=|\s*\(\))|^#!|^(?:&&|\|)|<<"
    r"|[({}|\\]$|^[)}]|&&$"
)
# A script whose other commands may fail without ending it, unless guard's is the last.
_ENDS_BY_ITSELF = re.compile(r"^(?:set|#!.*)\s.*-\w*e|^exec\s.*\bguard\b")
# opencode runs this as a program, in which every line may matter.
_PLUGIN = re.compile(r"\bguard\W+agent\W+opencode\b")
_NAMED = re.compile(r"^\*([\w.-]+)|!reference \[([\w.-]+)")
_ANCHOR = re.compile(r"^&([\w.-]+)")
_ROUNDS = 11  # of names that lead to names, the most that GitLab follows (`extends`)


class SettingsEdit(NamedTuple):
    """A changed file that may start guard, before and after; None where it does not exist."""

    path: str
    before: bytes | None
    after: bytes | None


def touched(path: str, before: bytes | None, after: bytes | None) -> str:
    """Give the line by which an edit touches guard's part, or "".

    `before` and `after` are the file's contents, None without a file. A file that starts guard for
    the first time weakens nothing. What switches hooks off (`disableAllHooks`, `SKIP` of guard, a
    file that is laid over another one) always counts.
    """
    paths: dict[tuple[int, str], int] = {}
    was, now = (nodes_of(path, content or b"") for content in (before, after))
    old, new = (_part(path, nodes, paths) for nodes in (was, now))
    started = any(_GUARD.search(line) for lines in old.values() for line in lines)
    come = new if started or _is_laid_over(path) else {}
    lines = [*_missing(old, new), *_missing(come, old)]
    switched = Counter(_switched_off(now)) - Counter(_switched_off(was))
    lines += switched.elements()
    # The line with guard says more than a key beside it.
    return next(filter(_GUARD.search, lines), lines[0] if lines else "")


def _is_laid_over(path: str) -> bool:
    """Whether lefthook reads a file on top of another one."""
    return "lefthook-local." in path and "/" not in path


def _missing(facts: dict[Fact, list[str]], among: dict[Fact, list[str]]) -> Iterator[str]:
    for fact, lines in facts.items():
        yield from lines[len(among.get(fact, ())) :]


def _switched_off(nodes: list[Node]) -> Iterator[str]:
    for node in nodes[1:]:
        around = nodes[node.parent].key
        line = f"{around}: {node.shown}" if around else node.shown
        for first, second in _OFF:
            start = first.search(line)
            end = second.search(line, start.end()) if start else None
            if start and end:
                yield line[start.start() : end.end()]


def _part(path: str, nodes: list[Node], paths: dict[tuple[int, str], int]) -> dict[Fact, list[str]]:
    """guard's part of a file: facts, each with its lines. Equal paths get equal numbers."""
    facts: dict[Fact, list[str]] = {}
    numbers = [0]
    for node, counts in zip(nodes[1:], _counted(path, nodes)[1:], strict=True):
        numbers.append(paths.setdefault((numbers[node.parent], node.key), len(paths) + 1))
        if counts:
            facts.setdefault((numbers[-1], node.text), []).append(node.shown)
    if path.startswith(".githooks/") and _answers(nodes):
        facts[-1, ""] = [nodes[-1].text]
    return facts


def _answers(nodes: list[Node]) -> bool:
    """Whether guard's exit status is that of a script: it is run last, and nothing else ends it."""
    last = nodes[-1].text
    ends = any(_ENDS_BY_ITSELF.search(node.text) for node in nodes)
    return bool(_GUARD.search(last)) and not ends and "||" not in last


def _counted(path: str, nodes: list[Node]) -> list[bool]:
    """For each node whether it belongs to guard's part, also if only its name leads there."""
    uses = [_names_used(nodes, node) for node in nodes]
    makes = [_names_made(nodes, node) for node in nodes]
    named: set[str] = set()  # by guard's part
    served: set[str] = set()  # they have guard in them
    counted: list[bool] = []
    for _ in range(_ROUNDS):
        starts = [
            bool(_GUARD.search(node.key) or _GUARD.search(node.text) or used & served)
            for node, used in zip(nodes, uses, strict=True)
        ]
        way, counted = _marked(path, nodes, starts, [not named.isdisjoint(one) for one in makes])
        more = {name for used, one in zip(uses, counted, strict=True) if one for name in used}
        lead = {name for made, one in zip(makes, way, strict=True) if one for name in made}
        if not lead <= served:
            served |= lead
        elif not more <= named:
            named |= more
        else:
            break
    return counted


def _names_used(nodes: list[Node], node: Node) -> set[str]:
    around = nodes[node.parent]
    names = {name for found in _NAMED.findall(node.text) for name in found if name}
    if "extends" in (node.key, around.key):
        names.update(re.findall(r"[\w.-]+", node.text))
    if node.key == "-" and around.key == "jobs":  # of a workflow of CircleCI
        names.add(node.text)
    if around.key == "-" and nodes[around.parent].key == "jobs":
        names.add(node.key)
    return names


def _names_made(nodes: list[Node], node: Node) -> set[str]:
    is_name = not node.parent or nodes[node.parent].key == "jobs"
    return {*_ANCHOR.findall(node.text), *([node.key] if is_name and node.key != "-" else [])}


def _marked(
    path: str, nodes: list[Node], starts: list[bool], named: list[bool]
) -> tuple[list[bool], list[bool]]:
    """Tell for each node whether guard is in it, and whether it counts."""
    size = len(nodes)
    holds, maps, waits, within, ends, counts = ([False] * size for _ in range(6))
    for number, node in enumerate(nodes[1:], 1):
        holds[node.parent] = True
        maps[node.parent] |= node.key not in ("-", "")
        waits[number] = node.key in _WAITS or waits[node.parent]
    for number in range(size - 1, 0, -1):
        ends[number] = starts[number] and not (waits[number] or within[number])
        within[nodes[number].parent] |= within[number] or ends[number]
    if _is_laid_over(path):  # as if guard were in each of its hooks
        for number, node in enumerate(nodes):
            within[number] |= maps[number] and node.parent <= 0
    way = {
        (node.parent, node.key)
        for node, inner, end in zip(nodes, within, ends, strict=True)
        if (inner or end) and node.key not in ("-", "")
    }
    whole = ["/.opencode/" in f"/{path}" and any(_PLUGIN.search(node.text) for node in nodes)]
    ours = [not is_agents(path)]  # where all keys around guard count
    for number, node in enumerate(nodes[1:], 1):
        up = node.parent
        ours.append(ours[up] or (not up and "hook" in node.key.lower()))
        own = whole[up] or named[number] or ends[number]
        if not own and not within[number]:
            if not ours[up]:
                own = (up, node.key) != (0, "hooks") and bool(_OF_HOOKS.search(node.key))
            elif within[up]:
                # A key that is there twice may count the second time.
                own = (up, node.key) in way or not _is_free(
                    path, node, nodes[up], holds=holds[number], maps=maps[number]
                )
        whole.append(own)
        counts[number] = own or (within[number] and (node.text != "" or starts[number]))
    return [inner or end for inner, end in zip(within, ends, strict=True)], counts


def _is_free(path: str, node: Node, around: Node, *, holds: bool, maps: bool) -> bool:
    """Whether a node beside guard's part is somebody else's."""
    text = node.text
    if node.key in ("-", ""):
        goes_on = text.count("'") % 2 or text.count('"') % 2
        return holds or not (goes_on or _FLOW.search(text))
    if not holds and text[:1] not in ("{", "[", "*", "&"):
        return False
    heads = [one.key.partition("(")[0].rstrip() for one in (node, around)]
    if heads[1] in _MANY or heads[0] in _APART or heads[0] == "stage":
        return True
    at_root = around.parent < 0 or around.key == "---"
    has_names = bool(_NAMES_AT_ROOT.fullmatch(path)) and (maps or text[:1] == "{")
    return at_root and has_names and node.key not in _NO_NAMES
