"""Where an agent will not ask guard although its settings are right: not at the top, no trust."""

import json
import os
import tomllib
from collections.abc import Callable, Iterator

from guard.agents.programs import AGENTS, load_agent
from guard.agents.setup.files import HOME, PERSONAL, SHARED, SettingsFile, find_file
from guard.core.files import read_text
from guard.core.names import show


def cautions(name: str) -> list[str]:
    """Give what a person should know about this worktree's sessions, a line each."""
    return [*below_the_top(name), *_without_trust(name)]


def below_the_top(name: str) -> Iterator[str]:
    """Yield what is to be known where an agent reads the worktree's settings only at its top."""
    agent = load_agent(name)
    if not agent.from_start or not _has_guard(name, SHARED):
        return
    if _has_guard(name, HOME) or (agent.personal and _has_guard(name, PERSONAL)):
        return
    option = "--local" if agent.personal else "--user"
    yield (
        f"{AGENTS[name]} reads {agent.file} only in the folder where it is started: "
        f"started below the top of a worktree, it does not ask guard; "
        f"start it at the top, or: guard agent install {name} {option}"
    )


def _has_guard(name: str, whose: str) -> bool:
    place = find_file(name, whose)
    text = read_text(place.top, place.file) or ""
    return f"guard agent {name}" in text


def _without_trust(name: str) -> Iterator[str]:
    agent = load_agent(name)
    if not agent.headless:
        return
    place = find_file(name)
    if not _TRUSTS[name](os.path.expanduser("~"), _folders(place)):
        yield (
            f"{AGENTS[name]} has not been told to trust {show(place.top)}: "
            f"started without a person, it runs hooks only as {agent.headless}"
        )


def _folders(place: SettingsFile) -> list[str]:
    """The folder and those around it: trust of one is trust of what is in it."""
    folders = [os.path.realpath(place.top)]
    while (above := os.path.dirname(folders[-1])) != folders[-1]:
        folders.append(above)
    return folders


def _codex(home: str, folders: list[str]) -> bool:
    """`projects."FOLDER".trust_level` in config.toml; each hook is trusted by itself, in /hooks."""
    folder = os.environ.get("CODEX_HOME", os.path.join(home, ".codex"))
    try:
        projects = tomllib.loads(read_text(folder, "config.toml") or "").get("projects", {})
    except tomllib.TOMLDecodeError:
        return False
    trusted = projects.get(folders[0], {}) if isinstance(projects, dict) else {}
    return isinstance(trusted, dict) and trusted.get("trust_level") == "trusted"


def _gemini(home: str, folders: list[str]) -> bool:
    """The nearest folder that is named decides; TRUST_PARENT is about the one around it."""
    found = _json(home, ".gemini/trustedFolders.json")
    about = {
        os.path.dirname(path) if level == "TRUST_PARENT" else path: level
        for path, level in found.items()
    }
    nearest = next((about[folder] for folder in folders if folder in about), "")
    return nearest in ("TRUST_FOLDER", "TRUST_PARENT")


def _copilot(home: str, folders: list[str]) -> bool:
    found = _json(home, ".copilot/config.json")
    named = found.get("trusted_folders") or found.get("trustedFolders")
    return isinstance(named, list) and not set(named).isdisjoint(folders)


def _json(home: str, file: str) -> dict[str, object]:
    try:
        found = json.loads(read_text(home, file) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


_TRUSTS: dict[str, Callable[[str, list[str]], bool]] = {
    "codex": _codex,
    "gemini": _gemini,
    "copilot": _copilot,
}
