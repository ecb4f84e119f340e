"""Files that may start guard: hook managers', agents' and CI systems'.

Where each program keeps its settings: githooks(5); https://pre-commit.com and https://prek.j178.dev; https://lefthook.dev/configuration;
https://typicode.github.io/husky; https://code.claude.com/docs/en/settings; https://developers.openai.com/codex; the documentation of the
other agents and CI systems named below.
"""

from __future__ import annotations

_LEFTHOOK = ("yml", "yaml", "toml", "json", "jsonc")
_FILES = frozenset(
    (
        *(".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"),
        *(
            f"{name}{local}.{kind}"
            for name in ("lefthook", ".lefthook")
            for local in ("", "-local")
            for kind in _LEFTHOOK
        ),
        *(
            ".gitlab-ci.yml",
            "Jenkinsfile",
            "azure-pipelines.yml",
            "azure-pipelines.yaml",
            "bitbucket-pipelines.yml",
        ),
        *(
            ".circleci/config.yml",
            ".drone.yml",
            ".travis.yml",
            ".woodpecker.yml",
            ".woodpecker.yaml",
        ),
    )
)
_FOLDERS = {  # folder → how the names of the files end that count there
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
# An agent reads these from the folder it is started in, which may be any.
_ANYWHERE = (
    *(
        "/.claude/settings.json",
        "/.claude/settings.local.json",
        "/.codex/hooks.json",
        "/.codex/config.toml",
    ),
    *("/.gemini/settings.json", "/.cursor/hooks.json"),
)

SETTINGS: tuple[str, ...] = (
    *(f"/{file}" for file in sorted(_FILES)),
    *(f"/{folder}/*{end}" for folder, ends in _FOLDERS.items() for end in ends),
    *(f"**{file}" for file in _ANYWHERE),
)


def may_start_guard(path: str) -> bool:
    """Tell whether the file at `path` is one of `SETTINGS`, without compiling them. Every folder among them begins with a dot."""
    if path not in _FILES and path[:1] != "." and "/." not in path:
        return False
    folder, _, name = path.rpartition("/")
    return (
        path in _FILES or name.endswith(_FOLDERS.get(folder, ())) or f"/{path}".endswith(_ANYWHERE)
    )
