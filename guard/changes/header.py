"""What the first comments of a file say about it: written by a program, or by people.

A file speaks of itself before its first line of code: Go's convention demands it (`go help generate`: the line "must appear before the
first non-comment, non-blank text in the file"), and other generators do the same. So only the comments on top are read, and only
sentences about the file itself count. What a person goes on to edit (scaffolds, migrations, sample settings) is left to people.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

HEAD = 4096  # bytes of a blob that are enough
_MOST_LINES = 60  # licences come first, and the longest common one has 30 lines
_WORDS = (
    b"enerat",
    b"ENERAT",
    b"not edit",
    b"not modify",
    b"NOT EDIT",
    b"NOT MODIFY",
    b"utomatically",
    b"be lost",
    b"GNU Bison",
)

_BLOCKS = (
    ("/*", "*/"), ("<!--", "-->"), ('"""', '"""'), ("'''", "'''"), ("--[[", "]]"), ("(*", "*)"), ("{-", "-}"), ("{#", "#}"), ("<#", "#>"),
    ("<%--", "--%>"), ("=begin", "=end"),
)  # fmt: skip
_DOCSTRINGS = ('"""', "'''")
_LINES = ("//", "#", "--", ";", "%", "!", "'", '.\\"', "dnl ", "REM ", "rem ", "@rem ", "::", "..")
_PREAMBLE = (
    "<?",
    "<!DOCTYPE",
    "<!doctype",
    "'use ",
    '"use ',
    "---",
    "@file:",
    "@charset",
    "%YAML",
    "declare(",
    "namespace ",
)
_FRAME = " \t*/#-=!;%~+|:'\"`"  # what draws boxes around a comment
_TEMPLATES = (
    ".tmpl", ".tpl", ".template", ".gotmpl", ".j2", ".jinja", ".jinja2", ".mustache", ".hbs", ".handlebars", ".ejs", ".erb", ".eex",
    ".liquid", ".twig", ".ftl", ".vm", ".tt", ".stg", ".in", ".patch", ".diff", ".gitignore", ".gitattributes", ".dockerignore",
    ".npmignore",
)  # fmt: skip
_MARKDOWN = (".md", ".mdx", ".markdown")
_SHOWN = 200  # characters of the line that tells


class _Line(NamedTuple):
    """One line of a comment without its frame; `above` is the line that it may go on from, or ""."""

    text: str
    above: str
    docstring: bool


