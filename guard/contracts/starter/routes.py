"""The group `routes`: what dispatches requests, and what runs before every one of them.

If each file is a route of its own (SvelteKit, Next.js), only those that concern all routes count.
"""

from collections.abc import Iterator

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    MOST_HOMES,
    Survey,
    beside,
    each,
    few,
    folder_of,
    is_aside,
    join,
)

_PARTS = ("apps", "services", "packages", "servers")
_API = ("api", "routers", "routes", "endpoints")
_SERVING = "server http api web rest routes middleware handlers transport app"


def routes(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for marks, table in survey.catalogue["frameworks"].items():
        for home in few(survey.homes(marks)):
            yield from beside(survey, home, table)
    for mark, table in survey.catalogue["servers"].items():
        for home in _servers(survey, mark):
            yield from beside(survey, home, table)
    for folder in python_servers(survey):
        yield from beside(survey, folder, survey.catalogue["fastapi"])
    for folder in _django_projects(survey):
        yield from beside(survey, folder, survey.catalogue["django"])
    for why, names in survey.catalogue["serving"].items():
        yield from each(survey, names, why, _SERVING)
    for table in survey.catalogue["routes"].values():
        for why, names in table.items():
            yield from each(survey, names, why)


def _servers(survey: Survey, mark: str) -> list[str]:
    """The tops of projects, and the parts of a workspace that are projects themselves."""
    parts = [join(part, name) for part in _PARTS for name in sorted(survey.children(part))]
    projects = [part for part in parts if mark in survey.inside.get(part, ())]
    if len(projects) > 3 * MOST_HOMES:
        projects = []
    return survey.main_homes(mark) + projects


def python_servers(survey: Survey) -> list[str]:
    """Folders of Python programs with a package of routes beside their main module."""
    mains = {folder_of(path) for name in ("main.py", "app.py") for path in survey.named(name)}
    own = [folder for folder in sorted(mains) if not is_aside(folder)]
    return few(
        [folder for folder in own if any(_is_package(survey, join(folder, api)) for api in _API)]
    )


def _django_projects(survey: Survey) -> list[str]:
    """Folders with the root of all URLs beside a server's entry, or settings with a `manage.py`."""
    marks = ["wsgi", "asgi"]
    if survey.homes("manage.py"):
        marks.append("settings")
    roots = [folder_of(path) for path in survey.named("urls.py")]
    own = [folder for folder in roots if not is_aside(folder)]
    return few([root for root in own if any(_is_module(survey, root, name) for name in marks)])


def _is_module(survey: Survey, folder: str, name: str) -> bool:
    return f"{name}.py" in survey.inside.get(folder, ()) or _is_package(survey, join(folder, name))


def _is_package(survey: Survey, folder: str) -> bool:
    return any(name.endswith(".py") for name in survey.inside.get(folder, ()))
