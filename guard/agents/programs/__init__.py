"""Coding agents: one reading for all their payloads, and for each its shape of answers and of settings. Modules are imported by name."""

from __future__ import annotations

AGENTS = {
    "claude": "Claude Code",
    "codex": "Codex CLI",
    "gemini": "Gemini CLI",
    "cursor": "Cursor",
    "copilot": "GitHub Copilot",
    "opencode": "opencode",
}
