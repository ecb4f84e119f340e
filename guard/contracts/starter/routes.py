"""The group `routes`: what dispatches requests, and what runs before every one of them.

If each file is a route of its own (SvelteKit, Next.js), only those that concern all routes count.
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.starter.proposal import ProposedLine
from guard.contracts.starter.survey import (
    MOST_HOMES,
    Survey,
    anchored,
    each,
    few,
    folder_of,
    is_aside,
    join,
)

_EVERY = "runs before every route"
_ALL = "lists all routes"
_WIRES = "wires everything"
_AROUND = "around every page"
# The marks of a framework → what to look for beside them (words → why).
_FRAMEWORKS = {
    "next.config.*": {
        "middleware.ts middleware.js src/middleware.ts src/middleware.js "
        "proxy.ts proxy.js src/proxy.ts src/proxy.js": _EVERY,
        "app/layout.* src/app/layout.* pages/_app.* src/pages/_app.* "
        "pages/_document.* src/pages/_document.*": _AROUND,
    },
    "svelte.config.*": {"src/hooks.*": _EVERY, "src/routes/+layout.*": _AROUND},
    "nuxt.config.*": {
        "middleware/ server/middleware/ app/middleware/": _EVERY,
        "app.vue app/app.vue": _AROUND,
    },
    "astro.config.*": {"src/middleware.* src/middleware/": _EVERY},
    "app/root.tsx app/root.jsx": {
        "app/root.*": _AROUND,
        "app/routes.ts": _ALL,
        "app/entry.server.* app/entry.client.*": _EVERY,
    },
    "angular.json": {
        "src/app/app.routes.ts src/app/app-routing.module.ts": _ALL,
        "src/app/app.config.ts src/app/app.module.ts": _WIRES,
    },
    "config/routes.rb": {
        "config/routes.rb": _ALL,
        "config/application.rb config.ru": _WIRES,
        "app/middleware/ lib/middleware/ app/controllers/application_controller.rb": _EVERY,
    },
    "artisan": {
        "routes/*.php": _ALL,
        "bootstrap/app.php bootstrap/providers.php app/Http/Kernel.php "
        "app/Providers/RouteServiceProvider.php": _WIRES,
        "app/Http/Middleware/": _EVERY,
    },
    "config/bundles.php": {
        "config/routes.yaml config/routes.php config/routes/": _ALL,
        "config/bundles.php config/services.yaml "
        "config/packages/security.yaml src/Kernel.php": _WIRES,
    },
}
# For the tops of projects and of the parts of a workspace, since no mark says that they serve.
_SERVERS = {
    "package.json": {
        "routes.ts routes.js src/routes.ts src/routes.js src/routes.tsx "
        "src/router.ts src/router.js src/router.tsx "
        "routes/index.ts routes/index.js src/router/index.tsx "
        "src/routes/index.ts src/routes/index.js "
        "src/router/index.ts src/router/index.js src/app/routes.ts": _ALL,
        "middleware/ middlewares/ src/middleware/ src/middlewares/ "
        "server/middleware/ src/server/middleware/": _EVERY,
        "app.js app.ts src/app.js src/app.ts src/app.module.ts": _WIRES,
        "server/routers/_app.ts src/server/routers/_app.ts src/server/api/root.ts "
        "src/server/router.ts src/root.ts": "lists all procedures",
        "server/trpc.ts src/server/trpc.ts src/server/api/trpc.ts src/trpc.ts": (
            "every procedure builds on it"
        ),
    },
    "go.mod": {
        "middleware/ internal/middleware/ pkg/middleware/ internal/http/middleware/ "
        "internal/server/middleware/ internal/api/middleware/": _EVERY
    },
    "Cargo.toml": {
        "src/routes.rs src/router.rs src/routes/mod.rs": _ALL,
        "src/middleware.rs src/middleware/": _EVERY,
    },
}
_PARTS = ("apps", "services", "packages", "servers")
_DJANGO = {
    "urls.py": _ALL,
    "settings.py settings/": "lists applications and middleware",
    "middleware.py middleware/": _EVERY,
}
_API = ("api", "routers", "routes", "endpoints")
_FASTAPI = {
    "main.py app.py": _WIRES,
    "routes.py routers.py api/main.py api/router.py api/routers.py api/api.py "
    "api/v1/api.py api/v1/router.py api/api_v1/api.py": _ALL,
    "deps.py dependencies.py api/deps.py api/dependencies.py middleware.py middleware/": _EVERY,
}
# Names that say enough in these folders ("": in any), unless there are too many of them.
_SERVING = "server http api web rest routes middleware handlers transport app"
_NAMES = {
    "router.go routes.go routers.go middleware.go middlewares.go": (_EVERY, _SERVING),
    "router.ex endpoint.ex": (_EVERY, ""),
    "middleware.py": (_EVERY, ""),
    "*SecurityConfig.java *SecurityConfiguration.java "
    "*SecurityConfig.kt *SecurityConfiguration.kt": ("who may ask for what", ""),
    "*WebConfig.java *WebMvcConfig.java *WebConfiguration.java *WebConfig.kt *WebMvcConfig.kt "
    "*RouterConfig.java *RouterConfig.kt": (_EVERY, ""),
    "Routing.kt": (_ALL, ""),
    "Program.cs Startup.cs": (_WIRES, ""),
}


def routes(survey: Survey) -> Iterator[ProposedLine]:
    """Yield the lines of the group."""
    for marks, table in _FRAMEWORKS.items():
        for home in few(survey.homes(marks)):
            yield from _beside(survey, home, table)
    for mark, table in _SERVERS.items():
        for home in _servers(survey, mark):
            yield from _beside(survey, home, table)
    for folder in python_servers(survey):
        yield from _beside(survey, folder, _FASTAPI)
    for folder in _django_projects(survey):
        yield from _beside(survey, folder, _DJANGO)
    for names, (why, parents) in _NAMES.items():
        yield from each(survey, names, why, parents)


def _beside(survey: Survey, home: str, table: dict[str, str]) -> Iterator[ProposedLine]:
    for patterns, why in table.items():
        yield from anchored(survey, home, patterns, why)


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
    """Folders with the root of all URLs beside a server's entry.

    In a project that has a `manage.py` settings beside it are enough.
    """
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
