"""The schema of reports that ships with the package, and a validator that others wrote."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "guard/reports/schemas/report.json").read_text(encoding="utf-8")
)
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator(
    SCHEMA
)  # jsonschema brings no types


def valid(text: str) -> dict[str, Any]:
    """Read a report that follows the schema."""
    report = json.loads(text)
    VALIDATOR.validate(report)
    assert isinstance(report, dict)
    return report
