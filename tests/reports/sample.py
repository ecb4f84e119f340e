"""Reports that hold everything a renderer may meet."""

from __future__ import annotations

from guard.core.codes import Severity
from guard.core.names import shell_quote
from guard.rules.findings import Carried, Decision, Failure, Finding, WaivedBy
from guard.rules.report import NotChecked, Report, Trusted

BASE, HEAD = "1" * 40, "2" * 40
CONTRACT = ".guard/contracts/handbook-locale.toml"
NASTY = "web/100%/\x1b[2Jline\nbreak/\u202egnp.\udcff"


def finding(
    path: str = "web/page.py",
    code: str = "OWN001",
    name: str = "outside-contract",
    severity: Severity = Severity.ERROR,
    message: str = "contract handbook-locale does not own this path",
    waived_by: WaivedBy | None = None,
    decided_by: Decision | None = None,
) -> Finding:
    """Make one finding, with usual values for what is not given."""
    return Finding(
        code,
        name,
        severity,
        path,
        0,
        message,
        f"guard explain {shell_quote(path)}",
        decided_by,
        waived_by,
    )


KEPT = Report(
    verdict="kept",
    contract="handbook-locale",
    branch="feat/locale-1",
    scope="worktree",
    base=BASE,
    head=HEAD,
    trusted=Trusted("main", BASE, "base"),
    findings=(),
    paths=1,
    rules=("OWN001", "OWN002"),
    not_checked=(),
)
WAIVER = WaivedBy(CONTRACT, 9, "adds one dependency; agreed with the release session", "2026-12-31")
EVERYTHING = Report(
    verdict="broken",
    contract="handbook-locale",
    branch="feat/länder",
    scope="staged",
    base=BASE,
    head=HEAD,
    trusted=Trusted("origin/main", BASE, "branch"),
    findings=(
        finding(
            "content/a.md",
            "OWN002",
            "forbidden-path",
            message="forbidden by the contract",
            decided_by=Decision(CONTRACT, 4, "content/"),
        ),
        finding(NASTY, decided_by=Decision("guard.toml", 0, "")),
        *(finding(f"web/page{number:02}.py") for number in range(13)),
        finding("", "CON005", "self-declared", Severity.WARNING, "first declared here")._replace(
            next="guard contract show handbook-locale"
        ),
        finding(
            "package.json",
            "SHR001",
            "shared-file",
            waived_by=WAIVER,
            decided_by=Decision("guard.toml", 12, "package.json"),
        ),
        finding(
            "yarn.lock",
            "SHR001",
            "shared-file",
            waived_by=WAIVER,
            decided_by=Decision("guard.toml", 12, "*.lock"),
        ),
        finding(
            "Übersicht.md",
            "MRG003",
            "name-collision",
            Severity.NOTE,
            "uebersicht.md → Übersicht.md differ by 100 %",
        )._replace(line=7),
        finding(
            "old.txt", "SHR001", "shared-file", waived_by=WaivedBy(CONTRACT, 14, "for ever", "")
        ),
    ),
    paths=22,
    rules=("OWN001", "OWN002", "SHR001", "CON005", "MRG003"),
    not_checked=(
        NotChecked("CON004", "only asked of whole branches"),
        NotChecked("MRG002", "only asked of whole branches"),
        NotChecked("CON006", "off in guard.toml"),
        NotChecked("HND001", "not in this version of guard"),
        NotChecked("HND002", "not in this version of guard"),
    ),
    worktree="/work trees/länder\udce9",
    carried=(
        Carried("api", "worktree-api", ("api/a.py",)),
        Carried("web", "x/web-ü", tuple(f"web/{number}\x1b.py" for number in range(7))),
    ),
    notes=(("the base here is \x1b[1m50 % behind", "git fetch origin"),),
)
ALONE = EVERYTHING._replace(carried=(), notes=())  # nothing but findings
ERROR = Report(
    verdict="error",
    contract="",
    branch="",
    scope="branch",
    base="",
    head="",
    trusted=Trusted("", "", ""),
    findings=(),
    paths=0,
    rules=(),
    not_checked=(),
    error=Failure(
        "guard.toml: 2 mistakes\n  2:1 unknown key bsae\n  \x1b[1m4:1 unknown key",
        "guard schema policy",
    ),
    worktree="/trees/b\nroken",
)
