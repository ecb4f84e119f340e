"""Which files may start guard: the settings of hook managers, agents and CI systems.

Their places: githooks(5); https://pre-commit.com and https://prek.j178.dev;
https://lefthook.dev/configuration; https://typicode.github.io/husky;
https://code.claude.com/docs/en/settings; https://developers.openai.com/codex; the documentation of
the other agents and CI systems below.
"""

from __future__ import annotations

# Each coding agent: its name for people, and its settings. It reads them in the folder where it
# starts, which may be any.
AGENTS = {
    "claude": ("Claude Code", ".claude/settings.json", ".claude/settings.local.json"),
    "codex": ("Codex CLI", ".codex/hooks.json", ".codex/config.toml"),
    "gemini": ("Gemini CLI", ".gemini/settings.json"),
    "cursor": ("Cursor", ".cursor/hooks.json"),
    "copilot": ("GitHub Copilot", ".github/hooks/*.json"),
    "opencode": ("opencode", ".opencode/plugin/*", ".opencode/plugins/*"),
}
_FILES = frozenset(
    ".pre-commit-config.yaml .pre-commit-config.yml prek.toml .gitlab-ci.yml Jenkinsfile "
    "azure-pipelines.yml azure-pipelines.yaml bitbucket-pipelines.yml .circleci/config.yml "
    ".drone.yml .travis.yml .woodpecker.yml .woodpecker.yaml".split()
)
_LEFTHOOK = ("lefthook", ".lefthook", "lefthook-local", ".lefthook-local")
_LEFTHOOK_ENDINGS = ("yml", "yaml", "toml", "json", "jsonc")
_FOLDERS = {  # folder → endings of the names that count there
    ".github/workflows": (".yml", ".yaml"),
    ".gitea/workflows": (".yml", ".yaml"),
    ".forgejo/workflows": (".yml", ".yaml"),
    ".woodpecker": (".yml", ".yaml"),
    ".buildkite": (".yml", ".yaml"),
    ".husky": ("",),
    ".githooks": ("",),
}
_OF_AGENTS = tuple(file for _, *files in AGENTS.values() for file in files)


def may_start_guard(path: str) -> bool:
    """Tell whether a file at `path` may start guard."""
    if path in _FILES:
        return True
    stem, _, ending = path.rpartition(".")
    if stem in _LEFTHOOK and ending in _LEFTHOOK_ENDINGS:
        return True
    if path[:1] != "." and "/." not in path:
        return False  # all folders in `SETTINGS` begin with a dot
    folder, _, name = path.rpartition("/")
    return name.endswith(_FOLDERS.get(folder, ())) or is_agents(path)


def is_agents(path: str) -> bool:
    """Tell whether a file has an agent's settings."""
    folder, _, name = f"/{path}".rpartition("/")
    for file in _OF_AGENTS:
        where, _, wanted = file.rpartition("/")
        if folder.endswith(f"/{where}") and (
            name.endswith(wanted[1:]) if wanted[0] == "*" else name == wanted
        ):
            return True
    return False
