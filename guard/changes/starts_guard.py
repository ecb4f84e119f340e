"""Which files may start guard: the settings of hook managers, agents and CI systems.

Their places: githooks(5); https://pre-commit.com and https://prek.j178.dev;
https://lefthook.dev/configuration; https://typicode.github.io/husky;
https://code.claude.com/docs/en/settings; https://developers.openai.com/codex; the documentation of
the other agents and CI systems below.
"""

from __future__ import annotations

_FILES = frozenset(
    (
        *".pre-commit-config.yaml .pre-commit-config.yml prek.toml".split(),
        *(
            f"{name}.{ending}"
            for name in ("lefthook", ".lefthook", "lefthook-local", ".lefthook-local")
            for ending in ("yml", "yaml", "toml", "json", "jsonc")
        ),
        *".gitlab-ci.yml Jenkinsfile azure-pipelines.yml azure-pipelines.yaml".split(),
        *"bitbucket-pipelines.yml .circleci/config.yml .drone.yml .travis.yml".split(),
        *".woodpecker.yml .woodpecker.yaml".split(),
    )
)
_FOLDERS = {  # folder → endings of the names that count there
    ".github/workflows": (".yml", ".yaml"),
    ".github/hooks": (".json",),
    ".gitea/workflows": (".yml", ".yaml"),
    ".forgejo/workflows": (".yml", ".yaml"),
    ".woodpecker": (".yml", ".yaml"),
    ".buildkite": (".yml", ".yaml"),
    ".husky": ("",),
    ".githooks": ("",),
    ".opencode/plugin": ("",),
    ".opencode/plugins": ("",),
}
# An agent reads these in the folder where it starts, which may be any.
_ANYWHERE = (
    "/.claude/settings.json",
    "/.claude/settings.local.json",
    "/.codex/hooks.json",
    "/.codex/config.toml",
    "/.gemini/settings.json",
    "/.cursor/hooks.json",
)

SETTINGS: tuple[str, ...] = (
    *(f"/{file}" for file in sorted(_FILES)),
    *(f"/{folder}/*{end}" for folder, ends in _FOLDERS.items() for end in ends),
    *(f"**{file}" for file in _ANYWHERE),
)


def may_start_guard(path: str) -> bool:
    """Tell whether `path` matches one of `SETTINGS`, without compiling them."""
    if path in _FILES:
        return True
    if path[:1] != "." and "/." not in path:
        return False  # all folders in `SETTINGS` begin with a dot
    folder, _, name = path.rpartition("/")
    return name.endswith(_FOLDERS.get(folder, ())) or f"/{path}".endswith(_ANYWHERE)
