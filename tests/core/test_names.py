"""Untrusted text is shown on one line and quoted so that a shell gives it back."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guard.core.names import shell_quote, show

BASH = (
    shutil.which("bash") or "sh"
)  # where there is no bash, sh is one that knows $'…' (busybox, ksh)
FILE_NAMES = (
    st.binary(min_size=1, max_size=12)
    .filter(lambda raw: b"\0" not in raw)
    .map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "src/a.py",
        "two words",
        'it\'s "quoted" `$(id)`',
        "naïve/日本語/ünïcode.md",
        "a\u0301 (combining)",
        "emoji 🙂",
        "back\\slash",
        "<b>&amp;</b> | ::error::",
        "# heading #1 a#b c++::d",
    ],
)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    """Text that any terminal prints harmlessly is unchanged."""
    assert show(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("a\tb", "a\\tb"),
        ("a\rb", "a\\rb"),
        ("\x1b[31mred", "\\e[31mred"),
        ("\x00\x07\x7f", "\\x00\\x07\\x7f"),
        pytest.param("\x9b31m", "\\x9b31m", id="C1 control"),
        pytest.param("\u202egnp.exe", "\\u202egnp.exe", id="bidi override"),
        pytest.param("\u2066x\u2069", "\\u2066x\\u2069", id="bidi isolate"),
        pytest.param("a\u200bb", "a\\u200bb", id="zero width space"),
        pytest.param("\ufeffa", "\\ufeffa", id="byte order mark"),
        pytest.param("a\u2028b", "a\\u2028b", id="line separator"),
        pytest.param("a\xadb", "a\\xadb", id="soft hyphen"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag character"),
        pytest.param("bad\udcff", "bad\\xff", id="byte that is not UTF-8"),
        pytest.param("\ud800", "\\ud800", id="lone surrogate"),
        pytest.param("é\n", "é\\n", id="letters stay beside a control"),
        pytest.param(
            "x##[add-mask]y",
            "x#\\x23[add-mask]y",
            id="a command of GitHub's or Azure's old runner, anywhere in a line",
        ),
        pytest.param("###vso[task]", "#\\x23#vso[task]", id="behind another mark"),
        pytest.param(
            "::set-output name=a::b",
            "\\x3a:set-output name=a::b",
            id="a command of GitHub's runner, at the beginning of a line",
        ),
        pytest.param(
            "\u00a0 ::debug::",
            "\u00a0 \\x3a:debug::",
            id="behind white space that the runner skips",
        ),
    ],
)
def test_hidden_text_is_shown_as_an_escape(text: str, shown: str) -> None:
    """A character that moves the cursor, hides or reorders text becomes visible."""
    assert show(text) == shown


@given(st.text(st.characters(exclude_categories=())))
@example("\u061c\u180e\u2060\ufff9\ufffb")
def test_whatever_is_shown_is_harmless(text: str) -> None:
    """Shown text has no controls, separators or surrogates, and showing it again keeps it."""
    shown = show(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    assert show(shown) == shown
    assert "##" not in shown
    assert not shown.lstrip().startswith("::")


@pytest.mark.parametrize("word", ["src/a.py", "feat/locale-1", "a@b:c=d,e+f%g", "v1.2_3-4"])
def test_plain_words_are_not_quoted(word: str) -> None:
    """A word without a special meaning in any shell is unchanged."""
    assert shell_quote(word) == word


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        ("two words", "'two words'"),
        ("it's", "'it'\\''s'"),
        ("$(id)", "'$(id)'"),
        ("~root", "'~root'"),
        ("#x", "'#x'"),
        ("naïve.md", "'naïve.md'"),
        ("a\nb", "$'a\\nb'"),
        ("bad\udcff1", "$'bad\\3771'"),
        ("\u202ea'\\", "$'\\342\\200\\256a\\'\\\\'"),
        pytest.param("-rf", "./-rf", id="a path that looks like an option"),
        pytest.param("-r f", "'./-r f'", id="the same, to be quoted"),
    ],
)
def test_other_words_are_quoted(text: str, quoted: str) -> None:
    """A word with a special meaning in a shell or a terminal is quoted, as simply as possible."""
    assert shell_quote(text) == quoted


@given(st.lists(FILE_NAMES, min_size=1, max_size=20))
@example(["\x01" + "7", "\n'\\", "!x", "a\\b", "\udc80\udcff", "é\u202e", "*", "?", "[a]", "{a,b}"])
def test_a_shell_gives_every_file_name_back(names: list[str]) -> None:
    """A shell reads a quoted word as the same file, byte for byte."""
    script = b"printf '%s\\0' " + b" ".join(os.fsencode(shell_quote(name)) for name in names)
    read = subprocess.run([BASH, "-c", script], capture_output=True, check=True).stdout.split(
        b"\0"
    )[:-1]
    assert [os.path.normpath(word) for word in read] == [
        os.path.normpath(os.fsencode(name)) for name in names
    ]


@given(FILE_NAMES)
def test_a_quoted_word_is_harmless_on_a_terminal(name: str) -> None:
    """A command in a message can be shown and copied as it is."""
    assert show(shell_quote(name)) == shell_quote(name)
