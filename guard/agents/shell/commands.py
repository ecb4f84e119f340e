"""The simple commands that a shell's text runs, in order, and where each of them runs."""

from __future__ import annotations

from guard.agents.shell.reader import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guard.agents.shell.reader import Command, Step


_LONGEST = 1 << 12  # characters of a path: longer than what Linux takes (limits.h, PATH_MAX)


def commands_in(text: str) -> Iterator[Command]:
    """Yield the simple commands of `text` in order, those inside of substitutions before the one around them."""
    return _placed(Reader(text, 0).steps(), "", changed=False)


def _placed(steps: Iterable[Step], directory: str, *, changed: bool) -> Iterator[Command]:
    """Say of each command where it runs: a `cd` counts for what follows, one between brackets or in a substitution only there."""
    places = [(directory, changed)]
    for step in steps:
        here, moved = places[-1]
        for inner in step.inner:
            yield from _placed(inner, here, changed=moved)
        if step.command.words or step.command.assignments or step.command.writes:
            yield step.command._replace(directory=here, changed=moved)
        places[-1] = _after_cd(step.command, here, changed=moved)
        if step.operator == "(":
            places.append(places[-1])
        elif step.operator == ")" and len(places) > 1:
            places.pop()


def _after_cd(command: Command, directory: str, *, changed: bool) -> tuple[str, bool]:
    """Where the shell is after a command: only `cd DIRECTORY` and `pushd DIRECTORY` move it."""
    words = command.words
    if not words or words[0].text not in ("cd", "pushd", "popd"):
        return directory, changed
    targets = [word for word in words[1:] if word.text != "--"]
    if len(targets) != 1 or not targets[0].sure or targets[0].text in ("", "-"):
        return directory, True
    target = targets[0].path()
    place = below(directory, target)
    return (
        ("", True)
        if len(place) > _LONGEST
        else (place, changed and not target.startswith(("/", "~")))
    )


def below(directory: str, path: str) -> str:
    """Give a path that is seen from `directory` as it is seen from where the shell starts."""
    return path if not directory or path.startswith(("/", "~")) else f"{directory}/{path}"
