"""A report for somebody who did not start guard, and may not have it.

pre-commit, a git hook or a CI system started it: the report ends with where to get guard, if the
policy says so. Where guard's commands would not run as printed, each says what it needs.
"""

import os

from guard.rules.report import Report

# Whoever reads this sits elsewhere, or pre-commit has put a guard of its own on PATH.
_AFAR = ("CI", "PRE_COMMIT", "GIT_QUARANTINE_PATH")


def for_others(report: Report) -> Report:
    """Give the report with commands that say what they need, and with `install` of the policy."""
    if not report.findings:
        return report
    afar = any(map(os.environ.get, _AFAR)) or not _on_path("guard")
    told = report._replace(afar=afar)
    findings = tuple(one._replace(next=told.command(one.next)) for one in report.findings)
    notes = tuple((message, told.command(step)) for message, step in report.notes)
    if report.install:
        notes += (("guard made this report; where to get it", report.install),)
    return told._replace(findings=findings, notes=notes)


def _on_path(program: str) -> bool:
    """As `shutil.which`, whose module takes a hook 6 ms to load."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders if folder)
