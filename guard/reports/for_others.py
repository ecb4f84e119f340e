"""A report for somebody who did not start guard, and may not have it.

pre-commit, a git hook or a CI system started it: the report ends with where to get guard, if the
policy says so. Where guard's commands would not run as printed, each says what it needs, and what
else would do. A verdict without findings has commands, too: in notes, and of what is carried.
"""

import os

from guard.core.names import show
from guard.rules.findings import Finding
from guard.rules.report import Report

# Whoever reads this sits elsewhere, or pre-commit has put a guard of its own on PATH.
_AFAR = ("CI", "PRE_COMMIT", "GIT_QUARANTINE_PATH")


def for_others(report: Report) -> Report:
    """Give the report with commands that say what they need, and with `install` of the policy."""
    afar = any(map(os.environ.get, _AFAR)) or not _on_path("guard")
    told = report._replace(afar=afar)
    findings = tuple(one._replace(next=_step(told, one)) for one in report.findings)
    notes = tuple((message, told.command(step)) for message, step in report.notes)
    if report.install and (findings or notes or report.carried):
        notes += (("guard made this report; where to get it", report.install),)
    return told._replace(findings=findings, notes=notes)


def _step(report: Report, finding: Finding) -> str:
    """The next command and, if it is one of guard's for somebody without guard, what else to do."""
    step = report.command(finding.next)
    if step == finding.next:
        return step
    on = f"on {show(report.trusted.granting)}"
    if finding.code.startswith(("HND", "RUN")):
        hand = f"write {show(finding.path) or 'the text'} by hand"
    elif finding.code.startswith(("OWN", "SHR", "CON001")):
        change = f"change .guard/contracts/{report.contract}.toml {on}"
        if not report.contract:
            change = f"add .guard/contracts/NAME.toml {on}"
        leave = f", or leave {show(finding.path)} as it is there" if finding.path else ""
        hand = change + leave
        if not (report.contract or finding.breaks):
            hand = "nothing has to change"
    else:
        file = finding.decided_by.file if finding.decided_by else "guard.toml"
        hand = f"change {show(file)} {on}, or ask its owner"
    return f"{step}; without it: {hand}"


def _on_path(program: str) -> bool:
    """As `shutil.which`, whose module takes a hook 6 ms to load."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders if folder)
