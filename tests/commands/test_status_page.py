"""`guard status --html`: what the repository has is on the page, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import BASE, Repo, team
from tests.reports.test_page import Tags

SAID = ("--behavior", "New & <b>.", "--risks", "None: small.", "--follow-up", "None: done.")


def test_the_page_has_what_the_repository_has(repo: Repo, tmp_path: Path) -> None:
    """Hunks with both goals, order, overlaps, handoff, stray work; a link is not followed."""
    team(repo, policy=f"{BASE}[status]\nstale = 10000\n")
    repo.contract("docs", owns=["/web/"], goal="Write <i>the manual</i>.")
    api, web, docs = (repo.worktree(name) for name in ("api", "web", "docs"))
    for place in (web, docs):
        place.commit({"web/a.py": f"{place.path.name}\n" * 20})
    api.commit({"api/n.py": "new\n"})
    api.guard("run", "--", "true")
    assert api.guard("handoff", "write", *SAID, "--commit").code == 0
    repo.write({"api/lost.py": "lost\n"})
    file, elsewhere = tmp_path / "all.html", tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    file.symlink_to(elsewhere)
    ran = repo.guard("status", "--html", str(file), "--exit-code")
    assert (ran.code, ran.err) == (1, ""), ran
    assert ran.out.endswith(f" · page in {file}\n")
    assert elsewhere.read_text() == "kept"
    assert not file.is_symlink()
    page = file.read_text()
    Tags(page)
    for words in (
        "docs</bdi>: <bdi>Write &lt;i&gt;the manual&lt;/i&gt;.</bdi>",
        '<span class="added">+web</span>',
        '<span class="added">+docs</span>',
        "rebases once",
        '<bdi>main</bdi> <span class="soft">no session: what is not committed</span>',
        "web/a.py</code> and 2 more files",
        "## Behavior changed".replace("#", "&#35;"),
        "- New &amp; &lt;b&gt;.",
        "git -C",
        "api/lost.py",
        "guard integrate api",
    ):
        assert words in page, words
    assert "guard: begin" not in page
    out = repo.guard("status", "--html", "-").out
    assert out.count("<h2") == page.count("<h2") == 6
    assert repo.git("status", "--porcelain") == "?? api/lost.py"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--html", "."), "--html '.' is not a file"),
        (("--html", "all.html", "--format", "json"), "--html takes neither"),
        (("--html", "all.html", "--watch"), "--watch shows a screen"),
    ],
)
def test_what_does_not_fit_is_said(repo: Repo, words: tuple[str, ...], message: str) -> None:
    """Nothing is written where the options do not fit together."""
    ran = repo.guard("status", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert not (repo.path / "all.html").exists()