def generated_header(head: bytes, path: str = "") -> str:
    """Give the comment line by which a file says that a program wrote it, without the frame around it; "" if it does not say so.

    `head` is the beginning of the blob (`HEAD` bytes are enough), in UTF-8 or UTF-16. With `path`, templates are left alone: what they
    say on top is about the files made from them. Sources: https://go.dev/s/generatedcode, and the generators' own output.
    """
    head = head[:HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    if not any(map(head.__contains__, _WORDS)) or b"\0" in head or path.endswith(_TEMPLATES):
        return ""
    lines = head.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    openings = () if path.endswith(_MARKDOWN) else _LINES  # there, # is a heading
    return _statement(list(_comments(lines, openings))) or _annotation(lines)


def _comments(lines: list[str], openings: tuple[str, ...]) -> Iterator[_Line]:
    """Yield the lines of the comments on top of a file, up to the first code or prose."""
    closing = above = ""
    docstring = False
    for line in lines[:_MOST_LINES]:
        text = line.strip()
        if not closing:
            text, opening, closing = _opened(text, openings)
            docstring = opening in _DOCSTRINGS
            if not opening:
                if text and not text.startswith(_PREAMBLE):
                    return
                above = ""
                continue
        body, found, code = text.partition(closing) if closing else (text, "", "")
        above, before = body.strip(_FRAME), above
        yield _Line(above, before, docstring)
        if found:
            closing = above = ""
            if code.strip() and not _opened(code.strip(), openings)[1]:
                return


def _opened(text: str, openings: tuple[str, ...]) -> tuple[str, str, str]:
    """Split what opens a comment off: the rest, what opened it ("" if nothing did) and what will close it ("" for a line comment)."""
    if text.startswith("<?"):  # <?php // …, <?xml … ?><!-- … -->
        text = (text.partition("?>")[2] or text.removeprefix("<?php")).strip() or text
    for opening, closing in _BLOCKS:
        if text.startswith(opening):
            return text[len(opening) :], opening, closing
    found = next(
        (opening for opening in openings if text.startswith(opening) or text == opening.strip()), ""
    )
    return text[len(found) :].strip(), found, ""


def _statement(comments: list[_Line]) -> str:
    everything = "\n".join(line.text for line in comments)
    for index, line in enumerate(comments):
        near = " ".join(other.text for other in comments[max(0, index - 3) : index + 4])
        if line.text and (_forbids_editing(line, near) or _tells_origin(line, near, everything)):
            return line.text[:_SHOWN]
    return ""


def _forbids_editing(line: _Line, near: str) -> bool:
    """Whether a line forbids to edit the file: in capitals, or beside words that tell who writes it."""
    said = _pattern("forbids").search(line.text)
    if not said or _pattern("part").search(line.text):
        return False
    return said.group("words").isupper() or bool(_pattern("program").search(near))


def _tells_origin(line: _Line, near: str, everything: str) -> bool:
    """Whether a line says that the file was generated, and nothing around it invites people to go on by hand."""
    if line.docstring and not _pattern("of itself").match(line.text):
        return False
    if not (
        _pattern("origin").match(line.text)
        or (not _goes_on(line) and _pattern("made by").match(line.text))
    ):
        return False
    if _pattern("forbids").search(near):
        return True
    return not _pattern("scaffold").search(near) and not _pattern("invites").search(everything)


def _goes_on(line: _Line) -> bool:
    """Whether a line is the middle of a sentence, as the second one of "the tables", "generated by …"."""
    return bool(line.above) and line.above[-1] not in ".!?:;>)" and line.text[0].islower()


def _annotation(lines: list[str]) -> str:
    """`@Generated("…")` before the first type of a JVM source file (JSR 250; javax.annotation.processing.Generated)."""
    for line in lines:
        if _pattern("annotation").match(line):
            return line.strip()[:_SHOWN]
        if _pattern("type").match(line):
            return ""
    return ""


_BY = r"(?:by|from|with|using|via)\b"
_AUTO = r"(?:auto(?:matically)?[- ]?|machine[- ]?|programmatically )"
_IS = r"(?:is|was|has been|were)"
_VERBS = "edit(?:ed)?|modify|modified|changed?"
_LEAD = r"(?:(?:note|warning|attention|caution)\W+)?"
_THIS = rf"{_LEAD}(?:this|the following|all)"
# Each is a list of alternatives; cases do not matter. "origin", "made by" and "of itself" are sought where a line begins.
_PATTERNS = {
    "forbids": (
        (
            r"(?:^|\b(?:file|please|generated|code)\s+|[.,;:!(\u2013\u2014\"'*`-]\s*)(?:please,? )?"
            rf"(?P<words>(?:do not|don't|never|must not be|should not be) (?:{_VERBS}))"
            r"(?:\s+(?:this|the)(?:\s+(?:generated|auto\S*))?\s+(?:file|class|code|source|script|document)\b"
            r"|\s+(?:manually|directly|by\s+hand|me|it|file)\b)*\s*(?:$|[^\w\s]|(?:as|because|since|it|instead)\b)"
        ),
    ),
    "part": ("below", "above", "between", "(?:this|following) (?:line|section|block|part)"),
    "program": (
        r"generated|auto-?gen|automatically|over-?writ|will be (?:lost|discarded|replaced|deleted)|sync(?:ed|hroni[sz]ed)\b",
        r"(?:created|written|made|managed|maintained) by\b",
    ),
    "of itself": (
        rf"{_LEAD}(?:this|the following) (?:file|code)\b",
        r"@generated\b",
        "<auto-?generated",
        r"code generated\b",
    ),
    "origin": (
        r"@generated\b(?!-)",
        r"<auto-?generated\b",
        r"code generated .*\bdo not edit\b",
        r"generated (?:file|code)\W+do not",
        (
            rf"{_THIS} (?:source |java |header |python )?(?:file|code|source|header|document|page|lock ?file|script)\s+{_IS}\s+(?:being )?"
            rf"(?:{_AUTO})?@?generated\b(?! (?:by hand|manually|once)\b)"
        ),
        rf"{_THIS} (?:class|module|interface|package|library|enum|sdk)\s+{_IS}\s+{_AUTO}generated\b",
        rf"this is (?:an? )?(?:{_AUTO})?generated (?:\w+ )?(?:file|code|source|header|class|document)\b",
        rf"{_LEAD}this is (?:an? (?:\w+ )?file|code) (?:{_AUTO})?generated {_BY}",
        rf"this (?:file|header) contains {_AUTO}generated\b",
        r"this (?:file|code) is (?:maintained|managed|created|written|updated) automatically",
        r"this (?:file|code) is automatically (?:maintained|managed|created|updated)",
        rf"{_AUTO}generated\s+(?:file|code|source|header|class)\b",
        rf"\S+\.\w+ (?:{_AUTO})?generated (?:automatically )?(?:by|from) \S",
        "a bison parser, made by",
        "an? lexical scanner generated by",
        "(?:parser )?generated by jison",
        "meta object code from reading",
        "form (?:implementation )?generated from reading",
        r"(?:warning\W+)?all changes made in this file will be lost",
    ),
    "made by": (
        rf"(?:file )?(?:{_AUTO})?generated (?:automatically )?(?:code )?{_BY}\s*[^\s:]",
        "created by qt user interface compiler",
    ),
    "scaffold": (
        r"rails g(?:enerate)?\b|(?<!terraform )\binit\b|create-|startproject|startapp|\bdjango\b|(?<!@)generated by cargo\b|\bng new",
        "quickstart|cookiecutter|copier|yeoman|scaffold|wizard|gibo|gitignore|initializr|hand-?edited|then edited",
    ),
    "invites": (
        "feel free to|safe to (?:edit|modify)|please edit|fill in",
        r"(?:can|may|should|must|could) (?:then |now )?(?:be )?(?:edit|modif|chang|adapt|adjust|custom)(?!.*\binstead\b)",
        r"edit (?:this|it)(?: file)? (?:as|to)\b",
    ),
    "annotation": (r"@(?:[\w.]+\.)?(?-i:Generated)\(\s*(?:\"|value|\{|$)",),
    "type": (
        r"(?:(?:public|final|abstract|sealed|data|open|internal|static)\s+)*(?:class|interface|enum|record|object|@interface)\s",
    ),
}


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    """Compile a pattern when it is first asked for: most heads hold none of the words."""
    return re.compile("|".join(_PATTERNS[name]), re.IGNORECASE)
