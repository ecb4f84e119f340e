"""Reports with hostile text in every place where a repository or a person may put some."""

from __future__ import annotations

from hypothesis import strategies as st

from guard.core.codes import CODES, Severity
from guard.rules.findings import Decision, Failure, Finding, WaivedBy
from guard.rules.report import NotChecked, Report, Trusted

_BYTES = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.sampled_from(
        [
            b"\xff",
            b"a\nb",
            b"\x1b[2J",
            b"::error::x",
            "\u202e\u2066".encode(),
            b"\xed\xa0\x80",
            "é\u0085\u2028".encode(),
            b"100%s",
            b"`$(x)`",
            b"[x](https://example.com)",
            b"@x <b> &amp; www.x.com",
        ]
    ),
)
paths = _BYTES.map(lambda raw: raw.decode("utf-8", "surrogateescape").replace("\0", "x"))
texts = st.one_of(
    st.text(max_size=12),
    paths,
    st.sampled_from(["", "\ud800", "\udfff\udc80", '"}\n', "error: x\nwaived: y"]),
)
codes = st.sampled_from(sorted(CODES))
oids = st.sampled_from(["", "0123456789" * 4, "f" * 64])
decisions = st.none() | st.builds(Decision, texts, st.integers(0, 10**6), texts)
waivers = st.none() | st.builds(
    WaivedBy, texts, st.integers(0, 10**6), texts, st.sampled_from(["", "2026-12-31"])
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Draw one finding."""
    code, path = draw(codes), draw(st.just("") | paths)
    severity = draw(st.sampled_from([Severity.NOTE, Severity.WARNING, Severity.ERROR]))
    line, message, following = draw(st.integers(0, 10**6)), draw(texts), draw(texts)
    return Finding(
        code, CODES[code], severity, path, line, message, following, draw(decisions), draw(waivers)
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Draw one report whose verdict fits its error."""
    verdict = draw(st.sampled_from(["kept", "broken", "error"]))
    return Report(
        verdict=verdict,
        contract=draw(texts),
        branch=draw(texts),
        scope=draw(st.sampled_from(["staged", "worktree", "branch", "range"])),
        base=draw(oids),
        head=draw(oids),
        trusted=Trusted(
            draw(texts), draw(oids), draw(st.sampled_from(["", "base", "branch", "working-tree"]))
        ),
        findings=tuple(draw(st.lists(findings(), max_size=6))),
        paths=draw(st.integers(0, 10**6)),
        rules=tuple(draw(st.lists(codes, unique=True, max_size=3))),
        not_checked=tuple(draw(st.lists(st.builds(NotChecked, codes, texts), max_size=3))),
        error=Failure(draw(texts), draw(texts)) if verdict == "error" else None,
        worktree=draw(texts),
    )
