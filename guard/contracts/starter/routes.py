"""The group `routes`: where requests are told apart, and what stands before every one of them.

Where each file is a route of its own (the folders of SvelteKit or Next.js), only the files that concern all of them belong here.
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.contracts.starter.survey import MOST_HOMES, Survey, anchored, each, is_aside, join
from guard.contracts.starter.values import Line

_EVERY = "runs before every route"
_ALL = "lists all routes"
# The marks of a framework → what to look for beside them (words → why).
_FRAMEWORKS = {
    "next.config.*": {
        "middleware.ts middleware.js src/middleware.ts src/middleware.js proxy.ts proxy.js src/proxy.ts src/proxy.js": _EVERY,
        "app/layout.* src/app/layout.* pages/_app.* src/pages/_app.* pages/_document.* src/pages/_document.*": "around every page",
    },
    "svelte.config.*": {"src/hooks.*": _EVERY, "src/routes/+layout.*": "around every page"},
    "nuxt.config.*": {
        "middleware/ server/middleware/ app/middleware/": _EVERY,
        "app.vue app/app.vue": "around every page",
    },
    "astro.config.*": {"src/middleware.* src/middleware/": _EVERY},
    "app/root.tsx app/root.jsx": {
        "app/root.*": "around every page",
        "app/routes.ts": _ALL,
        "app/entry.server.* app/entry.client.*": _EVERY,
    },
    "angular.json": {
        "src/app/app.routes.ts src/app/app-routing.module.ts": _ALL,
        "src/app/app.config.ts src/app/app.module.ts": "wires everything",
    },
    "config/routes.rb": {
        "config/routes.rb": _ALL,
        "config/application.rb config.ru": "wires everything",
        "app/middleware/ lib/middleware/ app/controllers/application_controller.rb": _EVERY,
    },
    "artisan": {
        "routes/*.php": _ALL,
        "bootstrap/app.php bootstrap/providers.php app/Http/Kernel.php app/Providers/RouteServiceProvider.php": "wires everything",
        "app/Http/Middleware/": _EVERY,
    },
    "config/bundles.php": {
        "config/routes.yaml config/routes.php config/routes/": _ALL,
        "config/bundles.php config/services.yaml config/packages/security.yaml src/Kernel.php": "wires everything",
    },
}
# Looked for at the tops of projects and of the parts of a workspace: nothing else tells that they serve requests.
_SERVERS = {
    "package.json": {
        "routes.ts routes.js src/routes.ts src/routes.js src/routes.tsx src/router.ts src/router.js src/router.tsx "
        "routes/index.ts routes/index.js src/router/index.tsx "
        "src/routes/index.ts src/routes/index.js src/router/index.ts src/router/index.js src/app/routes.ts": _ALL,
        "middleware/ middlewares/ src/middleware/ src/middlewares/ server/middleware/ src/server/middleware/": _EVERY,
        "app.js app.ts src/app.js src/app.ts src/app.module.ts": "wires everything",
        "server/routers/_app.ts src/server/routers/_app.ts src/server/api/root.ts src/server/router.ts src/root.ts": "lists all procedures",
        "server/trpc.ts src/server/trpc.ts src/server/api/trpc.ts src/trpc.ts": "the ground of every procedure",
    },
    "go.mod": {
        "middleware/ internal/middleware/ pkg/middleware/ internal/http/middleware/ internal/server/middleware/ "
        "internal/api/middleware/": _EVERY
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
    "main.py app.py": "wires everything",
    "routes.py routers.py api/main.py api/router.py api/routers.py api/api.py api/v1/api.py api/v1/router.py api/api_v1/api.py": _ALL,
    "deps.py dependencies.py api/deps.py api/dependencies.py middleware.py middleware/": _EVERY,
}
# Names that say enough wherever they stand, unless there are too many of them, and the folders in which they do ("": in any).
_SERVING = "server http api web rest routes middleware handlers transport app"
_NAMES = {
    "router.go routes.go routers.go middleware.go middlewares.go": (_EVERY, _SERVING),
    "router.ex endpoint.ex": (_EVERY, ""),
    "middleware.py": (_EVERY, ""),
    "*SecurityConfig.java *SecurityConfiguration.java *SecurityConfig.kt *SecurityConfiguration.kt": (
        "who may ask for what",
        "",
    ),
    "*WebConfig.java *WebMvcConfig.java *WebConfiguration.java *WebConfig.kt *WebMvcConfig.kt *RouterConfig.java *RouterConfig.kt": (
        _EVERY,
        "",
    ),
    "Routing.kt": (_ALL, ""),
    "Program.cs Startup.cs": ("wires everything", ""),
}


def routes(survey: Survey) -> Iterator[Line]:
    """Yield the lines of the group."""
    for marks, beside in _FRAMEWORKS.items():
        homes = survey.homes(marks)
        for home in homes if len(homes) <= MOST_HOMES else ():
            yield from _beside(survey, home, beside)
    for mark, beside in _SERVERS.items():
        for home in _servers(survey, mark):
            yield from _beside(survey, home, beside)
    for folder in python_servers(survey):
        yield from _beside(survey, folder, _FASTAPI)
    for folder in _django_projects(survey):
        yield from _beside(survey, folder, _DJANGO)
    for names, (why, folders) in _NAMES.items():
        yield from each(survey, names, why, folders)


def _beside(survey: Survey, home: str, beside: dict[str, str]) -> Iterator[Line]:
    for patterns, why in beside.items():
        yield from anchored(survey, home, patterns, why)


def _servers(survey: Survey, mark: str) -> list[str]:
    """The tops of projects, and the parts of a workspace that are projects themselves."""
    homes = survey.homes(mark)
    tops = homes if len(homes) <= MOST_HOMES else [home for home in homes if not home]
    parts = [
        f"{part}/{name}"
        for part in _PARTS
        for name in sorted(survey.children(part))
        if mark in survey.inside.get(f"{part}/{name}", ())
    ]
    return [*tops, *(parts if len(parts) <= 3 * MOST_HOMES else ())]


def python_servers(survey: Survey) -> list[str]:
    """Folders of a Python program that serves requests: its routers lie in a folder beside its main module."""
    mains = {
        path.rpartition("/")[0] for name in ("main.py", "app.py") for path in survey.named(name)
    }
    found = sorted(
        folder
        for folder in mains
        if not is_aside(folder) and any(_is_package(survey, join(folder, name)) for name in _API)
    )
    return found if len(found) <= MOST_HOMES else []


def _django_projects(survey: Survey) -> list[str]:
    """Folders with the root of all URLs beside a server's entry, or beside settings in a project that has a `manage.py`."""
    marks = ["wsgi", "asgi"] + ["settings"] * bool(survey.homes("manage.py"))
    roots = (path.rpartition("/")[0] for path in survey.named("urls.py"))
    found = [
        folder
        for folder in roots
        if not is_aside(folder) and any(_is_module(survey, folder, name) for name in marks)
    ]
    return found if len(found) <= MOST_HOMES else []


def _is_module(survey: Survey, folder: str, name: str) -> bool:
    return f"{name}.py" in survey.inside.get(folder, ()) or _is_package(survey, join(folder, name))


def _is_package(survey: Survey, folder: str) -> bool:
    return any(name.endswith(".py") for name in survey.inside.get(folder, ()))
